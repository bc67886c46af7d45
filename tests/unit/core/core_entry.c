/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw entries: what is there, and the names of their bits. */
#include "core_test.h"

#include "core/entry.h"

#define PLAIN UINT64_C(0x8000000002200867)
#define HUGE UINT64_C(0x80000000022000e7)
#define NONE UINT64_C(0x800ffffffddff120)      /* PROT_NONE: the frame is inverted */
#define NONE_HUGE UINT64_C(0x800ffffffddff1a0) /* the same, huge */
#define SPLIT UINT64_C(0x800ffffffddff0e6)     /* huge and being split: not present, and PSE */
#define MOVES UINT64_C(0xf7ffffffffbfc002)     /* of migration */

static void test_kinds(void **state)
{
	(void)state;
	assert_true(entry_is_present(PLAIN) && entry_is_present(NONE) && entry_is_present(NONE_HUGE));
	assert_false(entry_is_present(0) || entry_is_present(MOVES));
	assert_true(entry_is_leaf(HUGE) && entry_is_leaf(NONE_HUGE) && entry_is_leaf(SPLIT));
	assert_false(entry_is_leaf(PLAIN) || entry_is_leaf(MOVES));
	assert_true(entry_is_table(PLAIN));
	assert_false(entry_is_table(HUGE) || entry_is_table(NONE_HUGE) || entry_is_table(MOVES) ||
		     entry_is_table(0));
}

static void assert_names(uint64_t word, bool pte, const char *want)
{
	struct buf names = {0};

	buf_puts(&names, "");
	entry_names(word, pte, &names);
	assert_string_equal(names.data ? names.data : "", want);
	buf_fini(&names);
}

static void test_names(void **state)
{
	(void)state;
	assert_names(PLAIN, true, "PRESENT RW USER ACCESSED DIRTY SOFT_DIRTY NX");
	assert_names(HUGE, false, "PRESENT RW USER ACCESSED DIRTY PSE NX");
	assert_names(HUGE | 1 << 8, true, "PRESENT RW USER ACCESSED DIRTY PAT GLOBAL NX");
	assert_names(NONE, true, "ACCESSED PROTNONE NX");
	assert_names(NONE_HUGE, false, "ACCESSED PSE PROTNONE NX");
	assert_names(MOVES, true, "");
	assert_names(0, false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kinds), cmocka_unit_test(test_names)};

	return cmocka_run_group_tests_name("core_entry", tests, NULL, NULL);
}
