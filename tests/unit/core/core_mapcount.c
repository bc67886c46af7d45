/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/mapcount: the bounds of E, and highest and total, by facts B. */
#include "core_test.h"

#include "core/mapcount.h"

static int64_t entire_of(int64_t pmd_seen, const int64_t (*subpages)[2], size_t n)
{
	struct entire_bounds bounds;
	size_t i;

	entire_start(&bounds, pmd_seen);
	for (i = 0; i < n; i++)
		entire_subpage(&bounds, subpages[i][0], subpages[i][1]);
	return entire_value(&bounds);
}

static void test_bounds(void **state)
{
	/* kpagecount, PTE maps seen */
	static const int64_t once[][2] = {{1, 0}, {1, 0}}, shared[][2] = {{2, 0}, {2, 0}},
			     one_of_many[][2] = {{3, 0}, {1, 0}, {3, 0}}, by_pte[][2] = {{2, 1}, {2, 1}},
			     all_seen[][2] = {{2, 2}, {3, 3}}, moved[][2] = {{1, 2}, {2, 2}};

	(void)state;
	/* "A PMD-mapped region with any kpagecount 1 has E = 1." */
	assert_int_equal(entire_of(1, once, 2), 1);
	assert_int_equal(entire_of(1, one_of_many, 3), 1);
	/* Both processes map by PMD, and both were looked at. */
	assert_int_equal(entire_of(2, shared, 2), 2);
	/* Only one of them was: 1 <= E <= 2. */
	assert_int_equal(entire_of(1, shared, 2), UNKNOWN_COUNT);
	/* The parent by PMD, the child by PTE, both seen: E = 1; the child alone: 0 <= E <= 1. */
	assert_int_equal(entire_of(1, by_pte, 2), 1);
	assert_int_equal(entire_of(0, by_pte, 2), UNKNOWN_COUNT);
	/* Every mapping was seen as a PTE. */
	assert_int_equal(entire_of(0, all_seen, 2), 0);
	/* The counts moved meanwhile: more mappings seen than there are. */
	assert_int_equal(entire_of(1, moved, 2), UNKNOWN_COUNT);
	assert_int_equal(entire_of(0, moved, 2), UNKNOWN_COUNT);
	/* Nothing seen. */
	assert_int_equal(entire_of(0, NULL, 0), UNKNOWN_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
