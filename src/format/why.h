/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reasons why a region is not huge, as text and as a line of JSON. */
#ifndef FORMAT_WHY_H
#define FORMAT_WHY_H

#include "core/why.h"
#include "format/text.h"

/* Appends paragraphs of options->width columns (0: 80), made harmless for a terminal. */
void text_why(struct buf *out, const struct why *why, const struct text_options *options);

/* Appends one line, {"type":"why",...}, described in thpscope-snapshot(5). */
void json_why(struct buf *out, const struct why *why);

#endif
