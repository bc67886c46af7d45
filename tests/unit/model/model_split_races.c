/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: splits, swap and pins against other tasks, in all interleavings of a small world, in every generation. */
#include "acts.h"
#include "explore.h"

struct scene {
	const char *before[3]; /* lines that have been done */
	const char *tasks[2];
};

static const struct scene scenes[] = {
	{{"fork as kid"}, {"split A", "split kid A"}},
	{{"fork as kid"}, {"split-folio A", "write kid A+0"}},
	{{"fork as kid"}, {"split-folio A", "discard kid A+4096"}},
	{{"fork as kid"}, {"split-folio A", "split-folio kid A"}},
	{{"split A"}, {"split-folio A", "write A+4096"}},
	{{NULL}, {"split-folio A", "fork as kid"}},
	{{NULL}, {"split-folio A", "unmap A+4096 4096"}},
	{{NULL}, {"split-folio A", "pin A+4096 as dev"}},
	{{NULL}, {"split A", "discard A"}},
	{{NULL}, {"advise A+4096 random", "pin A+0 as dev"}},
	{{NULL}, {"protect A+4096 r", "touch A+4096"}},
	{{NULL}, {"move A by 4096", "write A+0"}},
	{{NULL}, {"advise A+0 pageout", "write A+0"}},
	{{NULL}, {"advise A+0 pageout", "pin A+0 as dev"}},
	{{"advise A pageout", "fork as kid"}, {"write A+0", "write kid A+0"}},
	{{"advise A pageout"}, {"write A+0", "discard A+0"}},
	{{"advise A pageout"}, {"read A+0", "fork as kid"}},
	{{NULL}, {"split-folio B", "read B+4096"}},
	{{NULL}, {"split-folio B", "unmap B"}},
	{{"fork as kid", "read kid B"}, {"split B", "unmap kid B"}},
};

static void play(const struct rules *rules, const struct scene *scene)
{
	struct world *world = world_of(rules, true);
	struct explored explored;
	int begun = 1;

	act(world, "set shmem_enabled force");
	act(world, "map anon 16384 as A hugepage");
	act(world, "map shmem 16384 as B");
	act(world, "touch A");
	act(world, "touch B");
	for (unsigned at = 0; at < 3 && scene->before[at]; at++)
		act(world, scene->before[at]);
	for (unsigned at = 0; at < 2 && begun > 0; at++)
		begun = begin_line(world, scene->tasks[at], scene->tasks[at]);
	explored = explore(world);
	if (explored.violation.found)
		fail_msg("%s, '%s' and '%s': %s (%s, %s)", rules->name, scene->tasks[0], scene->tasks[1],
			 explored.violation.text, explored.violation.task, explored.violation.where);
	assert_true(begun > 0);
	assert_true(explored.ends);
	assert_true(explored.states < EXPLORED_MAX / 2);
	world_free(world);
}

static void test_scenes(void **state)
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		for (size_t scene = 0; scene < sizeof(scenes) / sizeof(scenes[0]); scene++)
			play(&rules[at], &scenes[scene]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
