/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a live survey takes from the one before it instead of reading it again. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/survey_parts.h"

static bool same_program(const struct process *then, const struct process *now)
{
	const struct vma *a = then->vmas, *b = now->vmas;

	if (then->start_time != now->start_time || strcmp(then->comm, now->comm) || !then->n_vmas ||
	    !now->n_vmas)
		return false;
	return a->start == b->start && a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor;
}

/* How long a cycle is good for so many regions; it lasts until there are many more or far fewer. */
static uint64_t cycle_for(const struct process *earlier)
{
	uint64_t cycle = earlier->carried_ns ? earlier->carried_ns : SURVEY_CARRIED_NS, n = 0;
	size_t i;

	for (i = 0; i < earlier->n_spans; i++)
		n += earlier->spans[i].n;
	while (n > SURVEY_CARRIED_MOST * (cycle / SURVEY_CARRIED_NS) && cycle < SURVEY_CARRIED_LONGEST)
		cycle *= 2;
	while (n * 4 < SURVEY_CARRIED_MOST * (cycle / SURVEY_CARRIED_NS) && cycle > SURVEY_CARRIED_NS)
		cycle /= 2;
	return cycle;
}

void survey_recall(struct survey *survey)
{
	const struct survey_options *options = survey->options;
	const struct moment *moment = options->past ? options->past->moment : NULL;
	size_t i;

	survey->earlier = NULL;
	survey->earlier_at = 0;
	survey->compared = NULL;
	survey->shares = false;
	survey->out->carried_ns = 0;
	if (!moment || survey->again || options->exact || options->pages || options->to)
		return;
	for (i = 0; i < moment->n_processes && !survey->earlier; i++)
		if (moment->processes[i].pid == survey->out->pid &&
		    moment->processes[i].outcome == OUTCOME_OK &&
		    same_program(&moment->processes[i], survey->out))
			survey->earlier = &moment->processes[i];
	if (!survey->earlier)
		return;
	survey->out->carried_ns = cycle_for(survey->earlier);
	/* What was read by another cycle's turns might have to wait for longer: all of it is read now. */
	if (survey->earlier->carried_ns && survey->earlier->carried_ns != survey->out->carried_ns)
		survey->earlier = NULL;
	if (!survey->earlier)
		return;
	survey->earlier_phase = moment->mono_ns % survey->out->carried_ns;
	survey->elapsed = options->past->now_ns - moment->mono_ns;
	survey->shares = true;
}

/* The earlier VMA of the same file at the same place, from *at on; or NULL. */
static const struct vma *same_file(const struct process *earlier, const struct vma *vma, size_t *at)
{
	const struct vma *then;

	while (*at < earlier->n_vmas && earlier->vmas[*at].start < vma->start)
		++*at;
	then = *at < earlier->n_vmas ? &earlier->vmas[*at] : NULL;
	return then && then->start == vma->start && then->inode == vma->inode &&
			       then->dev_major == vma->dev_major && then->dev_minor == vma->dev_minor &&
			       !strcmp(then->name, vma->name)
		       ? then
		       : NULL;
}

bool survey_recall_kinds(struct survey *survey)
{
	struct process *out = survey->out;
	const struct vma *then;
	size_t i, at = 0;

	for (i = 0; survey->earlier && i < out->n_vmas; i++)
		if (out->vmas[i].kind == VMA_FILE && !same_file(survey->earlier, &out->vmas[i], &at))
			return false;
	for (i = at = 0; survey->earlier && i < out->n_vmas; i++) {
		if (out->vmas[i].kind != VMA_FILE)
			continue;
		then = same_file(survey->earlier, &out->vmas[i], &at);
		out->vmas[i].kind = then->kind;
	}
	return survey->earlier;
}

/* The earlier span that holds the slot at start, or NULL. Slots come in ascending order. */
static const struct survey_span *earlier_span(struct survey *survey, uint64_t start)
{
	const struct process *earlier = survey->earlier;
	const struct survey_span *span;

	for (; survey->earlier_at < earlier->n_spans; survey->earlier_at++) {
		span = &earlier->spans[survey->earlier_at];
		if (start < span->start + span->n * survey_slot_size(survey))
			return start < span->start ? NULL : span;
	}
	return NULL;
}

/* Whether the VMAs may be one and the same, grown or shrunk; asked for region after region of the same two. */
static bool same_vma(struct survey *survey, const struct vma *then, const struct vma *now)
{
	if (survey->compared != now || survey->compared_to != then) {
		survey->compared = now;
		survey->compared_to = then;
		survey->compared_same = then->kind == now->kind && !strcmp(then->perms, now->perms) &&
					then->inode == now->inode && then->dev_major == now->dev_major &&
					then->dev_minor == now->dev_minor &&
					then->huge_page_size == now->huge_page_size &&
					!strcmp(then->name, now->name);
	}
	return survey->compared_same;
}

/*
 * Whether the slot's turn to be read came since the earlier sample. Slots are spread over the cycle by a
 * multiplicative hash, so that neighbours are far apart and each sample reads about as many. (Asked of each slot of
 * each sample: no division.)
 */
