/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw page-table entries in a recorded tree: of whole slots that hold something, in runs. */
#ifndef TREE_WALKS_H
#define TREE_WALKS_H

#include "core/kernel.h"

struct pages;

/* n pages from addr on: the entries that lead to the first; of each further one the last is `step` more. */
struct walk_run {
	uint64_t addr, n;
	struct kernel_entries entries;
	uint64_t step;
};

/* What a pte grows by from page to page, where the frames are side by side. */
#define WALK_STEP UINT64_C(4096)

/*
 * Reads the entries of all slots in which one of the runs of *pages has a page, if the kernel shows them, into its walks. 0,
 * -EINTR when tree_record_stop was set, or as kernel_ops.entries; nothing is added where reading is not permitted.
 */
int walks_gather(struct kernel_process *process, struct pages *pages);

/* Appends their lines. */
void walks_write(const struct pages *pages, struct buf *out);

/* As kernel_ops.entries: of how many pages from addr on they were recorded. */
size_t walks_at(const struct pages *pages, uint64_t addr, size_t n, struct kernel_entries *out);

#endif
