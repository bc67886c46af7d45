/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Themes, and that no two cells of a map look alike without colour. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "ui/keymap.h"
#include "ui/theme.h"

static void test_choose(void **state)
{
	(void)state;
	assert_int_equal(theme_choose(16777216, "UTF-8", NULL).colours, 256);
	assert_int_equal(theme_choose(88, "UTF-8", NULL).colours, 16);
	assert_int_equal(theme_choose(8, "UTF-8", NULL).colours, 8);
	assert_int_equal(theme_choose(-1, "UTF-8", NULL).colours, 0);
	assert_int_equal(theme_choose(256, "UTF-8", "1").colours, 0);
	assert_int_equal(theme_choose(256, "UTF-8", "").colours, 256); /* no-color.org: not when empty */
	assert_false(theme_choose(8, "utf8", NULL).ascii);
	assert_true(theme_choose(8, "ANSI_X3.4-1968", NULL).ascii);
	assert_true(theme_choose(8, NULL, NULL).ascii);
}

/* A terminal takes the number as it is. */
static void test_colours_exist(void **state)
{
	static const int depths[] = {0, 8, 16, 256};
	struct look look;
	size_t i;
	int style;

	(void)state;
	for (i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
		struct theme theme = {depths[i], false};

		for (style = 0; style < STYLE_COUNT; style++) {
			look = theme_look(&theme, (enum style)style);
			assert_in_range(look.fg + 1, 0, depths[i]);
			assert_in_range(look.bg + 1, 0, depths[i]);
		}
	}
}

/* The bars and the cursor must be seen without colours too. */
static void test_plain(void **state)
{
	struct theme theme = {0, false};

	(void)state;
	assert_true(theme_look(&theme, STYLE_CURSOR).reverse);
	assert_true(theme_look(&theme, STYLE_BAR).reverse);
	assert_false(theme_look(&theme, STYLE_TEXT).reverse);
}

static void test_shapes(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < SYMBOL_COUNT; i++)
		for (j = 0; j < i; j++) {
			assert_string_not_equal(symbol_table[i].glyph, symbol_table[j].glyph);
			assert_int_not_equal(symbol_table[i].ascii, symbol_table[j].ascii);
		}
}

static void test_keys(void **state)
{
	uint32_t key;
	unsigned i;

	(void)state;
	assert_int_equal(keymap_command('q'), COMMAND_CLOSE);
	assert_int_equal(keymap_command('\r'), COMMAND_ENTER);
	assert_int_equal(keymap_command(3), COMMAND_QUIT);
	assert_int_equal(keymap_command(26), COMMAND_SUSPEND);
	assert_int_equal(keymap_command(12), COMMAND_REDRAW);
	assert_int_equal(keymap_command(PRESS_F1), COMMAND_HELP);
	assert_int_equal(keymap_command('?'), COMMAND_HELP);
	for (key = 'A'; key <= 'Z'; key++) /* capitals act: nothing here does; N goes with n */
		assert_int_equal(keymap_command(key), key == 'N' ? COMMAND_SEARCH_PREVIOUS : COMMAND_NONE);
	for (i = 0; i < keymap_n_rows; i++)
		assert_true(*keymap_rows[i].brief && *keymap_rows[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose), cmocka_unit_test(test_colours_exist),
		cmocka_unit_test(test_plain),  cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests_name("ui_theme", tests, NULL, NULL);
}
