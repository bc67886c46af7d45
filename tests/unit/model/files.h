/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world with a file that is mapped, and its functions run as tasks. */
#ifndef TEST_MODEL_FILES_H
#define TEST_MODEL_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/ops.h"

/* The file is mapped from its beginning, at START of main. */
#define START(world) (huge_bytes(world) * 4)

static inline struct world *files_world(const struct rules *rules, bool small, bool team, unsigned huge_pages)
{
	const struct extent extent = small ? extent_small() : extent_usual();
	struct world *world = world_new(rules, &extent);
	uint32_t file;

	assert_int_equal(mm_new(world, "main", 0), 1);
	file = file_new(world, "file", (uint64_t)huge_pages * huge_nr(world));
	assert_int_equal(file, 1);
	world->files[file].shmem = true;
	world->files[file].team = team;
	return world;
}

/* The file in an mm, from page `first` on. */
static inline uint32_t files_map(struct world *world, uint32_t mm, uint64_t addr, uint8_t kind,
				 uint64_t first, uint64_t pages)
{
	uint32_t vma = vma_new(world, mm, addr, addr + pages * PAGE_BYTES);

	assert_true(vma);
	world->vmas[vma].kind = kind;
	world->vmas[vma].file = 1;
	world->vmas[vma].pgoff = first;
	return vma;
}

static inline void files_sound(struct world *world)
{
	if (!world_check(world)) {
		fail_msg("%s: %s (%s, %s)", world->rules.name, world->violation.text, world->violation.task,
			 world->violation.where);
	}
}

/* Runs a task to its end; what it returned. */
static inline int32_t files_run(struct world *world, const struct function *function, const void *locals,
				size_t size)
{
	const uint32_t task = task_begin(world, function->name, 1, function, locals, size);
	int32_t result;

	assert_true(task);
	if (!task_finish(world, task))
		fail_msg("%s: %s", function->name, world->violation.text);
	result = world->tasks[task].result;
	task_end(world, task);
	files_sound(world);
	return result;
}

#define RUN(world, callee, ...)                                                                              \
	files_run(world, &callee, &(struct callee){__VA_ARGS__}, sizeof(struct callee))
#define BEGIN(world, name, callee, ...)                                                                      \
	task_begin(world, name, 1, &callee, &(struct callee){__VA_ARGS__}, sizeof(struct callee))

/* A fault at a page of a VMA, as long as it takes. */
static inline int32_t files_fault(struct world *world, uint32_t vma, uint64_t page, bool write)
{
	const uint64_t addr = world->vmas[vma].start + page * PAGE_BYTES;
	const uint32_t mm = world->vmas[vma].mm;
	int32_t result;

	do {
		pmd_table(world, mm, addr, true);
		result = RUN(world, do_fault, .mm = mm, .vma = vma, .addr = addr, .write = write);
	} while (!result && !leaf_of(world, mm, addr));
	return result;
}

/* Steps a task until that step of a function is its next one. */
static inline void files_until(struct world *world, uint32_t task, const char *function, const char *step)
{
	for (;;) {
		const struct ktask *stepped = &world->tasks[task];
		const struct call *call = &stepped->calls[stepped->depth - 1];

		if (stepped->done)
			fail_msg("%s has ended before %s: %s", stepped->name, function, step);
		if (call->step && !strcmp(call->step, step) && !strcmp(call->function->name, function))
			return;
		assert_int_equal(task_step(world, task), PROGRESS_STEP);
	}
}

static inline void files_finish(struct world *world, uint32_t task)
{
	if (!task_finish(world, task))
		fail_msg("%s", world->violation.text);
}

/* What reclaim does of a team's head: the page lock is held while it is disbanded. */
struct reclaim_team {
	uint32_t head;
};

static inline enum progress reclaim_team_run(struct world *world, struct ktask *task)
{
	struct reclaim_team *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		folio_get(world, at->head);
		LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
		if (world->pages[at->head].team)
			CALL(disband_team, .head = at->head);
		UNLOCK(LOCK_PAGE, at->head);
		folio_put(world, at->head);
	}
	RETURN(0);
}
static const struct function reclaim_team __attribute__((unused)) = {"shmem_writepage", reclaim_team_run};

/* For each generation, in a world of each size. */
static inline void files_each(void (*body)(const struct rules *rules, bool small))
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	for (size_t at = 0; at < n; at++) {
		body(&rules[at], false);
		body(&rules[at], true);
	}
}

/* What maps a page of a VMA, counted from its start. */
static inline uint64_t entry_at(struct world *world, uint32_t vma, uint64_t page)
{
	return leaf_of(world, world->vmas[vma].mm, world->vmas[vma].start + page * PAGE_BYTES);
}

#endif
