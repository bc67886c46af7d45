/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map as a list of lines, before any of them is drawn. Pure.
 *
 * Its length goes with what is mapped, not with what is reserved: rows of a VMA that hold nothing fold into one line
 * from two on, and so do neighbouring VMAs that cover no whole slot. A 128 TiB reservation is two lines.
 */
#ifndef UI_MAP_LAYOUT_H
#define UI_MAP_LAYOUT_H

#include "ui/scene.h"

enum line_kind {
	LINE_BLANK,   /* between two processes */
	LINE_PROCESS, /* its heading */
	LINE_VMA,     /* a VMA's heading */
	LINE_CELLS,   /* a row of cells, one a slot */
	LINE_FOLD,    /* rows that hold nothing */
	LINE_SMALL    /* VMAs that cover no whole slot; their headings and cells follow if they are open */
};

struct map_line {
	enum line_kind kind;
	uint32_t shown;	 /* index into the scene */
	uint32_t vma;	 /* index into its VMAs: of this line, of LINE_SMALL the first */
	uint32_t n_vmas; /* LINE_SMALL */
	uint32_t region; /* LINE_CELLS: the first region at or after start, of this VMA */
	uint64_t start,
		end; /* LINE_CELLS, LINE_FOLD: whole slots from start on, also where the VMA covers only
				a part of the first or last; LINE_SMALL: of the VMAs. 0 is no end: 2^64 */
};

/* Zero-initialise; map_layout_fini frees. */
struct map_layout {
	struct map_line *lines;
	size_t n, room;
	unsigned digits;  /* hex digits of the longest address that labels a row */
	unsigned per_row; /* cells */
	bool small_open;
};

/* Lays a scene out for so many columns; small_open: list the small VMAs too. */
void map_layout_build(struct map_layout *layout, const struct scene *scene, int cols, bool small_open);
void map_layout_fini(struct map_layout *layout);

/* Columns before the cells of a row. */
int map_layout_margin(const struct map_layout *layout);

/* Whether the cursor may stand on a line: those with addresses, and the heading of a process that has none. */
bool map_layout_stops(const struct map_layout *layout, size_t line);

/*
 * The line of this process that holds addr, else the one after it, else its last; if the process is not there,
 * the first line on which the cursor may stand; layout->n if there is none at all. Where small VMAs are open, their
 * addresses belong to the rows, and with `heading` to the LINE_SMALL above them.
 */
size_t map_layout_find(const struct map_layout *layout, const struct scene *scene, pid_t pid, uint64_t addr,
		       bool heading);

#endif
