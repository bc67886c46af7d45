/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys: where the cursor goes, what commands ask for, and that no sequence of anything breaks the screen. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "deeds.h"
#include "stage.h"

static void command(enum command command)
{
	screen_command(&screen, command);
	screen_draw(&screen, &cells);
}

static int count_marks(uint8_t mark)
{
	int i, n = 0;

	for (i = 0; i < cells.rows * cells.cols; i++)
		n += !!(cells.at[i].mark & mark);
	return n;
}

static void test_walk(void **state)
{
	(void)state;
	assert_int_equal(screen.map.addr, DEMO_HEAP); /* begins on the first region */
	assert_int_equal(count_marks(MARK_CURSOR), 1);
	command(COMMAND_RIGHT);
	assert_int_equal(screen.map.addr, DEMO_HEAP + SLOT);
	command(COMMAND_DOWN); /* the fold */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 64 * SLOT);
	command(COMMAND_DOWN); /* back to its column */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 193 * SLOT);
	command(COMMAND_LEFT);
	command(COMMAND_LEFT); /* over the row's edge */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 64 * SLOT);
	command(COMMAND_UP);
	assert_int_equal(screen.map.addr, DEMO_HEAP);
	command(COMMAND_END);
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	assert_int_equal(screen.map.heading, LINE_SMALL);
	command(COMMAND_DOWN);
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
	command(COMMAND_HOME);
	assert_int_equal(screen.map.addr, 0x55d0c0a00000);
	command(COMMAND_PAGE_DOWN);
	command(COMMAND_PAGE_DOWN);
	assert_int_equal(screen.map.addr, 0x7ffd1c000000);
}

/* A VMA that begins inside a slot: its first region's address is its own start. */
static void test_first_fragment(void **state)
{
	struct spot spot;

	(void)state;
	screen.map.addr = 0x7f5c00200000;
	screen_draw(&screen, &cells);
	command(COMMAND_LEFT);
	assert_int_equal(screen.map.addr, 0x7f5c00100000);
	assert_true(map_spot(&screen, &spot));
	assert_int_equal(spot.start, 0x7f5c00100000);
	assert_int_equal(spot.slot, 0x7f5c00000000);
	assert_int_equal(spot.len, MIB);
	assert_int_equal(spot.region->start, 0x7f5c00100000);
}

static void test_not_huge(void **state)
{
	unsigned seen = 0;

	(void)state;
	command(COMMAND_NEXT);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 8 * SLOT);
	while (!screen.message) {
		seen++;
		command(COMMAND_NEXT);
		assert_in_range(seen, 1, 100);
	}
	assert_int_equal(seen, 12); /* no fragment, nothing empty, nothing huge */
	assert_int_equal(screen.map.addr, DEMO_HEAP + 21 * SLOT);
	command(COMMAND_PREVIOUS);
	assert_null(screen.message);
	assert_int_equal(screen.map.addr, DEMO_HEAP + 19 * SLOT);
}

/* Lines come and go above the cursor: it stays on its address, and on its line of the screen. */
static void test_stays(void **state)
{
	struct world world;
	char name[32];
	size_t offset;
	int more;

	(void)state;
	for (more = 0; more < 3; more++) {
		world_start(&world, true);
		world_process(&world, 7, "grows");
		for (int i = 0; i < 10 + 5 * (more % 2); i++) { /* no two are alike */
			snprintf(name, sizeof(name), "/low/%d", i);
			world_vma(&world, 0x10000000 + (uint64_t)i * 8 * SLOT, SLOT, "rw-p", VMA_FILE, name);
		}
		for (int i = 0; i < 30; i++) {
			snprintf(name, sizeof(name), "/high/%d", i);
			world_vma(&world, 0x7f0000000000 + (uint64_t)i * 8 * SLOT, SLOT, "rw-p", VMA_FILE,
				  name);
			world_region(&world, 0, MAPPING_PMD, BACKING_THP);
		}
		screen_take(&screen, world_moment(&world));
		if (!more) {
			screen.map.pid = 7;
			screen.map.addr = 0x7f0000000000 + 5 * 8 * SLOT;
			screen_draw(&screen, &cells);
			offset = screen.map.line - screen.map.top;
		}
		screen_draw(&screen, &cells);
		assert_int_equal(screen.map.addr, 0x7f0000000000 + 5 * 8 * SLOT);
		assert_int_equal(screen.map.layout.lines[screen.map.line].start, screen.map.addr);
		assert_int_equal(screen.map.line - screen.map.top, offset);
	}
	/* So it does when a search, which scrolled, is left. */
	command(COMMAND_UP);
	offset = screen.map.line - screen.map.top;
	assert_in_range(offset, 1, screen.map.room - 2);
	press("/low/3");
	assert_int_not_equal(screen.map.line - screen.map.top, offset);
	press("\x1b");
	assert_int_equal(screen.map.line - screen.map.top, offset);
}

