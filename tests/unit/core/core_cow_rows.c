/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/cow: what a write would do, for every row of facts B and every shape of memory. */
#include "core_test.h"

#include <string.h>

#include "core/cow.h"
#include "core/kernel.h"

#define PAGE UINT64_C(4096)
#define PMD (512 * PAGE)
#define AT UINT64_C(0x7f0000000000)
#define FRAME UINT64_C(0x40000)
#define FLAG(bit) (UINT64_C(1) << (bit))
#define ANON_PAGE (FLAG(KPF_ANON) | FLAG(KPF_LRU))
#define EXCLUSIVE FLAG(KPF_ANON_EXCLUSIVE)

enum pages_are { NOT_READ, SINGLES, FOLIO, PART };

struct shape {
	const char *name;
	const char *release;
	/*
	 * For each row, 4.5.0 to 6.15: R reuse, C copy, D depends, N none, U unknown; and p for a page, s for a page after a
	 * split, h for a huge page, - for nothing or not known.
	 */
	const char *want;
	struct region region;
	struct vma vma;
	enum pages_are pages;
	uint64_t flags, pagemap; /* of page 3, which is asked about; pagemap beside PRESENT and the frame */
	uint32_t count, others;	 /* of page 3, of all others; 0: kpagecount was not read */
	const char *fact;	 /* under 6.15; NULL: not looked at */
};

#define PRIVATE                                                                                              \
	{                                                                                                    \
		.start = AT, .end = AT + PMD, .perms = "rw-p"                                                \
	}
#define OF(vma_kind, vma_perms)                                                                              \
	{                                                                                                    \
		.start = AT, .end = AT + PMD, .perms = vma_perms, .kind = vma_kind                           \
	}
#define LEAF(times, is_exclusive)                                                                            \
	{                                                                                                    \
		.mapping = MAPPING_PMD, .backing = BACKING_THP, .present = 512, .anon = 512, .order = 9,     \
		.order_known = true, .anon_exclusive = is_exclusive, .mapcount = {1, times, times},          \
		.exclusive = UNKNOWN_COUNT                                                                   \
	}
#define PTES(behind, folio)                                                                                  \
	{                                                                                                    \
		.mapping = MAPPING_PTE, .backing = behind, .present = 512, .anon = 512, .order = folio,      \
		.order_known = true, .mapcount = {0, 1, 512}, .exclusive = 512                               \
	}

