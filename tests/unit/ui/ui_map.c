/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map's zoom, folds, search, filter and places, by keys. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stage.h"
#include "ui/map_find.h"

#define STACKS UINT64_C(0x7fe000000000)
#define HEAP UINT64_C(0x7f0000000000)
#define RESERVED UINT64_C(0x600000000000)

/* Another watch list: nothing of the processes before is left. */
static void watch(struct moment *moment)
{
	scene_fini(&screen.scene);
	screen.map.pid = 0;
	stage_take(moment);
}

static const struct map_line *line(void)
{
	return &screen.map.layout.lines[screen.map.line];
}

static size_t count_lines(enum line_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < screen.map.layout.n; i++)
		n += screen.map.layout.lines[i].kind == kind;
	return n;
}

/* 20 stacks with their guard pages, a heap of 40 rows alike, 10 equal VMAs; all in a second process too. */
static struct moment *many(void)
{
	struct world world;
	pid_t pid;
	int i;

	world_start(&world, true);
	for (pid = 1; pid <= 2; pid++) {
		world_process(&world, pid, "many");
		world_vma(&world, HEAP - 8 * SLOT, 4 * SLOT, "r--p", VMA_FILE, "/lib/first.so");
		world_region(&world, 3, MAPPING_PTE, BACKING_SMALL);
		world_vma(&world, HEAP, 40 * 64 * SLOT, "rw-p", VMA_ANON, "");
		world_regions(&world, 0, 30 * 64, MAPPING_PMD, BACKING_THP);
		world_region(&world, 30 * 64 + 5, MAPPING_PTE, BACKING_SWAP);
		for (i = 0; i < 20; i++) {
			world_vma(&world, STACKS + (uint64_t)i * 8 * SLOT, PAGE, "---p", VMA_ANON, "");
			world_vma(&world, STACKS + (uint64_t)i * 8 * SLOT + PAGE, 4 * SLOT, "rw-p", VMA_ANON,
				  "");
			world_region(&world, 4, MAPPING_PTE, BACKING_SMALL);
		}
	}
	return world_moment(&world);
}

static void test_alike(void **state)
{
	size_t n;

	(void)state;
	watch(many());
	assert_int_equal(count_lines(LINE_ALIKE), 2); /* of each process */
	press("gheap\r");
	assert_non_null(screen.message); /* no mapping has that name */
	press("g7f0000000000\r");
	assert_int_equal(line()->kind, LINE_CELLS); /* the first row stays */
	press("j");
	assert_int_equal(line()->kind, LINE_ALIKE);
	assert_int_equal((line()->end - line()->start) / SLOT, 29 * 64);
	assert_true(shows("pmd-mapped THP: 1,856 regions, 3.6 GiB"));
	assert_true(shows("Enter unfold"));
	n = screen.map.layout.n;
	press("\r");
	assert_int_equal(screen.map.layout.n, n + 29); /* of this process alone */
	assert_int_equal(line()->kind, LINE_ALIKE);
	assert_true(shows("Enter fold"));
	press("j");
	assert_int_equal(line()->kind, LINE_CELLS);
	assert_int_equal(screen.map.addr, HEAP + 64 * SLOT);
	press("k\r");
	assert_int_equal(screen.map.layout.n, n);
}

static void test_runs(void **state)
{
	size_t n;

	(void)state;
	watch(many());
	assert_int_equal(count_lines(LINE_RUN), 2);
	assert_int_equal(count_lines(LINE_SMALL), 0);
	press("g7fe000001000\r"); /* goes in, and so unfolds */
	assert_int_equal(line()->kind, LINE_CELLS);
	assert_int_equal(count_lines(LINE_SMALL), 20);
	press("kk");
	assert_int_equal(line()->kind, LINE_RUN);
	assert_true(line()->open);
	assert_int_equal(line()->n_vmas, 40);
	n = screen.map.layout.n;
	press("\r");
	assert_in_range(screen.map.layout.n, 1, n - 40);
	assert_true(shows("20 mappings alike"));
	assert_true(shows("20 small"));
}

