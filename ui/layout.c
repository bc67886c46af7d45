/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Panes by size: the wider the screen, the more of them, and the wider those with words. */
#include "ui/layout.h"

#include <string.h>

#define SIDE_COLS 39	    /* of a region */
#define SIDE_COLS_LESSON 44 /* of a lesson */
#define SIDE_ROOMY_FROM 140
#define SIDE_ROOMY_COLS 48
#define SIDE_WIDE_FROM 200
#define SIDE_WIDE_COLS 56
#define SIDE_BIG_FROM 180
#define SIDE_BIG_COLS 72

#define LESSON_ABOVE_FROM                                                                                    \
	14 /* from this height on it stands above the others, where there is no place beside */
#define BELOW_LESSON_LEAST 9 /* rows of a region, or what else has the map's place, below a lesson */

/* The events below the map: how many rows, from which height on. Of a low one only once there are any. */
#define STRIP_TALL 50
#define STRIP_TALL_ROWS 12
#define STRIP_FROM 26
#define STRIP_ROWS 6
#define STRIP_LOW 18
#define STRIP_LOW_ROWS 3
#define STRIP_FOCUSED 16 /* if they have the keys, beside a region */

/* What is left to the map before there are counters below it by themselves; and where the events have the keys. */
#define MAP_ROWS_LEAST 16
#define MAP_ROWS_BELOW 7

bool layout_wide(int cols, enum layout_wish wish)
{
	switch (wish) {
	case LAYOUT_MAP:
		return false;
	case LAYOUT_REGION:
		return cols >= LAYOUT_ASKED_FROM;
	case LAYOUT_AUTO:
	case LAYOUT_WISHES:
		break;
	}
	return cols >= LAYOUT_WIDE_FROM;
}

/* Whether a wish has its own look: the others are what there is by itself. */
static bool has_own_look(int cols, enum layout_wish wish, bool more)
{
	const bool wide = cols >= LAYOUT_WIDE_FROM;

	switch (wish) {
	case LAYOUT_MAP:
		return wide;
	case LAYOUT_REGION:
		return wide ? more : cols >= LAYOUT_ASKED_FROM;
	case LAYOUT_AUTO:
	case LAYOUT_WISHES:
		break;
	}
	return true;
}

enum layout_wish layout_next(int cols, enum layout_wish wish, bool more)
{
	do
		wish = (wish + 1) % LAYOUT_WISHES;
	while (!has_own_look(cols, wish, more));
	return wish;
}

int layout_side_cols(int cols, bool lesson, bool big)
{
	if (big && cols >= SIDE_BIG_FROM)
		return SIDE_BIG_COLS;
	if (cols >= SIDE_WIDE_FROM)
		return SIDE_WIDE_COLS;
	if (cols >= SIDE_ROOMY_FROM)
		return SIDE_ROOMY_COLS;
	return lesson && cols >= LAYOUT_WIDE_FROM ? SIDE_COLS_LESSON : SIDE_COLS;
}

/* How many of so many rows the events have; 0: none. */
static int strip_rows(const struct layout_facts *facts, int rows)
{
	const int most = rows > LAYOUT_MAP_ROWS_LEAST ? rows - LAYOUT_MAP_ROWS_LEAST : 0;

	if (facts->focus == PART_EVENTS && rows > 2 * STRIP_FOCUSED)
		return rows / 2;
	if (facts->focus == PART_EVENTS)
		return most < STRIP_FOCUSED ? most : STRIP_FOCUSED;
	if (rows >= STRIP_TALL)
		return STRIP_TALL_ROWS;
	if (rows >= STRIP_FROM)
		return STRIP_ROWS;
	return rows >= STRIP_LOW && facts->any_events ? STRIP_LOW_ROWS : 0;
}

/* A lesson that has no place beside the map: how many rows above it. All of them, where there is no room for both. */
static int lesson_above(const struct layout_facts *facts, const struct layout *layout)
{
	int most;

	if (layout->wide || !facts->lesson_above)
		return 0;
	if (facts->rows < LESSON_ABOVE_FROM)
		return facts->focus == PART_LESSON ? facts->rows : 0;
	most = facts->lesson_most > facts->rows / 2 ? facts->lesson_most : facts->rows / 2;
	return facts->lesson_above < most ? facts->lesson_above : most;
}

/* The same above what has the map's place: it is there with every step, and so no step is taken unseen. */
static int lesson_above_other(const struct layout_facts *facts)
{
	const int most = facts->rows / 2 < facts->rows - BELOW_LESSON_LEAST
				 ? facts->rows / 2
				 : facts->rows - BELOW_LESSON_LEAST;

	if (!facts->lesson_above || facts->rows < LESSON_ABOVE_FROM)
		return 0;
	return facts->lesson_above < most ? facts->lesson_above : most;
}

