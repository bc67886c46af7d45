/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The survey of kernels without PAGEMAP_SCAN: an announced pagemap bit, else smaps where it decides, else unknown. */
#include "survey_bench.h"

#include "core/mem.h"

#define SLOT (UINT64_C(1) << 21)
#define PMD_BIT 59

static struct fake *old_kernel(struct fake_process **process, unsigned slots)
{
	struct fake *fake = fake_new(9, (slots + 6) * 512);

	fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PAGEMAP_SCAN);
	fake->pmd_head_exclusive = true;
	*process = fake_process(fake, 100);
	fake_vma(*process, BASE, BASE + slots * SLOT, "");
	return fake;
}

static void map_ptes(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		fake_pte(fake, process, addr + i * FAKE_PAGE, pfn + i);
}

static uint64_t small_pages(struct fake *fake)
{
	uint64_t first = fake_folio(fake, 0, true);
	unsigned i;

	for (i = 1; i < 512; i++)
		fake_folio(fake, 0, true);
	return first;
}

/* All candidates, or none of them: smaps decides. */
static void test_decided(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 4);
	struct moment *moment;

	(void)state;
	fake_pmd(fake, process, BASE, fake_folio(fake, 9, true));
	map_ptes(fake, process, BASE + SLOT, small_pages(fake), 512);
	fake_pmd(fake, process, BASE + 2 * SLOT, fake_folio(fake, 9, true));
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_THP);
	assert_int_equal(only_region(moment, 0, BASE)->how, HOW_SMAPS);
	assert_mapcount(only_region(moment, 0, BASE), 1, 1, 1);
	assert_true(only_region(moment, 0, BASE)->anon_exclusive);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_SMALL);
	assert_kinds(only_region(moment, 0, BASE + 2 * SLOT), MAPPING_PMD, BACKING_THP);
	assert_null(process_region_at(&moment->processes[0], BASE + 3 * SLOT));
	assert_true(moment->processes[0].mapping_known);
	assert_int_equal(moment->processes[0].kb.pmd, 4096);
	moment_free(moment);
	fake_free(fake);

	fake = old_kernel(&process, 4);
	map_ptes(fake, process, BASE, fake_folio(fake, 9, true), 512);
	map_ptes(fake, process, BASE + SLOT, fake_folio(fake, 9, true), 512);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PTE, BACKING_THP);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_THP);
	assert_true(moment->processes[0].mapping_known);
	moment_free(moment);
	/* One range of it: the whole VMA is looked at to decide, the range alone is told. */
	moment = survey_of(&fake->kernel, 1,
			   &(struct survey_options){.from = BASE + SLOT, .to = BASE + SLOT + 1});
	assert_int_equal(moment->processes[0].n_regions, 1);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_THP);
	moment_free(moment);
	fake_free(fake);
}

/* One of two: nobody can tell which; no guess. */
static void test_undecided(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 4);
	struct moment *moment;

	(void)state;
	fake_pmd(fake, process, BASE, fake_folio(fake, 9, true));
	map_ptes(fake, process, BASE + SLOT, fake_folio(fake, 9, true), 512);
	map_ptes(fake, process, BASE + 2 * SLOT, fake_folio(fake, 9, true), 300);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_UNKNOWN, BACKING_THP);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_UNKNOWN, BACKING_THP);
	assert_int_equal(only_region(moment, 0, BASE)->how, HOW_UNKNOWN);
	assert_int_equal(only_region(moment, 0, BASE)->mapcount.entire, UNKNOWN_COUNT);
	assert_int_equal(only_region(moment, 0, BASE)->exclusive, 512);
	assert_kinds(only_region(moment, 0, BASE + 2 * SLOT), MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_false(moment->processes[0].mapping_known);
	moment_free(moment);
	/* Without smaps the same. */
	process->smaps_error = -EACCES;
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_int_equal(moment->processes[0].outcome, OUTCOME_OK);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_UNKNOWN, BACKING_THP);
	moment_free(moment);
	fake_free(fake);
}

/* The child wrote to page 0: the head is exclusive, and bit 56 says so of all 512, as 6.1 does. */
static void test_head_exclusive(void **state)
{
	struct fake_process *process, *child;
	struct fake *fake = old_kernel(&process, 1);
	struct moment *moment;
	uint64_t head;

	(void)state;
	head = fake_folio(fake, 9, true);
	fake_pmd(fake, process, BASE, head);
	child = fake_process(fake, 101);
	fake_vma(child, BASE, BASE + SLOT, "");
	map_ptes(fake, child, BASE + FAKE_PAGE, head + 1, 511);
	fake_pte(fake, child, BASE, fake_folio(fake, 0, true));
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_THP);
	assert_mapcount(only_region(moment, 0, BASE), 1, 2, 512);
	assert_false(only_region(moment, 0, BASE)->anon_exclusive);
	assert_int_equal(only_region(moment, 0, BASE)->exclusive, 1);
	moment_free(moment);
	fake_free(fake);
}

