/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment's regions as CSV, a line each: for spreadsheets and data frames. */
#ifndef FORMAT_CSV_H
#define FORMAT_CSV_H

#include <stdbool.h>

#include "core/moment.h"
#include "format/sink.h"

/*
 * Writes a line for each region of the moment, as RFC 4180 has it: fields with commas between, CR LF behind each line. The
 * fields are those of the snapshot format, by the names there; what is not known is empty. `header`: their names first.
 *
 * Names of processes and files may hold anything. They are written as line_safe does, and semicolons, at which some
 * spreadsheets cut, as \x3b, so that each region is one line; and one that begins with = + - @ (wide ones too) or ' has a '
 * in front, so that no spreadsheet takes it for a formula. Returns 0 or what the sink returned. Pure but for the sink; any
 * thread.
 */
int csv_write(const struct moment *moment, bool header, const struct sink *sink);

#endif