static const struct shape shapes[] = {
	{"a leaf that others map", "6.18", "Ch Ch Cs Cs Cs Cs Cs Cs", LEAF(2, false), PRIVATE,
	 .fact = "mapcount > 1"},
	{"an exclusive leaf", "6.18", "Dh R- R- R- Ds R- R- R-", LEAF(1, true), PRIVATE,
	 .fact = "anon-exclusive"},
	{"a leaf mapped once", "6.18", "Dh R- R- R- Ds Ds Ds Ds", LEAF(1, false), PRIVATE,
	 .fact = "references"},
	{"a leaf of a kernel without AnonExclusive", "5.15", "Dh R- R- R- Ds Ds Ds Ds", LEAF(1, true),
	 PRIVATE},
	{"a leaf that userfaultfd protects",
	 "6.18",
	 "D- D- D- D- D- D- D- D-",
	 {.mapping = MAPPING_PMD,
	  .backing = BACKING_THP,
	  .present = 512,
	  .anon = 512,
	  .order = 9,
	  .order_known = true,
	  .anon_exclusive = true,
	  .uffd_wp = true,
	  .mapcount = {1, 1, 1},
	  .exclusive = UNKNOWN_COUNT},
	 PRIVATE,
	 .fact = "userfaultfd"},
	{"a leaf that is not counted", "6.18", "Uh Uh Us Us Us Us Us Us", LEAF(UNKNOWN_COUNT, false), PRIVATE,
	 .fact = "mapcount unknown"},
	{"a leaf in the swap cache", "6.18", "Dh Dh Ds Ds Ds Ds Ds Ds", LEAF(1, false), PRIVATE, FOLIO,
	 .flags = ANON_PAGE | FLAG(KPF_SWAPCACHE), .count = 1, .others = 1},
	{"a leaf of a file",
	 "6.18",
	 "Cs Cs Cs Cs Cs Cs Cs Cs",
	 {.mapping = MAPPING_PMD, .backing = BACKING_THP, .present = 512, .file = 512, .mapcount = {1, 1, 1}},
	 OF(VMA_SHMEM, "rw-p"),
	 .fact = "file's page"},
	{"the huge zero page",
	 "6.18",
	 "Ch Ch Cs Cs Cs Cs C- Ch",
	 {.mapping = MAPPING_PMD, .backing = BACKING_ZERO, .present = 512, .zero = 512, .file = 512},
	 PRIVATE,
	 .fact = "huge zero page"},
	{"a leaf on the move",
	 "6.18",
	 "U- U- U- U- U- U- U- U-",
	 {.mapping = MAPPING_PMD, .backing = BACKING_THP, .nonswap = 512},
	 PRIVATE,
	 .fact = "on the move"},
	{"hugetlb mapped once",
	 "6.18",
	 "R- R- R- R- R- R- R- R-",
	 {.mapping = MAPPING_PMD,
	  .backing = BACKING_HUGETLB,
	  .present = 512,
	  .anon = 512,
	  .mapcount = {1, 1, 1}},
	 {.start = AT, .end = AT + PMD, .perms = "rw-p", .kind = VMA_HUGETLB, .huge_page_size = PMD},
	 .fact = "mapcount 1"},
	{"hugetlb mapped twice",
	 "6.18",
	 "Ch Ch Ch Ch Ch Ch Ch Ch",
	 {.mapping = MAPPING_PMD,
	  .backing = BACKING_HUGETLB,
	  .present = 512,
	  .anon = 512,
	  .mapcount = {2, 2, 2}},
	 {.start = AT, .end = AT + PMD, .perms = "rw-p", .kind = VMA_HUGETLB, .huge_page_size = PMD}},
	{"hugetlb of a file",
	 "6.18",
	 "Ch Ch Ch Ch Ch Ch Ch Ch",
	 {.mapping = MAPPING_PMD,
	  .backing = BACKING_HUGETLB,
	  .present = 512,
	  .file = 512,
	  .mapcount = {1, 1, 1}},
	 {.start = AT, .end = AT + PMD, .perms = "rw-p", .kind = VMA_HUGETLB, .huge_page_size = PMD}},
	{"a whole folio by ptes", "6.18", "Dp R- R- Dp Dp Dp Dp Dp", PTES(BACKING_THP, 9), PRIVATE, FOLIO,
	 ANON_PAGE, 0, 1, 1, "references"},
	{"the same, not read", "6.18", "Dp R- R- Dp Dp Dp Dp Dp", PTES(BACKING_THP, 9), PRIVATE},
	{"where bit 34 is the head's, it says nothing", "6.18", "Dp R- R- Dp Dp Dp Dp Dp",
	 PTES(BACKING_THP, 9), PRIVATE, FOLIO, ANON_PAGE | EXCLUSIVE, 0, 1, 1, "references"},
	{"where it is the page's own, it does", "6.1.0-13", "Dp R- R- Dp Dp R- R- R-", PTES(BACKING_THP, 9),
	 PRIVATE, FOLIO, ANON_PAGE | EXCLUSIVE, 0, 1, 1, "anon-exclusive"},
	{"and where it is clear", "6.1.0-13", "Dp R- R- Dp Dp Cp Cp Dp", PTES(BACKING_THP, 9), PRIVATE, FOLIO,
	 ANON_PAGE, 0, 1, 1, "references"},
	{"a subpage that others map", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_THP, 9), PRIVATE, FOLIO,
	 ANON_PAGE, 0, 2, 1, "mapcount > 1"},
	{"a subpage mapped once, of a shared folio", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_THP, 9),
	 PRIVATE, FOLIO, ANON_PAGE, 0, 1, 2, "folio mapped elsewhere"},
	{"the same, clear on 6.1", "6.1", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_THP, 9), PRIVATE, FOLIO,
	 ANON_PAGE, 0, 1, 2, "folio mapped elsewhere"},
	{"a part of a folio", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_THP_PARTIAL, 9), PRIVATE, PART,
	 ANON_PAGE, 0, 1, 1, "folio seen in part"},
	{"a part of a folio, shared", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_THP_PARTIAL, 9),
	 PRIVATE, PART, ANON_PAGE, 0, 1, 2, "folio mapped elsewhere"},
	{"a part of a folio, clear on 6.1", "6.1", "Dp Dp Dp Dp Dp Dp Cp Dp", PTES(BACKING_THP_PARTIAL, 9),
	 PRIVATE, PART, ANON_PAGE, 0, 1, 1},
	{"a whole folio in the swap cache", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_THP, 9), PRIVATE,
	 FOLIO, ANON_PAGE | FLAG(KPF_SWAPCACHE), 0, 1, 1},
	{"an exclusive page", "6.18", "R- R- R- Dp Dp R- R- R-", PTES(BACKING_SMALL, 0), PRIVATE, SINGLES,
	 ANON_PAGE | EXCLUSIVE, 0, 1, 1, "anon-exclusive"},
	{"a page mapped once", "6.18", "R- R- R- Dp Dp Dp Dp Dp", PTES(BACKING_SMALL, 0), PRIVATE, SINGLES,
	 ANON_PAGE, 0, 1, 1, "references"},
	{"pages mapped once, not read", "6.18", "R- R- R- Dp Dp Dp Dp Dp", PTES(BACKING_SMALL, 0), PRIVATE,
	 .fact = "references"},
	{"a page in an LRU batch", "6.18", "R- R- R- Dp Dp Dp Dp Dp", PTES(BACKING_SMALL, 0), PRIVATE,
	 SINGLES, FLAG(KPF_ANON), 0, 1, 1, "not on the LRU"},
	{"an exclusive page in an LRU batch", "6.18", "R- R- R- Dp Dp R- R- R-", PTES(BACKING_SMALL, 0),
	 PRIVATE, SINGLES, FLAG(KPF_ANON) | EXCLUSIVE, 0, 1, 1, "anon-exclusive"},
	{"a page in the swap cache", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_SMALL, 0), PRIVATE,
	 SINGLES, ANON_PAGE | FLAG(KPF_SWAPCACHE), 0, 1, 1},
	{"a page that others map", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_SMALL, 0), PRIVATE,
	 SINGLES, ANON_PAGE, 0, 2, 1, "mapcount > 1"},
	{"a KSM page mapped once", "6.18", "Cp Dp Dp Cp Cp Cp Cp Cp", PTES(BACKING_SMALL, 0), PRIVATE,
	 SINGLES, ANON_PAGE | FLAG(KPF_KSM), 0, 1, 1, "KSM page"},
	{"any page, where all are flagged as KSM's", "6.12.117", "Dp Dp Dp Dp Dp Dp Dp Dp",
	 PTES(BACKING_SMALL, 0), PRIVATE, SINGLES, ANON_PAGE | FLAG(KPF_KSM), 0, 1, 1, "KSM or not"},
	{"an exclusive page, where all are flagged as KSM's", "6.12.117", "Dp Dp Dp Dp Dp R- R- R-",
	 PTES(BACKING_SMALL, 0), PRIVATE, SINGLES, ANON_PAGE | FLAG(KPF_KSM) | EXCLUSIVE, 0, 1, 1,
	 "anon-exclusive"},
	{"a whole folio, where all are flagged as KSM's", "6.12.117", "Dp R- R- Dp Dp Dp Dp Dp",
	 PTES(BACKING_THP, 9), PRIVATE, FOLIO, ANON_PAGE | FLAG(KPF_KSM), 0, 1, 1, "references"},
	{"a KSM page mapped twice", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_SMALL, 0), PRIVATE,
	 SINGLES, ANON_PAGE | FLAG(KPF_KSM), 0, 2, 1, "KSM page"},
	{"a zero page", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_SMALL, 0), PRIVATE, SINGLES,
	 FLAG(KPF_ZERO), 0, 0, 0, "zero page"},
	{"a page protected by userfaultfd", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_SMALL, 0),
	 PRIVATE, SINGLES, ANON_PAGE | EXCLUSIVE, PM_UFFD_WP, 1, 1, "userfaultfd"},
	{"a page of a file", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp", PTES(BACKING_SMALL, 0), OF(VMA_FILE, "rw-p"),
	 SINGLES, FLAG(KPF_LRU), PM_FILE, 1, 1, "file's page"},
	{"without flags and counts, mapped once", "6.18", "Dp Dp Dp Dp Dp Dp Dp Dp", PTES(BACKING_UNKNOWN, 0),
	 PRIVATE, SINGLES, 0, PM_MMAP_EXCLUSIVE, 0, 0, "folio unknown"},
	{"without flags and counts, mapped more often", "6.18", "Cp Cp Cp Cp Cp Cp Cp Cp",
	 PTES(BACKING_UNKNOWN, 0), PRIVATE, SINGLES, 0, 0, 0, 0, "mapcount > 1"},
	{"shared", "6.18", "N- N- N- N- N- N- N- N-", PTES(BACKING_SMALL, 0), OF(VMA_SHMEM, "rw-s"),
	 .fact = "shared mapping"},
	{"shared and read-only", "6.18", "N- N- N- N- N- N- N- N-", PTES(BACKING_SMALL, 0),
	 OF(VMA_SHMEM, "r--s"), .fact = "shared mapping"},
	{"not writable", "6.18", "N- N- N- N- N- N- N- N-", PTES(BACKING_SMALL, 0), OF(VMA_ANON, "r--p"),
	 .fact = "not writable"},
	{"frames of a driver",
	 "6.18",
	 "U- U- U- U- U- U- U- U-",
	 {.mapping = MAPPING_UNKNOWN},
	 {.start = AT, .end = AT + PMD, .perms = "rw-p", .kind = VMA_DEVICE, .pfnmap_unknown = true},
	 .fact = "not shown"},
	{"the mapping is not known",
	 "6.18",
	 "U- U- U- U- U- U- U- U-",
	 {.mapping = MAPPING_UNKNOWN, .present = 512, .anon = 512},
	 PRIVATE,
	 .fact = "not seen"},
	{"all swapped out",
	 "6.18",
	 "Dp Dp Dp Dp Dp Dp Dp Dp",
	 {.mapping = MAPPING_PTE, .backing = BACKING_SWAP, .swapped = 512},
	 PRIVATE,
	 .fact = "swapped out"},
	{"guards",
	 "6.18",
	 "N- N- N- N- N- N- N- N-",
	 {.mapping = MAPPING_PTE, .guard = 512},
	 PRIVATE,
	 .fact = "guard"},
};

