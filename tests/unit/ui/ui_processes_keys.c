/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processes under keys and mouse: cursor, order, filter, search, tags, and what is opened. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "deeds.h"
#include "rosters.h"
#include "ui/coverage.h"
#include "ui/figures.h"
#include "ui/processes_draw.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "world.h"

static struct screen screen;
static struct cells cells;

static int open_list(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	screen_init(&screen);
	screen_open_list(&screen);
	cells = (struct cells){.rows = 24, .cols = 80};
	screen_take_roster(&screen, making_machine());
	screen_draw(&screen, &cells);
	return 0;
}

static int close_list(void **state)
{
	(void)state;
	screen_fini(&screen);
	cells_fini(&cells);
	return 0;
}

static void press(const char *keys)
{
	for (; *keys; keys++) {
		screen_key(&screen, (unsigned char)*keys);
		screen_draw(&screen, &cells);
	}
}

static pid_t at_cursor(void)
{
	return processes_row(&screen.processes, screen.processes.line)->is.pid;
}

/* The PIDs shown, in order. */
static const char *order(void)
{
	static char text[512];
	size_t i;

	*text = '\0';
	for (i = 0; i < screen.processes.n; i++)
		sprintf(text + strlen(text), "%s%d", i ? " " : "",
			(int)processes_row(&screen.processes, i)->is.pid);
	return text;
}

/*
 * Huge memory first; then who has none; then who is not known yet, so that a new process does not push others down;
 * then who cannot be looked into; and behind all others' processes.
 */
static void test_order(void **state)
{
	(void)state;
	assert_string_equal(order(), "4242 800 4194303 4300 4302 4301 1 611 31000 1500 1200");
	press("s"); /* at this width: HUGE, PMD%, COMMAND, PID, USER, RSS */
	assert_int_equal(screen.processes.sort, COLUMN_SHARE);
	assert_string_equal(order(), "4194303 4242 4302 4300 800 4301 1 611 31000 1500 1200");
	press("s");
	assert_int_equal(screen.processes.sort, COLUMN_COMMAND);
	assert_string_equal(order(), "4302 1500 31000 1 4300 800 4301 4242 611 4194303 1200");
	press("s");
	assert_string_equal(order(), "1 611 800 1500 4242 4300 4301 4302 31000 4194303 1200");
	press("s");
	assert_int_equal(screen.processes.sort, COLUMN_USER);
	press("s");
	assert_string_equal(order(), "4242 4300 800 4194303 4301 4302 1 611 31000 1500 1200");
	press("s");
	assert_int_equal(screen.processes.sort, COLUMN_HUGE);
	press("t");
	assert_string_equal(order(), "4242 800 4194303 4300 4302 4301 1 611 31000 1500 1200 2 17");
	press("t");
	screen.processes.reversed = true;
	processes_order(&screen.processes);
	assert_string_equal(order(), "4301 1 4302 4300 4194303 800 4242 611 31000 1500 1200");
}

/* The machine again, with the process of this PID grown to the top. */
static void renew(pid_t grown)
{
	struct roster_view *roster = making_machine();
	struct roster_row *rows = (struct roster_row *)roster->rows;
	size_t i;

	for (i = 0; i < roster->n; i++)
		if (rows[i].is.pid == grown)
			making_known(&rows[i], 0, 0)->kb.pmd = 99 * GIB_KB;
	screen_take_roster(&screen, roster);
	screen_draw(&screen, &cells);
}

static void test_cursor_stays(void **state)
{
	(void)state;
	renew(1); /* nobody was chosen yet: the cursor is on whoever is first */
	assert_int_equal(at_cursor(), 1);
	press("jj");
	assert_int_equal(at_cursor(), 800);
	renew(4301);
	assert_int_equal(at_cursor(), 800);
	assert_int_equal(screen.processes.line, 2);
	press("s");
	assert_int_equal(at_cursor(), 800);
	screen_command(&screen, COMMAND_HOME);
	renew(31000);
	assert_int_equal(at_cursor(), 31000);
}

/* The cursor's process exits: its place is the next one's. */
static void test_cursor_of_gone(void **state)
{
	struct making making = making_start();

	(void)state;
	press("jj");
	assert_int_equal(at_cursor(), 4194303);
	making_known(making_row(&making, 5, "a", 100, "a"), 50, 0);
	making_known(making_row(&making, 6, "a", 100, "b"), 40, 0);
	making_known(making_row(&making, 7, "a", 100, "c"), 30, 0);
	making_known(making_row(&making, 8, "a", 100, "d"), 20, 0);
	screen_take_roster(&screen, making.view);
	assert_int_equal(at_cursor(), 7);
	making = making_start();
	screen_take_roster(&screen, making.view);
	screen_draw(&screen, &cells);
	press("jk\r \\x\rn/\r");
	assert_false(screen.choose);
	screen_command(&screen, COMMAND_END);
	screen_command(&screen, COMMAND_PAGE_UP);
}

