/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass over a recording: where its moments are, and of when. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "format/json_field.h"
#include "format/json_reader.h"
#include "replay/change.h"
#include "replay/tape_parts.h"

/* The clocks of one boot are not further apart from one run to the next, unless somebody sets the wall's. */
#define APART_NS UINT64_C(60000000000)

/* The moment that is being gone through. */
struct scan {
	struct tape *tape;
	struct delta_reader *checks; /* of plain text, which has no checksum; else NULL */
	struct buf scratch;
	struct tape_moment moment;
	struct moment *before; /* that was checked */
	bool begun;
	bool told; /* of a whole moment: that it changed */
	uint64_t lines, bytes;
	bool clocked; /* a moment has been seen, with these clocks and that number */
	uint64_t said_ns,
		clock_ns; /* as its keys say: mono_ns may be a model's steps, then clock_ns is the time */
	uint64_t mono_ns;
	int64_t wall_ns;
	uint64_t seq;
	char problem[256];
};

void tape_break(struct tape *tape, size_t at, const char *format, ...)
{
	va_list args;
	size_t len;

	if (at < tape->n)
		tape->n = at;
	tape->ends = false;
	snprintf(tape->broken, sizeof(tape->broken), "%.200s ", tape->path);
	len = strlen(tape->broken);
	va_start(args, format);
	vsnprintf(tape->broken + len, sizeof(tape->broken) - len, format, args);
	va_end(args);
}

static int __attribute__((format(printf, 2, 3))) refuse(struct scan *scan, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(scan->problem, sizeof(scan->problem), format, args);
	va_end(args);
	return -EBADMSG;
}

/* A key of the snapshot line that a delta may leave out, where it is as before. */
static uint64_t count_of(const json_t *object, const char *key, uint64_t before)
{
	uint64_t value;

	return json_count(json_object_get(object, key), &value) ? value : before;
}

/* Whether a boot, or a suspend, lies before the moment: it is of another run, and by the wall's clock far later. */
static bool booted(const struct scan *scan, uint64_t seq, uint64_t passed, int64_t wall_ns)
{
	return seq <= scan->seq && scan->wall_ns && wall_ns > scan->wall_ns &&
	       (uint64_t)wall_ns - (uint64_t)scan->wall_ns > passed + APART_NS;
}

/*
 * How long after the one before: by the monotonic clock, which nobody sets; where that went back, or is of another boot as
 * it seems (between two recordings in a file), by the wall's. Of what has no clock all is at once.
 */
static int set_time(struct scan *scan, uint64_t mono_ns, int64_t wall_ns, uint64_t seq)
{
	const struct tape *tape = scan->tape;
	uint64_t passed = 0;

	if (scan->clocked && mono_ns >= scan->mono_ns && !booted(scan, seq, mono_ns - scan->mono_ns, wall_ns))
		passed = mono_ns - scan->mono_ns;
	else if (scan->clocked && wall_ns && wall_ns >= scan->wall_ns)
		passed = (uint64_t)wall_ns - (uint64_t)scan->wall_ns;
	else if (scan->clocked)
		return refuse(scan, "snapshot: it is of an earlier time than the one before");
	scan->moment.ns = tape->n ? tape->moments[tape->n - 1].ns : 0;
	if (__builtin_add_overflow(scan->moment.ns, passed, &scan->moment.ns))
		return refuse(scan, "snapshot: \"mono_ns\" is too large");
	scan->moment.wall_ns = wall_ns;
	scan->mono_ns = mono_ns;
	scan->wall_ns = wall_ns;
	scan->seq = seq;
	scan->clocked = true;
	return 0;
}

static int take_snapshot(struct scan *scan, const json_t *object)
{
	const struct tape *tape = scan->tape;
	const char *time = json_string_value(json_object_get(object, "time"));
	int64_t wall_ns = json_is_true(json_object_get(object, "delta")) ? scan->wall_ns : 0;
	const bool delta = json_is_true(json_object_get(object, "delta")) && json_object_get(object, "since");

	scan->said_ns = count_of(object, "mono_ns", delta ? scan->said_ns : 0);
	scan->clock_ns = count_of(object, "clock_ns", delta ? scan->clock_ns : 0);
	if (time && !json_wall(time, &wall_ns))
		return refuse(scan, "snapshot: \"time\" is none");
	if (delta && !tape->n)
		return refuse(scan, "snapshot: it is a delta, and nothing is before it");
	if (tape->n == TAPE_MOMENTS_MAX)
		return refuse(scan, "snapshot: there are more moments than a recording has");
	scan->moment.base = delta ? tape->moments[tape->n - 1].base : (uint32_t)tape->n;
	scan->begun = true;
	scan->bytes = 0;
	return set_time(scan, scan->clock_ns ? scan->clock_ns : scan->said_ns, wall_ns,
			count_of(object, "seq", scan->seq));
}

