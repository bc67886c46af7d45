/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where columns differ: what is told of it, when, and of whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "matrix_made.h"

#define BIT(n) (UINT64_C(1) << (n))

static const struct matrix_answer unknown = {.there = MATRIX_UNSEEN};

static struct matrix_answer small(void)
{
	return made_answer(MAPPING_PTE, BACKING_SMALL, 1);
}

static struct matrix_answer huge(void)
{
	return made_answer(MAPPING_PMD, BACKING_THP, 1);
}

static void test_differ(void **state)
{
	const struct matrix_answer absent = {.there = MATRIX_ABSENT};
	struct matrix_answer one = small(), other = small();

	(void)state;
	assert_false(matrix_differ(&one, &other));
	assert_true(matrix_differ(&one, &absent));
	assert_false(matrix_differ(&absent, &absent));
	assert_false(matrix_differ(&one, &unknown));
	assert_false(matrix_differ(&unknown, &absent));
	/* Each field by itself, and not where one side does not know it. */
	for (int i = 0; i < MATRIX_NUMBERS; i++) {
		one = other = small();
		one.numbers[i] = 7;
		other.numbers[i] = 8;
		assert_true(matrix_differ(&one, &other));
		other.numbers[i] = UNKNOWN_COUNT;
		assert_false(matrix_differ(&one, &other));
	}
	one = other = small();
	other.mappings = 1 << MAPPING_NONE | 1 << MAPPING_PTE;
	assert_true(matrix_differ(&one, &other));
	other.mappings |= 1 << MAPPING_UNKNOWN;
	assert_false(matrix_differ(&one, &other));
	other = small();
	other.backings = 1 << BACKING_MIXED;
	assert_true(matrix_differ(&one, &other));
	other.backings = 1 << BACKING_UNKNOWN;
	assert_false(matrix_differ(&one, &other));
	assert_true(matrix_partly_known(&other));
	assert_false(matrix_partly_known(&one));
}

static void test_alike(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	size_t i;

	(void)state;
	made_all(matrix, made_column(matrix, "a"), 0, small());
	made_all(matrix, made_column(matrix, "b"), 0, small());
	made_column(matrix, "c"); /* of which nothing is known */
	matrix_compare(matrix);
	for (i = 0; i < MADE_LINES; i++)
		assert_true(!matrix->lines[i].n_rows && !matrix->lines[i].n_results &&
			    !matrix->lines[i].differs);
	assert_int_equal(matrix->n_differ, 0);
	assert_int_equal(matrix->n_alike, 1);
	assert_int_equal(matrix->alike[0], BIT(0) | BIT(1) | BIT(2));
	matrix_free(matrix);
}

/* Told where it comes up, not while it lasts, where it changes, and where it is over. */
static void test_once(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b");
	const struct matrix_row *row;

	(void)state;
	made_all(matrix, a, 0, small());
	made_all(matrix, b, 0, huge());
	made_all(matrix, b, 2, made_answer(MAPPING_PMD, BACKING_THP, 2));
	made_all(matrix, b, 3, small());
	matrix_compare(matrix);
	assert_int_equal(matrix->lines[0].n_rows, 1);
	row = &matrix->lines[0].rows[0];
	assert_string_equal(row->process, "main");
	assert_string_equal(row->area, "A");
	assert_true(row->at == 0 && row->n == 4 && row->whole == 4 && !row->alike);
	assert_int_equal(row->n_groups, 2);
	assert_int_equal(row->groups[0].columns, BIT(0));
	assert_int_equal(row->groups[1].columns, BIT(1));
	assert_int_equal(row->groups[1].answer->mappings, 1 << MAPPING_PMD);
	assert_true(matrix->lines[0].differs);
	assert_int_equal(matrix->lines[1].n_rows, 0);
	assert_false(matrix->lines[1].differs);
	assert_int_equal(matrix->lines[2].n_rows, 1);
	assert_int_equal(matrix->lines[2].rows[0].changed,
			 1 << MATRIX_HIGHEST | 1 << MATRIX_ENTIRE | 1 << MATRIX_TOTAL);
	assert_int_equal(matrix->lines[3].n_rows, 1);
	row = &matrix->lines[3].rows[0];
	assert_true(row->alike && row->n_groups == 1);
	assert_int_equal(row->groups[0].columns, BIT(0) | BIT(1));
	assert_false(matrix->lines[3].differs);
	assert_int_equal(matrix->n_differ, 2);
	assert_int_equal(matrix->n_alike, 2);
	matrix_free(matrix);
}

