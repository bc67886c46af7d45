/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VMA as cells, for whoever draws it: in time that follows what it holds and not what it spans. */
#ifndef FORMAT_PLOT_H
#define FORMAT_PLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/moment.h"
#include "core/symbol.h"

/* Cells that look alike, or one of them. */
struct plot_run {
	enum symbol symbol;
	uint64_t start, end;	      /* addresses */
	uint64_t cells;		      /* at least 1 */
	bool part;		      /* one cell, less than a whole slot */
	const struct region *regions; /* those in it that hold something, ascending */
	size_t n_regions;
};

/* A place in a VMA, and what is left of its regions. */
struct plot_walk {
	const struct region *next, *last; /* last: behind the last */
	uint64_t at, end;
	uint64_t pmd_size, page_size;
	uint64_t span; /* bytes of a cell */
	enum symbol hole;
};

/* The part of a VMA that was surveyed, in whole slots. False: none. */
bool plot_surveyed(const struct moment *moment, const struct vma *vma, uint64_t *from, uint64_t *to);

/* Less than a region, and nothing in it that is more than small pages: such VMAs are told by their sum. */
bool plot_condensed(const struct vma *vma);

/* Walks a VMA of the process from..to (plot_surveyed), `per` slots a cell: of several the worst is shown (symbol_worse). */
struct plot_walk plot_begin(const struct moment *moment, const struct process *process, const struct vma *vma,
			    uint64_t from, uint64_t to, uint64_t per);

/* The next cell, or all cells up to the next region that holds something; false: that was all. */
bool plot_cell(struct plot_walk *walk, struct plot_run *run);

/* The next cell and those behind it that look alike; a part of a slot stands alone. */
bool plot_run(struct plot_walk *walk, struct plot_run *run);

#endif
