/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Styles and what they look like on a terminal with true, 256, 16, 8 or no colours, on dark or light ground. Pure. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/symbol.h"

/* What a piece of the screen is. Colour is never alone: each also differs by shape, word or place. */
enum style {
	STYLE_TEXT,
	STYLE_DIM,    /* less important: labels, rules */
	STYLE_STRONG, /* headings */
	STYLE_BAR,    /* the first and the last line */
	STYLE_BAR_STRONG,
	STYLE_BAR_WARN,
	STYLE_WARN,  /* something is not known, and why */
	STYLE_ERROR, /* a process is gone */
	STYLE_CURSOR, /* of what carries MARK_CURSOR, whatever its own style: full blocks and blanks have to show */
	STYLE_QUIET_CURSOR, /* the same of MARK_QUIET_CURSOR */
	STYLE_FLASH,	    /* the sign of what changed lately */
	/* subpages by mapcount */
	STYLE_PAGE_NONE,    /* a hole */
	STYLE_PAGE_ABSENT,  /* swapped, guard, migrating */
	STYLE_PAGE_UNKNOWN, /* present, mapcount not known */
	STYLE_PAGE_ONCE,
	STYLE_PAGE_TWICE,
	STYLE_PAGE_FEW,	 /* 3 to 9 */
	STYLE_PAGE_MANY, /* 10 and more */
	/* one for each symbol of a map */
	STYLE_SYMBOL,
	/* the same under MARK_CURSOR and MARK_QUIET_CURSOR: the symbol's hue on the cursor's ground */
	STYLE_CURSOR_SYMBOL = STYLE_SYMBOL + SYMBOL_COUNT,
	STYLE_QUIET_SYMBOL = STYLE_CURSOR_SYMBOL + SYMBOL_COUNT,
	STYLE_COUNT = STYLE_QUIET_SYMBOL + SYMBOL_COUNT
};

/* What the terminal's background is; nobody can ask all of them. */
enum ground { GROUND_UNKNOWN, GROUND_DARK, GROUND_LIGHT };

enum theme_name {
	THEME_DEFAULT, /* calm colours on the terminal's own ground */
	THEME_HIGH_CONTRAST, /* this and the next bring their own ground, black or white: all is measured against it */
	THEME_COLOUR_BLIND, /* colours that no kind of dichromat takes for one another */
	THEME_MONO,	    /* no colours */
	THEME_ASCII,	    /* letters in place of shapes, in the default's colours */
	THEME_COUNT
};
extern const char *const theme_names[THEME_COUNT];

/* What the user wishes. A ground that is not known is the terminal's, where that says which it is. */
struct theme_wish {
	enum theme_name name;
	enum ground ground;
};

/* With fewer colours there are none for symbols on the cursor's ground: a cell is its letter there. */
#define COLOURS_MANY 256
#define COLOURS_DIRECT (1 << 24) /* colours are 0xRRGGBB, not numbers of a palette */

struct look {
	int fg, bg; /* a colour's number, or -1: the terminal's own */
	bool bold, reverse;
};

struct theme {
	int colours; /* COLOURS_DIRECT, 256, 16, 8 or 0 */
	enum ground ground;
	bool ascii;
	enum theme_name name;
	int depth;	 /* the colours that other themes would have here */
	bool only_ascii; /* as all themes are here: the locale has nothing else */
};

/* What a theme is chosen by. A text that is not set is NULL. */
struct theme_facts {
	int colours;	       /* of the terminal */
	bool direct;	       /* they are 0xRRGGBB: terminfo's RGB */
	const char *term;      /* TERM */
	const char *codeset;   /* of the locale: "UTF-8" */
	const char *no_color;  /* NO_COLOR; empty counts as not set (no-color.org) */
	const char *colorfgbg; /* COLORFGBG, "15;0": which of the 16 colours the ground is */
	struct theme_wish wish;
};

/*
 * The theme for a terminal. On a ground that is not known the default takes colours that can be read on black and on
 * white; themes that bring their own take black.
 */
struct theme theme_choose(const struct theme_facts *facts);

/* The theme after this one, of those that look otherwise on this terminal; its own name if there is no other. */
enum theme_name theme_next(const struct theme *theme);

/* Whether it paints the whole screen: then every style has two colours of its own. */
bool theme_brings_ground(const struct theme *theme);

/*
 * Whether a cell under the cursor is its letter (struct cells, plain): there are no hues for that, or the contrast of a
 * full block in another hue would be less than the theme promises.
 */
bool theme_wants_letters(const struct theme *theme);

/* How a style looks in this theme. */
struct look theme_look(const struct theme *theme, enum style style);

/* The style of a cell that carries this mark of a cursor (ui/cells.h) or none. */
enum style theme_marked(enum style style, uint8_t mark);

/* 0xRRGGBB of a colour (0 to 255) of the palette: xterm's, of which only the first 16 differ elsewhere. */
uint32_t theme_rgb(int colour);

#endif
