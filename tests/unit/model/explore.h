/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All interleavings of the unfinished tasks of a small world. */
#ifndef TEST_MODEL_EXPLORE_H
#define TEST_MODEL_EXPLORE_H

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/task.h"

#define EXPLORED_MAX (1u << 20)

struct explored {
	uint64_t *seen; /* hashes of worlds, open addressing */
	uint32_t states, ends;
	struct violation violation; /* the first one */
	struct world *scratch;
};

/* Of all that decides what can happen from here on: not of how many steps it took, nor of what calls have left behind. */
static inline uint64_t explore_hash(struct explored *explored, const struct world *world)
{
	struct world *scratch = explored->scratch;
	const char *from = (const char *)scratch->pages, *end = (const char *)scratch + scratch->bytes;
	uint64_t hash = 1;

	world_copy(scratch, world);
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		struct ktask *task = &scratch->tasks[at];

		task->steps = 0;
		memset(&task->calls[task->depth], 0, sizeof(task->calls[0]) * (CALLS_MAX - task->depth));
	}
	for (; from + 8 <= end; from += 8) {
		uint64_t word;

		memcpy(&word, from, 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash ? hash : 1;
}

static inline bool explore_new(struct explored *explored, uint64_t hash)
{
	uint64_t at = hash % EXPLORED_MAX;

	while (explored->seen[at] && explored->seen[at] != hash)
		at = (at + 1) % EXPLORED_MAX;
	if (explored->seen[at])
		return false;
	explored->seen[at] = hash;
	explored->states++;
	return true;
}

static inline void explore_from(struct explored *explored, const struct world *world)
{
	struct world *next;
	bool ended = true;

	if (explored->violation.found || explored->states > EXPLORED_MAX / 2 ||
	    !explore_new(explored, explore_hash(explored, world)))
		return;
	next = world_clone(world);
	if (tasks_deadlocked(next))
		world_violated(next, "deadlock");
	for (uint32_t at = 1; at < world->extent.tasks && !next->violation.found; at++) {
		ended &= !world->tasks[at].used || world->tasks[at].done;
		if (!task_runnable(world, at))
			continue;
		world_copy(next, world);
		task_step(next, at);
		if (!next->violation.found && world_check(next))
			explore_from(explored, next);
		if (explored->violation.found)
			break;
	}
	explored->ends += ended;
	if (next->violation.found && !explored->violation.found)
		explored->violation = next->violation;
	free(next);
}

/* The world stays as it is. violation.found: of the first schedule that breaks something. */
static inline struct explored explore(const struct world *world)
{
	struct explored explored = {.seen = mem_alloc(EXPLORED_MAX * sizeof(uint64_t)),
				    .scratch = world_clone(world)};

	explore_from(&explored, world);
	free(explored.seen);
	world_free(explored.scratch);
	return explored;
}

#endif
