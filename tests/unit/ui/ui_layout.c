/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where panes stand: at every size from the least to a wall, nothing overlaps, and what is there can be used. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "ui/layout.h"

#define ROWS_MAX 80
#define COLS_MAX 250

/* Tasks that take what they are told, as far as the map keeps its least. */
static int some_tasks(const void *data, int rows, int cols)
{
	const int want = *(const int *)data, most = rows - LAYOUT_MAP_ROWS_LEAST;

	(void)cols;
	return want < most ? want : most > 0 ? most : 0;
}

/* Counters that come by themselves where the map keeps what it is to keep, and have the most of it with the keys. */
static bool counters_focused;
static int some_counters(const void *data, int rows, int map_rows)
{
	(void)data;
	if (counters_focused)
		return rows * 3 / 5;
	return rows - 5 >= map_rows ? 5 : 0;
}

/* A caption of two rows on a narrow map, of one on a wide one. */
static int some_caption(const void *data, int cols)
{
	(void)data;
	return cols < 60 ? 2 : 1;
}

/* The whole room: tasks that have the keys on a low screen. */
static int all_tasks(const void *data, int rows, int cols)
{
	(void)data;
	(void)cols;
	return rows;
}

/* What was claimed so far, and by whom. */
static struct {
	struct rect rects[2 * PART_COUNT];
	int who[2 * PART_COUNT], n, area;
} claimed;

static bool apart(const struct rect *a, const struct rect *b)
{
	return a->row + a->rows <= b->row || b->row + b->rows <= a->row || a->col + a->cols <= b->col ||
	       b->col + b->cols <= a->col;
}

static void claim(const struct layout_facts *facts, const struct rect *rect, int who)
{
	int i;

	assert_true(rect->rows >= 0 && rect->cols >= 0);
	if (!rect->rows || !rect->cols)
		return;
	if (rect->row < 0 || rect->col < 0 || rect->row + rect->rows > facts->rows ||
	    rect->col + rect->cols > facts->cols)
		fail_msg("%dx%d: part %d is %dx%d at %d,%d", facts->cols, facts->rows, who, rect->cols,
			 rect->rows, rect->row, rect->col);
	for (i = 0; i < claimed.n; i++)
		if (!apart(rect, &claimed.rects[i]))
			fail_msg("%dx%d: parts %d and %d overlap", facts->cols, facts->rows, who,
				 claimed.who[i]);
	claimed.rects[claimed.n] = *rect;
	claimed.who[claimed.n++] = who;
	claimed.area += rect->rows * rect->cols;
}

static const struct {
	int rows, cols;
} least[PART_COUNT] = {
	[PART_LESSON] = {3, LAYOUT_SIDE_COLS_LEAST},
	[PART_MAP] = {LAYOUT_MAP_ROWS_LEAST, LAYOUT_MAP_COLS_LEAST},
	[PART_CAPTION] = {1, LAYOUT_MAP_COLS_LEAST},
	[PART_TASKS] = {1, LAYOUT_MAP_COLS_LEAST},
	[PART_COUNTERS] = {3, LAYOUT_MAP_COLS_LEAST},
	[PART_EVENTS] = {3, LAYOUT_MAP_COLS_LEAST},
	[PART_REGION] = {9, LAYOUT_SIDE_COLS_LEAST},
};

/* No cell belongs to two of them, and every one to one: nothing is left over. */
static void check(struct layout_facts *facts)
{
	struct layout layout;
	int i;

	counters_focused = facts->focus == PART_COUNTERS;
	layout_plan(facts, &layout);
	memset(&claimed, 0, sizeof(claimed));
	for (i = 0; i < PART_COUNT; i++) {
		const struct rect *rect = &layout.at[i];

		claim(facts, rect, i);
		if (!rect->rows)
			continue;
		if (rect->rows < least[i].rows || rect->cols < least[i].cols)
			fail_msg("%dx%d: part %d has %dx%d", facts->cols, facts->rows, i, rect->cols,
				 rect->rows);
	}
	for (i = 0; i < layout.n_dividers; i++)
		claim(facts, &(struct rect){0, layout.dividers[i], facts->rows, 1}, PART_COUNT);
	if (layout.rule >= 0)
		claim(facts,
		      &(struct rect){layout.rule, layout.at[PART_REGION].col, 1, layout.at[PART_REGION].cols},
		      PART_COUNT);
	if (claimed.area != facts->rows * facts->cols)
		fail_msg("%dx%d: %d of %d cells have an owner", facts->cols, facts->rows, claimed.area,
			 facts->rows * facts->cols);
	assert_true(layout.map.rows > 0 && layout.map.cols >= LAYOUT_MAP_COLS_LEAST);
	/* Who has the keys is seen, if there is such a thing at all. */
	if (facts->focus != PART_TASKS && facts->focus != PART_CAPTION &&
	    (facts->focus != PART_LESSON || facts->lesson_above))
		if (!layout.at[facts->focus].rows)
			fail_msg("%dx%d, wish %d: part %d has the keys, and no place", facts->cols,
				 facts->rows, facts->wish, facts->focus);
	assert_int_equal(layout.wide, layout_wide(facts->cols, facts->wish));
	if (layout.wide && !facts->lesson_beside)
		assert_true(layout.at[PART_REGION].rows == facts->rows);
}

