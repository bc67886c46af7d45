/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which theme a terminal gets, and how its styles look there. */
#include "ui/theme.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/cells.h"
#include "ui/theme_inks.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

const char *const theme_names[THEME_COUNT] = {
	[THEME_DEFAULT] = "default",
	[THEME_HIGH_CONTRAST] = "high-contrast",
	[THEME_COLOUR_BLIND] = "colour-blind",
	[THEME_MONO] = "mono",
	[THEME_ASCII] = "ascii",
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
	if (facts->no_color && *facts->no_color)
		return 0;
	if (facts->direct && facts->colours >= COLOURS_DIRECT)
		return COLOURS_DIRECT;
	return facts->colours >= 256 ? 256 : facts->colours >= 16 ? 16 : facts->colours >= 8 ? 8 : 0;
}

struct theme theme_choose(const struct theme_facts *facts)
{
	const char *codeset = facts->codeset;
	const bool ascii = !codeset || (strcasecmp(codeset, "UTF-8") && strcasecmp(codeset, "UTF8"));
	struct theme theme = {.name = facts->wish.name, .depth = depth(facts), .only_ascii = ascii};

	theme.colours = theme.name == THEME_MONO ? 0 : theme.depth;
	theme.ascii = ascii || theme.name == THEME_ASCII;
	theme.ground = facts->wish.ground;
	if (theme.ground == GROUND_UNKNOWN)
		theme.ground = ground_of(facts->colorfgbg);
	/* The console of Linux does not say so, and is black. */
	if (theme.ground == GROUND_UNKNOWN && facts->term && !strncmp(facts->term, "linux", 5))
		theme.ground = GROUND_DARK;
	return theme;
}

/* Whether a theme looks as another one does here: without colours those differ by nothing else. */
static bool looks_alike(const struct theme *theme, enum theme_name name)
{
	switch (name) {
	case THEME_HIGH_CONTRAST:
	case THEME_COLOUR_BLIND:
	case THEME_MONO:
		return !theme->depth;
	case THEME_ASCII:
		return theme->only_ascii;
	case THEME_DEFAULT:
	case THEME_COUNT:
		break;
	}
	return false;
}

enum theme_name theme_next(const struct theme *theme)
{
	enum theme_name name = theme->name;

	do
		name = (name + 1) % THEME_COUNT;
	while (name != theme->name && looks_alike(theme, name));
	return name;
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

/* The ink of a style on a terminal's own ground. */
static struct ink own_ink(const struct theme *theme, enum style style)
{
	const struct inks *inks = &theme_inks[style];
	struct ink ink = {-1, -1};

	if (theme->colours >= COLOURS_MANY)
		ink = inks->full[theme->ground];
	else if (theme->colours)
		ink = inks->basic[theme->ground];
	if (theme->colours == 16 && style == STYLE_DIM)
		ink.fg = 8;
	return ink;
}

/* The same on the ground that the theme brings: black, or white. */
static struct ink brought_ink(const struct theme *theme, enum style style, bool light)
{
	const struct brought_inks *inks =
		theme->name == THEME_HIGH_CONTRAST ? &contrast_inks[style] : &blind_inks[style];
	const bool many = theme->colours >= COLOURS_MANY;
	const short white = many ? 231 : theme->colours == 16 ? 15 : 7, black = many ? 16 : 0;
	struct ink ink = many ? inks->full[light] : inks->basic[light];

	if (ink.fg < 0)
		ink.fg = light ? black : white;
	if (ink.bg < 0)
		ink.bg = light ? white : black;
	return ink;
}

/* A symbol under one of the cursors: where a theme brings its ground, as on the other ground. */
static struct ink marked_ink(const struct theme *theme, enum style style)
{
	const bool quiet = style >= STYLE_QUIET_SYMBOL, light = theme->ground == GROUND_LIGHT;
	const enum style cursor = quiet ? STYLE_QUIET_CURSOR : STYLE_CURSOR;
	const unsigned symbol = (unsigned)style - (quiet ? STYLE_QUIET_SYMBOL : STYLE_CURSOR_SYMBOL);
	struct ink ink =
		theme_brings_ground(theme) ? brought_ink(theme, cursor, light) : own_ink(theme, cursor);

	if (theme->colours < COLOURS_MANY)
		return ink;
	if (theme_brings_ground(theme))
		ink.fg = brought_ink(theme, (enum style)(STYLE_SYMBOL + symbol), !light).fg;
	else
		ink.fg = theme->ground == GROUND_DARK ? under_cursor[symbol].on_light
						      : under_cursor[symbol].on_dark;
	return ink;
}

bool theme_brings_ground(const struct theme *theme)
{
	return theme->colours && (theme->name == THEME_HIGH_CONTRAST || theme->name == THEME_COLOUR_BLIND);
}

bool theme_wants_letters(const struct theme *theme)
{
	return theme->colours < COLOURS_MANY || theme_brings_ground(theme);
}

struct look theme_look(const struct theme *theme, enum style style)
{
	const bool marked = style >= STYLE_CURSOR_SYMBOL;
	const struct inks *inks = &theme_inks[!marked			    ? style
					      : style >= STYLE_QUIET_SYMBOL ? STYLE_QUIET_CURSOR
									    : STYLE_CURSOR];
	struct look look = {.bold = inks->bold};
	struct ink ink = marked ? marked_ink(theme, style)
			 : theme_brings_ground(theme)
				 ? brought_ink(theme, style, theme->ground == GROUND_LIGHT)
				 : own_ink(theme, style);

	look.fg = ink.fg;
	look.bg = ink.bg;
	/* Where bold is bright, as on the console of Linux, bold black is grey. */
	look.bold = look.bold && !(theme->colours < COLOURS_MANY && look.fg == 0);
	look.reverse = look.fg < 0 && look.bg < 0 && inks->reverse_if_plain;
	if (theme->colours == COLOURS_DIRECT) {
		look.fg = look.fg < 0 ? -1 : (int)theme_rgb(look.fg);
		look.bg = look.bg < 0 ? -1 : (int)theme_rgb(look.bg);
	}
	return look;
}
