/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is counted by which events, over a kernel that has what a test says: threads, clocks, figures, failures. */
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

static void test_each_thread_once(void **state)
{
	struct fake_thread *main_thread, *second, *later, *child;

	(void)state;
	fake.now = 900;
	main_thread = clone_of(NULL, 10, 10);
	second = clone_of(main_thread, 10, 11);
	fake.now = 1000;
	assert_int_equal(SAMPLE(two_names, main_thread), 2);
	assert_int_equal(count_set_open(set), 4);
	assert_int_equal(times(main_thread), 2);
	assert_int_equal(times(second), 2);
	fake.now = 1100;
	later = clone_of(second, 10, 12);
	child = clone_of(later, 20, 20);
	SAMPLE(two_names, main_thread);
	assert_int_equal(times(later), 2);
	assert_int_equal(times(child), 2);
	/* A followed child is in its parent's figures, and says so. */
	SAMPLE(two_names, main_thread, child);
	assert_int_equal(times(child), 2);
	assert_non_null(strstr(counters[0].missing, "figures of process 10"));
	assert_int_equal(counters[0].value, 0);
	/* When its parent is watched no more, it has its own. */
	SAMPLE(two_names, child);
	SAMPLE(two_names, child);
	assert_null(counters[0].missing);
	assert_int_equal(times(child), 2);
	assert_int_equal(times(main_thread), 0);
}

static struct fake_thread *racer;

/* Between the list of threads and the opening of the second one, that one clones. */
static void clone_at_second_open(unsigned nth)
{
	if (nth == 2)
		racer = clone_of(&fake.threads[1], 10, 12);
}

/* And here the first one, whose event is open by then: its clone has inherited it. */
static void clone_inheriting(unsigned nth)
{
	if (nth == 2)
		racer = clone_of(&fake.threads[0], 10, 12);
}

static void test_born_between(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	fake.before_open = clone_at_second_open;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
	assert_int_equal(times(main_thread), 1);
}

static void test_born_inheriting(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	fake.before_open = clone_inheriting;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
}

/* Cloned before the first open, in /proc only behind the second list: the next sample finds it. */
static void test_born_in_flight(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	racer = clone_of(main_thread, 10, 11);
	racer->hidden = true;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 0);
	racer->hidden = false;
	racer->start = fake.now;
	fake.now += COUNT_MARGIN + 1;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
	assert_int_equal(times(main_thread), 1);
	/* What was counted in the round before stays. */
	fake.now += 100;
	racer = clone_of(racer, 10, 12);
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(racer), 1);
}

/* A thread ends behind the list, and somebody else's gets its number. */
static void reuse_at_second_open(unsigned nth)
{
	if (nth != 2)
		return;
	fake.threads[1].gone = true;
	racer = clone_of(NULL, 50, 11);
}

static void test_reused_thread(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	clone_of(main_thread, 10, 11);
	fake.before_open = reuse_at_second_open;
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(main_thread), 1);
	assert_int_equal(times(racer), 0);
}

static void clone_always(unsigned nth)
{
	clone_of(&fake.threads[0], 10, (pid_t)(100 + nth));
}

/* Who never stops starting threads is counted all the same, nobody twice. */
static void test_rounds_end(void **state)
{
	struct fake_thread *main_thread;
	size_t i;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	fake.at_threads = clone_always;
	SAMPLE(one_name, main_thread);
	SAMPLE(one_name, main_thread);
	assert_int_equal(times(main_thread), 1);
	for (i = 0; i < fake.n_threads; i++)
		assert_true(times(&fake.threads[i]) <= 1);
	fake.at_threads = NULL;
}

static void read_as(size_t fd, uint64_t value, uint64_t enabled, uint64_t running)
{
	fake.fds[fd].reading = (struct count_reading){value, enabled, running};
}

static void test_sums_and_scales(void **state)
{
	struct fake_thread *main_thread;

	(void)state;
	main_thread = clone_of(NULL, 10, 10);
	clone_of(main_thread, 10, 11);
	SAMPLE(hardware_name, main_thread);
	read_as(0, 100, 1000, 1000);
	read_as(1, 7, 500, 500);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 107);
	assert_int_equal(counters->enabled_ns, 1500);
	assert_int_equal(counters->running_ns, 1500);
	assert_false(counter_scaled(counters));
	/* Not all of the time: what came then stands for all of it. */
	read_as(0, 110, 1500, 1100);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 7 + 110 * 1500 / 1100);
	assert_true(counter_scaled(counters));
	/* The estimate falls; the figure waits until it is back. */
	read_as(0, 111, 1510, 1200);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 157);
	assert_int_equal(counters->running_ns, 1700);
	read_as(0, 300, 2000, 1500);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 407);
	/* Of more than 64 bits on the way. */
	read_as(1, UINT64_C(1) << 40, UINT64_C(1) << 42, UINT64_C(1) << 41);
	SAMPLE(hardware_name, main_thread);
	assert_int_equal(counters->value, 400 + (UINT64_C(1) << 41));
}

