/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map as text: zoomed, folded, filtered, flashing, with eligibility (ui_views.c tells of golden texts). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "world.h"

#define SECOND UINT64_C(1000000000)

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

	snprintf(text, sizeof(text), "map-%s", name);
	screen_draw(&screen, &cells);
	world_golden(&cells, text);
}

/* An application with arenas, stacks, a large heap, a file; and its child. */
static struct moment *application(uint64_t ns, bool changed)
{
	struct world world;
	struct vma *vma;
	pid_t pid;
	int i;

	world_start(&world, true);
	for (pid = 100; pid <= 101; pid++) {
		world_process(&world, pid, pid == 100 ? "application" : "its child");
		world_vma(&world, 0x560000000000, 8 * PAGE, "r-xp", VMA_FILE, "/usr/bin/application");
		world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
		vma = world_vma(&world, 0x7f0000000000, 8192 * SLOT, "rw-p", VMA_ANON, "");
		vma->eligible = 1;
		vma->eligible_ns = ns - SECOND;
		world_regions(&world, 0, 500, MAPPING_PMD, BACKING_THP);
		world_region(&world, 500, MAPPING_PTE, changed ? BACKING_SMALL : BACKING_THP);
		world_regions(&world, 501, 700, MAPPING_PMD, BACKING_THP);
		vma = world_vma(&world, 0x7f5000080000, 3 * SLOT, "r--s", VMA_FILE,
				"/var/lib/application/a-file-with-a-long-name.db");
		vma->eligible = 0;
		vma->advice = pid == 100 ? VMA_ADVICE_NONE : VMA_ADVICE_NOHUGEPAGE;
		vma->eligible_ns = ns - 90 * SECOND;
		world_region(&world, 0, MAPPING_PTE, BACKING_MTHP);
		world_region(&world, 1, MAPPING_PTE, BACKING_SMALL);
		world_region(&world, 3, MAPPING_PTE, BACKING_SMALL);
		for (i = 0; i < 24; i++) {
			world_vma(&world, 0x7fe000000000 + (uint64_t)i * 8 * SLOT, PAGE, "---p", VMA_ANON,
				  "");
			world_vma(&world, 0x7fe000001000 + (uint64_t)i * 8 * SLOT, 4 * SLOT, "rw-p", VMA_ANON,
				  "");
			world_region(&world, 4, MAPPING_PTE, BACKING_SMALL);
		}
		world_vma(&world, 0x7ffd1c000000, 33 * PAGE, "rw-p", VMA_STACK, "[stack]");
		world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	}
	world.moment->mono_ns = ns;
	return world_moment(&world);
}

static void open_screen(int size, bool ascii)
{
	screen_init(&screen);
	cells = (struct cells){
		.rows = sizes[size].rows, .cols = sizes[size].cols, .ascii = ascii, .plain = ascii};
	screen_draw(&screen, &cells);
	screen_take(&screen, application(1000 * SECOND, false));
	screen_draw(&screen, &cells);
}

static void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
}

#define EACH_SIZE(ascii)                                                                                     \
	for (int size = 0; size < 5 && (open_screen(size, ascii), true); close_screen(), size++)

static void test_folds(void **state)
{
	(void)state;
	EACH_SIZE(false)
	{
		golden("folded");
		press("g7fe000000000\r");
		golden("run-open");
	}
}

static void test_zoomed(void **state)
{
	(void)state;
	EACH_SIZE(false)
	{
		press("g7f003e800000\r---");
		golden("zoomed-8");
		press("-----------------------");
		golden("zoomed-out");
	}
}

static void test_search_and_filter(void **state)
{
	(void)state;
	EACH_SIZE(false)
	{
		press("/thp-part");
		golden("search-none");
		press("\x1b/file\r");
		golden("search");
		press("\\application\r");
		golden("filter");
		press("-");
		golden("filter-zoomed");
		press("\\zzz");
		golden("filter-nothing");
	}
}

static void test_flash(void **state)
{
	(void)state;
	EACH_SIZE(false)
	{
		press("g7f003d000000\r");
		screen_take(&screen, application(1000 * SECOND + SECOND / 10, true));
		golden("flash");
	}
}

/* The child exits; then it is dismissed. */
static void test_exit(void **state)
{
	struct moment *moment;

	(void)state;
	EACH_SIZE(false)
	{
		moment = application(1001 * SECOND, false);
		moment->n_processes = 1;
		screen_take(&screen, moment);
		press("g7ffd1c000000\rjj");
		golden("exited");
		press("d");
		golden("dismissed");
	}
}

