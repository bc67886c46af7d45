/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether kpagecount tells each subpage's own count: asked of a huge page of our own with a hole in it. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/parse.h"
#include "proc/internal.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* include/uapi/asm-generic/mman-common.h, 6.1 */
#endif

/* CONFIG_NO_PAGE_MAPCOUNT came with 6.15 (mm/Kconfig): before it there is nothing to ask. */
static bool may_average(struct kernel *kernel)
{
	uint64_t major = 0, minor = 0;
	struct buf text = {0};
	const char *at = NULL;

	if (!kernel_text(kernel, "proc/sys/kernel/osrelease", &text) && text.len)
		at = parse_u64(text.data, text.data + text.len, 10, &major);
	if (at && *at == '.')
		at = parse_u64(at + 1, text.data + text.len, 10, &minor);
	buf_fini(&text);
	return !at || major > 6 || (major == 6 && minor >= 15);
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

/*
 * Unmaps the second page of a THP and reads its count: its own is 0, an average is not. Without a THP the answer is
 * not known, and counts are then taken for averages, which claims less.
 */
static bool ask(struct proc_kernel *proc, char *huge)
{
	const uint64_t page_size = proc->kernel.page_size;
	uint64_t pfn, flags, count;

	madvise(huge, proc->kernel.pmd_size, MADV_HUGEPAGE);
	*(volatile char *)huge = 1;
	madvise(huge, proc->kernel.pmd_size, MADV_COLLAPSE);
	pfn = frame_at(proc, huge);
	if (!pfn || kernel_flags(&proc->kernel, pfn + 1, 1, &flags) != 1 || !(flags >> KPF_TAIL & 1))
		return true;
	if (madvise(huge + page_size, page_size, MADV_DONTNEED))
		return true;
	return kernel_counts(&proc->kernel, pfn + 1, 1, &count) != 1 || count;
}

bool proc_averaged(struct kernel *kernel)
{
	struct proc_kernel *proc = (struct proc_kernel *)kernel;
	const size_t size = kernel->pmd_size;
	char *area;

	if (proc->averaged_known)
		return proc->averaged;
	proc->averaged_known = true;
	proc->averaged = may_average(kernel);
	if (!proc->averaged)
		return false;
	area = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0);
	if (area == MAP_FAILED)
		return true;
	proc->averaged = ask(proc, area + (size - (uintptr_t)area % size) % size);
	munmap(area, 2 * size);
	return proc->averaged;
}