/* Where runs begin in one column and not in another, and where the same is told of neighbours. */
static void test_runs(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b"),
			   *c = made_column(matrix, "c");
	const struct matrix_answer mixed[] = {small(), huge(), huge(), small()};
	const struct matrix_row *rows;

	(void)state;
	made_all(matrix, a, 0, small());
	made_state(matrix, b, 0, mixed);
	made_all(matrix, c, 0, unknown);
	matrix_compare(matrix);
	assert_int_equal(matrix->lines[0].n_rows, 1);
	rows = matrix->lines[0].rows;
	assert_true(rows[0].at == 1 && rows[0].n == 2);
	assert_int_equal(rows[0].n_groups, 3); /* c's is told as one that is not known */
	assert_int_equal(rows[0].groups[2].answer->there, MATRIX_UNSEEN);
	/* c fits to both, and is put to none. */
	assert_int_equal(matrix->n_alike, 2);
	assert_int_equal(matrix->alike[0], BIT(0));
	assert_int_equal(matrix->alike[1], BIT(1));
	assert_int_equal(matrix->undecided, BIT(2));
	matrix_free(matrix);
}

/* An area that one of them does not have, and one that is shorter. */
static void test_absent(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b");
	struct matrix_state *none = arena_alloc(&matrix->arena, sizeof(*none));

	(void)state;
	made_all(matrix, a, 0, small());
	b[0].state = b[1].state = none;
	made_all(matrix, b, 2, small());
	((struct matrix_run *)b[2].state->areas[0].runs)[0].n = 3;
	matrix_compare(matrix);
	assert_int_equal(matrix->lines[0].n_rows, 1);
	assert_int_equal(matrix->lines[0].rows[0].n, 4);
	assert_int_equal(matrix->lines[0].rows[0].groups[1].answer->there, MATRIX_ABSENT);
	/* Three are alike again; the fourth is as before. */
	assert_int_equal(matrix->lines[2].n_rows, 1);
	assert_true(matrix->lines[2].rows[0].alike && matrix->lines[2].rows[0].n == 3);
	matrix_free(matrix);
}

static void test_results(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b"),
			   *c = made_column(matrix, "c"), *d = made_column(matrix, "d");
	const struct matrix_line *lines;

	(void)state;
	a[1] = (struct matrix_step){MATRIX_REFUSED, EINVAL, "no", NULL};
	b[1] = (struct matrix_step){MATRIX_REFUSED, EINVAL, "it said no", NULL};
	c[1] = (struct matrix_step){MATRIX_REFUSED, EBUSY, "later", NULL};
	a[3] = (struct matrix_step){MATRIX_FAILED, 0, "it is pte", NULL};
	b[3] = (struct matrix_step){MATRIX_FAILED, 0, "it is none", NULL};
	c[3].result = d[3].result = MATRIX_NOT_KNOWN;
	matrix_compare(matrix);
	lines = matrix->lines;
	assert_int_equal(lines[0].n_results, 0);
	assert_int_equal(lines[1].n_results, 3);
	assert_int_equal(lines[1].results[0].columns, BIT(0) | BIT(1));
	assert_int_equal(lines[1].results[1].columns, BIT(2));
	assert_int_equal(lines[1].results[2].columns, BIT(3));
	/* Who fails differs from nobody that fails, or cannot tell. */
	assert_int_equal(lines[3].n_results, 0);
	assert_int_equal(matrix->n_differ, 1);
	assert_int_equal(matrix->n_alike, 3);
	matrix_free(matrix);
}

