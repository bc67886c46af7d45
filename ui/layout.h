/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the panes of a map's screen stand: sizes and wishes in, rectangles out. Pure.
 *
 *     narrow: one at a time         wide                          with a lesson, from LAYOUT_THREE_FROM on
 *     ┌───────────────┐             ┌──────────────┬────────┐     ┌──────────┬────────┬────────┐
 *     │ lesson        │             │ map     twin │ lesson │     │ map      │ region │ lesson │
 *     │ map           │             │              │ region │     │          │        │        │
 *     │ tasks, …      │             │ tasks, …     │        │     │ tasks, … │        │        │
 *     └───────────────┘             └──────────────┴────────┘     └──────────┴────────┴────────┘
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

/* What the user wishes beside the map: what has room, no region, or the region and nothing more. */
enum layout_wish { LAYOUT_AUTO, LAYOUT_MAP, LAYOUT_REGION, LAYOUT_WISHES };

enum layout_part {
	PART_LESSON,
	PART_MAP,
	PART_CAPTION,
	PART_TASKS,
	PART_COUNTERS,
	PART_EVENTS,
	PART_REGION,
	PART_COUNT
};

#define LAYOUT_WIDE_FROM 100  /* columns from which on the region stands beside the map */
#define LAYOUT_ASKED_FROM 80  /* ... where the user wishes so */
#define LAYOUT_THREE_FROM 180 /* and the lesson beside both */

/* Rows and columns that a part has at least, where it is there. */
#define LAYOUT_MAP_ROWS_LEAST 3
#define LAYOUT_MAP_COLS_LEAST 40
#define LAYOUT_SIDE_COLS_LEAST 39
#define LAYOUT_REGION_ROWS_LEAST 16 /* below a lesson */

/* Rows and columns from a corner; no rows: it is not there. */
struct rect {
	int row, col, rows, cols;
};

struct layout_facts {
	int rows, cols; /* of all of it */
	enum layout_wish wish;
	enum layout_part focus; /* which one has the keys: alone, where there is room for one */
	int lesson_above,
		lesson_beside; /* rows that it needs over the map, and in a column beside it; 0: none is open */
	int lesson_most;       /* what the map leaves it of all rows, if that is more than half of them */
	bool big;	       /* cells for the back row: wider columns beside them */
	int (*caption)(const void *data, int cols); /* rows of what is said below the map, for its width */
	/* Rows that tasks would like below a map which has so many together with them, 0 for none. */
	int (*tasks)(const void *data, int rows, int cols);
	/* The same of counters, below a map that is to keep map_rows of them. */
	int (*counters)(const void *data, int rows, int map_rows);
	const void *data;
	bool any_events;
};

struct layout {
	struct rect at[PART_COUNT];
	struct rect map; /* where the map is laid out, also while another part covers it */
	bool wide;	 /* the region stands beside the map */
	int dividers[2]; /* columns of lines from top to bottom */
	int n_dividers;
	int rule; /* row of a line between lesson and region, or -1 */
};

/* The wish after this one, of those that look otherwise here. more: by itself there stands more beside map and region. */
enum layout_wish layout_next(int cols, enum layout_wish wish, bool more);

/* Whether the region stands beside the map; how many columns the column beside it has. */
bool layout_wide(int cols, enum layout_wish wish);
int layout_side_cols(int cols, bool lesson, bool big);

/* All of it: what is in *layout is what is on the screen. */
void layout_plan(const struct layout_facts *facts, struct layout *layout);

/* What stands beside a map's own lines, in its rectangle, each with a free column before it. */
struct layout_beside {
	struct rect map, twin, minimap;
};
#define LAYOUT_TWIN_FROM 110 /* columns of a map from which on another process may stand beside it */
#define LAYOUT_TWIN_COLS_LEAST 40
#define LAYOUT_MINIMAP_FROM 96 /* ... and from which on there may be a minimap */
#define LAYOUT_MINIMAP_ROWS 10
#define LAYOUT_MINIMAP_COLS 6
void layout_beside(const struct rect *map, bool twin, bool minimap, struct layout_beside *beside);

#endif
