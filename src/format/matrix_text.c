/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix of kernels as text for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "format/matrix_parts.h"
#include "format/text_line.h"

/* Columns in front of a line's number, its text, and what is told below it. */
#define NUMBER_WIDTH 4
#define BELOW 8
#define BETWEEN 2

/* The names of kernels stand behind what they answered, unless that leaves less room for them. */
#define NAMES_LEAST 24

bool matrix_is_told(enum action_kind kind)
{
	return kind != ACTION_TITLE && kind != ACTION_ON && kind != ACTION_SAY && kind != ACTION_ASK;
}

void matrix_put_names(const struct text_matrix *text, struct buf *out, uint64_t columns)
{
	const char *between = "";
	size_t i;

	for (i = 0; i < text->matrix->n; i++) {
		if (!(columns >> i & 1))
			continue;
		buf_puts(out, between);
		line_safe(out, text->matrix->columns[i].name, text->ascii);
		between = ", ";
	}
}

void matrix_put_words(struct text_matrix *text, unsigned column, const char *words)
{
	struct buf *out = &text->out.buf;
	unsigned at = column, len;

	for (; *words; words += len, words += strspn(words, " ")) {
		len = (unsigned)strcspn(words, " ");
		if (at > column && at + 1 + len > text->width) {
			buf_printf(out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			buf_putc(out, ' ');
			at++;
		}
		buf_add(out, words, len);
		at += len;
	}
	buf_putc(out, '\n');
	out_line(&text->out);
}

/* "A[0..3]", "kid A[1]". What is no whole region, where there are some, is the area's head or tail. */
static void put_label(const struct matrix_row *row, struct buf *out)
{
	if (strcmp(row->process, "main") != 0)
		buf_printf(out, "%s ", row->process);
	buf_puts(out, row->area);
	if (row->at < 0 && row->whole)
		buf_puts(out, " head");
	else if (row->at >= row->whole && row->whole)
		buf_puts(out, " tail");
	else if (row->whole)
		buf_printf(out, "[%" PRId64, row->at);
	if (row->at < 0 || row->at >= row->whole)
		return;
	if (row->n > 1)
		buf_printf(out, "..%" PRIu64, (uint64_t)row->at + row->n - 1);
	buf_putc(out, ']');
}

static void put_set(struct buf *out, uint16_t set, void (*put)(struct buf *, uint16_t))
{
	if (set & 1)
		buf_putc(out, '?');
	else
		put(out, set);
}

/* `numbers`: a bit for each number that is wanted. */
static void put_answer(const struct matrix_answer *answer, unsigned numbers, struct buf *out)
{
	unsigned i;

	if (answer->there != MATRIX_THERE) {
		buf_puts(out, answer->there == MATRIX_ABSENT ? "not there" : "?");
		return;
	}
	put_set(out, answer->mappings, matrix_put_mappings);
	if (answer->mappings != 1 << MAPPING_NONE || answer->backings != 1 << BACKING_NONE) {
		buf_putc(out, ' ');
		put_set(out, answer->backings, matrix_put_backings);
	}
	if (answer->mappings == 1 << MAPPING_NONE)
		numbers &= ~(1u << MATRIX_HIGHEST);
	for (i = 0; i < MATRIX_NUMBERS; i++) {
		if (!(numbers >> i & 1))
			continue;
		buf_printf(out, ", %s ", matrix_number_name((enum matrix_number)i));
		if (answer->numbers[i] == UNKNOWN_COUNT)
			buf_putc(out, '?');
		else
			buf_printf(out, "%" PRId64, answer->numbers[i]);
	}
}

static bool look_alike(const struct matrix_answer *one, const struct matrix_answer *other, unsigned numbers)
{
	unsigned i;

	if (one->there != other->there || one->mappings != other->mappings ||
	    one->backings != other->backings)
		return false;
	for (i = 0; i < MATRIX_NUMBERS; i++)
		if (numbers >> i & 1 && one->numbers[i] != other->numbers[i])
			return false;
	return true;
}

/*
 * Which numbers tell the row's answers apart: the mapcount always, as it is what one looks for; of the others as few as do,
 * since most of them follow from how a region is mapped.
 */
static unsigned choose_numbers(const struct matrix_row *row)
{
	unsigned numbers = 1u << MATRIX_HIGHEST, number;
	size_t i, k;

	for (i = 0; i < row->n_groups; i++)
		for (k = 0; k < i; k++) {
			const struct matrix_answer *one = row->groups[i].answer,
						   *other = row->groups[k].answer;

			for (number = 0; number < MATRIX_NUMBERS && look_alike(one, other, numbers); number++)
				if (one->numbers[number] != other->numbers[number])
					numbers |= 1u << number;
		}
	/* Told again for a number that is not among them, it would look as if nothing had changed. */
	return numbers & row->changed ? numbers : numbers | row->changed;
}

static void put_result(const struct text_matrix *text, const struct matrix_step *step, bool expected,
		       struct buf *out)
{
	const char *name;

	switch (step->result) {
	case MATRIX_NOT_KNOWN:
		buf_putc(out, '?');
		return;
	case MATRIX_DONE:
		buf_puts(out, expected ? "holds" : "done");
		return;
	case MATRIX_REFUSED:
		/* No errno of that kernel's: the source cannot do it. */
		if (step->error == ENOTSUP) {
			buf_puts(out, "not possible there");
			return;
		}
		name = strerrorname_np(step->error);
		buf_printf(out, "refused (%s)", name ? name : "?");
		return;
	case MATRIX_FAILED:
		buf_puts(out, "fails: ");
		break;
	case MATRIX_BROKE:
		buf_puts(out, "an invariant broke: ");
		break;
	case MATRIX_LOST:
		buf_puts(out, "lost: ");
		break;
	}
	line_safe(out, step->text, text->ascii);
}

/* One group: "LABEL  ANSWER  NAMES". A long answer has lines of its own. */
static void put_group(struct text_matrix *text, const char *label, const char *answer, const char *names)
{
	const unsigned at_answer = BELOW + text->label_width + BETWEEN,
		       at_names = at_answer + text->answer_width + BETWEEN;
	struct buf *out = &text->out.buf;

	buf_printf(out, "%*s%-*s%*s", BELOW, "", (int)text->label_width, label, BETWEEN, "");
	if (strlen(answer) <= text->answer_width) {
		buf_printf(out, "%-*s%*s", (int)text->answer_width, answer, BETWEEN, "");
		matrix_put_words(text, at_names, names);
	} else {
		matrix_put_words(text, at_answer, answer);
		buf_printf(out, "%*s", (int)at_answer + BETWEEN, "");
		matrix_put_words(text, at_answer + BETWEEN, names);
	}
}

/* What is told below a line, one group after another: first to find out how wide it is. */
struct told {
	struct text_matrix *text;
	struct buf label, answer, names;
	enum { TELL_LABELS, TELL_ANSWERS, TELL_ALL } pass;
};

static void widen(unsigned *width, size_t len)
{
	if (*width < len)
		*width = (unsigned)len;
}

static void tell_group(struct told *told, bool first)
{
	struct text_matrix *text = told->text;

	if (told->pass == TELL_LABELS)
		widen(&text->label_width, told->label.len);
	else if (told->pass == TELL_ALL)
		put_group(text, first ? told->label.data : "", told->answer.data, told->names.data);
	else if (BELOW + text->label_width + told->answer.len + 2UL * BETWEEN + NAMES_LEAST <= text->width)
		widen(&text->answer_width, told->answer.len);
	buf_clear(&told->answer);
	buf_clear(&told->names);
}

static void tell_row(struct told *told, const struct matrix_row *row)
{
	const unsigned numbers = choose_numbers(row);
	size_t i;

	buf_clear(&told->label);
	put_label(row, &told->label);
	for (i = 0; i < row->n_groups; i++) {
		put_answer(row->groups[i].answer, numbers, &told->answer);
		if (row->alike)
			buf_puts(&told->names, "alike again");
		else
			matrix_put_names(told->text, &told->names, row->groups[i].columns);
		tell_group(told, !i);
	}
}

/* What went wrong in the same way everywhere is no difference, but whoever wrote the script wants to know; NULL: nothing did. */
static const struct matrix_step *same_trouble(const struct matrix *matrix, const struct matrix_line *line)
{
	const size_t at = (size_t)(line - matrix->lines);
	size_t i = 0;

	while (i < matrix->n && matrix->columns[i].steps[at].result == MATRIX_NOT_KNOWN)
		i++;
	if (line->n_results || i == matrix->n)
		return NULL;
	return matrix->columns[i].steps[at].result == MATRIX_DONE ? NULL : &matrix->columns[i].steps[at];
}

static void tell_line(struct told *told, const struct matrix_line *line)
{
	const enum action_kind kind = line->action->kind;
	const bool expected = kind == ACTION_EXPECT || kind == ACTION_WAIT || kind == ACTION_REQUIRE;
	const struct matrix_step *trouble = line->differs ? NULL : same_trouble(told->text->matrix, line);
	size_t i;

	buf_clear(&told->label);
	buf_puts(&told->label, "result");
	if (trouble) {
		put_result(told->text, trouble, expected, &told->answer);
		buf_puts(&told->names, "everywhere");
		tell_group(told, true);
	}
	for (i = 0; i < line->n_results; i++) {
		put_result(told->text, line->results[i].step, expected, &told->answer);
		matrix_put_names(told->text, &told->names, line->results[i].columns);
		tell_group(told, !i);
	}
	for (i = 0; i < line->n_rows; i++)
		tell_row(told, &line->rows[i]);
}

static void put_line(struct text_matrix *text, const struct matrix_line *line)
{
	struct told told = {.text = text};
	struct buf *out = &text->out.buf;

	buf_printf(out, "%*d  ", NUMBER_WIDTH, line->action->line);
	line_safe(out, line->action->text, text->ascii);
	buf_putc(out, '\n');
	out_line(&text->out);
	text->label_width = text->answer_width = 0;
	for (; told.pass <= TELL_ALL; told.pass++)
		tell_line(&told, line);
	buf_fini(&told.label);
	buf_fini(&told.answer);
	buf_fini(&told.names);
}

int matrix_write_text(const struct matrix *matrix, const struct text_options *options,
		      const struct sink *sink)
{
	struct text_matrix text = {
		.out.sink = sink, .matrix = matrix, .width = options->width, .ascii = options->ascii};
	size_t i;

	if (!text.width)
		text.width = 80;
	matrix_put_head(&text);
	for (i = 0; i < matrix->script->n; i++)
		if (matrix_is_told(matrix->script->actions[i].kind))
			put_line(&text, &matrix->lines[i]);
	matrix_put_end(&text);
	return out_end(&text.out);
}
