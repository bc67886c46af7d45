/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking memory out of page tables (mm/memory.c, zap_huge_pmd()). What the kernel gathers and frees after the pte lock is
 * given back (mmu_gather) is freed under it here: nothing leads there any more, and no TLB could.
 */
#include "model/ops.h"

/* What the entry knew of a page of a file goes to the page. */
static void keep_bits(struct kpage *page, uint64_t entry)
{
	if (page->anon)
		return;
	page->dirty |= !!(entry & ENTRY_DIRTY);
	page->referenced |= !!(entry & ENTRY_YOUNG);
}

struct zap_huge_pmd {
	uint32_t mm, table;
	uint64_t addr;
};

/* The references that a PMD map has. */
static void put_huge(struct world *world, uint32_t head)
{
	const uint32_t nr = world->pages[head].team && world->rules.teams == TEAM_ALL ? huge_nr(world) : 1;

	for (uint32_t n = 0; n < nr; n++)
		folio_put(world, head + n);
}

/* Result true: the huge pmd is gone, or was already. False: there are ptes now. */
static enum progress zap_huge_pmd_run(struct world *world, struct ktask *task)
{
	struct zap_huge_pmd *at = task_locals(task);
	uint64_t *pmd, entry;
	uint32_t head;

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, false);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		entry = *pmd;
		if (!entry_huge(entry)) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(!entry);
		}
		head = entry_pfn(entry);
		*pmd = 0;
		if (pmd_deposits(world, head)) {
			table_free(world, table_withdraw(world, at->table));
			world->mms[at->mm].nr_ptes--;
		}
		if (world->pages[head].use != PAGE_ZERO) {
			keep_bits(page_at(world, head), entry);
			if (world->pages[head].team)
				team_rmap_remove(world, head);
			rmap_remove_pmd(world, head);
			world->mms[at->mm].rss[page_rss(world, head)] -= huge_nr(world);
			put_huge(world, head);
		}
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(true);
}
static const struct function zap_huge_pmd = {"zap_huge_pmd", zap_huge_pmd_run};

struct zap_pte_range {
	uint32_t mm;
	uint64_t start, end;
	bool keep_cows;
	uint64_t addr;
	uint32_t table;
};

static void zap_pte(struct world *world, const struct zap_pte_range *at, uint64_t *pte)
{
	struct mm *mm = &world->mms[at->mm];
	const uint64_t entry = *pte;
	const uint32_t pfn = entry_pfn(entry);

	if (at->keep_cows && (entry_swapped(entry) || (entry_present(entry) && world->pages[pfn].anon)))
		return;
	*pte = 0;
	if (entry_swapped(entry)) {
		mm->rss[RSS_SWAP]--;
		swap_put(world, pfn);
	} else if (entry_present(entry) && world->pages[pfn].use != PAGE_ZERO) {
		keep_bits(page_at(world, pfn), entry);
		rmap_remove_pte(world, pfn);
		mm->rss[page_rss(world, pfn)]--;
		folio_put(world, pfn);
	}
}

static enum progress zap_pte_range_run(struct world *world, struct ktask *task)
{
	struct zap_pte_range *at = task_locals(task);
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->start);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(0);
		for (at->addr = at->start; at->addr < at->end; at->addr += PAGE_BYTES) {
			if (!*table_entry(world, at->table, table_index(world, at->addr, 1)))
				continue;
			STEP_PTE("ptep_get_and_clear_full");
			pte = table_entry(world, at->table, table_index(world, at->addr, 1));
			zap_pte(world, at, pte);
		}
		UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function zap_pte_range = {"zap_pte_range", zap_pte_range_run};

/* A huge page of which only a part goes is split first. */
static enum progress zap_range_run(struct world *world, struct ktask *task)
{
	struct zap_range *at = task_locals(task);
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		for (at->addr = at->start; at->addr < at->end; at->addr = at->next) {
			at->next = huge_start(world, at->addr) + huge_bytes(world);
			if (at->next > at->end)
				at->next = at->end;
			pmd = pmd_of(world, at->mm, at->addr);
			if (!pmd || !*pmd)
				continue;
			if (entry_huge(*pmd) && at->next - at->addr == huge_bytes(world)) {
				CALL(zap_huge_pmd, .mm = at->mm, .addr = at->addr);
				if (task->result)
					continue;
			} else if (entry_huge(*pmd)) {
				CALL(split_huge_pmd, .mm = at->mm, .addr = at->addr);
			}
			CALL(zap_pte_range, .mm = at->mm, .start = at->addr, .end = at->next,
			     .keep_cows = at->keep_cows);
		}
	}
	RETURN(0);
}
const struct function zap_range = {"zap_page_range", zap_range_run};

/*
 * Until 5.16 i_mmap was held for writing: against those who change the tree or the tables of a file's mappings, which
 * want it for writing, reading does as well.
 */
static enum progress unmap_mapping_range_run(struct world *world, struct ktask *task)
{
	struct unmap_mapping_range *at = task_locals(task);
	uint64_t start, end;

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_I_MMAP, at->file, LOCK_READ);
		while ((at->vma = rmap_next_range(world, at->file, at->first, at->last, at->vma))) {
			const struct kvma *vma = &world->vmas[at->vma];

			start = vma->pgoff < at->first ? vma_address(vma, at->first) : vma->start;
			end = vma_index(vma, vma->end) - 1 > at->last ? vma_address(vma, at->last + 1)
								      : vma->end;
			CALL(zap_range, .mm = vma->mm, .start = start, .end = end,
			     .keep_cows = !at->even_cows);
		}
		UNLOCK(LOCK_I_MMAP, at->file);
	}
	RETURN(0);
}
const struct function unmap_mapping_range = {"unmap_mapping_range", unmap_mapping_range_run};
