/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is counted while a watched process runs: events of the processor's PMU, and the kernel's own software events
 * (perf_event_open(2)).
 */
#ifndef CORE_COUNTER_H
#define CORE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct counter {
	const char *name; /* as it was asked for, or the default's: "dTLB-load-misses" */
	bool hardware;	  /* of a PMU; else the kernel counts it */
	/*
	 * Events of the process and of the children that it had since counting began, from then on. Where more events than
	 * the PMU has counters take turns it is an estimate: what was counted, times enabled over running.
	 */
	uint64_t value;
	uint64_t enabled_ns; /* CPU time of theirs in which it was to count, over all threads */
	uint64_t running_ns; /* and in which it did */
	const char *
		missing; /* why it is not counted for this process, one sentence, and value is 0; NULL: it is */
};

/* Whether its value is an estimate. */
static inline bool counter_scaled(const struct counter *counter)
{
	return counter->running_ns < counter->enabled_ns;
}

#endif
