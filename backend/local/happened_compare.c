/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of two live moments of the same processes differs. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "local/happened_parts.h"

struct found {
	struct change *changes;
	size_t n, room;
};

static const struct process *find(const struct moment *moment, const struct process *like)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == like->pid &&
		    moment->processes[i].start_time == like->start_time &&
		    moment->processes[i].outcome == OUTCOME_OK)
			return &moment->processes[i];
	return NULL;
}

/* Memory that is, or was, in huge pages: what else its backing becomes is the life of ordinary memory. */
static bool is_huge(enum backing backing)
{
	return backing == BACKING_THP || backing == BACKING_THP_PARTIAL || backing == BACKING_TEAM ||
	       backing == BACKING_HUGETLB;
}

static bool is_leaf(enum mapping mapping)
{
	return mapping == MAPPING_PMD || mapping == MAPPING_PUD;
}

static bool differs(const struct region *before, const struct region *after)
{
	const bool known = before->mapping != MAPPING_UNKNOWN && after->mapping != MAPPING_UNKNOWN;

	if (known && before->mapping != after->mapping &&
	    (is_leaf(before->mapping) || is_leaf(after->mapping)))
		return true;
	return before->backing != after->backing && before->backing != BACKING_UNKNOWN &&
	       after->backing != BACKING_UNKNOWN && (is_huge(before->backing) || is_huge(after->backing));
}

static bool is_told(const struct told *told, size_t n_told, const struct change *change)
{
	const struct region *before = &change->before;
	const struct told_region *region;
	size_t i, k;

	for (i = 0; i < n_told; i++) {
		for (k = 0; k < told[i].n; k++) {
			region = &told[i].regions[k];
			if (region->pid != change->pid || region->addr >= before->start + before->len ||
			    region->addr + region->len <= before->start)
				continue;
			if (!region->seen || (region->has == change->has &&
					      (!change->has || (region->mapping == change->after.mapping &&
								region->backing == change->after.backing))))
				return true;
		}
	}
	return false;
}

static void add(struct found *found, const struct told *told, size_t n_told, const struct change *change)
{
	if (is_told(told, n_told, change))
		return;
	mem_grow(&found->changes, &found->room, found->n + 1, sizeof(*found->changes));
	found->changes[found->n++] = *change;
}

/* A region that is there no more, in a VMA that still is: worth telling if a PMD mapped it. */
static bool vanished(const struct process *now, const struct region *before)
{
	return before->mapping == MAPPING_PMD && process_vma_at(now, before->start);
}

/* Both ascend by start; a slot that is in several VMAs by now is compared with the first part of it. */
static void compare(const struct process *then, const struct process *now, const struct told *told,
		    size_t n_told, struct found *found)
{
	const struct region *end = now->regions + now->n_regions, *at = now->regions;
	size_t i;

	for (i = 0; i < then->n_regions; i++) {
		const struct region *before = &then->regions[i];
		struct change change = {.pid = now->pid, .process = now, .before = *before};

		while (at < end && at->start + at->len <= before->start)
			at++;
		change.has = at < end && at->start < before->start + before->len;
		if (change.has)
			change.after = *at;
		if (change.has ? differs(before, at) : vanished(now, before))
			add(found, told, n_told, &change);
	}
}

/* Its first VMA is the program's: another one's is elsewhere, or of another file. */
static bool other_program(const struct process *then, const struct process *now)
{
	return !then->n_vmas || !now->n_vmas || then->vmas[0].start != now->vmas[0].start ||
	       then->vmas[0].inode != now->vmas[0].inode;
}

size_t happened_compare(const struct moment *last, const struct moment *moment, const struct told *told,
			size_t n_told, struct change **changes)
{
	struct found found = {0};
	size_t i;

	for (i = 0; i < moment->n_processes; i++) {
		const struct process *now = &moment->processes[i], *then;

		if (now->outcome != OUTCOME_OK || (now->same_since_ns && now->same_since_ns <= last->mono_ns))
			continue;
		then = find(last, now);
		if (then && !other_program(then, now))
			compare(then, now, told, n_told, &found);
	}
	*changes = found.changes;
	return found.n;
}