/* One that is lost differs by that, and has no part in what comes after; nor is anything alike again because it went. */
static void test_lost(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b"), *c;

	(void)state;
	made_all(matrix, a, 0, small());
	made_all(matrix, b, 0, huge());
	matrix->columns[1].ended = "it went away";
	matrix->columns[1].ended_at = 1;
	b[1] = (struct matrix_step){MATRIX_LOST, 0, "it went away", NULL};
	b[2] = b[3] = (struct matrix_step){.result = MATRIX_NOT_KNOWN};
	c = made_column(matrix, "c");
	made_all(matrix, c, 3, huge());
	c[3].result = MATRIX_FAILED;
	c[3].text = "it is not";
	matrix_compare(matrix);
	assert_int_equal(matrix->lines[1].n_results, 2);
	assert_int_equal(matrix->lines[1].results[1].step->result, MATRIX_LOST);
	assert_int_equal(matrix->lines[1].n_rows, 0);
	/* The others differ at the end, without it. */
	assert_int_equal(matrix->lines[3].n_results, 2);
	assert_int_equal(matrix->lines[3].results[0].columns, BIT(0));
	assert_int_equal(matrix->lines[3].results[1].columns, BIT(2));
	assert_int_equal(matrix->lines[3].n_rows, 1);
	assert_int_equal(matrix->lines[3].rows[0].n_groups, 2);
	assert_int_equal(matrix->lines[3].rows[0].groups[1].columns, BIT(2));
	assert_int_equal(matrix->n_differ, 3);
	matrix_free(matrix);
}

/* What is in front of the whole regions, and behind them, are rows of their own, though they differ alike. */
static void test_parts(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *steps[] = {made_column(matrix, "a"), made_column(matrix, "b")};
	const struct matrix_row *rows;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		const struct matrix_run run = {-1, 4, i ? huge() : small()};
		const struct matrix_area area = {"main", "A", 2,
						 arena_copy(&matrix->arena, &run, sizeof(run)), 1};
		const struct matrix_state all = {arena_copy(&matrix->arena, &area, sizeof(area)), 1};

		steps[i][0].state = arena_copy(&matrix->arena, &all, sizeof(all));
	}
	matrix_compare(matrix);
	rows = matrix->lines[0].rows;
	assert_int_equal(matrix->lines[0].n_rows, 3);
	assert_true(rows[0].at == -1 && rows[0].n == 1);
	assert_true(rows[1].at == 0 && rows[1].n == 2);
	assert_true(rows[2].at == 2 && rows[2].n == 1);
	/* Nobody looked any more: nothing is alike again. */
	assert_int_equal(matrix->lines[1].n_rows, 0);
	matrix_free(matrix);
}

/* An area that is gone everywhere is no word worth. */
static void test_gone(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b");
	struct matrix_state *none = arena_alloc(&matrix->arena, sizeof(*none));

	(void)state;
	made_all(matrix, a, 0, small());
	made_all(matrix, b, 0, huge());
	a[1].state = b[1].state = none;
	matrix_compare(matrix);
	assert_int_equal(matrix->lines[0].n_rows, 1);
	assert_int_equal(matrix->lines[1].n_rows, 0);
	matrix_free(matrix);
}

static void test_missing(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct buf names = {0};

	(void)state;
	matrix_leave_out(matrix, "a", "why");
	matrix_leave_out(matrix, "b", "why else");
	matrix_leave_out(matrix, "c", "why");
	assert_true(matrix_put_missing(matrix, 0, &names));
	assert_string_equal(names.data, "a, c");
	matrix_leave_out(matrix, "b", "again");
	assert_int_equal(matrix->n_missing, 3);
	buf_clear(&names);
	assert_true(matrix_put_missing(matrix, 1, &names));
	assert_string_equal(names.data, "b");
	assert_false(matrix_put_missing(matrix, 2, &names));
	buf_fini(&names);
	matrix_free(matrix);
}

static void test_too_many(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	const struct matrix_column column = {.name = "a"};
	int i;

	(void)state;
	for (i = 0; i < MATRIX_COLUMNS_MOST; i++)
		assert_true(matrix_add(matrix, &column));
	assert_false(matrix_add(matrix, &column));
	matrix_free(matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differ),	 cmocka_unit_test(test_alike),
		cmocka_unit_test(test_once),	 cmocka_unit_test(test_runs),
		cmocka_unit_test(test_absent),	 cmocka_unit_test(test_results),
		cmocka_unit_test(test_lost),	 cmocka_unit_test(test_missing),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
