/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The write fault of each generation, as far as what is seen decides it. */
#include "core/cow_parts.h"

/*
 * Where the rules come from (facts B; mm/memory.c do_wp_page, mm/huge_memory.c do_huge_pmd_wp_page):
 *   4.5.0  a PMD is reused if page_mapcount() and page_count() are 1; reuse_swap_page() refuses subpages of a THP
 *   4.5.5  reuse_swap_page() goes by page_trans_huge_mapcount(), and swap entries
 *   5.8    a PMD that is not reused is split, no huge page is copied any more
 *   5.9    by PTE: page_count() 1. It counts every mapping of the folio
 *   5.18   by PMD too: page_count() 1, the swap cache's references given back first
 *   5.19   PageAnonExclusive() first
 *   6.10   wp_can_reuse_anon_folio(): a subpage of a larger folio only if exclusive
 *   6.15   or if one mm maps the folio and every reference is a mapping's
 */
struct reason {
	const char *fact, *why;
};

enum amount { NOTHING, ONE_PAGE, ONE_PAGE_SPLIT, HUGE_PAGE, NOT_TOLD };

static void say(const struct cow_rules *rules, struct cow *cow, enum cow_verdict verdict, enum amount amount,
		struct reason reason)
{
	*cow = (struct cow){.verdict = verdict, .fact = reason.fact, .why = reason.why};
	if (amount == ONE_PAGE || amount == ONE_PAGE_SPLIT)
		cow->bytes = rules->page_size;
	else if (amount == HUGE_PAGE)
		cow->bytes = rules->pmd_size;
	cow->split = amount == ONE_PAGE_SPLIT;
}

#define REASON(fact, why) ((struct reason){fact, why})

static const struct reason exclusive = {
	"anon-exclusive",
	"It is anon-exclusive: no other process has it, and it stays whatever else refers to it.",
};
static const struct reason no_count = {
	"mapcount unknown",
	"How often it is mapped is not known, and that decides.",
};
static const struct reason swapcache = {
	"swap cache",
	"It is in the swap cache: other processes may hold swap entries of it, which count here and are not "
	"seen.",
};
static const struct reason references = {
	"references",
	"It is mapped once and not exclusive: it is reused unless something else holds a reference, which "
	"cannot be seen.",
};
static const struct reason maybe_exclusive = {
	"references",
	"It is mapped once: reused if it is anon-exclusive, which was not read, or if nothing else holds a "
	"reference.",
};

/* Mapped once, and references decide, before exclusiveness was invented or where it is not known. */
static struct reason by_references(const struct cow_rules *rules, const struct cow_shape *shape)
{
	if (rules->row >= COW_5_19)
		return shape->exclusive == COW_NO ? references : maybe_exclusive;
	return REASON(
		"references",
		"It is mapped once: reused unless something else holds a reference, which cannot be seen.");
}

/* How a PMD mapping is copied where it is not reused. */
static enum amount pmd_amount(const struct cow_rules *rules)
{
	return rules->row <= COW_4_5_5 ? HUGE_PAGE : ONE_PAGE_SPLIT;
}

static void judge_pmd(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	enum amount amount = pmd_amount(rules);

	if (rules->row >= COW_5_19 && shape->exclusive == COW_YES)
		say(rules, cow, COW_REUSE, NOTHING, exclusive);
	else if (shape->count == UNKNOWN_COUNT)
		say(rules, cow, COW_UNKNOWN, amount, no_count);
	else if (shape->count > 1 && amount == HUGE_PAGE)
		say(rules, cow, COW_COPY, amount,
		    REASON("mapcount > 1",
			   "Others map it too: all of it is copied to a new huge page, or page by "
			   "page where there is none."));
	else if (shape->count > 1)
		say(rules, cow, COW_COPY, amount,
		    REASON("mapcount > 1",
			   "Others map it too: the PMD mapping is split, and the one page is copied."));
	else if (rules->row == COW_4_5_0)
		say(rules, cow, COW_DEPENDS, amount,
		    REASON("references",
			   "It is mapped once: copied if anything else holds a reference, a pin too "
			   "(the bug of seed 003), unless its entry is still writable."));
	else if (rules->row >= COW_5_18)
		say(rules, cow, COW_DEPENDS, amount, by_references(rules, shape));
	else if (shape->swapcache == COW_YES)
		say(rules, cow, COW_DEPENDS, amount, swapcache);
	else
		say(rules, cow, COW_REUSE, NOTHING,
		    REASON("mapcount 1",
			   "No subpage is mapped more than once: it is reused, whatever else refers to it."));
}

