/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes to be triggered on: what they do, what they tell over shared memory, and what is to be seen of them. */
#ifndef TESTS_TARGET_COMMON_H
#define TESTS_TARGET_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../skip.h"
#include "proc/proc.h"
#include "target/target.h"

#define TRIES 5000 /* of 2 ms: a bound, not a wait */
#define REGION (UINT64_C(2) << 20)
#define REGIONS 4
#define WORKERS 4

/* What a child and its test share. */
struct told {
	_Atomic int ready;
	_Atomic int bad;     /* a worker read something that it had not written */
	_Atomic int signals; /* handled */
	_Atomic long answer; /* of a call that was interrupted, and its errno */
	_Atomic int answer_errno;
	_Atomic int stop;
	_Atomic uint64_t progress[WORKERS];
	_Atomic uint64_t memory; /* REGIONS regions, aligned */
	_Atomic int pid;
};

struct child {
	pid_t pid;
	struct told *told;
};

static inline void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

#define UNTIL(condition)                                                                                     \
	do {                                                                                                 \
		int until_try = 0;                                                                           \
		while (!(condition)) {                                                                       \
			if (until_try++ == TRIES)                                                            \
				fail_msg("never: %s", #condition);                                           \
			pause_briefly();                                                                     \
		}                                                                                            \
	} while (0)

/* Private anonymous memory of REGIONS regions. Nothing is advised: what is made of it khugepaged leaves alone. */
static inline char *make_memory(void)
{
	char *start = mmap(NULL, (REGIONS + 2) * REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	char *aligned = (char *)(((uintptr_t)start + REGION - 1) / REGION * REGION);

	/* Nothing before and behind it, so that it is a VMA of its own. */
	munmap(start, (size_t)(aligned - start));
	munmap(aligned + REGIONS * REGION, (size_t)(start + 2 * REGION - aligned));
	return aligned;
}

/* A child that runs body(told, argument), and dies with the test. */
static inline struct child start_child(void (*body)(struct told *, void *), void *argument)
{
	struct child child = {.told = mmap(NULL, sizeof(struct told), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
	const pid_t parent = getpid();

	child.pid = fork();
	if (!child.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		body(child.told, argument);
		_exit(0);
	}
	assert_true(child.pid > 0);
	return child;
}

static inline struct child start_ready(void (*body)(struct told *, void *), void *argument)
{
	struct child child = start_child(body, argument);

	UNTIL(child.told->ready);
	return child;
}

static inline void end_child(struct child *child)
{
	kill(child->pid, SIGKILL);
	assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
	munmap(child->told, sizeof(*child->told));
}

/* A field of /proc/PID/status, as text; "" if there is none. */
static inline const char *status_field(pid_t pid, const char *name)
{
	static char line[256];
	char path[64];
	size_t len = strlen(name);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (!file)
		return "";
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ':') {
			fclose(file);
			line[strcspn(line, "\n")] = '\0';
			return line + len + 1 + strspn(line + len + 1, " \t");
		}
	fclose(file);
	return "";
}

/* Its threads but the first, as many as there is room for; how many. */
static inline size_t other_threads(pid_t pid, pid_t *tids, size_t room)
{
	const struct dirent *entry;
	char path[64];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (n < room && (entry = readdir(dir))) {
		tids[n] = atoi(entry->d_name);
		if (tids[n] > 0 && tids[n] != pid)
			n++;
	}
	closedir(dir);
	return n;
}

/* Runs (or sleeps of its own will), traced by nobody. */
static inline void assert_free(pid_t pid)
{
	assert_string_equal(status_field(pid, "TracerPid"), "0");
	UNTIL(strchr("RSD", *status_field(pid, "State")) && *status_field(pid, "State"));
}

/* Workers that fill a page of their own, read it back, and fill it again: a lost or a foreign byte is seen. */
struct worker {
	struct told *told;
	int number;
};

static inline void *work(void *argument)
{
	const struct worker *me = argument;
	volatile uint64_t *words = (uint64_t *)(uintptr_t)(me->told->memory + (uint64_t)me->number * REGION);
	uint64_t round, i;

	for (round = 1; !me->told->stop; round++) {
		for (i = 0; i < 512; i++)
			words[i] = round * 0x0101010101010101u + i;
		for (i = 0; i < 512; i++)
			if (words[i] != round * 0x0101010101010101u + i)
				me->told->bad = 1;
		me->told->progress[me->number] = round;
	}
	return NULL;
}

/* argument: an int *, what its memory is advised; or NULL. */
static inline void be_worker(struct told *told, void *argument)
{
	static struct worker workers[WORKERS];
	pthread_t threads[WORKERS];
	int i;

	told->memory = (uint64_t)(uintptr_t)make_memory();
	if (argument && madvise((void *)(uintptr_t)told->memory, REGIONS * REGION, *(int *)argument))
		_exit(1);
	memset((void *)(uintptr_t)told->memory, 1, REGIONS * REGION);
	for (i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){told, i};
		if (pthread_create(&threads[i], NULL, work, &workers[i]))
			_exit(1);
	}
	told->ready = 1;
	for (i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	/* The rest of the memory is nobody's: it holds what it was given. */
	for (i = 0; i < WORKERS; i++)
		for (char *at = (char *)(uintptr_t)told->memory + (uint64_t)i * REGION + 4096,
			  *end = at + REGION - 4096;
		     at < end; at++)
			if (*at != 1)
				told->bad = 2;
	_exit(told->bad);
}

/* It goes on working, and everything that it wrote is there. */
static inline void assert_works(const struct child *child)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		const uint64_t before = child->told->progress[i];

		UNTIL(child->told->progress[i] > before + 2);
	}
	assert_free(child->pid);
	assert_int_equal(child->told->bad, 0);
}

/* It ends by itself, and finds all its memory right. */
static inline void end_worker(struct child *child)
{
	int status;

	child->told->stop = 1;
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	munmap(child->told, sizeof(*child->told));
}

static inline struct kernel *open_kernel(void)
{
	struct kernel *kernel = NULL;
	char error[256];

	if (proc_kernel_open("/", &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

/* What a trigger gave: err of the call, the sentence, the report. */
struct pulled {
	int err;
	char error[256];
	struct target_report report;
};

/* A machine that is busy with other things is asked again, as the sentence says. */
static inline struct pulled pull_on(struct kernel *kernel, struct trigger trigger)
{
	struct pulled outcome;
	int i;

	for (i = 0; i < 20; i++) {
		outcome = (struct pulled){0};
		outcome.err = target_trigger(kernel, &trigger, &outcome.report, outcome.error,
					     sizeof(outcome.error));
		if (outcome.err != -EAGAIN || !strstr(outcome.error, "the machine is busy"))
			break;
	}
	return outcome;
}

static inline struct pulled pull(struct trigger trigger)
{
	struct kernel *kernel = open_kernel();
	const struct pulled outcome = pull_on(kernel, trigger);

	kernel_close(kernel);
	return outcome;
}

/* It was refused with this errno and a sentence that holds `word`, and the plan says the same. */
static inline void assert_refused(struct trigger trigger, int err, const char *word)
{
	const struct pulled outcome = pull(trigger);

	if (outcome.err != err || !strstr(outcome.error, word))
		fail_msg("got %d, \"%s\"; want %d and '%s'", outcome.err, outcome.error, err, word);
	assert_null(outcome.report.how);
}

static inline void assert_done(const struct pulled *outcome)
{
	if (outcome->err || outcome->report.error)
		fail_msg("refused: %d %s; or failed: %d %s", outcome->err, outcome->error,
			 outcome->report.error, outcome->report.reason);
}

/* A line of smaps of the VMA that holds addr: "AnonHugePages", "VmFlags". */
static inline const char *smaps_field(pid_t pid, uint64_t addr, const char *name)
{
	static char line[4096];
	unsigned long long start, end;
	bool inside = false;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx-%llx ", &start, &end) == 2)
			inside = start <= addr && addr < end;
		else if (inside && !strncmp(line, name, strlen(name))) {
			fclose(file);
			line[strcspn(line, "\n")] = '\0';
			return line + strlen(name) + 1 + strspn(line + strlen(name) + 1, " ");
		}
	}
	fclose(file);
	return "";
}

static inline uint64_t pagemap_word(pid_t pid, uint64_t addr)
{
	struct kernel *kernel = open_kernel();
	struct kernel_process *process;
	uint64_t word = 0;

	assert_int_equal(kernel_process_open(kernel, pid, &process), 0);
	assert_int_equal(kernel_pagemap(process, addr, 1, &word), 1);
	kernel_process_close(process);
	kernel_close(kernel);
	return word;
}

#define NOBODY 65534

static inline void be_nobody(void)
{
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(1);
	/* As after a login: such a process may be looked at by its own user. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static inline bool nobody_sees_proc(void)
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		be_nobody();
		_exit(access("/proc/self", F_OK) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return !status;
}

#endif
