/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at what may be collapsed before anything is done to it: one huge range of a page table, or of a page cache. */
#include "model/collapse.h"

bool khugepaged_test_exit(const struct world *world, uint32_t mm)
{
	return !world->mms[mm].used || world->mms[mm].exiting;
}

enum scan_result find_pmd_or_thp_or_none(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *pmd = pmd_of(world, mm, addr);
	const bool tells = world->rules.scan_tells_mapping;

	if (!pmd)
		return SCAN_PMD_NULL;
	if (entry_table(*pmd))
		return SCAN_SUCCEED;
	if (!tells)
		return SCAN_PMD_NULL;
	return *pmd ? SCAN_PMD_MAPPED : SCAN_PMD_NONE;
}

enum scan_result hugepage_vma_revalidate(struct world *world, uint32_t mm, uint64_t addr, bool khugepaged,
					 bool expect_anon, uint32_t *vma)
{
	const struct kvma *found;

	if (khugepaged_test_exit(world, mm))
		return SCAN_ANY_PROCESS;
	*vma = vma_at(world, mm, addr);
	if (!*vma)
		return SCAN_VMA_NULL;
	found = &world->vmas[*vma];
	if (!vma_fits_huge(world, found, addr))
		return SCAN_ADDRESS_RANGE;
	if (!hugepage_vma_check(world, found, !khugepaged))
		return SCAN_VMA_CHECK;
	if (expect_anon && (found->kind != KVMA_ANON || !found->anon_vma))
		return SCAN_PAGE_ANON;
	return SCAN_SUCCEED;
}

/* A pte that maps nothing of its own. */
static bool pte_none_or_zero(const struct world *world, uint64_t entry)
{
	return !entry || (entry_present(entry) && world->pages[entry_pfn(entry)].use == PAGE_ZERO);
}

/* A pte that is not present, or maps no page: SCAN_SUCCEED where that is forgiven. */
static enum scan_result scan_absent(const struct world *world, struct hpage_collapse_scan_pmd *at,
				    uint64_t entry)
{
	const struct kvma *vma = &world->vmas[at->vma];

	if (pte_none_or_zero(world, entry)) {
		at->none++;
		if (vma->uffd_wp || vma->uffd_missing ||
		    (at->khugepaged && at->none > world->knobs.max_ptes_none))
			return SCAN_EXCEED_NONE_PTE;
		return SCAN_SUCCEED;
	}
	if (!entry_swapped(entry))
		return SCAN_PTE_UFFD_WP;
	if (!world->rules.collapse_swaps_in)
		return SCAN_PTE_NON_PRESENT;
	at->swapped++;
	return at->khugepaged && at->swapped > world->knobs.max_ptes_swap ? SCAN_EXCEED_SWAP_PTE
									  : SCAN_SUCCEED;
}

/* One pte. */
static enum scan_result scan_pte(const struct world *world, struct hpage_collapse_scan_pmd *at,
				 uint64_t entry)
{
	const uint32_t pfn = entry_pfn(entry);
	const struct kpage *head;

	if (!entry_present(entry) || pte_none_or_zero(world, entry))
		return scan_absent(world, at, entry);
	if (entry & ENTRY_UFFD_WP)
		return SCAN_PTE_UFFD_WP;
	at->writable |= entry & ENTRY_WRITE;
	head = &world->pages[folio_head(world, pfn)];
	if (!head->anon)
		return SCAN_PAGE_ANON;
	if (!world->rules.collapse_shared && head->use != PAGE_SMALL)
		return SCAN_PAGE_COMPOUND;
	if (world->rules.collapse_shared && page_mapcount(world, pfn) > 1 && at->khugepaged &&
	    ++at->shared > world->knobs.max_ptes_shared)
		return SCAN_EXCEED_SHARED_PTE;
	if (!head->lru)
		return SCAN_PAGE_LRU;
	if (head->lock.writer)
		return SCAN_PAGE_LOCK;
	if (!is_refcount_suitable(world, pfn))
		return SCAN_PAGE_COUNT;
	at->referenced += entry & ENTRY_YOUNG || head->referenced;
	return SCAN_SUCCEED;
}

/* All ptes have been looked at. */
static enum scan_result scan_sum(const struct world *world, const struct hpage_collapse_scan_pmd *at)
{
	if (world->rules.collapse_needs_writable && !at->writable)
		return SCAN_PAGE_RO;
	if (at->khugepaged && (!at->referenced || (at->swapped && at->referenced < huge_nr(world) / 2)))
		return SCAN_LACK_REFERENCED_PAGE;
	return SCAN_SUCCEED;
}