static struct page pages[512];

static size_t make_pages(const struct shape *shape)
{
	bool folio = shape->pages == FOLIO || shape->pages == PART;
	size_t i, first = shape->pages == PART ? 2 : 0, n = 0;

	for (i = first; shape->pages != NOT_READ && i < 512; i++, n++) {
		pages[n] =
			(struct page){.addr = AT + i * PAGE,
				      .pfn = FRAME + (folio ? i : 2 * i),
				      .present = true,
				      .pagemap = PM_PRESENT | (i == 3 ? shape->pagemap : PM_MMAP_EXCLUSIVE),
				      .flags = i == 3 ? shape->flags : ANON_PAGE,
				      .has_flags = shape->flags,
				      .mapcount = i == 3 ? shape->count : shape->others,
				      .has_mapcount = shape->count};
		if (folio)
			pages[n].flags |= i ? FLAG(KPF_TAIL) : FLAG(KPF_HEAD);
	}
	/* A leaf has one word for all. */
	if (n && shape->region.mapping == MAPPING_PMD)
		pages[0].flags |= shape->flags;
	return n;
}

static struct cow_rules rules_for(const char *release, enum cow_row row)
{
	struct moment moment = {.page_size = PAGE, .pmd_size = PMD, .system.release = release};

	return cow_rules_of(&moment, row);
}