static bool due(const struct survey *survey, uint64_t slot)
{
	const uint64_t cycle = survey->out->carried_ns;
	const uint64_t turn = (slot * UINT64_C(0x9e3779b97f4a7c15) >> 32) * (cycle >> 8) >> 24;
	const uint64_t phase = survey->earlier_phase;

	return (turn > phase ? turn - phase : turn + cycle - phase) <= survey->elapsed;
}

/* Whether the region says of itself all that it says, so that nobody else's is weighed against it. */
bool survey_lasts(const struct survey *survey, const struct region *region)
{
	if (region->mapping != MAPPING_PMD || region->how != HOW_PAGEMAP_SCAN ||
	    region->len != survey_slot_size(survey) || region->uffd_wp ||
	    region->present != (uint32_t)1 << survey->kernel->pmd_order)
		return false;
	if (!capable(&survey->kernel->caps, CAP_PFN))
		return region->backing == BACKING_UNKNOWN;
	return region->backing == BACKING_THP && region->mapcount.entire == 1 &&
	       region->mapcount.highest == 1 && region->mapcount.total == 1;
}

void survey_note_span(struct survey *survey, const struct region *region, size_t n)
{
	struct survey_span *span = survey->n_spans ? &survey->spans[survey->n_spans - 1] : NULL;

	if (span && span->vma == region->vma &&
	    span->start + span->n * survey_slot_size(survey) == region->start) {
		span->n += n;
		return;
	}
	mem_grow(&survey->spans, &survey->spans_room, survey->n_spans + 1, sizeof(*survey->spans));
	survey->spans[survey->n_spans++] =
		(struct survey_span){region->start, n, region->vma, (uint32_t)survey->n_regions};
}

/*
 * Whether a look at what a full reading would look at (survey_huge: the pagemap word, the head's flags) finds what it
 * found when the region was read; the rest is the same judgement. Of anonymous memory; false is never wrong.
 */
static bool confirmed(struct survey *survey, const struct region *region)
{
	const uint64_t tails = ((uint64_t)1 << survey->kernel->pmd_order) - 1;
	const uint64_t want = UINT64_C(1) << KPF_HEAD | UINT64_C(1) << KPF_THP | UINT64_C(1) << KPF_ANON |
			      UINT64_C(1) << KPF_ANON_EXCLUSIVE;
	const uint64_t others = UINT64_C(1) << KPF_HUGE | UINT64_C(1) << KPF_ZERO;
	const uint64_t last = region->start + region->len - survey->kernel->page_size;
	uint64_t word, flags;

	if (!region->pfn || region->file || !region->anon_exclusive || survey->kernel->kpf.team ||
	    kernel_pagemap(survey->process, last, 1, &word) != 1 || !(word & PM_PRESENT) ||
	    word & (PM_FILE | PM_UFFD_WP) || (word & PM_PFN_MASK) != region->pfn + tails)
		return false;
	return kernel_flags(survey->kernel, region->pfn, 1, &flags) == 1 && (flags & (want | others)) == want;
}

bool survey_could_carry(struct survey *survey, uint64_t start)
{
	return survey->earlier && !(start & (survey_slot_size(survey) - 1)) && earlier_span(survey, start);
}

size_t survey_carry(struct survey *survey, struct vma *vma, uint64_t start, const struct scan_range *told)
{
	const uint64_t size = survey_slot_size(survey), end = told->end < vma->end ? told->end : vma->end;
	const struct survey_span *span;
	const struct region *regions;
	size_t n, done = 0, most, skip;

	if ((told->categories & (SCAN_PRESENT | SCAN_SWAPPED | SCAN_PFNZERO | SCAN_HUGE)) !=
		    (SCAN_PRESENT | SCAN_HUGE) ||
	    vma->huge_page_size || start < told->start || start >= end)
		return 0;
	span = earlier_span(survey, start);
	if (!same_vma(survey, &survey->earlier->vmas[span->vma], vma))
		return 0;
	skip = (start - span->start) / size;
	most = (end - start) / size;
	if (most > span->n - skip)
		most = span->n - skip;
	regions = &survey->earlier->regions[span->first + skip];
	for (n = 0; n < most; n++) {
		if (!due(survey, start / size + n))
			continue;
		survey_append_whole(survey, vma, regions + done, n - done, true);
		if (!confirmed(survey, regions + n))
			return n;
		survey_append_whole(survey, vma, regions + n, 1, false);
		done = n + 1;
	}
	survey_append_whole(survey, vma, regions + done, n - done, true);
	return n;
}

/* Multiplicative: a difference in any bit reaches those that are kept. */
uint32_t survey_hash_words(const struct survey *survey, const struct slot *slot)
{
	const size_t n = slot->len / slot->page_size;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < n; i++)
		hash = (hash ^ survey->pagemap[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32);
}

