/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One script on several kernels: columns, and what makes two answers differ. */
#include "core/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct matrix *matrix_new(const struct script *script)
{
	struct matrix *matrix = mem_alloc(sizeof(*matrix));

	matrix->script = script;
	return matrix;
}

void matrix_free(struct matrix *matrix)
{
	if (!matrix)
		return;
	arena_fini(&matrix->arena);
	free(matrix->missing);
	free(matrix);
}

bool matrix_add(struct matrix *matrix, const struct matrix_column *column)
{
	if (matrix->n == MATRIX_COLUMNS_MOST)
		return false;
	matrix->columns[matrix->n++] = *column;
	return true;
}

void matrix_leave_out(struct matrix *matrix, const char *name, const char *reason)
{
	size_t i;

	for (i = 0; i < matrix->n_missing; i++)
		if (!strcmp(matrix->missing[i].name, name))
			return;
	mem_grow(&matrix->missing, &matrix->missing_room, matrix->n_missing + 1, sizeof(*matrix->missing));
	matrix->missing[matrix->n_missing++] =
		(struct matrix_missing){arena_text(&matrix->arena, name, strlen(name)),
					arena_text(&matrix->arena, reason, strlen(reason))};
}

bool matrix_put_missing(const struct matrix *matrix, size_t i, struct buf *names)
{
	const struct matrix_missing *list = matrix->missing;
	size_t k;

	for (k = 0; strcmp(list[k].reason, list[i].reason) != 0; k++)
		;
	if (k < i)
		return false;
	buf_puts(names, list[i].name);
	for (k = i + 1; k < matrix->n_missing; k++)
		if (!strcmp(list[k].reason, list[i].reason))
			buf_printf(names, ", %s", list[k].name);
	return true;
}

/* Of a set of mappings or backings, in which 1 stands for the one that is not known. */
static bool sets_differ(uint16_t one, uint16_t other)
{
	_Static_assert(MAPPING_UNKNOWN == 0 && BACKING_UNKNOWN == 0, "bit 0 is what is not known");
	return !(one & 1) && !(other & 1) && one != other;
}

bool matrix_differ(const struct matrix_answer *one, const struct matrix_answer *other)
{
	int i;

	if (one->there == MATRIX_UNSEEN || other->there == MATRIX_UNSEEN)
		return false;
	if (one->there != other->there)
		return true;
	if (one->there == MATRIX_ABSENT)
		return false;
	if (sets_differ(one->mappings, other->mappings) || sets_differ(one->backings, other->backings))
		return true;
	for (i = 0; i < MATRIX_NUMBERS; i++)
		if (one->numbers[i] != UNKNOWN_COUNT && other->numbers[i] != UNKNOWN_COUNT &&
		    one->numbers[i] != other->numbers[i])
			return true;
	return false;
}

bool matrix_same(const struct matrix_answer *one, const struct matrix_answer *other)
{
	return one->there == other->there &&
	       (one->there != MATRIX_THERE ||
		(one->mappings == other->mappings && one->backings == other->backings &&
		 !memcmp(one->numbers, other->numbers, sizeof(one->numbers))));
}

bool matrix_partly_known(const struct matrix_answer *answer)
{
	int i;

	if (answer->there != MATRIX_THERE)
		return false;
	for (i = 0; i < MATRIX_USAGE; i++) /* which nothing but a team has */
		if (answer->numbers[i] == UNKNOWN_COUNT)
			return true;
	return (answer->mappings | answer->backings) & 1;
}

const char *matrix_knob(const struct matrix_column *column, const char *name)
{
	return figure_value(column->knobs, column->n_knobs, name);
}

const char *matrix_number_name(enum matrix_number number)
{
	static const char *const names[] = {
		[MATRIX_PRESENT] = "present", [MATRIX_SWAPPED] = "swapped", [MATRIX_HIGHEST] = "mapcount",
		[MATRIX_ENTIRE] = "entire",   [MATRIX_TOTAL] = "total",	    [MATRIX_USAGE] = "usage",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == MATRIX_NUMBERS, "a name for each number");
	return names[number];
}

const char *matrix_result_name(enum matrix_result result)
{
	static const char *const names[] = {
		[MATRIX_NOT_KNOWN] = "not-known", [MATRIX_DONE] = "done",   [MATRIX_REFUSED] = "refused",
		[MATRIX_FAILED] = "failed",	  [MATRIX_BROKE] = "broke", [MATRIX_LOST] = "lost",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == MATRIX_LOST + 1, "a name for each result");
	return names[result];
}

void matrix_put_mappings(struct buf *out, uint16_t mappings)
{
	const char *between = "";
	unsigned i;

	for (i = 0; i < MAPPING_COUNT; i++) {
		if (!(mappings >> i & 1))
			continue;
		buf_printf(out, "%s%s", between, mapping_name((enum mapping)i));
		between = "|";
		if (i == MAPPING_UNKNOWN)
			return;
	}
}

void matrix_put_backings(struct buf *out, uint16_t backings)
{
	const char *between = "";
	unsigned i;

	for (i = 0; i < BACKING_COUNT; i++) {
		if (!(backings >> i & 1))
			continue;
		buf_printf(out, "%s%s", between, backing_name((enum backing)i));
		between = "|";
		if (i == BACKING_UNKNOWN)
			return;
	}
}
