/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement: raw words of one slot in, a region out. Pure: no I/O, no clock, no memory of its own. */
#ifndef CORE_CLASSIFY_H
#define CORE_CLASSIFY_H

#include "core/kernel.h"

/* An order that could not be learnt; one of a hugetlb page; one of a team page. */
#define ORDER_UNKNOWN 0xff
#define ORDER_HUGETLB 0xfe
#define ORDER_TEAM 0xfd
/* The zero page: memory that was read and never written; nobody's, so that nobody counts its mappings. */
#define ORDER_ZERO 0xfc

/* MAX_SWAPFILES is at least 23; types from there on are no swap device (include/linux/swap.h, 6.x). */
#define FIRST_NONSWAP_TYPE 23

/*
 * Pages first .. first + n - 1 of a slot whose pagemap words differ only in consecutive PFNs (present pages), or
 * not at all. Most slots are a few runs, so that nothing else has to visit each page.
 */
struct run {
	uint32_t first, n;
	uint64_t word; /* of the first page */
};

/* Cuts n pagemap words into runs (room for n of them); returns how many. Holes are runs of word 0. */
size_t slot_runs(const uint64_t *pagemap, size_t n, struct run *runs);

static inline bool run_present(const struct run *run)
{
	return run->word & PM_PRESENT;
}

/* The word of page k of the run. */
static inline uint64_t run_word(const struct run *run, uint32_t k)
{
	return run->word & PM_PRESENT && run->word & PM_PFN_MASK ? run->word + k : run->word;
}

/* What is known of one slot (or fragment) before judgement. Arrays hold one item a page. */
struct slot {
	uint64_t start, len; /* bytes */
	uint64_t page_size;
	unsigned pmd_order;
	enum how how;	     /* where categories or told come from */
	bool has_categories; /* PAGEMAP_SCAN's answer for the first page follows */
	uint64_t categories;
	enum mapping told;     /* without categories: what a pagemap bit or smaps say; or MAPPING_UNKNOWN */
	uint64_t hugetlb_size; /* bytes a page if the VMA is hugetlb, else 0 */
	bool special_unknown;  /* possibly PFNMAP: an empty answer means nothing */
	bool huge_zero;	       /* flags say it is the huge zero page (where categories are wanting) */
	bool averaged;	       /* kpagecount is a folio's average (CONFIG_NO_PAGE_MAPCOUNT, 6.15+) */
	bool pfns;	       /* pagemap words carry PFNs */
	bool no_swap;	       /* there is no swap device: a PM_SWAP word is something else */
	bool swap_types;       /* and swap types, of which those above 22 are no swap device */
	bool mapped_once;      /* every count is known to be 1: the head of a PMD mapping is AnonExclusive */
	bool counts_known;     /* count[] is valid for every present page */
	const struct run *runs;
	size_t n_runs;
	const uint8_t *order; /* folio order of each present page, or ORDER_*; NULL: nothing known */
	const uint64_t *count;
};

/*
 * Fills *region but vma, first_page, n_pages. mapcount.entire and total stay unknown where only a look at other
 * processes can tell: survey_moment sees to that.
 */
void classify(const struct slot *slot, struct region *region);

/*
 * The mapcounts of a region of BACKING_TEAM whose team_pmd_maps are known, which are its E. `counts_all` is the kernel's
 * (team_counts_all). What the counts contradict stays unknown: they moved.
 */
void classify_team(const struct slot *slot, bool counts_all, struct region *region);

#endif
