/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What names of events mean: the kernel's own, and those of PMUs, each forced upon libpfm4 in a process of its own. */
#include <errno.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "count/parts.h"

#ifdef __x86_64__
#define ON_X86 true
#else
#define ON_X86 false
#endif

static char error[600];

static struct count_event meant(const char *name)
{
	struct count_event event;

	error[0] = '\0';
	if (count_name(name, &event, error, sizeof(error)))
		fail_msg("%s: %s", name, error);
	return event;
}

static void refused(const char *name, const char *sentence)
{
	struct count_event event;

	error[0] = '\0';
	if (count_name(name, &event, error, sizeof(error)) != -EINVAL)
		fail_msg("'%s' is taken for a name", name);
	if (!strstr(error, sentence))
		fail_msg("'%s': '%s' does not say '%s'", name, error, sentence);
}

/* The numbers are those of linux/perf_event.h, which never change: they are the kernel's binary interface. */
static void test_generic(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
		uint64_t config;
		bool hardware;
	} table[] = {
		{"page-faults", 1, 2, false},
		{"Page-Faults", 1, 2, false},
		{"minor-faults", 1, 5, false},
		{"major-faults", 1, 6, false},
		{"task-clock", 1, 1, false},
		{"cycles", 0, 0, true},
		{"instructions", 0, 1, true},
		{"dTLB-load-misses", 3, 0x10003, true},
		{"dTLB-loads", 3, 0x00003, true},
		{"dTLB-store-misses", 3, 0x10103, true},
		{"iTLB-load-misses", 3, 0x10004, true},
		{"LLC-load-misses", 3, 0x10002, true},
		{"L1-dcache-prefetch-misses", 3, 0x10200, true},
		{"r1e08", 4, 0x1e08, true},
	};
	struct count_event event;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		event = meant(table[i].name);
		assert_int_equal(event.type, table[i].type);
		assert_int_equal(event.config, table[i].config);
		assert_int_equal(event.hardware, table[i].hardware);
		assert_false(event.modes || event.exclude_user || event.exclude_kernel);
	}
}

static void test_modes(void **state)
{
	struct count_event event = meant("page-faults:u");

	(void)state;
	assert_true(event.modes && !event.exclude_user && event.exclude_kernel && event.exclude_hv);
	event = meant("page-faults:k");
	assert_true(event.modes && event.exclude_user && !event.exclude_kernel);
	event = meant("dTLB-load-misses:uk");
	assert_true(event.modes && !event.exclude_user && !event.exclude_kernel && event.exclude_hv);
	event = meant("cycles:u:k");
	assert_true(!event.exclude_user && !event.exclude_kernel);
	refused("page-faults:x", "'x' is no modifier");
	refused("page-faults:", "is no modifier");
	refused("page-faults:up", "'p' is no modifier");
}

static void test_wrong(void **state)
{
	(void)state;
	refused("", "is empty");
	refused("page-fault", "nearest are page-faults");
	refused("dtlb-load-missses", "dTLB-load-misses");
	refused("r", "no event");
	refused("r12345678901234567", "no event");
	refused("cpu_nowhere/cycles/", "no PMU 'cpu_nowhere'");
	refused("cpu_nowhere/cycles", "one '/'");
	refused("software/page-faults/", "no generic event of a PMU");
	refused("../software/cycles/", "");
}

/* Something that fails the test where it is not so, run in a child that libpfm4 takes for a machine with this PMU. */
static void on_pmu(const char *pmu, void (*check)(const void *), const void *data)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		setenv("LIBPFM_FORCE_PMU", pmu, 1);
		check(data);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("on %s: see above", pmu);
}

