/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/truncate.c: pages leave a file. */
#include <errno.h>
#include <string.h>

#include "files.h"

/* Small pages, shared and privately copied: a hole leaves the copy alone, a truncation does not. */
static void small_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t shared = files_map(world, 1, START(world), KVMA_SHARED, 0, nr);
	uint32_t private = files_map(world, 1, START(world) * 2, KVMA_PRIVATE, 0, nr);

	for (unsigned page = 0; page < 4; page++)
		assert_int_equal(files_fault(world, shared, page, true), 0);
	assert_int_equal(files_fault(world, private, 2, true), 0);
	RUN(world, file_truncate, .file = 1, .first = 1, .end = 3, .punch = true);
	assert_true(*file_page(world, 1, 0) && *file_page(world, 1, 3));
	assert_false(*file_page(world, 1, 1) || *file_page(world, 1, 2));
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], 2);
	assert_true(entry_present(entry_at(world, private, 2)));
	/* What was punched is zeros, and not the end of the file. */
	assert_int_equal(files_fault(world, shared, 1, false), 0);
	RUN(world, file_truncate, .file = 1, .first = 2);
	assert_int_equal(world->files[1].size, 2);
	assert_false(*file_page(world, 1, 3));
	assert_int_equal(entry_at(world, private, 2), 0);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], 2);
	assert_int_equal(world->mms[1].rss[RSS_ANON], 0);
	assert_int_equal(files_fault(world, shared, 2, true), -EFAULT);
	world_free(world);
}

static void test_small(void **state)
{
	(void)state;
	files_each(small_body);
}

/* The largest order among the pages of the file. */
static unsigned largest(struct world *world, uint64_t pages)
{
	unsigned order = 0;

	for (uint64_t index = 0; index < pages; index++) {
		uint32_t pfn = *file_page(world, 1, index);

		if (pfn && world->pages[folio_head(world, pfn)].order > order)
			order = world->pages[folio_head(world, pfn)].order;
	}
	return order;
}

/* A huge folio: whole, and in part, where it is split, as far as the generation does, or only emptied. */
static void huge_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, false, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr * 2);
	unsigned left = !rules->truncate_splits ? world->extent.order
			: rules->split_mixed	? world->extent.order - 1
						: 0;

	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	if (rules->file_thp == FILE_THP_NONE) {
		world_free(world);
		return;
	}
	assert_int_equal(files_fault(world, vma, 0, true), 0);
	assert_int_equal(files_fault(world, vma, nr, true), 0);
	for (uint32_t page = 0; page < nr; page++)
		page_at(world, *file_page(world, 1, page))->data = 5;
	RUN(world, file_truncate, .file = 1, .first = nr, .end = nr * 2, .punch = true);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	RUN(world, file_truncate, .file = 1, .first = 1, .end = 2, .punch = true);
	assert_int_equal(largest(world, nr), left);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], !rules->truncate_splits);
	assert_int_equal(!*file_page(world, 1, 1), rules->truncate_splits);
	for (uint32_t page = 0; page < nr; page++) {
		uint32_t pfn = *file_page(world, 1, page);

		assert_int_equal(pfn ? page_at(world, pfn)->data : 0, page == 1 ? 0 : 5);
	}
	assert_int_equal(files_fault(world, vma, 3, false), 0);
	world_free(world);
}

static void test_huge(void **state)
{
	(void)state;
	files_each(huge_body);
}

/* One that is pinned cannot be split: its part is emptied. */
static void test_pinned(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world));
	uint32_t pfn;

	(void)state;
	world->knobs.shmem_enabled = SHMEM_ALWAYS;
	assert_int_equal(files_fault(world, vma, 0, true), 0);
	pfn = *file_page(world, 1, 3);
	page_at(world, pfn)->data = 5;
	page_at(world, pfn - 1)->data = 6;
	folio_get(world, pfn);
	world->pins[1] = (struct pin){.used = true, .pfn = pfn, .pages = 1};
	RUN(world, file_truncate, .file = 1, .first = 3);
	assert_int_equal(*file_page(world, 1, 3), pfn);
	assert_int_equal(page_at(world, pfn)->data, 0);
	assert_int_equal(page_at(world, pfn - 1)->data, 6);
	assert_int_equal(files_fault(world, vma, 3, true), -EFAULT);
	/* Whole, it goes, and stays with who has pinned it. */
	RUN(world, file_truncate, .file = 1, .first = 0);
	assert_int_equal(*file_page(world, 1, 3), 0);
	world->pins[1].used = false;
	folio_put(world, pfn);
	files_sound(world);
	assert_int_equal(world->pages[pfn].use, PAGE_FREE);
	world_free(world);
}

/* A team is disbanded by whatever goes of it. */
static void team_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr * 2);

	if (rules->teams == TEAM_NONE) {
		world_free(world);
		return;
	}
	assert_int_equal(files_fault(world, vma, 0, true), 0);
	assert_int_equal(files_fault(world, vma, nr, true), 0);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 2);
	RUN(world, file_truncate, .file = 1, .first = 1, .end = 2, .punch = true);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
	assert_false(page_at(world, *file_page(world, 1, 0))->team);
	RUN(world, file_truncate, .file = 1, .first = nr + 2);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 0);
	assert_true(*file_page(world, 1, nr + 1));
	RUN(world, file_truncate, .file = 1, .first = 0);
	for (uint32_t pfn = nr; pfn < world->extent.frames; pfn++)
		assert_int_equal(world->pages[pfn].use, PAGE_FREE);
	world_free(world);
}

static void test_team(void **state)
{
	(void)state;
	files_each(team_body);
}

/* One of which only some are there: its holes go too. */
static void team_holes_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world) - 1);

	assert_int_equal(files_fault(world, vma, 1, true), 0);
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	RUN(world, file_truncate, .file = 1, .first = 2);
	assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], 0);
	assert_true(*file_page(world, 1, 1));
	assert_false(*file_page(world, 1, 2));
	world_free(world);
}

static void test_team_holes(void **state)
{
	(void)state;
	files_each(team_holes_body);
}

/* A fault maps the page again between its unmapping and its page lock: it does not stay behind. */
static void test_fault_between(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world)), punch;

	(void)state;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	punch = BEGIN(world, "punch", file_truncate, .file = 1, .first = 1, .end = 2, .punch = true);
	files_until(world, punch, "shmem_undo_range", "find_lock_entries");
	assert_int_equal(entry_at(world, vma, 1), 0);
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	files_finish(world, punch);
	files_sound(world);
	assert_int_equal(entry_at(world, vma, 1), 0);
	assert_int_equal(*file_page(world, 1, 1), 0);
	world_free(world);
}

/* The end of the file passes a fault that has found its page, but has not locked it: no page behind the end is mapped. */
static void test_truncate_between(void **state)
{
	struct world *world = files_world(rules_named("6.6"), true, false, 1);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world)), fault, cut;

	(void)state;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	fault = BEGIN(world, "fault", do_fault, .mm = 1, .vma = vma, .addr = START(world) + PAGE_BYTES);
	files_until(world, fault, "__do_fault", "lock_page");
	cut = BEGIN(world, "cut", file_truncate, .file = 1, .first = 1);
	files_until(world, cut, "shmem_undo_range", "find_lock_entries");
	files_finish(world, fault);
	assert_int_equal(world->tasks[fault].result, -EFAULT);
	files_finish(world, cut);
	files_sound(world);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_team),
		cmocka_unit_test(test_team_holes),
		cmocka_unit_test(test_fault_between),
		cmocka_unit_test(test_truncate_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
