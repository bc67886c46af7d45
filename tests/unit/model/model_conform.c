/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the model had otherwise than a running kernel, until tests/conform found it: each by the shortest program that showed it. */
#include "acts.h"

static struct world *world_like(const char *generation)
{
	return world_of(rules_named(generation), false);
}

/* The leaf that maps a page of an area of main's, 0: nothing. */
static uint64_t leaf(struct world *world, const char *area, unsigned page)
{
	return leaf_of(world, 1, area_at(world, "main", area) + PAGES(page));
}

static bool by_pmd(struct world *world, const char *area)
{
	const uint64_t *pmd = pmd_of(world, 1, area_at(world, "main", area));

	return pmd && entry_huge(*pmd);
}

/* Teams make no slot; anonymous memory does from its first fault on, and shared memory not by the advice itself. */
static void test_slots(void **state)
{
	struct world *world = world_like("6.1-team");
	const bool *slot = &world->mms[1].has_slot;

	(void)state;
	assert_int_equal(act(world, "map team 2M as T"), 0);
	assert_int_equal(act(world, "touch T"), 0);
	assert_int_equal(act(world, "set shmem_enabled advise"), 0);
	assert_int_equal(act(world, "map shmem 2M as S hugepage"), 0);
	assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
	assert_false(*slot);
	assert_int_equal(act(world, "touch A+0"), 0);
	assert_true(*slot);
	world_free(world);
	/* From 6.6 on the new advice is looked at. */
	world = world_like("6.6");
	assert_int_equal(act(world, "set shmem_enabled advise"), 0);
	assert_int_equal(act(world, "map shmem 1M as S hugepage"), 0);
	assert_false(world->mms[1].has_slot);
	assert_int_equal(act(world, "map shmem 2M as L hugepage"), 0);
	assert_true(world->mms[1].has_slot);
	world_free(world);
}

/* MADV_COLLAPSE of a team needs a table of pmds, and goes when the last VMA near it does; nothing else is made of a hole. */
static void test_collapse_team(void **state)
{
	struct world *world = world_like("6.1-team");

	(void)state;
	assert_int_equal(act(world, "map team 4M as T"), 0);
	assert_int_equal(act(world, "collapse T[0]"), -EINVAL);
	assert_int_equal(act(world, "read T[0]"), 0);
	assert_true(act(world, "fork as kid") > 0);
	assert_int_equal(act(world, "collapse kid T[0]"), -EINVAL);
	assert_int_equal(act(world, "collapse T[1]"), -EINVAL);
	assert_int_equal(act(world, "split T[0]"), 0);
	assert_false(by_pmd(world, "T"));
	assert_int_equal(act(world, "collapse T[0]"), 0);
	assert_true(by_pmd(world, "T"));
	/* Small pages of what was a team stay small, and that is told of the whole call. */
	assert_int_equal(act(world, "punch T[0]+4k"), 0);
	assert_int_equal(act(world, "collapse T[0]"), -EINVAL);
	assert_false(by_pmd(world, "T"));
	assert_int_equal(act(world, "unmap T"), 0);
	assert_null(pmd_of(world, 1, UINT64_C(0x7e0000600000)));
	world_free(world);
}

/* What is cold is no affair of a team; where no huge page is wanted none is born. */
static void test_advice_team(void **state)
{
	struct world *world = world_like("6.1-team");

	(void)state;
	assert_int_equal(act(world, "map team 2M as T"), 0);
	assert_int_equal(act(world, "touch T"), 0);
	assert_int_equal(act(world, "advise T cold"), 0);
	assert_int_equal(act(world, "advise T+4k cold"), 0);
	assert_true(by_pmd(world, "T"));
	assert_int_equal(act(world, "map team 2M as N nohugepage"), 0);
	assert_int_equal(act(world, "touch N+0"), 0);
	assert_false(world->pages[entry_pfn(leaf(world, "N", 0))].team);
	world_free(world);
}

