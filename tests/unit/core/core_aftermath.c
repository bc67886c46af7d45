/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a trigger: every sentence that facts before and after lead to, and which of them mean "done". */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/aftermath.h"

static const struct region gone, *const none = &gone;

static struct region made(enum mapping mapping, enum backing backing)
{
	struct region region = {
		.mapping = mapping, .backing = backing, .present = 512, .mapcount = {1, 1, 1}};
	const unsigned order = backing == BACKING_SMALL ? 0 : 9;

	region.orders_known = backing != BACKING_UNKNOWN;
	region.orders[order] = region.orders_known ? 512 : 0;
	return region;
}

/* The sentence says this, and means done or not. */
static void says(struct aftermath aftermath, const char *text, bool done)
{
	static const enum event_kind kinds[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = EVENT_COLLAPSE,
		[TRIGGER_SPLIT] = EVENT_SPLIT,
		[TRIGGER_SPLIT_FOLIO] = EVENT_SPLIT_FOLIO,
		[TRIGGER_COW] = EVENT_COW,
		[TRIGGER_FORK] = EVENT_FORK,
	};
	struct event_effect effect = {.had = aftermath.before != NULL, .has = aftermath.after != NULL};
	const struct event event = {
		.kind = kinds[aftermath.kind], .error = aftermath.error, .effects = &effect, .n_effects = 1};
	struct arena arena = {0};
	const char *said;

	effect.before = aftermath.before ? *aftermath.before : *none;
	effect.after = aftermath.after ? *aftermath.after : *none;
	if (!aftermath.said)
		aftermath.said = "";
	aftermath.page_size = 4096;
	said = aftermath_text(&aftermath, &arena);
	if (!strstr(said, text))
		fail_msg("'%s' does not say '%s'", said, text);
	assert_int_equal(aftermath_done(&event), done);
	arena_fini(&arena);
}

static void test_collapse(void **state)
{
	const struct region small = made(MAPPING_PTE, BACKING_SMALL), huge = made(MAPPING_PMD, BACKING_THP);
	const struct region hidden = made(MAPPING_UNKNOWN, BACKING_UNKNOWN);
	struct aftermath is = {.kind = TRIGGER_COLLAPSE, .before = &small, .after = &huge};

	(void)state;
	says(is, "collapsed: it was not", true);
	is.said = "the huge page is there";
	is.judged = true;
	says(is, "the kernel's word is of what it found: the huge page is there", true);
	is.said = "";
	is.judged = false;
	is.before = &hidden;
	says(is, "is mapped by PMD now", true);
	is.before = &huge;
	says(is, "already: nothing changed", true);
	is.error = EINVAL;
	is.said = "no room";
	says(is, "as before: no room", true);
	is.after = is.before = &small;
	says(is, "the kernel refused: no room; it gave no verdict", false);
	is.said = "";
	says(is, "the kernel refused before it looked at any page; 'why' tells the reasons", false);
	is.after = is.before = &huge;
	says(is, "as before; it gave no verdict", true);
	/* Nothing can be concluded from what was not heard. */
	is.lost = true;
	says(is, "as before; 'why' tells the reasons; whether it gave a verdict is not known", true);
	is.after = is.before = &small;
	is.said = "no room";
	says(is, "the kernel refused: no room; whether it gave a verdict is not known", false);
	is.lost = false;
	is.said = "";
	is.after = is.before = &small;
	is.unheard = "nobody listens";
	says(is, "the kernel refused; 'why' tells the reasons; nobody listens", false);
	is.said = "no room";
	says(is, "the kernel refused: no room; nobody listens", false);
	is.judged = true;
	says(is, "the kernel refused: no room", false);
	is.said = "";
	says(is, "the kernel refused", false);
	is.error = 0;
	says(is, "nothing was collapsed", false);
	is.said = "it reaches beyond the edge";
	says(is, "succeeded and did nothing: it reaches beyond the edge", false);
	is.said = "";
	is.after = NULL;
	says(is, "the next access maps the huge page", true);
	is.after = &hidden;
	says(is, "cannot be seen", true);
}

