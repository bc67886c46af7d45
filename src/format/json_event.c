/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of an event: who asked whom for what, what the kernel said, and what is different now. */
#include "format/json_lines.h"
#include "format/json_put.h"

static void put_number(struct buf *out, int64_t value)
{
	if (value < 0)
		buf_putc(out, '-');
	buf_dec(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void key_text(struct buf *out, const char *key, const char *text)
{
	if (text && *text)
		json_key_string(out, key, text);
}

static void put_asked(struct buf *out, const struct event *event)
{
	if (event->pid)
		json_key_dec(out, "pid", (uint64_t)event->pid);
	if (event->len) {
		json_key_hex(out, "addr", event->addr);
		json_key_dec(out, "len", event->len);
	}
	if (event->child)
		json_key_dec(out, "child", (uint64_t)event->child);
	if (event->by_pid)
		json_key_dec(out, "by_pid", (uint64_t)event->by_pid);
	key_text(out, "by", event->by);
	key_text(out, "how", event->how);
}

static void put_answered(struct buf *out, const struct event *event)
{
	if (event->result >= 0)
		json_key_dec(out, "result", (uint64_t)event->result);
	if (event->error)
		json_key_dec(out, "errno", (uint64_t)event->error);
	key_text(out, "verdict", event->verdict);
	key_text(out, "why", event->why);
}

/* A name that came twice would be lost in an object: whoever counts counts each once. */
static void put_deltas(struct buf *out, const struct event *event)
{
	size_t i;

	if (!event->n_deltas)
		return;
	json_key(out, "vmstat");
	for (i = 0; i < event->n_deltas; i++) {
		buf_putc(out, i ? ',' : '{');
		json_quote(out, event->deltas[i].name);
		buf_putc(out, ':');
		put_number(out, event->deltas[i].by);
	}
	buf_putc(out, '}');
}

static void put_effect(struct buf *out, const struct event_effect *effect, uint64_t pmd_size)
{
	buf_puts(out, "{\"pid\":");
	buf_dec(out, (uint64_t)effect->pid);
	json_key_hex(out, "addr", effect->addr);
	if (effect->had) {
		json_key(out, "before");
		json_region_object(out, &effect->before, pmd_size);
	}
	if (effect->has) {
		json_key(out, "after");
		json_region_object(out, &effect->after, pmd_size);
	}
	buf_putc(out, '}');
}

void json_event_line(struct buf *out, const struct event *event, uint64_t pmd_size)
{
	size_t i;

	buf_printf(out, "{\"type\":\"event\",\"what\":\"%s\"", event_name(event->kind));
	json_key_dec(out, "mono_ns", event->mono_ns);
	if (event->wall_ns)
		json_key_time(out, "time", event->wall_ns);
	json_key(out, "triggered");
	buf_puts(out, event->triggered ? "true" : "false");
	put_asked(out, event);
	put_answered(out, event);
	put_deltas(out, event);
	for (i = 0; i < event->n_effects; i++) {
		if (!i)
			json_key(out, "effects");
		buf_putc(out, i ? ',' : '[');
		put_effect(out, &event->effects[i], pmd_size);
	}
	buf_puts(out, event->n_effects ? "]}\n" : "}\n");
}
