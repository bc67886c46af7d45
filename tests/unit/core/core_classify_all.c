/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/classify against a naive second opinion, written from design 1 and facts B alone: every combination of what
 * four pages of a "huge page" of four can be.
 */
#include "core_test.h"

#include <string.h>

#include "core/classify.h"

#define PAGES 4
#define TYPE_SWAP 2
#define TYPE_MIGRATION 30

/* What one page can be. */
enum kind {
	HOLE,
	SMALL,	      /* mapped once */
	SMALL_SHARED, /* by two */
	SMALL_FILE,
	MTHP,	    /* page of an order-1 folio */
	THP,	    /* the page of the aligned THP that belongs here */
	THP_SHARED, /* the same, mapped by another pte too */
	THP_ASKEW,  /* a page of another THP, at the wrong place */
	TEAM,
	UNKNOWN, /* its flags could not be read */
	SWAP,
	GUARD,
	MIGRATING,
	KINDS
};

/* Its pagemap word, folio order and count. */
struct truth {
	uint64_t word, head, count;
	uint8_t order;
};

static struct truth truth_of(enum kind kind, unsigned at)
{
	const uint64_t once = PM_PRESENT | PM_MMAP_EXCLUSIVE;

	switch (kind) {
	case HOLE:
	case KINDS:
		break;
	case SMALL:
		return (struct truth){once | (0x3000 + at), 0x3000 + at, 1, 0};
	case SMALL_SHARED:
		return (struct truth){PM_PRESENT | (0x3100 - 8 * at), 0x3100 - 8 * at, 2, 0};
	case SMALL_FILE:
		return (struct truth){once | PM_FILE | (0x3200 + at), 0x3200 + at, 1, 0};
	case MTHP:
		return (struct truth){once | (0x4000 + at), 0x4000 + (at & 2), 1, 1};
	case THP:
		return (struct truth){once | (0x1000 + at), 0x1000, 1, 2};
	case THP_SHARED:
		return (struct truth){PM_PRESENT | (0x1000 + at), 0x1000, 2, 2};
	case THP_ASKEW:
		return (struct truth){once | (0x2000 + (at + 1) % PAGES), 0x2000, 1, 2};
	case TEAM:
		return (struct truth){once | PM_FILE | (0x5000 + at), 0x5000, 1, ORDER_TEAM};
	case UNKNOWN:
		return (struct truth){PM_PRESENT | (0x6000 + at), 0, 2, ORDER_UNKNOWN};
	case SWAP:
		return (struct truth){PM_SWAP | TYPE_SWAP | 77 << 5, 0, 0, 0};
	case GUARD:
		return (struct truth){PM_SWAP | PM_GUARD_REGION | TYPE_MIGRATION, 0, 0, 0};
	case MIGRATING:
		return (struct truth){PM_SWAP | TYPE_MIGRATION, 0, 0, 0};
	}
	return (struct truth){0};
}

/* The second opinion: counts of each kind, then the definitions one after another. */
static void judge(const enum kind *kinds, bool averaged, struct region *want)
{
	unsigned i, n[KINDS] = {0}, small, thp, sorts, huge;
	uint64_t head = 0, order = ORDER_UNKNOWN;
	int64_t sum = 0, highest = 0, least = INT64_MAX;
	bool one_folio = true, all_once = true, huge_once = true, large, same_order = true;

	memset(want, 0, sizeof(*want));
	for (i = 0; i < PAGES; i++) {
		struct truth page = truth_of(kinds[i], i);

		n[kinds[i]]++;
		if (!(page.word & PM_PRESENT))
			continue;
		if (!want->present++) {
			head = page.head;
			order = page.order;
		}
		one_folio &= page.head == head && page.order == order && order != ORDER_UNKNOWN;
		same_order &= page.order == order;
		sum += (int64_t)page.count;
		highest = (int64_t)page.count > highest ? (int64_t)page.count : highest;
		least = (int64_t)page.count < least ? (int64_t)page.count : least;
		all_once &= page.count == 1;
		huge_once &= page.count == 1 || page.order < 2 || page.order == ORDER_UNKNOWN;
		want->exclusive += page.count == 1;
	}
	small = n[SMALL] + n[SMALL_SHARED] + n[SMALL_FILE];
	thp = n[THP] + n[THP_SHARED] + n[THP_ASKEW];
	huge = thp + n[TEAM];
	want->swapped = n[SWAP];
	want->guard = n[GUARD];
	want->nonswap = n[MIGRATING];
	want->file = n[SMALL_FILE] + n[TEAM];
	want->anon = want->present - want->file;
	want->mapping = n[HOLE] == PAGES ? MAPPING_NONE : MAPPING_PTE;

	sorts = !!small + !!n[MTHP] + !!thp + !!n[TEAM] + !!n[SWAP];
	if (n[HOLE] == PAGES)
		want->backing = BACKING_NONE;
	else if (n[UNKNOWN])
		want->backing = BACKING_UNKNOWN;
	else if (sorts > 1)
		want->backing = BACKING_MIXED;
	else if (small)
		want->backing = BACKING_SMALL;
	else if (n[MTHP])
		want->backing = BACKING_MTHP;
	else if (thp)
		want->backing = n[THP] + n[THP_SHARED] == PAGES ? BACKING_THP : BACKING_THP_PARTIAL;
	else if (n[TEAM])
		want->backing = BACKING_TEAM;
	else if (n[SWAP])
		want->backing = BACKING_SWAP;
	else
		want->backing = n[MIGRATING] ? BACKING_UNKNOWN : BACKING_NONE;

	want->mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	want->pfn = want->present && one_folio ? head : 0;
	want->order_known = want->present && same_order && order <= ORDER_MAX;
	want->order = want->order_known ? (uint8_t)order : 0;
	if (!want->present)
		return;
	large = huge || n[MTHP] || n[UNKNOWN];
	if (averaged && large && !(all_once && !want->file)) {
		want->exclusive = UNKNOWN_COUNT;
		return;
	}
	want->mapcount.highest = highest;
	/* E of ptes: 0 without a PMD-sized folio; else from least - 1 >= E >= 0, of one folio. */
	if (all_once || (!n[UNKNOWN] && (!huge || huge_once || (one_folio && least == 1))))
		want->mapcount.entire = 0;
	if (want->mapcount.entire == 0)
		want->mapcount.total = sum;
}

