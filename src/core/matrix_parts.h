/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the comparison of a matrix's columns. */
#ifndef CORE_MATRIX_PARTS_H
#define CORE_MATRIX_PARTS_H

#include "core/matrix.h"

/* An area of a process that the script names. */
struct matrix_pair {
	const char *process, *area;
};

/* What is under way. */
struct matrix_comparison {
	struct matrix *matrix;
	size_t line;
	struct matrix_pair *pairs;
	size_t n_pairs, pairs_room;
	int64_t *boundaries;
	size_t n_boundaries, boundaries_room;
	struct matrix_row *rows; /* of this line */
	size_t n_rows, rows_room;
	uint64_t unlike[MATRIX_COLUMNS_MOST]; /* of each column: those from which it differs somewhere */
};

/* Two columns differ somewhere. */
static inline void matrix_note_unlike(struct matrix_comparison *comparison, size_t one, size_t other)
{
	comparison->unlike[one] |= UINT64_C(1) << other;
	comparison->unlike[other] |= UINT64_C(1) << one;
}

/* Whether a column has a part in what is told of this line: not one that ended before. */
bool matrix_takes_part(const struct matrix_comparison *comparison, size_t column);

/* matrix_rows.c: appends the rows of an area at the line that is compared. */
void matrix_compare_pair(struct matrix_comparison *comparison, const struct matrix_pair *pair);

#endif
