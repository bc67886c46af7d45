/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reasons why a region is not huge, for programs. */
#include <string.h>

#include "format/json.h"
#include "format/json_put.h"
#include "format/why.h"

static void write_reason(struct buf *out, const struct why_reason *reason)
{
	buf_puts(out, "{\"id\":");
	json_quote(out, reason->id);
	json_key_string(out, "weight", why_weight_name(reason->weight));
	json_key(out, "refused");
	buf_puts(out, reason->refused ? "true" : "false");
	json_key_string(out, "text", reason->text);
	json_key_string(out, "fact", reason->fact);
	if (*reason->remedy)
		json_key_string(out, "remedy", reason->remedy);
	buf_putc(out, '}');
}

static void write_asked(struct buf *out, const struct why *why)
{
	const struct event *event = why->event;
	const char *error = strerrorname_np(why->error);

	json_key(out, "asked");
	buf_puts(out, "{\"errno\":");
	json_quote(out, why->error && error ? error : "");
	if (*why->verdict)
		json_key_string(out, "verdict", why->verdict);
	if (event && *event->how)
		json_key_string(out, "how", event->how);
	if (event && *event->why)
		json_key_string(out, "why", event->why);
	if (event && event->n_effects) {
		json_key_string(
			out, "mapping",
			mapping_name(event->effects[0].has ? event->effects[0].after.mapping : MAPPING_NONE));
		json_key_string(
			out, "backing",
			backing_name(event->effects[0].has ? event->effects[0].after.backing : BACKING_NONE));
	}
	buf_putc(out, '}');
}

void json_why(struct buf *out, const struct why *why)
{
	const struct region *region = why->region;
	size_t i;

	buf_puts(out, "{\"type\":\"why\"");
	json_key_string(out, "schema", JSON_SCHEMA);
	json_key_dec(out, "pid", (uint64_t)why->pid);
	json_key_string(out, "comm", why->comm);
	json_key_hex(out, "addr", why->start);
	json_key_dec(out, "len", why->len);
	json_key(out, "huge");
	buf_puts(out, why->huge ? "true" : "false");
	json_key_string(out, "mapping", mapping_name(region ? region->mapping : MAPPING_NONE));
	json_key_string(out, "backing", backing_name(region ? region->backing : BACKING_NONE));
	json_key(out, "reasons");
	buf_putc(out, '[');
	for (i = 0; i < why->n; i++) {
		buf_puts(out, i ? "," : "");
		write_reason(out, &why->reasons[i]);
	}
	buf_puts(out, "],\"unknown\":[");
	for (i = 0; i < why->n_unknown; i++) {
		buf_puts(out, i ? "," : "");
		json_quote(out, why->unknown[i]);
	}
	buf_putc(out, ']');
	if (why->asked)
		write_asked(out, why);
	if (*why->not_asked)
		json_key_string(out, "not_asked", why->not_asked);
	buf_puts(out, "}\n");
}