static void test_split(void **state)
{
	const struct region huge = made(MAPPING_PMD, BACKING_THP), whole = made(MAPPING_PTE, BACKING_THP);
	const struct region small = made(MAPPING_PTE, BACKING_SMALL);
	const struct region hidden = made(MAPPING_UNKNOWN, BACKING_UNKNOWN);
	struct region one = whole;
	struct aftermath is = {.kind = TRIGGER_SPLIT, .before = &huge, .after = &whole};

	(void)state;
	says(is, "the same huge page is mapped by single ptes now", true);
	one.present = 1;
	is.again = true;
	says(is, "khugepaged may collapse it again", true);
	is.after = &small;
	says(is, "split: it is mapped by single ptes now; khugepaged", true);
	is.after = &one;
	says(is, "now; of its 512 pages 1 are mapped now, the others when they are touched; khugepaged",
	     true);
	is.after = NULL;
	says(is, "the PMD of a file", true);
	is.after = &huge;
	says(is, "it is mapped by PMD, as before", false);
	is.error = EPERM;
	says(is, "the kernel refused", false);
	is.error = 0;
	is.before = is.after = &small;
	says(is, "nothing to split", true);
	is.after = &hidden;
	says(is, "cannot be seen here", true);
}

static void test_split_folio(void **state)
{
	const struct region huge = made(MAPPING_PMD, BACKING_THP), small = made(MAPPING_PTE, BACKING_SMALL);
	const struct region hidden = made(MAPPING_PTE, BACKING_UNKNOWN);
	struct region mixed = made(MAPPING_PTE, BACKING_MIXED), shared = huge;
	struct aftermath is = {
		.kind = TRIGGER_SPLIT_FOLIO, .way = TRIGGER_WAY_ADVICE, .before = &huge, .after = &small};

	(void)state;
	says(is, "into folios of order 0", true);
	mixed.orders[9] = 0;
	mixed.orders[2] = 4;
	mixed.orders[8] = 256;
	is.after = &mixed;
	says(is, "into folios of orders 2 to 8", true);
	is.after = &huge;
	says(is, "nothing happened: the call succeeded, and", false);
	shared.mapcount = (struct mapcount){2, 2, 2};
	is.before = is.after = &shared;
	says(is, "that others map too", false);
	is.way = TRIGGER_WAY_DEBUGFS;
	says(is, "as large as before", false);
	is.error = EAGAIN;
	says(is, "the kernel refused", false);
	is.error = 0;
	is.after = NULL;
	says(is, "the next access shows", true);
	is.before = is.after = &small;
	says(is, "nothing to split", true);
	is.after = &hidden;
	says(is, "cannot be seen here", true);
	is.before = NULL;
	is.after = NULL;
	says(is, "no large folio", true);
}

static void test_cow(void **state)
{
	const struct region huge = made(MAPPING_PMD, BACKING_THP), small = made(MAPPING_PTE, BACKING_SMALL);
	const struct region mixed = made(MAPPING_PTE, BACKING_MIXED);
	struct region swapped = {.mapping = MAPPING_PTE, .backing = BACKING_SWAP, .swapped = 512};
	struct aftermath is = {.kind = TRIGGER_COW,
			       .before = &huge,
			       .after = &huge,
			       .present_before = true,
			       .present_after = true,
			       .frame_before = 7,
			       .frame_after = 7};

	(void)state;
	says(is, "reused: the page has the same frame as before", true);
	is.frame_after = 8;
	says(is, "the whole region has a new huge page", true);
	is.after = &small;
	says(is, "copied: the PMD was split, and 4 KiB", true);
	is.before = &small;
	says(is, "copied: 4 KiB have a new frame, 8 instead of 7", true);
	/* One more page of a region that was mixed already, and is as before but for that page. */
	is.before = is.after = &mixed;
	is.frame_before = 0x572601;
	is.frame_after = 0x362a32;
	says(is, "copied: 4 KiB have a new frame, 362a32 instead of 572601", true);
	/* A new frame alone is no proof. */
	is.moved = true;
	says(is, "swapped it meanwhile: 4 KiB have a new", true);
	is.frame_after = is.frame_before;
	says(is, "reused: the page has the same frame as before, nothing was copied", true);
	is.frame_after = 0;
	says(is, "not known", true);
	/* Without root the page was shared and is not: who sees no frames knows as much. */
	is.shared_before = is.alone_after = true;
	says(is, "copied: the page was mapped by others too", true);
	is.shared_before = is.alone_after = false;
	is.present_before = false;
	says(is, "brought new memory", true);
	is.entry_before = true;
	is.before = &swapped;
	says(is, "it was swapped out: the write brought it back", true);
	/* Whether this one was is not known: one that was not, and one whose kind is not shown. */
	swapped.nonswap = 1;
	says(is, "swapped out, on the move or marked", true);
	swapped.nonswap = 0;
	swapped.backing = BACKING_UNKNOWN;
	says(is, "swapped out, on the move or marked", true);
	is.present_after = false;
	says(is, "nothing here", true);
	is.error = EFAULT;
	says(is, "the kernel refused", false);
}

