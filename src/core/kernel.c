/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lower seam's calls: optional ones answer -ENOTSUP where an implementation has none. */
#include "core/kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int kernel_idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words)
{
	return kernel->ops->idle_mark ? kernel->ops->idle_mark(kernel, pfn, n, words) : -ENOTSUP;
}

ssize_t kernel_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return kernel->ops->idle ? kernel->ops->idle(kernel, pfn, n, words) : -ENOTSUP;
}

int kernel_clear_refs(struct kernel_process *process)
{
	const struct kernel_ops *ops = process->kernel->ops;

	return ops->clear_refs ? ops->clear_refs(process) : -ENOTSUP;
}

ssize_t kernel_entries(struct kernel_process *process, uint64_t addr, size_t n, struct kernel_entries *out)
{
	const struct kernel_ops *ops = process->kernel->ops;

	return ops->entries ? ops->entries(process, addr, n, out) : -ENOTSUP;
}

const char *kernel_denied(const struct kernel *kernel)
{
	return kernel->traces_all ? "a security module or a user namespace above protects it, from root "
				    "(CAP_SYS_PTRACE) too"
				  : "it belongs to another user or a security module protects it; "
				    "CAP_SYS_PTRACE (root) lifts the first";
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

#define TEAMS "sys/kernel/mm/pageteam/"

static int team_bit(struct kernel *kernel, const char *name)
{
	uint64_t bit = 64;
	char path[64];

	snprintf(path, sizeof(path), TEAMS "%s", name);
	if (kernel->teams_abi == TEAMS_ABI)
		bit = number(kernel, path, bit);
	return bit < 64 ? (int)bit : -1;
}

/* The same as a word, 0 for none. */
static uint64_t team_word(struct kernel *kernel, const char *name)
{
	const int bit = team_bit(kernel, name);

	return bit < 0 ? 0 : UINT64_C(1) << bit;
}

/* Letters and '_': what leads elsewhere is none. */
static bool plain_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (name[i] != '_' && (name[i] < 'a' || name[i] > 'z'))
			return false;
	return len > 0;
}

bool kernel_teams_file(struct kernel *kernel, const char *announced, char *name, size_t size)
{
	static const char process[] = "PID/";
	struct buf text = {0};
	const char *at;
	char path[64];
	size_t len;
	bool told;

	*name = '\0';
	snprintf(path, sizeof(path), TEAMS "%s", announced);
	told = kernel->teams_abi == TEAMS_ABI && !kernel_text(kernel, path, &text) && text.len;
	at = told ? text.data : "";
	if (!strncmp(at, process, sizeof(process) - 1))
		at += sizeof(process) - 1;
	len = strcspn(at, "\n");
	told = told && len < size && plain_name(at, len);
	if (told)
		snprintf(name, size, "%.*s", (int)len, at);
	buf_fini(&text);
	return told;
}

static void probe_teams(struct kernel *kernel)
{
	const uint64_t abi = number(kernel, TEAMS "abi", 0);

	kernel->teams_abi = abi < UINT_MAX ? (unsigned)abi : UINT_MAX;
	kernel->pagemap_pmd_bit = team_bit(kernel, "pagemap_pmd_bit");
	kernel->kpf = (struct kpf_bits){.team = team_word(kernel, "kpageflags_team_bit"),
					.team_pmd = team_word(kernel, "kpageflags_team_pmd_bit"),
					.double_map = team_word(kernel, "kpageflags_doublemap_bit")};
	kernel->team_counts_all = kernel->teams_abi == TEAMS_ABI;
	kernel_teams_file(kernel, "pte_mapped_thp", kernel->queue_file, sizeof(kernel->queue_file));
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
	probe_teams(kernel);
}
