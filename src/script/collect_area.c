/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regions of an area, as a column of a matrix has them. */
#include "script/collect_area.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "script/measure.h"

struct runs {
	struct matrix_run *list;
	size_t n, room;
};

static const enum field fields[] = {
	[MATRIX_PRESENT] = FIELD_PRESENT, [MATRIX_SWAPPED] = FIELD_SWAPPED, [MATRIX_HIGHEST] = FIELD_HIGHEST,
	[MATRIX_ENTIRE] = FIELD_ENTIRE,	  [MATRIX_TOTAL] = FIELD_TOTAL,	    [MATRIX_USAGE] = FIELD_USAGE,
};
_Static_assert(sizeof(fields) / sizeof(fields[0]) == MATRIX_NUMBERS, "a field for each number");

/* region: NULL where nothing is. */
static struct matrix_answer answer_of(const struct region *region)
{
	struct matrix_answer answer = {
		.there = MATRIX_THERE,
		.mappings = (uint16_t)(1u << (region ? region->mapping : MAPPING_NONE)),
		.backings = (uint16_t)(1u << (region ? region->backing : BACKING_NONE)),
	};
	int i;

	for (i = 0; i < MATRIX_NUMBERS; i++)
		answer.numbers[i] = measure_region(fields[i], region).number;
	return answer;
}

/* That a part has nothing is no word for the whole: of one VMA that has both nobody says so either. */
static uint16_t join_sets(uint16_t one, uint16_t other, uint16_t none)
{
	const uint16_t both = (one | other) & (uint16_t)~none;

	return both ? both : none;
}

/*
 * A region of which several VMAs have a part. How far neighbouring VMAs are one differs between kernels, and must make no
 * difference by itself; so what is counted over a folio, or over what one VMA maps of it, is not told.
 */
static void join(struct matrix_answer *answer, const struct matrix_answer *other)
{
	int64_t *numbers = answer->numbers;

	answer->mappings = join_sets(answer->mappings, other->mappings, 1 << MAPPING_NONE);
	answer->backings = join_sets(answer->backings, other->backings, 1 << BACKING_NONE);
	if (numbers[MATRIX_PRESENT] != UNKNOWN_COUNT)
		numbers[MATRIX_PRESENT] += other->numbers[MATRIX_PRESENT];
	if (numbers[MATRIX_SWAPPED] != UNKNOWN_COUNT)
		numbers[MATRIX_SWAPPED] += other->numbers[MATRIX_SWAPPED];
	if (other->numbers[MATRIX_PRESENT] == UNKNOWN_COUNT)
		numbers[MATRIX_PRESENT] = numbers[MATRIX_SWAPPED] = UNKNOWN_COUNT;
	if (numbers[MATRIX_HIGHEST] == UNKNOWN_COUNT || other->numbers[MATRIX_HIGHEST] == UNKNOWN_COUNT)
		numbers[MATRIX_HIGHEST] = UNKNOWN_COUNT;
	else if (numbers[MATRIX_HIGHEST] < other->numbers[MATRIX_HIGHEST])
		numbers[MATRIX_HIGHEST] = other->numbers[MATRIX_HIGHEST];
	numbers[MATRIX_ENTIRE] = numbers[MATRIX_TOTAL] = numbers[MATRIX_USAGE] = UNKNOWN_COUNT;
}

static void add(struct runs *runs, int64_t at, uint64_t n, const struct matrix_answer *answer)
{
	struct matrix_run *last = runs->n ? &runs->list[runs->n - 1] : NULL;

	if (last && matrix_same(&last->answer, answer)) {
		last->n += n;
		return;
	}
	mem_grow(&runs->list, &runs->room, runs->n + 1, sizeof(*runs->list));
	runs->list[runs->n++] = (struct matrix_run){at, n, *answer};
}

static bool same_runs(const struct runs *runs, const struct matrix_area *before)
{
	size_t i;

	if (runs->n != before->n)
		return false;
	for (i = 0;
	     i < runs->n && runs->list[i].at == before->runs[i].at && runs->list[i].n == before->runs[i].n &&
	     matrix_same(&runs->list[i].answer, &before->runs[i].answer);
	     i++)
		;
	return i == runs->n;
}

void collect_area(const struct process *process, const struct place *place, uint64_t pmd_size,
		  const struct matrix_area *before, struct arena *arena, struct matrix_area *area)
{
	const uint64_t end = place->start + place->len, first = (place->start + pmd_size - 1) / pmd_size;
	const int64_t last = (int64_t)((end - 1) / pmd_size) - (int64_t)first;
	const struct matrix_answer nothing = answer_of(NULL);
	struct pieces pieces = {.process = process, .from = place->start, .to = end, .slot = pmd_size};
	struct matrix_answer here, answer = nothing;
	/* What lies in front of `at` is in the runs; at `at` there is `answer`, if there is anything. */
	int64_t at = place->start % pmd_size ? -1 : 0, next;
	struct runs runs = {.n = 0};
	struct piece piece;
	bool any = false;

	while (pieces_next(&pieces, &piece)) {
		next = (int64_t)(piece.start / pmd_size) - (int64_t)first;
		here = answer_of(piece.region);
		if (any && next == at) {
			join(&answer, &here);
			continue;
		}
		if (any)
			add(&runs, at++, 1, &answer);
		if (next > at)
			add(&runs, at, (uint64_t)(next - at), &nothing);
		at = next;
		answer = here;
		any = true;
	}
	if (any)
		add(&runs, at++, 1, &answer);
	if (at <= last)
		add(&runs, at, (uint64_t)(last - at + 1), &nothing);
	area->whole = end / pmd_size > first ? (int64_t)(end / pmd_size - first) : 0;
	area->runs = before && same_runs(&runs, before)
			     ? before->runs
			     : arena_copy(arena, runs.list, runs.n * sizeof(*runs.list));
	area->n = runs.n;
	free(runs.list);
}
