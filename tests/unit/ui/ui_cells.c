/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grid: clipping, widths, and that nothing harmful gets in. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "ui/cells.h"
#include "ui/figures.h"

static struct cells grid;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	grid = (struct cells){0};
	cells_resize(&grid, 4, 10);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cells_fini(&grid);
	return 0;
}

static void assert_dump(const char *expected)
{
	struct buf buf = {0};

	cells_dump(&grid, &buf);
	assert_string_equal(buf.data, expected);
	buf_fini(&buf);
}

static void test_clip(void **state)
{
	struct pane whole = pane_whole(&grid), part = pane_part(&whole, 1, 2, 2, 4), off;

	(void)state;
	assert_int_equal(pane_put(&part, 0, 0, 1, "abcdef"), 4);
	pane_put(&part, 5, 0, 1, "x");
	pane_put(&part, -1, 0, 1, "x");
	pane_put(&part, 1, -2, 1, "xyz");
	off = pane_part(&whole, 3, 8, 9, 9);
	assert_int_equal(off.rows, 1);
	assert_int_equal(off.cols, 2);
	assert_dump("\n  abcd\n  z\n\n");
}

static void test_ellipsis(void **state)
{
	struct pane whole = pane_whole(&grid);

	(void)state;
	assert_int_equal(pane_put_head(&whole, 0, 0, 5, 0, "/usr/lib"), 5);
	assert_int_equal(pane_put_tail(&whole, 1, 0, 5, 0, "/usr/lib"), 5);
	assert_int_equal(pane_put_tail(&whole, 2, 0, 8, 0, "/usr/lib"), 8);
	assert_int_equal(pane_put_right(&whole, 3, 10, 0, "end"), 7);
	assert_dump("/usr…\n…/lib\n/usr/lib\n       end\n");
}

static void test_wrap(void **state)
{
	struct pane whole = pane_whole(&grid);

	(void)state;
	assert_int_equal(pane_wrap(&whole, 0, 3, 0, "one two three four five six"), 3);
	assert_dump("one two\nthree four\nfive six\n\n");
	cells_resize(&grid, 4, 10);
	assert_int_equal(pane_wrap(&whole, 0, 2, 0, "abcdefghijklmnopqrstuvwxyz"), 2);
	assert_dump("abcdefghij\nklmnopqrs…\n\n\n");
}

static void test_wide(void **state)
{
	struct pane whole = pane_whole(&grid);

	(void)state;
	assert_int_equal(text_width(&grid, "日本"), 4);
	assert_int_equal(pane_put(&whole, 0, 0, 0, "a日本b"), 6);
	assert_int_equal(pane_put(&whole, 1, 0, 0, "日日日日x日"), 9); /* half of the last would not fit */
	pane_put(&whole, 0, 2, 0, "|");				       /* over the right half */
	pane_put(&whole, 1, 0, 0, "|");				       /* over the left half */
	pane_put(&whole, 2, 0, 0, "e\xcc\x81|\xcc\x81");
	assert_int_equal(pane_put_head(&whole, 3, 0, 4, 0, "日日日"), 3);
	assert_dump("a |本b\n| 日日日x\ne\xcc\x81|\xcc\x81\n日…\n");
}

/* What a file may be called so that a terminal obeys it, and what is shown. */
static void test_hostile(void **state)
{
	static const struct {
		const char *name, *shown;
	} cases[] = {
		{"\x1b[2J", "␛[2J"},
		{"a\nb\tc", "a␊b␉c"},
		{"\x9b"
		 "31m",
		 "�31m"}, /* a bare C1 byte */
		{"\xc2\x9b"
		 "31m",
		 "�31m"}, /* C1 in UTF-8 */
		{"\x7f", "␡"},
		{"\xe2\x80\xae"
		 "abc",
		 "�abc"}, /* right-to-left override */
		{"\xc3", "�"},
		{"\xf5\xc0\x80", "���"},
		{"\xed\xa0\x80", "���"}, /* a surrogate */
		{"\xcc\x81x", "�x"},
		{"e\xcc\x81\xcc\x81\xcc\x81", "e\xcc\x81\xcc\x81�"},
	};
	struct pane whole = pane_whole(&grid), line = pane_part(&whole, 0, 0, 1, 10);
	struct buf buf = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cells_resize(&grid, 1, 10);
		pane_put(&line, 0, 0, 0, cases[i].name);
		buf_clear(&buf);
		cells_dump(&grid, &buf);
		buf.data[--buf.len] = '\0';
		assert_string_equal(buf.data, cases[i].shown);
	}
	buf_fini(&buf);
}

