/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of a survey: regions, their pages, and the sums per VMA and process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/entry.h"
#include "core/folio.h"
#include "core/mem.h"
#include "core/survey_parts.h"

/* The records of one run's pages. */
static void add_run(struct survey *survey, const struct slot *slot, const struct run *run, bool flags,
		    bool pte)
{
	uint32_t k;

	for (k = 0; k < run->n; k++) {
		uint32_t at = run->first + k;
		struct page *page = &survey->pages[survey->n_pages++];

		*page = (struct page){
			.addr = slot->start + at * slot->page_size,
			.pagemap = run_word(run, k),
			.present = run_present(run),
			.guard = !run_present(run) && run->word & PM_GUARD_REGION,
			.swapped = !run_present(run) && !(run->word & PM_GUARD_REGION),
		};
		/* Bit 56 of a pte: mapped once, which needs no privilege to see. */
		if (page->present && pte && page->pagemap & PM_MMAP_EXCLUSIVE && !slot->averaged) {
			page->has_mapcount = true;
			page->mapcount = 1;
		}
		if (!page->present || !slot->pfns)
			continue;
		page->pfn = page->pagemap & PM_PFN_MASK;
		page->has_flags = flags && survey->flags[at] != FOLIO_UNREAD;
		page->flags = page->has_flags ? survey->flags[at] : 0;
		/* Of a larger folio, an averaging kernel has no count of this page. */
		if (slot->counts_known && !(slot->averaged && !(slot->order && !slot->order[at]))) {
			page->has_mapcount = true;
			page->mapcount = (uint32_t)survey->count[at];
		}
	}
}

/* The flags of a run's frames, if it has any. */
static bool read_flags(struct survey *survey, const struct run *run)
{
	uint64_t pfn = run->word & PM_PFN_MASK;

	if (!run_present(run) || !pfn)
		return true;
	return kernel_flags(survey->kernel, pfn, run->n, survey->flags + run->first) == (ssize_t)run->n;
}

/* The lowest entry there is: of a huge page the one that all its pages have. */
static uint64_t leaf_of(const struct kernel_entries *entries)
{
	int level;

	for (level = ENTRY_PTE; level > ENTRY_PGD && !entries->word[level]; level--)
		if (entry_is_table(entries->word[level - 1]))
			return 0;
	return entries->word[level];
}

/* The raw entries of a region's pages, where the kernel shows them. */
static void add_entries(struct survey *survey, const struct slot *slot, const struct region *region)
{
	const size_t n = slot->len / slot->page_size;
	struct kernel_entries *entries;
	ssize_t got;

	if (!capable(&survey->kernel->caps, CAP_ENTRIES))
		return;
	entries = mem_alloc(n * sizeof(*entries));
	got = kernel_entries(survey->process, slot->start, n, entries);
	for (uint32_t i = 0; i < region->n_pages; i++) {
		struct page *page = &survey->pages[region->first_page + i];
		const uint64_t at = (page->addr - slot->start) / slot->page_size;

		page->has_entry = (ssize_t)at < got;
		page->entry = page->has_entry ? leaf_of(&entries[at]) : 0;
	}
	free(entries);
}

/* Page records of a region: every page that holds something. */
static void add_pages(struct survey *survey, const struct slot *slot, struct region *region)
{
	bool huge = region->mapping == MAPPING_PMD || region->mapping == MAPPING_PUD,
	     flags = slot->order != NULL;
	size_t i, n = slot->len / slot->page_size;

	region->first_page = (uint32_t)survey->n_pages;
	/* A huge mapping's flags were read of its head alone. */
	if (huge && slot->pfns) {
		for (i = 0, flags = true; i < slot->n_runs && flags; i++)
			flags = read_flags(survey, &slot->runs[i]);
	}
	mem_grow(&survey->pages, &survey->pages_room, survey->n_pages + n, sizeof(*survey->pages));
	for (i = 0; i < slot->n_runs; i++)
		if (slot->runs[i].word & (PM_PRESENT | PM_SWAP))
			add_run(survey, slot, &slot->runs[i], flags, region->mapping == MAPPING_PTE);
	region->n_pages = (uint32_t)(survey->n_pages - region->first_page);
	add_entries(survey, slot, region);
}

