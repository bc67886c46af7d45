/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a page of a file to all that map it, and from a page table to its pages (mm/rmap.c, mm/page_vma_mapped.c). */
#include "model/ops.h"

/* Clears one pte of a page that leaves its folio. */
static void unmap_one(struct world *world, const struct try_to_unmap *at, uint64_t *pte)
{
	const uint32_t pfn = entry_pfn(*pte);

	world->mms[world->tables[at->table].mm].rss[page_rss(world, pfn)]--;
	page_at(world, at->pfn)->dirty |= (*pte & ENTRY_DIRTY) != 0;
	*pte = uffd_wp_kept(world, world->tables[at->table].mm, at->addr, *pte);
	rmap_remove_pte(world, pfn);
	folio_put(world, pfn);
}

/* The first VMA behind `after` that may map the n-th page of the folio; of the next page, and so on; 0. */
static uint32_t next_vma(const struct world *world, struct try_to_unmap *at)
{
	while (at->n < folio_nr(world, at->pfn)) {
		at->vma = rmap_next_file(world, at->file, at->index + at->n, at->vma);
		if (at->vma)
			return at->vma;
		at->n++;
	}
	return 0;
}

static enum progress try_to_unmap_run(struct world *world, struct ktask *task)
{
	struct try_to_unmap *at = task_locals(task);
	int32_t mapped;
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		at->file = page_at(world, at->pfn)->mapping;
		at->index = page_at(world, at->pfn)->index;
		page_trans_huge_mapcount(world, at->pfn, &mapped);
		if (!mapped)
			RETURN(0);
		LOCK(LOCK_I_MMAP, at->file, LOCK_READ);
		while (next_vma(world, at)) {
			at->addr = vma_address(&world->vmas[at->vma], at->index + at->n);
			CALL(pte_offset_map_lock, .mm = world->vmas[at->vma].mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
			if (!at->table)
				continue;
			STEP_PTE("ptep_clear_flush");
			pte = table_entry(world, at->table, table_index(world, at->addr, 1));
			if (entry_present(*pte) && entry_pfn(*pte) == at->pfn + at->n)
				unmap_one(world, at, pte);
			UNLOCK(LOCK_PTE, at->table);
		}
		UNLOCK(LOCK_I_MMAP, at->file);
	}
	RETURN(0);
}
const struct function try_to_unmap = {"try_to_unmap", try_to_unmap_run};

/*
 * page_vma_mapped_walk(): the pmd and the pte are read without a lock, which only RCU allows; then the lock in the table is
 * taken, and the pte looked at again. result: whether it was young.
 */
struct folio_referenced_one {
	uint32_t mm, pfn;
	uint64_t addr;
	uint32_t table;
};

static bool test_and_clear_young(uint64_t *entry, uint32_t pfn)
{
	bool young = entry_present(*entry) && entry_pfn(*entry) == pfn && *entry & ENTRY_YOUNG;

	if (young)
		*entry &= ~ENTRY_YOUNG;
	return young;
}

static enum progress folio_referenced_one_run(struct world *world, struct ktask *task)
{
	struct folio_referenced_one *at = task_locals(task);
	const uint64_t *pmd;
	bool young;

	switch (task_at(task)) {
	case 0:
		STEP("pmdp_get_lockless");
		pmd = pmd_of(world, at->mm, at->addr);
		if (!pmd || !*pmd)
			RETURN(false);
		if (entry_huge(*pmd)) {
			at->table = pmd_table(world, at->mm, at->addr, false);
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			young = test_and_clear_young(pmd_of(world, at->mm, at->addr),
						     at->pfn - table_index(world, at->addr, 1));
			UNLOCK(LOCK_PMD, at->table);
			RETURN(young);
		}
		at->table = entry_to_table(*pmd);
		task_rcu_lock(task);
		STEP("ptep_get");
		young = entry_present(*table_entry(world, at->table, table_index(world, at->addr, 1)));
		if (young) {
			LOCK(LOCK_PTE, at->table, LOCK_WRITE);
			young = test_and_clear_young(
				table_entry(world, at->table, table_index(world, at->addr, 1)), at->pfn);
			UNLOCK(LOCK_PTE, at->table);
		}
		task_rcu_unlock(world, task);
		RETURN(young);
	}
	RETURN(false);
}
static const struct function folio_referenced_one = {"page_vma_mapped_walk", folio_referenced_one_run};

static enum progress folio_referenced_run(struct world *world, struct ktask *task)
{
	struct folio_referenced *at = task_locals(task);
	const uint32_t head = folio_head(world, at->pfn);

	switch (task_at(task)) {
	case 0:
		STEP("folio_trylock");
		if (page_at(world, at->pfn)->use == PAGE_FREE || page_at(world, head)->anon ||
		    !TRYLOCK(LOCK_PAGE, head, LOCK_WRITE))
			RETURN(0);
		folio_get(world, at->pfn);
		at->file = page_at(world, at->pfn)->mapping;
		at->index = page_at(world, at->pfn)->index;
		if (at->file) {
			LOCK(LOCK_I_MMAP, at->file, LOCK_READ);
			while ((at->vma = rmap_next_file(world, at->file, at->index, at->vma))) {
				CALL(folio_referenced_one, .mm = world->vmas[at->vma].mm, .pfn = at->pfn,
				     .addr = vma_address(&world->vmas[at->vma], at->index));
				at->found += (uint32_t)task->result;
			}
			UNLOCK(LOCK_I_MMAP, at->file);
		}
		if (at->found)
			page_at(world, head)->referenced = true;
		UNLOCK(LOCK_PAGE, head);
		folio_put(world, at->pfn);
	}
	RETURN(0);
}
const struct function folio_referenced = {"folio_referenced", folio_referenced_run};

static enum progress walk_page_range_run(struct world *world, struct ktask *task)
{
	struct walk_page_range *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		for (at->addr = huge_start(world, at->start); at->addr < at->end;
		     at->addr += huge_bytes(world)) {
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
			if (!at->table)
				continue;
			for (unsigned n = 0; n < huge_nr(world); n++)
				at->present += entry_present(*table_entry(world, at->table, n));
			UNLOCK(LOCK_PTE, at->table);
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN(0);
}
const struct function walk_page_range = {"walk_page_range", walk_page_range_run};
