/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A walk: loads from random places, for a time, in between what the specimen is told. */
#ifndef SPECIMEN_WALK_H
#define SPECIMEN_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "local/wire.h"

/* Begins one, in the place of another. */
void walk_begin(const struct specimen_request *request);

/* Ends it: also of a child, which inherits none. */
void walk_end(void);

/* Loads for about a millisecond; false: there is no walk, or it has just ended. */
bool walk_on(void);

/* CLOCK_MONOTONIC, ns. */
uint64_t walk_now(void);

#endif
