/* SPDX-License-Identifier: GPL-2.0-or-later */
/* perf events and their ring buffers; and the tracepoints that tracefs describes. */
#ifndef TRACE_RING_H
#define TRACE_RING_H

#include <linux/perf_event.h>

#include "core/buf.h"
#include "trace/records.h"

/* A ring buffer, and the event that owns it. */
struct trace_ring {
	int fd; /* -1: none */
	struct perf_event_mmap_page *page;
	size_t size; /* bytes mapped */
};

/*
 * Opens an event with a ring buffer. type and config as in perf_event_attr, `tasks`: forks, execs and exits come in too,
 * `disabled`: until PERF_EVENT_IOC_ENABLE. 0 or a negative errno.
 */
struct trace_event {
	uint32_t type;
	uint64_t config;
	bool tasks;
	bool disabled;
};
int trace_ring_open(struct trace_ring *ring, const struct trace_event *event, pid_t pid, int cpu,
		    size_t bytes);
void trace_ring_close(struct trace_ring *ring); /* unless fd is -1 */

/* One more event of all processes on this CPU, into the ring buffer that is there. An open file, or a negative errno. */
int trace_ring_join(const struct trace_ring *ring, const struct trace_event *event, int cpu);

/* Appends what is in the buffer, whole records, and makes its place free. */
void trace_ring_take(struct trace_ring *ring, struct buf *out);

/* A file of tracefs, from events/ on ("huge_memory/mm_collapse_huge_page"): its format. 0 or a negative errno. */
int trace_files_format(const char *name, struct trace_format *format);

/*
 * What keeps us from the tracepoints (tracefs is not there, may not be read, has no huge_memory): a static sentence in
 * *why and a negative errno; or 0 and NULL.
 */
int trace_files_probe(const char **why);

#endif
