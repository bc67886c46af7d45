/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats of several kernels: fields where they are, words by their numbers, nonsense refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trace/records.h"

static int parse(const char *name, struct trace_format *format)
{
	static char text[65536];
	char path[512];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", FORMATS, name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	return trace_format_parse(text, n, format);
}

static void at(const struct trace_format *format, const char *name, unsigned offset, unsigned size,
	       bool is_signed)
{
	const struct trace_field *field = trace_format_field(format, name);

	assert_non_null(field);
	assert_int_equal(field->offset, offset);
	assert_int_equal(field->size, size);
	assert_int_equal(field->is_signed, is_signed);
}

static void test_here(void **state)
{
	struct trace_format format;

	(void)state;
	assert_int_equal(parse("6.18-mm_khugepaged_scan_pmd", &format), 0);
	assert_int_equal(format.id, 759);
	at(&format, "common_type", 0, 2, false);
	at(&format, "mm", 8, 8, false);
	at(&format, "pfn", 16, 8, false);
	at(&format, "status", 32, 4, true);
	assert_null(trace_format_field(&format, "writable"));
	assert_int_equal(format.n_words, 31);
	assert_string_equal(trace_format_word(&format, 0), "failed");
	assert_string_equal(trace_format_word(&format, 1), "succeeded");
	assert_string_equal(trace_format_word(&format, 30), "page_filled");
	assert_null(trace_format_word(&format, 31));
	assert_int_equal(parse("6.18-mm_khugepaged_collapse_file", &format), 0);
	at(&format, "filename", 44, 4, false);
	at(&format, "addr", 32, 8, false);
	at(&format, "is_shmem", 40, 1, false);
	assert_int_equal(parse("6.18-mmap_lock_start_locking", &format), 0);
	at(&format, "mm", 8, 8, false);
	assert_int_equal(format.n_words, 0);
}

/* The same word has another number in each, and another place. */
static void test_others(void **state)
{
	struct trace_format format;

	(void)state;
	assert_int_equal(parse("5.4-mm_khugepaged_scan_pmd", &format), 0);
	at(&format, "status", 36, 4, true);
	assert_string_equal(trace_format_word(&format, 3), "exceed_none_pte");
	assert_string_equal(trace_format_word(&format, 5), "no_writable_page");
	assert_int_equal(parse("6.1-mm_khugepaged_scan_pmd", &format), 0);
	assert_string_equal(trace_format_word(&format, 5), "exceed_none_pte");
	assert_string_equal(trace_format_word(&format, 4), "page_pmd_mapped");
}

static void test_nonsense(void **state)
{
	struct trace_format format;

	(void)state;
	assert_int_equal(parse("no-id", &format), -EBADMSG);
	assert_int_equal(parse("far-field", &format), -EBADMSG);
	assert_int_equal(trace_format_parse("", 0, &format), -EBADMSG);
	/* A name without a number is passed over; a cut row is none. */
	assert_int_equal(parse("cut-table", &format), 0);
	assert_int_equal(format.n_words, 2);
	assert_string_equal(trace_format_word(&format, -1), "minus");
	assert_string_equal(trace_format_word(&format, 16), "hex");
}

static void test_usable(void **state)
{
	static const char *const names[TRACE_POINTS] = {
		"6.18-mm_khugepaged_scan_pmd", "6.18-mm_collapse_huge_page", "6.18-mm_khugepaged_scan_file",
		"6.18-mm_khugepaged_collapse_file"};
	struct trace_point point;
	size_t i;

	(void)state;
	for (i = 0; i < TRACE_POINTS; i++) {
		assert_int_equal(parse(names[i], &point.format), 0);
		point.kind = trace_layouts[i].kind;
		assert_true(trace_point_usable(&point));
		point.kind = TRACE_FORK;
		assert_false(trace_point_usable(&point));
	}
	assert_int_equal(parse("6.18-mmap_lock_start_locking", &point.format), 0);
	point.kind = TRACE_COLLAPSE;
	assert_false(trace_point_usable(&point));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
