/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/folio: folio orders from few reads, against the truth of a made-up memory. */
#include "core_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/folio.h"
#include "core/mem.h"
#include "fake_kernel.h"

#define VPN UINT64_C(0x7f0000000)

/* One slot being looked at. */
struct look {
	struct fake *fake;
	size_t pages;
	uint64_t *pagemap, *flags;
	struct run *runs;
	uint8_t *order, *again;
	size_t n_runs;
};

static struct look look_new(unsigned pmd_order, size_t frames)
{
	struct look look = {.fake = fake_new(pmd_order, frames), .pages = (size_t)1 << pmd_order};

	look.pagemap = mem_alloc(look.pages * sizeof(*look.pagemap));
	look.flags = mem_alloc(look.pages * sizeof(*look.flags));
	look.runs = mem_alloc(look.pages * sizeof(*look.runs));
	look.order = mem_alloc(look.pages);
	look.again = mem_alloc(look.pages);
	return look;
}

static void look_free(struct look *look)
{
	fake_free(look->fake);
	free(look->pagemap);
	free(look->flags);
	free(look->runs);
	free(look->order);
	free(look->again);
}

static void map(struct look *look, size_t at, uint64_t pfn)
{
	look->pagemap[at] = PM_PRESENT | pfn | (look->fake->frames[pfn].anon ? 0 : PM_FILE);
}

static order_set all_orders(const struct look *look)
{
	return ((order_set)2 << look->fake->kernel.pmd_order) - 2;
}

static int orders(struct look *look, order_set anon, bool exact, uint8_t *order, uint64_t *flags)
{
	struct folio_query query = {
		.kernel = &look->fake->kernel, .anon = anon, .file = all_orders(look), .exact = exact};

	look->n_runs = slot_runs(look->pagemap, look->pages, look->runs);
	look->fake->flags_calls = 0;
	return folio_orders(&query, look->runs, look->n_runs, VPN, order, flags);
}

static void assert_truth(const struct look *look, const uint8_t *order)
{
	size_t i;

	for (i = 0; i < look->pages; i++)
		if (look->pagemap[i] & PM_PRESENT)
			assert_int_equal(order[i], look->fake->frames[look->pagemap[i] & PM_PFN_MASK].order);
}

/* Default, exact and with flags wanted: all of them the truth. */
static void assert_all_ways(struct look *look, order_set anon)
{
	size_t i;

	assert_int_equal(orders(look, anon, false, look->order, NULL), 0);
	assert_truth(look, look->order);
	assert_int_equal(orders(look, anon, true, look->again, NULL), 0);
	assert_truth(look, look->again);
	assert_int_equal(orders(look, anon, false, look->again, look->flags), 0);
	assert_truth(look, look->again);
	for (i = 0; i < look->pages; i++)
		if (look->pagemap[i] & PM_PRESENT)
			assert_true(look->flags[i] ==
				    look->fake->frames[look->pagemap[i] & PM_PFN_MASK].flags);
}

/* Files can have folios of any order, so that any layout of files is told exactly. */
static void random_layout(struct look *look, struct dice *dice, bool anon, order_set set)
{
	unsigned order, pmd = look->fake->kernel.pmd_order;
	size_t at, k, from, n, skip;
	uint64_t head;

	memset(look->pagemap, 0, look->pages * sizeof(*look->pagemap));
	memset(look->fake->frames, 0, look->fake->next_frame * sizeof(*look->fake->frames));
	look->fake->next_frame = look->pages;
	for (at = 0; at < look->pages;) {
		do
			order = (unsigned)dice_roll(dice, pmd + 1);
		while (order && !(set >> order & 1));
		skip = dice_roll(dice, 3) ? 0 : dice_roll(dice, look->pages);
		head = fake_folio_after(look->fake, skip, order, anon);
		/* All of it, a part of it, or single pages of it; at its own alignment or not. */
		from = dice_roll(dice, 2) ? 0 : dice_roll(dice, (uint64_t)1 << order);
		n = dice_roll(dice, 2) ? ((size_t)1 << order) - from
				       : dice_roll(dice, ((uint64_t)1 << order) - from) + 1;
		if (dice_roll(dice, 2))
			at = (at + ((size_t)1 << order) - 1) >> order << order;
		for (k = 0; k < n && at < look->pages; k++, at++)
			if (dice_roll(dice, 16))
				map(look, at, head + from + k);
		at += dice_roll(dice, 2) ? 0 : dice_roll(dice, 4);
	}
}

