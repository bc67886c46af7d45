/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody who knows nothing but the screen leans on: shapes that stay themselves, a legend, plain words, addresses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "rosters.h"
#include "ui/screen.h"
#include "ui/theme.h"
#include "world.h"

#define HEAP UINT64_C(0x7f0000000000)

static struct screen screen;
static struct cells cells;
static struct buf text;

static int setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

static const char *draw(void)
{
	screen_draw(&screen, &cells);
	buf_clear(&text);
	cells_dump(&cells, &text);
	return text.data;
}

static bool shows(const char *words)
{
	return strstr(draw(), words);
}

static void open_screen(int cols, int rows, struct moment *moment)
{
	screen_init(&screen);
	cells = (struct cells){.rows = rows, .cols = cols};
	draw();
	screen_take(&screen, moment);
	draw();
}

static void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
	buf_fini(&text);
}

static void press(const char *keys)
{
	for (; *keys; keys++) {
		screen_key(&screen, (unsigned char)*keys);
		draw();
	}
}

/* So many regions of a heap mapped so, and a library of one page. */
static struct moment *heap(uint64_t slots, enum mapping mapping, enum backing backing)
{
	struct world world;

	world_start(&world, true);
	world_process(&world, 7, "heap");
	world_vma(&world, 0x560000000000, PAGE, "r-xp", VMA_FILE, "/bin/heap");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, HEAP, slots * SLOT, "rw-p", VMA_ANON, "");
	if (mapping != MAPPING_NONE)
		world_regions(&world, 0, slots, mapping, backing);
	return world_moment(&world);
}

/* Many mappings, so that the map fills any window; each with a huge region, one pte-mapped, and a hole. */
static struct moment *full(void)
{
	struct world world;
	uint64_t i;

	world_start(&world, true);
	world_process(&world, 7, "full");
	for (i = 0; i < 60; i++) {
		world_vma(&world, HEAP + i * 64 * SLOT, (3 + i) * SLOT, i & 1 ? "rw-p" : "r--p", VMA_ANON,
			  "");
		world_region(&world, 0, MAPPING_PMD, BACKING_THP);
		world_region(&world, 1, MAPPING_PTE, BACKING_THP);
	}
	return world_moment(&world);
}

static const struct cell *under(void)
{
	return cells_at(&cells, cells.cursor_row, cells.cursor_col);
}

/*
 * The cell under the cursor has a style of its own kind; where its shape would hide the cursor's ground, or colours are too
 * few, it is its letter.
 */
static void test_cursor_cell(void **state)
{
	(void)state;
	open_screen(80, 24, full());
	press("g7f0000000000\r");
	assert_string_equal(under()->glyph, "#");
	assert_int_equal(under()->style, STYLE_SYMBOL + SYMBOL_PMD_THP);
	assert_int_equal(under()->mark, MARK_CURSOR);
	assert_int_equal(theme_marked(under()->style, under()->mark), STYLE_CURSOR_SYMBOL + SYMBOL_PMD_THP);
	press("l");
	assert_string_equal(under()->glyph, "%");
	press("l");
	assert_string_equal(under()->glyph, "·");
	cells.plain = true;
	draw();
	assert_string_equal(under()->glyph, ".");
	close_screen();
}

/* A folded line is marked from edge to edge. */
static void test_cursor_line(void **state)
{
	static const uint64_t places[] = {0x560000000000,
					  HEAP + 1000 * SLOT}; /* small mappings; rows alike */
	struct pane pane;
	size_t i;
	int col;

	(void)state;
	for (i = 0; i < 2; i++) {
		open_screen(80, 24, heap(1920, MAPPING_PMD, BACKING_THP));
		screen.map.addr = places[i];
		screen.map.heading = LINE_BLANK;
		screen.map.pid = 7;
		draw();
		assert_true(map_line_folds(&screen.map.layout.lines[screen.map.line]));
		pane = screen.panes[VIEW_MAP];
		for (col = 1; col < pane.cols - 1; col++)
			assert_int_equal(cells_at(&cells, cells.cursor_row, col)->mark, MARK_CURSOR);
		close_screen();
	}
}

/* There is one legend, whatever fills the window, and where there is no room a pointer to the help. */
static void test_legend_always(void **state)
{
	(void)state;
	open_screen(80, 24, full());
	assert_true(screen.map.layout.n > 24);
	assert_true(shows("\n █ pmd-mapped THP  ▓ pte-mapped THP"));
	assert_true(shows("?: all shapes"));
	close_screen();
	open_screen(40, 12, full());
	assert_false(shows("all shapes"));
	assert_true(shows("Enter open"));
	assert_true(shows("? cells"));
	press("\r"); /* a region has no cells */
	assert_true(shows("? help"));
	close_screen();
	screen_init(&screen);
	screen_open_list(&screen);
	cells = (struct cells){.rows = 24, .cols = 80};
	screen_take_roster(&screen, making_machine());
	assert_true(shows("\n █ pmd-mapped THP  ▓ pte-mapped THP or part  ▚ mTHP  ░ small"));
	cells.rows = 12;
	cells.cols = 40;
	assert_true(shows("? cells"));
	close_screen();
}

