/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/cow: which other watched processes have a page, and what their writes would do. */
#include "core_test.h"

#include <string.h>

#include "core/cow.h"
#include "core/kernel.h"

#define PAGE UINT64_C(4096)
#define PMD (512 * PAGE)
#define AT UINT64_C(0x7f0000000000)
#define ELSEWHERE UINT64_C(0x7e0000000000)
#define FRAME UINT64_C(0x40000)

/* A parent, its child, and one that mapped something else at the same place. */
static struct vma vmas[3];
static struct region regions[3];
static struct process processes[3];
static struct moment moment;
static struct cow_other others[4];

static void leaf(struct region *region, uint64_t start, uint64_t pfn, int64_t times)
{
	*region = (struct region){.start = start,
				  .len = PMD,
				  .mapping = MAPPING_PMD,
				  .backing = BACKING_THP,
				  .pfn = pfn,
				  .order = 9,
				  .order_known = true,
				  .present = 512,
				  .anon = 512,
				  .mapcount = {times, times, times}};
}

static int setup(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		vmas[i] = (struct vma){
			.start = AT, .end = AT + PMD, .perms = "rw-p", .name = "", .n_regions = 1};
		processes[i] = (struct process){.pid = 10 + i,
						.comm = "some",
						.vmas = &vmas[i],
						.n_vmas = 1,
						.regions = &regions[i],
						.n_regions = 1};
	}
	vmas[2].start = ELSEWHERE;
	vmas[2].end = ELSEWHERE + PMD;
	leaf(&regions[0], AT, FRAME, 2);
	leaf(&regions[1], AT, FRAME, 2);
	leaf(&regions[2], ELSEWHERE, FRAME + 512, 1);
	moment = (struct moment){.page_size = PAGE,
				 .pmd_size = PMD,
				 .system.release = "6.18",
				 .processes = processes,
				 .n_processes = 3};
	return 0;
}

static size_t ask(uint64_t addr, enum cow_row row)
{
	struct cow_rules rules = cow_rules_of(&moment, row);
	struct cow_place place = cow_place_of(&processes[0], &regions[0]);

	return cow_others(&rules, &moment, 10, &place, addr, others, COUNT_OF(others));
}

static void test_leaves(void **state)
{
	(void)state;
	assert_int_equal(ask(AT + 7 * PAGE, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].process->pid, 11);
	assert_true(others[0].addr == AT + 7 * PAGE);
	assert_int_equal(others[0].cow.verdict, COW_COPY);
	assert_true(others[0].cow.split && others[0].cow.bytes == PAGE);
	assert_int_equal(ask(AT, COW_4_5_5), 1);
	assert_true(others[0].cow.bytes == PMD);
}

