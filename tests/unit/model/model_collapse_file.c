/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/collapse_file.c, retract.c, collapse_pte.c, khugepaged.c: files become huge (seeds 000, 001, 004). */
#include <errno.h>

#include "collapse.h"

/* A shared file of small pages, mapped by main and by other; khugepaged knows both. */
static struct world *shared_world(const struct rules *rules, bool small, unsigned huge_pages)
{
	struct world *world = files_world(rules, small, false, huge_pages);
	const uint64_t pages = (uint64_t)huge_pages * huge_nr(world);

	assert_int_equal(mm_new(world, "other", 0), 2);
	files_map(world, 1, START(world), KVMA_SHARED, 0, pages);
	files_map(world, 2, START(world), KVMA_SHARED, 0, pages);
	for (unsigned n = 0; n < huge_pages; n++) {
		touch_pages(world, 1, n, 0, huge_nr(world));
		assert_int_equal(touch(world, 2, HUGE_AT(world, n), false), 0);
	}
	world->mms[1].has_slot = world->mms[2].has_slot = true;
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	world->knobs.enabled = THP_ALWAYS;
	return world;
}

static enum scan_result scan_file(struct world *world, bool khugepaged)
{
	return (enum scan_result)RUN(world, hpage_collapse_scan_file, .mm = 1, .file = 1,
				     .addr = START(world), .index = 0, .khugepaged = khugepaged);
}

static uint32_t cached(struct world *world, uint64_t index)
{
	return *file_page(world, 1, index);
}

static void daemon_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 2);
	const uint32_t nr = huge_nr(world);

	khugepaged(world, 1);
	assert_int_equal(world->stat[STAT_PAGES_COLLAPSED], 2);
	assert_true(page_huge(world, cached(world, 0)));
	assert_int_equal(world->pages[cached(world, 0)].count, nr);
	/* No page table is left: the next fault maps all of it. */
	assert_false(has_table(world, 1, START(world)));
	assert_false(has_table(world, 2, START(world)));
	for (uint32_t mm = 1; mm <= 2; mm++) {
		assert_int_equal(touch(world, mm, START(world), false), 0);
		assert_true(mapped_huge(world, mm, START(world)));
		for (uint32_t n = 0; n < nr; n++)
			assert_int_equal(content(world, mm, START(world) + n * PAGE_BYTES), 100 + n);
	}
	files_sound(world);
	world_free(world);
}

static void test_daemon(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, daemon_body);
}

/* Mappings that no PMD fits into: not aligned with the file, or too short. They keep their tables. */
static void unfit_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint32_t nr = huge_nr(world);

	files_map(world, 1, START(world), KVMA_SHARED, 0, nr);
	assert_int_equal(mm_new(world, "other", 0), 2);
	files_map(world, 2, START(world) + PAGE_BYTES, KVMA_SHARED, 0, nr);
	files_map(world, 2, HUGE_AT(world, 2), KVMA_SHARED, 0, nr - 1);
	touch_pages(world, 1, 0, 0, nr);
	assert_int_equal(touch(world, 2, START(world) + PAGE_BYTES, false), 0);
	assert_int_equal(touch(world, 2, HUGE_AT(world, 2), false), 0);
	world->mms[1].has_slot = world->mms[2].has_slot = true;
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	world->knobs.enabled = THP_ALWAYS;
	khugepaged(world, 2);
	assert_int_equal(world->stat[STAT_PAGES_COLLAPSED], 0);
	khugepaged(world, 1);
	assert_true(page_huge(world, cached(world, 0)));
	assert_false(has_table(world, 1, START(world)));
	assert_true(has_table(world, 2, START(world)));
	assert_true(has_table(world, 2, HUGE_AT(world, 2)));
	assert_int_equal(world->mms[2].rss[RSS_SHMEM], 0);
	assert_int_equal(touch(world, 2, START(world) + PAGE_BYTES, false), 0);
	assert_int_equal(content(world, 2, START(world) + PAGE_BYTES), 100);
	world_free(world);
}

static void test_unfit(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, unfit_body);
}

