/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All regions of the process under the cursor that hold something, in small: a column beside a map that is longer than
 * the screen. Each of its cells stands for as many regions, and shows what most of them are; a line beside it says which
 * are in sight.
 */
#ifndef UI_MINIMAP_H
#define UI_MINIMAP_H

#include "ui/cells.h"
#include "ui/mouse.h"

struct minimap_state {
	struct pane pane; /* where it was drawn last; no rows: nowhere */
	bool on;	  /* the map was longer than its pane of this size */
	int rows, cols;
};

struct screen;

/* Whether it was needed when the map was laid out last in a pane of this size. */
bool minimap_on(struct screen *screen, int rows, int cols);

/* Whether it is, of the map as it is laid out now: then there is one until the size is another, or the map fits. */
bool minimap_needed(struct screen *screen, int rows, int cols);

/* Into screen->minimap.pane, of a map that is laid out and drawn. */
void minimap_draw(struct screen *screen);

/* At the pane's coordinates: a click puts the map's cursor there. */
void minimap_mouse(struct screen *screen, const struct mouse *mouse);

#endif
