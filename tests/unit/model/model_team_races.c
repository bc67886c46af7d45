/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/team.c, team_map.c: teams between two tasks, forced and in all interleavings. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explore.h"
#include "files.h"

static const char *const generations[] = {"4.6-team", "6.1-team"};

/* A small world with the team mapped shared by main and by kid; nothing is there yet. */
static struct world *two(const char *generation, const char *without)
{
	struct rules rules = *rules_named(generation);
	struct world *world;

	if (without)
		assert_true(rules_without(&rules, without));
	world = files_world(&rules, true, true, 1);
	assert_int_equal(mm_new(world, "kid", 1), 2);
	for (uint32_t mm = 1; mm <= 2; mm++) {
		assert_int_equal(files_map(world, mm, START(world), KVMA_SHARED, 0, huge_nr(world)), mm);
		assert_true(pmd_table(world, mm, START(world), true));
	}
	return world;
}

/* The same, mapped by PMD in main. */
static struct world *mapped(const char *generation, const char *without)
{
	struct world *world = two(generation, without);

	assert_int_equal(files_fault(world, 1, 0, true), 0);
	assert_true(entry_huge(*pmd_of(world, 1, START(world))));
	world->fine = true;
	return world;
}

static uint32_t head_of(struct world *world)
{
	return team_find(world, 1, 0);
}

static uint32_t fault(struct world *world, const char *name, uint32_t vma, uint64_t page, bool write)
{
	return BEGIN(world, name, do_fault, .mm = world->vmas[vma].mm, .vma = vma,
		     .addr = START(world) + page * PAGE_BYTES, .write = write);
}

/* Every schedule must end well: the tasks that were begun are all there is. */
static void explore_well(struct world *world)
{
	struct explored explored = explore(world);

	if (explored.violation.found) {
		fail_msg("%s: %s (%s, %s), after %" PRIu64 " states", world->rules.name,
			 explored.violation.text, explored.violation.task, explored.violation.where,
			 explored.states);
	}
	assert_true(explored.ends > 0 && explored.states > 20 && explored.states < EXPLORED_MAX / 2);
	if (getenv("VERBOSE"))
		print_message("%s: %" PRIu64 " states, %" PRIu64 " ends\n", world->rules.name,
			      explored.states, explored.ends);
	world_free(world);
}

/* Some schedule must go wrong, with these words. */
static void explore_breaks(struct world *world, const char *words)
{
	struct explored explored = explore(world);

	assert_true(explored.violation.found);
	if (getenv("VERBOSE"))
		print_message("%s: %s (%s, %s)\n", world->rules.name, explored.violation.text,
			      explored.violation.task, explored.violation.where);
	if (!strstr(explored.violation.text, words))
		fail_msg("%s", explored.violation.text);
	world_free(world);
}

/* In main and in kid, the file is private: a write copies a page, and needs no lock of the team to fill the pmd. */
static struct world *two_private(const char *generation, const char *without)
{
	struct world *world = two(generation, without);

	world->vmas[1].kind = world->vmas[2].kind = KVMA_PRIVATE;
	return world;
}

/*
 * Something fills the pmd: in 4.6 a private copy of another page. In 6.1 that would wait for its page lock, as all do that this
 * kernel has for teams; so it is a bare pte_alloc(), as from a caller that has no page.
 */
static uint32_t fill(struct world *world)
{
	if (world->rules.teams == TEAM_HEAD)
		return fault(world, "copy", 1, 1, true);
	return BEGIN(world, "filler", pte_alloc, .mm = 1, .addr = START(world));
}

/* The two races of map_team_by_pmd(): the pmd is in use before it has a page table for it, or after that. */
static void test_map_raced(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct world *world = two_private(generations[at / 2], NULL);
		uint32_t team = fault(world, "team", 1, 0, false);
		uint32_t other;

		files_until(world, team, "map_team_by_pmd", at % 2 ? "pmd_lock" : "pmd_none");
		other = fill(world);
		files_finish(world, other);
		if (at % 2)
			files_until(world, team, "map_team_by_pmd", "pte_free");
		files_finish(world, team);
		files_sound(world);
		assert_true(entry_table(*pmd_of(world, 1, START(world))));
		assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 0);
		world_free(world);
	}
}

static void test_all_two_faults(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two(generations[at], NULL);

		fault(world, "one", 1, 0, true);
		fault(world, "two", 1, 1, true);
		explore_well(world);
		world = two(generations[at], NULL);
		fault(world, "one", 1, 0, true);
		fault(world, "two", 2, 1, true);
		explore_well(world);
	}
}

static void test_all_remap_disband(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], NULL);

		BEGIN(world, "remap", remap_team_by_ptes, .mm = 1, .addr = START(world));
		BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_well(world);
	}
}

static void test_all_fault_disband(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], NULL);

		fault(world, "fault", 2, 1, true);
		BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_well(world);
	}
}

/* A fault of a process whose memory is being zapped, mapped before or not: what it has found may be gone. */
static void test_all_fault_zap(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct world *world = (at & 1 ? mapped : two)(generations[at / 2], NULL);

		world->fine = true;
		fault(world, "fault", 1, 1, true);
		fault(world, "again", 1, 2, true);
		BEGIN(world, "zap", zap_range, .mm = 1, .start = START(world),
		      .end = START(world) + huge_bytes(world));
		explore_well(world);
	}
}

