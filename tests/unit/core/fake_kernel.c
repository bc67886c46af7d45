/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of the made-up kernel. */
#include "fake_kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct fake_handle {
	struct kernel_process base;
	struct fake_process *process;
};

static struct fake *fake_of(struct kernel *kernel)
{
	return (struct fake *)kernel;
}

static void fake_close(struct kernel *kernel)
{
	fake_free(fake_of(kernel));
}

static int fake_read_text(struct kernel *kernel, const char *path, struct buf *out)
{
	struct fake *fake = fake_of(kernel);
	size_t i;

	fake->text_calls++;
	for (i = 0; i < fake->n_texts; i++) {
		if (strcmp(fake->texts[i].path, path))
			continue;
		if (fake->texts[i].error)
			return fake->texts[i].error;
		buf_puts(out, fake->texts[i].text);
		return 0;
	}
	return -ENOENT;
}

static int fake_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	struct fake_process *process;
	size_t room = 0;

	*pids = NULL;
	*n = 0;
	for (process = fake_of(kernel)->processes; process; process = process->next) {
		mem_grow(pids, &room, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = process->pid;
	}
	return 0;
}

static int fake_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct fake_process *process;
	struct fake_handle *handle;

	for (process = fake_of(kernel)->processes; process && process->pid != pid; process = process->next)
		;
	if (!process)
		return -ENOENT;
	handle = mem_alloc(sizeof(*handle));
	handle->base = (struct kernel_process){.kernel = kernel, .pid = pid, .start_time = 7};
	handle->process = process;
	*out = &handle->base;
	return 0;
}

static void fake_process_close(struct kernel_process *base)
{
	free(base);
}

static struct fake_process *process_of(struct kernel_process *base)
{
	return ((struct fake_handle *)base)->process;
}

static int fake_process_text(struct kernel_process *base, const char *name, struct buf *out)
{
	struct fake_process *process = process_of(base);
	const char *text = NULL;

	if (!strcmp(name, "maps")) {
		if (process->maps_error)
			return process->maps_error;
		text = process->maps_read++ && process->maps_later ? process->maps_later : process->maps;
	} else if (!strcmp(name, "smaps")) {
		process->smaps_read++;
		if (process->smaps_error)
			return process->smaps_error;
		text = process->smaps;
	} else if (!strcmp(name, "stat")) {
		text = process->stat;
	} else if (!strcmp(name, "status")) {
		text = process->status;
	} else if (!strcmp(name, "mountinfo")) {
		text = process->mountinfo;
	} else if (!strcmp(name, "cgroup")) {
		text = process->cgroup;
	}
	if (!text)
		return -ENOENT;
	buf_puts(out, text);
	return 0;
}

/* The first entry at vpn or above. */
static size_t entry_from(const struct fake_process *process, uint64_t vpn)
{
	size_t low = 0, high = process->n_entries, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (process->entries[middle].vpn < vpn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static ssize_t fake_pagemap(struct kernel_process *base, uint64_t addr, size_t n, uint64_t *words)
{
	struct fake *fake = fake_of(base->kernel);
	struct fake_process *process = process_of(base);
	const bool pfns = capable(&base->kernel->caps, CAP_PFN);
	uint64_t vpn = addr / FAKE_PAGE;
	size_t i;

	fake->pagemap_calls++;
	fake->pagemap_words += n;
	if (addr >> 63)
		return 0;
	memset(words, 0, n * sizeof(*words));
	for (i = entry_from(process, vpn); i < process->n_entries && process->entries[i].vpn < vpn + n; i++)
		words[process->entries[i].vpn - vpn] =
			process->entries[i].word & (pfns ? UINT64_MAX : ~PM_PFN_MASK);
	return (ssize_t)n;
}

static uint64_t categories_of(const struct fake_process *process, const struct fake_entry *entry)
{
	return process->scan_stale && process->stale_at == entry->vpn ? process->stale_categories
								      : entry->categories;
}

static int fake_scan(struct kernel_process *base, struct kernel_scan *scan)
{
	const struct fake_process *process = process_of(base);
	struct fake *fake = fake_of(base->kernel);
	uint64_t pages = 0, categories, addr;
	struct scan_range *last = NULL;
	size_t i;

	fake->scan_calls++;
	if (scan->to - scan->from > fake->longest_scan)
		fake->longest_scan = scan->to - scan->from;
	scan->n = 0;
	for (i = entry_from(process, scan->from / FAKE_PAGE); i < process->n_entries; i++) {
		addr = process->entries[i].vpn * FAKE_PAGE;
		categories = categories_of(process, &process->entries[i]);
		if (addr >= scan->to || (scan->max_pages && pages == scan->max_pages))
			break;
		if (!categories)
			continue;
		if (last && last->end == addr && last->categories == categories) {
			last->end += FAKE_PAGE;
		} else if (scan->n == scan->room) {
			break;
		} else {
			last = &scan->out[scan->n++];
			*last = (struct scan_range){addr, addr + FAKE_PAGE, categories};
		}
		pages++;
	}
	scan->next = i == process->n_entries || process->entries[i].vpn * FAKE_PAGE >= scan->to || !last
			     ? scan->to
			     : last->end;
	return 0;
}

static ssize_t fake_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	struct fake *fake = fake_of(kernel);
	size_t i;

	fake->flags_calls++;
	for (i = 0; i < n && pfn + i < fake->n_frames; i++)
		words[i] = fake->frames[pfn + i].flags;
	fake->flags_words += i;
	return (ssize_t)i;
}

static ssize_t fake_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	struct fake *fake = fake_of(kernel);
	size_t i;

	fake->counts_calls++;
	for (i = 0; i < n && pfn + i < fake->n_frames; i++)
		words[i] = fake->frames[pfn + i].count;
	return (ssize_t)i;
}

