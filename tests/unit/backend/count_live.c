/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting on the real kernel, by page faults, which it counts without a PMU: threads, children, exec, exits. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "count/count.h"
#include "../skip.h"

#define PAGES 1000
#define PATIENCE 10 /* s */
/* AddressSanitizer's own memory is new to each thread and program, too. */
#ifdef __SANITIZE_ADDRESS__
#define SHADOW 6000
#else
#define SHADOW 0
#endif

static const char *const names[] = {"page-faults"};

/* Who is counted: does by a byte what it is told, and answers with one. */
static struct subject {
	pid_t pid;
	int orders[2], answers[2];
	uint64_t start;
} subject;

static struct count_set *set;
static struct arena arena;

/* As many faults as pages, none of a huge page. */
static void touch_pages(unsigned n)
{
	const size_t len = (size_t)n * 4096;
	volatile char *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	madvise((void *)at, len, MADV_NOHUGEPAGE);
	for (i = 0; i < len; i += 4096)
		at[i] = 1;
	munmap((void *)at, len);
}

static pthread_barrier_t turn;

static void *thread_before(void *data)
{
	(void)data;
	for (;;) {
		pthread_barrier_wait(&turn);
		touch_pages(PAGES);
		pthread_barrier_wait(&turn);
	}
	return NULL;
}

static void *thread_once(void *data)
{
	touch_pages(*(unsigned *)data);
	return NULL;
}

static void in_thread(unsigned pages)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_once, &pages))
		_exit(1);
	pthread_join(thread, NULL);
}

