/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text snapshot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/text.h"
#include "format/text_line.h"
#include "sample.h"

static struct buf text_of(const struct moment *moment, const struct text_options *options)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(text_write(moment, options, &sink), 0);
	return text;
}

static void check_golden(struct moment *moment, const struct text_options *options, const char *name)
{
	struct buf text = text_of(moment, options);

	sample_golden(name, &text);
	buf_fini(&text);
	moment_free(moment);
}

static void golden(void **state)
{
	static const struct text_options plain, ascii = {.ascii = true, .width = 40, .all_vmas = true};
	static const struct text_options wide = {.width = 160, .colour = true};

	(void)state;
	check_golden(sample_plain(), &plain, "plain.txt");
	check_golden(sample_plain(), &ascii, "plain-ascii.txt");
	check_golden(sample_plain(), &wide, "plain-colour.txt");
	check_golden(sample_all(), &plain, "all.txt");
}

/* Nothing in a name drives a terminal: of control bytes only newlines remain, in ASCII not a byte above ~. */
static void no_escape_gets_through(void **state)
{
	static const struct text_options options[] = {{.all_vmas = true}, {.ascii = true}, {.width = 40}};
	struct moment *moment = sample_all();
	struct buf text;
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		text = text_of(moment, &options[i]);
		for (at = 0; at < text.len; at++) {
			unsigned char c = (unsigned char)text.data[at];

			assert_true(c == '\n' || (c >= ' ' && c != 0x7f));
			assert_true(!options[i].ascii || c < 0x7f);
		}
		assert_null(strstr(text.data, "\xc2\x9b"));
		assert_null(strstr(text.data, "\xe2\x80\xae"));
		buf_fini(&text);
	}
	moment_free(moment);
}

static void widths_hold(void **state)
{
	static const struct text_options options[] = {
		{.ascii = true, .width = 40}, {.ascii = true, .width = 80}, {.ascii = true, .width = 200}};
	struct moment *moment = sample_plain();
	const char *line, *end;
	struct buf text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		text = text_of(moment, &options[i]);
		for (line = text.data; *line; line = end + 1) {
			end = strchr(line, '\n');
			/* A VMA's range, permissions and sizes are never cut. */
			if ((unsigned)(end - line) > options[i].width &&
			    !memmem(line, (size_t)(end - line), "-p ", 3))
				fail_msg("longer than %u: %.*s", options[i].width, (int)(end - line), line);
		}
		buf_fini(&text);
	}
	moment_free(moment);
}

/* What lies outside the surveyed range is not drawn as empty. */
static void range_limits_the_map(void **state)
{
	static const struct text_options options = {.ascii = true};
	struct moment *moment = sample_plain();
	struct buf text;

	(void)state;
	moment->from = 0x7f0005012000;
	moment->to = 0x7f0005200001;
	text = text_of(moment, &options);
	assert_non_null(strstr(text.data, "only 7f0005012000-7f0005200001"));
	assert_non_null(strstr(text.data, "\n  7f0005000000 %s\n"));
	assert_null(strstr(text.data, "7f0100000000"));
	assert_null(strstr(text.data, "without a whole region"));
	buf_fini(&text);
	moment_free(moment);
}

static void many_skipped_are_summed(void **state)
{
	static const struct text_options options;
	struct moment *moment = sample_all();
	struct buf text = text_of(moment, &options);

	(void)state;
	assert_non_null(strstr(text.data, "skipped 2 processes (gone), the first: 101"));
	buf_fini(&text);
	moment_free(moment);
}

/* Frames in a row make one run, frames that are scattered another; what differs begins anew. */
static void pages_make_runs(void **state)
{
	static const struct text_options options = {.ascii = true};
	static const uint64_t pfns[] = {0x50, 0x70, 0x60, 0x80, 0x81, 0x82, 0x10};
	struct moment *moment = sample_all();
	struct process *process = moment->processes;
	struct region *region = &process->regions[process->n_regions - 1];
	struct buf text;
	size_t i;

	(void)state;
	region->n_pages = sizeof(pfns) / sizeof(pfns[0]);
	for (i = 0; i < region->n_pages; i++)
		process->pages[i] = (struct page){.addr = region->start + i * SAMPLE_PAGE,
						  .pfn = pfns[i],
						  .pagemap = pfns[i],
						  .has_mapcount = true,
						  .mapcount = i < 6 ? 1 : 2};
	text = text_of(moment, &options);
	assert_non_null(strstr(text.data, " 3 pages pfn 50 and others, scattered, mapcount 1\n"));
	assert_non_null(strstr(text.data, " 3 pages pfn 80-82 mapcount 1\n"));
	assert_non_null(strstr(text.data, " 1 page pfn 10 mapcount 2\n"));
	buf_fini(&text);
	moment_free(moment);
}

static int full(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return -ENOSPC;
}

static void full_disk_is_told(void **state)
{
	static const struct text_options options;
	static const struct sink sink = {full, NULL};
	struct moment *moment = sample_plain();

	(void)state;
	assert_int_equal(text_write(moment, &options, &sink), -ENOSPC);
	moment_free(moment);
}

static void sizes_and_shares(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1 KiB"},
		{2097152, "2 MiB"},
		{1638400, "1.5 MiB"},
		{2097151, "1.9 MiB"},
		{UINT64_C(1) << 47, "128 TiB"},
		{UINT64_MAX, "15.9 EiB"},
	};
	static const struct {
		uint64_t part, whole;
		const char *text;
	} shares[] = {
		{0, 0, ""},
		{0, 7, "0.0 %"},
		{1, 3001, "<0.1 %"},
		{6144, 27556, "22.3 %"},
		{999999, 1000000, "99.9 %"},
		{7, 7, "100.0 %"},
		{UINT64_MAX, UINT64_MAX, "100.0 %"},
	};
	struct buf text = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		buf_clear(&text);
		line_size(&text, sizes[i].bytes);
		assert_string_equal(text.data, sizes[i].text);
	}
	for (i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		buf_clear(&text);
		line_share(&text, shares[i].part, shares[i].whole);
		assert_string_equal(text.data, shares[i].text);
	}
	buf_fini(&text);
}

/* Of 16 bits and of more: a digit that follows is none of its own. */
static void names_that_differ_stay_so(void **state)
{
	struct buf text = {0};

	(void)state;
	assert_int_equal(line_safe(&text,
				   "\xf3\xbf\xbf\xbf \xef\xbf\xbf"
				   "f\\",
				   false),
			 20);
	assert_string_equal(text.data, "\\U000fffff \\ufffff\\\\");
	buf_fini(&text);
}

static void long_names_keep_their_end(void **state)
{
	struct buf text = {0};

	(void)state;
	assert_int_equal(line_safe_end(&text, "/usr/lib/libc.so.6", false, 10), 10);
	assert_string_equal(text.data, "\u2026libc.so.6");
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(no_escape_gets_through),
		cmocka_unit_test(widths_hold),
		cmocka_unit_test(range_limits_the_map),
		cmocka_unit_test(many_skipped_are_summed),
		cmocka_unit_test(pages_make_runs),
		cmocka_unit_test(full_disk_is_told),
		cmocka_unit_test(sizes_and_shares),
		cmocka_unit_test(names_that_differ_stay_so),
		cmocka_unit_test(long_names_keep_their_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
