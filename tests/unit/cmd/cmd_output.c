/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/output: that a program which ends in the middle of writing leaves no unfinished file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/output.h"
#include "core/mem.h"

static char folder[] = "/tmp/cmd_output-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/out", mkdtemp(folder));
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int files(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static void end_exhausted(void)
{
	_Exit(files() == 1 ? 7 : 1);
}

static void exit_exhausted(void)
{
	exit(7);
}

/* The status of a child that runs out of memory while it writes. */
static int exhaust(void (*how)(void))
{
	struct output output;
	int status;
	pid_t pid = fork();

	assert_return_code(pid, errno);
	if (!pid) {
		mem_exhausted = how;
		if (output_open(&output, path))
			_exit(2);
		mem_exhausted(); /* as mem_alloc calls it */
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	assert_int_equal(exhaust(exit_exhausted), 7);
	assert_int_equal(files(), 0);
}

/* Proof that there was a file to remove. */
static void test_begun(void **state)
{
	DIR *dir;
	struct dirent *entry;

	(void)state;
	assert_int_equal(exhaust(end_exhausted), 7);
	assert_int_equal(files(), 1);
	dir = opendir(folder);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	closedir(dir);
}

/* What was set before is set again, and nothing was that was not. */
static void test_signals_restored(void **state)
{
	struct output output;
	struct sigaction now;

	(void)state;
	signal(SIGTERM, SIG_IGN);
	assert_int_equal(output_open(&output, path), 0);
	sigaction(SIGXFSZ, NULL, &now);
	assert_true(now.sa_handler == SIG_IGN);
	output_abandon(&output);
	sigaction(SIGXFSZ, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL);
	assert_int_equal(output_open(&output, "/no/such/folder/out"), -ENOENT);
	sigaction(SIGTERM, NULL, &now);
	assert_true(now.sa_handler == SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	assert_int_equal(files(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_begun),
		cmocka_unit_test(test_signals_restored),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
