/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/team.c, team_map.c: page teams, one function after the other. */
#include <errno.h>
#include <string.h>

#include "files.h"

static const char *const generations[] = {"4.6-team", "6.1-team"};

static void for_both(void (*body)(const struct rules *rules, bool small))
{
	for (unsigned at = 0; at < 2; at++) {
		body(rules_named(generations[at]), false);
		body(rules_named(generations[at]), true);
	}
}

static uint64_t pmd_at(struct world *world, uint32_t vma)
{
	return *pmd_of(world, world->vmas[vma].mm, world->vmas[vma].start);
}

/* A fault on a page: all of the team is made, and mapped by PMD. */
static void map_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr * 2), head;

	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_true(entry_huge(pmd_at(world, vma)));
	assert_true(pmd_at(world, vma) & ENTRY_DIRTY);
	head = entry_pfn(pmd_at(world, vma));
	assert_int_equal(world->pages[head].team_usage, nr + 1);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
	assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], 0);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], nr);
	assert_int_equal(world->mms[1].nr_ptes, 1);
	assert_int_equal(page_mapcount(world, head), 1);
	assert_int_equal(page_mapcount(world, head + 1), rules->teams == TEAM_ALL);
	assert_int_equal(world->pages[head].count, 2);
	assert_int_equal(world->pages[head + 1].count, 1 + (rules->teams == TEAM_ALL));
	world_free(world);
}

static void test_map(void **state)
{
	(void)state;
	for_both(map_body);
}

/* A VMA that holds no whole huge page: the team is there, with holes, and is mapped by ptes. */
static void partial_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr - 1), whole, head;

	assert_int_equal(files_fault(world, vma, 1, true), 0);
	assert_false(entry_huge(pmd_at(world, vma)));
	head = team_head(world, *file_page(world, 1, 1));
	assert_true(world->pages[head].team && world->pages[head].hole);
	assert_int_equal(world->pages[head].mapping, 1);
	assert_false(world->pages[head + 2].team);
	assert_int_equal(world->pages[head].team_usage, 1);
	assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], nr - 1);
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_int_equal(*file_page(world, 1, 2), head + 2);
	assert_int_equal(files_fault(world, vma, 0, false), 0);
	assert_int_equal(*file_page(world, 1, 0), head);
	assert_int_equal(world->pages[head].team_usage, 3);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 0);
	/* The first that can have it whole instantiates what is missing. */
	whole = files_map(world, 1, START(world) * 2, KVMA_SHARED, 0, nr);
	assert_int_equal(files_fault(world, whole, 1, false), 0);
	assert_int_equal(entry_pfn(pmd_at(world, whole)), head);
	assert_int_equal(world->pages[head].team_usage, nr + 1);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
	assert_int_equal(page_mapcount(world, head), 2);
	assert_int_equal(page_mapcount(world, head + 1), rules->teams == TEAM_ALL ? 2 : 1);
	world_free(world);
}

/* In 6.1 it is born whole. */
static void test_partial(void **state)
{
	(void)state;
	partial_body(rules_named("4.6-team"), false);
	partial_body(rules_named("4.6-team"), true);
}

/* Whoever cannot have the PMD maps one page by a pte; the others are there. */
static void test_whole(void **state)
{
	(void)state;
	for (unsigned small = 0; small < 2; small++) {
		struct world *world = files_world(rules_named("6.1-team"), small, true, 2);
		const uint32_t nr = huge_nr(world);
		uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr - 1), head;

		assert_int_equal(files_fault(world, vma, 1, true), 0);
		assert_false(entry_huge(pmd_at(world, vma)));
		head = team_head(world, *file_page(world, 1, 1));
		assert_int_equal(world->pages[head].team_usage, nr);
		assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
		assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], 0);
		for (uint32_t n = 0; n < nr; n++) {
			assert_true(world->pages[head + n].team && !world->pages[head + n].hole);
			assert_int_equal(*file_page(world, 1, n), head + n);
			assert_int_equal(page_mapcount(world, head + n), n == 1);
		}
		world_free(world);
	}
}

