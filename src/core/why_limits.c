/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps khugepaged from a region that may be huge, and what can only be suspected
 * (hpage_collapse_scan_pmd, __collapse_huge_page_isolate, mm/khugepaged.c, 6.12).
 */
#include <string.h>

#include "core/why_parts.h"

typedef unsigned long long ull;

/* Its pages are in the page table, not in a file's page cache: what is missing can be counted from outside. */
static bool countable(const struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	return region && why_anon(judge->facts->vma) && region->mapping == MAPPING_PTE &&
	       judge->end - judge->start == judge->facts->pmd_size;
}

/* One of max_ptes_none, _swap and _shared. */
static void check_limit(struct why_judge *judge, const char *id, const char *name, uint64_t pages,
			const char *what, const char *text, const char *remedy)
{
	uint64_t most;

	if (!why_knob_number(judge, name, &most) || pages <= most)
		return;
	why_add(judge, id, WHY_DECISIVE, text, "%s %llu, %llu of %llu pages %s", name, (ull)most, (ull)pages,
		(ull)judge->pages, what)
		->remedy = why_or_collapse(judge, remedy);
}

/* A remedy that begins with a touch, and what does as well without one. */
static const char *touch_or(struct why_judge *judge, bool write, const char *touch, const char *other)
{
	return arena_printf(judge->arena, "%s%s", why_permitted(judge, write, touch), other);
}

/*
 * Since Linux 6.10 khugepaged takes every page of a folio for shared if the folio is (folio_likely_mapped_shared, 6.15+
 * folio_maybe_mapped_shared). Of one whole huge page that is certain: it has more mappings than pages. Else which pages
 * are of one folio is not known here, and the pages that are shared themselves are the least.
 */
static void check_shared(struct why_judge *judge, uint64_t shared)
{
	const struct region *region = judge->facts->region;
	const bool by_folio = judge->release && !why_before(judge, 6, 10) && shared;
	const uint64_t pages = region->present - region->zero;
	uint64_t most, large, may;

	if (by_folio && region->backing == BACKING_THP && shared < pages) {
		check_limit(
			judge, "max-ptes-shared", "khugepaged/max_ptes_shared", pages,
			arena_printf(judge->arena,
				     "of a huge page that is shared with others in a part (%llu pages of it)",
				     (ull)shared),
			"A part of its huge page is shared with other processes (since a fork), and so all "
			"of it "
			"counts: more than khugepaged may copy.",
			"the end of the others");
		return;
	}
	check_limit(judge, "max-ptes-shared", "khugepaged/max_ptes_shared", shared, "shared with others",
		    "More of it is shared with other processes (since a fork) than khugepaged may copy.",
		    /* (No limit can be as high as all pages.) */
		    touch_or(judge, true, "a write to each page, which copies it",
			     shared < judge->pages ? "; the end of the others; or a higher max_ptes_shared"
						   : "; or the end of the others"));
	large = region->orders_known ? pages - region->orders[0] : 0;
	/* (Those of large folios may be the shared ones themselves.) */
	may = shared + large < pages ? shared + large : pages;
	if (!by_folio || !large || !why_knob_number(judge, "khugepaged/max_ptes_shared", &most) ||
	    shared > most || may <= most)
		return;
	why_add(judge, "max-ptes-shared", WHY_SUSPECTED,
		"More of it may count as shared with other processes (since a fork) than khugepaged may "
		"copy: "
		"of a large folio all pages do if one is.",
		"khugepaged/max_ptes_shared %llu, %llu of %llu pages shared with others, %llu in large "
		"folios",
		(ull)most, (ull)shared, (ull)judge->pages, (ull)large)
		->remedy = why_or_collapse(judge, "the end of the others; or a higher max_ptes_shared");
}

void why_check_limits(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	uint64_t shared;

	if (!countable(judge))
		return;
	/* Nothing of its own at all: why_check_pages has said it better. */
	if (judge->missing < judge->pages)
		check_limit(judge, "max-ptes-none", "khugepaged/max_ptes_none", judge->missing,
			    "missing or the zero page",
			    "It has more holes than khugepaged may fill with zeros.",
			    touch_or(judge, true, "touch the rest", "; or raise max_ptes_none"));
	/* (Guard markers and pages on the move count too; they have reasons of their own.) */
	check_limit(judge, "max-ptes-swap", "khugepaged/max_ptes_swap", region->swapped, "swapped out",
		    "More of it is swapped out than khugepaged may read in.",
		    touch_or(judge, false, "touch what is swapped out",
			     region->swapped < judge->pages ? "; or raise max_ptes_swap" : ""));
	if (region->exclusive == UNKNOWN_COUNT || region->exclusive + region->zero > region->present)
		return;
	shared = region->present - region->zero - (uint64_t)region->exclusive;
	check_shared(judge, shared);
}

