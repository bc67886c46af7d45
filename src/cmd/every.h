/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A steady beat, until a signal or the reader ends it. One at a time: signals are the process's. */
#ifndef CMD_EVERY_H
#define CMD_EVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source.h"

struct every {
	uint64_t interval_ns, next_ns, end_ns; /* CLOCK_MONOTONIC; end: no beat behind it */
};

/*
 * The first beat is now, the others are whole intervals after it; for_ns 0: without end. From here on SIGINT, SIGTERM and
 * SIGHUP are taken note of (an ignored one stays ignored), and their second one ends the program; a file over its limit
 * is an error of write. The first one interrupts `source` (source_interrupt), so that a call under way that waits for a
 * far end returns soon.
 */
void every_begin(struct every *every, uint64_t interval_ns, uint64_t for_ns, struct source *source);

/*
 * Waits for the next beat; those that have passed meanwhile are left out. False: the time is over, or a signal came. Where
 * whoever reads `fd` is gone, the program ends as by a write to it (SIGPIPE).
 */
bool every_wait(struct every *every, int fd);

/* The signal that came, or 0. */
int every_signal(void);

/* Gives the signals back; the source may be closed from then on. */
void every_end(void);

#endif
