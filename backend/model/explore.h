/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every schedule of the unfinished tasks of a small world: which of them makes the next step is chosen in all ways, and
 * each state that comes of it is checked. States that were met before, by whatever way, are not gone on from again.
 *
 * A state that is kept in two ways, as only a compiler that does not clear padding makes it, counts as two: that costs time.
 * A state is told from another one by 64 bits of hash: among a million, two would be taken for one with a probability of
 * 3 in 100 million.
 */
#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H

#include "model/world.h"

/* Where nothing is said: states, and bytes for all that is kept of them. */
#define EXPLORE_STATES UINT64_C(2000000)
#define EXPLORE_BYTES ((size_t)1 << 30)

struct explored {
	uint64_t states;      /* different ones, the first included */
	uint64_t transitions; /* steps that were made from them */
	uint64_t
		ends; /* states in which every task has ended, or sleeps with nobody to wake it; of walks: each one's */
	uint64_t depth; /* all that can be reached in so many steps was looked at; of walks: the longest */
	uint64_t walks; /* explore_walks: schedules that were walked to their end */
	bool all;	/* nothing is left: every schedule was looked at */
	/* Of all schedules, where `all`. */
	bool endless;	  /* a task may try again for ever: no number of schedules is enough */
	double schedules; /* else: how many different ones there are; INFINITY: more than a double counts */
	uint64_t shortest, longest; /* their steps; longest: else */
	bool full;		    /* the memory was used up, not the states */
	/*
	 * A schedule that breaks something, and what. explore_all: there is none with fewer steps, and of those that its
	 * search tried one with few changes of the task. Of a deadlock the last one in `path` is who waits.
	 */
	struct violation violation;
	uint32_t *path; /* whose step comes next, n_path times; owned */
	size_t n_path;
};

struct explore_options {
	uint64_t states; /* at most so many are looked at, below 2^32; 0: EXPLORE_STATES */
	size_t bytes;	 /* and so much memory is taken by what is kept of them; 0: EXPLORE_BYTES */
	/* How far it is, every few milliseconds. False: stop here. NULL: nobody wants to know. */
	bool (*tell)(void *data, const struct explored *so_far);
	/*
	 * At each end, with the schedule that leads there: whether all is as it has to be; else *violation has the sentence
	 * (its `found` is set by the caller). NULL: world_check() is enough.
	 */
	bool (*ends)(void *data, const uint32_t *path, size_t n, struct violation *violation);
	void *data;
};

/*
 * All schedules, breadth first, until there is none left, one breaks something, or a limit is met (`all` is false then, and
 * `depth` says how far all is well). The world stays as it is; it should be `fine`. Caller: explored_fini.
 */
void explore_all(const struct world *world, const struct explore_options *options, struct explored *out);

/*
 * Schedules by chance, for what has too many: `n` of them, the first drawn from `seed`, the next one from seed + 1 and so on,
 * so that a later call goes on where this one ended (seed + walks), and the same call does the same. A
 * violation's path has as many steps as it was walked in.
 */
void explore_walks(const struct world *world, uint64_t seed, uint64_t n,
		   const struct explore_options *options, struct explored *out);

void explored_fini(struct explored *explored);

#endif
