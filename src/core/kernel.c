/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lower seam's calls: optional ones answer -ENOTSUP where an implementation has none. */
#include "core/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/parse.h"

void kernel_close(struct kernel *kernel)
{
	if (kernel)
		kernel->ops->close(kernel);
}

int kernel_text(struct kernel *kernel, const char *path, struct buf *out)
{
	return kernel->ops->text(kernel, path, out);
}

int kernel_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	return kernel->ops->pids(kernel, pids, n);
}

int kernel_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **process)
{
	return kernel->ops->process_open(kernel, pid, process);
}

void kernel_process_close(struct kernel_process *process)
{
	if (process)
		process->kernel->ops->process_close(process);
}

int kernel_process_text(struct kernel_process *process, const char *name, struct buf *out)
{
	return process->kernel->ops->process_text(process, name, out);
}

ssize_t kernel_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	return process->kernel->ops->pagemap(process, addr, n, words);
}

int kernel_scan(struct kernel_process *process, struct kernel_scan *scan)
{
	const struct kernel_ops *ops = process->kernel->ops;

	return ops->scan ? ops->scan(process, scan) : -ENOTSUP;
}

ssize_t kernel_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return kernel->ops->flags ? kernel->ops->flags(kernel, pfn, n, words) : -ENOTSUP;
}

ssize_t kernel_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return kernel->ops->counts ? kernel->ops->counts(kernel, pfn, n, words) : -ENOTSUP;
}

ssize_t kernel_entries(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	const struct kernel_ops *ops = process->kernel->ops;

	return ops->entries ? ops->entries(process, addr, n, words) : -ENOTSUP;
}

bool kernel_averaged(struct kernel *kernel)
{
	return kernel->ops->averaged && kernel->ops->averaged(kernel);
}

int kernel_same_memory(struct kernel *kernel, pid_t one, pid_t other)
{
	return kernel->ops->same_memory ? kernel->ops->same_memory(kernel, one, other) : -ENOTSUP;
}

int kernel_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps)
{
	return kernel->ops->team ? kernel->ops->team(kernel, pfn, usage, pmd_maps) : -ENOTSUP;
}

int kernel_vma_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size)
{
	const struct kernel_ops *ops = process->kernel->ops;

	return ops->vma_page_size ? ops->vma_page_size(process, addr, size) : -ENOTSUP;
}

/* A decimal number in a text file of the kernel, or `missing`. */
static uint64_t number(struct kernel *kernel, const char *path, uint64_t missing)
{
	struct buf text = {0};
	uint64_t value = missing;
	const char *end;

	if (!kernel_text(kernel, path, &text) && text.len) {
		end = text.data + text.len;
		if (!parse_u64(text.data, end, 10, &value))
			value = missing;
	}
	buf_fini(&text);
	return value;
}

void kernel_probe_sizes(struct kernel *kernel, uint64_t page_size)
{
	uint64_t size = number(kernel, "sys/kernel/mm/transparent_hugepage/hpage_pmd_size", 0);
	unsigned order = 0;

	if (size <= page_size || size & (size - 1) || size / page_size > UINT64_C(1) << ORDER_MAX)
		size = page_size * page_size / 8;
	while (page_size << order < size)
		order++;
	kernel->page_size = page_size;
	kernel->pmd_size = size;
	kernel->pmd_order = order;
	size = number(kernel, "sys/kernel/mm/pageteam/pagemap_pmd_bit", 64);
	kernel->pagemap_pmd_bit = size < 64 ? (int)size : -1;
	size = number(kernel, "sys/kernel/mm/pageteam/kpageflags_team_bit", 64);
	kernel->kpf_team_bit = size < 64 ? (int)size : -1;
}
