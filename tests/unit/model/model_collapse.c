/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/scan.c, collapse.c, madvise_collapse.c: anonymous memory becomes huge, or says why not. */
#include <errno.h>

#include "collapse.h"

static enum scan_result scan(struct world *world, bool khugepaged)
{
	enum scan_result verdict = (enum scan_result)RUN(world, scan_anon, .mm = 1, .addr = HUGE_AT(world, 0),
							 .khugepaged = khugepaged);

	return verdict;
}

/* khugepaged looks at memory that asks for it. */
static void advised(struct world *world)
{
	world->vmas[vma_at(world, 1, START(world))].hugepage = true;
}

static void succeed_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t free_before;

	/* The first page stays a hole, the second was read only: the zero page. */
	assert_int_equal(touch(world, 1, START(world) + PAGE_BYTES, false), 0);
	touch_pages(world, 1, 0, 2, nr);
	advised(world);
	free_before = frames_free_huge(world);
	assert_int_equal(scan(world, true), SCAN_SUCCEED);
	assert_true(mapped_huge(world, 1, START(world)));
	for (uint32_t n = 2; n < nr; n++)
		assert_int_equal(content(world, 1, START(world) + n * PAGE_BYTES), 100 + n);
	assert_int_equal(content(world, 1, START(world)), 0);
	assert_int_equal(world->mms[1].rss[RSS_ANON], nr);
	assert_int_equal(world->mms[1].nr_ptes, 1);
	assert_int_equal(frames_free_huge(world), free_before);
	assert_int_equal(touch(world, 1, START(world), true), 0);
	assert_int_equal(content(world, 1, START(world)), 1);
	/* Once more: it is huge. */
	assert_int_equal(scan(world, false), rules->scan_tells_mapping ? SCAN_PMD_MAPPED : SCAN_PMD_NULL);
	world_free(world);
}

static void test_succeed(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, succeed_body);
}

/* max_ptes_none: for khugepaged only. */
static void none_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);

	assert_int_equal(scan(world, false), SCAN_PMD_NULL);
	touch_pages(world, 1, 0, 0, 2);
	advised(world);
	world->knobs.max_ptes_none = huge_nr(world) - 3;
	assert_int_equal(scan(world, true), SCAN_EXCEED_NONE_PTE);
	assert_false(mapped_huge(world, 1, START(world)));
	world->knobs.max_ptes_none++;
	assert_int_equal(scan(world, true), SCAN_SUCCEED);
	assert_true(mapped_huge(world, 1, START(world)));
	world_free(world);

	world = anon_world(rules, small, 1);
	world->knobs.max_ptes_none = 0;
	touch_pages(world, 1, 0, 0, 1);
	assert_int_equal(scan(world, false), SCAN_SUCCEED);
	world_free(world);
}

static void test_none(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, none_body);
}

static void shared_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);
	uint32_t child;

	touch_pages(world, 1, 0, 0, huge_nr(world));
	advised(world);
	child = (uint32_t)RUN(world, dup_mm, .mm = 1, .name = "kid");
	world->knobs.max_ptes_shared = 0;
	/* After fork nothing may be written to: one page is made the process' own again. */
	if (rules->collapse_needs_writable)
		assert_int_equal(scan(world, false), rules->collapse_shared ? SCAN_PAGE_RO : SCAN_PAGE_COUNT);
	assert_int_equal(touch(world, 1, START(world), true), 0);
	assert_int_equal(scan(world, true),
			 rules->collapse_shared ? SCAN_EXCEED_SHARED_PTE : SCAN_PAGE_COUNT);
	assert_int_equal(scan(world, false), rules->collapse_shared ? SCAN_SUCCEED : SCAN_PAGE_COUNT);
	assert_int_equal(content(world, child, START(world) + PAGE_BYTES), 101);
	assert_int_equal(content(world, 1, START(world) + PAGE_BYTES), 101);
	world_free(world);
}

static void test_shared(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, shared_body);
}

/* A page that somebody refers to, that is locked, off the LRU, cold, watched. */
static void busy_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);
	const uint32_t nr = huge_nr(world);
	struct kpage *page;
	uint32_t pfn, holder;
	uint64_t *pte;

	touch_pages(world, 1, 0, 0, nr);
	advised(world);
	pte = pte_of(world, 1, START(world) + PAGE_BYTES);
	pfn = entry_pfn(*pte);
	page = page_at(world, pfn);
	world->pins[1] = (struct pin){.used = true, .pfn = pfn, .pages = 1};
	folio_get(world, pfn);
	assert_int_equal(scan(world, false), SCAN_PAGE_COUNT);
	world->pins[1].used = false;
	folio_put(world, pfn);

	holder = lock_kept(world, LOCK_PAGE, pfn, LOCK_WRITE);
	assert_int_equal(scan(world, false), SCAN_PAGE_LOCK);
	lock_released(world, holder);

	page->lru = false;
	assert_int_equal(scan(world, false), SCAN_PAGE_LRU);
	page->lru = true;

	for (uint32_t n = 0; n < nr; n++)
		*pte_of(world, 1, START(world) + n * PAGE_BYTES) &= ~ENTRY_YOUNG;
	assert_int_equal(scan(world, true), SCAN_LACK_REFERENCED_PAGE);
	*pte |= ENTRY_UFFD_WP;
	assert_int_equal(scan(world, false), SCAN_PTE_UFFD_WP);
	*pte &= ~ENTRY_UFFD_WP;
	world->vmas[vma_at(world, 1, START(world))].uffd_missing = true;
	assert_int_equal(scan(world, false), SCAN_SUCCEED);
	world_free(world);
}

