/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: MADV_COLD, MADV_FREE and MADV_PAGEOUT, and what comes back from swap. */
#include "acts.h"

static uint32_t slots(const struct world *world)
{
	uint32_t n = 0;

	for (uint32_t at = 1; at < world->extent.swaps; at++)
		n += world->swaps[at].users != 0;
	return n;
}

static uint32_t map_huge(struct world *world, uint64_t *addr)
{
	actf(world, "map anon %llu as A hugepage", HUGE(world));
	assert_int_equal(act(world, "touch A"), 0);
	*addr = area_at(world, "main", "A");
	assert_true(mapped_huge(world, MAIN, *addr));
	return pfn_at(world, MAIN, *addr);
}

/* A page of a huge one splits it, unless it is shared (facts C). */
static void cold(struct world *world)
{
	uint64_t a;
	uint32_t pfn = map_huge(world, &a);

	assert_int_equal(act(world, "advise A cold"), world->rules.madv_cold ? 0 : -EINVAL);
	if (!world->rules.madv_cold)
		return;
	assert_true(mapped_huge(world, MAIN, a));
	assert_false(*pmd_of(world, MAIN, a) & ENTRY_YOUNG);
	act(world, "fork as kid");
	assert_int_equal(act(world, "advise A+0 cold"), 0);
	assert_true(page_huge(world, pfn));
	act(world, "exit kid");
	assert_int_equal(act(world, "advise A+0 cold"), 0);
	assert_false(page_huge(world, pfn));
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 1);
	assert_int_equal(pfn_at(world, MAIN, a), pfn);
	assert_false(*pte_of(world, MAIN, a) & ENTRY_YOUNG);
	assert_int_equal(load(world, MAIN, a), 1);
}

static void test_cold(void **state)
{
	(void)state;
	worlds_each(cold);
}

static void comes_back(struct world *world)
{
	uint64_t a;

	if (!world->rules.madv_cold)
		return;
	map_huge(world, &a);
	assert_int_equal(act(world, "store A+0 5"), 0);
	assert_int_equal(act(world, "advise A pageout"), 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_SWAP], huge_nr(world));
	assert_int_equal(slots(world), huge_nr(world));
	assert_true(entry_swapped(*pte_of(world, MAIN, a)));
	assert_int_equal(load(world, MAIN, a), 5);
	assert_int_equal(act(world, "write A"), 0);
	assert_int_equal(load(world, MAIN, a), 6);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), 2);
	assert_int_equal(world->mms[MAIN].rss[RSS_SWAP], 0);
	/* The one that came back for reading is in the swap cache yet: who knows that it is exclusive does not look. */
	assert_int_equal(slots(world), world->rules.anon_exclusive);
	assert_int_equal(act(world, "advise A pageout"), 0);
	assert_int_equal(act(world, "advise A free"), 0);
	assert_int_equal(slots(world), 0);
	assert_int_equal(load(world, MAIN, a), 0);
}

static void test_comes_back(void **state)
{
	(void)state;
	worlds_each(comes_back);
}

/* Swapped out, then shared by fork: the first to write gets a copy, the last one the page itself. */
static void shared(struct world *world)
{
	uint32_t kid, pfn;
	uint64_t a;

	if (!world->rules.madv_cold)
		return;
	map_huge(world, &a);
	assert_int_equal(act(world, "advise A pageout"), 0);
	assert_true(act(world, "fork as kid") > 0);
	kid = mm_named(world, "kid");
	assert_int_equal(world->mms[kid].rss[RSS_SWAP], huge_nr(world));
	assert_int_equal(load(world, MAIN, a), 1);
	pfn = pfn_at(world, MAIN, a);
	assert_int_equal(world->swaps[world->pages[pfn].swap].users, 2);
	assert_int_equal(load(world, kid, a), 1);
	assert_int_equal(pfn_at(world, kid, a), pfn);
	assert_int_equal(act(world, "write kid A+0"), 0);
	assert_int_not_equal(pfn_at(world, kid, a), pfn);
	assert_int_equal(load(world, MAIN, a), 1);
	assert_int_equal(load(world, kid, a), 2);
	assert_int_equal(actf(world, "write kid A+%llu", PAGES(1)), 0);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), 1);
	assert_int_equal(act(world, "exit kid"), 0);
	assert_int_equal(act(world, "write A"), 0);
	assert_int_equal(load(world, MAIN, a), 2);
	assert_int_equal(act(world, "unmap A"), 0);
	assert_int_equal(slots(world), 0);
}

static void test_shared(void **state)
{
	(void)state;
	worlds_each(shared);
}

/* A page that a device writes to: old kernels unmap it, and find it again in the swap cache; younger ones leave it alone. */
static void pinned(struct world *world)
{
	uint64_t a;
	uint32_t pfn;

	if (!world->rules.madv_cold)
		return;
	actf(world, "map anon %llu as A", PAGES(1));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	pfn = pfn_at(world, MAIN, a);
	assert_int_equal(act(world, "pin A as dev"), 0);
	assert_int_equal(act(world, "advise A pageout"), 0);
	assert_int_equal(entry_swapped(leaf_of(world, MAIN, a)), !world->rules.reclaim_keeps_pinned);
	assert_int_equal(act(world, "device dev writes 9"), 0);
	assert_int_equal(load(world, MAIN, a), 9);
	assert_int_equal(pfn_at(world, MAIN, a), pfn);
	assert_int_equal(act(world, "release dev"), 0);
}

static void test_pinned(void **state)
{
	(void)state;
	worlds_each(pinned);
}

/* Freed lazily: the content stays until reclaim comes, and for good if it is written to before. */
static void lazy(struct world *world)
{
	uint64_t a;
	uint32_t pfn = map_huge(world, &a);

	assert_int_equal(act(world, "advise A free"), 0);
	assert_true(mapped_huge(world, MAIN, a));
	assert_false(world->pages[pfn].swapbacked);
	assert_int_equal(load(world, MAIN, a), 1);
	assert_int_equal(act(world, "advise A+0 free"), 0);
	assert_false(page_huge(world, pfn));
	assert_int_equal(actf(world, "touch A+%llu", PAGES(1)), 0);
	if (!world->rules.madv_cold)
		return;
	assert_int_equal(act(world, "advise A pageout"), 0);
	assert_int_equal(slots(world), 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_ANON], 1);
	assert_int_equal(load(world, MAIN, a), 0);
	assert_int_equal(load(world, MAIN, a + PAGES(1)), 1);
}

static void test_lazy(void **state)
{
	(void)state;
	worlds_each(lazy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cold),   cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_shared), cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_lazy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