static void token(const struct cow *cow, char text[3])
{
	text[0] = "UNRCDM"[cow->verdict];
	text[1] = cow->bytes == PMD ? 'h' : cow->split ? 's' : cow->bytes == PAGE ? 'p' : '-';
	text[2] = '\0';
}

static void test_rows(void **state)
{
	size_t i;
	int row;

	(void)state;
	for (i = 0; i < COUNT_OF(shapes); i++) {
		const struct shape *shape = &shapes[i];
		struct region region = shape->region;
		struct cow_place place = {&shape->vma, &region, pages, make_pages(shape)};

		region.start = AT;
		region.len = PMD;
		assert_int_equal(strlen(shape->want), 3 * COW_ROW_COUNT - 1);
		for (row = 0; row < COW_ROW_COUNT; row++) {
			struct cow_rules rules = rules_for(shape->release, (enum cow_row)row);
			struct cow cow;
			char got[3];

			cow_page(&rules, &place, AT + 3 * PAGE, &cow);
			token(&cow, got);
			if (strncmp(got, shape->want + 3 * row, 2))
				fail_msg("%s, %s: %s, not %.2s (%s)", shape->name,
					 cow_row_name((enum cow_row)row), got, shape->want + 3 * row,
					 cow.why);
			assert_true(cow.fact && *cow.fact && cow.why && cow.why[strlen(cow.why) - 1] == '.');
			if (row == COW_6_15 && shape->fact)
				assert_string_equal(cow.fact, shape->fact);
		}
	}
}

