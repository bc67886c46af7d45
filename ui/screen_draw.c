/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: where the views stand. */
#include <stdio.h>
#include <string.h>

#include "ui/legend.h"
#include "ui/map_view.h"
#include "ui/screen_parts.h"
#include "ui/theme.h"

#define REGION_COLS 39 /* of the region beside the map */
#define LESSON_COLS 44 /* of a lesson in its place */
#define BIG_COLS 72    /* of either, where cells are big and from this width on */
#define BIG_FROM 180
#define REGION_ROWS_LEAST 16 /* of a region below a lesson */
#define LESSON_ABOVE_FROM                                                                                    \
	14 /* from this height of the views on it stands above the map, where there is no place beside */
#define CAPTION_ROWS 3 /* of the caption below big cells, at most */
#define LEGEND_ROWS 14 /* from this height of the views on a view with cells has a legend */

/* The events below the map: how many rows, from which height of the views on. Of a low one only once there are any. */
#define STRIP_TALL 50
#define STRIP_TALL_ROWS 12
#define STRIP_FROM 26
#define STRIP_ROWS 6
#define STRIP_LOW 18
#define STRIP_LOW_ROWS 3
#define STRIP_FOCUSED 16 /* if it has the keys, beside a region */

bool screen_wide(const struct screen *screen)
{
	return screen->cols >= SCREEN_COLS_WIDE;
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
		draw_part(screen, id, &view);
		return;
	}
	view.rows--; /* before it fits: with a row more it would scroll back from the end */
	screen_views[id]->fit(screen, view.rows, view.cols);
	draw_view(screen, id, &view);
	keymap_keys_of(&screen->keymap, COMMAND_HELP, help);
	legend = pane_part(pane, view.rows, 0, 1, pane->cols);
	legend_draw(&view, &legend, id == VIEW_PROCESSES, help);
}

/* How many rows of a map's the events have; 0: none. */
static int strip_rows(const struct screen *screen, int rows)
{
	if (screen->focus == VIEW_EVENTS)
		return rows > 2 * STRIP_FOCUSED ? rows / 2 : STRIP_FOCUSED;
	if (rows >= STRIP_TALL)
		return STRIP_TALL_ROWS;
	if (rows >= STRIP_FROM)
		return STRIP_ROWS;
	return rows >= STRIP_LOW && screen->events.n ? STRIP_LOW_ROWS : 0;
}

/* What the map, its legend and its tasks do not need of so many rows; half of them in any case. */
static int lesson_most(const struct screen *screen, int rows)
{
	const int spare = rows - tasks_rows(screen, rows) - 1;

	if (screen->map.layout.n >= (size_t)(spare > 0 ? spare : 0) ||
	    spare - (int)screen->map.layout.n < rows / 2)
		return rows / 2;
	return spare - (int)screen->map.layout.n;
}

/* A lesson that has no place beside the map: how many rows above it. All of them, where there is no room for both. */
static int lesson_share(struct screen *screen, const struct pane *pane)
{
	int want, most;

	if (screen_wide(screen) || !lesson_shown(screen))
		return 0;
	view_map.fit(screen, pane->rows, pane->cols);
	most = lesson_most(screen, pane->rows);
	want = lesson_rows(screen, pane->cols);
	if (pane->rows < LESSON_ABOVE_FROM)
		return screen->focus == VIEW_LESSON ? pane->rows : 0;
	return want < most ? want : most;
}

