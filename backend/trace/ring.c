/* SPDX-License-Identifier: GPL-2.0-or-later */
/* perf events and their ring buffers. */
#include "trace/ring.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int event_open(const struct trace_event *event, pid_t pid, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = event->type,
		.config = event->config,
		.sample_period = 1,
		.sample_type = TRACE_SAMPLE_TYPE,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.disabled = event->disabled,
		.task = event->tasks,
		.comm = event->tasks,
		.comm_exec = event->tasks,
		.watermark = 1, /* nobody waits for it: */
		.wakeup_watermark = UINT32_MAX,
	};
	long fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

int trace_ring_open(struct trace_ring *ring, const struct trace_event *event, pid_t pid, int cpu,
		    size_t bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *mapped;

	*ring = (struct trace_ring){.fd = event_open(event, pid, cpu)};
	if (ring->fd < 0) {
		int err = ring->fd;

		ring->fd = -1;
		return err;
	}
	/* The control page, then a power of 2 of pages. */
	ring->size = page + (bytes > page ? bytes : page);
	mapped = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (mapped == MAP_FAILED) {
		int err = -errno;

		close(ring->fd);
		ring->fd = -1;
		return err;
	}
	ring->page = mapped;
	return 0;
}

void trace_ring_close(struct trace_ring *ring)
{
	if (ring->fd < 0)
		return;
	munmap(ring->page, ring->size);
	close(ring->fd);
	ring->fd = -1;
}

int trace_ring_join(const struct trace_ring *ring, const struct trace_event *event, int cpu)
{
	int err, fd = event_open(event, -1, cpu);

	if (fd < 0 || !ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring->fd))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* data_head is the kernel's, data_tail ours; both only grow (perf_event.h, struct perf_event_mmap_page). */
void trace_ring_take(struct trace_ring *ring, struct buf *out)
{
	const uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	const uint64_t size = ring->page->data_size;
	const char *data = (const char *)ring->page + ring->page->data_offset;
	uint64_t tail = ring->page->data_tail, n;

	while (tail < head) {
		n = size - tail % size;
		if (n > head - tail)
			n = head - tail;
		buf_add(out, data + tail % size, n);
		tail += n;
	}
	__atomic_store_n(&ring->page->data_tail, tail, __ATOMIC_RELEASE);
}