static void run_random(unsigned pmd_order, unsigned rounds, bool anon)
{
	struct look look = look_new(pmd_order, (size_t)16384 << (pmd_order > 3 ? 5 : 0));
	struct dice dice = {pmd_order + 1 + anon};
	unsigned round;
	order_set set;

	for (round = 0; round < rounds; round++) {
		set = anon ? (order_set)dice_roll(&dice, all_orders(&look)) & all_orders(&look)
			   : all_orders(&look);
		set |= (order_set)1 << pmd_order;
		random_layout(&look, &dice, anon, set);
		assert_all_ways(&look, set);
	}
	look_free(&look);
}

static void test_random_small(void **state)
{
	(void)state;
	run_random(2, 20000, false);
	run_random(2, 20000, true);
	run_random(3, 20000, false);
	run_random(3, 20000, true);
}

static void test_random(void **state)
{
	(void)state;
	run_random(9, 300, false);
	run_random(9, 600, true);
}

/* Whether the header excuses page `at` for being called small: see folio_orders. */
static bool excused(const struct look *look, size_t at)
{
	uint64_t pfn = look->pagemap[at] & PM_PFN_MASK, distance = pfn - at;
	size_t i, loners = 0;
	bool alone = true;

	for (i = 0; i < look->n_runs; i++)
		loners += run_present(&look->runs[i]) && look->runs[i].n == 1;
	for (i = 0; i < look->pages; i++)
		if (i != at && look->pagemap[i] & PM_PRESENT)
			alone &= (look->pagemap[i] & PM_PFN_MASK) - i != distance;
	return loners > 32 && alone && (pfn ^ (VPN + at)) % look->pages;
}

/* Pages from all over memory, each mapped where its folio would be aligned, or anywhere. */
static void test_scattered(void **state)
{
	struct look look = look_new(9, 65536);
	struct dice dice = {3};
	uint64_t heads[64], pfn;
	unsigned round, excuses = 0, picked;
	size_t at, i;

	(void)state;
	for (round = 0; round < 400; round++) {
		unsigned density = (unsigned)dice_roll(&dice, 12) + 1,
			 small = (unsigned)dice_roll(&dice, 100);

		memset(look.fake->frames, 0, look.fake->next_frame * sizeof(*look.fake->frames));
		memset(look.pagemap, 0, look.pages * sizeof(*look.pagemap));
		look.fake->next_frame = look.pages;
		for (i = 0; i < 64; i++)
			heads[i] = fake_folio(look.fake, i < 32 ? 9 : 4, true);
		for (at = 0; at < look.pages; at++) {
			if (dice_roll(&dice, density))
				continue;
			picked = (unsigned)dice_roll(&dice, 64);
			pfn = dice_roll(&dice, 100) < small
				      ? fake_folio_after(look.fake, dice_roll(&dice, 9), 0, true)
			      : picked < 32
				      ? heads[picked] + (dice_roll(&dice, 4) ? at : dice_roll(&dice, 512))
				      : heads[picked] +
						(dice_roll(&dice, 4) ? at : dice_roll(&dice, 16)) % 16;
			map(&look, at, pfn);
		}
		assert_int_equal(orders(&look, 1 << 9 | 1 << 4, true, look.again, NULL), 0);
		assert_truth(&look, look.again);
		assert_int_equal(orders(&look, 1 << 9 | 1 << 4, false, look.order, NULL), 0);
		for (at = 0; at < look.pages; at++) {
			if (look.order[at] == look.again[at])
				continue;
			assert_int_equal(look.order[at], 0);
			assert_true(excused(&look, at));
			excuses++;
		}
	}
	assert_true(excuses < 400);
	look_free(&look);
}

/* Every way to fill a slot of four from a small memory that has a folio of each order, twice. */
static void test_exhaustive(void **state)
{
	struct look look = look_new(2, 64);
	uint64_t frames[32], head;
	size_t n = 0, i, k;
	unsigned number, rest;

	(void)state;
	frames[n++] = 0;
	for (i = 0; i < 2; i++) {
		frames[n++] = fake_folio(look.fake, 0, false);
		for (head = fake_folio(look.fake, 2, false), k = 0; k < 4; k++)
			frames[n++] = head + k;
		for (head = fake_folio(look.fake, 1, false), k = 0; k < 2; k++)
			frames[n++] = head + k;
	}
	for (number = 0; number < n * n * n * n; number++) {
		for (rest = number, i = 0; i < 4; i++, rest /= (unsigned)n) {
			look.pagemap[i] = 0;
			if (frames[rest % n])
				map(&look, i, frames[rest % n]);
		}
		assert_int_equal(orders(&look, all_orders(&look), false, look.order, NULL), 0);
		assert_truth(&look, look.order);
	}
	look_free(&look);
}

