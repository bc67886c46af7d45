/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says by itself: opening, listening, closing. */
#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "trace/ring.h"

/* Of each CPU: some 900 forks and exits between two looks, which are 100 ms apart. A power of 2 of pages. */
#define RING_BYTES (64 << 10)
#define RECORD_LEAST 16 /* bytes; no record that matters is smaller */
#define COMMS 16

struct comm_of {
	pid_t pid;
	char comm[16];
};

struct trace {
	struct trace_point points[TRACE_POINTS];
	size_t n_points;
	struct trace_ring *rings; /* one a CPU */
	size_t n_rings;
	int *joined; /* the tracepoints' events on all CPUs */
	size_t n_joined, room_joined;
	struct buf bytes;		     /* of one ring, and of all others' rest */
	struct trace_record *found, *sorted; /* found: those kept from the last read are the first */
	size_t n_found, room_found, room_sorted;
	struct order *order;
	size_t room_order;
	struct comm_of comms[COMMS]; /* of the read under way */
	size_t n_comms;
};

struct order {
	uint64_t ns;
	size_t at;
};

static const struct trace_event tasks = {
	.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY, .tasks = true};

static const char *refusal(int err)
{
	if (err == -EACCES || err == -EPERM)
		return "perf events of all processes are forbidden here; run as root, or with CAP_PERFMON, "
		       "to hear "
		       "what the kernel does";
	if (err == -ENOSYS || err == -EOPNOTSUPP)
		return "this kernel has no perf events; one with CONFIG_PERF_EVENTS has";
	if (err == -EMFILE)
		return "too few files may be open at a time to hear what the kernel does; raise 'ulimit -n'";
	return "perf_event_open fails here, so what the kernel does is not heard";
}

static int folded(int err)
{
	if (err == -EPERM)
		return -EACCES;
	return err == -ENOSYS || err == -EOPNOTSUPP ? -ENOTSUP : err;
}

/* The tracepoints that there are; NULL, or why there is none. */
static const char *read_points(struct trace *trace)
{
	struct trace_point *point;
	const char *why;
	int err = trace_files_probe(&why);
	size_t i;

	for (i = 0; !err && i < TRACE_POINTS; i++) {
		point = &trace->points[trace->n_points];
		point->kind = trace_layouts[i].kind;
		trace->n_points += !trace_files_format(trace_layouts[i].name, &point->format) &&
				   trace_point_usable(point);
	}
	return why;
}

/* Opens what is heard on one CPU; one that is offline has nothing. */
static int open_cpu(struct trace *trace, int cpu)
{
	struct trace_ring *ring = &trace->rings[trace->n_rings];
	struct trace_event event = {.type = PERF_TYPE_TRACEPOINT};
	int fd, err = trace_ring_open(ring, &tasks, -1, cpu, RING_BYTES);
	size_t i;

	if (err)
		return err == -ENODEV ? 0 : err;
	trace->n_rings++;
	for (i = 0; i < trace->n_points; i++) {
		event.config = trace->points[i].format.id;
		fd = trace_ring_join(ring, &event, cpu);
		if (fd < 0)
			return fd;
		mem_grow(&trace->joined, &trace->room_joined, trace->n_joined + 1, sizeof(int));
		trace->joined[trace->n_joined++] = fd;
	}
	return 0;
}

static int open_all(struct trace *trace)
{
	const int n = (int)sysconf(_SC_NPROCESSORS_CONF);
	int cpu, err = 0;

	trace->rings = mem_alloc((size_t)n * sizeof(*trace->rings));
	for (cpu = 0; !err && cpu < n; cpu++)
		err = open_cpu(trace, cpu);
	return err ? err : trace->n_rings ? 0 : -ENODEV;
}

int trace_open(struct trace **out, char *error, size_t size)
{
	struct trace *trace = mem_alloc(sizeof(*trace));
	const char *why = read_points(trace);
	int err = open_all(trace);

	if (err) {
		trace_close(trace);
		snprintf(error, size, "%s", refusal(err));
		return folded(err);
	}
	snprintf(error, size, "%s", why ? why : "");
	*out = trace;
	return 0;
}

void trace_close(struct trace *trace)
{
	size_t i;

	if (!trace)
		return;
	for (i = 0; i < trace->n_joined; i++)
		close(trace->joined[i]);
	for (i = 0; i < trace->n_rings; i++)
		trace_ring_close(&trace->rings[i]);
	free(trace->joined);
	free(trace->rings);
	buf_fini(&trace->bytes);
	free(trace->found);
	free(trace->sorted);
	free(trace->order);
	free(trace);
}

