/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judgement: raw words of one slot in, a region out. */
#include "core/classify.h"

#include <string.h>

#include "core/mapcount.h"

/* What the pages of a slot have behind them. */
struct census {
	uint32_t small, mthp, thp, team, hugetlb, unknown; /* present pages by kind of folio */
	bool same_folio;				   /* all present pages lie in one folio */
	bool same_order;
	uint8_t order;	    /* of the first present page */
	uint64_t head;	    /* of that page's folio */
	uint64_t origin;    /* the frame that page 0 would have if all were contiguous */
	bool contiguous;    /* page i has the first page's PFN + i, for all of the slot */
	uint64_t thp_head;  /* of the first page of a PMD-sized folio; */
	bool thp_placed;    /* all of those are its subpages, page n subpage n */
	bool all_exclusive; /* bit 56 on every present page */
};

static uint32_t slot_pages(const struct slot *slot)
{
	return (uint32_t)(slot->len / slot->page_size);
}

size_t slot_runs(const uint64_t *pagemap, size_t n, struct run *runs)
{
	size_t i, end, n_runs = 0;

	for (i = 0; i < n; i = end) {
		uint64_t word = pagemap[i], step = word & PM_PRESENT && word & PM_PFN_MASK ? 1 : 0;

		for (end = i + 1; end < n && pagemap[end] == pagemap[end - 1] + step; end++)
			;
		runs[n_runs++] = (struct run){(uint32_t)i, (uint32_t)(end - i), word};
	}
	return n_runs;
}

static void count_absent(const struct slot *slot, const struct run *run, struct region *region)
{
	if (!(run->word & PM_SWAP))
		return;
	if (run->word & PM_GUARD_REGION)
		region->guard += run->n;
	else if (slot->no_swap || (slot->swap_types && PM_SWAP_TYPE(run->word) >= FIRST_NONSWAP_TYPE))
		region->nonswap += run->n;
	else
		region->swapped += run->n;
}

static void census_kind(struct census *census, uint8_t order, unsigned pmd_order, uint32_t n)
{
	if (order == ORDER_UNKNOWN)
		census->unknown += n;
	else if (order == ORDER_HUGETLB)
		census->hugetlb += n;
	else if (order == ORDER_TEAM)
		census->team += n;
	else if (order >= pmd_order)
		census->thp += n;
	else if (order)
		census->mthp += n;
	else
		census->small += n;
}

/* The head of the folio that a frame lies in, by natural alignment. */
static uint64_t head_of(uint64_t pfn, uint8_t order, unsigned pmd_order)
{
	unsigned bits = order == ORDER_TEAM ? pmd_order : order > ORDER_MAX ? 0 : order;

	return pfn >> bits << bits;
}

/* Pages of one run that have one order: `at` is the first one's place in the slot. */
static void census_piece(const struct slot *slot, struct region *region, struct census *census, uint32_t at,
			 uint32_t n, uint64_t pfn)
{
	uint8_t order = slot->order ? slot->order[at] : ORDER_UNKNOWN;
	uint64_t head = head_of(pfn, order, slot->pmd_order);

	region->present += n;
	if (order == ORDER_ZERO) {
		region->zero += n;
		return;
	}
	if (region->present - region->zero == n) {
		census->order = order;
		census->head = head;
		census->origin = pfn - at;
	}
	census->same_order &= order == census->order;
	census->same_folio &= head == census->head && head_of(pfn + n - 1, order, slot->pmd_order) == head;
	census->contiguous &= pfn - at == census->origin;
	if (order <= ORDER_MAX && order >= slot->pmd_order) {
		census->thp_placed &= (!census->thp || head == census->thp_head) && pfn - at == head;
		census->thp_head = head;
	}
	census_kind(census, order, slot->pmd_order, n);
	if (order <= ORDER_MAX)
		region->orders[order] = (uint16_t)(region->orders[order] + n);
	else
		region->orders_known = false;
	region->team_pages = (uint16_t)(region->team_pages + (order == ORDER_TEAM ? n : 0));
}

/* How far the pages from `at` on have one order. Most runs lie in one folio, or in folios of one order. */
static uint32_t same_order_end(const uint8_t *order, uint32_t at, uint32_t last)
{
	uint32_t end = at + 1;

	if (!order || !memcmp(order + at, order + end, last - end))
		return last;
	while (order[end] == order[at])
		end++;
	return end;
}

