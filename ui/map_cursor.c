/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map's cursor: it moves over lines and cells, and stays on an address. */
#include "ui/map_cursor.h"

#include <string.h>

static uint64_t cell_size(const struct screen *screen, const struct map_line *line)
{
	return map_layout_cell(&screen->map.layout, screen->scene.shown[line->shown].home->pmd_size);
}

static unsigned cells_of(const struct screen *screen, const struct map_line *line)
{
	if (line->kind != LINE_CELLS)
		return 1;
	return (unsigned)((line->end - line->start - 1) / cell_size(screen, line) + 1);
}

unsigned map_cursor_cell(const struct screen *screen)
{
	const struct map_state *map = &screen->map;
	const struct map_line *line = &map->layout.lines[map->line];
	uint64_t cell;

	if (line->kind != LINE_CELLS || map->addr < line->start)
		return 0;
	cell = (map->addr - line->start) / cell_size(screen, line);
	return cell < cells_of(screen, line) ? (unsigned)cell : cells_of(screen, line) - 1;
}

void map_cursor_extent(const struct screen *screen, uint64_t *start, uint64_t *end)
{
	const struct map_line *line = &screen->map.layout.lines[screen->map.line];
	uint64_t size;

	*start = line->start;
	*end = line->end;
	if (line->kind != LINE_CELLS)
		return;
	size = cell_size(screen, line);
	*start += map_cursor_cell(screen) * size;
	if (line->end - *start > size)
		*end = *start + size;
}

/* What of a VMA is mapped in [start, end), and how its cell shows: of several regions the worst. */
static const struct region *worst_in(const struct spot *spot, uint64_t start, uint64_t end,
				     enum symbol *symbol)
{
	const struct vma *vma = spot->vma;
	uint32_t region = map_region_from(spot->shown->process, vma, start > vma->start ? start : vma->start);

	return map_cell(spot->shown, vma, &region, end, symbol);
}

/* What a spot tells of a cell: of its slots that of the address to which one went, else the worst region's. */
static void spot_cell(const struct screen *screen, struct spot *spot, uint64_t start, uint64_t end)
{
	const uint64_t mask = ~(spot->pmd_size - 1), addr = screen->map.addr;
	const bool inside = addr >= start && addr <= end - 1;
	enum symbol symbol;

	spot->cells = (end - start) / spot->pmd_size;
	spot->region = worst_in(spot, start, end, &spot->symbol);
	spot->slot = (spot->region ? spot->region->start : inside ? addr : start) & mask;
	if (screen->map.exact && inside) {
		spot->slot = addr & mask;
		spot->region = worst_in(spot, spot->slot, spot->slot + spot->pmd_size, &symbol);
	}
}

bool map_spot(const struct screen *screen, struct spot *spot)
{
	const struct map_state *map = &screen->map;
	const struct map_line *line;
	uint64_t end;

	memset(spot, 0, sizeof(*spot));
	if (map->line >= map->layout.n)
		return false;
	spot->line = line = &map->layout.lines[map->line];
	spot->shown = &screen->scene.shown[line->shown];
	if (line->kind == LINE_PROCESS)
		return true;
	spot->vma = &spot->shown->process->vmas[line->vma];
	spot->page_size = spot->shown->home->page_size;
	spot->pmd_size = spot->shown->home->pmd_size;
	map_cursor_extent(screen, &spot->slot, &end);
	if (line->kind == LINE_CELLS) {
		spot_cell(screen, spot, spot->slot, end);
		end = spot->slot + spot->pmd_size;
	}
	spot->start = spot->slot > spot->vma->start ? spot->slot : spot->vma->start;
	if (line->kind != LINE_SMALL && line->kind != LINE_RUN && end - 1 > spot->vma->end - 1)
		end = spot->vma->end;
	spot->len = end - spot->start;
	return true;
}

/* Puts the cursor on a cell of a line. */
static void stand(struct screen *screen, size_t at, unsigned cell)
{
	struct map_state *map = &screen->map;
	const struct map_line *line = &map->layout.lines[at];
	const struct shown *shown = &screen->scene.shown[line->shown];
	uint64_t start;

	map->line = at;
	map->exact = false;
	map->pid = shown->pid;
	map->heading = map_line_folds(line) ? line->kind : LINE_BLANK;
	map->addr = line->start;
	if (line->kind == LINE_CELLS || line->kind == LINE_FOLD || line->kind == LINE_ALIKE) {
		start = shown->process->vmas[line->vma].start;
		if (line->kind == LINE_CELLS)
			map->addr += cell * cell_size(screen, line);
		if (map->addr < start)
			map->addr = start;
	}
}

