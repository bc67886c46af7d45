/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lesson: a script that is gone through from stop to stop, by somebody who reads. A stop is a block of `say` lines, or a
 * question, or its answer. What follows it in the script is carried out when one comes to it: the map shows what is told.
 *
 *	say "..."	<- stop 1
 *	say "..."
 *	fork as kid	   done there
 *	ask "?" answer "!"	<- stop 2: the question, stop 3: with its answer
 *	write kid A	   done with the answer
 *
 * Order of calls: lesson_start, lesson_go_on while it says LESSON_WAITS; then the others; lesson_free. From the thread that
 * owns the source, which has done nothing before.
 */
#ifndef SCRIPT_LESSON_H
#define SCRIPT_LESSON_H

#include "core/stop.h"
#include "script/run.h"

struct lesson;

enum lesson_progress {
	LESSON_STANDS, /* at a stop */
	LESSON_WAITS   /* on the way to the next, for a `wait`: call again in a few milliseconds */
};

/* Whether there is anything to go through: a question. Others are to be run as a whole. */
bool lesson_asks(const struct script *script);

/*
 * Starts it, before its first stop. `on`: as in run_options. 0 and *lesson, or as run_start. The script and the source must
 * outlive it.
 */
int lesson_start(struct source *source, const struct script *script, const char *on, struct lesson **lesson,
		 char *error, size_t size);

/*
 * Goes on to the next stop, and carries out what belongs to it. `touched`: something else was done
 * with the source since the last stop; where time goes back, that is taken back first.
 */
enum lesson_progress lesson_go_on(struct lesson *lesson, bool touched);

/*
 * Goes back to the stop before, with all as it was there: 0. -ENOTSUP: this source's time does not go back; -ENOENT: this
 * is the first one. Then the stop's note says so.
 */
int lesson_back(struct lesson *lesson);

/* Which lesson of the course comes next, for stop.next; a copy is kept. */
void lesson_set_next(struct lesson *lesson, const char *name);

/* Where it stands. Valid until the next call, texts of the script as long as that. */
void lesson_where(const struct lesson *lesson, struct stop *stop);

/* So far, as of a run. */
const struct run_result *lesson_result(const struct lesson *lesson);

void lesson_free(struct lesson *lesson); /* NULL is fine */

#endif
