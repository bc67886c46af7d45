/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the columns of a matrix differ in the regions of an area. */
#include <stdlib.h>
#include <string.h>

#include "core/matrix_parts.h"
#include "core/mem.h"

/* How the regions from `at` on, up to the next boundary, are in each column: now, and after the line before. */
struct stretch {
	const struct matrix_answer *now[MATRIX_COLUMNS_MOST], *before[MATRIX_COLUMNS_MOST];
};

static const struct matrix_answer unseen = {.there = MATRIX_UNSEEN}, absent = {.there = MATRIX_ABSENT};

static const struct matrix_state *state_of(const struct matrix *matrix, size_t column, size_t line)
{
	return matrix->columns[column].steps[line].state;
}

static const struct matrix_area *area_of(const struct matrix_state *state, const struct matrix_pair *pair)
{
	size_t i;

	for (i = 0; state && i < state->n; i++)
		if (!strcmp(state->areas[i].process, pair->process) &&
		    !strcmp(state->areas[i].area, pair->area))
			return &state->areas[i];
	return NULL;
}

/* Whether a region is in front of a run, in it or behind it. */
static int beside_run(const void *key, const void *element)
{
	const struct matrix_run *run = element;
	const int64_t at = *(const int64_t *)key;

	return at < run->at ? -1 : at >= run->at + (int64_t)run->n;
}

static const struct matrix_answer *answer_at(const struct matrix_state *state, const struct matrix_pair *pair,
					     int64_t at)
{
	const struct matrix_area *area = area_of(state, pair);
	const struct matrix_run *run;

	if (!state || (area && !area->n))
		return &unseen;
	run = area ? bsearch(&at, area->runs, area->n, sizeof(*area->runs), beside_run) : NULL;
	return run ? &run->answer : &absent;
}

static int ascending(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return one < other ? -1 : one > other;
}

static void add_boundary(struct matrix_comparison *comparison, int64_t at)
{
	mem_grow(&comparison->boundaries, &comparison->boundaries_room, comparison->n_boundaries + 1,
		 sizeof(*comparison->boundaries));
	comparison->boundaries[comparison->n_boundaries++] = at;
}

static void add_boundaries(struct matrix_comparison *comparison, const struct matrix_area *area)
{
	size_t i;

	for (i = 0; area && i < area->n; i++) {
		add_boundary(comparison, area->runs[i].at);
		add_boundary(comparison, area->runs[i].at + (int64_t)area->runs[i].n);
	}
	/* A run may go on from what is no whole region. */
	if (i && area->runs[0].at < 0)
		add_boundary(comparison, 0);
	if (i && area->runs[i - 1].at + (int64_t)area->runs[i - 1].n > area->whole)
		add_boundary(comparison, area->whole);
}

/* Between two of them, one after another, every column has the same answer, now and before. */
static void find_boundaries(struct matrix_comparison *comparison, const struct matrix_pair *pair)
{
	const struct matrix *matrix = comparison->matrix;
	size_t i, kept = 0;

	comparison->n_boundaries = 0;
	for (i = 0; i < matrix->n; i++) {
		add_boundaries(comparison, area_of(state_of(matrix, i, comparison->line), pair));
		if (comparison->line)
			add_boundaries(comparison, area_of(state_of(matrix, i, comparison->line - 1), pair));
	}
	if (!comparison->n_boundaries)
		return;
	qsort(comparison->boundaries, comparison->n_boundaries, sizeof(*comparison->boundaries), ascending);
	for (i = 0; i < comparison->n_boundaries; i++)
		if (!i || comparison->boundaries[i] != comparison->boundaries[kept - 1])
			comparison->boundaries[kept++] = comparison->boundaries[i];
	comparison->n_boundaries = kept;
}

static void look_at(const struct matrix_comparison *comparison, const struct matrix_pair *pair, int64_t at,
		    struct stretch *stretch)
{
	const struct matrix *matrix = comparison->matrix;
	size_t i;

	for (i = 0; i < matrix->n; i++) {
		stretch->now[i] = answer_at(state_of(matrix, i, comparison->line), pair, at);
		/* What nobody sees any more has not come to be alike. */
		stretch->before[i] = comparison->line && stretch->now[i]->there != MATRIX_UNSEEN
					     ? answer_at(state_of(matrix, i, comparison->line - 1), pair, at)
					     : &unseen;
	}
}

static bool any_differ(const struct matrix_answer *const *answers, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): look_at() has filled in all n */
			if (matrix_differ(answers[i], answers[k]))
				return true;
	return false;
}

static bool any_there(const struct matrix_answer *const *answers, size_t n)
{
	size_t i;

	for (i = 0; i < n && answers[i]->there != MATRIX_THERE; i++)
		;
	return i < n;
}

static bool all_same(const struct matrix_answer *const *one, const struct matrix_answer *const *other,
		     size_t n)
{
	size_t i;

	for (i = 0; i < n && matrix_same(one[i], other[i]); i++)
		;
	return i == n;
}

