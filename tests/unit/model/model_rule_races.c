/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: locks and second looks that can be taken away, each in a small world in which two tasks need it. With it every schedule
 * ends well; without it one breaks, or none where it is covered (backend/model/rules.c).
 */
#include "acts.h"
#include "explore.h"

#define LINES_MAX 13

struct scene {
	const char *rule;
	const char *rows[7];
	const char *before[LINES_MAX]; /* done, one after another */
	const char *tasks[2];
	const char *words; /* what goes wrong without the rule; NULL: nothing, it is covered */
};

/* A file that khugepaged, on its visit to main, is to make huge; a child maps a page of it by a pte. */
#define SHARED                                                                                               \
	"map shmem 16k as S", "touch S", "fork as kid", "read kid S+0", "set shmem_enabled always",          \
		"advise S hugepage"

/* It is huge, and the child's page table, with a pte of it, is queued. */
#define QUEUED                                                                                               \
	SHARED, "advise kid S hugepage", "hold mmap_lock of kid for read as reader", "khugepaged main",      \
		"release reader", "read kid S+0"

/* The same where the list is gone: the child maps all of it by ptes. */
#define BY_PTES                                                                                              \
	"map shmem 16k as S", "touch S", "fork as kid", "read kid S+0", "set shmem_enabled always",          \
		"collapse S", "split kid S"

static const struct scene scenes[] = {
	{"retract-keeps-page-lock",
	 {"5.4", "6.1-team", "6.6", "6.18"},
	 {SHARED},
	 {"khugepaged main", "read kid S+4k"},
	 "loses what entry"},
	{"retract-locks-i-mmap",
	 {"5.4", "6.1-team", "6.6", "6.18"},
	 {SHARED},
	 {"khugepaged main", "unmap kid S"},
	 "a VMA was looked at after it was freed"},
	{"retract-locks-mmap-write",
	 {"5.4", "6.1-team"},
	 {SHARED, "map kid private-file 16k as P of S", "unmap kid S", "read kid P+0"},
	 {"khugepaged main", "write kid P+0"},
	 "freed"},
	{"retract-checks-exit", {"6.1-team", "6.6", "6.18"}, {SHARED}, {"khugepaged main", "exit kid"}, NULL},
	{"retract-takes-pmd-lock", {"6.6", "6.18"}, {SHARED}, {"khugepaged main", "collapse kid S"}, NULL},
	{"collapse-locks-mmap-write", {"5.4"}, {QUEUED}, {"khugepaged kid", "read kid S+4k"}, "freed"},
	{"collapse-checks-exit", {"5.4"}, {QUEUED}, {"khugepaged kid", "exit kid"}, "freed"},
	{"collapse-checks-exit", {"6.1-team"}, {QUEUED}, {"khugepaged kid", "exit kid"}, NULL},
	{"collapse-locks-page",
	 {"6.1-team", "6.6", "6.18"},
	 {BY_PTES},
	 {"collapse kid S", "punch S"},
	 "leaves the page cache while it is mapped"},
	{"collapse-revalidates-vma",
	 {"4.5.0", "4.5.5", "4.6-team", "5.4", "6.1-team", "6.6", "6.18"},
	 {"set enabled never", "map anon 16k as A", "touch A", "set enabled always", "advise A hugepage"},
	 {"khugepaged main", "unmap A+8k 8k"},
	 "across the end of a VMA"},
	{"team-fault-rechecks",
	 {"4.6-team", "6.1-team"},
	 {"map team 16k as T", "touch T", "fork as kid", "discard kid T"},
	 {"read kid T+4k", "punch T+0"},
	 "no page of that huge page"},
};

static struct world *staged(const struct scene *scene, const char *row)
{
	struct world *world = world_of(rules_named(row), true);

	for (unsigned at = 0; at < LINES_MAX && scene->before[at]; at++) {
		if (act(world, scene->before[at]) < 0)
			fail_msg("%s: '%s'", row, scene->before[at]);
	}
	for (unsigned at = 0; at < 2; at++)
		assert_true(begin_line(world, scene->tasks[at], scene->tasks[at]) > 0);
	world->fine = true;
	return world;
}