/* How few reads: this is what makes the default cheap. */
static void test_reads(void **state)
{
	struct look look = look_new(9, 8192);
	const order_set pmd_only = 1 << 9;
	uint64_t head;
	size_t i;

	(void)state;
	for (head = fake_folio(look.fake, 9, true), i = 0; i < 512; i++)
		map(&look, i, head + i);
	orders(&look, pmd_only, false, look.order, NULL);
	assert_truth(&look, look.order);
	assert_true(look.fake->flags_calls <= 4);
	/* 512 contiguous small pages, aligned and not. */
	for (head = fake_folio_after(look.fake, 512, 0, true), i = 0; i < 512; i++)
		map(&look, i, i ? fake_folio(look.fake, 0, true) : head);
	orders(&look, pmd_only, false, look.order, NULL);
	assert_truth(&look, look.order);
	assert_true(look.fake->flags_calls <= 3);
	/* A sparse slot of 256 small pages that stand alone: a sample, and those aligned with their address. */
	memset(look.pagemap, 0, 512 * sizeof(*look.pagemap));
	look.fake->next_frame = 4096;
	for (i = 0; i < 256; i++)
		map(&look, i * 2, fake_folio_after(look.fake, i % 7 + 2, 0, true));
	orders(&look, pmd_only, false, look.order, NULL);
	assert_truth(&look, look.order);
	assert_true(look.fake->flags_calls <= 24);
	look_free(&look);
}

/*
 * The one exception: a single subpage of an unaligned THP among many small pages that stand alone may be called
 * small, unless it is in the sample. With up to 32 of them, or exact, or with company, it is found.
 */
static void test_exception(void **state)
{
	const order_set pmd_only = 1 << 9;
	unsigned small, where, wrong = 0;
	struct look look;
	uint64_t head;
	size_t i;

	(void)state;
	for (small = 20; small < 200; small += 11) {
		for (where = 0; where < small; where++) {
			look = look_new(9, 65536);
			head = fake_folio(look.fake, 9, true);
			for (i = 0; i < small; i++)
				map(&look, i * 2, fake_folio_after(look.fake, 3 + i % 5, 0, true));
			map(&look, where * 2, head + (where * 2 + 5) % 512);
			assert_int_equal(orders(&look, pmd_only, true, look.again, NULL), 0);
			assert_truth(&look, look.again);
			orders(&look, pmd_only, false, look.order, NULL);
			if (memcmp(look.order, look.again, look.pages)) {
				wrong++;
				assert_true(small > 32);
				assert_int_equal(look.order[where * 2], 0);
				look.order[where * 2] = 9;
				assert_memory_equal(look.order, look.again, look.pages);
			}
			/* A second page of that THP at the same distance, and both are found. */
			map(&look, where * 2 + 1, head + (where * 2 + 6) % 512);
			orders(&look, pmd_only, false, look.order, NULL);
			assert_truth(&look, look.order);
			look_free(&look);
		}
	}
	assert_true(wrong > 0); /* else the header should no longer name it */
}

/* Flags that cannot be read are unknown, not small; an error is told. */
static void test_unreadable(void **state)
{
	struct look look = look_new(9, 2048);
	size_t i;

	(void)state;
	for (i = 0; i < 512; i++)
		look.pagemap[i] = PM_PRESENT | (4096 + i);
	assert_int_equal(orders(&look, 1 << 9, false, look.order, NULL), -ENODATA);
	for (i = 0; i < 512; i++)
		assert_int_equal(look.order[i], ORDER_UNKNOWN);
	assert_int_equal(orders(&look, 1 << 9, true, look.order, look.flags), -ENODATA);
	for (i = 0; i < 512; i++)
		assert_int_equal(look.order[i], ORDER_UNKNOWN);
	/* A tail without a head: it fell apart meanwhile. */
	fake_folio(look.fake, 9, true);
	look.pagemap[0] = 0;
	for (i = 1; i < 512; i++)
		map(&look, i, 512 + i);
	look.fake->frames[512].flags = 0;
	assert_int_equal(orders(&look, 1 << 9, false, look.order, NULL), 0);
	assert_int_equal(look.order[1], ORDER_UNKNOWN);
	look_free(&look);
}

