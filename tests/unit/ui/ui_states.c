/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States that any view can be in, at each size: a line being typed, a question, an act under way, a link that is lost. Golden texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "deeds.h"
#include "rosters.h"
#include "stage.h"

#define SIZES 4

static void open_screen(int size)
{
	stage_open("demo", &stage_sizes[size]);
	screen.interval_ns = 100000000;
	screen.share = 0.42;
	stage_take(world_demo(true));
}

static void draw_as(const char *name)
{
	screen_draw(&screen, &cells);
	world_golden(&cells, name);
}

/* What is typed on the bottom line, and what comes of what makes no sense. */
static void test_prompts(void **state)
{
	(void)state;
	EACH_OF(SIZES)
	{
		open_screen(size);
		press("g7f5a41");
		draw_as("prompt-goto");
		press("\x1bgzzz\r");
		draw_as("prompt-goto-nowhere");
		press("\x1b/heap");
		draw_as("prompt-search");
		press("\x1b\\pte");
		draw_as("prompt-filter");
		press("\x1b");
		assert_int_equal(screen.prompt.kind, PROMPT_NONE);
	}
}

static void test_leave(void **state)
{
	(void)state;
	EACH_OF(SIZES)
	{
		open_screen(size);
		dialog_open(&screen.dialog, DIALOG_LEAVE,
			    "The command is still running.\nLeaving ends it and all that it started.",
			    "End it");
		draw_as("dialog-leave");
		press("n");
		assert_int_equal(screen.dialog.kind, DIALOG_NONE);
		assert_int_equal(screen.agreed, DIALOG_NONE);
	}
}

/* From the key to what came of it. */
static void test_act(void **state)
{
	(void)state;
	EACH_OF(SIZES)
	{
		open_screen(size);
		screen.map.addr = DEMO_HEAP + 8 * SLOT;
		screen_draw(&screen, &cells);
		press("C");
		assert_true(screen.act.plan);
		screen.act.plan = false;
		screen_take_plans(&screen, deed_plans(screen.act.triggers, screen.act.n, false));
		assert_true(screen.act.go);
		screen.act.go = false;
		draw_as("state-under-way");
		screen_take_event(&screen, deed_collapse(0));
		draw_as("state-came-of-it");
	}
}

/* Nothing newer comes: for a while, or for good. */
static void test_old(void **state)
{
	struct moment *lost;

	(void)state;
	EACH_OF(SIZES)
	{
		open_screen(size);
		screen.quiet_ns = UINT64_C(12000000000);
		draw_as("state-quiet");
		screen.quiet_ns = 0;
		lost = mem_alloc(sizeof(*lost));
		lost->lost = "the far end has ended: ssh: connect to host build7 port 22: Connection refused";
		stage_take(lost);
		draw_as("state-lost");
		press("C");
		draw_as("state-lost-refuses");
	}
}

/* A list whose map was opened and left again, and one that is paused. */
static void test_list(void **state)
{
	(void)state;
	EACH_OF(SIZES)
	{
		struct making making = making_start();

		making_known(making_row(&making, 800, "ada", GIB_KB, "postgres -D /var/lib"), GIB_KB / 2, 0);
		making_row(&making, 801, "root", 16 * MIB_KB, "init");
		stage_open(NULL, &stage_sizes[size]);
		screen_open_list(&screen);
		screen_take_roster(&screen, making.view);
		draw_as("list-no-moment");
		stage_take(world_demo(true));
		press("u");
		draw_as("list-explains");
		press("p");
		draw_as("list-paused");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prompts), cmocka_unit_test(test_leave), cmocka_unit_test(test_act),
		cmocka_unit_test(test_old),	cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("ui_states", tests, stage_setup, NULL);
}
