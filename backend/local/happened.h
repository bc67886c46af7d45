/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to the watched processes that nobody triggered here: the events of a live moment.
 *
 * Two witnesses. The kernel's tracepoints (trace/trace.h) tell of collapses and of forks, execs and exits, with who
 * and when. Comparing a moment with the live one before tells what is mapped otherwise by now, whoever did it; where a
 * collapse told by the kernel explains it, that one's event has the region before and after as its effect, else it is an
 * EVENT_MAPPING of its own, with what vmstat's thp_* moved in the meantime (by anybody).
 */
#ifndef LOCAL_HAPPENED_H
#define LOCAL_HAPPENED_H

#include "core/moment.h"
#include "trace/trace.h"

struct happened;

/* A moment has no more events than so many; the rest is in one EVENT_LOST at its end, result saying how many. */
#define HAPPENED_MAX 256

/* Nothing is opened before it is needed. The owner frees it. */
struct happened *happened_new(void);
void happened_free(struct happened *happened); /* NULL is fine */

/* The source's own trace, opened at the first call; NULL: nothing can be heard (trace_probe says why). */
struct trace *happened_trace(struct happened *happened);

/*
 * Reads what was heard since the last call, as trace_read, and keeps it for the next moment too: for the one that
 * triggers something and looks for the kernel's answer among the records. 0 where nothing can be heard.
 */
size_t happened_listen(struct happened *happened, const struct trace_record **records);

/*
 * A trigger's event was told by the one who triggered it, so that the next live moment does not tell it again: records
 * by `caller` (a thread group: our own PID, or the specimen's member that made the call) of from_ns..to_ns, both
 * CLOCK_MONOTONIC and from before the trigger until after what it caused was read, and changes of the regions in
 * event->effects, and of those that event->addr and len touch in event->pid, if they are found as their `after` has
 * them. The event is read during the call only. Copied: what matters of it.
 */
void happened_told(struct happened *happened, const struct event *event, pid_t caller, uint64_t from_ns,
		   uint64_t to_ns);

/*
 * Fills moment->events, in its arena: what happened since `last`, the live moment before (NULL: this is the first, there
 * is nothing yet). The moment must not have been given to anybody.
 */
void happened_fill(struct happened *happened, const struct moment *last, struct moment *moment);

#endif