static void test_views(void **state)
{
	uint64_t addr;
	pid_t pid;

	(void)state;
	screen_wants(&screen, &pid, &addr);
	assert_int_equal(pid, 0); /* narrow: nobody sees it */
	command(COMMAND_ENTER);
	screen_wants(&screen, &pid, &addr);
	assert_int_equal(pid, DEMO_PID);
	assert_int_equal(addr, DEMO_HEAP);
	command(COMMAND_HELP);
	command(COMMAND_CLOSE);
	assert_false(screen.help);
	command(COMMAND_CLOSE);
	assert_int_equal(screen.focus, VIEW_MAP);
	command(COMMAND_BACK);
	assert_false(screen.close); /* Esc never leaves */
	command(COMMAND_PANE);
	assert_int_equal(screen.focus, VIEW_REGION);
	command(COMMAND_PANE); /* there are no events in sight */
	assert_int_equal(screen.focus, VIEW_MAP);
	command(COMMAND_PANE_BACK);
	assert_int_equal(screen.focus, VIEW_REGION);
	command(COMMAND_PANE_BACK);
	assert_int_equal(screen.focus, VIEW_MAP);
	command(COMMAND_EVENTS);
	assert_int_equal(screen.focus, VIEW_EVENTS);
	command(COMMAND_EVENTS);
	command(COMMAND_CLOSE);
	assert_true(screen.close);
	command(COMMAND_QUIT);
	assert_true(screen.quit);
	command(COMMAND_SUSPEND);
	assert_true(screen.suspend);
	command(COMMAND_REDRAW);
	assert_true(screen.redraw);
	cells.cols = 120;
	screen_draw(&screen, &cells);
	screen_wants(&screen, &pid, &addr);
	assert_int_equal(pid, DEMO_PID); /* wide: it stands beside the map */
}

/* A key of the map says so where it does nothing, and one that works nowhere there says nothing. */
static void test_elsewhere(void **state)
{
	static const enum view_id panes[] = {VIEW_EVENTS, VIEW_COUNTERS};

	(void)state;
	for (size_t i = 0; i < sizeof(panes) / sizeof(panes[0]); i++) {
		screen.focus = panes[i];
		command(COMMAND_HOT);
		assert_string_equal(screen.message, "That is for the map: Esc leads there.");
		assert_int_equal(screen.inquiry.open, INQUIRY_NONE);
		command(COMMAND_SORT);
		assert_null(screen.message);
		command(COMMAND_BACK);
		assert_int_equal(screen.focus, VIEW_MAP);
	}
	command(COMMAND_SORT);
	assert_null(screen.message);
}

/* What is bound to nothing says so, wherever one is; an unknown sequence is no key. Those of htop do what they do there. */
static void test_unbound(void **state)
{
	(void)state;
	screen_key(&screen, PRESS_F4);
	assert_string_equal(screen.message, "F4: no such key here, ? helps");
	screen_draw(&screen, &cells);
	assert_true(shows("F4: no such key here, ? helps"));
	screen_key(&screen, PRESS_OTHER);
	assert_null(screen.message);
	press("?");
	screen_key(&screen, 'T');
	assert_string_equal(screen.message, "T: no such key here, ? helps");
	screen_key(&screen, PRESS_F10);
	assert_false(screen.help || screen.close);
	screen_key(&screen, PRESS_F3);
	assert_int_equal(screen.prompt.kind, PROMPT_SEARCH);
	screen_key(&screen, PRESS_ESCAPE);
	assert_int_equal(screen.prompt.kind, PROMPT_NONE);
	keymap_bind(&screen.keymap, '?', COMMAND_NONE);
	keymap_bind(&screen.keymap, PRESS_F1, COMMAND_NONE);
	screen_key(&screen, PRESS_F4);
	assert_string_equal(screen.message, "F4: no such key here");
	screen_key(&screen, PRESS_F10);
	assert_true(screen.close);
}

/* While paused, a region that is looked into is newer than the map, and says so. */
static void test_late(void **state)
{
	struct buf text = {0};

	(void)state;
	command(COMMAND_PAUSE);
	command(COMMAND_ENTER);
	screen_take_region(&screen, world_examined(true, DEMO_HEAP));
	screen_draw(&screen, &cells);
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "read now"));
	buf_fini(&text);
}

static struct moment *other_moment(unsigned n)
{
	struct world world;

	switch (n % 5) {
	case 0:
		return world_demo(true);
	case 1:
		return world_demo(false);
	case 2:
		world_start(&world, true);
		world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
		return world_moment(&world);
	case 3:
		world_start(&world, true);
		return world_moment(&world); /* nobody */
	default:
		world_start(&world, true);
		world_process(&world, 1, "empty");
		world_process(&world, DEMO_PID, "small");
		world_vma(&world, 5 * PAGE, PAGE, "r--p", VMA_FILE, "/a");
		return world_moment(&world);
	}
}

