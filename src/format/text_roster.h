/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A roster as a table for people and for awk: a process a line, numbers in kB. */
#ifndef FORMAT_TEXT_ROSTER_H
#define FORMAT_TEXT_ROSTER_H

#include "core/roster.h"
#include "format/text.h"

/*
 * Writes all processes but kernel threads, those with most huge memory first; "-" stands where nothing could be looked
 * into, "?" where a number is not known. Lines are as long as their command is (options' width is not heeded); names
 * are escaped as in text_write. Returns 0 or what the sink returned.
 */
int text_write_roster(const struct roster_view *roster, const struct text_options *options,
		      const struct sink *sink);

#endif