static void check(const enum kind *kinds, bool averaged)
{
	uint64_t pagemap[PAGES], count[PAGES];
	struct run runs[PAGES];
	uint8_t order[PAGES];
	struct region got, want;
	struct slot slot = {
		.start = 0x4000,
		.len = PAGES * 4096,
		.page_size = 4096,
		.pmd_order = 2,
		.how = HOW_PAGEMAP_SCAN,
		.has_categories = true,
		.pfns = true,
		.swap_types = true,
		.counts_known = true,
		.runs = runs,
		.order = order,
		.count = count,
		.averaged = averaged,
	};
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		struct truth page = truth_of(kinds[i], i);

		pagemap[i] = page.word;
		count[i] = page.count;
		order[i] = page.word & PM_PRESENT ? page.order : ORDER_UNKNOWN;
	}
	slot.categories = pagemap[0] & PM_PRESENT ? SCAN_PRESENT : pagemap[0] & PM_SWAP ? SCAN_SWAPPED : 0;
	slot.n_runs = slot_runs(pagemap, PAGES, runs);
	classify(&slot, &got);
	judge(kinds, averaged, &want);
	if (got.mapping != want.mapping || got.backing != want.backing ||
	    got.mapcount.entire != want.mapcount.entire || got.mapcount.total != want.mapcount.total ||
	    got.exclusive != want.exclusive || got.pfn != want.pfn)
		print_message("pages %d %d %d %d averaged %d\n", kinds[0], kinds[1], kinds[2], kinds[3],
			      averaged);
	assert_int_equal(got.mapping, want.mapping);
	assert_int_equal(got.backing, want.backing);
	assert_int_equal(got.present, want.present);
	assert_int_equal(got.swapped, want.swapped);
	assert_int_equal(got.guard, want.guard);
	assert_int_equal(got.nonswap, want.nonswap);
	assert_int_equal(got.anon, want.anon);
	assert_int_equal(got.file, want.file);
	assert_int_equal(got.pfn, want.pfn);
	assert_int_equal(got.order_known, want.order_known);
	assert_int_equal(got.order, want.order);
	assert_int_equal(got.mapcount.entire, want.mapcount.entire);
	assert_int_equal(got.mapcount.highest, want.mapcount.highest);
	assert_int_equal(got.mapcount.total, want.mapcount.total);
	assert_int_equal(got.exclusive, want.exclusive);
	assert_int_equal(got.how, HOW_PAGEMAP_SCAN);
}

static void check_all(bool averaged)
{
	unsigned number, rest, i, all = 1;
	enum kind kinds[PAGES];

	for (i = 0; i < PAGES; i++)
		all *= KINDS;
	for (number = 0; number < all; number++) {
		for (rest = number, i = 0; i < PAGES; i++, rest /= KINDS)
			kinds[i] = (enum kind)(rest % KINDS);
		check(kinds, averaged);
	}
}

static void test_all(void **state)
{
	(void)state;
	check_all(false);
}

/* The same on a kernel whose kpagecount is an average (CONFIG_NO_PAGE_MAPCOUNT). */
static void test_all_averaged(void **state)
{
	(void)state;
	check_all(true);
}

/* Runs say exactly what the words said. */
static void test_runs(void **state)
{
	struct dice dice = {2};
	uint64_t words[64] = {0};
	struct run runs[64];
	unsigned round, i, n;
	uint32_t k, at;

	(void)state;
	for (round = 0; round < 2000; round++) {
		for (i = 0; i < 64; i++) {
			static const uint64_t choice[] = {0, PM_SWAP | 3, PM_PRESENT, PM_PRESENT | 7,
							  PM_PRESENT | 8};

			words[i] = i && dice_roll(&dice, 2) ? words[i - 1] + dice_roll(&dice, 2)
							    : choice[dice_roll(&dice, COUNT_OF(choice))];
		}
		n = (unsigned)slot_runs(words, 64, runs);
		for (at = 0, i = 0; i < n; i++) {
			assert_int_equal(runs[i].first, at);
			for (k = 0; k < runs[i].n; k++)
				assert_true(run_word(&runs[i], k) == words[at + k]);
			at += runs[i].n;
		}
		assert_int_equal(at, 64);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_all_averaged),
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
