/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments through a delta stream and back. */
#ifndef DELTA_COMMON_H
#define DELTA_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "alike.h"
#include "format/delta.h"
#include "format/json.h"
#include "mutate.h"
#include "sample.h"

/* What leads from one moment to the next. The caller buf_finis it. */
static inline struct buf delta_of(const struct moment *before, const struct moment *now)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(delta_write(before, now, &sink), 0);
	return text;
}

/* Feeds whole lines; the last of them has to end a moment, which is returned, and no other. */
static inline struct moment *fed(struct delta_reader *reader, const struct buf *text)
{
	const char *at = text->data, *end = text->data + text->len, *newline;
	struct moment *moment = NULL;
	struct json_problem problem;
	int got;

	for (; at < end; at = newline + 1) {
		assert_null(moment);
		newline = memchr(at, '\n', (size_t)(end - at));
		assert_non_null(newline);
		assert_true(newline - at < 1 << 20);
		got = delta_read_line(reader, at, (size_t)(newline - at), &moment, &problem);
		if (got < 0)
			fail_msg("line %zu: %s\n%.*s", problem.line, problem.text, (int)(newline - at), at);
		assert_int_equal(got, moment ? 1 : 0);
	}
	assert_non_null(moment);
	return moment;
}

/* One of its own, by way of a whole moment. */
static inline struct moment *copied(const struct moment *moment)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text = delta_of(NULL, moment);
	struct moment *copy = fed(reader, &text);

	delta_reader_close(reader);
	buf_fini(&text);
	return copy;
}

/* Sends `now` behind `before`, and compares what comes. */
static inline struct moment *sent(struct delta_reader *reader, const struct moment *before,
				  const struct moment *now, const char *what)
{
	struct buf text = delta_of(before, now), written, again;
	struct moment *got = fed(reader, &text);

	assert_alike(now, got, what);
	written = sample_json(now);
	again = sample_json(got);
	assert_string_equal(written.data, again.data);
	buf_fini(&written);
	buf_fini(&again);
	buf_fini(&text);
	return got;
}

#endif
