/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/system: knobs, counters, stat and mountinfo; and the sizes that core/kernel reads. */
#include "core_test.h"

#include <errno.h>
#include <string.h>

#include "core/arena.h"
#include "core/moment.h"
#include "core/system.h"
#include "fake_kernel.h"

static struct arena arena;

static const char *knob(const char *text)
{
	return system_knob(text, strlen(text), &arena);
}

static void test_knob(void **state)
{
	(void)state;
	assert_string_equal(knob("always [madvise] never\n"), "madvise");
	assert_string_equal(knob("[always] madvise never\n"), "always");
	assert_string_equal(knob("511\n"), "511");
	assert_string_equal(knob("511"), "511");
	assert_string_equal(knob("always madvise\nnever\n"), "always madvise");
	assert_string_equal(knob("[cut"), "[cut");
	assert_string_equal(knob("[]\n"), "");
	assert_null(knob(""));
	assert_null(knob("\n"));
	arena_fini(&arena);
}

static bool status(const char *text, const char *name, unsigned nth, uint64_t *value)
{
	return system_status(text, strlen(text), name, nth, value);
}

static void test_status(void **state)
{
	static const char text[] =
		"Name:\tUid:\t7\nUid:\t1000\t1001\t1002\t1003\nVmRSS:\t    1864 kB\nVmR:\t-\n";
	uint64_t value = 0;

	(void)state;
	assert_true(status(text, "Uid", 0, &value)); /* the line's name, not a name in a line */
	assert_int_equal(value, 1000);
	assert_true(status(text, "Uid", 1, &value));
	assert_int_equal(value, 1001);
	assert_true(status(text, "Uid", 3, &value));
	assert_int_equal(value, 1003);
	assert_false(status(text, "Uid", 4, &value));
	assert_true(status(text, "VmRSS", 0, &value));
	assert_int_equal(value, 1864);
	assert_false(status(text, "VmRSS", 1, &value));
	assert_false(status(text, "VmR", 0, &value));
	assert_false(status(text, "VmSwap", 0, &value));
	assert_false(status("", "Uid", 0, &value));
	assert_false(status("Uid:", "Uid", 0, &value));
	assert_false(status("Uid", "Uid", 0, &value));
}

static void test_vmstat(void **state)
{
	static const char text[] =
		"nr_free_pages 5\nthp_split_pmd 3\nthp_zero_page_alloc 0\nthp_bad x\nthp_neg -1\n"
		"thp_\nxthp_a 1\nthp_max 18446744073709551615\nthp_over 18446744073709551616\n"
		"thp_two 1 2\nthp_cut 12";
	const struct figure *figures;
	size_t n;

	(void)state;
	n = system_vmstat(text, sizeof(text) - 1, "thp_", &arena, &figures);
	assert_int_equal(n, 4);
	assert_string_equal(figure_value(figures, n, "thp_split_pmd"), "3");
	assert_string_equal(figure_value(figures, n, "thp_zero_page_alloc"), "0");
	assert_string_equal(figure_value(figures, n, "thp_max"), "18446744073709551615");
	assert_int_equal(system_vmstat("", 0, "thp_", &arena, &figures), 0);
	arena_fini(&arena);
}

static void test_meminfo(void **state)
{
	static const char text[] =
		"MemTotal:  1 kB\nAnonHugePages:   2048 kB\nShmemPmdMapped:  0 kB\n"
		"HugePages_Total:      17\nHugepagesize:    2048 kB\nHugetlb:  4 kB\nHuge\nHugeX: y\n";
	const struct figure *figures;
	size_t n;

	(void)state;
	n = system_meminfo(text, sizeof(text) - 1, &arena, &figures);
	assert_int_equal(n, 5);
	assert_string_equal(figure_value(figures, n, "AnonHugePages"), "2048");
	assert_string_equal(figure_value(figures, n, "ShmemPmdMapped"), "0");
	assert_string_equal(figure_value(figures, n, "HugePages_Total"), "17");
	assert_null(figure_value(figures, n, "MemTotal"));
	arena_fini(&arena);
}

#define REST " S 12 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 7 0 987654321 1000 0\n"

