/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes side by side: what stands on a line of the map, of a process that has the same mappings (a child, or the
 * parent), so that equal addresses stand on one row.
 */
#ifndef UI_TWIN_H
#define UI_TWIN_H

#include "ui/cells.h"
#include "ui/mouse.h"

#define TWINS_MAX 16 /* processes of which that is looked for */

/*
 * Who has the mappings of a shown process: that of the others which shares most beginnings of those that cover a whole
 * slot, if they are half of either's; of several the next one. Found once for each version of a scene.
 */
struct twins {
	uint64_t version;
	int of[TWINS_MAX]; /* index into the scene of whose, -1: nobody's */
	bool any;
};

struct screen;
struct scene;

/* Whether any process of the map has a twin. */
bool twins_any(struct screen *screen);

/* Beside a map that is laid out; at the pane's coordinates a click goes to that process. */
void twin_draw(const struct screen *screen, const struct pane *pane);
void twin_mouse(struct screen *screen, const struct mouse *mouse);

#endif