/* What forbids a PMD, each alone. */
static void small_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t skewed = files_map(world, 1, START(world) + PAGE_BYTES, KVMA_SHARED, 0, nr * 2);
	uint32_t private = files_map(world, 1, START(world) * 2, KVMA_PRIVATE, 0, nr);
	uint32_t advised = files_map(world, 1, START(world) * 3, KVMA_SHARED, 0, nr);

	assert_int_equal(files_fault(world, skewed, 0, true), 0);
	assert_false(entry_huge(pmd_at(world, skewed)));
	assert_true(world->pages[*file_page(world, 1, 0)].team);
	/* A private write copies one page; a private read may have the PMD, read-only. */
	assert_int_equal(files_fault(world, private, 1, true), 0);
	assert_false(entry_huge(pmd_at(world, private)));
	assert_true(world->pages[entry_pfn(leaf_of(world, 1, START(world) * 2 + PAGE_BYTES))].anon);
	private = files_map(world, 1, START(world) * 4, KVMA_PRIVATE, 0, nr);
	assert_int_equal(files_fault(world, private, 1, false), 0);
	assert_true(entry_huge(pmd_at(world, private)));
	assert_false(pmd_at(world, private) & ENTRY_WRITE);
	/* MADV_NOHUGEPAGE: 4.6 has never heard of it. */
	world->vmas[advised].nohugepage = true;
	assert_int_equal(files_fault(world, advised, 1, true), 0);
	assert_int_equal(entry_huge(pmd_at(world, advised)), rules->teams == TEAM_HEAD);
	world_free(world);
}

static void test_small(void **state)
{
	(void)state;
	for_both(small_body);
}

/* No memory for a whole team, or a page of the huge page is there already: small pages, and no team. */
static void none_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, huge_nr(world) * 2);

	for (uint32_t pfn = huge_nr(world); pfn < world->extent.frames; pfn += huge_nr(world))
		world->pages[pfn].use = PAGE_ZERO;
	assert_int_equal(files_fault(world, vma, 1, true), 0);
	assert_false(world->pages[*file_page(world, 1, 1)].team);
	for (uint32_t pfn = huge_nr(world); pfn < world->extent.frames; pfn += huge_nr(world))
		world->pages[pfn].use = PAGE_FREE;
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_false(world->pages[*file_page(world, 1, 2)].team);
	assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], 0);
	world_free(world);
}

static void test_none(void **state)
{
	(void)state;
	for_both(none_body);
}

/* Two processes: team_usage 512, 513, 514, and back; ShmemPmdMapped moves at the first and the last. */
static void usage_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t vmas[2], head;

	assert_int_equal(mm_new(world, "kid", 1), 2);
	for (unsigned at = 0; at < 2; at++)
		vmas[at] = files_map(world, at + 1, START(world), KVMA_SHARED, 0, nr);
	for (unsigned at = 0; at < 2; at++) {
		assert_int_equal(files_fault(world, vmas[at], 0, true), 0);
		head = entry_pfn(pmd_at(world, vmas[at]));
		assert_int_equal(world->pages[head].team_usage, nr + 1 + at);
		assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	}
	RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world));
	assert_int_equal(world->pages[head].team_usage, nr + 1);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	RUN(world, unmap_team_by_pmd, .mm = 2, .vma = vmas[1], .head = head, .addr = START(world));
	assert_int_equal(world->pages[head].team_usage, nr);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 0);
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 1);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], nr);
	assert_int_equal(world->mms[2].rss[RSS_SHMEM], 0);
	assert_int_equal(world->mms[2].nr_ptes, 0);
	world_free(world);
}

static void test_usage(void **state)
{
	(void)state;
	for_both(usage_body);
}

/* All ptes are there, dirty, old if the pmd was; counts are those of a page that one pte maps. */
static void remap_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr), head;

	assert_int_equal(files_fault(world, vma, 0, true), 0);
	head = entry_pfn(pmd_at(world, vma));
	*pmd_of(world, 1, START(world)) &= ~ENTRY_YOUNG;
	RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world) + PAGE_BYTES);
	for (uint32_t n = 0; n < nr; n++) {
		uint64_t entry = leaf_of(world, 1, START(world) + n * PAGE_BYTES);

		assert_int_equal(entry_pfn(entry), head + n);
		assert_int_equal(entry & (ENTRY_DIRTY | ENTRY_YOUNG | ENTRY_WRITE),
				 ENTRY_DIRTY | ENTRY_WRITE);
		assert_int_equal(world->pages[head + n].mapcount, 1);
		assert_int_equal(world->pages[head + n].count, 2);
	}
	assert_int_equal(world->pages[head].team_usage, nr);
	assert_int_equal(world->mms[1].nr_ptes, 1);
	/* Nothing is left to do, and it is left. */
	RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world));
	RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world) * 8);
	if (rules->team_unmap_rechecks)
		RUN(world, unmap_team_by_pmd, .mm = 1, .vma = vma, .head = head, .addr = START(world));
	assert_true(entry_table(pmd_at(world, vma)));
	world_free(world);
}