static enum progress hpage_collapse_scan_pmd_run(struct world *world, struct ktask *task)
{
	struct hpage_collapse_scan_pmd *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("find_pmd_or_thp_or_none");
		at->verdict = find_pmd_or_thp_or_none(world, at->mm, at->addr);
		if (at->verdict != SCAN_SUCCEED)
			RETURN((int32_t)at->verdict);
		at->vma = vma_at(world, at->mm, at->addr);
		CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
		at->table = (uint32_t)task->result;
		if (!at->table)
			RETURN(SCAN_PMD_NULL);
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("scan_pte");
			at->verdict = scan_pte(world, at, *table_entry(world, at->table, at->n));
			if (at->verdict != SCAN_SUCCEED)
				break;
		}
		if (at->n == huge_nr(world))
			at->verdict = scan_sum(world, at);
		UNLOCK(LOCK_PTE, at->table);
		if (at->verdict == SCAN_SUCCEED) {
			CALL(collapse_huge_page, .mm = at->mm, .addr = at->addr,
			     .khugepaged = at->khugepaged);
			at->verdict = (enum scan_result)task->result;
		}
	}
	RETURN((int32_t)at->verdict);
}
const struct function hpage_collapse_scan_pmd = {"hpage_collapse_scan_pmd", hpage_collapse_scan_pmd_run};

/*
 * One page of the cache. On huge=team the first page that is there decides (our 6.1): one of a team has the team mapped, and of
 * small ones nothing is made.
 */
static enum scan_result scan_cached(const struct world *world, const struct hpage_collapse_scan_file *at,
				    uint32_t pfn)
{
	const uint32_t head = folio_head(world, pfn);
	const struct kpage *page = &world->pages[head];

	if (world->files[at->file].team)
		return page->team ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND;
	if (page->use == PAGE_HEAD && page->order == world->extent.order && page->index == at->index)
		return world->rules.scan_tells_mapping ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND;
	if (page->use == PAGE_HEAD && !world->rules.collapse_large_files)
		return SCAN_PAGE_COMPOUND;
	if (!page->lru)
		return SCAN_PAGE_LRU;
	return is_refcount_suitable(world, pfn) ? SCAN_SUCCEED : SCAN_PAGE_COUNT;
}

/* Swap entries in the page cache are left out: this kernel swaps out no shared memory. */
static enum progress scan_and_collapse_run(struct world *world, struct ktask *task)
{
	struct hpage_collapse_scan_file *at = task_locals(task);
	enum scan_result verdict;
	const uint32_t *cached;

	switch (task_at(task)) {
	case 0:
		for (at->n = 0; at->n < huge_nr(world); at->n++) {
			STEP_PTE("xas_for_each");
			cached = file_page(world, at->file, at->index + at->n);
			if (!cached || !*cached)
				continue;
			verdict = scan_cached(world, at, *cached);
			if (verdict != SCAN_SUCCEED)
				RETURN((int32_t)verdict);
			at->present++;
		}
		if (world->files[at->file].team)
			RETURN(SCAN_PAGE_NULL);
		if (at->khugepaged && at->present + world->knobs.max_ptes_none < huge_nr(world))
			RETURN(SCAN_EXCEED_NONE_PTE);
		CALL(collapse_file, .mm = at->mm, .file = at->file, .addr = at->addr, .index = at->index,
		     .khugepaged = at->khugepaged);
	}
	RETURN(task->result);
}
static const struct function scan_and_collapse = {"hpage_collapse_scan_file", scan_and_collapse_run};

/* get_file() and fput() around it: mmap_lock was given back, and with the last mapping the file would go. */
static enum progress hpage_collapse_scan_file_run(struct world *world, struct ktask *task)
{
	struct hpage_collapse_scan_file *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		world->files[at->file].users++;
		CALL_AS(scan_and_collapse, hpage_collapse_scan_file, .mm = at->mm, .file = at->file,
			.addr = at->addr, .index = at->index, .khugepaged = at->khugepaged);
		at->verdict = (enum scan_result)task->result;
		world->files[at->file].users--;
		CALL(release_file, .file = at->file);
	}
	RETURN((int32_t)at->verdict);
}
const struct function hpage_collapse_scan_file = {"hpage_collapse_scan_file", hpage_collapse_scan_file_run};
