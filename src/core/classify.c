/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement: raw words of one slot in, a region out. */
#include "core/classify.h"

#include <string.h>

#include "core/mapcount.h"

/* MAX_SWAPFILES is at least 23; types from there on are no swap device (include/linux/swap.h, 6.x). */
#define FIRST_NONSWAP_TYPE 23

/* What the pages of a slot have behind them. */
struct census {
	uint32_t small, mthp, thp, team, hugetlb, unknown; /* present pages by kind of folio */
	bool same_folio;				   /* all present pages lie in one folio */
	bool same_order;
	uint8_t order;	    /* of the first present page */
	uint64_t head;	    /* of that page's folio */
	bool contiguous;    /* page i has the first page's PFN + i, for all of the slot */
	bool all_exclusive; /* bit 56 on every present page */
};

static uint32_t slot_pages(const struct slot *slot)
{
	return (uint32_t)(slot->len / slot->page_size);
}

static uint64_t word_at(const struct slot *slot, uint32_t i)
{
	return slot->uniform ? slot->pagemap[0] + (slot->pfns ? i : 0) : slot->pagemap[i];
}

static uint8_t order_at(const struct slot *slot, uint32_t i)
{
	return slot->order ? slot->order[slot->uniform ? 0 : i] : ORDER_UNKNOWN;
}

static void count_absent(const struct slot *slot, uint64_t word, struct region *region)
{
	if (word & PM_GUARD_REGION)
		region->guard++;
	else if (slot->swap_types && PM_SWAP_TYPE(word) >= FIRST_NONSWAP_TYPE)
		region->nonswap++;
	else
		region->swapped++;
}

static void census_kind(struct census *census, uint8_t order, unsigned pmd_order)
{
	if (order == ORDER_UNKNOWN)
		census->unknown++;
	else if (order == ORDER_HUGETLB)
		census->hugetlb++;
	else if (order == ORDER_TEAM)
		census->team++;
	else if (order >= pmd_order)
		census->thp++;
	else if (order)
		census->mthp++;
	else
		census->small++;
}

/* The head of the folio that a frame lies in, by natural alignment. */
static uint64_t head_of(uint64_t pfn, uint8_t order, unsigned pmd_order)
{
	unsigned bits = order == ORDER_TEAM ? pmd_order : order > ORDER_MAX ? 0 : order;

	return pfn >> bits << bits;
}

/* All pages alike: what was learnt of the first holds for each. */
static void census_uniform(const struct slot *slot, struct region *region, struct census *census)
{
	uint32_t n = slot_pages(slot);
	uint64_t word = slot->pagemap[0];

	if (!(word & PM_PRESENT)) {
		if (!(word & PM_SWAP))
			return;
		count_absent(slot, word, region);
		region->guard *= n;
		region->nonswap *= n;
		region->swapped *= n;
		return;
	}
	census->order = order_at(slot, 0);
	census->head = head_of(word & PM_PFN_MASK, census->order, slot->pmd_order);
	census->all_exclusive = word & PM_MMAP_EXCLUSIVE;
	census_kind(census, census->order, slot->pmd_order);
	census->small *= n;
	census->mthp *= n;
	census->thp *= n;
	census->team *= n;
	census->hugetlb *= n;
	census->unknown *= n;
	if (census->order <= ORDER_MAX)
		region->orders[census->order] = (uint16_t)n;
	else
		region->orders_known = false;
	region->present = n;
	region->file = word & PM_FILE ? n : 0;
	region->anon = n - region->file;
	region->exclusive = census->all_exclusive ? n : 0;
	census->same_folio = census->order != ORDER_UNKNOWN;
}

