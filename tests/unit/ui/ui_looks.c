/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user says of how the screen looks, what stands beside a map, and the key that records. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/theme.h"
#include "stage.h"

#define HEAP UINT64_C(0x7f0000000000)
#define CHILD_PID 4243

static const struct stage_size wide = {200, 60}, narrow = {80, 24};

/* A process, and a child of it in which a page was written, and one mapping is gone; so many slots. */
static struct moment *family(bool child, uint64_t slots)
{
	struct world world;
	uint64_t slot;

	world_start(&world, true);
	for (pid_t pid = DEMO_PID; pid <= DEMO_PID + child; pid++) {
		world_process(&world, pid, pid == DEMO_PID ? "parent" : "child");
		world_vma(&world, HEAP, slots * SLOT, "rw-p", VMA_ANON, "");
		for (slot = 0; slot < slots; slot++)
			if (slot % 7 != 3)
				world_region(&world, slot,
					     slot % 10 == 9 || (pid != DEMO_PID && slot == 4) ? MAPPING_PTE
											      : MAPPING_PMD,
					     slot < slots / 2 ? BACKING_THP : BACKING_ZERO);
		if (pid == DEMO_PID) {
			world_vma(&world, HEAP + 8192 * SLOT, 2 * SLOT, "rw-p", VMA_ANON, "");
			world_regions(&world, 0, 2, MAPPING_PMD, BACKING_THP);
		}
	}
	return world_moment(&world);
}

static int row_with(const struct pane *pane, int col, const char *glyph)
{
	for (int row = 0; row < pane->rows; row++)
		if (!strcmp(cells_at(&cells, pane->row + row, pane->col + col)->glyph, glyph))
			return row;
	return -1;
}

/* Equal addresses stand on one row, cell by cell; what the child has not is said. */
static void test_twin(void **state)
{
	const struct pane *map = &screen.panes[VIEW_MAP];
	int row, col, from;

	(void)state;
	stage_open("demo", &wide);
	stage_take(family(true, 600));
	assert_true(screen.twin.rows > 0 && screen.twin.rows == map->rows);
	assert_int_equal(screen.twin.col, map->col + map->cols + 1);
	assert_true(shows("4243 child") && shows("not mapped there"));
	from = 1 + 14; /* an indent, an address of 12 digits and a blank on each side */
	row = 2;
	for (col = 1; col < 16; col++) { /* at 0 the cursor is */
		const char *parent = cells_at(&cells, map->row + row, map->col + from + col)->glyph;
		const char *child = cells_at(&cells, map->row + row, screen.twin.col + 1 + col)->glyph;

		if (col == 4)
			assert_string_not_equal(parent, child);
		else
			assert_string_equal(parent, child);
	}
	world_golden(&cells, "twin");
	/* A click goes to the same address of the other. */
	screen_mouse(&screen, &(struct mouse){.what = MOUSE_CLICK,
					      .row = screen.twin.row + row,
					      .col = screen.twin.col + 1 + 4});
	assert_int_equal(screen.map.pid, CHILD_PID);
	assert_true(screen.map.addr == HEAP + 4 * SLOT);
	screen_draw(&screen, &cells);
	/* On its own lines the parent stands beside it. */
	assert_true(shows("4242 parent"));
	close_screen();
}

/* No twin where there is no other, no room, or no wish. */
static void test_no_twin(void **state)
{
	(void)state;
	stage_open("demo", &wide);
	stage_take(family(false, 600));
	assert_int_equal(screen.twin.rows, 0);
	stage_take(family(true, 600));
	assert_true(screen.twin.rows > 0);
	press("||"); /* map and region, and no more */
	assert_int_equal(screen.twin.rows, 0);
	assert_int_equal(screen.minimap.pane.rows, 0);
	cells.cols = 120;
	press("|");
	assert_int_equal(screen.twin.rows, 0);
	close_screen();
}

