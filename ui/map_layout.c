/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a scene to the lines of a map. */
#include "ui/map_layout.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ui/map_items.h"

#define FOLD_FROM 2   /* rows that hold nothing */
#define ALIKE_FROM 16 /* rows alike */
#define STEP 16	      /* cells a row come in multiples of this, so that rows begin at round addresses */
#define ZOOM_ROWS 4   /* of the biggest VMA, when nothing more is gained */
#define EDGE_COLS 1   /* on the right, for the scroll bar */

static struct map_line *add(struct map_layout *layout, enum line_kind kind, uint32_t shown, uint32_t vma)
{
	struct map_line *line;

	mem_grow(&layout->lines, &layout->room, layout->n + 1, sizeof(*layout->lines));
	line = &layout->lines[layout->n++];
	*line = (struct map_line){.kind = kind, .shown = shown, .vma = vma};
	return line;
}

static unsigned hex_digits(uint64_t value)
{
	unsigned n = 1;

	while (value >>= 4)
		n++;
	return n;
}

int map_layout_margin(const struct map_layout *layout)
{
	return (int)layout->digits + 2;
}

static unsigned cells_per_row(int cols, int margin, unsigned cell_cols)
{
	int room = (cols - margin - EDGE_COLS) / (int)cell_cols;

	if (room >= STEP)
		return (unsigned)(room / STEP * STEP);
	return room >= STEP / 2 ? STEP / 2 : room >= STEP / 4 ? STEP / 4 : 1;
}

const struct region *map_cell(const struct shown *shown, const struct vma *vma, uint32_t *region,
			      uint64_t end, enum symbol *symbol)
{
	const struct region *regions = shown->process->regions, *worst = NULL;
	const uint64_t slot = shown->home->pmd_size, page = shown->home->page_size;
	const uint32_t last = vma->first_region + vma->n_regions;
	enum symbol other;
	bool whole, worst_whole = false;

	*symbol = vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE;
	for (; *region < last && regions[*region].start <= end - 1; ++*region) {
		whole = regions[*region].len == slot;
		if (worst && worst_whole && !whole)
			continue;
		other = region_symbol(&regions[*region], page);
		if (worst && worst_whole == whole && symbol_worse(*symbol, other) == *symbol)
			continue;
		worst = &regions[*region];
		worst_whole = whole;
		*symbol = other;
	}
	return worst;
}

