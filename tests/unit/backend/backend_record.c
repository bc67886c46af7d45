/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The round trip: what a recorded tree answers is what the kernel answered. */
#include "layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "core/vma.h"
#include "tree/record.h"
#include "tree/tree.h"

#define SLICE (UINT64_C(1) << 30)
#define WHOLE (UINT64_C(64) << 20)
#define RANGES 512
#define TRIES 20
/* Of kpageflags, what does not change by itself: LRU batches, writeback and reclaim come and go. */
#define STEADY                                                                                               \
	(UINT64_C(1) << KPF_ANON | UINT64_C(1) << KPF_HEAD | UINT64_C(1) << KPF_TAIL |                       \
	 UINT64_C(1) << KPF_HUGE | UINT64_C(1) << KPF_NOPAGE | UINT64_C(1) << KPF_KSM |                      \
	 UINT64_C(1) << KPF_THP | UINT64_C(1) << KPF_ZERO)

static char parent[64], dir[96];

static int make_parent(void **state)
{
	(void)state;
	snprintf(parent, sizeof(parent), "/tmp/thpscope-record-XXXXXX");
	if (!mkdtemp(parent))
		return -1;
	snprintf(dir, sizeof(dir), "%s/tree", parent);
	return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
	(void)stat;
	(void)type;
	(void)walk;
	return remove(path);
}

