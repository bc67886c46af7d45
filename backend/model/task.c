/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks, their steps, and the locks that they hold and wait for. */
#include "model/task.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static uint32_t task_index(const struct world *world, const struct ktask *task)
{
	return (uint32_t)(task - world->tasks);
}

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

static struct lock *lock_of(struct world *world, enum lock_kind kind, uint32_t object)
{
	switch (kind) {
	case LOCK_NONE:
	case LOCK_KIND_COUNT:
		break;
	case LOCK_MMAP:
		return &world->mms[object].lock;
	case LOCK_I_MMAP:
		return &world->files[object].i_mmap;
	case LOCK_ANON_VMA:
		return &world->anon_vmas[object].lock;
	case LOCK_PAGE:
		return &world->pages[object].lock;
	case LOCK_PMD:
	case LOCK_PTE:
		return &world->tables[object].lock;
	case LOCK_KHUGEPAGED:
		break;
	case LOCK_MM_USERS:
		return &world->mms[object].users;
	}
	return &world->khugepaged;
}

/* Another unfinished task that works for an mm, or 0. */
static uint32_t mm_user(const struct world *world, uint32_t task, uint32_t mm)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *other = &world->tasks[at];

		if (at != task && other->used && !other->done &&
		    (other->mm == mm || world->mms[mm].maker == at))
			return at;
	}
	return 0;
}

/*
 * Whether another task stands in the queue for a lock that is being read: whoever comes to read it queues up behind, and
 * a trylock fails. (A spinlock has no readers.)
 */
static uint32_t lock_queued(const struct world *world, uint32_t task, struct lock_id id)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *other = &world->tasks[at];

		if (at != task && other->used && !other->done && other->wants.kind == id.kind &&
		    other->wants.object == id.object && other->wants.mode == LOCK_WRITE)
			return at;
	}
	return 0;
}

/* Whether `task` would get it now. */
static bool lock_free(struct world *world, uint32_t task, struct lock_id id)
{
	const struct lock *lock = lock_of(world, id.kind, id.object);
	const uint32_t own = UINT32_C(1) << task;

	if (id.kind == LOCK_MM_USERS && mm_user(world, task, id.object))
		return false;
	if (lock->writer || !(lock->readers & ~own))
		return !lock->writer;
	return id.mode == LOCK_READ && !lock_queued(world, task, id);
}

bool task_trylock(struct world *world, struct ktask *task, enum lock_kind kind, uint32_t object,
		  enum lock_mode mode)
{
	struct lock_id id = {.kind = kind, .mode = mode, .object = object};
	struct lock *lock = lock_of(world, kind, object);
	uint32_t at = task_index(world, task);

	if ((kind == LOCK_PMD || kind == LOCK_PTE) && world->tables[object].use == TABLE_FREE)
		world_violated(world, "the lock of page table %u was taken after it was freed", object);
	if (lock->writer == at || lock->readers >> at & 1)
		world_violated(world, "%s takes a lock that it holds", task->name);
	if (!lock_free(world, at, id))
		return false;
	if (task->n_held == HELD_MAX) {
		world_violated(world, "%s holds more locks than it has room for", task->name);
		return false;
	}
	if (mode == LOCK_READ)
		lock->readers |= UINT32_C(1) << at;
	else
		lock->writer = at;
	task->held[task->n_held++] = id;
	task->wants = (struct lock_id){0};
	return true;
}

void task_unlock(struct world *world, struct ktask *task, enum lock_kind kind, uint32_t object)
{
	struct lock *lock = lock_of(world, kind, object);
	uint32_t own = task_index(world, task);

	for (unsigned at = task->n_held; at--;) {
		if (task->held[at].kind != kind || task->held[at].object != object)
			continue;
		task->n_held--;
		memmove(&task->held[at], &task->held[at + 1], (task->n_held - at) * sizeof(task->held[0]));
		if (lock->writer == own)
			lock->writer = 0;
		else
			lock->readers &= ~(UINT32_C(1) << own);
		if (!task_in_rcu(task))
			tables_rcu_left(world, own);
		return;
	}
	world_violated(world, "%s gives back a lock that it does not hold", task->name);
}