static void test_remap(void **state)
{
	(void)state;
	for_both(remap_body);
}

/*
 * fork copies a team's pmd as it is, but old, in 4.6, where it copies anything at all of a file: in a private mapping that
 * was written to. 6.1 leaves it to the child's faults.
 */
static void dup_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_PRIVATE, 0, nr * 2), child;

	assert_int_equal(files_fault(world, vma, 0, false), 0);
	assert_int_equal(files_fault(world, vma, nr, true), 0);
	assert_true(entry_huge(pmd_at(world, vma)));
	child = (uint32_t)RUN(world, dup_mm, .mm = 1, .name = "kid");
	assert_int_equal(world->pages[entry_pfn(pmd_at(world, vma))].team_usage,
			 nr + 1 + rules->fork_copies_team);
	assert_int_equal(world->mms[child].rss[RSS_SHMEM], rules->fork_copies_team ? nr : 0);
	if (rules->fork_copies_team)
		assert_int_equal(*pmd_of(world, child, START(world)), pmd_at(world, vma) & ~ENTRY_YOUNG);
	RUN(world, exit_mm, .mm = child);
	assert_int_equal(world->pages[entry_pfn(pmd_at(world, vma))].team_usage, nr + 1);
	world_free(world);
}

static void test_dup(void **state)
{
	(void)state;
	for_both(dup_body);
}

/* By PMD in one process, by ptes in the other: the PMD goes, the ptes stay, and all are small pages of the file. */
static void disband_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr), head;

	assert_int_equal(mm_new(world, "kid", 1), 2);
	files_map(world, 2, START(world), KVMA_SHARED, 0, nr);
	assert_int_equal(files_fault(world, vma, 0, true), 0);
	assert_int_equal(files_fault(world, vma + 1, 0, true), 0);
	RUN(world, remap_team_by_ptes, .mm = 2, .addr = START(world));
	head = entry_pfn(pmd_at(world, vma));
	RUN(world, reclaim_team, .head = head);
	/* In 6.1 it becomes one of ptes. */
	assert_int_equal(entry_table(pmd_at(world, vma)), rules->disband_remaps);
	assert_int_equal(world->mms[1].rss[RSS_SHMEM], rules->disband_remaps ? nr : 0);
	for (uint32_t n = 0; n < nr; n++) {
		assert_false(world->pages[head + n].team);
		assert_true(world->pages[head + n].lru);
		assert_int_equal(*file_page(world, 1, n), head + n);
		assert_int_equal(entry_pfn(leaf_of(world, 2, START(world) + n * PAGE_BYTES)), head + n);
	}
	assert_int_equal(world->stat[STAT_SHMEM_HUGEPAGES], 0);
	world_free(world);
}

static void test_disband(void **state)
{
	(void)state;
	for_both(disband_body);
}

/* Holes are freed, the head's too. */
static void disband_holes_body(const struct rules *rules, bool small)
{
	struct world *world = files_world(rules, small, true, 1);
	const uint32_t nr = huge_nr(world);
	uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr - 1), head;

	assert_int_equal(files_fault(world, vma, 1, true), 0);
	head = team_head(world, *file_page(world, 1, 1));
	RUN(world, reclaim_team, .head = head);
	for (uint32_t n = 0; n < nr; n++)
		assert_int_equal(world->pages[head + n].use, n == 1 ? PAGE_SMALL : PAGE_FREE);
	assert_int_equal(world->stat[STAT_SHMEM_FREEHOLES], 0);
	/* Another page of it is small now, even where there is memory. */
	assert_int_equal(files_fault(world, vma, 2, true), 0);
	assert_false(world->pages[*file_page(world, 1, 2)].team);
	world_free(world);
}

static void test_disband_holes(void **state)
{
	(void)state;
	disband_holes_body(rules_named("4.6-team"), false);
	disband_holes_body(rules_named("4.6-team"), true);
}

