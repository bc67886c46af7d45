/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel for counting that has what a test says: threads, clocks, figures, failures; and samples of it. */
#ifndef COUNT_COMMON_H
#define COUNT_COMMON_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/perf_event.h>

#include "core/mem.h"
#include "count/count.h"

#define MOST 256

/* A thread, and which events count it: those opened on it, and those that it inherited. */
struct fake_thread {
	pid_t pid, tid, parent;
	uint64_t start;
	bool gone, hidden;  /* hidden: clone(2) has handed down its events, but /proc does not show it yet */
	bool counted[MOST]; /* by descriptor */
};

struct fake_fd {
	bool open;
	pid_t tid;
	struct count_event event;
	struct count_reading reading;
};

static struct fake {
	struct fake_thread threads[MOST];
	size_t n_threads;
	struct fake_fd fds[MOST];
	size_t n_fds;
	uint64_t now;
	int paranoid;
	size_t room;
	int fail;		    /* every open of an event on a thread */
	int unreadable, read_error; /* this descriptor, if there is an error */
	bool no_pmu, no_kernel;
	unsigned opens, tried;		   /* on threads; on the caller itself */
	void (*before_open)(unsigned nth); /* something happens between two calls */
	void (*at_threads)(unsigned nth);  /* behind a list that was made */
	unsigned lists;
} fake;

static int fake_open(void *context, const struct count_event *event, pid_t tid)
{
	size_t i;

	(void)context;
	if (fake.no_kernel && !event->exclude_kernel)
		return -EACCES;
	if (fake.no_pmu && event->hardware)
		return -ENOENT;
	if (event->type == PERF_TYPE_HARDWARE && event->config >= PERF_COUNT_HW_MAX)
		return -EINVAL;
	if (!tid) {
		fake.tried++;
		return MOST - 1;
	}
	fake.opens++;
	if (fake.before_open)
		fake.before_open(fake.opens);
	if (fake.fail)
		return fake.fail;
	for (i = 0; i < fake.n_threads && (fake.threads[i].tid != tid || fake.threads[i].gone); i++)
		;
	if (i == fake.n_threads)
		return -ESRCH;
	assert_true(fake.n_fds < MOST - 1);
	fake.threads[i].counted[fake.n_fds] = true;
	fake.fds[fake.n_fds] = (struct fake_fd){.open = true, .tid = tid, .event = *event};
	return (int)fake.n_fds++;
}

static int fake_read(void *context, int fd, struct count_reading *reading)
{
	(void)context;
	assert_true(fake.fds[fd].open);
	if (fake.read_error && fd == fake.unreadable)
		return fake.read_error;
	*reading = fake.fds[fd].reading;
	return 0;
}

static void fake_close(void *context, int fd)
{
	size_t i;

	(void)context;
	if (fd == MOST - 1)
		return;
	assert_true(fake.fds[fd].open);
	fake.fds[fd].open = false;
	for (i = 0; i < fake.n_threads; i++)
		fake.threads[i].counted[fd] = false;
}

static int fake_threads(void *context, pid_t pid, pid_t **tids, size_t *n)
{
	size_t i, room = 0;

	(void)context;
	*tids = NULL;
	*n = 0;
	for (i = 0; i < fake.n_threads; i++) {
		if (fake.threads[i].pid != pid || fake.threads[i].gone || fake.threads[i].hidden)
			continue;
		mem_grow(tids, &room, *n + 1, sizeof(**tids));
		(*tids)[(*n)++] = fake.threads[i].tid;
	}
	fake.lists++;
	if (fake.at_threads)
		fake.at_threads(fake.lists);
	return *n ? 0 : -ESRCH;
}

static int fake_began(void *context, pid_t pid, pid_t tid, uint64_t *ticks, pid_t *parent)
{
	size_t i;

	(void)context;
	for (i = 0; i < fake.n_threads; i++) {
		if (fake.threads[i].pid != pid || fake.threads[i].tid != tid || fake.threads[i].gone)
			continue;
		*ticks = fake.threads[i].start;
		*parent = fake.threads[i].parent;
		return 0;
	}
	return -ESRCH;
}

static uint64_t fake_now(void *context)
{
	(void)context;
	return fake.now;
}

static int fake_paranoid(void *context)
{
	(void)context;
	return fake.paranoid;
}

static size_t fake_room(void *context)
{
	(void)context;
	return fake.room;
}

static const struct count_ops ops = {fake_open,	 fake_read, fake_close,	   fake_threads,
				     fake_began, fake_now,  fake_paranoid, fake_room};

/* A thread; with `from` it is cloned by that one, and inherits. */
static struct fake_thread *clone_of(const struct fake_thread *from, pid_t pid, pid_t tid)
{
	struct fake_thread *thread = &fake.threads[fake.n_threads++];

	*thread = (struct fake_thread){.pid = pid, .tid = tid, .parent = 1, .start = fake.now};
	if (from) {
		memcpy(thread->counted, from->counted, sizeof(thread->counted));
		thread->parent = pid == from->pid ? from->parent : from->pid;
	}
	return thread;
}

/* So often each event counts a thread. */
static unsigned times(const struct fake_thread *thread)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < MOST; i++)
		n += thread->counted[i];
	return n;
}

static const char *const one_name[] = {"page-faults"};
static const char *const hardware_name[] = {"cycles"};
static const char *const two_names[] = {"dTLB-load-misses", "page-faults"};
static struct count_set *set;
static struct arena arena;
static const struct counter *counters;

static int setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.now = 1000;
	fake.room = MOST;
	fake.paranoid = 1;
	set = count_set_new(&ops, NULL);
	return 0;
}

static int teardown(void **state)
{
	size_t i;

	(void)state;
	count_set_free(set);
	arena_fini(&arena);
	for (i = 0; i < fake.n_fds; i++)
		if (fake.fds[i].open)
			return -1;
	return 0;
}

/* One sample of some processes, all counted by these names; the last one's counters. */
static size_t sample(const char *const *names, size_t n_names, const struct fake_thread *const *processes,
		     size_t n)
{
	size_t i, told = 0;

	count_set_begin(set, names, n_names);
	for (i = 0; i < n; i++)
		told = count_set_process(set, processes[i]->pid, processes[i]->start, &arena, &counters);
	count_set_end(set);
	return told;
}

#define SAMPLE(names, ...)                                                                                   \
	sample(names, sizeof(names) / sizeof(names[0]), (const struct fake_thread *const[]){__VA_ARGS__},    \
	       sizeof((const struct fake_thread *const[]){__VA_ARGS__}) / sizeof(struct fake_thread *))

static void read_as(size_t fd, uint64_t value, uint64_t enabled, uint64_t running)
{
	fake.fds[fd].reading = (struct count_reading){value, enabled, running};
}

#endif
