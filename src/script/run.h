/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner: a script on a source, action by action.
 *
 * Order of calls: run_start, run_step until it says RUN_ENDED (or run_all), run_free. The source stays the
 * caller's, and its specimen lives on until the source is closed, so that a screen can go on watching it. From
 * the thread that owns the source.
 */
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include <stdint.h>
#include <stdio.h>

#include "core/source.h"
#include "script/script.h"

enum run_event_kind {
	RUN_SAID,  /* narration: text */
	RUN_ASKED, /* a question: text; its answer comes next, as an event of its own */
	RUN_ANSWERED,
	RUN_DONE,    /* an action was carried out */
	RUN_REFUSED, /* an action was not: text says why, error is the errno; the script goes on */
	RUN_HELD,    /* an expectation, requirement or wait held */
	RUN_FAILED,  /* an expectation did not: text says what is there */
	RUN_UNKNOWN, /* this source cannot tell: text says why, unless that was said just before */
	RUN_SKIPPED /* a requirement is not met: text says what is here; the rest of the script is left out */
};

struct run_event {
	enum run_event_kind kind;
	const char *script;	     /* its name */
	const struct action *action; /* its line and text */
	const char *text;	     /* valid during the call; "" for RUN_DONE and RUN_HELD */
	int error;		     /* RUN_REFUSED: negative errno */
};

struct run_options {
	/* What the source is, for `on`: "real", "lab", "model:6.18". NULL: do not look at `on`. */
	const char *on;
	/* Told of everything that happens, in order. NULL: nobody. */
	void (*tell)(void *data, const struct run_event *event);
	void *data;
	/* Nanoseconds of a clock that only goes forward, for `wait`. NULL: CLOCK_MONOTONIC. */
	uint64_t (*now)(void);
};

struct run_result {
	size_t done, refused;	      /* actions */
	size_t held, failed, unknown; /* expectations */
	bool skipped;
	bool broken; /* an action broke an invariant of the source's kernel (-EUCLEAN): it was the last one */
};

enum run_state {
	RUN_GOES_ON, /* one more action is behind us */
	RUN_WAITS,   /* a `wait` does not hold yet: call again in a few milliseconds */
	RUN_ENDED
};

struct run;

/*
 * Starts the specimen. 0 and *run; -ENOTSUP: the script does not run on this source, or the source has no
 * specimen; else as source_spawn. Then *run is NULL, and error (size bytes) is one sentence. The script
 * must outlive the run.
 */
int run_start(struct source *source, const struct script *script, const struct run_options *options,
	      struct run **run, char *error, size_t size);

/* Carries out the next action. */
enum run_state run_step(struct run *run);

/* Steps to the end, sleeping while a `wait` does not hold yet. */
void run_all(struct run *run);

/*
 * Goes on at this action instead: those before it were carried out otherwise, or shall not be. What was counted and found
 * before is forgotten.
 */
void run_from(struct run *run, size_t at);

/* How many of the script's actions lie behind. */
size_t run_at(const struct run *run);

/* Whether run_back would put all back to there. */
bool run_goes_back(const struct run *run, size_t at);

/*
 * Puts all back to where only the first `at` actions lie behind, at most as many as do: by going back in time to before the
 * first and carrying them out again, without a word. The source has to have done nothing before the run. 0; -ENOTSUP, and
 * nothing is changed: its time does not go back, and more than narration and checks lie between.
 */
int run_back(struct run *run, size_t at);

/* So far. `main`: the first of the family. */
const struct run_result *run_result(const struct run *run);
pid_t run_main(const struct run *run);

/* Whether nothing failed and nothing was refused. */
bool run_passed(const struct run_result *result);

void run_free(struct run *run); /* NULL is fine */

/*
 * Writes an event as lines for a reader: narration as it is, the rest with a mark in front. A `tell` with a FILE
 * as its data.
 */
void run_print(void *file, const struct run_event *event);

#endif
