/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said below the counters: what an estimate is, and why something is not counted. */
#ifndef UI_COUNTERS_NOTES_H
#define UI_COUNTERS_NOTES_H

#include "ui/screen.h"

/* One note from `row` on, over several lines; NULL or "" is none. Returns the row behind it. */
int counters_note(const struct pane *pane, int row, uint8_t style, const char *text);

/*
 * All that there is to say of a process, each once. `counted` is its history, or NULL; `estimates`: some of what is drawn
 * of it is one. The screen has a moment. Returns the row behind.
 */
int counters_notes(const struct screen *screen, const struct pane *pane, int row, const struct shown *shown,
		   const struct counted *counted, bool estimates);

#endif
