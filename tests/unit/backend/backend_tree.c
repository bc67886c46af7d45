/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/tree: trees written by hand, good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "scratch.h"
#include "tree/tree.h"

#define ABOUT(capabilities)                                                                                  \
	"{\"format\":\"thpscope-tree/1\",\"version\":\"0.1.0\",\"time\":\"2026-01-31T12:00:00.000000005Z\"," \
	"\"page_size\":4096,\"pmd_size\":2097152,\"capabilities\":[" capabilities "]}\n"
#define ALL "\"pagemap_scan\",\"pfn\",\"kpageflags\",\"kpagecount\",\"smaps\""
#define STAT "42 (a) b\n) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0 0 0 0\n"
#define LINE                                                                                                 \
	"{\"addr\":\"0x200000\",\"n\":2,\"pagemap\":\"0x8000000000001000\",\"flags\":\"0x1\",\"count\":2}\n"

#define LAST(n) "{\"lines\":" #n "}\n"

static struct kernel *open_tree(void)
{
	struct kernel *kernel = NULL;
	char error[256] = "";

	if (tree_kernel_open(dir, &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

static void test_good(void **state)
{
	struct kernel_process *process, *other;
	struct kernel *kernel;
	struct buf text = {0};
	pid_t *pids = NULL;
	uint64_t words[3];
	size_t n = 0;

	(void)state;
	put("tree.json", ABOUT(ALL));
	put("proc/vmstat", "thp_split_pmd 3\n");
	put("proc/42/stat", STAT);
	put("proc/42/pages.jsonl", LINE LAST(1));
	put("proc/7/stat", STAT);
	put("proc/7/pages.jsonl", LINE "{\"pfn\":\"0x1002\",\"n\":1,\"flags\":\"0x9\"}\n" LAST(2));
	kernel = open_tree();
	assert_string_equal(kernel->ops->source, "tree");
	assert_int_equal(kernel->wall_ns, INT64_C(1769860800000000005));
	assert_int_equal(kernel->page_size, 4096);
	assert_int_equal(kernel->pmd_size, 2097152);
	assert_int_equal(kernel->pmd_order, 9);
	assert_int_equal(kernel->caps.mask, 1 << CAP_PAGEMAP_SCAN | 1 << CAP_PFN | 1 << CAP_KPAGEFLAGS |
						    1 << CAP_KPAGECOUNT | 1 << CAP_SMAPS);
	assert_int_equal(kernel_pids(kernel, &pids, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(pids[0], 7);
	assert_int_equal(pids[1], 42);
	free(pids);
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), 0);
	assert_string_equal(text.data, "thp_split_pmd 3\n");
	assert_int_equal(kernel_text(kernel, "proc/swaps", &text), -ENOENT);

	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(process->start_time, 777);
	assert_int_equal(kernel_process_text(process, "maps", &text), -ENODATA);
	assert_int_equal(kernel_vma_page_size(process, 0x200000, words), -ENOTSUP);
	/* Nothing is read before it is needed. */
	assert_int_equal(kernel_flags(kernel, 0x1000, 1, words), -ENODATA);
	assert_int_equal(kernel_pagemap(process, 0x200000, 3, words), 3);
	assert_int_equal(words[1], UINT64_C(0x8000000000001001));
	assert_int_equal(words[2], 0);
	assert_int_equal(kernel_flags(kernel, 0x1000, 3, words), 2);
	assert_int_equal(kernel_flags(kernel, 0x1002, 1, words), -ENODATA);
	assert_int_equal(kernel_counts(kernel, 0x1001, 1, words), 1);
	assert_int_equal(words[0], 2);
	kernel_process_close(process);
	/* A second process adds its frames to the first one's. */
	assert_int_equal(kernel_process_open(kernel, 7, &other), 0);
	assert_int_equal(kernel_pagemap(other, 0x200000, 1, words), 1);
	assert_int_equal(kernel_flags(kernel, 0x1000, 3, words), 3);
	assert_int_equal(words[2], 9);
	kernel_process_close(other);
	assert_int_equal(kernel_process_open(kernel, 43, &process), -ENOENT);
	buf_fini(&text);
	kernel_close(kernel);
}

/* As an ordinary user on Linux 6.1 would have recorded it. */
static void test_poor(void **state)
{
	struct kernel_process *process;
	struct scan_range range;
	struct kernel_scan scan = {.to = 4096, .out = &range, .room = 1};
	struct kernel *kernel;
	uint64_t word;
	unsigned i;

	(void)state;
	put("tree.json", ABOUT("\"smaps\""));
	put("proc/42/stat", STAT);
	put("proc/42/pages.jsonl",
	    "{\"addr\":\"0x200000\",\"n\":2,\"pagemap\":\"0x8000000000000000\"}\n" LAST(1));
	kernel = open_tree();
	for (i = CAP_PFN; i <= CAP_KPAGECOUNT; i++)
		assert_non_null(strstr(kernel->caps.missing[i], "as root"));
	assert_non_null(kernel->caps.missing[CAP_PAGEMAP_SCAN]);
	assert_non_null(kernel->caps.missing[CAP_TEAMS]);
	assert_null(kernel->caps.missing[CAP_SMAPS]);
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_scan(process, &scan), -ENOTSUP);
	assert_int_equal(kernel_flags(kernel, 1, 1, &word), -ENOTSUP);
	assert_int_equal(kernel_counts(kernel, 1, 1, &word), -ENOTSUP);
	assert_int_equal(kernel_pagemap(process, 0x201000, 1, &word), 1);
	assert_int_equal(word, PM_PRESENT);
	kernel_process_close(process);
	kernel_close(kernel);
}

static void test_teams(void **state)
{
	struct kernel *kernel;

	(void)state;
	put("tree.json", ABOUT(ALL));
	put("sys/kernel/mm/pageteam/abi", "1\n");
	put("sys/kernel/mm/pageteam/pagemap_pmd_bit", "60\n");
	put("sys/kernel/mm/pageteam/kpageflags_team_bit", "28\n");
	put("sys/kernel/mm/pageteam/pte_mapped_thp", "PID/pte_mapped_thp\n");
	kernel = open_tree();
	assert_true(capable(&kernel->caps, CAP_TEAMS));
	assert_true(capable(&kernel->caps, CAP_PAGEMAP_BIT));
	assert_int_equal(kernel->pagemap_pmd_bit, 60);
	assert_false(capable(&kernel->caps, CAP_QUEUE)); /* announced, and not recorded */
	assert_string_equal(kernel->queue_file, "pte_mapped_thp");
	kernel_close(kernel);
}

static void test_about_is_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"", "no JSON"},
		{"{\n\"format\":", "tree.json: line 2: no JSON"},
		{"{}", "\"format\" is not"},
		{"{\"format\":\"thpscope-tree/2\"}", "\"format\" is not"},
		{"{\"format\":\"thpscope-tree/1\",\"page_size\":4095}", "\"page_size\" is not"},
		{"{\"format\":\"thpscope-tree/1\",\"page_size\":4096,\"pmd_size\":-2097152}",
		 "\"pmd_size\" is not"},
		{"{\"format\":\"thpscope-tree/1\",\"page_size\":4096,\"pmd_size\":1073741824}",
		 "\"pmd_size\" is not"},
		{"{\"format\":\"thpscope-tree/1\",\"page_size\":4096,\"pmd_size\":2097152}",
		 "\"capabilities\" is not"},
		{"{\"format\":\"thpscope-tree/1\",\"page_size\":4096,\"pmd_size\":2097152,\"time\":\"now\"}",
		 "\"time\" is not"},
		{ABOUT("\"magic\""), "something that is none"},
		{ABOUT("1"), "something that is none"},
	};
	struct kernel *kernel = NULL;
	char error[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put("tree.json", bad[i].text);
		assert_int_equal(tree_kernel_open(dir, &kernel, error, sizeof(error)), -EBADMSG);
		if (!strstr(error, bad[i].says) || !strstr(error, dir))
			fail_msg("%s gives \"%s\", not \"%s\"", bad[i].text, error, bad[i].says);
	}
}