/* Reading ends once all that smaps counts was found; what it does not count must not end it too early. */
static void test_early_end(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 200);
	struct moment *moment;
	unsigned i;

	(void)state;
	fake_huge_zero(fake, process, BASE, fake_folio(fake, 9, false));
	for (i = 0; i < 512; i++)
		fake_raw(fake, process, BASE + SLOT + i * FAKE_PAGE, PM_PRESENT | 5,
			 SCAN_PRESENT | SCAN_PFNZERO, false);
	for (i = 0; i < 512; i++)
		fake_raw(fake, process, BASE + 2 * SLOT + i * FAKE_PAGE, PM_SWAP | 30, SCAN_SWAPPED, false);
	map_ptes(fake, process, BASE + 50 * SLOT, small_pages(fake), 512);
	fake_raw(fake, process, BASE + 60 * SLOT, PM_SWAP | 1, SCAN_SWAPPED, false);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_ZERO);
	assert_int_equal(only_region(moment, 0, BASE + SLOT)->mapping, MAPPING_PTE);
	assert_int_equal(only_region(moment, 0, BASE + 50 * SLOT)->present, 512);
	assert_int_equal(only_region(moment, 0, BASE + 60 * SLOT)->swapped, 1);
	assert_int_equal(moment->processes[0].n_regions, 5);
	assert_true(fake->pagemap_calls <= 61);
	moment_free(moment);
	fake->pagemap_calls = 0;
	moment = survey_of(&fake->kernel, 1, &(struct survey_options){.exact = true});
	assert_true(fake->pagemap_calls >= 200);
	moment_free(moment);
	fake_free(fake);
}

/* Without frame numbers the huge zero page cannot be told from memory, and smaps does not count it. */
static void test_unprivileged(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 4);
	struct moment *moment;

	(void)state;
	fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PFN | 1 << CAP_KPAGEFLAGS | 1 << CAP_KPAGECOUNT);
	fake_huge_zero(fake, process, BASE, fake_folio(fake, 9, false));
	map_ptes(fake, process, BASE + SLOT, small_pages(fake), 512);
	map_ptes(fake, process, BASE + 2 * SLOT, small_pages(fake), 100);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_int_equal(only_region(moment, 0, BASE)->mapping, MAPPING_UNKNOWN);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_UNKNOWN);
	assert_kinds(only_region(moment, 0, BASE + 2 * SLOT), MAPPING_PTE, BACKING_UNKNOWN);
	moment_free(moment);
	fake_free(fake);
	/* All full slots by PMD: decided. */
	fake = old_kernel(&process, 2);
	fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PFN | 1 << CAP_KPAGEFLAGS | 1 << CAP_KPAGECOUNT);
	fake_pmd(fake, process, BASE, fake_folio(fake, 9, true));
	fake_pmd(fake, process, BASE + SLOT, fake_folio(fake, 9, true));
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_UNKNOWN);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PMD, BACKING_UNKNOWN);
	moment_free(moment);
	fake_free(fake);
}

/* A bit that the kernel announces decides each region, also one of two. */
static void test_bit(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 3);
	struct moment *moment;
	size_t i;

	(void)state;
	fake->kernel.pagemap_pmd_bit = PMD_BIT;
	fake_pmd(fake, process, BASE, fake_folio(fake, 9, true));
	map_ptes(fake, process, BASE + SLOT, fake_folio(fake, 9, true), 512);
	fake_settle(fake);
	for (i = 0; i < process->n_entries; i++)
		process->entries[i].word |= process->entries[i].pmd ? UINT64_C(1) << PMD_BIT : 0;
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_THP);
	assert_kinds(only_region(moment, 0, BASE + SLOT), MAPPING_PTE, BACKING_THP);
	assert_int_equal(only_region(moment, 0, BASE)->how, HOW_PAGEMAP_BIT);
	assert_mapcount(only_region(moment, 0, BASE), 1, 1, 1);
	assert_mapcount(only_region(moment, 0, BASE + SLOT), 0, 1, 512);
	moment_free(moment);
	fake_free(fake);
}

/* A memfd of huge pages: only KernelPageSize says it. */
static void test_hugetlb(void **state)
{
	struct fake *fake = fake_new(9, 4096);
	struct fake_process *process = fake_process(fake, 100);
	struct moment *moment;
	uint64_t head;
	unsigned i;

	(void)state;
	fake->kernel.caps.mask &= ~(uint32_t)(1 << CAP_PAGEMAP_SCAN);
	fake->no_vma_page_size = true;
	fake_vma(process, BASE, BASE + 2 * SLOT, "/memfd:x (deleted)")->page_size = SLOT;
	head = fake_folio(fake, 9, false);
	for (i = 0; i < 512; i++)
		fake->frames[head + i].flags |= UINT64_C(1) << KPF_HUGE;
	fake_pmd(fake, process, BASE, head);
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	check_moment(moment);
	assert_kinds(only_region(moment, 0, BASE), MAPPING_PMD, BACKING_HUGETLB);
	assert_int_equal(moment->processes[0].n_regions, 1);
	moment_free(moment);
	fake_free(fake);
}

/* smaps that ends in the middle is damage, whether it was asked for or needed on the way. */
static void test_damaged_smaps(void **state)
{
	struct fake_process *process;
	struct fake *fake = old_kernel(&process, 1);
	struct moment *moment;

	(void)state;
	fake_pmd(fake, process, BASE, fake_folio(fake, 9, true));
	process->smaps =
		mem_strdup("7f0000000000-7f0000200000 rw-p 00000000 00:00 0 \nRss: 2048 kB\nAnonHuge");
	fake_settle(fake);
	moment = survey_of(&fake->kernel, 1, NULL);
	assert_int_equal(moment->processes[0].outcome, OUTCOME_DAMAGED);
	assert_int_equal(moment->processes[0].n_regions, 0);
	moment_free(moment);
	moment = survey_of(&fake->kernel, 1, &(struct survey_options){.smaps = true});
	assert_int_equal(moment->processes[0].outcome, OUTCOME_DAMAGED);
	check_moment(moment);
	moment_free(moment);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decided),	       cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_head_exclusive), cmocka_unit_test(test_early_end),
		cmocka_unit_test(test_unprivileged),   cmocka_unit_test(test_bit),
		cmocka_unit_test(test_hugetlb),	       cmocka_unit_test(test_damaged_smaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
