/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Triggers on a foreign process with several threads, by what is then seen of its memory. */
#include "target_common.h"

#include <fcntl.h>

static int64_t huge_kb(const struct child *child)
{
	return strtoll(smaps_field(child->pid, child->told->memory, "AnonHugePages:"), NULL, 10);
}

static struct trigger on(const struct child *child, enum trigger_kind kind)
{
	return (struct trigger){.kind = kind, .pid = child->pid, .addr = child->told->memory, .order = -1};
}

/* One region after the other: each is what is done of a range of all. */
static void collapse_all(const struct child *child)
{
	struct trigger trigger = on(child, TRIGGER_COLLAPSE);
	struct pulled outcome;
	uint64_t i;

	trigger.len = REGIONS * REGION;
	for (i = 1; i <= REGIONS; i++, trigger.addr += REGION) {
		outcome = pull(trigger);
		assert_done(&outcome);
		assert_int_equal(outcome.report.result, REGION);
		assert_string_equal(outcome.report.how, "process_madvise(MADV_COLLAPSE)");
		assert_int_equal(huge_kb(child), i * REGION / 1024);
	}
}

static void test_collapse_and_cold(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = on(&child, TRIGGER_SPLIT_FOLIO);
	struct pulled outcome;

	(void)state;
	collapse_all(&child);
	trigger.way = TRIGGER_WAY_ADVICE;
	trigger.addr += REGION;
	outcome = pull(trigger);
	assert_done(&outcome);
	assert_string_equal(outcome.report.how, "process_madvise(MADV_COLD)");
	assert_int_equal(outcome.report.result, sysconf(_SC_PAGESIZE));
	assert_int_equal(huge_kb(&child), (REGIONS - 1) * REGION / 1024);
	assert_works(&child);
	end_worker(&child);
}

/* The usual way is debugfs where it can be written to; else it is said why it is MADV_COLD. */
static void test_split_folio_usual(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	struct pulled outcome;

	(void)state;
	collapse_all(&child);
	outcome = pull(on(&child, TRIGGER_SPLIT_FOLIO));
	assert_done(&outcome);
	if (!access("/sys/kernel/debug/split_huge_pages", F_OK) && outcome.report.result == UNKNOWN_COUNT) {
		assert_string_equal(outcome.report.how, "debugfs split_huge_pages");
	} else {
		assert_string_equal(outcome.report.how, "process_madvise(MADV_COLD)");
		assert_non_null(strstr(outcome.report.reason, "debugfs"));
	}
	assert_int_equal(huge_kb(&child), (REGIONS - 1) * REGION / 1024);
	assert_works(&child);
	end_worker(&child);
}

/* Of its memory alone: what its threads and the allocator map meanwhile is theirs. */
static uint64_t vmas_of(const struct child *child)
{
	unsigned long long start, end;
	char path[64], line[4096];
	uint64_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)child->pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		n += sscanf(line, "%llx-%llx ", &start, &end) == 2 && end > child->told->memory &&
		     start < child->told->memory + REGIONS * REGION;
	fclose(file);
	return n;
}

/* Whichever advice it had: the mapping is split, and the VMAs and their advice are as before. */
static void split_keeps(int advice, const char *flag)
{
	struct child child = start_ready(be_worker, &advice);
	struct trigger trigger = on(&child, TRIGGER_SPLIT);
	char before[256];
	uint64_t vmas, i;
	struct pulled outcome;

	collapse_all(&child);
	snprintf(before, sizeof(before), "%s", smaps_field(child.pid, child.told->memory, "VmFlags:"));
	assert_non_null(strstr(before, flag));
	vmas = vmas_of(&child);
	trigger.inject = true;
	trigger.len = 2 * REGION;
	for (i = 1; i <= 2; i++, trigger.addr += REGION) {
		outcome = pull(trigger);
		assert_done(&outcome);
		assert_int_equal(outcome.report.result, sysconf(_SC_PAGESIZE));
		assert_int_equal(huge_kb(&child), (REGIONS - i) * REGION / 1024);
		assert_string_equal(smaps_field(child.pid, child.told->memory, "VmFlags:"), before);
		assert_int_equal(vmas_of(&child), vmas);
	}
	assert_works(&child);
	end_worker(&child);
}