/* MADV_COLLAPSE maps it here at once; others' tables go too from 6.6 on, and are queued in 6.1 without any trylock. */
static void madvise_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);

	world->knobs.shmem_enabled = SHMEM_NEVER;
	assert_int_equal(
		RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1)), 0);
	assert_true(mapped_huge(world, 1, START(world)));
	if (rules->retract == RETRACT_PTLOCK) {
		assert_false(has_table(world, 2, START(world)));
	} else {
		assert_true(has_table(world, 2, START(world)));
		assert_int_equal(world->mms[2].nr_pte_mapped_thp, 1);
		assert_int_equal(touch(world, 2, START(world) + PAGE_BYTES, false), 0);
		assert_true(has_table(world, 2, START(world)));
		khugepaged(world, 2);
		assert_false(has_table(world, 2, START(world)));
	}
	assert_int_equal(touch(world, 2, START(world), true), 0);
	assert_true(mapped_huge(world, 2, START(world)));
	assert_int_equal(content(world, 1, START(world)), 101);
	/* It is so already, here; and where it is mapped by ptes it takes no copy. */
	RUN(world, split_huge_pmd, .mm = 1, .addr = START(world));
	assert_int_equal(touch(world, 1, START(world), false), 0);
	assert_int_equal(
		RUN(world, madvise_collapse, .mm = 1, .start = START(world), .end = HUGE_AT(world, 1)), 0);
	assert_true(mapped_huge(world, 1, START(world)));
	world_free(world);
}

static void test_madvise(void **state)
{
	(void)state;
	FOR_ALL_WITH(madv_collapse && rules[k].collapse_file, madvise_body);
}

static void verdicts_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);
	const uint32_t nr = huge_nr(world), second = cached(world, 1);
	uint32_t task, holder;

	/* A page of the cache that somebody holds, or has locked. */
	world->pins[1] = (struct pin){.used = true, .pfn = second, .pages = 1};
	folio_get(world, second);
	assert_int_equal(scan_file(world, true), SCAN_PAGE_COUNT);
	folio_put(world, second);
	world->pins[1].used = false;
	holder = lock_kept(world, LOCK_PAGE, second, LOCK_WRITE);
	assert_int_equal(scan_file(world, true), SCAN_PAGE_LOCK);
	/* The first page was taken, and is what it was; it is mapped again by the next access. */
	assert_true(world->pages[cached(world, 0)].lru);
	assert_int_equal(world->pages[cached(world, 0)].count, 1);
	lock_released(world, holder);
	assert_int_equal(touch(world, 1, START(world), false), 0);
	world->pages[second].lru = false;
	assert_int_equal(scan_file(world, true), SCAN_PAGE_LRU);
	world->pages[second].lru = true;

	/* It gets its reference between the scan and the taking. */
	task = BEGIN(world, "collapse", hpage_collapse_scan_file, .mm = 1, .file = 1, .addr = START(world),
		     .khugepaged = true);
	files_until(world, task, "collapse_file", "alloc_charge_folio");
	world->pins[1] = (struct pin){.used = true, .pfn = second, .pages = 1};
	folio_get(world, second);
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_PAGE_COUNT);
	task_end(world, task);
	files_sound(world);
	folio_put(world, second);
	world->pins[1].used = false;

	/* Holes: khugepaged/max_ptes_none. */
	RUN(world, file_truncate, .file = 1, .first = 0, .end = 2, .punch = true);
	world->knobs.max_ptes_none = 1;
	assert_int_equal(scan_file(world, true), SCAN_EXCEED_NONE_PTE);
	world->knobs.max_ptes_none = nr - 1;
	scan_file(world, true);
	assert_true(page_huge(world, cached(world, 0)));
	assert_int_equal(world->pages[cached(world, 0)].data, 0);
	assert_int_equal(world->pages[cached(world, 0) + 2].data, 102);
	assert_int_equal(scan_file(world, true),
			 rules->scan_tells_mapping ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND);
	world_free(world);
}

static void test_verdicts(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, verdicts_body);
}

