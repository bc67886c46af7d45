/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of one region, in a clause. */
#include "core/caption_parts.h"

#include <inttypes.h>

void caption_put_pages(uint64_t n, struct buf *text)
{
	if (n == 1)
		buf_puts(text, "one page");
	else
		buf_printf(text, "%" PRIu64 " pages", n);
}

/* Between the parts of a clause that is begun at `from`. */
static void join(struct buf *text, size_t from)
{
	if (text->len > from)
		buf_puts(text, ", ");
}

static const char *what(enum backing backing)
{
	static const char *const words[BACKING_COUNT] = {
		[BACKING_UNKNOWN] = "not known",  [BACKING_NONE] = "nothing",
		[BACKING_SMALL] = "small pages",  [BACKING_MTHP] = "folios between a page and a huge page",
		[BACKING_THP] = "one huge page",  [BACKING_THP_PARTIAL] = "part of a huge page",
		[BACKING_TEAM] = "a page team",	  [BACKING_HUGETLB] = "hugetlb",
		[BACKING_ZERO] = "the zero page", [BACKING_SWAP] = "in swap",
		[BACKING_MIXED] = "a mixture",
	};

	return words[backing];
}

static bool same_folio(const struct region *a, const struct region *b)
{
	return a->pfn && (a->pfn == b->pfn || a->pfn == b->thp);
}

static bool has_pages(enum backing backing)
{
	return backing == BACKING_SMALL || backing == BACKING_MTHP || backing == BACKING_MIXED ||
	       backing == BACKING_THP_PARTIAL;
}

/* Pages of a region that were one huge page's, and are not any more: they have been copied. -1: that cannot be told. */
static int64_t left_folio(const struct region *before, const struct region *after)
{
	if (before->backing != BACKING_THP || !after->orders_known || after->thp != before->pfn ||
	    !before->pfn || !before->order_known)
		return -1;
	return (int64_t)after->present - after->orders[before->order];
}

/* How many pages became the writer's own by copies. -1: that cannot be told. */
static int64_t copied(const struct region *before, const struct region *after)
{
	const int64_t left = left_folio(before, after);

	if (left >= 0)
		return left;
	if (before->file && after->anon > before->anon) /* a private mapping of a file: copies of its pages */
		return (int64_t)after->anon - before->anon;
	if (before->present != after->present || before->exclusive == UNKNOWN_COUNT ||
	    after->exclusive == UNKNOWN_COUNT || before->anon != before->present)
		return -1;
	return after->exclusive - before->exclusive;
}

static void put_shared(const struct region *before, const struct region *after, struct buf *text, size_t from)
{
	const int64_t own = after->exclusive + after->zero;

	/* What a PMD maps of a team is not counted on each of its pages by every kernel that has them. */
	if (after->exclusive == UNKNOWN_COUNT || own > after->present || before->backing == BACKING_TEAM ||
	    after->file)
		return;
	join(text, from);
	if (own == after->present)
		buf_puts(text, "none is shared any more");
	else
		buf_printf(text, "%" PRId64 " %s still shared", after->present - own,
			   after->present - own == 1 ? "is" : "are");
}

static bool mapped_once(const struct region *region)
{
	return region->mapcount.highest == 1 || (region->exclusive == region->present && region->present);
}

