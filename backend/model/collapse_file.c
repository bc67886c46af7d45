/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collapse_file(): one huge range of a file's page cache is copied into one huge page (mm/khugepaged.c).
 *
 * The new folio is locked from its making until its page tables are retracted: whoever finds it in the page cache waits.
 * The old pages stay in the page cache, locked and unmapped, until all are copied; until 6.3 each gave its place to the
 * new folio at once and got it back on failure, which differs for nobody, for both are locked. Swap entries, pages that
 * are not up to date and files of disks are left out: no collapse of this kernel meets them.
 */
#include "model/collapse.h"

/* One page of the cache is locked, unmapped, and isolated. result: enum scan_result; SCAN_PAGE_NULL: a hole. */
struct collapse_file_page {
	uint32_t file;
	uint64_t index, start;
	uint32_t pfn;
};

/* Why a folio that is locked now is none to be collapsed. */
static enum scan_result locked_verdict(const struct world *world, const struct collapse_file_page *at)
{
	const struct kpage *page = &world->pages[at->pfn];
	const bool large = page->use == PAGE_HEAD;

	if (large && page->order == world->extent.order && page->index == at->start)
		return world->rules.scan_tells_mapping ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND;
	if (page->team || (large && !world->rules.collapse_large_files))
		return SCAN_PAGE_COMPOUND;
	return page->lru ? SCAN_SUCCEED : SCAN_DEL_PAGE_LRU;
}

static enum progress collapse_file_page_run(struct world *world, struct ktask *task)
{
	struct collapse_file_page *at = task_locals(task);
	struct kpage *page;
	enum scan_result verdict;

	switch (task_at(task)) {
	case 0:
		at->pfn = *file_page(world, at->file, at->index);
		if (!at->pfn)
			RETURN(SCAN_PAGE_NULL);
		at->pfn = folio_head(world, at->pfn);
		if (!task_trylock_page(world, task, at->pfn))
			RETURN(SCAN_PAGE_LOCK);
		verdict = locked_verdict(world, at);
		if (verdict != SCAN_SUCCEED) {
			task_unlock_page(world, task, at->pfn);
			RETURN((int32_t)verdict);
		}
		folio_get(world, at->pfn);
		page_at(world, at->pfn)->lru = false;
		CALL(try_to_unmap, .pfn = at->pfn);
		STEP_PTE("folio_ref_count");
		page = page_at(world, at->pfn);
		/* The page cache's, and the one that we took: any other use would have to wait for the lock. */
		if (page->count == (int32_t)folio_nr(world, at->pfn) + 1)
			RETURN(SCAN_SUCCEED);
		page->lru = true;
		task_unlock_page(world, task, at->pfn);
		folio_put(world, at->pfn);
	}
	RETURN(SCAN_PAGE_COUNT);
}
static const struct function collapse_file_page = {"collapse_file", collapse_file_page_run};

/* Pages of the extent that are in the page cache; the new folio's own, which fills holes until 6.3, are not counted. */
static uint32_t cached_pages(struct world *world, const struct collapse_file *at)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < huge_nr(world); k++) {
		uint32_t pfn = *file_page(world, at->file, at->index + k);

		n += pfn && folio_head(world, pfn) != at->folio;
	}
	return n;
}

static void new_folio(struct world *world, const struct collapse_file *at)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		struct kpage *page = page_at(world, at->folio + n);

		page->mapping = at->file;
		page->index = at->index + n;
		page->swapbacked = world->files[at->file].shmem;
		page->uptodate = true;
	}
}

/* All old pages, or holes, of the extent are taken. result: enum scan_result. */
static enum progress collapse_file_take_run(struct world *world, struct ktask *task)
{
	struct collapse_file *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		while (at->n < huge_nr(world)) {
			STEP_PTE("xas_load");
			/* Punched meanwhile, and nothing is left. */
			if (!at->n && !cached_pages(world, at))
				RETURN(SCAN_TRUNCATED);
			CALL(collapse_file_page, .file = at->file, .index = at->index + at->n,
			     .start = at->index);
			if (task->result == SCAN_PAGE_NULL) {
				if (!world->rules.collapse_rechecks_holes)
					*file_page(world, at->file, at->index + at->n) = at->folio + at->n;
				at->n++;
			} else if (task->result == SCAN_SUCCEED) {
				at->n += folio_nr(world, *file_page(world, at->file, at->index + at->n));
			} else {
				RETURN(task->result);
			}
		}
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("copy_highpage");
			at->pfn = *file_page(world, at->file, at->index + at->n);
			page_at(world, at->folio + at->n)->data =
				at->pfn && task_holds_page(world, task, folio_head(world, at->pfn))
					? page_at(world, at->pfn)->data
					: 0;
		}
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function collapse_file_take = {"collapse_file", collapse_file_take_run};

/* Whether a userfaultfd wants to hear of the holes in the extent. */
static bool holes_awaited(const struct world *world, const struct collapse_file *at)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		uint32_t vma = 0;

		while ((vma = rmap_next_file(world, at->file, at->index + n, vma))) {
			if (world->vmas[vma].uffd_missing)
				return true;
		}
	}
	return false;
}

/* Whether the holes are holes still, where they were left (one step: the lock of the page cache is held). */
static enum scan_result recheck_holes(struct world *world, struct ktask *task, const struct collapse_file *at)
{
	bool hole = false;