static void play(const struct scene *scene, const char *row)
{
	struct world *world = staged(scene, row);
	struct explored explored = explore(world);

	if (explored.violation.found)
		fail_msg("%s, '%s' and '%s': %s (%s, %s)", row, scene->tasks[0], scene->tasks[1],
			 explored.violation.text, explored.violation.task, explored.violation.where);
	assert_true(explored.ends && explored.states < EXPLORED_MAX / 2);
	assert_true(rules_without(&world->rules, scene->rule));
	explored = explore(world);
	if (!scene->words && explored.violation.found)
		fail_msg("%s without %s: %s", row, scene->rule, explored.violation.text);
	if (scene->words && !strstr(explored.violation.text, scene->words))
		fail_msg("%s without %s: '%s', and not '%s'", row, scene->rule, explored.violation.text,
			 scene->words);
	world_free(world);
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(scenes) / sizeof(scenes[0]); at++) {
		for (unsigned row = 0; row < 7 && scenes[at].rows[row]; row++)
			play(&scenes[at], scenes[at].rows[row]);
	}
}

/*
 * page-trans-huge-mapcount: a huge page of which a device has a page pinned, write-protected and back. Without it the writer gets a
 * copy, and what the device writes later is lost to it.
 */
static void test_pinned(void **state)
{
	static const char *const rows[] = {"4.5.5", "4.6-team", "5.4"};

	(void)state;
	for (unsigned at = 0; at < 6; at++) {
		struct world *world = world_of(rules_named(rows[at / 2]), true);
		uint64_t leaf;

		if (at % 2)
			assert_true(rules_without(&world->rules, "page-trans-huge-mapcount"));
		assert_int_equal(act(world, "map anon 16k as A hugepage"), 0);
		assert_int_equal(act(world, "touch A"), 0);
		assert_int_equal(act(world, "pin A+4k as card"), 0);
		assert_int_equal(act(world, "protect A r"), 0);
		assert_int_equal(act(world, "protect A rw"), 0);
		assert_int_equal(act(world, "write A+0"), 0);
		assert_int_equal(act(world, "device card writes 9"), 0);
		leaf = leaf_of(world, MAIN, area_at(world, "main", "A") + PAGE_BYTES);
		assert_int_equal(world->pages[entry_pfn(leaf)].data, at % 2 ? 1 : 9);
		world_free(world);
	}
}

/* A race that 5.4 had, and the page lock of 5.9 mended: rules_bug(). */
static void test_split(void **state)
{
	static const struct scene queued = {
		NULL, {NULL}, {QUEUED, "read S+0"}, {"khugepaged kid", "split-folio S"}, NULL};
	static const char *const rows[] = {"5.4", "6.1-team"};

	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = staged(&queued, rows[at]);
		struct explored explored = explore(world);

		assert_int_equal(explored.violation.found, at == 0);
		if (explored.violation.found)
			assert_non_null(strstr(explored.violation.text, "fell below zero"));
		world_free(world);
	}
	assert_string_equal(rules_bug(rules_named("5.4"), 4)->one, "split_huge_page_to_list");
}

/* A userfaultfd that goes lets two VMAs become one: not while somebody goes through the file's mappings. */
static void test_merge(void **state)
{
	static const struct scene split = {NULL,
					   {NULL},
					   {"map shmem 32k as S", "touch S[1]", "fork as kid",
					    "read kid S[1]+0", "set shmem_enabled always",
					    "advise S hugepage", "uffd kid S[1] missing"},
					   {"khugepaged main", "uffd kid S off"},
					   NULL};
	static const char *const rows[] = {"5.4", "6.1-team", "6.6", "6.18"};

	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct world *world = staged(&split, rows[at]);
		struct explored explored = explore(world);

		if (explored.violation.found)
			fail_msg("%s: %s (%s)", rows[at], explored.violation.text, explored.violation.where);
		assert_true(explored.ends);
		world_free(world);
	}
}

/* While khugepaged is in an mm that ends, no new process gets its place. */
static void test_grabbed(void **state)
{
	struct world *world = world_of(rules_named("5.4"), true);
	static const char *const before[] = {QUEUED};
	uint32_t kid, visit;

	(void)state;
	for (size_t at = 0; at < sizeof(before) / sizeof(before[0]); at++)
		assert_true(act(world, before[at]) >= 0);
	kid = mm_named(world, "kid");
	visit = (uint32_t)begin_line(world, "visit", "khugepaged kid");
	task_step(world, visit);
	task_step(world, visit);
	assert_false(world->tasks[visit].done);
	assert_int_equal(act(world, "exit kid"), 0);
	assert_true(act(world, "fork as other") > 0);
	assert_int_not_equal(mm_named(world, "other"), kid);
	assert_true(task_finish(world, visit));
	assert_true(world_check(world));
	assert_true(act(world, "fork as third") > 0);
	assert_int_equal(mm_named(world, "third"), kid);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes), cmocka_unit_test(test_pinned),  cmocka_unit_test(test_split),
		cmocka_unit_test(test_merge),  cmocka_unit_test(test_grabbed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
