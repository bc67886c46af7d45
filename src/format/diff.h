/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two moments, as text and as JSON Lines. */
#ifndef FORMAT_DIFF_H
#define FORMAT_DIFF_H

#include "core/diff.h"
#include "format/text.h"

/* What the two sides are called: a file, or "process 42". */
struct diff_names {
	const char *before, *after;
};

/*
 * For people: what of the machine differs, and of each process that does, its sums, VMAs and regions, those that changed alike
 * in one line; at the end how many. Made harmless for a terminal. Returns 0 or what the sink returned.
 */
int diff_write_text(const struct diff *diff, const struct diff_names *names,
		    const struct text_options *options, const struct sink *sink);

/* thpscope-snapshot(5), DIFFERENCES. Returns 0 or what the sink returned. */
int diff_write_json(const struct diff *diff, const struct diff_names *names, const struct sink *sink);

#endif
