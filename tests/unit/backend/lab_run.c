/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command of the guest whose reader here takes nothing: signals end it all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "lab/parts.h"

#define MUCH (3u << 20) /* more than a pipe, a terminal or a socket holds */
#define LIMIT_MS 20000

/* Runs a command, whose stdout goes to `out`, in a process of its own: its status is what lab_run returned. */
static pid_t start(int control, int out)
{
	char word[] = "yes", error[256];
	struct lab lab = {.control = control};
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	_exit(lab_run(&lab, (char *[]){word, NULL}, error, sizeof(error)) & 0xff);
}

/* The status with which it ends, in time; -1. */
static int status_of(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	const int64_t end = lab_now_ms() + LIMIT_MS;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (lab_now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return -1;
		}
		nanosleep(&nap, NULL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Waits until it has gone to sleep, and for some time did not wake up: its status has the context switches. */
static void stands_still(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	const int64_t end = lab_now_ms() + LIMIT_MS;
	char path[32], text[4096], before[4096] = "";
	int fd, still = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	while (still < 20) {
		assert_true(lab_now_ms() < end);
		fd = open(path, O_RDONLY);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		still = strstr(text, "State:\tS") && !strcmp(text, before) ? still + 1 : 0;
		memcpy(before, text, sizeof(text));
		nanosleep(&nap, NULL);
	}
}

/* The guest says much, of which `reader` takes one byte; then the signal comes. */
static void ends_by(int number, int reader, int out)
{
	char *bytes = mem_alloc(MUCH), byte;
	struct pollfd polled = {reader, POLLIN, 0};
	struct buf frame = {0};
	int control[2];
	pid_t pid;

	memset(bytes, 'y', MUCH);
	lab_frame_put(&frame, LAB_OUTPUT, bytes, MUCH);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, control), 0);
	pid = start(control[1], out);
	assert_int_equal(send(control[0], frame.data, frame.len, 0), frame.len);
	assert_int_equal(poll(&polled, 1, LIMIT_MS), 1);
	assert_int_equal(read(reader, &byte, 1), 1);
	stands_still(pid);
	kill(pid, number);
	assert_int_equal(status_of(pid), 128 + number);
	close(control[0]);
	close(control[1]);
	buf_fini(&frame);
	free(bytes);
}

static void test_pipe(void **state)
{
	static const int numbers[] = {SIGTERM, SIGHUP, SIGINT};
	int fds[2];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(pipe(fds), 0);
		ends_by(numbers[i], fds[0], fds[1]);
		close(fds[0]);
		close(fds[1]);
	}
}

static void test_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ends_by(SIGTERM, fds[0], fds[1]);
	close(fds[0]);
	close(fds[1]);
}

/* Which says that it takes some, and blocks for the rest. */
static void test_terminal(void **state)
{
	struct termios raw;
	int master, slave;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(slave, TCSANOW, &raw), 0);
	ends_by(SIGTERM, master, slave);
	close(master);
	close(slave);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests_name("lab_run", tests, NULL, NULL);
}
