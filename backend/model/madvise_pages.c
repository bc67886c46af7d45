/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are no longer wanted much: MADV_COLD, MADV_PAGEOUT, MADV_FREE (mm/madvise.c: madvise_cold_or_pageout_pte_range(),
 * madvise_free_pte_range()). A folio that is asked for in part is split first, if nobody else maps it; a folio that is
 * shared is left alone, and the call says nothing of it (facts C).
 */
#include "model/madvise.h"

/* How often a VMA maps a folio: by PMD, and each page of it. */
static int32_t mapped_by(struct world *world, const struct kvma *vma, uint32_t head)
{
	int32_t found = 0;

	for (uint64_t addr = vma->start; addr < vma->end; addr += PAGE_BYTES) {
		const uint64_t *pmd = pmd_of(world, vma->mm, addr);
		const uint64_t entry = leaf_of(world, vma->mm, addr);

		found += entry_present(entry) && folio_head(world, entry_pfn(entry)) == head;
		if (pmd && entry_huge(*pmd))
			addr = huge_start(world, addr) + huge_bytes(world) - PAGE_BYTES;
	}
	return found;
}

/* folio_maybe_mapped_shared(), by counting. */
static bool mapped_elsewhere(struct world *world, uint32_t mm, uint32_t pfn)
{
	int32_t here = 0, total;

	for (uint32_t vma = 1; vma < world->extent.vmas; vma++) {
		if (world->vmas[vma].used && world->vmas[vma].mm == mm)
			here += mapped_by(world, &world->vmas[vma], folio_head(world, pfn));
	}
	page_trans_huge_mapcount(world, pfn, &total);
	return total != here;
}

/* Whether others map the page of a folio, or what a huge entry maps, as far as the kernel looks. */
static bool maybe_shared(struct world *world, uint32_t mm, uint32_t pfn, bool all)
{
	int32_t total;

	if (world->rules.advice_takes_batches)
		return mapped_elsewhere(world, mm, pfn);
	if (world->rules.advice_asks_first_page)
		return page_mapcount(world, folio_head(world, pfn)) != 1;
	page_trans_huge_mapcount(world, pfn, &total);
	return (all ? total : page_mapcount(world, pfn)) != 1;
}

/* A huge entry under its lock: what is to be done with it. */
enum huge_way { HUGE_LEAVE, HUGE_WHOLE, HUGE_SPLIT };

static enum huge_way huge_way(struct world *world, uint32_t mm, enum advice advice, bool whole, uint64_t pmd)
{
	const uint32_t pfn = entry_pfn(pmd);

	/* A team is on no LRU list: there is nothing to age. */
	if (world->pages[pfn].use == PAGE_ZERO || world->pages[pfn].team)
		return HUGE_LEAVE;
	if (maybe_shared(world, mm, pfn, advice == ADVICE_FREE))
		return HUGE_LEAVE;
	/* To swap a huge page out is to split it. */
	if (advice == ADVICE_PAGEOUT || !whole)
		return HUGE_SPLIT;
	return HUGE_WHOLE;
}

/* It is old now; freed lazily, it is clean too, and the next write makes it wanted again. */
static void make_old(struct world *world, uint64_t *entry, enum advice advice)
{
	const uint32_t pfn = entry_pfn(*entry);
	const uint32_t nr = entry_huge(*entry) ? huge_nr(world) : 1;

	*entry &= ~ENTRY_YOUNG;
	for (uint32_t n = 0; n < nr; n++) {
		struct kpage *page = &world->pages[pfn + n];

		page->referenced = false;
		if (advice == ADVICE_FREE)
			page->swapbacked = page->dirty = false;
	}
	if (advice == ADVICE_FREE)
		*entry &= ~ENTRY_DIRTY;
}

/* MADV_FREE drops what is in swap at once. */
static void free_swapped(struct world *world, uint32_t mm, uint64_t *pte)
{
	const uint32_t slot = entry_pfn(*pte);

	*pte = 0;
	world->mms[mm].rss[RSS_SWAP]--;
	swap_put(world, slot);
}

/* What the pte under its lock leads to: nothing to be done, a folio to be split, or a page. */
enum pte_way { PTE_LEAVE, PTE_STOP, PTE_SPLIT, PTE_PAGE };

static enum pte_way pte_way(struct world *world, uint32_t mm, enum advice advice, uint64_t *pte)
{
	const uint32_t pfn = entry_pfn(*pte);
	const struct kpage *head;

	if (advice == ADVICE_FREE && entry_swapped(*pte))
		free_swapped(world, mm, pte);
	if (!entry_present(*pte) || world->pages[pfn].use == PAGE_ZERO)
		return PTE_LEAVE;
	head = &world->pages[folio_head(world, pfn)];
	if (head->use == PAGE_HEAD)
		return maybe_shared(world, mm, pfn, false) ? PTE_STOP : PTE_SPLIT;
	if (page_mapcount(world, pfn) != 1)
		return PTE_LEAVE;
	/* What is in the swap cache as well is not freed lazily, unless it can leave it. */
	if (advice == ADVICE_FREE && (head->swap || head->lock.writer))
		return PTE_LEAVE;
	return PTE_PAGE;
}

struct madvise_huge {
	uint32_t mm;
	uint64_t addr, stop;
	enum advice advice;
	uint32_t table, pfn;
};

