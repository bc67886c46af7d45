/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the text of a matrix. */
#ifndef FORMAT_MATRIX_PARTS_H
#define FORMAT_MATRIX_PARTS_H

#include "format/matrix.h"

struct text_matrix {
	struct out out;
	const struct matrix *matrix;
	unsigned width;
	bool ascii;
	unsigned label_width, answer_width; /* of what is told below a line */
};

/* Whether an action does something, or expects it, so that there may be something to tell. */
bool matrix_is_told(enum action_kind kind);

/* Appends the names of columns, "5.4, real". */
void matrix_put_names(const struct text_matrix *text, struct buf *out, uint64_t columns);

/* Words from a column on that the line has reached already, and wrapped below each other there; ends the line. */
void matrix_put_words(struct text_matrix *text, unsigned column, const char *words);

/* matrix_ends.c: what stands in front of the lines, and behind them. */
void matrix_put_head(struct text_matrix *text);
void matrix_put_end(struct text_matrix *text);

#endif
