/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is counted while a watched process runs: events of the processor's PMU, and the kernel's own software events
 * (perf_event_open(2)).
 */
#ifndef CORE_COUNTER_H
#define CORE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#define COUNTERS_MOST 32 /* of a process */

/*
 * Of a family each process is counted once. Counting is inherited: what a process's threads and child processes that were
 * started since do, and theirs, is in its figures, whether they are watched too or not, and stays there when they end. Such a
 * child, if it is watched (watch.follow), has counters that are all missing, and say in whose figures it is. Whoever was
 * there before the counting of its parent began has figures of its own, or none where it is not watched. So the sum over
 * all processes of a moment is that of all that is counted.
 */
struct counter {
	/* As it was asked for, or the default's: "dTLB-load-misses"; with ":u" behind it where only user space may be counted. */
	const char *name;
	bool hardware; /* of a PMU; else the kernel counts it */
	/*
	 * Events since counting began. Where more events than the PMU has counters take turns it is an estimate: what was
	 * counted, times enabled over running (thread by thread of those that were there when it began); never less than
	 * before.
	 */
	uint64_t value;
	uint64_t enabled_ns; /* CPU time of theirs in which it was to count, over all threads */
	uint64_t running_ns; /* and in which it did */
	const char *
		missing; /* why it is not counted for this process, one sentence, and all else is 0; NULL: it is */
};

/* What two readings of one counter, one after the other, tell of what lies between them. */
enum counter_told {
	COUNTER_TOLD,
	COUNTER_LATER, /* nothing yet: a later one may, together with the first */
	COUNTER_RESET, /* nothing: it was begun anew in between, or one of them is missing */
};

/* *counted and *estimate where it is told. */
enum counter_told counter_between(const struct counter *then, const struct counter *now, uint64_t *counted,
				  bool *estimate);

/* Whether its value is an estimate. */
static inline bool counter_scaled(const struct counter *counter)
{
	return counter->running_ns < counter->enabled_ns;
}

#endif
