/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded kernel: its directory, its processes, its frames. */
#include "tree/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/system.h"
#include "tree/about.h"
#include "tree/inside.h"
#include "tree/pages.h"

/* What was read of one process, kept from its first opening until the kernel is closed. */
struct tree_pages {
	struct tree_pages *next;
	pid_t pid;
	bool read;
	int err; /* of reading it; 0: pages is valid */
	char error[256];
	struct pages pages; /* without its word tables, which went into the kernel's */
};

struct tree_kernel {
	struct kernel kernel;
	int root;
	bool vma_page_size;
	struct tree_pages *processes;
	struct word_table flags, counts, teams;
};

struct tree_process {
	struct kernel_process process;
	struct tree_pages *pages;
};

static void tree_close(struct kernel *kernel)
{
	struct tree_kernel *tree = (struct tree_kernel *)kernel;
	struct tree_pages *pages;

	while ((pages = tree->processes)) {
		tree->processes = pages->next;
		pages_fini(&pages->pages);
		free(pages);
	}
	words_fini(&tree->flags);
	words_fini(&tree->counts);
	words_fini(&tree->teams);
	close(tree->root);
	free(tree);
}

/* Says of -EBADMSG what is damaged. */
static int told(struct kernel *kernel, const char *path, int err)
{
	if (err == -EBADMSG)
		snprintf(kernel->error, sizeof(kernel->error), "%s: %s", path, INSIDE_BAD);
	return err;
}

static int tree_text(struct kernel *kernel, const char *path, struct buf *out)
{
	return told(kernel, path, inside_read(((struct tree_kernel *)kernel)->root, path, out));
}

static int tree_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	int err = inside_numbers(((struct tree_kernel *)kernel)->root, "proc", pids, n);

	return err == -ENOENT ? 0 : told(kernel, "proc", err);
}

static struct tree_pages *pages_of(struct tree_kernel *tree, pid_t pid)
{
	struct tree_pages *pages;

	for (pages = tree->processes; pages; pages = pages->next)
		if (pages->pid == pid)
			return pages;
	pages = mem_alloc(sizeof(*pages));
	pages->pid = pid;
	pages->next = tree->processes;
	tree->processes = pages;
	return pages;
}

static int tree_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct tree_kernel *tree = (struct tree_kernel *)kernel;
	struct tree_process *process;
	struct stat_line stat;
	struct buf text = {0};
	char path[64];
	int err;

	snprintf(path, sizeof(path), "proc/%d", (int)pid);
	err = pid > 0 ? inside_folder(tree->root, path) : -ENOENT;
	if (err)
		return told(kernel, path, err);
	snprintf(path, sizeof(path), "proc/%d/stat", (int)pid);
	err = tree_text(kernel, path, &text);
	if (err == -ENOENT || (!err && system_stat(text.data, text.len, &stat))) {
		snprintf(kernel->error, sizeof(kernel->error), "%s: missing, or not as the kernel writes it",
			 path);
		err = -EBADMSG;
	}
	buf_fini(&text);
	if (err)
		return err;
	process = mem_alloc(sizeof(*process));
	process->process.kernel = kernel;
	process->process.pid = pid;
	process->process.start_time = stat.start_time;
	process->pages = pages_of(tree, pid);
	*out = &process->process;
	return 0;
}

static void tree_process_close(struct kernel_process *process)
{
	free(process);
}

static int tree_process_text(struct kernel_process *process, const char *name, struct buf *out)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "proc/%d/%s", (int)process->pid, name);
	err = tree_text(process->kernel, path, out);
	return err == -ENOENT ? -ENODATA : err;
}

/* Moves the frames of one process into the kernel's table. */
static int join(struct tree_pages *pages, struct word_table *all, struct word_table *own, const char *what)
{
	struct word_table both = {0};
	uint64_t bad;

	words_add_all(&both, all);
	words_add_all(&both, own);
	if (words_settle(&both, &bad)) {
		words_fini(&both);
		snprintf(pages->error, sizeof(pages->error),
			 "proc/%d/pages.jsonl: another process's gives frame 0x%llx other %s",
			 (int)pages->pid, (unsigned long long)bad, what);
		return -EBADMSG;
	}
	words_fini(all);
	words_fini(own);
	*all = both;
	return 0;
}