static void test_filter(void **state)
{
	(void)state;
	press("j\\ADA");
	assert_string_equal(order(), "4194303 4300 4302 4301"); /* by user */
	press("\b\b\b42");
	assert_string_equal(order(), "4242"); /* by PID, while it is typed */
	press("\x1b");
	assert_string_equal(screen.processes.filter, "");
	assert_int_equal(at_cursor(), 800); /* where it was */
	press("\\server\r");
	assert_string_equal(order(), "4242");
	assert_int_equal(screen.prompt.kind, PROMPT_NONE);
	press("\\x\x1b");
	assert_string_equal(screen.processes.filter, "server"); /* the one before */
	press("\x1b");
	assert_string_equal(screen.processes.filter, "");
	press("\\ksoft\r");
	assert_string_equal(order(), ""); /* hidden is hidden */
	press("t");
	assert_string_equal(order(), "17");
}

static void test_search(void **state)
{
	(void)state;
	press("n");
	assert_non_null(screen.message);
	press("/ad");
	assert_int_equal(at_cursor(), 4194303);
	press("a\r");
	assert_int_equal(at_cursor(), 4194303);
	press("n");
	assert_int_equal(at_cursor(), 4300);
	press("nn");
	assert_int_equal(at_cursor(), 4301);
	press("n"); /* round */
	assert_int_equal(at_cursor(), 4194303);
	press("N");
	assert_int_equal(at_cursor(), 4301);
	assert_null(screen.message);
	press("/nobody");
	assert_int_equal(at_cursor(), 4301);
	press("\r");
	assert_non_null(screen.message);
	press("/redis\x1b");
	assert_int_equal(at_cursor(), 4301); /* left: where it was */
	assert_string_equal(screen.processes.search, "nobody");
	press("/ada\r/zzz\x1bn"); /* and for what it was */
	assert_null(screen.message);
	assert_int_equal(at_cursor(), 4194303);
	press("/x\x7f\r");
	assert_string_equal(screen.processes.search, "ada");
}

static void test_open_one(void **state)
{
	(void)state;
	press("j\r");
	assert_true(screen.choose);
	assert_false(screen_lists(&screen));
	assert_int_equal(screen.n_chosen, 1);
	assert_int_equal(screen.chosen[0].pid, 800);
	assert_int_equal(screen.chosen[0].start_time, 7);
	screen.choose = false;
	screen_take(&screen, world_demo(true));
	screen_draw(&screen, &cells);
	press("l\x1b");
	assert_true(screen_lists(&screen));
	assert_false(screen.choose);
	assert_int_equal(at_cursor(), 800);
	/* Another one: nothing of the one before is on the map, and the cursor is nowhere. */
	press("j\r");
	assert_int_equal(screen.chosen[0].pid, 4194303);
	assert_int_equal(screen.scene.n, 0);
	assert_int_equal(screen.map.pid, 0);
	press("q");
	assert_true(screen_lists(&screen));
	assert_false(screen.close);
	press("\x1b\x1b");
	assert_false(screen.close); /* Esc does not leave */
	press("q");
	assert_true(screen.close);
}

/* A map that was opened from the list is as one that the program began with, also after another one. */
static void test_open_anew(void **state)
{
	(void)state;
	cells_fini(&cells);
	cells = (struct cells){.rows = 36, .cols = 120};
	for (int again = 0; again < 2; again++) {
		press("\r");
		assert_true(screen.choose);
		screen.choose = false;
		screen_take(&screen, world_demo(true));
		screen_draw(&screen, &cells);
		assert_false(world_shows(&cells, "4194303"));
		assert_int_equal(screen.events.n, 0);
		screen_take_event(&screen, deed_any(6));
		screen_draw(&screen, &cells);
		assert_true(world_shows(&cells, "4194303"));
		press("q");
		assert_true(screen_lists(&screen));
	}
	/* Who joins a map leaves what happened to the others there. */
	press("\r");
	screen.choose = false;
	screen_take(&screen, world_demo(true));
	screen_take_event(&screen, deed_any(6));
	screen_join(&screen, 590, 1, 0x1000);
	assert_true(screen.n_chosen > 1);
	assert_int_equal(screen.events.n, 1);
}