static void test_hugetlb_and_teams(void **state)
{
	struct look look = look_new(9, 4096);
	uint64_t head = fake_folio(look.fake, 9, false), small;
	size_t i;

	(void)state;
	look.fake->kernel.kpf.team = UINT64_C(1) << 28;
	for (i = 0; i < 4; i++) {
		map(&look, i, head + i);
		look.fake->frames[head + i].flags |= UINT64_C(1) << KPF_HUGE;
	}
	small = fake_folio_after(look.fake, 512, 0, false);
	map(&look, 6, small);
	for (i = 7; i < 300; i++) {
		small = fake_folio(look.fake, 0, false);
		look.fake->frames[small].flags |= UINT64_C(1) << 28;
		map(&look, i, small);
	}
	assert_int_equal(orders(&look, 1 << 9, false, look.order, NULL), 0);
	for (i = 0; i < 300; i++)
		assert_int_equal(look.order[i], i < 4	 ? ORDER_HUGETLB
						: i < 6	 ? ORDER_UNKNOWN
						: i == 6 ? 0
							 : ORDER_TEAM);
	/* Bit 28 says nothing on a kernel that does not announce it. */
	look.fake->kernel.kpf.team = 0;
	assert_int_equal(orders(&look, 1 << 9, false, look.order, NULL), 0);
	assert_int_equal(look.order[200], 0);
	look_free(&look);
}

static void assert_orders(struct look *look, order_set anon, const uint8_t *want)
{
	assert_int_equal(orders(look, anon, false, look->order, NULL), 0);
	assert_memory_equal(look->order, want, look->pages);
	assert_int_equal(orders(look, anon, true, look->order, NULL), 0);
	assert_memory_equal(look->order, want, look->pages);
	assert_int_equal(orders(look, anon, false, look->order, look->flags), 0);
	assert_memory_equal(look->order, want, look->pages);
}

/* A driver's compound page of any order is no folio, whole, in part and among folios. */
static void test_drivers(void **state)
{
	struct look look = look_new(9, 16384);
	uint8_t want[512];
	unsigned order;
	uint64_t head = 0;
	size_t i;

	(void)state;
	for (order = 1; order <= 9; order++) {
		memset(want, ORDER_UNKNOWN, sizeof(want));
		for (i = 0; i < 512; i++) {
			if (!(i & ((1U << order) - 1)))
				head = fake_compound(look.fake, order);
			map(&look, i, head + (i & ((1U << order) - 1)));
		}
		assert_orders(&look, 1 << 9, want);
		for (head = fake_folio(look.fake, 6, false), i = 128; i < 192; i++) {
			map(&look, i, head + i - 128);
			want[i] = 6;
		}
		assert_orders(&look, 1 << 9, want);
		/* Single pages of it, as many as are only looked at in part. */
		for (i = 0; i < 512; i += 2) {
			look.pagemap[i] = 0;
			want[i] = ORDER_UNKNOWN;
		}
		assert_orders(&look, 1 << 9, want);
	}
	look_free(&look);
}

/* Both halves of a folio above PMD order have one answer; so does one at the end of what can be told. */
static void test_above_pmd(void **state)
{
	struct look look = look_new(9, 1 << 17);
	uint8_t want[512];
	unsigned order;
	uint64_t head;
	size_t i, half;

	(void)state;
	for (order = 10; order <= ORDER_MAX; order++) {
		memset(want, (int)order, sizeof(want));
		head = fake_folio(look.fake, order, false);
		for (half = 0; half < 2; half++) {
			for (i = 0; i < 512; i++)
				map(&look, i, head + half * ((1U << order) - 512) + i);
			assert_orders(&look, 1 << 9, want);
		}
		/* Its neighbour above, of PMD order, is told apart. */
		head = fake_folio(look.fake, 9, false);
		memset(want, 9, sizeof(want));
		for (i = 0; i < 512; i++)
			map(&look, i, head + i);
		assert_orders(&look, 1 << 9, want);
	}
	look_free(&look);
}

