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
			    "touch the rest, or raise max_ptes_none");
	/* (Guard markers and pages on the move count too; they have reasons of their own.) */
	check_limit(judge, "max-ptes-swap", "khugepaged/max_ptes_swap", region->swapped, "swapped out",
		    "More of it is swapped out than khugepaged may read in.",
		    "touch what is swapped out, or raise max_ptes_swap");
	if (region->exclusive == UNKNOWN_COUNT || region->exclusive + region->zero > region->present)
		return;
	shared = region->present - region->zero - (uint64_t)region->exclusive;
	check_limit(judge, "max-ptes-shared", "khugepaged/max_ptes_shared", shared, "shared with others",
		    "More of it is shared with other processes (since a fork) than khugepaged may copy.",
		    "a write to each page, which copies it; the end of the others; or a higher "
		    "max_ptes_shared");
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
	if (region->swapped && !judge->refused)
		why_add(judge, "swap", WHY_HINDERS,
			"A part of it is swapped out: khugepaged reads it in only if half of the region was "
			"referenced lately.",
			"%u of %llu pages swapped", region->swapped, (ull)judge->pages)
			->remedy = why_or_collapse(judge, "touch what is swapped out");
	if (region->nonswap)
		why_add(judge, "in-motion", WHY_HINDERS,
			"Some of its pages are being moved, or are poisoned.",
			"%u entries that are neither memory nor swap", region->nonswap)
			->remedy = "wait, and look again";
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
