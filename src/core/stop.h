/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a lesson stands, and what it says there: what script/lesson.h fills in and a screen shows. */
#ifndef CORE_STOP_H
#define CORE_STOP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/action.h"

/* Texts live as long as the lesson; none is NULL but question, answer and next. */
struct stop {
	const char *title;
	const char *const *lines; /* the narration; an empty line sets paragraphs apart */
	size_t n_lines;
	const char *question; /* NULL: none is asked here */
	const char *answer;   /* NULL: it is not revealed yet */
	bool asks;    /* a question is open here, or is the next stop: the screen does not answer it first */
	size_t at, n; /* the at-th, from 1, of n; at 0: not at the first one yet */
	bool back;    /* the stop before can be gone back to, with all as it was there */
	bool ended;   /* nothing comes behind this one */
	const char *next; /* the lesson behind this one in the course; NULL: it is the last, or of none */
	const struct action *const
		*did; /* what was carried out on the way here from the stop before: what acts on memory */
	size_t n_did;
	const struct target *
		about; /* of what the script expects something here, first of all, else what was acted on last; NULL: not known */
	const char *note; /* what went otherwise than the script says, or why it cannot go back; "" */
};

#endif
