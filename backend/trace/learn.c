/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mm is whose: asked of the kernel in passing, when it takes the lock of that mm for us. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/ring.h"

#define LOCKING "mmap_lock/mmap_lock_start_locking"

/* More than the records of one read of pagemap, which takes the lock once or twice. */
#define LEARN_BYTES 4096

/*
 * pagemap_read (fs/proc/task_mmu.c) takes the lock of the process's mm before anything else takes one on this thread: the
 * first record is of it. A process without an mm has 0 bytes to read.
 */
static uint64_t learn(struct trace_ring *ring, const struct trace_format *format, pid_t pid)
{
	const pid_t tid = trace_thread_left(pid);
	struct buf records = {0};
	uint64_t word = 0, mm = 0;
	char path[48];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/pagemap", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ioctl(ring->fd, PERF_EVENT_IOC_ENABLE, 0);
	n = pread(fd, &word, sizeof(word), 0);
	ioctl(ring->fd, PERF_EVENT_IOC_DISABLE, 0);
	close(fd);
	trace_ring_take(ring, &records);
	if (n > 0)
		mm = trace_parse_mm((const uint8_t *)records.data, records.len, format);
	buf_fini(&records);
	return mm;
}

void trace_learn(const pid_t *pids, size_t n, uint64_t *mms)
{
	struct trace_event event = {.type = PERF_TYPE_TRACEPOINT, .disabled = true};
	struct trace_format format;
	struct trace_ring ring;
	int err = trace_files_format(LOCKING, &format);
	size_t i;

	event.config = format.id;
	if (!err)
		err = trace_ring_open(&ring, &event, 0, -1, LEARN_BYTES);
	for (i = 0; i < n; i++)
		mms[i] = err ? 0 : learn(&ring, &format, pids[i]);
	if (!err)
		trace_ring_close(&ring);
}