static void test_open_tagged(void **state)
{
	struct making making = making_start();

	(void)state;
	press(" j "); /* the first, the third */
	assert_int_equal(screen.processes.n_tags, 2);
	press("\r");
	assert_int_equal(screen.n_chosen, 2);
	assert_int_equal(screen.chosen[0].pid, 4242);
	assert_int_equal(screen.chosen[1].pid, 4194303);
	press("q");
	screen_command(&screen, COMMAND_HOME);
	press(" ");
	assert_int_equal(screen.processes.n_tags, 1); /* taken away again */
	press("\x1b");
	assert_int_equal(screen.processes.n_tags, 0);
	press(" ");
	making_row(&making, 4242, "a", 100, "another under its PID")->is.start_time = 8;
	screen_take_roster(&screen, making.view);
	assert_int_equal(screen.processes.n_tags, 0);
}

static void test_not_opened(void **state)
{
	(void)state;
	press("t");
	screen_command(&screen, COMMAND_END);
	press("\r");
	assert_false(screen.choose);
	assert_string_equal(screen.message, "A kernel thread has no memory of its own.");
	press("/defunct\r\r");
	assert_false(screen.choose);
	assert_string_equal(screen.message, "This process has exited.");
}

/*
 * The cursor's row is marked from edge to edge but for the bar, whose cells are as on any other row; no other row has a
 * mark. A word in the bar's place is marked.
 */
static void test_cursor_row(void **state)
{
	const int top = screen.panes[VIEW_PROCESSES].row;
	struct processes_columns columns;
	int row, col, from, to;
	struct cell before[80];
	bool bar;

	(void)state;
	processes_columns(&screen.processes, &columns);
	from = columns.at[COLUMN_COVERAGE];
	to = from + columns.width[COLUMN_COVERAGE];
	memcpy(before, cells_at(&cells, top + 2, 0), sizeof(before));
	press("j");
	for (row = 0; row < cells.rows; row++)
		for (col = 0; col < cells.cols; col++) {
			bar = col >= from && col < to;
			assert_int_equal(cells_at(&cells, row, col)->mark,
					 row == top + 2 && !bar ? MARK_CURSOR : 0);
		}
	assert_memory_equal(before + from, cells_at(&cells, top + 2, from),
			    (size_t)(to - from) * sizeof(*before));
	screen_command(&screen, COMMAND_END); /* denied */
	screen_draw(&screen, &cells);
	assert_int_equal(cells_at(&cells, top + 1 + (int)screen.processes.line, from)->mark, MARK_CURSOR);
}

/* i turns any order round, and the heading's arrow with it, also that of the widest heading. */
static void test_reverse(void **state)
{
	struct buf text = {0};

	(void)state;
	press("i");
	assert_true(screen.processes.reversed);
	assert_string_equal(order(), "4301 1 4302 4300 4194303 800 4242 611 31000 1500 1200");
	press("i");
	assert_string_equal(order(), "4242 800 4194303 4300 4302 4301 1 611 31000 1500 1200");
	cells.cols = 120;
	screen.processes.sort = COLUMN_PTE_THP;
	screen_draw(&screen, &cells);
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "PTE-THP↓"));
	buf_clear(&text);
	press("i");
	cells_dump(&cells, &text);
	assert_non_null(strstr(text.data, "PTE-THP↑"));
	buf_fini(&text);
}

/* What is for a map says so, and does nothing. */
static void test_map_keys(void **state)
{
	static const char keys[] = "+-g[]ed";
	size_t i;

	(void)state;
	for (i = 0; keys[i]; i++) {
		screen_key(&screen, (unsigned char)keys[i]);
		assert_string_equal(screen.message, "That is for a map: open a process first.");
		assert_int_equal(screen.prompt.kind, PROMPT_NONE);
		assert_true(screen_lists(&screen));
		assert_int_equal(at_cursor(), 4242);
	}
}

/* Paused on the list; the map that is opened is not, nor is the list come back to. */
static void test_pause(void **state)
{
	(void)state;
	press("p");
	assert_true(screen.paused);
	press("\r");
	assert_false(screen.paused);
	press("p");
	assert_true(screen.paused);
	press("q");
	assert_false(screen.paused);
}

static void click(enum mouse_what what, int row, int col)
{
	struct mouse mouse = {what, row, col};

	screen_mouse(&screen, &mouse);
	screen_draw(&screen, &cells);
}