static uint32_t punch(struct world *world, uint64_t first, uint64_t end)
{
	return BEGIN(world, "punch", file_truncate, .file = 1, .first = first, .end = end, .punch = true);
}

static void test_all_truncate(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], NULL);

		punch(world, 0, 2);
		fault(world, "fault", 2, 1, true);
		explore_well(world);
		world = mapped(generations[at], NULL);
		punch(world, 1, 2);
		BEGIN(world, "remap", remap_team_by_ptes, .mm = 1, .addr = START(world));
		explore_well(world);
		world = mapped(generations[at], NULL);
		punch(world, 1, 3);
		punch(world, 2, 4);
		explore_well(world);
		world = mapped(generations[at], NULL);
		punch(world, 0, 1);
		BEGIN(world, "zap", zap_range, .mm = 1, .start = START(world),
		      .end = START(world) + huge_bytes(world));
		explore_well(world);
	}
}

static void test_all_fork(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two_private(generations[at], NULL);

		assert_int_equal(files_fault(world, 1, 0, false), 0);
		assert_true(vma_anon_vma(world, 1));
		BEGIN(world, "fork", dup_mm, .mm = 1, .name = "child");
		BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_well(world);
		world = two_private(generations[at], NULL);
		assert_int_equal(files_fault(world, 1, 0, false), 0);
		assert_true(vma_anon_vma(world, 1));
		BEGIN(world, "fork", dup_mm, .mm = 1, .name = "child");
		punch(world, 0, 1);
		explore_well(world);
	}
}

/* The child's VMA has a lower number than its parent's: rmap walks have to come to it later all the same. */
static void test_all_fork_order(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two_private(generations[at], NULL);

		world->vmas[1] = (struct kvma){0};
		assert_int_equal(files_fault(world, 2, 1, true), 0);
		assert_int_equal(files_fault(world, 2, 0, false), 0);
		BEGIN(world, "read", access_page, .mm = 2, .addr = START(world));
		BEGIN(world, "fork", dup_mm, .mm = 2, .name = "child");
		punch(world, 0, 1);
		explore_well(world);
	}
}

/* MADV_COLLAPSE against a fault of the same process, of another one, a hole-punch, and reclaim. */
static void test_all_collapse(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 4; at++) {
		struct world *world = mapped("6.1-team", NULL);

		RUN(world, remap_team_by_ptes, .mm = 1, .addr = START(world));
		BEGIN(world, "collapse", madvise_collapse, .mm = 1, .start = START(world),
		      .end = START(world) + huge_bytes(world));
		if (at < 2)
			BEGIN(world, "access", access_page, .mm = at + 1, .addr = START(world),
			      .write = true);
		else if (at == 2)
			punch(world, 0, 1);
		else
			BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_well(world);
	}
}

/* Another process punches a hole into a team, whose PMD map becomes one of ptes, while a process ends that maps it. */
static struct world *punched_at_exit(const char *generation)
{
	struct world *world = mapped(generation, NULL);
	struct unmap_mapping_range locals = {.file = 1, .first = 1, .last = 1};

	task_begin(world, "punch", 2, &unmap_mapping_range, &locals, sizeof(locals));
	BEGIN(world, "exit", exit_mm, .mm = 1);
	return world;
}

static void test_exit(void **state)
{
	(void)state;
	/* In 2016 the zap of the exit reads the pmd while the remap has it empty (rules_bug()); ours never has. */
	assert_string_equal(rules_bug(rules_named("4.6-team"), 0)->one, "remap_team_by_ptes");
	explore_breaks(punched_at_exit("4.6-team"), "");
	assert_null(rules_bug(rules_named("6.1-team"), 0));
	explore_well(punched_at_exit("6.1-team"));
}

/* Each check of seed 002 that can be taken away, and what goes wrong without it. */
static void test_without_rmap_last(void **state)
{
	(void)state;
	/* In 6.1 each page has a count and a reference of its own all the time. */
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], "team-rmap-last");

		punch(world, 1, 2);
		BEGIN(world, "remap", remap_team_by_ptes, .mm = 1, .addr = START(world));
		(at ? explore_well(world) : explore_breaks(world, ""));
	}
}

static void test_without_map_recheck(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two_private(generations[at], "team-map-rechecks-none");

		fault(world, "team", 1, 0, false);
		fill(world);
		explore_breaks(world, "nr_ptes is 2, and there are 1 tables");
	}
}

static void test_without_unmap_recheck(void **state)
{
	struct world *world = mapped("4.6-team", "team-unmap-rechecks");

	(void)state;
	BEGIN(world, "zap", zap_range, .mm = 1, .start = START(world),
	      .end = START(world) + huge_bytes(world));
	BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
	explore_breaks(world, "");
}

/* The first look at the pmd spares a page table, and nothing else. */
static void test_without_map_check(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two_private(generations[at], "team-map-checks-none");

		fault(world, "team", 1, 0, false);
		fill(world);
		explore_well(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_raced),
		cmocka_unit_test(test_all_two_faults),
		cmocka_unit_test(test_all_remap_disband),
		cmocka_unit_test(test_all_fault_disband),
		cmocka_unit_test(test_all_fault_zap),
		cmocka_unit_test(test_all_truncate),
		cmocka_unit_test(test_all_fork),
		cmocka_unit_test(test_all_fork_order),
		cmocka_unit_test(test_all_collapse),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_without_rmap_last),
		cmocka_unit_test(test_without_map_recheck),
		cmocka_unit_test(test_without_unmap_recheck),
		cmocka_unit_test(test_without_map_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
