/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which regions that are not huge are used most, as lines for a wire and as a table for people. */
#ifndef FORMAT_HEAT_H
#define FORMAT_HEAT_H

#include "core/heat.h"
#include "format/sink.h"

/* A heat line, a hot line for each region by address, an end line. 0 or what the sink returned. */
int json_write_heat(const struct heat *heat, const struct sink *sink);

/* As a process line of a snapshot has it: appends ,"heat":{...}. And a region's: nothing where it is not known. */
void json_heat_process(struct buf *out, const struct heat *heat);
void json_heat_region(struct buf *out, const struct heat *heat, uint64_t start);

/* Appends the way and the ranking, at most so many regions of it, then what the way does not tell: lines as wide as that. */
void text_heat(struct buf *out, const struct heat *heat, size_t most, unsigned width, bool ascii);

/* The regions alone: "  1  7f0000000000   512 of 512 pages  100 %   pte, small". */
void text_heat_rank(struct buf *out, const struct heat *heat, size_t rank);

/* Appends to a line what the way does not tell, behind two blanks: first of all if the ranking ranks nothing, last what the better ways lack. */
void text_heat_limits(struct buf *line, const struct heat *heat, bool ascii);

#endif
