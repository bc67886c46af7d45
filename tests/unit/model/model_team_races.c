/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/team.c, team_map.c: teams between two tasks, forced and in all interleavings. */
#include <errno.h>
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
static void explore_all(struct world *world)
{
	struct explored explored = explore(world);

	if (explored.violation.found) {
		fail_msg("%s: %s (%s, %s), after %u states", world->rules.name, explored.violation.text,
			 explored.violation.task, explored.violation.where, explored.states);
	}
	assert_true(explored.ends > 0 && explored.states > 20 && explored.states < EXPLORED_MAX / 2);
	if (getenv("VERBOSE"))
		print_message("%s: %u states, %u ends\n", world->rules.name, explored.states, explored.ends);
	world_free(world);
}

/* Some schedule must go wrong, with these words. */
static void explore_breaks(struct world *world, const char *words)
{
	struct explored explored = explore(world);

	assert_true(explored.violation.found);
	if (!strstr(explored.violation.text, words))
		fail_msg("%s", explored.violation.text);
	world_free(world);
}

/* Two faults of one process: the second finds a pmd before it has a page table, or behind that. */
static void test_two_faults(void **state)
{
	static const char *const stops[] = {"pmd_none", "pte_alloc_one", "pmd_lock"};

	(void)state;
	for (unsigned generation = 0; generation < 2; generation++) {
		for (unsigned at = 0; at < 3; at++) {
			struct world *world = two(generations[generation], NULL);
			uint32_t first = fault(world, "first", 1, 0, true), other;

			files_until(world, first, "shmem_populate_hugeteam");
			files_until(world, first, stops[at]);
			/* A private copy behind the same pmd needs no lock of the team. */
			world->vmas[1].kind = KVMA_PRIVATE;
			other = fault(world, "other", 1, 1, true);
			if (world->rules.teams == TEAM_HEAD)
				files_until(world, other, "set_pte_at");
			world->vmas[1].kind = KVMA_SHARED;
			world_free(world);
		}
	}
}

static void test_all_two_faults(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = two(generations[at], NULL);

		fault(world, "one", 1, 0, true);
		fault(world, "two", 1, 1, true);
		explore_all(world);
		world = two(generations[at], NULL);
		fault(world, "one", 1, 0, true);
		fault(world, "two", 2, 1, true);
		explore_all(world);
	}
}

static void test_all_remap_disband(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], NULL);

		BEGIN(world, "remap", remap_team_by_ptes, .mm = 1, .addr = START(world));
		BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_all(world);
	}
}

static void test_all_fault_disband(void **state)
{
	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		struct world *world = mapped(generations[at], NULL);

		fault(world, "fault", 2, 1, true);
		BEGIN(world, "reclaim", reclaim_team, .head = head_of(world));
		explore_all(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_faults),
		cmocka_unit_test(test_all_two_faults),
		cmocka_unit_test(test_all_remap_disband),
		cmocka_unit_test(test_all_fault_disband),
	};

	(void)explore_breaks;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
