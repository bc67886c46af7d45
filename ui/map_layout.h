/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The map as a list of lines, before any of them is drawn. Pure.
 *
 * Its length goes with what is mapped, not with what is reserved, nor with how much of it is alike:
 *   - rows of a VMA that hold nothing fold into one line from two on: a 128 TiB reservation is two lines;
 *   - of many rows in which every cell shows the same symbol, all but the first fold;
 *   - neighbouring VMAs that cover no whole slot fold;
 *   - long runs of equal VMAs fold (stacks of threads, each with its guard page; arenas).
 * The user opens each of the last three by itself; an open one keeps its line, which closes it.
 */
#ifndef UI_MAP_LAYOUT_H
#define UI_MAP_LAYOUT_H

#include "core/symbol.h"
#include "ui/map_match.h"
#include "ui/scene.h"

enum line_kind {
	LINE_BLANK,   /* between two processes */
	LINE_PROCESS, /* its heading */
	LINE_VMA,     /* a VMA's heading */
	LINE_CELLS,   /* a row of cells */
	LINE_MORE,    /* the lower part of the row of cells above it, where cells have several rows */
	LINE_FOLD,    /* rows that hold nothing */
	LINE_ALIKE,   /* rows alike */
	LINE_SMALL,   /* VMAs that cover no whole slot */
	LINE_RUN      /* equal VMAs */
};

struct map_line {
	enum line_kind kind : 8;
	enum symbol symbol : 8; /* LINE_FOLD, LINE_ALIKE: of each of its cells */
	bool open;		/* LINE_ALIKE, LINE_SMALL, LINE_RUN: what it stands for follows */
	uint32_t shown;		/* index into the scene */
	uint32_t vma;		/* index into its VMAs: of this line, of LINE_SMALL and LINE_RUN the first */
	uint32_t listed;	/* LINE_SMALL, LINE_RUN: where they are in layout->listed */
	uint32_t n_vmas;
	uint32_t region; /* LINE_CELLS: the first region at or after start, of this VMA */
	uint64_t start,
		end; /* of what has cells: whole slots, also where the VMA covers only a part of the first
				or last; LINE_SMALL, LINE_RUN: of the VMAs. 0 is no end: 2^64 */
};

/* What the user opened: the lines of this kind that this address is in. */
struct map_mark {
	enum line_kind kind;
	pid_t pid;
	uint64_t addr;
};

/* How to lay out. */
struct map_look {
	int cols;
	unsigned zoom;		       /* 2^zoom slots to a cell */
	const struct match *filter;    /* only VMAs in which it fits; NULL: all */
	unsigned cell_cols, cell_rows; /* of a cell, with what is free between two; 0 is 1 */
};

/* Zero-initialise; map_layout_fini frees. */
struct map_layout {
	struct map_line *lines;
	size_t n, room;
	uint32_t *listed; /* indices of the VMAs shown, one process behind the other */
	size_t n_listed, room_listed;
	size_t n_vmas;		       /* with those that are filtered out */
	unsigned digits;	       /* hex digits of the longest address that labels a row */
	unsigned per_row;	       /* cells */
	unsigned cell_cols, cell_rows; /* of a cell, at least 1 */
	unsigned zoom;		       /* in force: at most zoom_max */
	unsigned zoom_max;	       /* at which the biggest VMA is a few rows */
	struct map_mark *opened;       /* what the user opened; stays when it is built anew */
	size_t n_opened, room_opened;
	struct map_item *items; /* scratch */
	size_t n_items, room_items;
};

/*
 * Lays a scene out anew. Touches every region shown: 0.1 to 0.25 ms for 8192. The layout points into nothing of the
 * scene, but is of use only with it.
 */
void map_layout_build(struct map_layout *layout, const struct scene *scene, const struct map_look *look);
void map_layout_fini(struct map_layout *layout);

/* Opens the lines of a kind that hold an address, or closes those in [start, end) (end 0: 2^64): when it is built anew. */
void map_layout_open(struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t addr);
void map_layout_close(struct map_layout *layout, enum line_kind kind, pid_t pid, uint64_t start,
		      uint64_t end);

/* Columns before the cells of a row. The last of them is free, for the mark of a fragment. */
int map_layout_margin(const struct map_layout *layout);

/* Bytes of a cell, where a slot has so many. */
static inline uint64_t map_layout_cell(const struct map_layout *layout, uint64_t slot)
{
	return slot << layout->zoom;
}

/* Whether the cursor may stand on a line: those with addresses, and the heading of a process of which none follows. */
bool map_layout_stops(const struct map_layout *layout, size_t line);

/* Whether a line stands for others that can be folded and unfolded. */
static inline bool map_line_folds(const struct map_line *line)
{
	return line->kind == LINE_ALIKE || line->kind == LINE_SMALL || line->kind == LINE_RUN;
}

/*
 * The line of this process that holds addr, else the one after it, else its last; if the process is not there,
 * the first line on which the cursor may stand; layout->n if there is none at all. Of open lines and what they stand
 * for it is the latter, unless `heading` is their kind (LINE_BLANK: none).
 */
size_t map_layout_find(const struct map_layout *layout, const struct scene *scene, pid_t pid, uint64_t addr,
		       enum line_kind heading);

/*
 * One cell: what a VMA has in [start, end) (end 0: 2^64). *region, an index into the process's regions, is the first
 * at or after start, and then the first at or after end. Returns the region whose symbol is the worst, fragments only
 * if there is nothing else; NULL if nothing is there. *symbol is the cell's.
 */
const struct region *map_cell(const struct shown *shown, const struct vma *vma, uint32_t *region,
			      uint64_t end, enum symbol *symbol);

/* The first region of a VMA that begins at or after addr, as an index into the process's; behind its last if none. */
uint32_t map_region_from(const struct process *process, const struct vma *vma, uint64_t addr);

#endif
