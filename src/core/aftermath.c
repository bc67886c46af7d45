/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a trigger, in a sentence. */
#include "core/aftermath.h"

#include <stdio.h>
#include <string.h>

/* The highest order of a folio behind it; -1: not known. */
static int highest_order(const struct region *region)
{
	int order = ORDER_MAX;

	if (!region->orders_known)
		return -1;
	while (order > 0 && !region->orders[order])
		order--;
	return order;
}

static enum mapping mapping_of(const struct region *region)
{
	return region ? region->mapping : MAPPING_NONE;
}

/* "reason", with ": said" behind it if there is something to quote. */
static const char *quote(const struct aftermath *aftermath, const char *reason, struct arena *arena)
{
	if (!*aftermath->said)
		return reason;
	return arena_printf(arena, "%s: %s", reason, aftermath->said);
}

/* Pages of their own, side by side: only their mapping is ever collapsed or split. */
static bool team(const struct region *region)
{
	return region && region->backing == BACKING_TEAM;
}

static const char *collapsed_text(const struct aftermath *aftermath, struct arena *arena)
{
	const enum mapping before = mapping_of(aftermath->before), after = mapping_of(aftermath->after);

	if (after == MAPPING_PMD && before == MAPPING_PMD)
		return aftermath->error
			       ? quote(aftermath, "the kernel refused; it is mapped by PMD, as before", arena)
			       : "it was mapped by PMD already: nothing changed";
	if (aftermath->error)
		return quote(aftermath, "the kernel refused", arena);
	if (after == MAPPING_PMD && *aftermath->said && !team(aftermath->after))
		return arena_printf(
			arena,
			"collapsed: it is mapped by PMD now; the kernel's word is of what it found: %s",
			aftermath->said);
	if (after == MAPPING_PMD && team(aftermath->after))
		return before == MAPPING_UNKNOWN
			       ? "the team is mapped by PMD now"
			       : "the team is mapped by PMD again: its ptes gave way, and no page "
				 "moved";
	if (after == MAPPING_PMD)
		return before == MAPPING_UNKNOWN ? "it is mapped by PMD now"
						 : "collapsed: it was not mapped by PMD before and is now";
	if (after == MAPPING_UNKNOWN)
		return "the kernel says that it was done; how it is mapped now cannot be seen here";
	if (after == MAPPING_NONE)
		return "the kernel says that it was done; nothing is mapped now, and the next access maps "
		       "the "
		       "huge "
		       "page";
	if (*aftermath->said)
		return quote(aftermath, "the call succeeded and did nothing", arena);
	return "the call succeeded, but it is not mapped by PMD: nothing was collapsed, or it was split "
	       "again";
}

static const char *collapsed(const struct aftermath *aftermath, struct arena *arena)
{
	const char *text = collapsed_text(aftermath, arena);
	const char *reasons = *aftermath->said ? "" : "; 'why' tells the reasons";

	if (aftermath->judged || (!aftermath->error && !aftermath->unheard))
		return text;
	if (!aftermath->error)
		return arena_printf(arena, "%s; %s", text, aftermath->unheard);
	if (aftermath->unheard)
		return arena_printf(arena, "%s%s; %s", text, reasons, aftermath->unheard);
	if (aftermath->lost)
		return arena_printf(
			arena,
			"%s%s; whether it gave a verdict is not known: there was more to hear than could be",
			text, reasons);
	if (!*aftermath->said && mapping_of(aftermath->after) != MAPPING_PMD)
		return arena_printf(arena, "%s before it looked at any page%s", text, reasons);
	return arena_printf(arena, "%s; it gave no verdict, so it refused before it looked at any page%s",
			    text, reasons);
}

/* Behind a sentence about a split that will not last. */
static const char *with_again(const struct aftermath *aftermath, const char *text, struct arena *arena)
{
	if (!aftermath->again)
		return text;
	return arena_printf(
		arena,
		"%s; khugepaged may collapse it again within seconds, for this memory is to be huge "
		"by advice or by setting",
		text);
}

/* What of shared memory goes with a split: the pages are there, but not in this page table. */
static const char *with_unmapped(const struct aftermath *aftermath, const char *text, struct arena *arena)
{
	const struct region *before = aftermath->before, *after = aftermath->after;

	if (!before || !after || after->present >= before->present)
		return text;
	return arena_printf(arena, "%s; of its %u pages %u are mapped now, the others when they are touched",
			    text, before->present, after->present);
}

