/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says by itself: collapses and their verdicts, forks, execs and exits, from perf events.
 *
 * Verdicts come from the tracepoints huge_memory:* (include/trace/events/huge_memory.h), whose fields and status words
 * are read from each one's format file, because both move between kernels; a tracepoint that this kernel has not is
 * left out. Forks, execs and exits are perf's own records (PERF_RECORD_FORK, _COMM with COMM_EXEC, _EXIT; perf_event.h),
 * which need no tracefs and cost less than the tracepoints sched:*. All of it vanishes with the process that opened it,
 * whatever its end: no tracefs instance is made, and where nobody has mounted tracefs it is read on a mount that is in no
 * namespace and goes with its descriptor.
 *
 * Order: trace_open, then any of the calls, trace_close. One thread at a time; a trace hears only what happens after
 * trace_open has returned. Two traces do not take each other's records.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum trace_kind {
	TRACE_SCAN_PMD, /* mm_khugepaged_scan_pmd: a look at a slot of anonymous memory; also the last word on it
				if it never came to a try */
	TRACE_COLLAPSE, /* mm_collapse_huge_page: a try on it, and what came of it. Comes before the look's record */
	TRACE_SCAN_FILE,     /* mm_khugepaged_scan_file: the same two for files and shmem */
	TRACE_COLLAPSE_FILE, /* mm_khugepaged_collapse_file */
	TRACE_FORK,	     /* by made child, a process (threads are left out) */
	TRACE_EXEC,	     /* by runs another program; by_comm is the new name */
	TRACE_EXIT, /* a thread of by ends, any; its process has ended if trace_thread_left() finds no other */
	TRACE_LOST, /* `lost` records did not fit into the ring buffer */
	TRACE_KIND_COUNT
};

/*
 * by_comm: of the first four kinds what /proc/PID/comm says when the record is read, "" if nobody is there any more; of
 * EXEC the new name; else "".
 */
struct trace_record {
	enum trace_kind kind;
	uint64_t mono_ns; /* CLOCK_MONOTONIC */
	pid_t by; /* who did it: the process (thread group), khugepaged's PID for what that does; of LOST 0 */
	pid_t by_tid; /* its thread; of LOST 0 */
	char by_comm[16];
	uint64_t mm;	 /* the kernel's address of the mm concerned (trace_learn); 0: the record has none */
	uint64_t pfn;	 /* SCAN_*: the last page looked at; COLLAPSE_FILE: the new folio; or TRACE_NO_PFN */
	uint64_t addr;	 /* COLLAPSE_FILE: where in the mm; else 0 */
	char status[40]; /* the kernel's word, "succeeded"; where it has none the number; else "" */
	pid_t child;	 /* of FORK */
	uint64_t lost;	 /* of LOST */
};

#define TRACE_NO_PFN UINT64_MAX

struct trace;

/*
 * Starts to listen. 0: something can be heard; error is then "" if all of it can, else a sentence on what cannot and
 * what would give it (no tracefs: forks, execs and exits only). Else a negative errno with the sentence:
 * -EACCES not permitted, -ENOTSUP this kernel has no perf events, and what perf_event_open said.
 */
int trace_open(struct trace **trace, char *error, size_t size);

/* NULL is fine. Takes some 150 ms, in which nothing runs: for each tracepoint the kernel waits until RCU is at rest. */
void trace_close(struct trace *trace);

/* Whether records of this kind can come. */
bool trace_hears(const struct trace *trace, enum trace_kind kind);

/*
 * NULL if a trace would hear everything; else why not, and what would give it: a static sentence. Cheap enough for every
 * start: one format file, one event opened and closed, none of them a tracepoint's.
 */
const char *trace_missing(void);

/*
 * All records of what happened since the last call began and before this one did, ascending by time; they are valid until
 * the next call. Several hundred thousand a second are read in little time; what overran the buffers is a LOST.
 */
size_t trace_read(struct trace *trace, const struct trace_record **records);

/*
 * The mms of n PIDs, as the records have them; 0: it could not be learnt, for the process is gone, has no address space, or is
 * not ours to look into, or this kernel has no such tracepoint. Changes nothing, neither in the process nor in its memory:
 * one word of its /proc/PID/pagemap is read, with the tracepoint mmap_lock:mmap_lock_start_locking (Linux 5.11) open on our own thread
 * only, which says of which mm the kernel takes the lock for us. (Where the main thread has ended, it is another thread's word.) (A MADV_COLLAPSE that finds nothing to do would tell as
 * much, but between the look and the call there may be something to do.) An exec gives the process another mm. Needs no
 * trace. Takes some 50 ms, as trace_close does; several at once take no longer.
 */
void trace_learn(const pid_t *pids, size_t n, uint64_t *mms);

/*
 * A thread of the process that has not begun to end, the main one before all others; 0: there is none, so that the
 * process has ended, or there is no such process. A process outlives its main thread, by pthread_exit(), and so does its
 * memory. (An ending thread has PF_EXITING, in /proc/PID/stat, from before its TRACE_EXIT on: do_exit(), kernel/exit.c.)
 */
pid_t trace_thread_left(pid_t pid);

#endif