static void test_mouse(void **state)
{
	const int top = screen.panes[VIEW_PROCESSES].row;
	struct processes_columns columns;

	(void)state;
	click(MOUSE_CLICK, top + 3, 30);
	assert_int_equal(at_cursor(), 4194303);
	assert_false(screen.choose);
	click(MOUSE_WHEEL_DOWN, top + 3, 30);
	assert_int_equal(at_cursor(), 4301);
	click(MOUSE_WHEEL_UP, top + 3, 30);
	assert_int_equal(at_cursor(), 4194303);
	processes_columns(&screen.processes, &columns);
	click(MOUSE_CLICK, top, columns.at[COLUMN_RSS] + 1);
	assert_int_equal(screen.processes.sort, COLUMN_RSS);
	assert_false(screen.processes.reversed);
	click(MOUSE_CLICK, top, columns.at[COLUMN_RSS] + 1);
	assert_true(screen.processes.reversed);
	assert_string_equal(order(), "1500 31000 611 1 4302 4301 4194303 800 4300 4242 1200");
	click(MOUSE_CLICK, top, 0);
	click(MOUSE_CLICK, top + 19, 30); /* below the last */
	assert_int_equal(screen.processes.sort, COLUMN_RSS);
	assert_int_equal(at_cursor(), 4194303);
	click(MOUSE_DOUBLE, top + 1, 30);
	assert_false(screen.choose); /* one that has exited */
	click(MOUSE_DOUBLE, top + 2, 30);
	assert_true(screen.choose);
	assert_int_equal(screen.chosen[0].pid, 31000);
	/* The row under the pointer, whatever is tagged, which is what Enter opens. */
	press("qk ");
	assert_int_equal(screen.processes.n_tags, 1);
	assert_true(world_shows(&cells, "Enter open tagged"));
	screen.choose = false;
	click(MOUSE_DOUBLE, top + 2, 30);
	assert_true(screen.choose);
	assert_int_equal(screen.n_chosen, 1);
	assert_int_equal(screen.chosen[0].pid, 31000);
}

/* What is in sight is what the sampler is told. */
static void test_visible(void **state)
{
	struct making making = making_start();
	pid_t pids[64], pid;

	(void)state;
	for (pid = 1; pid <= 500; pid++)
		making_row(&making, pid, "a", (uint64_t)(1000 - pid), "a");
	screen_take_roster(&screen, making.view);
	screen_draw(&screen, &cells);
	assert_int_equal(screen_visible(&screen, pids, 64), 18);
	assert_int_equal(pids[0], 1);
	assert_int_equal(pids[17], 18);
	screen_command(&screen, COMMAND_PAGE_DOWN);
	screen_command(&screen, COMMAND_PAGE_DOWN);
	screen_draw(&screen, &cells);
	assert_int_equal(screen_visible(&screen, pids, 64), 18);
	assert_int_equal(pids[17], 37);
	screen_command(&screen, COMMAND_END);
	screen_draw(&screen, &cells);
	assert_int_equal(screen_visible(&screen, pids, 8), 8);
	assert_int_equal(pids[0], 483);
}

/* The machine with some processes gone, in all outcomes and ages. */
static struct roster_view *shaken(uint32_t (*next)(void))
{
	struct roster_view *roster = making_machine();
	struct roster_row *rows = (struct roster_row *)roster->rows;
	size_t i, kept = 0;

	for (i = 0; i < roster->n; i++) {
		if (next() % 4 == 0)
			continue;
		rows[kept] = rows[i];
		rows[kept].outcome = (enum outcome)(next() % (OUTCOME_COUNT + 1));
		rows[kept].known = rows[kept].outcome == OUTCOME_OK || next() % 2;
		rows[kept].looked_ns = NOW_NS / (1 + next() % 3);
		rows[kept++].kb.present *= next() % 2;
	}
	roster->n = kept;
	return roster;
}

static uint32_t seed;

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

/* What a storm may leave open: the help, a prompt, a map. */
static void calm_down(void)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		screen_key(&screen, PRESS_ESCAPE);
	screen.close = false;
	screen.focus = VIEW_PROCESSES;
}

