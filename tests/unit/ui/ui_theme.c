/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Themes: which one is chosen, that it can be read on its ground, and that nothing is told by colour alone. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "ui/cells.h"
#include "ui/theme.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct theme choose(struct theme_facts facts)
{
	return theme_choose(&facts);
}

static void test_depth(void **state)
{
	(void)state;
	assert_int_equal(choose((struct theme_facts){.colours = 1 << 24}).colours, 256);
	assert_int_equal(choose((struct theme_facts){.colours = 1 << 24, .direct = true}).colours,
			 COLOURS_DIRECT);
	assert_int_equal(choose((struct theme_facts){.colours = 256, .direct = true}).colours, 256);
	assert_int_equal(choose((struct theme_facts){.colours = 88}).colours, 16);
	assert_int_equal(choose((struct theme_facts){.colours = 8}).colours, 8);
	assert_int_equal(choose((struct theme_facts){.colours = -1}).colours, 0);
	assert_int_equal(choose((struct theme_facts){.colours = 256, .no_color = "1"}).colours, 0);
	assert_int_equal(choose((struct theme_facts){.colours = 256, .no_color = ""}).colours, 256);
	assert_int_equal(choose((struct theme_facts){.colours = 256, .wish.name = THEME_MONO}).colours, 0);
	/* Which ground there is does not tell that colours are wanted. */
	assert_int_equal(
		choose((struct theme_facts){.colours = 8, .no_color = "1", .wish.ground = GROUND_DARK})
			.colours,
		0);
}

/* The theme that comes next is one that looks otherwise on this terminal. */
static void test_next(void **state)
{
	struct theme_facts facts = {.colours = 256, .codeset = "UTF-8"};
	struct theme theme;
	int i;

	(void)state;
	for (i = 0; i < 2 * THEME_COUNT; i++) {
		theme = choose(facts);
		assert_int_equal(theme.name, i % THEME_COUNT);
		assert_int_equal(theme.colours, theme.name == THEME_MONO ? 0 : 256);
		assert_int_equal(theme.ascii, theme.name == THEME_ASCII);
		facts.wish.name = theme_next(&theme);
	}
	facts.colours = 0;
	assert_int_equal(theme_next(&(struct theme){.name = THEME_DEFAULT}), THEME_ASCII);
	assert_int_equal(theme_next(&(struct theme){.name = THEME_ASCII}), THEME_DEFAULT);
	assert_int_equal(theme_next(&(struct theme){.name = THEME_MONO, .depth = 8, .only_ascii = true}),
			 THEME_DEFAULT);
	assert_int_equal(theme_next(&(struct theme){.name = THEME_DEFAULT, .only_ascii = true}),
			 THEME_DEFAULT);
	assert_true(choose((struct theme_facts){.codeset = "UTF-8", .wish.name = THEME_ASCII}).ascii);
	assert_true(theme_brings_ground(&(struct theme){.name = THEME_COLOUR_BLIND, .colours = 8}));
	assert_false(theme_brings_ground(&(struct theme){.name = THEME_COLOUR_BLIND}));
	assert_false(theme_brings_ground(&(struct theme){.name = THEME_ASCII, .colours = 256}));
}

static void test_ascii(void **state)
{
	(void)state;
	assert_false(choose((struct theme_facts){.codeset = "UTF-8"}).ascii);
	assert_false(choose((struct theme_facts){.codeset = "utf8"}).ascii);
	assert_true(choose((struct theme_facts){.codeset = "ANSI_X3.4-1968"}).ascii);
	assert_true(choose((struct theme_facts){0}).ascii);
}

