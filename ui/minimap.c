/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process in small. */
#include "ui/minimap.h"

#include "ui/map_cursor.h"
#include "ui/map_view.h"
#include "ui/marks.h"
#include "ui/theme.h"

#define CELLS_COL 1 /* of six columns the last is for what is in sight */

static bool is_longer(const struct map_state *map)
{
	return map->room > 0 && map->layout.n > (size_t)map->room;
}

bool minimap_on(struct screen *screen, int rows, int cols)
{
	struct minimap_state *state = &screen->minimap;

	if (state->rows != rows || state->cols != cols)
		*state = (struct minimap_state){.rows = rows, .cols = cols};
	/* What fits in a narrower place fits without a minimap, too: it does not come and go. */
	state->on = state->on && is_longer(&screen->map);
	return state->on;
}

bool minimap_needed(struct screen *screen, int rows, int cols)
{
	minimap_on(screen, rows, cols);
	screen->minimap.on = is_longer(&screen->map);
	return screen->minimap.on;
}

/* Whose, of those on the map: the process under the cursor. */
static const struct shown *subject(const struct screen *screen)
{
	struct spot spot;

	return map_spot(screen, &spot) && spot.shown->process && spot.shown->process->n_regions ? spot.shown
												: NULL;
}

/* Cells in a row of it, and regions in front of a cell: where there are fewer regions than cells, each has one. */
static uint64_t regions_before(const struct pane *pane, uint64_t n, uint64_t cell)
{
	const uint64_t cells = (uint64_t)pane->rows * (uint64_t)(pane->cols - CELLS_COL - 1);

	if (n <= cells)
		return cell < n ? cell : n;
	return n / cells * cell + n % cells * cell / cells;
}

/* The addresses of that process in sight: of the lines of the map. */
static bool in_sight(const struct screen *screen, const struct shown *shown, uint64_t *start, uint64_t *last)
{
	const struct map_state *map = &screen->map;
	bool any = false;
	size_t i;

	for (i = map->top; i < map->layout.n && i < map->top + (size_t)map->room; i++) {
		const struct map_line *line = &map->layout.lines[i];

		if (!map_layout_stops(&map->layout, i) || line->kind == LINE_PROCESS ||
		    &screen->scene.shown[line->shown] != shown)
			continue;
		*start = any ? *start : line->start;
		*last = line->end - 1;
		any = true;
	}
	return any;
}

/* What most of some regions show; of as many of two kinds the worse. */
static enum symbol most_of(const struct region *region, const struct region *end, uint64_t page_size)
{
	size_t counts[SYMBOL_COUNT] = {0};
	enum symbol most = region_symbol(region, page_size), symbol;

	for (; region < end; region++) {
		symbol = region_symbol(region, page_size);
		counts[symbol]++;
		if (counts[symbol] > counts[most] ||
		    (counts[symbol] == counts[most] && symbol_worse(symbol, most) == symbol))
			most = symbol;
	}
	return most;
}

void minimap_draw(struct screen *screen)
{
	const struct pane *pane = &screen->minimap.pane;
	const struct shown *shown = subject(screen);
	const int per_row = pane->cols - CELLS_COL - 1;
	uint64_t start, last, at, end, cell = 0;
	const struct region *regions;
	bool seen, in_row;
	int row, col;

	if (!shown)
		return;
	regions = shown->process->regions;
	seen = in_sight(screen, shown, &start, &last);
	for (row = 0; row < pane->rows; row++) {
		in_row = false;
		for (col = 0; col < per_row; col++, cell++) {
			at = regions_before(pane, shown->process->n_regions, cell);
			end = regions_before(pane, shown->process->n_regions, cell + 1);
			if (at == end)
				continue;
			in_row |= seen && regions[at].start <= last && regions[end - 1].start >= start;
			shape_put(pane, row, CELLS_COL + col,
				  most_of(regions + at, regions + end, shown->home->page_size));
		}
		if (in_row)
			pane_put(pane, row, pane->cols - 1, STYLE_STRONG, "┃");
	}
}

void minimap_mouse(struct screen *screen, const struct mouse *mouse)
{
	const struct pane *pane = &screen->minimap.pane;
	const struct shown *shown = subject(screen);
	const int per_row = pane->cols - CELLS_COL - 1;
	int col = mouse->col - CELLS_COL;
	uint64_t at;

	if (!shown || (mouse->what != MOUSE_CLICK && mouse->what != MOUSE_DOUBLE))
		return;
	col = col < 0 ? 0 : col < per_row ? col : per_row - 1;
	at = regions_before(pane, shown->process->n_regions,
			    (uint64_t)mouse->row * (uint64_t)per_row + (uint64_t)col);
	if (at >= shown->process->n_regions)
		at = shown->process->n_regions - 1;
	screen->focus = VIEW_MAP;
	map_show(screen, shown->pid, shown->process->regions[at].start);
}