/* The type of a line, which ours begin with. Of a snapshot line, or where it does not, *object is it, the caller's. */
static int type_of(struct scan *scan, const char *line, size_t len, char type[CHANGE_TYPE], json_t **object)
{
	const char *found;

	*object = NULL;
	change_type(line, len, type);
	if (*type && strcmp(type, "snapshot"))
		return 0;
	*object = fields_load(line, len, &scan->scratch, scan->problem, sizeof(scan->problem));
	if (!*object)
		return -EBADMSG;
	found = json_string_value(json_object_get(*object, "type"));
	snprintf(type, CHANGE_TYPE, "%s", found ? found : "");
	return 0;
}

static void add_moment(struct scan *scan)
{
	struct tape *tape = scan->tape;

	if (scan->moment.base == tape->n)
		scan->moment.changed = scan->told;
	mem_grow(&tape->moments, &tape->room, tape->n + 1, sizeof(*tape->moments));
	tape->moments[tape->n++] = scan->moment;
	scan->begun = scan->told = false;
}

/* The lines of plain text are read in full here, as nothing else says whether they are sound, and what changed. */
static int check_line(struct scan *scan, const char *line, size_t len)
{
	struct json_problem problem;
	struct moment *moment;
	int err = delta_read_line(scan->checks, line, len, &moment, &problem);

	if (err < 0)
		return refuse(scan, "%s", problem.text);
	if (!err)
		return 0;
	scan->told |= scan->before && change_between(scan->before, moment);
	moment_free(scan->before);
	scan->before = moment;
	return 0;
}

static int take_line(struct scan *scan, const char *line, size_t len, const struct place_in *place)
{
	json_t *object;
	char type[CHANGE_TYPE];
	int err;

	scan->lines++;
	scan->bytes += len;
	if (scan->bytes > DELTA_MOMENT_MAX)
		return refuse(scan, "the moment is larger than any that is read");
	if (scan->checks && (err = check_line(scan, line, len)) < 0)
		return err;
	err = type_of(scan, line, len, type, &object);
	if (!err && !scan->begun && strcmp(type, "snapshot"))
		err = refuse(scan, "a snapshot line is missing before it");
	if (!err && scan->begun && !strcmp(type, "snapshot"))
		err = refuse(scan, "the moment before it has no end line");
	if (!err && !scan->begun) {
		scan->moment = (struct tape_moment){.place = *place, .line = scan->lines};
		err = take_snapshot(scan, object);
	}
	json_decref(object);
	if (err)
		return err;
	scan->moment.changed |= change_in(type, line, len);
	scan->told |= !strcmp(type, "change");
	scan->moment.happened |= !strcmp(type, "event");
	if (!strcmp(type, "end"))
		add_moment(scan);
	return 0;
}

/* Of a frame whose checksum was not reached nothing is known to be as it was written. */
static void drop_unchecked(struct tape *tape)
{
	while (tape->bytes.packed && tape->bytes.within && tape->n &&
	       tape->moments[tape->n - 1].place.frame >= tape->bytes.frame)
		tape->n--;
}

/* Goes on to the end of the frame: whether it is damaged, so that a line of it need not make sense. */
static bool frame_damaged(struct tape *tape)
{
	struct place_in place;
	const char *line;
	size_t len;
	int got = 1;

	while (got == 1 && tape->bytes.packed && tape->bytes.within)
		got = bytes_line(&tape->bytes, &line, &len, &place);
	return got == -EBADMSG;
}

/* What is wrong with the file: where, and what. */
static void say_broken(struct scan *scan, int err)
{
	struct tape *tape = scan->tape;
	const size_t moment = tape->n + 1;

	if (*scan->problem && frame_damaged(tape))
		*scan->problem = '\0';
	if (*scan->problem) {
		tape_break(tape, tape->n, "makes no sense at line %llu, in moment %zu: %s",
			   (unsigned long long)scan->lines, moment, scan->problem);
	} else if (err) {
		if (err == -EBADMSG)
			drop_unchecked(tape);
		tape_break(tape, tape->n, "%s in moment %zu, behind byte %llu and line %llu",
			   tape->bytes.problem, tape->n + 1, (unsigned long long)tape->bytes.whole_to,
			   (unsigned long long)scan->lines);
	} else {
		tape_break(tape, tape->n, "is cut off in moment %zu, behind line %llu", moment,
			   (unsigned long long)scan->lines);
	}
	tape->ends = !*scan->problem && err != -EBADMSG;
}

int tape_scan(struct tape *tape)
{
	struct scan scan = {.tape = tape};
	struct place_in place;
	const char *line;
	size_t len;
	int err, got;

	if (!tape->bytes.packed)
		scan.checks = delta_reader_open(0);
	do {
		got = bytes_line(&tape->bytes, &line, &len, &place);
		err = got == 1 ? take_line(&scan, line, len, &place) : got;
	} while (got == 1 && !err);
	delta_reader_close(scan.checks);
	moment_free(scan.before);
	buf_fini(&scan.scratch);
	if (err && err != -EBADMSG && err != -ENODATA)
		return err;
	if (err || scan.begun)
		say_broken(&scan, err);
	tape->whole = tape->bytes.whole_to;
	return 0;
}
