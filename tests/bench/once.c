/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command with its output thrown away and prints "SECONDS PEAK-KB STATUS". A program of its own because
 * a child's peak memory begins with that of the process that spawned it, and Python's is large. With -r the
 * command runs with real-time priority, so that nobody preempts it while it holds a lock.
 */
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	const struct sched_param priority = {.sched_priority = 1};
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start, end;
	int fd, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	for (fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
	if (argc > 1 && !strcmp(argv[1], "-r")) {
		if (sched_setscheduler(0, SCHED_FIFO, &priority))
			perror("once: real-time priority");
		argc--, argv++;
	}
	start = now();
	if (argc < 2 || posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ)) {
		fprintf(stderr, "usage: once [-r] COMMAND [ARG...]\n");
		return 2;
	}
	if (wait4(pid, &status, 0, &usage) != pid)
		return 1;
	end = now();
	printf("%.9f %ld %d\n", end - start, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	return 0;
}