/* The map; above it a lesson, below it tasks and events, as far as there is room. */
static void draw_map(struct screen *screen, const struct pane *pane)
{
	const int lesson = lesson_share(screen, pane), room = pane->rows - lesson;
	const int tasks = tasks_rows(screen, room);
	const int events = tasks && room < STRIP_TALL ? 0 : strip_rows(screen, room - tasks);
	const int caption = screen->big ? captions_rows(screen, pane->cells, pane->cols, CAPTION_ROWS) : 0;
	const struct pane above = pane_part(pane, 0, 0, lesson, pane->cols);
	const struct pane map = pane_part(pane, lesson, 0, room - tasks - events - caption, pane->cols);
	const struct pane said = pane_part(pane, lesson + map.rows, 0, caption, pane->cols);
	const struct pane below = pane_part(pane, said.row - pane->row + caption, 0, tasks, pane->cols);
	const struct pane last = pane_part(pane, pane->rows - events, 0, events, pane->cols);
	const bool above_events = events && screen->focus != VIEW_EVENTS;
	const int notice = status_long_rows(screen, pane->cells, above_events ? pane->cols : screen->cols) -
			   tasks - (above_events ? 0 : events);

	draw_part(screen, VIEW_LESSON, &above);
	if (map.rows)
		draw_cells(screen, VIEW_MAP, &map, room, notice > 0 ? notice : 0);
	else
		view_map.fit(screen, pane->rows, pane->cols);
	captions_draw(screen, &said);
	draw_part(screen, VIEW_TASKS, &below);
	draw_part(screen, VIEW_EVENTS, &last);
}

/* A lesson above the region, whose place does not change from stop to stop without need; or the one that has the keys. */
static void draw_lesson_beside(struct screen *screen, const struct pane *pane)
{
	const int want = lesson_rows(screen, pane->cols), least = pane->rows / 3;
	const int rows = want > least ? want : least;
	const bool both = rows <= pane->rows - REGION_ROWS_LEAST;
	struct pane lesson = *pane, region = *pane;

	if (both) {
		lesson.rows = rows;
		region = pane_part(pane, rows + 1, 0, pane->rows - rows - 1, pane->cols);
		pane_fill(pane, rows, 0, pane->cols, STYLE_DIM, "─");
	}
	view_region.fit(screen, region.rows, region.cols);
	if (both || screen->focus != VIEW_REGION)
		draw_part(screen, VIEW_LESSON, &lesson);
	if (both || screen->focus == VIEW_REGION)
		draw_view(screen, VIEW_REGION, &region);
}

/* Map with events and region, side by side or the one that has the keys. */
static void draw_body(struct screen *screen, const struct pane *body)
{
	const int cols = screen->big && screen->cols >= BIG_FROM ? BIG_COLS
			 : lesson_shown(screen)			 ? LESSON_COLS
								 : REGION_COLS;
	struct pane map = *body, region = *body;

	if (screen_wide(screen)) {
		map = pane_part(body, 0, 0, body->rows, body->cols - cols - 1);
		region = pane_part(body, 0, map.cols + 1, body->rows, cols);
		for (int row = 0; row < body->rows; row++)
			pane_put(body, row, map.cols, STYLE_DIM, "│");
	}
	if (screen_wide(screen) || (screen->focus != VIEW_REGION && screen->focus != VIEW_EVENTS)) {
		draw_map(screen, &map);
	} else { /* its cursor is what the region is about, and where an event leads to */
		view_map.fit(screen, map.rows, map.cols);
	}
	if (screen_wide(screen) && lesson_shown(screen)) {
		draw_lesson_beside(screen, &region);
	} else {
		view_region.fit(screen, region.rows, region.cols);
		if (screen_wide(screen) || screen->focus == VIEW_REGION)
			draw_view(screen, VIEW_REGION, &region);
	}
	if (!screen_wide(screen) && screen->focus == VIEW_EVENTS) {
		view_events.fit(screen, body->rows, body->cols);
		draw_view(screen, VIEW_EVENTS, body);
	}
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
	screen->n_hints = 0;
	screen->no_legend = false;
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
		screen_views[screen_front(screen)]->fit(screen, body.rows, body.cols);
		draw_view(screen, screen_front(screen), &body);
	} else if (screen_lists(screen)) {
		draw_cells(screen, VIEW_PROCESSES, &body, body.rows, 0);
	} else {
		draw_body(screen, &body);
	}
	timeline_draw(screen, &line);
	draw_over(screen, &whole);
}
