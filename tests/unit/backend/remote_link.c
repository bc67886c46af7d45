/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links: lines however they come, deadlines, ends and what is said of them, commands that stay or will not go. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../lacking.h"
#include "remote_common.h"

static const char *line;
static size_t len;

static void test_lines(void **state)
{
	const char said[] = "one\n\ntwo\nrest";
	int far;
	struct link *link = far_said(said, strlen(said), true, &far);

	(void)state;
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), 0);
	assert_memory_equal(line, "one", 3);
	assert_int_equal(len, 3);
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(link_line(link, S, 0, &line, &len), 0);
	assert_memory_equal(line, "two", 3);
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), -EIO); /* what is cut off is none */
	assert_string_equal(link_error(link), "the far end ('test') closed the link before it greeted");
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), -EIO);
	assert_int_equal(link_send(link, "x\n", 2), -EIO);
	link_close(link);
	close(far);
}

static void test_silence(void **state)
{
	const uint64_t began = now_ns();
	int far;
	struct link *link = far_said("half", 4, false, &far);

	(void)state;
	assert_int_equal(link_line(link, 10 * S, 0, &line, &len), -EAGAIN);
	assert_int_equal(link_line(link, 10 * S, 10 * MS, &line, &len), -EAGAIN);
	assert_string_equal(link_error(link), "");
	assert_int_equal(link_line(link, 100 * MS, UINT64_MAX, &line, &len), -ETIMEDOUT);
	assert_string_equal(link_error(link),
			    "the far end ('test') has not greeted for 0.1 s: it is taken for dead");
	assert_in_range(now_ns() - began, 100 * MS, 8 * S);
	link_close(link);
	assert_in_range(now_ns() - began, 100 * MS, 9 * S); /* one that is dead is not waited for */
	close(far);
}

static void test_endless_line(void **state)
{
	char *said = mem_alloc(WIRE_LINE_MAX + 2);
	struct link *link;
	int far;

	(void)state;
	memset(said, 'x', WIRE_LINE_MAX);
	link = far_said(said, WIRE_LINE_MAX, false, &far);
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), -EBADMSG);
	assert_non_null(strstr(link_error(link), "longer than 1048576 bytes"));
	link_close(link);
	close(far);
	said[WIRE_LINE_MAX - 1] = '\n'; /* the longest that there is */
	link = far_said(said, WIRE_LINE_MAX, false, &far);
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), 0);
	assert_int_equal(len, WIRE_LINE_MAX - 1);
	link_close(link);
	close(far);
	free(said);
}

static void *interrupt_later(void *link)
{
	const struct timespec nap = {.tv_nsec = 50 * 1000000};

	nanosleep(&nap, NULL);
	link_interrupt(link);
	return NULL;
}

static void test_interrupt(void **state)
{
	int far;
	struct link *link = far_said("", 0, false, &far);
	const uint64_t began = now_ns();
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, interrupt_later, link), 0);
	assert_int_equal(link_line(link, 60 * S, UINT64_MAX, &line, &len), -ECANCELED);
	pthread_join(thread, NULL);
	assert_in_range(now_ns() - began, 10 * MS, 30 * S);
	assert_int_equal(link_send(link, "x\n", 2), -ECANCELED); /* and so does what comes later */
	close(far);
	link_close(link);
}

/* Who says much and reads nothing does not keep whoever writes for ever. */
static void test_send_interrupted(void **state)
{
	char *much = mem_alloc(16 << 20);
	int far;
	struct link *link = far_said("hello\n", 6, false, &far);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, interrupt_later, link), 0);
	assert_int_equal(link_send(link, much, 16 << 20), -ECANCELED);
	pthread_join(thread, NULL);
	close(far);
	link_close(link);
	free(much);
}

/* What could not be interrupted is not waited for. */
static void test_no_descriptor_left(void **state)
{
	struct rlimit limit, none;
	struct link *link;
	int pair[2], spare;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	spare = dup(pair[0]); /* the lowest that is free */
	close(spare);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){(rlim_t)spare, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	link = link_socket(pair[0], "test");
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(link_send(link, "x\n", 2), -EMFILE);
	assert_int_equal(link_line(link, S, UINT64_MAX, &line, &len), -EMFILE);
	assert_string_equal(link_error(link), "cannot wait for the far end ('test'): Too many open files");
	link_close(link);
	close(pair[1]);
}

static struct link *command(const char *text)
{
	struct link *link;
	char error[256];

	assert_int_equal(link_command(text, LINK_ASKS_NOBODY, &link, error, sizeof(error)), 0);
	return link;
}

static void test_command(void **state)
{
	struct link *link = command("cat");

	(void)state;
	assert_int_equal(link_send(link, "hello\n", 6), 0);
	assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), 0);
	assert_memory_equal(line, "hello", 5);
	link_close(link); /* it goes when nothing more is said */
}

static void ends(const char *text, const char *sentence)
{
	struct link *link = command(text);

	assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), -EIO);
	assert_string_equal(link_error(link), sentence);
	link_close(link);
}