static bool fake_averaged(struct kernel *kernel)
{
	return fake_of(kernel)->averaged;
}

static int fake_vma_page_size(struct kernel_process *base, uint64_t addr, uint64_t *size)
{
	const struct fake_process *process = process_of(base);
	size_t i;

	if (fake_of(base->kernel)->no_vma_page_size)
		return -ENOTSUP;
	for (i = 0; i < process->n_vmas; i++) {
		if (process->vmas[i].start > addr || process->vmas[i].end <= addr)
			continue;
		*size = process->vmas[i].page_size ? process->vmas[i].page_size : FAKE_PAGE;
		return 0;
	}
	return -ENOENT;
}

static int fake_same_memory(struct kernel *kernel, pid_t one, pid_t other)
{
	return fake_of(kernel)->one_memory && one != other;
}

static const struct kernel_ops fake_ops = {
	.source = "fake",
	.close = fake_close,
	.text = fake_read_text,
	.pids = fake_pids,
	.process_open = fake_process_open,
	.process_close = fake_process_close,
	.process_text = fake_process_text,
	.pagemap = fake_pagemap,
	.scan = fake_scan,
	.flags = fake_flags,
	.counts = fake_counts,
	.averaged = fake_averaged,
	.same_memory = fake_same_memory,
	.vma_page_size = fake_vma_page_size,
};

struct fake *fake_new(unsigned pmd_order, size_t frames)
{
	struct fake *fake = mem_alloc(sizeof(*fake));

	fake->kernel = (struct kernel){
		.ops = &fake_ops,
		.caps.mask = 1 << CAP_PAGEMAP_SCAN | 1 << CAP_PFN | 1 << CAP_KPAGEFLAGS |
			     1 << CAP_KPAGECOUNT | 1 << CAP_SMAPS,
		.page_size = FAKE_PAGE,
		.pmd_size = FAKE_PAGE << pmd_order,
		.pmd_order = pmd_order,
		.pagemap_pmd_bit = -1,
	};
	fake->frames = mem_alloc(frames * sizeof(*fake->frames));
	fake->n_frames = frames;
	fake->next_frame = (size_t)1 << pmd_order; /* frame 0 means "none" to pagemap */
	fake_text(fake, "proc/swaps", "Filename\tType\n/dev/swap partition\n");
	return fake;
}

void fake_free(struct fake *fake)
{
	struct fake_process *process, *next;

	for (process = fake->processes; process; process = next) {
		next = process->next;
		free(process->vmas);
		free(process->entries);
		free(process->maps);
		free(process->maps_later);
		free(process->smaps);
		free(process->stat);
		free(process->status);
		free(process->cgroup);
		free(process->mountinfo);
		free(process);
	}
	free(fake->frames);
	free(fake);
}