/* Six are few enough to be seen one by one; other names, sizes and permissions make no run. */
static void test_no_runs(void **state)
{
	struct world world;
	int i;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "few");
	for (i = 0; i < 5; i++)
		world_vma(&world, 0x10000000 + (uint64_t)i * 8 * SLOT, SLOT, "rw-p", VMA_ANON, "");
	for (i = 0; i < 12; i++)
		world_vma(&world, 0x7f0000000000 + (uint64_t)i * 256 * SLOT, (uint64_t)(2 + i * i) * SLOT,
			  "rw-p", VMA_ANON, "");
	for (i = 0; i < 12; i++)
		world_vma(&world, 0x7f1000000000 + (uint64_t)i * 8 * SLOT, SLOT, i % 3 ? "rw-p" : "r--p",
			  VMA_SHMEM, i % 2 ? "/a" : "/b");
	watch(world_moment(&world));
	assert_int_equal(count_lines(LINE_RUN), 0);
	assert_int_equal(count_lines(LINE_VMA), 29);
}

/* Zooming out as far as it goes and in again comes back to the same address, from any address. */
static void test_zoom(void **state)
{
	static const uint64_t from[] = {DEMO_HEAP + 203 * SLOT, RESERVED + 77777 * SLOT, 0x7f5c00100000,
					DEMO_HEAP + 13 * SLOT};
	unsigned zoom, i;

	(void)state;
	for (i = 0; i < 4; i++) {
		screen.map.addr = from[i];
		screen.map.heading = LINE_BLANK;
		screen_draw(&screen, &cells);
		for (zoom = 0; zoom < screen.map.layout.zoom_max; zoom++) {
			press("-");
			assert_int_equal(screen.map.layout.zoom, zoom + 1);
			assert_int_equal(screen.map.addr, from[i]);
			assert_true(line()->start <= from[i] && from[i] < line()->end);
			assert_true(shows(zoom == 2 ? "1 cell = 16 MiB, 8 regions" : "1 cell = "));
		}
		assert_in_range(zoom, 15, 18); /* 31 TiB in a few rows */
		press("-");
		assert_string_equal(screen.message,
				    "this is as far out as it goes: all mappings are a few rows");
		while (screen.map.layout.zoom)
			press("+");
		assert_int_equal(screen.map.addr, from[i]);
		press("+");
		assert_string_equal(screen.message, "this is as close as it gets: one region to a cell");
	}
}

/* A cell shows the worst of its regions, and Enter opens that. */
static void test_worst(void **state)
{
	struct spot spot;

	(void)state;
	press("---"); /* slots 8 to 15 of the heap: thp by pte, partial, mthp, small */
	screen.map.addr = DEMO_HEAP + 9 * SLOT;
	screen_draw(&screen, &cells);
	assert_true(map_spot(&screen, &spot));
	assert_int_equal(spot.cells, 8);
	assert_int_equal(spot.region->backing, BACKING_SMALL);
	assert_int_equal(spot.start, DEMO_HEAP + 12 * SLOT);
	press("\r");
	assert_int_equal(screen.focus, VIEW_REGION);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 12 * SLOT);
	press("\x1b");
	screen.map.exact = false;
	screen.map.addr = 0x7f5c00100000; /* a fragment, then two that are huge */
	screen_draw(&screen, &cells);
	assert_true(map_spot(&screen, &spot));
	assert_int_equal(spot.region->mapping, MAPPING_PMD);
}

/* The region at which the cursor is, as it is asked for with every moment. */
static uint64_t wanted(void)
{
	uint64_t addr;
	pid_t pid;

	screen.focus = VIEW_REGION;
	screen_wants(&screen, &pid, &addr);
	screen.focus = VIEW_MAP;
	return addr;
}

