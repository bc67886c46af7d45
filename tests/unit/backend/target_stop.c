/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever is stopped goes on as if he had not been: asleep, stopped by a shell, with signals pending, forking. */
#include "target_common.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>

static struct trigger cow_of(const struct child *child, bool inject)
{
	return (struct trigger){
		.kind = TRIGGER_COW, .pid = child->pid, .addr = child->told->memory, .inject = inject};
}

static void give_memory(struct told *told)
{
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGION);
}

/* Stopped by a shell: it stays stopped, and goes on when it is told to. */
static void test_group_stopped(void **state)
{
	int inject;

	(void)state;
	for (inject = 0; inject < 2; inject++) {
		struct child child = start_ready(be_worker, NULL);
		struct pulled pulled;
		uint64_t progress;
		int status;

		kill(child.pid, SIGSTOP);
		assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
		assert_true(WIFSTOPPED(status));
		progress = child.told->progress[0];
		pulled = pull(cow_of(&child, inject));
		assert_done(&pulled);
		assert_string_equal(status_field(child.pid, "TracerPid"), "0");
		UNTIL(*status_field(child.pid, "State") == 'T');
		assert_int_equal(child.told->progress[0], progress);
		kill(child.pid, SIGCONT);
		assert_works(&child);
		end_worker(&child);
	}
}

static struct told *handled_by;

static void handle(int number)
{
	(void)number;
	handled_by->signals++;
}

static void be_signalled(struct told *told, void *argument)
{
	const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

	handled_by = told;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);
	be_worker(told, argument);
}

#define QUEUED 500 /* a round: they go on for longer than a trigger takes */

/* Signals that arrive before, while and after it is stopped are all delivered. */
static void test_signals(void **state)
{
	int sent = 0, i;
	struct child child = start_ready(be_signalled, NULL);

	(void)state;
	for (i = 0; i < 100; i++) {
		const pid_t sender = fork();
		struct pulled pulled;
		int status;

		if (!sender) {
			int left = QUEUED;

			while (left)
				if (!sigqueue(child.pid, SIGRTMIN, (union sigval){0}))
					left--;
				else if (errno != EAGAIN)
					_exit(1);
			_exit(0);
		}
		pulled = pull(cow_of(&child, i % 2));
		if (pulled.err != -EBUSY && pulled.err != -EAGAIN)
			assert_done(&pulled);
		waitpid(sender, &status, 0);
		assert_int_equal(status, 0);
		sent += QUEUED;
	}
	UNTIL(child.told->signals >= sent);
	assert_int_equal(child.told->signals, sent);
	assert_works(&child);
	end_worker(&child);
}

/*
 * What the guardian's looking rests on: a signal that a thread is about to get, seen by its tracer with WNOWAIT, reaches
 * it all the same if the tracer dies then (kernel/exit.c, wait_task_stopped: without it exit_code is taken away).
 */
static void test_wnowait(void **state)
{
	struct child child = start_ready(be_signalled, NULL);
	const pid_t tracer = fork();
	int status;

	(void)state;
	if (!tracer) {
		siginfo_t info;

		if (ptrace(PTRACE_SEIZE, child.pid, 0, 0) ||
		    syscall(SYS_tgkill, child.pid, child.pid, SIGUSR1) ||
		    waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT | __WALL))
			_exit(1);
		_exit(info.si_status == SIGUSR1 ? 0 : 2);
	}
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	UNTIL(child.told->signals == 1);
	assert_works(&child);
	end_worker(&child);
}

enum sleep_in { IN_NANOSLEEP, IN_READ, IN_FUTEX, IN_POLL, IN_SIGSUSPEND, IN_COUNT };

struct sleeper {
	enum sleep_in in;
	int pipe[2];
};

static void be_asleep(struct told *told, void *argument)
{
	const struct sleeper *sleeper = argument;
	struct timespec time = {.tv_sec = 1};
	uint32_t word = 1;
	sigset_t none;
	char byte = 0;

	give_memory(told);
	handled_by = told;
	signal(SIGUSR1, handle);
	errno = 0;
	told->ready = 1;
	switch (sleeper->in) {
	case IN_NANOSLEEP:
		told->answer = nanosleep(&time, &time);
		break;
	case IN_READ:
		told->answer = read(sleeper->pipe[0], &byte, 1) + byte;
		break;
	case IN_FUTEX:
		told->answer = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &time, NULL, 0);
		break;
	case IN_POLL:
		told->answer = syscall(SYS_poll, NULL, 0, 1000);
		break;
	case IN_SIGSUSPEND:
		sigemptyset(&none);
		told->answer = sigsuspend(&none);
		break;
	case IN_COUNT:
		break;
	}
	told->answer_errno = errno;
	told->ready = 2;
	for (;;)
		pause();
}

