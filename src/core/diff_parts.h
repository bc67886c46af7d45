/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside core: the steps of comparing two processes. */
#ifndef CORE_DIFF_PARTS_H
#define CORE_DIFF_PARTS_H

#include "core/diff.h"

/* Two processes being compared; before or after may have no VMAs at all. */
struct differ {
	const struct process *before, *after;
	uint64_t pmd_size; /* 0: they differ, so that regions cannot be compared */
	bool same;
	/* One for each VMA of `after`, and behind them those of `before` that are left over. */
	struct diff_vma *vmas;
	size_t n_vmas;
	size_t *into; /* where each VMA of `before` is among them, from 1; of one that was split or joined, one of its places */
	struct diff_region *regions;
	size_t n_regions, room;
	uint64_t unknown;
};

/* Whether two VMAs at overlapping addresses of one process are the same mapping, as far as their description goes. */
bool diff_same_mapping(const struct vma *a, const struct vma *b);

/* Pairs the VMAs: makes differ->vmas and differ->into (the caller frees), with before, after and `what` of each. */
void diff_pair_vmas(struct differ *differ);

/* Compares what is in them: makes differ->regions (the caller frees), fields and `what` of each. */
void diff_compare_vmas(struct differ *differ);

#endif