/* The views of a screen 12 rows high have 10 or 9: the header and the bottom line are above and below. */
static void each_size(void (*look)(struct layout_facts *facts), struct layout_facts *facts)
{
	for (facts->rows = 9; facts->rows <= ROWS_MAX; facts->rows++)
		for (facts->cols = 40; facts->cols <= COLS_MAX; facts->cols++)
			look(facts);
}

static void look_all(struct layout_facts *facts)
{
	static const int lessons[] = {0, 4, 12, 40}, tasks[] = {0, 1, 7};
	int wish, focus;
	size_t i, k;

	for (wish = 0; wish < LAYOUT_WISHES; wish++)
		for (focus = 0; focus < PART_COUNT; focus++)
			for (i = 0; i < sizeof(lessons) / sizeof(lessons[0]); i++)
				for (k = 0; k < sizeof(tasks) / sizeof(tasks[0]); k++) {
					facts->wish = (enum layout_wish)wish;
					facts->focus = (enum layout_part)focus;
					facts->lesson_above = facts->lesson_beside = lessons[i];
					facts->data = &tasks[k];
					facts->any_events = (i + k) & 1;
					check(facts);
				}
}

static void test_all_sizes(void **state)
{
	struct layout_facts facts = {.tasks = some_tasks, .caption = some_caption, .counters = some_counters};

	(void)state;
	each_size(look_all, &facts);
}

static void test_tasks_alone(void **state)
{
	struct layout_facts facts = {
		.tasks = all_tasks, .caption = some_caption, .counters = some_counters, .focus = PART_TASKS};

	(void)state;
	each_size(check, &facts);
}

/* A wider screen gives no pane less, but where another one joins. */
static void test_width_is_used(void **state)
{
	static const int none = 0;
	struct layout_facts facts = {.rows = 34,
				     .tasks = some_tasks,
				     .caption = some_caption,
				     .counters = some_counters,
				     .data = &none};
	struct layout layout, before = {0};

	(void)state;
	for (facts.cols = LAYOUT_WIDE_FROM; facts.cols <= COLS_MAX; facts.cols++) {
		layout_plan(&facts, &layout);
		assert_true(layout.at[PART_REGION].cols >= before.at[PART_REGION].cols);
		if (layout.at[PART_REGION].cols == before.at[PART_REGION].cols)
			assert_int_equal(layout.at[PART_MAP].cols, before.at[PART_MAP].cols + 1);
		before = layout;
	}
	facts.lesson_above = facts.lesson_beside = 10;
	facts.cols = LAYOUT_THREE_FROM;
	layout_plan(&facts, &layout);
	assert_int_equal(layout.n_dividers, 2);
	assert_int_equal(layout.at[PART_REGION].rows, facts.rows);
	assert_int_equal(layout.at[PART_LESSON].rows, facts.rows);
}

static void test_wishes(void **state)
{
	(void)state;
	assert_false(layout_wide(LAYOUT_WIDE_FROM - 1, LAYOUT_AUTO));
	assert_true(layout_wide(LAYOUT_WIDE_FROM, LAYOUT_AUTO));
	assert_false(layout_wide(COLS_MAX, LAYOUT_MAP));
	assert_true(layout_wide(LAYOUT_ASKED_FROM, LAYOUT_REGION));
	assert_false(layout_wide(LAYOUT_ASKED_FROM - 1, LAYOUT_REGION));
}

/* What stands beside a map's lines. */
static void test_beside(void **state)
{
	struct layout_facts facts = {0};
	struct layout_beside beside;
	int i;

	(void)state;
	for (facts.rows = 1; facts.rows <= ROWS_MAX; facts.rows++)
		for (facts.cols = 40; facts.cols <= COLS_MAX; facts.cols++)
			for (i = 0; i < 4; i++) {
				const struct rect map = {0, 0, facts.rows, facts.cols};

				layout_beside(&map, i & 1, i & 2, &beside);
				memset(&claimed, 0, sizeof(claimed));
				claim(&facts, &beside.map, 1);
				claim(&facts, &beside.twin, 2);
				claim(&facts, &beside.minimap, 3);
				assert_true(beside.map.cols >= LAYOUT_MAP_COLS_LEAST);
				assert_int_equal(beside.twin.rows > 0,
						 (i & 1) && facts.cols >= LAYOUT_TWIN_FROM);
				if (beside.twin.rows)
					assert_true(beside.twin.cols >= LAYOUT_TWIN_COLS_LEAST &&
						    beside.twin.col == beside.map.cols + 1);
				assert_int_equal(beside.minimap.rows > 0,
						 (i & 2) && facts.cols >= LAYOUT_MINIMAP_FROM &&
							 facts.rows >= LAYOUT_MINIMAP_ROWS);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_sizes),     cmocka_unit_test(test_tasks_alone),
		cmocka_unit_test(test_width_is_used), cmocka_unit_test(test_wishes),
		cmocka_unit_test(test_beside),
	};

	return cmocka_run_group_tests_name("ui_layout", tests, NULL, NULL);
}
