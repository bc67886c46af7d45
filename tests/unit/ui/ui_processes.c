/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processes as text, in all its states (ui_views.c tells of golden texts). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include "rosters.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "world.h"

static const struct {
	int cols, rows;
} sizes[] = {{40, 12}, {80, 24}, {200, 60}, {120, 36}, {250, 80}};

static struct screen screen;
static struct cells cells;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static void open_screen(int size)
{
	struct world world;

	screen_init(&screen);
	screen_open_list(&screen);
	screen.interval_ns = 2000000000;
	screen.share = 1.5;
	world_start(&world, true);
	screen_take(&screen, world_moment(&world)); /* of nobody, as the sampler's list has it */
	cells = (struct cells){.rows = sizes[size].rows, .cols = sizes[size].cols};
	screen_draw(&screen, &cells);
}

static void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
}

static void show(struct roster_view *roster)
{
	screen_take_roster(&screen, roster);
	screen_draw(&screen, &cells);
}

static void press(const char *keys)
{
	for (; *keys; keys++) {
		screen_key(&screen, (unsigned char)*keys);
		screen_draw(&screen, &cells);
	}
}

static void golden(const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "processes-%s", name);
	world_golden(&cells, text);
}

#define EACH_SIZE for (int size = 0; size < 5; close_screen(), size++)

static void test_first_paint(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		golden("first-paint");
	}
}

static void test_machine(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		show(making_machine());
		golden("machine");
		press("t");
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		golden("threads");
	}
}

/* Nothing is known but what the list says. */
static void test_not_yet(void **state)
{
	(void)state;
	EACH_SIZE
	{
		struct making making = making_start();

		open_screen(size);
		making_row(&making, 10, "ada", 100 * MIB_KB, "first");
		making_row(&making, 11, "ada", 200 * MIB_KB, "second");
		show(making.view);
		golden("not-yet");
	}
}

static void test_sorted_and_tagged(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		show(making_machine());
		press(" j  ");
		screen.processes.sort = COLUMN_PID;
		processes_order(&screen.processes);
		screen_command(&screen, COMMAND_HOME);
		screen_draw(&screen, &cells);
		golden("by-pid-tagged");
	}
}

static void test_filter(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		show(making_machine());
		press("\\ADA");
		golden("filter-typed");
		press("\r");
		golden("filter");
		press("\\nobody");
		golden("filter-nothing");
	}
}

/* Names that would harm a terminal, that are wide, that combine, that are too long; a user of each kind. */
static void test_hostile(void **state)
{
	(void)state;
	EACH_SIZE
	{
		struct making making = making_start();
		int i;

		open_screen(size);
		making_row(&making, 1, "\x1b[31mred", 60 * MIB_KB, "/tmp/\x1b]0;pwned\x07 \x1b[2J\n--more");
		making_row(&making, 2, "日本語のユーザー", 50 * MIB_KB,
			   "/opt/データベース --ファイル=大きい");
		making_row(&making, 3, "e\xcc\x81\xcc\x81\xcc\x81", 40 * MIB_KB,
			   "e\xcc\x81\xcc\x81 \xe2\x80\xae"
			   "evil \xff\xfe");
		making_row(&making, 4, "a-user-with-a-long-name", 30 * MIB_KB, "/");
		making_row(&making, 5, "", 20 * MIB_KB, "")->is.comm = "\x1b[0m";
		making_row(&making, 6, "x", 10 * MIB_KB, "trailing/slash/ and/more");
		show(making.view);
		golden("hostile");
		for (i = 0; i < cells.rows * cells.cols; i++)
			assert_false(*cells.at[i].glyph && (unsigned char)*cells.at[i].glyph < 0x20);
	}
}

static void test_errors(void **state)
{
	(void)state;
	EACH_SIZE
	{
		struct making making = making_start();

		open_screen(size);
		making.view->error = -EACCES;
		show(making.view);
		golden("error");
		making = making_start();
		show(making.view);
		golden("empty");
		making = making_start();
		making_known(making_row(&making, 10, "ada", 100 * MIB_KB, "first"), 2 * MIB_KB, 0);
		making.view->error = -EMFILE;
		show(making.view);
		golden("old");
	}
}

static void test_ascii(void **state)
{
	(void)state;
	EACH_SIZE
	{
		int i;

		open_screen(size);
		cells.ascii = true;
		show(making_machine());
		golden("ascii");
		for (i = 0; i < cells.rows * cells.cols; i++)
			assert_in_range((unsigned char)*cells.at[i].glyph, 0x20, 0x7e);
	}
}

/* Every width from the least on: nothing overlaps, and what a row begins with is always there. */
static void test_widths(void **state)
{
	int cols;

	(void)state;
	for (cols = SCREEN_COLS_MIN; cols <= 240; cols++) {
		struct buf text = {0};

		open_screen(1);
		cells.cols = cols;
		show(making_machine());
		cells_dump(&cells, &text);
		assert_non_null(strstr(text.data, "redis-server"));
		assert_non_null(strstr(text.data, " PID "));
		assert_non_null(strstr(text.data, " HUGE↓ "));
		assert_non_null(strstr(text.data, "4194303"));
		buf_fini(&text);
		close_screen();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_paint), cmocka_unit_test(test_machine),
		cmocka_unit_test(test_not_yet),	    cmocka_unit_test(test_sorted_and_tagged),
		cmocka_unit_test(test_filter),	    cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_errors),	    cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_widths),
	};

	return cmocka_run_group_tests_name("ui_processes", tests, setup, NULL);
}
