/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From lines to a moment. */
#include "format/json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"
#include "format/json_reader.h"

struct reading {
	struct json_reader reader;
	struct json_problem *problem;
	struct buf scratch;
};

static const struct {
	const char *type;
	void (*read)(struct json_reader *reader, struct fields *fields);
} lines[] = {
	{"page", json_read_page},	{"region", json_read_region},	{"vma", json_read_vma},
	{"process", json_read_process}, {"skipped", json_read_skipped}, {"snapshot", json_read_snapshot},
	{"event", json_read_event},	{"end", json_read_end},
};

static int refuse(struct json_problem *problem, const char *why)
{
	snprintf(problem->text, sizeof(problem->text), "%s", why);
	return -EBADMSG;
}

int json_reader_take(struct json_reader *reader, const json_t *object, struct json_problem *problem)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	struct fields fields = {
		.object = object,
		.what = type,
		.arena = &reader->moment->arena,
		.problem = problem->text,
		.room = sizeof(problem->text),
	};
	size_t i;

	if (!type)
		return refuse(problem, "no line of a snapshot: it has no \"type\"");
	if (reader->ended)
		return refuse(problem, "something follows the end line");
	if (!reader->begun && strcmp(type, "snapshot"))
		return refuse(problem, "no thpscope snapshot: it does not begin with a snapshot line");
	if (reader->begun && !strcmp(type, "snapshot"))
		return refuse(problem, "a second snapshot begins here: this reads one, up to its end line");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strcmp(type, lines[i].type))
			lines[i].read(reader, &fields);
	return fields.failed ? -EBADMSG : 0;
}

static int take_line(struct reading *reading, const char *text, size_t len)
{
	json_t *object;
	int err;

	reading->problem->line++;
	object = fields_load(text, len, &reading->scratch, reading->problem->text,
			     sizeof(reading->problem->text));
	if (!object)
		return -EBADMSG;
	err = json_reader_take(&reading->reader, object, reading->problem);
	json_decref(object);
	return err;
}

static void start(struct reading *reading, struct json_problem *problem)
{
	memset(reading, 0, sizeof(*reading));
	memset(problem, 0, sizeof(*problem));
	reading->problem = problem;
	reading->reader.moment = mem_alloc(sizeof(*reading->reader.moment));
}

/* Whole lines only were taken; `rest` bytes of a last one were left. */
static int check_end(struct reading *reading, size_t rest)
{
	if (!rest && reading->reader.ended)
		return 0;
	if (rest || !reading->problem->line)
		reading->problem->line++;
	if (rest)
		return refuse(reading->problem, "the line is not whole: the file was cut off");
	if (!reading->reader.begun)
		return refuse(reading->problem, "the file is empty");
	return refuse(reading->problem, "no end line follows: the file was cut off");
}

void json_reader_finish(struct json_reader *reader)
{
	struct moment *made = reader->moment;

	json_reader_close_process(reader);
	made->processes =
		arena_copy(&made->arena, reader->processes, reader->n_processes * sizeof(*made->processes));
	made->n_processes = reader->n_processes;
	free(reader->processes);
	free(reader->vmas);
	free(reader->list);
	free(reader->pages);
	free(reader->hot);
	made->events = arena_copy(&made->arena, reader->events, reader->n_events * sizeof(*made->events));
	made->n_events = reader->n_events;
	free(reader->events);
}

static int finish(struct reading *reading, int err, bool keep, struct moment **moment)
{
	struct json_reader *reader = &reading->reader;
	struct moment *made = reader->moment;

	json_reader_finish(reader);
	buf_fini(&reading->scratch);
	if (err && !(keep && reader->begun)) {
		moment_free(made);
		made = NULL;
	}
	*moment = made;
	return err;
}

/* Takes the whole lines of text; *rest is what is left behind the last newline. */
static int take_lines(struct reading *reading, const char *text, size_t len, size_t *rest)
{
	const char *at = text, *end = text + len;
	struct line line;
	int err;

	while (parse_line(&at, end, &line)) {
		if (!line.whole) {
			*rest = line.len;
			return 0;
		}
		err = take_line(reading, line.text, line.len);
		if (err)
			return err;
	}
	*rest = 0;
	return 0;
}

int json_read(const char *bytes, size_t n, bool keep, struct moment **moment, struct json_problem *problem)
{
	struct reading reading;
	size_t rest;
	int err;

	start(&reading, problem);
	err = take_lines(&reading, bytes, n, &rest);
	if (!err)
		err = check_end(&reading, rest);
	return finish(&reading, err, keep, moment);
}
