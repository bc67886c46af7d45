/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of moments, line by line. */
#include "format/delta_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/json_lines.h"

/* Of what a line is merged with, ours has a hundredth at most. */
#define WORK_MAX ((size_t)256 << 20)

struct delta_reader *delta_reader_open(int64_t shift_ns)
{
	struct delta_reader *reader = mem_alloc(sizeof(*reader));

	reader->shift_ns = shift_ns;
	reader->most = DELTA_MOMENT_MAX;
	reader->worked_most = WORK_MAX;
	return reader;
}

/* Forgets what was read of a moment. */
static void drop(struct delta_reader *reader)
{
	size_t i;

	for (i = 0; i < reader->n_edits; i++)
		delta_edit_fini(&reader->edits[i]);
	reader->n_edits = 0;
	if (reader->reader.moment) {
		json_reader_finish(&reader->reader);
		moment_free(reader->reader.moment);
	}
	memset(&reader->reader, 0, sizeof(reader->reader));
	reader->delta = false;
	reader->added = 0;
}

bool delta_too_much(const struct delta_reader *reader, struct fields *fields)
{
	const struct json_reader *of = &reader->reader;
	const size_t held = of->moment->arena.used + reader->added +
			    of->n_processes * sizeof(*of->processes) + of->n_vmas * sizeof(*of->vmas) +
			    of->n_list * sizeof(*of->list) + of->n_pages * sizeof(*of->pages) +
			    of->n_events * sizeof(*of->events);

	const char *what = NULL;

	if (held > reader->most || of->n_processes > DELTA_PROCESSES_MAX)
		what = "the moment is larger than any that is read";
	else if (reader->worked > reader->worked_most)
		what = "the line changes the same things again and again";
	if (what && !fields->failed) {
		fields->failed = true;
		snprintf(fields->problem, fields->room, "%s", what);
	}
	return fields->failed;
}

void delta_reader_rewind(struct delta_reader *reader, struct moment *before)
{
	drop(reader);
	if (before)
		moment_hold(before);
	moment_free(reader->last);
	reader->last = before;
}

void delta_reader_close(struct delta_reader *reader)
{
	if (!reader)
		return;
	delta_reader_rewind(reader, NULL);
	free(reader->edits);
	buf_fini(&reader->scratch);
	buf_fini(&reader->line);
	free(reader);
}

void delta_shift(uint64_t *ns, int64_t by)
{
	if (*ns)
		*ns += (uint64_t)by;
}

static void shift_head(struct moment *moment, int64_t by)
{
	delta_shift(capable(&moment->caps, CAP_TASKS) ? &moment->clock_ns : &moment->mono_ns, by);
	delta_shift(&moment->system.read_ns, by);
}

/* (The processes of a delta were seen to.) */
static void shift_moment(struct moment *moment, bool delta, int64_t by)
{
	struct event *events = (struct event *)(uintptr_t)moment->events;
	struct process *process = moment->processes, *end = process + moment->n_processes;
	size_t i;

	shift_head(moment, by);
	for (; !delta && process < end; process++) {
		delta_shift(&process->same_since_ns, by);
		for (i = 0; i < process->n_vmas; i++)
			delta_shift(&process->vmas[i].eligible_ns, by);
	}
	for (i = 0; i < moment->n_events && !capable(&moment->caps, CAP_TASKS); i++)
		delta_shift(&events[i].mono_ns, by);
}

int64_t delta_reader_shift(struct delta_reader *reader, int64_t by, struct moment *moment)
{
	/* What the moment shares with those before it is as old as it was. */
	shift_moment(moment, true, by);
	reader->shift_ns += by;
	return reader->shift_ns;
}

void delta_reader_set_shift(struct delta_reader *reader, int64_t shift_ns)
{
	reader->shift_ns = shift_ns;
}

