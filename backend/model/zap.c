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
	bool keep_cows, reclaim_pt, drop_markers;
	uint64_t addr;
	uint32_t table;
	bool freed;
};

static void zap_pte(struct world *world, const struct zap_pte_range *at, uint64_t *pte)
{
	struct mm *mm = &world->mms[at->mm];
	const uint64_t entry = *pte;
	const uint32_t pfn = entry_pfn(entry);

	if (at->keep_cows && (entry_swapped(entry) || (entry_present(entry) && world->pages[pfn].anon)))
		return;
	*pte = at->drop_markers ? 0 : uffd_wp_kept(world, at->mm, at->addr, entry);
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

static bool table_empty(struct world *world, uint32_t table)
{
	for (uint32_t at = 0; at < huge_nr(world); at++) {
		if (*table_entry(world, table, at))
			return false;
	}
	return true;
}

/* The table of ptes that addr has is nobody's from now on. */
static void clear_pmd(struct world *world, uint32_t mm, uint64_t addr)
{
	*pmd_of(world, mm, addr) = 0;
	world->mms[mm].nr_ptes--;
}

struct try_to_free_pte {
	uint32_t mm;
	uint64_t addr;
	uint32_t pmds, table;
	bool empty;
};

/* Where the pmd lock was somebody else's for a moment: both locks, and whether it is still empty (mm/pt_reclaim.c). */
static enum progress try_to_free_pte_run(struct world *world, struct ktask *task)
{
	struct try_to_free_pte *at = task_locals(task);
	uint64_t pmd;

	switch (task_at(task)) {
	case 0:
		at->pmds = pmd_table(world, at->mm, at->addr, false);
		LOCK(LOCK_PMD, at->pmds, LOCK_WRITE);
		pmd = *pmd_of(world, at->mm, at->addr);
		at->table = entry_table(pmd) ? entry_to_table(pmd) : 0;
		if (at->table) {
			LOCK(LOCK_PTE, at->table, LOCK_WRITE);
			at->empty = table_empty(world, at->table);
			if (at->empty)
				clear_pmd(world, at->mm, at->addr);
			UNLOCK(LOCK_PTE, at->table);
		}
		UNLOCK(LOCK_PMD, at->pmds);
		if (at->empty)
			table_free_deferred(world, at->table);
	}
	RETURN(0);
}
static const struct function try_to_free_pte = {"try_to_free_pte", try_to_free_pte_run};

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
			/* What stays keeps the table. */
			at->reclaim_pt &= !*pte;
		}
		at->freed = at->reclaim_pt &&
			    TRYLOCK(LOCK_PMD, pmd_table(world, at->mm, at->start, false), LOCK_WRITE);
		if (at->freed) {
			clear_pmd(world, at->mm, at->start);
			UNLOCK(LOCK_PMD, pmd_table(world, at->mm, at->start, false));
		}
		UNLOCK(LOCK_PTE, at->table);
		if (at->freed)
			table_free_deferred(world, at->table);
		else if (at->reclaim_pt)
			CALL(try_to_free_pte, .mm = at->mm, .addr = at->start);
	}
	RETURN(0);
}
static const struct function zap_pte_range = {"zap_pte_range", zap_pte_range_run};

/* What a whole table of ptes translates, in one VMA: the empty table goes too (reclaim_pt_is_enabled()). */
static bool frees_table(const struct world *world, const struct zap_range *at)
{
	return at->reclaim_pt && at->next - at->addr == huge_bytes(world) &&
	       world->vmas[vma_at(world, at->mm, at->addr)].end >= at->next;
}

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
			     .keep_cows = at->keep_cows, .reclaim_pt = frees_table(world, at),
			     .drop_markers = at->drop_markers);
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
			     .keep_cows = !at->even_cows, .drop_markers = at->drop_markers);
		}
		UNLOCK(LOCK_I_MMAP, at->file);
	}
	RETURN(0);
}
const struct function unmap_mapping_range = {"unmap_mapping_range", unmap_mapping_range_run};