bool trace_hears(const struct trace *trace, enum trace_kind kind)
{
	size_t i;

	for (i = 0; i < trace->n_points; i++)
		if (trace->points[i].kind == kind)
			return true;
	return kind == TRACE_FORK || kind == TRACE_EXEC || kind == TRACE_EXIT || kind == TRACE_LOST;
}

const char *trace_missing(void)
{
	struct trace_ring ring;
	const char *why;
	int err = trace_files_probe(&why);

	if (err)
		return why;
	err = trace_ring_open(&ring, &tasks, -1, 0, 0);
	if (err)
		return refusal(err);
	trace_ring_close(&ring);
	return NULL;
}

static void read_comm(pid_t pid, char *comm, size_t size)
{
	char path[32];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, comm, size - 1);
		close(fd);
	}
	comm[n > 0 ? n : 0] = '\0';
	if (n > 0 && comm[n - 1] == '\n')
		comm[n - 1] = '\0';
}

/* Of who asks for collapses there are few; of forks there may be many, and who made them is known otherwise. */
static void name_caller(struct trace *trace, struct trace_record *record)
{
	struct comm_of *comm;
	size_t i;

	for (i = 0; i < trace->n_comms; i++)
		if (trace->comms[i].pid == record->by)
			break;
	if (i == COMMS)
		i = (size_t)record->by % COMMS;
	comm = &trace->comms[i];
	if (i == trace->n_comms || comm->pid != record->by) {
		comm->pid = record->by;
		read_comm(record->by, comm->comm, sizeof(comm->comm));
		trace->n_comms += i == trace->n_comms;
	}
	memcpy(record->by_comm, comm->comm, sizeof(record->by_comm));
}

static bool has_caller(enum trace_kind kind)
{
	return kind == TRACE_SCAN_PMD || kind == TRACE_COLLAPSE || kind == TRACE_SCAN_FILE ||
	       kind == TRACE_COLLAPSE_FILE;
}

static void read_ring(struct trace *trace, struct trace_ring *ring)
{
	size_t used;

	buf_clear(&trace->bytes);
	trace_ring_take(ring, &trace->bytes);
	if (!trace->bytes.len)
		return;
	mem_grow(&trace->found, &trace->room_found, trace->n_found + trace->bytes.len / RECORD_LEAST,
		 sizeof(*trace->found));
	trace->n_found += trace_parse((const uint8_t *)trace->bytes.data, trace->bytes.len, trace->points,
				      trace->n_points, trace->found + trace->n_found,
				      trace->bytes.len / RECORD_LEAST, &used);
}

static int by_time(const void *one, const void *other)
{
	const struct order *a = one, *b = other;

	if (a->ns != b->ns)
		return a->ns < b->ns ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/*
 * The rings are read one after another, and a child may end on the last one while the first, which has its fork, has been
 * read. So what is younger than the beginning of the read waits for the next: then whatever a record follows from has been
 * read with it, or before.
 */
size_t trace_read(struct trace *trace, const struct trace_record **records)
{
	uint64_t begun = clock_mono_ns();
	size_t i, n = 0;

	trace->n_comms = 0;
	for (i = 0; i < trace->n_rings; i++)
		read_ring(trace, &trace->rings[i]);
	mem_grow(&trace->order, &trace->room_order, trace->n_found, sizeof(*trace->order));
	mem_grow(&trace->sorted, &trace->room_sorted, trace->n_found, sizeof(*trace->sorted));
	for (i = 0; i < trace->n_found; i++)
		trace->order[i] = (struct order){trace->found[i].mono_ns, i};
	if (trace->n_found)
		qsort(trace->order, trace->n_found, sizeof(*trace->order), by_time);
	/* From after now? Then it is not by our clock, which has the offset of a time namespace, and nothing can be told by that. */
	if (trace->n_found && trace->order[trace->n_found - 1].ns > clock_mono_ns())
		begun = UINT64_MAX;
	for (i = 0; i < trace->n_found; i++) {
		trace->sorted[i] = trace->found[trace->order[i].at];
		n += trace->sorted[i].mono_ns <= begun;
	}
	for (i = 0; i < n; i++)
		if (has_caller(trace->sorted[i].kind))
			name_caller(trace, &trace->sorted[i]);
	trace->n_found -= n;
	if (trace->n_found)
		memcpy(trace->found, trace->sorted + n, trace->n_found * sizeof(*trace->found));
	*records = trace->sorted;
	return n;
}
