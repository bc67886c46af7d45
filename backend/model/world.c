/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block of memory that a world is: laid out, copied. */
#include "model/task.h"
#include "model/words.h"
#include "model/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct extent extent_usual(void)
{
	return (struct extent){.order = 9,
			       .frames = 64 << 8,
			       .tables = 256,
			       .mms = 32,
			       .vmas = 128,
			       .files = 32,
			       .cached = 32 << 8,
			       .anon_vmas = 128,
			       .swaps = 8192,
			       .tasks = 17,
			       .pins = 32,
			       .areas = 128};
}

struct extent extent_small(void)
{
	return (struct extent){.order = 2,
			       .frames = 64,
			       .tables = 48,
			       .mms = 5,
			       .vmas = 16,
			       .files = 4,
			       .cached = 32,
			       .anon_vmas = 12,
			       .swaps = 24,
			       .tasks = 7,
			       .pins = 4,
			       .areas = 24};
}

/* The next array of n items in the block that `at` walks along; NULL as base: only its size counts. */
static void *array(char *base, size_t *at, size_t n, size_t item)
{
	void *found = base ? base + *at : NULL;

	*at = (*at + n * item + 15) / 16 * 16;
	return found;
}

/* Lets the arrays of a world point into its own block. Returns the size of all. */
static size_t lay_out(struct world *world, const struct extent *extent, char *base)
{
	const size_t nr = (size_t)1 << extent->order;
	size_t at = (sizeof(struct world) + 15) / 16 * 16;
	struct world places = {
		.pages = array(base, &at, extent->frames, sizeof(struct kpage)),
		.tables = array(base, &at, extent->tables, sizeof(struct table)),
		.entries = array(base, &at, extent->tables * nr, sizeof(uint64_t)),
		.mms = array(base, &at, extent->mms, sizeof(struct mm)),
		.vmas = array(base, &at, extent->vmas, sizeof(struct kvma)),
		.files = array(base, &at, extent->files, sizeof(struct kfile)),
		.cached = array(base, &at, extent->cached, sizeof(uint32_t)),
		.anon_vmas = array(base, &at, extent->anon_vmas, sizeof(struct anon_vma)),
		.swaps = array(base, &at, extent->swaps, sizeof(struct swap)),
		.pins = array(base, &at, extent->pins, sizeof(struct pin)),
		.areas = array(base, &at, extent->areas, sizeof(struct area)),
		.tasks = array(base, &at, extent->tasks, sizeof(struct ktask)),
	};

	if (world) {
		world->pages = places.pages;
		world->tables = places.tables;
		world->entries = places.entries;
		world->mms = places.mms;
		world->vmas = places.vmas;
		world->files = places.files;
		world->cached = places.cached;
		world->anon_vmas = places.anon_vmas;
		world->swaps = places.swaps;
		world->pins = places.pins;
		world->areas = places.areas;
		world->tasks = places.tasks;
	}
	return at;
}

struct world *world_new(const struct rules *rules, const struct extent *extent)
{
	struct extent rounded = *extent;
	struct world *world;
	size_t bytes;

	rounded.frames = (rounded.frames + (1u << rounded.order) - 1) >> rounded.order << rounded.order;
	/* The bits of lock.readers. */
	assert(extent->tasks <= 32);
	bytes = lay_out(NULL, &rounded, NULL);
	world = mem_alloc(bytes);
	lay_out(world, &rounded, (char *)world);
	world->rules = *rules;
	world->extent = rounded;
	world->bytes = bytes;
	world->fine = extent->fine;
	world->next_pid = 1000;
	world->knobs = (struct knobs){
		.enabled = THP_MADVISE,
		.shmem_enabled = SHMEM_NEVER,
		.max_ptes_none = (1u << rounded.order) - 1,
		.max_ptes_swap = (1u << rounded.order) / 8,
		.max_ptes_shared = (1u << rounded.order) / 2,
		.use_zero_page = true,
	};
	/* Frame 0 is no memory; frame 1 is the zero page; the rest of their huge page stays reserved. */
	for (uint32_t pfn = 0; pfn < huge_nr(world); pfn++)
		world->pages[pfn].use = PAGE_ZERO;
	world->zero_page = 1;
	world->first_free = huge_nr(world);
	return world;
}

void world_free(struct world *world)
{
	free(world);
}

void world_copy(struct world *to, const struct world *from)
{
	memcpy(to, from, from->bytes);
	lay_out(to, &from->extent, (char *)to);
}

struct world *world_clone(const struct world *world)
{
	struct world *copy = mem_alloc(world->bytes);

	world_copy(copy, world);
	return copy;
}

void world_violated(struct world *world, const char *format, ...)
{
	struct violation *violation = &world->violation;
	const struct ktask *task = &world->tasks[world->running];
	va_list arguments;

	if (violation->found)
		return;
	violation->found = true;
	violation->step = world->steps;
	if (world->running) {
		const struct call *call = &task->calls[task->depth ? task->depth - 1 : 0];

		snprintf(violation->task, sizeof(violation->task), "%s", task->name);
		snprintf(violation->where, sizeof(violation->where), "%s: %s",
			 call->function ? words_of(&world->rules, call->function->name) : "",
			 call->step ? words_of(&world->rules, call->step) : "");
	}
	va_start(arguments, format);
	vsnprintf(violation->text, sizeof(violation->text), format, arguments);
	va_end(arguments);
}