static void test_fork(void **state)
{
	struct aftermath is = {.kind = TRIGGER_FORK, .child = 77};

	(void)state;
	says(is, "process 77 was born", true);
	is.child = 0;
	is.error = EAGAIN;
	says(is, "refused", false);
}

/* khugepaged's knobs and what smaps says of the memory. */
static bool again(const char *enabled, const char *own, enum vma_kind kind, int eligible,
		  enum vma_advice advice)
{
	const struct figure knobs[] = {{"enabled", enabled}, {"hugepages-2048kB/enabled", own}};
	struct moment moment = {.pmd_size = 2 << 20, .system = {.knobs = knobs, .n_knobs = own ? 2 : 1}};
	const struct vma vma = {
		.kind = kind, .eligible = eligible, .advice = advice, .eligible_ns = eligible >= 0};

	return aftermath_again(&moment, &vma);
}

static void test_again(void **state)
{
	(void)state;
	assert_true(again("madvise", NULL, VMA_ANON, 1, VMA_ADVICE_HUGEPAGE));
	assert_true(again("madvise", NULL, VMA_SHMEM, 1, VMA_ADVICE_HUGEPAGE));
	assert_false(again("madvise", NULL, VMA_ANON, 1, VMA_ADVICE_NONE));
	assert_false(again("never", NULL, VMA_ANON, 1, VMA_ADVICE_HUGEPAGE));
	assert_true(again("always", NULL, VMA_ANON, 1, VMA_ADVICE_NONE));
	assert_false(again("always", NULL, VMA_ANON, 0, VMA_ADVICE_NONE)); /* PR_SET_THP_DISABLE, say */
	assert_false(again("always", NULL, VMA_ANON, 1, VMA_ADVICE_NOHUGEPAGE));
	/* The size's own knob goes before the other. */
	assert_true(again("always", "inherit", VMA_ANON, 1, VMA_ADVICE_NONE));
	assert_false(again("always", "never", VMA_ANON, 1, VMA_ADVICE_HUGEPAGE));
	assert_true(again("never", "always", VMA_ANON, 1, VMA_ADVICE_NONE));
	/* smaps was not read. */
	assert_true(again("always", NULL, VMA_HEAP, -1, VMA_ADVICE_UNKNOWN));
	assert_false(again("always", NULL, VMA_SHMEM, -1, VMA_ADVICE_UNKNOWN));
	assert_false(again("madvise", NULL, VMA_ANON, -1, VMA_ADVICE_UNKNOWN));
}

/* Of a team only the mapping changes, until it is one no more. */
static void test_team(void **state)
{
	const struct region pmd = made(MAPPING_PMD, BACKING_TEAM), mixed = made(MAPPING_PTE, BACKING_MIXED);
	const struct region hidden = made(MAPPING_PTE, BACKING_UNKNOWN);
	struct region ptes = made(MAPPING_PTE, BACKING_TEAM), some = ptes;
	struct region small = made(MAPPING_PTE, BACKING_SMALL);
	struct aftermath is = {.kind = TRIGGER_COLLAPSE, .before = &ptes, .after = &pmd};

	(void)state;
	says(is, "the team is mapped by PMD again", true);
	is.said = "the huge page is there";
	is.judged = true;
	says(is, "the team is mapped by PMD again", true);
	is = (struct aftermath){.kind = TRIGGER_SPLIT, .before = &pmd, .after = &ptes, .again = true};
	says(is, "the same team is mapped by single ptes now, until somebody asks", true);
	some.present = 1;
	is.after = &some;
	says(is, "of its 512 pages 1 are mapped now", true);
	small.file = 512;
	is.after = &small;
	says(is, "the team was disbanded", true);
	/* A copy of a private mapping, and what is not known, say nothing of the team. */
	is.after = &mixed;
	says(is, "split: it is mapped by single ptes now", true);
	is.after = &hidden;
	says(is, "split: it is mapped by single ptes now", true);
	is = (struct aftermath){.kind = TRIGGER_SPLIT_FOLIO, .before = &ptes, .after = &ptes};
	says(is, "nothing happened: a team is pages of their own", false);
	is.after = &small;
	says(is, "the team was disbanded: its pages stay where they are, as ordinary ones, all but what was",
	     true);
	is.after = NULL;
	says(is, "the next access shows what became of the team", true);
	is.after = &mixed;
	says(is, "other memory is behind it now, or behind a part of it", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_team),  cmocka_unit_test(test_collapse),
		cmocka_unit_test(test_split), cmocka_unit_test(test_split_folio),
		cmocka_unit_test(test_cow),   cmocka_unit_test(test_fork),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
