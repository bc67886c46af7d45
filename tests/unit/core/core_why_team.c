/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/why: page teams, and small pages where a team could be. */
#include "core_test.h"

#include "why_world.h"

/* Shared memory of a tmpfs with teams, on the lab's kernel: a team mapped by ptes. */
static void teams(struct world *world)
{
	plain(world);
	world->vma.kind = VMA_SHMEM;
	world->vma.name = "/dev/team/A";
	memcpy(world->vma.perms, "rw-s", sizeof("rw-s"));
	world->system.release = "6.1.192";
	knob(world, "shmem_enabled", "never");
	world->facts.mount = "team";
	world->facts.frames = true;
	world->region.backing = BACKING_TEAM;
	world->region.anon = 0;
	world->region.file = 512;
	world->region.team_usage = 512;
	world->region.team_pmd_maps = 0;
}

static const struct why_reason *first(struct world *world)
{
	why_judge(&world->facts, &world->arena, &world->why);
	assert_true(world->why.n >= 1);
	return &world->why.reasons[0];
}

static void test_by_ptes(void **state)
{
	struct world world;
	const struct why_reason *reason;

	(void)state;
	teams(&world);
	reason = first(&world);
	assert_string_equal(reason->id, "team-by-ptes");
	assert_int_equal(reason->weight, WHY_DECISIVE);
	assert_false(reason->refused);
	assert_string_equal(reason->fact, "mapping pte, backing team, 512 of 512 pages, usage 512");
	assert_non_null(strstr(reason->remedy, "thpscope collapse 42 0x7f0000000000"));
	assert_non_null(strstr(reason->remedy, "moves no page"));
	/* Nothing else: no knob concerns it, and nobody has to find memory for it or come by. */
	assert_int_equal(world.why.n, 1);
	arena_fini(&world.arena);
}

/* deny stops the birth of teams, and not what is asked of one that is there. */
static void test_denied(void **state)
{
	struct world world;

	(void)state;
	teams(&world);
	knob(&world, "shmem_enabled", "deny");
	assert_string_equal(first(&world)->id, "team-by-ptes");
	assert_int_equal(world.why.n, 1);
	arena_fini(&world.arena);
}

/* Nor is the knob of a size one of theirs, whatever became of the name. */
static void test_size_knob(void **state)
{
	struct world world;

	(void)state;
	teams(&world);
	world.vma.name = "/dev/team/A (deleted)";
	world.vma.deleted = true;
	world.system.release = "6.18.1";
	knob(&world, "hugepages-2048kB/shmem_enabled", "never");
	assert_non_null(strstr(first(&world)->remedy, "thpscope collapse"));
	arena_fini(&world.arena);
}

static void test_mlocked(void **state)
{
	struct world world;
	const struct why_reason *reason;

	(void)state;
	teams(&world);
	flag(&world, "lo");
	reason = first(&world);
	assert_string_equal(reason->id, "team-mlocked");
	assert_true(reason->refused);
	assert_int_equal(world.why.n, 2);
	assert_string_equal(world.why.reasons[1].id, "team-by-ptes");
	assert_string_equal(world.why.reasons[1].remedy, "");
	assert_non_null(strstr(why_refusal(&world.facts, &world.arena), "mlocked"));
	arena_fini(&world.arena);
}

static void test_none(void **state)
{
	struct world world;
	const struct why_reason *reason;

	(void)state;
	teams(&world);
	world.region.backing = BACKING_SMALL;
	reason = first(&world);
	assert_string_equal(reason->id, "team-none");
	assert_true(reason->refused);
	assert_non_null(strstr(why_refusal(&world.facts, &world.arena), "ordinary"));
	assert_non_null(strstr(reason->text, "such as no free block"));
	assert_non_null(strstr(reason->remedy, "lost"));
	arena_fini(&world.arena);
	/* Of tmpfs without teams it is no reason. */
	teams(&world);
	world.region.backing = BACKING_SMALL;
	world.facts.mount = "always";
	why_judge(&world.facts, &world.arena, &world.why);
	for (size_t i = 0; i < world.why.n; i++)
		assert_string_not_equal(world.why.reasons[i].id, "team-none");
	arena_fini(&world.arena);
	/* Without page frames nobody knows what they are. */
	teams(&world);
	world.region.backing = BACKING_UNKNOWN;
	world.facts.frames = false;
	why_judge(&world.facts, &world.arena, &world.why);
	for (size_t i = 0; i < world.why.n; i++)
		assert_string_not_equal(world.why.reasons[i].id, "team-none");
	arena_fini(&world.arena);
}

/* A private mapping that was written: the team behind the other pages is whole. */
static void test_copies(void **state)
{
	struct world world;
	const struct why_reason *reason;

	(void)state;
	teams(&world);
	memcpy(world.vma.perms, "rw-p", sizeof("rw-p"));
	world.region.anon = 16;
	world.region.file = 496;
	world.region.backing = BACKING_MIXED;
	world.region.team_pages = 496;
	reason = first(&world);
	assert_string_equal(reason->id, "private-file-written");
	assert_true(reason->refused);
	assert_int_equal(world.why.n, 1);
	assert_non_null(strstr(reason->remedy, "lost"));
	assert_non_null(strstr(reason->remedy, "the team's huge entry"));
	assert_null(strstr(reason->remedy, "makes the file's page huge"));
	arena_fini(&world.arena);
	/* Copies beside ordinary pages, as copies alone: what the file could have is not told of them. */
	world.region.team_pages = 0;
	world.region.backing = BACKING_SMALL;
	reason = first(&world);
	assert_string_equal(reason->id, "private-file-written");
	assert_int_equal(world.why.n, 1);
	assert_null(strstr(reason->remedy, "request"));
	arena_fini(&world.arena);
	/* Elsewhere alone: no request makes a page of the file huge here. */
	world.region.anon = 0;
	world.region.file = 512;
	assert_string_equal(first(&world)->id, "team-none");
	assert_int_equal(world.why.n, 1);
	arena_fini(&world.arena);
}

static void test_empty(void **state)
{
	struct world world;
	const struct why_reason *reason;

	(void)state;
	teams(&world);
	world.facts.region = NULL;
	reason = first(&world);
	assert_string_equal(reason->id, "empty");
	assert_non_null(strstr(reason->fact, "huge=team"));
	assert_int_equal(world.why.n, 1);
	arena_fini(&world.arena);
}

static void test_huge(void **state)
{
	struct world world;

	(void)state;
	teams(&world);
	world.region.mapping = MAPPING_PMD;
	assert_string_equal(first(&world)->id, "already-huge");
	assert_true(world.why.huge);
	arena_fini(&world.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_ptes), cmocka_unit_test(test_denied),
		cmocka_unit_test(test_mlocked), cmocka_unit_test(test_size_knob),
		cmocka_unit_test(test_copies),	cmocka_unit_test(test_none),
		cmocka_unit_test(test_empty),	cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
