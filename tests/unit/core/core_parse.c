/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/parse: numbers, sizes, times and lines, at their edges. */
#include "core_test.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/parse.h"

static void test_u64(void **state)
{
	static const struct {
		const char *text;
		unsigned base;
		uint64_t value;
		int used; /* -1: refused */
	} rows[] = {
		{"0", 10, 0, 1},
		{"12x", 10, 12, 2},
		{"18446744073709551615", 10, UINT64_MAX, 20},
		{"18446744073709551616", 10, 0, -1},
		{"00000000000000000000000000000001", 10, 1, 32},
		{"ffffffffffffffff-", 16, UINT64_MAX, 16},
		{"FFFFFFFFFFFFFFFF", 16, UINT64_MAX, 16},
		{"10000000000000000", 16, 0, -1},
		{"", 10, 0, -1},
		{"-1", 10, 0, -1},
		{"+1", 10, 0, -1},
		{" 1", 10, 0, -1},
		{"g", 16, 0, -1},
		{"a", 10, 0, -1},
		{"0x1", 16, 0, 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		const char *end = rows[i].text + strlen(rows[i].text), *rest;
		uint64_t value = 4711;

		rest = parse_u64(rows[i].text, end, rows[i].base, &value);
		if (rows[i].used < 0) {
			assert_null(rest);
			assert_true(value == 4711);
		} else {
			assert_ptr_equal(rest, rows[i].text + rows[i].used);
			assert_true(value == rows[i].value);
		}
	}
}

/* The text need not end in a NUL: an exact copy lets a sanitizer see a read past the end. */
static void test_bounded(void **state)
{
	char *text = memcpy(mem_alloc(3), "123", 3);
	const char *at = text;
	struct line line;
	uint64_t value;

	(void)state;
	assert_ptr_equal(parse_u64(text, text + 3, 10, &value), text + 3);
	assert_int_equal(value, 123);
	assert_null(parse_u64(text + 3, text + 3, 10, &value));
	assert_true(parse_line(&at, text + 3, &line));
	assert_int_equal(line.len, 3);
	assert_false(line.whole);
	assert_false(parse_line(&at, text + 3, &line));
	free(text);
}

static void test_number(void **state)
{
	uint64_t value = 5;

	(void)state;
	assert_true(parse_number("0", &value) && value == 0);
	assert_true(parse_number("0x7fff0000", &value) && value == 0x7fff0000);
	assert_true(parse_number("0XFF", &value) && value == 255);
	assert_true(parse_number("18446744073709551615", &value) && value == UINT64_MAX);
	value = 5;
	assert_false(parse_number("", &value));
	assert_false(parse_number("0x", &value));
	assert_false(parse_number("12 ", &value));
	assert_false(parse_number("0x10000000000000000", &value));
	assert_false(parse_number("-1", &value));
	assert_false(parse_number("7f00", &value));
	assert_int_equal(value, 5);
}

static void test_size(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{"0", 0},
		{"4096", 4096},
		{"64k", 65536},
		{"64K", 65536},
		{"64KiB", 65536},
		{"4M", 4 << 20},
		{"2MiB", 2 << 20},
		{"1G", 1 << 30},
		{"0x10M", 16 << 20},
		{"1T", UINT64_C(1) << 40},
		{"16777215T", UINT64_C(16777215) << 40},
	};
	static const char *const bad[] = {"", "M", "4m", "4MB", "4 M", "4MM", "-4M", "16777216T", "0xM"};
	uint64_t bytes;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(good); i++) {
		assert_true(parse_size(good[i].text, &bytes));
		assert_true(bytes == good[i].bytes);
	}
	for (i = 0; i < COUNT_OF(bad); i++)
		assert_false(parse_size(bad[i], &bytes));
}

static void test_time(void **state)
{
	uint64_t ns;

	(void)state;
	assert_true(parse_time("5ns", &ns) && ns == 5);
	assert_true(parse_time("100us", &ns) && ns == 100000);
	assert_true(parse_time("50ms", &ns) && ns == 50000000);
	assert_true(parse_time("2s", &ns) && ns == 2000000000);
	assert_true(parse_time("1h", &ns) && ns == UINT64_C(3600000000000));
	assert_false(parse_time("5124096h", &ns));
	assert_false(parse_time("2", &ns));
	assert_false(parse_time("", &ns));
	assert_false(parse_time("s", &ns));
	assert_false(parse_time("18446744074s", &ns));
	assert_false(parse_time("1.5s", &ns));
}

static void test_lines(void **state)
{
	const char text[] = "one\n\nthree", *at = text, *end = text + sizeof(text) - 1;
	struct line line;

	(void)state;
	assert_true(parse_line(&at, end, &line));
	assert_int_equal(line.len, 3);
	assert_true(line.whole);
	assert_true(parse_line(&at, end, &line));
	assert_int_equal(line.len, 0);
	assert_true(line.whole);
	assert_true(parse_line(&at, end, &line));
	assert_memory_equal(line.text, "three", 5);
	assert_false(line.whole);
	assert_false(parse_line(&at, end, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),  cmocka_unit_test(test_bounded), cmocka_unit_test(test_number),
		cmocka_unit_test(test_size), cmocka_unit_test(test_time),    cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