static void test_ascii(void **state)
{
	struct pane whole = pane_whole(&grid);

	(void)state;
	grid.ascii = true;
	pane_put(&whole, 0, 0, 0, "é日\x1b…│\xff");
	assert_dump("???~|?\n\n\n\n");
}

/* Whatever the bytes: no control character, no byte beyond the grid, no row of another width. */
static void test_random(void **state)
{
	struct pane whole = pane_whole(&grid);
	unsigned seed = 1, i, j;
	char text[64];

	(void)state;
	for (i = 0; i < 5000; i++) {
		for (j = 0; j < sizeof(text) - 1; j++)
			text[j] = (char)(rand_r(&seed) % 255 + 1);
		text[j] = '\0';
		grid.ascii = i % 2;
		pane_put(&whole, (int)(i % 4), (int)(i % 10), 0, text);
		pane_wrap(&whole, 0, 4, 0, text + i % 60);
		pane_put_tail(&whole, 0, 0, (int)(i % 11), 0, text);
		for (j = 0; j < 40; j++) {
			const char *glyph = grid.at[j].glyph;

			assert_non_null(memchr(glyph, 0, sizeof(grid.at[j].glyph)));
			if (*glyph)
				assert_true((unsigned char)*glyph >= 0x20 && *glyph != 0x7f);
			assert_false((unsigned char)glyph[0] == 0xc2 && (unsigned char)glyph[1] < 0xa0);
		}
	}
}

static void test_changes(void **state)
{
	struct cells old = {0};
	struct pane whole = pane_whole(&grid);
	int row = 0, col = 0;

	(void)state;
	cells_resize(&old, 4, 10);
	assert_false(cells_next_change(&old, &grid, &row, &col));
	pane_put(&whole, 1, 3, 2, " "); /* only its style is another */
	pane_mark(&whole, 3, 9, 1, MARK_CURSOR);
	row = col = 0;
	assert_true(cells_next_change(&old, &grid, &row, &col));
	assert_int_equal(row, 1);
	assert_int_equal(col, 3);
	col++;
	assert_true(cells_next_change(&old, &grid, &row, &col));
	assert_int_equal(row, 3);
	assert_int_equal(col, 9);
	col++;
	assert_false(cells_next_change(&old, &grid, &row, &col));
	cells_fini(&old);
}

static void test_figures(void **state)
{
	figure_text text;

	(void)state;
	assert_string_equal(figure_bytes(text, 2 << 20), "2 MiB");
	assert_string_equal(figure_bytes(text, 1536), "1.5 KiB");
	assert_string_equal(figure_bytes(text, UINT64_C(1) << 47), "128 TiB");
	assert_string_equal(figure_bytes(text, 0), "16 EiB");
	assert_string_equal(figure_count(text, 0), "0");
	assert_string_equal(figure_count(text, 999), "999");
	assert_string_equal(figure_count(text, 1234567), "1,234,567");
	assert_string_equal(figure_count(text, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(figure_share(text, 0, 10, true), "0%");
	assert_string_equal(figure_share(text, 1, 1000, true), "<1%");
	assert_string_equal(figure_share(text, 999999, 1000000, true), "99%");
	assert_string_equal(figure_share(text, 5, 5, true), "100%");
	assert_string_equal(figure_share(text, 5, 5, false), "?");
	assert_string_equal(figure_share(text, 0, 0, true), "");
	assert_string_equal(figure_known(text, -1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_clip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ellipsis, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wide, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ascii, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests_name("ui_cells", tests, NULL, NULL);
}