static void test_split(void **state)
{
	(void)state;
	split_keeps(MADV_NORMAL, " ac ");
	split_keeps(MADV_SEQUENTIAL, " sr ");
	split_keeps(MADV_RANDOM, " rr ");
}

/* It advises all its memory something else all the time, and looks whether that is what it has then. */
static void be_advising(struct told *told, void *argument)
{
	static const int advices[] = {MADV_RANDOM, MADV_NORMAL, MADV_SEQUENTIAL};
	char whole[64], line[4096];
	struct timespec start, now;

	(void)argument;
	told->memory = (uint64_t)(uintptr_t)make_memory();
	memset((void *)(uintptr_t)told->memory, 1, REGIONS * REGION);
	snprintf(whole, sizeof(whole), "%llx-%llx ", (unsigned long long)told->memory,
		 (unsigned long long)(told->memory + REGIONS * REGION));
	told->ready = 1;
	while (!told->stop) {
		FILE *file;
		bool found = false;

		if (madvise((void *)(uintptr_t)told->memory, REGIONS * REGION,
			    advices[told->progress[0]++ % 3]))
			_exit(1);
		clock_gettime(CLOCK_MONOTONIC, &start);
		do
			clock_gettime(CLOCK_MONOTONIC, &now);
		while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < 1500000);
		file = fopen("/proc/self/maps", "r");
		while (file && !found && fgets(line, sizeof(line), file))
			found = !strncmp(line, whole, strlen(whole));
		if (file)
			fclose(file);
		if (!found)
			told->bad = 1;
	}
	_exit(told->bad);
}

/* The advice that is given back is that which it had when it was stopped, not that which it had a moment before. */
static void test_split_advising(void **state)
{
	struct child child = start_ready(be_advising, NULL);
	struct trigger trigger = on(&child, TRIGGER_SPLIT);
	int i, status;

	(void)state;
	trigger.inject = true;
	for (i = 0; i < 300; i++) {
		const struct pulled outcome = pull(trigger);

		assert_done(&outcome);
		assert_string_equal(outcome.report.reason, "");
	}
	assert_int_equal(child.told->bad, 0);
	child.told->stop = 1;
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_int_equal(status, 0);
	munmap(child.told, sizeof(*child.told));
}

/* A write that changes no byte, next to a thread that writes there all the time. */
static void cow(bool inject, const char *how)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = on(&child, TRIGGER_COW);
	struct pulled outcome;

	trigger.addr += 77;
	trigger.inject = inject;
	outcome = pull(trigger);
	assert_done(&outcome);
	assert_string_equal(outcome.report.how, how);
	assert_int_equal(outcome.report.result, inject ? (int64_t)page : 1);
	assert_works(&child);
	end_worker(&child);
}

static void test_cow(void **state)
{
	(void)state;
	cow(false, "process_vm_writev");
	cow(true, "ptrace: madvise(MADV_POPULATE_WRITE)");
}

static void be_writer(struct told *told, void *argument)
{
	char *memory = make_memory();

	(void)argument;
	madvise(memory, REGION, MADV_DONTNEED);
	if (mprotect(memory, REGION, PROT_WRITE))
		told->bad = errno;
	told->memory = (uint64_t)(uintptr_t)memory;
	told->ready = 1;
	for (;;)
		pause();
}

/* What may be written to only, and nobody has touched, is written to all the same. */
static void test_cow_write_only(void **state)
{
	struct child child = start_ready(be_writer, NULL);
	const struct trigger trigger = on(&child, TRIGGER_COW);
	struct pulled outcome = pull(trigger);

	(void)state;
	assert_int_equal(child.told->bad, 0);
	assert_done(&outcome);
	assert_true(pagemap_word(child.pid, trigger.addr) & PM_PRESENT);
	end_child(&child);
}

