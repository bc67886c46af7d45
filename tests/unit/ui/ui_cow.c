/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy-on-write verdict in the region view: whose write copies, under which rule; against golden texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "ui/screen.h"
#include "world.h"

#define AT UINT64_C(0x7f5a40000000)

static const struct {
	int cols, rows;
} sizes[] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}};
#define EACH_SIZE for (size_t size = 0; size < 4; close_screen(), size++)

static struct screen screen;
static struct cells cells;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static void open_screen(size_t size)
{
	screen_init(&screen);
	cells = (struct cells){.rows = sizes[size].rows, .cols = sizes[size].cols};
	screen_draw(&screen, &cells);
}

static void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
}

static void press(uint32_t key)
{
	screen_key(&screen, key);
	screen_draw(&screen, &cells);
}

/* A process and its children, all of which map one huge page; with the pages of the first, or of all. */
static struct moment *family(pid_t children, bool pages)
{
	struct moment *moment;
	struct world world;
	pid_t pid;
	size_t i;

	world_start(&world, true);
	for (pid = DEMO_PID; pid <= DEMO_PID + children; pid++) {
		struct process *process = world_process(&world, pid, pid == DEMO_PID ? "parent" : "kid");
		struct region *region;

		world_vma(&world, AT, SLOT, "rw-p", VMA_ANON, "");
		region = world_region(&world, 0, MAPPING_PMD, BACKING_THP);
		region->anon_exclusive = !children;
		region->exclusive = children ? 0 : 512;
		region->mapcount = (struct mapcount){1 + children, 1 + children, 1 + children};
		if (!pages)
			continue;
		process->pages = arena_alloc(&world.moment->arena, 512 * sizeof(struct page));
		for (i = 0; i < 512; i++)
			process->pages[i] = (struct page){.addr = AT + i * PAGE,
							  .pfn = region->pfn + i,
							  .present = true,
							  .flags = 0x1868,
							  .has_flags = true,
							  .mapcount = (uint32_t)(1 + children),
							  .has_mapcount = true};
		process->n_pages = region->n_pages = 512;
		break;
	}
	moment = world_moment(&world);
	return moment;
}

static void look_into(pid_t children)
{
	screen_take(&screen, family(children, false));
	screen_draw(&screen, &cells);
	press(PRESS_ENTER);
	screen_take_region(&screen, family(children, true));
	screen_draw(&screen, &cells);
	assert_int_equal(screen.focus, VIEW_REGION);
}

static void test_family(void **state)
{
	char name[32];
	pid_t children;

	(void)state;
	for (children = 0; children <= 4; children += children ? 3 : 1) {
		EACH_SIZE
		{
			open_screen(size);
			look_into(children);
			snprintf(name, sizeof(name), "cow-%d", (int)children);
			world_golden(&cells, name);
		}
	}
}

/* Each generation in turn, and again the kernel's own. */
static void test_rules(void **state)
{
	static const struct {
		const char *rule, *verdict;
	} turns[] = {
		{"since 6.15", "copy 4 KiB, split"}, {"as in 4.5.0", "copy 2 MiB"},
		{"as in 4.5.5", "copy 2 MiB"},	     {"as in 5.8", "copy 4 KiB, split"},
		{"as in 5.9", "copy 4 KiB, split"},  {"as in 5.18", "copy 4 KiB, split"},
		{"as in 5.19", "copy 4 KiB, split"}, {"as in 6.10", "copy 4 KiB, split"},
		{"since 6.15", "copy 4 KiB, split"},
	};
	size_t i;

	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		look_into(1);
		for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
			if (!world_shows(&cells, turns[i].rule) || !world_shows(&cells, turns[i].verdict))
				fail_msg("%s, %s", turns[i].rule, turns[i].verdict);
			press('c');
		}
	}
}

/* While a lesson asks it is the answer of many a question, and told to whom chooses a kernel alone. */
static void test_answers_nothing_first(void **state)
{
	struct stop stop = {.title = "", .at = 1, .n = 2, .note = ""};

	(void)state;
	open_screen(2);
	look_into(1);
	screen_take_lesson(&screen, &stop);
	screen_draw(&screen, &cells);
	assert_true(world_shows(&cells, "copy 4 KiB, split"));
	stop.asks = true;
	screen_take_lesson(&screen, &stop);
	screen_draw(&screen, &cells);
	assert_false(world_shows(&cells, "copy 4 KiB, split"));
	assert_true(world_shows(&cells, "not told while the lesson asks"));
	screen.region.cow_row = COW_4_5_0;
	screen_draw(&screen, &cells);
	assert_true(world_shows(&cells, "copy 2 MiB"));
	close_screen();
}

/* From the map the key works where the region stands beside it, and says so where it does not. */
static void test_from_map(void **state)
{
	(void)state;
	EACH_SIZE
	{
		open_screen(size);
		look_into(1);
		press(PRESS_ESCAPE);
		press('c');
		assert_int_equal(screen.region.cow_row, size >= 2 ? COW_4_5_0 : COW_ROW_COUNT);
		assert_int_equal(screen.message != NULL, size < 2);
	}
}

/* A map that was opened anew, as from the list, begins with the kernel's own rule. */
static void test_chosen(void **state)
{
	struct who *who = mem_alloc(sizeof(*who));

	(void)state;
	open_screen(1);
	look_into(1);
	press('c');
	assert_true(world_shows(&cells, "as in 4.5.0"));
	*who = (struct who){DEMO_PID, 1};
	screen_choose(&screen, who, 1);
	look_into(1);
	assert_true(world_shows(&cells, "since 6.15"));
	close_screen();
}

/* Who has exited writes nothing any more. */
static void test_gone(void **state)
{
	struct world world;

	(void)state;
	open_screen(1);
	look_into(1);
	assert_true(world_shows(&cells, "write copy"));
	world_start(&world, true);
	world_fail(&world, DEMO_PID, "", OUTCOME_GONE, "it has exited");
	screen_take(&screen, world_moment(&world));
	screen_draw(&screen, &cells);
	assert_false(world_shows(&cells, "write"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_answers_nothing_first),
		cmocka_unit_test(test_from_map),
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_gone),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
