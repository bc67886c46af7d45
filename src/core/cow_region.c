/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page and the region that were read are to copy-on-write. */
#include <stdlib.h>

#include "core/cow_parts.h"
#include "core/kernel.h"

static bool flag(const struct page *page, unsigned bit)
{
	return page->flags >> bit & 1;
}

/* A private mapping of a file has its pages behind what is not mapped. */
static enum cow_kind hole_kind(const struct vma *vma)
{
	switch (vma->kind) {
	case VMA_FILE:
	case VMA_SHMEM:
		return COW_FILE;
	case VMA_ANON:
	case VMA_HEAP:
	case VMA_STACK:
	case VMA_HUGETLB:
	case VMA_DEVICE:
	case VMA_SPECIAL:
	case VMA_KIND_COUNT:
		break;
	}
	return COW_HOLE;
}

/* A region's memory by backing and mapping, of which its pages need not be asked. */
static void shape_huge(const struct cow_rules *rules, const struct cow_place *place, struct cow_shape *shape)
{
	const struct region *region = place->region;
	bool file = region->file;

	shape->pmd = true;
	shape->count = region->mapcount.highest;
	shape->huge_size = place->vma->huge_page_size;
	/* Behind what is known, the head's flags were read. */
	if (rules->exclusive_shown && region->backing != BACKING_UNKNOWN)
		shape->exclusive = region->anon_exclusive ? COW_YES : COW_NO;
	if (!region->present)
		shape->kind = region->nonswap ? COW_MOVING : region->swapped ? COW_SWAPPED : COW_HIDDEN;
	else if (region->backing == BACKING_HUGETLB)
		shape->kind = file ? COW_HUGETLB_FILE : COW_HUGETLB;
	else if (region->backing == BACKING_ZERO)
		shape->kind = COW_ZERO;
	else
		shape->kind = file ? COW_FILE : COW_ANON;
	if (region->uffd_wp)
		shape->kind = COW_UFFD;
	/* The head's flags are those of a PMD leaf. */
	if (place->n_pages && place->pages[0].has_flags)
		shape->swapcache = flag(&place->pages[0], KPF_SWAPCACHE) ? COW_YES : COW_NO;
}

static bool is_huge(const struct region *region)
{
	return region->mapping == MAPPING_PMD || region->mapping == MAPPING_PUD ||
	       region->backing == BACKING_HUGETLB;
}

static int compare_page(const void *key, const void *item)
{
	uint64_t addr = *(const uint64_t *)key, other = ((const struct page *)item)->addr;

	return addr < other ? -1 : addr > other;
}

const struct page *cow_find_page(const struct cow_place *place, uint64_t addr)
{
	return place->n_pages
		       ? bsearch(&addr, place->pages, place->n_pages, sizeof(struct page), compare_page)
		       : NULL;
}

/* Whether b is the subpage behind a of one folio: no HEAD begins in between. */
static bool joined(const struct cow_rules *rules, const struct page *a, const struct page *b)
{
	return b->addr - a->addr == rules->page_size && b->pfn == a->pfn + 1 && b->has_flags &&
	       flag(b, KPF_TAIL);
}

static bool shared(const struct page *page)
{
	return page->has_mapcount ? page->mapcount > 1 : !(page->pagemap & PM_MMAP_EXCLUSIVE);
}

/*
 * What is mapped here of the folio of a subpage. If another subpage is mapped more than once, a fork shared this
 * mapping, and so the folio's page that is mapped once too, unless MADV_DONTFORK or MADV_WIPEONFORK kept it from that
 * fork in what is one mapping again: then it is write-protected, and exclusive again in no generation as long as the folio is
 * shared.
 */
static enum cow_folio folio_of(const struct cow_rules *rules, const struct cow_place *place,
			       const struct page *page)
{
	const struct page *first = page, *last = page, *end = place->pages + place->n_pages, *at;

	while (first > place->pages && flag(first, KPF_TAIL) && joined(rules, first - 1, first))
		first--;
	while (last + 1 < end && joined(rules, last, last + 1))
		last++;
	for (at = first; at <= last; at++)
		if (shared(at))
			return COW_FOLIO_SHARED;
	return flag(first, KPF_HEAD) && place->region->order_known && place->region->order <= ORDER_MAX &&
			       last - first + 1 == (ptrdiff_t)1 << place->region->order
		       ? COW_FOLIO_ONCE
		       : COW_FOLIO_NOT_KNOWN;
}