static void test_ground(void **state)
{
	static const struct {
		const char *colorfgbg, *term;
		enum ground wish;
		enum ground ground;
	} table[] = {
		{NULL, "xterm-256color", GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"15;0", NULL, GROUND_UNKNOWN, GROUND_DARK},
		{"0;15", NULL, GROUND_UNKNOWN, GROUND_LIGHT},
		{"0;default;7", NULL, GROUND_UNKNOWN, GROUND_LIGHT},
		{"7;8", NULL, GROUND_UNKNOWN, GROUND_DARK},
		{"12;default", NULL, GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"", NULL, GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"0;", NULL, GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"0;16", NULL, GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"0;15x", NULL, GROUND_UNKNOWN, GROUND_UNKNOWN},
		{"0;15", NULL, GROUND_DARK, GROUND_DARK},
		{"15;0", NULL, GROUND_LIGHT, GROUND_LIGHT},
		{NULL, "linux", GROUND_UNKNOWN, GROUND_DARK},
		{NULL, "linux-16color", GROUND_UNKNOWN, GROUND_DARK},
		{NULL, "linux", GROUND_LIGHT, GROUND_LIGHT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		assert_int_equal(choose((struct theme_facts){.colorfgbg = table[i].colorfgbg,
							     .term = table[i].term,
							     .wish.ground = table[i].wish})
					 .ground,
				 table[i].ground);
}

/* A terminal takes the number as it is. */
static void test_colours_exist(void **state)
{
	static const int depths[] = {0, 8, 16, 256, COLOURS_DIRECT};
	struct look look;
	int style, ground;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(depths); i++)
		for (ground = GROUND_UNKNOWN; ground <= GROUND_LIGHT; ground++)
			for (style = 0; style < STYLE_COUNT; style++) {
				struct theme theme = {depths[i], (enum ground)ground, false};

				look = theme_look(&theme, (enum style)style);
				assert_in_range(look.fg + 1, 0, depths[i]);
				assert_in_range(look.bg + 1, 0, depths[i]);
				/* A terminal with direct colours takes the first eight as those of a palette. */
				if (depths[i] == COLOURS_DIRECT)
					assert_false(look.fg >= 0 && look.fg < 8);
			}
}

static void test_rgb(void **state)
{
	(void)state;
	assert_int_equal(theme_rgb(16), 0);
	assert_int_equal(theme_rgb(67), 0x5f87af);
	assert_int_equal(theme_rgb(231), 0xffffff);
	assert_int_equal(theme_rgb(232), 0x080808);
	assert_int_equal(theme_rgb(255), 0xeeeeee);
}

/* sRGB's curve, near enough without a mathematical library: WCAG's ((c + 0.055) / 1.055) ^ 2.4. */
static double linear(uint32_t byte)
{
	double c = byte / 255.0, x = (c + 0.055) / 1.055, root = 1;
	int i;

	if (c <= 0.03928)
		return c / 12.92;
	for (i = 0; i < 40; i++) /* x ^ 0.2 by Newton */
		root -= (root * root * root * root * root - x) / (5 * root * root * root * root);
	return x * x * root * root;
}

static double luminance(uint32_t rgb)
{
	return 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 0xff) + 0.0722 * linear(rgb & 0xff);
}

