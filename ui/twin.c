/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other process, line by line of the map. */
#include "ui/twin.h"

#include <stdio.h>

#include "ui/map_cursor.h"
#include "ui/map_text.h"
#include "ui/map_view.h"
#include "ui/marks.h"
#include "ui/theme.h"

static size_t count_whole(const struct process *process)
{
	size_t i, n = 0;

	for (i = 0; i < process->n_vmas; i++)
		n += process->vmas[i].slots > 0;
	return n;
}

/* How many VMAs of the one that cover a whole slot begin in the other, too; both ascend. */
static size_t count_shared(const struct process *one, const struct process *other)
{
	size_t i, k = 0, n = 0;

	for (i = 0; i < one->n_vmas; i++) {
		while (k < other->n_vmas && other->vmas[k].start < one->vmas[i].start)
			k++;
		n += one->vmas[i].slots && k < other->n_vmas && other->vmas[k].start == one->vmas[i].start;
	}
	return n;
}

static int find_twin(const struct scene *scene, size_t n, size_t of)
{
	const struct shown *one = &scene->shown[of], *other;
	size_t i, shared, most = 0, whole, others;
	int found = -1;

	if (!one->process)
		return -1;
	whole = count_whole(one->process);
	for (i = 1; i < n; i++) {
		other = &scene->shown[(of + i) % n];
		if (!other->process || other->home->pmd_size != one->home->pmd_size)
			continue;
		shared = count_shared(one->process, other->process);
		others = count_whole(other->process);
		if (shared > most && shared * 2 >= (whole < others ? whole : others)) {
			most = shared;
			found = (int)((of + i) % n);
		}
	}
	return found;
}

bool twins_any(struct screen *screen)
{
	const struct scene *scene = &screen->scene;
	struct twins *twins = &screen->twins;
	size_t i, n = scene->n < TWINS_MAX ? scene->n : TWINS_MAX;

	if (twins->version == scene->version)
		return twins->any;
	*twins = (struct twins){.version = scene->version};
	for (i = 0; i < n; i++) {
		twins->of[i] = find_twin(scene, n, i);
		twins->any |= twins->of[i] >= 0;
	}
	return twins->any;
}

/* NULL: nobody. Neither has to be alive. */
static const struct shown *twin_of(const struct screen *screen, size_t shown)
{
	const bool known =
		screen->twins.version == screen->scene.version; /* not between a moment and its drawing */
	const int of = known && shown < TWINS_MAX && shown < screen->scene.n ? screen->twins.of[shown] : -1;

	return of >= 0 ? &screen->scene.shown[of] : NULL;
}

/* The other's mapping that the first address of a line's is in, or the first that begins behind it and before its end. */
static const struct vma *twin_vma(const struct shown *twin, uint64_t start, uint64_t last)
{
	const struct process *process = twin->process;
	size_t low = 0, high = process->n_vmas, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->vmas[middle].end - 1 < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < process->n_vmas && process->vmas[low].start <= last ? &process->vmas[low] : NULL;
}

/* Cells below those of the map's own row; blank where the mapping is not. */
static void draw_cells(const struct screen *screen, const struct pane *pane, int row,
		       const struct map_line *line, const struct shown *twin, const struct vma *vma)
{
	const uint64_t size = map_layout_cell(&screen->map.layout, twin->home->pmd_size);
	uint32_t region = map_region_from(twin->process, vma, line->start);
	uint64_t at, end;
	enum symbol symbol;
	int col = MAP_INDENT;

	for (at = line->start; at != line->end; at = end, col++) {
		end = line->end - at > size ? at + size : line->end;
		if (end - 1 < vma->start || at > vma->end - 1)
			continue;
		map_cell(twin, vma, &region, end, &symbol);
		shape_put(pane, row, col, symbol);
		map_text_flash(screen, pane, row, col, twin, at > vma->start ? at : vma->start,
			       end - 1 < vma->end - 1 ? end : vma->end);
	}
	if (twin->outcome != OUTCOME_OK)
		pane_mark(pane, row, MAP_INDENT, col - MAP_INDENT, MARK_DIM);
}

