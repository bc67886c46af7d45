/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One slot of a survey: its raw words, read as sparingly as its mapping allows. */
#include <errno.h>
#include <string.h>

#include "core/survey_parts.h"

static bool can(const struct survey *survey, enum capability capability)
{
	return capable(&survey->kernel->caps, capability);
}

void survey_learn_hugetlb(struct survey *survey, struct vma *vma)
{
	uint64_t size;

	if (vma->huge_page_size || survey->asked_vma == vma)
		return;
	survey->asked_vma = vma;
	if (kernel_vma_page_size(survey->process, vma->start, &size)) {
		if (vma->kind != VMA_HUGETLB && (vma->kind != VMA_FILE && vma->kind != VMA_SHMEM))
			return;
		survey_read_smaps(survey);
		size = smaps_kb(vma->smaps, "KernelPageSize", 0) << 10;
	}
	if (size > survey->kernel->page_size) {
		vma->kind = VMA_HUGETLB;
		vma->huge_page_size = size;
	} else if (size) {
		/* A name like a hugetlb file's, and nothing more. */
		vma->kind = vma->kind == VMA_HUGETLB ? VMA_SHMEM : vma->kind;
	} else if (vma->kind == VMA_HUGETLB) {
		vma->huge_page_size = survey->kernel->pmd_size;
	}
}

bool survey_could_be_leaf(const struct survey *survey, const struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	const uint64_t first = survey->pagemap[0], pfn = first & PM_PFN_MASK;
	size_t i;

	if (slot->len < survey_slot_size(survey) || !(first & (PM_PRESENT | PM_SWAP)))
		return false;
	if (!(first & PM_PRESENT))
		return true;
	if (slot->pfns && pfn & (n - 1))
		return false;
	/* Of a THP that was split since, a page in the middle may be gone. */
	for (i = n - 1; i; i--)
		if (!(survey->pagemap[i] & PM_PRESENT) ||
		    (slot->pfns && (survey->pagemap[i] & PM_PFN_MASK) != pfn + i))
			return false;
	return true;
}

/*
 * The first page's word, told by the last one's: pagemap_read() walks on to the end of the slot whatever it is asked
 * for (fs/proc/task_mmu.c, PAGEMAP_WALK_SIZE), which from the last page is not far. 1, 0 or an errno as of pagemap;
 * SLOT_MOVED if no huge entry has such a frame there.
 */
static ssize_t huge_word(struct survey *survey, const struct slot *slot, size_t n)
{
	const uint64_t last = slot->start + slot->len - slot->page_size;
	ssize_t got = kernel_pagemap(survey->process, last, 1, survey->pagemap);
	uint64_t pfn = survey->pagemap[0] & PM_PFN_MASK;

	/* Below the end of the addresses there is nothing to read only where there is no memory any more. */
	if (!got)
		return -ESRCH;
	if (got < 0 || !(survey->pagemap[0] & PM_PRESENT) || !slot->pfns || !pfn)
		return got;
	if ((pfn & (n - 1)) != n - 1)
		return SLOT_MOVED;
	survey->pagemap[0] -= n - 1;
	return got;
}

int survey_huge(struct survey *survey, struct vma *vma, struct slot *slot)
{
	const struct kernel *kernel = survey->kernel;
	size_t n = slot->len / kernel->page_size;
	uint64_t pfn, flags = 0;
	bool exclusive, hugetlb;
	uint8_t order;
	ssize_t got;

	got = survey->options->pages ? kernel_pagemap(survey->process, slot->start, n, survey->pagemap)
				     : huge_word(survey, slot, n);
	if (got < 0)
		return (int)got;
	survey->pagemap[0] = got ? survey->pagemap[0] : 0;
	survey->runs[0] = (struct run){0, (uint32_t)n, survey->pagemap[0]};
	slot->n_runs = 1;
	/* Page records show the words as they are: bit 56 may differ from page to page (6.7 to 6.14). */
	if ((size_t)got == n)
		slot->n_runs = slot_runs(survey->pagemap, n, survey->runs);
	pfn = survey->pagemap[0] & PM_PFN_MASK;
	if (!(survey->pagemap[0] & PM_PRESENT) && slot->categories & SCAN_PRESENT)
		return SLOT_MOVED;
	/* All words were read, and are no longer those of one huge entry. */
	if ((size_t)got == n && !survey_could_be_leaf(survey, slot))
		return SLOT_MOVED;
	if (!(survey->pagemap[0] & PM_PRESENT) || !slot->pfns || !pfn)
		return 0;
	if (slot->categories & SCAN_PFNZERO)
		return 0;
	if (kernel_flags(survey->kernel, pfn, 1, &flags) == 1) {
		/* It may have taken a THP's place since the scan. */
		slot->huge_zero = flags >> KPF_ZERO & 1;
		if (slot->huge_zero)
			return 0;
		hugetlb = flags >> KPF_HUGE & 1;
		if (!(flags >> KPF_HEAD & 1) && !(flags >> KPF_TAIL & 1) && !kernel->kpf.team)
			return SLOT_MOVED;
		if (hugetlb)
			survey_learn_hugetlb(survey, vma);
		slot->hugetlb_size = vma->huge_page_size;
		order = flags & kernel->kpf.team	? ORDER_TEAM
			: slot->hugetlb_size || hugetlb ? ORDER_HUGETLB
							: (uint8_t)kernel->pmd_order;
		memset(survey->order, order, n);
		slot->order = survey->order;
	}
	exclusive = flags >> KPF_ANON & 1 && flags >> KPF_ANON_EXCLUSIVE & 1 && !slot->hugetlb_size;
	slot->mapped_once = exclusive;
	if (exclusive && !survey->options->exact && !survey->options->pages)
		return 0;
	survey_ask_averaged(survey, slot);
	survey_read_counts(survey, slot, false, n);
	return 0;
}

