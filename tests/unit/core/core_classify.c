/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/classify: each mapping and backing of design 1 from raw words, at x86-64's size. */
#include "core_test.h"

#include <string.h>

#include "core/classify.h"

#define PAGES 512
#define HEAD UINT64_C(0x11ce00)
#define ONCE (PM_PRESENT | PM_MMAP_EXCLUSIVE)

/* One slot, and the arrays behind it. */
static struct bench {
	struct slot slot;
	uint64_t pagemap[PAGES], count[PAGES];
	uint8_t order[PAGES];
	struct run runs[PAGES];
	struct region region;
} bench;

static void start(uint64_t categories)
{
	memset(&bench, 0, sizeof(bench));
	bench.slot = (struct slot){
		.start = UINT64_C(0x7f0000000000),
		.len = PAGES * 4096,
		.page_size = 4096,
		.pmd_order = 9,
		.how = HOW_PAGEMAP_SCAN,
		.has_categories = true,
		.categories = categories,
		.pfns = true,
		.swap_types = true,
		.counts_known = true,
		.runs = bench.runs,
		.order = bench.order,
		.count = bench.count,
	};
	memset(bench.order, ORDER_UNKNOWN, sizeof(bench.order));
}

/* Pages at .. at + n - 1: frames from pfn on, of folios of one order, all with one count. */
static void put(unsigned at, unsigned n, uint64_t word, uint8_t order, uint64_t count)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		bench.pagemap[at + i] = word & PM_PRESENT && word & PM_PFN_MASK ? word + i : word;
		bench.order[at + i] = order;
		bench.count[at + i] = count;
	}
}

static const struct region *done(void)
{
	size_t n = bench.slot.len / 4096;

	bench.slot.n_runs = slot_runs(bench.pagemap, n, bench.runs);
	classify(&bench.slot, &bench.region);
	return &bench.region;
}

static void assert_is(enum mapping mapping, enum backing backing)
{
	done();
	assert_string_equal(mapping_name(bench.region.mapping), mapping_name(mapping));
	assert_string_equal(backing_name(bench.region.backing), backing_name(backing));
}

static void assert_counts(int64_t entire, int64_t highest, int64_t total, int64_t exclusive)
{
	assert_int_equal(bench.region.mapcount.entire, entire);
	assert_int_equal(bench.region.mapcount.highest, highest);
	assert_int_equal(bench.region.mapcount.total, total);
	assert_int_equal(bench.region.exclusive, exclusive);
}

static void test_nothing(void **state)
{
	(void)state;
	start(0);
	assert_is(MAPPING_NONE, BACKING_NONE);
	assert_counts(-1, -1, -1, 0);
	/* Untouched hugetlb is HUGE without PRESENT. */
	start(SCAN_HUGE);
	bench.slot.hugetlb_size = 2 << 20;
	assert_is(MAPPING_NONE, BACKING_NONE);
	/* PAGEMAP_SCAN saw a page that pagemap, read later, no longer has. */
	start(SCAN_PRESENT);
	assert_is(MAPPING_NONE, BACKING_NONE);
	start(SCAN_SWAPPED);
	assert_is(MAPPING_NONE, BACKING_NONE);
}