/* A PMD-sized folio is there already. */
static void check_thp(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;
	const bool file = !why_anon(judge->facts->vma) && region->anon <= region->zero;

	if (region->backing == BACKING_THP)
		why_add(judge, "pte-mapped-thp", WHY_HINDERS,
			file ? "The huge page is there, mapped by a table of small entries that could be "
			       "retracted: nothing need be copied."
			     : "The huge page is there, mapped by small entries: its mapping was split (by "
			       "mprotect, madvise or munmap of a part, or a fork's write).",
			"mapping pte, backing thp, %u of %llu pages", region->present, (ull)judge->pages)
			->remedy = why_or_collapse(judge, "");
	else if (region->backing == BACKING_THP_PARTIAL)
		why_add(judge, "thp-partial", WHY_HINDERS,
			"Behind it are pages of a huge page that cannot be mapped whole here: a part of it "
			"is "
			"gone, or it lies across two slots (mremap).",
			"backing thp-partial, %u of %llu pages present", region->present, (ull)judge->pages)
			->remedy = why_or_collapse(judge, "");
}

void why_check_backing(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	if (!region)
		return;
	check_thp(judge);
	/* (Of a file the table keeps no swap entry but a copy's, which has a reason of its own.) */
	if (region->swapped && why_anon(judge->facts->vma) && !judge->refused)
		why_add(judge, "swap", WHY_HINDERS,
			"A part of it is swapped out: khugepaged reads it in only if half of the region was "
			"referenced lately.",
			"%u of %llu pages swapped", region->swapped, (ull)judge->pages)
			->remedy =
			why_or_collapse(judge, why_permitted(judge, false, "touch what is swapped out"));
	/* (userfaultfd's markers have a reason of their own.) */
	if (region->nonswap > judge->facts->uffd_marks)
		why_add(judge, "in-motion", WHY_HINDERS,
			why_before(judge, 6, 15) && !why_before(judge, 6, 13)
				? "Some of its pages are being moved, or are poisoned, or guard regions, "
				  "which Linux 6.13 and 6.14 do not tell apart."
				: "Some of its pages are being moved, or are poisoned.",
			"%lld entries that are neither memory nor swap",
			(long long)region->nonswap - (long long)judge->facts->uffd_marks)
			->remedy = "wait, and look again: what is being moved comes back, the rest stays";
}

static void check_memcg(struct why_judge *judge)
{
	const struct why_memcg *memcg = &judge->facts->memcg;

	if (!judge->facts->memcg_known || !memcg->path || memcg->most < memcg->now ||
	    memcg->most - memcg->now >= judge->facts->pmd_size)
		return;
	why_add(judge, "memcg-limit", WHY_HINDERS,
		"Its memory cgroup has no room for a huge page beside the small ones that it replaces, "
		"unless the kernel reclaims some.",
		"%s: %llu of %llu kB used", memcg->path, (ull)memcg->now >> 10, (ull)memcg->most >> 10)
		->remedy = "a higher limit (memory.max, or memory.limit_in_bytes), or less use";
}

void why_check_memory(struct why_judge *judge)
{
	const char *defrag = why_knob(judge, "defrag");
	const struct region *region = judge->facts->region;

	/* (A team has its block.) */
	if (why_is_team(judge))
		return;
	if (judge->facts->system->free_pmd_blocks == 0)
		why_add(judge, "no-free-block", WHY_HINDERS,
			"No free block of memory is large enough: first compaction has to make one.",
			"0 free blocks of %llu kB in buddyinfo, defrag %s, khugepaged/defrag %s",
			(ull)judge->facts->pmd_size >> 10, defrag ? defrag : "unknown",
			why_knob(judge, "khugepaged/defrag") ? why_knob(judge, "khugepaged/defrag")
							     : "unknown")
			->remedy = "echo 1 > /proc/sys/vm/compact_memory, or less use of memory";
	/* What is collapsed in place needs none. */
	if (!region || region->backing != BACKING_THP || why_anon(judge->facts->vma))
		check_memcg(judge);
}