static int read_pages(struct tree_kernel *tree, struct tree_pages *pages)
{
	struct buf text = {0};
	char path[48], wrong[192];
	int err;

	snprintf(path, sizeof(path), "proc/%d/pages.jsonl", (int)pages->pid);
	err = inside_read(tree->root, path, &text);
	if (err == -ENOENT)
		err = -ENODATA;
	if (err == -EBADMSG)
		snprintf(pages->error, sizeof(pages->error), "%s: %s", path, INSIDE_BAD);
	if (!err) {
		err = pages_parse(text.data, text.len, tree->kernel.page_size, &pages->pages, wrong,
				  sizeof(wrong));
		if (err)
			snprintf(pages->error, sizeof(pages->error), "%s, %s", path, wrong);
	}
	buf_fini(&text);
	if (!err)
		err = join(pages, &tree->flags, &pages->pages.flags, "flags");
	if (!err)
		err = join(pages, &tree->counts, &pages->pages.counts, "counts");
	if (!err)
		err = join(pages, &tree->teams, &pages->pages.teams, "usages");
	return err;
}

/* What is recorded of the process's pages; NULL and *err if it cannot be had. */
static const struct pages *process_pages(struct kernel_process *process, int *err)
{
	struct tree_kernel *tree = (struct tree_kernel *)process->kernel;
	struct tree_pages *pages = ((struct tree_process *)process)->pages;

	if (!pages->read) {
		pages->err = read_pages(tree, pages);
		pages->read = true;
	}
	*err = pages->err;
	if (!pages->err)
		return &pages->pages;
	snprintf(tree->kernel.error, sizeof(tree->kernel.error), "%s", pages->error);
	return NULL;
}

static ssize_t tree_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	int err;
	const struct pages *pages = process_pages(process, &err);

	return pages ? (ssize_t)pages_words(pages, addr, n, words) : err;
}

static ssize_t tree_entries(struct kernel_process *process, uint64_t addr, size_t n,
			    struct kernel_entries *out)
{
	int err;
	const struct pages *pages;

	if (!capable(&process->kernel->caps, CAP_ENTRIES))
		return -ENOTSUP;
	pages = process_pages(process, &err);
	return pages ? (ssize_t)walks_at(pages, addr, n, out) : err;
}

static int tree_scan(struct kernel_process *process, struct kernel_scan *scan)
{
	const struct pages *pages;
	int err;

	if (!capable(&process->kernel->caps, CAP_PAGEMAP_SCAN))
		return -ENOTSUP;
	pages = process_pages(process, &err);
	if (pages)
		pages_scan(pages, scan);
	return err;
}

static int tree_vma_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size)
{
	const struct pages *pages;
	int err;

	if (!((struct tree_kernel *)process->kernel)->vma_page_size)
		return -ENOTSUP;
	pages = process_pages(process, &err);
	if (pages)
		*size = pages_size_at(pages, addr);
	return err;
}

static ssize_t frames(const struct kernel *kernel, enum capability capability, const struct word_table *table,
		      uint64_t pfn, size_t n, uint64_t *words)
{
	size_t got;

	if (!capable(&kernel->caps, capability))
		return -ENOTSUP;
	got = words_get(table, pfn, n, words);
	return got || !n ? (ssize_t)got : -ENODATA;
}

static ssize_t tree_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return frames(kernel, CAP_KPAGEFLAGS, &((struct tree_kernel *)kernel)->flags, pfn, n, words);
}

static ssize_t tree_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return frames(kernel, CAP_KPAGECOUNT, &((struct tree_kernel *)kernel)->counts, pfn, n, words);
}

static int tree_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps)
{
	const int64_t pages = INT64_C(1) << kernel->pmd_order;
	uint64_t word;

	if (!capable(&kernel->caps, CAP_TEAMS))
		return -ENOTSUP;
	if (!words_get(&((struct tree_kernel *)kernel)->teams, pfn, 1, &word))
		return -ENOENT;
	*usage = (int64_t)word;
	*pmd_maps = *usage > pages ? *usage - pages : 0;
	return 0;
}

