/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backend/proc on this very kernel: what it can tell, and what it tells of our own memory. */
#include "kid.h"

#define RANGES 2000

static void test_open(void **state)
{
	struct kernel *kernel = open_proc();
	unsigned i;

	(void)state;
	assert_string_equal(kernel->ops->source, "live");
	assert_int_equal(kernel->page_size, sysconf(_SC_PAGESIZE));
	assert_int_equal(kernel->page_size << kernel->pmd_order, kernel->pmd_size);
	assert_int_equal(kernel->wall_ns, 0);
	/* A capability is there, or a sentence says why not, but for what would add nothing. */
	for (i = 0; i < CAP_COUNT; i++) {
		if (kernel->caps.mask >> i & 1)
			assert_null(kernel->caps.missing[i]);
		else if (i != CAP_PAGEMAP_BIT && i != CAP_ENTRIES && i != CAP_SPECIMEN &&
			 i != CAP_TRACEPOINTS && i != CAP_QUEUE && i != CAP_TASKS && i != CAP_COUNTERS)
			assert_non_null(kernel->caps.missing[i]);
	}
	kernel_close(kernel);
}

static void test_open_fails(void **state)
{
	char dir[] = "/tmp/thpscope-proc-XXXXXX", error[256] = "";
	struct kernel *kernel = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(proc_kernel_open(dir, &kernel, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, "/proc"));
	rmdir(dir);
	assert_int_equal(proc_kernel_open(dir, &kernel, error, sizeof(error)), -ENOENT);
	assert_non_null(strstr(error, dir));
	assert_null(kernel);
}

static void test_text(void **state)
{
	struct kernel *kernel = open_proc();
	struct buf text = {0};

	(void)state;
	buf_puts(&text, "before");
	assert_int_equal(kernel_text(kernel, "proc/vmstat", &text), 0);
	assert_memory_equal(text.data, "before", 6);
	assert_non_null(strstr(text.data, "\nnr_"));
	assert_int_equal(text.data[text.len - 1], '\n');
	buf_clear(&text);
	assert_int_equal(kernel_text(kernel, "proc/no-such-file", &text), -ENOENT);
	assert_int_equal(kernel_text(kernel, "proc", &text), -EISDIR);
	assert_int_equal(text.len, 0);
	buf_fini(&text);
	kernel_close(kernel);
}

static void test_pids(void **state)
{
	struct kernel *kernel = open_proc();
	pid_t *pids = NULL;
	size_t n = 0, i;
	bool self = false;

	(void)state;
	assert_int_equal(kernel_pids(kernel, &pids, &n), 0);
	for (i = 0; i < n; i++) {
		assert_true(!i || pids[i] > pids[i - 1]);
		self |= pids[i] == getpid();
	}
	assert_true(self);
	free(pids);
	kernel_close(kernel);
}

static void test_pagemap(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *self = open_pid(kernel, getpid());
	const size_t size = kernel->page_size;
	char *area = map_aligned(3 * size, size);
	uint64_t words[4] = {0}, flags, count;

	(void)state;
	madvise(area, 3 * size, MADV_NOHUGEPAGE);
	area[0] = 1;
	area[2 * size] = 1;
	assert_int_equal(kernel_pagemap(self, (uintptr_t)area, 3, words), 3);
	assert_true(words[0] & PM_PRESENT);
	assert_false(words[1] & (PM_PRESENT | PM_SWAP));
	assert_true(words[2] & PM_PRESENT);
	assert_true(words[0] & PM_MMAP_EXCLUSIVE);
	/* Past the end of the address space there is nothing; [vsyscall] is there. */
	assert_int_equal(kernel_pagemap(self, UINT64_C(0xffffffffff600000), 1, words), 0);
	if (capable(&kernel->caps, CAP_PFN)) {
		assert_int_equal(kernel_pagemap(self, (uintptr_t)area, 1, words), 1);
		assert_true(words[0] & PM_PFN_MASK);
		assert_int_equal(kernel_flags(kernel, words[0] & PM_PFN_MASK, 1, &flags), 1);
		assert_true(flags >> KPF_ANON & 1);
		assert_false(flags >> KPF_HEAD & 1);
		assert_int_equal(kernel_counts(kernel, words[0] & PM_PFN_MASK, 1, &count), 1);
		assert_int_equal(count, 1);
		assert_int_equal(kernel_flags(kernel, PM_PFN_MASK, 1, &flags), 0);
		assert_int_equal(kernel_flags(kernel, UINT64_C(1) << 50, 1, &flags), 0);
	}
	munmap(area, 3 * size);
	kernel_process_close(self);
	kernel_close(kernel);
}

