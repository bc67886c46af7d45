/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts by name, by path, from standard input; and what is said when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "script/find.h"
#include "script/script.h"

#define SCRIPTS SOURCE_ROOT "/data/scripts"

static void test_by_name(void **state)
{
	struct buf text = {0};
	char error[512];

	(void)state;
	assert_int_equal(script_read("demo", SCRIPTS, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "expect hole mapping == none"));
	buf_clear(&text);
	assert_int_equal(script_read(SCRIPTS "/pmd.thp", NULL, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "collapse A"));
	buf_fini(&text);
}

static void test_lessons(void **state)
{
	struct buf text = {0};
	char error[1024];

	(void)state;
	assert_int_equal(script_read_course(SCRIPTS, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "\nfork-cow\n"));
	buf_clear(&text);
	/* Not the script of that name. */
	assert_int_equal(script_read_lesson("fork-cow", SCRIPTS, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "\ntitle "));
	assert_int_equal(script_read_lesson("demo", SCRIPTS, &text, error, sizeof(error)), -ENOENT);
	/* They are too many for one line. */
	assert_non_null(strstr(error, "no lesson is called 'demo'; 'thpscope lesson' lists the "));
	assert_int_equal(script_read_scene("demo", SCRIPTS, &text, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "no scene is called 'demo'; there are collapse-munmap, "));
	assert_int_equal(script_read_lesson("fork-cow", "/nowhere", &text, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "no lesson is called 'fork-cow': there are none in /nowhere/lessons");
	assert_int_equal(script_read_course("/nowhere", &text, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "there are no lessons in /nowhere/lessons");
	buf_fini(&text);
}

static void test_not_found(void **state)
{
	struct buf text = {0};
	char error[512];

	(void)state;
	assert_int_equal(script_read("dmeo", SCRIPTS, &text, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "no script is called 'dmeo'; did you mean 'demo'?");
	assert_int_equal(script_read("abcdefghijk", SCRIPTS, &text, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "there are demo, fork-cow, guard, "));
	assert_int_equal(script_read("demo", "/nowhere", &text, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "no script is called 'demo': there are none in /nowhere");
	assert_int_equal(script_read("nowhere.thp", NULL, &text, error, sizeof(error)), -ENOENT);
	assert_string_equal(error, "nowhere.thp: No such file or directory");
	assert_int_equal(script_read("/", NULL, &text, error, sizeof(error)), -EISDIR);
	assert_int_equal(script_read("/dev/zero", NULL, &text, error, sizeof(error)), -E2BIG);
	buf_fini(&text);
}

static void test_standard_input(void **state)
{
	struct buf text = {0};
	char error[512];
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "say \"x\"\n", 8), 8);
	close(pipes[1]);
	assert_true(dup2(pipes[0], 0) == 0);
	close(pipes[0]);
	assert_int_equal(script_read("-", NULL, &text, error, sizeof(error)), 0);
	assert_string_equal(text.data, "say \"x\"\n");
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_lessons),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_standard_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
