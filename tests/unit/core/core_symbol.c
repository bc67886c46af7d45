/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/symbol: what each mapping and backing is drawn as. */
#include "core_test.h"

#include <string.h>

#include "core/symbol.h"

#define PAGE UINT64_C(4096)

static enum symbol of(enum mapping mapping, enum backing backing, uint32_t pages, uint32_t present)
{
	struct region region = {
		.mapping = mapping, .backing = backing, .len = pages * PAGE, .present = present};

	return region_symbol(&region, PAGE);
}

static void test_all(void **state)
{
	static const enum symbol pte[BACKING_COUNT] = {
		[BACKING_UNKNOWN] = SYMBOL_PTE_UNKNOWN, [BACKING_NONE] = SYMBOL_HOLE, /* guard markers */
		[BACKING_SMALL] = SYMBOL_SMALL,		[BACKING_MTHP] = SYMBOL_MTHP,
		[BACKING_THP] = SYMBOL_PTE_THP,		[BACKING_THP_PARTIAL] = SYMBOL_PTE_PARTIAL,
		[BACKING_TEAM] = SYMBOL_PTE_TEAM,	[BACKING_HUGETLB] = SYMBOL_HUGETLB,
		[BACKING_ZERO] = SYMBOL_ZERO,		[BACKING_SWAP] = SYMBOL_SWAP,
		[BACKING_MIXED] = SYMBOL_MIXED,
	};
	unsigned backing;

	(void)state;
	for (backing = 0; backing < BACKING_COUNT; backing++) {
		enum backing b = (enum backing)backing;

		assert_int_equal(of(MAPPING_PTE, b, 512, 512), pte[backing]);
		assert_int_equal(of(MAPPING_UNKNOWN, b, 512, 512), SYMBOL_UNKNOWN);
		assert_int_equal(of(MAPPING_PUD, b, 512, 512), SYMBOL_HUGETLB);
	}
	assert_int_equal(of(MAPPING_NONE, BACKING_NONE, 512, 0), SYMBOL_HOLE);
	assert_int_equal(of(MAPPING_PMD, BACKING_THP, 512, 512), SYMBOL_PMD_THP);
	assert_int_equal(of(MAPPING_PMD, BACKING_TEAM, 512, 512), SYMBOL_PMD_TEAM);
	assert_int_equal(of(MAPPING_PMD, BACKING_HUGETLB, 512, 512), SYMBOL_HUGETLB);
	assert_int_equal(of(MAPPING_PMD, BACKING_ZERO, 512, 512), SYMBOL_ZERO);
	assert_int_equal(of(MAPPING_PMD, BACKING_UNKNOWN, 512, 512), SYMBOL_PMD_UNKNOWN);
	assert_int_equal(of(MAPPING_PMD, BACKING_SWAP, 512, 0), SYMBOL_SWAP);
}

/* Less than half of what the region could hold; a fragment could hold less. */
static void test_sparse(void **state)
{
	static const struct {
		uint32_t pages, present;
		enum symbol symbol;
	} rows[] = {
		{512, 1, SYMBOL_SPARSE},  {512, 255, SYMBOL_SPARSE},   {512, 256, SYMBOL_SMALL},
		{512, 512, SYMBOL_SMALL}, {16, 16, SYMBOL_SMALL},      {16, 8, SYMBOL_SMALL},
		{16, 7, SYMBOL_SPARSE},	  {1, 1, SYMBOL_SMALL},	       {511, 255, SYMBOL_SPARSE},
		{511, 256, SYMBOL_SMALL}, {8192, 4095, SYMBOL_SPARSE}, {8192, 4096, SYMBOL_SMALL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(of(MAPPING_PTE, BACKING_SMALL, rows[i].pages, rows[i].present),
				 rows[i].symbol);
}

/* A legend needs each to have a word of its own, and a shape of its own with and without UTF-8. */
static void test_table(void **state)
{
	unsigned i, k;

	(void)state;
	for (i = 0; i < SYMBOL_COUNT; i++) {
		assert_non_null(symbol_table[i].glyph);
		assert_true(symbol_table[i].ascii > ' ' && symbol_table[i].ascii < 127);
		for (k = 0; k < i; k++) {
			assert_string_not_equal(symbol_table[i].glyph, symbol_table[k].glyph);
			assert_string_not_equal(symbol_table[i].label, symbol_table[k].label);
			assert_int_not_equal(symbol_table[i].ascii, symbol_table[k].ascii);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