static void test_no_tree(void **state)
{
	struct kernel *kernel = NULL;
	char error[256] = "";

	(void)state;
	assert_int_equal(tree_kernel_open(dir, &kernel, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "thpscope-record-tree"));
	assert_int_equal(tree_kernel_open("/no/such", &kernel, error, sizeof(error)), -ENOENT);
	put("tree.json", ABOUT(ALL));
	kernel = open_tree();
	kernel_close(kernel);
}

static void test_damaged_process(void **state)
{
	struct kernel_process *process;
	struct scan_range range;
	struct kernel_scan scan = {.to = 4096, .out = &range, .room = 1};
	struct kernel *kernel;
	uint64_t word;

	(void)state;
	put("tree.json", ABOUT(ALL));
	put("proc/42/stat", STAT);
	put("proc/42/pages.jsonl", LINE LAST(1));
	put("proc/7/stat", STAT);
	put("proc/7/pages.jsonl", LINE "{\"nonsense\":1}\n");
	put("proc/8/stat", STAT);
	put("proc/8/pages.jsonl", "{\"pfn\":\"0x1001\",\"n\":1,\"count\":3}\n" LAST(1));
	put("proc/9/stat", "nonsense\n");
	put("proc/10/comm", "x\n");
	put("proc/11/stat", STAT);
	kernel = open_tree();
	assert_int_equal(kernel_process_open(kernel, 7, &process), 0);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), -EBADMSG);
	assert_string_equal(kernel->error,
			    "proc/7/pages.jsonl, line 2: neither \"addr\" nor \"pfn\", \"scan\", "
			    "\"team\", \"walk\", \"page_size\", \"end\" or \"lines\" is in it");
	assert_int_equal(kernel_scan(process, &scan), -EBADMSG);
	kernel_process_close(process);
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), 1);
	kernel_process_close(process);
	/* It says of frame 0x1001 what process 42 does not. */
	assert_int_equal(kernel_process_open(kernel, 8, &process), 0);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), -EBADMSG);
	assert_non_null(strstr(kernel->error, "frame 0x1001 other counts"));
	kernel_process_close(process);
	assert_int_equal(kernel_counts(kernel, 0x1001, 1, &word), 1);
	assert_int_equal(word, 2);
	assert_int_equal(kernel_process_open(kernel, 9, &process), -EBADMSG);
	assert_non_null(strstr(kernel->error, "proc/9/stat"));
	assert_int_equal(kernel_process_open(kernel, 10, &process), -EBADMSG);
	assert_int_equal(kernel_process_open(kernel, 11, &process), 0);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), -ENODATA);
	kernel_process_close(process);
	kernel_close(kernel);
}

