/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: actions against each other, in orders that follow from a seed, in every generation. */
#include "acts.h"

#include <stdlib.h>

/* In a small world a huge page has 16 KiB. */
static const char *const lines[] = {
	"touch A",
	"write A[0]",
	"read A",
	"write kid A+0",
	"touch B",
	"read kid B",
	"write P+4096",
	"unmap A+4096 4096",
	"unmap B[1]",
	"discard A",
	"discard B+0",
	"advise A+4096 random",
	"advise A normal",
	"advise A nohugepage",
	"advise A hugepage",
	"advise A pageout",
	"advise kid A pageout",
	"advise A+0 cold",
	"advise B+0 cold",
	"advise A+4096 free",
	"protect A+4096 r",
	"protect A rw",
	"protect B r",
	"protect B rw",
	"move A by 4096",
	"move A by 0",
	"move B by 4096",
	"split A",
	"split B",
	"split kid A",
	"split-folio A",
	"split-folio B",
	"fork as kid",
	"exit kid",
	"pin A+0 as dev",
	"reference B+4096 as splice",
	"device dev writes 3",
	"release dev",
	"release splice",
	"punch B+4096 4096",
	"truncate B to 8192",
	"truncate B to 32768",
	"collapse A",
	"collapse B",
	"khugepaged main",
	"uprobe P+0",
	"unmap P",
	"advise A+0 populate-write",
	"uffd B wp",
	"uffd-wp B",
	"uffd-wp B off",
	"uffd B off",
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
	return *seed >> 16;
}

/* Where everybody stands, for who reads of a failure. */
static void print_tasks(const struct world *world)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		const struct ktask *task = &world->tasks[at];

		if (!task->used || task->done)
			continue;
		print_error("%s:", task->name);
		for (unsigned depth = 0; depth < task->depth; depth++)
			print_error(" %s", task->calls[depth].function->name);
		print_error(" before %s", task->calls[task->depth - 1].step);
		if (lock_holder(world, at))
			print_error(", waits for %s", world->tasks[lock_holder(world, at)].name);
		print_error("\n");
	}
}

/* An operation on a few pages that takes so many steps does not end. */
#define STEPS_MAX 20000

static void settle(struct world *world, uint32_t seed)
{
	for (unsigned steps = 0; steps < STEPS_MAX && !world->violation.found; steps++) {
		uint32_t ready[32], n = 0;

		for (uint32_t at = 1; at < world->extent.tasks; at++) {
			if (task_runnable(world, at))
				ready[n++] = at;
		}
		if (!n)
			break;
		task_step(world, ready[next(&seed) % n]);
		world_check(world);
		if (steps == STEPS_MAX - 1)
			world_violated(world, "there is no end to it");
	}
	if (tasks_deadlocked(world))
		world_violated(world, "deadlock");
	if (world->violation.found)
		print_tasks(world);
	assert_sound(world);
}

/* Three at a time, several times in one world. */
static void race(const struct rules *rules, uint32_t seed)
{
	struct world *world = world_of(rules, true);
	uint32_t state = seed;

	world->fine = seed % 2;
	act(world, seed % 3 ? "set shmem_enabled force" : "set enabled always");
	act(world, "map anon 32768 as A hugepage");
	act(world, seed % 5 || rules->teams == TEAM_NONE ? "map shmem 32768 as B" : "map team 32768 as B");
	act(world, "map private-file 32768 as P of B");
	act(world, "touch A");
	act(world, "touch B");
	for (unsigned round = 0; round < 6; round++) {
		char name[4] = "t0";

		for (unsigned k = 0; k < 3; k++, name[1]++) {
			const char *line = lines[next(&state) % (sizeof(lines) / sizeof(lines[0]))];

			if (begin_line(world, name, line) > 0 && getenv("SHOW"))
				printf("%s %s\n", name, line);
		}
		settle(world, next(&state));
		for (uint32_t task = 1; task < world->extent.tasks; task++) {
			if (world->tasks[task].used)
				task_end(world, task);
		}
	}
	world_free(world);
}

static void test_races(void **state)
{
	const uint32_t seeds = getenv("SEEDS") ? (uint32_t)atoi(getenv("SEEDS")) : 150;
	const uint32_t from = getenv("FROM") ? (uint32_t)atoi(getenv("FROM")) : 0;
	size_t n;
	const struct rules *all = rules_all(&n);

	(void)state;
	for (size_t at = 0; at < n; at++) {
		if (getenv("GEN") && strcmp(getenv("GEN"), all[at].name))
			continue;
		for (uint32_t seed = from; seed < from + seeds; seed++) {
			if (getenv("SHOW"))
				printf("%s seed %u\n", all[at].name, seed);
			race(&all[at], seed);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_races),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
