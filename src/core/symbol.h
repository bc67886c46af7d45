/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one cell of a map can show: a word for each, and a shape that also works without colour. */
#ifndef CORE_SYMBOL_H
#define CORE_SYMBOL_H

#include "core/region.h"

enum symbol {
	SYMBOL_HOLE,	    /* nothing mapped */
	SYMBOL_PMD_THP,	    /* pmd-mapped THP */
	SYMBOL_PTE_THP,	    /* whole THP, mapped by ptes */
	SYMBOL_PTE_PARTIAL, /* part of a THP, or one not aligned, mapped by ptes */
	SYMBOL_MTHP,
	SYMBOL_SMALL,
	SYMBOL_SPARSE, /* small pages, less than half of the region */
	SYMBOL_MIXED,
	SYMBOL_PMD_TEAM,
	SYMBOL_PTE_TEAM,
	SYMBOL_HUGETLB,
	SYMBOL_ZERO, /* huge zero page */
	SYMBOL_SWAP,
	SYMBOL_PMD_UNKNOWN, /* pmd-mapped, backing not known */
	SYMBOL_PTE_UNKNOWN, /* pte-mapped, backing not known */
	SYMBOL_UNKNOWN,	    /* mapping not known */
	SYMBOL_COUNT
};

struct symbol_info {
	const char *glyph; /* UTF-8, one column wide */
	char ascii;
	const char *label; /* for a legend: "pmd-mapped THP" */
};
extern const struct symbol_info symbol_table[SYMBOL_COUNT];

/*
 * Which of two symbols a cell shows that stands for several regions: the worse one. From the worst on: swapped out;
 * memory mapped by ptes, the further from huge the worse (small, sparse, mixed, mthp, partial, whole THP, team, not
 * known); what is not known at all; the zero page; what is huge; nothing mapped, which says nothing.
 */
enum symbol symbol_worse(enum symbol a, enum symbol b);

/* page_size in bytes: tells how many pages the region has room for, for sparse. */
enum symbol region_symbol(const struct region *region, uint64_t page_size);

#endif
