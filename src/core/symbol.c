/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shapes of a map's cells. */
#include "core/symbol.h"

#include <stddef.h>

/* Full blocks are mapped by PMD; what is mapped by ptes has a grain; the emptier, the lighter. */
const struct symbol_info symbol_table[SYMBOL_COUNT] = {
	[SYMBOL_HOLE] = {"·", '.', "nothing mapped"},
	[SYMBOL_PMD_THP] = {"█", '#', "pmd-mapped THP"},
	[SYMBOL_PTE_THP] = {"▓", '%', "pte-mapped THP, whole"},
	[SYMBOL_PTE_PARTIAL] = {"▒", '/', "pte-mapped THP, partial or unaligned"},
	[SYMBOL_MTHP] = {"▚", 'm', "mTHP"},
	[SYMBOL_SMALL] = {"░", 's', "small pages"},
	[SYMBOL_SPARSE] = {"▫", '-', "small pages, under half of the region"},
	[SYMBOL_MIXED] = {"▞", 'x', "a mixture"},
	[SYMBOL_PMD_TEAM] = {"■", 'T', "team, pmd-mapped"},
	[SYMBOL_PTE_TEAM] = {"▤", 't', "team, pte-mapped"},
	[SYMBOL_HUGETLB] = {"▣", 'H', "hugetlb"},
	[SYMBOL_ZERO] = {"□", '0', "zero page"},
	[SYMBOL_SWAP] = {"▽", 'w', "swapped out"},
	[SYMBOL_PMD_UNKNOWN] = {"▉", 'P', "pmd-mapped, backing not known"},
	[SYMBOL_PTE_UNKNOWN] = {"▧", 'p', "pte-mapped, backing not known"},
	[SYMBOL_UNKNOWN] = {"?", '?', "not known"},
};

static const enum symbol worst_first[] = {
	SYMBOL_SWAP,	SYMBOL_SMALL,	 SYMBOL_SPARSE,	     SYMBOL_MIXED,   SYMBOL_MTHP, SYMBOL_PTE_PARTIAL,
	SYMBOL_PTE_THP, SYMBOL_PTE_TEAM, SYMBOL_PTE_UNKNOWN, SYMBOL_UNKNOWN, SYMBOL_ZERO, SYMBOL_PMD_UNKNOWN,
	SYMBOL_PMD_THP, SYMBOL_PMD_TEAM, SYMBOL_HUGETLB,     SYMBOL_HOLE,
};
_Static_assert(sizeof(worst_first) / sizeof(worst_first[0]) == SYMBOL_COUNT, "every symbol has its rank");

enum symbol symbol_worse(enum symbol a, enum symbol b)
{
	size_t i;

	for (i = 0; a != b && i < SYMBOL_COUNT; i++)
		if (worst_first[i] == a || worst_first[i] == b)
			return worst_first[i];
	return a;
}

/* pages: how many the region has room for. */
static enum symbol pte_symbol(const struct region *region, uint64_t pages)
{
	switch (region->backing) {
	case BACKING_THP:
		return SYMBOL_PTE_THP;
	case BACKING_THP_PARTIAL:
		return SYMBOL_PTE_PARTIAL;
	case BACKING_MTHP:
		return SYMBOL_MTHP;
	case BACKING_SMALL:
		return 2 * (uint64_t)(region->present - region->zero) < pages ? SYMBOL_SPARSE : SYMBOL_SMALL;
	case BACKING_TEAM:
		return SYMBOL_PTE_TEAM;
	case BACKING_HUGETLB:
		return SYMBOL_HUGETLB;
	case BACKING_ZERO:
		return SYMBOL_ZERO;
	case BACKING_SWAP:
		return SYMBOL_SWAP;
	case BACKING_MIXED:
		return SYMBOL_MIXED;
	case BACKING_UNKNOWN:
		return SYMBOL_PTE_UNKNOWN;
	case BACKING_NONE: /* guard markers alone */
	case BACKING_COUNT:
		break;
	}
	return SYMBOL_HOLE;
}

static enum symbol pmd_symbol(const struct region *region)
{
	switch (region->backing) {
	case BACKING_TEAM:
		return SYMBOL_PMD_TEAM;
	case BACKING_HUGETLB:
		return SYMBOL_HUGETLB;
	case BACKING_ZERO:
		return SYMBOL_ZERO;
	case BACKING_SWAP:
		return SYMBOL_SWAP;
	case BACKING_UNKNOWN:
		return SYMBOL_PMD_UNKNOWN;
	case BACKING_NONE:
	case BACKING_SMALL:
	case BACKING_MTHP:
	case BACKING_THP:
	case BACKING_THP_PARTIAL:
	case BACKING_MIXED:
	case BACKING_COUNT:
		break;
	}
	return SYMBOL_PMD_THP;
}

enum symbol region_symbol(const struct region *region, uint64_t page_size)
{
	switch (region->mapping) {
	case MAPPING_NONE:
		return region->backing == BACKING_HUGETLB ? SYMBOL_HUGETLB : SYMBOL_HOLE;
	case MAPPING_PTE:
		return pte_symbol(region, region->len / page_size);
	case MAPPING_PMD:
		return pmd_symbol(region);
	case MAPPING_PUD:
		return SYMBOL_HUGETLB;
	case MAPPING_UNKNOWN:
	case MAPPING_COUNT:
		break;
	}
	return SYMBOL_UNKNOWN;
}
