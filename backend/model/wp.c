/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to a page that a pte maps read-only (mm/memory.c): reused in place, or copied. Who may reuse is the row of
 * core/cow.h's table (facts B); seed 003 is the step from 4.5.0 to 4.5.5.
 */
#include "model/ops.h"

#include <errno.h>

struct wp_page_copy {
	uint32_t mm, vma;
	uint64_t addr, entry;
	uint32_t old, copy, table;
};

/* The pte gives up the old page for the new one: under the pte lock. */
static void exchange(struct world *world, const struct wp_page_copy *at, uint64_t *pte)
{
	const struct kvma *vma = &world->vmas[at->vma];
	struct mm *mm = &world->mms[at->mm];

	if (world->pages[at->old].use != PAGE_ZERO)
		mm->rss[page_rss(world, at->old)]--;
	mm->rss[RSS_ANON]++;
	folio_set_anon(world, at->copy, at->vma, at->addr);
	rmap_add_pte(world, at->copy);
	*pte = vma_entry(vma, at->copy) | ENTRY_YOUNG | ENTRY_DIRTY | vma_write_bit(vma);
	rmap_remove_pte(world, at->old);
	if (!page_mapcount(world, at->old))
		swap_free_cached(world, folio_head(world, at->old));
	folio_put(world, at->old);
}

/* The old page has a reference of ours, so that it stays what it is; no lock is held. */
static enum progress wp_page_copy_run(struct world *world, struct ktask *task)
{
	struct wp_page_copy *at = task_locals(task);
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		STEP("anon_vma_prepare");
		at->copy = vma_anon_vma(world, at->vma) ? folio_alloc(world, 0) : 0;
		if (!at->copy) {
			folio_put(world, at->old);
			RETURN(-ENOMEM);
		}
		STEP("copy_user_highpage");
		page_at(world, at->copy)->data = page_at(world, at->old)->data;
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		pte = at->table ? pte_of(world, at->mm, at->addr) : NULL;
		if (pte && *pte == at->entry)
			exchange(world, at, pte);
		else
			folio_put(world, at->copy);
		if (at->table)
			UNLOCK(LOCK_PTE, at->table);
		folio_put(world, at->old);
	}
	RETURN(0);
}
static const struct function wp_page_copy = {"wp_page_copy", wp_page_copy_run};

/*
 * reuse_swap_page(), until 5.8, under the page lock. 4.5.0 never reuses a part of a huge page. Only when all mappings
 * of the folio are this one (total_mapcount) may its anon_vma become the local one (seed 003).
 */
static bool reuse_swap_page(struct world *world, const struct do_wp_page *at)
{
	const struct kpage *head = &world->pages[at->head];
	int32_t total, count = page_trans_huge_mapcount(world, at->pfn, &total);

	if (world->rules.cow == COW_4_5_0 && head->order)
		return false;
	if (head->swap)
		count += (int32_t)world->swaps[head->swap].users - 1;
	if (count > 1)
		return false;
	swap_free_cached(world, at->head);
	if (total == 1 || !world->rules.reuse_moves_anon_vma_at_total_1)
		folio_move_anon(world, at->pfn, at->vma);
	return true;
}

/* How often a folio is mapped by an mm: each page by its place in the VMAs. */
static int32_t mapped_by(struct world *world, uint32_t mm, uint32_t head)
{
	int32_t found = 0;

	for (uint32_t n = 0; n < folio_nr(world, head); n++) {
		const struct kpage *page = &world->pages[head + n];

		for (uint32_t vma = 0; (vma = rmap_next_anon(world, page->mapping, page->index, vma));) {
			uint64_t leaf = leaf_of(world, mm, vma_address(&world->vmas[vma], page->index));

			found += world->vmas[vma].mm == mm && entry_present(leaf) &&
				 entry_pfn(leaf) == head + n;
		}
	}
	return found;
}

/*
 * A part of a large folio, 6.15: all of its mappings are this mm's, and nothing else refers to it. (The kernel knows by
 * two mm ids a folio, which may take it for shared once three had it; here it is counted.)
 */
static bool reuse_large_anon_folio(struct world *world, const struct do_wp_page *at)
{
	int32_t total;

	page_trans_huge_mapcount(world, at->pfn, &total);
	return total > 1 && mapped_by(world, at->mm, at->head) == total &&
	       world->pages[at->head].count == total;
}