static void test_ascii(void **state)
{
	(void)state;
	EACH_SIZE(true)
	{
		press("g7f003e800000\r");
		screen_take(&screen, application(1000 * SECOND + SECOND / 10, true));
		golden("ascii-flash");
		press("--gstack\r");
		golden("ascii-zoomed");
		for (int i = 0; i < cells.rows * cells.cols; i++)
			assert_in_range((unsigned char)*cells.at[i].glyph, 0x20, 0x7e);
	}
}

/* Mappings of a script, which names them to the kernel too; what smaps said of them is so many seconds old. */
static struct moment *specimen(uint64_t age)
{
	static const struct {
		const char *label, *name;
		enum vma_kind kind;
		enum vma_advice advice;
		uint64_t slots;
	} areas[] = {
		{"shared", "/memfd:shared (deleted)", VMA_SHMEM, VMA_ADVICE_NONE, 1},
		{"whole", "[anon:whole]", VMA_ANON, VMA_ADVICE_NONE, 2},
		{"unaligned", "[anon:unaligned]", VMA_ANON, VMA_ADVICE_NOHUGEPAGE, 3},
		{"split", "[anon:split]", VMA_ANON, VMA_ADVICE_NOHUGEPAGE, 2},
		{"ring", "[anon_shmem:ring]", VMA_SHMEM, VMA_ADVICE_NONE, 2},
		{"arena", "[anon:arenas]", VMA_ANON, VMA_ADVICE_NOHUGEPAGE, 2},
		{"a label that is long", "[anon:a label that is long]", VMA_ANON, VMA_ADVICE_NOHUGEPAGE, 2},
		{NULL, "[anon:nobody's]", VMA_ANON, VMA_ADVICE_NOHUGEPAGE, 2},
	};
	struct world world;
	struct vma *vma;
	size_t i;

	world_start(&world, true);
	world_process(&world, 100, "specimen");
	for (i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
		vma = world_vma(&world, 0x7e0000000000 + i * 16 * SLOT, areas[i].slots * SLOT, "rw-p",
				areas[i].kind, areas[i].name);
		vma->label = areas[i].label;
		vma->eligible = 0;
		vma->advice = areas[i].advice;
		vma->deleted = i == 0;
		vma->eligible_ns = (1000 - age) * SECOND;
		world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	}
	world.moment->mono_ns = 1000 * SECOND;
	return world_moment(&world);
}

/* A name stands there once, and before the age of what smaps said, of which at least that it is old is told. */
static void test_names(void **state)
{
	(void)state;
	EACH_SIZE(false)
	{
		scene_fini(&screen.scene);
		screen.map.pid = 0;
		screen_take(&screen, specimen(1));
		golden("names-new");
		screen_take(&screen, specimen(34));
		golden("names-old");
	}
}

/* A mapping of two slots, which smaps called not eligible, with so many of them mapped by PMD. */
static struct moment *knobs_off(uint64_t huge, uint64_t small)
{
	struct world world;
	struct vma *vma;

	world_start(&world, true);
	world_process(&world, 100, "bash");
	vma = world_vma(&world, 0x7e0000000000, 2 * SLOT, "rw-p", VMA_ANON, "");
	vma->eligible = 0;
	vma->eligible_ns = 999 * SECOND;
	world_regions(&world, 0, huge, MAPPING_PMD, BACKING_THP);
	world_regions(&world, huge, huge + small, MAPPING_PTE, BACKING_SMALL);
	world.moment->mono_ns = 1000 * SECOND;
	return world_moment(&world);
}

static bool says(const char *word)
{
	struct buf text = {0};
	bool found;

	screen_draw(&screen, &cells);
	cells_dump(&cells, &text);
	found = strstr(text.data, word);
	buf_fini(&text);
	return found;
}

/* Of what is huge already the knobs say only that no more will be. */
static void test_not_eligible(void **state)
{
	(void)state;
	open_screen(1, false);
	scene_fini(&screen.scene);
	screen.map.pid = 0;
	screen_take(&screen, knobs_off(0, 2));
	assert_true(says("not eligible") && !says("for more"));
	screen_take(&screen, knobs_off(1, 0));
	assert_true(says("not eligible for more"));
	screen_take(&screen, knobs_off(1, 1));
	assert_true(says("not eligible for more"));
	screen_take(&screen, knobs_off(2, 0));
	assert_true(says("100% pmd") && !says("eligible"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),  cmocka_unit_test(test_folds),
		cmocka_unit_test(test_zoomed), cmocka_unit_test(test_search_and_filter),
		cmocka_unit_test(test_flash),  cmocka_unit_test(test_exit),
		cmocka_unit_test(test_ascii),  cmocka_unit_test(test_not_eligible),
	};

	return cmocka_run_group_tests_name("ui_map_views", tests, setup, NULL);
}
