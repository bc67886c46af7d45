/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is: through the library, by our own reading, and of a recorded tree. */
#include "kid.h"

#include <pwd.h>

#include "core/arena.h"
#include "core/source.h"
#include "local/list.h"
#include "local/local.h"
#include "tree/tree.h"

#define TOUCHED ((size_t)16 << 20)
/* VmRSS is the sum of the CPUs' counters; statm may miss what each has not passed on (mm/memory.c, fs/proc/array.c). */
#define RSS_SLACK_KB 4096

/* A name that would do a terminal harm, parentheses as in stat, and what libproc2 puts in the place of such. */
#define NAME "a\x1b[2J\n)(?. "

static void hostile(void *argument)
{
	char *memory = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argument;
	if (memory == MAP_FAILED)
		_exit(1);
	memset(memory, 1, TOUCHED);
	prctl(PR_SET_NAME, NAME);
}

static const struct listed *find(const struct listed *list, size_t n, pid_t pid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].pid == pid)
			return &list[i];
	fail_msg("process %d is not in the list of %zu", (int)pid, n);
	return NULL;
}

static int64_t statm_kb(pid_t pid)
{
	unsigned long size, resident;
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &size, &resident), 2);
	fclose(file);
	return (int64_t)resident * sysconf(_SC_PAGESIZE) / 1024;
}

static void is_the_kid(const struct listed *kid)
{
	const struct passwd *user = getpwuid(geteuid());
	int64_t off = kid->rss_kb - statm_kb(kid->pid);

	assert_string_equal(kid->comm, NAME);
	assert_int_equal(kid->parent, getpid());
	assert_int_equal(kid->uid, geteuid());
	assert_string_equal(kid->user, user ? user->pw_name : "");
	assert_non_null(strstr(kid->command, "local_list"));
	assert_in_range(off + RSS_SLACK_KB, 0, 2 * RSS_SLACK_KB);
	assert_true(kid->rss_kb >= (int64_t)(TOUCHED >> 10));
	assert_true(kid->own);
	assert_false(kid->kernel_thread);
}

static void in_order(const struct listed *list, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		assert_true(list[i - 1].pid < list[i].pid);
}

/* Both ways tell the same of the same. */
static void test_here(void **state)
{
	struct kid kid = kid_start(hostile, NULL);
	struct kernel *kernel = open_proc();
	const struct listed *one, *other;
	struct listed *list, *own;
	struct lister *lister;
	struct arena arena = {0};
	size_t n, n_own;

	(void)state;
	assert_true(kernel->here);
	assert_int_equal(list_kernel(kernel, true, &arena, &own, &n_own), 0);
	in_order(own, n_own);
	other = find(own, n_own, kid.pid);
	is_the_kid(other);
	lister = lister_open();
	assert_int_equal(lister != NULL, BUILT_WITH_PROCPS);
	if (lister) {
		assert_int_equal(lister_list(lister, kernel, &arena, &list, &n), 0);
		assert_int_equal(lister_list(lister, kernel, &arena, &list, &n), 0); /* it can again */
		in_order(list, n);
		one = find(list, n, kid.pid);
		is_the_kid(one);
		assert_int_equal(one->start_time, other->start_time);
		assert_string_equal(one->command, other->command);
		assert_int_equal(one->rss_kb, other->rss_kb);
		find(list, n, getpid());
	} else {
		print_message("# (built without a library that lists processes)\n");
	}
	lister_close(lister);
	lister_close(NULL);
	kid_end(&kid);
	arena_fini(&arena);
	kernel_close(kernel);
}

/* A kernel that is not at "/" is never asked through the library, which knows only one /proc. */
static void test_elsewhere(void **state)
{
	struct kernel *kernel;
	char error[256];

	(void)state;
	assert_int_equal(proc_kernel_open("/.", &kernel, error, sizeof(error)), 0);
	assert_false(kernel->here);
	kernel_close(kernel);
}

/* A user's name would be this machine's: the number is what is known. */
static void test_tree(void **state)
{
	const struct listed *process;
	struct kernel *kernel;
	struct source *source;
	struct arena arena = {0};
	struct listed *list;
	char error[256];
	size_t n;

	(void)state;
	assert_int_equal(tree_kernel_open(FIXTURES "/6.18/demo", &kernel, error, sizeof(error)), 0);
	assert_int_equal(local_source_open(kernel, NULL, &source, error, sizeof(error)), 0);
	assert_int_equal(source_list(source, &arena, &list, &n), 0);
	assert_int_equal(n, 2);
	process = &list[0];
	assert_int_equal(process->pid, 28889);
	assert_string_equal(process->comm, "specimen");
	assert_string_equal(process->command, ""); /* a recording has none */
	assert_string_equal(process->user, "");
	assert_int_equal(process->uid, 0);
	assert_int_equal(process->rss_kb, 27552);
	assert_true(process->own);
	arena_fini(&arena);
	source_close(source);
}

static void test_join(void **state)
{
	char one[] = "sleep", two[] = "10", empty[] = "", dash[] = "-", many[LIST_COMMAND_MAX];
	char *both[] = {one, two, NULL}, *hollow[] = {one, empty, two, empty, empty, NULL};
	char *none[] = {dash, NULL}, *login[] = {dash, one, NULL}, *nothing[] = {NULL};
	char *long_one[] = {many, two, NULL};
	struct arena arena = {0};

	(void)state;
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	assert_string_equal(list_join(both, &arena), "sleep 10");
	assert_string_equal(list_join(hollow, &arena), "sleep  10");
	assert_string_equal(list_join(none, &arena), "");
	assert_string_equal(list_join(login, &arena), "- sleep");
	assert_string_equal(list_join(nothing, &arena), "");
	assert_string_equal(list_join(NULL, &arena), "");
	assert_int_equal(strlen(list_join(long_one, &arena)), LIST_COMMAND_MAX - 1);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_here),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests_name("local_list", tests, NULL, NULL);
}
