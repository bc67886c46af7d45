/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states that the explorer has met: known by their hash, and packed while they are to be gone on from. */
#include "model/explore_parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/task.h"

/* The pointers to a world's arrays are its own affair: what lies before them and behind them is its state. */
#define WORDS_BEFORE (offsetof(struct world, pages) / sizeof(uint64_t))
#define WORDS_FROM ((sizeof(struct world) + 15) / 16 * 2)

_Static_assert(offsetof(struct world, pages) % sizeof(uint64_t) == 0, "whole words lie before the pointers");

void states_init(struct states *states, const struct world *root, uint64_t most)
{
	*states = (struct states){.root = root, .slots = 1};
	while (states->slots < 2 * most)
		states->slots *= 2;
	states->hashes = mem_alloc(states->slots * sizeof(*states->hashes));
	states->places = mem_alloc(states->slots * sizeof(*states->places));
	states->scratch = mem_alloc(root->bytes * 2);
}

void states_fini(struct states *states)
{
	free(states->all);
	free(states->hashes);
	free(states->places);
	free(states->transitions);
	free(states->scratch);
}

void world_make_normal(struct world *world)
{
	world->steps = 0;
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		struct ktask *task = &world->tasks[at];

		task->steps = 0;
		memset(&task->calls[task->depth], 0, sizeof(task->calls[0]) * (CALLS_MAX - task->depth));
		memset(&task->held[task->n_held], 0, sizeof(task->held[0]) * (HELD_MAX - task->n_held));
	}
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* What of `words` differs from the root's, into the scratch memory. Returns how many pairs that are. */
static size_t differences(const struct states *states, const struct world *world, size_t from, size_t to,
			  size_t n)
{
	const uint64_t *first = (const uint64_t *)states->root, *words = (const uint64_t *)world;

	for (size_t at = from; at < to; at++) {
		if (words[at] == first[at])
			continue;
		states->scratch[2 * n] = at;
		states->scratch[2 * n++ + 1] = words[at];
	}
	return n;
}

uint32_t states_add(struct states *states, const struct world *world, bool *added, struct packed *packed)
{
	size_t n = differences(states, world, 0, WORDS_BEFORE, 0);
	uint64_t hash = 1, slot;

	n = differences(states, world, WORDS_FROM, world->bytes / sizeof(uint64_t), n);
	for (size_t at = 0; at < 2 * n; at++)
		hash = mix(hash, states->scratch[at]);
	hash += !hash;
	for (slot = hash % states->slots; states->hashes[slot]; slot = (slot + 1) % states->slots) {
		if (states->hashes[slot] != hash)
			continue;
		*added = false;
		return states->places[slot];
	}
	*added = true;
	states->hashes[slot] = hash;
	states->places[slot] = (uint32_t)states->n;
	mem_grow(&states->all, &states->room, states->n + 1, sizeof(*states->all));
	packed->n = n;
	packed->words = mem_alloc(2 * n * sizeof(uint64_t) + 1);
	memcpy(packed->words, states->scratch, 2 * n * sizeof(uint64_t));
	states->bytes += 2 * n * sizeof(uint64_t);
	return (uint32_t)states->n++;
}

void states_unpack(const struct states *states, const struct packed *packed, struct world *world)
{
	uint64_t *words = (uint64_t *)world;

	world_copy(world, states->root);
	for (size_t at = 0; at < packed->n; at++)
		words[packed->words[2 * at]] = packed->words[2 * at + 1];
}

void packed_fini(struct states *states, struct packed *packed)
{
	states->bytes -= 2 * packed->n * sizeof(uint64_t);
	free(packed->words);
}

void states_transition(struct states *states, uint32_t from, uint32_t to)
{
	mem_grow(&states->transitions, &states->room_transitions, states->n_transitions + 1,
		 sizeof(*states->transitions));
	states->transitions[states->n_transitions++] = (struct transition){from, to};
}

uint32_t *states_path(const struct states *states, uint32_t state, size_t *n)
{
	uint32_t *path;
	size_t at = 0;

	for (uint32_t up = state; states->all[up].parent != STATE_NONE; up = states->all[up].parent)
		at++;
	*n = at;
	path = mem_alloc((at + 1) * sizeof(*path));
	for (uint32_t up = state; states->all[up].parent != STATE_NONE; up = states->all[up].parent)
		path[--at] = states->all[up].task;
	return path;
}
