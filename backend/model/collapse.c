/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * collapse_huge_page(): the pages of one huge range of anonymous memory are copied into one huge page.
 *
 *	mmap_lock read	looked at, swapped in			others may still fault
 *	mmap_lock write > anon_vma write > pmd lock: the pmd is cleared; pte lock: each page is locked, by trylock, and taken
 *			off the LRU; then no rmap walk can find one, the anon_vma's lock is given back, and all is copied
 */
#include "model/collapse.h"

/* One page after another is locked and isolated, under the pte lock. result: enum scan_result. */
struct collapse_huge_page_isolate {
	uint32_t mm, vma, ptes;
	bool khugepaged;
	uint32_t n, none, shared, referenced;
	bool writable;
};

static uint64_t nth_pte(struct world *world, uint32_t ptes, uint32_t n)
{
	return *table_entry(world, ptes, n);
}

bool is_refcount_suitable(const struct world *world, uint32_t pfn)
{
	const struct kpage *head = &world->pages[folio_head(world, pfn)];

	if (head->anon && !world->rules.collapse_shared)
		return head->count == 1 + (head->swap != 0);
	return !folio_extra_refs(world, pfn);
}

/* __collapse_huge_page_isolate(), one pte. A folio of several pages is locked once. */
static enum scan_result isolate(struct world *world, struct ktask *task,
				struct collapse_huge_page_isolate *at)
{
	const uint64_t entry = nth_pte(world, at->ptes, at->n);
	const struct kvma *vma = &world->vmas[at->vma];
	const struct knobs *knobs = &world->knobs;
	uint32_t head;

	if (!entry || (entry_present(entry) && world->pages[entry_pfn(entry)].use == PAGE_ZERO)) {
		at->none++;
		return vma->uffd_missing || vma->uffd_wp ||
				       (at->khugepaged && at->none > knobs->max_ptes_none)
			       ? SCAN_EXCEED_NONE_PTE
			       : SCAN_SUCCEED;
	}
	if (!entry_present(entry))
		return SCAN_PTE_NON_PRESENT;
	if (entry & ENTRY_UFFD_WP)
		return SCAN_PTE_UFFD_WP;
	head = folio_head(world, entry_pfn(entry));
	if (!world->rules.collapse_shared && world->pages[head].use != PAGE_SMALL)
		return SCAN_PAGE_COMPOUND;
	if (page_mapcount(world, entry_pfn(entry)) > 1 && at->khugepaged &&
	    ++at->shared > knobs->max_ptes_shared)
		return SCAN_EXCEED_SHARED_PTE;
	at->referenced += entry & ENTRY_YOUNG || world->pages[head].referenced;
	at->writable |= entry & ENTRY_WRITE;
	if (task_holds_page(world, task, head))
		return SCAN_SUCCEED;
	if (!task_trylock_page(world, task, head))
		return SCAN_PAGE_LOCK;
	if (!is_refcount_suitable(world, head) || !world->pages[head].lru) {
		task_unlock_page(world, task, head);
		return world->pages[head].lru ? SCAN_PAGE_COUNT : SCAN_DEL_PAGE_LRU;
	}
	world->pages[head].lru = false;
	folio_get(world, head);
	return SCAN_SUCCEED;
}

/* What is isolated goes back: its lock, its place on the LRU, and the reference for both. */
static void putback(struct world *world, struct ktask *task, uint32_t head)
{
	task_unlock_page(world, task, head);
	world->pages[head].lru = true;
	folio_put(world, head);
}

/* release_pte_pages(). */
static void release_ptes(struct world *world, struct ktask *task, uint32_t ptes)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		uint64_t entry = nth_pte(world, ptes, n);
		uint32_t head = entry_present(entry) ? folio_head(world, entry_pfn(entry)) : 0;

		if (head && task_holds_page(world, task, head))
			putback(world, task, head);
	}
}

static enum progress collapse_huge_page_isolate_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page_isolate *at = task_locals(task);
	enum scan_result verdict;

	switch (task_at(task)) {
	case 0:
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("folio_isolate_lru");
			verdict = isolate(world, task, at);
			if (verdict != SCAN_SUCCEED)
				RETURN((int32_t)verdict);
		}
		if (world->rules.collapse_needs_writable && !at->writable)
			RETURN(SCAN_PAGE_RO);
		if (at->khugepaged && !at->referenced)
			RETURN(SCAN_LACK_REFERENCED_PAGE);
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function collapse_huge_page_isolate = {"__collapse_huge_page_isolate",
							   collapse_huge_page_isolate_run};