/* The kernel's own counts are never estimates, whatever the times that come with them. */
static void test_software_is_not_scaled(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 100, 1000, 500);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 100);
}

static void test_no_turn_is_not_zero(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(two_names, main_thread);
	read_as(0, 0, 1000, 0);
	read_as(1, 5, 1000, 1000);
	SAMPLE(two_names, main_thread);
	assert_non_null(strstr(counters[0].missing, "no counter free"));
	assert_null(counters[1].missing);
	assert_int_equal(counters[1].value, 5);
	read_as(0, 9, 2000, 1000);
	SAMPLE(two_names, main_thread);
	assert_null(counters[0].missing);
	assert_int_equal(counters[0].value, 18);
}

static void test_rounds_keep_what_was_counted(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	racer = clone_of(main_thread, 10, 11);
	racer->hidden = true;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	racer->hidden = false;
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 50);
	assert_int_equal(counters->enabled_ns, 100);
	read_as(1, 3, 10, 10);
	read_as(2, 4, 10, 10);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 57);
	assert_int_equal(counters->running_ns, 120);
}

static void test_errors(void **state)
{
	static const struct {
		int error, paranoid;
		const char *sentence;
	} table[] = {
		{-EACCES, 2, "somebody else's process"},
		{-EACCES, 3, "perf_event_paranoid is 3"},
		{-EPERM, 4, "CAP_PERFMON"},
		{-EMFILE, 1, "ulimit -n"},
		{-ENFILE, 1, "descriptor"},
		{-ENOSPC, 1, "no counter left"},
		{-ENOENT, 1, "do not count this event"},
		{-EINVAL, 1, "do not count this event"},
		{-EBUSY, 1, "somebody else has the PMU"},
		{-ENOMEM, 1, "out of memory"},
		{-ENOSYS, 1, "CONFIG_PERF_EVENTS"},
		{-EIO, 1, "perf_event_open: "},
	};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		fake.fail = table[i].error;
		fake.paranoid = table[i].paranoid;
		SAMPLE(one_name, main_thread);
		assert_non_null(counters->missing);
		if (!strstr(counters->missing, table[i].sentence))
			fail_msg("%d: '%s'", table[i].error, counters->missing);
		assert_int_equal(count_set_open(set), 0);
		/* Nobody is asked for: the next one begins anew. */
		count_set_begin(set, one_name, 1);
		count_set_end(set);
	}
}

/* What one of two threads counted is lost: what is left is not shown as the sum, and neither is what was known before. */
static void test_unreadable(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	clone_of(NULL, 10, 11);
	SAMPLE(two_names, main_thread);
	assert_int_equal(count_set_open(set), 4);
	fake.fds[0].reading = fake.fds[1].reading = (struct count_reading){500, 9, 9};
	SAMPLE(two_names, main_thread);
	assert_int_equal(counters[0].value, 1000);
	fake.unreadable = 1;
	fake.read_error = -EIO;
	SAMPLE(two_names, main_thread);
	assert_non_null(counters[0].missing);
	assert_non_null(strstr(counters[0].missing, strerror(EIO)));
	assert_int_equal(counters[0].value, 0);
	assert_null(counters[1].missing);
	assert_int_equal(count_set_open(set), 2);
	/* It cannot be made good again. */
	fake.read_error = 0;
	SAMPLE(two_names, main_thread);
	assert_non_null(counters[0].missing);
	assert_null(counters[1].missing);
}

/* More than there may be at a time, as a far end has more of the usual ones than we: it is not left out in silence. */
static void test_too_many(void **state)
{
	const char *names[COUNTERS_MOST];
	char texts[COUNTERS_MOST][8];
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);
	size_t i;

	(void)state;
	for (i = 0; i < COUNTERS_MOST; i++) {
		snprintf(texts[i], sizeof(texts[i]), "r%zx", i + 1);
		names[i] = texts[i];
	}
	SAMPLE(names, main_thread);
	assert_null(counters[COUNTERS_MOST - 1].missing);
	names[0] = COUNT_DEFAULT;
	assert_int_equal(SAMPLE(names, main_thread), COUNTERS_MOST);
	assert_null(counters[COUNTERS_MOST - 2].missing);
	assert_non_null(counters[COUNTERS_MOST - 1].missing);
	assert_non_null(strstr(counters[COUNTERS_MOST - 1].missing, "32 events at a time are the most"));
}