static double contrast(uint32_t a, uint32_t b)
{
	double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

static void test_contrast_known(void **state)
{
	(void)state;
	assert_true(contrast(0, 0xffffff) > 20.99 && contrast(0, 0xffffff) < 21.01);
	assert_true(contrast(0x767676, 0xffffff) > 4.53 && contrast(0x767676, 0xffffff) < 4.55);
}

static void check_ground(const struct theme *theme, uint32_t ground)
{
	uint32_t own = luminance(ground) > 0.2 ? 0x1c1c1c : 0xe4e4e4, fg, bg;
	struct look look;
	int style;

	for (style = 0; style < STYLE_COUNT; style++) {
		look = theme_look(theme, (enum style)style);
		fg = look.fg < 0 ? own : theme_rgb(look.fg);
		bg = look.bg < 0 ? ground : theme_rgb(look.bg);
		if (contrast(fg, bg) < 3)
			fail_msg("style %d, %d colours: %06x on %06x: %.2f", style, theme->colours, fg, bg,
				 contrast(fg, bg));
		/* The cursor is a patch: it is seen by its ground. */
		if (style == STYLE_CURSOR && contrast(look.reverse ? fg : bg, ground) < 3)
			fail_msg("the cursor on %06x: %.2f", ground, contrast(bg, ground));
	}
}

/* 3:1, what WCAG asks for graphics and large text, on the grounds that people have. */
static void test_contrast(void **state)
{
	static const uint32_t dark[] = {0x000000, 0x1e1e1e, 0x002b36, 0x2e3440};
	static const uint32_t light[] = {0xffffff, 0xfdf6e3, 0xeeeeee};
	static const uint32_t any[] = {0x000000, 0x1e1e1e, 0xffffff, 0xfdf6e3};
	static const uint32_t basic_dark[] = {0x000000}, basic_light[] = {0xffffff},
			      basic[] = {0x000000, 0xffffff};
	static const struct {
		int colours;
		enum ground ground;
		const uint32_t *grounds;
		size_t n;
	} table[] = {
		{256, GROUND_DARK, dark, 4},	    {256, GROUND_LIGHT, light, 3},
		{256, GROUND_UNKNOWN, any, 4},	    {16, GROUND_DARK, basic_dark, 1},
		{16, GROUND_LIGHT, basic_light, 1}, {16, GROUND_UNKNOWN, basic, 2},
		{8, GROUND_DARK, basic_dark, 1},    {8, GROUND_LIGHT, basic_light, 1},
		{8, GROUND_UNKNOWN, basic, 2},	    {0, GROUND_UNKNOWN, basic, 2},
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		for (j = 0; j < table[i].n; j++) {
			struct theme theme = {table[i].colours, table[i].ground, false};

			check_ground(&theme, table[i].grounds[j]);
		}
}

/* What a terminal paints below a style, where its own ground is that. */
static uint32_t patch(const struct theme *theme, enum style style, uint32_t ground, uint32_t own)
{
	const struct look look = theme_look(theme, style);

	if (look.reverse)
		return look.fg < 0 ? own : theme_rgb(look.fg);
	return look.bg < 0 ? ground : theme_rgb(look.bg);
}

/* 3:1 between the ground below a cursor and that beside it: of a line, and of each symbol. */
static void check_cursors(const struct theme *theme, uint32_t ground)
{
	static const uint8_t cursors[] = {MARK_CURSOR, MARK_QUIET_CURSOR};
	const uint32_t own = luminance(ground) > 0.2 ? 0x000000 : 0xffffff;
	uint32_t below, beside;
	size_t i;
	int symbol;

	for (i = 0; i < COUNT_OF(cursors); i++)
		for (symbol = -1; symbol < SYMBOL_COUNT; symbol++) {
			const enum style style =
				symbol < 0 ? STYLE_TEXT : (enum style)(STYLE_SYMBOL + symbol);

			below = patch(theme, theme_marked(style, cursors[i]), ground, own);
			beside = patch(theme, style, ground, own);
			if (contrast(below, beside) < 3)
				fail_msg("%s, %d colours, ground %d, cursor %zu, symbol %d: %06x on %06x: "
					 "%.2f",
					 theme_names[theme->name], theme->colours, theme->ground, i, symbol,
					 below, beside, contrast(below, beside));
		}
}

/* A cursor is seen in every theme, with however many colours, whatever the ground is. */
static void test_cursors(void **state)
{
	static const int depths[] = {0, 8, 16, 256, COLOURS_DIRECT};
	static const uint32_t black_or_white[] = {0x000000, 0xffffff};
	int name, ground;
	size_t d, k;

	(void)state;
	for (name = 0; name < THEME_COUNT; name++)
		for (d = 0; d < COUNT_OF(depths); d++)
			for (ground = GROUND_UNKNOWN; ground <= GROUND_LIGHT; ground++)
				for (k = 0; k < COUNT_OF(black_or_white); k++) {
					const struct theme_facts facts = {
						.colours = depths[d],
						.direct = depths[d] == COLOURS_DIRECT,
						.codeset = "UTF-8",
						.wish = {(enum theme_name)name, (enum ground)ground}};
					const struct theme theme = theme_choose(&facts);

					if (ground == GROUND_UNKNOWN || k == (ground == GROUND_LIGHT))
						check_cursors(&theme, black_or_white[k]);
				}
	assert_int_equal(theme_marked(STYLE_TEXT, MARK_CURSOR), STYLE_CURSOR);
	assert_int_equal(theme_marked(STYLE_TEXT, MARK_QUIET_CURSOR), STYLE_QUIET_CURSOR);
	assert_int_equal(theme_marked(STYLE_SYMBOL, MARK_QUIET_CURSOR), STYLE_QUIET_SYMBOL);
	assert_int_equal(theme_marked(STYLE_SYMBOL, 0), STYLE_SYMBOL);
}

/* What is told without a palette's colour is told by reverse; true colours are those of the 256. */
static void test_plain(void **state)
{
	struct theme plain = {0}, palette = {256, GROUND_DARK, false},
		     direct = {COLOURS_DIRECT, GROUND_DARK, false};
	int style, number;

	(void)state;
	assert_true(theme_look(&plain, STYLE_CURSOR).reverse);
	assert_true(theme_look(&plain, STYLE_BAR).reverse);
	assert_false(theme_look(&plain, STYLE_TEXT).reverse);
	for (style = 0; style < STYLE_COUNT; style++) {
		number = theme_look(&palette, (enum style)style).fg;
		assert_int_equal(theme_look(&direct, (enum style)style).fg,
				 number < 0 ? -1 : (int)theme_rgb(number));
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depth),	       cmocka_unit_test(test_next),
		cmocka_unit_test(test_ascii),	       cmocka_unit_test(test_ground),
		cmocka_unit_test(test_colours_exist),  cmocka_unit_test(test_rgb),
		cmocka_unit_test(test_contrast_known), cmocka_unit_test(test_contrast),
		cmocka_unit_test(test_plain),	       cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_cursors),
	};

	return cmocka_run_group_tests_name("ui_theme", tests, NULL, NULL);
}
