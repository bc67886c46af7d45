/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The amounts that claims compare: memory and regions, with bounds where they are known in part. */
#include <stddef.h>
#include <string.h>

#include "script/claim_scene.h"

static const struct claim_memory memories[] = {
	{"pmd", offsetof(struct kb, pmd), true, FIELD_MAPPING},
	{"thp_pte", offsetof(struct kb, thp_pte), true, FIELD_BACKING},
	{"mthp", offsetof(struct kb, mthp), true, FIELD_BACKING},
	{"small", offsetof(struct kb, small), true, FIELD_BACKING},
	{"hugetlb", offsetof(struct kb, hugetlb), true, FIELD_COUNT},
	{"team_pte", offsetof(struct kb, team_pte), true, FIELD_USAGE},
	{"unknown", offsetof(struct kb, unknown), true, FIELD_COUNT},
	{"present", offsetof(struct kb, present), false, FIELD_COUNT},
	{"zero", offsetof(struct kb, zero), false, FIELD_COUNT},
	{"swap", offsetof(struct kb, swap), false, FIELD_COUNT},
};

const struct claim_memory *claim_memory(unsigned i)
{
	return i < sizeof(memories) / sizeof(memories[0]) ? &memories[i] : NULL;
}

static bool takes(const void *data, const struct vma *vma)
{
	const struct claim *claim = data;

	if (claim->vma_kind != VMA_KIND_COUNT)
		return vma->kind == claim->vma_kind;
	return !strcmp(vma->name, claim->word) || (*claim->word && !strcmp(vma_file_name(vma), claim->word));
}

struct scene scene_of(const struct scene *scene, const struct claim *claim)
{
	struct scene narrow = *scene;

	if (claim->kind == CLAIM_PLACE) {
		narrow.pieces.from = claim->from;
		narrow.pieces.to = claim->to;
		narrow.pieces.place = true;
		narrow.pieces.whole = false;
	} else {
		narrow.vmas = claim;
		narrow.pieces.takes = takes;
		narrow.pieces.data = claim;
		pieces_keep_whole(&narrow.pieces);
	}
	return narrow;
}

static bool meant(const struct scene *scene, const struct vma *vma)
{
	return !scene->vmas || takes(scene->vmas, vma);
}

size_t scene_vmas(const struct scene *scene)
{
	const struct process *process = scene->process;
	size_t i, n = 0;

	for (i = 0; i < process->n_vmas; i++)
		n += meant(scene, &process->vmas[i]);
	return n;
}

/* kB whose mapping is not known: of what else is unknown it is known that no PMD maps it. */
static uint64_t mapping_unknown_kb(const struct scene *scene)
{
	const struct process *process = scene->process;
	const struct region *region = process->regions;
	uint64_t pages = 0;

	for (; region < process->regions + process->n_regions; region++)
		if (region->mapping == MAPPING_UNKNOWN && meant(scene, &process->vmas[region->vma]))
			pages += region->present - region->zero;
	return pages * (scene->page_size >> 10);
}

static struct amount amount_of_memory(const struct claim *claim, const struct scene *scene)
{
	const struct claim_memory *memory = &memories[claim->nth];
	const struct process *process = scene->process;
	struct amount amount = {0};
	uint64_t unknown = 0;
	size_t i;

	for (i = 0; i < process->n_vmas; i++) {
		const struct kb *kb = &process->vmas[i].kb;

		if (!meant(scene, &process->vmas[i]))
			continue;
		amount.low += *(const uint64_t *)((const char *)kb + memory->at) << 10;
		amount.whole += kb->present << 10;
		unknown += kb->unknown << 10;
	}
	amount.high = amount.low;
	if (memory->missing == FIELD_MAPPING && unknown)
		unknown = mapping_unknown_kb(scene) << 10;
	/* Without teams in the kernel nothing that is unknown is of one. */
	if (memory->missing == FIELD_COUNT ||
	    (memory->missing == FIELD_USAGE && !capable(scene->caps, CAP_TEAMS)))
		unknown = 0;
	amount.high += unknown;
	if (unknown)
		amount.why = measure_missing(scene->caps, memory->missing == FIELD_USAGE ? FIELD_BACKING
											 : memory->missing);
	return amount;
}

static struct amount amount_of_regions(const struct claim *claim, const struct scene *scene)
{
	const struct totals *totals = &scene->process->totals;
	struct amount amount = {.whole = totals->regions};

	amount.low = claim->nth < STATE_COUNT	 ? totals->state[claim->nth]
		     : claim->nth == STATE_COUNT ? totals->regions
						 : totals->fragments;
	amount.high = amount.low;
	if (claim->nth < STATE_COUNT && claim->nth != STATE_UNKNOWN && claim->nth != STATE_EMPTY)
		amount.high += totals->state[STATE_UNKNOWN];
	if (amount.high > amount.low)
		amount.why = measure_missing(scene->caps, FIELD_STATE);
	return amount;
}

/* How many of the pieces are mapped by PMD or by ptes. */
static struct amount amount_mapped(const struct claim *claim, const struct scene *scene)
{
	const enum mapping wanted = claim->field == FIELD_PMD ? MAPPING_PMD : MAPPING_PTE;
	struct pieces pieces = scene->pieces;
	struct amount amount = {0};
	uint64_t unknown = 0;
	struct piece piece;

	pieces.runs = true;
	for (pieces_rewind(&pieces); pieces_next(&pieces, &piece); amount.whole += piece.n) {
		amount.low += piece.region && piece.region->mapping == wanted;
		unknown += piece.region && piece.region->mapping == MAPPING_UNKNOWN;
	}
	amount.high = amount.low + unknown;
	if (unknown)
		amount.why = measure_missing(scene->caps, claim->field);
	return amount;
}

struct amount claim_count(const struct claim *claim, const struct scene *scene)
{
	struct scene inner = *scene;
	struct amount amount = {0};
	struct piece piece;
	uint64_t unknown = 0;
	enum verdict verdict, empty = VERDICT_HELD;
	bool empty_known = false;

	inner.piece = &piece;
	inner.pieces.runs = true;
	for (pieces_rewind(&inner.pieces); pieces_next(&inner.pieces, &piece); amount.whole += piece.n) {
		/* Where nothing is, all is alike; and of a reservation of terabytes that is most. */
		if (piece.region || !empty_known)
			verdict = claim_verdict(claim->left, &inner);
		else
			verdict = empty;
		if (!piece.region) {
			empty = verdict;
			empty_known = true;
		}
		amount.low += verdict == VERDICT_HELD ? piece.n : 0;
		unknown += verdict == VERDICT_UNKNOWN ? piece.n : 0;
	}
	amount.high = amount.low + unknown;
	/* Why is told of the first of them. */
	if (unknown)
		amount.why = "";
	return amount;
}

struct amount claim_amount(const struct claim *claim, const struct scene *scene)
{
	if (claim->kind == CLAIM_MEMORY)
		return amount_of_memory(claim, scene);
	if (claim->kind == CLAIM_REGIONS)
		return amount_of_regions(claim, scene);
	return claim->kind == CLAIM_COUNT ? claim_count(claim, scene) : amount_mapped(claim, scene);
}