uint32_t map_region_from(const struct process *process, const struct vma *vma, uint64_t addr)
{
	uint32_t low = vma->first_region, high = low + vma->n_regions, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->regions[middle].start < addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The rows of one VMA, counted from the slot that its start is in, and those alike that were added last. */
struct rows {
	struct map_layout *layout;
	const struct shown *shown;
	const struct vma *vma;
	uint32_t shown_index, vma_index;
	uint64_t base, row_bytes, n;
	size_t n_alike; /* the last lines of the layout */
	enum symbol symbol;
};

static uint64_t row_start(const struct rows *rows, uint64_t row)
{
	return rows->base + row * rows->row_bytes;
}

/* The last row ends with the VMA's last slot; past the end of all addresses that is 0. */
static uint64_t row_end(const struct rows *rows, uint64_t row)
{
	const uint64_t slot = rows->shown->home->pmd_size;

	if (row + 1 < rows->n)
		return row_start(rows, row + 1);
	return ((rows->vma->end - 1) & ~(slot - 1)) + slot;
}

/* Rows that end here were alike; with enough of them the first stays, and the others fold. */
static void end_alike(struct rows *rows)
{
	struct map_layout *layout = rows->layout;
	size_t n = rows->n_alike - 1, first = layout->n - n;
	struct map_line fold;

	if (rows->n_alike >= ALIKE_FROM) {
		fold = layout->lines[first];
		fold.kind = LINE_ALIKE;
		fold.symbol = rows->symbol;
		fold.end = layout->lines[layout->n - 1].end;
		fold.open = map_opened(rows->layout, LINE_ALIKE, rows->shown->pid, fold.start, fold.end);
		if (fold.open) {
			add(layout, LINE_CELLS, 0, 0);
			memmove(&layout->lines[first + 1], &layout->lines[first], n * sizeof(fold));
		} else {
			layout->n = first + 1;
		}
		layout->lines[first] = fold;
	}
	rows->n_alike = 0;
}

static void add_row(struct rows *rows, uint64_t row, uint32_t region)
{
	struct map_line *line = add(rows->layout, LINE_CELLS, rows->shown_index, rows->vma_index);

	line->start = row_start(rows, row);
	line->end = row_end(rows, row);
	line->region = region;
}

/* Rows [from, to), none of which holds anything. */
static void add_empty(struct rows *rows, uint64_t from, uint64_t to, uint32_t region)
{
	struct map_line *line;

	if (from == to)
		return;
	if (rows->n_alike)
		end_alike(rows);
	if (to - from >= FOLD_FROM) {
		line = add(rows->layout, LINE_FOLD, rows->shown_index, rows->vma_index);
		line->start = row_start(rows, from);
		line->end = row_end(rows, to - 1);
		line->symbol = rows->vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE;
		return;
	}
	for (; from < to; from++)
		add_row(rows, from, region);
}

/* Whether all cells of a row show one symbol, and no region of it is a fragment. Moves *region behind the row. */
static bool row_alike(const struct rows *rows, uint64_t row, uint32_t *region, enum symbol *symbol)
{
	const uint64_t cell = map_layout_cell(rows->layout, rows->shown->home->pmd_size),
		       end = row_end(rows, row);
	const struct region *regions = rows->shown->process->regions;
	const uint32_t first = *region;
	uint64_t at = row_start(rows, row), next;
	enum symbol other;
	bool alike = true;

	*symbol = SYMBOL_HOLE;
	for (; at != end; at = next) {
		next = end - at > cell ? at + cell : end;
		map_cell(rows->shown, rows->vma, region, next, &other);
		if (at == row_start(rows, row))
			*symbol = other;
		if (other != *symbol)
			alike = false;
	}
	return alike && regions[first].len == rows->shown->home->pmd_size &&
	       regions[*region - 1].len == rows->shown->home->pmd_size;
}

static void add_held(struct rows *rows, uint64_t row, uint32_t *region)
{
	uint32_t first = *region;
	enum symbol symbol;
	bool alike = row_alike(rows, row, region, &symbol);

	if (rows->n_alike && (!alike || symbol != rows->symbol))
		end_alike(rows);
	add_row(rows, row, first);
	if (alike) {
		rows->symbol = symbol;
		rows->n_alike++;
	}
}

static void add_vma(struct map_layout *layout, const struct scene *scene, uint32_t shown, uint32_t index)
{
	const struct shown *of = &scene->shown[shown];
	const struct vma *vma = &of->process->vmas[index];
	const struct region *regions = of->process->regions;
	uint32_t region = vma->first_region, end = vma->first_region + vma->n_regions;
	struct rows rows = {.layout = layout, .shown = of, .vma = vma};
	uint64_t next = 0, row;

	add(layout, LINE_VMA, shown, index);
	rows.shown_index = shown;
	rows.vma_index = index;
	rows.base = vma->start & ~(of->home->pmd_size - 1);
	rows.row_bytes = map_layout_cell(layout, of->home->pmd_size) * layout->per_row;
	rows.n = (vma->end - 1 - rows.base) / rows.row_bytes + 1;
	while (region < end) {
		row = (regions[region].start - rows.base) / rows.row_bytes;
		add_empty(&rows, next, row, region);
		add_held(&rows, row, &region);
		next = row + 1;
	}
	add_empty(&rows, next, rows.n, region);
	if (rows.n_alike)
		end_alike(&rows);
}

static void add_group(struct map_layout *layout, const struct process *process, uint32_t shown,
		      const struct map_item *item)
{
	struct map_line *line = add(layout, item->kind, shown, layout->listed[item->listed]);

	line->open = item->open;
	line->listed = item->listed;
	line->n_vmas = item->n;
	line->start = process->vmas[line->vma].start;
	line->end = process->vmas[layout->listed[item->listed + item->n - 1]].end;
}

/* The longest address of a row's label, and the zoom at which the biggest VMA is a few rows. */
static void measure(struct map_layout *layout, const struct shown *shown, size_t from, uint64_t *biggest)
{
	const struct vma *vma;
	unsigned digits;
	uint64_t slots;

	for (; from < layout->n_items; from++) {
		vma = &shown->process->vmas[layout->listed[layout->items[from].listed]];
		if (layout->items[from].kind == LINE_VMA) {
			digits = hex_digits(vma->end - 1);
			layout->digits = digits > layout->digits ? digits : layout->digits;
		}
		slots = (vma->end - 1 - vma->start) / shown->home->pmd_size + 1;
		*biggest = slots > *biggest ? slots : *biggest;
	}
}

static void add_process(struct map_layout *layout, const struct scene *scene, uint32_t shown, size_t items,
			size_t end)
{
	if (shown)
		add(layout, LINE_BLANK, shown, 0);
	add(layout, LINE_PROCESS, shown, 0);
	for (; items < end; items++) {
		const struct map_item *item = &layout->items[items];

		if (item->kind == LINE_VMA)
			add_vma(layout, scene, shown, layout->listed[item->listed]);
		else
			add_group(layout, scene->shown[shown].process, shown, item);
	}
}

/* Behind each row of cells as many lines as its cells have rows more than one. */
static void add_lower_parts(struct map_layout *layout)
{
	const size_t more = layout->cell_rows - 1;
	size_t rows = 0, to, from = layout->n;

	for (size_t at = 0; more && at < layout->n; at++)
		rows += layout->lines[at].kind == LINE_CELLS;
	if (!rows)
		return;
	to = layout->n + rows * more;
	mem_grow(&layout->lines, &layout->room, to, sizeof(*layout->lines));
	layout->n = to;
	while (from-- > 0) {
		const struct map_line line = layout->lines[from];

		for (size_t part = 0; line.kind == LINE_CELLS && part < more; part++) {
			layout->lines[--to] = line;
			layout->lines[to].kind = LINE_MORE;
		}
		layout->lines[--to] = line;
	}
}

void map_layout_build(struct map_layout *layout, const struct scene *scene, const struct map_look *look)
{
	size_t *ends = mem_alloc((scene->n + 1) * sizeof(*ends)), from = 0;
	uint64_t biggest = 1;
	uint32_t i;

	layout->n = layout->n_listed = layout->n_vmas = layout->n_items = 0;
	layout->cell_cols = look->cell_cols ? look->cell_cols : 1;
	layout->cell_rows = look->cell_rows ? look->cell_rows : 1;
	layout->digits = 12; /* hold every address of a process on x86-64; the vsyscall page needs 16 */
	for (i = 0; i < scene->n; i++) {
		if (scene->shown[i].process) {
			map_items_add(layout, &scene->shown[i], look);
			measure(layout, &scene->shown[i], from, &biggest);
		}
		ends[i] = from = layout->n_items;
	}
	layout->per_row = cells_per_row(look->cols, map_layout_margin(layout), layout->cell_cols);
	for (layout->zoom_max = 0; biggest >> layout->zoom_max > (uint64_t)layout->per_row * ZOOM_ROWS;
	     layout->zoom_max++)
		;
	layout->zoom = look->zoom < layout->zoom_max ? look->zoom : layout->zoom_max;
	for (i = 0, from = 0; i < scene->n; from = ends[i++])
		add_process(layout, scene, i, from, ends[i]);
	add_lower_parts(layout);
	free(ends);
}

void map_layout_fini(struct map_layout *layout)
{
	free(layout->lines);
	free(layout->listed);
	free(layout->items);
	free(layout->opened);
	memset(layout, 0, sizeof(*layout));
}

bool map_layout_stops(const struct map_layout *layout, size_t line)
{
	const struct map_line *at = &layout->lines[line];

	switch (at->kind) {
	case LINE_CELLS:
	case LINE_FOLD:
	case LINE_ALIKE:
	case LINE_SMALL:
	case LINE_RUN:
		return true;
	case LINE_PROCESS: /* nothing of it follows */
		return line + 1 == layout->n || layout->lines[line + 1].kind == LINE_BLANK;
	case LINE_BLANK:
	case LINE_VMA:
	case LINE_MORE:
		break;
	}
	return false;
}

/*
 * Whether the cursor stands on this line when it is at addr; a line before it does not reach that far. Two VMAs may
 * share a slot: the row of the first ends with the VMA.
 */
static bool holds(const struct map_line *line, const struct shown *shown, uint64_t addr,
		  enum line_kind heading)
{
	uint64_t end = line->end;

	if (line->kind == LINE_PROCESS)
		return false;
	if (line->kind == LINE_CELLS || line->kind == LINE_FOLD || line->kind == LINE_ALIKE)
		end = shown->process->vmas[line->vma].end - 1 < end - 1 ? shown->process->vmas[line->vma].end
									: end;
	return addr <= end - 1 && (!line->open || line->kind == heading);
}

size_t map_layout_find(const struct map_layout *layout, const struct scene *scene, pid_t pid, uint64_t addr,
		       enum line_kind heading)
{
	size_t i, first = layout->n, last = layout->n;

	for (i = 0; i < layout->n; i++) {
		const struct map_line *line = &layout->lines[i];

		if (!map_layout_stops(layout, i))
			continue;
		if (first == layout->n)
			first = i;
		if (scene->shown[line->shown].pid != pid)
			continue;
		if (holds(line, &scene->shown[line->shown], addr, heading))
			return i;
		last = i;
	}
	return last < layout->n ? last : first;
}
