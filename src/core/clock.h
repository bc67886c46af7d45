/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's clocks as one number. Any thread, a handler of signals, and a child after fork may ask. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of a clock. */
uint64_t clock_ns(clockid_t clock);

/* Of CLOCK_MONOTONIC. */
uint64_t clock_mono_ns(void);

#endif
