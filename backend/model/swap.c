/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of anonymous memory are swapped out one by one, and come back (mm/vmscan.c, mm/memory.c). Only what MADV_PAGEOUT
 * names is ever reclaimed here, and a file's pages stay in the page cache: nothing in the model runs short of memory.
 */
#include "model/ops.h"

#include <errno.h>

/* The pte gives the page up for its slot; but not one that was freed lazily and written to since, or pinned meanwhile. */
static void unmap_one(struct world *world, uint32_t mm, uint64_t *pte, uint32_t pfn, uint32_t slot)
{
	struct kpage *page = &world->pages[pfn];

	if (!slot && *pte & ENTRY_DIRTY) {
		page->swapbacked = true;
		return;
	}
	if (world->rules.anon_exclusive && page->pins)
		return;
	page->dirty |= (*pte & ENTRY_DIRTY) != 0;
	page->exclusive = false;
	*pte = slot ? ENTRY_SWAP | ENTRY_SWAP_SLOT(slot) : 0;
	world->mms[mm].rss[RSS_ANON]--;
	if (slot) {
		world->mms[mm].rss[RSS_SWAP]++;
		world->swaps[slot].users++;
	}
	rmap_remove_pte(world, pfn);
	folio_put(world, pfn);
}

/* __remove_mapping(): only a page that nobody else refers to is freed: ours and the swap cache's are left. */
static void remove_mapping(struct world *world, uint32_t pfn)
{
	struct kpage *page = &world->pages[pfn];

	if (page->mapcount || page->count != 1 + (page->swap != 0)) {
		page->lru = true;
		return;
	}
	if (page->swap)
		swap_cache_delete(world, pfn);
}

/* What reclaim has nothing to do with: pages that devices may write to. */
static bool keeps(const struct world *world, const struct kpage *page)
{
	return !page->anon || page->order || page->use != PAGE_SMALL ||
	       (world->rules.reclaim_keeps_pinned && page->pins);
}

static enum progress pageout_run(struct world *world, struct ktask *task)
{
	struct pageout *at = task_locals(task);
	struct kpage *page = &world->pages[at->pfn];
	uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		folio_get(world, at->pfn);
		STEP("trylock_page");
		if (keeps(world, page) || !TRYLOCK(LOCK_PAGE, at->pfn, LOCK_WRITE)) {
			folio_put(world, at->pfn);
			RETURN(0);
		}
		page->lru = false;
		if (page->swapbacked) {
			STEP("add_to_swap");
			at->slot = page->swap ? page->swap : swap_new(world, page->data);
			if (at->slot && !page->swap) {
				swap_cache_add(world, at->pfn, at->slot);
				swap_put(world, at->slot);
			}
		}
		at->root = world->anon_vmas[page->mapping].root;
		if (page->mapcount && (at->slot || !page->swapbacked)) {
			LOCK(LOCK_ANON_VMA, at->root, LOCK_READ);
			while ((at->vma = rmap_next_anon(world, page->mapping, page->index, at->vma))) {
				at->addr = vma_address(&world->vmas[at->vma], page->index);
				CALL(pte_offset_map_lock, .mm = world->vmas[at->vma].mm, .addr = at->addr);
				at->table = (uint32_t)task->result;
				if (!at->table)
					continue;
				STEP("try_to_unmap_one");
				pte = pte_of(world, world->vmas[at->vma].mm, at->addr);
				if (entry_present(*pte) && entry_pfn(*pte) == at->pfn)
					unmap_one(world, world->vmas[at->vma].mm, pte, at->pfn, at->slot);
				UNLOCK(LOCK_PTE, at->table);
			}
			UNLOCK(LOCK_ANON_VMA, at->root);
		}
		STEP("pageout");
		if (at->slot && !page->mapcount) {
			world->swaps[at->slot].data = page->data;
			page->dirty = false;
		}
		STEP("__remove_mapping");
		remove_mapping(world, at->pfn);
		UNLOCK(LOCK_PAGE, at->pfn);
		folio_put(world, at->pfn);
	}
	RETURN(0);
}
const struct function pageout = {"shrink_folio_list", pageout_run};

/* The page in the swap cache with a reference, or a new one, read in; 0: no memory. */
static uint32_t swap_page(struct world *world, uint32_t slot)
{
	uint32_t pfn = world->swaps[slot].cached;

	if (pfn) {
		folio_get(world, pfn);
		return pfn;
	}
	pfn = folio_alloc(world, 0);
	if (!pfn)
		return 0;
	world->pages[pfn].data = world->swaps[slot].data;
	world->pages[pfn].anon = world->pages[pfn].swapbacked = true;
	world->pages[pfn].uptodate = world->pages[pfn].lru = true;
	swap_cache_add(world, pfn, slot);
	return pfn;
}

/*
 * The entry becomes a pte. Its own is a page that no other entry leads to: neither a pte nor one in swap (reuse_swap_page()
 * before 5.18; since then the entry itself remembers that its page was exclusive, which comes to the same).
 */
static void map_swapped(struct world *world, const struct do_swap_page *at, uint64_t *pte)
{
	const struct kvma *vma = &world->vmas[at->vma];
	struct kpage *page = &world->pages[at->pfn];
	const bool own = !page->mapcount && world->swaps[at->slot].users == 2;

	if (!page->mapcount) {
		page->mapping = own ? vma->anon_vma : world->anon_vmas[vma->anon_vma].root;
		page->index = vma_index(vma, at->addr);
		page->exclusive = own && world->rules.anon_exclusive;
	}
	*pte = vma_entry(vma, at->pfn) | ENTRY_YOUNG;
	if (at->write && own)
		*pte |= ENTRY_DIRTY | vma_write_bit(vma);
	folio_get(world, at->pfn);
	rmap_add_pte(world, at->pfn);
	world->mms[at->mm].rss[RSS_ANON]++;
	world->mms[at->mm].rss[RSS_SWAP]--;
	swap_put(world, at->slot);
	if (at->write && own)
		swap_free_cached(world, at->pfn);
}

static bool same_entry(struct world *world, const struct do_swap_page *at)
{
	const uint64_t *pte = pte_of(world, at->mm, at->addr);

	return pte && *pte == at->entry;
}

/* A write that may not reuse the page faults again, as it would do at once in do_wp_page(). */
static enum progress do_swap_page_run(struct world *world, struct ktask *task)
{
	struct do_swap_page *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->slot = entry_pfn(at->entry);
		UNLOCK(LOCK_PTE, at->table);
		STEP("lookup_swap_cache");
		if (!same_entry(world, at))
			RETURN(0);
		at->pfn = swap_page(world, at->slot);
		if (!at->pfn)
			RETURN(-ENOMEM);
		LOCK(LOCK_PAGE, at->pfn, LOCK_WRITE);
		/* Whoever had the lock may have taken it out of the swap cache. */
		at->table = 0;
		if (world->pages[at->pfn].swap == at->slot && vma_anon_vma(world, at->vma)) {
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
			if (at->table && same_entry(world, at)) {
				STEP("set_pte_at");
				map_swapped(world, at, pte_of(world, at->mm, at->addr));
			}
			if (at->table)
				UNLOCK(LOCK_PTE, at->table);
		}
		UNLOCK(LOCK_PAGE, at->pfn);
		folio_put(world, at->pfn);
	}
	RETURN(0);
}
const struct function do_swap_page = {"do_swap_page", do_swap_page_run};
