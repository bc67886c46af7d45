/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a kernel function gets at the ptes of an address. */
#ifndef MODEL_WALK_H
#define MODEL_WALK_H

#include "model/task.h"

/* The table of ptes that the pmd of addr points to; 0: none, or a huge page. */
static inline uint32_t pte_table(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_table(*pmd) ? entry_to_table(*pmd) : 0;
}

/*
 * pte_offset_map_lock(): reads the pmd under RCU, takes the lock inside the table, and looks whether the pmd still leads
 * there, again until it does (include/linux/mm.h, 6.5+; before, mmap_lock kept the table where it was, and the same
 * steps find it at once). `table` is a field of the locals, 0 if there is no table; else PTE_UNMAP_UNLOCK follows.
 */
#define PTE_OFFSET_MAP_LOCK(table, mm, addr)                                                                 \
	for (;;) {                                                                                           \
		(table) = pte_table(world, mm, addr);                                                        \
		if (!(table))                                                                                \
			break;                                                                               \
		task_rcu_lock(task);                                                                         \
		LOCK(LOCK_PTE, table, LOCK_WRITE);                                                           \
		if (pte_table(world, mm, addr) == (table))                                                   \
			break;                                                                               \
		UNLOCK(LOCK_PTE, table);                                                                     \
		task_rcu_unlock(world, task);                                                                \
	}

#define PTE_UNMAP_UNLOCK(table)                                                                              \
	do {                                                                                                 \
		UNLOCK(LOCK_PTE, table);                                                                     \
		task_rcu_unlock(world, task);                                                                \
	} while (0)

#endif
