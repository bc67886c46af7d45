/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks and their steps. */
#include "model/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A place that nobody has; else that of the task whose outcome is the oldest. */
static uint32_t free_place(const struct world *world)
{
	uint32_t oldest = 0;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		if (!task->used || (task->alone && task->done))
			return at;
		if (task->done && (!oldest || task->born < world->tasks[oldest].born))
			oldest = at;
	}
	return oldest;
}

uint32_t task_begin(struct world *world, const char *name, uint32_t mm, const struct function *function,
		    const void *locals, size_t size)
{
	uint32_t at = free_place(world);
	struct ktask *task = &world->tasks[at];

	if (!at)
		return 0;
	memset(task, 0, sizeof(*task));
	task->used = true;
	task->born = ++world->born;
	task->mm = mm;
	task->depth = 1;
	task->calls[0].function = function;
	if (size)
		memcpy(task->calls[0].locals, locals, size);
	snprintf(task->name, sizeof(task->name), "%s", name);
	return at;
}

void task_rcu_lock(struct ktask *task)
{
	task->rcu++;
}

void task_rcu_unlock(struct world *world, struct ktask *task)
{
	task->rcu--;
	if (!task_in_rcu(task))
		tables_rcu_left(world, task_index(world, task));
}

void task_stand(struct world *world, struct ktask *task, int line, const char *step)
{
	struct call *call = &task->calls[task->depth - 1];

	(void)world;
	call->line = line;
	call->step = step;
	task->wants = (struct lock_id){0};
}

/* How the kernel calls the taking of a lock. */
static const char *lock_step(enum lock_kind kind, enum lock_mode mode)
{
	static const char *const words[LOCK_KIND_COUNT][2] = {
		[LOCK_NONE] = {"", ""},
		[LOCK_MMAP] = {"mmap_read_lock", "mmap_write_lock"},
		[LOCK_I_MMAP] = {"i_mmap_lock_read", "i_mmap_lock_write"},
		[LOCK_ANON_VMA] = {"anon_vma_lock_read", "anon_vma_lock_write"},
		[LOCK_PAGE] = {"lock_page", "lock_page"},
		[LOCK_PMD] = {"pmd_lock", "pmd_lock"},
		[LOCK_PTE] = {"pte_lock", "pte_lock"},
		[LOCK_KHUGEPAGED] = {"spin_lock(khugepaged_mm_lock)", "spin_lock(khugepaged_mm_lock)"},
		[LOCK_MM_USERS] = {"mm_users", "mm_users"},
	};

	return words[kind][mode];
}

void task_stand_lock(struct world *world, struct ktask *task, int line, enum lock_kind kind, uint32_t object,
		     enum lock_mode mode)
{
	task_stand(world, task, line, lock_step(kind, mode));
	task->wants = (struct lock_id){.kind = kind, .mode = mode, .object = object};
}

void task_call(struct world *world, struct ktask *task, int line, const struct function *function,
	       const void *locals, size_t size)
{
	struct call *call = &task->calls[task->depth - 1];

	call->line = line;
	if (task->depth == CALLS_MAX) {
		world_violated(world, "%s calls too deep", task->name);
		return;
	}
	call = &task->calls[task->depth++];
	memset(call, 0, sizeof(*call));
	call->function = function;
	memcpy(call->locals, locals, size);
}

enum progress task_return(struct ktask *task, int32_t result)
{
	task->depth--;
	task->result = result;
	return PROGRESS_RETURN;
}

/* The task has returned from its outermost function. */
static enum progress ended(struct world *world, struct ktask *task)
{
	char lock[96];

	if (task->n_held) {
		lock_describe(world, task->held[0], lock, sizeof(lock));
		world_violated(world, "%s ended and still holds %s", task->name, lock);
	}
	for (uint32_t pfn = 1; pfn < world->extent.frames; pfn++) {
		if (task_holds_page(world, task, pfn))
			world_violated(world, "%s ended and still holds page %#x's lock", task->name, pfn);
	}
	if (task->rcu)
		world_violated(world, "%s ended inside an RCU read section", task->name);
	task->done = true;
	return PROGRESS_DONE;
}

enum progress task_step(struct world *world, uint32_t at)
{
	struct ktask *task = &world->tasks[at];
	enum progress progress;

	if (task->done)
		return PROGRESS_DONE;
	if (!task_runnable(world, at))
		return PROGRESS_WAITS;
	world->running = at;
	do {
		progress = task->calls[task->depth - 1].function->run(world, task);
	} while ((progress == PROGRESS_CALL || (progress == PROGRESS_RETURN && task->depth)) &&
		 !world->violation.found);
	if (progress != PROGRESS_WAITS) {
		task->steps++;
		world->steps++;
	}
	if (!task->depth)
		progress = ended(world, task);
	world->running = 0;
	return progress == PROGRESS_DONE || progress == PROGRESS_WAITS ? progress : PROGRESS_STEP;
}

bool task_runnable(const struct world *world, uint32_t at)
{
	const struct ktask *task = &world->tasks[at];

	return task->used && !task->done && !task->asleep &&
	       (task->wants.kind == LOCK_NONE || lock_free(world, at, task->wants));
}

/* Who sleeps is woken one day; so whoever waits for sleepers alone goes on then, and who waits for him. */
uint32_t tasks_deadlocked(const struct world *world)
{
	uint32_t waiting = 0, go_on = 0, before;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		if (!world->tasks[at].used || world->tasks[at].done)
			continue;
		if (task_runnable(world, at))
			return 0;
		*(world->tasks[at].asleep ? &go_on : &waiting) |= UINT32_C(1) << at;
	}
	do {
		before = go_on;
		for (uint32_t at = 1; at < world->extent.tasks; at++)
			if (waiting >> at & 1 && lock_free_but_for(world, at, go_on))
				go_on |= UINT32_C(1) << at;
	} while (go_on != before);
	return waiting & ~go_on;
}

/* The unfinished task behind `after`, round and round, that can run; 0. */
static uint32_t next_runnable(const struct world *world, uint32_t after)
{
	const uint32_t n = world->extent.tasks;

	for (uint32_t k = 1; k <= n; k++) {
		uint32_t at = (after + k) % n;

		if (at && task_runnable(world, at))
			return at;
	}
	return 0;
}

bool task_finish(struct world *world, uint32_t at)
{
	uint32_t other = at;

	while (!world->tasks[at].done && !world->violation.found) {
		if (task_step(world, at) != PROGRESS_WAITS)
			continue;
		other = next_runnable(world, other);
		if (!other && !(tasks_deadlocked(world) >> at & 1))
			return false;
		if (!other) {
			world_violated(world, "deadlock: %s waits, and no task can go on",
				       world->tasks[at].name);
			return false;
		}
		task_step(world, other);
	}
	return world->tasks[at].done;
}

uint32_t task_named(const struct world *world, const char *name)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		if (task->used && !(task->alone && task->done) && !strcmp(task->name, name))
			return at;
	}
	return 0;
}

void task_end(struct world *world, uint32_t at)
{
	memset(&world->tasks[at], 0, sizeof(world->tasks[at]));
}
