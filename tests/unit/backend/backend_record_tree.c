/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program thpscope-record-tree: what it says, and how it exits. */
#include "kid.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static char parent[64], dir[96], said[4096];

static int make_parent(void **state)
{
	(void)state;
	snprintf(parent, sizeof(parent), "/tmp/thpscope-program-XXXXXX");
	if (!mkdtemp(parent))
		return -1;
	snprintf(dir, sizeof(dir), "%s/tree", parent);
	return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	(void)stat;
	(void)type;
	(void)walk;
	return remove(path);
}

static int remove_parent(void **state)
{
	(void)state;
	return nftw(parent, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#define BARRED 98 /* that user cannot even start it */

/* Runs it with up to three arguments; what it wrote to stderr and, without `stdout_to`, to stdout is in said. */
static int run(uid_t user, const char *stdout_to, const char *a, const char *b, const char *c)
{
	int out[2], status, fd;
	size_t len = 0;
	ssize_t got;
	pid_t pid;

	assert_return_code(pipe(out), errno);
	pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		fd = stdout_to ? open(stdout_to, O_WRONLY) : out[1];
		if (dup2(fd, 1) < 0 || dup2(out[1], 2) < 0 || (user && setresuid(user, user, user)))
			_exit(BARRED);
		execl(PROGRAM, "thpscope-record-tree", a, b, c, (char *)NULL);
		_exit(BARRED);
	}
	close(out[1]);
	while ((got = read(out[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)got;
	said[len] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* One line on stderr, and the exit code. */
static void assert_fails(int got, int code, const char *says)
{
	assert_int_equal(got, code);
	assert_int_equal(strncmp(said, "thpscope-record-tree: ", 22), 0);
	if (!strstr(said, says))
		fail_msg("\"%s\" does not say \"%s\"", said, says);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	assert_int_equal(access(dir, F_OK), -1);
}

static void test_usage(void **state)
{
	(void)state;
	assert_fails(run(0, NULL, NULL, NULL, NULL), 2, "a PID and a directory are needed");
	assert_fails(run(0, NULL, dir, NULL, NULL), 2, "a PID and a directory are needed");
	assert_fails(run(0, NULL, "x", dir, NULL), 2, "x is no PID");
	assert_fails(run(0, NULL, "0", dir, NULL), 2, "0 is no PID");
	assert_fails(run(0, NULL, "-1", dir, NULL), 2, "-1 is no PID");
	assert_fails(run(0, NULL, "99999999999", dir, NULL), 2, "is no PID");
	assert_int_equal(run(0, NULL, "--help", NULL, NULL), 0);
	assert_non_null(strstr(said, "usage: thpscope-record-tree PID... DIR\n"));
	assert_int_equal(run(0, NULL, "--version", NULL, NULL), 0);
	assert_int_equal(strncmp(said, "thpscope-record-tree 0.", 23), 0);
	assert_fails(run(0, "/dev/full", "--help", NULL, NULL), 7, "stdout");
}

static void test_records(void **state)
{
	struct kid kid = kid_start(NULL, NULL);
	char pid[16], path[160];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)kid.pid);
	assert_int_equal(run(0, NULL, pid, dir, NULL), 0);
	assert_string_equal(said, "");
	snprintf(path, sizeof(path), "%s/proc/%s/pages.jsonl", dir, pid);
	assert_return_code(access(path, R_OK), errno);
	/* What is there stays. */
	assert_int_equal(run(0, NULL, pid, dir, NULL), 2);
	assert_non_null(strstr(said, "not empty"));
	assert_return_code(access(path, R_OK), errno);
	kid_end(&kid);
}

static void test_fails(void **state)
{
	struct kid kid = kid_start(NULL, NULL);
	char pid[16], path[160];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)kid.pid);
	assert_fails(run(0, NULL, pid, "1073741823", dir), 4, "PID 1073741823: no such process");
	snprintf(path, sizeof(path), "%s/none/tree", parent);
	assert_fails(run(0, NULL, pid, path, NULL), 7, path);
	kid_end(&kid);
}

static void test_unprivileged(void **state)
{
	struct kid kid = kid_start(NULL, NULL);
	char pid[16];
	int code;

	(void)state;
	snprintf(pid, sizeof(pid), "%d", (int)kid.pid);
	code = run(65534, NULL, pid, dir, NULL);
	if (code == BARRED) {
		kid_end(&kid);
		SKIP("nobody", "nobody else may get at the program");
	}
	assert_fails(code, 3, dir);
	assert_return_code(chmod(parent, 0777), errno);
	assert_fails(run(65534, NULL, pid, dir, NULL), 3, "not permitted");
	kid_end(&kid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usage, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_records, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_fails, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_unprivileged, make_parent, remove_parent),
	};

	return cmocka_run_group_tests_name("backend_record_tree", tests, NULL, NULL);
}
