/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which threads of a process are left. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/system.h"
#include "trace/trace.h"

#define STAT_MAX 1024 /* bytes; 52 numbers and a name */

static bool is_left(pid_t pid, pid_t tid)
{
	char path[48], text[STAT_MAX];
	struct stat_line stat;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	return n > 0 && !system_stat(text, (size_t)n, &stat) && stat.state != 'Z' && stat.state != 'X' &&
	       !(stat.flags & PF_EXITING);
}

pid_t trace_thread_left(pid_t pid)
{
	const struct dirent *entry;
	pid_t left = is_left(pid, pid) ? pid : 0, tid;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = left ? NULL : opendir(path);
	while (dir && !left && (entry = readdir(dir))) {
		tid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (tid > 0 && tid != pid && is_left(pid, tid))
			left = tid;
	}
	if (dir)
		closedir(dir);
	return left;
}