bool task_holds(const struct ktask *task, enum lock_kind kind, uint32_t object)
{
	for (unsigned at = 0; at < task->n_held; at++) {
		if (task->held[at].kind == kind && task->held[at].object == object)
			return true;
	}
	return false;
}

bool task_trylock_page(struct world *world, struct ktask *task, uint32_t pfn)
{
	struct lock_id id = {.kind = LOCK_PAGE, .mode = LOCK_WRITE, .object = pfn};

	if (!lock_free(world, task_index(world, task), id))
		return false;
	world->pages[pfn].lock.writer = task_index(world, task);
	return true;
}

void task_unlock_page(struct world *world, struct ktask *task, uint32_t pfn)
{
	if (!task_holds_page(world, task, pfn))
		world_violated(world, "%s gives back a page lock that it does not hold", task->name);
	world->pages[pfn].lock.writer = 0;
}

bool task_holds_page(const struct world *world, const struct ktask *task, uint32_t pfn)
{
	return world->pages[pfn].lock.writer == task_index(world, task);
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
			world_violated(world, "%s ended and still holds the page lock of %#x", task->name,
				       pfn);
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

	/* lock_of wants a world that may change, for others. */
	return task->used && !task->done && !task->asleep &&
	       (task->wants.kind == LOCK_NONE || lock_free((struct world *)world, at, task->wants));
}

bool tasks_deadlocked(const struct world *world)
{
	bool unfinished = false;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		if (!world->tasks[at].used || world->tasks[at].done)
			continue;
		if (world->tasks[at].asleep || task_runnable(world, at))
			return false;
		unfinished = true;
	}
	return unfinished;
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
		if (!other && !tasks_deadlocked(world))
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

uint32_t lock_holder(const struct world *world, uint32_t at)
{
	const struct lock_id wants = world->tasks[at].wants;
	const struct lock *lock;

	if (wants.kind == LOCK_NONE)
		return 0;
	if (wants.kind == LOCK_MM_USERS)
		return mm_user(world, at, wants.object);
	lock = lock_of((struct world *)world, wants.kind, wants.object);
	if (lock->writer)
		return lock->writer;
	if (wants.mode == LOCK_READ)
		return lock->readers ? lock_queued(world, at, wants) : 0;
	for (uint32_t other = 1; other < world->extent.tasks; other++) {
		if (other != at && lock->readers >> other & 1)
			return other;
	}
	return 0;
}

void lock_describe(const struct world *world, struct lock_id id, char *text, size_t size)
{
	const char *mode = id.mode == LOCK_READ ? " read" : " write";

	switch (id.kind) {
	case LOCK_NONE:
	case LOCK_KIND_COUNT:
		snprintf(text, size, "no lock");
		break;
	case LOCK_MMAP:
		snprintf(text, size, "mmap_lock of %s%s", world->mms[id.object].name, mode);
		break;
	case LOCK_I_MMAP:
		snprintf(text, size, "i_mmap of %s%s", world->files[id.object].name, mode);
		break;
	case LOCK_ANON_VMA:
		snprintf(text, size, "anon_vma %u%s", id.object, mode);
		break;
	case LOCK_PAGE:
		snprintf(text, size, "page lock of %#x", id.object);
		break;
	case LOCK_PMD:
	case LOCK_PTE:
		snprintf(text, size, "%s lock of %s, table %u", id.kind == LOCK_PMD ? "pmd" : "pte",
			 world->mms[world->tables[id.object].mm].name, id.object);
		break;
	case LOCK_KHUGEPAGED:
		snprintf(text, size, "khugepaged_mm_lock");
		break;
	case LOCK_MM_USERS:
		snprintf(text, size, "all users of %s", world->mms[id.object].name);
		break;
	}
}
