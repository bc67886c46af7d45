/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regions of an area, as a column of a matrix has them. Pure. */
#ifndef SCRIPT_COLLECT_AREA_H
#define SCRIPT_COLLECT_AREA_H

#include "core/matrix.h"
#include "core/source.h"

/*
 * Fills in how many whole regions there are at the place, and all its regions in runs, which are in the arena: those of `before`
 * (NULL: none), the same area as it was earlier, where they are the same.
 */
void collect_area(const struct process *process, const struct place *place, uint64_t pmd_size,
		  const struct matrix_area *before, struct arena *arena, struct matrix_area *area);

#endif