/* Keeps what survey_moment needs of a region whose folio may be mapped elsewhere. */
static void keep_loose(struct survey *survey, const struct slot *slot, const struct region *region,
		       const struct survey_rest *rest)
{
	const size_t subpages = (size_t)1 << slot->pmd_order;
	struct survey_loose *loose;
	uint32_t *count, k;
	uint64_t at;
	size_t i;

	if (!region->pfn || region->order != slot->pmd_order || !slot->counts_known || slot->averaged ||
	    region->mapcount.entire != UNKNOWN_COUNT || slot->hugetlb_size)
		return;
	loose = arena_alloc(survey->arena, sizeof(*loose));
	count = arena_alloc(survey->arena, subpages * sizeof(*count));
	for (i = 0; i < slot->n_runs; i++) {
		const struct run *run = &slot->runs[i];

		for (k = 0; run_present(run) && k < run->n; k++) {
			at = (run_word(run, k) & PM_PFN_MASK) - region->pfn;
			/* The zero page may lie among the folio's. */
			if (at < subpages)
				count[at] = (uint32_t)survey->count[run->first + k];
		}
	}
	loose->count = count;
	loose->rest = *rest;
	loose->region = (uint32_t)survey->n_regions;
	loose->next = survey->out->loose;
	survey->out->loose = loose;
}

void survey_count_slots(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to)
{
	const uint64_t size = survey->kernel->pmd_size, mask = size - 1;
	uint64_t first = (from >> 1 > UINT64_MAX >> 2 ? from : from + mask) & ~mask, last = to & ~mask;

	if (first < from || first > last || from >> 63) {
		/* No aligned address inside: a part of one slot. */
		vma->fragments = 1;
		return;
	}
	vma->slots = (last - first) / size;
	vma->fragments = (from < first) + (last < to);
}

/* Adds one region to the kB by kind. */
static void add_kb(const struct survey *survey, const struct region *region, struct kb *kb)
{
	const uint64_t page_kb = survey->kernel->page_size >> 10;
	const uint64_t present = (region->present - region->zero) * page_kb;
	uint64_t known = 0;
	unsigned order;

	kb->swap += region->swapped * page_kb;
	kb->zero += region->zero * page_kb;
	kb->present += present;
	if (region->backing == BACKING_HUGETLB) {
		kb->hugetlb += present;
	} else if (region->mapping == MAPPING_PMD) {
		kb->pmd += present;
	} else if (region->mapping == MAPPING_UNKNOWN) {
		kb->unknown += present;
	} else {
		/* Page by page, as what is known of some does not depend on the others. */
		known = region->team_pages * page_kb;
		kb->team_pte += known;
		for (order = 0; order <= ORDER_MAX; order++) {
			uint64_t *sum = !order				    ? &kb->small
					: order < survey->kernel->pmd_order ? &kb->mthp
									    : &kb->thp_pte;

			*sum += region->orders[order] * page_kb;
			known += region->orders[order] * page_kb;
		}
		kb->unknown += present - known;
	}
}

static void kb_sum(struct kb *to, const struct kb *from)
{
	to->present += from->present;
	to->pmd += from->pmd;
	to->thp_pte += from->thp_pte;
	to->mthp += from->mthp;
	to->small += from->small;
	to->hugetlb += from->hugetlb;
	to->team_pte += from->team_pte;
	to->unknown += from->unknown;
	to->zero += from->zero;
	to->swap += from->swap;
}

void survey_write_out(struct survey *survey)
{
	if (!survey->shares)
		return;
	survey->shares = false;
	if (!survey->n_regions)
		return;
	mem_grow(&survey->regions, &survey->regions_room, survey->earlier->n_regions,
		 sizeof(*survey->regions));
	memcpy(survey->regions, survey->earlier->regions, survey->n_regions * sizeof(*survey->regions));
}

/* Where n more regions go. */
static struct region *room_for(struct survey *survey, size_t n)
{
	survey_write_out(survey);
	mem_grow(&survey->regions, &survey->regions_room, survey->n_regions + n, sizeof(*survey->regions));
	return &survey->regions[survey->n_regions];
}