/* For the child, where cmocka's ways lead back into the parent's test. */
#define CHECK(what)                                                                                          \
	do {                                                                                                 \
		if (!(what)) {                                                                               \
			print_message("%s:%d: %s (%s)\n", __FILE__, __LINE__, #what, error);                 \
			_exit(1);                                                                            \
		}                                                                                            \
	} while (0)

/*
 * Codes as the vendors' manuals give them, event in bits 0-7, umask in 8-15, counter mask in 24-31. Intel: DTLB_LOAD_MISSES
 * 08H, DTLB_STORE_MISSES 49H (12H and 13H since Golden Cove), with WALK_COMPLETED 0EH (02H up to Ivy Bridge),
 * WALK_DURATION 10H (04H up to Ivy Bridge), WALK_ACTIVE 10H with a counter mask of 1 (SDM 3B, chapter 20). AMD: PMCx045,
 * misses of the L1 DTLB, whose umask bits 7-4 are those that missed the L2 TLB too (PPRs of families 17h and 19h). Arm:
 * L1D_TLB_REFILL_RD 4CH, _WR 4DH, DTLB_WALK 34H (Arm ARM, D13.11).
 */
static const struct expected {
	const char *pmu;
	uint64_t codes[3];
} table[] = {
	{"nhm", {0x208, 0x249}},
	{"wsm", {0x208, 0x249, 0x408}},
	{"snb", {0x208, 0x249, 0x408}},
	{"hsw", {0xe08, 0xe49, 0x1008}},
	{"bdw", {0xe08, 0xe49, 0x1008}},
	{"skl", {0xe08, 0xe49, 0x1001008}},
	{"skx", {0xe08, 0xe49, 0x1001008}},
	{"icl", {0xe08, 0xe49, 0x1001008}},
	{"icx", {0xe08, 0xe49, 0x1001008}},
	{"spr", {0xe12, 0xe13, 0x1001012}},
	{"amd64_fam17h_zen1", {0xf045}},
	{"amd64_fam17h_zen2", {0xf045}},
	{"amd64_fam19h_zen3", {0xf045}},
	{"amd64_fam19h_zen4", {0xf045}},
	{"arm_n1", {0x4c, 0x4d, 0x34}},
	{"arm_v1", {0x4c, 0x4d, 0x34}},
};

static void check_defaults(const void *data)
{
	const struct expected *expected = data;
	const char *names[COUNTERS_MOST];
	struct count_event event;
	size_t i, n = pmu_defaults(names, COUNTERS_MOST);

	/* libpfm4 for x86 knows no Arm, and the other way round. */
	if ((strncmp(expected->pmu, "arm", 3) == 0) == ON_X86 && !n)
		_exit(0);
	for (i = 0; i < 3 && expected->codes[i]; i++) {
		CHECK(i < n);
		CHECK(!count_name(names[i], &event, error, sizeof(error)));
		snprintf(error, sizeof(error), "%s %s: 0x%llx", expected->pmu, names[i],
			 (unsigned long long)event.config);
		CHECK(event.config == expected->codes[i]);
		CHECK(event.type == PERF_TYPE_RAW);
		CHECK(event.hardware && !event.modes && !event.exclude_user && !event.exclude_kernel);
	}
	CHECK(n == i);
	n = count_defaults(true, names);
	CHECK(n == i + 3);
	CHECK(!strcmp(names[i], "page-faults"));
}

static void test_pmus(void **state)
{
	size_t i;

	(void)state;
	if (!count_library())
		return;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		on_pmu(table[i].pmu, check_defaults, &table[i]);
}

#ifdef __x86_64__
static void check_skl_names(const void *data)
{
	struct count_event event;

	(void)data;
	CHECK(!count_name("dtlb_load_misses:walk_completed:u", &event, error, sizeof(error)));
	CHECK(event.config == 0xe08 && event.modes && event.exclude_kernel && !event.exclude_user);
	CHECK(!count_name("skl::DTLB_LOAD_MISSES:WALK_COMPLETED:k=1:c=2", &event, error, sizeof(error)));
	CHECK(event.config == 0x2000e08 && event.modes && !event.exclude_kernel && event.exclude_user);
	CHECK(!count_name("page-faults", &event, error, sizeof(error)) && event.type == 1);
	CHECK(count_name("DTLB_LOAD_MISSES", &event, error, sizeof(error)) == -EINVAL);
	CHECK(strstr(error, "unit mask") && strstr(error, "WALK_COMPLETED"));
	CHECK(count_name("DTLB_LOAD_MISSES:WALK_COMPLETE", &event, error, sizeof(error)) == -EINVAL);
	CHECK(strstr(error, "has no 'WALK_COMPLETE'") && strstr(error, "STLB_HIT"));
	CHECK(count_name("DTLB_LOAD_MISS:WALK_COMPLETED", &event, error, sizeof(error)) == -EINVAL);
	CHECK(strstr(error, "'DTLB_LOAD_MISS'") && strstr(error, "DTLB_LOAD_MISSES"));
	CHECK(count_name("cycles:period=1000:u", &event, error, sizeof(error)) == -EINVAL);
	CHECK(count_name("UNHALTED_CORE_CYCLES:period=1000", &event, error, sizeof(error)) == -EINVAL);
	CHECK(strstr(error, "only counted"));
}
#endif

static void test_names_of_a_pmu(void **state)
{
	(void)state;
#ifdef __x86_64__
	if (count_library())
		on_pmu("skl", check_skl_names, NULL);
#endif
}

/* What nobody's table knows counts by the kernel's own names; without a PMU there are the software events alone. */
static void check_no_table(const void *data)
{
	const char *names[COUNTERS_MOST];

	(void)data;
	CHECK(count_defaults(true, names) == 5);
	CHECK(!strcmp(names[0], "dTLB-load-misses") && !strcmp(names[1], "dTLB-store-misses"));
	CHECK(count_defaults(false, names) == 3);
	CHECK(!strcmp(names[0], "page-faults") && !strcmp(names[2], "major-faults"));
}

static void test_defaults_elsewhere(void **state)
{
	(void)state;
	on_pmu("core", check_no_table, NULL);
}

int main(void)
{
	/* libpfm4 looks for the PMU once: in a child only as long as this process has not asked it for a name. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pmus),
		cmocka_unit_test(test_names_of_a_pmu),
		cmocka_unit_test(test_defaults_elsewhere),
		cmocka_unit_test(test_generic),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
