/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours. Calm middle tones hold on both grounds; a ground that is known gets more contrast. */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/cells.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

struct ink {
	short fg, bg;
};

#define OWN                                                                                                  \
	{                                                                                                    \
		-1, -1                                                                                       \
	}
/* For the 256 colours, in the order of enum ground; then for the basic eight. */
#define ON_ANY(any, dark, light)                                                                             \
	{                                                                                                    \
		{any, -1}, {dark, -1},                                                                       \
		{                                                                                            \
			light, -1                                                                            \
		}                                                                                            \
	}

static const struct {
	struct ink full[3], basic[3];
	bool bold, reverse_if_plain;
} looks[STYLE_CURSOR_SYMBOL] = {
	[STYLE_TEXT] = {{OWN, OWN, OWN}, {OWN, OWN, OWN}, false, false},
	[STYLE_DIM] = {ON_ANY(244, 245, 242), {OWN, OWN, OWN}, false, false},
	[STYLE_STRONG] = {{OWN, OWN, OWN}, {OWN, OWN, OWN}, true, false},
	[STYLE_BAR] = {{{252, 237}, {252, 237}, {236, 252}}, {{7, 4}, {7, 4}, {7, 4}}, false, true},
	[STYLE_BAR_STRONG] = {{{255, 237}, {255, 237}, {232, 252}}, {{7, 4}, {7, 4}, {7, 4}}, true, true},
	[STYLE_BAR_WARN] = {{{222, 237}, {222, 237}, {94, 252}}, {{3, 4}, {3, 4}, {3, 4}}, true, true},
	[STYLE_WARN] = {ON_ANY(130, 172, 130), ON_ANY(5, 3, 5), false, false},
	[STYLE_ERROR] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), true, false},
	[STYLE_CURSOR] = {{{231, 27}, {232, 255}, {231, 27}}, {{7, 5}, {4, 3}, {3, 4}}, true, true},
	[STYLE_QUIET_CURSOR] = {{{18, 252}, {18, 252}, {18, 252}}, {{4, 7}, {4, 7}, {4, 7}}, true, false},
	[STYLE_FLASH] = {{{232, 222}, {232, 222}, {232, 222}}, {{0, 3}, {0, 3}, {0, 3}}, true, true},
	[STYLE_PAGE_NONE] = {ON_ANY(243, 244, 243), {OWN, OWN, OWN}, false, false},
	[STYLE_PAGE_ABSENT] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), false, false},
	[STYLE_PAGE_UNKNOWN] = {ON_ANY(244, 245, 242), {OWN, OWN, OWN}, false, false},
	[STYLE_PAGE_ONCE] = {{{110, 236}, {110, 236}, {25, 254}}, ON_ANY(-1, 6, 4), false, false},
	[STYLE_PAGE_TWICE] = {{{232, 110}, {232, 110}, {232, 110}}, {{0, 6}, {0, 6}, {0, 6}}, false, true},
	[STYLE_PAGE_FEW] = {{{232, 179}, {232, 179}, {232, 179}}, {{0, 3}, {0, 3}, {0, 3}}, false, true},
	[STYLE_PAGE_MANY] = {{{232, 173}, {232, 173}, {232, 173}}, {{0, 5}, {0, 5}, {0, 5}}, true, true},
	[STYLE_SYMBOL + SYMBOL_HOLE] = {ON_ANY(243, 245, 243), {OWN, OWN, OWN}, false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_THP] = {ON_ANY(28, 71, 28), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_THP] = {ON_ANY(136, 179, 94), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_PARTIAL] = {ON_ANY(166, 173, 166), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_MTHP] = {ON_ANY(98, 140, 91), ON_ANY(5, 5, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_SMALL] = {ON_ANY(67, 110, 25), ON_ANY(-1, 6, 4), false, false},
	[STYLE_SYMBOL + SYMBOL_SPARSE] = {ON_ANY(66, 67, 24), ON_ANY(-1, 6, 4), false, false},
	[STYLE_SYMBOL + SYMBOL_MIXED] = {ON_ANY(132, 138, 95), ON_ANY(5, 5, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_TEAM] = {ON_ANY(30, 36, 29), ON_ANY(-1, 2, -1), true, false},
	[STYLE_SYMBOL + SYMBOL_PTE_TEAM] = {ON_ANY(100, 178, 58), ON_ANY(5, 3, 5), true, false},
	[STYLE_SYMBOL + SYMBOL_HUGETLB] = {ON_ANY(32, 74, 26), ON_ANY(-1, 6, 4), true, false},
	[STYLE_SYMBOL + SYMBOL_ZERO] = {ON_ANY(65, 108, 65), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_SWAP] = {ON_ANY(167, 167, 160), ON_ANY(1, 1, 1), false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_UNKNOWN] = {ON_ANY(28, 71, 28), ON_ANY(-1, 2, -1), false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_UNKNOWN] = {ON_ANY(136, 179, 94), ON_ANY(5, 3, 5), false, false},
	[STYLE_SYMBOL + SYMBOL_UNKNOWN] = {ON_ANY(130, 172, 130), ON_ANY(5, 3, 5), false, false},
};

/*
 * A symbol's hue on a cursor's ground, blue or nearly white. A full block leaves nothing of that ground: it is told from
 * those beside it by being so much lighter, or darker.
 */
static const struct {
	short on_blue, on_white;
} under_cursor[SYMBOL_COUNT] = {
	[SYMBOL_HOLE] = {231, 235},	   [SYMBOL_PMD_THP] = {120, 22},     [SYMBOL_PTE_THP] = {222, 94},
	[SYMBOL_PTE_PARTIAL] = {223, 124}, [SYMBOL_MTHP] = {225, 91},	     [SYMBOL_SMALL] = {153, 25},
	[SYMBOL_SPARSE] = {195, 24},	   [SYMBOL_MIXED] = {224, 95},	     [SYMBOL_PMD_TEAM] = {122, 23},
	[SYMBOL_PTE_TEAM] = {228, 58},	   [SYMBOL_HUGETLB] = {123, 26},     [SYMBOL_ZERO] = {194, 22},
	[SYMBOL_SWAP] = {224, 124},	   [SYMBOL_PMD_UNKNOWN] = {120, 22}, [SYMBOL_PTE_UNKNOWN] = {222, 94},
	[SYMBOL_UNKNOWN] = {229, 94},
};

/* The ground's number is the last of COLORFGBG; rxvt has a word between the two. 7 and 9 to 15 are light. */
static enum ground ground_of(const char *colorfgbg)
{
	const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	char *end;
	long colour;

	if (!last)
		return GROUND_UNKNOWN;
	colour = strtol(last + 1, &end, 10);
	if (end == last + 1 || *end || colour < 0 || colour > 15)
		return GROUND_UNKNOWN;
	return colour == 7 || colour > 8 ? GROUND_LIGHT : GROUND_DARK;
}

static int depth(const struct theme_facts *facts)
{
	if ((facts->no_color && *facts->no_color) || facts->wish == THEME_PLAIN)
		return 0;
	if (facts->direct && facts->colours >= COLOURS_DIRECT)
		return COLOURS_DIRECT;
	return facts->colours >= 256 ? 256 : facts->colours >= 16 ? 16 : facts->colours >= 8 ? 8 : 0;
}

struct theme theme_choose(const struct theme_facts *facts)
{
	const char *codeset = facts->codeset;
	struct theme theme = {.colours = depth(facts)};

	theme.ascii = !codeset || (strcasecmp(codeset, "UTF-8") && strcasecmp(codeset, "UTF8"));
	if (facts->wish == THEME_DARK)
		theme.ground = GROUND_DARK;
	else if (facts->wish == THEME_LIGHT)
		theme.ground = GROUND_LIGHT;
	else
		theme.ground = ground_of(facts->colorfgbg);
	/* The console of Linux does not say so, and is black. */
	if (theme.ground == GROUND_UNKNOWN && facts->term && !strncmp(facts->term, "linux", 5))
		theme.ground = GROUND_DARK;
	return theme;
}

uint32_t theme_rgb(int colour)
{
	static const uint32_t basic[16] = {
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
		0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	};
	static const uint32_t level[6] = {0, 95, 135, 175, 215, 255};

	if (colour < (int)COUNT_OF(basic))
		return basic[colour];
	if (colour >= 232)
		return (uint32_t)(8 + 10 * (colour - 232)) * 0x010101;
	colour -= 16;
	return level[colour / 36] << 16 | level[colour / 6 % 6] << 8 | level[colour % 6];
}

enum style theme_marked(enum style style, uint8_t mark)
{
	const bool symbol = style >= STYLE_SYMBOL && style < STYLE_CURSOR_SYMBOL;

	if (mark & MARK_CURSOR)
		return symbol ? style - STYLE_SYMBOL + STYLE_CURSOR_SYMBOL : STYLE_CURSOR;
	if (mark & MARK_QUIET_CURSOR)
		return symbol ? style - STYLE_SYMBOL + STYLE_QUIET_SYMBOL : STYLE_QUIET_CURSOR;
	return style;
}

/* A symbol under one of the cursors. */
static struct look look_marked(const struct theme *theme, enum style style)
{
	const bool quiet = style >= STYLE_QUIET_SYMBOL;
	struct look look = theme_look(theme, quiet ? STYLE_QUIET_CURSOR : STYLE_CURSOR);
	unsigned symbol = (unsigned)style - (quiet ? STYLE_QUIET_SYMBOL : STYLE_CURSOR_SYMBOL);

	if (theme->colours < COLOURS_MANY)
		return look;
	look.fg = quiet || theme->ground == GROUND_DARK ? under_cursor[symbol].on_white
							: under_cursor[symbol].on_blue;
	if (theme->colours == COLOURS_DIRECT)
		look.fg = (int)theme_rgb(look.fg);
	return look;
}

struct look theme_look(const struct theme *theme, enum style style)
{
	struct look look = {-1, -1, false, false};
	struct ink ink = OWN;

	if (style >= STYLE_CURSOR_SYMBOL)
		return look_marked(theme, style);
	look.bold = looks[style].bold;
	if (theme->colours >= COLOURS_MANY)
		ink = looks[style].full[theme->ground];
	else if (theme->colours)
		ink = looks[style].basic[theme->ground];
	look.fg = ink.fg;
	look.bg = ink.bg;
	if (theme->colours == 16 && style == STYLE_DIM)
		look.fg = 8;
	look.reverse = look.fg < 0 && look.bg < 0 && looks[style].reverse_if_plain;
	if (theme->colours == COLOURS_DIRECT) {
		look.fg = look.fg < 0 ? -1 : (int)theme_rgb(look.fg);
		look.bg = look.bg < 0 ? -1 : (int)theme_rgb(look.bg);
	}
	return look;
}