void map_cursor_stand(struct screen *screen, size_t line, unsigned cell)
{
	unsigned last = cells_of(screen, &screen->map.layout.lines[line]) - 1;

	stand(screen, line, cell < last ? cell : last);
	screen->map.column = map_cursor_cell(screen);
}

void map_cursor_put(struct screen *screen, pid_t pid, uint64_t addr)
{
	struct map_state *map = &screen->map;

	map->pid = pid;
	map->addr = addr;
	map->exact = true;
	map->heading = LINE_BLANK;
	map->line = map_layout_find(&map->layout, &screen->scene, pid, addr, LINE_BLANK);
	if (map->line < map->layout.n)
		map->column = map_cursor_cell(screen);
}

size_t map_cursor_next_stop(const struct map_layout *layout, size_t at, bool down)
{
	for (;;) {
		if (down ? ++at >= layout->n : at-- == 0)
			return layout->n;
		if (map_layout_stops(layout, at))
			return at;
	}
}

static void move_line(struct screen *screen, bool down)
{
	struct map_state *map = &screen->map;
	size_t at = map_cursor_next_stop(&map->layout, map->line, down);
	unsigned last;

	if (at == map->layout.n)
		return;
	last = cells_of(screen, &map->layout.lines[at]) - 1;
	stand(screen, at, map->column < last ? map->column : last);
}

static void move_cell(struct screen *screen, bool right)
{
	struct map_state *map = &screen->map;
	unsigned cell = map_cursor_cell(screen);
	size_t at;

	if (right ? cell + 1 < cells_of(screen, &map->layout.lines[map->line]) : cell > 0) {
		stand(screen, map->line, right ? cell + 1 : cell - 1);
	} else {
		at = map_cursor_next_stop(&map->layout, map->line, right);
		if (at == map->layout.n)
			return;
		stand(screen, at, right ? 0 : cells_of(screen, &map->layout.lines[at]) - 1);
	}
	map->column = map_cursor_cell(screen);
}

static void move_page(struct screen *screen, bool down)
{
	struct map_state *map = &screen->map;
	size_t step = map->room > 2 ? (size_t)map->room - 1 : 1, at = map->line, next;

	while ((next = map_cursor_next_stop(&map->layout, at, down)) < map->layout.n) {
		if (at != map->line && (next > map->line ? next - map->line : map->line - next) > step)
			break;
		at = next;
	}
	map->line = at;
	stand(screen, at,
	      map->column < cells_of(screen, &map->layout.lines[at])
		      ? map->column
		      : cells_of(screen, &map->layout.lines[at]) - 1);
}

static void move_end(struct screen *screen, bool last)
{
	struct map_state *map = &screen->map;
	size_t at = last ? map->layout.n : (size_t)-1;

	at = map_cursor_next_stop(&map->layout, at, !last);
	if (at == map->layout.n)
		return;
	stand(screen, at, last ? cells_of(screen, &map->layout.lines[at]) - 1 : 0);
	map->column = map_cursor_cell(screen);
}

void map_cursor_start(struct screen *screen)
{
	struct map_state *map = &screen->map;
	size_t i;

	for (i = 0; i < map->layout.n && map->layout.lines[i].kind != LINE_CELLS; i++)
		;
	if (i == map->layout.n)
		i = map_layout_find(&map->layout, &screen->scene, 0, 0, LINE_BLANK);
	map->line = i;
	if (i < map->layout.n)
		stand(screen, i, 0);
}

void map_cursor_move(struct screen *screen, enum command command)
{
	if (screen->map.line >= screen->map.layout.n)
		return;
	if (command == COMMAND_UP || command == COMMAND_DOWN)
		move_line(screen, command == COMMAND_DOWN);
	else if (command == COMMAND_LEFT || command == COMMAND_RIGHT)
		move_cell(screen, command == COMMAND_RIGHT);
	else if (command == COMMAND_PAGE_UP || command == COMMAND_PAGE_DOWN)
		move_page(screen, command == COMMAND_PAGE_DOWN);
	else if (command == COMMAND_HOME || command == COMMAND_END)
		move_end(screen, command == COMMAND_END);
}