/* MADV_COLLAPSE, in 6.1: whatever of the team was mapped by ptes is mapped by PMD; what is missing of it is made. */
static void test_collapse(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 8; at++) {
		struct world *world = files_world(rules_named("6.1-team"), at & 1, true, 1);
		const uint32_t nr = huge_nr(world);
		uint32_t part = files_map(world, 1, START(world) * 2, KVMA_SHARED, 0, nr - 1);
		uint32_t vma = files_map(world, 1, START(world), KVMA_SHARED, 0, nr);

		/* Nothing but a page is there; or all of it, of which some is mapped, or nothing. The upper tables are there. */
		assert_true(pmd_table(world, 1, START(world), true));
		assert_int_equal(files_fault(world, part, 2, true), 0);
		if (at & 2) {
			assert_int_equal(files_fault(world, vma, 1, true), 0);
			RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world));
			assert_false(entry_huge(pmd_at(world, vma)));
		}
		if (at & 4) {
			RUN(world, zap_range, .mm = 1, .start = START(world),
			    .end = START(world) + 2 * PAGE_BYTES);
		}
		assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world),
				     .end = START(world) + huge_bytes(world)),
				 0);
		assert_true(entry_huge(pmd_at(world, vma)));
		assert_int_equal(world->pages[entry_pfn(pmd_at(world, vma))].team_usage, nr + 1);
		assert_int_equal(world->mms[1].rss[RSS_SHMEM], nr + 1);
		/* Again: nothing is left to do. */
		assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world),
				     .end = START(world) + huge_bytes(world)),
				 0);
		world_free(world);
	}
}

/* A table that holds anything else stays as it is, and so does one whose team is in use. */
static void test_collapse_not(void **state)
{
	struct world *world = files_world(rules_named("6.1-team"), true, true, 2);
	const uint32_t nr = huge_nr(world);
	uint32_t private = files_map(world, 1, START(world), KVMA_PRIVATE, 0, nr), task, head;

	(void)state;
	assert_int_equal(files_fault(world, private, 1, true), 0);
	assert_int_equal(files_fault(world, private, 2, false), 0);
	assert_int_equal(RUN(world, collapse_team, .mm = 1, .addr = START(world)), SCAN_FAIL);
	assert_true(entry_present(leaf_of(world, 1, START(world) + PAGE_BYTES)));
	assert_true(entry_present(leaf_of(world, 1, START(world) + 2 * PAGE_BYTES)));
	assert_int_equal(RUN(world, collapse_team, .mm = 1, .addr = START(world) * 2), SCAN_VMA_CHECK);
	files_map(world, 1, START(world) * 2, KVMA_SHARED, nr, nr);
	assert_int_equal(RUN(world, collapse_team, .mm = 1, .addr = START(world) * 2), SCAN_PMD_NULL);
	assert_true(pmd_table(world, 1, START(world) * 2, true));
	assert_int_equal(RUN(world, collapse_team, .mm = 1, .addr = START(world) * 2), SCAN_FAIL);
	/* Somebody has the lock of one page. */
	task = BEGIN(world, "fault", do_fault, .mm = 1, .vma = private, .addr = START(world));
	files_until(world, task, "do_fault", "set_pte_at");
	task = BEGIN(world, "collapse", collapse_team, .mm = 1, .addr = START(world));
	files_finish(world, task);
	assert_int_equal(world->tasks[task].result, SCAN_FAIL);
	files_finish(world, task_named(world, "fault"));
	files_sound(world);
	/* Small pages again: there is no team to be found, and nothing else is made of them. */
	head = team_find(world, 1, 0);
	RUN(world, reclaim_team, .head = head);
	assert_int_equal(RUN(world, collapse_team, .mm = 1, .addr = START(world)), SCAN_FAIL);
	assert_int_equal(RUN(world, madvise_collapse, .mm = 1, .start = START(world),
			     .end = START(world) + huge_bytes(world)),
			 -EINVAL);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),	 cmocka_unit_test(test_whole),
		cmocka_unit_test(test_partial),	 cmocka_unit_test(test_small),
		cmocka_unit_test(test_none),	 cmocka_unit_test(test_usage),
		cmocka_unit_test(test_remap),	 cmocka_unit_test(test_dup),
		cmocka_unit_test(test_disband),	 cmocka_unit_test(test_disband_holes),
		cmocka_unit_test(test_collapse), cmocka_unit_test(test_collapse_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
