/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that is longer than its pane. */
#ifndef UI_SCROLL_H
#define UI_SCROLL_H

#include "ui/cells.h"
#include "ui/keymap.h"
#include "ui/mouse.h"

/* Zero-initialised it is at the top. */
struct scroll {
	int top;   /* the first line shown */
	int lines; /* that there are */
	int rows;  /* of the pane */
};

/* Tells it what there is now, and keeps `top` within that. */
void scroll_fit(struct scroll *scroll, int rows, int lines);

/* Up, down, by a screen, to the first or last; other commands do nothing. */
void scroll_command(struct scroll *scroll, enum command command);

/* The wheel. */
void scroll_mouse(struct scroll *scroll, const struct mouse *mouse);

/* Arrows in the last column, where there is more above or below. */
void scroll_marks(const struct scroll *scroll, const struct pane *pane);

/* The part of a pane that text goes to: a column free on each side, also for what is scrolled out above. */
struct pane scroll_inner(const struct pane *pane);

/* A term (NULL: it is drawn by the caller) in `cols` columns and what it means, over several rows beside it; returns the row behind. */
int scroll_entry(const struct pane *pane, int row, int cols, uint8_t style, const char *term,
		 const char *text);

#endif
