/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants of locks: nobody keeps one that he has forgotten. */
#include "model/task.h"

/* Nobody is in the middle of anything: a lock is free, or its owner sleeps with it. */
static void check_lock(struct world *world, enum lock_kind kind, uint32_t object, const struct lock *lock)
{
	char name[96];

	if (!lock->writer && !lock->readers)
		return;
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		if (lock->writer != at && !(lock->readers >> at & 1))
			continue;
		if (task->used && task->asleep && task_holds(task, kind, object))
			continue;
		lock_describe(world, (struct lock_id){.kind = kind, .mode = LOCK_WRITE, .object = object},
			      name, sizeof(name));
		world_violated(world, "%s is held, and nobody is under way", name);
	}
}

void locks_check(struct world *world)
{
	for (uint32_t at = 1; at < world->extent.mms; at++) {
		check_lock(world, LOCK_MMAP, at, &world->mms[at].lock);
		check_lock(world, LOCK_MM_USERS, at, &world->mms[at].users);
	}
	for (uint32_t at = 1; at < world->extent.files; at++)
		check_lock(world, LOCK_I_MMAP, at, &world->files[at].i_mmap);
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++)
		check_lock(world, LOCK_ANON_VMA, at, &world->anon_vmas[at].lock);
	for (uint32_t at = 1; at < world->extent.frames; at++)
		check_lock(world, LOCK_PAGE, at, &world->pages[at].lock);
	for (uint32_t at = 1; at < world->extent.tables; at++)
		check_lock(world, world->tables[at].level == 1 ? LOCK_PTE : LOCK_PMD, at,
			   &world->tables[at].lock);
	check_lock(world, LOCK_KHUGEPAGED, 0, &world->khugepaged);
}