/* Rows that are one line of the map: the worst that the other has there. */
static void draw_folded(const struct pane *pane, int row, const struct map_line *line,
			const struct shown *twin, const struct vma *vma)
{
	uint32_t region = map_region_from(twin->process, vma, line->start), first = region;
	enum symbol symbol;
	char text[96];

	map_cell(twin, vma, &region, line->end, &symbol);
	shape_put(pane, row, MAP_INDENT, symbol);
	snprintf(text, sizeof(text), "%s%s", symbol_table[symbol].label,
		 region > first + 1 ? " at worst" : "");
	pane_put_head(pane, row, MAP_INDENT + 2, pane->cols - MAP_INDENT - 2, STYLE_DIM, text);
}

static void draw_line(const struct screen *screen, const struct pane *pane, int row,
		      const struct map_line *line)
{
	const struct shown *twin = twin_of(screen, line->shown);
	const struct pane inner = pane_part(pane, 0, MAP_INDENT, pane->rows, pane->cols - MAP_INDENT);
	const struct shown *own = &screen->scene.shown[line->shown];
	const struct vma *vma;

	if (line->kind == LINE_PROCESS) {
		if (twin)
			map_text_process(&inner, row, twin);
		else
			pane_put_head(&inner, row, 0, inner.cols, STYLE_DIM, "no other has its mappings");
		return;
	}
	if (!twin || line->kind == LINE_BLANK || line->kind == LINE_SMALL || line->kind == LINE_RUN)
		return;
	vma = &own->process->vmas[line->vma];
	vma = line->kind == LINE_VMA
		      ? twin_vma(twin, vma->start, vma->end - 1)
		      : twin_vma(twin, line->start > vma->start ? line->start : vma->start, line->end - 1);
	if (line->kind == LINE_VMA && vma)
		map_text_vma(screen, &inner, row, twin, vma);
	else if (line->kind == LINE_VMA)
		pane_put_head(&inner, row, 0, inner.cols, STYLE_DIM, "not mapped there");
	else if (line->kind == LINE_CELLS && vma)
		draw_cells(screen, pane, row, line, twin, vma);
	else if (vma)
		draw_folded(pane, row, line, twin, vma);
}

void twin_draw(const struct screen *screen, const struct pane *pane)
{
	const struct map_state *map = &screen->map;
	const int info = map_info_rows(map);
	const struct pane lines = pane_part(pane, info, 0, pane->rows - info, pane->cols);
	struct spot spot;
	size_t i;
	int row;

	for (row = 0, i = map->top; row < lines.rows && i < map->layout.n; row++, i++) {
		draw_line(screen, &lines, row, &map->layout.lines[i]);
		if (i == map->line && map_spot(screen, &spot) && spot.line->kind == LINE_CELLS &&
		    twin_of(screen, spot.line->shown))
			pane_mark(&lines, row, MAP_INDENT + (int)map_cursor_cell(screen), 1,
				  MARK_QUIET_CURSOR);
	}
}

void twin_mouse(struct screen *screen, const struct mouse *mouse)
{
	struct map_state *map = &screen->map;
	const int row = mouse->row - map_info_rows(map);
	const size_t at = map->top + (size_t)row;
	const struct map_line *line;
	const struct shown *twin;
	uint64_t addr, cell;

	if (row < 0 || at >= map->layout.n || (mouse->what != MOUSE_CLICK && mouse->what != MOUSE_DOUBLE))
		return;
	line = &map->layout.lines[at];
	twin = twin_of(screen, line->shown);
	if (!twin || line->kind == LINE_BLANK || line->kind == LINE_PROCESS)
		return;
	cell = mouse->col > MAP_INDENT ? (uint64_t)(mouse->col - MAP_INDENT) : 0;
	addr = line->kind == LINE_VMA ? screen->scene.shown[line->shown].process->vmas[line->vma].start
				      : line->start;
	if (line->kind == LINE_CELLS)
		addr += cell * map_layout_cell(&map->layout, twin->home->pmd_size);
	if (line->kind == LINE_CELLS && addr > line->end - 1)
		addr = line->end - 1;
	screen->focus = VIEW_MAP;
	map_show(screen, twin->pid, addr);
}
