/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The locks that tasks hold and wait for. */
#include "model/task.h"

#include <stdio.h>
#include <string.h>

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

/* Another unfinished task that works for an mm, and is none of `others` (bits), or 0. */
static uint32_t mm_user(const struct world *world, uint32_t task, uint32_t mm, uint32_t others)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *other = &world->tasks[at];

		if (at != task && !(others >> at & 1) && other->used && !other->done &&
		    (other->mm == mm || world->mms[mm].maker == at))
			return at;
	}
	return 0;
}

/*
 * Whether another task, none of `others`, stands in the queue for a lock that is being read: whoever comes to read it queues
 * up behind, and a trylock fails. (A spinlock has no readers.)
 */
static uint32_t lock_queued(const struct world *world, uint32_t task, struct lock_id id, uint32_t others)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *other = &world->tasks[at];

		if (at != task && !(others >> at & 1) && other->used && !other->done &&
		    other->wants.kind == id.kind && other->wants.object == id.object &&
		    other->wants.mode == LOCK_WRITE)
			return at;
	}
	return 0;
}

static bool free_but_for(const struct world *world, uint32_t task, struct lock_id id, uint32_t others)
{
	/* lock_of wants a world that may change, for others. */
	const struct lock *lock = lock_of((struct world *)world, id.kind, id.object);
	const uint32_t readers = lock->readers & ~(UINT32_C(1) << task | others);

	if (id.kind == LOCK_MM_USERS && mm_user(world, task, id.object, others))
		return false;
	if (lock->writer && !(others >> lock->writer & 1))
		return false;
	return !readers || (id.mode == LOCK_READ && !lock_queued(world, task, id, others));
}

bool lock_free(const struct world *world, uint32_t task, struct lock_id id)
{
	return free_but_for(world, task, id, 0);
}

bool lock_free_but_for(const struct world *world, uint32_t task, uint32_t others)
{
	return free_but_for(world, task, world->tasks[task].wants, others);
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

uint32_t lock_holder(const struct world *world, uint32_t at)
{
	const struct lock_id wants = world->tasks[at].wants;
	const struct lock *lock;

	if (wants.kind == LOCK_NONE)
		return 0;
	if (wants.kind == LOCK_MM_USERS)
		return mm_user(world, at, wants.object, 0);
	lock = lock_of((struct world *)world, wants.kind, wants.object);
	if (lock->writer)
		return lock->writer;
	if (wants.mode == LOCK_READ)
		return lock->readers ? lock_queued(world, at, wants, 0) : 0;
	for (uint32_t other = 1; other < world->extent.tasks; other++) {
		if (other != at && lock->readers >> other & 1)
			return other;
	}
	return 0;
}

void lock_describe(const struct world *world, struct lock_id id, char *text, size_t size)
{
	const char *mode = id.mode == LOCK_READ ? "reading" : "writing";

	switch (id.kind) {
	case LOCK_NONE:
	case LOCK_KIND_COUNT:
		snprintf(text, size, "no lock");
		break;
	case LOCK_MMAP:
		snprintf(text, size, "%s's mmap_lock for %s", world->mms[id.object].name, mode);
		break;
	case LOCK_I_MMAP:
		snprintf(text, size, "%s's i_mmap for %s", world->files[id.object].name, mode);
		break;
	case LOCK_ANON_VMA:
		snprintf(text, size, "anon_vma %u for %s", id.object, mode);
		break;
	case LOCK_PAGE:
		snprintf(text, size, "page %#x's lock", id.object);
		break;
	case LOCK_PMD:
	case LOCK_PTE:
		snprintf(text, size, "%s's %s lock of table %u", world->mms[world->tables[id.object].mm].name,
			 id.kind == LOCK_PMD ? "pmd" : "pte", id.object);
		break;
	case LOCK_KHUGEPAGED:
		snprintf(text, size, "khugepaged_mm_lock");
		break;
	case LOCK_MM_USERS:
		snprintf(text, size, "all users of %s", world->mms[id.object].name);
		break;
	}
}
