/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/proc: what a kernel with page teams tells, read from files that say what one would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "core/queue.h"
#include "proc/proc.h"
#include "scratch.h"

#define TEAMS "sys/kernel/mm/pageteam/"
#define STAT "42 (a) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0 0 0 0 0\n"
#define ADDR UINT64_C(0x200000)

/* Bytes of a file from an offset on. */
static void put_at(const char *path, off_t at, const void *data, size_t len)
{
	const int fd = open_in_dir(path, 0);

	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static void put_announced(const char *abi)
{
	put(TEAMS "abi", abi);
	put(TEAMS "pagemap_pmd_bit", "60\n");
	put(TEAMS "kpageflags_team_bit", "28\n");
	put(TEAMS "kpageflags_team_pmd_bit", "29\n");
	put(TEAMS "kpageflags_doublemap_bit", "30\n");
	put(TEAMS "team_usage", "kpageteam\n");
	put(TEAMS "page_table", "PID/page_table\n");
	put(TEAMS "pte_mapped_thp", "PID/pte_mapped_thp\n");
	put("proc/42/stat", STAT);
	put("proc/42/pte_mapped_thp", "1 of 8\n200000\n");
	put("proc/self/pte_mapped_thp", "");
	put("proc/self/page_table", "");
}

static struct kernel *open_root(void)
{
	struct kernel *kernel = NULL;
	char error[256] = "";

	if (proc_kernel_open(dir, &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

static void test_usage(void **state)
{
	const uint64_t words[] = {514, 0, 512};
	struct kernel *kernel;
	int64_t usage, maps;

	(void)state;
	put_announced("1\n");
	put_at("proc/kpageteam", 0x1000 * 8, words, sizeof(words));
	kernel = open_root();
	assert_true(capable(&kernel->caps, CAP_TEAMS));
	assert_true(capable(&kernel->caps, CAP_PAGEMAP_BIT));
	assert_int_equal(kernel->kpf.double_map, UINT64_C(1) << 30);
	assert_int_equal(kernel_team(kernel, 0x1000, &usage, &maps), 0);
	assert_int_equal(usage, 514);
	assert_int_equal(maps, 2);
	assert_int_equal(kernel_team(kernel, 0x1002, &usage, &maps), 0);
	assert_int_equal(maps, 0);
	/* No head, before all frames, behind them, and where no offset is. */
	assert_int_equal(kernel_team(kernel, 0x1001, &usage, &maps), -ENOENT);
	assert_int_equal(kernel_team(kernel, 0, &usage, &maps), -ENOENT);
	assert_int_equal(kernel_team(kernel, 0x1003, &usage, &maps), -ENOENT);
	assert_int_equal(kernel_team(kernel, UINT64_MAX / 4, &usage, &maps), -ENOENT);
	kernel_close(kernel);
}

static void test_entries(void **state)
{
	const struct kernel_entries told[] = {{{0x1067, 0, 0x2067, 0x3067, 0x8000000000004867}},
					      {{0x1067, 0, 0x2067, 0x3067, 0}}};
	struct kernel_entries read[3];
	struct kernel_process *process;
	struct kernel *kernel;

	(void)state;
	put_announced("1\n");
	put_at("proc/42/page_table", (off_t)(ADDR / 4096 * sizeof(*told)), told, sizeof(told));
	kernel = open_root();
	assert_true(capable(&kernel->caps, CAP_ENTRIES));
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_entries(process, ADDR, 3, read), 2);
	assert_memory_equal(read, told, sizeof(told));
	assert_int_equal(kernel_entries(process, ADDR - 4096, 1, read), 1);
	assert_int_equal(read[0].word[ENTRY_PGD], 0);
	assert_int_equal(kernel_entries(process, UINT64_MAX & ~UINT64_C(4095), 1, read), 0);
	kernel_process_close(process);
	kernel_close(kernel);
}

static unsigned levels_with(const char *cpuinfo)
{
	struct kernel *kernel;
	unsigned levels;

	put("proc/cpuinfo", cpuinfo);
	kernel = open_root();
	levels = kernel->table_levels;
	kernel_close(kernel);
	return levels;
}

/* Five levels are a flag of the processor, if in use. (Each text is longer than the one that it goes over.) */
static void test_levels(void **state)
{
	(void)state;
	put_announced("1\n");
	assert_int_equal(levels_with("processor\t: 0\n"), 0);
	assert_int_equal(levels_with("processor\t: 0\nflags\t\t: fpu la5\n"), 4);
	assert_int_equal(levels_with("processor\t: 0\nflags\t\t: fpu la57x\n"), 4);
	assert_int_equal(levels_with("processor\t: 0\nflags\t\t: fpu vme\nbugs\t\t: la57 la57\n"), 4);
	assert_int_equal(
		levels_with("processor\t: 0\nflags\t\t: fpu la57 vme\nbugs\t\t: some that are long\n"), 5);
}

static void test_queue(void **state)
{
	struct kernel_process *process;
	struct kernel *kernel;
	struct buf text = {0};
	struct queue queue;

	(void)state;
	put_announced("1\n");
	kernel = open_root();
	assert_true(capable(&kernel->caps, CAP_QUEUE));
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_process_text(process, kernel->queue_file, &text), 0);
	assert_int_equal(queue_parse(text.data, text.len, &queue), 0);
	assert_int_equal(queue_place(&queue, ADDR), 1);
	buf_fini(&text);
	kernel_process_close(process);
	kernel_close(kernel);
}

/* Announced in another way: nothing of it is believed, and a sentence says why. */
static void test_other_abi(void **state)
{
	struct kernel_entries entries;
	struct kernel_process *process;
	struct kernel *kernel;
	int64_t usage, maps;

	(void)state;
	put_announced("2\n");
	kernel = open_root();
	assert_false(capable(&kernel->caps, CAP_TEAMS));
	assert_non_null(strstr(kernel->caps.missing[CAP_TEAMS], "another way"));
	assert_false(capable(&kernel->caps, CAP_ENTRIES));
	assert_false(capable(&kernel->caps, CAP_QUEUE));
	assert_int_equal(kernel_team(kernel, 0, &usage, &maps), -ENOTSUP);
	assert_int_equal(kernel_process_open(kernel, 42, &process), 0);
	assert_int_equal(kernel_entries(process, ADDR, 1, &entries), -ENOTSUP);
	kernel_process_close(process);
	kernel_close(kernel);
}

/* Announced, and not there: the sentence says so. */
static void test_not_there(void **state)
{
	struct kernel *kernel;
	int64_t usage, maps;

	(void)state;
	put(TEAMS "abi", "1\n");
	put(TEAMS "team_usage", "kpageteam\n");
	put(TEAMS "page_table", "PID/page_table\n");
	put("proc/self/stat", STAT);
	kernel = open_root();
	assert_false(capable(&kernel->caps, CAP_TEAMS));
	assert_non_null(strstr(kernel->caps.missing[CAP_ENTRIES], "/proc/self"));
	assert_null(kernel->caps.missing[CAP_QUEUE]);
	assert_int_equal(kernel_team(kernel, 0, &usage, &maps), -ENOTSUP);
	kernel_close(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_usage, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_entries, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_levels, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_queue, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_other_abi, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_not_there, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("backend_teams", tests, NULL, NULL);
}