/* The zero pages are told by their flags: the small one wherever it is, the huge one whole. */
static void test_zero_pages(void **state)
{
	struct look look = look_new(9, 16384);
	uint8_t want[512] = {0};
	uint64_t zero = fake_folio(look.fake, 0, false), huge;
	struct fake_process *process = fake_process(look.fake, 1);
	size_t i;

	(void)state;
	look.fake->frames[zero].flags = UINT64_C(1) << KPF_ZERO;
	look.fake->frames[zero].anon = true; /* (bit 61 is off) */
	for (i = 0; i < 512; i++) {
		map(&look, i, zero);
		want[i] = ORDER_ZERO;
	}
	assert_orders(&look, 1 << 9, want);
	orders(&look, 1 << 9, false, look.order, NULL);
	assert_true(look.fake->flags_calls <= 2);
	/* Every other page written: each in its place, none for being the only one of its kind. */
	for (i = 0; i < 512; i += 2) {
		map(&look, i, fake_folio_after(look.fake, 1 + i % 5, 0, true));
		want[i] = 0;
	}
	assert_int_equal(orders(&look, 1 << 9, true, look.order, NULL), 0);
	assert_memory_equal(look.order, want, 512);
	/* A stretch of zero pages among many small ones, and a few small pages. */
	for (i = 0; i < 512; i++) {
		map(&look, i, i >= 301 && i < 311 ? zero : fake_folio_after(look.fake, 1 + i % 5, 0, true));
		want[i] = i >= 301 && i < 311 ? ORDER_ZERO : 0;
	}
	assert_int_equal(orders(&look, 1 << 9, false, look.order, NULL), 0);
	assert_memory_equal(look.order + 302, want + 302, 512 - 302);
	huge = fake_folio(look.fake, 9, false);
	fake_huge_zero(look.fake, process, VPN * FAKE_PAGE, huge);
	for (i = 0; i < 512; i++) {
		map(&look, i, huge + i);
		want[i] = ORDER_ZERO;
	}
	assert_orders(&look, 1 << 9, want);
	orders(&look, 1 << 9, false, look.order, NULL);
	assert_true(look.fake->flags_calls <= 4);
	look_free(&look);
}

#define THP "sys/kernel/mm/transparent_hugepage/"

/* Which orders anonymous folios can have, by what sysfs shows. */
static void test_anon_orders(void **state)
{
	const int errors[] = {-EMFILE, -ENFILE, -EINTR, -EACCES, -EIO};
	struct fake *fake = fake_new(9, 1024);
	size_t i;

	(void)state;
	/* No THP at all: any order. */
	assert_int_equal(folio_anon_orders(&fake->kernel), 0x3fe);
	/* Before mTHP: PMD order alone. */
	fake_text(fake, THP "enabled", "always [madvise] never\n");
	assert_int_equal(folio_anon_orders(&fake->kernel), 1 << 9);
	/* mTHP, but no counters (6.8 to 6.11). */
	fake_text(fake, THP "hugepages-2048kB/enabled", "always [inherit] madvise never\n");
	fake_text(fake, THP "hugepages-64kB/enabled", "always inherit madvise [never]\n");
	assert_int_equal(folio_anon_orders(&fake->kernel), 0x3fc);
	/* Counters: those that are not 0. */
	fake_text(fake, THP "hugepages-2048kB/stats/nr_anon", "0\n");
	assert_int_equal(folio_anon_orders(&fake->kernel), 0);
	fake_text(fake, THP "hugepages-64kB/stats/nr_anon", "17\n");
	fake_text(fake, THP "hugepages-16kB/stats/nr_anon", "0\n");
	assert_int_equal(folio_anon_orders(&fake->kernel), 1 << 4);
	/* One that makes no sense is taken for more than 0. */
	fake_text(fake, THP "hugepages-16kB/stats/nr_anon", "?\n");
	assert_int_equal(folio_anon_orders(&fake->kernel), 1 << 4 | 1 << 2);
	/* Not being able to read a counter does not mean that there is none, or that it is 0. */
	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		fake_text(fake, THP "hugepages-2048kB/stats/nr_anon", "0\n");
		fake_text(fake, THP "hugepages-16kB/stats/nr_anon", "0\n");
		fake_text_error(fake, THP "hugepages-128kB/stats/nr_anon", errors[i]);
		assert_int_equal(folio_anon_orders(&fake->kernel), 1 << 5 | 1 << 4);
		fake_text_error(fake, THP "hugepages-2048kB/stats/nr_anon", errors[i]);
		assert_int_equal(folio_anon_orders(&fake->kernel), 0x3fc);
		fake_text_error(fake, THP "hugepages-2048kB/stats/nr_anon", -ENOENT);
		fake_text_error(fake, THP "hugepages-2048kB/enabled", errors[i]);
		assert_int_equal(folio_anon_orders(&fake->kernel), 0x3fc);
		fake_text_error(fake, THP "hugepages-2048kB/enabled", -ENOENT);
		fake_text_error(fake, THP "enabled", errors[i]);
		assert_int_equal(folio_anon_orders(&fake->kernel), 0x3fe);
		fake_text(fake, THP "enabled", "always\n");
	}
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exhaustive), cmocka_unit_test(test_random_small),
		cmocka_unit_test(test_random),	   cmocka_unit_test(test_reads),
		cmocka_unit_test(test_scattered),  cmocka_unit_test(test_exception),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_hugetlb_and_teams),
		cmocka_unit_test(test_drivers),	   cmocka_unit_test(test_above_pmd),
		cmocka_unit_test(test_zero_pages), cmocka_unit_test(test_anon_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