/* All of a process in small, and where one is in it; a click goes there. */
static void test_minimap(void **state)
{
	const struct pane *pane = &screen.minimap.pane;
	const uint64_t slots = 3730; /* 3199 regions in 64 cells: 63 more than 49 each */
	int row;

	(void)state;
	stage_open("demo", &wide);
	stage_take(family(false, slots));
	assert_int_equal(pane->rows, 0); /* the whole map is seen */
	cells.rows = 24;
	screen_draw(&screen, &cells);
	cells.rows = 20;
	screen_draw(&screen, &cells);
	assert_true(pane->rows > 0);
	world_golden(&cells, "minimap");
	assert_int_equal(row_with(pane, pane->cols - 1, "┃"), 0);
	assert_string_equal(cells_at(&cells, pane->row, pane->col + 1)->glyph, "█");
	assert_string_equal(cells_at(&cells, pane->row + pane->rows - 1, pane->col + 1)->glyph, "□");
	screen_mouse(&screen, &(struct mouse){.what = MOUSE_CLICK,
					      .row = pane->row + pane->rows - 1,
					      .col = pane->col + 1});
	screen_draw(&screen, &cells);
	assert_true(screen.map.addr > HEAP + slots / 2 * SLOT);
	assert_int_equal(screen.focus, VIEW_MAP);
	row = row_with(pane, pane->cols - 1, "┃");
	assert_true(row > 0);
	/* The last cell is of the last regions: none is left over. */
	assert_int_equal(pane->rows * (pane->cols - 2), 64);
	screen_mouse(&screen, &(struct mouse){.what = MOUSE_CLICK,
					      .row = pane->row + pane->rows - 1,
					      .col = pane->col + pane->cols - 2});
	assert_true(screen.map.addr > HEAP + (slots - 90) * SLOT);
	screen_draw(&screen, &cells);
	screen.looks.minimap = false;
	screen_draw(&screen, &cells);
	assert_int_equal(pane->rows, 0);
	screen.looks.minimap = true;
	screen_draw(&screen, &cells);
	assert_true(pane->rows > 0);
	stage_take(family(false, 600)); /* that fits */
	screen_draw(&screen, &cells);
	assert_int_equal(pane->rows, 0);
	stage_take(family(false, slots));
	screen_draw(&screen, &cells);
	assert_true(pane->rows > 0);
	cells.cols = 120; /* no room */
	screen_draw(&screen, &cells);
	assert_int_equal(pane->rows, 0);
	close_screen();
}

static void test_layouts(void **state)
{
	(void)state;
	stage_open("demo", &narrow);
	stage_take(world_demo(true));
	assert_int_equal(screen.panes[VIEW_REGION].rows, 0);
	press("|"); /* there is no region to be taken away */
	assert_true(shows("layout region: nothing else beside the map"));
	assert_int_equal(screen.panes[VIEW_REGION].cols, 39);
	assert_int_equal(screen.panes[VIEW_MAP].cols, 40);
	world_golden(&cells, "layout-region");
	press("|");
	assert_true(shows("layout auto"));
	assert_int_equal(screen.panes[VIEW_REGION].rows, 0);
	cells = (struct cells){.rows = 60, .cols = 200, .at = cells.at, .room = cells.room};
	screen_draw(&screen, &cells);
	press("|");
	assert_int_equal(screen.panes[VIEW_MAP].cols, 200);
	assert_true(shows("layout map: no region beside it"));
	world_golden(&cells, "layout-map");
	press("|"); /* nothing but a region stood there */
	assert_int_equal(screen.looks.layout, LAYOUT_AUTO);
	cells = (struct cells){.rows = 24, .cols = 79, .at = cells.at, .room = cells.room};
	screen_draw(&screen, &cells);
	press("|");
	assert_true(shows("room for one layout"));
	assert_int_equal(screen.looks.layout, LAYOUT_AUTO);
	close_screen();
}

