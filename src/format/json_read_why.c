/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading why a region is not huge. */
#include <stdlib.h>
#include <string.h>

#include "format/json_reader.h"
#include "format/wire_parts.h"

static enum why_weight read_weight(struct fields *fields)
{
	const char *word = field_word(fields, "weight");
	int weight;

	for (weight = WHY_IS; word && weight <= WHY_SUSPECTED; weight++)
		if (!strcmp(word, why_weight_name((enum why_weight)weight)))
			return (enum why_weight)weight;
	field_fail(fields, "weight", "is none that this version knows");
	return WHY_SUSPECTED;
}

static void read_reasons(struct fields *fields, struct why *why)
{
	const json_t *list = json_object_get(fields->object, "reasons");
	struct why_reason *reasons;
	struct fields sub = *fields;
	size_t i;

	if (!json_is_array(list)) {
		field_fail(fields, "reasons", "is no list");
		return;
	}
	reasons = arena_alloc(fields->arena, json_array_size(list) * sizeof(*reasons));
	for (i = 0; i < json_array_size(list); i++) {
		sub.object = json_array_get(list, i);
		sub.what = "reason";
		reasons[i].id = field_text(&sub, "id");
		reasons[i].weight = read_weight(&sub);
		reasons[i].refused = field_bool_or(&sub, "refused", false);
		reasons[i].text = field_text(&sub, "text");
		reasons[i].fact = field_text(&sub, "fact");
		reasons[i].remedy = field_text_or(&sub, "remedy", "");
	}
	field_close(fields, &sub);
	why->reasons = reasons;
	why->n = i;
}

static void read_unknown(struct fields *fields, struct why *why)
{
	const json_t *list = json_object_get(fields->object, "unknown");
	const char **unknown = arena_alloc(fields->arena, json_array_size(list) * sizeof(*unknown));
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		unknown[i] = json_text(json_array_get(list, i), fields->arena);
		if (!unknown[i]) {
			field_fail(fields, "unknown", "holds what is no string");
			unknown[i] = "";
		}
	}
	why->unknown = unknown;
	why->n_unknown = i;
}

static void read_asked(struct fields *fields, struct why *why)
{
	struct fields sub = field_object(fields, "asked");
	const char *name;

	why->verdict = "";
	why->asked = sub.object;
	if (!sub.object)
		return;
	sub.what = "asked";
	name = field_word(&sub, "errno");
	why->error = name && *name ? wire_errno_named(name) : 0;
	why->verdict = field_text_or(&sub, "verdict", "");
	field_close(fields, &sub);
}

void json_read_why(struct fields *fields, struct why *why)
{
	memset(why, 0, sizeof(*why));
	why->pid = (pid_t)field_count(fields, "pid", INT32_MAX);
	why->comm = field_text(fields, "comm");
	why->start = field_hex(fields, "addr");
	why->len = field_count(fields, "len", UINT64_MAX);
	why->huge = field_bool_or(fields, "huge", false);
	read_reasons(fields, why);
	read_unknown(fields, why);
	read_asked(fields, why);
	why->not_asked = field_text_or(fields, "not_asked", "");
}
