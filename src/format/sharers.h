/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who maps a folio, as lines of thpscope-snapshot(5) and as a table for people. */
#ifndef FORMAT_SHARERS_H
#define FORMAT_SHARERS_H

#include "core/sharers.h"
#include "format/sink.h"
#include "format/text.h"

/*
 * A sharers line, a sharer line for each stretch, an end line. Numbers that are not known are left out. Returns 0 or
 * what the sink returned. Pure but for the sink; any thread.
 */
int json_write_sharers(const struct sharers *sharers, const struct sink *sink);

/* The folio, a table that fits 80 columns, and what it adds up to; names are escaped. Of the options, ascii counts. */
int text_write_sharers(const struct sharers *sharers, const struct text_options *options,
		       const struct sink *sink);

#endif