/* The bits of the next n regions, before they are counted. */
static void mark_carried(struct survey *survey, size_t n, bool carried)
{
	const size_t first = survey->n_regions, end = first + n;
	size_t at, next;
	uint64_t bits;

	if (!survey->earlier)
		return;
	mem_grow(&survey->carried, &survey->carried_room, end / 64 + 1, sizeof(*survey->carried));
	for (at = first; at < end; at = next) {
		next = at / 64 * 64 + 64 < end ? at / 64 * 64 + 64 : end;
		bits = (next - at == 64 ? UINT64_MAX : (UINT64_C(1) << (next - at)) - 1) << at % 64;
		survey->carried[at / 64] =
			carried ? survey->carried[at / 64] | bits : survey->carried[at / 64] & ~bits;
	}
}

/* Each so many regions, how far it is: never 0, which is the beginning. */
static void tell_progress(struct survey *survey, const struct region *region)
{
	const int64_t rss_kb = survey->out->rss_kb;
	uint64_t kb;

	survey->seen += region->present;
	if (rss_kb <= 0 || survey->n_regions % 16)
		return;
	kb = survey->seen * (survey->kernel->page_size >> 10);
	kb = kb < (uint64_t)rss_kb ? kb * 1000 / (uint64_t)rss_kb : 1000;
	survey->options->progress->tell(survey->options->progress, survey->out->pid, kb ? (unsigned)kb : 1);
}

void survey_append(struct survey *survey, struct vma *vma, const struct region *region, bool carried)
{
	struct region one = *region;

	one.vma = (uint32_t)(vma - survey->out->vmas);
	if (!survey_same_region(survey, &one))
		*room_for(survey, 1) = one;
	if (survey_lasts(survey, &one))
		survey_note_span(survey, &one, 1);
	mark_carried(survey, 1, carried);
	survey->n_regions++;
	add_kb(survey, &one, &vma->kb);
	if (one.len == survey->kernel->pmd_size)
		survey->states[region_state(&one)]++;
	if (survey->options->progress)
		tell_progress(survey, &one);
}

void survey_append_whole(struct survey *survey, struct vma *vma, const struct region *regions, size_t n,
			 bool carried)
{
	const uint64_t kb = n * (survey->kernel->pmd_size >> 10);
	const uint32_t index = (uint32_t)(vma - survey->out->vmas);
	struct region first, *copy;
	size_t i;

	if (!n)
		return;
	first = *regions;
	first.vma = index;
	if (!survey->shares || regions != &survey->earlier->regions[survey->n_regions] ||
	    regions->vma != index) {
		copy = room_for(survey, n);
		memcpy(copy, regions, n * sizeof(*copy));
		for (i = 0; i < n; i++)
			copy[i].vma = index;
	}
	survey_note_span(survey, &first, n);
	mark_carried(survey, n, carried);
	survey->n_regions += n;
	/* All of them are whole and mapped by PMD. */
	vma->kb.present += kb;
	vma->kb.pmd += kb;
	survey->states[STATE_PMD_MAPPED] += n;
}

void survey_add_region(struct survey *survey, struct vma *vma, const struct slot *slot, struct region *region,
		       const struct survey_rest *rest)
{
	if (survey->options->pages)
		add_pages(survey, slot, region);
	keep_loose(survey, slot, region, rest);
	survey_append(survey, vma, region, false);
	if (region->mapping == MAPPING_UNKNOWN && !vma->pfnmap_unknown)
		survey->out->mapping_known = false;
}

void survey_add_up(struct survey *survey, struct vma *vma)
{
	struct totals *totals = &survey->out->totals;
	uint64_t held = 0;
	size_t i;

	for (i = 0; i < STATE_COUNT; i++) {
		totals->state[i] += survey->states[i];
		held += survey->states[i];
		survey->states[i] = 0;
	}
	totals->regions += vma->slots;
	totals->fragments += vma->fragments;
	totals->state[STATE_EMPTY] += vma->slots - held;
	kb_sum(&survey->out->kb, &vma->kb);
}
