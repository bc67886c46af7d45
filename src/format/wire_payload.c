/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing payloads: what a call gave. */
#include "format/heat.h"
#include "format/json_lines.h"
#include "format/json_put.h"
#include "format/sharers.h"
#include "format/why.h"
#include "format/wire_parts.h"

void wire_put_listed(struct buf *out, const struct listed *listed)
{
	buf_puts(out, "{\"type\":\"listed\"");
	wire_key_pid(out, "pid", listed->pid);
	wire_key_pid(out, "parent", listed->parent);
	json_key_dec(out, "start_time", listed->start_time);
	json_key_string(out, "comm", listed->comm);
	json_key_string(out, "command", listed->command);
	json_key_string(out, "user", listed->user);
	if (listed->uid != UNKNOWN_COUNT)
		json_key_dec(out, "uid", (uint64_t)listed->uid);
	if (listed->rss_kb != UNKNOWN_COUNT)
		json_key_dec(out, "rss_kb", (uint64_t)listed->rss_kb);
	if (listed->kernel_thread)
		wire_key_bool(out, "kernel_thread", true);
	if (listed->own)
		wire_key_bool(out, "own", true);
	buf_puts(out, "}\n");
}

void wire_put_pid(struct buf *out, pid_t pid)
{
	buf_puts(out, "{\"type\":\"pid\"");
	wire_key_pid(out, "pid", pid);
	buf_puts(out, "}\n");
}

void wire_put_place(struct buf *out, const struct place *place)
{
	buf_puts(out, "{\"type\":\"place\"");
	wire_key_pid(out, "pid", place->pid);
	json_key_hex(out, "addr", place->start);
	json_key_dec(out, "len", place->len);
	buf_puts(out, "}\n");
}

void wire_put_value(struct buf *out, uint8_t value)
{
	buf_puts(out, "{\"type\":\"value\"");
	json_key_dec(out, "value", value);
	buf_puts(out, "}\n");
}

void wire_put_plan(struct buf *out, const char *text, bool asks)
{
	buf_puts(out, "{\"type\":\"plan\"");
	wire_key_bool(out, "asks", asks);
	json_key_string(out, "text", text);
	buf_puts(out, "}\n");
}

void wire_put_event(struct buf *out, const struct event *event, uint64_t pmd_size)
{
	json_event_line(out, event, pmd_size);
}

void wire_put_why(struct buf *out, const struct why *why, uint64_t pmd_size)
{
	json_why(out, why);
	json_vma_line(out, why->pid, why->vma);
	if (why->region)
		json_region_line(out, why->pid, why->region, pmd_size, "");
	if (why->event)
		json_event_line(out, why->event, pmd_size);
}

void wire_put_sharers(struct buf *out, const struct sharers *sharers)
{
	const struct sink sink = {sink_buf, out};

	json_write_sharers(sharers, &sink);
}

void wire_put_heat(struct buf *out, const struct heat *heat)
{
	const struct sink sink = {sink_buf, out};

	json_write_heat(heat, &sink);
}
