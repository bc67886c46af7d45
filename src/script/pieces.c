/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regions of a stretch of a process, those that hold nothing too. */
#include "script/measure.h"

/* The region that holds the piece at `at`, as both go up. */
static const struct region *region_of(struct pieces *pieces, const struct vma *vma)
{
	const struct process *process = pieces->process;
	const size_t end = (size_t)vma->first_region + vma->n_regions;
	const struct region *region;

	if (pieces->region < vma->first_region)
		pieces->region = vma->first_region;
	while (pieces->region < end &&
	       process->regions[pieces->region].start + process->regions[pieces->region].len <= pieces->at)
		pieces->region++;
	if (pieces->region >= end)
		return NULL;
	region = &process->regions[pieces->region];
	return region->start <= pieces->at ? region : NULL;
}

/* Goes on to the next VMA that counts; false at the end. */
static bool find_vma(struct pieces *pieces)
{
	const struct process *process = pieces->process;
	const struct vma *vma;

	for (; pieces->vma < process->n_vmas; pieces->vma++) {
		vma = &process->vmas[pieces->vma];
		if (vma->start >= pieces->to)
			return false;
		if (vma->end <= pieces->from || pieces->at >= vma->end ||
		    (pieces->takes && !pieces->takes(pieces->data, vma)))
			continue;
		if (pieces->at < vma->start)
			pieces->at = vma->start;
		/* The piece that `from` is in begins in front of it. */
		if (pieces->at < pieces->from / pieces->slot * pieces->slot)
			pieces->at = pieces->from / pieces->slot * pieces->slot;
		return pieces->at < pieces->to;
	}
	return false;
}

/* How many slots from the piece on hold nothing: those of its VMA that begin below `to`, up to the next region. */
static uint64_t count_empty(const struct pieces *pieces, const struct vma *vma, const struct piece *piece)
{
	const struct process *process = pieces->process;
	const uint64_t below = (pieces->to - 1 - piece->start) / pieces->slot + 1;
	uint64_t end = vma->end, n;

	/* (region_of stopped there.) */
	if (pieces->region < (size_t)vma->first_region + vma->n_regions)
		end = process->regions[pieces->region].start;
	n = (end - piece->start) / pieces->slot;
	n = n ? n : 1; /* that region begins in the middle of the slot */
	return n < below ? n : below;
}

bool pieces_next(struct pieces *pieces, struct piece *piece)
{
	const struct vma *vma;
	uint64_t next;

	while (find_vma(pieces)) {
		vma = &pieces->process->vmas[pieces->vma];
		next = (pieces->at / pieces->slot + 1) * pieces->slot;
		if (next > vma->end || next < pieces->at)
			next = vma->end;
		*piece = (struct piece){pieces->at, next - pieces->at, region_of(pieces, vma), 1};
		if (pieces->runs && !piece->region && piece->len == pieces->slot) {
			piece->n = count_empty(pieces, vma, piece);
			next = piece->start + piece->n * pieces->slot;
		}
		pieces->at = next;
		if (next <= pieces->from || (pieces->whole && piece->len != pieces->slot))
			continue;
		pieces->any = true;
		return true;
	}
	if (!pieces->place || pieces->any)
		return false;
	pieces->any = true;
	*piece = (struct piece){pieces->from, pieces->to - pieces->from, NULL, 1};
	return true;
}

void pieces_rewind(struct pieces *pieces)
{
	pieces->vma = pieces->region = 0;
	pieces->at = 0;
	pieces->any = false;
}

void pieces_keep_whole(struct pieces *pieces)
{
	const bool place = pieces->place;
	struct piece piece;

	pieces->whole = true;
	pieces->place = false;
	pieces->whole = pieces_next(pieces, &piece);
	pieces->place = place;
	pieces_rewind(pieces);
}