/* Whether its words leave nothing to ask of other processes: no folio that an entire mapping could have. */
static bool ptes_last(const struct survey *survey, const struct region *region)
{
	unsigned order;

	/* What a team counts changes with what others do to it. */
	if (region->backing == BACKING_TEAM || region->mapping != MAPPING_PTE ||
	    region->how != HOW_PAGEMAP_SCAN || !region->words || region->mapcount.entire != 0 ||
	    !region->orders_known)
		return false;
	for (order = survey->kernel->pmd_order; order <= ORDER_MAX; order++)
		if (region->orders[order])
			return false;
	return true;
}

bool survey_carry_ptes(struct survey *survey, struct vma *vma, const struct slot *slot)
{
	const struct region *region;

	if (!survey->earlier || vma->huge_page_size || !slot->pfns)
		return false;
	region = process_region_at(survey->earlier, slot->start);
	if (!region || region->start != slot->start || region->len != slot->len ||
	    !ptes_last(survey, region) || region->words != survey_hash_words(survey, slot) ||
	    !same_vma(survey, &survey->earlier->vmas[region->vma], vma) ||
	    due(survey, slot->start / survey_slot_size(survey)))
		return false;
	survey_append(survey, vma, region, true);
	return true;
}

static bool same_mapcount(const struct mapcount *a, const struct mapcount *b)
{
	return a->entire == b->entire && a->highest == b->highest && a->total == b->total;
}

bool survey_same_region(const struct survey *survey, const struct region *now)
{
	const struct region *then;

	if (!survey->shares || survey->n_regions == survey->earlier->n_regions)
		return false;
	then = &survey->earlier->regions[survey->n_regions];
	return then->start == now->start && then->len == now->len && then->pfn == now->pfn &&
	       then->thp == now->thp && then->mapping == now->mapping && then->backing == now->backing &&
	       then->how == now->how && then->order == now->order && then->order_known == now->order_known &&
	       then->vma == now->vma && then->present == now->present && then->swapped == now->swapped &&
	       then->guard == now->guard && then->nonswap == now->nonswap && then->zero == now->zero &&
	       then->anon == now->anon && then->file == now->file && then->exclusive == now->exclusive &&
	       then->anon_exclusive == now->anon_exclusive && then->uffd_wp == now->uffd_wp &&
	       same_mapcount(&then->mapcount, &now->mapcount) &&
	       !memcmp(then->orders, now->orders, sizeof(now->orders)) &&
	       then->orders_known == now->orders_known && then->team_pages == now->team_pages &&
	       then->words == now->words && then->team_usage == now->team_usage &&
	       then->team_pmd_maps == now->team_pmd_maps;
}

static void let_go(void *memory)
{
	struct survey_regions *regions = memory;

	if (atomic_fetch_sub(&regions->holders, 1))
		return;
	free(regions->items);
	free(regions);
}

/* (What smaps was asked for is the VMAs'; what other processes have to say of a folio is still to be written.) */
void survey_keep_regions(struct survey *survey)
{
	const struct survey_past *past = survey->options->past;
	const struct process *earlier = survey->earlier;
	struct process *out = survey->out;
	const bool same = survey->shares && survey->n_regions == earlier->n_regions && !out->loose;

	if (same) {
		out->shared = earlier->shared;
		atomic_fetch_add(&out->shared->holders, 1);
	} else {
		survey_write_out(survey);
		out->shared = mem_alloc(sizeof(*out->shared));
		out->shared->items = survey->regions;
		survey->regions = NULL;
		survey->regions_room = 0;
	}
	arena_defer(survey->arena, let_go, out->shared);
	out->regions = out->shared->items;
	out->n_regions = survey->n_regions;
	out->carried = arena_take(survey->arena, survey->carried);
	survey->carried = NULL;
	survey->carried_room = 0;
	if (!past)
		return;
	out->same_since_ns = past->now_ns;
	if (same && !survey->smaps_read && earlier->n_vmas == out->n_vmas &&
	    earlier->maps_hash == out->maps_hash)
		out->same_since_ns = earlier->same_since_ns ? earlier->same_since_ns : past->moment->mono_ns;
}

static int ascending(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The folios of which some region asks who else maps them: ascending. */
static size_t loose_folios(const struct moment *moment, uint64_t **pfns)
{
	const struct survey_loose *loose;
	size_t i, n = 0, room = 0;

	*pfns = NULL;
	for (i = 0; i < moment->n_processes; i++) {
		for (loose = moment->processes[i].loose; loose; loose = loose->next) {
			mem_grow(pfns, &room, n + 1, sizeof(**pfns));
			(*pfns)[n++] = moment->processes[i].regions[loose->region].pfn;
		}
	}
	if (n)
		qsort(*pfns, n, sizeof(**pfns), ascending);
	return n;
}

bool *survey_contradicted(const struct moment *moment)
{
	bool *wrong = mem_alloc(moment->n_processes * sizeof(*wrong));
	uint64_t *pfns;
	size_t i, k, n = loose_folios(moment, &pfns);

	for (i = 0; n && i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		for (k = 0; k < process->n_regions && !wrong[i]; k++)
			wrong[i] = process_carried(process, &process->regions[k]) &&
				   process->regions[k].pfn &&
				   bsearch(&process->regions[k].pfn, pfns, n, sizeof(*pfns), ascending);
	}
	free(pfns);
	return wrong;
}
