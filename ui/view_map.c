/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map: a heading per VMA, below it rows of cells, one a region; processes above one another. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/map_big.h"
#include "ui/map_cursor.h"
#include "ui/map_find.h"
#include "ui/map_text.h"
#include "ui/map_view.h"
#include "ui/marks.h"
#include "ui/theme.h"

#define WHEEL_LINES 3

static void fit(struct screen *screen, int rows, int cols)
{
	screen->map.rows = rows;
	screen->map.cols = cols;
	map_fit(screen);
}

/*
 * A row of cells. Its label is the address where its first cell begins: of a VMA that begins inside of a slot its own,
 * with a bracket between label and cell; a bracket behind the last cell says that it ends inside of one.
 */
static void draw_cells(const struct screen *screen, const struct pane *pane, int row,
		       const struct map_line *line, bool here)
{
	const struct shown *shown = &screen->scene.shown[line->shown];
	const struct vma *vma = &shown->process->vmas[line->vma];
	const uint64_t size = map_layout_cell(&screen->map.layout, shown->home->pmd_size);
	uint64_t start = line->start > vma->start ? line->start : vma->start, at, end;
	const struct map_layout *layout = &screen->map.layout;
	const int first = map_layout_margin(layout);
	const struct region *shows;
	uint32_t region = line->region;
	enum symbol symbol;
	int col = first, down;

	pane_printf(pane, row, 1, here ? STYLE_TEXT : STYLE_DIM, "%*" PRIx64, (int)screen->map.layout.digits,
		    start);
	if (start != line->start)
		pane_put(pane, row, col - 1, STYLE_DIM, "(");
	for (at = line->start; at != line->end; at = end, col += (int)layout->cell_cols) {
		end = line->end - at > size ? at + size : line->end;
		shows = map_cell(shown, vma, &region, end, &symbol);
		map_big_put(pane, row, col, layout, symbol, layout->zoom ? NULL : shows);
		for (int right = 0; right < map_big_cols(layout); right++)
			map_text_flash(screen, pane, row, col + right, shown, at > start ? at : start,
				       end - 1 < vma->end - 1 ? end : vma->end);
	}
	for (down = 0; shown->outcome != OUTCOME_OK && down < map_big_rows(layout); down++)
		pane_mark(pane, row + down, first, col - first, MARK_DIM);
	if (layout->cell_cols > 1) /* what is free behind the last */
		col--;
	if (vma->end - 1 < line->end - 1)
		pane_put(pane, row, col, STYLE_DIM, ")");
}

/* The symbol of the cell under the cursor: of a big one wherever it stands, but not the number in it. */
static void draw_under(const struct screen *screen, const struct pane *pane, const struct rect *cell)
{
	struct spot spot;
	int row, col;

	if (!map_spot(screen, &spot))
		return;
	for (row = cell->row; row < cell->row + cell->rows; row++)
		for (col = cell->col; col < cell->col + cell->cols; col++)
			shape_put_under(pane, row, col, spot.symbol);
}

static void draw_cursor(const struct screen *screen, const struct pane *pane, int row, bool focused)
{
	const struct map_line *line = &screen->map.layout.lines[screen->map.line];
	int col = 0, width = pane->cols - !screen->map.divided; /* the bar is no part of the line */
	int rows = 1;

	if (line->kind == LINE_CELLS) {
		col = map_big_col(&screen->map.layout, map_cursor_cell(screen));
		width = map_big_cols(&screen->map.layout);
		rows = map_big_rows(&screen->map.layout);
		draw_under(screen, pane, &(struct rect){row, col, rows, width});
	} else if (line->kind == LINE_ALIKE) {
		shape_put_under(pane, row, map_text_shape(screen), line->symbol);
	}
	while (rows-- > 0)
		pane_mark(pane, row + rows, col, width, focused ? MARK_CURSOR : MARK_QUIET_CURSOR);
	if (focused) {
		pane->cells->cursor_row = pane->row + row;
		pane->cells->cursor_col = pane->col + col;
	}
}