/* Behind a file's end is a fault; behind a gap of addresses it goes on until 6.9. */
static void test_populate(void **state)
{
	struct world *world = world_like("6.1-team");

	(void)state;
	assert_int_equal(act(world, "map shmem 1M as S"), 0);
	assert_int_equal(act(world, "truncate S to 512k"), 0);
	assert_int_equal(act(world, "advise S populate-write"), -EFAULT);
	assert_int_equal(act(world, "protect S r"), 0);
	assert_int_equal(act(world, "advise S populate-write"), -EINVAL);
	world_free(world);
	for (unsigned now = 0; now < 2; now++) {
		world = world_like(now ? "6.18" : "6.6");
		assert_int_equal(act(world, "map anon 64k as A"), 0);
		assert_int_equal(act(world, "unmap A+8k"), 0);
		assert_int_equal(act(world, "advise A populate-write"), -ENOMEM);
		assert_true(leaf(world, "A", 1));
		assert_int_equal(!leaf(world, "A", 3), now);
		world_free(world);
	}
}

/* Nothing was ever there: EINVAL, though no whole huge page is asked for. */
static void test_collapse_untouched(void **state)
{
	struct world *world = world_like("6.1-team");

	(void)state;
	assert_int_equal(act(world, "map anon 4M as A skew 1M"), 0);
	assert_int_equal(act(world, "collapse A+0 2M"), -EINVAL);
	assert_int_equal(act(world, "touch A+0"), 0);
	assert_int_equal(act(world, "collapse A+0 2M"), 0);
	world_free(world);
}

/* A file's folio is doubly mapped, by its bit, as soon as ptes map it, until a PMD maps it that nothing maps. */
static void test_double_map(void **state)
{
	struct world *world = world_like("6.1-team");
	uint32_t pfn;

	(void)state;
	assert_int_equal(act(world, "set shmem_enabled always"), 0);
	assert_int_equal(act(world, "map shmem 2M as S"), 0);
	assert_int_equal(act(world, "touch S"), 0);
	pfn = folio_head(world, entry_pfn(leaf(world, "S", 0)));
	assert_false(world->pages[pfn].file_double_map);
	assert_int_equal(act(world, "split S"), 0);
	assert_true(world->pages[pfn].file_double_map);
	assert_int_equal(page_mapcount(world, pfn), 1);
	assert_int_equal(act(world, "map shmem 2M as P of S"), 0);
	assert_int_equal(act(world, "read P"), 0);
	assert_true(world->pages[pfn].file_double_map);
	assert_int_equal(act(world, "unmap S"), 0);
	assert_int_equal(act(world, "discard P"), 0);
	assert_int_equal(act(world, "read P"), 0);
	assert_true(by_pmd(world, "P"));
	assert_false(world->pages[pfn].file_double_map);
	world_free(world);
}

/* An empty table of ptes goes with all that it translates, from 6.14 on, and a huge page may come. */
static void test_discard_table(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");

		assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_int_equal(act(world, "split A"), 0);
		assert_int_equal(act(world, "discard A+0 1M"), 0);
		assert_int_equal(act(world, "touch A+0"), 0);
		assert_false(by_pmd(world, "A"));
		assert_int_equal(act(world, "discard A"), 0);
		assert_int_equal(*pmd_of(world, 1, area_at(world, "main", "A")) != 0, !now);
		assert_int_equal(act(world, "touch A+0"), 0);
		assert_int_equal(by_pmd(world, "A"), now);
		/* Of two VMAs none has a table for itself. */
		assert_int_equal(act(world, "split A"), 0);
		assert_int_equal(act(world, "protect A+1M 1M r"), 0);
		assert_int_equal(act(world, "discard A"), 0);
		assert_int_not_equal(*pmd_of(world, 1, area_at(world, "main", "A")), 0);
		world_free(world);
	}
}

