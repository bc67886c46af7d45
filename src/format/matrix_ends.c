/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix of kernels as text: which kernels they are, and what it comes to. */
#include <string.h>

#include "format/matrix_parts.h"
#include "format/text_line.h"

/* "FIRST words", those wrapped behind it. */
static void put_sentence(struct text_matrix *text, const char *first, const struct buf *words)
{
	buf_puts(&text->out.buf, first);
	matrix_put_words(text, (unsigned)strlen(first), words->data ? words->data : "");
}

static void put_kernels(struct text_matrix *text)
{
	const struct matrix *matrix = text->matrix;
	const struct matrix_column *column;
	struct buf words = {0};
	size_t i;

	line_safe(&words, matrix->script->name, text->ascii);
	buf_printf(&words, " on %zu kernels:", matrix->n);
	for (i = 0; i < matrix->n; i++) {
		column = &matrix->columns[i];
		buf_putc(&words, ' ');
		line_safe(&words, column->name, text->ascii);
		if (!column->model) {
			buf_puts(&words, " (");
			line_safe(&words, column->release, text->ascii);
			buf_putc(&words, ')');
		}
		buf_puts(&words, i + 1 < matrix->n ? "," : "");
	}
	put_sentence(text, "", &words);
	buf_fini(&words);
}

/* The knobs that bear on what a script comes to; the others are progress, or khugepaged's pace. */
static const char *const knobs[] = {"enabled",
				    "shmem_enabled",
				    "use_zero_page",
				    "khugepaged/max_ptes_none",
				    "khugepaged/max_ptes_shared",
				    "khugepaged/max_ptes_swap"};

/* Those columns, from `from` on, in which a knob has the same value as there. */
static uint64_t of_value(const struct matrix *matrix, const char *knob, size_t from)
{
	const char *value = matrix_knob(&matrix->columns[from], knob), *other;
	uint64_t columns = 0;
	size_t i;

	for (i = 0; i < matrix->n; i++) {
		other = matrix_knob(&matrix->columns[i], knob);
		if (other && !strcmp(other, value))
			columns |= UINT64_C(1) << i;
	}
	return columns;
}

/* Kernels that are told different things may well differ by that. */
static void put_knob(struct text_matrix *text, const char *knob)
{
	const struct matrix *matrix = text->matrix;
	struct buf words = {0};
	uint64_t told = 0, one;
	unsigned values = 0;
	size_t i;

	for (i = 0; i < matrix->n; i++) {
		if (told >> i & 1 || !matrix_knob(&matrix->columns[i], knob))
			continue;
		one = of_value(matrix, knob, i);
		buf_puts(&words, values++ ? "; " : "");
		line_safe(&words, matrix_knob(&matrix->columns[i], knob), text->ascii);
		buf_puts(&words, " on ");
		matrix_put_names(text, &words, one);
		told |= one;
	}
	if (values > 1) {
		buf_printf(&text->out.buf, "  %s: ", knob);
		matrix_put_words(text, (unsigned)strlen(knob) + 4, words.data);
	}
	buf_fini(&words);
}

/* Those that are like another one, a line for each group; then those that are not. */
static void put_alike(struct text_matrix *text)
{
	const struct matrix *matrix = text->matrix;
	struct buf words = {0};
	uint64_t alone = 0;
	bool any = false;
	size_t i;

	for (i = 0; i < matrix->n_alike; i++) {
		if (__builtin_popcountll(matrix->alike[i]) == 1) {
			alone |= matrix->alike[i];
			continue;
		}
		if (matrix->n_alike == 1 && !matrix->undecided)
			buf_puts(&words, "all of them");
		else
			matrix_put_names(text, &words, matrix->alike[i]);
		put_sentence(text, any ? "                  " : "Alike throughout: ", &words);
		buf_clear(&words);
		any = true;
	}
	matrix_put_names(text, &words, alone);
	if (alone)
		put_sentence(text, "Like no other: ", &words);
	buf_clear(&words);
	matrix_put_names(text, &words, matrix->undecided);
	if (matrix->undecided)
		put_sentence(text, "Like several, as far as is known: ", &words);
	buf_fini(&words);
}

static void put_sum(struct text_matrix *text)
{
	const struct matrix *matrix = text->matrix;
	size_t i, told = 0;

	for (i = 0; i < matrix->script->n; i++)
		told += matrix_is_told(matrix->script->actions[i].kind);
	buf_printf(&text->out.buf, "\n%zu of %zu lines made a difference.\n", matrix->n_differ, told);
	put_alike(text);
}

static void put_note(struct text_matrix *text, const char *name, const char *what, const char *why)
{
	struct buf words = {0};

	line_safe(&words, name, text->ascii);
	buf_printf(&words, " %s: ", what);
	line_safe(&words, why, text->ascii);
	put_sentence(text, "", &words);
	buf_fini(&words);
}

/* Those that are left out, by the reason, in the order of the first of each. */
static void put_missing(struct text_matrix *text)
{
	const struct matrix *matrix = text->matrix;
	struct buf names = {0};
	size_t i;

	for (i = 0; i < matrix->n_missing; i++) {
		if (matrix_put_missing(matrix, i, &names))
			put_note(text, names.data, "left out", matrix->missing[i].reason);
		buf_clear(&names);
	}
	buf_fini(&names);
}

static void put_notes(struct text_matrix *text)
{
	const struct matrix *matrix = text->matrix;
	size_t i;

	for (i = 0; i < matrix->n; i++) {
		if (matrix->columns[i].ended)
			put_note(text, matrix->columns[i].name, "ended early", matrix->columns[i].ended);
		if (matrix->columns[i].unable)
			put_note(text, matrix->columns[i].name,
				 "cannot do all here, whatever its kernel could, and may differ for that",
				 matrix->columns[i].unable);
		if (matrix->columns[i].missing)
			put_note(text, matrix->columns[i].name, "does not tell all (?)",
				 matrix->columns[i].missing);
	}
	put_missing(text);
}

void matrix_put_head(struct text_matrix *text)
{
	size_t i;

	put_kernels(text);
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		put_knob(text, knobs[i]);
	buf_putc(&text->out.buf, '\n');
}

void matrix_put_end(struct text_matrix *text)
{
	put_sum(text);
	put_notes(text);
}