/* Its memory is shared with a child of its own by fork. */
static void be_forked(struct told *told, void *argument)
{
	char *memory = make_memory();
	pid_t pid;

	(void)argument;
	memset(memory, 7, REGIONS * REGION);
	madvise(memory, REGION, 25 /* MADV_COLLAPSE */);
	told->memory = (uint64_t)(uintptr_t)memory;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	told->pid = pid;
	told->ready = 1;
	for (;;)
		pause();
}

/* The frame behind the page changes, and only that: the bytes are as before, and the neighbours where they were. */
static void copies(bool inject)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct child child = start_ready(be_forked, NULL);
	struct trigger trigger = on(&child, TRIGGER_COW);
	uint64_t before, after;
	struct pulled outcome;

	trigger.addr += 3 * page;
	trigger.inject = inject;
	before = pagemap_word(child.pid, trigger.addr);
	outcome = pull(trigger);
	assert_done(&outcome);
	after = pagemap_word(child.pid, trigger.addr);
	assert_true(after & PM_MMAP_EXCLUSIVE);
	assert_false(before & PM_MMAP_EXCLUSIVE);
	if (before & PM_PFN_MASK)
		assert_true((before & PM_PFN_MASK) != (after & PM_PFN_MASK));
	assert_int_equal(pagemap_word(child.told->pid, trigger.addr) & PM_PFN_MASK, before & PM_PFN_MASK);
	assert_free(child.pid);
	kill(child.told->pid, SIGKILL);
	end_child(&child);
}

static void test_cow_copies(void **state)
{
	(void)state;
	copies(false);
	copies(true);
}

/* What a dialog is told names the process, the place, the call, whom it stops, and the risk. */
static void test_plan(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = on(&child, TRIGGER_COW);
	struct kernel *kernel = open_kernel();
	struct buf text = {0};
	char error[256], word[64];

	(void)state;
	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), 0);
	snprintf(word, sizeof(word), "of process %d (", (int)child.pid);
	assert_non_null(strstr(text.data, word));
	snprintf(word, sizeof(word), "cow: 0x%llx-", (unsigned long long)trigger.addr);
	assert_non_null(strstr(text.data, word));
	snprintf(word, sizeof(word), "%d threads of 1 process", WORKERS + 1);
	assert_non_null(strstr(text.data, word));
	assert_non_null(strstr(text.data, "process_vm_writev"));
	assert_non_null(strstr(text.data, "Risk: what I/O or a device writes"));
	buf_clear(&text);
	trigger.kind = TRIGGER_SPLIT;
	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), -ENOTSUP);
	assert_non_null(strstr(error, "--inject"));
	trigger.inject = true;
	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "made to call madvise"));
	buf_clear(&text);
	trigger.kind = TRIGGER_COLLAPSE;
	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), 0);
	assert_non_null(strstr(text.data, "nobody is stopped"));
	buf_fini(&text);
	kernel_close(kernel);
	end_worker(&child);
}

static void plan_says(struct kernel *kernel, const struct trigger *trigger, const char *first,
		      const char *second)
{
	struct buf text = {0};
	char error[256];

	if (target_plan(kernel, trigger, &text, error, sizeof(error)))
		fail_msg("%s", error);
	if (!strstr(text.data, first) || !strstr(text.data, second))
		fail_msg("neither '%s' nor '%s' may be missing: %s", first, second, text.data);
	buf_fini(&text);
}

