/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle page tracking: one file for the whole machine, a bit a frame (mm/page_idle.c). */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "proc/internal.h"

#define FRAMES 64 /* in a word */

/* Opened when somebody measures, and not before: whoever only looks at maps need not be able to. */
static int reach(struct proc_kernel *proc)
{
	if (proc->idle == -EBADF) {
		proc->idle = openat(proc->root, "sys/kernel/mm/page_idle/bitmap", O_RDWR | O_CLOEXEC);
		if (proc->idle < 0)
			proc->idle = proc_errno();
	}
	return proc->idle;
}

int proc_idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words)
{
	const int fd = reach((struct proc_kernel *)kernel);
	size_t done = 0, want = n * sizeof(*words);
	ssize_t put;

	if (fd < 0)
		return fd;
	while (done < want) {
		put = pwrite(fd, (const char *)words + done, want - done,
			     (off_t)(pfn / FRAMES * sizeof(*words) + done));
		if (put < 0 && errno == EINTR)
			continue;
		/* ENXIO: past the last frame, of which none is there to be marked. */
		if (put < 0)
			return errno == ENXIO ? 0 : proc_errno();
		/* Of the last word not all bits are frames: it is taken, and not counted (page_idle_bitmap_write). */
		if (!put)
			return 0;
		done += (size_t)put;
	}
	return 0;
}

ssize_t proc_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	const int fd = reach((struct proc_kernel *)kernel);

	return fd < 0 ? fd : proc_words(fd, pfn / FRAMES, n, words);
}
