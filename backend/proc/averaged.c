/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether kpagecount tells each subpage's own count: asked of a huge page of our own. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/parse.h"
#include "proc/internal.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* include/uapi/asm-generic/mman-common.h, 6.1 */
#endif

static bool line_is(const struct line *line, const char *text)
{
	return line->len == strlen(text) && !memcmp(line->text, text, line->len);
}

enum answer { ANSWER_UNKNOWN, ANSWER_OWN, ANSWER_AVERAGE };

/* CONFIG_NO_PAGE_MAPCOUNT came with 6.15 (mm/Kconfig): before it there is nothing to ask. */
static bool may_average(const struct buf *release)
{
	uint64_t major = 0, minor = 0;
	const char *at = NULL, *end = release->data + release->len;

	if (release->len)
		at = parse_u64(release->data, end, 10, &major);
	if (at && *at == '.')
		at = parse_u64(at + 1, end, 10, &minor);
	return !at || major > 6 || (major == 6 && minor >= 15);
}

/* What the distribution's kernel configuration says, where it is installed. */
static enum answer ask_config(struct kernel *kernel, const struct buf *release)
{
	enum answer answer = ANSWER_UNKNOWN;
	struct buf text = {0};
	struct line line;
	const char *at;
	char path[128];

	if (!release->len)
		return ANSWER_UNKNOWN;
	snprintf(path, sizeof(path), "boot/config-%.*s", (int)strcspn(release->data, "/\n"), release->data);
	if (!kernel_text(kernel, path, &text) && text.len) {
		at = text.data;
		while (parse_line(&at, text.data + text.len, &line)) {
			if (line_is(&line, "CONFIG_NO_PAGE_MAPCOUNT=y"))
				answer = ANSWER_AVERAGE;
			else if (line_is(&line, "CONFIG_PAGE_MAPCOUNT=y"))
				answer = ANSWER_OWN;
		}
	}
	buf_fini(&text);
	return answer;
}

/* The frame behind a page of our own; 0: none, or not shown. */
static uint64_t frame_at(const struct proc_kernel *proc, const char *page)
{
	int pagemap = openat(proc->proc, "self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t word = 0;

	if (pagemap < 0)
		return 0;
	if (proc_words(pagemap, (uintptr_t)page / proc->kernel.page_size, 1, &word) != 1 ||
	    !(word & PM_PRESENT))
		word = 0;
	close(pagemap);
	return word & PM_PFN_MASK;
}

/* The frame of the second page of a THP of our own; 0: it is none. */
static uint64_t tail_at(struct proc_kernel *proc, const char *huge)
{
	uint64_t flags, pfn = frame_at(proc, huge);

	if (!pfn || kernel_flags(&proc->kernel, pfn + 1, 1, &flags) != 1 || !(flags >> KPF_TAIL & 1))
		return 0;
	return pfn + 1;
}

/* Unmaps the second page of a THP and reads its count: its own is 0, an average is not. */
static enum answer ask_page(struct proc_kernel *proc, char *huge)
{
	const uint64_t page_size = proc->kernel.page_size;
	uint64_t pfn, count;

	madvise(huge, proc->kernel.pmd_size, MADV_HUGEPAGE);
	*(volatile char *)huge = 1;
	pfn = tail_at(proc, huge);
	if (!pfn) {
		/* Whatever the knobs say (6.1); it waits for all CPUs, so it comes second. */
		madvise(huge, proc->kernel.pmd_size, MADV_COLLAPSE);
		pfn = tail_at(proc, huge);
	}
	if (!pfn)
		return ANSWER_UNKNOWN;
	if (madvise(huge + page_size, page_size, MADV_DONTNEED) ||
	    kernel_counts(&proc->kernel, pfn, 1, &count) != 1)
		return ANSWER_UNKNOWN;
	return count ? ANSWER_AVERAGE : ANSWER_OWN;
}

/*
 * Without kpagecount: a page of a huge page that we map twice. Counted by itself it is mapped twice, so that bit 56 is clear;
 * the folio, which is all that is counted else, is mapped by one process (fs/proc/internal.h, 6.15).
 */
static enum answer ask_twice(const struct proc_kernel *proc, int file, char *huge)
{
	const size_t size = proc->kernel.pmd_size;
	struct scan_range range = {0};
	struct kernel_scan scan = {
		.from = (uintptr_t)huge, .to = (uintptr_t)huge + size, .out = &range, .room = 1};
	int pagemap = openat(proc->proc, "self/pagemap", O_RDONLY | O_CLOEXEC);
	enum answer answer = ANSWER_UNKNOWN;
	char *page = MAP_FAILED;
	uint64_t word;

	if (pagemap < 0)
		return ANSWER_UNKNOWN;
	if (mmap(huge, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) != MAP_FAILED) {
		*(volatile char *)huge = 1;
		madvise(huge, size, MADV_COLLAPSE);
		page = mmap(NULL, proc->kernel.page_size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
	}
	if (page != MAP_FAILED && !proc_scan(pagemap, proc->kernel.page_size, &scan) && scan.n &&
	    range.categories & SCAN_HUGE &&
	    proc_words(pagemap, (uintptr_t)page / proc->kernel.page_size, 1, &word) == 1 && word & PM_PRESENT)
		answer = word & PM_MMAP_EXCLUSIVE ? ANSWER_AVERAGE : ANSWER_OWN;
	if (page != MAP_FAILED)
		munmap(page, proc->kernel.page_size);
	close(pagemap);
	return answer;
}

static enum answer ask_file(const struct proc_kernel *proc, char *huge)
{
	int file = memfd_create("thpscope", MFD_CLOEXEC);
	enum answer answer = ANSWER_UNKNOWN;

	if (file < 0)
		return ANSWER_UNKNOWN;
	if (!ftruncate(file, (off_t)proc->kernel.pmd_size))
		answer = ask_twice(proc, file, huge);
	close(file);
	return answer;
}

static enum answer ask_memory(struct proc_kernel *proc)
{
	const bool root = capable(&proc->kernel.caps, CAP_PFN) && capable(&proc->kernel.caps, CAP_KPAGECOUNT);
	const size_t size = proc->kernel.pmd_size;
	/* Who started us may have forbidden us huge pages, which exec hands on; 6.18 knows flags beside the 1. */
	int disabled = prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
	char *area = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			  -1, 0);
	enum answer answer;
	char *huge;

	if (area == MAP_FAILED)
		return ANSWER_UNKNOWN;
	huge = area + (size - (uintptr_t)area % size) % size;
	if (disabled > 0)
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	answer = root ? ask_page(proc, huge) : ask_file(proc, huge);
	if (disabled > 0)
		prctl(PR_SET_THP_DISABLE, 1, disabled & ~1, 0, 0);
	munmap(area, 2 * size);
	return answer;
}

bool proc_find_averaged(struct proc_kernel *proc)
{
	enum answer answer = ANSWER_OWN;
	struct buf release = {0};

	if (kernel_text(&proc->kernel, "proc/sys/kernel/osrelease", &release))
		buf_clear(&release);
	if (may_average(&release)) {
		answer = ask_memory(proc);
		if (answer == ANSWER_UNKNOWN)
			answer = ask_config(&proc->kernel, &release);
	}
	buf_fini(&release);
	/* Not known, counts are taken for averages, which claims less. */
	proc->averaged = answer != ANSWER_OWN;
	return answer != ANSWER_UNKNOWN;
}

bool proc_averaged(struct kernel *kernel)
{
	return ((struct proc_kernel *)kernel)->averaged;
}