/* The table is in no pmd; the pages are locked. */
struct collapse_huge_page_copy {
	uint32_t mm, ptes, folio;
	uint32_t n;
};

/* The old page of one pte goes, once it is copied. A folio of several pages stays locked until all are. */
static void copy_page(struct world *world, struct ktask *task, const struct collapse_huge_page_copy *at)
{
	uint64_t *pte = table_entry(world, at->ptes, at->n);
	const uint64_t entry = *pte;
	const uint32_t pfn = entry_pfn(entry);

	if (!entry || world->pages[pfn].use == PAGE_ZERO) {
		*pte = 0;
		world->mms[at->mm].rss[RSS_ANON]++;
		return;
	}
	world->pages[at->folio + at->n].data = world->pages[pfn].data;
	if (world->pages[pfn].use == PAGE_SMALL) {
		*pte = 0;
		putback(world, task, pfn);
	}
	rmap_remove_pte(world, pfn);
	folio_put(world, pfn);
}

static enum progress collapse_huge_page_copy_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page_copy *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("copy_user_highpage");
			copy_page(world, task, at);
		}
		release_ptes(world, task, at->ptes);
		for (uint32_t n = 0; n < huge_nr(world); n++)
			*table_entry(world, at->ptes, n) = 0;
	}
	RETURN(0);
}
static const struct function collapse_huge_page_copy = {"__collapse_huge_page_copy",
							collapse_huge_page_copy_run};

/* The old table goes into the deposit of the huge pmd, as every anonymous one has it. */
static void install(struct world *world, const struct collapse_huge_page *at)
{
	const struct kvma *vma = &world->vmas[at->vma];

	folio_set_anon(world, at->folio, at->vma, at->addr);
	rmap_add_pmd(world, at->folio);
	table_deposit(world, at->table, at->ptes);
	*pmd_of(world, at->mm, at->addr) =
		vma_entry(vma, at->folio) | ENTRY_HUGE | ENTRY_DIRTY | ENTRY_YOUNG | vma_write_bit(vma);
}

/* __collapse_huge_page_swapin(), mmap_lock held for reading. result: enum scan_result. */
struct collapse_huge_page_swapin {
	uint32_t mm, vma, table, n;
	uint64_t addr;
};

static enum progress collapse_huge_page_swapin_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page_swapin *at = task_locals(task);
	const uint64_t *pte;

	switch (task_at(task)) {
	case 0:
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			pte = pte_of(world, at->mm, at->addr + at->n * PAGE_BYTES);
			if (pte && !entry_swapped(*pte))
				continue;
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr + at->n * PAGE_BYTES);
			at->table = (uint32_t)task->result;
			if (!at->table)
				RETURN(SCAN_PMD_NULL);
			pte = table_entry(world, at->table, at->n);
			if (!entry_swapped(*pte)) {
				UNLOCK(LOCK_PTE, at->table);
				continue;
			}
			CALL(do_swap_page, .mm = at->mm, .vma = at->vma, .table = at->table,
			     .addr = at->addr + at->n * PAGE_BYTES, .entry = *pte);
			if (task->result)
				RETURN(SCAN_FAIL);
		}
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function collapse_huge_page_swapin = {"__collapse_huge_page_swapin",
							  collapse_huge_page_swapin_run};

/* Under mmap_lock for reading, the last that others may fault beside. result: enum scan_result. */
static enum progress collapse_prepare_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->mm, LOCK_READ);
		at->verdict =
			hugepage_vma_revalidate(world, at->mm, at->addr, at->khugepaged, true, &at->vma);
		if (at->verdict == SCAN_SUCCEED)
			at->verdict = find_pmd_or_thp_or_none(world, at->mm, at->addr);
		if (at->verdict == SCAN_SUCCEED && world->rules.collapse_swaps_in) {
			CALL(collapse_huge_page_swapin, .mm = at->mm, .vma = at->vma, .addr = at->addr);
			at->verdict = (enum scan_result)task->result;
		}
		UNLOCK(LOCK_MMAP, at->mm);
	}
	RETURN((int32_t)at->verdict);
}
static const struct function collapse_prepare = {"collapse_huge_page", collapse_prepare_run};

