/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of ptes: allocated where nothing is, and locked while they may go away. */
#include "model/ops.h"

#include <errno.h>

/*
 * Under RCU from the look at the pmd until the lock is held: a table that is taken away meanwhile is freed later (seed
 * 001), and the second look finds out. Who holds a spinlock is an RCU reader too, so that nothing is left to give back
 * but the lock.
 */
static enum progress pte_offset_map_lock_run(struct world *world, struct ktask *task)
{
	struct pte_offset_map_lock *at = task_locals(task);
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		for (;;) {
			STEP("pmdp_get_lockless");
			pmd = pmd_of(world, at->mm, at->addr);
			if (!pmd || !entry_table(*pmd))
				RETURN(0);
			at->table = entry_to_table(*pmd);
			task_rcu_lock(task);
			LOCK(LOCK_PTE, at->table, LOCK_WRITE);
			task_rcu_unlock(world, task);
			pmd = pmd_of(world, at->mm, at->addr);
			if (pmd && *pmd == entry_to(at->table))
				RETURN((int32_t)at->table);
			UNLOCK(LOCK_PTE, at->table);
		}
	}
	RETURN(0);
}
const struct function pte_offset_map_lock = {"pte_offset_map_lock", pte_offset_map_lock_run};

static enum progress pte_alloc_run(struct world *world, struct ktask *task)
{
	struct pte_alloc *at = task_locals(task);
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, true);
		pmd = pmd_of(world, at->mm, at->addr);
		if (!pmd)
			RETURN(-ENOMEM);
		if (*pmd)
			RETURN(0);
		at->made = table_new(world, at->mm, 1);
		if (!at->made)
			RETURN(-ENOMEM);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		if (!*pmd) {
			*pmd = entry_to(at->made);
			world->mms[at->mm].nr_ptes++;
		} else {
			table_free(world, at->made);
		}
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(0);
}
const struct function pte_alloc = {"__pte_alloc", pte_alloc_run};