/* A page of its own, mapped once. */
static void judge_single(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (rules->row >= COW_5_19 && shape->exclusive == COW_YES)
		say(rules, cow, COW_REUSE, NOTHING, exclusive);
	else if (shape->maybe_ksm)
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("KSM or not",
			   "It is mapped once and not exclusive: copied if KSM merged it, which this kernel "
			   "does not show (every anonymous page has the flag), or if something else holds a "
			   "reference."));
	else if (rules->row <= COW_5_8 && shape->swapcache == COW_YES)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, swapcache);
	else if (rules->row <= COW_5_8)
		say(rules, cow, COW_REUSE, NOTHING,
		    REASON("mapcount 1", "It is mapped once: it is reused, whatever else refers to it."));
	else if (shape->lru == COW_NO)
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("not on the LRU", "It is mapped once, but waits in some CPU's batch for the LRU, "
					     "which holds a reference: "
					     "written on another CPU, it is copied."));
	else
		say(rules, cow, COW_DEPENDS, ONE_PAGE, by_references(rules, shape));
}

static const struct reason part = {
	"folio mapped elsewhere",
	"It is mapped once, but another process shares its folio, which counts for each subpage: it is "
	"copied.",
};
static const struct reason part_or_kept = {
	"folio mapped elsewhere",
	"It is mapped once, but another process shares its folio, which counts for each subpage: it is "
	"copied, unless MADV_DONTFORK or MADV_WIPEONFORK kept it from that fork, which is not seen.",
};
static const struct reason rest = {
	"folio seen in part",
	"It is mapped once, but not all of its folio is mapped here: whether others map the rest, which "
	"decides, is "
	"not seen.",
};

/* A subpage of a larger folio, mapped once by a PTE, before there was AnonExclusive. */
static void judge_subpage_old(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (rules->row == COW_4_5_0 || rules->row >= COW_5_9)
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("entry", "A write fault would copy it, as a subpage of a larger folio; whether "
				    "its entry is "
				    "still writable, so that there is none, is not seen."));
	else if (shape->folio == COW_FOLIO_NOT_KNOWN)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, rest);
	else if (shape->swapcache == COW_YES)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, swapcache);
	else
		say(rules, cow, COW_REUSE, NOTHING,
		    REASON("highest mapcount 1", "No subpage of its folio is mapped more than once: it is "
						 "reused, whatever else refers to it."));
}

static void judge_subpage(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	bool sole = shape->folio == COW_FOLIO_ONCE;

	if (rules->row >= COW_5_19 && shape->exclusive == COW_YES)
		say(rules, cow, COW_REUSE, NOTHING, exclusive);
	else if (shape->folio == COW_FOLIO_SHARED && shape->exclusive == COW_NO)
		say(rules, cow, COW_COPY, ONE_PAGE, part);
	else if (shape->folio == COW_FOLIO_SHARED)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, part_or_kept);
	else if (rules->row < COW_5_19)
		judge_subpage_old(rules, shape, cow);
	else if (rules->row == COW_6_15 && sole)
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("references",
			   "This process alone maps its folio: reused if it is anon-exclusive, which is "
			   "not shown of subpages, or if nothing else holds a reference."));
	else if (rules->row == COW_6_15)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, rest);
	else if (shape->exclusive == COW_NO && (sole || rules->row == COW_6_10))
		say(rules, cow, COW_COPY, ONE_PAGE,
		    REASON("not anon-exclusive",
			   "It is a subpage of a larger folio and not anon-exclusive: this rule copies it."));
	else if (shape->exclusive == COW_NO)
		say(rules, cow, COW_DEPENDS, ONE_PAGE, rest);
	else
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("exclusive or not",
			   "A subpage is reused if it is anon-exclusive, and else copied; of subpages "
			   "that is not shown."));
}

static void judge_anon(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (shape->pmd)
		judge_pmd(rules, shape, cow);
	else if (shape->count > 1)
		say(rules, cow, COW_COPY, ONE_PAGE,
		    REASON("mapcount > 1", "Others map it too: the page is copied."));
	else if (rules->row >= COW_5_19 && shape->exclusive == COW_YES)
		say(rules, cow, COW_REUSE, NOTHING, exclusive);
	else if (shape->count == UNKNOWN_COUNT)
		say(rules, cow, COW_UNKNOWN, ONE_PAGE, no_count);
	else if (shape->size == COW_SINGLE)
		judge_single(rules, shape, cow);
	else if (shape->size == COW_LARGE)
		judge_subpage(rules, shape, cow);
	else
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("folio unknown",
			   "It is mapped once; whether it is a page of its own or part of a larger "
			   "folio is not known, nor what else holds a reference."));
}

static void judge_zero(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	/* 6.13 took up a huge page for the huge zero page again (do_huge_zero_wp_pmd); the row 6.10 has both. */
	if (!shape->pmd)
		say(rules, cow, COW_COPY, ONE_PAGE,
		    REASON("zero page", "It is the zero page: the first write brings a page of its own."));
	else if (rules->row == COW_6_10)
		say(rules, cow, COW_COPY, NOT_TOLD,
		    REASON("huge zero page",
			   "It is the huge zero page: the first write brings one page after a split, "
			   "or from 6.13 on a huge page."));
	else if (rules->row <= COW_4_5_5 || rules->row == COW_6_15)
		say(rules, cow, COW_COPY, HUGE_PAGE,
		    REASON("huge zero page", "It is the huge zero page: the first write brings a huge page, "
					     "or one page if there is none."));
	else
		say(rules, cow, COW_COPY, ONE_PAGE_SPLIT,
		    REASON("huge zero page",
			   "It is the huge zero page: the first write splits the mapping and brings "
			   "one page."));
}

