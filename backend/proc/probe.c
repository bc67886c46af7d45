/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a real kernel lets us see, found out by trying it on ourselves. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/internal.h"

static const char *const no_monitor = "this kernel has no /proc/kpageflags and /proc/kpagecount; one built "
				      "with CONFIG_PROC_PAGE_MONITOR has";

/* Not for want of permission or of the file: of descriptors, of memory. */
#define JUST_NOW "could not be opened or read just now, though this kernel has it; try again"

static bool passing(int err)
{
	return err != -EACCES && err != -EPERM && err != -ENOENT;
}

static void give(struct capabilities *caps, enum capability capability)
{
	caps->mask |= UINT32_C(1) << capability;
}

static void probe_scan(struct capabilities *caps, int pagemap, uint64_t page, uint64_t page_size)
{
	struct scan_range range = {0};
	struct kernel_scan scan = {.from = page, .to = page + page_size, .out = &range, .room = 1};
	int err = proc_scan(pagemap, page_size, &scan);

	if (!err && scan.n == 1 && range.categories & SCAN_PRESENT)
		give(caps, CAP_PAGEMAP_SCAN);
	else if (err == -EACCES || err == -EPERM)
		caps->missing[CAP_PAGEMAP_SCAN] = "the PAGEMAP_SCAN call is forbidden here, probably by a "
						  "sandbox's rules; allow ioctl on "
						  "/proc/PID/pagemap, or run outside the sandbox";
	else if (err == -ENOMEM || err == -EIO)
		caps->missing[CAP_PAGEMAP_SCAN] = "/proc/self/pagemap " JUST_NOW;
	else
		caps->missing[CAP_PAGEMAP_SCAN] = "this kernel has no PAGEMAP_SCAN; Linux 6.7 and newer have "
						  "it. Which regions are mapped "
						  "by PMD is known only where smaps leaves no doubt";
}

static void probe_pfn(struct capabilities *caps, int pagemap, uint64_t page, uint64_t page_size)
{
	uint64_t word;

	const ssize_t got = proc_words(pagemap, page / page_size, 1, &word);

	if (got == 1 && word & PM_PFN_MASK)
		give(caps, CAP_PFN);
	else if (got != 1 && passing((int)got))
		caps->missing[CAP_PFN] = "/proc/self/pagemap " JUST_NOW;
	else
		caps->missing[CAP_PFN] =
			"page frame numbers need CAP_SYS_ADMIN; run as root to see backing and mapcounts";
}

/* On one touched page of our own. */
static void probe_pagemap(struct proc_kernel *proc)
{
	static const char *const unreadable =
		"/proc/self/pagemap cannot be read here; a proc of this PID namespace, on a kernel with "
		"CONFIG_PROC_PAGE_MONITOR, would give it";
	struct capabilities *caps = &proc->kernel.caps;
	const uint64_t size = proc->kernel.page_size;
	const int pagemap = openat(proc->proc, "self/pagemap", O_RDONLY | O_CLOEXEC);
	const int err = pagemap < 0 ? -errno : 0;
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pagemap < 0 || page == MAP_FAILED) {
		caps->missing[CAP_PAGEMAP_SCAN] = caps->missing[CAP_PFN] =
			pagemap < 0 && !passing(err) ? unreadable : "/proc/self/pagemap " JUST_NOW;
	} else {
		*(volatile char *)page = 1;
		probe_scan(caps, pagemap, (uintptr_t)page, size);
		probe_pfn(caps, pagemap, (uintptr_t)page, size);
	}
	if (page != MAP_FAILED)
		munmap(page, size);
	if (pagemap >= 0)
		close(pagemap);
}

static void probe_frames(struct capabilities *caps, enum capability capability, int fd, const char *denied,
			 const char *failed)
{
	if (fd >= 0)
		give(caps, capability);
	else
		caps->missing[capability] = fd == -ENOENT ? no_monitor : passing(fd) ? failed : denied;
}

/*
 * A count that may be an average is none: better to say so than to leave mapcounts out in silence. Bit 56 of pagemap, which
 * everybody sees, is of a folio then, too.
 */
static void probe_averaged(struct proc_kernel *proc)
{
	struct capabilities *caps = &proc->kernel.caps;
	const bool found = proc_find_averaged(proc);

	if (!capable(caps, CAP_KPAGECOUNT))
		return;
	if (found && proc->averaged)
		caps->missing[CAP_KPAGECOUNT] = "this kernel counts the mappings of a larger folio as a "
						"whole (CONFIG_NO_PAGE_MAPCOUNT): what "
						"/proc/kpagecount says of its pages is their average, and is "
						"not shown. One built with "
						"CONFIG_PAGE_MAPCOUNT counts those of each page";
	if (found)
		return;
	caps->mask &= ~(UINT32_C(1) << CAP_KPAGECOUNT);
	caps->missing[CAP_KPAGECOUNT] =
		"whether this kernel counts the mappings of each page (CONFIG_PAGE_MAPCOUNT) could not be "
		"found "
		"out: no huge page was to be had to try it on, and /boot has no configuration of this kernel";
}

void proc_probe(struct proc_kernel *proc)
{
	struct capabilities *caps = &proc->kernel.caps;

	probe_pagemap(proc);
	probe_frames(
		caps, CAP_KPAGEFLAGS, proc->kpageflags,
		"/proc/kpageflags may be read by root only; run as root to see page flags and folio sizes",
		"/proc/kpageflags " JUST_NOW);
	probe_frames(caps, CAP_KPAGECOUNT, proc->kpagecount,
		     "/proc/kpagecount may be read by root only; run as root to see mapcounts",
		     "/proc/kpagecount " JUST_NOW);
	probe_averaged(proc);
	if (!faccessat(proc->proc, "self/smaps", R_OK, AT_EACCESS))
		give(caps, CAP_SMAPS);
	else
		caps->missing[CAP_SMAPS] =
			"this kernel has no smaps; one built with CONFIG_PROC_PAGE_MONITOR has";
	proc_probe_teams(proc);
}
