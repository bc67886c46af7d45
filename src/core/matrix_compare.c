/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the columns of a matrix differ, line by line. */
#include <stdlib.h>
#include <string.h>

#include "core/matrix_parts.h"
#include "core/mem.h"

static void add_pair(struct matrix_comparison *comparison, const struct matrix_area *area)
{
	size_t i;

	for (i = 0; i < comparison->n_pairs; i++)
		if (!strcmp(comparison->pairs[i].process, area->process) &&
		    !strcmp(comparison->pairs[i].area, area->area))
			return;
	mem_grow(&comparison->pairs, &comparison->pairs_room, comparison->n_pairs + 1,
		 sizeof(*comparison->pairs));
	comparison->pairs[comparison->n_pairs++] = (struct matrix_pair){area->process, area->area};
}

/* Every area that any column ever has, in the order in which they come. */
static void find_pairs(struct matrix_comparison *comparison)
{
	const struct matrix *matrix = comparison->matrix;
	const struct matrix_state *state;
	size_t line, i, k;

	for (line = 0; line < matrix->script->n; line++)
		for (i = 0; i < matrix->n; i++) {
			state = matrix->columns[i].steps[line].state;
			for (k = 0; state && k < state->n; k++)
				add_pair(comparison, &state->areas[k]);
		}
}

static bool same_result(const struct matrix_step *one, const struct matrix_step *other)
{
	if (one->result != other->result)
		return false;
	return one->result == MATRIX_REFUSED  ? one->error == other->error
	       : one->result == MATRIX_FAILED ? !strcmp(one->text, other->text)
					      : true;
}

/* Two kernels that both fail an expectation fail it in the same way, as far as that goes: what there is are the regions. */
static bool results_differ(const struct matrix_step *one, const struct matrix_step *other)
{
	if (one->result == MATRIX_NOT_KNOWN || other->result == MATRIX_NOT_KNOWN)
		return false;
	return one->result != other->result || (one->result == MATRIX_REFUSED && one->error != other->error);
}

bool matrix_takes_part(const struct matrix_comparison *comparison, size_t column)
{
	const struct matrix_column *of = &comparison->matrix->columns[column];

	return !of->ended || comparison->line <= of->ended_at;
}

static void compare_results(struct matrix_comparison *comparison, struct matrix_line *line)
{
	struct matrix *matrix = comparison->matrix;
	struct matrix_group groups[MATRIX_COLUMNS_MOST];
	const struct matrix_step *step;
	bool differ = false;
	size_t i, k, n = 0;

	for (i = 0; i < matrix->n; i++) {
		step = &matrix->columns[i].steps[comparison->line];
		for (k = 0; k < i; k++) {
			if (!results_differ(step, &matrix->columns[k].steps[comparison->line]))
				continue;
			matrix_note_unlike(comparison, i, k);
			differ = true;
		}
		if (!matrix_takes_part(comparison, i))
			continue;
		for (k = 0; k < n && !same_result(groups[k].step, step); k++)
			;
		if (k == n)
			groups[n++] = (struct matrix_group){.step = step};
		groups[k].columns |= UINT64_C(1) << i;
	}
	if (!differ)
		return;
	line->results = arena_copy(&matrix->arena, groups, n * sizeof(*groups));
	line->n_results = n;
}

static void compare_line(struct matrix_comparison *comparison, struct matrix_line *line)
{
	struct matrix *matrix = comparison->matrix;
	size_t i;

	line->action = &matrix->script->actions[comparison->line];
	compare_results(comparison, line);
	comparison->n_rows = 0;
	for (i = 0; i < comparison->n_pairs; i++)
		matrix_compare_pair(comparison, &comparison->pairs[i]);
	line->rows = arena_copy(&matrix->arena, comparison->rows, comparison->n_rows * sizeof(*line->rows));
	line->n_rows = comparison->n_rows;
	line->differs = line->n_results > 0;
	for (i = 0; i < line->n_rows; i++)
		line->differs |= !line->rows[i].alike;
	matrix->n_differ += line->differs;
}

/* Whether a column differs from nobody in a group other than its own. */
static bool fits_elsewhere(const struct matrix *matrix, size_t column, const uint64_t *unlike)
{
	size_t k;

	for (k = 0; k < matrix->n_alike; k++)
		if (!(matrix->alike[k] >> column & 1) && !(matrix->alike[k] & unlike[column]))
			return true;
	return false;
}

/* Each into the first group with none of which it differs; those for which another one would do as well, into none. */
static void find_alike(struct matrix *matrix, const uint64_t *unlike)
{
	size_t i, k, kept = 0;

	for (i = 0; i < matrix->n; i++) {
		for (k = 0; k < matrix->n_alike && matrix->alike[k] & unlike[i]; k++)
			;
		matrix->n_alike += k == matrix->n_alike;
		matrix->alike[k] |= UINT64_C(1) << i;
	}
	for (i = 0; i < matrix->n; i++)
		if (fits_elsewhere(matrix, i, unlike))
			matrix->undecided |= UINT64_C(1) << i;
	for (k = 0; k < matrix->n_alike; k++) {
		matrix->alike[kept] = matrix->alike[k] & ~matrix->undecided;
		kept += matrix->alike[kept] != 0;
	}
	matrix->n_alike = kept;
}

void matrix_compare(struct matrix *matrix)
{
	struct matrix_comparison comparison = {.matrix = matrix};

	matrix->lines = arena_alloc(&matrix->arena, matrix->script->n * sizeof(*matrix->lines));
	find_pairs(&comparison);
	for (; comparison.line < matrix->script->n; comparison.line++)
		compare_line(&comparison, &matrix->lines[comparison.line]);
	find_alike(matrix, comparison.unlike);
	free(comparison.pairs);
	free(comparison.boundaries);
	free(comparison.rows);
}