/* What changed in any column since the line before: a bit for each number; 0 where more than that did. */
static unsigned numbers_changed(const struct stretch *stretch, size_t n)
{
	const struct matrix_answer *now, *before;
	unsigned changed = 0, number;
	size_t i;

	for (i = 0; i < n; i++) {
		now = stretch->now[i];
		before = stretch->before[i];
		if (now->there != before->there || now->mappings != before->mappings ||
		    now->backings != before->backings)
			return 0;
		for (number = 0; number < MATRIX_NUMBERS; number++)
			if (now->there == MATRIX_THERE && now->numbers[number] != before->numbers[number])
				changed |= 1u << number;
	}
	return changed;
}

/* Those that are the same are one group, in the order of their first columns. */
static void group_answers(struct matrix_comparison *comparison, const struct stretch *stretch,
			  struct matrix_row *row)
{
	struct matrix *matrix = comparison->matrix;
	struct matrix_group groups[MATRIX_COLUMNS_MOST];
	size_t i, k;

	for (i = 0; i < matrix->n; i++) {
		for (k = 0; k < i; k++)
			if (matrix_differ(stretch->now[i], stretch->now[k]))
				matrix_note_unlike(comparison, i, k);
		if (!matrix_takes_part(comparison, i))
			continue;
		for (k = 0; k < row->n_groups && !matrix_same(groups[k].answer, stretch->now[i]); k++)
			;
		if (k == row->n_groups)
			groups[row->n_groups++] = (struct matrix_group){.answer = stretch->now[i]};
		groups[k].columns |= UINT64_C(1) << i;
	}
	row->groups = arena_copy(&matrix->arena, groups, row->n_groups * sizeof(*groups));
}

/* They are alike again: what is known of it, by whoever knows most. */
static void group_alike(struct matrix_comparison *comparison, const struct stretch *stretch,
			struct matrix_row *row)
{
	struct matrix *matrix = comparison->matrix;
	struct matrix_group group = {.answer = NULL};
	size_t i;

	for (i = 0; i < matrix->n; i++) {
		if (!matrix_takes_part(comparison, i))
			continue;
		group.columns |= UINT64_C(1) << i;
		if (!group.answer || group.answer->there == MATRIX_UNSEEN ||
		    (matrix_partly_known(group.answer) && !matrix_partly_known(stretch->now[i])))
			group.answer = stretch->now[i];
	}
	row->groups = arena_copy(&matrix->arena, &group, sizeof(group));
	row->n_groups = 1;
}

static int64_t whole_of(const struct matrix_comparison *comparison, const struct matrix_pair *pair)
{
	const struct matrix_area *area;
	size_t i;

	for (i = 0; i < comparison->matrix->n; i++) {
		area = area_of(state_of(comparison->matrix, i, comparison->line), pair);
		if (area)
			return area->whole;
	}
	return 0;
}

/* Whether the row before it, of the same area, ends here and says the same. */
static bool goes_on(const struct matrix_comparison *comparison, size_t first, const struct matrix_row *row)
{
	const struct matrix_row *last;
	size_t i;

	if (comparison->n_rows == first)
		return false;
	last = &comparison->rows[comparison->n_rows - 1];
	/* What is no whole region has a name of its own. */
	if (last->at < 0 || row->at == row->whole || last->at + (int64_t)last->n != row->at ||
	    last->alike != row->alike || last->changed != row->changed || last->n_groups != row->n_groups)
		return false;
	for (i = 0; i < row->n_groups; i++)
		if (last->groups[i].columns != row->groups[i].columns ||
		    !matrix_same(last->groups[i].answer, row->groups[i].answer))
			return false;
	return true;
}

static void add_row(struct matrix_comparison *comparison, size_t first, const struct matrix_row *row)
{
	if (goes_on(comparison, first, row)) {
		comparison->rows[comparison->n_rows - 1].n += row->n;
		return;
	}
	mem_grow(&comparison->rows, &comparison->rows_room, comparison->n_rows + 1,
		 sizeof(*comparison->rows));
	comparison->rows[comparison->n_rows++] = *row;
}

void matrix_compare_pair(struct matrix_comparison *comparison, const struct matrix_pair *pair)
{
	const size_t n = comparison->matrix->n, first = comparison->n_rows;
	struct stretch stretch;
	size_t i;

	find_boundaries(comparison, pair);
	for (i = 0; i + 1 < comparison->n_boundaries; i++) {
		struct matrix_row row = {
			.process = pair->process,
			.area = pair->area,
			.at = comparison->boundaries[i],
			.n = (uint64_t)(comparison->boundaries[i + 1] - comparison->boundaries[i]),
			.whole = whole_of(comparison, pair)};
		bool differ;

		look_at(comparison, pair, row.at, &stretch);
		differ = any_differ(stretch.now, n);
		/* What is gone everywhere is not worth a word. */
		row.alike = !differ && any_differ(stretch.before, n) && any_there(stretch.now, n);
		if (!row.alike && (!differ || all_same(stretch.now, stretch.before, n)))
			continue;
		row.changed = numbers_changed(&stretch, n);
		if (row.alike)
			group_alike(comparison, &stretch, &row);
		else
			group_answers(comparison, &stretch, &row);
		add_row(comparison, first, &row);
	}
}
