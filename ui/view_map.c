/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map: a heading per VMA, below it rows of cells, one a region; processes above one another. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/map_cursor.h"
#include "ui/screen.h"
#include "ui/marks.h"
#include "ui/theme.h"

/* Columns of the share on the right of a heading: " 100% pmd" or " hugetlb"; " 100%". */
#define SHARE_COLS 10
#define SHARE_COLS_NARROW 5
#define INDENT 1	  /* from the pane's left edge, as the header has it */
#define RANGE_COLS_MIN 72 /* from this width on a heading shows both ends of its range */

/* Lines above the cursor's that belong to it and should be seen with it. */
static size_t headings_above(const struct map_layout *layout, size_t line)
{
	size_t n = 0;

	while (n < line && n < 2 && !map_layout_stops(layout, line - n - 1) &&
	       layout->lines[line - n - 1].kind != LINE_BLANK)
		n++;
	return n;
}

static void scroll(struct map_state *map)
{
	size_t rows = map->rows > 0 ? (size_t)map->rows : 1, above;

	if (map->line < map->layout.n) {
		above = headings_above(&map->layout, map->line);
		if (above >= rows)
			above = 0;
		if (map->line < map->top + above)
			map->top = map->line - above;
		if (map->line >= map->top + rows)
			map->top = map->line - rows + 1;
	}
	if (map->layout.n <= rows)
		map->top = 0;
	else if (map->top > map->layout.n - rows)
		map->top = map->layout.n - rows;
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct map_state *map = &screen->map;
	size_t line = map->line;

	map->rows = rows;
	map->cols = cols;
	map_layout_build(&map->layout, &screen->scene, cols - INDENT, map->small_open);
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
	scroll(map);
}

/* How well known the share of PMD mappings is; what covers no whole slot can have none, and says nothing. */
enum share { SHARE_NONE, SHARE_KNOWN, SHARE_UNKNOWN };

static void share_text(figure_text text, const struct kb *kb, enum share share, bool narrow)
{
	if (share == SHARE_NONE)
		*text = '\0';
	else if (kb->hugetlb == kb->present)
		strcpy(text, narrow ? "htlb" : "hugetlb");
	else
		strcat(figure_share(text, kb->pmd, kb->present, share == SHARE_KNOWN), narrow ? "" : " pmd");
}

/* What a heading says on its right; returns the column where it begins. */
static int put_kb(const struct pane *pane, int row, const struct kb *kb, enum share share, uint8_t style)
{
	bool narrow = pane->cols < RANGE_COLS_MIN;
	int end = pane->cols - 1;
	figure_text count, part;
	char text[FIGURE_MAX + 16];

	if (!kb->present && kb->swap) {
		snprintf(text, sizeof(text), "%s kB swapped", figure_count(count, kb->swap));
		return pane_put_right(pane, row, end, style, text);
	}
	if (!kb->present)
		return pane_put_right(pane, row, end, STYLE_DIM,
				      share == SHARE_UNKNOWN ? "not known" : "empty");
	share_text(part, kb, share, narrow);
	pane_put_right(pane, row, end, style, part);
	if (narrow)
		figure_bytes(text, kb->present * 1024);
	else
		snprintf(text, sizeof(text), "%s kB", figure_count(count, kb->present));
	return pane_put_right(pane, row, end - (narrow ? SHARE_COLS_NARROW : SHARE_COLS), style, text);
}

static void draw_process(const struct pane *pane, int row, const struct shown *shown)
{
	/* The states' own words, less "-mapped", which all that is mapped would carry. */
	static const struct {
		enum state state;
		const char *word;
	} order[] = {{STATE_PMD_MAPPED, "pmd"},	 {STATE_PTE_MAPPED, "pte"},  {STATE_TEAM, "team"},
		     {STATE_HUGETLB, "hugetlb"}, {STATE_UNKNOWN, "unknown"}, {STATE_EMPTY, "empty"}};
	const struct process *process = shown->process;
	int col, end = pane->cols;
	figure_text count;
	char text[64];
	size_t i;

	if (process)
		end = put_kb(pane, row, &process->kb, process->mapping_known ? SHARE_KNOWN : SHARE_UNKNOWN,
			     STYLE_STRONG) -
		      1;
	snprintf(text, sizeof(text), "%d ", shown->pid);
	col = pane_put_head(pane, row, 0, end, STYLE_STRONG, text);
	col = pane_put_head(pane, row, col, end - col < 24 ? end - col : 24, STYLE_STRONG, shown->comm);
	if (shown->outcome != OUTCOME_OK) {
		pane_put_head(pane, row, col + 2, end - col - 3, STYLE_ERROR,
			      shown->outcome == OUTCOME_GONE && process
				      ? "has exited; this is what was seen last"
			      : shown->reason ? shown->reason
					      : "cannot be read");
		return;
	}
	for (i = 0; process && i < sizeof(order) / sizeof(order[0]); i++) {
		if (!process->totals.state[order[i].state])
			continue;
		snprintf(text, sizeof(text), "%s %s",
			 figure_count(count, process->totals.state[order[i].state]), order[i].word);
		if (col + 2 + (int)strlen(text) >= end)
			return;
		col = pane_put(pane, row, col + 2, STYLE_DIM, text);
	}
}

