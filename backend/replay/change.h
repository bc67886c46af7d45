/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether something that a map shows is another than in the moment before. */
#ifndef REPLAY_CHANGE_H
#define REPLAY_CHANGE_H

#include "core/moment.h"

/*
 * Whether this line of a delta says so: a VMA comes or goes; of a region mapping, backing, or how much is present changes,
 * or by how many PMDs it is mapped. Mapcounts of single pages do not count: those of libraries move with whatever else
 * starts and ends on the machine. `type` is the line's.
 */
bool change_in(const char *type, const char *line, size_t len);

/* Of two whole moments: by what a delta between them would have. */
bool change_between(const struct moment *before, const struct moment *now);

/* The type of a line as delta_write writes it, "" if it does not begin like one. */
#define CHANGE_TYPE 16
const char *change_type(const char *line, size_t len, char type[CHANGE_TYPE]);

#endif
