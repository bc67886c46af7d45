/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stays on the screen of a process that is gone, and the lines of a map. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/mem.h"
#include "ui/map_layout.h"
#include "world.h"

static struct moment *pair(bool first, bool second)
{
	struct world world;

	world_start(&world, true);
	if (first)
		world_process(&world, 1, "one");
	else
		world_fail(&world, 1, "", OUTCOME_GONE, "process 1 has exited");
	world_vma(&world, 64 * SLOT, 4 * SLOT, "rw-p", VMA_ANON, "");
	if (second)
		world_process(&world, 2, "two");
	return world_moment(&world);
}

static void test_gone_stays(void **state)
{
	struct scene scene = {0};
	const struct process *last;

	(void)state;
	scene_take(&scene, pair(true, true));
	assert_int_equal(scene.n, 2);
	last = scene.shown[0].process;
	scene_take(&scene, pair(false, true));
	assert_ptr_equal(scene.shown[0].process, last);
	assert_string_equal(scene.shown[0].comm, "one");
	assert_int_equal(scene.shown[0].outcome, OUTCOME_GONE);
	assert_string_equal(scene.shown[0].reason, "process 1 has exited");
	assert_int_equal(scene.n_kept, 1);
	scene_take(&scene, pair(false, true));
	assert_ptr_equal(scene.shown[0].process, last);
	assert_int_equal(scene.n_kept, 1); /* the second moment is not needed */
	scene_take(&scene, pair(true, false));
	assert_ptr_not_equal(scene.shown[0].process, last);
	assert_int_equal(scene.n, 2); /* a followed child: no moment tells of it any more */
	assert_int_equal(scene.shown[1].outcome, OUTCOME_GONE);
	assert_non_null(scene.shown[1].process);
	assert_int_equal(scene.n_kept, 1);
	scene_fini(&scene);
}

/* All that is known stays, as it was, but that it is old: also what the newest one says of the system. */
static void test_lost(void **state)
{
	struct moment *known = pair(false, true), *lost;
	struct scene scene = {0};
	uint64_t version;
	size_t i;

	(void)state;
	scene_take(&scene, pair(true, true));
	scene_take(&scene, known);
	version = scene.version;
	for (i = 0; i < 2; i++) {
		lost = mem_alloc(sizeof(*lost));
		lost->lost = "the far end is gone";
		scene_take(&scene, lost);
		assert_ptr_equal(scene.newest, known);
		assert_string_equal(scene.lost, "the far end is gone");
		assert_int_equal(scene.n, 2);
		assert_int_equal(scene.shown[0].outcome, OUTCOME_GONE);
		assert_int_equal(scene.shown[1].outcome, OUTCOME_FAILED);
		assert_non_null(scene.shown[1].process);
		assert_int_equal(scene.version, version + 1);
	}
	scene_fini(&scene);
	assert_null(scene.lost);
}

/* What the samples found the same needs no new lines, and flashes nowhere; only if it is the same since what is shown. */
static void test_same(void **state)
{
	struct scene scene = {0};
	struct moment *moments[4];
	uint64_t version;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		moments[i] = pair(true, true);
		moments[i]->mono_ns = 100 + i;
	}
	moments[1]->processes[0].same_since_ns = moments[1]->processes[1].same_since_ns = 100;
	moments[2]->processes[0].same_since_ns = 100;
	moments[2]->processes[1].same_since_ns = 102;
	moments[3]->processes[0].same_since_ns = moments[3]->processes[1].same_since_ns = 100;
	moments[3]->n_processes = 1;
	scene_take(&scene, moments[0]);
	version = scene.version;
	scene_take(&scene, moments[1]);
	assert_int_equal(scene.version, version);
	assert_ptr_equal(scene.shown[0].process, &moments[1]->processes[0]);
	scene_take(&scene, moments[2]);
	assert_int_not_equal(scene.version, version);
	version = scene.version;
	scene_take(&scene, moments[3]);
	assert_int_not_equal(scene.version, version); /* the second is gone */
	scene_fini(&scene);
}

static void test_never_seen(void **state)
{
	struct scene scene = {0};

	(void)state;
	scene_take(&scene, pair(false, false));
	assert_null(scene.shown[0].process);
	assert_null(scene.shown[0].home);
	assert_string_equal(scene.shown[0].comm, "");
	scene_fini(&scene);
}