/* A write: whether it copied, what, and why not. */
static void put_write(const struct region *before, const struct region *after, struct buf *text)
{
	const size_t from = text->len;
	const int64_t n = copied(before, after);

	if (before->mapping == MAPPING_PMD && after->mapping == MAPPING_PTE)
		buf_puts(text, "its PMD was split");
	if (before->mapping == MAPPING_PMD && after->mapping == MAPPING_PMD && before->pfn && after->pfn) {
		if (before->pfn != after->pfn)
			buf_printf(text, "the whole huge page was copied, all %" PRIu32 " pages of it",
				   after->present);
		else
			buf_printf(text, "written in place, nothing was copied%s",
				   mapped_once(before) ? ": nobody else maps it" : "");
		return;
	}
	if (before->mapping == MAPPING_PTE && after->mapping == MAPPING_PTE && !n && mapped_once(before)) {
		buf_puts(text, "written in place, nothing was copied: nobody else maps it");
		return;
	}
	if (n <= 0 && after->present > before->present) {
		join(text, from);
		caption_put_pages(after->present - before->present, text);
		buf_puts(text, after->present - before->present == 1 ? " is new" : " are new");
	}
	if (n <= 0)
		return;
	join(text, from);
	caption_put_pages((uint64_t)n, text);
	buf_puts(text, n == 1 ? " was copied" : " were copied");
	put_shared(before, after, text, from);
}

/* Towards a PMD entry: whether memory was copied for it. */
static void put_huge(const struct region *before, const struct region *after, struct buf *text)
{
	if (after->backing == BACKING_TEAM) {
		buf_puts(text, "the ptes gave way to one PMD entry, and no page moved");
	} else if (before->backing == BACKING_THP && same_folio(before, after)) {
		buf_puts(text,
			 "the huge page was there already; the ptes gave way to one PMD entry, nothing was "
			 "copied");
	} else if (before->backing == BACKING_THP && after->backing == BACKING_THP && before->pfn &&
		   after->pfn && before->anon == before->present) {
		caption_put_pages(before->present, text);
		buf_puts(text, " were copied from one huge page into another, which one PMD entry maps");
	} else if (has_pages(before->backing) && after->backing == BACKING_THP &&
		   before->anon == before->present && before->present > before->zero) {
		caption_put_pages(before->present - before->zero, text);
		buf_printf(text, " %s copied into a huge page, which one PMD entry maps",
			   before->present - before->zero == 1 ? "was" : "were");
	} else if (has_pages(before->backing) && after->backing == BACKING_THP) {
		buf_puts(text, "the memory is one huge page now, which one PMD entry maps");
	} else {
		buf_puts(text, "the mapping is one PMD entry now");
	}
}

/* Away from a PMD entry. */
static void put_split(const struct region *before, const struct region *after, struct buf *text)
{
	const size_t from = text->len;
	const int64_t n = left_folio(before, after);

	if (before->backing == BACKING_TEAM && after->backing == BACKING_TEAM) {
		buf_puts(text, "the PMD entry gave way to ptes, and no page of the team moved");
		return;
	}
	buf_printf(text, "the PMD was split into %" PRIu32 " ptes", after->present);
	if (before->backing == BACKING_THP && after->backing == BACKING_THP && same_folio(before, after)) {
		buf_puts(text, ", which map the same huge page: nothing was copied");
	} else if (before->backing == BACKING_THP && after->backing == BACKING_SMALL) {
		buf_puts(text, ", and the huge page into small pages");
	} else if (n > 0) {
		join(text, from);
		caption_put_pages((uint64_t)n, text);
		buf_puts(text, n == 1 ? " is another one now" : " are others now");
	}
	if (after->present < before->present) {
		join(text, from);
		caption_put_pages(before->present - after->present, text);
		buf_printf(text, " less %s mapped", before->present - after->present == 1 ? "is" : "are");
	}
}

static void put_split_folio(const struct region *after, struct buf *text)
{
	if (after->backing == BACKING_SMALL)
		buf_puts(text, "the huge page was split into small pages; each is memory of its own now");
	else if (after->backing == BACKING_MTHP)
		buf_puts(text, "the huge page was split into smaller folios");
	else
		buf_printf(text, "the memory is %s now", what(after->backing));
}

/* Nothing but counts differ. */
static void put_counts(const struct mapcount *before, const struct mapcount *after, struct buf *text)
{
	const bool whole = before->entire == before->highest && before->total == before->entire &&
			   after->entire == after->highest && after->total == after->entire;

	if (before->highest != after->highest && before->highest != UNKNOWN_COUNT &&
	    after->highest != UNKNOWN_COUNT)
		buf_printf(text, "the %smapcount went from %" PRId64 " to %" PRId64, whole ? "" : "highest ",
			   before->highest, after->highest);
	else if (before->total != after->total && before->total != UNKNOWN_COUNT &&
		 after->total != UNKNOWN_COUNT)
		buf_printf(text, "the total mapcount went from %" PRId64 " to %" PRId64, before->total,
			   after->total);
}

