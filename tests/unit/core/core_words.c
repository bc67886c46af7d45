/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the snapshot format, as design 1 and thpscope-snapshot(5) spell them, and back. */
#include "core_test.h"

#include <string.h>

#include "core/action.h"
#include "core/moment.h"
#include "core/source.h"

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(mapping_name(MAPPING_UNKNOWN), "unknown");
	assert_string_equal(mapping_name(MAPPING_NONE), "none");
	assert_string_equal(mapping_name(MAPPING_PTE), "pte");
	assert_string_equal(mapping_name(MAPPING_PMD), "pmd");
	assert_string_equal(mapping_name(MAPPING_PUD), "pud");
	assert_string_equal(backing_name(BACKING_UNKNOWN), "unknown");
	assert_string_equal(backing_name(BACKING_NONE), "none");
	assert_string_equal(backing_name(BACKING_SMALL), "small");
	assert_string_equal(backing_name(BACKING_MTHP), "mthp");
	assert_string_equal(backing_name(BACKING_THP), "thp");
	assert_string_equal(backing_name(BACKING_THP_PARTIAL), "thp-partial");
	assert_string_equal(backing_name(BACKING_TEAM), "team");
	assert_string_equal(backing_name(BACKING_HUGETLB), "hugetlb");
	assert_string_equal(backing_name(BACKING_ZERO), "zero");
	assert_string_equal(backing_name(BACKING_SWAP), "swap");
	assert_string_equal(backing_name(BACKING_MIXED), "mixed");
	assert_string_equal(state_name(STATE_UNKNOWN), "unknown");
	assert_string_equal(state_name(STATE_EMPTY), "empty");
	assert_string_equal(state_name(STATE_PTE_MAPPED), "pte-mapped");
	assert_string_equal(state_name(STATE_PMD_MAPPED), "pmd-mapped");
	assert_string_equal(state_name(STATE_TEAM), "team");
	assert_string_equal(state_name(STATE_HUGETLB), "hugetlb");
	assert_string_equal(how_name(HOW_PAGEMAP_SCAN), "pagemap_scan");
	assert_string_equal(how_name(HOW_PAGEMAP_BIT), "pagemap_bit");
	assert_string_equal(how_name(HOW_SMAPS), "smaps");
	assert_string_equal(how_name(HOW_MODEL), "model");
	assert_string_equal(how_name(HOW_UNKNOWN), "unknown");
	assert_string_equal(vma_kind_name(VMA_ANON), "anon");
	assert_string_equal(vma_kind_name(VMA_SPECIAL), "special");
	assert_string_equal(capability_name(CAP_PAGEMAP_SCAN), "pagemap_scan");
	assert_string_equal(capability_name(CAP_KPAGECOUNT), "kpagecount");
	assert_string_equal(capability_name(CAP_SPECIMEN), "specimen");
	assert_string_equal(action_name(ACTION_MAP), "map");
	assert_string_equal(action_name(ACTION_SPLIT_FOLIO), "split-folio");
	assert_string_equal(action_name(ACTION_ON), "on");
}

static void test_back(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < MAPPING_COUNT; i++)
		assert_int_equal(mapping_named(mapping_name((enum mapping)i)), i);
	for (i = 0; i < BACKING_COUNT; i++)
		assert_int_equal(backing_named(backing_name((enum backing)i)), i);
	for (i = 0; i < HOW_COUNT; i++)
		assert_int_equal(how_named(how_name((enum how)i)), i);
	for (i = 0; i < VMA_KIND_COUNT; i++)
		assert_int_equal(vma_kind_named(vma_kind_name((enum vma_kind)i)), i);
	assert_int_equal(mapping_named("PTE"), MAPPING_COUNT);
	assert_int_equal(mapping_named(""), MAPPING_COUNT);
	assert_int_equal(backing_named("thp-"), BACKING_COUNT);
	assert_int_equal(how_named("scan"), HOW_COUNT);
	assert_int_equal(vma_kind_named("anonymous"), VMA_KIND_COUNT);
}

/* Design 1: state is team or hugetlb by backing, whichever the mapping; else by mapping. */
static void test_state(void **state)
{
	static const enum state by_mapping[MAPPING_COUNT] = {
		[MAPPING_UNKNOWN] = STATE_UNKNOWN, [MAPPING_NONE] = STATE_EMPTY,
		[MAPPING_PTE] = STATE_PTE_MAPPED,  [MAPPING_PMD] = STATE_PMD_MAPPED,
		[MAPPING_PUD] = STATE_HUGETLB,
	};
	unsigned mapping, backing;

	(void)state;
	for (mapping = 0; mapping < MAPPING_COUNT; mapping++) {
		for (backing = 0; backing < BACKING_COUNT; backing++) {
			struct region region = {.mapping = (enum mapping)mapping,
						.backing = (enum backing)backing};

			assert_int_equal(region_state(&region), backing == BACKING_TEAM ? STATE_TEAM
								: backing == BACKING_HUGETLB
									? STATE_HUGETLB
									: by_mapping[mapping]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
