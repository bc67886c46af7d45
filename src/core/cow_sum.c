/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict of a region: that of all its pages. */
#include <string.h>

#include "core/cow_parts.h"

/* Adds n pages of one verdict. The sentence is that of the most pages of a kind. */
struct sum {
	struct cow_sum *out;
	uint64_t most[COW_VERDICT_COUNT];
	struct cow first[COW_VERDICT_COUNT];
	bool differ[COW_VERDICT_COUNT]; /* in how much they copy */
};

static void add(struct sum *sum, const struct cow *cow, uint64_t n)
{
	enum cow_verdict verdict = cow->verdict;

	if (!n)
		return;
	if (sum->out->pages[verdict] &&
	    (sum->first[verdict].bytes != cow->bytes || sum->first[verdict].split != cow->split))
		sum->differ[verdict] = true;
	sum->out->pages[verdict] += n;
	if (n > sum->most[verdict]) {
		sum->most[verdict] = n;
		sum->first[verdict] = *cow;
	}
}

static void add_shape(const struct cow_rules *rules, struct sum *sum, const struct cow_shape *shape,
		      uint64_t n)
{
	struct cow cow;

	cow_judge(rules, shape, &cow);
	add(sum, &cow, n);
}

static void finish(struct sum *sum)
{
	struct cow *cow = &sum->out->cow;
	int verdict, found = COW_VERDICT_COUNT, kinds = 0;

	for (verdict = 0; verdict < COW_VERDICT_COUNT; verdict++) {
		/* A marker beside pages says nothing of them. */
		if (!sum->out->pages[verdict] || (verdict == COW_NONE && found != COW_VERDICT_COUNT))
			continue;
		if (found == COW_NONE)
			kinds--;
		found = verdict;
		kinds++;
	}
	if (kinds == 1) {
		*cow = sum->first[found];
		if (sum->differ[found]) {
			cow->bytes = 0;
			cow->split = false;
		}
		return;
	}
	*cow = (struct cow){
		.verdict = kinds ? COW_MIXED : COW_UNKNOWN,
		.fact = kinds ? "pages differ" : "not seen",
		.why = kinds ? "Its pages differ: each has a verdict of its own."
			     : "Nothing is known of its pages.",
	};
}

/* From the survey alone: how many anonymous pages are mapped once, or -1. */
static int64_t mapped_once(const struct region *region, uint32_t anon)
{
	if (region->mapcount.highest == 1 || !anon)
		return anon;
	if (region->exclusive == UNKNOWN_COUNT || region->file || region->exclusive > anon)
		return -1;
	return region->exclusive;
}

static enum cow_size size_of(const struct region *region)
{
	if (region->backing == BACKING_SMALL)
		return COW_SINGLE;
	if (region->backing == BACKING_MTHP || region->backing == BACKING_THP ||
	    region->backing == BACKING_THP_PARTIAL)
		return COW_LARGE;
	return COW_SIZE_NOT_KNOWN;
}

/* Anonymous pages that ptes map, as the survey counted them. */
static void sum_anon(const struct cow_rules *rules, const struct region *region, struct sum *sum)
{
	struct cow_shape shape = {.kind = COW_ANON, .count = 1, .size = size_of(region)};
	uint32_t zero = region->zero < region->anon ? region->zero : region->anon, anon = region->anon - zero;
	int64_t once = mapped_once(region, anon);

	add_shape(rules, sum, &(struct cow_shape){.kind = COW_ZERO}, zero);
	if (once < 0) {
		shape.count = UNKNOWN_COUNT;
		add_shape(rules, sum, &shape, anon);
		return;
	}
	/* One folio is behind the region, or its pages may belong to several. */
	if (region->pfn && once < anon)
		shape.folio = COW_FOLIO_SHARED;
	else if (region->backing == BACKING_THP)
		shape.folio = COW_FOLIO_ONCE;
	add_shape(rules, sum, &shape, (uint64_t)once);
	shape.count = 2;
	add_shape(rules, sum, &shape, (uint64_t)(anon - once));
}

static void sum_survey(const struct cow_rules *rules, const struct cow_place *place, struct sum *sum)
{
	const struct region *region = place->region;
	struct cow_shape shape;

	/* Present pages that are neither: nobody said which. */
	add_shape(rules, sum, &(struct cow_shape){.kind = COW_HIDDEN},
		  region->anon || region->file ? 0 : region->present);
	sum_anon(rules, region, sum);
	add_shape(rules, sum, &(struct cow_shape){.kind = COW_FILE}, region->file);
	shape = (struct cow_shape){.kind = COW_SWAPPED};
	add_shape(rules, sum, &shape, region->swapped);
	shape.kind = COW_GUARD;
	add_shape(rules, sum, &shape, region->guard);
	shape.kind = COW_MOVING;
	add_shape(rules, sum, &shape, region->nonswap);
}

void cow_region(const struct cow_rules *rules, const struct cow_place *place, struct cow_sum *out)
{
	const struct region *region = place->region;
	struct sum sum = {.out = out};
	struct cow cow;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (cow_by_pages(region) && !cow_judge_vma(place->vma, &out->cow)) {
		for (i = 0; i < place->n_pages; i++) {
			cow_page(rules, place, place->pages[i].addr, &cow);
			add(&sum, &cow, 1);
		}
		if (!place->n_pages)
			sum_survey(rules, place, &sum);
		finish(&sum);
		return;
	}
	/* One answer for all of it. */
	cow_page(rules, place, region ? region->start : 0, &out->cow);
	if (region)
		out->pages[out->cow.verdict] =
			region->present + region->swapped + region->guard + region->nonswap;
}
