/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: a script's actions, in every generation, alone. */
#include "acts.h"

static void maps(struct world *world)
{
	uint64_t a, b;

	assert_int_equal(actf(world, "map anon %llu as A hugepage", 2 * HUGE(world)), 0);
	assert_int_equal(actf(world, "map shmem %llu as B", 2 * HUGE(world)), 0);
	assert_int_equal(actf(world, "map anon %llu as C skew %llu", HUGE(world), PAGES(1)), 0);
	assert_int_equal(actf(world, "map anon %llu as A", HUGE(world)), -EEXIST);
	assert_int_equal(actf(world, "map hugetlb %llu as D", HUGE(world)), -ENOTSUP);
	a = area_at(world, "main", "A");
	b = area_at(world, "main", "B");
	assert_int_equal(a % huge_bytes(world), 0);
	assert_int_equal(b, a + 3 * huge_bytes(world));
	assert_int_equal(area_at(world, "main", "C") % huge_bytes(world), PAGE_BYTES);
	assert_int_equal(act(world, "touch A"), 0);
	assert_int_equal(act(world, "touch B"), 0);
	assert_int_equal(act(world, "write C"), 0);
	assert_true(mapped_huge(world, MAIN, a));
	assert_int_equal(load(world, MAIN, a), 1);
	assert_int_equal(act(world, "write A+0"), 0);
	assert_int_equal(load(world, MAIN, a), 2);
	assert_int_equal(act(world, "store A+0 9"), 0);
	assert_int_equal(load(world, MAIN, a), 9);
	assert_int_equal(act(world, "unmap C"), 0);
	assert_int_equal(act(world, "read C"), -ENOENT);
	assert_int_equal(actf(world, "unmap A+%llu %llu", PAGES(1), PAGES(1)), 0);
	assert_int_equal(actf(world, "read A+%llu", PAGES(1)), -EFAULT);
	assert_false(mapped_huge(world, MAIN, a));
	assert_int_equal(load(world, MAIN, a), 9);
	assert_int_equal(act(world, "unmap B"), 0);
	assert_false(world->files[1].used);
	assert_int_equal(act(world, "unmap A"), 0);
	assert_int_equal(world->mms[MAIN].nr_ptes, 0);
	for (uint32_t at = 1; at < world->extent.vmas; at++)
		assert_false(world->vmas[at].used);
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++)
		assert_false(world->anon_vmas[at].used);
}

static void test_maps(void **state)
{
	(void)state;
	worlds_each(maps);
}

static unsigned vmas(const struct world *world)
{
	unsigned n = 0;

	for (uint32_t at = 1; at < world->extent.vmas; at++)
		n += world->vmas[at].used;
	return n;
}

static void advises(struct world *world)
{
	const uint64_t *pmd;
	uint64_t a;

	actf(world, "map anon %llu as A hugepage", 2 * HUGE(world));
	actf(world, "map shmem %llu as B", HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	assert_int_equal(vmas(world), 2);
	assert_int_equal(actf(world, "advise A+%llu random", PAGES(1)), 0);
	assert_int_equal(vmas(world), 4);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE], 0);
	assert_false(mapped_huge(world, MAIN, a));
	assert_true(mapped_huge(world, MAIN, a + huge_bytes(world)));
	assert_int_equal(act(world, "advise A normal"), 0);
	assert_int_equal(vmas(world), 2);
	pmd = pmd_of(world, MAIN, a);
	assert_true(entry_table(*pmd));
	assert_int_equal(act(world, "advise A nohugepage"), 0);
	assert_int_equal(vmas(world), 2);
	assert_int_equal(act(world, "advise A[1] hugepage"), 0);
	assert_int_equal(vmas(world), 3);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
	assert_int_equal(act(world, "advise B free"), -EINVAL);
	assert_int_equal(act(world, "advise A dontfork"), -ENOTSUP);
	assert_int_equal(act(world, "advise A willneed"), 0);
	assert_int_equal(act(world, "discard A+0"), 0);
	assert_int_equal(load(world, MAIN, a), 0);
	assert_int_equal(act(world, "advise B populate-write"), world->rules.madv_populate ? 0 : -EINVAL);
	assert_int_equal(world->mms[MAIN].rss[RSS_SHMEM], world->rules.madv_populate ? huge_nr(world) : 0);
}

static void test_advises(void **state)
{
	(void)state;
	worlds_each(advises);
}

/* A VMA that could merge with its neighbour, but for its protection, gets the anon_vma of that; a child's stays its own. */
static void neighbours(struct world *world)
{
	uint32_t lower, upper, child;
	uint64_t a;

	actf(world, "map shmem %llu as S", 2 * HUGE(world));
	actf(world, "map private-file %llu as P of S", 2 * HUGE(world));
	a = area_at(world, "main", "P");
	assert_int_equal(act(world, "write P[0]+0"), 0);
	assert_int_equal(act(world, "advise P[1] random"), 0);
	lower = vma_at(world, MAIN, a);
	upper = vma_at(world, MAIN, a + huge_bytes(world));
	world->vmas[upper].anon_vma = 0;
	world->vmas[upper].write = false;
	assert_int_not_equal(vma_anon_vma(world, upper), world->vmas[lower].anon_vma);
	world->vmas[upper].anon_vma = 0;
	world->vmas[upper].reading = world->vmas[lower].reading;
	assert_int_equal(vma_anon_vma(world, upper), world->vmas[lower].anon_vma);
	assert_true(act(world, "fork as kid") >= 0);
	child = vma_at(world, mm_named(world, "kid"), a + huge_bytes(world));
	world->vmas[child].anon_vma = 0;
	assert_int_equal(world->anon_vmas[vma_anon_vma(world, child)].parent, 0);
}

