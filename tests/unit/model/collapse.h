/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Worlds with memory to collapse; what collapses and retracts is run as tasks. */
#ifndef TEST_MODEL_COLLAPSE_H
#define TEST_MODEL_COLLAPSE_H

#include <string.h>

#include "files.h"
#include "model/collapse.h"

/* The nth huge page of START. */
#define HUGE_AT(world, n) (START(world) + (n)*huge_bytes(world))

/* For each generation that has the rule, in a world of each size. */
#define FOR_ALL_WITH(field, body)                                                                            \
	do {                                                                                                 \
		size_t n_rules;                                                                              \
		const struct rules *rules = rules_all(&n_rules);                                             \
                                                                                                             \
		for (size_t k = 0; k < n_rules; k++) {                                                       \
			if (!(rules[k].field))                                                               \
				continue;                                                                    \
			body(&rules[k], false);                                                              \
			body(&rules[k], true);                                                               \
		}                                                                                            \
	} while (0)

/* Anonymous memory at START of main, khugepaged may look at it; nothing is mapped yet. */
static inline struct world *anon_world(const struct rules *rules, bool small, unsigned huge_pages)
{
	const struct extent extent = small ? extent_small() : extent_usual();
	struct world *world = world_new(rules, &extent);
	uint32_t vma;

	assert_int_equal(mm_new(world, "main", 0), 1);
	vma = vma_new(world, 1, START(world), HUGE_AT(world, huge_pages));
	world->vmas[vma].kind = KVMA_ANON;
	return world;
}

/* Reads or writes a page as a process does. */
static inline int32_t touch(struct world *world, uint32_t mm, uint64_t addr, bool write)
{
	return RUN(world, access_page, .mm = mm, .addr = addr, .write = write);
}

/* A process reads pages [from, to) of the nth huge page, or writes to each what tells it from the others. */
static inline void access_pages(struct world *world, uint32_t mm, unsigned nth, uint32_t from, uint32_t to,
				bool write)
{
	for (uint32_t n = from; n < to; n++) {
		struct access_page access = {.mm = mm,
					     .addr = HUGE_AT(world, nth) + n * PAGE_BYTES,
					     .write = write,
					     .store = write,
					     .value = 100 + n};
		uint32_t task = task_begin(world, "touch", mm, &access_page, &access, sizeof(access));

		files_finish(world, task);
		assert_int_equal(world->tasks[task].result, 0);
		task_end(world, task);
	}
	files_sound(world);
}

static inline void touch_pages(struct world *world, uint32_t mm, unsigned nth, uint32_t from, uint32_t to)
{
	access_pages(world, mm, nth, from, to, true);
}

/* What a process reads there; the page must be mapped. */
static inline uint32_t content(struct world *world, uint32_t mm, uint64_t addr)
{
	uint64_t leaf = leaf_of(world, mm, addr);

	assert_true(entry_present(leaf));
	return page_at(world, entry_pfn(leaf))->data;
}

static inline bool mapped_huge(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_huge(*pmd);
}

static inline bool has_table(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_table(*pmd);
}

/* One call as MADV_COLLAPSE or khugepaged makes it, where this generation may lack the former. */
struct scan_anon {
	uint32_t mm;
	uint64_t addr;
	bool khugepaged;
};

static inline enum progress scan_anon_run(struct world *world, struct ktask *task)
{
	struct scan_anon *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		CALL(hpage_collapse_scan_pmd, .mm = at->mm, .addr = at->addr, .khugepaged = at->khugepaged);
		if (task_holds(task, LOCK_MMAP, at->mm))
			UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(task->result);
}
static const struct function scan_anon __attribute__((unused)) = {"scan", scan_anon_run};

/* khugepaged passes by: its verdict on what it looked at last. */
static inline enum scan_result khugepaged(struct world *world, uint32_t mm)
{
	struct khugepaged_scan_mm_slot locals = {.mm = mm};
	uint32_t task = task_begin(world, "khugepaged", 0, &khugepaged_scan_mm_slot, &locals, sizeof(locals));
	enum scan_result verdict;

	files_finish(world, task);
	verdict = world->tasks[task].verdict;
	task_end(world, task);
	return verdict;
}

/* Takes a lock and holds it until `release`. */
struct keep_lock {
	enum lock_kind kind;
	enum lock_mode mode;
	uint32_t object;
};

static inline enum progress keep_lock_run(struct world *world, struct ktask *task)
{
	struct keep_lock *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(at->kind, at->object, at->mode);
		STEP("release");
		UNLOCK(at->kind, at->object);
	}
	RETURN(0);
}
static const struct function keep_lock __attribute__((unused)) = {"keep_lock", keep_lock_run};

/* Begins such a task, and lets it have the lock. */
static inline uint32_t lock_kept(struct world *world, enum lock_kind kind, uint32_t object,
				 enum lock_mode mode)
{
	uint32_t task = BEGIN(world, "holder", keep_lock, .kind = kind, .mode = mode, .object = object);

	files_until(world, task, "keep_lock", "release");
	return task;
}

static inline void lock_released(struct world *world, uint32_t task)
{
	files_finish(world, task);
	task_end(world, task);
}

#endif