static int stat_of(const char *text, struct stat_line *stat)
{
	return system_stat(text, strlen(text), stat);
}

static void test_stat(void **state)
{
	struct stat_line stat;

	(void)state;
	assert_int_equal(stat_of("42 (redis-server)" REST, &stat), 0);
	assert_string_equal(stat.comm, "redis-server");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 12);
	assert_int_equal(stat.flags, 4194560);
	assert_int_equal(stat.threads, 7);
	assert_int_equal(stat.start_time, 987654321);
	assert_int_equal(stat_of("42 (a) (b) S 1 ) (c\n)" REST, &stat), 0);
	assert_string_equal(stat.comm, "a) (b) S 1 ) (c\n");
	assert_int_equal(stat_of("42 ()" REST, &stat), 0);
	assert_string_equal(stat.comm, "");
	/* A kernel worker's name can be longer than 15 bytes; one of a hostile tree is cut. */
	assert_int_equal(
		stat_of("42 (0123456789012345678901234567890123456789012345678901234567890123456789)" REST,
			&stat),
		0);
	assert_int_equal(strlen(stat.comm), sizeof(stat.comm) - 1);
	assert_int_equal(
		stat_of("42 (x) S -9223372036854775808 1 1 0 -1 1 0 0 0 0 0 0 0 0 20 0 1 0 9 1\n", &stat), 0);
	assert_true(stat.ppid == INT64_MIN);
}

/* Cut anywhere before the end of field 22: damaged. */
static void test_stat_cut(void **state)
{
	static const char text[] = "42 (redis-server)" REST;
	const size_t whole = (size_t)(strstr(text, "987654321") + 9 - text);
	struct stat_line stat;
	size_t cut;

	(void)state;
	for (cut = 0; cut < sizeof(text); cut++)
		assert_int_equal(system_stat(text, cut, &stat), cut > whole ? 0 : -EBADMSG);
	assert_int_equal(stat_of("42 ) ( S 1\n", &stat), -EBADMSG);
	assert_int_equal(stat_of("42 (x) S x\n", &stat), -EBADMSG);
}

static void test_mounts(void **state)
{
	static const char text[] = "22 1 0:20 / /sys rw - sysfs sysfs rw\n"
				   "30 1 0:33 / /tmp rw,nosuid shared:2 master:1 - tmpfs tmpfs rw,size=1k\n"
				   "31 1 0:34 /a\\040-\\040b /mnt rw - hugetlbfs none rw\n"
				   "32 1 x:34 / /c rw - tmpfs none rw\n33 1 5 / /c rw - tmpfs none rw\n"
				   "34 1 0:35 / /d rw - tmpfsx none rw\n35 - tmpfs \n";
	struct mount_device *mounts;
	size_t n;

	(void)state;
	n = system_mounts(text, sizeof(text) - 1, &arena, &mounts);
	assert_int_equal(n, 2);
	assert_true(mounts[0].major == 0 && mounts[0].minor == 33 && !mounts[0].hugetlbfs);
	assert_true(mounts[1].minor == 34 && mounts[1].hugetlbfs);
	assert_int_equal(system_mounts("", 0, &arena, &mounts), 0);
	arena_fini(&arena);
}