/* The bottom line names what is most useful first, whole or not at all, and what the mouse does where there is room. */
static void test_bottom_line(void **state)
{
	struct mouse wheel = {.what = MOUSE_WHEEL_DOWN};

	(void)state;
	stage_open("demo", &narrow);
	stage_take(world_demo(true));
	assert_true(shows("\n Enter open  y why  C S W F act  b hot  u counters  z big  "));
	assert_true(shows("  ? all keys  q quit"));
	assert_false(shows("w words") || shows("click: "));
	cells = (struct cells){.rows = 60, .cols = 200, .at = cells.at, .room = cells.room};
	screen_draw(&screen, &cells);
	assert_true(shows("  w words  ") && shows("  r record  ") && shows("click: choose, twice: open"));
	screen.recording.on = true;
	screen.looks.mouse = false;
	screen_draw(&screen, &cells);
	assert_true(shows("  r stop recording  ") && !shows("click: "));
	screen.recording.refused = "Not this one.";
	screen_draw(&screen, &cells);
	assert_true(shows("  C S W F act  ") && !shows("  r stop recording  "));
	screen.read_only = true;
	screen_draw(&screen, &cells);
	assert_true(shows("  y why  ") && !shows("C S W F act"));
	press("?");
	cells = (struct cells){.rows = 240, .cols = 200, .at = cells.at, .room = cells.room};
	screen_draw(&screen, &cells);
	assert_true(shows("take a process that has exited") && !shows("have the kernel collapse"));
	screen.read_only = false;
	screen_draw(&screen, &cells);
	assert_true(shows("have the kernel collapse"));
	cells = (struct cells){.rows = 60, .cols = 200, .at = cells.at, .room = cells.room};
	press("?");
	press("?");
	assert_false(shows("double click"));
	screen.looks.mouse = true;
	screen_draw(&screen, &cells);
	assert_true(shows("double click"));
	cells = (struct cells){.rows = 240, .cols = 200, .at = cells.at, .room = cells.room};
	screen_draw(&screen, &cells); /* all of it; of a recording's keys none works on this map */
	assert_true(shows("take a process that has exited") && !shows("of a recording: play slower"));
	cells = (struct cells){.rows = 60, .cols = 200, .at = cells.at, .room = cells.room};
	press("?");
	wheel.row = screen.panes[VIEW_REGION].row;
	wheel.col = screen.panes[VIEW_REGION].col;
	screen_mouse(&screen, &wheel);
	assert_int_equal(screen.focus, VIEW_MAP);
	wheel.what = MOUSE_CLICK;
	screen_mouse(&screen, &wheel);
	assert_int_equal(screen.focus, VIEW_REGION);
	close_screen();
}

static void test_theme_keys(void **state)
{
	(void)state;
	stage_open("demo", &narrow);
	stage_take(world_demo(true));
	screen.looks.theme = (struct theme){.colours = 256, .depth = 256};
	screen_key(&screen, PRESS_F2);
	assert_true(screen.looks.change && screen.looks.wish.name == THEME_HIGH_CONTRAST);
	screen_draw(&screen, &cells);
	assert_true(shows("theme high-contrast"));
	screen.looks.change = false;
	screen_key(&screen, PRESS_F8);
	assert_true(screen.looks.change && screen.looks.wish.ground == GROUND_DARK);
	assert_int_equal(screen.looks.wish.name, THEME_HIGH_CONTRAST);
	screen.looks.change = false;
	screen.looks.theme = (struct theme){.only_ascii = true};
	screen_key(&screen, PRESS_F2);
	assert_false(screen.looks.change);
	screen_key(&screen, PRESS_F8);
	assert_false(screen.looks.change);
	close_screen();
}

static void type_enter(void)
{
	screen_key(&screen, PRESS_ENTER);
	screen_draw(&screen, &cells);
}

/* A file is asked for; its usual name is by the process and the time, and harmless whatever the process is called. */
static void test_recording(void **state)
{
	struct moment *moment = world_demo(true);

	(void)state;
	moment->processes[0].comm = "-rf ../\x1b[2J";
	moment->wall_ns = INT64_C(1795339800) * 1000000000;
	stage_open("demo", &narrow);
	press("r");
	assert_true(shows("There is nothing to record yet."));
	stage_take(moment);
	press("r");
	assert_true(shows("record to: _rf_..___2J-20261122-093000.thp"));
	screen_key(&screen, PRESS_ESCAPE);
	assert_false(screen.recording.start);
	press("r\x15");
	type_enter();
	assert_true(!screen.recording.start && shows("No file, no recording."));
	screen_command(&screen, COMMAND_ENTER); /* also where the map is covered, and from a region */
	press("?r\x15x.thprec");
	type_enter();
	assert_true(screen.recording.start);
	assert_string_equal(screen.recording.file, "x.thprec");
	screen.recording.start = false;
	screen.recording.on = true;
	screen.recording.bytes = 12345;
	screen_draw(&screen, &cells);
	assert_true(shows("REC 12.0 KiB"));
	press("r");
	assert_true(screen.recording.stop && screen.prompt.kind == PROMPT_NONE);
	screen.recording.on = screen.recording.stop = false;
	screen.recording.refused = "Not this one.";
	press("r");
	assert_true(shows("Not this one.") && !screen.recording.start);
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twin),	   cmocka_unit_test(test_no_twin),
		cmocka_unit_test(test_minimap),	   cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_theme_keys), cmocka_unit_test(test_bottom_line),
		cmocka_unit_test(test_recording),
	};

	return cmocka_run_group_tests_name("ui_looks", tests, stage_setup, NULL);
}
