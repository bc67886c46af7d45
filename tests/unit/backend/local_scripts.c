/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every script of data/scripts on this kernel: what it expects must hold, or what it requires be missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

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

static void run_one(const char *path)
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
}

static void test_all(void **state)
{
	glob_t found;
	size_t i;

	(void)state;
	assert_int_equal(glob(SOURCE_ROOT "/data/scripts/*.thp", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 15);
	for (i = 0; i < found.gl_pathc; i++)
		run_one(found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
