/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapcounts of a folio from kpagecount and from what was seen of its mappings (facts B). Pure. */
#ifndef CORE_MAPCOUNT_H
#define CORE_MAPCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "core/region.h"

/* The bounds of E, the PMD mappings of a folio. */
struct entire_bounds {
	int64_t low;  /* PMD mappings seen */
	int64_t high; /* min over subpages of kpagecount - PTE mappings seen; INT64_MAX before the first */
};

/* No subpage seen yet. */
void entire_start(struct entire_bounds *bounds, int64_t pmd_seen);

/* One subpage: its kpagecount, and how many PTE mappings of it were seen. */
void entire_subpage(struct entire_bounds *bounds, int64_t count, int64_t pte_seen);

/* E, or UNKNOWN_COUNT where the bounds do not meet (or contradict each other: the counts moved). */
int64_t entire_value(const struct entire_bounds *bounds);

#endif