	if (!world->rules.collapse_rechecks_holes)
		return SCAN_SUCCEED;
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		uint32_t pfn = *file_page(world, at->file, at->index + n);

		if (pfn && !task_holds_page(world, task, folio_head(world, pfn)))
			return SCAN_PAGE_FILLED;
		hole |= !pfn;
	}
	return hole && holes_awaited(world, at) ? SCAN_EXCEED_NONE_PTE : SCAN_SUCCEED;
}

/* xas_store(): the new folio is in the page cache, which has a reference for each of its pages. */
static void put_in(struct world *world, const struct collapse_file *at)
{
	for (uint32_t n = 0; n < huge_nr(world); n++)
		*file_page(world, at->file, at->index + n) = at->folio + n;
	folio_ref_add(world, at->folio, (int32_t)huge_nr(world) - 1);
	page_at(world, at->folio)->dirty = true;
	page_at(world, at->folio)->lru = true;
	world->stat[STAT_SHMEM_HUGEPAGES]++;
}

/* The next of the old pages, which only their locks tell of; 0. They are the only ones on this task's list. */
static uint32_t next_isolated(const struct world *world, const struct ktask *task,
			      const struct collapse_file *at)
{
	for (uint32_t pfn = at->pfn; pfn < world->extent.frames; pfn++) {
		if (task_holds_page(world, task, pfn) && pfn != at->folio)
			return pfn;
	}
	return 0;
}

/* The old pages are freed, after a success, or are what they were. result: 0. */
static enum progress collapse_file_release_run(struct world *world, struct ktask *task)
{
	struct collapse_file *at = task_locals(task);
	struct kpage *page;

	switch (task_at(task)) {
	case 0:
		at->pfn = 0;
		while ((at->pfn = next_isolated(world, task, at)) != 0) {
			STEP_PTE("folio_unlock");
			page = page_at(world, at->pfn);
			task_unlock_page(world, task, at->pfn);
			if (at->verdict == SCAN_SUCCEED) {
				folio_ref_add(world, at->pfn, -(int32_t)folio_nr(world, at->pfn));
			} else {
				page->lru = true;
			}
			folio_put(world, at->pfn);
		}
	}
	RETURN(0);
}
static const struct function collapse_file_release = {"collapse_file", collapse_file_release_run};

/* Nothing came of it: what filled holes is taken out again. */
static void take_out(struct world *world, const struct collapse_file *at)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		uint32_t *cached = file_page(world, at->file, at->index + n);

		if (*cached == at->folio + n)
			*cached = 0;
		page_at(world, at->folio + n)->mapping = 0;
	}
}

/* What the caller does next, by who it is (facts C). */
static enum scan_result collapsed_verdict(const struct world *world, const struct collapse_file *at,
					  enum scan_result target)
{
	if (world->rules.retract == RETRACT_PTLOCK)
		return at->khugepaged ? SCAN_SUCCEED : SCAN_PTE_MAPPED_HUGEPAGE;
	return world->rules.scan_tells_mapping ? target : SCAN_SUCCEED;
}

static enum progress collapse_file_run(struct world *world, struct ktask *task)
{
	struct collapse_file *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		/* Behind the end: no such pages can be. */
		if (!file_page(world, at->file, at->index))
			RETURN(SCAN_TRUNCATED);
		STEP("alloc_charge_folio");
		at->folio = folio_alloc(world, world->extent.order);
		if (!at->folio)
			RETURN(SCAN_ALLOC_HUGE_PAGE_FAIL);
		world->stat[STAT_THP_COLLAPSE_ALLOC]++;
		TRYLOCK(LOCK_PAGE, at->folio, LOCK_WRITE);
		new_folio(world, at);
		CALL_AS(collapse_file_take, collapse_file, .file = at->file, .index = at->index,
			.folio = at->folio);
		at->verdict = (enum scan_result)task->result;
		STEP("xas_store");
		if (at->verdict == SCAN_SUCCEED)
			at->verdict = recheck_holes(world, task, at);
		if (at->verdict == SCAN_SUCCEED)
			put_in(world, at);
		else
			take_out(world, at);
		if (!world->rules.collapse_rechecks_holes)
			CALL_AS(collapse_file_release, collapse_file, .file = at->file, .folio = at->folio,
				.verdict = at->verdict);
		if (!world->rules.retract_keeps_page_lock)
			UNLOCK(LOCK_PAGE, at->folio);
		if (at->verdict == SCAN_SUCCEED) {
			CALL(retract_page_tables, .file = at->file, .folio = at->folio, .index = at->index,
			     .target_mm = world->rules.scan_tells_mapping ? at->mm : 0,
			     .target_addr = at->addr, .khugepaged = at->khugepaged);
			at->target = (enum scan_result)task->result;
		}
		if (world->rules.retract_keeps_page_lock)
			UNLOCK(LOCK_PAGE, at->folio);
		if (world->rules.collapse_rechecks_holes)
			CALL_AS(collapse_file_release, collapse_file, .file = at->file, .folio = at->folio,
				.verdict = at->verdict);
		if (at->verdict == SCAN_SUCCEED)
			RETURN((int32_t)collapsed_verdict(world, at, at->target));
		folio_put(world, at->folio);
	}
	RETURN((int32_t)at->verdict);
}
const struct function collapse_file = {"collapse_file", collapse_file_run};
