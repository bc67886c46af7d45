/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This machine's kernel, as counting needs it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/system.h"
#include "count/count.h"

#define OTHERS 1200 /* descriptors that are kept for all else, where there are many */
#define MOST 32768  /* of events: each is memory of the kernel's, and a call with every sample */

static int kernel_open(void *context, const struct count_event *event, pid_t tid)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = event->type,
		.config = event->config,
		.config1 = event->config1,
		.config2 = event->config2,
		.exclude_user = event->exclude_user,
		.exclude_kernel = event->exclude_kernel,
		.exclude_hv = event->exclude_hv,
		.inherit = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	long fd = syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	(void)context;
	return fd < 0 ? -errno : (int)fd;
}

static int kernel_read(void *context, int fd, struct count_reading *reading)
{
	uint64_t words[3];
	ssize_t n;

	(void)context;
	n = read(fd, words, sizeof(words));
	if (n != sizeof(words))
		return n < 0 ? -errno : -EIO;
	*reading = (struct count_reading){words[0], words[1], words[2]};
	return 0;
}

static void kernel_close_event(void *context, int fd)
{
	(void)context;
	close(fd);
}

static int ascending(const void *one, const void *other)
{
	const pid_t *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static int kernel_threads(void *context, pid_t pid, pid_t **tids, size_t *n)
{
	struct dirent *entry;
	size_t room = 0;
	char path[32];
	DIR *dir;
	int err;

	(void)context;
	*tids = NULL;
	*n = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? -ESRCH : -errno;
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		mem_grow(tids, &room, *n + 1, sizeof(**tids));
		(*tids)[(*n)++] = (pid_t)strtol(entry->d_name, NULL, 10);
	}
	err = -errno;
	closedir(dir);
	if (err == -ENOENT || err == -ESRCH)
		err = 0; /* it ended meanwhile */
	if (*n)
		qsort(*tids, *n, sizeof(**tids), ascending);
	return err ? err : *n ? 0 : -ESRCH;
}

static int kernel_began(void *context, pid_t pid, pid_t tid, uint64_t *ticks, pid_t *parent)
{
	char path[64], text[1024];
	struct stat_line line;
	ssize_t n;
	int fd, err;

	(void)context;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text));
	err = n < 0 ? -errno : 0;
	close(fd);
	if (!err)
		err = system_stat(text, (size_t)n, &line);
	if (err)
		return err;
	*ticks = line.start_time;
	*parent = (pid_t)line.ppid;
	return 0;
}

static uint64_t kernel_now(void *context)
{
	const uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * per_second + (uint64_t)now.tv_nsec * per_second / 1000000000;
}

static int kernel_paranoid(void *context)
{
	int fd = open("/proc/sys/kernel/perf_event_paranoid", O_RDONLY | O_CLOEXEC), value = INT_MIN;
	char text[16];
	ssize_t n;

	(void)context;
	if (fd < 0)
		return value;
	n = read(fd, text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		value = (int)strtol(text, NULL, 10);
	}
	close(fd);
	return value;
}

static size_t kernel_room(void *context)
{
	struct rlimit limit;
	size_t room;

	(void)context;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	room = limit.rlim_cur > 2UL * OTHERS ? limit.rlim_cur - OTHERS : limit.rlim_cur / 2;
	return room < MOST ? room : MOST;
}

const struct count_ops count_kernel = {
	.open = kernel_open,
	.read = kernel_read,
	.close = kernel_close_event,
	.threads = kernel_threads,
	.began = kernel_began,
	.now = kernel_now,
	.paranoid = kernel_paranoid,
	.room = kernel_room,
};