/* hpage_pmd_size, or page size squared / 8 where it is absent or makes no sense. */
static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t page_size, pmd_size;
		unsigned order;
	} rows[] = {
		{"", 4096, 2 << 20, 9},
		{"2097152\n", 4096, 2 << 20, 9},
		{"junk\n", 4096, 2 << 20, 9},
		{"4096\n", 4096, 2 << 20, 9},
		{"0\n", 4096, 2 << 20, 9},
		{"3145728\n", 4096, 2 << 20, 9},
		{"268435456\n", 4096, 2 << 20, 9},
		{"8192\n", 4096, 8192, 1},
		{"", 16384, 32 << 20, 11},
		{"", 65536, 512 << 20, 13},
		{"2097152\n", 65536, 2 << 20, 5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++) {
		struct fake *fake = fake_new(9, 1024);

		fake_text(fake, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", rows[i].text);
		kernel_probe_sizes(&fake->kernel, rows[i].page_size);
		assert_int_equal(fake->kernel.pmd_size, rows[i].pmd_size);
		assert_int_equal(fake->kernel.pmd_order, rows[i].order);
		assert_int_equal(fake->kernel.pagemap_pmd_bit, -1);
		assert_int_equal(fake->kernel.kpf.team, 0);
		fake_free(fake);
	}
}

#define TEAMS "sys/kernel/mm/pageteam/"

/* What a kernel with page teams announces, and believed only if its ABI is the one that is known. */
static void test_teams(void **state)
{
	struct fake *fake = fake_new(9, 1024);
	struct kernel *kernel = &fake->kernel;
	char name[16];

	(void)state;
	fake_text(fake, TEAMS "abi", "2\n");
	fake_text(fake, TEAMS "pagemap_pmd_bit", "60\n");
	fake_text(fake, TEAMS "kpageflags_team_bit", "28\n");
	fake_text(fake, TEAMS "kpageflags_team_pmd_bit", "64\n");
	fake_text(fake, TEAMS "team_usage", "kpageteam\n");
	fake_text(fake, TEAMS "pte_mapped_thp", "PID/pte_mapped_thp\n");
	fake_text(fake, TEAMS "page_table", "PID/../../etc\n");
	kernel_probe_sizes(kernel, FAKE_PAGE);
	assert_int_equal(kernel->teams_abi, 2);
	assert_int_equal(kernel->pagemap_pmd_bit, -1);
	assert_int_equal(kernel->kpf.team, 0);
	assert_string_equal(kernel->queue_file, "");
	assert_false(kernel_teams_file(kernel, "team_usage", name, sizeof(name)));
	fake_text(fake, TEAMS "abi", "1\n");
	kernel_probe_sizes(kernel, FAKE_PAGE);
	assert_int_equal(kernel->pagemap_pmd_bit, 60);
	assert_int_equal(kernel->kpf.team, UINT64_C(1) << 28);
	assert_int_equal(kernel->kpf.team_pmd, 0);
	assert_int_equal(kernel->kpf.double_map, 0);
	assert_true(kernel->team_counts_all);
	assert_string_equal(kernel->queue_file, "pte_mapped_thp");
	assert_true(kernel_teams_file(kernel, "team_usage", name, sizeof(name)));
	assert_string_equal(name, "kpageteam");
	assert_false(kernel_teams_file(kernel, "page_table", name, sizeof(name)));
	assert_string_equal(name, "");
	/* Too long for who asked. */
	assert_false(kernel_teams_file(kernel, "team_usage", name, 9));
	assert_false(kernel_teams_file(kernel, "hold_mmap_lock", name, sizeof(name)));
	fake_free(fake);
}

/* Free blocks of all zones in units of one order; what is no such line counts for nothing. */
static void test_free_blocks(void **state)
{
	static const struct {
		const char *text;
		unsigned order;
		int64_t blocks;
	} rows[] = {
		{"Node 0, zone      DMA      1      0      2 \nNode 1, zone   Normal  5 6 7 \n", 2, 9},
		{"Node 0, zone      DMA      1      3      2 \n", 1, 7},
		{"Node 0, zone      DMA      1      3      2 \n", 0, 15},
		{"Node 0, zone      DMA      1      3      2 \n", 3, -1},
		{"Node 0, zone      DMA      0      0      0 \n", 2, 0},
		{"Node 0, zone DMA 1 3 2 x\nNode 0, zone DMA 1 3 2y \n", 2, -1},
		{"Node 0, zone DMA 1 2 3\nNode 0, zone Normal 1 2 4", 2, 3},
		{"Node 0, zone DMA 1 99999999999 3 \n", 2, -1},
		{"Node 0, zone\n, zone\nzone DMA 1 2 3\n\n", 1, -1},
		{"", 9, -1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(system_free_blocks(rows[i].text, strlen(rows[i].text), rows[i].order),
				 rows[i].blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_teams),	 cmocka_unit_test(test_knob),
		cmocka_unit_test(test_status),	 cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_meminfo),	 cmocka_unit_test(test_stat),
		cmocka_unit_test(test_stat_cut), cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_sizes),	 cmocka_unit_test(test_free_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