static int64_t ms_since(const struct timespec *before)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - before->tv_sec) * 1000 + (now.tv_nsec - before->tv_nsec) / 1000000;
}

/* Triggers for half the time of the sleep. How long it was in all, ms. */
static int64_t interrupt(const struct sleeper *sleeper, bool inject)
{
	const enum sleep_in in = sleeper->in;
	struct timespec before;
	struct child child;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &before);
	child = start_ready(be_asleep, (void *)sleeper);
	UNTIL(*status_field(child.pid, "State") == 'S');
	do {
		struct pulled pulled = pull(cow_of(&child, inject));

		assert_done(&pulled);
		pause_briefly();
	} while (ms_since(&before) < 500);
	if (in == IN_READ)
		assert_int_equal(write(sleeper->pipe[1], "x", 1), 1);
	if (in == IN_SIGSUSPEND)
		kill(child.pid, SIGUSR1);
	UNTIL(child.told->ready == 2);
	ms = ms_since(&before);
	assert_int_equal(child.told->answer, in == IN_READ			     ? 1 + 'x'
					     : in == IN_FUTEX || in == IN_SIGSUSPEND ? -1
										     : 0);
	assert_int_equal(child.told->answer_errno, in == IN_FUTEX	 ? ETIMEDOUT
						   : in == IN_SIGSUSPEND ? EINTR
									 : 0);
	assert_int_equal(child.told->signals, in == IN_SIGSUSPEND);
	end_child(&child);
	return ms;
}

/*
 * A call that was interrupted goes on, for the rest of its time, and gives what it would have given. Begun anew it would
 * take half as long again; a machine that is busy may be late too, but not three times.
 */
static void sleeps_on(enum sleep_in in, bool inject)
{
	struct sleeper sleeper = {.in = in};
	const bool timed = in == IN_NANOSLEEP || in == IN_FUTEX || in == IN_POLL;
	int64_t ms;
	int i;

	assert_int_equal(pipe(sleeper.pipe), 0);
	for (i = 0, ms = INT64_MAX; i < 3 && ms > 1400; i++) {
		ms = interrupt(&sleeper, inject);
		if (timed)
			assert_true(ms >= 990);
	}
	assert_true(!timed || ms <= 1400);
	close(sleeper.pipe[0]);
	close(sleeper.pipe[1]);
}

static void test_sleeps_on(void **state)
{
	int in;

	(void)state;
	for (in = 0; in < IN_COUNT; in++) {
		sleeps_on((enum sleep_in)in, false);
		sleeps_on((enum sleep_in)in, true);
	}
}

/* The dialog says so: a wait that the kernel does not begin again ends early. The kernel's own way, not ours. */
static void be_epoll(struct told *told, void *argument)
{
	struct epoll_event event;
	int fd = epoll_create1(0);

	(void)argument;
	give_memory(told);
	told->ready = 1;
	told->answer = epoll_wait(fd, &event, 1, 60000);
	told->answer_errno = errno;
	told->ready = 2;
	for (;;)
		pause();
}

static void test_epoll(void **state)
{
	struct child child = start_ready(be_epoll, NULL);
	struct pulled pulled;

	(void)state;
	UNTIL(*status_field(child.pid, "State") == 'S');
	pulled = pull(cow_of(&child, false));
	assert_done(&pulled);
	UNTIL(child.told->ready == 2);
	assert_int_equal(child.told->answer, -1);
	assert_int_equal(child.told->answer_errno, EINTR);
	end_child(&child);
}

/* Another process in the same memory is stopped with the target: its writes are not lost either. */
static int be_sharer(void *argument)
{
	static struct worker worker;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker = (struct worker){argument, 0};
	work(&worker);
	_exit(0);
}

static void be_shared(struct told *told, void *argument)
{
	static char stack[65536] __attribute__((aligned(16)));

	(void)argument;
	give_memory(told);
	told->pid = clone(be_sharer, stack + sizeof(stack), CLONE_VM, told);
	told->ready = 1;
	for (;;)
		pause();
}

static void test_sharer(void **state)
{
	struct child child = start_ready(be_shared, NULL);
	struct trigger trigger = cow_of(&child, false);
	struct kernel *kernel = open_kernel();
	struct buf text = {0};
	uint64_t before;
	char error[256];
	int i;

	(void)state;
	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "2 threads of 2 processes"));
	buf_fini(&text);
	kernel_close(kernel);
	for (i = 0; i < 300; i++) {
		struct pulled pulled = pull(cow_of(&child, i % 2));

		assert_done(&pulled);
	}
	before = child.told->progress[0];
	UNTIL(child.told->progress[0] > before + 2);
	assert_int_equal(child.told->bad, 0);
	assert_free(child.told->pid);
	assert_free(child.pid);
	kill(child.told->pid, SIGKILL);
	end_child(&child);
}