/* The map; above it a lesson, below it a caption, tasks, counters and events, as far as there is room. */
static void plan_map(const struct layout_facts *facts, struct layout *layout, int cols)
{
	const int lesson = lesson_above(facts, layout), room = facts->rows - lesson;
	const bool to_events = facts->focus == PART_EVENTS, to_counters = facts->focus == PART_COUNTERS;
	/* Who has the keys is seen, whatever gives way. */
	int events = to_events ? strip_rows(facts, room) : 0;
	int counters = to_counters && room ? facts->counters(facts->data, room, LAYOUT_MAP_ROWS_LEAST) : 0;
	const int tasks = room ? facts->tasks(facts->data, room - events - counters, cols) : 0;
	int map, caption;

	if (!to_events && (!tasks || room >= STRIP_TALL))
		events = strip_rows(facts, room - tasks - counters);
	if (!to_counters && room)
		counters = facts->counters(facts->data, room - tasks - events,
					   to_events ? MAP_ROWS_BELOW : MAP_ROWS_LEAST);
	map = room - tasks - counters - events;
	caption = map > LAYOUT_MAP_ROWS_LEAST ? facts->caption(facts->data, cols) : 0;
	if (caption > map - LAYOUT_MAP_ROWS_LEAST)
		caption = map > LAYOUT_MAP_ROWS_LEAST ? map - LAYOUT_MAP_ROWS_LEAST : 0;
	map -= caption;
	layout->at[PART_LESSON] = (struct rect){0, 0, lesson, cols};
	layout->at[PART_MAP] = (struct rect){lesson, 0, map, cols};
	layout->at[PART_CAPTION] = (struct rect){lesson + map, 0, caption, cols};
	layout->at[PART_TASKS] = (struct rect){lesson + map + caption, 0, tasks, cols};
	layout->at[PART_COUNTERS] = (struct rect){lesson + map + caption + tasks, 0, counters, cols};
	layout->at[PART_EVENTS] = (struct rect){facts->rows - events, 0, events, cols};
	layout->map = map ? layout->at[PART_MAP] : (struct rect){0, 0, facts->rows, cols};
}

/* A lesson above the region, whose place does not change from stop to stop without need; or the one that has the keys. */
static void plan_lesson_column(const struct layout_facts *facts, struct layout *layout, int col, int cols)
{
	const int third = facts->rows / 3, rows = facts->lesson_beside > third ? facts->lesson_beside : third;
	struct rect column = {0, col, facts->rows, cols};

	if (rows > facts->rows - LAYOUT_REGION_ROWS_LEAST - 1) {
		layout->at[facts->focus == PART_REGION ? PART_REGION : PART_LESSON] = column;
		return;
	}
	layout->rule = rows;
	layout->at[PART_LESSON] = (struct rect){0, col, rows, cols};
	layout->at[PART_REGION] = (struct rect){rows + 1, col, facts->rows - rows - 1, cols};
}

static void plan_wide(const struct layout_facts *facts, struct layout *layout)
{
	const bool lesson = facts->lesson_beside, three = lesson && !facts->big &&
							  facts->wish == LAYOUT_AUTO &&
							  facts->cols >= LAYOUT_THREE_FROM;
	const int side = layout_side_cols(facts->cols, lesson, facts->big), right = facts->cols - side;
	const int map = three ? right - side - 2 : right - 1;

	plan_map(facts, layout, map);
	layout->dividers[layout->n_dividers++] = map;
	if (three) {
		layout->dividers[layout->n_dividers++] = right - 1;
		layout->at[PART_REGION] = (struct rect){0, map + 1, facts->rows, side};
		layout->at[PART_LESSON] = (struct rect){0, right, facts->rows, side};
	} else if (lesson) {
		plan_lesson_column(facts, layout, right, side);
	} else {
		layout->at[PART_REGION] = (struct rect){0, right, facts->rows, side};
	}
}

void layout_plan(const struct layout_facts *facts, struct layout *layout)
{
	const struct rect whole = {0, 0, facts->rows, facts->cols};

	memset(layout, 0, sizeof(*layout));
	layout->rule = -1;
	layout->wide = layout_wide(facts->cols, facts->wish);
	if (layout->wide) {
		plan_wide(facts, layout);
	} else if (facts->focus == PART_REGION || facts->focus == PART_EVENTS ||
		   facts->focus == PART_COUNTERS) {
		const int lesson = lesson_above_other(facts);

		layout->map = whole; /* its cursor is what they are about */
		layout->at[PART_LESSON] = (struct rect){0, 0, lesson, facts->cols};
		layout->at[facts->focus] = (struct rect){lesson, 0, facts->rows - lesson, facts->cols};
	} else {
		plan_map(facts, layout, facts->cols);
	}
}

void layout_beside(const struct rect *map, bool twin, bool minimap, struct layout_beside *beside)
{
	int cols = map->cols;

	memset(beside, 0, sizeof(*beside));
	beside->map = *map;
	if (minimap && map->cols >= LAYOUT_MINIMAP_FROM && map->rows >= LAYOUT_MINIMAP_ROWS) {
		cols -= LAYOUT_MINIMAP_COLS + 1;
		beside->minimap =
			(struct rect){map->row, map->col + cols + 1, map->rows, LAYOUT_MINIMAP_COLS};
	}
	beside->map.cols = cols;
	if (!twin || map->cols < LAYOUT_TWIN_FROM)
		return;
	/* The map has the addresses in front of its cells, and so a little more. */
	beside->map.cols = cols / 2 + 7;
	beside->twin = (struct rect){map->row, map->col + beside->map.cols + 1, map->rows,
				     cols - beside->map.cols - 1};
}