static const char *split(const struct aftermath *aftermath, struct arena *arena)
{
	const enum mapping before = mapping_of(aftermath->before), after = mapping_of(aftermath->after);

	if (aftermath->error && before == after)
		return quote(aftermath, "the kernel refused", arena);
	if (before == MAPPING_PMD && after == MAPPING_PTE && team(aftermath->after))
		return with_unmapped(
			aftermath,
			"split: the same team is mapped by single ptes now, until somebody asks for a "
			"collapse",
			arena);
	if (before == MAPPING_PMD && after == MAPPING_PTE && team(aftermath->before))
		return region_disbanded(aftermath->before, aftermath->after)
			       ? "split: the team was disbanded, and its pages are mapped by single ptes, "
				 "each for itself"
			       : with_unmapped(aftermath, "split: it is mapped by single ptes now", arena);
	if (before == MAPPING_PMD && after == MAPPING_PTE)
		return with_again(
			aftermath,
			with_unmapped(aftermath,
				      aftermath->after->backing == BACKING_THP
					      ? "split: the same huge page is mapped by single ptes now"
					      : "split: it is mapped by single ptes now",
				      arena),
			arena);
	if (before == MAPPING_PMD && after == MAPPING_NONE)
		return "split: the kernel took the PMD of a file away; the next access maps it again";
	if (before == MAPPING_UNKNOWN || after == MAPPING_UNKNOWN)
		return "how it is mapped cannot be seen here, so it is not known what came of it";
	if (before == MAPPING_PMD && after == MAPPING_PMD)
		return "it is mapped by PMD, as before: nothing was split, or it was collapsed again at once";
	return "it was not mapped by PMD: there was nothing to split";
}

/* Whether a whole folio of PMD size is behind it. */
static bool whole(const struct region *region)
{
	return region && region->backing == BACKING_THP;
}

/* Whether somebody else maps it too: then MADV_COLD leaves it alone (mm/madvise.c, folio_likely_mapped_shared). */
static bool shared(const struct region *region)
{
	return region->mapcount.entire > 1 || region->mapcount.highest > 1;
}

static const char *orders_text(const struct region *region, struct arena *arena)
{
	unsigned order, low = ORDER_MAX + 1, high = 0;

	for (order = 0; region->orders_known && order <= ORDER_MAX; order++) {
		if (!region->orders[order])
			continue;
		low = low > ORDER_MAX ? order : low;
		high = order;
	}
	if (low > ORDER_MAX)
		return "";
	if (low == high)
		return arena_printf(arena, " into folios of order %u", low);
	return arena_printf(arena, " into folios of orders %u to %u", low, high);
}

static const char *split_folio(const struct aftermath *aftermath, struct arena *arena)
{
	const struct region *before = aftermath->before, *after = aftermath->after;

	if (aftermath->error && whole(before) == whole(after))
		return quote(aftermath, "the kernel refused", arena);
	if ((before && before->backing == BACKING_UNKNOWN) || (after && after->backing == BACKING_UNKNOWN))
		return "what is behind it cannot be seen here, so it is not known what came of it";
	if (team(before) && mapping_of(after) == MAPPING_NONE)
		return "the kernel took the mapping away; the next access shows what became of the team";
	if (team(before) && team(after))
		return "nothing happened: a team is pages of their own already, and stays one";
	if (team(before))
		return region_disbanded(before, after)
			       ? "the team was disbanded: its pages stay where they are, as ordinary ones, "
				 "all but what was punched"
			       : "other memory is behind it now, or behind a part of it";
	if (!before || (!whole(before) && before->backing != BACKING_THP_PARTIAL &&
			before->backing != BACKING_MTHP && before->backing != BACKING_MIXED))
		return "there was no large folio here: nothing to split";
	if (!after)
		return "the kernel took the mapping away; the next access shows what became of the folio";
	if (after->backing == before->backing &&
	    !memcmp(after->orders, before->orders, sizeof(after->orders)))
		return aftermath->way == TRIGGER_WAY_ADVICE && shared(before)
			       ? "nothing happened: the call succeeds but leaves a folio alone that others "
				 "map too"
			       : "nothing happened: the call succeeded, and the folio is as large as before";
	return with_again(
		aftermath,
		with_unmapped(aftermath,
			      arena_printf(arena, "the folio was split%s", orders_text(after, arena)), arena),
		arena);
}

/* Of a page where no memory was. */
static const char *brought(const struct aftermath *aftermath)
{
	const struct region *before = aftermath->before;

	if (!aftermath->present_after)
		return "the write left nothing here that can be seen";
	if (!aftermath->entry_before)
		return "nothing was here: the write brought new memory";
	/* Not known of a page, but of the region: that there is none that is something else. */
	if (before && before->swapped && !before->nonswap && before->backing != BACKING_UNKNOWN)
		return "it was swapped out: the write brought it back";
	return "no memory was here, but something: it was swapped out, on the move or marked; the write "
	       "brought memory";
}