/* Whether the same frames are at the same places of both. */
static bool same_frames(const struct region *was, const struct region *is)
{
	return was->how == HOW_PAGEMAP_SCAN && is->how == HOW_PAGEMAP_SCAN && was->mapping == MAPPING_PTE &&
	       is->mapping == MAPPING_PTE && was->words == is->words;
}

static const char disbanded[] = "its team was disbanded: its pages are ordinary ones now, or others";

/* What became of memory whose mapping is of the same kind still. */
static const char *backing_text(const struct region *was, const struct region *is)
{
	const enum backing before = was->backing, after = is->backing;

	if (region_disbanded(was, is))
		return disbanded;
	if (before == BACKING_TEAM && after == BACKING_MIXED && is->anon)
		return "a part of it is a copy now";
	if (is_huge(before) && before != BACKING_TEAM && !is_huge(after) && same_frames(was, is))
		return before == BACKING_THP_PARTIAL
			       ? "its huge page was split, and its pages stay in their frames, as memory "
				 "pressure does to one that is mapped in part"
			       : "its huge page was split, and its pages stay in their frames";
	if (after == BACKING_TEAM)
		return "a team is behind it now";
	if (after == BACKING_SWAP)
		return "its memory was swapped out";
	if (before == BACKING_SWAP)
		return "it was brought back from swap";
	if (after == BACKING_THP)
		return "its memory is in one huge page now";
	if (after == BACKING_MIXED || after == BACKING_THP_PARTIAL)
		return "part of it is in other memory now, or gone";
	if (before == BACKING_THP)
		return "its huge page was split, or replaced";
	return "other memory is behind it";
}

static const char *mapping_text(const struct change *change)
{
	const struct region *before = &change->before, *after = &change->after;

	if (!change->has || after->mapping == MAPPING_NONE)
		return "its mapping is gone: discarded, or split where it is a file's, which maps anew when "
		       "used";
	if (before->backing == BACKING_TEAM && after->backing == BACKING_TEAM)
		return is_leaf(after->mapping) ? "the team is mapped by PMD again"
					       : "the mapping was split: the same team by single ptes";
	if (region_disbanded(before, after))
		return disbanded;
	if (!is_leaf(before->mapping))
		return before->backing == BACKING_THP ? "its page table was given up for a PMD"
						      : "collapsed, or discarded and mapped anew";
	if (after->backing == BACKING_SWAP)
		return "split and swapped out";
	if (after->backing == BACKING_THP)
		return "the mapping was split; the huge page is whole still";
	if (after->backing == BACKING_UNKNOWN || before->backing == BACKING_UNKNOWN)
		return "the mapping was split";
	if (before->backing == BACKING_TEAM)
		return after->anon ? "the mapping was split, and a part of it is a copy now"
				   : "the mapping was split, and other memory is there now";
	if (after->backing == BACKING_MIXED || after->backing == BACKING_THP_PARTIAL)
		return "the mapping was split, and part of it is in other memory now, or gone";
	return "the mapping was split, and so was the huge page, or other memory is there now";
}

const char *happened_change_text(const struct change *change, size_t n, struct arena *arena)
{
	const struct region *before = &change->before, *after = &change->after;
	const bool mapping = !change->has || before->mapping != after->mapping;
	const char *from = mapping ? mapping_name(before->mapping) : backing_name(before->backing);
	const char *to = !change->has ? mapping_name(MAPPING_NONE)
			 : mapping    ? mapping_name(after->mapping)
				      : backing_name(after->backing);
	const char *text = mapping ? mapping_text(change) : backing_text(before, after);

	return n == 1 ? arena_printf(arena, "%s -> %s: %s", from, to, text)
		      : arena_printf(arena, "%s -> %s in %zu regions: %s", from, to, n, text);
}