/* Under mmap_lock for writing: the table of ptes becomes at->folio. result: enum scan_result. */
static enum progress collapse_exchange_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		at->anon_vma = world->anon_vmas[world->vmas[at->vma].anon_vma].root;
		at->table = pmd_table(world, at->mm, at->addr, false);
		LOCK(LOCK_ANON_VMA, at->anon_vma, LOCK_WRITE);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		at->ptes = entry_to_table(*pmd_of(world, at->mm, at->addr));
		STEP("pmdp_collapse_flush");
		*pmd_of(world, at->mm, at->addr) = 0;
		UNLOCK(LOCK_PMD, at->table);
		LOCK(LOCK_PTE, at->ptes, LOCK_WRITE);
		CALL(collapse_huge_page_isolate, .mm = at->mm, .vma = at->vma, .ptes = at->ptes,
		     .khugepaged = at->khugepaged);
		at->verdict = (enum scan_result)task->result;
		UNLOCK(LOCK_PTE, at->ptes);
		if (at->verdict != SCAN_SUCCEED) {
			release_ptes(world, task, at->ptes);
			LOCK(LOCK_PMD, at->table, LOCK_WRITE);
			STEP("pmd_populate");
			*pmd_of(world, at->mm, at->addr) = entry_to(at->ptes);
			UNLOCK(LOCK_PMD, at->table);
			UNLOCK(LOCK_ANON_VMA, at->anon_vma);
			RETURN((int32_t)at->verdict);
		}
		UNLOCK(LOCK_ANON_VMA, at->anon_vma);
		CALL(collapse_huge_page_copy, .mm = at->mm, .ptes = at->ptes, .folio = at->folio);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		STEP("set_pmd_at");
		install(world, at);
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(SCAN_SUCCEED);
}
static const struct function collapse_exchange = {"collapse_huge_page", collapse_exchange_run};

/* With mmap_lock for writing: what was seen when it was held for reading may have changed. */
static enum scan_result look_again(struct world *world, struct collapse_huge_page *at)
{
	if (world->rules.collapse_revalidates_vma)
		return hugepage_vma_revalidate(world, at->mm, at->addr, at->khugepaged, true, &at->vma);
	at->vma = vma_next(world, at->mm, at->addr);
	return at->vma ? SCAN_SUCCEED : SCAN_VMA_NULL;
}

static enum progress collapse_huge_page_run(struct world *world, struct ktask *task)
{
	struct collapse_huge_page *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		UNLOCK(LOCK_MMAP, at->mm);
		STEP("alloc_charge_folio");
		at->folio = folio_alloc(world, world->extent.order);
		if (!at->folio)
			RETURN(SCAN_ALLOC_HUGE_PAGE_FAIL);
		world->stat[STAT_THP_COLLAPSE_ALLOC]++;
		CALL_AS(collapse_prepare, collapse_huge_page, .mm = at->mm, .addr = at->addr,
			.khugepaged = at->khugepaged);
		at->verdict = (enum scan_result)task->result;
		if (at->verdict != SCAN_SUCCEED)
			goto out;
		LOCK(LOCK_MMAP, at->mm, LOCK_WRITE);
		at->verdict = look_again(world, at);
		if (at->verdict == SCAN_SUCCEED)
			at->verdict = find_pmd_or_thp_or_none(world, at->mm, at->addr);
		if (at->verdict == SCAN_SUCCEED) {
			CALL_AS(collapse_exchange, collapse_huge_page, .mm = at->mm, .addr = at->addr,
				.khugepaged = at->khugepaged, .vma = at->vma, .folio = at->folio);
			at->verdict = (enum scan_result)task->result;
		}
		UNLOCK(LOCK_MMAP, at->mm);
	out:
		if (at->verdict != SCAN_SUCCEED)
			folio_put(world, at->folio);
	}
	RETURN((int32_t)at->verdict);
}
const struct function collapse_huge_page = {"collapse_huge_page", collapse_huge_page_run};