static void census_run(const struct slot *slot, struct region *region, struct census *census,
		       const struct run *run)
{
	uint32_t at, end, last = run->first + run->n;

	for (at = run->first; at < last; at = end) {
		end = same_order_end(slot->order, at, last);
		census_piece(slot, region, census, at, end - at,
			     run_word(run, at - run->first) & PM_PFN_MASK);
	}
	if (run->word & PM_FILE)
		region->file += run->n;
	else
		region->anon += run->n;
	if (run->word & PM_MMAP_EXCLUSIVE)
		region->exclusive += run->n;
}

static void census_take(const struct slot *slot, struct region *region, struct census *census)
{
	size_t i;

	memset(census, 0, sizeof(*census));
	census->same_folio = census->same_order = census->contiguous = census->thp_placed = true;
	census->order = ORDER_UNKNOWN;
	region->orders_known = slot->order != NULL;
	for (i = 0; i < slot->n_runs; i++) {
		if (run_present(&slot->runs[i]))
			census_run(slot, region, census, &slot->runs[i]);
		else
			count_absent(slot, &slot->runs[i], region);
	}
	census->all_exclusive = region->exclusive == region->present - region->zero;
	census->same_folio &= census->same_order && census->order != ORDER_UNKNOWN;
	census->contiguous &= region->present - region->zero == slot_pages(slot);
}

static bool is_fragment(const struct slot *slot)
{
	return slot->len < slot->page_size << slot->pmd_order;
}

static enum mapping judge_mapping(const struct slot *slot, const struct region *region)
{
	const uint64_t pmd_size = slot->page_size << slot->pmd_order;
	bool holds = region->present || region->swapped || region->guard || region->nonswap;