/* Whether there is a PMU is asked at each start, also of who counts nothing: no event is opened for it. */
static void test_a_pmu_is_found_without_an_event(void **state)
{
	(void)state;
	assert_null(count_missing(&ops, NULL));
	fake.no_pmu = true;
	assert_non_null(strstr(count_missing(&ops, NULL), "no PMU"));
	assert_int_equal(fake.tried + fake.opens, 0);
}

static void test_no_pmu(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	fake.no_pmu = true;
	assert_non_null(count_missing(&ops, NULL));
	SAMPLE(two_names, main_thread);
	assert_non_null(strstr(counters[0].missing, "no PMU"));
	assert_true(counters[0].hardware);
	assert_null(counters[1].missing);
	/* Nobody named any: then none of a PMU is tried. */
	assert_int_equal(sample(NULL, 0, (const struct fake_thread *const[]){main_thread}, 1), 3);
	assert_string_equal(counters[0].name, "page-faults");
	fake.no_pmu = false;
	assert_null(count_missing(&ops, NULL));
}

static void test_user_space_alone(void **state)
{
	static const char *const names[] = {"page-faults", "minor-faults:k", "major-faults:u"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	fake.no_kernel = true;
	fake.paranoid = 2;
	SAMPLE(names, main_thread);
	assert_string_equal(counters[0].name, "page-faults:u");
	assert_null(counters[0].missing);
	assert_true(fake.fds[0].event.exclude_kernel);
	assert_string_equal(counters[1].name, "minor-faults:k");
	assert_non_null(strstr(counters[1].missing, "modifier u"));
	assert_string_equal(counters[2].name, "major-faults:u");
	assert_null(counters[2].missing);
}

/* Where descriptors run out some threads would be shown as all: then none is counted, and the next process is. */
static void test_room(void **state)
{
	struct fake_thread *many, *few;
	pid_t tid;

	(void)state;
	many = clone_of(NULL, 10, 10);
	for (tid = 11; tid < 20; tid++)
		clone_of(many, 10, tid);
	few = clone_of(NULL, 30, 30);
	fake.room = 5;
	SAMPLE(one_name, few, many);
	assert_non_null(strstr(counters->missing, "ulimit -n"));
	assert_int_equal(count_set_open(set), 1);
	SAMPLE(one_name, many, few);
	assert_null(counters->missing);
}

static void test_another_process(void **state)
{
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	/* It ends; its last figures stay. */
	main_thread->gone = true;
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 50);
	/* Another one has its number now, and nothing of it. */
	fake.now = 5000;
	main_thread = clone_of(NULL, 10, 10);
	SAMPLE(one_name, main_thread);
	assert_int_equal(counters->value, 0);
	assert_int_equal(times(main_thread), 1);
	/* Who is meant has gone, and somebody else has the number: he is not counted in its name. */
	fake.now = 6000;
	fake.threads[1].start = 9999;
	count_set_begin(set, one_name, 1);
	count_set_process(set, 10, 4444, &arena, &counters);
	count_set_end(set);
	assert_non_null(counters->missing);
	assert_int_equal(times(&fake.threads[1]), 0);
}

/* A child that may or may not have inherited: its parent gets a new round, and both are counted once. */
static void test_child_beside_the_open(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child;

	(void)state;
	SAMPLE(one_name, parent);
	fake.now += 1;
	child = clone_of(parent, 20, 20);
	assert_int_equal(times(child), 1);
	SAMPLE(one_name, parent, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
	assert_int_equal(times(parent), 1);
}

/* A grandchild, whose parent may or may not have inherited, and stands between. */
static void test_grandchild_of_such(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child, *grandchild, *last;

	(void)state;
	SAMPLE(one_name, parent);
	fake.now += 1;
	child = clone_of(parent, 20, 20);
	memset(child->counted, 0, sizeof(child->counted));
	fake.now += 100;
	grandchild = clone_of(child, 30, 30);
	SAMPLE(one_name, parent, grandchild);
	assert_null(counters->missing);
	assert_int_equal(times(grandchild), 1);
	fake.now += 100;
	last = clone_of(grandchild, 40, 40);
	SAMPLE(one_name, parent, grandchild, last);
	assert_non_null(strstr(counters->missing, "figures of process 30"));
	assert_int_equal(times(last), 1);
}

static void test_orphan(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *child, *stranger;

	(void)state;
	fake.now = 500;
	stranger = clone_of(NULL, 5, 5);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 1;
	SAMPLE(one_name, parent, child);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(child), 1);
	/* Who is older than all counting has inherited nothing, nor have his children. */
	SAMPLE(one_name, parent, stranger);
	assert_null(counters->missing);
	assert_int_equal(times(stranger), 1);
	SAMPLE(one_name, parent);
	fake.now = 3000;
	child = clone_of(stranger, 21, 21);
	SAMPLE(one_name, parent, child);
	assert_null(counters->missing);
	assert_int_equal(times(child), 1);
}

