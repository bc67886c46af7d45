/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This kernel's own records: forks, execs and exits and their order, a collapse's verdict, an overrun; and that learning changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "../skip.h"
#include "core/clock.h"
#include "knobs.h"

#define COLLAPSE 25 /* MADV_COLLAPSE */
#define OVERRUN 4000

static struct trace *trace;
static char missing[256];

static int setup(void **state)
{
	(void)state;
	if (trace_open(&trace, missing, sizeof(missing)))
		trace = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	trace_close(trace);
	return 0;
}

static void needs(enum trace_kind kind)
{
	if (!trace)
		SKIP("perf_events", "%s", missing);
	if (!trace_hears(trace, kind))
		SKIP("tracepoints", "%s", missing);
}

static const struct trace_record *find(const struct trace_record *records, size_t n, enum trace_kind kind,
				       pid_t by)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (records[i].kind == kind && records[i].by == by)
			return &records[i];
	return NULL;
}

static void test_life(void **state)
{
	const struct trace_record *records, *born, *exec, *gone;
	struct timespec before;
	pid_t pid;
	size_t n, i;

	(void)state;
	needs(TRACE_FORK);
	clock_gettime(CLOCK_MONOTONIC, &before);
	pid = fork();
	if (!pid) {
		execlp("true", "true", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
	n = trace_read(trace, &records);
	born = find(records, n, TRACE_FORK, getpid());
	exec = find(records, n, TRACE_EXEC, pid);
	gone = find(records, n, TRACE_EXIT, pid);
	assert_true(born && exec && gone);
	assert_int_equal(born->child, pid);
	assert_string_equal(exec->by_comm, "true");
	assert_true(born < exec && exec < gone);
	assert_true(born->mono_ns >= (uint64_t)before.tv_sec * 1000000000 + (uint64_t)before.tv_nsec);
	for (i = 1; i < n; i++)
		assert_true(records[i - 1].mono_ns <= records[i].mono_ns);
}

/* Two PMDs of memory, the first aligned; small pages. */
static char *small_memory(size_t pmd)
{
	char *memory = mmap(NULL, 3 * pmd, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = memory + (pmd - (uintptr_t)memory % pmd) % pmd;

	assert_true(memory != MAP_FAILED);
	madvise(at, pmd, MADV_NOHUGEPAGE);
	memset(at, 1, pmd);
	madvise(at, pmd, MADV_HUGEPAGE);
	return at;
}

static void test_verdict(void **state)
{
	const struct trace_record *records, *record;
	const size_t pmd = 2 << 20;
	const pid_t self = getpid();
	uint64_t mm;
	size_t n;
	char *at;

	(void)state;
	needs(TRACE_COLLAPSE);
	at = small_memory(pmd);
	if (madvise(at, pmd, COLLAPSE))
		SKIP("madv_collapse", "%s", strerror(errno));
	n = trace_read(trace, &records);
	record = find(records, n, TRACE_SCAN_PMD, getpid());
	assert_non_null(record);
	assert_int_equal(record->by_tid, getpid());
	assert_true(record->by_comm[0] != '\0');
	assert_true(!strcmp(record->status, "succeeded") || !strcmp(record->status, "page_pmd_mapped"));
	trace_learn(&self, 1, &mm);
	assert_true(mm && mm == record->mm);
	assert_int_equal(madvise(at, pmd, COLLAPSE), 0);
	n = trace_read(trace, &records);
	record = find(records, n, TRACE_SCAN_PMD, getpid());
	assert_non_null(record);
	assert_string_equal(record->status, "page_pmd_mapped");
}

static void bear_one(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

/* What the ring buffer has no room for is counted. */
static void test_overrun(void **state)
{
	const struct trace_record *records;
	uint64_t lost = 0;
	size_t n = 0, i;
	int k;

	(void)state;
	needs(TRACE_FORK);
	for (i = 0; i < OVERRUN; i++) {
		bear_one();
	}
	/* The kernel says so with the next record that finds room, on each CPU. */
	for (k = 0; k < 200 && !lost; k++) {
		n = trace_read(trace, &records);
		for (i = 0; i < n; i++)
			lost += records[i].kind == TRACE_LOST ? records[i].lost : 0;
		bear_one();
	}
	assert_true(lost > 0);
}

/* The words of pagemap: which frames, how. */
static size_t slurp(pid_t pid, const char *memory, size_t len, uint64_t *words)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = pread(fd, words, len / page * 8, (off_t)((uintptr_t)memory / page * 8));
	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

/* A child with huge, small and empty memory stands still: the same frames are behind it before and after. */
static void test_harmless(void **state)
{
	static uint64_t before[3 * 512], after[3 * 512];
	const size_t pmd = 2 << 20;
	size_t n, m;
	uint64_t mms[3];
	pid_t pids[3];
	int ends[2];
	char *memory, *at, byte = 1;

	(void)state;
	needs(TRACE_COLLAPSE);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	memory = mmap(NULL, 4 * pmd, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(memory != MAP_FAILED);
	at = memory + (pmd - (uintptr_t)memory % pmd) % pmd;
	pids[0] = fork();
	if (!pids[0]) {
		madvise(at, pmd, MADV_HUGEPAGE);
		madvise(at + pmd, 2 * pmd, MADV_NOHUGEPAGE);
		memset(at, 1, 2 * pmd);
		byte = write(ends[1], "", 1) == 1;
		while (read(ends[0], &byte, 0) == 0)
			pause();
		_exit(0);
	}
	m = read(ends[0], &byte, 1) == 1 ? slurp(pids[0], at, 3 * pmd, before) : 0;
	pids[1] = getpid();
	pids[2] = INT32_MAX;
	trace_learn(pids, 3, mms);
	n = slurp(pids[0], at, 3 * pmd, after);
	kill(pids[0], SIGKILL);
	waitpid(pids[0], NULL, 0);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(m, sizeof(before));
	assert_int_equal(n, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
	assert_true(before[0] >> 63 && before[512] >> 63 && !before[1024]);
	assert_true(mms[0] && mms[1] && mms[0] != mms[1] && !mms[2]);
}

/* Children without end, each waited for. */
static void breed(void)
{
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

#define NUMBERS (1 << 22) /* PIDs end before (kernel/pid.c, PID_MAX_LIMIT) */

/* A child that ends on one CPU while another one's records, with its birth, are read: it is never gone before it is born. */
static void test_order(void **state)
{
	uint64_t *gone = calloc(NUMBERS, sizeof(*gone));
	const struct trace_record *records;
	const uint64_t until = clock_mono_ns() + UINT64_C(60000000000);
	size_t n, i, births = 0, early = 0;
	pid_t pid;

	(void)state;
	needs(TRACE_FORK);
	pid = fork();
	if (!pid)
		breed();
	while (births < 3000 && clock_mono_ns() < until) {
		n = trace_read(trace, &records);
		for (i = 0; i < n; i++) {
			if (records[i].kind == TRACE_EXIT)
				gone[records[i].by] = records[i].mono_ns;
			if (records[i].kind != TRACE_FORK || records[i].by != pid)
				continue;
			births++;
			early += gone[records[i].child] > records[i].mono_ns;
		}
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	free(gone);
	assert_true(births >= 3000);
	assert_int_equal(early, 0);
}

/* Who has no descriptor left to look with does not say that there is nothing. */
static void test_no_descriptor(void **state)
{
	const int next = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	struct rlimit before, few;
	const char *why;

	(void)state;
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	why = trace_missing();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_non_null(why);
	assert_non_null(strstr(why, "no descriptor"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verdict, setup, teardown),
		cmocka_unit_test_setup_teardown(test_overrun, setup, teardown),
		cmocka_unit_test_setup_teardown(test_harmless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test(test_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
