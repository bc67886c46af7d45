/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/model/explore.c: against every schedule walked by hand, and its bounds. */
#include <math.h>
#include <stdlib.h>

#include "model/explore_parts.h"
#include "worlds.h"

/* A task of so many steps that share nothing with another's. */
struct plod {
	unsigned left;
};

static enum progress plod_run(struct world *world, struct ktask *task)
{
	struct plod *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		while (at->left--)
			STEP("plod");
	}
	RETURN(0);
}
static const struct function plod = {"plod", plod_run};

/* One that never ends. */
struct spin {
	unsigned unused;
};

static enum progress spin_run(struct world *world, struct ktask *task)
{
	switch (task_at(task)) {
	case 0:
		for (;;)
			STEP("spin");
	}
	RETURN(0);
}
static const struct function spin = {"spin", spin_run};

/* Reads a figure of the world in one step and writes it back, one more, in another: an update is lost. */
struct adds {
	uint64_t seen;
};

static enum progress adds_run(struct world *world, struct ktask *task)
{
	struct adds *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		STEP("read");
		at->seen = world->stat[STAT_FULL_SCANS];
		STEP("write");
		world->stat[STAT_FULL_SCANS] = at->seen + 1;
	}
	RETURN(0);
}
static const struct function adds = {"adds", adds_run};

static struct world *small(void)
{
	struct world *world = world_of(rules_named("6.18"), true);

	world->fine = true;
	return world;
}

/* What is found by walking each schedule from its beginning to its end. */
struct walked {
	double schedules;
	size_t shortest, longest;
	size_t breaks; /* steps of the shortest schedule that breaks something; 0: none does */
};

static void walk(struct walked *walked, const struct world *world, size_t steps)
{
	struct world *next = world_clone(world);
	bool ended = true;

	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		if (!task_runnable(world, at))
			continue;
		ended = false;
		world_copy(next, world);
		task_step(next, at);
		if (!next->violation.found && world_check(next))
			walk(walked, next, steps + 1);
		else if (!walked->breaks || steps + 1 < walked->breaks)
			walked->breaks = steps + 1;
	}
	if (ended && tasks_deadlocked(world)) {
		walked->breaks = !walked->breaks || steps + 1 < walked->breaks ? steps + 1 : walked->breaks;
	} else if (ended) {
		walked->shortest =
			walked->schedules == 0 || steps < walked->shortest ? steps : walked->shortest;
		walked->longest = steps > walked->longest ? steps : walked->longest;
		walked->schedules++;
	}
	world_free(next);
}

static struct explored explore(const struct world *world, const struct explore_options *options)
{
	struct explored explored;

	explore_all(world, options, &explored);
	return explored;
}

/* The explorer says what walking says. The world is freed. */
static void same(struct world *world)
{
	struct explored explored = explore(world, &(struct explore_options){0});
	struct walked walked = {0};

	walk(&walked, world, 0);
	assert_int_equal(explored.violation.found, walked.breaks > 0);
	assert_int_equal(explored.n_path, walked.breaks);
	if (!walked.breaks) {
		assert_true(explored.all);
		assert_true(explored.schedules == walked.schedules);
		assert_int_equal(explored.shortest, walked.shortest);
		assert_int_equal(explored.longest, walked.longest);
		assert_int_equal(explored.depth, walked.longest);
	}
	explored_fini(&explored);
	world_free(world);
}

static void test_counts(void **state)
{
	struct world *world = small();
	struct explored explored;

	(void)state;
	BEGIN(world, "one", MAIN, plod, .left = 4);
	BEGIN(world, "two", MAIN, plod, .left = 6);
	explored = explore(world, &(struct explore_options){0});
	/* 5 and 7 steps, with the one that comes to the first STEP: 12 over 5 ways to mix them, 6 times 8 states. */
	assert_true(explored.all && explored.schedules == 792);
	assert_int_equal(explored.states, 48);
	assert_int_equal(explored.ends, 1);
	assert_int_equal(explored.shortest, 12);
	assert_int_equal(explored.longest, 12);
	assert_null(explored.path);
	same(world);
	world = small();
	BEGIN(world, "one", MAIN, adds, 0);
	BEGIN(world, "two", MAIN, adds, 0);
	explored = explore(world, &(struct explore_options){0});
	assert_int_equal(explored.ends, 2); /* 1 and 2 */
	explored_fini(&explored);
	same(world);
}