/* Meanwhile all is punched out, a hole is filled, or a userfaultfd waits for it. */
static void holes_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);
	uint32_t task, other;

	task = BEGIN(world, "collapse", hpage_collapse_scan_file, .mm = 1, .file = 1, .addr = START(world),
		     .khugepaged = true);
	files_until(world, task, "collapse_file", "alloc_charge_folio");
	RUN(world, file_truncate, .file = 1, .first = 0, .end = huge_nr(world), .punch = true);
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_TRUNCATED);
	task_end(world, task);
	files_sound(world);
	world->knobs.shmem_enabled = SHMEM_NEVER;
	assert_int_equal(touch(world, 1, START(world), true), 0);

	task = BEGIN(world, "collapse", hpage_collapse_scan_file, .mm = 1, .file = 1, .addr = START(world));
	files_until(world, task, "collapse_file", "xas_store");
	other = BEGIN(world, "toucher", access_page, .mm = 2, .addr = START(world) + PAGE_BYTES,
		      .write = true);
	while (task_step(world, other) == PROGRESS_STEP)
		;
	assert_int_equal(world->tasks[other].done, rules->collapse_rechecks_holes);
	files_finish(world, task);
	if (rules->collapse_rechecks_holes)
		assert_int_equal(world->tasks[task].result, SCAN_PAGE_FILLED);
	files_finish(world, other);
	task_end(world, task);
	task_end(world, other);
	files_sound(world);
	assert_int_equal(content(world, 2, START(world) + PAGE_BYTES), 1);
	world_free(world);

	if (!rules->collapse_rechecks_holes)
		return;
	world = shared_world(rules, small, 1);
	RUN(world, file_truncate, .file = 1, .first = 1, .end = 2, .punch = true);
	world->vmas[vma_at(world, 2, START(world))].uffd_missing = true;
	assert_int_equal(scan_file(world, false), SCAN_EXCEED_NONE_PTE);
	world_free(world);
}

static void test_holes(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, holes_body);
}

/* 5.4 wants MADV_HUGEPAGE for a file too, where `enabled` does not say always, and the same to know an mm at all. */
static void advice_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);
	const uint32_t vma = vma_at(world, 1, START(world));

	world->knobs.enabled = THP_MADVISE;
	world->mms[1].has_slot = false;
	khugepaged_enter(world, vma);
	assert_int_equal(world->mms[1].has_slot, !rules->collapse_file_wants_advice);
	world->mms[1].has_slot = true;
	khugepaged(world, 1);
	assert_int_equal(page_huge(world, cached(world, 0)), !rules->collapse_file_wants_advice);
	world->vmas[vma].hugepage = true;
	khugepaged(world, 1);
	assert_true(page_huge(world, cached(world, 0)));
	files_sound(world);
	world_free(world);
}

static void test_advice(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, advice_body);
}

/* Of a mapping that was written privately 6.1 says "failed", for it does not know yet that it was asked for this one. */
static void written_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint32_t nr = huge_nr(world);

	assert_int_equal(mm_new(world, "other", 0), 2);
	files_map(world, 1, START(world), KVMA_SHARED, 0, nr);
	files_map(world, 2, START(world), KVMA_PRIVATE, 0, nr);
	touch_pages(world, 1, 0, 0, nr);
	assert_int_equal(touch(world, 2, START(world), true), 0);
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	assert_int_equal(RUN(world, hpage_collapse_scan_file, .mm = 2, .file = 1, .addr = START(world)),
			 rules->retract == RETRACT_PTLOCK ? SCAN_PTE_MAPPED_HUGEPAGE
			 : rules->scan_tells_mapping	  ? SCAN_FAIL
							  : SCAN_SUCCEED);
	assert_true(page_huge(world, cached(world, 0)));
	assert_true(has_table(world, 2, START(world)));
	files_sound(world);
	world_free(world);
}

static void test_written(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, written_body);
}

/* The mmap lock is not to be had: on to the next mm, and from the start when it comes again. */
static void busy_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);
	uint32_t holder = lock_kept(world, LOCK_MMAP, 1, LOCK_WRITE);

	world->khugepaged_mm = 1;
	world->mms[1].scan = HUGE_AT(world, 1);
	khugepaged(world, 1);
	assert_int_equal(world->khugepaged_mm, 2);
	assert_int_equal(world->mms[1].scan, 0);
	lock_released(world, holder);
	world_free(world);
}

