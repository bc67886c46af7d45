/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours: calm middle tones that hold on light and on dark ground. */
#include "ui/theme.h"

#include <string.h>
#include <strings.h>

/* Numbers of the 256-colour palette and of the basic eight (+ 8: their bright form, with 16 colours). */
static const struct {
	short fg256, bg256, fg, bg;
	bool bold, reverse_if_plain;
} looks[STYLE_COUNT] = {
	[STYLE_TEXT] = {-1, -1, -1, -1, false, false},
	[STYLE_DIM] = {244, -1, -1, -1, false, false},
	[STYLE_STRONG] = {-1, -1, -1, -1, true, false},
	[STYLE_BAR] = {252, 237, 7, 4, false, true},
	[STYLE_BAR_STRONG] = {255, 237, 7, 4, true, true},
	[STYLE_BAR_WARN] = {222, 237, 3, 4, true, true},
	[STYLE_WARN] = {172, -1, 3, -1, false, false},
	[STYLE_ERROR] = {167, -1, 1, -1, true, false},
	[STYLE_CURSOR] = {27, 226, 4, 3, true, true},
	[STYLE_QUIET_CURSOR] = {27, 250, 4, 7, true, false},
	[STYLE_FLASH] = {232, 222, 0, 3, true, true},
	[STYLE_PAGE_NONE] = {243, -1, -1, -1, false, false},
	[STYLE_PAGE_ABSENT] = {167, -1, 1, -1, false, false},
	[STYLE_PAGE_UNKNOWN] = {244, -1, -1, -1, false, false},
	[STYLE_PAGE_ONCE] = {110, 236, 6, -1, false, false},
	[STYLE_PAGE_TWICE] = {232, 110, 0, 6, false, true},
	[STYLE_PAGE_FEW] = {232, 179, 0, 3, false, true},
	[STYLE_PAGE_MANY] = {232, 173, 0, 5, true, true},
	[STYLE_SYMBOL + SYMBOL_HOLE] = {241, -1, -1, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_THP] = {71, -1, 2, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_THP] = {179, -1, 3, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_PARTIAL] = {173, -1, 3, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_MTHP] = {140, -1, 5, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_SMALL] = {110, -1, 6, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_SPARSE] = {67, -1, 6, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_MIXED] = {138, -1, 5, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_TEAM] = {36, -1, 2, -1, true, false},
	[STYLE_SYMBOL + SYMBOL_PTE_TEAM] = {178, -1, 3, -1, true, false},
	[STYLE_SYMBOL + SYMBOL_HUGETLB] = {74, -1, 4, -1, true, false},
	[STYLE_SYMBOL + SYMBOL_ZERO] = {108, -1, 2, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_SWAP] = {167, -1, 1, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PMD_UNKNOWN] = {71, -1, 2, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_PTE_UNKNOWN] = {179, -1, 3, -1, false, false},
	[STYLE_SYMBOL + SYMBOL_UNKNOWN] = {172, -1, 3, -1, false, false},
};

struct theme theme_choose(int colours, const char *codeset, const char *no_color)
{
	struct theme theme = {0, !codeset || (strcasecmp(codeset, "UTF-8") && strcasecmp(codeset, "UTF8"))};

	if (!no_color || !*no_color)
		theme.colours = colours >= 256 ? 256 : colours >= 16 ? 16 : colours >= 8 ? 8 : 0;
	return theme;
}

struct look theme_look(const struct theme *theme, enum style style)
{
	struct look look = {-1, -1, looks[style].bold, false};

	if (theme->colours == 256) {
		look.fg = looks[style].fg256;
		look.bg = looks[style].bg256;
	} else if (theme->colours) {
		look.fg = looks[style].fg;
		look.bg = looks[style].bg;
		if (theme->colours == 16 && style == STYLE_DIM)
			look.fg = 8;
	} else {
		look.reverse = looks[style].reverse_if_plain;
	}
	return look;
}