/* It names the shapes in one order, wherever the cursor is. */
static void test_legend_order(void **state)
{
	char line[256];
	const char *at;
	int i;

	(void)state;
	open_screen(80, 24, world_demo(true));
	press("g7f5a40000000\r");
	at = strstr(draw(), "\n █ pmd-mapped");
	assert_non_null(at);
	assert_in_range(strcspn(at + 1, "\n"), 60, sizeof(line) - 1);
	memcpy(line, at, strcspn(at + 1, "\n") + 1);
	line[strcspn(at + 1, "\n") + 1] = '\0';
	for (i = 0; i < 24; i++) {
		press("l");
		assert_true(shows(line));
	}
	close_screen();
}

static void expect_none(struct moment *moment, const char *message)
{
	open_screen(80, 24, moment);
	press("]");
	if (!screen.message) /* it went to the only one */
		press("]");
	assert_non_null(screen.message);
	assert_string_equal(screen.message, message);
	assert_true(shows(message)); /* whole */
	close_screen();
}

/* Why ] finds nothing. */
static void test_not_huge(void **state)
{
	(void)state;
	expect_none(heap(8, MAPPING_PMD, BACKING_THP),
		    "every whole region is huge; 1 small mapping (▸) cannot be");
	expect_none(heap(1, MAPPING_PTE, BACKING_SMALL), "no further region that is not huge");
	expect_none(heap(8, MAPPING_NONE, BACKING_NONE),
		    "no memory in whole regions; 1 small mapping (▸): never huge");
	expect_none(heap(8, MAPPING_UNKNOWN, BACKING_UNKNOWN),
		    "no region is known not to be huge; of 8 it is not known");
}

/* However narrow it is, and whatever page of whatever region: words give way, the address does not. */
static void test_address(void **state)
{
	static const uint32_t pages[] = {0, 68, 175, 511};
	char addr[32];
	int cols;
	size_t i;

	(void)state;
	for (cols = SCREEN_COLS_MIN; cols <= 130; cols++) {
		open_screen(cols, 24, world_demo(true));
		screen_take_region(&screen, world_examined(true, DEMO_HEAP + 8 * SLOT));
		screen.map.addr = DEMO_HEAP + 8 * SLOT;
		draw();
		screen.focus = VIEW_REGION;
		for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
			screen.region.page = pages[i];
			snprintf(addr, sizeof(addr), " %llx",
				 (unsigned long long)(DEMO_HEAP + 8 * SLOT + pages[i] * PAGE));
			assert_true(shows(addr));
			assert_true(shows("subpage "));
		}
		close_screen();
	}
}

/* A page at the 450th place of its slot, alone in its mapping. */
static struct moment *fragment(void)
{
	struct process *process;
	struct moment *moment;
	struct world world;

	world_start(&world, true);
	world_process(&world, 7, "fragment");
	world_vma(&world, HEAP + 450 * PAGE, PAGE, "rw-p", VMA_ANON, "");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	moment = world_moment(&world);
	process = &moment->processes[0];
	process->pages = arena_alloc(&moment->arena, sizeof(struct page));
	*process->pages = (struct page){.addr = HEAP + 450 * PAGE, .present = true};
	process->n_pages = process->regions[0].n_pages = 1;
	return moment;
}

/* A page of a fragment is counted from where the fragment begins, and the blanks around it are explained. */
static void test_fragment(void **state)
{
	(void)state;
	open_screen(120, 36, fragment());
	press("\rj\r");
	screen_take_region(&screen, fragment());
	assert_true(shows("page 1 of 1 (entry 450) 7f00001c2000"));
	assert_true(shows("blank: outside"));
	assert_false(shows("of 512"));
	cells.cols = 99;
	assert_true(shows("page 1 of 1 (slot entry 450) 7f00001c2000"));
	close_screen();
}

/* Who is denied, and why: "1 denied" alone helps nobody. */
static void test_denied(void **state)
{
	struct roster_view *roster = making_machine();
	struct roster_row *row = (struct roster_row *)roster->rows;

	(void)state;
	while (row->outcome != OUTCOME_DENIED)
		row++;
	snprintf(row->reason, sizeof(row->reason), "a security module protects it");
	screen_init(&screen);
	screen_open_list(&screen);
	cells = (struct cells){.rows = 24, .cols = 80};
	screen_take_roster(&screen, roster);
	screen_take(&screen, world_demo(true));
	assert_true(shows("1 denied (m: why)"));
	press("m");
	assert_true(shows("Processes that cannot be looked into"));
	assert_true(shows("\n 1200 "));
	assert_true(shows("a security module protects it"));
	close_screen();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_cell),   cmocka_unit_test(test_cursor_line),
		cmocka_unit_test(test_legend_always), cmocka_unit_test(test_legend_order),
		cmocka_unit_test(test_not_huge),      cmocka_unit_test(test_address),
		cmocka_unit_test(test_fragment),      cmocka_unit_test(test_denied),
	};

	return cmocka_run_group_tests_name("ui_legible", tests, setup, NULL);
}