/* The rows that go by references; the page lock is only tried. A page of its own (5.18) or PageAnonExclusive (5.19). */
static bool reuse_by_count(struct world *world, struct ktask *task, const struct do_wp_page *at)
{
	const struct kpage *head = &world->pages[at->head];
	const enum cow_row row = world->rules.cow;
	bool reuse;

	if (world->pages[at->pfn].exclusive)
		return true;
	if (head->order && row == COW_6_15)
		return reuse_large_anon_folio(world, at);
	if (head->order && row == COW_6_10)
		return false;
	if (head->count > 1 + (row > COW_5_9 && head->swap) || !TRYLOCK(LOCK_PAGE, at->head, LOCK_WRITE))
		return false;
	if (row > COW_5_9)
		swap_free_cached(world, at->head);
	reuse = head->count == 1;
	/* 5.9 looks at the counts alone. */
	if (reuse && row > COW_5_9)
		folio_move_anon(world, at->pfn, at->vma);
	UNLOCK(LOCK_PAGE, at->head);
	return reuse;
}

static void wp_page_reuse(struct world *world, const struct do_wp_page *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	struct kpage *page = page_at(world, at->pfn);

	if (page->anon)
		page->exclusive = world->rules.anon_exclusive;
	else
		page->dirty = true; /* page_mkwrite() and fault_dirty_shared_page() */
	*pte_of(world, at->mm, at->addr) = at->entry | ENTRY_YOUNG | ENTRY_DIRTY | vma_write_bit(vma);
}

struct wp_lock_page {
	uint32_t mm, table, head;
	uint64_t addr, entry;
};

/*
 * The page lock, under the pte lock, which is left meanwhile if that takes a while. Result: the table, both locks held;
 * 0: the pte has changed, and none is.
 */
static enum progress wp_lock_page_run(struct world *world, struct ktask *task)
{
	struct wp_lock_page *at = task_locals(task);
	const uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		if (TRYLOCK(LOCK_PAGE, at->head, LOCK_WRITE))
			RETURN((int32_t)at->table);
		folio_get(world, at->head);
		UNLOCK(LOCK_PTE, at->table);
		LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		pte = at->table ? pte_of(world, at->mm, at->addr) : NULL;
		if (pte && *pte == at->entry) {
			folio_put(world, at->head);
			RETURN((int32_t)at->table);
		}
		if (at->table)
			UNLOCK(LOCK_PTE, at->table);
		UNLOCK(LOCK_PAGE, at->head);
		folio_put(world, at->head);
	}
	RETURN(0);
}
static const struct function wp_lock_page = {"lock_page", wp_lock_page_run};

static enum progress do_wp_page_run(struct world *world, struct ktask *task)
{
	struct do_wp_page *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		if (vma->uffd_wp && at->entry & ENTRY_UFFD_WP) {
			UNLOCK(LOCK_PTE, at->table);
			RETURN(-EFAULT); /* as with UFFD_FEATURE_SIGBUS: nobody listens here */
		}
		at->pfn = entry_pfn(at->entry);
		at->head = folio_head(world, at->pfn);
		if (vma->kind == KVMA_SHARED) {
			at->reuse = true;
		} else if (world->pages[at->pfn].anon && world->rules.cow > COW_5_8) {
			at->reuse = reuse_by_count(world, task, at);
		} else if (world->pages[at->pfn].anon) {
			CALL(wp_lock_page, .mm = at->mm, .table = at->table, .head = at->head,
			     .addr = at->addr, .entry = at->entry);
			at->table = (uint32_t)task->result;
			if (!at->table)
				RETURN(0);
			at->reuse = reuse_swap_page(world, at);
			UNLOCK(LOCK_PAGE, at->head);
		}
		if (at->reuse)
			wp_page_reuse(world, at);
		else
			folio_get(world, at->pfn);
		UNLOCK(LOCK_PTE, at->table);
		if (at->reuse)
			RETURN(0);
		CALL(wp_page_copy, .mm = at->mm, .vma = at->vma, .addr = at->addr, .entry = at->entry,
		     .old = at->pfn);
		RETURN(task->result);
	}
	RETURN(0);
}
const struct function do_wp_page = {"do_wp_page", do_wp_page_run};
