/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the explorer: what is kept of states, and what is made of the ways between them. */
#ifndef MODEL_EXPLORE_PARTS_H
#define MODEL_EXPLORE_PARTS_H

#include "model/explore.h"

#define STATE_NONE UINT32_MAX

/* A world as what differs from the first one: (index, word) pairs of its 8-byte words. */
struct packed {
	uint64_t *words; /* owned: 2 * n of them */
	size_t n;
};

/* How a state was met first. */
struct met {
	uint32_t parent; /* STATE_NONE: the first one */
	uint8_t task;	 /* whose step led here */
	bool end;
};

struct transition {
	uint32_t from, to;
};

struct states {
	const struct world *root; /* normal */
	struct met *all;
	size_t n, room;
	uint64_t *hashes; /* open addressing */
	uint32_t *places; /* of those: which state */
	uint64_t slots;
	struct transition *transitions;
	size_t n_transitions, room_transitions;
	uint64_t *scratch; /* as many words as two of each of a world's */
	size_t bytes;	   /* of all that is packed at the moment */
};

/* The root stays the caller's; at most `most` states. */
void states_init(struct states *states, const struct world *root, uint64_t most);
void states_fini(struct states *states);

/* Takes away what does not decide on what can happen from here on: counts of steps, what calls have left behind. */
void world_make_normal(struct world *world);

/* Of a world that is normal: the state that it is, which *added is new and then packed into *packed (packed_fini). */
uint32_t states_add(struct states *states, const struct world *world, bool *added, struct packed *packed);

/* The world again, in memory of the root's extent. */
void states_unpack(const struct states *states, const struct packed *packed, struct world *world);
void packed_fini(struct states *states, struct packed *packed);

/* A step leads from one to the other. */
void states_transition(struct states *states, uint32_t from, uint32_t to);

/* The schedule that leads to a state, of *n steps; room behind it for one more. Owned. */
uint32_t *states_path(const struct states *states, uint32_t state, size_t *n);

/* Counts the schedules, and the steps of the longest, once all states are known (explore_count.c). */
void states_count(const struct states *states, struct explored *out);

/*
 * Makes the steps of a path. True: a step, or whoever waits at its end, breaks something, or its end is not as
 * options->ends wants it; *violation is that.
 */
bool path_breaks(const struct world *root, const uint32_t *path, size_t n,
		 const struct explore_options *options, struct violation *violation);

/* Fewer changes of the task, with the same steps and the same violation in the same words (explore_path.c). */
void path_smooth(const struct world *root, uint32_t *path, size_t n, const struct explore_options *options,
		 struct violation *violation);

#endif