static void test_says_why_it_ended(void **state)
{
	(void)state;
	ends("exit 3", "the far end ('exit 3') ended with status 3 before it greeted");
	ends("exit 127",
	     "the far end ('exit 127') ended with status 127 before it greeted; copy thpscope-agent there, "
	     "and name it by its path");
}

static void test_keeps_standard_error(void **state)
{
	(void)state;
	ends("echo first >&2; printf 'no \\033[31mroute\\n\\n' >&2; exit 255",
	     "the far end ('echo first >&2; printf 'no \\033[31mroute\\n\\n' >&2; exit 255') ended with "
	     "status "
	     "255 before it greeted: no ?[31mroute");
	ends("head -c 300000 /dev/zero >&2; echo last >&2; kill -9 $$",
	     "the far end ('head -c 300000 /dev/zero >&2; echo last >&2; kill -9 $$') was ended by signal 9 "
	     "before it greeted: last");
}

/* Until whoever inherited it has reaped it. */
static void gone(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = 5 * 1000000};
	const uint64_t began = now_ns();

	while (!kill(pid, 0)) {
		assert_in_range(now_ns() - began, 0, 30 * S);
		nanosleep(&nap, NULL);
	}
}

/* What will not go is made to, with all that it started. */
static void test_stubborn(void **state)
{
	struct link *link = command("trap '' TERM; sleep 1000 & echo $!; wait; wait; sleep 1000");
	const uint64_t began = now_ns();
	pid_t kid;

	(void)state;
	assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), 0);
	kid = (pid_t)atoi(line);
	assert_in_range(kid, 2, INT32_MAX);
	assert_int_equal(kill(kid, 0), 0);
	link_close(link);
	assert_in_range(now_ns() - began, 0, 20 * S);
	gone(kid);
}

/* The command may end before what it started. */
static void test_rest_of_group(void **state)
{
	struct link *link = command("sleep 1000 & echo $!; exec true");
	pid_t kid;

	(void)state;
	assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), 0);
	kid = (pid_t)atoi(line);
	assert_in_range(kid, 2, INT32_MAX);
	link_close(link);
	gone(kid);
}

/* The child, which is killed and closes nothing: says whom it has started. */
static void start_and_wait(int out)
{
	struct link *link = command("sleep 1000 & echo $!; echo $$; wait");
	pid_t far[2];
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), 0);
		far[i] = (pid_t)atoi(line);
	}
	assert_int_equal(write(out, far, sizeof(far)), sizeof(far));
	pause();
}

/* `lacks`: no close_range is there. */
static void killed(bool lacks)
{
	pid_t far[2], pid;
	int pair[2];

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (!pid) {
		if (lacks && !lacking(SYS_close_range))
			_exit(1);
		start_and_wait(pair[1]);
	}
	assert_int_equal(read(pair[0], far, sizeof(far)), sizeof(far));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pair[0]);
	close(pair[1]);
	gone(far[0]);
	gone(far[1]);
}

static void test_killed(void **state)
{
	(void)state;
	killed(false);
	killed(true);
}

/* Whoever minds the command holds nothing that its end has to close. */
static void test_without_close_range(void **state)
{
	const uint64_t began = now_ns();
	const pid_t pid = fork();
	struct link *link;
	int status;

	(void)state;
	if (!pid) {
		if (!lacking(SYS_close_range))
			_exit(1);
		link = command("echo no such host >&2; exit 255");
		_exit(link_line(link, 10 * S, UINT64_MAX, &line, &len) != -EIO ||
		      !strstr(link_error(link), "ended with status 255 before it greeted: no such host"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_in_range(now_ns() - began, 0, 8 * S);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid;
}

/* What goes only after its link was closed is reaped with the next one. */
static void test_reaped_later(void **state)
{
	struct link *link = command("echo $$; exec sleep 1");
	const struct timespec nap = {.tv_nsec = 5 * 1000000};
	const uint64_t began = now_ns();
	pid_t pid;

	(void)state;
	assert_int_equal(link_line(link, 10 * S, UINT64_MAX, &line, &len), 0);
	pid = (pid_t)atoi(line);
	assert_in_range(pid, 2, INT32_MAX);
	link_close(link);
	while (!has_ended(pid)) {
		assert_in_range(now_ns() - began, 0, 30 * S);
		nanosleep(&nap, NULL);
	}
	link = command("true");
	assert_int_equal(kill(pid, 0), -1);
	link_close(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_send_interrupted),
		cmocka_unit_test(test_no_descriptor_left),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_says_why_it_ended),
		cmocka_unit_test(test_keeps_standard_error),
		cmocka_unit_test(test_stubborn),
		cmocka_unit_test(test_rest_of_group),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_without_close_range),
		cmocka_unit_test(test_reaped_later),
	};

	return cmocka_run_group_tests_name("remote_link", tests, NULL, NULL);
}