static enum share vma_share(const struct shown *shown, const struct vma *vma)
{
	uint32_t i;

	if (vma->pfnmap_unknown)
		return SHARE_UNKNOWN;
	if (!vma->slots)
		return SHARE_NONE;
	for (i = 0; i < vma->n_regions; i++)
		if (shown->process->regions[vma->first_region + i].mapping == MAPPING_UNKNOWN)
			return SHARE_UNKNOWN;
	return SHARE_KNOWN;
}

static void draw_vma(const struct pane *pane, int row, const struct shown *shown, const struct vma *vma)
{
	int end = put_kb(pane, row, &vma->kb, vma_share(shown, vma), STYLE_TEXT) - 1, col;

	col = pane_printf(pane, row, 0, STYLE_TEXT, "%" PRIx64, vma->start);
	if (pane->cols >= RANGE_COLS_MIN)
		col = pane_printf(pane, row, col, STYLE_TEXT, "-%" PRIx64, vma->end);
	col = pane_put(pane, row, col + 1, STYLE_DIM, vma->perms);
	if (vma->label)
		col = pane_put_head(pane, row, col + 1, end - col - 1, STYLE_STRONG, vma->label);
	vma_name_put(pane, row, col + 1, end - col - 1, vma);
}

static void draw_cells(const struct screen *screen, const struct pane *pane, int row,
		       const struct map_line *line, const char *mark)
{
	const struct shown *shown = &screen->scene.shown[line->shown];
	const struct vma *vma = &shown->process->vmas[line->vma];
	const struct region *region = &shown->process->regions[line->region];
	const struct region *end = shown->process->regions + vma->first_region + vma->n_regions;
	uint64_t slot_size = shown->home->pmd_size, slot;
	int col = map_layout_margin(&screen->map.layout);
	enum symbol symbol;

	pane_printf(pane, row, 1, *mark ? STYLE_TEXT : STYLE_DIM, "%*" PRIx64, (int)screen->map.layout.digits,
		    line->start);
	for (slot = line->start; slot != line->end; slot += slot_size, col++) {
		symbol = vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE;
		if (region < end && region->start - slot < slot_size)
			symbol = region_symbol(region++, shown->home->page_size);
		shape_put(pane, row, col, symbol);
	}
}

static void draw_fold(const struct screen *screen, const struct pane *pane, int row,
		      const struct map_line *line)
{
	const struct shown *shown = &screen->scene.shown[line->shown];
	figure_text regions, bytes;
	char text[2 * FIGURE_MAX + 32];

	snprintf(text, sizeof(text), "… %s regions hold nothing, %s",
		 figure_count(regions, (line->end - line->start) / shown->home->pmd_size),
		 figure_bytes(bytes, line->end - line->start));
	pane_printf(pane, row, 1, STYLE_DIM, "%*" PRIx64, (int)screen->map.layout.digits, line->start);
	pane_put_head(pane, row, map_layout_margin(&screen->map.layout),
		      pane->cols - map_layout_margin(&screen->map.layout), STYLE_DIM, text);
}

/* The part of a path that tells: what is behind its last slash. */
static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] ? slash + 1 : name;
}

