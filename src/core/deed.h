/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a user does with a source that has tasks (CAP_TASKS), steps forward and back, by hand or as a scheduler says; and
 * with a recording, to get elsewhere in it.
 * A deed is filled in, done by sampler_do (core/sampler.h) on the source's thread, and tells then what came of it.
 */
#ifndef CORE_DEED_H
#define CORE_DEED_H

#include "core/source.h"

enum deed_kind {
	DEED_STEP, /* one step of a task; if there is none that has not ended, of time that was taken back */
	DEED_RUN,  /* one task, until it ends or waits */
	DEED_RUN_ALL, /* all of them, to their ends */
	DEED_BACK,    /* time goes one step back, */
	DEED_FORWARD, /* or forward again */
	DEED_TRAVEL   /* elsewhere in a recording */
};

/* Who chooses whose step comes next. */
enum scheduler {
	SCHEDULER_ORDER, /* the user; but what is triggered runs at once */
	SCHEDULER_HAND,	 /* the user: what is triggered begins, and takes no step */
	SCHEDULER_SEED,	 /* the seed, of those that can; what is triggered begins */
	SCHEDULER_COUNT
};

struct deed {
	enum deed_kind kind;
	enum travel travel;
	enum scheduler scheduler;
	uint64_t seed;
	char task[NAME_MAX_LEN +
		  1]; /* the chosen one; if it has ended, or is "", the first that can go on is meant */
	/* what came of it */
	int error;	  /* 0 or a negative errno */
	char said[320];	  /* one sentence: what was done, or why it was not; "": it is seen */
	uint64_t over_ns; /* CLOCK_MONOTONIC: a moment younger than this shows it */
};

/* Does it; `deed` is a struct deed. A sampler_deed. */
void deed_do(struct source *source, void *deed);

/* "by hand", "in order", "by seed". */
const char *scheduler_name(enum scheduler scheduler);

/* Which of n the seed takes at a step: the same one whenever time comes by there. n is not 0. */
size_t scheduler_pick(uint64_t seed, uint64_t step, size_t n);

#endif