/* Where lines are out of sight: which part is seen, and where there is more. Side by side the divider is the bar. */
static void draw_bar(const struct map_state *map, const struct pane *pane, bool divided)
{
	size_t rows = (size_t)pane->rows, n = map->layout.n, from, to;
	struct pane bar = {pane->cells, pane->row, pane->col + pane->cols - !divided, pane->rows, 1};
	int row;

	if (pane->rows < 3 || n <= rows)
		return;
	from = map->top * rows / n;
	to = (map->top + rows) * rows / n;
	for (row = 0; row < pane->rows; row++)
		if ((size_t)row >= from && (size_t)row <= to)
			pane_put(&bar, row, 0, STYLE_DIM, "┃");
	if (map->top)
		pane_put(&bar, 0, 0, STYLE_STRONG, "↑");
	if (map->top + rows < n)
		pane_put(&bar, pane->rows - 1, 0, STYLE_STRONG, "↓");
}

static void draw_lines(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct map_layout *layout = &screen->map.layout;
	size_t i;
	int row;

	draw_bar(&screen->map, pane, screen->map.divided);
	/* Of a row that is scrolled out the lower part may be in sight. */
	for (row = 0, i = screen->map.top; i > 0 && i < layout->n && layout->lines[i].kind == LINE_MORE;
	     row--)
		i--;
	if (row < 0)
		draw_cells(screen, pane, row, &layout->lines[i], false);
	for (row = 0, i = screen->map.top; row < pane->rows && i < layout->n; row++, i++) {
		if (layout->lines[i].kind == LINE_CELLS)
			draw_cells(screen, pane, row, &layout->lines[i], i == screen->map.line);
		else
			map_text_line(screen, pane, row, &layout->lines[i]);
		if (i == screen->map.line)
			draw_cursor(screen, pane, row, focused);
	}
}

static void draw(const struct screen *screen, const struct pane *whole, bool focused)
{
	const struct pane pane = pane_part(whole, 0, MAP_INDENT, whole->rows, whole->cols);
	int info = map_info_rows(&screen->map);
	struct pane lines;

	if (!screen->scene.newest) {
		pane_put(&pane, 1, 0, STYLE_DIM,
			 screen->quiet_ns ? "waiting: nothing comes yet…" : "reading…");
		return;
	}
	if (info)
		map_text_info(screen, &pane);
	lines = pane_part(&pane, info, 0, pane.rows - info, pane.cols);
	if (!screen->map.layout.n)
		pane_put(&lines, 1, 0, STYLE_DIM,
			 screen->quiet_ns ? "waiting: nothing comes yet…" : "no process to look at");
	draw_lines(screen, &lines, focused);
}

static void zoom(struct screen *screen, bool out)
{
	struct map_state *map = &screen->map;
	figure_text bytes;

	if (!screen->scene.newest)
		return;
	if (map->layout.zoom == (out ? map->layout.zoom_max : 0)) {
		map_say(screen, out ? "this is as far out as it goes: all mappings are a few rows"
				    : "this is as close as it gets: one region to a cell");
		return;
	}
	map->zoom = out ? map->layout.zoom + 1 : map->layout.zoom - 1;
	map->choice++;
	map_fit(screen);
	map->column = map_cursor_cell(screen);
	map_say(screen, "1 cell = %s",
		figure_bytes(bytes, map_layout_cell(&map->layout, screen->scene.newest->pmd_size)));
}

/* Opens what the cursor is on: what is folded, or the region; of several in a cell that of the spot. */
static void enter(struct screen *screen)
{
	struct spot spot;

	if (!map_spot(screen, &spot))
		return;
	if (map_line_folds(spot.line)) {
		map_toggle(screen);
		return;
	}
	if (spot.region)
		map_cursor_put(screen, spot.shown->pid, spot.start);
	screen->focus = VIEW_REGION;
}

