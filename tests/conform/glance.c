/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one side shows of a run of pages, and how that kernel shows which are mapped by PMD (conform.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

enum glance_way glance_way(const struct kernel *kernel)
{
	if (capable(&kernel->caps, CAP_ENTRIES))
		return GLANCE_ENTRIES;
	return capable(&kernel->caps, CAP_PAGEMAP_SCAN) ? GLANCE_SCAN : GLANCE_SMAPS;
}

/* Counts and flags of the pages that are there, a run of frames at a time. */
static bool read_frames(struct kernel *kernel, struct glance *glance, size_t n)
{
	for (size_t from = 0, to; from < n; from = to) {
		const uint64_t pfn = glance->words[from] & PM_PFN_MASK;

		to = from + 1;
		if (!(glance->words[from] & PM_PRESENT))
			continue;
		while (to < n && glance->words[to] & PM_PRESENT &&
		       (glance->words[to] & PM_PFN_MASK) == pfn + (to - from))
			to++;
		if (kernel_counts(kernel, pfn, to - from, glance->counts + from) != (ssize_t)(to - from) ||
		    kernel_flags(kernel, pfn, to - from, glance->flags + from) != (ssize_t)(to - from))
			return false;
	}
	return true;
}

/* Which pages a huge entry maps, by PAGEMAP_SCAN: all that is read lies in one huge page, which answers for itself at once. */
static bool read_huge(struct kernel_process *process, uint64_t addr, size_t n, bool *huge)
{
	struct scan_range range = {0};
	struct kernel_scan scan = {.from = addr,
				   .to = addr + n * PAGE_BYTES,
				   .out = &range,
				   .room = 1,
				   .dispensable = SCAN_FILE,
				   .max_pages = 1};

	memset(huge, 0, n * sizeof(*huge));
	if (kernel_scan(process, &scan))
		return false;
	for (size_t at = 0; scan.n && range.categories & SCAN_HUGE && at < n; at++)
		huge[at] = true;
	return true;
}

bool glance_at(struct kernel *kernel, struct kernel_process *process, uint64_t addr, size_t n,
	       enum glance_way way, struct glance *glance)
{
	memset(glance->counts, 0, sizeof(glance->counts));
	memset(glance->flags, 0, sizeof(glance->flags));
	if (way == GLANCE_ENTRIES && kernel_entries(process, addr, n, glance->entries) != (ssize_t)n)
		return false;
	if (way == GLANCE_SCAN && !read_huge(process, addr, n, glance->huge))
		return false;
	return kernel_pagemap(process, addr, n, glance->words) == (ssize_t)n &&
	       read_frames(kernel, glance, n);
}

/* What a line of smaps adds. */
static uint64_t huge_kb(const char *line)
{
	static const char *const names[] = {"AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:"};

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		if (!strncmp(line, names[n], strlen(names[n])))
			return strtoull(line + strlen(names[n]), NULL, 10);
	}
	return 0;
}

bool glance_huge_kb(struct kernel_process *process, uint64_t start, uint64_t len, uint64_t *kb)
{
	struct buf text = {0};
	unsigned long long from, to;
	bool inside = false;
	char *rest, *line;

	*kb = 0;
	if (kernel_process_text(process, "smaps", &text)) {
		buf_fini(&text);
		return false;
	}
	rest = text.data;
	while ((line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			inside = from - start < len;
		else if (inside)
			*kb += huge_kb(line);
	}
	buf_fini(&text);
	return true;
}
