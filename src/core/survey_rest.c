/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a folio that a region does not map: its counts belong to the folio's, whoever maps it. */
#include <string.h>

#include "core/survey_parts.h"

#define READ_AT_ONCE 64

/* A folio, which of its subpages the region maps, and the sum of their counts. */
struct whole {
	struct survey *survey;
	uint64_t head, pages;
	uint64_t mapped[(1 << ORDER_MAX) / 64];
	int64_t sum;
};

static bool is_mapped(const struct whole *whole, uint64_t at)
{
	return whole->mapped[at / 64] >> at % 64 & 1;
}

/* (In any order, perhaps one twice: mremap moves them about. The zero page is none of them.) */
static void note_mapped(struct whole *whole, const struct slot *slot)
{
	const struct run *run;
	uint64_t at;
	uint32_t k;
	size_t i;

	memset(whole->mapped, 0, (whole->pages + 63) / 64 * sizeof(*whole->mapped));
	for (i = 0; i < slot->n_runs; i++) {
		run = &slot->runs[i];
		for (k = 0; run_present(run) && k < run->n; k++) {
			at = (run_word(run, k) & PM_PFN_MASK) - whole->head;
			if (at >= whole->pages || is_mapped(whole, at))
				continue;
			whole->mapped[at / 64] |= UINT64_C(1) << at % 64;
			whole->sum += slot->counts_known ? (int64_t)slot->count[run->first + k] : 1;
		}
	}
}

/* Subpages [from, to). False: they could not be read. */
static bool add(const struct whole *whole, uint64_t from, uint64_t to, struct survey_rest *rest)
{
	uint64_t words[READ_AT_ONCE];
	size_t n, i;

	for (; from < to; from += n) {
		n = to - from < READ_AT_ONCE ? to - from : READ_AT_ONCE;
		if (kernel_counts(whole->survey->kernel, whole->head + from, n, words) != (ssize_t)n)
			return false;
		for (i = 0; i < n; i++) {
			rest->sum += (int64_t)words[i];
			if ((int64_t)words[i] < rest->low)
				rest->low = (int64_t)words[i];
		}
		rest->n += (uint32_t)n;
	}
	return true;
}

static bool read_rest(const struct whole *whole, struct survey_rest *rest)
{
	uint64_t from, to;

	for (from = 0; from < whole->pages; from = to) {
		for (; from < whole->pages && is_mapped(whole, from); from++)
			;
		for (to = from; to < whole->pages && !is_mapped(whole, to); to++)
			;
		if (!add(whole, from, to, rest))
			return false;
	}
	return true;
}

void survey_whole_folio(struct survey *survey, const struct slot *slot, struct region *region,
			struct survey_rest *rest)
{
	struct mapcount *mapcount = &region->mapcount;
	const bool team = region->backing == BACKING_TEAM;
	const unsigned order = team ? survey->kernel->pmd_order : region->order;
	struct whole whole = {.survey = survey, .head = region->pfn, .pages = UINT64_C(1) << order};

	*rest = (struct survey_rest){.known = true, .low = INT64_MAX};
	if (!region->pfn || !order || slot->hugetlb_size || region->mapping != MAPPING_PTE ||
	    region->backing == BACKING_THP || (team && region->present == whole.pages))
		return;
	note_mapped(&whole, slot);
	if (slot->averaged || !capable(&survey->kernel->caps, CAP_KPAGECOUNT) || !read_rest(&whole, rest)) {
		*rest = (struct survey_rest){.low = INT64_MAX};
		mapcount->total = UNKNOWN_COUNT;
		return;
	}
	/* A subpage that nobody maps says that nobody maps all of them. */
	if (mapcount->entire == UNKNOWN_COUNT && mapcount->highest != UNKNOWN_COUNT && !rest->low)
		mapcount->entire = 0;
	mapcount->total = UNKNOWN_COUNT;
	/* A PMD map that counts on the head alone is in the sum once, as it is in the total. */
	if (team && !survey->kernel->team_counts_all && mapcount->entire != UNKNOWN_COUNT)
		mapcount->total = whole.sum + rest->sum;
	else if (mapcount->entire != UNKNOWN_COUNT && mapcount->entire <= rest->low)
		mapcount->total = whole.sum + rest->sum - (int64_t)(whole.pages - 1) * mapcount->entire;
}
