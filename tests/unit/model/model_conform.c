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

/* Zapping what userfaultfd protects of a file leaves a marker, which a write faults at, and which keeps the table; munmap does not. */
static void test_zap_marker(void **state)
{
	static const char *const rows[] = {"6.1-team", "6.6", "6.18"};

	(void)state;
	for (unsigned at = 0; at < 6; at++) {
		struct world *world = world_like(rows[at / 2]);

		assert_int_equal(act(world, "map shmem 2M as F"), 0);
		assert_int_equal(
			act(world, at % 2 ? "map private-file 2M as S of F" : "map shmem 2M as S of F"), 0);
		assert_int_equal(act(world, "touch S"), 0);
		assert_int_equal(act(world, "uffd S wp"), 0);
		assert_int_equal(act(world, "uffd-wp S on"), 0);
		assert_int_equal(act(world, "discard S+4k 4k"), 0);
		assert_int_equal(leaf(world, "S", 1), ENTRY_MARKER);
		assert_int_equal(act(world, "write S+4k"), -EFAULT);
		assert_int_equal(act(world, "punch F+8k 4k"), 0);
		assert_int_equal(act(world, "write S+8k"), -EFAULT);
		assert_int_equal(act(world, "discard S"), 0);
		assert_int_equal(leaf(world, "S", 3), ENTRY_MARKER);
		assert_int_equal(act(world, "write S+12k"), -EFAULT);
		assert_int_equal(act(world, "read S+12k"), 0);
		assert_int_equal(act(world, "unmap S"), 0);
		assert_int_equal(act(world, "unmap F"), 0);
		assert_int_equal(world->mms[1].nr_ptes, 0);
		world_free(world);
	}
}

/* mremap leaves the userfaultfd behind: what it has not moved is nobody's to serve, and what it has nobody's to protect. */
static void move_uffd_body(const struct rules *rules)
{
	struct world *world = world_of(rules, false);
	uint64_t kept;

	assert_int_equal(act(world, "map anon 2M as A nohugepage"), 0);
	assert_int_equal(act(world, "touch A+0 4k"), 0);
	assert_int_equal(act(world, "uffd A missing"), 0);
	assert_int_equal(act(world, "move A by 4k"), 0);
	assert_int_equal(act(world, "touch A+8k 4k"), rules->name[0] == '4' ? -EFAULT : 0);
	if (world->rules.uffd_wp) {
		/* The bits move along until 6.13, and say nothing. */
		kept = strcmp(rules->name, "6.18") ? ENTRY_UFFD_WP : 0;
		assert_int_equal(act(world, "map anon 2M as H hugepage"), 0);
		assert_int_equal(act(world, "touch H"), 0);
		assert_int_equal(act(world, "uffd H wp"), 0);
		assert_int_equal(act(world, "uffd-wp H on"), 0);
		assert_int_equal(act(world, "move H by 0"), 0);
		assert_true(by_pmd(world, "H"));
		assert_int_equal(leaf(world, "H", 0) & ENTRY_UFFD_WP, kept);
		assert_int_equal(act(world, "write H"), 0);
		assert_int_equal(act(world, "map shmem 2M as S"), 0);
		assert_int_equal(act(world, "touch S+0 4k"), 0);
		assert_int_equal(act(world, "uffd S wp"), 0);
		assert_int_equal(act(world, "uffd-wp S on"), 0);
		assert_int_equal(act(world, "move S by 4k"), 0);
		assert_int_equal(leaf(world, "S", 0) & ENTRY_UFFD_WP, kept);
		assert_int_equal(leaf(world, "S", 1), kept ? ENTRY_MARKER : 0);
		assert_int_equal(act(world, "protect S r"), 0);
		assert_int_equal(act(world, "protect S rw"), 0);
		assert_true(leaf(world, "S", 0) & ENTRY_WRITE);
		assert_int_equal(act(world, "write S+0 8k"), 0);
		assert_int_equal(act(world, "discard S"), 0);
		assert_int_equal(leaf(world, "S", 0), 0);
		/* A table with nothing but stale markers may go. */
		assert_int_equal(act(world, "map shmem 2M as M"), 0);
		assert_int_equal(act(world, "touch M+0 8k"), 0);
		assert_int_equal(act(world, "uffd M wp"), 0);
		assert_int_equal(act(world, "uffd-wp M on"), 0);
		assert_int_equal(act(world, "move M by 0"), 0);
		assert_int_equal(act(world, "collapse M"), 0);
		assert_true(by_pmd(world, "M"));
	}
	world_free(world);
}

static void test_move_uffd(void **state)
{
	size_t n;

	(void)state;
	for (const struct rules *rules = rules_all(&n); n--; rules++)
		move_uffd_body(rules);
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

/*
 * A huge page of which another process maps all but the beginning is left alone by advice for a part of it in 6.18, which asks
 * all of it; the older ones ask the first page, but MADV_FREE all of it until 6.4.
 */
static void test_cold_shared(void **state)
{
	static const char *const rows[] = {"6.1-team", "6.6", "6.18"};
	static const char *const advices[] = {"cold", "pageout", "free"};

	(void)state;
	for (unsigned at = 0; at < 9; at++) {
		struct world *world = world_like(rows[at / 3]);

		assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_true(act(world, "fork as kid") > 0);
		assert_int_equal(act(world, "split kid A"), 0);
		assert_int_equal(act(world, "discard kid A 64k"), 0);
		assert_int_equal(actf(world, "advise A+1M 4k %s", advices[at % 3]), 0);
		assert_int_equal(by_pmd(world, "A"), at / 3 == 2 || at == 2);
		world_free(world);
	}
}

/* A folio that ptes map here and in a child: 6.6 asks its first page alone whether it is shared, 6.1 the page that it is at. */
static void test_cold_first(void **state)
{
	static const char *const rows[] = {"6.1-team", "6.6", "6.18"};

	(void)state;
	for (unsigned at = 0; at < 6; at++) {
		struct world *world = world_like(rows[at / 2]);
		const bool first = at % 2;

		assert_int_equal(act(world, "map anon 2M as A hugepage"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_true(act(world, "fork as kid") > 0);
		assert_int_equal(act(world, "split A"), 0);
		assert_int_equal(act(world, "split kid A"), 0);
		assert_int_equal(act(world, first ? "discard kid A 4k" : "discard kid A+4k 2044k"), 0);
		assert_int_equal(act(world, "advise A+1M 4k cold"), 0);
		/* The child maps, of the first page and the one that is asked for, the one alone. */
		assert_int_equal(world->stat[STAT_THP_SPLIT_PAGE],
				 at / 2 == 0 ? !first : at / 2 == 1 && first);
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
		cmocka_unit_test(test_zap_marker),
		cmocka_unit_test(test_move_uffd),
		cmocka_unit_test(test_move_many),
		cmocka_unit_test(test_collapse_far),
		cmocka_unit_test(test_split_zeros),
		cmocka_unit_test(test_cold_batch),
		cmocka_unit_test(test_cold_shared),
		cmocka_unit_test(test_cold_first),
		cmocka_unit_test(test_fault_folio),
	};

	return cmocka_run_group_tests_name("model: as a kernel has it", tests, NULL, NULL);
}
