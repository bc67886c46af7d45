/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: where the views stand. */
#include <stdio.h>
#include <string.h>

#include "ui/legend.h"
#include "ui/map_view.h"
#include "ui/screen_parts.h"
#include "ui/theme.h"
#include "ui/twin.h"

#define CAPTION_ROWS 3 /* of the caption below big cells, at most */
#define LEGEND_ROWS 14 /* from this height of the views on a view with cells has a legend */

bool screen_wide(const struct screen *screen)
{
	return layout_wide(screen->cols, screen->looks.layout);
}

static void draw_view(struct screen *screen, enum view_id id, const struct pane *pane)
{
	screen->panes[id] = *pane;
	screen_views[id]->draw(screen, pane, screen_front(screen) == id);
}

static void draw_part(struct screen *screen, enum view_id id, const struct pane *pane)
{
	if (!pane->rows)
		return;
	screen_views[id]->fit(screen, pane->rows, pane->cols);
	draw_view(screen, id, pane);
}

static struct pane pane_at(const struct pane *pane, const struct rect *rect)
{
	return pane_part(pane, rect->row, rect->col, rect->rows, rect->cols);
}

/* The lines of a map, and what stands beside them: another process at the same addresses, all of it in small. */
static struct layout_beside beside_map(struct screen *screen, const struct pane *pane)
{
	const struct rect rect = {0, 0, pane->rows, pane->cols};
	const bool twin = screen->looks.layout != LAYOUT_REGION && !screen->big && twins_any(screen);
	const bool minimap = screen->looks.minimap && screen->looks.layout != LAYOUT_REGION;
	struct layout_beside beside;

	layout_beside(&rect, twin, minimap && minimap_on(screen, pane->rows, pane->cols), &beside);
	view_map.fit(screen, beside.map.rows, beside.map.cols);
	if (!minimap || beside.minimap.rows || !minimap_needed(screen, pane->rows, pane->cols))
		return beside;
	layout_beside(&rect, twin, true, &beside);
	view_map.fit(screen, beside.map.rows, beside.map.cols);
	return beside;
}

static void draw_divider(const struct pane *pane, int col)
{
	for (int row = 0; row < pane->rows; row++)
		pane_put(pane, row, col, STYLE_DIM, "│");
}

/* Without the legend. */
static void draw_map_lines(struct screen *screen, const struct pane *pane)
{
	const struct layout_beside beside = beside_map(screen, pane);
	const struct pane map = pane_at(pane, &beside.map);

	screen->map.divided = beside.map.cols < pane->cols || screen_wide(screen);
	screen->twin = pane_at(pane, &beside.twin);
	screen->minimap.pane = pane_at(pane, &beside.minimap);
	if (beside.twin.rows)
		draw_divider(pane, beside.map.cols);
	draw_view(screen, VIEW_MAP, &map);
	if (beside.twin.rows)
		twin_draw(screen, &screen->twin);
	if (beside.minimap.rows)
		minimap_draw(screen);
}

static void draw_cells_view(struct screen *screen, enum view_id id, const struct pane *pane)
{
	if (!pane->rows)
		return;
	if (id == VIEW_MAP)
		draw_map_lines(screen, pane);
	else
		draw_part(screen, id, pane);
}

/*
 * A view with cells, and where there is room or nothing else below it what its shapes mean. The last rows may be
 * covered by a notice: what is below the cursor then gives way, not what the notice is about.
 */
static void draw_cells(struct screen *screen, enum view_id id, const struct pane *pane, int height,
		       int covered)
{
	struct pane view = pane_part(pane, 0, 0, pane->rows - covered, pane->cols), legend;
	keymap_text help;

	if (height < LEGEND_ROWS) {
		screen_views[id]->fit(screen, view.rows, view.cols);
		screen->no_legend = id != VIEW_MAP || !map_leaves_row(&screen->map);
	}
	if (screen->no_legend || covered) {
		draw_cells_view(screen, id, &view);
		return;
	}
	view.rows--; /* before it fits: with a row more it would scroll back from the end */
	draw_cells_view(screen, id, &view);
	keymap_keys_of(&screen->keymap, COMMAND_HELP, help);
	legend = pane_part(pane, view.rows, 0, 1, pane->cols);
	legend_draw(&view, &legend, id == VIEW_PROCESSES, help);
}

