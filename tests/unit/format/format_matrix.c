/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A matrix of kernels as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <jansson.h>

#include "../core/matrix_made.h"
#include "format/matrix.h"

static const struct figure madvise[] = {{"enabled", "madvise"}}, always[] = {{"enabled", "always"}};

/* Three kernels: one refuses to collapse, one is not a model and tells half of it. */
static struct matrix *sample(void)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "5.4"), *b = made_column(matrix, "6.6"),
			   *c = made_column(matrix, "real");
	struct matrix_answer half = made_answer(MAPPING_PMD, BACKING_UNKNOWN, UNKNOWN_COUNT);
	const struct matrix_answer some[4] = {
		made_answer(MAPPING_PTE, BACKING_SMALL, 1), made_answer(MAPPING_PMD, BACKING_THP, 1),
		made_answer(MAPPING_PMD, BACKING_THP, 1), made_answer(MAPPING_PMD, BACKING_THP, 1)};

	made_all(matrix, a, 0, made_answer(MAPPING_PTE, BACKING_SMALL, 1));
	made_all(matrix, b, 0, made_answer(MAPPING_PTE, BACKING_SMALL, 1));
	made_all(matrix, c, 0, made_answer(MAPPING_PTE, BACKING_SMALL, 1));
	made_state(matrix, b, 1, some);
	made_all(matrix, c, 1, half);
	a[1].result = MATRIX_REFUSED;
	a[1].error = EINVAL;
	a[1].text = "no such thing";
	a[3].result = MATRIX_FAILED;
	a[3].text = "mapping is pte \x1b[1m here";
	matrix->columns[0].knobs = matrix->columns[1].knobs = madvise;
	matrix->columns[2].knobs = always;
	matrix->columns[0].n_knobs = matrix->columns[1].n_knobs = matrix->columns[2].n_knobs = 1;
	matrix->columns[2].model = false;
	matrix->columns[2].release = "6.18.1";
	matrix->columns[2].missing = "frames are not shown";
	matrix_leave_out(matrix, "lab:6.1", "it is not built");
	matrix_leave_out(matrix, "lab:6.12", "it is not built");
	matrix_compare(matrix);
	return matrix;
}

static void assert_text(unsigned width, const char *want)
{
	struct matrix *matrix = sample();
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};

	assert_int_equal(matrix_write_text(matrix, &(struct text_options){.width = width}, &sink), 0);
	assert_string_equal(text.data, want);
	buf_fini(&text);
	matrix_free(matrix);
}

static void test_text(void **state)
{
	(void)state;
	assert_text(0, "made on 3 kernels: 5.4, 6.6, real (6.18.1)\n"
		       "  enabled: madvise on 5.4, 6.6; always on real\n"
		       "\n"
		       "   1  map anon 8M as A\n"
		       "   2  collapse A\n"
		       "        result   refused (EINVAL)       5.4\n"
		       "                 done                   6.6, real\n"
		       "        A[0]     pte small, mapcount 1  5.4, 6.6\n"
		       "                 pmd ?, mapcount ?      real\n"
		       "        A[1..3]  pte small, mapcount 1  5.4\n"
		       "                 pmd thp, mapcount 1    6.6\n"
		       "                 pmd ?, mapcount ?      real\n"
		       "   5  expect A mapping == pmd\n"
		       "        result  fails: mapping is pte \\x1b[1m here  5.4\n"
		       "                holds                               6.6, real\n"
		       "\n"
		       "2 of 3 lines made a difference.\n"
		       "Like no other: 5.4, 6.6, real\n"
		       "real does not tell all (?): frames are not shown\n"
		       "lab:6.1, lab:6.12 left out: it is not built\n");
}

static void test_narrow(void **state)
{
	(void)state;
	assert_text(48, "made on 3 kernels: 5.4, 6.6, real (6.18.1)\n"
			"  enabled: madvise on 5.4, 6.6; always on real\n"
			"\n"
			"   1  map anon 8M as A\n"
			"   2  collapse A\n"
			"        result   refused (EINVAL)\n"
			"                   5.4\n"
			"                 done  6.6, real\n"
			"        A[0]     pte small, mapcount 1\n"
			"                   5.4, 6.6\n"
			"                 pmd ?, mapcount ?\n"
			"                   real\n"
			"        A[1..3]  pte small, mapcount 1\n"
			"                   5.4\n"
			"                 pmd thp, mapcount 1\n"
			"                   6.6\n"
			"                 pmd ?, mapcount ?\n"
			"                   real\n"
			"   5  expect A mapping == pmd\n"
			"        result  fails: mapping is pte \\x1b[1m\n"
			"                here\n"
			"                  5.4\n"
			"                holds  6.6, real\n"
			"\n"
			"2 of 3 lines made a difference.\n"
			"Like no other: 5.4, 6.6, real\n"
			"real does not tell all (?): frames are not shown\n"
			"lab:6.1, lab:6.12 left out: it is not built\n");
}

