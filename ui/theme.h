/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Styles and what they look like on a terminal with 256, 16, 8 or no colours. Pure. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>

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
	STYLE_COUNT = STYLE_SYMBOL + SYMBOL_COUNT
};

struct look {
	int fg, bg; /* a colour's number, or -1: the terminal's own */
	bool bold, reverse;
};

struct theme {
	int colours; /* 256, 16, 8 or 0 */
	bool ascii;
};

/*
 * The theme for a terminal of so many colours, a locale of that codeset ("UTF-8") and the value of NO_COLOR
 * (NULL: not set; empty counts as not set, no-color.org).
 */
struct theme theme_choose(int colours, const char *codeset, const char *no_color);

/* How a style looks in this theme. */
struct look theme_look(const struct theme *theme, enum style style);

#endif
