/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The specimen's family: names, ends, and that nobody survives thpscope, however that ends. */
#include "local_common.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BOUND_MS 5000

static bool exists(pid_t pid)
{
	return !kill(pid, 0);
}

static bool goes(pid_t pid)
{
	int ms;

	for (ms = 0; ms < BOUND_MS && exists(pid); ms++)
		nap();
	return !exists(pid);
}

static void comm_is(pid_t pid, const char *wanted)
{
	char path[64], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(comm, sizeof(comm), file));
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	assert_string_equal(comm, wanted);
}

/* main, kid, and kid's own child. */
static void family_of_three(struct source *source, pid_t pids[3])
{
	size_t n;
	pid_t pid;

	if (source_spawn(source, &pid))
		fail_msg("%s", source->error);
	do_act(source, "map anon 2M as A");
	do_act(source, "fork as kid");
	do_act(source, "fork kid as cub");
	do_act(source, "touch cub A");
	assert_int_equal(source_family(source, pids, 3, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(pids[0], pid);
}

static void test_names(void **state)
{
	struct source *source = open_source();
	pid_t pids[3], pid;
	size_t n;

	(void)state;
	family_of_three(source, pids);
	comm_is(pids[0], "specimen");
	comm_is(pids[1], "specimen:kid");
	comm_is(pids[2], "specimen:cub");
	assert_int_equal(source_spawn(source, &pid), -EBUSY);
	refused(source, "fork as kid", -EEXIST, "was called 'kid' already");
	do_act(source, "exit kid");
	assert_false(exists(pids[1]));
	refused(source, "touch kid A", -ESRCH, "'kid' has exited");
	/* An orphan stays in the family. */
	do_act(source, "write cub A");
	do_act(source, "exit cub");
	assert_false(exists(pids[2]));
	assert_int_equal(source_family(source, pids, 3, &n), 0);
	assert_int_equal(n, 1);
	source_close(source);
	assert_false(exists(pids[0]));
}

static void test_close_ends_all(void **state)
{
	struct source *source = open_source();
	pid_t pids[3];
	int i;

	(void)state;
	family_of_three(source, pids);
	source_close(source);
	for (i = 0; i < 3; i++)
		assert_false(exists(pids[i]));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_killed_member(void **state)
{
	struct source *source = open_source();
	pid_t pids[3];
	size_t n;

	(void)state;
	family_of_three(source, pids);
	assert_int_equal(kill(pids[1], SIGKILL), 0);
	assert_true(goes(pids[1]));
	assert_int_equal(source_family(source, pids, 3, &n), 0);
	assert_int_equal(n, 2);
	refused(source, "touch kid A", -EIO, "'kid' has died");
	refused(source, "touch kid A", -ESRCH, "'kid' has exited");
	do_act(source, "touch cub A");
	source_close(source);
}

static void test_stopped_member_is_killed(void **state)
{
	struct source *source = open_source();
	pid_t pids[3];
	int i;

	(void)state;
	family_of_three(source, pids);
	assert_int_equal(kill(pids[0], SIGSTOP), 0);
	assert_int_equal(kill(pids[2], SIGSTOP), 0);
	source_close(source);
	for (i = 0; i < 3; i++)
		assert_true(goes(pids[i]));
}

/* A thpscope that is killed in the middle leaves nobody behind. */
static void test_killed_controller(void **state)
{
	pid_t pids[3], controller;
	struct source *source;
	int pipes[2], i;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	controller = fork();
	assert_true(controller >= 0);
	if (!controller) {
		source = open_source();
		family_of_three(source, pids);
		if (write(pipes[1], pids, sizeof(pids)) != sizeof(pids))
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(pipes[0], pids, sizeof(pids)), sizeof(pids));
	for (i = 0; i < 3; i++)
		assert_true(exists(pids[i]));
	assert_int_equal(kill(controller, SIGKILL), 0);
	assert_int_equal(waitpid(controller, NULL, 0), controller);
	for (i = 0; i < 3; i++)
		assert_true(goes(pids[i]));
	close(pipes[0]);
	close(pipes[1]);
}

/* Nobody of the family keeps our output open: a reader behind a pipe would wait for ever. */
static void test_no_descriptors_kept(void **state)
{
	struct source *source;
	int pipes[2];
	pid_t pids[3];
	char byte;

	(void)state;
	assert_int_equal(pipe(pipes), 0); /* not close-on-exec */
	source = open_source();
	family_of_three(source, pids);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
	source_close(source);
}

/* A fork for whose socket no descriptor is left says so, and is as if it had not been. */
static void test_no_descriptor_left(void **state)
{
	struct source *source = open_source();
	struct rlimit before, used_up;
	pid_t pids[3];
	size_t n;
	int next;

	(void)state;
	if (source_spawn(source, &pids[0]))
		fail_msg("%s", source->error);
	next = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	assert_int_equal(close(next), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	used_up = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &used_up), 0);
	refused(source, "fork as kid", -EMFILE, "Too many open files");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(source_family(source, pids, 3, &n), 0);
	assert_int_equal(n, 1);
	do_act(source, "fork as kid");
	assert_int_equal(source_family(source, pids, 3, &n), 0);
	assert_int_equal(n, 2);
	source_close(source);
}

static void test_wrong_program(void **state)
{
	struct kernel *kernel;
	struct source *source;
	char error[256];
	pid_t pid;

	(void)state;
	assert_int_equal(proc_kernel_open("/", &kernel, error, sizeof(error)), 0);
	assert_int_equal(local_source_open(kernel, "/bin/true", &source, error, sizeof(error)), 0);
	assert_int_equal(source_spawn(source, &pid), -EIO);
	assert_non_null(strstr(source->error, "exited as soon as it was started"));
	source_close(source);
	assert_int_equal(proc_kernel_open("/", &kernel, error, sizeof(error)), 0);
	assert_int_equal(local_source_open(kernel, "/nowhere/x", &source, error, sizeof(error)), 0);
	assert_false(capable(&source->caps, CAP_SPECIMEN));
	assert_int_equal(source_spawn(source, &pid), -ENOTSUP);
	assert_non_null(strstr(source->error, "thpscope-specimen"));
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_close_ends_all),
		cmocka_unit_test(test_killed_member),
		cmocka_unit_test(test_stopped_member_is_killed),
		cmocka_unit_test(test_killed_controller),
		cmocka_unit_test(test_no_descriptors_kept),
		cmocka_unit_test(test_no_descriptor_left),
		cmocka_unit_test(test_wrong_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
