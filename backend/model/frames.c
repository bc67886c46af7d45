/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page frames: folios are given out from the lowest address on, and freed with their last reference. */
#include "model/world.h"

#include <string.h>

/* The first block of 2^order free frames, aligned; 0. */
static uint32_t block_find(const struct world *world, unsigned order)
{
	const uint32_t nr = UINT32_C(1) << order;

	for (uint32_t pfn = world->first_free & ~(nr - 1); pfn + nr <= world->extent.frames; pfn += nr) {
		uint32_t n = 0;

		while (n < nr && world->pages[pfn + n].use == PAGE_FREE)
			n++;
		if (n == nr)
			return pfn;
	}
	return 0;
}

/* Behind an allocation. */
static void move_first_free(struct world *world)
{
	while (world->first_free < world->extent.frames && world->pages[world->first_free].use != PAGE_FREE)
		world->first_free++;
}

uint32_t folio_alloc(struct world *world, unsigned order)
{
	uint32_t head = block_find(world, order);

	for (uint32_t n = 0; head && n < UINT32_C(1) << order; n++)
		world->pages[head + n] = (struct kpage){.use = PAGE_TAIL, .head = head};
	if (head) {
		world->pages[head].use = order ? PAGE_HEAD : PAGE_SMALL;
		world->pages[head].order = (uint8_t)order;
		world->pages[head].count = 1;
		move_first_free(world);
	}
	return head;
}

uint32_t pages_alloc_split(struct world *world, unsigned order)
{
	uint32_t first = block_find(world, order);

	for (uint32_t n = 0; first && n < UINT32_C(1) << order; n++)
		world->pages[first + n] = (struct kpage){.use = PAGE_SMALL, .count = 1};
	move_first_free(world);
	return first;
}

bool page_huge(const struct world *world, uint32_t pfn)
{
	return world->pages[folio_head(world, pfn)].order == world->extent.order;
}

void folio_get(struct world *world, uint32_t pfn)
{
	folio_ref_add(world, pfn, 1);
}

void folio_put(struct world *world, uint32_t pfn)
{
	folio_ref_add(world, pfn, -1);
}

static void folio_free(struct world *world, uint32_t head)
{
	const uint32_t nr = folio_nr(world, head);

	for (uint32_t n = 0; n < nr; n++) {
		struct kpage *page = &world->pages[head + n];

		if (page->mapcount || page->entire)
			world_violated(world, "frame %#x was freed while it is mapped", head + n);
		if (page->lock.writer)
			world_violated(world, "frame %#x was freed while it is locked", head + n);
		memset(page, 0, sizeof(*page));
	}
	if (head < world->first_free)
		world->first_free = head;
}

void folio_ref_add(struct world *world, uint32_t pfn, int32_t by)
{
	struct kpage *page = &world->pages[folio_head(world, pfn)];

	if (page->use == PAGE_ZERO)
		return;
	if (page->use == PAGE_FREE || page->count <= 0) {
		world_violated(world, "frame %#x is free, and was referred to", pfn);
		return;
	}
	page->count += by;
	/* free_page_and_swap_cache(): the kernel asks where it drops a mapping; nobody could tell a later time from it. */
	if (page->count == 1 && page->swap && !page->lock.writer && world->swaps[page->swap].users == 1)
		swap_cache_delete(world, pfn);
	else if (page->count < 0)
		world_violated(world, "frame %#x has fewer references than were dropped", pfn);
	else if (!page->count)
		folio_free(world, folio_head(world, pfn));
}

uint32_t frames_free_huge(const struct world *world)
{
	const uint32_t nr = huge_nr(world);
	uint32_t blocks = 0;

	for (uint32_t pfn = nr; pfn + nr <= world->extent.frames; pfn += nr) {
		uint32_t n = 0;

		while (n < nr && world->pages[pfn + n].use == PAGE_FREE)
			n++;
		blocks += n == nr;
	}
	return blocks;
}