static void open_prompt(struct screen *screen, enum prompt_kind kind, const char *text)
{
	struct map_state *map = &screen->map;

	snprintf(map->before_text, sizeof(map->before_text), "%s", text);
	map->before_pid = map->pid;
	map->before_addr = map->addr;
	map->before_exact = map->exact;
	map->before_opened = map->layout.n_opened;
	map->before_row = map->line > map->top ? map->line - map->top : 0;
	prompt_open(&screen->prompt, kind, kind == PROMPT_FILTER ? text : "");
}

static void search(struct screen *screen, const char *text)
{
	snprintf(screen->map.search_text, sizeof(screen->map.search_text), "%s", text);
	match_set(&screen->map.search, text);
}

/* What was unfolded for a match of less than is typed by now folds again. */
static void fold_back(struct screen *screen)
{
	struct map_state *map = &screen->map;

	if (map->layout.n_opened <= map->before_opened)
		return;
	map->layout.n_opened = map->before_opened;
	map->choice++;
	map_fit(screen);
}

/* The cursor goes to the first match of what is typed so far; Enter on nothing searches what was searched last. */
static void typed_search(struct screen *screen, const char *text, enum prompt_end how)
{
	struct map_state *map = &screen->map;

	search(screen, how == PROMPT_LEFT || !*text ? map->before_text : text);
	fold_back(screen);
	if (map->before_pid) {
		map_cursor_put(screen, map->before_pid, map->before_addr);
		map->exact = map->before_exact;
		map->top = map->line > map->before_row ? map->line - map->before_row : 0;
	}
	if (how == PROMPT_DONE || (how == PROMPT_TYPING && *text))
		map_find_match(screen, true, *text);
	map_scroll(map);
}

/* The map follows what is typed; Esc puts everything back. */
static void typed(struct screen *screen, enum prompt_kind kind, const char *text, enum prompt_end how)
{
	switch (kind) {
	case PROMPT_GOTO:
		if (how == PROMPT_DONE)
			map_find_place(screen, text);
		break;
	case PROMPT_FILTER:
		map_filter(screen, how == PROMPT_LEFT ? screen->map.before_text : text);
		break;
	case PROMPT_SEARCH:
		typed_search(screen, text, how);
		break;
	case PROMPT_RECORD:
	case PROMPT_NONE:
		break;
	}
}

static void ask_eligible(struct screen *screen)
{
	struct spot spot;

	if (!map_spot(screen, &spot))
		return;
	if (spot.shown->outcome != OUTCOME_OK) {
		map_say(screen, "process %d cannot be asked any more", spot.shown->pid);
		return;
	}
	screen->ask_eligible = spot.shown->pid;
	screen->map.asked = spot.shown->pid;
	screen->map.asked_ns = moment_clock(screen->scene.newest);
	map_say(screen, "asking smaps of process %d: the headings will tell", spot.shown->pid);
}

static void dismiss(struct screen *screen)
{
	struct spot spot;
	pid_t pid;

	if (!map_spot(screen, &spot))
		return;
	pid = spot.shown->pid;
	if (!scene_dismiss(&screen->scene, pid)) {
		map_say(screen, "process %d has not exited", pid);
		return;
	}
	map_fit(screen);
	map_say(screen, "process %d is off the screen", pid);
}

bool map_back(struct screen *screen)
{
	if (!screen->map.filter.n)
		return false;
	map_filter(screen, "");
	return true;
}