/*
 * Whether bit 56 may be the head's for all pages: where nothing says that the slot is not PMD-mapped, if one
 * folio could be behind all of it.
 */
static bool doubt_exclusive(const struct survey *survey, const struct slot *slot)
{
	uint8_t order = slot->order ? slot->order[0] : ORDER_UNKNOWN;

	return !slot->has_categories && slot->len == survey_slot_size(survey) &&
	       run_present(&slot->runs[0]) && order >= survey->kernel->pmd_order;
}

int survey_words(struct survey *survey, struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	ssize_t got = kernel_pagemap(survey->process, slot->start, n, survey->pagemap);

	if (got < 0)
		return (int)got;
	memset(survey->pagemap + got, 0, (n - (size_t)got) * sizeof(*survey->pagemap));
	slot->n_runs = slot_runs(survey->pagemap, n, survey->runs);
	return 0;
}

void survey_ptes(struct survey *survey, struct slot *slot)
{
	const size_t n = slot->len / survey->kernel->page_size;
	bool want_all = survey->options->exact || survey->options->pages, shared = false, file = false;
	struct folio_query query = {.kernel = survey->kernel,
				    .anon = survey->anon_orders,
				    .file = survey->file_orders,
				    .exact = survey->options->exact};
	size_t i;

	if (!slot->pfns) {
		survey_find_zero(survey, slot);
		/* Bit 56 is seen all the same, and may be a larger folio's. */
		survey_ask_averaged(survey, slot);
		return;
	}
	/* A driver's pages are neither: they are asked for their flags. */
	if (slot->special_unknown)
		query.anon |= (order_set)1 << survey->kernel->pmd_order;
	if (can(survey, CAP_KPAGEFLAGS) && !slot->hugetlb_size) {
		folio_orders(&query, survey->runs, slot->n_runs, slot->start / survey->kernel->page_size,
			     survey->order, survey->options->pages ? survey->flags : NULL);
		slot->order = survey->order;
	}
	want_all |= doubt_exclusive(survey, slot);
	for (i = 0; i < slot->n_runs; i++) {
		shared |= (survey->runs[i].word & (PM_PRESENT | PM_MMAP_EXCLUSIVE)) == PM_PRESENT;
		file |= (survey->runs[i].word & (PM_PRESENT | PM_FILE)) == (PM_PRESENT | PM_FILE);
	}
	/* Bit 56 on every page of anonymous memory leaves no question, averages or not. */
	if (shared || file || want_all)
		survey_ask_averaged(survey, slot);
	if (shared || want_all)
		survey_read_counts(survey, slot, !want_all, n);
}

void survey_start_slot(struct survey *survey, const struct vma *vma, uint64_t start, struct slot *slot)
{
	uint64_t end = survey_align(start, survey_slot_size(survey)) + survey_slot_size(survey);

	memset(slot, 0, sizeof(*slot));
	slot->start = start;
	slot->len = (end > vma->end || end < start ? vma->end : end) - start;
	slot->page_size = survey->kernel->page_size;
	slot->pmd_order = survey->kernel->pmd_order;
	slot->hugetlb_size = vma->huge_page_size;
	slot->special_unknown = vma->pfnmap_unknown;
	slot->pfns = can(survey, CAP_PFN);
	slot->swap_types = slot->pfns && survey->swap_devices <= FIRST_NONSWAP_TYPE;
	slot->no_swap = !survey->swap_devices;
	slot->runs = survey->runs;
	slot->count = survey->count;
}

/* What the head of its team counts; a team's pages are where they are in the file, each in its place. */
static void ask_team(const struct survey *survey, const struct slot *slot, struct region *region)
{
	const uint64_t pages = UINT64_C(1) << slot->pmd_order;
	size_t i;

	for (i = 0; i < slot->n_runs; i++) {
		const uint64_t pfn = slot->runs[i].word & PM_PFN_MASK;

		if (!run_present(&slot->runs[i]) || !pfn)
			continue;
		if (kernel_team(survey->kernel, pfn & ~(pages - 1), &region->team_usage,
				&region->team_pmd_maps))
			region->team_usage = region->team_pmd_maps = UNKNOWN_COUNT;
		else
			classify_team(slot, survey->kernel->team_counts_all, region);
		return;
	}
}

void survey_finish_slot(struct survey *survey, struct vma *vma, struct slot *slot)
{
	struct survey_rest rest;
	struct region region;

	classify(slot, &region);
	if (region.mapping == MAPPING_NONE)
		return;
	if (region.backing == BACKING_TEAM)
		ask_team(survey, slot, &region);
	if (region.mapping == MAPPING_PTE)
		region.words = survey_hash_words(survey, slot);
	survey_whole_folio(survey, slot, &region, &rest);
	survey_add_region(survey, vma, slot, &region, &rest);
}