/* Scans RANGES * 2 pages, of which every other is present, with these limits; checks that each came once. */
static void scan_combed(struct kernel_process *process, const char *area, size_t room, uint64_t max_pages)
{
	const uint64_t size = process->kernel->page_size, end = (uintptr_t)area + 2 * RANGES * size;
	struct scan_range ranges[RANGES + 1];
	struct kernel_scan scan = {
		.from = (uintptr_t)area, .to = end, .out = ranges, .room = room, .max_pages = max_pages};
	uint64_t expected = scan.from;
	size_t i, calls;

	for (calls = 0; scan.from < end; calls++) {
		assert_int_equal(kernel_scan(process, &scan), 0);
		assert_true(scan.n <= room);
		assert_true(scan.next > scan.from && scan.next <= end);
		for (i = 0; i < scan.n; i++, expected += 2 * size) {
			assert_int_equal(ranges[i].start, expected);
			assert_int_equal(ranges[i].end, expected + size);
			assert_int_equal(ranges[i].categories, SCAN_PRESENT);
		}
		scan.from = scan.next;
	}
	assert_int_equal(expected, end);
	assert_true(calls <= 1 + RANGES / room + (max_pages ? RANGES / max_pages : 0));
}

/* More than 512 ranges in one call are where walk_end cannot be trusted. */
static void test_scan(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *self = open_pid(kernel, getpid());
	const size_t size = kernel->page_size;
	struct scan_range range;
	struct kernel_scan scan = {.from = UINT64_C(0xffffffffff600000),
				   .to = UINT64_C(0xffffffffff601000),
				   .out = &range,
				   .room = 1};
	char *area;
	size_t i;

	(void)state;
	if (!capable(&kernel->caps, CAP_PAGEMAP_SCAN)) {
		assert_int_equal(kernel_scan(self, &scan), -ENOTSUP);
		SKIP("pagemap_scan", "refused as not supported, as it should be");
	}
	area = map_aligned(2 * RANGES * size, size);
	madvise(area, 2 * RANGES * size, MADV_NOHUGEPAGE);
	for (i = 0; i < RANGES; i++)
		area[2 * i * size] = 1;
	scan_combed(self, area, RANGES + 1, 0);
	scan_combed(self, area, RANGES, 0);
	scan_combed(self, area, 512, 0);
	scan_combed(self, area, 513, 0);
	scan_combed(self, area, 600, 0);
	scan_combed(self, area, 1024, 0);
	scan_combed(self, area, 7, 0);
	scan_combed(self, area, 1, 0);
	scan_combed(self, area, RANGES, 10);
	scan_combed(self, area, 1000, 513);
	scan_combed(self, area, RANGES, RANGES);
	munmap(area, 2 * RANGES * size);
	assert_int_equal(kernel_scan(self, &scan), 0);
	assert_int_equal(scan.n, 0);
	assert_int_equal(scan.next, scan.to);
	kernel_process_close(self);
	kernel_close(kernel);
}

static void test_thp(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *self = open_pid(kernel, getpid());
	const size_t size = kernel->pmd_size, pages = size / kernel->page_size;
	char *area = map_aligned(size, size);
	struct scan_range range[2];
	struct kernel_scan scan = {
		.from = (uintptr_t)area, .to = (uintptr_t)area + size, .out = range, .room = 2};
	uint64_t word, *flags = calloc(pages, sizeof(*flags));
	size_t i;

	(void)state;
	/* MADV_COLLAPSE (25) makes a huge page whatever the knobs say; before Linux 6.1 the knobs decide. */
	madvise(area, size, MADV_HUGEPAGE);
	memset(area, 1, size);
	madvise(area, size, 25);
	if (!capable(&kernel->caps, CAP_PAGEMAP_SCAN))
		SKIP("pagemap_scan", "what is huge cannot be seen");
	if (!capable(&kernel->caps, CAP_KPAGEFLAGS))
		SKIP("kpageflags", "head and tails cannot be seen");
	assert_int_equal(kernel_scan(self, &scan), 0);
	if (!(range[0].categories & SCAN_HUGE))
		SKIP("thp", "no huge page to be had");
	assert_int_equal(scan.n, 1);
	assert_int_equal(range[0].start, (uintptr_t)area);
	assert_int_equal(range[0].end, (uintptr_t)area + size);
	assert_int_equal(range[0].categories, SCAN_PRESENT | SCAN_HUGE);
	assert_int_equal(kernel_pagemap(self, (uintptr_t)area, 1, &word), 1);
	assert_int_equal((word & PM_PFN_MASK) % pages, 0);
	assert_int_equal(kernel_flags(kernel, word & PM_PFN_MASK, pages, flags), pages);
	assert_true(flags[0] >> KPF_HEAD & 1);
	for (i = 1; i < pages; i++)
		assert_true(flags[i] >> KPF_TAIL & 1);
	free(flags);
	munmap(area, size);
	kernel_process_close(self);
	kernel_close(kernel);
}

