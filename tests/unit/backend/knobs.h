/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs of a test, changed back whatever becomes of it. */
#ifndef TESTS_KNOBS_H
#define TESTS_KNOBS_H

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/trace.h"

#define KHUGEPAGED "/sys/kernel/mm/transparent_hugepage/khugepaged/"
#define KNOBS 4

struct knobs {
	char paths[KNOBS][128], values[KNOBS][64];
	int n, lock, pipe;
	pid_t guardian;
};

static inline int knob_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = -1;

	if (fd < 0)
		return -1;
	err = write(fd, value, strlen(value)) < 0 ? -1 : 0;
	close(fd);
	return err;
}

/* One more knob that knobs_guard is to change back. */
static inline int knob_note(struct knobs *knobs, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, knobs->values[knobs->n], sizeof(knobs->values[0]) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return -1;
	snprintf(knobs->paths[knobs->n++], sizeof(knobs->paths[0]), "%s", path);
	return 0;
}

/* The lock that all tests take which change the machine (guarded() in tests/live/live.py); before knob_note. */
static inline void knobs_lock(struct knobs *knobs)
{
	const char *dir = getenv("TMPDIR");
	char path[256];

	memset(knobs, 0, sizeof(*knobs));
	snprintf(path, sizeof(path), "%s/thpscope-tests.lock", dir && *dir ? dir : "/tmp");
	knobs->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	flock(knobs->lock, LOCK_EX);
}

/* From now on a process of its own changes them back when we end, or call knobs_release. */
static inline void knobs_guard(struct knobs *knobs)
{
	int ends[2], i;
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		abort();
	knobs->guardian = fork();
	if (!knobs->guardian) {
		setsid();
		close(ends[1]);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		while (read(ends[0], &byte, 1) > 0)
			;
		for (i = 0; i < knobs->n; i++)
			knob_write(knobs->paths[i], knobs->values[i]);
		_exit(0);
	}
	close(ends[0]);
	knobs->pipe = ends[1];
}

static inline void knobs_release(struct knobs *knobs)
{
	close(knobs->pipe);
	waitpid(knobs->guardian, NULL, 0);
	close(knobs->lock);
	knobs->lock = -1;
}

#endif
