/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to anonymous memory that a PMD maps read-only (mm/huge_memory.c), by row of core/cow.h's table: reused, copied
 * whole (until 5.7), copied in small pages when no huge one is free, or split, so that one page is copied (5.8+).
 */
#include "model/ops.h"

#include <errno.h>

struct wp_huge_copy {
	uint32_t mm, vma, table;
	uint64_t addr, entry; /* of the huge page */
	uint32_t old, copy;
};

/* The PMD, which has been cleared, lets go of the old page; the huge zero page counts nowhere. */
static void drop_old(struct world *world, uint32_t old)
{
	if (world->pages[old].use == PAGE_ZERO)
		return;
	rmap_remove_pmd(world, old);
	folio_put(world, old);
}

/*
 * do_huge_pmd_wp_page_fallback(): as many small pages, in the page table that was deposited. The kernel allocates and
 * fills them before it takes the lock; nobody sees them before they are mapped, so here it is one step with that.
 * False: not so many pages are free, and nothing was done.
 */
static bool copy_small(struct world *world, struct wp_huge_copy *at, uint64_t *pmd)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint32_t nr = huge_nr(world);
	uint32_t table, left = nr;

	for (uint32_t pfn = nr; left && pfn < world->extent.frames; pfn++)
		left -= world->pages[pfn].use == PAGE_FREE;
	if (left)
		return false;
	table = table_withdraw(world, at->table);
	for (uint32_t n = 0; n < nr; n++) {
		uint32_t pfn = folio_alloc(world, 0);

		page_at(world, pfn)->data = page_at(world, at->old + n)->data;
		folio_set_anon(world, pfn, at->vma, at->addr + n * PAGE_BYTES);
		rmap_add_pte(world, pfn);
		*table_entry(world, table, n) =
			vma_entry(vma, pfn) | ENTRY_YOUNG | ENTRY_DIRTY | vma_write_bit(vma);
	}
	*pmd = entry_to(table);
	return true;
}

static void exchange(struct world *world, struct wp_huge_copy *at, uint64_t *pmd)
{
	const struct kvma *vma = &world->vmas[at->vma];

	folio_set_anon(world, at->copy, at->vma, at->addr);
	rmap_add_pmd(world, at->copy);
	*pmd = vma_entry(vma, at->copy) | ENTRY_HUGE | ENTRY_YOUNG | ENTRY_DIRTY | vma_write_bit(vma);
	if (world->pages[at->old].use == PAGE_ZERO)
		world->mms[at->mm].rss[RSS_ANON] += huge_nr(world);
}

/* The old page has a reference of ours. Result FAULT_FALLBACK: there is no memory for a copy. */
static enum progress wp_huge_copy_run(struct world *world, struct ktask *task)
{
	struct wp_huge_copy *at = task_locals(task);
	int32_t result = 0;
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		STEP("alloc_hugepage_vma");
		if (!vma_anon_vma(world, at->vma)) {
			folio_put(world, at->old);
			RETURN(-ENOMEM);
		}
		at->copy = folio_alloc(world, world->extent.order);
		world->stat[at->copy ? STAT_THP_FAULT_ALLOC : STAT_THP_FAULT_FALLBACK]++;
		if (!at->copy && world->pages[at->old].use == PAGE_ZERO)
			RETURN(FAULT_FALLBACK);
		STEP("copy_user_huge_page");
		for (uint32_t n = 0; at->copy && n < huge_nr(world); n++)
			page_at(world, at->copy + n)->data = page_at(world, at->old + n)->data;
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		pmd = pmd_of(world, at->mm, at->addr);
		folio_put(world, at->old);
		if (*pmd != at->entry) {
			if (at->copy)
				folio_put(world, at->copy);
		} else if (at->copy) {
			exchange(world, at, pmd);
			drop_old(world, at->old);
		} else if (copy_small(world, at, pmd)) {
			drop_old(world, at->old);
		} else {
			result = FAULT_FALLBACK;
		}
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(result);
}
static const struct function wp_huge_copy = {"copy_user_huge_page", wp_huge_copy_run};

