/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of made-up moments, for the tests of the views. */
#ifndef UI_COUNTS_H
#define UI_COUNTS_H

#include "core/moment.h"

#define COUNTS_S UINT64_C(1000000000)

/* The first n (up to 6) of some usual counters, in each of its processes that can be read: `value` and more of each. */
void counts_put(struct moment *moment, size_t n, uint64_t value);

/* The same counter of all its processes. */
void counts_set(struct moment *moment, size_t counter, const struct counter *value);

#endif
