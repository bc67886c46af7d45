/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mapcounts of a folio from kpagecount and from what was seen of its mappings. */
#include "core/mapcount.h"

void entire_start(struct entire_bounds *bounds, int64_t pmd_seen)
{
	bounds->low = pmd_seen;
	bounds->high = INT64_MAX;
}

void entire_subpage(struct entire_bounds *bounds, int64_t count, int64_t pte_seen)
{
	if (count - pte_seen < bounds->high)
		bounds->high = count - pte_seen;
}

int64_t entire_value(const struct entire_bounds *bounds)
{
	return bounds->low == bounds->high ? bounds->low : UNKNOWN_COUNT;
}