static void put_mapped(const struct region *after, struct buf *text)
{
	if (after->mapping == MAPPING_PMD) {
		buf_puts(text, "the mapping is one PMD entry now");
	} else if (after->mapping == MAPPING_PTE && after->present) {
		caption_put_pages(after->present, text);
		buf_puts(text, after->present == 1 ? " is mapped now, by a pte" : " are mapped now, by ptes");
	} else {
		buf_printf(text, "the mapping is %s now", mapping_name(after->mapping));
	}
}

static void put_unmapped(const struct region *before, struct buf *text)
{
	buf_puts(text, "nothing is mapped any more");
	if (before->file && before->file == before->present)
		buf_puts(text, "; the next access maps the file again");
}

/* The amount of memory differs, or what it is. */
static void put_memory(const struct region *before, const struct region *after, struct buf *text)
{
	if (after->swapped > before->swapped) {
		caption_put_pages(after->swapped - before->swapped, text);
		buf_printf(text, " %s swapped out", after->swapped - before->swapped == 1 ? "was" : "were");
	} else if (after->present > before->present) {
		caption_put_pages(after->present - before->present, text);
		buf_printf(text, " more %s mapped", after->present - before->present == 1 ? "is" : "are");
	} else if (after->present < before->present) {
		caption_put_pages(before->present - after->present, text);
		buf_printf(text, " less %s mapped", before->present - after->present == 1 ? "is" : "are");
	} else if (before->backing != after->backing && before->backing != BACKING_UNKNOWN &&
		   after->backing != BACKING_UNKNOWN) {
		buf_printf(text, "the memory was %s and is %s now", what(before->backing),
			   what(after->backing));
	} else {
		put_counts(&before->mapcount, &after->mapcount, text);
	}
}

void caption_region(const struct event_effect *effect, enum caption_cause cause, struct buf *text)
{
	const struct region *before = &effect->before, *after = &effect->after;
	const enum mapping was = effect->had ? before->mapping : MAPPING_NONE;
	const enum mapping is = effect->has ? after->mapping : MAPPING_NONE;

	if (was == MAPPING_UNKNOWN || is == MAPPING_UNKNOWN) /* what it was or is would be a guess */
		return;
	if (was == MAPPING_NONE) {
		if (is != MAPPING_NONE)
			put_mapped(after, text);
	} else if (is == MAPPING_NONE && was != MAPPING_PMD) {
		put_unmapped(before, text);
	} else if (is == MAPPING_NONE) {
		buf_puts(text, "the PMD entry is gone, and ");
		put_unmapped(before, text);
	} else if (cause == CAUSE_WRITE) {
		put_write(before, after, text);
	} else if (cause == CAUSE_OTHER_WROTE && was == is && (is == MAPPING_PMD || is == MAPPING_PTE)) {
		buf_printf(text, "the mapping is still by %s", is == MAPPING_PMD ? "PMD" : "ptes");
	} else if (was != MAPPING_PMD && is == MAPPING_PMD) {
		put_huge(before, after, text);
	} else if (before->backing == BACKING_THP && cause == CAUSE_SPLIT_FOLIO &&
		   after->backing != BACKING_THP && after->backing != BACKING_UNKNOWN) {
		put_split_folio(after, text);
	} else if (was == MAPPING_PMD && is == MAPPING_PTE) {
		put_split(before, after, text);
	} else if (was == MAPPING_PMD && before->pfn && after->pfn && before->pfn != after->pfn) {
		buf_puts(text, "the huge page is another one now");
	} else {
		put_memory(before, after, text);
	}
}
