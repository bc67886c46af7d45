/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to the watched processes that nobody triggered here: the events of a live moment.
 *
 * Two witnesses. The kernel's records (trace/trace.h) tell of collapses and of forks, execs and exits, with who and when.
 * Comparing a moment with the live one before tells what is mapped otherwise by now, whoever did it; where a collapse
 * that the kernel told of explains it, that one's event has the region before and after as its effect, else it is an
 * EVENT_MAPPING of its own, with what vmstat's thp_* moved in the meantime (by anybody).
 *
 * What is told:
 *  - every try of a collapse of a watched process's memory, with the kernel's verdict; of mere looks that came to nothing
 *    one event a moment for each verdict, and none where there was nothing to do (huge already, or empty);
 *  - forks, execs and exits of watched processes and of those that descend from them since; without perf events only
 *    that a process has exited, which is when its last thread has;
 *  - regions that were and are mapped, and now otherwise (by ptes, by PMD), that are mapped by PMD no more, or whose
 *    memory was and is no more, or is and was not, in one whole huge page. Regions side by side that changed alike are
 *    one event. (Memory that was touched first, or was unmapped, is no event.)
 */
#ifndef LOCAL_HAPPENED_H
#define LOCAL_HAPPENED_H

#include "core/kernel.h"
#include "trace/trace.h"

struct happened;

/* A moment has no more events than so many; the rest is counted in one EVENT_LOST, whose result says how many. */
#define HAPPENED_MAX 256

/* An event has no more effects than so many; its addr and len cover all that it speaks of. */
#define HAPPENED_EFFECTS 16

/* Nothing is opened before it is needed. The kernel stays the caller's; the caller frees. */
struct happened *happened_new(struct kernel *kernel);
void happened_free(struct happened *happened); /* NULL is fine; as slow as trace_close */

/*
 * The source's own trace, opened at the first call; NULL: nothing is heard. If that is for want of descriptors or of memory,
 * calls a while later try again.
 */
struct trace *happened_trace(struct happened *happened);

/* After happened_trace: what is not heard and why, as trace_open says it; NULL: all is. Valid until the next happened_trace. */
const char *happened_unheard(const struct happened *happened);

/*
 * Reads what was heard since the last call, as trace_read, and keeps what matters of it for the next moment too: for
 * whoever triggers something and looks for the kernel's answer among the records. 0 where nothing can be heard.
 */
size_t happened_listen(struct happened *happened, const struct trace_record **records);

/*
 * A trigger's event is told by the one who triggered it, so that the next live moment does not tell it again: neither the
 * records by `caller` (a thread group: our own PID, or the specimen's member that made the call; its forks, and what else
 * it asked for) of from_ns..to_ns, both CLOCK_MONOTONIC, nor a change of the regions that event->addr and len touch in
 * event->pid, or that are among event->effects, unless they are found otherwise by then than the effects' `after`. Copies
 * what it needs.
 */
void happened_told(struct happened *happened, const struct event *event, pid_t caller, uint64_t from_ns,
		   uint64_t to_ns);

/*
 * Fills moment->events, in its arena: what happened since `last`, the live moment before (NULL: this is the first, there
 * is nothing yet). The moment is a live one that nobody has been given yet.
 */
void happened_fill(struct happened *happened, const struct moment *last, struct moment *moment);

#endif