/* Of a cell in which one went to a place it is that place, not the worst, which the cell still shows. */
static void test_exact(void **state)
{
	struct spot spot;

	(void)state;
	press("---g7f5a41200000\r");
	assert_int_equal(wanted(), DEMO_HEAP + 9 * SLOT);
	assert_true(map_spot(&screen, &spot));
	assert_int_equal(spot.start, DEMO_HEAP + 9 * SLOT);
	assert_int_equal(spot.region->start, DEMO_HEAP + 9 * SLOT);
	assert_int_equal(spot.symbol, SYMBOL_SMALL);
	screen_command(&screen, COMMAND_COLLAPSE);
	assert_int_equal(screen.act.triggers[0].addr, DEMO_HEAP + 9 * SLOT);
	screen.act.stage = ACT_IDLE;
	screen_command(&screen, COMMAND_WHY);
	assert_int_equal(screen.inquiry.asked.addr, DEMO_HEAP + 9 * SLOT);
	screen.inquiry.open = INQUIRY_NONE;
	press("/zero\x1b"); /* there and back */
	assert_int_equal(wanted(), DEMO_HEAP + 9 * SLOT);
	press("\r\x1b");
	assert_int_equal(wanted(), DEMO_HEAP + 9 * SLOT);
	assert_true(map_find_event(&screen, DEMO_PID, DEMO_HEAP + 10 * SLOT, true));
	assert_int_equal(wanted(), DEMO_HEAP + 10 * SLOT);
	press("lh"); /* cell by cell again */
	assert_int_equal(wanted(), DEMO_HEAP + 12 * SLOT);
	press("/zero\x1b");
	assert_int_equal(wanted(), DEMO_HEAP + 12 * SLOT);
}

/* What is folded or in one cell counts once. */
static void test_not_huge(void **state)
{
	unsigned n;

	(void)state;
	press("--");
	for (n = 0; !screen.message || strstr(screen.message, "1 cell"); n++) {
		press("]");
		assert_in_range(n, 0, 20);
	}
	assert_int_equal(n, 5); /* slots 8-11, 12-15, 16-19, 20-23, and the message */
	for (n = 0, screen.message = NULL; !screen.message; n++) {
		press("[");
		assert_in_range(n, 0, 20);
	}
	assert_int_equal(n, 4);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 11 * SLOT);
}

static void test_goto(void **state)
{
	(void)state;
	press("g0x7f5a40400000\r");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 2 * SLOT);
	assert_null(screen.message);
	press("gstack\r");
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	assert_int_equal(line()->kind, LINE_CELLS); /* out of its fold */
	press("gheap\r");
	assert_int_equal(screen.map.addr, 0x55d0c1200000);
	press("gshared\r"); /* a part of a name */
	assert_int_equal(screen.map.addr, 0x7f5c00100000);
	press("g7f5b00000000\r");
	assert_int_equal(screen.map.addr, 0x7f5c00100000);
	assert_string_equal(screen.message,
			    "nothing is mapped at 7f5b00000000; the next mapping is this one");
	press("gffffffffffff0000\r");
	assert_non_null(strstr(screen.message, "or above"));
	press("g123456789012345678901234\r");
	assert_non_null(strstr(screen.message, "no mapping is called so"));
	press("g\x1bgnowhere\r");
	assert_non_null(strstr(screen.message, "no mapping is called so: nowhere"));
	assert_int_equal(screen.map.addr, 0x7f5c00100000);
	press("g600000123456\r"); /* inside of what is folded because nothing is there */
	assert_int_equal(screen.map.addr, RESERVED + 0x123456);
	assert_int_equal(line()->kind, LINE_FOLD);
}