/*
 * kpagecount, or what pagemap says of it: 1, or several. Where counts are averages of a folio, `exclusive` of the region
 * is not known (classify), and bit 56 says whether one process alone maps the folio.
 */
static int64_t page_count(const struct cow_place *place, const struct page *page, enum cow_size size)
{
	bool averaged = size != COW_SINGLE && place->region->exclusive == UNKNOWN_COUNT;

	if (page->has_mapcount && !averaged)
		return page->mapcount;
	return page->pagemap & PM_MMAP_EXCLUSIVE ? 1 : averaged ? UNKNOWN_COUNT : 2;
}

/* A present page that a PTE maps. */
static void shape_present(const struct cow_rules *rules, const struct cow_place *place,
			  const struct page *page, struct cow_shape *shape)
{
	bool file = page->pagemap & PM_FILE;

	if (page->has_flags)
		shape->size = flag(page, KPF_HEAD) || flag(page, KPF_TAIL) ? COW_LARGE : COW_SINGLE;
	shape->count = page_count(place, page, shape->size);
	shape->kind = file ? COW_FILE : COW_ANON;
	if (page->has_flags && flag(page, KPF_ZERO))
		shape->kind = COW_ZERO;
	else if (page->has_flags && flag(page, KPF_KSM) && rules->ksm_shown)
		shape->kind = COW_KSM;
	else if (page->has_flags && !file && !flag(page, KPF_ANON))
		shape->kind = COW_HIDDEN; /* it was given back between the two reads */
	if (page->pagemap & PM_UFFD_WP)
		shape->kind = COW_UFFD;
	if (!page->has_flags || shape->kind != COW_ANON)
		return;
	shape->lru = flag(page, KPF_LRU) ? COW_YES : COW_NO;
	shape->swapcache = flag(page, KPF_SWAPCACHE) ? COW_YES : COW_NO;
	if (rules->exclusive_per_page || (rules->exclusive_shown && shape->size == COW_SINGLE))
		shape->exclusive = flag(page, KPF_ANON_EXCLUSIVE) ? COW_YES : COW_NO;
	shape->maybe_ksm = flag(page, KPF_KSM) && !rules->ksm_shown;
	if (shape->size == COW_LARGE && shape->count == 1)
		shape->folio = folio_of(rules, place, page);
}

void cow_shape_of(const struct cow_rules *rules, const struct cow_place *place, uint64_t addr,
		  struct cow_shape *shape)
{
	const struct page *page = cow_find_page(place, addr);

	*shape = (struct cow_shape){.kind = COW_HIDDEN, .count = UNKNOWN_COUNT};
	if (!place->region)
		shape->kind = hole_kind(place->vma);
	else if (place->region->mapping == MAPPING_UNKNOWN)
		return;
	else if (is_huge(place->region))
		shape_huge(rules, place, shape);
	else if (!page)
		shape->kind = hole_kind(place->vma);
	else if (page->present)
		shape_present(rules, place, page, shape);
	else
		shape->kind = page->guard ? COW_GUARD : page->swapped ? COW_SWAPPED : COW_MOVING;
}

struct cow_place cow_place_of(const struct process *process, const struct region *region)
{
	return (struct cow_place){
		.vma = &process->vmas[region->vma],
		.region = region,
		.pages = process->pages ? process->pages + region->first_page : NULL,
		.n_pages = process->pages ? region->n_pages : 0,
	};
}

void cow_page(const struct cow_rules *rules, const struct cow_place *place, uint64_t addr, struct cow *cow)
{
	struct cow_shape shape;

	if (cow_judge_vma(place->vma, cow))
		return;
	if (cow_by_pages(place->region) && !place->n_pages) {
		struct cow_sum sum;

		cow_region(rules, place, &sum);
		*cow = sum.cow;
		return;
	}
	cow_shape_of(rules, place, addr, &shape);
	cow_judge(rules, &shape, cow);
}