/* A subreaper is as good an adopter as init, and nothing tells who is one: whoever is above the counted process may be. */
static void test_orphan_of_subreaper(void **state)
{
	struct fake_thread *reaper, *between, *beside, *parent, *child, *other;

	(void)state;
	fake.now = 500;
	reaper = clone_of(NULL, 5, 5);
	between = clone_of(reaper, 6, 6);
	beside = clone_of(reaper, 7, 7);
	parent = clone_of(between, 10, 10);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	child = clone_of(parent, 20, 20);
	child->parent = 5;
	SAMPLE(one_name, parent, child);
	assert_non_null(strstr(counters->missing, "process 10 was counted"));
	assert_int_equal(times(child), 1);
	/* Below an orphan, too. */
	other = clone_of(child, 21, 21);
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(other), 1);
	/* Who is beside the line takes in nobody of it. */
	other = clone_of(beside, 22, 22);
	SAMPLE(one_name, parent, other);
	assert_null(counters->missing);
	assert_int_equal(times(other), 1);
	/* Whose parent ends while it is asked for could be anybody's. */
	other = clone_of(parent, 23, 23);
	other->parent = 99;
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
	assert_int_equal(times(other), 1);
	/* Above whom one was that has ended is not known. */
	parent->gone = true;
	other = clone_of(beside, 24, 24);
	SAMPLE(one_name, parent, other);
	assert_non_null(strstr(counters->missing, "twice"));
}

/* A counted process has ended, and another one has its number now: whose children inherit nothing. */
static void test_parent_of_reused_number(void **state)
{
	struct fake_thread *parent = clone_of(NULL, 10, 10), *stranger, *child;

	(void)state;
	fake.now = 500;
	stranger = clone_of(NULL, 5, 5);
	fake.now = 1000;
	SAMPLE(one_name, parent);
	fake.now = 2000;
	fake.threads[0].gone = true;
	clone_of(stranger, 10, 10);
	child = clone_of(&fake.threads[2], 20, 20);
	SAMPLE(one_name, parent, child);
	assert_null(strstr(counters->missing, "it inherited"));
}

static void test_names_change(void **state)
{
	static const char *const wrong[] = {"page-fault", "page-faults"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	SAMPLE(one_name, main_thread);
	read_as(0, 50, 100, 100);
	SAMPLE(wrong, main_thread);
	assert_string_equal(counters[0].name, "page-fault");
	assert_non_null(strstr(counters[0].missing, "nearest"));
	assert_int_equal(counters[1].value, 0);
	assert_int_equal(count_set_open(set), 1);
	count_set_begin(set, wrong, 2);
	count_set_end(set);
	assert_int_equal(count_set_open(set), 0);
}

/* Who reads finds a counter by its name: two of one name would be one series, or be taken for one another. */
static void test_named_twice(void **state)
{
	static const char *const twice[] = {"page-faults", "cycles", "page-faults", "page-faults:u"};
	struct fake_thread *main_thread = clone_of(NULL, 10, 10);

	(void)state;
	assert_int_equal(SAMPLE(twice, main_thread), 3);
	assert_string_equal(counters[2].name, "page-faults:u");
	assert_int_equal(count_set_open(set), 3);
	/* Where only user space may be counted the last is the first. */
	teardown(NULL);
	setup(NULL);
	fake.no_kernel = true;
	main_thread = clone_of(NULL, 10, 10);
	assert_int_equal(SAMPLE(twice, main_thread), 2);
	assert_string_equal(counters[0].name, "page-faults:u");
	assert_string_equal(counters[1].name, "cycles:u");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_thread_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_between, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_inheriting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sums_and_scales, setup, teardown),
		cmocka_unit_test_setup_teardown(test_software_is_not_scaled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_turn_is_not_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rounds_keep_what_was_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_pmu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_user_space_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_child_beside_the_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grandchild_of_such, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_pmu_is_found_without_an_event, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orphan_of_subreaper, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parent_of_reused_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_change, setup, teardown),
		cmocka_unit_test_setup_teardown(test_named_twice, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