/* Digits of hexadecimal may be a name: where nothing is mapped at them, and something is called so. */
static void test_goto_digits(void **state)
{
	struct moment *moment = world_demo(true);

	(void)state;
	((struct vma *)process_vma_at(&moment->processes[0], DEMO_HEAP))->label = "B";
	((struct vma *)process_vma_at(&moment->processes[0], RESERVED))->label = "7ffd1c000000";
	stage_take(moment);
	press("gstack\rgB\r");
	assert_int_equal(screen.map.addr, DEMO_HEAP);
	assert_null(screen.message);
	press("g7ffd1c000000\r");
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	press("gBe\r");
	assert_string_equal(screen.message, "nothing is mapped at be; the next mapping is this one");
}

static void test_search(void **state)
{
	size_t n = screen.map.layout.n;

	(void)state;
	screen_command(&screen, COMMAND_HOME);
	press("/[s"); /* in a fold, as is what [ alone finds */
	assert_int_equal(line()->kind, LINE_CELLS);
	assert_int_equal(screen.map.layout.n_opened, 1);
	press("\x1b");
	assert_int_equal(screen.map.layout.n, n);
	press("/stack\r");
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	press("n"); /* the only one */
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	assert_string_equal(screen.message, "on from the top");
	press("/swap\r");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 21 * SLOT);
	press("/pmd-mapped\r"); /* neighbours that match are one place */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 200 * SLOT);
	press("n");
	assert_int_equal(screen.map.addr, 0x7f5c00200000);
	press("N");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 200 * SLOT);
	press("N");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 20 * SLOT); /* the zero page */
	press("/anon thp-partial\r");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 10 * SLOT);
	press("/\r"); /* the same again */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 10 * SLOT);
	press("/mth");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 11 * SLOT); /* while it is typed */
	press("\x1b");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 10 * SLOT);
	assert_string_equal(screen.map.search_text, "anon thp-partial");
	press("/zzz\r");
	assert_string_equal(screen.message, "nothing matches \"zzz\"");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 10 * SLOT);
}

static void test_search_processes(void **state)
{
	(void)state;
	watch(many());
	press("g7f0000000000\r");
	assert_int_equal(screen.map.pid, 1);
	press("/swap\r");
	assert_int_equal(screen.map.pid, 1);
	press("n");
	assert_int_equal(screen.map.pid, 2);
	assert_int_equal(screen.map.addr, HEAP + (30 * 64 + 5) * SLOT);
	press("n");
	assert_int_equal(screen.map.pid, 1);
	press("[["); /* back over the heap, to the library and then none */
	assert_int_equal(screen.map.addr, HEAP - 5 * SLOT);
	press("[");
	assert_string_equal(screen.message, "no earlier region that is not huge");
}

static void test_filter(void **state)
{
	uint64_t addr = screen.map.addr;
	size_t all = screen.map.layout.n;

	(void)state;
	press("\\shared");
	assert_int_equal(count_lines(LINE_VMA), 1);
	assert_int_equal(screen.map.layout.n_listed, 1);
	press("\r");
	assert_true(shows("filter shared: 1 of 10 mappings; Esc shows all"));
	press("\x1b");
	assert_int_equal(screen.map.layout.n, all);
	assert_int_equal(screen.map.addr, addr); /* where it was before */
	press("\\rw- swap\r");
	assert_int_equal(screen.map.layout.n_listed, 1);
	press("gstack\r"); /* is hidden */
	assert_int_equal(screen.map.filter.n, 0);
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	press("\\r-x\r");
	assert_int_equal(screen.map.layout.n_listed, 2);
	assert_int_equal(count_lines(LINE_SMALL), 0); /* found, so not folded */
	press("\\\x1b");			      /* left as it was */
	assert_int_equal(screen.map.layout.n_listed, 2);
	press("\x1b\\zzz\r");
	assert_true(shows("no mapping matches; Esc shows all"));
	assert_int_equal(count_lines(LINE_VMA), 0);
	press("]-+hjkl\r\x1b\x1b");
	assert_int_equal(screen.map.layout.n_listed, 10);
	assert_false(screen.close);
}

