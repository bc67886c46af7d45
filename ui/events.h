/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of events: the last ones, whatever moment they were in, oldest first. Pure. */
#ifndef UI_EVENTS_H
#define UI_EVENTS_H

#include "core/order.h"
#include "ui/scroll.h"

#define EVENTS_MAX 500

/* Which of them are shown. */
enum events_filter { EVENTS_ALL, EVENTS_TRIGGERED, EVENTS_OTHERS, EVENTS_FILTER_COUNT };

/* Zero-initialise; events_fini frees. */
struct events_state {
	struct occurrence **items; /* by time, the oldest first */
	size_t n, room;
	enum events_filter filter;
	uint64_t until_ns; /* later ones are not shown: a recording's are those up to where one is; 0: all */
	const struct occurrence *cursor; /* NULL: on the newest, whichever that is */
	size_t top;			 /* of those shown the first in sight */
	int rows, cols;			 /* of the pane, when last laid out */
	struct scroll detail;		 /* of what is told of the cursor's */
	const struct occurrence *told;	 /* whose that is; only ever compared */
};

/* One that came of a trigger of which nothing became (happened->error) is made an event that says so; others stay. */
void events_complete(struct occurrence *happened);

/* Takes over a complete event; of more than EVENTS_MAX the oldest goes, which may be this one, or two losses
   in a row become one. */
void events_add(struct events_state *events, struct occurrence *happened);
void events_fini(struct events_state *events);

/* All that happened so far: whoever is looked at from now on, it was to others. The filter stays. */
void events_forget(struct events_state *events);

/*
 * Those that the filter lets through: how many, the n-th, and which of them the cursor is on (0 of none). Losses
 * (EVENT_LOST) that follow one another are one, the newest.
 */
size_t events_shown(const struct events_state *events);
const struct occurrence *events_at(const struct events_state *events, size_t n);
size_t events_cursor(const struct events_state *events);

/* What one of them is to be told as: a loss with the sum of those that it stands for. */
struct event events_told(const struct events_state *events, const struct occurrence *happened);

/* Moves the cursor; on the last one it stays on whichever is the newest. */
void events_go(struct events_state *events, size_t n);

/* On the newest, whichever that is. */
void events_follow(struct events_state *events);

/* On the one it is on, although newer ones come. */
void events_stay(struct events_state *events);

/* How many came after the cursor's, while it does not follow. */
size_t events_newer(const struct events_state *events);

/* Of so many rows `top` such that the cursor is in sight. */
void events_scroll(struct events_state *events, size_t rows);

/* The next filter. */
void events_refilter(struct events_state *events);

#endif
