/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson beside the map: what it says where it stands; going on and back is asked of the caller. Pure. */
#ifndef UI_LESSON_H
#define UI_LESSON_H

#include "core/stop.h"
#include "ui/keymap.h"
#include "ui/scroll.h"

/* Zero-initialised there is none. */
struct lesson_state {
	bool open;
	struct stop stop; /* texts are the caller's, as long as it is open */
	struct scroll scroll;
	bool under_way; /* asked for, and not told yet */
	/* what is asked of the caller, who clears it */
	bool go_on, back;
};

struct screen;

/* Opens a lesson, or tells where it stands now. */
void screen_take_lesson(struct screen *screen, const struct stop *stop);

/* On to the next stop, or the answer; back to the one before. */
void lesson_go(struct screen *screen, bool back);

/* Rows that the pane needs at this width. */
int lesson_rows(const struct screen *screen, int cols);

#endif