static void mouse(enum mouse_what what, int row, int col)
{
	const struct mouse mouse = {what, row, col};

	screen_mouse(&screen, &mouse);
	screen_draw(&screen, &cells);
}

static void test_mouse(void **state)
{
	size_t top;
	int row;

	(void)state;
	row = (int)(screen.map.line - screen.map.top) + screen.panes[VIEW_MAP].row;
	mouse(MOUSE_CLICK, row, 15 + 9);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 9 * SLOT);
	mouse(MOUSE_CLICK, row - 1, 15 + 3); /* on the heading */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 3 * SLOT);
	mouse(MOUSE_CLICK, 22, 5); /* below all */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 3 * SLOT);
	mouse(MOUSE_DOUBLE, row, 15 + 1);
	assert_int_equal(screen.focus, VIEW_REGION);
	press("\x1b");
	mouse(MOUSE_DOUBLE, screen.panes[VIEW_MAP].row + 1, 3); /* the small mappings */
	assert_true(line()->kind == LINE_SMALL && line()->open);
	watch(many());
	press("g7f0000000000\rj\r"); /* long enough to scroll */
	mouse(MOUSE_WHEEL_UP, row, 20);
	mouse(MOUSE_WHEEL_UP, row, 20);
	top = screen.map.top;
	mouse(MOUSE_WHEEL_DOWN, row, 20);
	assert_int_equal(screen.map.top, top + 3);
	mouse(MOUSE_WHEEL_UP, row, 20);
	mouse(MOUSE_WHEEL_UP, row, 20);
	assert_int_equal(screen.map.top, top > 3 ? top - 3 : 0);
	for (int i = 0; i < 50; i++)
		mouse(MOUSE_WHEEL_DOWN, row, 20);
	assert_int_equal(screen.map.top, screen.map.layout.n - (size_t)screen.map.room);
	assert_in_range(screen.map.line, screen.map.top, screen.map.layout.n - 1);
}

static void test_dismiss(void **state)
{
	struct world world;

	(void)state;
	press("d");
	assert_string_equal(screen.message, "process 4242 has not exited");
	press("e");
	assert_int_equal(screen.ask_eligible, DEMO_PID);
	screen.ask_eligible = 0;
	world_start(&world, true);
	world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
	stage_take(world_moment(&world));
	press("e");
	assert_int_equal(screen.ask_eligible, 0);
	assert_true(shows("has exited"));
	press("d");
	assert_false(shows("has exited"));
	assert_true(shows("no process to look at"));
	world_start(&world, true);
	world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
	stage_take(world_moment(&world)); /* is told of again, and not shown */
	assert_int_equal(screen.scene.n, 0);
	stage_take(world_demo(true)); /* another of that PID */
	assert_int_equal(screen.scene.n, 1);
}

/* Where one mapping ends inside of a slot and the next begins, each address is on the line of its own. */
static void test_shared_slot(void **state)
{
	struct world world;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "close");
	world_vma(&world, HEAP, 4 * SLOT + PAGE, "rw-p", VMA_ANON, "");
	world_vma(&world, HEAP + 4 * SLOT + PAGE, PAGE, "r--p", VMA_FILE, "/small");
	world_vma(&world, HEAP + 4 * SLOT + 2 * PAGE, 4 * SLOT, "rw-p", VMA_ANON, "");
	world_vma(&world, HEAP + 8 * SLOT + 2 * PAGE, PAGE, "r--p", VMA_FILE, "/last");
	watch(world_moment(&world));
	screen_command(&screen, COMMAND_END);
	screen_draw(&screen, &cells);
	assert_int_equal(screen.map.line, screen.map.layout.n - 1);
	press("kk");
	assert_int_equal(line()->kind, LINE_SMALL);
	press("\r");
	assert_true(line()->open);
	press("j");
	assert_int_equal(screen.map.addr, HEAP + 4 * SLOT + PAGE);
	press("j");
	assert_int_equal(screen.map.addr, HEAP + 4 * SLOT + 2 * PAGE);
	assert_int_equal(line()->kind, LINE_CELLS);
}