/* What is told again shows what has changed, though it tells nobody apart. */
static void test_changed(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b");
	struct matrix_answer one = made_answer(MAPPING_PTE, BACKING_SMALL, 1),
			     other = made_answer(MAPPING_PMD, BACKING_THP, 1);
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};

	(void)state;
	made_all(matrix, a, 0, one);
	made_all(matrix, b, 0, other);
	one.numbers[MATRIX_SWAPPED] = other.numbers[MATRIX_SWAPPED] = 3;
	made_all(matrix, a, 1, one);
	made_all(matrix, b, 1, other);
	matrix_compare(matrix);
	assert_int_equal(matrix_write_text(matrix, &(struct text_options){.width = 80}, &sink), 0);
	assert_non_null(strstr(text.data, "A[0..3]  pte small, mapcount 1  a\n"));
	assert_non_null(strstr(text.data, "A[0..3]  pte small, swapped 3, mapcount 1  a\n"));
	buf_fini(&text);
	matrix_free(matrix);
}

static void test_json(void **state)
{
	struct matrix *matrix = sample();
	struct buf text = {0};
	const struct sink sink = {sink_buf, &text};
	json_t *root, *line, *place, *answer;

	(void)state;
	assert_int_equal(matrix_write_json(matrix, &sink), 0);
	assert_int_equal(text.data[text.len - 1], '\n');
	assert_null(memchr(text.data, '\n', text.len - 1));
	root = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "schema")), MATRIX_SCHEMA);
	assert_int_equal(json_array_size(json_object_get(root, "kernels")), 3);
	assert_int_equal(json_array_size(json_object_get(root, "left_out")), 2);
	assert_int_equal(json_array_size(json_object_get(root, "lines")), MADE_LINES);
	assert_int_equal(json_integer_value(json_object_get(root, "differ")), 2);
	assert_int_equal(json_array_size(json_object_get(root, "alike")), 3);
	line = json_array_get(json_object_get(root, "lines"), 1);
	assert_int_equal(json_integer_value(json_object_get(line, "line")), 2);
	answer = json_array_get(json_object_get(line, "results"), 0);
	assert_string_equal(json_string_value(json_object_get(answer, "result")), "refused");
	assert_string_equal(json_string_value(json_object_get(answer, "error")), "EINVAL");
	assert_int_equal(json_integer_value(json_object_get(answer, "errno")), EINVAL);
	assert_string_equal(json_string_value(json_array_get(json_object_get(answer, "kernels"), 0)), "5.4");
	assert_int_equal(json_array_size(json_object_get(line, "places")), 2);
	place = json_array_get(json_object_get(line, "places"), 1);
	assert_int_equal(json_integer_value(json_object_get(place, "index")), 1);
	assert_int_equal(json_integer_value(json_object_get(place, "regions")), 3);
	answer = json_array_get(json_object_get(place, "answers"), 2);
	assert_string_equal(json_string_value(json_object_get(answer, "mapping")), "pmd");
	assert_string_equal(json_string_value(json_object_get(answer, "backing")), "unknown");
	assert_null(json_object_get(answer, "mapcount"));
	answer = json_array_get(json_object_get(place, "answers"), 1);
	assert_int_equal(json_integer_value(json_object_get(answer, "mapcount")), 1);
	json_decref(root);
	buf_fini(&text);
	matrix_free(matrix);
}

static int refuse(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
	return -ENOSPC;
}

/* Of c nothing is known: it is told apart from those that are like a, and from b. */
static void test_undecided(void **state)
{
	struct matrix *matrix = matrix_new(&made_script);
	struct matrix_step *a = made_column(matrix, "a"), *b = made_column(matrix, "b");
	struct buf text = {0}, json = {0};
	const struct sink sink = {sink_buf, &text}, json_sink = {sink_buf, &json};

	(void)state;
	made_column(matrix, "c");
	made_all(matrix, a, 0, made_answer(MAPPING_PTE, BACKING_SMALL, 1));
	made_all(matrix, b, 0, made_answer(MAPPING_PMD, BACKING_THP, 1));
	matrix->columns[2].unable = "line 1: why";
	matrix_compare(matrix);
	assert_int_equal(matrix_write_text(matrix, &(struct text_options){.width = 90}, &sink), 0);
	assert_non_null(strstr(text.data,
			       "Like no other: a, b\nLike several, as far as is known: c\n"
			       "c cannot do all here, whatever its kernel could, and may differ for that: "
			       "line 1: why\n"));
	assert_int_equal(matrix_write_json(matrix, &json_sink), 0);
	assert_non_null(strstr(json.data, "\"alike\":[[\"a\"],[\"b\"]],\"undecided\":[\"c\"]}"));
	assert_non_null(strstr(json.data, "\"unable\":\"line 1: why\""));
	buf_fini(&text);
	buf_fini(&json);
	matrix_free(matrix);
}

static void test_full(void **state)
{
	const struct sink sink = {refuse, NULL};
	struct matrix *matrix = sample();

	(void)state;
	assert_int_equal(matrix_write_text(matrix, &(struct text_options){.width = 80}, &sink), -ENOSPC);
	assert_int_equal(matrix_write_json(matrix, &sink), -ENOSPC);
	matrix_free(matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_narrow), cmocka_unit_test(test_changed),
		cmocka_unit_test(test_json), cmocka_unit_test(test_full),   cmocka_unit_test(test_undecided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