static void command(struct screen *screen, enum command command)
{
	struct map_state *map = &screen->map;

	if (command == COMMAND_ENTER)
		enter(screen);
	else if (command == COMMAND_NEXT || command == COMMAND_PREVIOUS)
		map_find_not_huge(screen, command == COMMAND_NEXT);
	else if (command == COMMAND_ZOOM_IN || command == COMMAND_ZOOM_OUT)
		zoom(screen, command == COMMAND_ZOOM_OUT);
	else if (command == COMMAND_SEARCH)
		open_prompt(screen, PROMPT_SEARCH, map->search_text);
	else if (command == COMMAND_SEARCH_NEXT || command == COMMAND_SEARCH_PREVIOUS)
		map_find_match(screen, command == COMMAND_SEARCH_NEXT, false);
	else if (command == COMMAND_FILTER)
		open_prompt(screen, PROMPT_FILTER, map->filter_text);
	else if (command == COMMAND_GOTO)
		open_prompt(screen, PROMPT_GOTO, "");
	else if (command == COMMAND_ELIGIBLE)
		ask_eligible(screen);
	else if (command == COMMAND_DISMISS)
		dismiss(screen);
	else
		map_cursor_move(screen, command);
	map_scroll(map);
}

/* The wheel moves what is seen; the cursor comes along when it would be out of sight. */
static void wheel(struct screen *screen, bool down)
{
	struct map_state *map = &screen->map;
	size_t rows = map->room > 0 ? (size_t)map->room : 1, at = map->line;
	bool behind;

	if (down)
		map->top += map->layout.n > map->top + rows + WHEEL_LINES ? WHEEL_LINES
			    : map->layout.n > map->top + rows		  ? map->layout.n - map->top - rows
									  : 0;
	else
		map->top -= map->top > WHEEL_LINES ? WHEEL_LINES : map->top;
	/* In one direction: there may be no line in sight on which it can stand. */
	behind = at < map->top;
	while (at < map->layout.n && (behind ? at < map->top : at >= map->top + rows))
		at = map_cursor_next_stop(&map->layout, at, behind);
	if (at < map->layout.n && at != map->line)
		map_cursor_stand(screen, at, map->column);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	struct map_state *map = &screen->map;
	int row = mouse->row - map_info_rows(map);
	size_t at;

	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN) {
		wheel(screen, mouse->what == MOUSE_WHEEL_DOWN);
		return;
	}
	at = map->top + (size_t)row;
	if (row < 0 || at >= map->layout.n)
		return;
	while (at && map->layout.lines[at].kind == LINE_MORE)
		at--;
	if (!map_layout_stops(&map->layout, at)) /* a heading stands for what is below it */
		at = map_cursor_next_stop(&map->layout, at, true);
	if (at == map->layout.n)
		return;
	map_cursor_stand(screen, at, map_big_cell(&map->layout, mouse->col - MAP_INDENT));
	if (mouse->what == MOUSE_DOUBLE)
		enter(screen);
	map_scroll(map);
}

static const enum command commands[] = {
	COMMAND_ENTER,	   COMMAND_STEP,     COMMAND_STEP_BACK, COMMAND_CHANGE_BACK, COMMAND_SLOWER,
	COMMAND_START,	   COMMAND_TASKS,    COMMAND_SCHEDULER, COMMAND_RUN_ALL,     COMMAND_STEP_AGAIN,
	COMMAND_WHY,	   COMMAND_COLLAPSE, COMMAND_HOT,	COMMAND_COUNTERS,    COMMAND_BIG,
	COMMAND_GLOSSARY,  COMMAND_NEXT,     COMMAND_RECORD,	COMMAND_SHARERS,     COMMAND_PANE,
	COMMAND_ZOOM_IN,   COMMAND_ZOOM_OUT, COMMAND_SEARCH,	COMMAND_SEARCH_NEXT, COMMAND_SEARCH_PREVIOUS,
	COMMAND_FILTER,	   COMMAND_UP,	     COMMAND_GOTO,	COMMAND_PAUSE,	     COMMAND_EVENTS,
	COMMAND_LAYOUT,	   COMMAND_THEME,    COMMAND_ELIGIBLE,	COMMAND_DISMISS,     COMMAND_PAGE_UP,
	COMMAND_PANE_BACK, COMMAND_SPLIT,    COMMAND_WRITE,	COMMAND_FORK,	     COMMAND_ASK,
	COMMAND_HELP,	   COMMAND_CLOSE,    COMMAND_NONE};

const struct view view_map = {commands, fit, draw, command, mouse, typed};