static void in_child(bool by_exec)
{
	pid_t pid = fork();

	if (!pid) {
		if (by_exec)
			execl("/proc/self/exe", "count_live", "touch", NULL);
		touch_pages(PAGES);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void *thread_parent(void *data)
{
	pthread_t thread;
	static unsigned pages = PAGES;

	(void)data;
	pthread_create(&thread, NULL, thread_once, &pages);
	pthread_detach(thread);
	return NULL;
}

static void be_subject(void)
{
	pthread_t thread;
	char order;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_barrier_init(&turn, NULL, 2);
	pthread_create(&thread, NULL, thread_before, NULL);
	touch_pages(8);
	while (read(subject.orders[0], &order, 1) == 1) {
		if (order == 't')
			touch_pages(PAGES);
		if (order == 'b') {
			pthread_barrier_wait(&turn);
			pthread_barrier_wait(&turn);
		}
		if (order == 'n')
			in_thread(PAGES);
		if (order == 'c' || order == 'e')
			in_child(order == 'e');
		if (order == 'd')
			pthread_create(&thread, NULL, thread_parent, NULL), pthread_join(thread, NULL);
		if (order == 'x')
			_exit(0);
		(void)!write(subject.answers[1], &order, 1);
	}
	_exit(0);
}

static void order(char what)
{
	char answer;

	assert_int_equal(write(subject.orders[1], &what, 1), 1);
	if (what != 'x')
		assert_int_equal(read(subject.answers[0], &answer, 1), 1);
}

static int setup(void **state)
{
	pid_t parent;

	(void)state;
	if (pipe2(subject.orders, O_CLOEXEC) || pipe2(subject.answers, O_CLOEXEC))
		return -1;
	subject.pid = fork();
	if (!subject.pid)
		be_subject();
	order('t'); /* by the second time nothing but the pages faults */
	order('b');
	set = count_set_new(NULL, NULL);
	return count_kernel.began(NULL, subject.pid, subject.pid, &subject.start, &parent);
}

static int teardown(void **state)
{
	int i;

	(void)state;
	kill(subject.pid, SIGKILL);
	waitpid(subject.pid, NULL, 0);
	for (i = 0; i < 2; i++) {
		close(subject.orders[i]);
		close(subject.answers[i]);
	}
	count_set_free(set);
	arena_fini(&arena);
	return 0;
}

static const struct counter *sample(void)
{
	const struct counter *counters;

	count_set_begin(set, names, 1);
	assert_int_equal(count_set_process(set, subject.pid, subject.start, &arena, &counters), 1);
	count_set_end(set);
	return counters;
}

static uint64_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

static char reason[300];

/* False, with a reason, where this machine lets us count nothing at all. */
static bool can_count(void)
{
	const struct counter *counter = sample();
	uint64_t then;

	if (counter->missing) {
		snprintf(reason, sizeof(reason), "%s", counter->missing);
		return false;
	}
	/* A thread that is born beside the open makes a new round, between which and the last nothing is counted. */
	then = count_kernel.now(NULL);
	while (count_kernel.now(NULL) <= then + COUNT_MARGIN + 1)
		usleep(1000);
	sample();
	return true;
}

/* So many faults between, and a few of whatever else a thread or child needs to begin. */
static void expect(uint64_t before, uint64_t pages, uint64_t more)
{
	const struct counter *now = sample();

	more += more ? SHADOW : 0;
	assert_null(now->missing);
	if (now->value - before < pages || now->value - before > pages + more)
		fail_msg("%llu faults, and not %llu and at most %llu more",
			 (unsigned long long)(now->value - before), (unsigned long long)pages,
			 (unsigned long long)more);
}

static void test_counts_pages(void **state)
{
	uint64_t before;

	(void)state;
	if (!can_count())
		SKIP("count_events", "%s", reason);
	before = sample()->value;
	order('t');
	expect(before, PAGES, 0);
	before = sample()->value;
	expect(before, 0, 0);
	order('b'); /* by the thread that was there before */
	expect(before, PAGES, 0);
}

static void test_counts_what_is_born_later(void **state)
{
	uint64_t before;

	(void)state;
	if (!can_count())
		SKIP("count_events", "%s", reason);
	before = sample()->value;
	order('n');
	expect(before, PAGES, 50);
	before = sample()->value;
	order('c');
	expect(before, PAGES, 300);
	before = sample()->value;
	order('e');
	expect(before, PAGES, 600);
}

/* The clone of a thread that has ended by the time that it touches anything. */
static void test_grandchildren(void **state)
{
	uint64_t before, end;

	(void)state;
	if (!can_count())
		SKIP("count_events", "%s", reason);
	before = sample()->value;
	order('d');
	end = seconds() + PATIENCE;
	while (sample()->value - before < PAGES && seconds() <= end)
		usleep(1000);
	expect(before, PAGES, 100);
}

static void test_last_figures_stay(void **state)
{
	uint64_t before;

	(void)state;
	if (!can_count())
		SKIP("count_events", "%s", reason);
	before = sample()->value;
	order('t');
	order('x');
	assert_int_equal(waitpid(subject.pid, NULL, 0), subject.pid);
	expect(before, PAGES, 100);
	assert_int_equal(count_set_open(set), 2);
	count_set_begin(set, names, 1);
	count_set_end(set);
	assert_int_equal(count_set_open(set), 0);
}

/*
 * A process that starts and ends threads all the time while its events are opened and opened: whatever it does then is never
 * counted twice, and what each thread does later is counted.
 */
static void test_storm(void **state)
{
	const struct counter *counter;
	struct count_set *mine;
	uint64_t start, begun;
	int go[2], done[2], i;
	pid_t pid, parent;
	char byte;

	(void)state;
	if (!can_count())
		SKIP("count_events", "%s", reason);
	for (i = 0; i < 20; i++) {
		assert_int_equal(pipe2(go, O_CLOEXEC) | pipe2(done, O_CLOEXEC), 0);
		pid = fork();
		if (!pid) {
			unsigned n;

			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (n = 0; n < 300; n++)
				in_thread(1);
			(void)!write(done[1], "d", 1);
			while (read(go[0], &byte, 1) == 1) {
				in_thread(PAGES);
				(void)!write(done[1], "d", 1);
			}
			_exit(0);
		}
		mine = count_set_new(NULL, NULL);
		assert_int_equal(count_kernel.began(NULL, pid, pid, &start, &parent), 0);
		count_set_begin(mine, names, 1);
		count_set_process(mine, pid, start, &arena, &counter);
		count_set_end(mine);
		assert_int_equal(read(done[0], &byte, 1), 1);
		count_set_begin(mine, names, 1);
		count_set_process(mine, pid, start, &arena, &counter);
		count_set_end(mine);
		begun = counter->value;
		assert_int_equal(write(go[1], "g", 1), 1);
		assert_int_equal(read(done[0], &byte, 1), 1);
		count_set_begin(mine, names, 1);
		count_set_process(mine, pid, start, &arena, &counter);
		count_set_end(mine);
		if (counter->value - begun < PAGES || counter->value - begun > PAGES + 100 + SHADOW)
			fail_msg("round %d: %llu", i, (unsigned long long)(counter->value - begun));
		count_set_free(mine);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (int k = 0; k < 2; k++)
			close(go[k]), close(done[k]);
	}
}

/* Nobody's own processes, where user space is all that nobody may count. */
static void test_without_privilege(void **state)
{
	const struct counter *counter;
	uint64_t start, before;
	const char *last;
	struct count_set *mine;
	pid_t pid, parent;
	int status;

	(void)state;
	if (geteuid())
		return; /* all of the above ran so */
	pid = fork();
	if (!pid) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(2);
		prctl(PR_SET_DUMPABLE, 1);
		mine = count_set_new(NULL, NULL);
		count_kernel.began(NULL, getpid(), getpid(), &start, &parent);
		count_set_begin(mine, names, 1);
		count_set_process(mine, getpid(), start, &arena, &counter);
		if (counter->missing)
			_exit(count_kernel.paranoid(NULL) > 2 || count_kernel.paranoid(NULL) == INT_MIN ? 0
													: 3);
		last = strchr(counter->name, ':');
		if (!last != (count_kernel.paranoid(NULL) < 2))
			_exit(4);
		before = counter->value;
		touch_pages(PAGES);
		count_set_process(mine, getpid(), start, &arena, &counter);
		_exit(counter->value - before >= PAGES && counter->value - before < PAGES + 50 + SHADOW ? 0
													: 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counts_what_is_born_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_grandchildren, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_figures_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_storm, setup, teardown),
		cmocka_unit_test(test_without_privilege),
	};

	if (argc > 1 && !strcmp(argv[1], "touch")) {
		touch_pages(PAGES);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