/* A cell reaches into the mapping behind it, or before: a search finds what that holds. */
static void test_search_shared_slot(void **state)
{
	struct world world;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "close");
	world_vma(&world, HEAP, 4 * SLOT + PAGE, "rw-p", VMA_ANON, "");
	world_vma(&world, HEAP + 4 * SLOT + PAGE, PAGE, "r--p", VMA_FILE, "/small");
	world_vma(&world, HEAP + 4 * SLOT + 2 * PAGE, 4 * SLOT, "rw-p", VMA_ANON, "");
	world_vma(&world, HEAP + 8 * SLOT + 2 * PAGE, PAGE, "r--p", VMA_FILE, "/last");
	watch(world_moment(&world));
	press("/r--\r");
	press("g7f0000800000\r");
	assert_int_equal(line()->kind, LINE_CELLS);
	press("n");
	assert_int_equal(screen.map.addr, HEAP + 4 * SLOT + PAGE);
	press("g7f0000802000\r");
	assert_int_equal(line()->kind, LINE_CELLS);
	press("N");
	assert_int_equal(screen.map.addr, HEAP + 4 * SLOT + PAGE);
}

/* Thousands of small mappings that repeat are looked at once each, not once from each of them. */
static void test_many_small(void **state)
{
	struct map_layout layout = {0};
	const struct map_look look = {.cols = 80};
	struct scene scene = {0};
	struct world world;
	clock_t began;
	uint64_t i;

	(void)state;
	world_start(&world, true);
	world_process(&world, 1, "guards");
	world.process->vmas =
		arena_alloc(&world.moment->arena, 20000 * sizeof(struct vma)); /* more than a world has */
	for (i = 0; i < 20000; i++)
		world_vma(&world, HEAP + i * PAGE, PAGE, i % 2 ? "rw-p" : "---p", VMA_ANON, "");
	scene_take(&scene, world_moment(&world));
	began = clock();
	map_layout_build(&layout, &scene, &look);
	assert_in_range(clock() - began, 0, 2 * CLOCKS_PER_SEC);
	assert_int_equal(layout.n, 2);
	assert_int_equal(layout.lines[1].kind, LINE_SMALL);
	assert_int_equal(layout.lines[1].n_vmas, 20000);
	map_layout_fini(&layout);
	scene_fini(&scene);
}

static struct moment *answered(uint64_t ns, uint64_t eligible_ns)
{
	struct world world;
	struct vma *vma;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "asked");
	vma = world_vma(&world, DEMO_HEAP, 8 * SLOT, "rw-p", VMA_ANON, "");
	vma->eligible = 1;
	vma->eligible_ns = eligible_ns;
	world_regions(&world, 0, 4, MAPPING_PMD, BACKING_THP);
	world.moment->mono_ns = ns;
	return world_moment(&world);
}

/* What `e` asked is told when smaps has answered, not by an older answer, and not over what was said since. */
static void test_answered(void **state)
{
	static const char asking[] = "asking smaps of process 4242: the headings will tell";

	(void)state;
	watch(answered(5000, 4000));
	press("e");
	assert_string_equal(screen.message, asking);
	stage_take(answered(6000, 4000));
	assert_string_equal(screen.message, asking);
	stage_take(answered(7000, 6500));
	assert_string_equal(screen.message, "asked smaps of process 4242: the headings tell");
	press("e");
	press("h");
	stage_take(answered(9000, 8500));
	assert_null(screen.message);
}