/* What the loop would do with what is asked of it, in any way it could turn out. */
static void obey(unsigned n)
{
	if (screen.act.plan && n % 3) {
		screen.act.plan = false;
		screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, n % 2));
	}
	if (screen.act.go && n % 4 == 1) {
		screen.act.go = false;
		screen_take_event(&screen, deed_collapse(n % 50));
	}
	if (screen.inquiry.ask && n % 2) {
		screen.inquiry.ask = false;
		if (screen.inquiry.asked.kind == INQUIRY_WHY)
			screen_take_answer(&screen, deed_why(&screen.inquiry.asked, n % 50));
		else if (screen.inquiry.asked.kind == INQUIRY_HOT)
			screen_take_answer(&screen, deed_hot(&screen.inquiry.asked, n % 90,
							     (enum heat_by)(n % HEAT_BY_COUNT)));
		else
			screen_take_answer(&screen, deed_sharers(&screen.inquiry.asked, n % 90, n % 5 == 1));
	}
	if (n % 7 == 0)
		screen_take_event(&screen, deed_any(n % 1000));
	screen_progress(&screen, n % 2, n % 1000);
	screen.choose = false; /* moments come of whom they will */
}

/* To the question before a collapse, wherever the screen was: rarely does a random way lead there. */
static void reach_dialog(void)
{
	cells.rows = 24;
	cells.cols = 80;
	for (int i = 0; i < 8; i++) /* out of what covers the map, and of what was asked */
		screen_command(&screen, COMMAND_BACK);
	while (screen.dialog.kind != DIALOG_NONE || screen.act.menu.open || screen.prompt.kind != PROMPT_NONE)
		screen_key(&screen, PRESS_ESCAPE);
	if (screen.act.stage == ACT_PLANNING)
		screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, false));
	if (screen.act.menu.open)
		screen_key(&screen, PRESS_ESCAPE);
	if (screen.act.stage == ACT_RUNNING)
		screen_take_event(&screen, deed_collapse(0));
	screen.paused = false;
	screen_take(&screen, world_demo(true));
	screen_draw(&screen, &cells);
	screen.map.pid = DEMO_PID;
	screen.map.addr = DEMO_HEAP;
	screen_draw(&screen, &cells);
	screen_command(&screen, COMMAND_COLLAPSE);
	assert_true(screen.act.plan);
	screen.act.plan = false;
	screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, true));
	assert_int_equal(screen.dialog.kind, DIALOG_ACT);
}

/* 20,000 keys, moments, answers and sizes in any order; asan watches. */
static void test_random(void **state)
{
	static const uint32_t keys[] = {PRESS_ENTER, PRESS_ENTER, PRESS_TAB, PRESS_DOWN, PRESS_ESCAPE,
					'y',	     'x',	  'C',	     'S',	 'W',
					'F',	     'Y',	  'v',	     'u',	 'j'};
	unsigned seed = 42, i, what, helped = 0, regions = 0, menus = 0, dialogs = 0, inquiries = 0,
		 counters = 0;
	struct moment *moment;
	uint64_t addr, clock_ns = 0;
	pid_t pid;

	(void)state;
	for (i = 0; i < 20000; i++) {
		what = (unsigned)rand_r(&seed) % 100;
		if (i % 1000 == 500)
			reach_dialog();
		obey((unsigned)rand_r(&seed));
		if (what < 30) {
			screen_key(&screen, keys[(unsigned)rand_r(&seed) % (sizeof(keys) / sizeof(keys[0]))]);
		} else if (what < 80) {
			screen_command(&screen, (enum command)((unsigned)rand_r(&seed) % COMMAND_COUNT));
		} else if (what < 88) {
			moment = other_moment((unsigned)rand_r(&seed));
			moment->mono_ns = clock_ns += (uint64_t)rand_r(&seed) % 3000000000;
			if (what % 2)
				counts_put(moment, i % 7, i * i % 1000000);
			screen_take(&screen, moment);
		} else if (what < 94) {
			screen_wants(&screen, &pid, &addr);
			screen_take_region(&screen, world_examined(what % 2, addr));
		} else if (what < 97) {
			cells.rows = rand_r(&seed) % 70;
			cells.cols = rand_r(&seed) % 250;
		}
		if (what % 3)
			screen_draw(&screen, &cells);
		helped += screen.help;
		regions += screen.focus == VIEW_REGION;
		menus += screen.act.menu.open;
		dialogs += screen.dialog.kind == DIALOG_ACT;
		inquiries += screen.inquiry.open != INQUIRY_NONE;
		counters += screen.focus == VIEW_COUNTERS && screen.count;
		assert_in_range(screen.map.line, 0, screen.map.layout.n);
		assert_in_range(screen.map.top, 0, screen.map.layout.n);
	}
	assert_in_range(helped, 100, 19900); /* it went everywhere */
	assert_in_range(regions, 100, 19900);
	assert_in_range(menus, 3, 19900);
	assert_in_range(dialogs, 3, 19900);
	assert_in_range(inquiries, 100, 19900);
	assert_in_range(counters, 100, 19900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_walk, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_first_fragment, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_not_huge, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_stays, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_views, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_elsewhere, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_unbound, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_late, stage_demo, stage_end),
		cmocka_unit_test_setup_teardown(test_random, stage_demo, stage_end),
	};

	return cmocka_run_group_tests_name("ui_keys", tests, NULL, NULL);
}
