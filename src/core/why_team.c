/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a page team is not mapped huge, and why there is none where there could be: the rules of the team kernel
 * (thpscope-kernel(7)). No knob concerns teams, and khugepaged leaves them alone: what is not mapped by PMD stays so until
 * somebody asks.
 */
#include <string.h>

#include "core/why_parts.h"

bool why_teams(const struct why_judge *judge)
{
	const char *mount = judge->facts->mount;

	return why_is_team(judge) ||
	       (judge->facts->vma->kind == VMA_SHMEM && mount && !strcmp(mount, "team"));
}

/* What collapse_pte_mapped_team() turns back for, beside what a fault does. */
static void check_locked(struct why_judge *judge)
{
	if (why_flag(judge, "lo"))
		why_refuse(judge, "team-mlocked",
			   "It is mlocked: locked pages are counted by their own entries, and a team with "
			   "such is "
			   "mapped by those.",
			   "VmFlags lo, VmLck %lld kB", (long long)judge->facts->locked_kb)
			->remedy = "munlock, and then a request";
}

static void check_split(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	if (region->mapping == MAPPING_PTE && judge->end - judge->start == judge->facts->pmd_size)
		why_add(judge, "team-by-ptes", WHY_DECISIVE,
			"The team is there, mapped by a table of small entries: its huge entry was taken "
			"apart by what changes a part of it or splits the memory area (such as mprotect, "
			"munmap, mremap, madvise, mlock or a probe) or by a write while it was read-only, or "
			"the table was there before the team. A fault makes the huge entry where no table "
			"is, khugepaged never.",
			"mapping pte, backing team, %u of %llu pages%s", region->present,
			(unsigned long long)judge->pages,
			region->team_usage == UNKNOWN_COUNT
				? ""
				: arena_printf(judge->arena, ", usage %lld", (long long)region->team_usage))
			->remedy = why_or_collapse(judge, "");
}

/* Small pages where the mount would have had a team. Copies of a private mapping say nothing of what the file has. */
static void check_none(struct why_judge *judge)
{
	const struct region *region = judge->facts->region;

	if (!region || region->mapping != MAPPING_PTE || !region->file || !judge->facts->frames)
		return;
	if (region->anon || region->team_pages || region->backing == BACKING_MIXED)
		return;
	why_refuse(judge, "team-none",
		   "Its pages are ordinary ones, though the file could have a team here: something "
		   "hindered one when they came to be (such as no free block, a full mount or memory "
		   "cgroup, fallocate, MADV_NOHUGEPAGE, PR_SET_THP_DISABLE or shmem_enabled deny), or the "
		   "team was disbanded by a truncation or a hole.",
		   "mounted with huge=team, backing %s", backing_name(region->backing))
		->remedy = "empty the whole extent (a hole of the size of a huge page: what is in it is "
			   "lost), and touch it again";
}

void why_check_team(struct why_judge *judge)
{
	if (!why_teams(judge))
		return;
	check_locked(judge);
	if (why_is_team(judge))
		check_split(judge);
	else
		check_none(judge);
}