/* The cells of a process that has exited are of the past. */
static void test_exited_dim(void **state)
{
	struct world world;
	int i, dim[2] = {0}, at;

	(void)state;
	for (at = 0; at < 2; at++) {
		if (at) {
			world_start(&world, true);
			world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
			stage_take(world_moment(&world));
		}
		for (i = 0; i < cells.rows * cells.cols; i++)
			dim[at] += !!(cells.at[i].mark & MARK_DIM);
	}
	assert_int_equal(dim[0], 0);
	assert_true(dim[1] > 8);
	assert_true(shows("d dismiss  Enter"));
}

static struct moment *at(uint64_t ns, enum backing backing)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, DEMO_PID, "flash");
	world_vma(&world, DEMO_HEAP, 8 * SLOT, "rw-p", VMA_ANON, "");
	world_regions(&world, 0, 4, MAPPING_PMD, BACKING_THP);
	world_region(&world, 4, MAPPING_PTE, backing);
	world.moment->mono_ns = ns;
	return world_moment(&world);
}

#define MS UINT64_C(1000000)

static void test_flash(void **state)
{
	(void)state;
	watch(at(0, BACKING_THP));
	press("g7f5a40000000\r");
	stage_take(at(5000 * MS, BACKING_THP));
	assert_true(shows("#███▓···"));
	stage_take(at(5100 * MS, BACKING_MTHP));
	assert_true(shows("#███◆···"));
	stage_take(at(5700 * MS, BACKING_MTHP)); /* its shape is seen, too */
	assert_true(shows("#███▚···"));
	stage_take(at(5800 * MS, BACKING_MTHP));
	screen.flash = false;
	screen_draw(&screen, &cells);
	for (int i = 0; i < cells.rows * cells.cols; i++)
		assert_false(cells.at[i].mark & MARK_FLASH);
	screen.flash = true;
	stage_take(at(6200 * MS, BACKING_MTHP));
	for (int i = 0; i < cells.rows * cells.cols; i++)
		assert_false(cells.at[i].mark & MARK_FLASH);
	stage_take(at(6300 * MS, BACKING_SMALL));
	cells.ascii = true;
	screen_draw(&screen, &cells);
	assert_true(shows("####*..."));
}

static struct moment *any_moment(unsigned n)
{
	struct world world;

	switch (n % 6) {
	case 0:
		return world_demo(n % 4);
	case 1:
		return many();
	case 2:
		return at(n % 3 * 400 * MS, n % 2 ? BACKING_THP : BACKING_SMALL);
	case 3: /* all are gone */
		world_start(&world, true);
		world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
		return world_moment(&world);
	case 4: /* nobody is there */
		world_start(&world, true);
		return world_moment(&world);
	default: /* the end of all addresses, and a map of nothing */
		world_start(&world, true);
		world_process(&world, DEMO_PID, "end");
		world_vma(&world, 0x1000, PAGE, "r--p", VMA_FILE, "/a");
		world_vma(&world, 0 - 500 * SLOT, 500 * SLOT - PAGE, "rw-p", VMA_ANON, "");
		world_region(&world, 499, MAPPING_PTE, BACKING_SMALL);
		world_process(&world, 3, "none");
		return world_moment(&world);
	}
}

/* The cursor is on a line that it may be on, of its process and with its address, wherever there is such a line. */
static void assert_cursor(void)
{
	const struct map_state *map = &screen.map;
	struct spot spot;

	if (!map->layout.n) {
		assert_int_equal(map->line, 0);
		return;
	}
	assert_in_range(map->line, 0, map->layout.n - 1);
	assert_true(map_layout_stops(&map->layout, map->line));
	assert_int_equal(map->line,
			 map_layout_find(&map->layout, &screen.scene, map->pid, map->addr, map->heading));
	assert_in_range(map->line, map->top, map->top + (size_t)(map->room > 0 ? map->room - 1 : 0));
	assert_true(map_spot(&screen, &spot));
	if (spot.region)
		assert_true(spot.region->start == spot.start && spot.region->len == spot.len);
}

