/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs in VMAs that belong together, region by region. */
#include <stdlib.h>
#include <string.h>

#include "core/diff_parts.h"
#include "core/mem.h"

/* A number that is not known on one side is not compared, and that is told. */
static void compare_known(int64_t before, int64_t after, enum diff_field field, uint32_t *fields,
			  bool *unknown)
{
	if (before == UNKNOWN_COUNT || after == UNKNOWN_COUNT)
		*unknown |= before != after;
	else if (before != after)
		*fields |= 1u << field;
}

#define COUNTS (1u << DIFF_ENTIRE | 1u << DIFF_HIGHEST | 1u << DIFF_TOTAL | 1u << DIFF_EXCLUSIVE)

/*
 * Whether a region's mapcounts are its own affair: those of the vDSO, and of a file's small pages, also beside pages of its own,
 * change with whoever runs a program, or the same one, and say nothing of this process.
 */
static bool counts_matter(const struct region *region, const struct vma *vma)
{
	if (vma->kind == VMA_SPECIAL)
		return false;
	return vma->kind != VMA_FILE || !region->file || region->backing == BACKING_THP ||
	       region->backing == BACKING_THP_PARTIAL || region->backing == BACKING_TEAM;
}

/* The fields in which two regions of a VMA differ; *unknown: some are known on one side only. */
static uint32_t region_fields(const struct region *before, const struct region *after, const struct vma *vma,
			      bool same, bool *unknown)
{
	/* They are a folio's where it is known, else of the pages that are mapped. */
	const bool counts = counts_matter(before, vma) && counts_matter(after, vma) &&
			    !before->backing == !after->backing;
	const struct {
		int64_t before, after;
		enum diff_field field;
	} numbers[] = {
		{before->mapping ? (int64_t)before->mapping : UNKNOWN_COUNT,
		 after->mapping ? (int64_t)after->mapping : UNKNOWN_COUNT, DIFF_MAPPING},
		{before->backing ? (int64_t)before->backing : UNKNOWN_COUNT,
		 after->backing ? (int64_t)after->backing : UNKNOWN_COUNT, DIFF_BACKING},
		{(int64_t)before->len, (int64_t)after->len, DIFF_LEN},
		{before->present, after->present, DIFF_PRESENT},
		{before->swapped, after->swapped, DIFF_SWAPPED},
		{before->guard, after->guard, DIFF_GUARD},
		{before->zero, after->zero, DIFF_ZERO},
		{before->anon, after->anon, DIFF_ANON},
		{before->file, after->file, DIFF_FILE},
		{before->exclusive, after->exclusive, DIFF_EXCLUSIVE},
		{before->order_known ? before->order : UNKNOWN_COUNT,
		 after->order_known ? after->order : UNKNOWN_COUNT, DIFF_ORDER},
		{before->mapcount.entire, after->mapcount.entire, DIFF_ENTIRE},
		{before->mapcount.highest, after->mapcount.highest, DIFF_HIGHEST},
		{before->mapcount.total, after->mapcount.total, DIFF_TOTAL},
		{before->team_usage, after->team_usage, DIFF_USAGE},
		{before->team_pmd_maps, after->team_pmd_maps, DIFF_PMD_MAPS},
	};
	uint32_t fields = 0;
	size_t i;

	_Static_assert(MAPPING_UNKNOWN == 0 && BACKING_UNKNOWN == 0, "what is not known is 0");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (counts || !(1u << numbers[i].field & COUNTS))
			compare_known(numbers[i].before, numbers[i].after, numbers[i].field, &fields,
				      unknown);
	/* Other memory has other figures, such as no one order: no knowledge is missing there. */
	if (fields & 1u << DIFF_BACKING)
		*unknown = false;
	if (same && before->pfn && after->pfn && before->pfn != after->pfn)
		fields |= 1u << DIFF_PFN;
	return fields;
}

static uint32_t vma_fields(const struct vma *before, const struct vma *after, bool same)
{
	uint32_t fields = 0;

	if (after->end - after->start != before->end - before->start ||
	    (same && after->start != before->start))
		fields |= 1u << DIFF_RANGE;
	if (strcmp(before->perms, after->perms))
		fields |= 1u << DIFF_PERMS;
	if (before->advice != VMA_ADVICE_UNKNOWN && after->advice != VMA_ADVICE_UNKNOWN &&
	    before->advice != after->advice)
		fields |= 1u << DIFF_ADVICE;
	return fields;
}

static struct diff_region *add(struct differ *differ, size_t vma)
{
	struct diff_region *region;

	mem_grow(&differ->regions, &differ->room, differ->n_regions + 1, sizeof(*differ->regions));
	region = &differ->regions[differ->n_regions++];
	*region = (struct diff_region){.vma = vma};
	return region;
}