/* The processes of before, as they are until a line says otherwise. */
static void recall(struct delta_reader *reader)
{
	const struct moment *last = reader->last;
	struct json_reader *into = &reader->reader;
	size_t i;

	mem_grow(&into->processes, &into->processes_room, last->n_processes, sizeof(*into->processes));
	mem_grow(&reader->edits, &reader->edits_room, last->n_processes, sizeof(*reader->edits));
	for (i = 0; i < last->n_processes; i++) {
		into->processes[i] = last->processes[i];
		delta_shift(&into->processes[i].same_since_ns, -reader->shift_ns);
		memset(&reader->edits[i], 0, sizeof(reader->edits[i]));
	}
	into->n_processes = reader->n_edits = last->n_processes;
}

/* Whether the stream may go on with it from the moment before, of which the line's values are in reader->line then. */
static bool follows(struct delta_reader *reader, struct fields *fields)
{
	const uint64_t since = field_count(fields, "since", UINT64_MAX);
	struct moment *last = reader->last, head;

	if (fields->failed)
		return false;
	if (!last || last->seq != since) {
		field_fail(fields, "since", "is not the moment before: what changed in between was missed");
		return false;
	}
	memcpy(&head, last, sizeof(head));
	shift_head(&head, -reader->shift_ns);
	buf_clear(&reader->line);
	json_snapshot_line_more(&reader->line, &head);
	return true;
}

/* The snapshot line of a delta. 0 or -EBADMSG. */
static int take_snapshot(struct delta_reader *reader, const json_t *line, struct json_problem *problem)
{
	struct fields fields = delta_fields(reader, line, "snapshot", problem);
	const bool first = !json_object_get(line, "since") && json_is_true(json_object_get(line, "whole"));
	const struct moment *now = reader->reader.moment;
	json_t *object;

	if (!first && !follows(reader, &fields))
		return -EBADMSG;
	object = delta_merged(reader, line, -1, !first, problem);
	if (!object)
		return -EBADMSG;
	json_object_del(object, "delta");
	json_object_del(object, "since");
	fields.object = object;
	json_read_snapshot(&reader->reader, &fields);
	json_decref(object);
	if (!first && !fields.failed &&
	    (now->page_size != reader->last->page_size || now->pmd_size != reader->last->pmd_size))
		field_fail(&fields, "page_size", "or pmd_size is not that of the moment before");
	reader->delta = !fields.failed;
	if (reader->delta && !first)
		recall(reader);
	return fields.failed ? -EBADMSG : 0;
}

static int take_any(struct delta_reader *reader, const json_t *object, struct json_problem *problem)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	const bool snapshot = type && !strcmp(type, "snapshot");

	if (!reader->reader.moment)
		reader->reader.moment = mem_alloc(sizeof(*reader->reader.moment));
	if (!reader->reader.begun && snapshot && json_is_true(json_object_get(object, "delta")))
		return take_snapshot(reader, object, problem);
	if (!reader->delta || !type || snapshot)
		return json_reader_take(&reader->reader, object, problem);
	return delta_take(reader, object, problem);
}

static int take_object(struct delta_reader *reader, const json_t *object, struct json_problem *problem)
{
	int err = take_any(reader, object, problem);
	struct fields fields = delta_fields(reader, object, "moment", problem);

	return err ? err : delta_too_much(reader, &fields) ? -EBADMSG : 0;
}

/* A whole moment was read. */
static struct moment *hand_out(struct delta_reader *reader)
{
	struct moment *made = reader->reader.moment;

	json_reader_finish(&reader->reader);
	shift_moment(made, reader->delta, reader->shift_ns);
	reader->reader.moment = NULL;
	delta_reader_rewind(reader, made);
	return made;
}

int delta_read_line(struct delta_reader *reader, const char *line, size_t len, struct moment **moment,
		    struct json_problem *problem)
{
	json_t *object;
	int err;

	*moment = NULL;
	memset(problem, 0, sizeof(*problem));
	problem->line = ++reader->lines;
	reader->worked = 0;
	object = fields_load(line, len, &reader->scratch, problem->text, sizeof(problem->text));
	err = object ? take_object(reader, object, problem) : -EBADMSG;
	json_decref(object);
	if (err) {
		drop(reader);
		return err;
	}
	if (!reader->reader.ended)
		return 0;
	*moment = hand_out(reader);
	return 1;
}
