/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Big cells and the caption below them. Golden texts as in ui_views.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "deeds.h"
#include "stage.h"
#include "ui/map_big.h"
#include "ui/map_cursor.h"

#define WIDE 4 /* of sizes */
static const struct stage_size sizes[WIDE] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}};

/* Two processes of a lesson: what is shared by PMD, and what was split by a write. */
static struct moment *family(bool known)
{
	struct world world;
	struct region *region;

	world_start(&world, known);
	world_process(&world, 1000, "specimen");
	world_vma(&world, UINT64_C(0x7e0000000000), 16 * SLOT, "rw-p", VMA_ANON, "[anon:heap]");
	world_regions(&world, 0, 15, MAPPING_PMD, BACKING_THP);
	region = world_region(&world, 15, MAPPING_PTE, BACKING_SMALL);
	region->mapcount = (struct mapcount){0, 1234, UNKNOWN_COUNT};
	world_process(&world, 1001, "specimen:kid");
	world_vma(&world, UINT64_C(0x7e0000000000), 4 * SLOT, "rw-p", VMA_ANON, "[anon:heap]");
	region = world_region(&world, 0, MAPPING_PTE, BACKING_MIXED);
	region->mapcount.highest = known ? 2 : UNKNOWN_COUNT;
	region = world_region(&world, 2, MAPPING_PMD, BACKING_THP);
	region->mapcount.highest = known ? 12 : UNKNOWN_COUNT;
	return world_moment(&world);
}

static void open_screen(int size, bool known)
{
	stage_open("lesson", &sizes[size]);
	screen.big = true;
	stage_take(family(known));
}

static void test_views(void **state)
{
	(void)state;
	for (int size = 0; size < WIDE; close_screen(), size++) {
		open_screen(size, true);
		world_golden(&cells, "big-family");
		screen_take_event(&screen, deed_collapse(0));
		press("j");
		world_golden(&cells, "big-caption");
		close_screen();
		open_screen(size, false);
		world_golden(&cells, "big-unknown");
		press("\r");
		world_golden(&cells, "big-region");
		close_screen();
		stage_open("demo", &sizes[size]);
		cells.ascii = cells.plain = true;
		stage_take(world_demo(true));
		press("z");
		world_golden(&cells, "big-ascii");
	}
}

/* The cursor goes from cell to cell, as far as without. */
static void test_cursor(void **state)
{
	uint64_t addr;
	size_t line;

	(void)state;
	open_screen(1, true);
	assert_int_equal(screen.map.layout.per_row, 8);
	addr = screen.map.addr;
	screen_command(&screen, COMMAND_RIGHT);
	assert_int_equal(screen.map.addr, addr + SLOT);
	line = screen.map.line;
	screen_command(&screen, COMMAND_DOWN);
	assert_int_equal(screen.map.addr, addr + 9 * SLOT);
	assert_int_equal(screen.map.line, line + screen.map.layout.cell_rows);
	screen_command(&screen, COMMAND_UP);
	assert_int_equal(screen.map.addr, addr + SLOT);
	screen_command(&screen, COMMAND_END);
	assert_int_equal(screen.map.pid, 1001);
	assert_int_equal(screen.map.addr, addr + 3 * SLOT);
	press("z");
	assert_int_equal(screen.map.addr, addr + 3 * SLOT);
	assert_int_equal(screen.map.layout.cell_rows, 1);
	press("z");
	assert_int_equal(screen.map.addr, addr + 3 * SLOT);
	close_screen();
}

/* A click in any row and column of a cell is on that cell. */
static void test_mouse(void **state)
{
	const struct map_layout *layout = &screen.map.layout;
	struct mouse click = {.what = MOUSE_CLICK};
	uint64_t addr;

	(void)state;
	open_screen(2, true);
	addr = screen.map.addr;
	for (int down = 0; down < 2; down++)
		for (int right = 0; right < map_big_cols(layout); right++) {
			screen_command(&screen, COMMAND_HOME);
			screen_draw(&screen, &cells);
			click.row = screen.panes[VIEW_MAP].row + 1 + (int)screen.map.line + down;
			click.col = screen.panes[VIEW_MAP].col + 1 + map_big_col(layout, 2) + right;
			screen_mouse(&screen, &click);
			assert_int_equal(screen.map.addr, addr + 2 * SLOT);
		}
	close_screen();
}

/* Where there is room each subpage has two columns: a click in either is on it. */
static void test_subpages(void **state)
{
	static const int step[WIDE] = {1, 2, 1, 2};
	struct mouse click = {.what = MOUSE_CLICK};

	(void)state;
	for (int size = 0; size < WIDE; close_screen(), size++) {
		stage_open("demo", &sizes[size]);
		stage_take(world_demo(true));
		press("z");
		map_cursor_put(&screen, DEMO_PID, DEMO_HEAP + 8 * SLOT);
		screen_draw(&screen, &cells);
		press("\r");
		screen_take_region(&screen, world_examined(true, DEMO_HEAP + 8 * SLOT));
		screen_draw(&screen, &cells);
		world_golden(&cells, "big-subpages");
		screen_command(&screen, COMMAND_RIGHT);
		screen_draw(&screen, &cells);
		assert_int_equal(screen.region.page, 1);
		click.row = cells.cursor_row;
		for (click.col = cells.cursor_col; click.col < cells.cursor_col + step[size]; click.col++) {
			screen.region.page = 3;
			screen_mouse(&screen, &click);
			assert_int_equal(screen.region.page, 1);
		}
		screen_mouse(&screen, &click);
		assert_int_equal(screen.region.page, 2);
	}
}

/* What folds, what is searched and filtered, zoom: as without; and all that is seen when a row is half scrolled out. */
static void test_works(void **state)
{
	(void)state;
	stage_open("demo", &sizes[1]);
	stage_take(world_demo(true));
	press("z");
	screen_command(&screen, COMMAND_END);
	screen_draw(&screen, &cells);
	press("/heap\r");
	assert_string_equal(screen.message, "on from the top");
	press("g7f5a40000000\r");
	assert_int_equal(screen.map.addr, DEMO_HEAP);
	press("]");
	assert_int_equal(screen.map.addr, DEMO_HEAP + 8 * SLOT);
	press("---");
	assert_true(shows("1 cell ="));
	press("+++");
	for (int at = 0; at < 300; at++) {
		struct spot spot;

		press(at % 2 ? "j" : "l");
		assert_true(map_spot(&screen, &spot));
		assert_true(screen.map.line >= screen.map.top);
		/* All of its rows, but for the ones that are free. */
		assert_true(screen.map.line + (spot.line->kind == LINE_CELLS) <
			    screen.map.top + (size_t)screen.map.room);
	}
	close_screen();
}

/* What was done stays told while the rest of the machine is too fast to be. */
static void test_caption_in_storm(void **state)
{
	(void)state;
	open_screen(1, true);
	screen_take_event(&screen, deed_collapse(0));
	for (unsigned i = 1; i < 10; i++)
		screen_take_event(&screen, deed_lost(i, 100));
	screen_draw(&screen, &cells);
	assert_true(shows("The kernel collapsed a region"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caption_in_storm), cmocka_unit_test(test_views),
		cmocka_unit_test(test_cursor),		 cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_subpages),	 cmocka_unit_test(test_works),
	};

	return cmocka_run_group_tests(tests, stage_setup, NULL);
}