static void draw_small(const struct screen *screen, const struct pane *pane, int row,
		       const struct map_line *line)
{
	const struct process *process = screen->scene.shown[line->shown].process;
	const char *name, *last = "";
	struct kb kb = {0};
	int col, end;
	uint32_t i;

	for (i = line->vma; i < line->vma + line->n_vmas; i++) {
		kb.present += process->vmas[i].kb.present;
		kb.swap += process->vmas[i].kb.swap;
	}
	end = put_kb(pane, row, &kb, SHARE_NONE, STYLE_DIM) - 1;
	col = pane_printf(pane, row, 0, STYLE_DIM, "%s %u small mapping%s",
			  screen->map.small_open ? "▾" : "▸", line->n_vmas, line->n_vmas == 1 ? "" : "s");
	for (i = line->vma; i < line->vma + line->n_vmas && col < end - 4; i++) {
		name = base_name(process->vmas[i].name);
		if (!*name || !strcmp(name, last))
			continue;
		col = pane_put(pane, row, col, STYLE_DIM, *last ? ", " : ": ");
		col = pane_put_head(pane, row, col, end - col, STYLE_DIM, name);
		last = name;
	}
}

/* The cursor shows its cell's shape as a letter: on a full block nothing else could be seen. */
static void draw_cursor(const struct screen *screen, const struct pane *pane, int row, bool focused)
{
	const struct map_line *line = &screen->map.layout.lines[screen->map.line];
	uint8_t mark = focused ? MARK_CURSOR : MARK_QUIET_CURSOR;
	const struct shown *shown = &screen->scene.shown[line->shown];
	enum symbol symbol = SYMBOL_HOLE;
	struct spot spot;
	int col = 0;

	if (line->kind == LINE_CELLS && map_spot(screen, &spot)) {
		col = map_layout_margin(&screen->map.layout) + (int)map_cursor_cell(screen);
		if (spot.region)
			symbol = region_symbol(spot.region, spot.page_size);
		else if (shown->process->vmas[line->vma].pfnmap_unknown)
			symbol = SYMBOL_UNKNOWN;
		shape_put_letter(pane, row, col, symbol);
		pane_mark(pane, row, col, 1, mark);
	} else {
		col = line->kind == LINE_FOLD ? map_layout_margin(&screen->map.layout) : 0;
		pane_mark(pane, row, col, line->kind == LINE_PROCESS ? pane->cols : 1, mark);
	}
	if (focused) {
		pane->cells->cursor_row = pane->row + row;
		pane->cells->cursor_col = pane->col + col;
	}
}

static void draw(const struct screen *screen, const struct pane *whole, bool focused)
{
	const struct pane inner = pane_part(whole, 0, INDENT, whole->rows, whole->cols), *pane = &inner;
	const struct map_layout *layout = &screen->map.layout;
	size_t i;
	int row;

	if (!screen->scene.newest) {
		pane_put(pane, 1, 0, STYLE_DIM, "reading…");
		return;
	}
	if (!layout->n)
		pane_put(pane, 1, 0, STYLE_DIM, "no process to look at");
	for (row = 0, i = screen->map.top; row < pane->rows && i < layout->n; row++, i++) {
		const struct map_line *line = &layout->lines[i];
		const struct shown *shown = &screen->scene.shown[line->shown];

		switch (line->kind) {
		case LINE_BLANK:
			break;
		case LINE_PROCESS:
			draw_process(pane, row, shown);
			break;
		case LINE_VMA:
			draw_vma(pane, row, shown, &shown->process->vmas[line->vma]);
			break;
		case LINE_CELLS:
			draw_cells(screen, pane, row, line, i == screen->map.line ? ">" : "");
			break;
		case LINE_FOLD:
			draw_fold(screen, pane, row, line);
			break;
		case LINE_SMALL:
			draw_small(screen, pane, row, line);
			break;
		}
		if (i == screen->map.line)
			draw_cursor(screen, pane, row, focused);
	}
}

static void command(struct screen *screen, enum command command)
{
	struct map_state *map = &screen->map;

	if (command != COMMAND_ENTER) {
		map_cursor_move(screen, command);
		scroll(map);
	} else if (map->line < map->layout.n && map->layout.lines[map->line].kind == LINE_SMALL) {
		map->small_open = !map->small_open;
		fit(screen, map->rows, map->cols);
	} else if (map->line < map->layout.n) {
		screen->focus = VIEW_REGION;
	}
}

static const enum command commands[] = {COMMAND_UP,   COMMAND_ENTER, COMMAND_NEXT,
					COMMAND_PANE, COMMAND_PAUSE, COMMAND_PAGE_UP,
					COMMAND_HELP, COMMAND_CLOSE, COMMAND_NONE};

const struct view view_map = {commands, fit, draw, command};