/* A fifo would be waited for, and to open a device does something. */
static void test_fifo(void **state)
{
	struct kernel_process *process;
	struct kernel *kernel;
	uint64_t word;
	char path[256];

	(void)state;
	put("tree.json", ABOUT(ALL));
	put("proc/42/stat", STAT);
	snprintf(path, sizeof(path), "%s/proc/42/pages.jsonl", dir);
	assert_return_code(mkfifo(path, 0600), errno);
	kernel = open_tree();
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	alarm(10);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), -EBADMSG);
	alarm(0);
	kernel_process_close(process);
	kernel_close(kernel);
}

static void put_link(const char *target, const char *path)
{
	char name[256];

	snprintf(name, sizeof(name), "%s/%s", dir, path);
	unlink(name);
	assert_return_code(symlink(target, name), errno);
}

/* A tree in the folder "tree", beside what nobody who gives us the tree may have us read. */
static struct kernel *open_inner(void)
{
	struct kernel *kernel = NULL;
	char name[80], error[256] = "";

	put("tree/tree.json", ABOUT(ALL));
	put("tree/proc/42/stat", STAT);
	put("outside/42/stat", STAT);
	put("outside/42/maps", "200000-400000 rw-p 00000000 00:00 0 secret\n");
	put("outside/42/pages.jsonl", LINE LAST(1));
	snprintf(name, sizeof(name), "%s/tree", dir);
	if (tree_kernel_open(name, &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

static void test_links(void **state)
{
	struct kernel *kernel = open_inner(), *other = NULL;
	struct kernel_process *process;
	struct buf text = {0};
	pid_t *pids = NULL;
	char name[256], error[256];
	uint64_t word;
	size_t n = 0;

	(void)state;
	put_link("../../../outside/42/maps", "tree/proc/42/maps");
	put_link("../../../outside/42/pages.jsonl", "tree/proc/42/pages.jsonl");
	put_link("../../outside/42", "tree/proc/43");
	put_link("../outside", "tree/sys");
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_process_text(process, "maps", &text), -EBADMSG);
	assert_int_equal(text.len, 0);
	assert_string_equal(kernel->error, "proc/42/maps: a link, a device or the like, or below one; a "
					   "recorded tree has files and folders alone");
	assert_int_equal(kernel_process_text(process, "../../../outside/42/maps", &text), -EBADMSG);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), -EBADMSG);
	assert_non_null(strstr(kernel->error, "proc/42/pages.jsonl: a link"));
	kernel_process_close(process);
	assert_int_equal(kernel_process_open(kernel, 43, &process), -EBADMSG);
	assert_non_null(strstr(kernel->error, "proc/43: a link"));
	assert_int_equal(kernel_text(kernel, "sys/42/maps", &text), -EBADMSG);
	/* Also to what is in the tree. */
	put("tree/proc/vmstat", "thp_split_pmd 3\n");
	put_link("vmstat", "tree/proc/meminfo");
	assert_int_equal(kernel_text(kernel, "proc/meminfo", &text), -EBADMSG);
	assert_int_equal(kernel_text(kernel, "proc//vmstat", &text), 0);
	put_link("../../outside/42/stat", "tree/proc/42/stat");
	assert_int_equal(kernel_process_open(kernel, 42, &process), -EBADMSG);
	assert_non_null(strstr(kernel->error, "proc/42/stat: a link"));
	snprintf(name, sizeof(name), "%s/tree/proc", dir);
	snprintf(error, sizeof(error), "%s/away", dir);
	assert_return_code(rename(name, error), errno);
	put_link("../outside", "tree/proc");
	assert_int_equal(kernel_pids(kernel, &pids, &n), -EBADMSG);
	assert_int_equal(n, 0);
	assert_int_equal(kernel_process_open(kernel, 42, &process), -EBADMSG);
	kernel_close(kernel);
	buf_fini(&text);