	/* A hugetlb page on the move shows in the scan alone; of ptes, pagemap is the newer word. */
	if (!holds && !(slot->has_categories && slot->categories & SCAN_HUGE &&
			slot->categories & (SCAN_PRESENT | SCAN_SWAPPED)))
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
	/* Without its type, a swap entry may be a marker or a page on the move. */
	if (region->swapped && !slot->swap_types)
		return BACKING_UNKNOWN;
	if (!kinds)
		return region->zero ? BACKING_ZERO : BACKING_NONE;
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
	if (!is_fragment(slot) && census->contiguous && census->same_folio && census->origin == census->head)
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

/* Whether its counts can be mapcounts, which are ints: what is more would not add up. */
static bool counts_possible(const struct slot *slot)
{
	uint32_t at;
	size_t i;

	for (i = 0; i < slot->n_runs; i++)
		for (at = slot->runs[i].first;
		     run_present(&slot->runs[i]) && at < slot->runs[i].first + slot->runs[i].n; at++)
			if (slot->count[at] > INT32_MAX)
				return false;
	return true;
}

/* Sums and bounds over the counts of all present pages. */
struct tally {
	struct entire_bounds bounds; /* over pages of PMD-sized folios and teams */
	int64_t sum, highest;
	uint32_t once;	/* pages with count 1 */
	bool huge_once; /* all pages of PMD-sized folios have count 1 */
};

static void tally_counts(const struct slot *slot, bool pmd, struct tally *tally)
{
	uint32_t at;
	size_t i;

	memset(tally, 0, sizeof(*tally));
	tally->huge_once = true;
	entire_start(&tally->bounds, pmd);
	for (i = 0; i < slot->n_runs; i++) {
		const struct run *run = &slot->runs[i];

		for (at = run->first; run_present(run) && at < run->first + run->n; at++) {
			int64_t count = (int64_t)slot->count[at];
			uint8_t order = slot->order ? slot->order[at] : ORDER_UNKNOWN;

			if (order == ORDER_ZERO)
				continue;
			tally->sum += count;
			tally->once += count == 1;
			if (count > tally->highest)
				tally->highest = count;
			if (order == ORDER_TEAM || (order <= ORDER_MAX && order >= slot->pmd_order)) {
				entire_subpage(&tally->bounds, count, !pmd);
				tally->huge_once &= count == 1;
			}
		}
	}
}

/* E of the one PMD-sized folio behind the region, as far as this region alone tells. */
static int64_t judge_entire(const struct region *region, const struct census *census,
			    const struct tally *tally)
{
	if (census->unknown)
		return UNKNOWN_COUNT;
	if (!census->thp && !census->team)
		return 0;
	if (tally->huge_once)
		return region->mapping == MAPPING_PMD;
	/* Bounds hold for one folio; a region over several would mix theirs. */
	return region->pfn ? entire_value(&tally->bounds) : UNKNOWN_COUNT;
}

static void judge_mapcount(const struct slot *slot, struct region *region, const struct census *census)
{
	const int64_t huge = (int64_t)census->thp + census->team;
	bool pmd = region->mapping == MAPPING_PMD, averaged;
	struct mapcount *mapcount = &region->mapcount;
	struct tally tally;
	int64_t count;

	*mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	if (!region->present || region->backing == BACKING_ZERO)
		return;
	if (slot->hugetlb_size) {
		/* A hugetlb page is only ever mapped whole: its count is its number of huge mappings. */
		count = slot->counts_known ? (int64_t)slot->count[0] : UNKNOWN_COUNT;
		*mapcount = (struct mapcount){count, count, count};
		return;
	}
	/*
	 * Where counts are averages, bit 56 says that one process maps the folio, which may be more than once if
	 * it is a file's (fs/proc/internal.h, 6.15).
	 */
	averaged = slot->averaged && (huge || census->mthp || census->unknown);
	if (slot->mapped_once ||
	    (region->mapping == MAPPING_PTE && census->all_exclusive && !(averaged && region->file))) {
		*mapcount = (struct mapcount){pmd, 1, pmd ? 1 : (int64_t)(region->present - region->zero)};
		region->exclusive = region->present - region->zero;
		return;
	}
	/* Of a PMD mapping, bit 56 may be the head's for all pages (facts B). */
	if (region->mapping != MAPPING_PTE || averaged)
		region->exclusive = UNKNOWN_COUNT;
	if (!slot->counts_known || averaged || !counts_possible(slot))
		return;
	tally_counts(slot, pmd, &tally);
	mapcount->highest = tally.highest;
	if (region->mapping == MAPPING_PTE || pmd)
		mapcount->entire = judge_entire(region, census, &tally);
	if (mapcount->entire != UNKNOWN_COUNT)
		mapcount->total = tally.sum - (huge ? huge - 1 : 0) * mapcount->entire;
	if (region->mapping != MAPPING_PTE)
		region->exclusive = tally.once;
}

void classify(const struct slot *slot, struct region *region)
{
	struct census census;

	memset(region, 0, sizeof(*region));
	region->start = slot->start;
	region->len = slot->len;
	region->anon_exclusive = slot->mapped_once;
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
	region->uffd_wp = region->mapping == MAPPING_PMD && region->present && slot->n_runs &&
			  slot->runs[0].word & PM_UFFD_WP;
	region->backing = judge_backing(slot, region, &census);
	if (region->backing == BACKING_ZERO)
		region->zero = region->present;
	if (slot->hugetlb_size || census.hugetlb) {
		region->pfn = slot->pfns && region->present ? slot->runs[0].word & PM_PFN_MASK : 0;
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
	if (slot->pfns && census.thp && census.thp_placed)
		region->thp = census.thp_head;
	judge_mapcount(slot, region, &census);
}

void classify_team(const struct slot *slot, bool counts_all, struct region *region)
{
	const int64_t entire = region->team_pmd_maps, least = region->mapping == MAPPING_PTE;
	/* Of pages that pagemap says are mapped once nobody reads the counts. */
	const bool once =
		!slot->counts_known && least && region->present && region->exclusive == region->present;
	int64_t own, most = 0, sum = 0;
	uint64_t pfn;
	size_t i;

	region->mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	if ((!slot->counts_known && !once) || !region->pfn || entire < (region->mapping == MAPPING_PMD) ||
	    entire > INT32_MAX || (!once && !counts_possible(slot)))
		return;
	for (i = 0; i < slot->n_runs; i++) {
		const struct run *run = &slot->runs[i];

		for (uint32_t k = 0; run_present(run) && k < run->n; k++) {
			pfn = run_word(run, k) & PM_PFN_MASK;
			own = once ? 1 : (int64_t)slot->count[run->first + k];
			own -= counts_all || pfn == region->pfn ? entire : 0;
			if (own < least)
				return;
			most = own > most ? own : most;
			sum += own;
		}
	}
	region->mapcount = (struct mapcount){entire, entire + most, entire + sum};
}