/* A huge pmd. Result: whether its ptes are next. */
static enum progress madvise_huge_run(struct world *world, struct ktask *task)
{
	struct madvise_huge *at = task_locals(task);
	enum huge_way way;
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->table = pmd_table(world, at->mm, at->addr, false);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		if (!entry_huge(*pmd)) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(1);
		}
		way = huge_way(world, at->mm, at->advice, at->stop - at->addr == huge_bytes(world), *pmd);
		if (way == HUGE_WHOLE)
			make_old(world, pmd, at->advice);
		at->pfn = entry_pfn(*pmd);
		UNLOCK(LOCK_PMD, at->table);
		if (way != HUGE_SPLIT)
			RETURN(0);
		CALL(split_folio, .pfn = at->pfn);
		RETURN(!task->result);
	}
	RETURN(0);
}
static const struct function madvise_huge = {"madvise_huge_pmd", madvise_huge_run};

struct madvise_ptes {
	uint32_t mm;
	uint64_t addr, stop;
	enum advice advice;
	uint32_t table, pfn;
};

/* How many ptes of one VMA from there on map one page after the other of the folio (madvise_folio_pte_batch()). */
static uint32_t batch(struct world *world, const struct madvise_ptes *at)
{
	const uint32_t head = folio_head(world, at->pfn), end = head + folio_nr(world, at->pfn);
	const uint64_t last = world->vmas[vma_at(world, at->mm, at->addr)].end;
	uint32_t n = 0;

	while (at->addr + n * PAGE_BYTES < at->stop && at->addr + n * PAGE_BYTES < last &&
	       at->pfn + n < end) {
		const uint64_t entry = *table_entry(world, at->table, table_index(world, at->addr, 1) + n);

		if (!entry_present(entry) || entry_pfn(entry) != at->pfn + n)
			break;
		n++;
	}
	return n;
}

/*
 * A larger folio, 6.10+: where all of it is asked for it stays whole; where others map it too it is left alone, and the walk goes
 * on behind it. *n: how many ptes are done with, if it is not to be split.
 */
static enum pte_way batch_way(struct world *world, const struct madvise_ptes *at, uint32_t *n)
{
	const bool other = mapped_elsewhere(world, at->mm, at->pfn);

	*n = batch(world, at);
	/* Whole folios go to swap as single pages here. */
	if (*n < folio_nr(world, at->pfn) || (at->advice == ADVICE_PAGEOUT && !other))
		return other ? PTE_LEAVE : PTE_SPLIT;
	for (uint32_t k = 0; !other && k < *n; k++)
		make_old(world, table_entry(world, at->table, table_index(world, at->addr, 1) + k),
			 at->advice);
	return PTE_LEAVE;
}

/*
 * The ptes up to at->stop. The lock is dropped for a split, and for the reclaim of a page: the kernel gathers pages in a list and
 * reclaims them behind the walk, when the pte lock is gone as well.
 */
static enum progress madvise_ptes_run(struct world *world, struct ktask *task)
{
	struct madvise_ptes *at = task_locals(task);
	enum pte_way way;
	uint64_t *pte;
	uint32_t n;

	switch (task_at(task)) {
	case 0:
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		while (at->table && at->addr < at->stop) {
			STEP_PTE("ptep_clear_flush_young");
			pte = pte_of(world, at->mm, at->addr);
			at->pfn = entry_pfn(*pte);
			way = pte_way(world, at->mm, at->advice, pte);
			n = 1;
			if ((way == PTE_SPLIT || way == PTE_STOP) && world->rules.advice_takes_batches)
				way = batch_way(world, at, &n);
			if (way == PTE_STOP)
				break;
			if (way == PTE_PAGE)
				make_old(world, pte, at->advice);
			if (way == PTE_LEAVE || (way == PTE_PAGE && at->advice != ADVICE_PAGEOUT) ||
			    (way == PTE_PAGE && !world->pages[at->pfn].anon)) {
				at->addr += n * PAGE_BYTES;
				continue;
			}
			UNLOCK(LOCK_PTE, at->table);
			if (way == PTE_SPLIT) {
				CALL(split_folio, .pfn = at->pfn);
				if (task->result)
					RETURN(0);
			} else {
				CALL(pageout, .pfn = at->pfn);
				at->addr += PAGE_BYTES;
			}
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
		}
		if (at->table)
			UNLOCK(LOCK_PTE, at->table);
	}
	RETURN(0);
}
static const struct function madvise_ptes = {"madvise_pte_range", madvise_ptes_run};

/* By huge pages of addresses, and VMAs. */
static enum progress madvise_pages_run(struct world *world, struct ktask *task)
{
	struct madvise_pages *at = task_locals(task);
	const uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		for (at->addr = at->start; at->addr < at->end; at->addr = at->stop) {
			at->stop = huge_start(world, at->addr) + huge_bytes(world);
			if (at->stop > at->end)
				at->stop = at->end;
			pmd = pmd_of(world, at->mm, at->addr);
			if (!pmd || !*pmd)
				continue;
			STEP("walk_pmd_range");
			pmd = pmd_of(world, at->mm, at->addr);
			if (entry_huge(*pmd)) {
				CALL(madvise_huge, .mm = at->mm, .addr = at->addr, .stop = at->stop,
				     .advice = at->advice);
				if (!task->result)
					continue;
			}
			CALL(madvise_ptes, .mm = at->mm, .addr = at->addr, .stop = at->stop,
			     .advice = at->advice);
		}
	}
	RETURN(0);
}
const struct function madvise_pages = {"walk_page_range", madvise_pages_run};
