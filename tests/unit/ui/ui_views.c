/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is on the screen, as text, against tests/unit/ui/golden/NAME.COLSxROWS.txt. After a change that is meant:
 * THPSCOPE_GOLDEN=write ctest -R ui_views, and look at the difference.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "ui/theme.h"
#include "stage.h"

static void open_screen(int size)
{
	stage_open("demo", &stage_sizes[size]);
	screen.interval_ns = 100000000;
	screen.share = 0.42;
	screen_draw(&screen, &cells);
}

/* Takes a moment and, as the loop does, examines what the screen then asks for. */
static void look(struct moment *moment, bool privileged)
{
	uint64_t addr;
	pid_t pid;

	screen_take(&screen, moment);
	screen_draw(&screen, &cells);
	screen_wants(&screen, &pid, &addr);
	if (pid)
		screen_take_region(&screen, world_examined(privileged, addr));
	screen_draw(&screen, &cells);
}

static void again(bool privileged)
{
	look(world_demo(privileged), privileged);
}

static void assert_golden(const char *name)
{
	world_golden(&cells, name);
}

static void test_first_paint(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		assert_golden("first-paint");
	}
}

static void test_map(void **state)
{
	static const char *const narration[] = {"A region of each kind.", "\nheap: Enter looks into one."};
	struct moment *moment;
	size_t i;

	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		assert_golden("map");
		screen.narration = narration;
		screen.n_narration = 2;
		press("]");
		moment = world_demo(true);
		for (i = 0; i < moment->processes[0].n_vmas; i++)
			if (moment->processes[0].vmas[i].start == DEMO_HEAP)
				moment->processes[0].vmas[i].label = "heap";
		look(moment, true);
		assert_golden("map-narration");
	}
}

/* A line of narration that is longer than the screen is wide is broken where there is room; the help has the rest. */
static void test_narration(void **state)
{
	static const char *const lines[] = {"line 20, expect shared mapping == pmd: the mapping of shared is "
					    "not known here, since this kernel "
					    "has no PAGEMAP_SCAN and nobody may read its smaps, end",
					    "the second line"};

	(void)state;
	for (size_t n = 1; n <= 2; n++)
		EACH_OF(4)
		{
			open_screen(size);
			screen.narration = lines;
			screen.n_narration = n;
			look(world_demo(true), true);
			assert_golden(n == 1 ? "narration-one" : "narration-two");
			assert_int_equal(shows("smaps, end"), size >= 2);
			assert_int_equal(shows("? tells the rest"), size == 1 || (size == 2 && n == 2));
		}
}

/* Of the header no line is empty, whatever has room on the one before. */
static void test_header_lines(void **state)
{
	const struct stage_size first = {100, 36};
	int row;

	(void)state;
	stage_open("demo", &first);
	screen.narration = (const char *[]){"narration"};
	screen.n_narration = 1;
	look(world_demo(true), true);
	for (; cells.cols < 160; cells.cols++) {
		screen_draw(&screen, &cells);
		for (row = 0; row < screen.panes[VIEW_MAP].row; row++)
			assert_string_not_equal(cells_at(&cells, row, 1)->glyph, " ");
	}
	close_screen();
}

static void test_region(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		press("]\r");
		again(true);
		press("jjllll");
		assert_golden("region-pte");
		press("hh"); /* onto a swapped one, then past the pane's edge to a hole */
		press("jj");
		screen.region.page = 40;
		screen_draw(&screen, &cells);
		assert_golden("region-swapped");
		screen.region.page = 60;
		screen_draw(&screen, &cells);
		assert_golden("region-hole");
	}
}

static void test_region_pmd(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		screen.map.addr = DEMO_HEAP;
		press("\r");
		assert_golden("region-reading");
		again(true);
		assert_golden("region-pmd");
	}
}

static void test_nothing_there(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		screen.map.addr = DEMO_HEAP + 30 * SLOT;
		press("\r");
		again(true);
		assert_golden("region-empty");
		press("\x1b");
		screen.map.addr = 0x7f5e00000000;
		screen_draw(&screen, &cells);
		press("\r");
		again(true);
		assert_golden("region-pfnmap");
		press("\x1b");
		screen.map.addr = 0x600000000000;
		screen_draw(&screen, &cells);
		press("\r");
		assert_golden("region-fold");
	}
}

