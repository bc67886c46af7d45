/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a stream of moments: refused with a sentence, or each leads to the next without loss. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"
#include "format/delta.h"
#include "format/json.h"
#include "format/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf json_of(const struct moment *moment)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	if (json_write(moment, &sink))
		abort();
	return text;
}

/* The moment that a stream ends with. */
static struct moment *last_of(struct delta_reader *reader, const struct buf *text)
{
	const char *at = text->data, *end = text->data + text->len;
	struct moment *moment = NULL;
	struct json_problem problem;
	struct line line;

	while (parse_line(&at, end, &line))
		if (delta_read_line(reader, line.text, line.len, &moment, &problem) < 0)
			abort();
	return moment;
}

static bool has_heat(const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].heat)
			return true;
	return false;
}

/* What was read is a moment like any: what is written of it leads to it again. */
static void check_step(struct moment *before, struct moment *now)
{
	static const struct text_options options = {.all_vmas = true};
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text = {0}, first = json_of(now), second;
	struct sink sink = {sink_buf, &text};
	struct moment *again;

	if (before)
		delta_reader_rewind(reader, before);
	if (delta_write(before, now, &sink))
		abort();
	again = last_of(reader, &text);
	if (!again)
		abort();
	second = json_of(again);
	/* (What was measured beside a moment is in no delta.) */
	if (!has_heat(now) && (first.len != second.len || memcmp(first.data, second.data, first.len)))
		abort();
	buf_clear(&text);
	if (text_write(again, &options, &sink))
		abort();
	moment_free(again);
	buf_fini(&text);
	buf_fini(&first);
	buf_fini(&second);
	delta_reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct delta_reader *reader = delta_reader_open(size % 2 ? 1000 : 0);
	const char *at = (const char *)data, *end = at + size;
	struct moment *before = NULL, *now;
	struct json_problem problem;
	struct line line;

	while (parse_line(&at, end, &line)) {
		if (delta_read_line(reader, line.text, line.len, &now, &problem) < 0 && !problem.text[0])
			abort();
		if (!now)
			continue;
		check_step(before, now);
		moment_free(before);
		before = now;
	}
	moment_free(before);
	delta_reader_close(reader);
	return 0;
}
