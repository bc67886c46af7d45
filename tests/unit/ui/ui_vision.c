/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether cells can be told apart: by colour for people of full sight and for the three kinds of dichromats, where a theme
 * promises it, and by shape in every theme.
 *
 * The bounds are CIEDE2000. 1 is just seen of large patches side by side. A cell of a map is small, and is compared with one
 * some way off and with a legend, which takes several times as much: between cells of different states (design 1) 10 is asked
 * for, between kinds of one state, which the eye takes together first, 7. What the default has is printed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "core/symbol.h"
#include "ui/cells.h"
#include "ui/theme.h"
#include "vision.h"

#define BETWEEN_STATES 10.0
#define WITHIN_STATE 7.0
#define CONTRAST_LEAST 3.0
#define CONTRAST_HIGH 7.0

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Pairs that were published with the formula, to check its implementations: Sharma, Wu and Dalal, table 1. */
static void test_formula(void **state)
{
	static const struct {
		struct lab one, other;
		double difference;
	} table[] = {
		{{50, 2.6772, -79.7751}, {50, 0, -82.7485}, 2.0425},
		{{50, 2.8361, -74.0200}, {50, 0, -82.7485}, 3.4412},
		{{50, -1.3802, -84.2814}, {50, 0, -82.7485}, 1.0000},
		{{50, 0, 0}, {50, -1, 2}, 2.3669},
		{{50, 2.49, -0.001}, {50, -2.49, 0.0011}, 7.2195},
		{{50, 2.5, 0}, {73, 25, -18}, 27.1492},
		{{50, 2.5, 0}, {61, -5, 29}, 22.8977},
		{{50, 2.5, 0}, {58, 24, 15}, 19.4535},
		{{60.2574, -34.0099, 36.2677}, {60.4626, -34.1751, 39.4387}, 1.2644},
		{{22.7233, 20.0904, -46.6940}, {23.0331, 14.9730, -42.5619}, 2.0373},
		{{2.0776, 0.0795, -1.1350}, {0.9033, -0.0636, -0.5514}, 0.9082},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		if (fabs(vision_difference(&table[i].one, &table[i].other) - table[i].difference) > 0.0001)
			fail_msg("pair %zu: %.4f, not %.4f", i,
				 vision_difference(&table[i].one, &table[i].other), table[i].difference);
}

/* Who sees fewer hues sees greys as everybody; an orange and a green are one to who lacks red or
 * green, a blue and a green to who lacks blue. */
static void test_dichromats(void **state)
{
	struct lab grey, seen, red, green, blue;
	int vision;

	(void)state;
	for (vision = 0; vision < VISION_COUNT; vision++) {
		grey = vision_lab(VISION_FULL, 0x808080);
		seen = vision_lab((enum vision)vision, 0x808080);
		assert_true(vision_difference(&grey, &seen) < 0.1);
		seen = vision_lab((enum vision)vision, 0xffffff);
		assert_true(fabs(seen.l - 100) < 0.1 && hypot(seen.a, seen.b) < 0.1);
	}
	for (vision = 0; vision < VISION_COUNT; vision++) {
		red = vision_lab((enum vision)vision, 0xb06000);
		green = vision_lab((enum vision)vision, 0x608000);
		assert_int_equal(vision_difference(&red, &green) < 6,
				 vision == VISION_PROTANOPIA || vision == VISION_DEUTERANOPIA);
		green = vision_lab((enum vision)vision, 0x00a0a0);
		blue = vision_lab((enum vision)vision, 0x0090ff);
		assert_int_equal(vision_difference(&green, &blue) < 9, vision == VISION_TRITANOPIA);
	}
	assert_true(fabs(vision_contrast(0, 0xffffff) - 21) < 0.01);
	assert_true(fabs(vision_contrast(0x767676, 0xffffff) - 4.54) < 0.01);
}

/* What a cell says first: its state, and whether that is known. */
static int state_of(enum symbol symbol)
{
	switch (symbol) {
	case SYMBOL_HOLE:
		return 0;
	case SYMBOL_PMD_THP:
	case SYMBOL_PMD_UNKNOWN:
		return 1;
	case SYMBOL_PTE_THP:
	case SYMBOL_PTE_PARTIAL:
	case SYMBOL_MTHP:
	case SYMBOL_SMALL:
	case SYMBOL_SPARSE:
	case SYMBOL_MIXED:
	case SYMBOL_SWAP:
	case SYMBOL_PTE_UNKNOWN:
		return 2;
	case SYMBOL_PMD_TEAM:
	case SYMBOL_PTE_TEAM:
		return 3;
	case SYMBOL_HUGETLB:
		return 4;
	case SYMBOL_ZERO:
		return 5;
	case SYMBOL_UNKNOWN:
	case SYMBOL_COUNT:
		break;
	}
	return 6;
}

static struct theme theme_of(enum theme_name name, enum ground ground, int colours)
{
	return (struct theme){.colours = colours, .ground = ground, .name = name, .depth = colours};
}

static uint32_t colour_of(const struct theme *theme, enum symbol symbol)
{
	return theme_rgb(theme_look(theme, (enum style)(STYLE_SYMBOL + symbol)).fg);
}

/* The least difference of two symbols' colours, over all ways to see them; and for whom it is that. */
static double least_difference(const struct theme *theme, enum symbol one, enum symbol other,
			       enum vision *whose)
{
	double least = INFINITY, difference;
	struct lab a, b;
	int vision;

	for (vision = 0; vision < VISION_COUNT; vision++) {
		a = vision_lab((enum vision)vision, colour_of(theme, one));
		b = vision_lab((enum vision)vision, colour_of(theme, other));
		difference = vision_difference(&a, &b);
		if (difference < least) {
			least = difference;
			*whose = (enum vision)vision;
		}
	}
	return least;
}

static void test_colour_blind(void **state)
{
	enum vision whose = VISION_FULL;
	double difference;
	int ground, i, k;

	(void)state;
	for (ground = GROUND_UNKNOWN; ground <= GROUND_LIGHT; ground++) {
		const struct theme theme = theme_of(THEME_COLOUR_BLIND, (enum ground)ground, 256);

		for (i = 0; i < SYMBOL_COUNT; i++)
			for (k = 0; k < i; k++) {
				difference = least_difference(&theme, (enum symbol)i, (enum symbol)k, &whose);
				if (difference < (state_of((enum symbol)i) == state_of((enum symbol)k)
							  ? WITHIN_STATE
							  : BETWEEN_STATES))
					fail_msg("ground %d, %s and %s: %.1f in %s", ground,
						 symbol_table[i].label, symbol_table[k].label, difference,
						 vision_names[whose]);
			}
	}
}

/* Mapcounts are patches from one end to the other: any two differ, and in one direction of lightness. */
static void test_mapcounts(void **state)
{
	static const enum style styles[] = {STYLE_PAGE_ONCE, STYLE_PAGE_TWICE, STYLE_PAGE_FEW,
					    STYLE_PAGE_MANY};
	static const enum theme_name names[] = {THEME_COLOUR_BLIND, THEME_HIGH_CONTRAST};
	struct lab seen[COUNT_OF(styles)];
	size_t i, n;
	int vision, ground;

	(void)state;
	for (n = 0; n < COUNT_OF(names); n++)
		for (ground = GROUND_DARK; ground <= GROUND_LIGHT; ground++)
			for (vision = 0; vision < VISION_COUNT; vision++) {
				const struct theme theme = theme_of(names[n], (enum ground)ground, 256);

				for (i = 0; i < COUNT_OF(styles); i++)
					seen[i] = vision_lab((enum vision)vision,
							     theme_rgb(theme_look(&theme, styles[i]).bg));
				for (i = 1; i < COUNT_OF(styles); i++) {
					if (vision_difference(&seen[i - 1], &seen[i]) < BETWEEN_STATES)
						fail_msg("%s, ground %d, patch %zu: %.1f in %s",
							 theme_names[names[n]], ground, i,
							 vision_difference(&seen[i - 1], &seen[i]),
							 vision_names[vision]);
					assert_int_equal(seen[i].l > seen[i - 1].l, ground == GROUND_DARK);
				}
			}
}

/* Every style of a theme that brings its ground has both colours, and their contrast; with few colours, too. */
static void test_contrast(void **state)
{
	static const struct {
		enum theme_name name;
		double least;
	} table[] = {{THEME_HIGH_CONTRAST, CONTRAST_HIGH}, {THEME_COLOUR_BLIND, CONTRAST_LEAST}};
	static const int depths[] = {8, 16, 256};
	struct look look;
	size_t i, d;
	int ground, style;

	(void)state;
	for (i = 0; i < COUNT_OF(table); i++)
		for (d = 0; d < COUNT_OF(depths); d++)
			for (ground = GROUND_UNKNOWN; ground <= GROUND_LIGHT; ground++)
				for (style = 0; style < STYLE_COUNT; style++) {
					const struct theme theme =
						theme_of(table[i].name, (enum ground)ground, depths[d]);

					look = theme_look(&theme, (enum style)style);
					assert_true(look.fg >= 0 && look.bg >= 0);
					/* Which is grey where bold is bright. */
					assert_false(look.bold && !look.fg && depths[d] < COLOURS_MANY);
					if (vision_contrast(theme_rgb(look.fg), theme_rgb(look.bg)) <
					    table[i].least)
						fail_msg("%s, %d colours, ground %d, style %d: %.2f",
							 theme_names[table[i].name], depths[d], ground, style,
							 vision_contrast(theme_rgb(look.fg),
									 theme_rgb(look.bg)));
				}
}

/* A cursor shows by its ground: a full block, which would leave nothing of that, is its letter there. */
static void test_cursor(void **state)
{
	static const enum theme_name names[] = {THEME_COLOUR_BLIND, THEME_HIGH_CONTRAST};
	size_t n;
	int ground;

	(void)state;
	for (n = 0; n < COUNT_OF(names); n++)
		for (ground = GROUND_DARK; ground <= GROUND_LIGHT; ground++) {
			const struct theme theme = theme_of(names[n], (enum ground)ground, 256);
			const enum style block = STYLE_SYMBOL + SYMBOL_PMD_THP;
			const struct look beside = theme_look(&theme, block),
					  under = theme_look(&theme, theme_marked(block, MARK_CURSOR));

			assert_true(theme_wants_letters(&theme));
			assert_true(vision_contrast(theme_rgb(beside.bg), theme_rgb(under.bg)) >=
				    CONTRAST_HIGH);
		}
}

/*
 * The default is made for a calm look, and lets shape tell what colour does not: how many pairs are close is printed, so
 * that whoever changes a colour sees what it does. Each of them differs by its shape and by its letter.
 */
static void test_default(void **state)
{
	enum vision whose = VISION_FULL;
	double difference;
	unsigned close, cross;
	int ground, i, k;

	(void)state;
	for (ground = GROUND_UNKNOWN; ground <= GROUND_LIGHT; ground++) {
		const struct theme theme = theme_of(THEME_DEFAULT, (enum ground)ground, 256);

		for (i = 0, close = cross = 0; i < SYMBOL_COUNT; i++)
			for (k = 0; k < i; k++) {
				difference = least_difference(&theme, (enum symbol)i, (enum symbol)k, &whose);
				assert_string_not_equal(symbol_table[i].glyph, symbol_table[k].glyph);
				assert_int_not_equal(symbol_table[i].ascii, symbol_table[k].ascii);
				if (difference >= WITHIN_STATE)
					continue;
				close++;
				cross += state_of((enum symbol)i) != state_of((enum symbol)k);
			}
		printf("# default, ground %d: %u of 120 pairs below %.0f, %u of them of different states\n",
		       ground, close, WITHIN_STATE, cross);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula),	     cmocka_unit_test(test_dichromats),
		cmocka_unit_test(test_colour_blind), cmocka_unit_test(test_mapcounts),
		cmocka_unit_test(test_contrast),     cmocka_unit_test(test_cursor),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests_name("ui_vision", tests, NULL, NULL);
}
