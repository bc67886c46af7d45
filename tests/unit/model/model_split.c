/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: PMD mappings and folios are split, pinned and held, in every generation. */
#include "acts.h"

static const struct kpage *page_of(struct world *world, const char *process, uint64_t addr)
{
	return &world->pages[pfn_at(world, mm_named(world, process), addr)];
}

/* One process maps it by PMD, the other one by ptes: facts B's mapcounts, whatever double_map does to _mapcount. */
static void shared(struct world *world)
{
	uint64_t a;
	uint32_t pfn;
	int32_t total;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	assert_true(act(world, "fork as kid") > 0);
	a = area_at(world, "main", "A");
	pfn = pfn_at(world, MAIN, a);
	assert_int_equal(world->pages[pfn].entire, 2);
	assert_int_equal(act(world, "split kid A"), 0);
	assert_true(mapped_huge(world, MAIN, a));
	assert_false(mapped_huge(world, mm_named(world, "kid"), a));
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
	assert_int_equal(world->pages[pfn].double_map, world->rules.double_map);
	assert_int_equal(world->pages[pfn].entire, 1);
	assert_int_equal(world->pages[pfn].count, 1 + huge_nr(world));
	for (uint32_t n = 0; n < huge_nr(world); n++)
		assert_int_equal(page_mapcount(world, pfn + n), 2);
	assert_int_equal(page_trans_huge_mapcount(world, pfn, &total), 2);
	assert_int_equal(total, 1 + huge_nr(world));
	assert_int_equal(act(world, "split A"), 0);
	assert_false(world->pages[pfn].double_map);
	assert_int_equal(world->pages[pfn].entire, 0);
	assert_int_equal(world->pages[pfn].mapcount, 2);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 0);
	assert_int_equal(act(world, "exit kid"), 0);
	assert_int_equal(world->pages[pfn].mapcount, 1);
	assert_true(page_huge(world, pfn));
}

static void test_shared(void **state)
{
	(void)state;
	worlds_each(shared);
}

/* The folio goes, and with it the PMD mappings of both; each page keeps its two mappings. */
static void folio(struct world *world)
{
	uint64_t a;
	uint32_t pfn;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	pfn = pfn_at(world, MAIN, a);
	assert_true(act(world, "fork as kid") > 0);
	assert_int_equal(act(world, "split-folio A"), 0);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 1);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 2);
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		assert_int_equal(world->pages[pfn + n].use, PAGE_SMALL);
		assert_int_equal(world->pages[pfn + n].count, 2);
		assert_int_equal(world->pages[pfn + n].mapcount, 2);
		assert_int_equal(pfn_at(world, MAIN, a + PAGES(n)), pfn + n);
	}
	assert_int_equal(act(world, "split-folio A"), 0);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 1);
	assert_int_equal(act(world, "exit kid"), 0);
	assert_int_equal(act(world, "write A"), 0);
	assert_int_equal(load(world, MAIN, a), 2);
}

static void test_folio(void **state)
{
	(void)state;
	worlds_each(folio);
}

/* An exclusive folio leaves exclusive pages behind, by PMD and as folios. */
static void exclusive(struct world *world)
{
	uint64_t a;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	act(world, "split A");
	assert_int_equal(page_of(world, "main", a + PAGES(1))->exclusive, world->rules.anon_exclusive);
	/* A part of it goes; the folio is whole until it is split: only then the page is free. */
	assert_int_equal(actf(world, "discard A+%llu", PAGES(1)), 0);
	assert_int_equal(world->pages[folio_head(world, pfn_at(world, MAIN, a))].count, huge_nr(world) - 1);
	assert_int_equal(act(world, "split-folio A"), 0);
	assert_int_equal(world->pages[pfn_at(world, MAIN, a) + 1].use, PAGE_FREE);
	assert_int_equal(page_of(world, "main", a + PAGES(2))->exclusive, world->rules.anon_exclusive);
	assert_int_equal(act(world, "write A"), 0);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), 1);
}

static void test_exclusive(void **state)
{
	(void)state;
	worlds_each(exclusive);
}

static void pinned(struct world *world)
{
	uint64_t a;
	uint32_t pfn;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	pfn = pfn_at(world, MAIN, a);
	assert_int_equal(actf(world, "pin A+%llu %llu as dev", PAGES(1), PAGES(2)), 0);
	assert_int_equal(world->pages[pfn].pins, 2);
	assert_int_equal(world->pages[pfn].count, 3);
	assert_int_equal(act(world, "pin A+0 as dev"), -EEXIST);
	assert_int_equal(act(world, "hold mmap_lock of main as dev"), -EEXIST);
	assert_int_equal(act(world, "split-folio A"), -EBUSY);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 0);
	assert_true(page_huge(world, pfn));
	assert_int_equal(act(world, "device dev writes 77"), 0);
	assert_int_equal(load(world, MAIN, a + PAGES(2)), 77);
	assert_int_equal(load(world, MAIN, a + PAGES(3)), 1);
	assert_int_equal(act(world, "release dev"), 0);
	assert_int_equal(act(world, "release dev"), -ENOENT);
	assert_int_equal(world->pages[pfn].pins, 0);
	assert_int_equal(act(world, "split-folio A"), 0);
	/* A reference keeps the page, though nobody maps it any more. */
	assert_int_equal(act(world, "reference A+0 as splice"), 0);
	assert_int_equal(act(world, "unmap A"), 0);
	assert_int_equal(world->pages[pfn].use, PAGE_SMALL);
	assert_int_equal(world->pages[pfn].count, 1);
	assert_int_equal(act(world, "release splice"), 0);
	assert_int_equal(world->pages[pfn].use, PAGE_FREE);
}