/* Operations of the kernel, with locks that are waited for. */
static void test_kernel(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 3; kind++) {
		struct world *world = small();

		map_anon(world, MAIN, 0, huge_bytes(world), false);
		BEGIN(world, "hold", MAIN, hold_mmap_lock, .mm = MAIN, .mode = kind ? LOCK_READ : LOCK_WRITE);
		BEGIN(world, "other", MAIN, hold_mmap_lock, .mm = MAIN,
		      .mode = kind == 2 ? LOCK_READ : LOCK_WRITE);
		BEGIN(world, "third", MAIN, adds, 0);
		same(world);
	}
}

/* Takes two mmap_locks one after the other. */
struct both {
	uint32_t one, other;
};

static enum progress both_run(struct world *world, struct ktask *task)
{
	struct both *at = task_locals(task);

	switch (task_at(task)) {
	case 0:
		LOCK(LOCK_MMAP, at->one, LOCK_WRITE);
		LOCK(LOCK_MMAP, at->other, LOCK_WRITE);
		STEP("mmap_unlock");
		UNLOCK(LOCK_MMAP, at->other);
		UNLOCK(LOCK_MMAP, at->one);
	}
	RETURN(0);
}
static const struct function both = {"both", both_run};

static struct world *crossed(void)
{
	struct world *world = small();
	uint32_t kid = mm_new(world, "kid", MAIN);

	BEGIN(world, "here", MAIN, both, .one = MAIN, .other = kid);
	BEGIN(world, "there", kid, both, .one = kid, .other = MAIN);
	BEGIN(world, "beside", MAIN, plod, .left = 2);
	return world;
}

static void test_deadlock(void **state)
{
	struct world *world = crossed();
	struct explored explored = explore(world, &(struct explore_options){0});

	(void)state;
	assert_true(explored.violation.found);
	assert_string_equal(explored.violation.text, "deadlock: here waits, and no task can go on");
	/* The last in the path is who waits in vain; all that can go on has to have ended. */
	assert_int_equal(explored.path[explored.n_path - 1], task_named(world, "here"));
	for (size_t at = 0; at + 1 < explored.n_path; at++)
		assert_int_equal(task_step(world, explored.path[at]) == PROGRESS_WAITS, false);
	assert_true(tasks_deadlocked(world));
	explored_fini(&explored);
	world_free(world);
	same(crossed());
}

static void test_endless(void **state)
{
	struct world *world = small();
	struct explored explored;

	(void)state;
	BEGIN(world, "spin", MAIN, spin, 0);
	BEGIN(world, "one", MAIN, plod, .left = 1);
	explored = explore(world, &(struct explore_options){0});
	assert_true(explored.all && explored.endless && isinf(explored.schedules));
	assert_int_equal(explored.longest, 0);
	assert_int_equal(explored.ends, 0);
	explored_fini(&explored);
	world_free(world);
}

/* More ways than a double counts, and yet each has its end: so many times two, and together again. */
static void test_uncounted(void **state)
{
	enum { TIMES = 1100 };
	struct met all[3 * TIMES + 1] = {0};
	struct transition transitions[4 * TIMES];
	struct states states = {
		.all = all, .n = 3 * TIMES + 1, .transitions = transitions, .n_transitions = 4 * TIMES};
	struct explored explored = {0};

	(void)state;
	for (uint32_t at = 0; at < TIMES; at++) {
		const uint32_t from = 3 * at;

		transitions[4 * at] = (struct transition){from, from + 1};
		transitions[4 * at + 1] = (struct transition){from, from + 2};
		transitions[4 * at + 2] = (struct transition){from + 1, from + 3};
		transitions[4 * at + 3] = (struct transition){from + 2, from + 3};
	}
	all[3 * TIMES].end = true;
	states_count(&states, &explored);
	assert_true(isinf(explored.schedules) && !explored.endless);
	assert_int_equal(explored.longest, 2 * TIMES);
}

struct seen {
	const struct world *world;
	unsigned told, ends;
	uint64_t stop_at; /* tell says no there; 0: never */
};