/* Of a range it says all that is going to be done: how much, and how often they are stopped. */
static void test_plan_range(void **state)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct child child = start_ready(be_worker, NULL);
	struct trigger trigger = on(&child, TRIGGER_COW);
	struct kernel *kernel = open_kernel();
	char whole[64];

	(void)state;
	plan_says(kernel, &trigger, "(one page)\n", " ms.\n");
	trigger.addr += page / 2;
	trigger.len = 16 * page;
	plan_says(kernel, &trigger, "(up to 17 pages, one after the other)\n",
		  " ms, up to 17 times: once for each page.\n");
	trigger.inject = true;
	plan_says(kernel, &trigger, "on each page", " ms, up to 17 times: once for each page.\n");
	trigger.kind = TRIGGER_SPLIT;
	plan_says(kernel, &trigger, "(one region)\n", " ms.\n");
	/* What touches three is of three whole ones. */
	trigger.len = 2 * REGION;
	snprintf(whole, sizeof(whole), "0x%llx-0x%llx (up to 3 regions",
		 (unsigned long long)child.told->memory, (unsigned long long)child.told->memory + 3 * REGION);
	plan_says(kernel, &trigger, whole, " ms, up to 3 times: once for each region.\n");
	trigger.kind = TRIGGER_COLLAPSE;
	plan_says(kernel, &trigger, whole, "nobody is stopped");
	/* No range wraps around. */
	trigger.len = UINT64_MAX;
	assert_int_equal(target_plan(kernel, &trigger, &(struct buf){0}, whole, sizeof(whole)), -EFAULT);
	kernel_close(kernel);
	assert_works(&child);
	end_worker(&child);
}

/* A file's name and a command's say nothing in the plan's name, and crowd nothing out of it. */
static void be_misnamed(struct told *told, void *argument)
{
	char *memory = MAP_FAILED;
	int fd = open(argument, O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd >= 0 && !ftruncate(fd, 4096))
		memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	unlink(argument);
	prctl(PR_SET_NAME, "a\033[2Jb");
	if (memory == MAP_FAILED)
		_exit(1);
	told->memory = (uintptr_t)memory;
	told->ready = 1;
	for (;;)
		pause();
}

static void test_plan_name(void **state)
{
	static char path[300] = "/tmp/long\n\033[2J";
	struct kernel *kernel = open_kernel();
	struct buf text = {0};
	struct child child;
	char error[256];

	(void)state;
	memset(path + strlen(path), 'x', 220);
	snprintf(path + strlen(path), 32, "\nNobody is stopped %d", (int)getpid());
	child = start_ready(be_misnamed, path);
	const struct trigger trigger = on(&child, TRIGGER_COW);

	assert_int_equal(target_plan(kernel, &trigger, &text, error, sizeof(error)), 0);
	assert_null(strstr(text.data, "\nNobody"));
	assert_non_null(strstr(text.data, "?Nobody is stopped"));
	assert_null(strchr(text.data, '\033'));
	assert_non_null(strstr(text.data, " (a?[2Jb)\n"));
	assert_non_null(strstr(text.data, " ...")); /* its beginning */
	assert_non_null(strstr(text.data, "Risk:"));
	buf_fini(&text);
	kernel_close(kernel);
	end_child(&child);
}

/* All kinds one after the other, while it works: nothing is lost, nobody stays stopped. */
static void test_many(void **state)
{
	struct child child = start_ready(be_worker, NULL);
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		struct trigger trigger = on(&child, i % 4 == 0	 ? TRIGGER_COLLAPSE
						    : i % 4 == 1 ? TRIGGER_SPLIT
								 : TRIGGER_COW);
		struct pulled outcome;

		trigger.inject = i % 4 < 3;
		trigger.addr += (uint64_t)(i / 4 % REGIONS) * REGION;
		outcome = pull(trigger);
		if (outcome.err != -EBUSY && outcome.err != -EAGAIN && outcome.report.error != EAGAIN)
			assert_done(&outcome);
	}
	assert_works(&child);
	end_worker(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collapse_and_cold),
		cmocka_unit_test(test_split_folio_usual),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_advising),
		cmocka_unit_test(test_cow),
		cmocka_unit_test(test_cow_copies),
		cmocka_unit_test(test_cow_write_only),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_plan_range),
		cmocka_unit_test(test_plan_name),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
