/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of a matrix, made by hand: a script of a few lines, one area A of main, and what each kernel says of it. */
#ifndef MATRIX_MADE_H
#define MATRIX_MADE_H

#include <string.h>

#include "core/matrix.h"

#define MADE_LINES 4

/* The text that the lines below stand for; "say" is what a matrix does not tell. */
static struct action made_actions[MADE_LINES] = {
	{.kind = ACTION_MAP, .line = 1, .text = "map anon 8M as A"},
	{.kind = ACTION_COLLAPSE, .line = 2, .text = "collapse A"},
	{.kind = ACTION_SAY, .line = 4, .text = "say \"hm\""},
	{.kind = ACTION_EXPECT, .line = 5, .text = "expect A mapping == pmd"},
};
static const struct script made_script = {.name = "made", .actions = made_actions, .n = MADE_LINES};

/* One region: mapped so, backed so, and this often. */
static inline struct matrix_answer made_answer(enum mapping mapping, enum backing backing, int64_t mapcount)
{
	return (struct matrix_answer){
		.there = MATRIX_THERE,
		.mappings = (uint16_t)(1u << mapping),
		.backings = (uint16_t)(1u << backing),
		.numbers = {[MATRIX_PRESENT] = 512,
			    [MATRIX_HIGHEST] = mapcount,
			    [MATRIX_ENTIRE] = mapcount == UNKNOWN_COUNT ? mapcount
					      : mapping == MAPPING_PMD	? mapcount
									: 0,
			    [MATRIX_TOTAL] = mapcount == UNKNOWN_COUNT ? mapcount
					     : mapping == MAPPING_PMD  ? mapcount
								       : 512 * mapcount,
			    [MATRIX_USAGE] = UNKNOWN_COUNT},
	};
}

/* The four regions of A of a process, as runs of equal ones. */
static inline void made_area(struct matrix *matrix, struct matrix_area *area, const char *process,
			     const struct matrix_answer answers[4])
{
	struct matrix_run *runs = arena_alloc(&matrix->arena, 4 * sizeof(*runs));
	size_t i;

	*area = (struct matrix_area){.process = process, .area = "A", .whole = 4, .runs = runs};
	for (i = 0; i < 4; i++)
		if (area->n && !memcmp(&runs[area->n - 1].answer, &answers[i], sizeof(answers[i])))
			runs[area->n - 1].n++;
		else
			runs[area->n++] = (struct matrix_run){(int64_t)i, 1, answers[i]};
}

/* A column that did all lines, with nothing known of its state. */
static inline struct matrix_step *made_column(struct matrix *matrix, const char *name)
{
	struct matrix_step *steps = arena_alloc(&matrix->arena, MADE_LINES * sizeof(*steps));
	size_t i;

	for (i = 0; i < MADE_LINES; i++)
		steps[i].result = made_actions[i].kind == ACTION_SAY ? MATRIX_NOT_KNOWN : MATRIX_DONE;
	matrix_add(matrix,
		   &(struct matrix_column){.name = name, .release = name, .model = true, .steps = steps});
	return steps;
}

/* From a line on main's four regions are these. */
static inline void made_state(struct matrix *matrix, struct matrix_step *steps, size_t from,
			      const struct matrix_answer answers[4])
{
	struct matrix_state *state = arena_alloc(&matrix->arena, sizeof(*state));
	struct matrix_area *area = arena_alloc(&matrix->arena, sizeof(*area));

	made_area(matrix, area, "main", answers);
	*state = (struct matrix_state){area, 1};
	for (; from < MADE_LINES; from++)
		steps[from].state = state;
}

/* The same, all four alike. */
static inline void made_all(struct matrix *matrix, struct matrix_step *steps, size_t from,
			    struct matrix_answer answer)
{
	const struct matrix_answer answers[4] = {answer, answer, answer, answer};

	made_state(matrix, steps, from, answers);
}

#endif
