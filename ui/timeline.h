/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording's time: a line that shows where in it one is, and the keys that lead elsewhere. */
#ifndef UI_TIMELINE_H
#define UI_TIMELINE_H

#include <stdbool.h>

#include "core/timeline.h"
#include "ui/cells.h"
#include "ui/keymap.h"

struct screen;
struct view;

/* Where the newest moment is; NULL: it is not out of a recording, or there is none. */
const struct timeline *timeline_of(const struct screen *screen);

/* Whether time stands still in a recording: it was stopped, or is at its end. */
bool timeline_stands(const struct screen *screen);

/* Whether a command is one of these; asks for it (a struct deed). Steps stop the playing. */
bool timeline_command_is(enum command command);
void timeline_command(struct screen *screen, enum command command);

/* Stops, or goes on; at a recording's end it says that this is where that is. Also of what is no recording. */
void timeline_pause(struct screen *screen);

/* Whether a command of a view is of any use with a recording. */
bool timeline_offers(const struct view *view, enum command command);

/* One row, or none. */
int timeline_rows(const struct screen *screen);
void timeline_draw(const struct screen *screen, const struct pane *pane);

#endif