/* A KSM page may be mapped once only; 5.1 to 5.8 reused such a one (reuse_ksm_page in mm/ksm.c). */
static void judge_ksm(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (shape->count == 1 && (rules->row == COW_4_5_5 || rules->row == COW_5_8))
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("KSM page", "KSM merged it, but it is mapped once: from 5.1 to 5.8 it is reused, "
				       "unless something "
				       "else holds a reference."));
	else
		say(rules, cow, COW_COPY, ONE_PAGE,
		    REASON("KSM page", "KSM merged it with equal pages: a write always copies."));
}

/* hugetlb_wp() in mm/hugetlb.c goes by the mapcount in every row; references do not count there. */
static void judge_hugetlb(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (shape->kind == COW_HUGETLB_FILE)
		say(rules, cow, COW_COPY, NOTHING,
		    REASON("file's page",
			   "The hugetlb page is the file's: the first write copies all of it."));
	else if (shape->count == UNKNOWN_COUNT)
		say(rules, cow, COW_UNKNOWN, NOTHING, no_count);
	else if (shape->count > 1)
		say(rules, cow, COW_COPY, NOTHING,
		    REASON("mapcount > 1", "Others map the hugetlb page too: all of it is copied."));
	else
		say(rules, cow, COW_REUSE, NOTHING,
		    REASON("mapcount 1",
			   "The hugetlb page is mapped once: it is reused, whatever else refers to it."));
	if (cow->verdict == COW_COPY)
		cow->bytes = shape->huge_size;
}

bool cow_judge_vma(const struct vma *vma, struct cow *cow)
{
	static const struct cow_rules none = {0};

	if (!cow_private(vma))
		say(&none, cow, COW_NONE, NOTHING,
		    REASON("shared mapping",
			   "The mapping is shared: whoever maps it sees the write, and nothing is copied."));
	else if (vma->pfnmap_unknown)
		say(&none, cow, COW_UNKNOWN, NOTHING,
		    REASON("not shown", "What is mapped here, the kernel does not show."));
	else if (!cow_writable(vma))
		say(&none, cow, COW_NONE, NOTHING,
		    REASON("not writable",
			   "The mapping is not writable: a write is refused, and nothing is copied."));
	else
		return false;
	return true;
}

void cow_judge(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow)
{
	if (rules->row >= COW_ROW_COUNT) {
		say(rules, cow, COW_UNKNOWN, NOTHING,
		    REASON("rule unknown", "Which rule this kernel follows is not known."));
		return;
	}
	switch (shape->kind) {
	case COW_HIDDEN:
		say(rules, cow, COW_UNKNOWN, NOTHING,
		    REASON("not seen", "How it is mapped, or what is behind it, is not known."));
		break;
	case COW_HOLE:
		say(rules, cow, COW_NONE, NOTHING,
		    REASON("nothing here",
			   "No page is here: a write brings a new one, and there is nothing to copy."));
		break;
	case COW_FILE:
		say(rules, cow, COW_COPY, shape->pmd ? ONE_PAGE_SPLIT : ONE_PAGE,
		    REASON("file's page",
			   "The page is the file's and the mapping private: the first write copies it."));
		break;
	case COW_ZERO:
		judge_zero(rules, shape, cow);
		break;
	case COW_KSM:
		judge_ksm(rules, shape, cow);
		break;
	case COW_ANON:
		judge_anon(rules, shape, cow);
		break;
	case COW_HUGETLB:
	case COW_HUGETLB_FILE:
		judge_hugetlb(rules, shape, cow);
		break;
	case COW_SWAPPED:
		say(rules, cow, COW_DEPENDS, ONE_PAGE,
		    REASON("swapped out",
			   "It is swapped out: a write brings it back, and copies it if others hold its "
			   "swap entry too, which is not seen."));
		break;
	case COW_GUARD:
		say(rules, cow, COW_NONE, NOTHING,
		    REASON("guard", "A guard marker is here: a write is refused, and nothing is copied."));
		break;
	case COW_MOVING:
		say(rules, cow, COW_UNKNOWN, NOTHING,
		    REASON("on the move",
			   "It is on the move (migrating), or lost: nothing is known of it just now."));
		break;
	case COW_UFFD:
		say(rules, cow, COW_DEPENDS, shape->pmd ? NOT_TOLD : ONE_PAGE,
		    REASON("userfaultfd",
			   "userfaultfd protects it from writes: its handler decides what becomes of one."));
		break;
	}
}
