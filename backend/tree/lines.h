/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.jsonl, the write side. */
#ifndef TREE_LINES_H
#define TREE_LINES_H

#include "tree/gather.h"

/*
 * Appends what pages_parse reads: the runs, cut where flags or counts (settled, of any number of processes) change,
 * the frames of `around`, then scans, page sizes, end and the last line. Pure.
 */
void lines_write(const struct pages *pages, const struct word_table *flags, const struct word_table *counts,
		 const struct spans *around, struct buf *out);

#endif