/* Any keys, clicks, sizes and lists: nothing breaks, and the way out is open. */
static void test_storm(void **state)
{
	static const char keys[] = "jkhl \r\x1b\\/nNstpq?[]g+-aA1\b\t\n";
	static const uint32_t special[] = {PRESS_UP,	 PRESS_DOWN, PRESS_PAGE_UP, PRESS_PAGE_DOWN,
					   PRESS_HOME,	 PRESS_END,  PRESS_LEFT,    PRESS_BACKSPACE,
					   PRESS_DELETE, PRESS_F1,   PRESS_OTHER};
	unsigned step;

	(void)state;
	seed = 7;
	for (step = 0; step < 6000; step++) {
		struct mouse mouse = {(enum mouse_what)(next_random() % 4), (int)(next_random() % 40),
				      (int)(next_random() % 120)};

		if (next_random() % 8 == 0)
			screen_mouse(&screen, &mouse);
		else if (next_random() % 4 == 0)
			screen_key(&screen, special[next_random() % (sizeof(special) / sizeof(*special))]);
		else
			screen_key(&screen, (unsigned char)keys[next_random() % (sizeof(keys) - 1)]);
		if (next_random() % 16 == 0)
			screen_take_roster(&screen, shaken(next_random));
		if (next_random() % 32 == 0)
			screen_take(&screen, world_demo(true));
		if (next_random() % 32 == 0) {
			cells.rows = (int)(next_random() % 70) + 1;
			cells.cols = (int)(next_random() % 220) + 1;
		}
		screen_draw(&screen, &cells);
		screen.choose = screen.close = false;
	}
	calm_down();
	cells.rows = 24;
	cells.cols = 80;
	screen_take_roster(&screen, making_machine());
	screen_draw(&screen, &cells);
	assert_int_equal(screen.processes.n, screen.processes.threads ? 13 : 11);
	press("q");
	assert_true(screen.close);
}

/* The cells of a bar of ten for so many kB each: PMD, pte-mapped THP, mTHP, small. */
static const char *bar(uint64_t pmd, uint64_t thp, uint64_t mthp, uint64_t small)
{
	static struct buf text;
	struct cells grid = {.ascii = true};
	struct roster_row row = {.known = true, .mapping_known = true};
	struct pane pane;

	row.kb = (struct kb){.present = pmd + thp + mthp + small,
			     .pmd = pmd,
			     .thp_pte = thp,
			     .mthp = mthp,
			     .small = small};
	cells_resize(&grid, 1, 12);
	pane = pane_whole(&grid);
	coverage_draw(&pane, 0, 0, 10, &row, false);
	buf_clear(&text);
	cells_dump(&grid, &text);
	text.data[strcspn(text.data, "\n")] = '\0';
	cells_fini(&grid);
	return text.data;
}

static void test_bar(void **state)
{
	(void)state;
	assert_string_equal(bar(100, 0, 0, 0), "##########");
	assert_string_equal(bar(50, 20, 10, 20), "#####%%mss");
	assert_string_equal(bar(99999, 0, 0, 1), "#########s"); /* a little is seen */
	assert_string_equal(bar(1, 1, 1, 99999), "#%msssssss");
	assert_string_equal(bar(1, 1, 1, 1), "###%%%mmss"); /* all is used, whichever way the rest falls */
	assert_string_equal(bar(0, 0, 0, 0), "empty");
}

static void test_figures(void **state)
{
	figure_text text;

	(void)state;
	assert_string_equal(figure_short(text, 0), "0");
	assert_string_equal(figure_short(text, 4), "4K");
	assert_string_equal(figure_short(text, 999), "999K");
	assert_string_equal(figure_short(text, 1000), "1000K");
	assert_string_equal(figure_short(text, 1024), "1.0M");
	assert_string_equal(figure_short(text, 1048056), "1023M"); /* of 1 GiB all but 130 pages */
	assert_string_equal(figure_short(text, 1536), "1.5M");
	assert_string_equal(figure_short(text, 10 * 1024 + 1023), "10M");
	assert_string_equal(figure_short(text, GIB_KB * 3 / 2), "1.5G");
	assert_string_equal(figure_short(text, GIB_KB * 1000), "1000G");
	assert_string_equal(figure_short(text, UINT64_MAX), "16383E");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_LIST(test) cmocka_unit_test_setup_teardown(test, open_list, close_list)
		WITH_LIST(test_order),	   WITH_LIST(test_cursor_stays), WITH_LIST(test_cursor_of_gone),
		WITH_LIST(test_filter),	   WITH_LIST(test_search),	 WITH_LIST(test_open_one),
		WITH_LIST(test_open_anew), WITH_LIST(test_open_tagged),	 WITH_LIST(test_not_opened),
		WITH_LIST(test_pause),	   WITH_LIST(test_storm),	 WITH_LIST(test_mouse),
		WITH_LIST(test_visible),   WITH_LIST(test_cursor_row),	 WITH_LIST(test_reverse),
		WITH_LIST(test_map_keys),  cmocka_unit_test(test_bar),	 cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests_name("ui_processes_keys", tests, NULL, NULL);
}
