/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core/system: mount options, cgroups and the kernel's configuration. */
#include "core_test.h"

#include <string.h>

#include "core/arena.h"
#include "core/system.h"

static void test_mount_huge(void **state)
{
	static const char text[] =
		"20 1 0:19 / /sys rw - sysfs sysfs rw,huge=always\n"
		"21 1 0:33 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw,size=10k,huge=within_size,inode64\n"
		"22 1 0:34 /a /b rw - tmpfs tm\\040pfs rw,size=10k\n"
		"23 1 0:35 / /c rw - tmpfs x rw,xhuge=always,huge=advise\n"
		"24 1 0:36 / /d rw tmpfs x\n";
	struct arena arena = {0};
	const size_t n = strlen(text);

	(void)state;
	assert_null(system_mount_huge(text, n, 0, 19, &arena));
	assert_string_equal(system_mount_huge(text, n, 0, 33, &arena), "within_size");
	assert_string_equal(system_mount_huge(text, n, 0, 34, &arena), "never");
	assert_string_equal(system_mount_huge(text, n, 0, 35, &arena), "advise");
	assert_null(system_mount_huge(text, n, 0, 36, &arena));
	assert_null(system_mount_huge(text, n, 1, 33, &arena));
	assert_null(system_mount_huge("", 0, 0, 33, &arena));
	arena_fini(&arena);
}

static void test_cgroup(void **state)
{
	static const char text[] = "9:name=systemd:/s\n4:cpu,memory:/a:b/c\n3:memoryx:/no\n0::/unified\n";
	struct arena arena = {0};
	const size_t n = strlen(text);

	(void)state;
	assert_string_equal(system_cgroup(text, n, "memory", &arena), "/a:b/c");
	assert_string_equal(system_cgroup(text, n, "", &arena), "/unified");
	assert_null(system_cgroup(text, n, "pids", &arena));
	assert_null(system_cgroup("0::", 3, "", &arena));
	assert_string_equal(system_memory_cgroup(text, n, &arena), "/a:b/c");
	assert_string_equal(system_memory_cgroup("2:cpu:/c\n0::/two\n", 17, &arena), "/two");
	assert_null(system_memory_cgroup("2:cpu:/c\n", 9, &arena));
	assert_null(system_cgroup("no colons here", 14, "", &arena));
	arena_fini(&arena);
}

static void test_config(void **state)
{
	static const char text[] =
		"#\n# a comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_AB=m\nCONFIG_C=yes\n";

	(void)state;
	assert_int_equal(system_config(text, strlen(text), "CONFIG_A"), 1);
	assert_int_equal(system_config(text, strlen(text), "CONFIG_B"), 0);
	assert_int_equal(system_config(text, strlen(text), "CONFIG_AB"), -1);
	assert_int_equal(system_config(text, strlen(text), "CONFIG_C"), -1);
	assert_int_equal(system_config(text, strlen(text), "CONFIG_D"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mount_huge),
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