/* Nothing is there: of a file its page, else nothing to copy. */
static void test_holes(void **state)
{
	static const struct vma vmas[] = {PRIVATE,
					  OF(VMA_FILE, "rw-p"),
					  OF(VMA_SHMEM, "rw-p"),
					  OF(VMA_FILE, "r--p"),
					  OF(VMA_SHMEM, "rw-s"),
					  OF(VMA_STACK, "rw-p")};
	static const enum cow_verdict want[] = {COW_NONE, COW_COPY, COW_COPY, COW_NONE, COW_NONE, COW_NONE};
	struct cow_rules rules = rules_for("6.18", COW_ROW_COUNT);
	struct region region = {.start = AT, .len = PMD, .mapping = MAPPING_PTE, .present = 1, .anon = 1};
	struct page page = {.addr = AT, .present = true, .pagemap = PM_PRESENT};
	struct cow cow;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(vmas); i++) {
		cow_page(&rules, &(struct cow_place){.vma = &vmas[i]}, AT + PAGE, &cow);
		assert_int_equal(cow.verdict, want[i]);
		cow_page(&rules, &(struct cow_place){&vmas[i], &region, &page, 1}, AT + PAGE, &cow);
		assert_int_equal(cow.verdict, want[i]);
	}
}

/* A kernel whose rule is not known, or that is told to follow one. */
static void test_rules_of(void **state)
{
	static const struct vma vma = PRIVATE;
	struct region region = LEAF(2, false);
	struct cow_place place = {.vma = &vma, .region = &region};
	struct cow_rules rules = rules_for("", COW_ROW_COUNT);
	struct cow cow;

	(void)state;
	cow_page(&rules, &place, AT, &cow);
	assert_int_equal(cow.verdict, COW_UNKNOWN);
	assert_string_equal(cow.fact, "rule unknown");
	assert_false(rules.exclusive_shown || rules.exclusive_per_page);
	rules = rules_for("", COW_4_5_0);
	cow_page(&rules, &place, AT, &cow);
	assert_int_equal(cow.verdict, COW_COPY);
	assert_int_equal(rules_for("6.18.44", COW_ROW_COUNT).row, COW_6_15);
	assert_int_equal(rules_for("6.18.44", COW_5_8).row, COW_5_8);
	assert_true(rules_for("6.18.44", COW_5_8).exclusive_shown);
	assert_false(rules_for("6.18.44", COW_6_15).exclusive_per_page);
	assert_false(rules_for("6.2", COW_6_15).exclusive_per_page);
	assert_true(rules_for("6.1.99", COW_6_15).exclusive_per_page);
	assert_true(rules_for("5.19", COW_6_15).exclusive_per_page);
	assert_false(rules_for("5.18.3", COW_6_15).exclusive_shown);
}

static struct cow_sum sum_of(struct region region, size_t n_pages)
{
	static const struct vma vma = PRIVATE;
	struct cow_rules rules = rules_for("6.18", COW_ROW_COUNT);
	struct cow_sum sum;

	region.start = AT;
	region.len = PMD;
	cow_region(&rules, &(struct cow_place){&vma, &region, pages, n_pages}, &sum);
	return sum;
}