/* Without root: mappings are exact, the rest is called unknown, and why. */
static void test_unprivileged(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(false), false);
		assert_golden("unprivileged");
		press("]\r");
		again(false);
		assert_golden("unprivileged-region");
	}
}

static void test_small_open(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		screen.map.addr = 0x55d0c0a00000;
		screen.map.heading = LINE_SMALL;
		screen_draw(&screen, &cells);
		press("\r");
		assert_golden("small-open");
		press("j");
		again(true);
		press("\r");
		again(true);
		assert_golden("fragment");
	}
}

static struct moment *gone(void)
{
	struct world world;

	world_start(&world, true);
	world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "process 4242 has exited");
	world_fail(&world, 1, "systemd", OUTCOME_DENIED,
		   "a security module denies it: run thpscope unconfined");
	world_fail(&world, 2, "kthreadd", OUTCOME_NO_MEMORY, "a kernel thread has no address space");
	return world_moment(&world);
}

static void test_gone(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		look(gone(), true);
		assert_golden("gone");
		press("\r");
		assert_golden("gone-region");
	}
}

static void test_failed(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(gone(), true);
		press("jj\r");
		assert_golden("failed");
	}
}

static struct moment *hostile(void)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, 66, "\x1b]0;pwned\x07");
	world_vma(&world, 0x7f0000000000, 2 * SLOT, "rw-p", VMA_FILE, "/tmp/\x1b[2J\x1b[31mred\n\xff\xfe");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x7f0010000000, 2 * SLOT, "rw-p", VMA_FILE,
		  "/tmp/日本語/データベースの大きなファイル.db (deleted)")
		->deleted = true;
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x7f0020000000, 2 * SLOT, "rw-p", VMA_FILE,
		  "/tmp/e\xcc\x81\xcc\x81\xcc\x81\xe2\x80\xae"
		  "evil");
	world_vma(&world, 0x7f0030000000, PAGE, "rw-p", VMA_FILE, "/\x1b[?1049l");
	return world_moment(&world);
}

static void test_hostile(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(hostile(), true);
		press("ll\r");
		assert_golden("hostile");
		for (int i = 0; i < cells.rows * cells.cols; i++)
			assert_false(*cells.at[i].glyph && (unsigned char)*cells.at[i].glyph < 0x20);
	}
}

static void test_help(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(false), false);
		press("?");
		assert_golden("help");
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		assert_golden("help-end");
	}
}

static void test_message_and_pause(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		look(world_demo(true), true);
		press("p[");
		assert_golden("paused");
		press("]");
		assert_null(screen.message);
	}
}

static void test_ascii(void **state)
{
	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		cells.ascii = true;
		look(world_demo(true), true);
		press("]");
		assert_golden("ascii");
		for (int i = 0; i < cells.rows * cells.cols; i++)
			assert_in_range((unsigned char)*cells.at[i].glyph, 0x20, 0x7e);
	}
}

static void test_too_small(void **state)
{
	(void)state;
	open_screen(0);
	look(world_demo(true), true);
	cells.rows = 6;
	cells.cols = 30;
	screen_draw(&screen, &cells);
	assert_golden("too-small");
	close_screen();
}

/* A page of another size: 16 KiB pages, 32 MiB regions, 2048 subpages. */
static void test_large_pages(void **state)
{
	struct moment *moment;

	(void)state;
	EACH_OF(4)
	{
		open_screen(size);
		moment = world_demo(true);
		moment->page_size = PAGE / 4; /* as many subpages */
		screen_take(&screen, moment);
		moment = world_examined(true, DEMO_HEAP);
		moment->page_size = PAGE / 4;
		screen_take_region(&screen, moment);
		screen.map.addr = DEMO_HEAP;
		press("\r");
		screen_command(&screen, COMMAND_END);
		screen_draw(&screen, &cells);
		assert_int_equal(screen.region.page, 2047);
		assert_golden("large-pages");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_paint),   cmocka_unit_test(test_map),
		cmocka_unit_test(test_narration),     cmocka_unit_test(test_header_lines),
		cmocka_unit_test(test_region),	      cmocka_unit_test(test_region_pmd),
		cmocka_unit_test(test_nothing_there), cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_small_open),    cmocka_unit_test(test_gone),
		cmocka_unit_test(test_failed),	      cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_help),	      cmocka_unit_test(test_message_and_pause),
		cmocka_unit_test(test_ascii),	      cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_large_pages),
	};

	return cmocka_run_group_tests_name("ui_views", tests, stage_setup, NULL);
}
