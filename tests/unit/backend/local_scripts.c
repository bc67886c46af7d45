/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every script of data/scripts that is for a running kernel: what it expects holds, or what it requires is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../skip.h"
#include "local/local.h"
#include "proc/proc.h"
#include "script/find.h"
#include "script/run.h"

static struct script *load(const char *path)
{
	struct script_error mistake;
	struct buf text = {0};
	struct script *script;
	char error[256];

	if (script_read(path, NULL, &text, error, sizeof(error)))
		fail_msg("%s", error);
	if (script_parse(text.data, text.len, path, &script, &mistake))
		fail_msg("%s:%d: %s", path, mistake.line, mistake.text);
	buf_fini(&text);
	return script;
}

static struct run_result run_one(const char *path)
{
	const struct run_options options = {.on = "real", .tell = run_print, .data = stdout};
	struct script *script = load(path);
	struct run_result result;
	struct kernel *kernel;
	struct source *source;
	char error[256];
	struct run *run;

	if (proc_kernel_open("/", &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	if (local_source_open(kernel, SPECIMEN, &source, error, sizeof(error)))
		fail_msg("%s", error);
	printf("--- %s\n", path);
	if (run_start(source, script, &options, &run, error, sizeof(error)))
		fail_msg("%s", error);
	run_all(run);
	result = *run_result(run);
	run_free(run);
	source_close(source);
	script_free(script);
	assert_true(run_passed(&result));
	assert_true(result.skipped || result.held + result.unknown);
	return result;
}

static void test_all(void **state)
{
	struct script *script;
	glob_t found;
	size_t i, n = 0;
	bool here;

	(void)state;
	assert_int_equal(glob(SOURCE_ROOT "/data/scripts/*.thp", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++) {
		script = load(found.gl_pathv[i]);
		here = script_runs_on(script, "real");
		script_free(script);
		if (here)
			run_one(found.gl_pathv[i]);
		n += here;
	}
	globfree(&found);
	assert_true(n >= 17);
}

/* A knob of the machine that is turned, and turned back whatever becomes of this process. */
static struct turned {
	int lock, end;
	pid_t guardian;
	bool set;
} turned;

static bool write_knob(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* What a knob says; of a choice the chosen word. */
static bool read_knob(const char *path, char value[64])
{
	char text[256] = "", *from, *to;
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	from = fgets(text, sizeof(text), file);
	fclose(file);
	if (!from)
		return false;
	from = strchr(text, '[') ? strchr(text, '[') + 1 : text;
	to = from + strcspn(from, "]\n");
	snprintf(value, 64, "%.*s", (int)(to - from), from);
	return true;
}

/* The guardian, in a session of its own, turns back when it reads the end of our pipe. */
static void turn(const char *path, const char *value)
{
	char before[64], byte, lock[256];
	const char *dir = getenv("TMPDIR");
	int pipes[2];

	turned = (struct turned){.lock = -1, .end = -1};
	if (access(path, W_OK))
		return;
	snprintf(lock, sizeof(lock), "%s/thpscope-tests.lock", dir ? dir : "/tmp");
	turned.lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(turned.lock >= 0);
	assert_int_equal(flock(turned.lock, LOCK_EX), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	turned.end = pipes[1];
	if (read_knob(path, before)) {
		fflush(stdout);
		turned.guardian = fork();
		assert_true(turned.guardian >= 0);
		if (!turned.guardian) {
			setsid();
			close(pipes[1]);
			(void)!read(pipes[0], &byte, 1);
			_exit(!write_knob(path, before));
		}
		turned.set = write_knob(path, value);
	}
	close(pipes[0]);
}

/* After each test, failed or not. */
static int turn_back(void **state)
{
	int status = 0;

	(void)state;
	close(turned.end);
	if (turned.guardian)
		waitpid(turned.guardian, &status, 0);
	close(turned.lock);
	return turned.set && status ? -1 : 0;
}

static void run_turned(const char *path, const char *value, const char *script, const char *without)
{
	struct run_result result;

	turn(path, value);
	if (!turned.set)
		SKIP(without, "%s cannot be written", path);
	result = run_one(script);
	assert_false(result.skipped);
}

static void test_mthp(void **state)
{
	(void)state;
	run_turned("/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled", "madvise",
		   SOURCE_ROOT "/data/scripts/mthp.thp", "mthp");
}

static void test_hugetlb(void **state)
{
	(void)state;
	run_turned("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "4",
		   SOURCE_ROOT "/data/scripts/hugetlb-2m.thp", "hugetlb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test_teardown(test_mthp, turn_back),
		cmocka_unit_test_teardown(test_hugetlb, turn_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