static const char *copied(const struct aftermath *aftermath, struct arena *arena)
{
	const enum mapping before = mapping_of(aftermath->before), after = mapping_of(aftermath->after);
	const unsigned long long kib = aftermath->page_size >> 10;
	const char *did = "copied", *frames;

	if (aftermath->error)
		return quote(aftermath, "the kernel refused", arena);
	if (!aftermath->present_before)
		return brought(aftermath);
	/* Mapped more than once before and once now: it is another page, unless all others went meanwhile. */
	if ((!aftermath->frame_before || !aftermath->frame_after) && aftermath->shared_before &&
	    aftermath->alone_after)
		return "copied: the page was mapped by others too, and is this process's alone now (frames "
		       "are not "
		       "shown here; or the others gave theirs up at that moment)";
	if (!aftermath->frame_before || !aftermath->frame_after)
		return "frames are not shown here, so whether the kernel copied or reused is not known";
	if (aftermath->frame_before == aftermath->frame_after)
		return "reused: the page has the same frame as before, nothing was copied";
	if (aftermath->moved)
		did = "copied, or moved: the kernel may have migrated, collapsed or swapped it meanwhile";
	frames = arena_printf(arena, "%llx instead of %llx", (unsigned long long)aftermath->frame_after,
			      (unsigned long long)aftermath->frame_before);
	if (before == MAPPING_PMD && after == MAPPING_PMD)
		return arena_printf(arena, "%s: the whole region has a new huge page, frame %s", did, frames);
	if (before == MAPPING_PMD)
		return arena_printf(arena, "%s: the PMD was split, and %llu KiB have a new frame, %s", did,
				    kib, frames);
	return arena_printf(arena, "%s: %llu KiB have a new frame, %s", did, kib, frames);
}

static const char *forked(const struct aftermath *aftermath, struct arena *arena)
{
	if (!aftermath->child)
		return quote(aftermath, "the kernel refused", arena);
	return arena_printf(arena,
			    "process %d was born; private memory is shared with it until one of them writes",
			    (int)aftermath->child);
}

const char *aftermath_text(const struct aftermath *aftermath, struct arena *arena)
{
	switch (aftermath->kind) {
	case TRIGGER_COLLAPSE:
		return collapsed(aftermath, arena);
	case TRIGGER_SPLIT:
		return split(aftermath, arena);
	case TRIGGER_SPLIT_FOLIO:
		return split_folio(aftermath, arena);
	case TRIGGER_COW:
		return copied(aftermath, arena);
	case TRIGGER_FORK:
		return forked(aftermath, arena);
	case TRIGGER_KIND_COUNT:
		break;
	}
	return "";
}

bool aftermath_again(const struct moment *moment, const struct vma *vma)
{
	const struct figure *knobs = moment->system.knobs;
	const size_t n = moment->system.n_knobs;
	const char *all = figure_value(knobs, n, "enabled"), *own;
	const bool anon = vma->kind != VMA_FILE && vma->kind != VMA_SHMEM, known = vma->eligible_ns;
	char name[48];

	snprintf(name, sizeof(name), "hugepages-%llukB/enabled", (unsigned long long)moment->pmd_size >> 10);
	own = anon ? figure_value(knobs, n, name) : NULL;
	if (!own || !strcmp(own, "inherit"))
		own = all;
	/* (THPeligible is the kernel's own answer, of files and shmem too.) */
	if (!own || !strcmp(own, "never") || (known ? !vma->eligible : !anon) ||
	    (known && vma->advice == VMA_ADVICE_NOHUGEPAGE))
		return false;
	return !strcmp(own, "always") || (known && vma->advice == VMA_ADVICE_HUGEPAGE);
}

bool aftermath_done(const struct event *event)
{
	const struct event_effect *own = event->n_effects ? &event->effects[0] : NULL;
	const struct region *after = own && own->has ? &own->after : NULL;
	const struct region *before = own && own->had ? &own->before : NULL;

	if (!after || after->mapping == MAPPING_UNKNOWN)
		return !event->error;
	switch (event->kind) {
	case EVENT_COLLAPSE:
		return after->mapping == MAPPING_PMD;
	case EVENT_SPLIT:
		return after->mapping != MAPPING_PMD;
	case EVENT_SPLIT_FOLIO:
		if (team(before))
			return !team(after);
		if (!before || highest_order(after) < 0 || highest_order(before) < 0)
			return !event->error;
		return !highest_order(after) || memcmp(after->orders, before->orders, sizeof(after->orders));
	case EVENT_COW:
	case EVENT_FORK:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_MAPPING:
	case EVENT_LOST:
	case EVENT_KIND_COUNT:
		break;
	}
	return !event->error;
}