/* Under the pmd lock, and the page lock where the rule takes it. */
static bool reuse_huge(struct world *world, const struct do_huge_pmd_wp_page *at)
{
	struct kpage *head = page_at(world, at->pfn);
	const enum cow_row row = world->rules.cow;

	if (head->exclusive)
		return true;
	if (row == COW_4_5_0)
		return page_mapcount(world, at->pfn) == 1 && head->count == 1;
	if (row <= COW_5_9)
		return page_trans_huge_mapcount(world, at->pfn, NULL) == 1;
	if (head->count != 1)
		return false;
	folio_move_anon(world, at->pfn, at->vma);
	head->exclusive = world->rules.anon_exclusive;
	return true;
}

/* The pmd lock is held, and given up for a while if the page lock is not free. False: the pmd has changed meanwhile. */
struct wp_lock_huge {
	uint32_t mm, table, pfn;
	uint64_t addr, entry;
};

static enum progress wp_lock_huge_run(struct world *world, struct ktask *task)
{
	struct wp_lock_huge *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		if (TRYLOCK(LOCK_PAGE, at->pfn, LOCK_WRITE))
			RETURN(true);
		folio_get(world, at->pfn);
		UNLOCK(LOCK_PMD, at->table);
		LOCK(LOCK_PAGE, at->pfn, LOCK_WRITE);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		if (*pmd_of(world, at->mm, at->addr) == at->entry) {
			folio_put(world, at->pfn);
			RETURN(true);
		}
		UNLOCK(LOCK_PAGE, at->pfn);
		UNLOCK(LOCK_PMD, at->table);
		folio_put(world, at->pfn);
	}
	RETURN(false);
}
static const struct function wp_lock_huge = {"lock_page", wp_lock_huge_run};

/* Which rows take a huge page for the copy: all until 5.7; of the huge zero page 6.13+ too (do_huge_zero_wp_pmd()). */
static bool copies_huge(const struct world *world, uint32_t pfn)
{
	return world->rules.cow <= COW_4_5_5 ||
	       (world->rules.cow == COW_6_15 && world->pages[pfn].use == PAGE_ZERO);
}

static enum progress do_huge_pmd_wp_page_run(struct world *world, struct ktask *task)
{
	struct do_huge_pmd_wp_page *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		if (vma->uffd_wp && at->entry & ENTRY_UFFD_WP)
			RETURN(-EFAULT); /* as with UFFD_FEATURE_SIGBUS: nobody listens here */
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		at->pfn = entry_pfn(at->entry);
		if (*pmd_of(world, at->mm, at->addr) != at->entry) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(0);
		}
		if (world->pages[at->pfn].use != PAGE_ZERO) {
			at->locked = world->rules.wp_huge_locks_page && !page_at(world, at->pfn)->exclusive;
			if (at->locked) {
				CALL(wp_lock_huge, .mm = at->mm, .table = at->table, .pfn = at->pfn,
				     .addr = at->addr, .entry = at->entry);
				if (!task->result)
					RETURN(0);
			}
			at->reuse = reuse_huge(world, at);
			if (at->locked)
				UNLOCK(LOCK_PAGE, at->pfn);
		}
		pmd = pmd_of(world, at->mm, at->addr);
		if (at->reuse)
			*pmd |= ENTRY_YOUNG | ENTRY_DIRTY | vma_write_bit(vma);
		at->copy = !at->reuse && copies_huge(world, at->pfn);
		if (at->copy)
			folio_get(world, at->pfn);
		UNLOCK(LOCK_PMD, at->table);
		if (at->reuse)
			RETURN(0);
		if (at->copy) {
			CALL(wp_huge_copy, .mm = at->mm, .vma = at->vma, .table = at->table,
			     .addr = huge_start(world, at->addr), .entry = at->entry, .old = at->pfn);
			if (task->result != FAULT_FALLBACK)
				RETURN(task->result);
		}
		CALL(split_huge_pmd, .mm = at->mm, .addr = at->addr);
		RETURN(FAULT_FALLBACK);
	}
	RETURN(0);
}
const struct function do_huge_pmd_wp_page = {"do_huge_pmd_wp_page", do_huge_pmd_wp_page_run};
