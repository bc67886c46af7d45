/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be said of several decisive reasons together, by text and screen alike. */
#ifndef CORE_DECISIVE_H
#define CORE_DECISIVE_H

#include <string.h>

#include "core/why.h"

/* Whether it is a remedy to ask for a collapse, by thpscope or by the process itself (why_or_collapse). */
static inline bool decisive_but_asked(const struct why_reason *reason)
{
	return strstr(reason->remedy, "thpscope collapse ") || strstr(reason->remedy, "MADV_COLLAPSE");
}

/*
 * One sentence where more than one reason is decisive and a request does not overcome them all; else NULL. That pages may
 * not be written goes with there being none, or the zero page alone: what permits the write that mends that mends both.
 */
static inline const char *decisive_together(const struct why *why)
{
	bool refused = false, asked = false, unwritable = false, unwritten = false;
	size_t i, n = 0;

	for (i = 0; i < why->n; i++) {
		const struct why_reason *reason = &why->reasons[i];

		if (reason->weight != WHY_DECISIVE)
			continue;
		n++;
		refused |= reason->refused;
		asked |= decisive_but_asked(reason);
		unwritable |= !strcmp(reason->id, "not-writable");
		unwritten |= !strcmp(reason->id, "empty") || !strcmp(reason->id, "zero-page");
	}
	n -= unwritable && unwritten;
	return n > 1 && (refused || !asked)
		       ? "More than one reason is decisive: each by itself keeps the region from "
			 "being huge, and what mends one alone does not help."
		       : NULL;
}

#endif
