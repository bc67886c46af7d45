/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which other watched processes have a page, and what their writes would do. */
#include <string.h>

#include "core/cow_parts.h"

/* The page that is asked about. */
struct asked {
	const struct cow_rules *rules;
	const struct cow_place *place;
	uint64_t addr, pfn; /* pfn 0: not known */
	bool once;	    /* nobody else maps it */
	uint64_t head;	    /* of its folio, all of which is mapped here; 0: it is not, or not known */
	uint64_t elsewhere; /* then: mappings of the folio's subpages by others */
	struct cow_shape shape;
};

static const struct cow not_seen = {
	.verdict = COW_UNKNOWN,
	.fact = "may have it",
	.why = "It has the same mapping; whether it has this very page was not looked at.",
};
static const struct cow has_own = {
	.verdict = COW_NONE,
	.fact = "does not have it",
	.why = "It has the same mapping, and in it another page, or none: if a fork made both, it was "
	       "copied, at "
	       "a write or, if it was pinned, at the fork.",
};

/* Whether the region maps all of its slot from one folio, page after page. */
static bool whole(const struct cow_rules *rules, const struct region *region)
{
	return region->len == rules->pmd_size && region->present == region->len / rules->page_size &&
	       (region->backing == BACKING_THP || region->backing == BACKING_HUGETLB);
}

/*
 * Whether a region that maps some subpages of the folio is all that maps them elsewhere: then it has those that are mapped
 * more than once, and needs not be looked into.
 */
static bool sole_other(const struct asked *asked, const struct region *region)
{
	unsigned order = asked->place->region->order;

	return asked->head && region->thp == asked->head && region->mapping == MAPPING_PTE &&
	       region->orders_known && order <= ORDER_MAX && region->orders[order] == asked->elsewhere;
}

/* Where a region has the frame: in its pages, or by the whole folio behind it. 0: it does not, or it is not known. */
static uint64_t find_frame(const struct asked *asked, const struct cow_place *place, bool *may)
{
	const struct region *region = place->region;
	const uint64_t page_size = asked->rules->page_size;
	size_t i;

	*may = false;
	if (sole_other(asked, region))
		return region->start + (asked->pfn - asked->head) * page_size;
	for (i = 0; i < place->n_pages; i++)
		if (place->pages[i].pfn == asked->pfn)
			return place->pages[i].addr;
	if (place->n_pages || !region->pfn || !region->order_known || region->order > 63 ||
	    asked->pfn < region->pfn || (asked->pfn - region->pfn) >> region->order)
		return 0;
	if (whole(asked->rules, region))
		return region->start + (asked->pfn - region->pfn) * page_size;
	*may = true;
	return 0;
}

/* It has the page, which is mapped more than once, then; or it is a file's. */
static void judge_other(const struct asked *asked, const struct cow_place *place, struct cow *cow)
{
	struct cow_shape shape = asked->shape;

	if (cow_judge_vma(place->vma, cow))
		return;
	shape.pmd = place->region->mapping == MAPPING_PMD;
	shape.exclusive = COW_NO;
	if (shape.kind == COW_ANON || shape.kind == COW_HUGETLB)
		shape.count = shape.count > 2 ? shape.count : 2;
	cow_judge(asked->rules, &shape, cow);
}

/* As where one was forked from the other, or both from a third, and nothing of the mapping changed since. */
static bool relative(const struct vma *a, const struct vma *b)
{
	return b && a->start == b->start && a->end == b->end && !strcmp(a->perms, b->perms) &&
	       cow_private(a) && a->inode == b->inode;
}

/* False: the process has nothing to do with it. */
static bool ask(const struct asked *asked, const struct process *process, struct cow_other *other)
{
	const struct vma *vma = process_vma_at(process, asked->addr);
	bool kin = relative(asked->place->vma, vma), may = false, some = false;
	const struct region *there;
	struct cow_place place;
	size_t i;

	*other = (struct cow_other){.process = process, .cow = not_seen};
	for (i = 0; i < process->n_regions && asked->pfn && !asked->once; i++) {
		place = cow_place_of(process, &process->regions[i]);
		other->addr = find_frame(asked, &place, &may);
		some |= may;
		if (!other->addr)
			continue;
		judge_other(asked, &place, &other->cow);
		return true;
	}
	if (some)
		return true;
	if (!kin || asked->shape.kind == COW_FILE)
		return false;
	there = process_region_at(process, asked->addr);
	/* Of pages that were read, and of one folio, it would have been found. */
	if (asked->once || !there || (asked->pfn && (process->pages || there->pfn))) {
		other->cow = has_own;
		other->apart = true;
	}
	return true;
}

/* Counts who maps the folio elsewhere, if all of it is mapped here, and every count was read. */
static void find_elsewhere(struct asked *asked)
{
	const struct cow_place *place = asked->place;
	const struct region *region = place->region;
	uint64_t elsewhere = 0;
	size_t i;

	if (!region->pfn || !whole(asked->rules, region) || place->n_pages != region->present ||
	    region->mapcount.highest == UNKNOWN_COUNT)
		return;
	for (i = 0; i < place->n_pages; i++) {
		if (place->pages[i].pfn != region->pfn + i || !place->pages[i].has_mapcount ||
		    !place->pages[i].mapcount)
			return;
		elsewhere += place->pages[i].mapcount - 1;
	}
	asked->head = region->pfn;
	asked->elsewhere = elsewhere;
}

static void find_asked(struct asked *asked)
{
	const struct cow_place *place = asked->place;
	const struct page *page = cow_find_page(place, asked->addr);
	const struct region *region = place->region;

	cow_shape_of(asked->rules, place, asked->addr, &asked->shape);
	if (page)
		asked->pfn = page->pfn;
	else if (!place->n_pages && region->pfn && whole(asked->rules, region))
		asked->pfn = region->pfn + (asked->addr - region->start) / asked->rules->page_size;
	/* By PMD the shape's count is the highest of all subpages. */
	asked->once = asked->shape.count == 1 || (page && page->has_mapcount && page->mapcount == 1 &&
						  region->mapcount.highest != UNKNOWN_COUNT);
	if (asked->shape.kind == COW_FILE)
		asked->once = false;
	find_elsewhere(asked);
}

size_t cow_others(const struct cow_rules *rules, const struct moment *moment, pid_t pid,
		  const struct cow_place *place, uint64_t addr, struct cow_other *others, size_t room)
{
	struct asked asked = {.rules = rules, .place = place, .addr = addr};
	struct cow_other other;
	size_t i, n = 0;

	if (!place->region || !cow_private(place->vma))
		return 0;
	find_asked(&asked);
	switch (asked.shape.kind) {
	case COW_ANON:
	case COW_KSM:
	case COW_HUGETLB:
	case COW_FILE:
		break;
	case COW_HIDDEN:
	case COW_HOLE:
	case COW_ZERO: /* everybody's */
	case COW_HUGETLB_FILE:
	case COW_SWAPPED:
	case COW_GUARD:
	case COW_MOVING:
	case COW_UFFD:
		return 0;
	}
	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		if (process->outcome != OUTCOME_OK || process->pid == pid || !ask(&asked, process, &other))
			continue;
		if (n < room)
			others[n] = other;
		n++;
	}
	return n;
}
