/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the line of an event. */
#include <string.h>

#include "core/mem.h"
#include "format/json_reader.h"

/* Far above what there is: counters of vmstat, processes that map one folio. */
#define DELTAS_MAX 4096
#define EFFECTS_MAX 65536

static void read_asked(struct fields *fields, struct event *event)
{
	const char *what = field_word(fields, "what");

	event->kind = what ? event_named(what) : EVENT_KIND_COUNT;
	if (event->kind == EVENT_KIND_COUNT)
		field_fail(fields, "what", "is no event that this version knows");
	event->pid = (pid_t)field_count_or(fields, "pid", INT32_MAX, 0);
	event->child = (pid_t)field_count_or(fields, "child", INT32_MAX, 0);
	event->by_pid = (pid_t)field_count_or(fields, "by_pid", INT32_MAX, 0);
	event->by = field_text_or(fields, "by", "");
	event->how = field_text_or(fields, "how", "");
	event->len = field_count_or(fields, "len", UINT64_MAX, 0);
	if (event->len)
		event->addr = field_hex(fields, "addr");
}

static void read_answered(struct fields *fields, struct event *event)
{
	const char *time = field_text_or(fields, "time", "");

	if (*time && !json_wall(time, &event->wall_ns))
		field_fail(fields, "time", "is no time");
	event->mono_ns = field_count(fields, "mono_ns", UINT64_MAX);
	event->triggered = field_bool_or(fields, "triggered", false);
	event->result = field_known(fields, "result");
	event->error = (int)field_count_or(fields, "errno", INT32_MAX, 0);
	event->verdict = field_text_or(fields, "verdict", "");
	event->why = field_text_or(fields, "why", "");
}

/* A difference: a count (fields_load makes large ones strings), or a negative number. */
static bool read_delta(const json_t *value, int64_t *by)
{
	uint64_t count;

	if (json_count(value, &count) && count <= INT64_MAX) {
		*by = (int64_t)count;
		return true;
	}
	*by = json_integer_value(value);
	return json_is_integer(value);
}

static void read_deltas(struct fields *fields, struct event *event)
{
	struct fields sub = field_object(fields, "vmstat");
	struct event_delta *deltas;
	const json_t *value;
	const char *key;
	size_t n = 0;

	if (!sub.object)
		return;
	if (json_object_size(sub.object) > DELTAS_MAX) {
		field_fail(fields, "vmstat", "has too many entries");
		return;
	}
	deltas = arena_alloc(fields->arena, json_object_size(sub.object) * sizeof(*deltas));
	json_object_foreach((json_t *)(uintptr_t)sub.object, key, value)
	{
		deltas[n].name = json_restore(key, fields->arena);
		if (!read_delta(value, &deltas[n++].by))
			field_fail(fields, "vmstat", "has a difference that is no number");
	}
	event->deltas = deltas;
	event->n_deltas = n;
}

/* A region of before or after; false if there is none. */
static bool read_side(const struct json_reader *reader, struct fields *fields, const char *key,
		      struct region *region)
{
	struct fields sub = field_object(fields, key);

	if (!sub.object)
		return false;
	sub.what = key;
	json_read_region_place(&sub, reader->moment->pmd_size, region);
	json_read_facts(&sub, region);
	field_close(fields, &sub);
	return true;
}

static void read_effects(struct json_reader *reader, struct fields *fields, struct event *event)
{
	const json_t *list = json_object_get(fields->object, "effects");
	struct fields sub = *fields;
	struct event_effect *effects;
	size_t i, n;

	if (!list)
		return;
	n = json_array_size(list);
	if (!json_is_array(list) || n > EFFECTS_MAX) {
		field_fail(fields, "effects", "is no list, or far too long");
		return;
	}
	effects = arena_alloc(fields->arena, n * sizeof(*effects));
	for (i = 0; i < n && !sub.failed; i++) {
		sub.object = json_array_get(list, i);
		sub.what = "effects";
		if (!json_is_object(sub.object)) {
			field_fail(fields, "effects", "has an entry that is no object");
			return;
		}
		effects[i].pid = (pid_t)field_count(&sub, "pid", INT32_MAX);
		effects[i].addr = field_hex(&sub, "addr");
		effects[i].had = read_side(reader, &sub, "before", &effects[i].before);
		effects[i].has = read_side(reader, &sub, "after", &effects[i].after);
	}
	field_close(fields, &sub);
	event->effects = effects;
	event->n_effects = n;
}

void json_read_event(struct json_reader *reader, struct fields *fields)
{
	struct event event = {0};

	read_asked(fields, &event);
	read_answered(fields, &event);
	read_deltas(fields, &event);
	read_effects(reader, fields, &event);
	if (fields->failed)
		return;
	json_reader_close_process(reader);
	mem_grow(&reader->events, &reader->events_room, reader->n_events + 1, sizeof(event));
	reader->events[reader->n_events++] = event;
}