/* mremap moves what is there of a range, from 6.17 on; but it begins with something. */
static void test_move_many(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");
		uint64_t pages[3];

		assert_int_equal(act(world, "map anon 64k as A"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_int_equal(act(world, "unmap A+8k"), 0);
		assert_int_equal(act(world, "protect A+32k r"), 0);
		for (unsigned n = 0; n < 3; n++)
			pages[n] = entry_pfn(leaf(world, "A", n * 4));
		assert_int_equal(act(world, "move A by 12k"), now ? 0 : -EFAULT);
		for (unsigned n = 0; n < 3; n++)
			assert_int_equal(entry_pfn(leaf(world, "A", n * 4)), pages[n]);
		assert_false(leaf(world, "A", 2));
		assert_int_equal(area_at(world, "main", "A") % huge_bytes(world), now ? PAGES(3) : 0);
		assert_int_equal(act(world, "unmap A+0"), 0);
		assert_int_equal(act(world, "move A by 4k"), -EFAULT);
		world_free(world);
	}
}

/* A file's huge page is mapped where nothing was for 1 GiB around, in 6.18. */
static void test_collapse_far(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");

		assert_int_equal(act(world, "map shmem 2M as S"), 0);
		assert_int_equal(act(world, "touch S+0"), 0);
		assert_true(act(world, "fork as kid") > 0);
		assert_int_equal(act(world, "collapse kid S"), now ? 0 : -EINVAL);
		assert_int_equal(!!leaf_of(world, 2, area_at(world, "kid", "S")), now);
		world_free(world);
	}
}

/* A folio that is split gives back what was never written of it, from 6.12 on. */
static void test_split_zeros(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");

		assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
		assert_int_equal(act(world, "touch A+4k 4k"), 0);
		assert_true(act(world, "fork as kid") > 0);
		assert_int_equal(act(world, "split-folio A"), 0);
		assert_int_equal(world->pages[entry_pfn(leaf(world, "A", 1))].mapcount, 2);
		assert_int_equal(entry_pfn(leaf(world, "A", 0)) == world->zero_page, now);
		assert_int_equal(entry_pfn(leaf(world, "A", 511)) == world->zero_page, now);
		assert_int_equal(world->mms[1].rss[RSS_ANON], now ? 1 : 512);
		assert_int_equal(world->mms[2].rss[RSS_ANON], now ? 1 : 512);
		assert_int_equal(act(world, "write A"), 0);
		assert_int_equal(world->mms[1].rss[RSS_ANON], 512);
		world_free(world);
	}
}

/* A folio that ptes map as a whole is left whole by advice for all of it, from 6.10 on. */
static void test_cold_batch(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");

		assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_int_equal(act(world, "split A"), 0);
		assert_int_equal(act(world, "advise A cold"), 0);
		assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], !now);
		assert_int_equal(act(world, "advise A+4k 8k cold"), 0);
		assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 1);
		world_free(world);
	}
}

/* A fault of shmem maps all of a folio that no PMD may map, in 6.18. */
static void test_fault_folio(void **state)
{
	(void)state;
	for (unsigned now = 0; now < 2; now++) {
		struct world *world = world_like(now ? "6.18" : "6.6");

		assert_int_equal(act(world, "map shmem 2M as S"), 0);
		assert_int_equal(act(world, "touch S"), 0);
		assert_int_equal(act(world, "collapse S"), 0);
		assert_int_equal(act(world, "map shmem 2M as T of S"), 0);
		assert_int_equal(act(world, "map shmem 2M as U of S"), 0);
		assert_int_equal(act(world, "unmap U+0 4k"), 0);
		assert_int_equal(act(world, "write U+8k 4k"), 0);
		assert_false(leaf(world, "U", 3));
		assert_int_equal(act(world, "advise T nohugepage"), 0);
		assert_int_equal(act(world, "write T+8k 4k"), 0);
		assert_int_equal(!!leaf(world, "T", 3), now || by_pmd(world, "T"));
		assert_int_equal(by_pmd(world, "T"), !now);
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_collapse_team),
		cmocka_unit_test(test_advice_team),
		cmocka_unit_test(test_populate),
		cmocka_unit_test(test_collapse_untouched),
		cmocka_unit_test(test_double_map),
		cmocka_unit_test(test_discard_table),
		cmocka_unit_test(test_move_many),
		cmocka_unit_test(test_collapse_far),
		cmocka_unit_test(test_split_zeros),
		cmocka_unit_test(test_cold_batch),
		cmocka_unit_test(test_fault_folio),
	};

	return cmocka_run_group_tests_name("model: as a kernel has it", tests, NULL, NULL);
}
