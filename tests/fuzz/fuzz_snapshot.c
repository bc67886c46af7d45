/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a snapshot: refused with a sentence, or written again without loss, as JSON and as text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "format/json_read.h"
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

static void write_text(const struct moment *moment)
{
	static const struct text_options options[] = {
		{.all_vmas = true, .cow = {.rows = {COW_ROW_COUNT}, .n = 1}}, {.width = 40, .ascii = true}};
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	if (text_write(moment, &options[0], &sink) || text_write(moment, &options[1], &sink))
		abort();
	if (memchr(text.data, '\033', text.len))
		abort();
	buf_fini(&text);
}

/* What writes would do is judged of whatever was read. */
static void write_verdicts(const struct moment *moment)
{
	static const struct cow_ask ask = {.rows = {COW_4_5_0, COW_5_8, COW_5_18, COW_6_10, COW_6_15},
					   .n = 5};
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	if (json_write_cow(moment, &ask, &sink))
		abort();
	buf_fini(&text);
}

/* What was read, whole or up to a problem, is written as a snapshot that reads the same. */
static void check_again(const struct moment *moment)
{
	struct buf first = json_of(moment), second;
	struct json_problem problem;
	struct moment *again;

	if (json_read(first.data, first.len, false, &again, &problem))
		abort();
	second = json_of(again);
	if (first.len != second.len || memcmp(first.data, second.data, first.len))
		abort();
	buf_fini(&first);
	buf_fini(&second);
	moment_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_problem problem;
	struct moment *moment;

	if (json_read((const char *)data, size, true, &moment, &problem) && !problem.text[0])
		abort();
	if (!moment)
		return 0;
	check_again(moment);
	write_text(moment);
	write_verdicts(moment);
	moment_free(moment);
	return 0;
}
