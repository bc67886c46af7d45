/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a scene to the lines of a map. */
#include "ui/map_layout.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define FOLD_FROM 2 /* rows */
#define STEP 16	    /* cells a row come in multiples of this, so that rows begin at round addresses */

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

/* Twelve digits hold every address of a process on x86-64; the vsyscall page needs sixteen. */
static unsigned label_digits(const struct scene *scene, bool small_open)
{
	unsigned most = 12, digits;
	size_t i, j;

	for (i = 0; i < scene->n; i++) {
		for (j = 0; scene->shown[i].process && j < scene->shown[i].process->n_vmas; j++) {
			const struct vma *vma = &scene->shown[i].process->vmas[j];

			if (!vma->slots && !small_open)
				continue;
			digits = hex_digits(vma->end - 1);
			most = digits > most ? digits : most;
		}
	}
	return most;
}

int map_layout_margin(const struct map_layout *layout)
{
	return (int)layout->digits + 2;
}

static unsigned cells_per_row(int cols, int margin)
{
	int room = cols - margin;

	if (room >= STEP)
		return (unsigned)(room / STEP * STEP);
	return room >= STEP / 2 ? STEP / 2 : 1;
}

/* Rows of one VMA, counted from the slot that its start is in. */
struct rows {
	uint64_t base, row_bytes, n;
};

static void add_row(struct map_layout *layout, const struct map_line *vma, const struct rows *rows,
		    uint64_t row, uint32_t region)
{
	struct map_line *line = add(layout, LINE_CELLS, vma->shown, vma->vma);

	line->start = rows->base + row * rows->row_bytes;
	line->end = line->start + rows->row_bytes;
	line->region = region;
}

/* Rows [from, to), none of which holds anything. */
static void add_empty(struct map_layout *layout, const struct map_line *vma, const struct rows *rows,
		      uint64_t from, uint64_t to, uint32_t region)
{
	struct map_line *line;

	if (to - from >= FOLD_FROM) {
		line = add(layout, LINE_FOLD, vma->shown, vma->vma);
		line->start = rows->base + from * rows->row_bytes;
		line->end = rows->base + to * rows->row_bytes;
		return;
	}
	for (; from < to; from++)
		add_row(layout, vma, rows, from, region);
}

static void add_vma(struct map_layout *layout, const struct scene *scene, uint32_t shown, uint32_t index)
{
	const struct shown *of = &scene->shown[shown];
	const struct vma *vma = &of->process->vmas[index];
	const struct region *regions = of->process->regions;
	uint32_t region = vma->first_region, end = vma->first_region + vma->n_regions;
	uint64_t slot = of->home->pmd_size, next = 0, row;
	struct map_line heading;
	struct rows rows;

	heading = *add(layout, LINE_VMA, shown, index);
	rows.base = vma->start & ~(slot - 1);
	rows.row_bytes = slot * layout->per_row;
	rows.n = (vma->end - 1 - rows.base) / rows.row_bytes + 1;
	while (region < end) {
		row = (regions[region].start - rows.base) / rows.row_bytes;
		add_empty(layout, &heading, &rows, next, row, region);
		add_row(layout, &heading, &rows, row, region);
		next = row + 1;
		/* Most rows are full: then their last region is as far on as can be. */
		if (end - region >= layout->per_row &&
		    regions[region + layout->per_row - 1].start - rows.base < next * rows.row_bytes)
			region += layout->per_row;
		while (region < end && regions[region].start - rows.base < next * rows.row_bytes)
			region++;
	}
	add_empty(layout, &heading, &rows, next, rows.n, region);
	/* The last line ends with the VMA's last slot; past the end of all addresses that is 0. */
	layout->lines[layout->n - 1].end = ((vma->end - 1) & ~(slot - 1)) + slot;
}

/* A run of VMAs without a whole slot, from index on; returns the one behind it. */
static uint32_t add_small(struct map_layout *layout, const struct scene *scene, uint32_t shown,
			  uint32_t index, bool open)
{
	const struct process *process = scene->shown[shown].process;
	struct map_line *line = add(layout, LINE_SMALL, shown, index);
	uint32_t i;

	line->start = process->vmas[index].start;
	for (i = index; i < process->n_vmas && !process->vmas[i].slots; i++)
		line->end = process->vmas[i].end;
	line->n_vmas = i - index;
	for (; open && index < i; index++)
		add_vma(layout, scene, shown, index);
	return i;
}

void map_layout_build(struct map_layout *layout, const struct scene *scene, int cols, bool small_open)
{
	const struct process *process;
	uint32_t i, j;

	layout->n = 0;
	layout->small_open = small_open;
	layout->digits = label_digits(scene, small_open);
	layout->per_row = cells_per_row(cols, map_layout_margin(layout));
	for (i = 0; i < scene->n; i++) {
		process = scene->shown[i].process;
		if (i)
			add(layout, LINE_BLANK, i, 0);
		add(layout, LINE_PROCESS, i, 0);
		for (j = 0; process && j < process->n_vmas;) {
			if (process->vmas[j].slots)
				add_vma(layout, scene, i, j++);
			else
				j = add_small(layout, scene, i, j, small_open);
		}
	}
}

void map_layout_fini(struct map_layout *layout)
{
	free(layout->lines);
	memset(layout, 0, sizeof(*layout));
}

bool map_layout_stops(const struct map_layout *layout, size_t line)
{
	const struct map_line *at = &layout->lines[line];

	switch (at->kind) {
	case LINE_CELLS:
	case LINE_FOLD:
	case LINE_SMALL:
		return true;
	case LINE_PROCESS: /* nothing of it follows */
		return line + 1 == layout->n || layout->lines[line + 1].kind == LINE_BLANK;
	case LINE_BLANK:
	case LINE_VMA:
		break;
	}
	return false;
}

/* Whether the cursor stands on this line when it is at addr; a line before it does not reach that far. */
static bool holds(const struct map_layout *layout, const struct map_line *line, uint64_t addr, bool heading)
{
	if (addr > line->end - 1)
		return false;
	return line->kind != LINE_SMALL || heading || !layout->small_open;
}

size_t map_layout_find(const struct map_layout *layout, const struct scene *scene, pid_t pid, uint64_t addr,
		       bool heading)
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
		if (holds(layout, line, addr, heading))
			return i;
		last = i;
	}
	return last < layout->n ? last : first;
}
