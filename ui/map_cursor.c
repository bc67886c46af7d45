/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map's cursor: it moves over lines and cells, and stays on an address. */
#include "ui/map_cursor.h"

#include <string.h>

static uint64_t slot_size(const struct screen *screen, const struct map_line *line)
{
	return screen->scene.shown[line->shown].home->pmd_size;
}

static unsigned cells_of(const struct screen *screen, const struct map_line *line)
{
	if (line->kind != LINE_CELLS)
		return 1;
	return (unsigned)((line->end - line->start) / slot_size(screen, line));
}

unsigned map_cursor_cell(const struct screen *screen)
{
	const struct map_state *map = &screen->map;
	const struct map_line *line = &map->layout.lines[map->line];
	uint64_t cell;

	if (line->kind != LINE_CELLS || map->addr < line->start)
		return 0;
	cell = (map->addr - line->start) / slot_size(screen, line);
	return cell < cells_of(screen, line) ? (unsigned)cell : cells_of(screen, line) - 1;
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
	spot->slot = line->start;
	end = line->end;
	if (line->kind == LINE_CELLS) {
		spot->slot += map_cursor_cell(screen) * spot->pmd_size;
		end = spot->slot + spot->pmd_size;
	}
	spot->start = spot->slot > spot->vma->start ? spot->slot : spot->vma->start;
	if (line->kind != LINE_SMALL && end - 1 > spot->vma->end - 1)
		end = spot->vma->end;
	spot->len = end - spot->start;
	if (line->kind == LINE_CELLS)
		spot->region = process_region_at(spot->shown->process, spot->start);
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
	map->pid = shown->pid;
	map->heading = line->kind == LINE_SMALL;
	map->addr = line->start;
	if (line->kind == LINE_CELLS || line->kind == LINE_FOLD) {
		start = shown->process->vmas[line->vma].start;
		if (line->kind == LINE_CELLS)
			map->addr += cell * shown->home->pmd_size;
		if (map->addr < start)
			map->addr = start;
	}
}

/* The next line in a direction on which the cursor may stand; layout.n if there is none. */
static size_t next_stop(const struct map_layout *layout, size_t at, bool down)
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
	size_t at = next_stop(&map->layout, map->line, down);
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
		at = next_stop(&map->layout, map->line, right);
		if (at == map->layout.n)
			return;
		stand(screen, at, right ? 0 : cells_of(screen, &map->layout.lines[at]) - 1);
	}
	map->column = map_cursor_cell(screen);
}

static void move_page(struct screen *screen, bool down)
{
	struct map_state *map = &screen->map;
	size_t step = map->rows > 2 ? (size_t)map->rows - 1 : 1, at = map->line, next;

	while ((next = next_stop(&map->layout, at, down)) < map->layout.n) {
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

	at = next_stop(&map->layout, at, !last);
	if (at == map->layout.n)
		return;
	stand(screen, at, last ? cells_of(screen, &map->layout.lines[at]) - 1 : 0);
	map->column = map_cursor_cell(screen);
}

/* A whole slot that holds something, mapped by ptes: what could be huge and is not. */
static bool not_huge(const struct region *region, const struct moment *moment)
{
	return region->mapping == MAPPING_PTE && region->len == moment->pmd_size;
}

/* The next such region behind (or last before) the cursor, in this process and then in those that follow. */
static bool find_not_huge(const struct screen *screen, bool down, pid_t *pid, uint64_t *addr)
{
	const struct map_line *line = &screen->map.layout.lines[screen->map.line];
	size_t i = line->shown, j, n = screen->scene.n;
	bool here = true;

	for (; i < n; i += down ? 1 : (size_t)-1, here = false) {
		const struct shown *shown = &screen->scene.shown[i];
		size_t regions = shown->process ? shown->process->n_regions : 0;

		for (j = 0; j < regions; j++) {
			const struct region *region = &shown->process->regions[down ? j : regions - 1 - j];

			if (!not_huge(region, shown->home))
				continue;
			if (here &&
			    (down ? region->start <= screen->map.addr : region->start >= screen->map.addr))
				continue;
			*pid = shown->pid;
			*addr = region->start;
			return true;
		}
	}
	return false;
}

static void move_not_huge(struct screen *screen, bool down)
{
	struct map_state *map = &screen->map;

	if (!find_not_huge(screen, down, &map->pid, &map->addr)) {
		screen->message =
			down ? "no further region that is not huge" : "no earlier region that is not huge";
		return;
	}
	map->heading = false;
	map->line = map_layout_find(&map->layout, &screen->scene, map->pid, map->addr, false);
	map->column = map_cursor_cell(screen);
}

void map_cursor_start(struct screen *screen)
{
	struct map_state *map = &screen->map;
	size_t i;

	for (i = 0; i < map->layout.n && map->layout.lines[i].kind != LINE_CELLS; i++)
		;
	if (i == map->layout.n)
		i = map_layout_find(&map->layout, &screen->scene, 0, 0, false);
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
	else if (command == COMMAND_PREVIOUS || command == COMMAND_NEXT)
		move_not_huge(screen, command == COMMAND_NEXT);
}