/* A vfork parent cannot stop, and need not: its child, which holds it, does. */
static void be_vforked(struct told *told, void *argument)
{
	(void)argument;
	give_memory(told);
	if (!vfork()) {
		static struct worker worker;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		told->pid = getpid();
		told->ready = 1;
		worker = (struct worker){told, 0};
		work(&worker);
		_exit(0);
	}
	told->ready = 2;
	for (;;)
		pause();
}

static void test_vfork(void **state)
{
	struct child child = start_ready(be_vforked, NULL);
	struct pulled pulled;
	uint64_t before;
	int i;

	(void)state;
	for (i = 0; i < 50; i++) {
		pulled = pull(cow_of(&child, false));
		assert_done(&pulled);
	}
	before = child.told->progress[0];
	UNTIL(child.told->progress[0] > before + 2);
	/* No thread of its own can make a call now; one of the child's is not asked. */
	pulled = pull(cow_of(&child, true));
	assert_int_equal(pulled.err, -EBUSY);
	assert_int_equal(child.told->ready, 1);
	child.told->stop = 1;
	UNTIL(child.told->ready == 2);
	assert_int_equal(child.told->bad, 0);
	assert_free(child.pid);
	end_child(&child);
}

/* The first thread has exited, another lives on. */
static void be_leaderless(struct told *told, void *argument)
{
	static struct worker worker;
	pthread_t thread;

	(void)argument;
	give_memory(told);
	worker = (struct worker){told, 0};
	if (pthread_create(&thread, NULL, work, &worker))
		_exit(1);
	told->ready = 1;
	syscall(SYS_exit, 0);
}

static void test_leaderless(void **state)
{
	struct child child = start_ready(be_leaderless, NULL);
	struct trigger collapse = {.kind = TRIGGER_COLLAPSE, .pid = child.pid, .addr = child.told->memory};
	struct pulled pulled;
	uint64_t before;
	int i;

	(void)state;
	UNTIL(*status_field(child.pid, "State") == 'Z');
	for (i = 0; i < 20; i++) {
		pulled = pull(cow_of(&child, i % 2));
		assert_done(&pulled);
	}
	assert_refused(collapse, -ENOTSUP, "first thread");
	before = child.told->progress[0];
	UNTIL(child.told->progress[0] > before + 2);
	assert_int_equal(child.told->bad, 0);
	end_child(&child);
}

static void *come_and_go(void *argument)
{
	return argument;
}

static void *breed(void *argument)
{
	struct told *told = argument;
	pthread_t thread;

	while (!told->stop)
		if (!pthread_create(&thread, NULL, come_and_go, NULL))
			pthread_join(thread, NULL);
	return NULL;
}

/* Threads come and go all the time, and so do processes. */
static void be_breeding(struct told *told, void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, breed, told))
		_exit(1);
	be_worker(told, argument);
}

static void test_breeding(void **state)
{
	struct child child = start_ready(be_breeding, NULL);
	int i, done = 0;

	(void)state;
	for (i = 0; i < 200; i++) {
		struct pulled pulled = pull(cow_of(&child, i % 2));

		if (pulled.err != -EBUSY && pulled.err != -EAGAIN)
			assert_done(&pulled);
		done += !pulled.err;
	}
	assert_true(done > 150);
	assert_works(&child);
	end_worker(&child);
}

/* It is killed at any moment of a trigger: that is told, and the caller goes on. */
static void test_killed(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		struct child child = start_ready(be_worker, NULL);
		const struct timespec wait = {.tv_nsec = i * 20000};
		const pid_t killer = fork();
		struct pulled pulled;
		int status;

		if (!killer) {
			nanosleep(&wait, NULL);
			kill(child.pid, SIGKILL);
			_exit(0);
		}
		pulled = pull(cow_of(&child, i % 2));
		if (pulled.err && pulled.err != -ESRCH && pulled.err != -EBUSY && pulled.err != -EAGAIN &&
		    pulled.err != -EFAULT)
			fail_msg("%d %s", pulled.err, pulled.error);
		waitpid(killer, NULL, 0);
		assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
		assert_int_equal(WTERMSIG(status), SIGKILL);
		munmap(child.told, sizeof(*child.told));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group_stopped), cmocka_unit_test(test_signals),
		cmocka_unit_test(test_wnowait),	      cmocka_unit_test(test_sleeps_on),
		cmocka_unit_test(test_epoll),	      cmocka_unit_test(test_sharer),
		cmocka_unit_test(test_vfork),	      cmocka_unit_test(test_leaderless),
		cmocka_unit_test(test_breeding),      cmocka_unit_test(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