/* CONFIG_NO_PAGE_MAPCOUNT is asked of a huge page; the kernel's own configuration knows it too. */
static void test_averaged(void **state)
{
	struct kernel *kernel = open_proc();
	bool averaged;

	(void)state;
	if (!capable(&kernel->caps, CAP_KPAGECOUNT))
		SKIP("kpagecount", "no counts to ask for");
	if (!capable(&kernel->caps, CAP_PFN))
		SKIP("pfn", "no frame to ask for");
	if (access("/proc/config.gz", R_OK))
		SKIP("config_gz", "nothing to compare with");
	averaged = kernel_averaged(kernel);
	assert_int_equal(averaged, !system("zcat /proc/config.gz | grep -q ^CONFIG_NO_PAGE_MAPCOUNT=y"));
	assert_int_equal(kernel_averaged(kernel), averaged);
	kernel_close(kernel);
}

static void test_page_size(void **state)
{
	struct kernel *kernel = open_proc();
	struct kernel_process *self = open_pid(kernel, getpid());
	char *area = map_aligned(kernel->page_size, kernel->page_size);
	uint64_t size = 0;
	int err = kernel_vma_page_size(self, (uintptr_t)area, &size);

	(void)state;
	munmap(area, kernel->page_size);
	if (err == -ENOTSUP)
		SKIP("procmap_query", "page sizes are not told");
	assert_int_equal(err, 0);
	assert_int_equal(size, kernel->page_size);
	assert_int_equal(kernel_vma_page_size(self, 0, &size), -ENOENT);
	kernel_process_close(self);
	kernel_close(kernel);
}

#define SHUT_OUT 77

/* Exits with the number of what was not as an ordinary user should find it. */
static void look_unprivileged(const bool *averaged)
{
	const pid_t root = getppid();
	struct kernel_process *process;
	struct kernel *kernel;
	struct buf text = {0};
	volatile char page = 1;
	char error[256];
	uint64_t word = 0;

	if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) || prctl(PR_SET_DUMPABLE, 1))
		_exit(1);
	if (access("/", X_OK))
		_exit(SHUT_OUT);
	if (proc_kernel_open("/", &kernel, error, sizeof(error)))
		_exit(2);
	/* Found out by other means, it is the same. */
	if (kernel_averaged(kernel) != *averaged)
		_exit(9);
	if (capable(&kernel->caps, CAP_PFN) || capable(&kernel->caps, CAP_KPAGEFLAGS) ||
	    capable(&kernel->caps, CAP_KPAGECOUNT) || !capable(&kernel->caps, CAP_SMAPS))
		_exit(3);
	if (!strstr(kernel->caps.missing[CAP_PFN], "root") ||
	    !strstr(kernel->caps.missing[CAP_KPAGEFLAGS], "root"))
		_exit(4);
	if (kernel_flags(kernel, 1, 1, &word) != -EACCES || kernel_counts(kernel, 1, 1, &word) != -EACCES)
		_exit(5);
	if (kernel_process_open(kernel, getpid(), &process) ||
	    kernel_pagemap(process, (uintptr_t)&page & ~(kernel->page_size - 1), 1, &word) != 1)
		_exit(6);
	if (!(word & PM_PRESENT) || word & PM_PFN_MASK)
		_exit(7);
	kernel_process_close(process);
	if (kernel_process_open(kernel, root, &process) ||
	    kernel_process_text(process, "maps", &text) != -EACCES ||
	    kernel_pagemap(process, (uintptr_t)&page & ~(kernel->page_size - 1), 1, &word) != -EACCES)
		_exit(8);
	kernel_process_close(process);
	buf_fini(&text);
	kernel_close(kernel);
	_exit(0);
}

static void test_unprivileged(void **state)
{
	struct kernel *kernel = open_proc();
	const bool averaged = kernel_averaged(kernel);
	pid_t pid;
	int status;

	(void)state;
	kernel_close(kernel);
	if (geteuid())
		SKIP("root", "only root becomes somebody else");
	pid = fork();
	if (!pid)
		look_unprivileged(&averaged);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SHUT_OUT)
		SKIP("nobody", "/ is not searchable for others");
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),	 cmocka_unit_test(test_open_fails),
		cmocka_unit_test(test_text),	 cmocka_unit_test(test_pids),
		cmocka_unit_test(test_pagemap),	 cmocka_unit_test(test_scan),
		cmocka_unit_test(test_thp),	 cmocka_unit_test(test_page_size),
		cmocka_unit_test(test_averaged), cmocka_unit_test(test_unprivileged),
	};

	return cmocka_run_group_tests_name("backend_proc", tests, NULL, NULL);
}
