/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys for a source whose kernel runs in steps (CAP_TASKS): whose step comes next, and time that goes back. Pure: what is
 * to be done is asked of the caller, one deed (core/deed.h) after the other.
 */
#ifndef UI_TASKS_H
#define UI_TASKS_H

#include "core/deed.h"
#include "ui/keymap.h"
#include "ui/scroll.h"

#define DEEDS_MAX 32 /* keys that came while one was done; later ones are lost */

/* Zero-initialised it runs what is triggered in order. */
struct tasks_state {
	enum scheduler scheduler;
	uint64_t seed;
	char chosen[NAME_MAX_LEN + 1]; /* whose step is next by hand, and where the cursor is; "": nobody's */
	bool newest;		       /* the newest of the next moment is chosen */
	size_t top;
	int rows, cols; /* of the pane, when last laid out */
	char said[320]; /* the last message */
	/* What is asked of the caller: the first of them, who then says so by screen_take_deed. */
	struct deed deeds[DEEDS_MAX];
	size_t n_deeds;
};

struct screen;

/* "in order", "by hand", "by seed 7". */
void tasks_scheduler(const struct screen *screen, char *text, size_t size);

/* Whether the source has tasks at all; how many there are. */
bool tasks_known(const struct screen *screen);
size_t tasks_count(const struct screen *screen);

/* Whether a command is one of these; carries it out (COMMAND_ENTER: runs the chosen one). */
bool tasks_command_is(enum command command);
void tasks_command(struct screen *screen, enum command command);

/* Sees that one is chosen, if there is any, with every moment. */
void tasks_choose(struct screen *screen);

/* Asks for a deed, whose task and scheduler are filled in. One too many is lost. */
void tasks_order(struct screen *screen, const struct deed *deed);

/* One has begun that the next moment has: it is chosen then. */
void tasks_expect(struct screen *screen);

/* The chosen one among the newest moment's, or tasks_count(). */
size_t tasks_chosen(const struct screen *screen);

/* Rows that the pane would like below a map of so many, at a width. */
int tasks_rows(const struct screen *screen, int rows, int cols);

#endif
