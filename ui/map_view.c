/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Laying the map out around its cursor. */
#include "ui/map_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/map_big.h"
#include "ui/map_cursor.h"
#include "ui/map_text.h"

void map_say(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(screen->map.said, sizeof(screen->map.said), format, args);
	va_end(args);
	screen->message = screen->map.said;
}

void map_answered(struct screen *screen)
{
	struct map_state *map = &screen->map;
	const struct process *process;
	size_t i, k;

	for (i = 0; map->asked && i < screen->scene.n; i++) {
		process = screen->scene.shown[i].process;
		if (screen->scene.shown[i].pid != map->asked || !process)
			continue;
		for (k = 0; k < process->n_vmas && process->vmas[k].eligible_ns <= map->asked_ns; k++)
			;
		if (k == process->n_vmas)
			return;
		if (screen->message == map->said) /* no key came since */
			map_say(screen, "asked smaps of process %d: the headings tell", map->asked);
		map->asked = 0;
	}
}

/* Lines above the cursor's that belong to it and should be seen with it. */
static size_t headings_above(const struct map_layout *layout, size_t line)
{
	size_t n = 0;

	while (n < line && n < 2 && !map_layout_stops(layout, line - n - 1) &&
	       layout->lines[line - n - 1].kind != LINE_BLANK &&
	       layout->lines[line - n - 1].kind != LINE_MORE)
		n++;
	return n;
}

void map_scroll(struct map_state *map)
{
	size_t rows = map->room > 0 ? (size_t)map->room : 1, above, below;

	if (map->line < map->layout.n) {
		below = map->layout.lines[map->line].kind == LINE_CELLS ? map->layout.cell_rows - 1 : 0;
		if (below >= rows)
			below = 0;
		above = headings_above(&map->layout, map->line);
		if (above + below >= rows)
			above = 0;
		if (map->line < map->top + above)
			map->top = map->line - above;
		if (map->line + below >= map->top + rows)
			map->top = map->line + below - rows + 1;
	}
	if (map->layout.n <= rows)
		map->top = 0;
	else if (map->top > map->layout.n - rows)
		map->top = map->layout.n - rows;
}

int map_info_rows(const struct map_state *map)
{
	return map->layout.zoom || map->filter.n || map->info_big;
}

/* Only if the moment, the width or what the user chose is another one: keys and resizes find it made. */
static void lay_out(struct screen *screen)
{
	struct map_state *map = &screen->map;
	const struct map_look look = {.cols = map->cols - MAP_INDENT,
				      .zoom = map->zoom,
				      .filter = map->filter.n ? &map->filter : NULL};

	if (map->built && map->built_scene == screen->scene.version && map->built_cols == map->cols &&
	    map->built_choice == map->choice && map->built_big == screen->big &&
	    (!screen->big || map->built_rows == map->rows))
		return;
	map->info_big = screen->big;
	if (screen->big)
		map_big_build(screen, &look, map->rows - 1);
	else
		map_layout_build(&map->layout, &screen->scene, &look);
	map->built_big = screen->big;
	map->built_rows = map->rows;
	map->built = true;
	map->built_scene = screen->scene.version;
	map->built_cols = map->cols;
	map->built_choice = map->choice;
}

bool map_leaves_row(const struct map_state *map)
{
	return map->room > 0 && map->layout.n && map->layout.n < (size_t)map->room;
}

void map_fit(struct screen *screen)
{
	struct map_state *map = &screen->map;
	size_t line = map->line;

	lay_out(screen);
	map->room = map->rows - map_info_rows(map);
	if (!map->pid) {
		map_cursor_start(screen);
		line = map->line;
	} else {
		map->line = map_layout_find(&map->layout, &screen->scene, map->pid, map->addr, map->heading);
	}
	/* Lines that came or went above the cursor do not move what the user looks at. */
	if (map->line > line && map->line < map->layout.n)
		map->top += map->line - line;
	else if (map->line < line)
		map->top -= map->top < line - map->line ? map->top : line - map->line;
	map_scroll(map);
}

void map_toggle(struct screen *screen)
{
	struct map_state *map = &screen->map;
	const struct map_line *line = &map->layout.lines[map->line];

	map->heading = line->kind;
	if (line->open)
		map_layout_close(&map->layout, line->kind, map->pid, line->start, line->end);
	else
		map_layout_open(&map->layout, line->kind, map->pid, map->addr);
	map->choice++;
	map_fit(screen);
}

void map_show(struct screen *screen, pid_t pid, uint64_t addr)
{
	struct map_state *map = &screen->map;
	const struct map_line *line;

	map_cursor_put(screen, pid, addr);
	while (map->line < map->layout.n) {
		line = &map->layout.lines[map->line];
		if (!map_line_folds(line) || line->open || addr < line->start || addr > line->end - 1)
			break;
		map_layout_open(&map->layout, line->kind, pid, addr);
		map->choice++;
		map_fit(screen);
	}
	if (map->line < map->layout.n)
		map->column = map_cursor_cell(screen);
	map_scroll(map);
}

void map_filter(struct screen *screen, const char *text)
{
	struct map_state *map = &screen->map;

	snprintf(map->filter_text, sizeof(map->filter_text), "%s", text);
	match_set(&map->filter, text);
	map->choice++;
	map_fit(screen);
}