/* The argument of what layout_facts calls. */
struct wanted {
	const struct screen *screen;
	const struct cells *cells;
};

static int wanted_by_tasks(const void *data, int rows, int cols)
{
	const struct wanted *wanted = data;

	return tasks_rows(wanted->screen, rows, cols);
}

static int wanted_by_counters(const void *data, int rows, int map_rows)
{
	const struct wanted *wanted = data;

	return counters_rows(wanted->screen, rows, map_rows);
}

static int wanted_by_caption(const void *data, int cols)
{
	const struct wanted *wanted = data;

	return wanted->screen->big ? captions_rows(wanted->screen, wanted->cells, cols, CAPTION_ROWS) : 0;
}

/* What the map, its legend, its tasks and its caption do not need of so many rows; half of them in any case. */
static int lesson_most(const struct screen *screen, const struct wanted *wanted, int rows, int cols)
{
	const int spare = rows - tasks_rows(screen, rows, cols) - wanted_by_caption(wanted, cols) - 1;
	int map;

	if (screen->map.layout.n >= (size_t)rows)
		return rows / 2;
	map = (int)screen->map.layout.n + map_info_rows(&screen->map);
	return spare - map > rows / 2 ? spare - map : rows / 2;
}

static enum layout_part part_of(enum view_id id)
{
	return id == VIEW_REGION     ? PART_REGION
	       : id == VIEW_EVENTS   ? PART_EVENTS
	       : id == VIEW_COUNTERS ? PART_COUNTERS
	       : id == VIEW_TASKS    ? PART_TASKS
	       : id == VIEW_LESSON   ? PART_LESSON
				     : PART_MAP;
}

static void plan_body(struct screen *screen, const struct pane *body, struct layout *layout)
{
	const struct wanted wanted = {screen, body->cells};
	const bool lesson = lesson_shown(screen);
	struct layout_facts facts = {
		.rows = body->rows,
		.cols = body->cols,
		.wish = screen->looks.layout,
		.focus = part_of(screen->focus),
		.lesson_above = lesson ? lesson_rows(screen, body->cols) : 0,
		.lesson_beside =
			lesson ? lesson_rows(screen, layout_side_cols(body->cols, true, screen->big)) : 0,
		.big = screen->big,
		.tasks = wanted_by_tasks,
		.caption = wanted_by_caption,
		.counters = wanted_by_counters,
		.data = &wanted,
		.any_events = screen->events.n,
	};

	if (lesson && !screen_wide(screen)) {
		view_map.fit(screen, body->rows, body->cols);
		facts.lesson_most = lesson_most(screen, &wanted, body->rows, body->cols);
	}
	layout_plan(&facts, layout);
}

/* The map, of which what came of a deed may cover the last rows, if it does not stand on what is below. */
static void draw_map(struct screen *screen, const struct pane *body, const struct layout *layout)
{
	const struct rect *map = &layout->at[PART_MAP], *events = &layout->at[PART_EVENTS];
	const int below =
		layout->at[PART_CAPTION].rows + layout->at[PART_TASKS].rows + layout->at[PART_COUNTERS].rows;
	const bool above_events = events->rows && screen->focus != VIEW_EVENTS;
	const int notice = status_long_rows(screen, body->cells, above_events ? map->cols : screen->cols) -
			   below - (above_events ? 0 : events->rows);
	const struct pane pane = pane_at(body, map);

	draw_cells(screen, VIEW_MAP, &pane, map->rows + below + events->rows, notice > 0 ? notice : 0);
}

/* What has a place; the map and the region are laid out without one, too: keys find them made. */
static void draw_body(struct screen *screen, const struct pane *body)
{
	struct pane panes[PART_COUNT];
	struct layout layout;
	int i;

	plan_body(screen, body, &layout);
	for (i = 0; i < PART_COUNT; i++)
		panes[i] = pane_at(body, &layout.at[i]);
	for (i = 0; i < layout.n_dividers; i++)
		draw_divider(body, layout.dividers[i]);
	if (layout.rule >= 0)
		pane_fill(body, layout.rule, panes[PART_REGION].col - body->col, panes[PART_REGION].cols,
			  STYLE_DIM, "─");
	draw_part(screen, VIEW_LESSON, &panes[PART_LESSON]);
	if (panes[PART_MAP].rows)
		draw_map(screen, body, &layout);
	else
		view_map.fit(screen, layout.map.rows, layout.map.cols);
	captions_draw(screen, &panes[PART_CAPTION]);
	draw_part(screen, VIEW_TASKS, &panes[PART_TASKS]);
	draw_part(screen, VIEW_COUNTERS, &panes[PART_COUNTERS]);
	draw_part(screen, VIEW_EVENTS, &panes[PART_EVENTS]);
	if (panes[PART_REGION].rows)
		draw_part(screen, VIEW_REGION, &panes[PART_REGION]);
	else
		view_region.fit(screen, body->rows, body->cols);
}

