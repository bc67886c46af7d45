/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement: raw words of one slot in, a region out. Pure: no I/O, no clock, no memory of its own. */
#ifndef CORE_CLASSIFY_H
#define CORE_CLASSIFY_H

#include "core/kernel.h"

/* An order that could not be learnt; one of a hugetlb page; one of a team page. */
#define ORDER_UNKNOWN 0xff
#define ORDER_HUGETLB 0xfe
#define ORDER_TEAM 0xfd

/* What is known of one slot (or fragment) before judgement. Arrays hold one item a page. */
struct slot {
	uint64_t start, len; /* bytes */
	uint64_t page_size;
	unsigned pmd_order;
	enum how how;	     /* where categories or pmd_mapped come from */
	bool has_categories; /* PAGEMAP_SCAN's answer for the first page follows */
	uint64_t categories;
	/* Without categories: whether pagemap's announced bit or the VMA's smaps say PMD-mapped. */
	enum mapping told;     /* MAPPING_UNKNOWN if nobody says */
	uint64_t hugetlb_size; /* bytes a page if the VMA is hugetlb, else 0 */
	bool special_unknown;  /* possibly PFNMAP: an empty answer means nothing */
	bool huge_zero;	       /* flags say it is the huge zero page (where categories are wanting) */
	bool averaged;	       /* kpagecount is a folio's average (CONFIG_NO_PAGE_MAPCOUNT, 6.15+) */
	bool pfns;	       /* pagemap words carry PFNs */
	bool swap_types;       /* and swap types, of which those above 22 are no swap device */
	bool uniform;	       /* PMD-mapped, only pagemap[0] was read; page i has PFN + i */
	/*
	 * kpagecount of all pages is known to be 1 without reading it: AnonExclusive on the head of a PMD
	 * mapping, or bit 56 on every present page.
	 */
	bool mapped_once;
	bool counts_known; /* count[] is valid for every present page (else: only where exclusive, == 1) */
	const uint64_t *pagemap;
	const uint8_t *order; /* folio order of each present page, or ORDER_* ; NULL: nothing known */
	const uint64_t *count;
};

/* Fills *region but vma, first_page, n_pages. mapcount.entire and total stay unknown where only a look
   at other processes can tell: survey_resolve sees to that. */
void classify(const struct slot *slot, struct region *region);

#endif