static int remove_parent(void **state)
{
	(void)state;
	return nftw(parent, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Entries of the parent directory: a failed recording leaves none. */
static unsigned left_over(void)
{
	DIR *entries = opendir(parent);
	struct dirent *entry;
	unsigned n = 0;

	assert_non_null(entries);
	while ((entry = readdir(entries)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(entries);
	return n;
}

struct both {
	struct kernel *live, *tree;
	struct kernel_process *alive, *recorded;
	uint64_t frames; /* compared */
	char differs[96];
};

/* Notes the first difference. It is none of the tree's if the kernel moved pages meanwhile. */
#define same(both, a, b) note(both, __LINE__, (uint64_t)(a), (uint64_t)(b))

static void note(struct both *both, int line, uint64_t live, uint64_t tree)
{
	if (live != tree && !*both->differs)
		snprintf(both->differs, sizeof(both->differs), "line %d: live %#llx, tree %#llx", line,
			 (unsigned long long)live, (unsigned long long)tree);
}

static void compare_frame(struct both *both, uint64_t pfn)
{
	uint64_t live, tree = 0, at;
	unsigned k;

	assert_int_equal(kernel_flags(both->live, pfn, 1, &live), 1);
	same(both, 1, kernel_flags(both->tree, pfn, 1, &tree));
	same(both, live & STEADY, tree & STEADY);
	both->frames++;
	if (live >> KPF_ANON & 1) {
		/* Pages of libraries are mapped and unmapped by whoever comes and goes. */
		uint64_t count = 0, recorded = 0;

		assert_int_equal(kernel_counts(both->live, pfn, 1, &count), 1);
		same(both, 1, kernel_counts(both->tree, pfn, 1, &recorded));
		same(both, count, recorded);
	}
	if (!(live >> KPF_HEAD & 1))
		return;
	/* All of the folio is there, mapped or not, and the frame behind it. */
	for (at = pfn, live = UINT64_C(1) << KPF_TAIL; live >> KPF_TAIL & 1;) {
		assert_int_equal(kernel_flags(both->live, ++at, 1, &live), 1);
		same(both, 1, kernel_flags(both->tree, at, 1, &tree));
	}
	/* Whoever asks for the folio's order gets an answer, up to the frame behind a PMD-sized one. */
	for (k = 0; k <= both->live->pmd_order; k++) {
		same(both, 1, kernel_flags(both->tree, pfn + (UINT64_C(1) << k), 1, &tree));
		assert_int_equal(kernel_flags(both->live, pfn + (UINT64_C(1) << k), 1, &live), 1);
		same(both, live >> KPF_TAIL & 1, tree >> KPF_TAIL & 1);
	}
}

/* A tail that is mapped without its head: the head is in the tree. */
static void compare_head(struct both *both, uint64_t pfn)
{
	uint64_t word = 0;

	same(both, 1, kernel_flags(both->tree, pfn, 1, &word));
	for (; word >> KPF_TAIL & 1 && !*both->differs; pfn--)
		same(both, 1, kernel_flags(both->tree, pfn - 1, 1, &word));
	if (word >> KPF_HEAD & 1)
		compare_frame(both, pfn);
}

static void compare_words(struct both *both, uint64_t start, uint64_t end)
{
	const uint64_t size = both->live->page_size;
	uint64_t live[RANGES], tree[RANGES] = {0};
	ssize_t got, i;

	for (; start < end; start += RANGES * size) {
		size_t want = (end - start) / size < RANGES ? (size_t)((end - start) / size) : RANGES;

		got = kernel_pagemap(both->alive, start, want, live);
		same(both, got, kernel_pagemap(both->recorded, start, want, tree));
		for (i = 0; i < got; i++) {
			/* Whether a page of a file is mapped once is up to others. */
			if (live[i] & PM_FILE)
				live[i] = (live[i] & ~PM_MMAP_EXCLUSIVE) | (tree[i] & PM_MMAP_EXCLUSIVE);
			same(both, live[i], tree[i]);
			if (!(live[i] & PM_PRESENT) || !capable(&both->tree->caps, CAP_PFN))
				continue;
			compare_frame(both, live[i] & PM_PFN_MASK);
			if (!i || live[i] != live[i - 1] + 1)
				compare_head(both, live[i] & PM_PFN_MASK);
		}
	}
}

/* The next answer of a scan, joined with what follows on it: cuts may differ. */
static void compare_scans(struct both *both, uint64_t start, uint64_t end)
{
	struct scan_range live[RANGES], tree[RANGES];
	struct kernel_scan a, b;
	size_t i, j;

	while (start < end) {
		a = (struct kernel_scan){.from = start,
					 .to = end - start > SLICE ? start + SLICE : end,
					 .out = live,
					 .room = RANGES};
		b = a;
		b.out = tree;
		assert_int_equal(kernel_scan(both->alive, &a), 0);
		b.to = a.next;
		b.room = RANGES;
		assert_int_equal(kernel_scan(both->recorded, &b), 0);
		same(both, a.next, b.next);
		for (i = 0, j = 0; i < a.n; i++) {
			/* The kernel cuts a run where its own buffer was full. */
			if (j && live[i].start == live[j - 1].end &&
			    live[i].categories == live[j - 1].categories)
				live[j - 1].end = live[i].end;
			else
				live[j++] = live[i];
		}
		same(both, j, b.n);
		for (i = 0; i < j && i < b.n; i++) {
			same(both, live[i].start, tree[i].start);
			same(both, live[i].end, tree[i].end);
			same(both, live[i].categories, tree[i].categories);
		}
		start = a.next;
	}
}

static void compare(struct both *both, pid_t pid)
{
	struct buf live = {0}, tree = {0};
	struct arena arena = {0};
	uint64_t size[2] = {0};
	struct vma *vmas;
	size_t n, i, line;

	both->alive = open_pid(both->live, pid);
	both->recorded = open_pid(both->tree, pid);
	assert_int_equal(both->alive->start_time, both->recorded->start_time);
	assert_int_equal(kernel_process_text(both->alive, "maps", &live), 0);
	assert_int_equal(kernel_process_text(both->recorded, "maps", &tree), 0);
	assert_string_equal(live.data, tree.data);
	assert_int_equal(vma_parse_maps(live.data, live.len, &arena, &vmas, &n, &line), 0);
	for (i = 0; i < n; i++) {
		if (capable(&both->live->caps, CAP_PAGEMAP_SCAN))
			compare_scans(both, vmas[i].start, vmas[i].end);
		compare_words(both, vmas[i].start,
			      vmas[i].end - vmas[i].start > WHOLE ? vmas[i].start + WHOLE : vmas[i].end);
		if (vmas[i].end - vmas[i].start > WHOLE)
			compare_words(both, vmas[i].end - WHOLE, vmas[i].end);
		if (!kernel_vma_page_size(both->alive, vmas[i].start, &size[0])) {
			assert_int_equal(kernel_vma_page_size(both->recorded, vmas[i].start, &size[1]), 0);
			assert_int_equal(size[0], size[1]);
		}
	}
	arena_fini(&arena);
	buf_fini(&live);
	buf_fini(&tree);
	kernel_process_close(both->alive);
	kernel_process_close(both->recorded);
}

/* Every word of the process and what its frames are, in one number: what must not change while it is compared. */
static uint64_t digest(struct kernel *live, pid_t pid, uint64_t sum)
{
	struct kernel_process *process = open_pid(live, pid);
	struct arena arena = {0};
	struct buf maps = {0};
	uint64_t word, flags, at;
	struct vma *vmas;
	size_t n, i, line;

	assert_int_equal(kernel_process_text(process, "maps", &maps), 0);
	assert_int_equal(vma_parse_maps(maps.data, maps.len, &arena, &vmas, &n, &line), 0);
	for (i = 0; i < n; i++) {
		/* Of the reservation its first 64 MiB will do. */
		for (at = vmas[i].start; at < vmas[i].end && at < vmas[i].start + WHOLE;
		     at += live->page_size) {
			if (kernel_pagemap(process, at, 1, &word) != 1)
				break;
			if (!(word & PM_PRESENT) || kernel_flags(live, word & PM_PFN_MASK, 1, &flags) != 1)
				flags = 0;
			sum = (sum ^ (word & ~PM_MMAP_EXCLUSIVE) ^ (flags & STEADY) << 7) *
			      UINT64_C(0x100000001b3);
		}
	}
	arena_fini(&arena);
	buf_fini(&maps);
	kernel_process_close(process);
	return sum;
}

static void record(struct kernel *kernel, const pid_t *pids, size_t n, const char *name)
{
	char error[512] = "";

	if (tree_record(kernel, pids, n, name, error, sizeof(error)))
		fail_msg("%s", error);
}

static struct kernel *open_tree(const char *name)
{
	struct kernel *kernel = NULL;
	char error[512] = "";

	if (tree_kernel_open(name, &kernel, error, sizeof(error)))
		fail_msg("%s", error);
	return kernel;
}

/* Where a copy of a tree differs from it in the pages of a process. */
static void compare_pages_file(pid_t pid, const char *copy)
{
	struct buf a = {0}, b = {0};
	struct kernel *first = open_tree(dir), *second = open_tree(copy);
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/pages.jsonl", (int)pid);
	assert_int_equal(kernel_text(first, path, &a), 0);
	assert_int_equal(kernel_text(second, path, &b), 0);
	assert_string_equal(a.data, b.data);
	buf_fini(&a);
	buf_fini(&b);
	assert_int_equal(kernel_text(first, "tree.json", &a), 0);
	assert_int_equal(kernel_text(second, "tree.json", &b), 0);
	assert_string_equal(a.data, b.data);
	buf_fini(&a);
	buf_fini(&b);
	kernel_close(first);
	kernel_close(second);
}

static void test_round_trip(void **state)
{
	struct both both = {.live = open_proc()};
	pid_t twin;
	struct kid kid = start_layout(both.live->pmd_size, &twin);
	const pid_t pids[] = {kid.pid, twin, kid.pid};
	uint64_t before;
	char copy[128];
	int tries;

	(void)state;
	for (tries = 0; tries < TRIES; tries++) {
		before = digest(both.live, twin, digest(both.live, kid.pid, 0));
		record(both.live, pids, 3, dir);
		assert_int_equal(left_over(), 1);
		both.tree = open_tree(dir);
		assert_int_equal(both.tree->caps.mask, both.live->caps.mask);
		assert_int_equal(both.tree->pmd_size, both.live->pmd_size);
		both.frames = 0;
		both.differs[0] = '\0';
		compare(&both, kid.pid);
		compare(&both, twin);
		if (!*both.differs)
			break;
		/* Compaction moves pages, reclaim splits folios: then once more. */
		if (before == digest(both.live, twin, digest(both.live, kid.pid, 0)))
			fail_msg("%s", both.differs);
		kernel_close(both.tree);
		assert_int_equal(nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	}
	if (tries == TRIES)
		fail_msg("the kernel moved pages in each of %d tries; the last: %s", tries, both.differs);
	if (capable(&both.live->caps, CAP_PFN))
		assert_true(both.frames > 1000);
	/* A tree is a kernel like another: recording it gives it again. */
	snprintf(copy, sizeof(copy), "%s/copy/", parent);
	assert_return_code(mkdir(copy, 0700), errno);
	record(both.tree, pids, 2, copy);
	compare_pages_file(kid.pid, copy);
	compare_pages_file(twin, copy);
	kid_end(&kid);
	kernel_close(both.tree);
	kernel_close(both.live);
}

/* Four whole THPs of which one is in several pieces: few lines. */
static void test_compact(void **state)
{
	struct kernel *live = open_proc();
	pid_t twin;
	struct kid kid = start_layout(live->pmd_size, &twin);
	struct buf lines = {0}, smaps = {0};
	struct kernel_process *process;
	struct kernel *tree;
	char path[64], *at;
	size_t thps = 0;

	(void)state;
	record(live, &kid.pid, 1, dir);
	tree = open_tree(dir);
	snprintf(path, sizeof(path), "proc/%d/pages.jsonl", (int)kid.pid);
	assert_int_equal(kernel_text(tree, path, &lines), 0);
	process = open_pid(tree, kid.pid);
	assert_int_equal(kernel_process_text(process, "smaps", &smaps), 0);
	kid_end(&kid);
	for (at = lines.data; (at = strstr(at, "\"n\":512,")) && live->pmd_order == 9; at++)
		thps += !!strstr(at, "\"tail_flags\"");
	/* None, when the machine has no huge page to give just now. */
	if (capable(&live->caps, CAP_KPAGEFLAGS) && strstr(smaps.data, "AnonHugePages:      2048 kB"))
		assert_true(thps >= 2);
	assert_true(lines.len < 500000);
	buf_fini(&lines);
	buf_fini(&smaps);
	kernel_process_close(process);
	kernel_close(tree);
	kernel_close(live);
}

static void test_refuses(void **state)
{
	struct kernel *live = open_proc();
	struct kid kid = kid_start(NULL, NULL);
	const pid_t pids[] = {kid.pid, 0x3fffffff};
	char path[128], error[512] = "";
	int fd;

	(void)state;
	/* A process that is not there: nothing is left. */
	assert_int_equal(tree_record(live, pids, 2, dir, error, sizeof(error)), -ESRCH);
	assert_string_equal(error, "PID 1073741823: no such process");
	assert_int_equal(left_over(), 0);
	/* A directory with something in it stays as it is. */
	assert_return_code(mkdir(dir, 0700), errno);
	snprintf(path, sizeof(path), "%s/mine", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_return_code(fd, errno);
	close(fd);
	assert_int_equal(tree_record(live, pids, 1, dir, error, sizeof(error)), -EEXIST);
	assert_int_equal(tree_record(live, pids, 1, path, error, sizeof(error)), -EEXIST);
	assert_return_code(access(path, F_OK), errno);
	assert_int_equal(left_over(), 1);
	/* An empty one is taken. */
	unlink(path);
	record(live, pids, 1, dir);
	snprintf(path, sizeof(path), "%s/none/tree", parent);
	assert_int_equal(tree_record(live, pids, 1, path, error, sizeof(error)), -ENOENT);
	assert_int_equal(tree_record(live, pids, 1, "", error, sizeof(error)), -ENOENT);
	tree_record_stop = 1;
	snprintf(path, sizeof(path), "%s/other", parent);
	assert_int_equal(tree_record(live, pids, 1, path, error, sizeof(error)), -EINTR);
	tree_record_stop = 0;
	assert_int_equal(left_over(), 1);
	kid_end(&kid);
	kernel_close(live);
}

static void test_kernel_thread(void **state)
{
	struct kernel *live = open_proc(), *tree;
	struct kernel_process *process;
	const pid_t pid = 2;
	uint64_t word;

	(void)state;
	if (geteuid())
		SKIP("root", "nobody else may look at a kernel thread");
	if (kernel_process_open(live, pid, &process) || kernel_pagemap(process, 0, 1, &word))
		SKIP("kernel_threads", "PID 2 is none");
	kernel_process_close(process);
	record(live, &pid, 1, dir);
	tree = open_tree(dir);
	process = open_pid(tree, pid);
	assert_int_equal(kernel_pagemap(process, 0, 1, &word), 0);
	kernel_process_close(process);
	kernel_close(tree);
	kernel_close(live);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_compact, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_refuses, make_parent, remove_parent),
		cmocka_unit_test_setup_teardown(test_kernel_thread, make_parent, remove_parent),
	};

	if (argc == 3 && !strcmp(argv[1], "lay-out"))
		return lay_out_main(strtoull(argv[2], NULL, 10));
	return cmocka_run_group_tests_name("backend_record", tests, NULL, NULL);
}