static void test_busy(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, busy_body);
}

/* What changes between the scan and the lock for writing: everything is as it was before. */
static void race_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t task, pfn, vma;

	touch_pages(world, 1, 0, 0, nr);
	pfn = entry_pfn(*pte_of(world, 1, START(world) + (nr - 1) * PAGE_BYTES));
	task = BEGIN(world, "collapse", scan_anon, .mm = 1, .addr = START(world));
	files_until(world, task, "collapse_huge_page", "mmap_write_lock");
	world->pins[1] = (struct pin){.used = true, .pfn = pfn, .pages = 1};
	folio_get(world, pfn);
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_PAGE_COUNT);
	task_end(world, task);
	files_sound(world);
	assert_true(has_table(world, 1, START(world)));
	/* The pages before it had been taken. */
	for (uint32_t n = 0; n < nr; n++)
		assert_true(page_at(world, entry_pfn(*pte_of(world, 1, START(world) + n * PAGE_BYTES)))->lru);
	world->pins[1].used = false;
	folio_put(world, pfn);

	world_free(world);

	world = anon_world(rules, small, 1);
	touch_pages(world, 1, 0, 0, nr);
	task = BEGIN(world, "collapse", scan_anon, .mm = 1, .addr = START(world));
	files_until(world, task, "collapse_huge_page", "mmap_write_lock");
	vma = vma_at(world, 1, START(world));
	world->vmas[vma].nohugepage = true;
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_VMA_CHECK);
	task_end(world, task);
	files_sound(world);

	task = BEGIN(world, "collapse", scan_anon, .mm = 1, .addr = START(world));
	world->vmas[vma].nohugepage = false;
	files_until(world, task, "collapse_huge_page", "alloc_charge_folio");
	while (folio_alloc(world, world->extent.order))
		;
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_ALLOC_HUGE_PAGE_FAIL);
	world_free(world);
}

static void test_race(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, race_body);
}

/* A huge page whose mapping was split is collapsed into a new one; until 5.7 it stays as it is. */
static void compound_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 1);
	uint32_t old;

	world->knobs.enabled = THP_ALWAYS;
	assert_int_equal(touch(world, 1, START(world), true), 0);
	assert_true(mapped_huge(world, 1, START(world)));
	old = entry_pfn(leaf_of(world, 1, START(world)));
	RUN(world, split_huge_pmd, .mm = 1, .addr = START(world));
	assert_true(has_table(world, 1, START(world)));
	assert_int_equal(scan(world, false), rules->collapse_shared ? SCAN_SUCCEED : SCAN_PAGE_COMPOUND);
	if (rules->collapse_shared) {
		assert_true(mapped_huge(world, 1, START(world)));
		assert_int_not_equal(entry_pfn(leaf_of(world, 1, START(world))), old);
		assert_int_equal(page_at(world, old)->use, PAGE_FREE);
		assert_int_equal(content(world, 1, START(world)), 1);
	}
	world_free(world);
}

static void test_compound(void **state)
{
	(void)state;
	FOR_ALL_WITH(name, compound_body);
}

static void madvise_body(const struct rules *rules, bool small)
{
	struct world *world = anon_world(rules, small, 3);
	const uint64_t huge = huge_bytes(world);
	uint32_t task;

	touch_pages(world, 1, 0, 0, huge_nr(world));
	touch_pages(world, 1, 2, 0, 1);
	/* The second is empty: EINVAL, but the third is tried. */
	task = BEGIN(world, "collapse", madvise_collapse, .mm = 1, .start = START(world),
		     .end = START(world) + 3 * huge);
	files_finish(world, task);
	assert_true(mapped_huge(world, 1, HUGE_AT(world, 0)));
	assert_false(mapped_huge(world, 1, HUGE_AT(world, 1)));
	assert_int_equal(world->tasks[task].result, -EINVAL);
	task_end(world, task);
	files_sound(world);
	assert_int_equal(
		RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = START(world) + huge), 0);
	assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world) + PAGE_BYTES,
			     .end = START(world) + huge),
			 0);
	assert_int_equal(
		RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = START(world) + 4 * huge),
		-EINVAL);
	assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world) + 3 * huge,
			     .end = START(world) + 4 * huge),
			 -ENOMEM);
	world->mms[1].thp_disabled = true;
	assert_int_equal(
		RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = START(world) + huge),
		-EINVAL);
	world_free(world);
}

static void test_madvise(void **state)
{
	(void)state;
	FOR_ALL_WITH(madv_collapse, madvise_body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_succeed), cmocka_unit_test(test_none), cmocka_unit_test(test_shared),
		cmocka_unit_test(test_busy),	cmocka_unit_test(test_race), cmocka_unit_test(test_compound),
		cmocka_unit_test(test_madvise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