static void test_neighbours(void **state)
{
	(void)state;
	worlds_each(neighbours);
}

/* One without an anon_vma merges with one that has its own, and not with one whose anon_vma came by fork. */
static void inherits(struct world *world)
{
	uint32_t kid;
	uint64_t a;

	actf(world, "map anon %llu as A", 2 * HUGE(world));
	a = area_at(world, "main", "A");
	assert_int_equal(act(world, "protect A[0] none"), 0);
	assert_int_equal(act(world, "touch A[1]"), 0);
	assert_true(act(world, "fork as kid") >= 0);
	kid = mm_named(world, "kid");
	assert_int_equal(act(world, "protect kid A rw"), 0);
	assert_int_not_equal(vma_at(world, kid, a), vma_at(world, kid, a + huge_bytes(world)));
	assert_int_equal(act(world, "protect A rw"), 0);
	assert_int_equal(vma_at(world, MAIN, a), vma_at(world, MAIN, a + huge_bytes(world)));
}

static void test_inherits(void **state)
{
	(void)state;
	worlds_each(inherits);
}

/* seed 003's write fault without a fork: the entry is read-only, for it was protected for a moment. */
static void protects(struct world *world)
{
	uint64_t a;

	actf(world, "map anon %llu as A hugepage", 2 * HUGE(world));
	act(world, "touch A");
	a = area_at(world, "main", "A");
	assert_int_equal(act(world, "protect A[0] r"), 0);
	assert_int_equal(act(world, "touch A+0"), -EFAULT);
	assert_int_equal(act(world, "touch A[1]"), 0);
	assert_int_equal(act(world, "protect A[0] rw"), 0);
	assert_int_equal(vmas(world), 1);
	assert_true(mapped_huge(world, MAIN, a));
	assert_int_equal(!!(*pmd_of(world, MAIN, a) & ENTRY_WRITE), world->rules.protect_restores_pmd);
	assert_int_equal(actf(world, "protect A+%llu none", PAGES(1)), 0);
	assert_false(mapped_huge(world, MAIN, a));
	assert_int_equal(actf(world, "read A+%llu", PAGES(1)), -EFAULT);
	assert_int_equal(actf(world, "protect A+%llu rw", PAGES(1)), 0);
	assert_int_equal(!!(*pte_of(world, MAIN, a + PAGE_BYTES) & ENTRY_WRITE),
			 world->rules.protect_restores_pte);
	assert_int_equal(actf(world, "write A+%llu", PAGES(1)), 0);
	assert_int_equal(load(world, MAIN, a + PAGE_BYTES), 2);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
}

static void test_protects(void **state)
{
	(void)state;
	worlds_each(protects);
}

static void moves(struct world *world)
{
	uint64_t a, before;

	actf(world, "map anon %llu as A hugepage", 2 * HUGE(world));
	actf(world, "map shmem %llu as B", HUGE(world));
	act(world, "touch A");
	act(world, "touch B");
	before = area_at(world, "main", "A");
	assert_int_equal(act(world, "store A+0 5"), 0);
	assert_int_equal(act(world, "move A by 0"), 0);
	a = area_at(world, "main", "A");
	assert_int_not_equal(a, before);
	assert_true(mapped_huge(world, MAIN, a) && mapped_huge(world, MAIN, a + huge_bytes(world)));
	assert_int_equal(world->mms[MAIN].nr_ptes, 3);
	assert_int_equal(actf(world, "move A by %llu", PAGES(1)), 0);
	a = area_at(world, "main", "A");
	assert_false(mapped_huge(world, MAIN, a));
	assert_int_equal(load(world, MAIN, a), 5);
	assert_int_equal(load(world, MAIN, a + PAGE_BYTES), 1);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 2);
	assert_int_equal(actf(world, "move B by %llu", PAGES(1)), 0);
	assert_int_equal(load(world, MAIN, area_at(world, "main", "B")), 1);
	assert_int_equal(vmas(world), 2);
	assert_int_equal(act(world, "unmap A"), 0);
	assert_int_equal(act(world, "unmap B"), 0);
	assert_int_equal(world->mms[MAIN].nr_ptes, 0);
}

static void test_moves(void **state)
{
	(void)state;
	worlds_each(moves);
}

/* Nothing new is begun for a process that is on its way out, but for what looks at that itself. */
static void exits(struct world *world)
{
	int task, daemon;

	actf(world, "map anon %llu as A hugepage", HUGE(world));
	act(world, "touch A");
	assert_int_equal(act(world, "exit main"), -EINVAL);
	assert_true(act(world, "fork as kid") > 0);
	assert_int_equal(act(world, "fork as kid"), -EEXIST);
	task = begin_line(world, "end", "exit kid");
	assert_true(task > 0);
	while (!world->mms[mm_named(world, "kid")].exiting)
		task_step(world, (uint32_t)task);
	assert_int_equal(act(world, "touch kid A"), -ESRCH);
	assert_int_equal(act(world, "exit kid"), -ESRCH);
	daemon = begin_line(world, "daemon", "khugepaged kid");
	assert_true(daemon > 0);
	run_randomly(world, 1);
	assert_int_equal(mm_named(world, "kid"), 0);
	assert_int_equal(act(world, "exit kid"), -ENOENT);
}

static void test_exits(void **state)
{
	(void)state;
	worlds_each(exits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),	 cmocka_unit_test(test_advises),
		cmocka_unit_test(test_protects), cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_moves),	 cmocka_unit_test(test_exits),
		cmocka_unit_test(test_inherits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