static const struct kernel_ops tree_ops = {
	.source = "tree",
	.close = tree_close,
	.text = tree_text,
	.pids = tree_pids,
	.process_open = tree_process_open,
	.process_close = tree_process_close,
	.process_text = tree_process_text,
	.pagemap = tree_pagemap,
	.scan = tree_scan,
	.flags = tree_flags,
	.counts = tree_counts,
	.team = tree_team,
	.entries = tree_entries,
	.vma_page_size = tree_vma_page_size,
};

static void set_capabilities(struct kernel *kernel, uint32_t recorded)
{
	static const char *const missing[CAP_COUNT] = {
		[CAP_PAGEMAP_SCAN] =
			"this tree was recorded without PAGEMAP_SCAN, on a kernel before Linux 6.7 or "
			"in a sandbox; which regions were mapped by PMD is known only where smaps "
			"leaves no doubt",
		[CAP_PFN] =
			"this tree was recorded without page frame numbers; record it again as root to see "
			"backing and mapcounts",
		[CAP_KPAGEFLAGS] = "this tree was recorded without page flags; record it again as root",
		[CAP_KPAGECOUNT] = "this tree was recorded without mapcounts; record it again as root",
		[CAP_SMAPS] = "the kernel of this tree had no smaps",
		[CAP_TEAMS] = "the kernel of this tree had no page teams; no mainline kernel has them",
	};
	unsigned i;

	/* What a recording cannot hold, and teams, which are so by the bits that the tree announces. */
	recorded &= ~(UINT32_C(1) << CAP_SPECIMEN | UINT32_C(1) << CAP_TEAMS |
		      UINT32_C(1) << CAP_TRACEPOINTS | UINT32_C(1) << CAP_PAGEMAP_BIT);
	if (kernel->pagemap_pmd_bit >= 0)
		recorded |= UINT32_C(1) << CAP_PAGEMAP_BIT;
	if (!*kernel->queue_file)
		recorded &= ~(UINT32_C(1) << CAP_QUEUE);
	if (kernel->pagemap_pmd_bit >= 0 && kernel->kpf.team)
		recorded |= UINT32_C(1) << CAP_TEAMS;
	kernel->caps.mask = recorded;
	for (i = 0; i < CAP_COUNT; i++)
		kernel->caps.missing[i] = recorded >> i & 1 ? NULL : missing[i];
	/* The bit tells as much. */
	if (kernel->pagemap_pmd_bit >= 0)
		kernel->caps.missing[CAP_PAGEMAP_SCAN] = NULL;
}

static int read_about(int root, const char *dir, struct about *about, char *error, size_t size)
{
	struct buf text = {0};
	char wrong[192];
	int err = inside_read(root, "tree.json", &text);

	if (err == -ENOENT)
		snprintf(error, size,
			 "%s: no recorded tree (it has no tree.json); thpscope-record-tree makes one", dir);
	else if (err)
		snprintf(error, size, "%s/tree.json: cannot be read: %s", dir,
			 err == -EBADMSG ? INSIDE_BAD : strerror(-err));
	else if ((err = about_parse(text.data, text.len, about, wrong, sizeof(wrong))))
		snprintf(error, size, "%s/tree.json: %s", dir, wrong);
	buf_fini(&text);
	return err;
}

int tree_kernel_open(const char *dir, struct kernel **out, char *error, size_t size)
{
	int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), err;
	struct tree_kernel *tree;
	struct about about;

	if (root < 0) {
		err = errno == EPERM ? -EACCES : -errno;
		snprintf(error, size, "%s: cannot be opened as a recorded tree: %s", dir, strerror(-err));
		return err;
	}
	err = read_about(root, dir, &about, error, size);
	if (err) {
		close(root);
		return err;
	}
	tree = mem_alloc(sizeof(*tree));
	tree->root = root;
	tree->vma_page_size = about.vma_page_size;
	tree->kernel.ops = &tree_ops;
	kernel_probe_sizes(&tree->kernel, about.page_size);
	/* The recorder knew it from the kernel; the text file may be absent where the kernel had no THP. */
	tree->kernel.pmd_size = about.pmd_size;
	for (tree->kernel.pmd_order = 0; about.page_size << tree->kernel.pmd_order < about.pmd_size;)
		tree->kernel.pmd_order++;
	tree->kernel.wall_ns = about.wall_ns;
	set_capabilities(&tree->kernel, about.capabilities);
	*out = &tree->kernel;
	return 0;
}