static void test_busy(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, busy_body);
}

/* The story of seed 000. */
static void story_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);
	uint32_t holder = lock_kept(world, LOCK_MMAP, 2, LOCK_READ);

	khugepaged(world, 1);
	assert_false(has_table(world, 1, START(world)));
	/* The trylock failed: other's table stays, and is noted. */
	assert_true(has_table(world, 2, START(world)));
	assert_int_equal(world->mms[2].nr_pte_mapped_thp, 1);
	assert_int_equal(world->mms[2].pte_mapped_thp[0], START(world));
	/* Its next fault maps one page of the huge one, as there is a table. */
	assert_int_equal(touch(world, 2, START(world) + PAGE_BYTES, true), 0);
	assert_true(has_table(world, 2, START(world)));
	/* Still held: the queue stays; 6.1 finds the huge page itself, too, and notes it once more. */
	khugepaged(world, 2);
	assert_int_equal(world->mms[2].nr_pte_mapped_thp, rules->scan_tells_mapping ? 2 : 1);
	lock_released(world, holder);
	khugepaged(world, 2);
	assert_int_equal(world->mms[2].nr_pte_mapped_thp, 0);
	assert_false(has_table(world, 2, START(world)));
	assert_int_equal(world->mms[2].rss[RSS_SHMEM], 0);
	assert_int_equal(touch(world, 2, START(world), false), 0);
	assert_true(mapped_huge(world, 2, START(world)));
	assert_int_equal(content(world, 2, START(world) + PAGE_BYTES), 102);
	world_free(world);
}

static void test_story(void **state)
{
	(void)state;
	FOR_ALL_WITH(retract == RETRACT_TRYLOCK && rules[k].collapse_file, story_body);
}

/* Nine addresses for eight places; and an mm without a slot. */
static void queue_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);

	for (unsigned n = 0; n < MM_SLOT_ADDRS + 1; n++) {
		assert_int_equal(
			RUN(world, khugepaged_add_pte_mapped_thp, .mm = 2, .addr = HUGE_AT(world, n)),
			n < rules->pte_mapped_thp);
	}
	assert_int_equal(world->mms[2].nr_pte_mapped_thp, rules->pte_mapped_thp);
	world->mms[1].has_slot = false;
	assert_int_equal(RUN(world, khugepaged_add_pte_mapped_thp, .mm = 1, .addr = START(world)), 0);
	assert_int_equal(world->mms[1].nr_pte_mapped_thp, 0);
	world_free(world);
}

static void test_queue(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, queue_body);
}

static void full_scan_body(const struct rules *rules, bool small)
{
	struct world *world = shared_world(rules, small, 1);

	khugepaged(world, 1);
	assert_int_equal(world->stat[STAT_FULL_SCANS], 0);
	assert_int_equal(world->khugepaged_mm, 2);
	khugepaged(world, 2);
	assert_int_equal(world->stat[STAT_FULL_SCANS], 1);
	assert_int_equal(world->khugepaged_mm, 1);
	world->mms[1].exiting = true;
	khugepaged(world, 1);
	assert_false(world->mms[1].has_slot);
	world_free(world);
}

static void test_full_scan(void **state)
{
	(void)state;
	FOR_ALL_WITH(collapse_file, full_scan_body);
}

static void test_words(void **state)
{
	(void)state;
	for (unsigned at = SCAN_NOTHING; at < SCAN_RESULT_COUNT; at++)
		assert_non_null(scan_result_word((enum scan_result)at));
	assert_string_equal(scan_result_word(SCAN_PMD_MAPPED), "page_pmd_mapped");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_daemon),	cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_madvise), cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_holes),	cmocka_unit_test(test_advice),
		cmocka_unit_test(test_written), cmocka_unit_test(test_busy),
		cmocka_unit_test(test_story),	cmocka_unit_test(test_queue),
		cmocka_unit_test(test_words),	cmocka_unit_test(test_full_scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
