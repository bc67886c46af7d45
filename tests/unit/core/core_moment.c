/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/moment: finding a region and a VMA by address, at every edge. */
#include "core_test.h"

#include "core/mem.h"
#include "core/moment.h"

static struct vma vmas[] = {
	{.start = 0x1000, .end = 0x3000, .first_region = 0, .n_regions = 2},
	{.start = 0x3000, .end = 0x9000, .first_region = 2, .n_regions = 1},
	{.start = 0xa000, .end = 0xb000, .first_region = 3, .n_regions = 0},
	{.start = 0xffffffffff600000, .end = 0xffffffffff601000, .first_region = 3, .n_regions = 1},
};
static struct region regions[] = {
	{.start = 0x1000, .len = 0x1000},
	{.start = 0x2000, .len = 0x1000},
	{.start = 0x5000, .len = 0x2000},
	{.start = 0xffffffffff600000, .len = 0x1000},
};
static const struct process process = {.vmas = vmas, .n_vmas = 4, .regions = regions, .n_regions = 4};

static void test_vma_at(void **state)
{
	(void)state;
	assert_null(process_vma_at(&process, 0));
	assert_null(process_vma_at(&process, 0xfff));
	assert_ptr_equal(process_vma_at(&process, 0x1000), &vmas[0]);
	assert_ptr_equal(process_vma_at(&process, 0x2fff), &vmas[0]);
	assert_ptr_equal(process_vma_at(&process, 0x3000), &vmas[1]);
	assert_ptr_equal(process_vma_at(&process, 0x8fff), &vmas[1]);
	assert_null(process_vma_at(&process, 0x9000));
	assert_null(process_vma_at(&process, 0x9fff));
	assert_ptr_equal(process_vma_at(&process, 0xafff), &vmas[2]);
	assert_null(process_vma_at(&process, 0xb000));
	assert_ptr_equal(process_vma_at(&process, 0xffffffffff600fff), &vmas[3]);
	assert_null(process_vma_at(&process, 0xffffffffff601000));
	assert_null(process_vma_at(&process, UINT64_MAX));
}

static void test_region_at(void **state)
{
	(void)state;
	assert_null(process_region_at(&process, 0xfff));
	assert_ptr_equal(process_region_at(&process, 0x1000), &regions[0]);
	assert_ptr_equal(process_region_at(&process, 0x1fff), &regions[0]);
	assert_ptr_equal(process_region_at(&process, 0x2000), &regions[1]);
	assert_null(process_region_at(&process, 0x3000)); /* mapped, but holds nothing */
	assert_null(process_region_at(&process, 0x4fff));
	assert_ptr_equal(process_region_at(&process, 0x5000), &regions[2]);
	assert_ptr_equal(process_region_at(&process, 0x6fff), &regions[2]);
	assert_null(process_region_at(&process, 0x7000));
	assert_null(process_region_at(&process, 0xa000));
	assert_ptr_equal(process_region_at(&process, 0xffffffffff600000), &regions[3]);
	assert_null(process_region_at(&process, UINT64_MAX));
}

static void test_nothing(void **state)
{
	static const struct process none = {.outcome = OUTCOME_GONE};

	(void)state;
	assert_null(process_vma_at(&none, 0x1000));
	assert_null(process_region_at(&none, 0x1000));
	moment_free(NULL);
	moment_free(mem_alloc(sizeof(struct moment)));
}

static void test_figures(void **state)
{
	static const struct figure figures[] = {{"enabled", "madvise"}, {"defrag", "always"}};

	(void)state;
	assert_string_equal(figure_value(figures, 2, "defrag"), "always");
	assert_null(figure_value(figures, 2, "def"));
	assert_null(figure_value(figures, 1, "defrag"));
	assert_null(figure_value(NULL, 0, "enabled"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vma_at),
		cmocka_unit_test(test_region_at),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