/* It maps the folio elsewhere, page by page, and not for writing. */
static void test_elsewhere(void **state)
{
	(void)state;
	vmas[1].start = AT + 16 * PMD;
	vmas[1].end = AT + 17 * PMD;
	regions[1].start = AT + 16 * PMD;
	regions[1].mapping = MAPPING_PTE;
	assert_int_equal(ask(AT + PAGE, COW_ROW_COUNT), 1);
	assert_true(others[0].addr == AT + 16 * PMD + PAGE);
	assert_int_equal(others[0].cow.verdict, COW_COPY);
	assert_false(others[0].cow.split);
	vmas[1].perms[1] = '-';
	assert_int_equal(ask(AT + PAGE, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_NONE);
}

/* The child wrote a page: it has its own, and small pages beside 511 of the folio. */
static void test_after_write(void **state)
{
	static struct page own[2], of_parent[2];

	(void)state;
	regions[1] = (struct region){.start = AT,
				     .len = PMD,
				     .mapping = MAPPING_PTE,
				     .backing = BACKING_MIXED,
				     .present = 512,
				     .anon = 512};
	/* Without pages: it may have the page. */
	assert_int_equal(ask(AT, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_UNKNOWN);
	assert_false(others[0].apart);
	/* The parent's pages say that page 1 is mapped once. */
	of_parent[0] = (struct page){.addr = AT,
				     .pfn = FRAME,
				     .present = true,
				     .mapcount = 2,
				     .has_mapcount = true,
				     .pagemap = PM_PRESENT};
	of_parent[1] = of_parent[0];
	of_parent[1].addr += PAGE;
	of_parent[1].pfn++;
	of_parent[1].mapcount = 1;
	processes[0].pages = of_parent;
	regions[0].n_pages = 2;
	assert_int_equal(ask(AT, COW_ROW_COUNT), 1);
	assert_false(others[0].apart);
	assert_int_equal(ask(AT + PAGE, COW_ROW_COUNT), 1);
	assert_true(others[0].apart);
	assert_int_equal(others[0].cow.verdict, COW_NONE);
	/* And where the child's pages were read, they are looked through. */
	own[0] = of_parent[0];
	own[1] = of_parent[1];
	own[1].pfn = 77;
	processes[1].pages = own;
	regions[1].n_pages = 2;
	assert_int_equal(ask(AT, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_COPY);
	assert_true(others[0].addr == AT);
	assert_int_equal(ask(AT + PAGE, COW_ROW_COUNT), 1);
	assert_true(others[0].apart);
}

/*
 * The child wrote page 1. All of the folio is mapped by the parent, and as often elsewhere as the child maps subpages of it:
 * so the child has each that is mapped twice.
 */
static void test_sole_other(void **state)
{
	static struct page all[512];
	size_t i;

	(void)state;
	for (i = 0; i < 512; i++)
		all[i] = (struct page){.addr = AT + i * PAGE,
				       .pfn = FRAME + i,
				       .present = true,
				       .pagemap = PM_PRESENT,
				       .has_mapcount = true,
				       .mapcount = i == 1 ? 1 : 2};
	processes[0].pages = all;
	regions[0].n_pages = 512;
	regions[1] = (struct region){.start = AT,
				     .len = PMD,
				     .mapping = MAPPING_PTE,
				     .backing = BACKING_MIXED,
				     .thp = FRAME,
				     .orders = {[0] = 1, [9] = 511},
				     .orders_known = true,
				     .present = 512,
				     .anon = 512};
	assert_int_equal(ask(AT + 7 * PAGE, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_COPY);
	assert_false(others[0].cow.split);
	assert_true(others[0].addr == AT + 7 * PAGE);
	assert_int_equal(ask(AT + PAGE, COW_ROW_COUNT), 1);
	assert_true(others[0].apart);
	/* One mapping more, and somebody else is in it. */
	all[9].mapcount = 3;
	assert_int_equal(ask(AT + 7 * PAGE, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_UNKNOWN);
}

/* Who is gone, maps nothing there, or has another mapping there has nothing to do with it. */
static void test_nobody(void **state)
{
	(void)state;
	processes[1].outcome = OUTCOME_GONE;
	assert_int_equal(ask(AT, COW_ROW_COUNT), 0);
	processes[1].outcome = OUTCOME_OK;
	leaf(&regions[1], AT, FRAME + 1024, 1);
	strcpy(vmas[1].perms, "rw-s");
	assert_int_equal(ask(AT, COW_ROW_COUNT), 0);
	/* A relative whose memory is another folio: it has its own. */
	strcpy(vmas[1].perms, "rw-p");
	assert_int_equal(ask(AT, COW_ROW_COUNT), 1);
	assert_true(others[0].apart);
	/* What is shared, or a zero page, is nobody's question. */
	strcpy(vmas[0].perms, "rw-s");
	assert_int_equal(ask(AT, COW_ROW_COUNT), 0);
	strcpy(vmas[0].perms, "rw-p");
	regions[0].backing = BACKING_ZERO;
	assert_int_equal(ask(AT, COW_ROW_COUNT), 0);
}

/* Some subpages of the folio: which, is not seen. */
static void test_part(void **state)
{
	(void)state;
	regions[1].mapping = MAPPING_PTE;
	regions[1].backing = BACKING_THP_PARTIAL;
	regions[1].present = 100;
	assert_int_equal(ask(AT, COW_ROW_COUNT), 1);
	assert_int_equal(others[0].cow.verdict, COW_UNKNOWN);
	assert_false(others[0].apart);
}

/* More than there is room for are counted. */
static void test_room(void **state)
{
	struct cow_rules rules = cow_rules_of(&moment, COW_ROW_COUNT);
	struct cow_place place = cow_place_of(&processes[0], &regions[0]);

	(void)state;
	leaf(&regions[2], ELSEWHERE, FRAME, 2);
	assert_int_equal(cow_others(&rules, &moment, 10, &place, AT, others, 1), 2);
	assert_int_equal(cow_others(&rules, &moment, 10, &place, AT, NULL, 0), 2);
	assert_int_equal(others[0].process->pid, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_leaves, setup),
		cmocka_unit_test_setup(test_elsewhere, setup),
		cmocka_unit_test_setup(test_after_write, setup),
		cmocka_unit_test_setup(test_nobody, setup),
		cmocka_unit_test_setup(test_sole_other, setup),
		cmocka_unit_test_setup(test_part, setup),
		cmocka_unit_test_setup(test_room, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
