/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, sizes and wrapped sentences for text that people read. */
#ifndef FORMAT_TEXT_LINE_H
#define FORMAT_TEXT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

/* Whether a character is seen, and can neither reorder nor end a line on a terminal (Unicode's Cc, Cf, Zl, Zp and
 * noncharacters do). */
bool line_shows(uint32_t code);

/*
 * Appends text as it may safely be shown: control and format characters and bytes that are no UTF-8 become
 * \xNN, \uNNNN or \UNNNNNNNN, a backslash becomes two, so that what differs is written differently; with `ascii` all
 * that is not ASCII becomes \xNN. Returns the columns it takes.
 */
unsigned line_safe(struct buf *out, const char *text, bool ascii);

/* The same in at most `room` columns: of a longer text the end, behind an ellipsis. */
unsigned line_safe_end(struct buf *out, const char *text, bool ascii, unsigned room);

/* "20 MiB", "3.2 GiB", "512 KiB": rounded down to a tenth. line_size_kb takes kB. */
void line_size(struct buf *out, uint64_t bytes);
void line_size_kb(struct buf *out, uint64_t kb);

/* "95.5 %" of whole, rounded down, "<0.1 %" of what is something; nothing if whole is 0. */
void line_share(struct buf *out, uint64_t part, uint64_t whole);

/*
 * Appends words (safe already) broken at spaces, keeping those in front; continuation lines are indented. Ends
 * with a newline.
 */
void line_wrap(struct buf *out, unsigned width, unsigned indent, const char *text);

/* Spaces until the text from `from` (ASCII) on is `columns` long. */
void line_pad(struct buf *out, size_t from, unsigned columns);

#endif
