/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables: made, freed (at once, or after RCU), walked. */
#include "model/task.h"
#include "model/world.h"

#include <string.h>

/* Round and round: one that was freed stays so for as long as can be, for whoever still looks at it to be told. */
uint32_t table_new(struct world *world, uint32_t mm, unsigned level)
{
	for (uint32_t n = 1; n < world->extent.tables; n++) {
		const uint32_t at = 1 + (world->last_table + n - 1) % (world->extent.tables - 1);

		if (world->tables[at].use != TABLE_FREE)
			continue;
		world->last_table = at;
		world->tables[at] = (struct table){.use = TABLE_USED, .level = (uint8_t)level, .mm = mm};
		memset(&world->entries[(size_t)at << world->extent.order], 0,
		       sizeof(uint64_t) << world->extent.order);
		return at;
	}
	return 0;
}

/* Who reads under RCU, or holds a spinlock (since 4.20 that is the same; before, tables were not freed after RCU). */
bool task_in_rcu(const struct ktask *task)
{
	if (task->rcu)
		return true;
	for (unsigned at = 0; at < task->n_held; at++) {
		if (task->held[at].kind == LOCK_PMD || task->held[at].kind == LOCK_PTE)
			return true;
	}
	return false;
}

static bool rcu_watched(const struct world *world, uint32_t *watchers)
{
	*watchers = 0;
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		if (task->used && !task->done && task_in_rcu(task))
			*watchers |= UINT32_C(1) << at;
	}
	return *watchers;
}

void table_free(struct world *world, uint32_t table)
{
	struct table *freed = &world->tables[table];

	if (freed->use == TABLE_FREE)
		world_violated(world, "page table %u was freed twice", table);
	if (freed->lock.writer)
		world_violated(world, "page table %u was freed while its lock is held", table);
	memset(freed, 0, sizeof(*freed));
}

void table_free_deferred(struct world *world, uint32_t table)
{
	uint32_t watchers;

	if (!rcu_watched(world, &watchers)) {
		table_free(world, table);
		return;
	}
	world->tables[table].use = TABLE_DEFERRED;
	world->tables[table].watchers = watchers;
	world->deferred++;
}

void tables_rcu_left(struct world *world, uint32_t task)
{
	for (uint32_t at = 1; world->deferred && at < world->extent.tables; at++) {
		struct table *table = &world->tables[at];

		if (table->use != TABLE_DEFERRED)
			continue;
		table->watchers &= ~(UINT32_C(1) << task);
		if (table->watchers)
			continue;
		world->deferred--;
		table_free(world, at);
	}
}

uint64_t *table_entry(struct world *world, uint32_t table, unsigned at)
{
	if (world->tables[table].use == TABLE_FREE)
		world_violated(world, "page table %u was looked at after it was freed", table);
	return &world->entries[((size_t)table << world->extent.order) + at];
}

uint64_t entry_to(uint32_t table)
{
	return ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_FRAME(TABLE_FRAME + table);
}

uint32_t pmd_table(struct world *world, uint32_t mm, uint64_t addr, bool make)
{
	uint32_t table = world->mms[mm].pgd;

	for (unsigned level = TABLE_LEVELS; table && level > 2; level--) {
		uint64_t *entry = table_entry(world, table, table_index(world, addr, level));

		if (!entry_present(*entry) && make) {
			uint32_t lower = table_new(world, mm, level - 1);

			if (lower)
				*entry = entry_to(lower);
		}
		table = entry_table(*entry) ? entry_to_table(*entry) : 0;
	}
	return table;
}

void pmd_table_free(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint32_t table = pmd_table(world, mm, addr, false);
	uint32_t above = world->mms[mm].pgd;

	if (!table)
		return;
	for (unsigned level = TABLE_LEVELS; level > 3; level--)
		above = entry_to_table(*table_entry(world, above, table_index(world, addr, level)));
	*table_entry(world, above, table_index(world, addr, 3)) = 0;
	table_free(world, table);
}

uint64_t *pmd_of(struct world *world, uint32_t mm, uint64_t addr)
{
	uint32_t table = pmd_table(world, mm, addr, false);

	return table ? table_entry(world, table, table_index(world, addr, 2)) : NULL;
}

uint64_t *pte_of(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);

	return pmd && entry_table(*pmd)
		       ? table_entry(world, entry_to_table(*pmd), table_index(world, addr, 1))
		       : NULL;
}

uint64_t leaf_of(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);
	const uint64_t *pte;

	if (pmd && entry_huge(*pmd))
		return *pmd + ENTRY_FRAME(table_index(world, addr, 1));
	pte = pte_of(world, mm, addr);
	return pte ? *pte : 0;
}

void table_deposit(struct world *world, uint32_t pmd_table, uint32_t table)
{
	world->tables[table].use = TABLE_DEPOSITED;
	world->tables[table].next = world->tables[pmd_table].deposit;
	world->tables[pmd_table].deposit = table;
}

uint32_t table_withdraw(struct world *world, uint32_t pmd_table)
{
	uint32_t table = world->tables[pmd_table].deposit;

	if (table) {
		world->tables[pmd_table].deposit = world->tables[table].next;
		world->tables[table].next = 0;
		world->tables[table].use = TABLE_USED;
	}
	return table;
}
