/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds for tests: one of each generation, memory mapped in them, and kernel functions run as tasks. */
#ifndef TEST_MODEL_WORLDS_H
#define TEST_MODEL_WORLDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/ops.h"

/* The mm of each world's first process, "main". */
#define MAIN 1

/* Where memory is mapped: a huge page of addresses apart from everything else. */
#define AT(world, huge) (huge_bytes(world) * (4 + (huge)))

/* Order 2, or 9 with a few huge pages. */
static inline struct world *world_of(const struct rules *rules, bool small)
{
	struct extent extent = small ? extent_small() : extent_usual();
	struct world *world;

	if (!small) {
		extent.frames = 16 << 9;
		extent.cached = 4 << 9;
		extent.tables = 96;
	}
	world = world_new(rules, &extent);

	assert_int_equal(mm_new(world, "main", 0), MAIN);
	return world;
}

/* Each generation, at order 2 and at order 9: test(world), which does not free it. */
static inline void worlds_each(void (*test)(struct world *world))
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	for (size_t at = 0; at < 2 * n; at++) {
		struct world *world = world_of(&rules[at / 2], at % 2 == 0);

		test(world);
		world_free(world);
	}
}

/* Anonymous memory, from AT(world, huge) on; with MADV_HUGEPAGE if `advised`. */
static inline uint32_t map_anon(struct world *world, uint32_t mm, unsigned huge, uint64_t bytes, bool advised)
{
	uint32_t vma = vma_new(world, mm, AT(world, huge), AT(world, huge) + bytes);

	assert_true(vma);
	world->vmas[vma].hugepage = advised;
	khugepaged_enter(world, vma);
	return vma;
}

/* A file of shmem, or of a disk, in an mm, from its beginning on. */
static inline uint32_t map_file(struct world *world, uint32_t mm, unsigned huge, uint64_t bytes, uint8_t kind,
				uint32_t file)
{
	uint32_t vma = map_anon(world, mm, huge, bytes, false);

	world->vmas[vma].kind = kind;
	world->vmas[vma].file = file;
	world->vmas[vma].pgoff = 0;
	return vma;
}

static inline void assert_sound(struct world *world)
{
	if (!world_check(world))
		fail_msg("%s, order %u: %s (%s, %s)", world->rules.name, world->extent.order,
			 world->violation.text, world->violation.task, world->violation.where);
}

/* Runs a task to its end, with the invariants after it; what it returned. */
static inline int32_t run(struct world *world, uint32_t mm, const struct function *function,
			  const void *locals, size_t size)
{
	const uint32_t task = task_begin(world, function->name, mm, function, locals, size);
	int32_t result;

	assert_true(task);
	task_finish(world, task);
	assert_sound(world);
	result = world->tasks[task].result;
	task_end(world, task);
	return result;
}

/* A kernel function as a task that works for an mm; BEGIN only begins it. */
#define RUN(world, mm, callee, ...)                                                                          \
	run(world, mm, &callee, &(struct callee){__VA_ARGS__}, sizeof(struct callee))
#define BEGIN(world, name, mm, callee, ...)                                                                  \
	task_begin(world, name, mm, &callee, &(struct callee){__VA_ARGS__}, sizeof(struct callee))

/* An access to one page: a load, a store, or a write that makes the content one more. */
static inline int32_t touch(struct world *world, uint32_t mm_of, uint64_t at, bool write)
{
	return RUN(world, mm_of, access_page, .mm = mm_of, .addr = at, .write = write);
}

static inline int32_t store(struct world *world, uint32_t mm_of, uint64_t at, uint32_t value_of)
{
	return RUN(world, mm_of, access_page, .mm = mm_of, .addr = at, .write = true, .store = true,
		   .value = value_of);
}

static inline uint32_t load(struct world *world, uint32_t mm, uint64_t addr)
{
	assert_int_equal(touch(world, mm, addr, false), 0);
	return page_at(world, entry_pfn(leaf_of(world, mm, addr)))->data;
}

static inline uint32_t pfn_at(struct world *world, uint32_t mm, uint64_t addr)
{
	return entry_pfn(leaf_of(world, mm, addr));
}

static inline bool mapped_huge(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_huge(*pmd);
}

/* Steps a task until the step of that name is its next one. */
static inline void step_until(struct world *world, uint32_t task, const char *step)
{
	for (;;) {
		const struct ktask *stepped = &world->tasks[task];
		const char *next;

		assert_false(stepped->done);
		next = stepped->calls[stepped->depth - 1].step;
		if (next && !strcmp(next, step))
			return;
		assert_int_equal(task_step(world, task), PROGRESS_STEP);
	}
}

/* To its end; what it returned. */
static inline int32_t finish(struct world *world, uint32_t task)
{
	int32_t result;

	task_finish(world, task);
	if (world->violation.found)
		fail_msg("%s: %s", world->rules.name, world->violation.text);
	result = world->tasks[task].result;
	task_end(world, task);
	return result;
}

/* All tasks to their ends in an order that follows from the seed; the invariants of the middle after each step. */
static inline void run_randomly(struct world *world, uint32_t seed)
{
	while (!world->violation.found) {
		uint32_t ready[32], n = 0;

		for (uint32_t at = 1; at < world->extent.tasks; at++) {
			if (task_runnable(world, at))
				ready[n++] = at;
		}
		if (!n)
			break;
		seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
		task_step(world, ready[(seed >> 16) % n]);
		world_check(world);
	}
	if (tasks_deadlocked(world))
		world_violated(world, "deadlock");
	assert_sound(world);
}

#endif