static bool told(void *data, const struct explored *so_far)
{
	struct seen *seen = data;

	seen->told++;
	return !seen->stop_at || so_far->states < seen->stop_at;
}

/* Both have to have added, as nobody sees to. */
static bool both_added(void *data, const uint32_t *path, size_t n, struct violation *violation)
{
	struct seen *seen = data;
	struct world *world = world_clone(seen->world);
	uint64_t sum;

	seen->ends++;
	for (size_t at = 0; at < n; at++)
		assert_true(task_step(world, path[at]) != PROGRESS_WAITS);
	sum = world->stat[STAT_FULL_SCANS];
	snprintf(violation->text, sizeof(violation->text), "the sum is %d", (int)sum);
	world_free(world);
	return sum == 2;
}

static void test_ends(void **state)
{
	struct world *world = small();
	struct seen seen = {.world = world};
	const struct explore_options options = {.ends = both_added, .data = &seen};
	struct explored explored;

	(void)state;
	BEGIN(world, "one", MAIN, adds, 0);
	BEGIN(world, "two", MAIN, adds, 0);
	explored = explore(world, &options);
	assert_true(explored.violation.found && seen.ends);
	assert_string_equal(explored.violation.text, "the sum is 1");
	assert_int_equal(explored.n_path, 6);
	explored_fini(&explored);
	/* Told with as few changes as there can be: read, all of the other's, write. */
	explored = explore(world, &options);
	for (size_t at = 1, changes = 0; at < explored.n_path; at++) {
		changes += explored.path[at] != explored.path[at - 1];
		assert_true(changes <= 2);
	}
	explored_fini(&explored);
	world_free(world);
}

static struct world *large(void)
{
	struct world *world = small();

	for (unsigned at = 0; at < 3; at++) {
		const char name[] = {(char)('a' + at), '\0'};

		BEGIN(world, name, MAIN, plod, .left = 20);
	}
	return world;
}

static void test_bounds(void **state)
{
	struct world *world = large();
	struct seen seen = {.stop_at = 3000};
	struct explored explored = explore(world, &(struct explore_options){.states = 1000});

	(void)state;
	assert_false(explored.all || explored.violation.found);
	assert_int_equal(explored.states, 1000);
	/* All within d steps: (d + 3 over 3) states. */
	assert_int_equal(explored.depth, 16);
	explored_fini(&explored);
	explored = explore(world, &(struct explore_options){.bytes = 100000});
	assert_true(!explored.all && explored.states > 100 && explored.states < 5000);
	explored_fini(&explored);
	explored = explore(world, &(struct explore_options){.tell = told, .data = &seen});
	assert_true(!explored.all && seen.told && explored.states >= 3000 && explored.states < 6000);
	explored_fini(&explored);
	explored = explore(world, &(struct explore_options){0});
	assert_true(explored.all);
	assert_int_equal(explored.states, 22 * 22 * 22);
	explored_fini(&explored);
	world_free(world);
}

static void test_walks(void **state)
{
	struct world *world = crossed();
	struct explored one, again, later;

	(void)state;
	explore_walks(world, 1, 1000, &(struct explore_options){0}, &one);
	explore_walks(world, 1, 1000, &(struct explore_options){0}, &again);
	assert_true(one.violation.found && one.walks < 1000 && !one.all);
	assert_int_equal(one.walks, again.walks);
	assert_int_equal(one.n_path, again.n_path);
	assert_memory_equal(one.path, again.path, one.n_path * sizeof(*one.path));
	/* The walk that broke it, alone. */
	explore_walks(world, one.walks, 1, &(struct explore_options){0}, &later);
	assert_true(later.violation.found);
	assert_int_equal(later.n_path, one.n_path);
	assert_memory_equal(later.path, one.path, one.n_path * sizeof(*one.path));
	explored_fini(&later);
	explored_fini(&again);
	/* Those before it do not. */
	explore_walks(world, 1, one.walks - 1, &(struct explore_options){0}, &later);
	assert_false(later.violation.found);
	assert_int_equal(later.walks, one.walks - 1);
	explored_fini(&later);
	explored_fini(&one);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	 cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_deadlock), cmocka_unit_test(test_endless),
		cmocka_unit_test(test_ends),	 cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_walks),	 cmocka_unit_test(test_uncounted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
