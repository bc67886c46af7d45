/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heat in words: for screens and tables alike. Pure. */
#include <string.h>

#include "core/heat.h"

static const struct {
	const char *name, *way, *limits;
} words[] = {
	[HEAT_BY_ANY] = {"none", "by nothing that this kernel tells",
			 "How much memory is used is not known here."},
	[HEAT_IDLE] =
		{"idle", "by idle page tracking",
		 "Reads and writes within the window count, whoever maps the page, but not those through an "
		 "entry that stayed in a TLB; pages off the LRU lists are not told, and a large folio has "
		 "one bit."},
	[HEAT_ENTRIES] = {"entries", "by accessed bits of page-table entries",
			  "Reads and writes count since somebody cleared the bit, mostly reclaim; without "
			  "memory pressure that is since the page was mapped."},
	[HEAT_WRITTEN] = {"written", "by userfaultfd's asynchronous write-protection",
			  "Writes alone count, since the process itself protected the page last; of other "
			  "memory nothing is known."},
	[HEAT_SOFT_DIRTY] = {"soft-dirty", "by soft-dirty bits",
			     "Writes alone count, since somebody cleared the process's bits; what was mapped "
			     "since then counts as written."},
	[HEAT_CLEARED] =
		{"cleared", "by Referenced in smaps",
		 "One share for a whole memory area: regions of one area cannot be told apart. Reads and "
		 "writes since the bits were cleared count, but not those through an entry that stayed "
		 "in a TLB."},
	[HEAT_LRU] = {"lru", "by REFERENCED and ACTIVE of the LRU lists",
		      "It is what reclaim noted when it looked last, not what the processor says now; a page "
		      "without either may well be in use."},
	[HEAT_SMAPS] = {"smaps", "by Referenced in smaps",
			"One share for a whole memory area: regions of one area cannot be told apart; it "
			"counts since somebody cleared the bits, if anybody did (--by cleared does)."},
};
_Static_assert(sizeof(words) / sizeof(words[0]) == HEAT_BY_COUNT, "words for each way");

const char *heat_by_name(enum heat_by by)
{
	return words[by].name;
}

enum heat_by heat_by_named(const char *name)
{
	unsigned by;

	for (by = HEAT_IDLE; by < HEAT_BY_COUNT; by++)
		if (!strcmp(words[by].name, name))
			break;
	return (enum heat_by)by;
}

bool heat_by_areas(enum heat_by by)
{
	return by == HEAT_SMAPS || by == HEAT_CLEARED;
}

const char *heat_limits(enum heat_by by)
{
	return words[by].limits;
}

/* Below that the shares are the same to anybody who is to choose by them. */
#define DIFFER 0.05

/* From the first to the last. As numbers of pages they may be too large for products of three. */
static bool differ(const struct heat *heat)
{
	const struct heat_region *first = &heat->items[heat->ranked[0]],
				 *last = &heat->items[heat->ranked[heat->known - 1]];

	return (double)first->used / first->of >= (double)last->used / last->of + DIFFER;
}

const char *heat_order(const struct heat *heat)
{
	return heat->known < 2 || differ(heat) ? "those used most first" : "all used about alike";
}

const char *heat_doubt(const struct heat *heat)
{
	const struct heat_region *first, *middle;

	if (heat->known < 2)
		return NULL;
	first = &heat->items[heat->ranked[0]];
	middle = &heat->items[heat->ranked[heat->known / 2]];
	if (heat_by_areas(heat->by) && first->used == middle->used && first->of == middle->of)
		return "Inside one memory area smaps cannot tell regions apart, and here most have one "
		       "share. Idle page tracking can (CONFIG_IDLE_PAGE_TRACKING, as the kernels of "
		       "thpscope lab have it).";
	return differ(heat) ? NULL : "Shares hardly differ: their order tells nothing.";
}

void heat_say_way(const struct heat *heat, struct buf *out)
{
	buf_puts(out, words[heat->by].way);
	if (heat->window_ns && heat->by == HEAT_CLEARED)
		buf_printf(out, ", used at least once in %.1f s after they were cleared",
			   (double)heat->window_ns / 1e9);
	else if (heat->window_ns)
		buf_printf(out, ", used at least once in %.1f s", (double)heat->window_ns / 1e9);
}

void heat_say_ground(const struct heat *heat, struct buf *out)
{
	buf_printf(out, "Told %s. %s", words[heat->by].way, words[heat->by].limits);
	if (heat->missing)
		buf_printf(out, " What would tell more lacks something here: %s", heat->missing);
}

void heat_say_used(const struct heat *heat, const struct heat_region *region, struct buf *out)
{
	if (!region->of)
		buf_puts(out, "unknown");
	else if (heat_by_areas(heat->by))
		buf_printf(out, "%u of %u pages of its VMA", region->used, region->of);
	else if (region->pages == region->of)
		buf_printf(out, "%u of %u page%s", region->used, region->of, region->of == 1 ? "" : "s");
	else
		buf_printf(out, "%u of %u folio%s (%u pages)", region->used, region->of,
			   region->of == 1 ? "" : "s", region->pages);
}
