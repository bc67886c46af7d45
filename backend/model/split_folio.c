/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folio becomes smaller ones (mm/huge_memory.c: split_huge_page_to_list()). Mappings by PMD are split before it. The kernel
 * puts migration entries in the place of the ptes of anonymous memory while it works; here they stay where they are, for
 * the division itself is one step: whoever would have waited for the migration finds the entry that would have come back.
 */
#include "model/ops.h"

#include <errno.h>

struct unmap_file_folio {
	uint32_t head;
	uint32_t vma, table;
	uint64_t addr, end;
};

/* The addresses of the folio in the VMA. */
static void set_range(const struct world *world, struct unmap_file_folio *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint64_t index = world->pages[at->head].index;
	const uint64_t last = index + folio_nr(world, at->head);

	at->addr = index > vma->pgoff ? vma_address(vma, index) : vma->start;
	at->end = last < vma_index(vma, vma->end) ? vma_address(vma, last) : vma->end;
}

/* The next address below `end` at which a pte of the folio is; a look without a lock. */
static bool find_mapped(struct world *world, struct unmap_file_folio *at)
{
	for (; at->addr < at->end; at->addr += PAGE_BYTES) {
		uint64_t entry = leaf_of(world, world->vmas[at->vma].mm, at->addr);

		if (entry_present(entry) && folio_head(world, entry_pfn(entry)) == at->head)
			return true;
	}
	return false;
}

/* Entries in the table that maps addr, from there on; in a world that is not fine all of them are one step. */
static void clear_pte(struct world *world, uint32_t mm, uint64_t addr, uint32_t head)
{
	uint64_t *pte = pte_of(world, mm, addr);
	const uint32_t pfn = entry_pfn(*pte);

	if (!entry_present(*pte) || folio_head(world, pfn) != head)
		return;
	if (*pte & ENTRY_DIRTY)
		world->pages[head].dirty = true;
	*pte = uffd_wp_kept(world, mm, addr, *pte);
	world->mms[mm].rss[page_rss(world, pfn)]--;
	rmap_remove_pte(world, pfn);
	folio_put(world, pfn);
}

/* try_to_unmap() of a file's folio everywhere: by PMD, and by ptes. The page lock and i_mmap are held. */
static enum progress unmap_file_folio_run(struct world *world, struct ktask *task)
{
	struct unmap_file_folio *at = task_locals(task);
	const struct kpage *head = &world->pages[at->head];
	uint32_t mm;

	switch (task_at(task)) {
	case 0:
		for (;;) {
			at->vma = rmap_next_range(world, head->mapping, head->index,
						  head->index + folio_nr(world, at->head) - 1, at->vma);
			if (!at->vma)
				RETURN(0);
			set_range(world, at);
			while (find_mapped(world, at)) {
				mm = world->vmas[at->vma].mm;
				if (entry_huge(*pmd_of(world, mm, at->addr))) {
					CALL(split_huge_pmd, .mm = mm, .addr = at->addr);
					continue;
				}
				CALL(pte_offset_map_lock, .mm = mm, .addr = at->addr);
				at->table = (uint32_t)task->result;
				if (!at->table)
					continue;
				do {
					STEP_PTE("ptep_clear_flush");
					mm = world->vmas[at->vma].mm;
					clear_pte(world, mm, at->addr, at->head);
					at->addr += PAGE_BYTES;
				} while (at->addr < at->end && table_index(world, at->addr, 1));
				UNLOCK(LOCK_PTE, at->table);
			}
		}
	}
	RETURN(0);
}
static const struct function unmap_file_folio = {"try_to_unmap", unmap_file_folio_run};

/* What keeps the pages of a new folio: mappings, the page cache, and for the first one of all the caller's reference. */
static int32_t refs_of(struct world *world, uint32_t first, uint32_t nr, bool held)
{
	int32_t refs = held;

	for (uint32_t n = 0; n < nr; n++) {
		const struct kpage *page = &world->pages[first + n];
		uint32_t *cached = page->anon ? NULL : file_page(world, page->mapping, page->index);

		refs += page->mapcount + (cached && *cached == first + n);
	}
	return refs;
}

/* Every page gets what the head alone had; the new folios, of `part` pages, that lie behind the end of a file leave it. */
static void make_alike(struct world *world, uint32_t head, uint32_t nr, uint32_t part)
{
	const struct kpage old = world->pages[head];

	for (uint32_t n = 0; n < nr; n++) {
		struct kpage *page = &world->pages[head + n];

		page->anon = old.anon;
		page->swapbacked = old.swapbacked;
		page->dirty |= old.dirty;
		page->uptodate = old.uptodate;
		page->lru = old.lru;
		page->referenced = old.referenced;
		page->double_map = page->file_double_map = false;
		page->mapping = old.mapping;
		page->index = old.index + n;
		if (!old.anon && old.index + (uint64_t)(n / part) * part >= world->files[old.mapping].size)
			*file_page(world, old.mapping, page->index) = 0;
	}
}

/* Where a process has it mapped, the zero page is mapped instead. */
static void map_zero_page(struct world *world, const struct kvma *vma, uint64_t addr, uint32_t pfn)
{
	uint64_t *pte = pte_of(world, vma->mm, addr);

	if (!pte || !entry_present(*pte) || entry_pfn(*pte) != pfn)
		return;
	*pte = vma_entry(vma, world->zero_page) | (*pte & ENTRY_UFFD_WP);
	world->mms[vma->mm].rss[RSS_ANON]--;
	rmap_remove_pte(world, pfn);
	folio_put(world, pfn);
}