/* Keys, texts, clicks, moments and sizes in any order; asan watches. */
static void test_random(void **state)
{
	static const char *const texts[] = {
		"/swap\r",  "/heap\r",	"\\rw\r", "\\zz\r",	"\\thp", "g7f0000000000\r",
		"gstack\r", "g1\r",	"---",	  "----------", "++",	 "[[[",
		"]]]",	    "\x1b\x1b", "nnn",	  "NN",		"jjj\r", "d"};
	static const char keys[] = "hjkl\r\x1b+-[]nN/\\gde \tpq?s";
	unsigned seed = 7, i, zoomed = 0, filtered = 0, opened = 0;
	char key[2] = "";

	(void)state;
	for (i = 0; i < 4000; i++) {
		switch ((unsigned)rand_r(&seed) % 8) {
		case 0:
			press(texts[(unsigned)rand_r(&seed) % (sizeof(texts) / sizeof(texts[0]))]);
			break;
		case 1:
			stage_take(any_moment((unsigned)rand_r(&seed)));
			break;
		case 2:
			mouse((enum mouse_what)((unsigned)rand_r(&seed) % 4), rand_r(&seed) % 60,
			      rand_r(&seed) % 100);
			break;
		case 3:
			cells.rows = 12 + rand_r(&seed) % 50;
			cells.cols = 40 + rand_r(&seed) % 160;
			screen_draw(&screen, &cells);
			break;
		default:
			key[0] = keys[(unsigned)rand_r(&seed) % (sizeof(keys) - 1)];
			press(key);
			break;
		}
		if (!screen.help)
			assert_cursor();
		zoomed += screen.map.layout.zoom > 0;
		filtered += screen.map.filter.n > 0;
		opened += screen.map.layout.n_opened > 0;
	}
	assert_in_range(zoomed, 200, 3800); /* it went everywhere */
	assert_in_range(filtered, 200, 3800);
	assert_in_range(opened, 200, 3999);
}

/* Rows that hold nothing are as large as what of them is the VMA's. */
static void test_empty_size(void **state)
{
	struct world world;

	(void)state;
	world_start(&world, true);
	world_process(&world, DEMO_PID, "edges");
	world_vma(&world, 0x720000110000, 321 * MIB + PAGE, "rw-p", VMA_ANON, "");
	world_region(&world, 150, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x730000000000, 200 * SLOT + PAGE, "rw-p", VMA_ANON, "");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	stage_take(world_moment(&world));
	assert_true(shows("nothing mapped: 128 regions, 254 MiB"));
	assert_true(shows("nothing mapped: 137 regions, 272 MiB"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, stage_demo, stage_end)

/* What was read and never written is nobody's memory, but no hole. */
static void test_zero_page(void **state)
{
	struct moment *moment = world_demo(true);
	struct vma *vma = (struct vma *)process_vma_at(&moment->processes[0], DEMO_HEAP);

	(void)state;
	assert_false(shows(" zero page\n"));
	vma->kb = (struct kb){.zero = 2048};
	stage_take(moment);
	assert_true(shows(" zero page\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_alike),
		TEST(test_runs),
		TEST(test_no_runs),
		TEST(test_zoom),
		TEST(test_worst),
		TEST(test_exact),
		TEST(test_not_huge),
		TEST(test_goto),
		TEST(test_goto_digits),
		TEST(test_search),
		TEST(test_search_processes),
		TEST(test_filter),
		TEST(test_mouse),
		TEST(test_dismiss),
		TEST(test_answered),
		TEST(test_exited_dim),
		TEST(test_flash),
		TEST(test_random),
		TEST(test_shared_slot),
		TEST(test_search_shared_slot),
		TEST(test_many_small),
		TEST(test_zero_page),
		TEST(test_empty_size),
	};

	return cmocka_run_group_tests_name("ui_map", tests, NULL, NULL);
}