static void census_take(const struct slot *slot, struct region *region, struct census *census)
{
	uint32_t i, n = slot_pages(slot);
	uint64_t first_pfn = 0;

	memset(census, 0, sizeof(*census));
	census->same_folio = census->same_order = census->contiguous = census->all_exclusive = true;
	census->order = ORDER_UNKNOWN;
	region->orders_known = slot->order != NULL;
	if (slot->uniform) {
		census_uniform(slot, region, census);
		return;
	}
	for (i = 0; i < n; i++) {
		uint64_t word = word_at(slot, i), pfn = word & PM_PFN_MASK;
		uint8_t order;

		if (!(word & PM_PRESENT)) {
			if (word & PM_SWAP)
				count_absent(slot, word, region);
			census->contiguous = false;
			continue;
		}
		order = order_at(slot, i);
		if (!region->present) {
			census->order = order;
			census->head = head_of(pfn, order, slot->pmd_order);
			first_pfn = pfn - i;
		} else {
			census->same_order &= order == census->order;
			census->same_folio &= head_of(pfn, order, slot->pmd_order) == census->head;
		}
		census->contiguous &= pfn == first_pfn + i;
		census->all_exclusive &= (word & PM_MMAP_EXCLUSIVE) != 0;
		census_kind(census, order, slot->pmd_order);
		if (order <= ORDER_MAX)
			region->orders[order]++;
		else
			region->orders_known = false;
		region->present++;
		if (word & PM_FILE)
			region->file++;
		else
			region->anon++;
		if (word & PM_MMAP_EXCLUSIVE)
			region->exclusive++;
	}
	census->same_folio &= census->same_order && census->order != ORDER_UNKNOWN;
}

static bool is_fragment(const struct slot *slot)
{
	return slot->len < slot->page_size << slot->pmd_order;
}

static enum mapping judge_mapping(const struct slot *slot, const struct region *region)
{
	const uint64_t pmd_size = slot->page_size << slot->pmd_order;
	bool holds = region->present || region->swapped || region->guard || region->nonswap;

	if (!holds && !(slot->has_categories && slot->categories & (SCAN_PRESENT | SCAN_SWAPPED)))
		return slot->special_unknown ? MAPPING_UNKNOWN : MAPPING_NONE;
	if (slot->hugetlb_size)
		return slot->hugetlb_size > pmd_size	? MAPPING_PUD
		       : slot->hugetlb_size == pmd_size ? MAPPING_PMD
							: MAPPING_PTE;
	if (is_fragment(slot))
		return MAPPING_PTE;
	if (slot->has_categories)
		return slot->categories & SCAN_HUGE ? MAPPING_PMD : MAPPING_PTE;
	return slot->told;
}

/* What the present pages and swap entries of ptes add up to. */
static enum backing judge_ptes(const struct slot *slot, const struct region *region,
			       const struct census *census)
{
	uint32_t kinds = !!census->small + !!census->mthp + !!census->thp + !!census->team +
			 !!census->hugetlb + !!region->swapped;

	if (census->unknown || (region->nonswap && !region->present && !region->swapped))
		return BACKING_UNKNOWN;
	if (!kinds)
		return BACKING_NONE;
	if (kinds > 1)
		return BACKING_MIXED;
	if (census->small)
		return BACKING_SMALL;
	if (census->mthp)
		return BACKING_MTHP;
	if (census->team)
		return BACKING_TEAM;
	if (census->hugetlb)
		return BACKING_HUGETLB;
	if (region->swapped)
		return BACKING_SWAP;
	if (!is_fragment(slot) && census->contiguous && census->same_folio &&
	    (word_at(slot, 0) & PM_PFN_MASK) == census->head)
		return BACKING_THP;
	return BACKING_THP_PARTIAL;
}

static enum backing judge_backing(const struct slot *slot, const struct region *region,
				  const struct census *census)
{
	bool zero = slot->huge_zero;

	if (region->mapping == MAPPING_NONE)
		return BACKING_NONE;
	if (slot->special_unknown && !region->present && !region->swapped && !region->guard)
		return BACKING_UNKNOWN;
	if (slot->hugetlb_size)
		return BACKING_HUGETLB;
	if (slot->has_categories && slot->categories & SCAN_HUGE)
		zero |= (slot->categories & (SCAN_PRESENT | SCAN_PFNZERO)) == (SCAN_PRESENT | SCAN_PFNZERO);
	if (zero)
		return BACKING_ZERO;
	if (!region->present && slot->has_categories && slot->categories & SCAN_HUGE && region->nonswap)
		return BACKING_THP; /* a PMD migration entry: only PMD-sized folios have one (mm/huge_memory.c) */
	return judge_ptes(slot, region, census);
}

