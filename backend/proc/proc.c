/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real kernel: its text files and its page frames. */
#include "proc/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "proc/file.h"
#include "proc/internal.h"

int proc_errno(void)
{
	return errno == EPERM ? -EACCES : -errno;
}

ssize_t proc_words(int fd, uint64_t from, size_t n, uint64_t *words)
{
	size_t done = 0, want = n * sizeof(*words);
	ssize_t got;

	if (n > SIZE_MAX / 2 / sizeof(*words) || from > (uint64_t)INT64_MAX / sizeof(*words) - n)
		return -EINVAL;
	while (done < want) {
		got = pread(fd, (char *)words + done, want - done, (off_t)(from * sizeof(*words) + done));
		if (got < 0 && errno == EINTR)
			continue;
		/* Also behind some words: fewer of them would mean that there are no more. */
		if (got < 0)
			return proc_errno();
		if (!got)
			break;
		done += (size_t)got;
	}
	return (ssize_t)(done / sizeof(*words));
}

static void proc_close(struct kernel *kernel)
{
	struct proc_kernel *proc = (struct proc_kernel *)kernel;

	if (proc->kpageflags >= 0)
		close(proc->kpageflags);
	if (proc->kpagecount >= 0)
		close(proc->kpagecount);
	if (proc->idle >= 0)
		close(proc->idle);
	if (proc->team_usage >= 0)
		close(proc->team_usage);
	while (proc->n_kept) {
		close(proc->kept[--proc->n_kept].fd);
		free(proc->kept[proc->n_kept].path);
	}
	close(proc->proc);
	close(proc->root);
	free(proc);
}

/* The counters of anonymous folios by order (core/folio.h), of which there are about eight. */
static bool worth_keeping(const char *path)
{
	static const char end[] = "/stats/nr_anon";
	const size_t len = strlen(path);

	return len > sizeof(end) && !strcmp(path + len - sizeof(end) + 1, end);
}

/* An open file of sysfs, from its start: each pread there asks the kernel anew (fs/kernfs/file.c, seq_read_iter). */
static int read_kept(int fd, struct buf *out)
{
	const size_t most = 4096; /* sysfs files are a page at most */
	ssize_t got;

	do {
		got = pread(fd, buf_reserve(out, most), most - 1, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return proc_errno();
	out->len += (size_t)got;
	out->data[out->len] = '\0';
	return 0;
}

static int proc_text(struct kernel *kernel, const char *path, struct buf *out)
{
	struct proc_kernel *proc = (struct proc_kernel *)kernel;
	struct proc_kept *kept;
	size_t i;
	int fd;

	if (!worth_keeping(path))
		return file_read_at(proc->root, path, out);
	for (i = 0; i < proc->n_kept; i++)
		if (!strcmp(proc->kept[i].path, path))
			return read_kept(proc->kept[i].fd, out);
	if (proc->n_kept == PROC_KEPT)
		return file_read_at(proc->root, path, out);
	fd = openat(proc->root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return proc_errno();
	kept = &proc->kept[proc->n_kept++];
	*kept = (struct proc_kept){mem_strdup(path), fd};
	return read_kept(fd, out);
}

static int proc_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	return file_numbers_at(((struct proc_kernel *)kernel)->root, "proc", pids, n);
}

static ssize_t frames(int fd, uint64_t pfn, size_t n, uint64_t *words)
{
	ssize_t got = fd < 0 ? fd : proc_words(fd, pfn, n, words);

	/* Too large even for a file's offset: past the last frame, too. */
	return got == -EINVAL ? 0 : got;
}

static ssize_t proc_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return frames(((struct proc_kernel *)kernel)->kpageflags, pfn, n, words);
}

static ssize_t proc_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	return frames(((struct proc_kernel *)kernel)->kpagecount, pfn, n, words);
}

/* kcmp is in all kernels with CONFIG_KCMP (kernel/kcmp.c); KCMP_VM is 1. */
static int proc_same_memory(struct kernel *kernel, pid_t one, pid_t other)
{
	long order = syscall(SYS_kcmp, one, other, 1, 0, 0);

	(void)kernel;
	return order < 0 ? proc_errno() : order == 0;
}

static const struct kernel_ops proc_ops = {
	.source = "live",
	.close = proc_close,
	.text = proc_text,
	.pids = proc_pids,
	.process_open = proc_process_open,
	.process_close = proc_process_close,
	.process_text = proc_process_text,
	.pagemap = proc_process_pagemap,
	.scan = proc_process_scan,
	.flags = proc_flags,
	.counts = proc_counts,
	.idle_mark = proc_idle_mark,
	.idle = proc_idle,
	.clear_refs = proc_process_clear_refs,
	.entries = proc_process_entries,
	.team = proc_team,
	.averaged = proc_averaged,
	.same_memory = proc_same_memory,
	.vma_page_size = proc_process_page_size,
};

static int open_or_errno(int dirfd, const char *path, int flags)
{
	int fd = openat(dirfd, path, flags | O_CLOEXEC);

	return fd < 0 ? proc_errno() : fd;
}

static bool has_ptrace(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return !syscall(SYS_capget, &head, data) &&
	       data[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE);
}

int proc_kernel_open(const char *root, struct kernel **out, char *error, size_t size)
{
	struct proc_kernel *proc;
	int fd = open_or_errno(AT_FDCWD, root, O_PATH | O_DIRECTORY), err;

	if (fd < 0) {
		snprintf(error, size, "%s: cannot be opened: %s", root, strerror(-fd));
		return fd;
	}
	proc = mem_alloc(sizeof(*proc));
	proc->root = fd;
	proc->proc = open_or_errno(fd, "proc", O_PATH | O_DIRECTORY);
	if (proc->proc < 0) {
		err = proc->proc;
		snprintf(error, size, "%s%sproc: cannot be opened: %s; mount proc there", root,
			 root[0] && root[strlen(root) - 1] == '/' ? "" : "/", strerror(-err));
		close(fd);
		free(proc);
		return err;
	}
	proc->kpageflags = open_or_errno(proc->proc, "kpageflags", O_RDONLY);
	proc->idle = -EBADF;
	proc->kpagecount = open_or_errno(proc->proc, "kpagecount", O_RDONLY);
	proc->kernel.ops = &proc_ops;
	proc->kernel.here = !strcmp(root, "/");
	proc->kernel.traces_all = proc->kernel.here && has_ptrace();
	kernel_probe_sizes(&proc->kernel, (uint64_t)sysconf(_SC_PAGESIZE));
	proc_probe(proc);
	*out = &proc->kernel;
	return 0;
}