/* The first region of a process that ends behind addr. */
static size_t first_behind(const struct process *process, uint64_t addr)
{
	size_t low = 0, high = process->n_regions, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->regions[middle].start + process->regions[middle].len <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether both are at the same addresses of one process, at least in part. */
static bool in_place(const struct differ *differ, const struct diff_vma *vma)
{
	return differ->same && vma->before->start < vma->after->end && vma->after->start < vma->before->end;
}

/* Whether a region of `before` is of what this VMA was; told in place, VMAs may have been split and joined. */
static bool was_of(const struct differ *differ, const struct diff_vma *vma, const struct region *region)
{
	const struct vma *its = &differ->before->vmas[region->vma];

	return its == vma->before || (in_place(differ, vma) && diff_same_mapping(its, vma->after));
}

/* Of what is empty on the other side nothing is known here. */
static bool is_unknown(const struct region *region)
{
	return region && region->mapping == MAPPING_UNKNOWN && !region->present && !region->swapped;
}

static void compare_pair(struct differ *differ, size_t at, const struct region *before,
			 const struct region *after)
{
	struct diff_region *region;
	bool unknown = false;
	uint32_t fields = 0;

	if (before && after)
		fields = region_fields(before, after, differ->vmas[at].after, differ->same, &unknown);

	if (!before || !after)
		unknown = (is_unknown(before) || is_unknown(after)) && differ->vmas[at].before &&
			  differ->vmas[at].after;
	differ->unknown += unknown;
	if (!fields && (unknown || (before && after)))
		return;
	region = add(differ, at);
	region->what = !before ? DIFF_GAINED : !after ? DIFF_LOST : DIFF_CHANGED;
	region->before = before;
	region->after = after;
	region->fields = fields;
}

/* Both go up, slot by slot; an address of `before` is `shift` lower. */
static void compare_regions(struct differ *differ, size_t at, bool *seen)
{
	const struct diff_vma *vma = &differ->vmas[at];
	const struct process *before = differ->before, *after = differ->after;
	const uint64_t shift = in_place(differ, vma) ? 0 : vma->after->start - vma->before->start;
	const uint64_t size = differ->pmd_size;
	const uint64_t from = vma->after->start - shift, to = vma->after->end - shift;
	size_t i = first_behind(before, from), k = vma->after->first_region;
	const size_t end = k + vma->after->n_regions;

	for (;;) {
		const struct region *old, *new = k < end ? &after->regions[k] : NULL;
		uint64_t old_slot = UINT64_MAX, new_slot = UINT64_MAX;

		while (i < before->n_regions && before->regions[i].start < to &&
		       (seen[i] || !was_of(differ, vma, &before->regions[i])))
			i++;
		old = i < before->n_regions && before->regions[i].start < to ? &before->regions[i] : NULL;
		if (!old && !new)
			return;
		if (old)
			old_slot = (old->start + shift) / size;
		if (new)
			new_slot = new->start / size;
		if (old && old_slot <= new_slot) {
			seen[i++] = true;
		} else {
			old = NULL;
		}
		if (new &&new_slot <= old_slot)
			k++;
		else
			new = NULL;
		compare_pair(differ, at, old, new);
	}
}

/* All regions of a VMA that has no counterpart. */
static void take_all(struct differ *differ, size_t at)
{
	const struct vma *before = differ->vmas[at].before, *after = differ->vmas[at].after;
	const struct vma *vma = before ? before : after;
	const struct region *regions = (before ? differ->before : differ->after)->regions + vma->first_region;
	uint32_t i;

	for (i = 0; i < vma->n_regions; i++)
		compare_pair(differ, at, before ? &regions[i] : NULL, before ? NULL : &regions[i]);
}

/* What was in a VMA that became smaller, and is in none of its successors. */
static void take_rest(struct differ *differ, const bool *seen)
{
	const struct process *before = differ->before;
	size_t i, at;

	for (i = 0; i < before->n_regions; i++) {
		at = differ->into[before->regions[i].vma];
		if (at && !seen[i] && !differ->vmas[at - 1].sums)
			compare_pair(differ, at - 1, &before->regions[i], NULL);
	}
}

static bool kb_differs(const struct kb *a, const struct kb *b)
{
	if (a->unknown || b->unknown)
		return a->present != b->present || a->swap != b->swap;
	return memcmp(a, b, sizeof(*a)) != 0;
}

/* Whether regions of both are cut alike, and can be compared one by one. */
static bool cut_alike(const struct differ *differ, const struct diff_vma *vma)
{
	if (!differ->pmd_size)
		return false;
	return in_place(differ, vma) || (vma->after->start - vma->before->start) % differ->pmd_size == 0;
}

void diff_compare_vmas(struct differ *differ)
{
	bool *seen = mem_alloc(differ->before->n_regions + 1);
	size_t i;

	for (i = 0; i < differ->n_vmas; i++) {
		struct diff_vma *vma = &differ->vmas[i];

		if (vma->what != DIFF_SAME) {
			take_all(differ, i);
			continue;
		}
		vma->fields = vma_fields(vma->before, vma->after, differ->same);
		vma->sums = !cut_alike(differ, vma);
		/* Else regions tell. */
		if ((vma->sums || vma->fields) && kb_differs(&vma->before->kb, &vma->after->kb))
			vma->fields |= 1u << DIFF_KB;
		if (!vma->sums)
			compare_regions(differ, i, seen);
	}
	take_rest(differ, seen);
	for (i = 0; i < differ->n_vmas; i++)
		if (differ->vmas[i].what == DIFF_SAME && differ->vmas[i].fields)
			differ->vmas[i].what = DIFF_CHANGED;
	for (i = 0; i < differ->n_regions; i++)
		if (differ->vmas[differ->regions[i].vma].what == DIFF_SAME)
			differ->vmas[differ->regions[i].vma].what = DIFF_CHANGED;
	free(seen);
}