static void test_pinned(void **state)
{
	(void)state;
	worlds_each(pinned);
}

/* seed 003, the whole story: no fork anywhere, and yet 4.5.0 lets the device write where nobody reads. */
static void rdma(struct world *world)
{
	const bool lost = world->rules.cow == COW_4_5_0;
	uint64_t a;
	uint32_t pfn;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	pfn = pfn_at(world, MAIN, a);
	assert_int_equal(actf(world, "pin A+%llu as rdma", PAGES(1)), 0);
	act(world, "protect A r");
	act(world, "protect A rw");
	assert_int_equal(act(world, "touch A+0"), 0);
	assert_int_equal(act(world, "device rdma writes 42"), 0);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), lost ? 1 : 42);
	assert_int_equal(pfn_at(world, MAIN, a) == pfn, !lost);
	assert_int_equal(act(world, "release rdma"), 0);
}

static void test_rdma(void **state)
{
	(void)state;
	worlds_each(rdma);
}

/* A file's folio: its PMD mapping is just gone; the action brings the ptes back. */
static void shmem(struct world *world)
{
	uint64_t a;
	uint32_t file, pfn;

	if (world->rules.file_thp == FILE_THP_NONE)
		return;
	act(world, "set shmem_enabled force");
	actf(world, "map shmem %llu as A", 2 * HUGE(world));
	a = area_at(world, "main", "A");
	assert_int_equal(act(world, "touch A"), 0);
	assert_true(mapped_huge(world, MAIN, a));
	pfn = pfn_at(world, MAIN, a);
	file = world->areas[area_named(world, MAIN, "A")].file;
	assert_int_equal(act(world, "split A[0]"), 0);
	assert_false(mapped_huge(world, MAIN, a));
	assert_true(mapped_huge(world, MAIN, a + huge_bytes(world)));
	assert_int_equal(pfn_at(world, MAIN, a + PAGES(1)), pfn + 1);
	assert_int_equal(world->mms[MAIN].rss[RSS_SHMEM], 2 * huge_nr(world));
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 2);
	assert_int_equal(act(world, "split-folio A"), 0);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 2);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_SHMEM], 0);
	assert_int_equal(*file_page(world, file, 1), pfn + 1);
	assert_int_equal(world->pages[pfn + 1].count, 1);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), 1);
}

static void test_shmem(void **state)
{
	(void)state;
	worlds_each(shmem);
}

/* Pages behind the end of the file leave it when the folio is split. */
static void past_the_end(struct world *world)
{
	uint64_t a;
	uint32_t pfn, file;

	if (world->rules.file_thp == FILE_THP_NONE)
		return;
	act(world, "set shmem_enabled force");
	actf(world, "map shmem %llu as A", HUGE(world));
	a = area_at(world, "main", "A");
	assert_int_equal(act(world, "touch A+0"), 0);
	pfn = pfn_at(world, MAIN, a);
	file = world->areas[area_named(world, MAIN, "A")].file;
	assert_true(page_huge(world, pfn));
	world->files[file].size = 2;
	assert_int_equal(act(world, "split-folio A"), 0);
	assert_int_equal(*file_page(world, file, 1), pfn + 1);
	assert_int_equal(*file_page(world, file, 2), 0);
	assert_int_equal(world->pages[pfn + 2].use, PAGE_FREE);
}

static void test_past_the_end(void **state)
{
	(void)state;
	worlds_each(past_the_end);
}

static void holds(struct world *world)
{
	int reader, writer;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	assert_int_equal(act(world, "hold mmap_lock of main for read as H"), 0);
	assert_int_equal(act(world, "touch A+0"), 0);
	writer = begin_line(world, "w", "unmap A");
	assert_true(writer > 0);
	assert_false(task_finish(world, (uint32_t)writer));
	assert_false(world->violation.found);
	assert_false(tasks_deadlocked(world));
	reader = begin_line(world, "r", "release H");
	assert_true(reader > 0);
	assert_true(task_finish(world, (uint32_t)reader));
	assert_true(task_finish(world, (uint32_t)writer));
	assert_sound(world);
	task_end(world, (uint32_t)reader);
	task_end(world, (uint32_t)writer);
	assert_int_equal(act(world, "hold mmap_lock of main 5ms"), 0);
	assert_int_equal(world->mms[MAIN].lock.writer, 0);
}

static void test_holds(void **state)
{
	(void)state;
	worlds_each(holds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared),	     cmocka_unit_test(test_folio),
		cmocka_unit_test(test_exclusive),    cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_rdma),	     cmocka_unit_test(test_shmem),
		cmocka_unit_test(test_past_the_end), cmocka_unit_test(test_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