/* try_to_map_unused_to_zeropage(): of anonymous memory what holds zeros is nobody's page any more. */
static void drop_zeros(struct world *world, uint32_t head, uint32_t nr)
{
	for (uint32_t n = 0; n < nr; n++) {
		const uint64_t index = world->pages[head].index + n;

		if (world->pages[head + n].data)
			continue;
		for (uint32_t vma = 0; (vma = rmap_next_anon(world, world->pages[head].mapping, index, vma));)
			map_zero_page(world, &world->vmas[vma], vma_address(&world->vmas[vma], index),
				      head + n);
	}
}

/* __split_huge_page(). Pages that nobody has any more are freed: those of a folio that was mapped in part. */
static void divide(struct world *world, uint32_t head, unsigned order)
{
	const struct kpage old = world->pages[head];
	const uint32_t nr = folio_nr(world, head), part = UINT32_C(1) << order;

	if (old.order == world->extent.order) {
		world->stat[STAT_THP_SPLIT_PAGE]++;
		if (!old.anon && world->files[old.mapping].shmem)
			world->stat[STAT_SHMEM_HUGEPAGES]--;
	}
	if (old.anon && !order && world->rules.split_drops_zeros)
		drop_zeros(world, head, nr);
	make_alike(world, head, nr, part);
	for (uint32_t first = head; first < head + nr; first += part) {
		struct kpage *page = &world->pages[first];

		for (uint32_t n = 0; n < part; n++) {
			world->pages[first + n].use = PAGE_TAIL;
			world->pages[first + n].head = first;
			world->pages[first + n].order = 0;
		}
		page->use = order ? PAGE_HEAD : PAGE_SMALL;
		page->order = (uint8_t)order;
	}
	for (uint32_t first = head; first < head + nr; first += part) {
		world->pages[first].count = refs_of(world, first, part, first == head);
		if (!world->pages[first].count) {
			world->pages[first].count = 1;
			folio_put(world, first);
		}
	}
}

/* Which orders the generation can make of it. */
static bool order_fits(const struct world *world, uint32_t head, unsigned order)
{
	const struct kpage *page = &world->pages[head];

	if (page->use != PAGE_HEAD || order >= page->order)
		return false;
	/* An anonymous folio of two pages has no room for the list of deferred splits. */
	return !order || (world->rules.split_to_order && !(page->anon && order == 1));
}

/* All that is done with the page lock held; the last step is the division. */
static enum progress split_locked_run(struct world *world, struct ktask *task)
{
	struct split_locked *at = task_locals(task);
	const struct kpage *head = &world->pages[at->head];
	const uint64_t *pmd;
	uint64_t addr;

	switch (task_at(task)) {
	case 0:
		if (head->anon) {
			at->root = world->anon_vmas[head->mapping].root;
			if (!at->root)
				RETURN(-EBUSY);
			LOCK(LOCK_ANON_VMA, at->root, LOCK_WRITE);
		} else {
			at->file = head->mapping;
			LOCK(LOCK_I_MMAP, at->file, LOCK_READ);
		}
		STEP("can_split_folio");
		at->error = folio_extra_refs(world, at->head) > 1 ? -EBUSY : 0;
		if (!at->error && at->file)
			CALL(unmap_file_folio, .head = at->head);
		while (!at->error && at->root) {
			at->vma = rmap_next_anon(world, head->mapping, head->index, at->vma);
			if (!at->vma)
				break;
			addr = vma_address(&world->vmas[at->vma], head->index);
			pmd = pmd_of(world, world->vmas[at->vma].mm, addr);
			if (pmd && entry_huge(*pmd) && entry_pfn(*pmd) == at->head)
				CALL(split_huge_pmd, .mm = world->vmas[at->vma].mm, .addr = addr);
		}
		STEP("page_ref_freeze");
		/* Somebody may have got hold of it meanwhile, or mapped it again. */
		if (!at->error && (head->entire || folio_extra_refs(world, at->head) != 1))
			at->error = -EBUSY;
		if (!at->error)
			divide(world, at->head, at->order);
		if (at->root)
			UNLOCK(LOCK_ANON_VMA, at->root);
		else
			UNLOCK(LOCK_I_MMAP, at->file);
	}
	RETURN(at->error);
}
const struct function split_locked = {"split_huge_page_to_list", split_locked_run};

/* The reference is taken in the caller's own step, in which it has seen the folio. */
static enum progress split_folio_run(struct world *world, struct ktask *task)
{
	struct split_folio *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->head = folio_head(world, at->pfn);
		if (!order_fits(world, at->head, at->order))
			RETURN(-EINVAL);
		folio_get(world, at->head);
		STEP("trylock_page");
		if (!TRYLOCK(LOCK_PAGE, at->head, LOCK_WRITE)) {
			folio_put(world, at->head);
			RETURN(-EAGAIN);
		}
		CALL(split_locked, .head = at->head, .order = at->order);
		UNLOCK(LOCK_PAGE, at->head);
		folio_put(world, at->head);
	}
	return task_return(task, task->result);
}
const struct function split_folio = {"split_folio", split_folio_run};