/* The entire mapcount of the one PMD-sized folio behind the region, as far as this region alone tells. */
static int64_t judge_entire(const struct slot *slot, const struct region *region, const struct census *census)
{
	bool pmd = region->mapping == MAPPING_PMD;
	struct entire_bounds bounds;
	bool all_once = true;
	uint32_t i, n = slot_pages(slot);

	if (!census->thp && !census->team)
		return 0;
	entire_start(&bounds, pmd);
	for (i = 0; i < n; i++) {
		uint8_t order = order_at(slot, i);

		if (!(word_at(slot, i) & PM_PRESENT) || (order < slot->pmd_order && order != ORDER_TEAM))
			continue;
		entire_subpage(&bounds, (int64_t)slot->count[i], !pmd);
		all_once &= slot->count[i] == 1;
	}
	if (all_once)
		return pmd;
	/* Bounds hold for one folio; a region over several would mix theirs. */
	return region->pfn ? entire_value(&bounds) : UNKNOWN_COUNT;
}

/* Several counts of which some belong to the folio that E is of. */
static struct mapcount judge_counts(const struct slot *slot, const struct census *census, int64_t entire)
{
	struct mapcount result = {.entire = entire};
	uint32_t i, n = slot_pages(slot);

	for (i = 0; i < n; i++) {
		int64_t count;

		if (!(word_at(slot, i) & PM_PRESENT))
			continue;
		count = (int64_t)slot->count[i];
		result.total += count;
		if (count > result.highest)
			result.highest = count;
	}
	if (entire == UNKNOWN_COUNT)
		result.total = UNKNOWN_COUNT;
	else if (census->thp + census->team)
		result.total -= (int64_t)(census->thp + census->team - 1) * entire;
	return result;
}

static void judge_mapcount(const struct slot *slot, struct region *region, const struct census *census)
{
	const struct mapcount unknown = {UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	bool pmd = region->mapping == MAPPING_PMD;
	uint32_t i, n = slot_pages(slot);
	int64_t count;

	region->mapcount = unknown;
	if (!region->present || region->backing == BACKING_ZERO)
		return;
	if (slot->hugetlb_size && slot->counts_known) {
		/* A hugetlb page is only ever mapped whole: its count is its number of huge mappings. */
		count = (int64_t)slot->count[0];
		region->mapcount = (struct mapcount){count, count, count};
		return;
	}
	if (slot->mapped_once || (!pmd && census->all_exclusive && !slot->hugetlb_size)) {
		region->mapcount = (struct mapcount){pmd, 1, pmd ? 1 : (int64_t)region->present};
		if (pmd)
			region->exclusive = n;
		return;
	}
	if (pmd)
		region->exclusive = UNKNOWN_COUNT;
	if (!slot->counts_known || slot->averaged)
		return;
	region->mapcount = judge_counts(slot, census, judge_entire(slot, region, census));
	if (!pmd)
		return;
	region->exclusive = 0;
	for (i = 0; i < n; i++)
		region->exclusive += slot->count[i] == 1;
}

void classify(const struct slot *slot, struct region *region)
{
	struct census census;

	memset(region, 0, sizeof(*region));
	region->start = slot->start;
	region->len = slot->len;
	region->how = slot->how;
	region->team_usage = UNKNOWN_COUNT;
	region->team_pmd_maps = UNKNOWN_COUNT;
	census_take(slot, region, &census);
	if (slot->has_categories &&
	    (slot->categories & (SCAN_HUGE | SCAN_SWAPPED)) == (SCAN_HUGE | SCAN_SWAPPED) &&
	    !region->present) {
		/* A whole PMD on the move shows as 512 swap entries. */
		region->nonswap += region->swapped;
		region->swapped = 0;
	}
	region->mapping = judge_mapping(slot, region);
	region->backing = judge_backing(slot, region, &census);
	if (slot->hugetlb_size || census.hugetlb) {
		region->pfn = slot->pfns && region->present ? word_at(slot, 0) & PM_PFN_MASK : 0;
		region->orders_known = false;
	} else if (slot->pfns && region->present && census.same_folio && region->backing != BACKING_ZERO) {
		region->pfn = census.head;
		if (census.order <= ORDER_MAX) {
			region->order = census.order;
			region->order_known = true;
		}
	} else if (region->present && census.same_order && census.order <= ORDER_MAX) {
		region->order = census.order;
		region->order_known = true;
	}
	if (slot->hugetlb_size && region->present) {
		region->order_known = true;
		while (slot->page_size << region->order < slot->hugetlb_size)
			region->order++;
	}
	judge_mapcount(slot, region, &census);
}