/* The survey counted how many pages are mapped once; the others are mapped more often. */
static void test_survey(void **state)
{
	struct region region = PTES(BACKING_THP, 9);
	struct cow_sum sum;

	(void)state;
	region.pfn = FRAME;
	region.exclusive = 1;
	region.mapcount.highest = 2;
	sum = sum_of(region, 0);
	assert_int_equal(sum.cow.verdict, COW_MIXED);
	assert_int_equal(sum.pages[COW_COPY], 511);
	assert_int_equal(sum.pages[COW_DEPENDS], 1);

	region = (struct region)PTES(BACKING_SMALL, 0);
	region.exclusive = 500;
	region.mapcount.highest = 3;
	sum = sum_of(region, 0);
	assert_int_equal(sum.cow.verdict, COW_MIXED);
	assert_int_equal(sum.pages[COW_DEPENDS], 500);
	assert_int_equal(sum.pages[COW_COPY], 12);
	assert_int_equal(sum.cow.bytes, 0);

	/* Of file and of anonymous pages it is not told which are mapped once. */
	region.anon = 12;
	region.file = 500;
	sum = sum_of(region, 0);
	assert_int_equal(sum.pages[COW_UNKNOWN], 12);
	assert_int_equal(sum.pages[COW_COPY], 500);
	region.mapcount.highest = 1;
	sum = sum_of(region, 0);
	assert_int_equal(sum.pages[COW_DEPENDS], 12);

	/* Zero pages, guards beside them, pages that nobody said the kind of. */
	region = (struct region)PTES(BACKING_SMALL, 0);
	region.zero = 512;
	region.exclusive = 0;
	region.guard = 3;
	sum = sum_of(region, 0);
	assert_int_equal(sum.cow.verdict, COW_COPY);
	assert_string_equal(sum.cow.fact, "zero page");
	assert_int_equal(sum.pages[COW_NONE], 3);
	region = (struct region){.mapping = MAPPING_PTE, .present = 5, .exclusive = UNKNOWN_COUNT};
	sum = sum_of(region, 0);
	assert_int_equal(sum.cow.verdict, COW_UNKNOWN);
	assert_int_equal(sum.pages[COW_UNKNOWN], 5);
}

static void test_sum_of_pages(void **state)
{
	struct shape shape = {.region = PTES(BACKING_SMALL, 0),
			      .pages = SINGLES,
			      .flags = ANON_PAGE,
			      .count = 2,
			      .others = 1};
	size_t n = make_pages(&shape), i;
	struct cow_sum sum;

	(void)state;
	for (i = 0; i < n; i++)
		pages[i].flags |= i == 3 ? 0 : EXCLUSIVE;
	sum = sum_of(shape.region, n);
	assert_int_equal(sum.cow.verdict, COW_MIXED);
	assert_int_equal(sum.pages[COW_REUSE], 511);
	assert_int_equal(sum.pages[COW_COPY], 1);
	pages[3].flags |= EXCLUSIVE;
	pages[3].mapcount = 1;
	sum = sum_of(shape.region, n);
	assert_int_equal(sum.cow.verdict, COW_REUSE);
	assert_string_equal(sum.cow.fact, "anon-exclusive");
	assert_int_equal(sum.pages[COW_REUSE], 512);
}

/* Where kpagecount is an average, bit 56 tells who maps the folio. */
static void test_averaged(void **state)
{
	static const struct vma vma = PRIVATE;
	struct shape shape = {
		.region = PTES(BACKING_THP, 9), .pages = FOLIO, .flags = ANON_PAGE, .count = 1, .others = 1};
	struct cow_rules rules = rules_for("6.18", COW_ROW_COUNT);
	struct region region = shape.region;
	struct cow_place place = {&vma, &region, pages, make_pages(&shape)};
	struct cow cow;

	(void)state;
	region.exclusive = UNKNOWN_COUNT;
	region.mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	cow_page(&rules, &place, AT + 3 * PAGE, &cow);
	assert_int_equal(cow.verdict, COW_UNKNOWN);
	pages[3].pagemap |= PM_MMAP_EXCLUSIVE;
	cow_page(&rules, &place, AT + 3 * PAGE, &cow);
	assert_int_equal(cow.verdict, COW_DEPENDS);
}

static void test_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < COW_ROW_COUNT; i++) {
		assert_int_equal(cow_row_named(cow_row_name((enum cow_row)i)), i);
		assert_int_equal(cow_row_of(cow_row_name((enum cow_row)i)), i);
	}
	assert_string_equal(cow_row_name(COW_ROW_COUNT), "");
	assert_int_equal(cow_row_named(""), COW_ROW_COUNT);
	assert_int_equal(cow_row_named("6.18"), COW_ROW_COUNT);
	assert_string_equal(cow_verdict_name(COW_MIXED), "mixed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	     cmocka_unit_test(test_holes),
		cmocka_unit_test(test_rules_of),     cmocka_unit_test(test_survey),
		cmocka_unit_test(test_averaged),     cmocka_unit_test(test_names),
		cmocka_unit_test(test_sum_of_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