static void test_pmd(void **state)
{
	(void)state;
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, ONCE | HEAD, 9, 1);
	bench.slot.mapped_once = true;
	bench.slot.counts_known = false;
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(1, 1, 1, PAGES);
	assert_int_equal(bench.region.pfn, HEAD);
	assert_int_equal(bench.region.order, 9);
	assert_true(bench.region.order_known);
	/* Two processes map it by PMD: from here alone, 1 <= E <= 2. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, PM_PRESENT | HEAD, 9, 2);
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(-1, 2, -1, 0);
	/* A child maps half of it by ptes: the others' count 1 says that E is 1. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, 256, PM_PRESENT | HEAD, 9, 2);
	put(256, 256, PM_PRESENT | (HEAD + 256), 9, 1);
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(1, 2, 257, 256);
	/* All 512, bit 56 copied from the head as in 6.1: kpagecount is what counts. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, ONCE | HEAD, 9, 2);
	bench.count[0] = 1;
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(1, 2, 512, 1);
	/* Neither counts nor AnonExclusive. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, ONCE | HEAD, 9, 0);
	bench.slot.counts_known = false;
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(-1, -1, -1, -1);
	/* Averages say nothing. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, PM_PRESENT | HEAD, 9, 1);
	bench.slot.averaged = true;
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_counts(-1, -1, -1, -1);
}

static void test_pte_thp(void **state)
{
	(void)state;
	start(SCAN_PRESENT);
	put(0, PAGES, ONCE | HEAD, 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP);
	assert_counts(0, 1, PAGES, PAGES);
	assert_int_equal(bench.region.pfn, HEAD);
	/* Also mapped elsewhere, all of it: by PMD or by ptes, this region cannot tell. */
	start(SCAN_PRESENT);
	put(0, PAGES, PM_PRESENT | HEAD, 9, 2);
	assert_is(MAPPING_PTE, BACKING_THP);
	assert_counts(-1, 2, -1, 0);
	/* One page is only here, so E is 0. */
	put(7, 1, ONCE | (HEAD + 7), 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP);
	assert_counts(0, 2, 1023, 1);
	/* One page is missing. */
	put(7, 1, 0, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_counts(-1, 2, -1, 0);
	assert_int_equal(bench.region.pfn, HEAD);
	/* One page is a copy. */
	put(7, 1, ONCE | 0x999, 0, 1);
	assert_is(MAPPING_PTE, BACKING_MIXED);
	assert_int_equal(bench.region.pfn, 0);
	assert_int_equal(bench.region.orders[0], 1);
	assert_int_equal(bench.region.orders[9], 511);
	/* Contiguous, of one folio, but one page off. */
	start(SCAN_PRESENT);
	put(0, 511, ONCE | (HEAD + 1), 9, 1);
	put(511, 1, ONCE | (HEAD + 512), 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_int_equal(bench.region.pfn, 0);
	assert_counts(0, 1, PAGES, PAGES);
	/* Two halves of two THPs. */
	start(SCAN_PRESENT);
	put(0, 256, ONCE | (HEAD + 256), 9, 1);
	put(256, 256, ONCE | (HEAD + 1024), 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	/* Its own pages in the wrong order. */
	start(SCAN_PRESENT);
	put(0, 256, ONCE | (HEAD + 256), 9, 1);
	put(256, 256, ONCE | HEAD, 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_int_equal(bench.region.pfn, HEAD);
}

static void test_smaller(void **state)
{
	(void)state;
	/* 512 contiguous small pages look whole; their order says what they are. */
	start(SCAN_PRESENT);
	put(0, PAGES, ONCE | HEAD, 0, 1);
	assert_is(MAPPING_PTE, BACKING_SMALL);
	assert_counts(0, 1, PAGES, PAGES);
	assert_int_equal(bench.region.pfn, 0);
	assert_true(bench.region.order_known && bench.region.order == 0);
	/* One page alone is its own folio. */
	start(0);
	put(33, 1, ONCE | 0x1234, 0, 1);
	assert_is(MAPPING_PTE, BACKING_SMALL);
	assert_int_equal(bench.region.pfn, 0x1234);
	start(SCAN_PRESENT);
	put(0, PAGES, ONCE | HEAD, 4, 1);
	assert_is(MAPPING_PTE, BACKING_MTHP);
	assert_true(bench.region.order_known && bench.region.order == 4);
	assert_int_equal(bench.region.pfn, 0);
	put(0, 256, ONCE | HEAD, 8, 1);
	assert_is(MAPPING_PTE, BACKING_MTHP);
	assert_false(bench.region.order_known);
	assert_int_equal(bench.region.orders[8], 256);
	put(0, 1, ONCE | 0x777, 0, 1);
	assert_is(MAPPING_PTE, BACKING_MIXED);
	/* Shared small pages: E of what is smaller than a PMD is 0. */
	start(SCAN_PRESENT);
	put(0, 4, PM_PRESENT | PM_FILE | HEAD, 0, 7);
	assert_is(MAPPING_PTE, BACKING_SMALL);
	assert_counts(0, 7, 28, 0);
	assert_int_equal(bench.region.file, 4);
	/* Averages are of larger folios only. */
	bench.slot.averaged = true;
	assert_is(MAPPING_PTE, BACKING_SMALL);
	assert_counts(0, 7, 28, 0);
	put(4, 4, ONCE | PM_FILE | HEAD, 2, 1);
	assert_is(MAPPING_PTE, BACKING_MIXED);
	assert_counts(-1, -1, -1, -1);
}

static void test_absent(void **state)
{
	(void)state;
	start(SCAN_SWAPPED);
	put(0, PAGES, PM_SWAP | 1 | 99 << 5, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_SWAP);
	assert_int_equal(bench.region.swapped, PAGES);
	put(3, 1, ONCE | 0x777, 0, 1);
	assert_is(MAPPING_PTE, BACKING_MIXED);
	/* The last swap type there is, and the first that is none. */
	start(SCAN_SWAPPED);
	put(0, 1, PM_SWAP | 22, ORDER_UNKNOWN, 0);
	put(1, 1, PM_SWAP | 23, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_SWAP);
	assert_int_equal(bench.region.swapped, 1);
	assert_int_equal(bench.region.nonswap, 1);
	/* Without types, or with many swap devices, what an entry is cannot be told; without any device it is no swap. */
	bench.slot.swap_types = false;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	assert_int_equal(bench.region.swapped, 2);
	bench.slot.no_swap = true;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	assert_int_equal(bench.region.nonswap, 2);
	bench.slot.no_swap = false;
	/* Guard markers: neither memory nor swap. */
	start(SCAN_SWAPPED);
	put(0, 2, PM_SWAP | PM_GUARD_REGION | 31, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_NONE);
	assert_int_equal(bench.region.guard, 2);
	assert_int_equal(bench.region.swapped + bench.region.nonswap, 0);
	/* All of it on the move, page by page. */
	start(SCAN_SWAPPED);
	put(0, PAGES, PM_SWAP | 30, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	/* A PMD migration entry. */
	start(SCAN_SWAPPED | SCAN_HUGE);
	put(0, PAGES, PM_SWAP | 30, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_int_equal(bench.region.nonswap, PAGES);
	assert_int_equal(bench.region.swapped, 0);
	assert_counts(-1, -1, -1, 0);
	/* Seen without privilege. */
	bench.slot.pfns = bench.slot.swap_types = false;
	put(0, PAGES, PM_SWAP, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PMD, BACKING_THP);
	assert_int_equal(bench.region.nonswap, PAGES);
}

static void test_zero(void **state)
{
	(void)state;
	start(SCAN_HUGE | SCAN_PRESENT | SCAN_PFNZERO);
	put(0, PAGES, PM_PRESENT | PM_FILE | HEAD, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PMD, BACKING_ZERO);
	assert_counts(-1, -1, -1, 0);
	assert_int_equal(bench.region.pfn, 0);
	/* The same where flags say it. */
	start(0);
	bench.slot.has_categories = false;
	bench.slot.told = MAPPING_PMD;
	bench.slot.huge_zero = true;
	put(0, PAGES, PM_PRESENT | PM_FILE | HEAD, 9, 0);
	assert_is(MAPPING_PMD, BACKING_ZERO);
	/* PFNZERO of a single page is the small zero page, not this one. */
	start(SCAN_PRESENT | SCAN_PFNZERO);
	put(0, 1, PM_PRESENT | 0x10, 0, 0);
	assert_is(MAPPING_PTE, BACKING_SMALL);
}

static void test_hugetlb(void **state)
{
	(void)state;
	start(SCAN_PRESENT | SCAN_HUGE);
	bench.slot.hugetlb_size = 2 << 20;
	put(0, PAGES, ONCE | HEAD, ORDER_HUGETLB, 1);
	assert_is(MAPPING_PMD, BACKING_HUGETLB);
	assert_counts(1, 1, 1, PAGES);
	assert_int_equal(bench.region.order, 9);
	assert_int_equal(bench.region.pfn, HEAD);
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_HUGETLB, 3);
	assert_is(MAPPING_PMD, BACKING_HUGETLB);
	assert_counts(3, 3, 3, 0);
	bench.slot.hugetlb_size = UINT64_C(1) << 30;
	assert_is(MAPPING_PUD, BACKING_HUGETLB);
	assert_int_equal(bench.region.order, 18);
	/* A size below the PMD's (64 KiB on arm64) is mapped by ptes. */
	bench.slot.hugetlb_size = 64 << 10;
	bench.slot.categories = SCAN_PRESENT | SCAN_HUGE;
	assert_is(MAPPING_PTE, BACKING_HUGETLB);
	/* On the move: the scan alone shows it. */
	start(SCAN_SWAPPED | SCAN_HUGE);
	bench.slot.hugetlb_size = 2 << 20;
	assert_is(MAPPING_PMD, BACKING_HUGETLB);
	assert_int_equal(bench.region.present, 0);
	/* Nobody said so but the flags. */
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, ONCE | HEAD, ORDER_HUGETLB, 1);
	assert_is(MAPPING_PMD, BACKING_HUGETLB);
}

static void test_unprivileged(void **state)
{
	(void)state;
	start(SCAN_PRESENT | SCAN_HUGE);
	bench.slot.pfns = bench.slot.swap_types = bench.slot.counts_known = false;
	bench.slot.order = NULL;
	put(0, PAGES, ONCE, 0, 0);
	assert_is(MAPPING_PMD, BACKING_UNKNOWN);
	assert_counts(-1, -1, -1, -1);
	assert_false(bench.region.order_known || bench.region.orders_known);
	bench.slot.categories = SCAN_PRESENT;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	assert_counts(0, 1, PAGES, PAGES);
	bench.pagemap[5] = PM_PRESENT;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	assert_counts(-1, -1, -1, 511);
	put(0, PAGES, PM_SWAP, 0, 0);
	bench.slot.categories = SCAN_SWAPPED;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	/* Without the scan too: what was told, or nothing; bit 56 may be the head's for all. */
	put(0, PAGES, ONCE, 0, 0);
	bench.slot.has_categories = false;
	assert_is(MAPPING_UNKNOWN, BACKING_UNKNOWN);
	assert_counts(-1, -1, -1, -1);
	bench.slot.told = MAPPING_PTE;
	assert_is(MAPPING_PTE, BACKING_UNKNOWN);
	assert_counts(0, 1, PAGES, PAGES);
}

/* The mapping alone is not known: counts that were read stand. */
static void test_mapping_unknown(void **state)
{
	(void)state;
	start(0);
	bench.slot.has_categories = false;
	put(0, PAGES, ONCE | HEAD, 9, 2);
	bench.count[0] = 1;
	assert_is(MAPPING_UNKNOWN, BACKING_THP);
	assert_counts(-1, 2, -1, 1);
	bench.slot.counts_known = false;
	assert_is(MAPPING_UNKNOWN, BACKING_THP);
	assert_counts(-1, -1, -1, -1);
}

static void test_special(void **state)
{
	(void)state;
	start(0);
	bench.slot.special_unknown = true;
	assert_is(MAPPING_UNKNOWN, BACKING_UNKNOWN);
	put(9, 1, ONCE | 0x55, 0, 1);
	assert_is(MAPPING_PTE, BACKING_SMALL);
}

static void test_team(void **state)
{
	(void)state;
	start(SCAN_PRESENT | SCAN_HUGE);
	put(0, PAGES, PM_PRESENT | PM_FILE | HEAD, ORDER_TEAM, 1);
	assert_is(MAPPING_PMD, BACKING_TEAM);
	assert_counts(1, 1, 1, PAGES);
	assert_int_equal(region_state(&bench.region), STATE_TEAM);
	start(SCAN_PRESENT);
	put(0, PAGES, ONCE | PM_FILE | HEAD, ORDER_TEAM, 1);
	assert_is(MAPPING_PTE, BACKING_TEAM);
	assert_counts(0, 1, PAGES, PAGES);
	put(100, 12, 0, ORDER_UNKNOWN, 0);
	assert_is(MAPPING_PTE, BACKING_TEAM);
	put(100, 1, ONCE | 0x55, 0, 1);
	assert_is(MAPPING_PTE, BACKING_MIXED);
}

static void test_fragment(void **state)
{
	(void)state;
	/* All of a fragment's pages belong to a THP: partial, never whole, never by PMD. */
	start(SCAN_PRESENT);
	bench.slot.len = 16 * 4096;
	put(0, 16, ONCE | (HEAD + 496), 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	assert_counts(0, 1, 16, 16);
	assert_int_equal(bench.region.pfn, HEAD);
	bench.slot.has_categories = false;
	bench.slot.told = MAPPING_UNKNOWN;
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	bench.slot.len = 511 * 4096;
	bench.slot.has_categories = true;
	put(0, 511, ONCE | HEAD, 9, 1);
	assert_is(MAPPING_PTE, BACKING_THP_PARTIAL);
	put(0, 511, ONCE | HEAD, 0, 1);
	assert_is(MAPPING_PTE, BACKING_SMALL);
	put(0, 511, 0, 0, 0);
	bench.slot.categories = 0;
	assert_is(MAPPING_NONE, BACKING_NONE);
}

static void assert_team(bool all, int64_t maps, int64_t entire, int64_t highest, int64_t total)
{
	done();
	bench.region.team_usage = 512 + maps;
	bench.region.team_pmd_maps = maps;
	classify_team(&bench.slot, all, &bench.region);
	assert_int_equal(bench.region.mapcount.entire, entire);
	assert_int_equal(bench.region.mapcount.highest, highest);
	assert_int_equal(bench.region.mapcount.total, total);
}

/* A team's PMD maps are known: the rest of each count is ptes. */
static void test_team_counts(void **state)
{
	(void)state;
	start(0);
	bench.slot.has_categories = false;
	bench.slot.told = MAPPING_PMD;
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_TEAM, 2);
	/* Two PMDs; or this one, and one table of ptes. */
	assert_team(true, 2, 2, 2, 2);
	assert_team(true, 1, 1, 2, 513);
	/* In 2016 the head alone counts PMD maps. */
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_TEAM, 1);
	bench.count[0] = 2;
	assert_team(false, 1, 1, 2, 513);
	/* Counts that are less than the maps, or maps without this one: they moved. */
	assert_team(true, 2, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	assert_team(true, 0, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	bench.slot.told = MAPPING_PTE;
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_TEAM, 2);
	assert_team(true, 1, 1, 2, 513);
	assert_team(true, 2, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT); /* and who counts these ptes? */
	bench.slot.counts_known = false;
	assert_team(true, 1, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	/* Pages that are mapped once, as pagemap says, need no counts: none of it is by PMD, or a tail's none. */
	put(0, PAGES / 2, ONCE | HEAD, ORDER_TEAM, 0);
	put(PAGES / 2, PAGES / 2, 0, ORDER_UNKNOWN, 0);
	assert_team(true, 0, 0, 1, PAGES / 2);
	assert_team(false, 0, 0, 1, PAGES / 2);
	assert_team(true, 1, UNKNOWN_COUNT, UNKNOWN_COUNT,
		    UNKNOWN_COUNT); /* a PMD that they would count, too */
	put(0, PAGES / 2, ONCE | (HEAD + PAGES / 2), ORDER_TEAM, 0);
	assert_team(false, 2, 2, 3, 2 + PAGES / 2);
	put(0, 1, PM_PRESENT | HEAD, ORDER_TEAM, 0);
	assert_team(true, 0, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
}

/* Counts that no page can have are none, and do not overflow their sum. */
static void test_impossible_counts(void **state)
{
	(void)state;
	start(0);
	bench.slot.has_categories = false;
	bench.slot.told = MAPPING_PTE;
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_TEAM, INT64_MAX - 7);
	assert_team(true, 1, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	put(0, PAGES, PM_PRESENT | HEAD, ORDER_TEAM, 2);
	bench.count[9] = UINT64_MAX;
	assert_team(true, 1, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	bench.count[9] = 2;
	assert_team(false, INT64_MAX - 512, UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT);
	put(0, PAGES, PM_PRESENT | HEAD, 0, INT64_MAX);
	done();
	assert_int_equal(bench.region.mapcount.highest, UNKNOWN_COUNT);
	assert_int_equal(bench.region.mapcount.total, UNKNOWN_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_pmd),
		cmocka_unit_test(test_pte_thp),
		cmocka_unit_test(test_smaller),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_hugetlb),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_mapping_unknown),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_team),
		cmocka_unit_test(test_team_counts),
		cmocka_unit_test(test_impossible_counts),
		cmocka_unit_test(test_fragment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
