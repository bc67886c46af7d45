/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours of the themes, by the palette of 256 and by the basic eight. For ui/theme.c alone. */
#ifndef UI_THEME_INKS_H
#define UI_THEME_INKS_H

#include "ui/theme.h"

/* Numbers of a palette; -1: the terminal's own, or the theme's own text and ground. */
struct ink {
	short fg, bg;
};

/* Of the default, on each ground (enum ground). */
struct inks {
	struct ink full[3], basic[3];
	bool bold, reverse_if_plain; /* of all themes */
};
extern const struct inks theme_inks[STYLE_CURSOR_SYMBOL];

/* A symbol's hue on a cursor's ground: blue or a middle grey, or nearly white. */
struct under_cursor {
	short on_dark, on_light;
};
extern const struct under_cursor under_cursor[SYMBOL_COUNT];

/* Of the themes that bring their own ground, black ([0]) and white. */
struct brought_inks {
	struct ink full[2], basic[2];
};
extern const struct brought_inks contrast_inks[STYLE_CURSOR_SYMBOL], blind_inks[STYLE_CURSOR_SYMBOL];

#endif