	put("tree.json", ABOUT(ALL));
	put_link("../tree.json", "tree/tree.json");
	snprintf(name, sizeof(name), "%s/tree", dir);
	assert_int_equal(tree_kernel_open(name, &other, error, sizeof(error)), -EBADMSG);
	assert_non_null(strstr(error, "tree.json: cannot be read: a link"));
}

/* Nothing of a file is read, and no memory taken, if it is larger than such a file is. */
static void test_large(void **state)
{
	static const struct {
		const char *path;
		off_t most;
	} files[] = {{"proc/42/pages.jsonl", (off_t)1 << 30},
		     {"proc/42/maps", (off_t)1 << 30},
		     {"proc/42/status", (off_t)16 << 20},
		     {"proc/vmstat", (off_t)16 << 20},
		     {"tree.json", (off_t)64 << 10}};
	struct kernel *kernel = NULL;
	char name[256], error[256];
	struct buf text = {0};
	size_t i;

	(void)state;
	put("tree.json", ABOUT(ALL));
	kernel = open_tree();
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put(files[i].path, "");
		snprintf(name, sizeof(name), "%s/%s", dir, files[i].path);
		assert_return_code(truncate(name, files[i].most + 1), errno);
		assert_int_equal(kernel_text(kernel, files[i].path, &text), -EFBIG);
		assert_null(text.data);
	}
	kernel_close(kernel);
	assert_int_equal(tree_kernel_open(dir, &kernel, error, sizeof(error)), -EFBIG);
	assert_non_null(strstr(error, "tree.json: cannot be read"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_poor, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_teams, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_about_is_bad, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_no_tree, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_damaged_process, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_fifo, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_links, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_large, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("backend_tree", tests, NULL, NULL);
}
