/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing two surveys of a process. */
#include "ui/flash.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static bool both_known(const struct region *a, const struct region *b)
{
	return a->mapcount.highest != UNKNOWN_COUNT && b->mapcount.highest != UNKNOWN_COUNT;
}

static bool changed(const struct region *a, const struct region *b)
{
	if (a->mapping != b->mapping && a->mapping != MAPPING_UNKNOWN && b->mapping != MAPPING_UNKNOWN)
		return true;
	if (a->backing != b->backing && a->backing != BACKING_UNKNOWN && b->backing != BACKING_UNKNOWN)
		return true;
	return both_known(a, b) && a->mapcount.highest != b->mapcount.highest;
}

/* A list of flashes in the making: what is left of the old ones, and the changes, both ascending. */
struct merge {
	struct flash *items;
	size_t n, room;
	const struct flashes *old;
	size_t next;
	uint64_t now_ns;
};

static void add(struct merge *merge, struct flash flash)
{
	mem_grow(&merge->items, &merge->room, merge->n + 1, sizeof(*merge->items));
	merge->items[merge->n++] = flash;
}

static bool lasts(const struct flash *flash, uint64_t now_ns)
{
	return now_ns - flash->last_ns < FLASH_NS;
}

/* Takes over the old flashes below an address; of one at it the time since when. */
static uint64_t take_old(struct merge *merge, uint64_t below)
{
	const struct flash *old;

	for (; merge->next < merge->old->n; merge->next++) {
		old = &merge->old->items[merge->next];
		if (old->start >= below)
			break;
		if (lasts(old, merge->now_ns))
			add(merge, *old);
	}
	if (merge->next == merge->old->n || merge->old->items[merge->next].start != below)
		return merge->now_ns;
	old = &merge->old->items[merge->next++];
	return lasts(old, merge->now_ns) ? old->since_ns : merge->now_ns;
}

static void note(struct merge *merge, uint64_t start)
{
	uint64_t since = take_old(merge, start);

	add(merge, (struct flash){start, since, merge->now_ns});
}

static void compare(struct merge *merge, const struct process *old, const struct process *now)
{
	size_t i = 0, k = 0;

	while (i < old->n_regions || k < now->n_regions) {
		const struct region *was = i < old->n_regions ? &old->regions[i] : NULL;
		const struct region *is = k < now->n_regions ? &now->regions[k] : NULL;

		if (was && is && was->start == is->start) {
			if (changed(was, is))
				note(merge, is->start);
			i++;
			k++;
		} else if (was && (!is || was->start < is->start)) {
			note(merge, was->start);
			i++;
		} else if (is) {
			note(merge, is->start);
			k++;
		}
	}
}

void flashes_update(struct flashes *flashes, const struct process *old, const struct process *now,
		    uint64_t now_ns)
{
	struct merge merge = {.old = flashes, .now_ns = now_ns};

	if (old && now && old->start_time == now->start_time)
		compare(&merge, old, now);
	while (merge.next < flashes->n) {
		if (lasts(&flashes->items[merge.next], now_ns))
			add(&merge, flashes->items[merge.next]);
		merge.next++;
	}
	free(flashes->items);
	flashes->items = merge.items;
	flashes->n = merge.n;
	flashes->room = merge.room;
}

void flashes_add(struct flashes *flashes, uint64_t start, uint64_t now_ns)
{
	struct merge merge = {.old = flashes, .now_ns = now_ns};

	note(&merge, start);
	take_old(&merge, UINT64_MAX);
	free(flashes->items);
	flashes->items = merge.items;
	flashes->n = merge.n;
	flashes->room = merge.room;
}

void flashes_fini(struct flashes *flashes)
{
	free(flashes->items);
	memset(flashes, 0, sizeof(*flashes));
}

const struct flash *flashes_at(const struct flashes *flashes, uint64_t start, uint64_t end)
{
	size_t low = 0, high = flashes->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (flashes->items[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == flashes->n || flashes->items[low].start > end - 1)
		return NULL;
	return &flashes->items[low];
}