static void draw_too_small(const struct pane *whole)
{
	char text[96];

	snprintf(text, sizeof(text), "This window is %d × %d; thpscope needs %d × %d.", whole->cols,
		 whole->rows, SCREEN_COLS_MIN, SCREEN_ROWS_MIN);
	pane_wrap(whole, 0, whole->rows, STYLE_TEXT, text);
}

/* The bottom line, and what stands over the views: it leaves that line free. */
static void draw_over(struct screen *screen, const struct pane *whole)
{
	const struct pane status = pane_part(whole, whole->rows - 1, 0, 1, whole->cols);
	const struct pane above = pane_part(whole, 0, 0, whole->rows - 1, whole->cols);

	if (screen->dialog.kind != DIALOG_NONE) {
		dialog_draw(&screen->dialog, &above);
		dialog_keys_draw(&screen->dialog, &status);
	} else if (screen->act.menu.open) {
		menu_draw(&screen->act.menu, &above);
		if (screen->message)
			status_draw_message(screen, &status);
		else
			menu_keys_draw(&screen->act.menu, &status);
	} else {
		if (screen->prompt.kind != PROMPT_NONE)
			prompt_draw(&screen->prompt, &status);
		else
			status_draw(screen, &status, screen_views[screen_front(screen)]);
		status_draw_long(screen, whole);
	}
}

/* Whether somebody sees what is counted now, or will as soon as there is anything to be seen. */
static bool counters_seen(const struct screen *screen)
{
	if (!screen->scene.newest)
		return screen->counters.wanted && !screen_lists(screen);
	return screen->panes[VIEW_COUNTERS].rows && !timeline_of(screen) && !screen->scene.lost;
}

/* What the glossary is opened over is drawn first, to see which words stand there. */
static void look_beneath(struct screen *screen, struct cells *cells)
{
	screen->glossary.open = screen->glossary.fresh = false;
	screen_draw(screen, cells);
	screen->glossary.open = true;
	glossary_look(screen, cells);
}

void screen_draw(struct screen *screen, struct cells *cells)
{
	struct pane whole, body, line;
	int top, time;

	if (screen->glossary.open && screen->glossary.fresh)
		look_beneath(screen, cells);

	cells_resize(cells, cells->rows, cells->cols);
	screen->rows = cells->rows;
	screen->cols = cells->cols;
	whole = pane_whole(cells);
	memset(screen->panes, 0, sizeof(screen->panes));
	screen->twin = screen->minimap.pane = (struct pane){0};
	screen->n_hints = 0;
	screen->no_legend = screen->count = false;
	if (cells->rows < SCREEN_ROWS_MIN || cells->cols < SCREEN_COLS_MIN) {
		draw_too_small(&whole);
		screen->dialog.kind = DIALOG_NONE; /* a question that cannot be read is withdrawn */
		act_withdraw(screen);
		return;
	}
	top = header_draw(screen, &whole);
	time = timeline_rows(screen);
	line = pane_part(&whole, whole.rows - 1 - time, 0, time, whole.cols);
	body = pane_part(&whole, top, 0, line.row - top, whole.cols);
	if (screen_covered(screen)) {
		body.rows -= status_long_rows(screen, cells, cells->cols); /* its cursor stays in sight */
		screen_views[screen_front(screen)]->fit(screen, body.rows, body.cols);
		draw_view(screen, screen_front(screen), &body);
	} else if (screen_lists(screen)) {
		draw_cells(screen, VIEW_PROCESSES, &body, body.rows,
			   status_long_rows(screen, cells, cells->cols));
	} else {
		draw_body(screen, &body);
	}
	screen->count = counters_seen(screen);
	timeline_draw(screen, &line);
	draw_over(screen, &whole);
}
