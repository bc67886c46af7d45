/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder collects before it writes: the pages of one process, and the frames of all. */
#ifndef TREE_GATHER_H
#define TREE_GATHER_H

#include "core/kernel.h"
#include "tree/pages.h"

/* Frames pfn .. end - 1. */
struct span {
	uint64_t pfn, end;
};

/* Zero-initialise. */
struct spans {
	struct span *spans;
	size_t n, room;
};
void spans_add(struct spans *spans, uint64_t pfn, uint64_t end);
void spans_settle(struct spans *spans);			  /* ascending, without overlap */
bool spans_hold(const struct spans *spans, uint64_t pfn); /* of settled ones */
void spans_fini(struct spans *spans);

/*
 * Reads maps, appends it to `maps`, and fills the runs, scans, sizes and end of *pages (zeroed by the caller, freed
 * with pages_fini also after an error). *sizes_told: this kernel tells the page size of a VMA. -EAGAIN: maps
 * changed meanwhile; else as kernel.h, -EINTR when tree_record_stop was set.
 */
int gather_pages(struct kernel_process *process, struct pages *pages, struct buf *maps, bool *sizes_told);

/* The frames that the runs map: `mapped`; and those that somebody may ask about besides: `around`. Both settled. */
void gather_spans(struct kernel *kernel, const struct pages *pages, struct spans *mapped,
		  struct spans *around);

/* Reads flags and counts of the spans into tables, settled. Frames that the kernel does not tell are left out. */
void gather_words(struct kernel *kernel, const struct spans *spans, struct word_table *flags,
		  struct word_table *counts);

/* What the heads of the teams count of which a frame is mapped: a settled table, one run each. */
void gather_teams(struct kernel *kernel, const struct spans *mapped, struct word_table *teams);

#endif