/* Children that exit one after another do not keep all of their moments. */
static void test_kept_is_bounded(void **state)
{
	struct scene scene = {0};
	struct world world;
	int alive, i;

	(void)state;
	for (alive = 40; alive >= 0; alive--) {
		world_start(&world, true);
		for (i = 0; i < 40; i++) {
			if (i < alive)
				world_process(&world, i + 1, "child");
			else
				world_fail(&world, i + 1, "", OUTCOME_GONE, "gone");
		}
		scene_take(&scene, world_moment(&world));
		assert_in_range(scene.n_kept, 0, SCENE_KEPT_MAX);
	}
	assert_null(scene.shown[39].process);	 /* the first to exit */
	assert_non_null(scene.shown[0].process); /* the last */
	scene_fini(&scene);
}

static size_t count_lines(const struct map_layout *layout, enum line_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < layout->n; i++)
		n += layout->lines[i].kind == kind;
	return n;
}

/* With all small VMAs of this process open if `open` is not 0. */
static void lay_out(struct map_layout *layout, const struct scene *scene, int cols, pid_t open)
{
	size_t i;

	for (i = 0; open && i < scene->shown[0].process->n_vmas; i++)
		map_layout_open(layout, LINE_SMALL, open, scene->shown[0].process->vmas[i].start);
	map_layout_build(layout, scene, &(struct map_look){.cols = cols});
}

static void test_layout(void **state)
{
	struct map_layout layout = {0};
	struct scene scene = {0};
	size_t line;

	(void)state;
	scene_take(&scene, world_demo(true));
	lay_out(&layout, &scene, 80, 0);
	assert_int_equal(layout.per_row, 64);
	assert_int_equal(count_lines(&layout, LINE_SMALL), 2);
	assert_int_equal(count_lines(&layout, LINE_VMA), 5);
	assert_int_equal(count_lines(&layout, LINE_FOLD), 2); /* the reservation; the heap's middle */
	assert_int_equal(layout.n, 1 + 2 + 5 + 2 + 2 + 3);

	line = map_layout_find(&layout, &scene, DEMO_PID, DEMO_HEAP + 203 * SLOT + 5, LINE_BLANK);
	assert_int_equal(layout.lines[line].kind, LINE_CELLS);
	assert_int_equal(layout.lines[line].start, DEMO_HEAP + 192 * SLOT);
	line = map_layout_find(&layout, &scene, DEMO_PID, 0x600000000000 + 77777 * SLOT, LINE_BLANK);
	assert_int_equal(layout.lines[line].kind, LINE_FOLD);
	line = map_layout_find(&layout, &scene, DEMO_PID, UINT64_MAX, LINE_BLANK);
	assert_int_equal(line, layout.n - 1);
	line = map_layout_find(&layout, &scene, 99, 0, LINE_BLANK);
	assert_int_equal(line, 1);

	lay_out(&layout, &scene, 80, DEMO_PID);
	line = map_layout_find(&layout, &scene, DEMO_PID, 0x55d0c0a00000, LINE_SMALL);
	assert_int_equal(layout.lines[line].kind, LINE_SMALL);
	line = map_layout_find(&layout, &scene, DEMO_PID, 0x55d0c0a00000, LINE_BLANK);
	assert_int_equal(layout.lines[line].kind, LINE_CELLS);
	map_layout_fini(&layout);
	scene_fini(&scene);
}

/* The address space's very end, where sums are 2^64. */
static void test_layout_end(void **state)
{
	struct map_layout layout = {0};
	struct scene scene = {0};
	struct world world;
	size_t line;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "end");
	world_vma(&world, 0xffffffffff600000, PAGE, "--xp", VMA_SPECIAL, "[vsyscall]");
	world_vma(&world, 0 - 3 * SLOT, 3 * SLOT - PAGE, "rw-p", VMA_ANON, "");
	world_region(&world, 2, MAPPING_PTE, BACKING_SMALL);
	scene_take(&scene, world_moment(&world));
	lay_out(&layout, &scene, 60, 1);
	assert_int_equal(layout.digits, 16);
	line = map_layout_find(&layout, &scene, 1, -SLOT, LINE_BLANK);
	assert_int_equal(layout.lines[line].kind, LINE_CELLS);
	assert_int_equal(layout.lines[line].end, 0);
	map_layout_fini(&layout);
	scene_fini(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gone_stays),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_never_seen),
		cmocka_unit_test(test_kept_is_bounded),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_layout_end),
	};

	return cmocka_run_group_tests_name("ui_scene", tests, NULL, NULL);
}
