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
	bool hidden; /* its view was closed; it stands where it stood */
	bool calls;  /* it is to have the keys once nothing is typed any more */
	bool fresh; /* where not all of it fits, what is new is to be seen first: the question, or its answer */
	struct stop stop; /* texts are the caller's, as long as it is open */
	struct scroll scroll;
	bool under_way; /* asked for, and not told yet */
	char said[384]; /* the last message */
	/* what is asked of the caller, who clears it; not to go on before there is a moment: what comes of it is told */
	bool go_on, back;
};

struct screen;

/* Opens a lesson, or tells where it stands now. */
void screen_take_lesson(struct screen *screen, const struct stop *stop);

/* Gives it the keys, if it calls for them. */
void lesson_answer(struct screen *screen);

/*
 * On: first to the rest of a text that is longer than its pane, then to the next stop, or the answer. Back to the stop
 * before.
 */
void lesson_go(struct screen *screen, bool back);

/* Closes its view, which leaves it where it stands; opens it again: whether it was closed. */
void lesson_hide(struct screen *screen);
bool lesson_unhide(struct screen *screen);

/* Whether its view is on the screen, or may be. */
bool lesson_shown(const struct screen *screen);

/* Whether the key that goes on does something: there is more text, a next stop, or a view that was closed. */
bool lesson_waits(const struct screen *screen);

/* Rows that the pane needs at this width. */
int lesson_rows(const struct screen *screen, int cols);

#endif
