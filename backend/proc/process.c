/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One process of a real kernel: held by its /proc directory, read through pagemap. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/system.h"
#include "proc/file.h"
#include "proc/internal.h"
#include "proc/uapi.h"

/* Whether the process is still there, if only as a zombie: its directory then still has its files. */
static bool alive(const struct proc_process *process)
{
	return !faccessat(process->dir, "stat", F_OK, 0);
}

/* -ENOENT and -ESRCH of a file of the process: `absent` if the process lives, else -ESRCH. */
static int gone_or(const struct proc_process *process, int err, int absent)
{
	if (err != -ENOENT && err != -ESRCH)
		return err;
	return alive(process) ? absent : -ESRCH;
}

/*
 * An open pagemap or maps belongs to the address space of the moment when it was opened (proc_mem_open,
 * fs/proc/base.c). After an exec that one is usually dead and says so, but one that was shared (vfork) lives on and would
 * answer for the parent. So everything is opened anew after each look at maps, with which every survey begins.
 */
static void forget(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void forget_memory(struct proc_process *process)
{
	forget(&process->pagemap);
	forget(&process->maps);
	forget(&process->page_table);
}

/* Whether the thread behind an O_PATH descriptor runs and has an address space. */
static bool thread_maps(int dir)
{
	struct stat_line stat;
	struct buf text = {0};
	bool maps = !file_read_at(dir, "stat", &text) && !system_stat(text.data, text.len, &stat) &&
		    stat.state != 'Z' && stat.state != 'X';

	buf_clear(&text);
	maps = maps && !file_read_at(dir, "maps", &text) && text.len;
	buf_fini(&text);
	return maps;
}

/*
 * A leader that called pthread_exit is a zombie without an address space (its task's mm is NULL, exit_mm), while
 * its process lives on in its other threads: those are asked. False: there is none.
 */
static bool find_thread(struct proc_process *process)
{
	size_t i, n = 0;
	pid_t *tids = NULL;
	char name[32];

	forget(&process->thread);
	if (file_numbers_at(process->dir, "task", &tids, &n))
		n = 0;
	for (i = 0; i < n && process->thread < 0; i++) {
		if (tids[i] == process->process.pid)
			continue;
		snprintf(name, sizeof(name), "task/%d", (int)tids[i]);
		process->thread = openat(process->dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process->thread >= 0 && !thread_maps(process->thread))
			forget(&process->thread);
	}
	free(tids);
	return process->thread >= 0;
}

/* Where the files of its address space are. */
static int memory_dir(const struct proc_process *process)
{
	return process->thread >= 0 ? process->thread : process->dir;
}

/* Opens *fd if it is not open. 0; 1 if the process has no address space; or a negative errno. */
static int reach(struct proc_process *process, const char *name, int *fd)
{
	if (*fd >= 0)
		return 0;
	*fd = openat(memory_dir(process), name, O_RDONLY | O_CLOEXEC);
	/* The thread may have ended since, the leader too, and another be left; or by exec become the leader. */
	if (*fd < 0 && (process->thread >= 0 || (errno == ESRCH && process->mapped))) {
		find_thread(process);
		*fd = openat(memory_dir(process), name, O_RDONLY | O_CLOEXEC);
	}
	if (*fd >= 0)
		return 0;
	/* Kernel threads and zombies: some kernels refuse to open (ESRCH), others read 0 bytes. */
	if (errno == ESRCH)
		return process->mapped ? -ESRCH : gone_or(process, -ESRCH, 1);
	return gone_or(process, proc_errno(), -ENOENT);
}

int proc_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct proc_kernel *proc = (struct proc_kernel *)kernel;
	struct proc_process *process;
	struct stat_line stat;
	struct buf text = {0};
	char name[16];
	int err, dir;

	if (pid <= 0)
		return -ENOENT;
	snprintf(name, sizeof(name), "%d", (int)pid);
	dir = openat(proc->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return proc_errno();
	err = file_read_at(dir, "stat", &text);
	if (!err)
		err = system_stat(text.data, text.len, &stat);
	buf_fini(&text);
	if (err) {
		close(dir);
		return err == -ESRCH ? -ENOENT : err;
	}
	process = mem_alloc(sizeof(*process));
	process->process.kernel = kernel;
	process->process.pid = pid;
	process->process.start_time = stat.start_time;
	process->dir = dir;
	process->thread = -1;
	process->pagemap = -1;
	process->maps = -1;
	process->page_table = -1;
	*out = &process->process;
	return 0;
}

void proc_process_close(struct kernel_process *base)
{
	struct proc_process *process = (struct proc_process *)base;

	forget_memory(process);
	forget(&process->thread);
	close(process->dir);
	free(process);
}

/* -ESRCH, too, where the thread that we look through has ended, of which its folder says ENOENT. */
static int read_memory(const struct proc_process *process, const char *name, struct buf *out)
{
	int err = file_read_at(memory_dir(process), name, out);

	return err == -ENOENT && process->thread >= 0 && faccessat(process->thread, "stat", F_OK, 0) ? -ESRCH
												     : err;
}

int proc_process_text(struct kernel_process *base, const char *name, struct buf *out)
{
	struct proc_process *process = (struct proc_process *)base;
	const size_t before = out->len;
	int err;

	if (!strcmp(name, "maps")) {
		forget_memory(process);
		forget(&process->thread);
	}
	/* stat tells the process: its start, its state and its number of threads. */
	err = strcmp(name, "stat") ? read_memory(process, name, out) : file_read_at(process->dir, name, out);
	if (!strcmp(name, "maps") && (err ? err == -ESRCH : out->len == before) && find_thread(process))
		err = read_memory(process, name, out);
	if (!strcmp(name, "maps"))
		process->mapped = !err && out->len > before;
	/* ESRCH of one that is there: it has no address space, which other kernels show as an empty file. */
	return gone_or(process, err, err == -ESRCH ? 0 : err);
}

int proc_process_clear_refs(struct kernel_process *base)
{
	struct proc_process *process = (struct proc_process *)base;
	int fd = openat(memory_dir(process), "clear_refs", O_WRONLY | O_CLOEXEC),
	    err = fd < 0 ? proc_errno() : 0;

	if (!err && write(fd, "1", 1) != 1)
		err = proc_errno();
	if (fd >= 0)
		close(fd);
	return gone_or(process, err, err);
}

ssize_t proc_process_pagemap(struct kernel_process *base, uint64_t addr, size_t n, uint64_t *words)
{
	struct proc_process *process = (struct proc_process *)base;
	const uint64_t first = addr / base->kernel->page_size;
	ssize_t got = 0;
	int tries, err;

	/* No word at all: past the end of the address space, or the one we hold is no more. */
	for (tries = 0; tries < 2 && !got; tries++) {
		if (tries)
			forget(&process->pagemap);
		err = reach(process, "pagemap", &process->pagemap);
		if (err)
			return err < 0 ? err : 0;
		got = proc_words(process->pagemap, first, n, words);
		if (got < 0)
			return got;
	}
	return got || alive(process) ? got : -ESRCH;
}

/* (As pagemap, but a process without an address space has no such file to open.) */
ssize_t proc_process_entries(struct kernel_process *base, uint64_t addr, size_t n, struct kernel_entries *out)
{
	struct proc_process *process = (struct proc_process *)base;
	const char *name = ((struct proc_kernel *)base->kernel)->page_table;
	const uint64_t first = addr / base->kernel->page_size;
	ssize_t got = 0;
	int tries, err;

	_Static_assert(sizeof(*out) == ENTRY_LEVELS * sizeof(uint64_t), "the kernel's five words a page");
	if (!capable(&base->kernel->caps, CAP_ENTRIES))
		return -ENOTSUP;
	if (n > SIZE_MAX / 2 / sizeof(*out) || first > (uint64_t)INT64_MAX / sizeof(*out) - n)
		return 0;
	for (tries = 0; tries < 2 && !got; tries++) {
		if (tries)
			forget(&process->page_table);
		err = reach(process, name, &process->page_table);
		if (err)
			return err < 0 ? err : 0;
		got = proc_words(process->page_table, first * ENTRY_LEVELS, n * ENTRY_LEVELS, out->word);
		if (got < 0)
			return got;
	}
	return got || alive(process) ? got / ENTRY_LEVELS : -ESRCH;
}

static int scan_none(struct kernel_scan *scan)
{
	scan->n = 0;
	scan->next = scan->to;
	return 0;
}

int proc_process_scan(struct kernel_process *base, struct kernel_scan *scan)
{
	struct proc_process *process = (struct proc_process *)base;
	int err = -ESRCH, tries;

	if (!capable(&base->kernel->caps, CAP_PAGEMAP_SCAN))
		return -ENOTSUP;
	for (tries = 0; tries < 2 && err == -ESRCH; tries++) {
		if (tries)
			forget(&process->pagemap);
		err = reach(process, "pagemap", &process->pagemap);
		if (err > 0)
			return scan_none(scan);
		if (!err)
			err = proc_scan(process->pagemap, base->kernel->page_size, scan);
	}
	/* An exiting process loses its address space a moment before it becomes a zombie. Whose maps were read has exited. */
	if (err == -ESRCH && !process->mapped && alive(process))
		return scan_none(scan);
	return err;
}

int proc_scan(int pagemap, uint64_t page_size, struct kernel_scan *scan)
{
	struct uapi_pm_scan arg = {
		.size = sizeof(arg),
		.start = scan->from,
		.end = scan->to,
		.vec = (uintptr_t)scan->out,
		.vec_len = scan->room,
		.max_pages = scan->max_pages,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED | SCAN_HUGE,
		.return_mask = ((SCAN_FILE | SCAN_PRESENT | SCAN_SWAPPED | SCAN_PFNZERO | SCAN_HUGE) &
				~scan->dispensable) |
			       scan->also,
	};
	uint64_t pages = 0, end = scan->from;
	size_t i;
	int n;

	_Static_assert(sizeof(struct scan_range) == sizeof(struct uapi_page_region), "the kernel fills ours");
	do {
		n = ioctl(pagemap, UAPI_PAGEMAP_SCAN, &arg);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		/* [vsyscall] lies beyond what the kernel lets one ask for, in the kernel's half. */
		if (errno == EFAULT && (int64_t)scan->from < 0)
			return scan_none(scan);
		return proc_errno();
	}
	scan->n = (size_t)n;
	for (i = 0; i < scan->n; i++) {
		pages += (scan->out[i].end - scan->out[i].start) / page_size;
		end = scan->out[i].end;
	}
	/*
	 * walk_end alone cannot be trusted: after more than 512 ranges it stays where the kernel last emptied its
	 * own buffer (facts D). Fewer ranges and pages than asked for mean that the end was reached.
	 */
	if (scan->n < scan->room && (!scan->max_pages || pages < scan->max_pages))
		scan->next = scan->to;
	else
		scan->next = arg.walk_end > end && arg.walk_end <= scan->to ? arg.walk_end : end;
	return 0;
}

int proc_process_page_size(struct kernel_process *base, uint64_t addr, uint64_t *size)
{
	struct proc_process *process = (struct proc_process *)base;
	struct uapi_procmap_query query;
	int err = -ESRCH, tries;

	for (tries = 0; tries < 2 && err == -ESRCH; tries++) {
		if (tries)
			forget(&process->maps);
		err = reach(process, "maps", &process->maps);
		if (err)
			return err < 0 ? err : -ENOENT;
		query = (struct uapi_procmap_query){.size = sizeof(query), .query_addr = addr};
		do {
			err = ioctl(process->maps, UAPI_PROCMAP_QUERY, &query) ? proc_errno() : 0;
		} while (err == -EINTR);
	}
	if (err == -ENOTTY || err == -EINVAL)
		return -ENOTSUP;
	if (err == -ESRCH && alive(process))
		return -ENOENT;
	if (!err)
		*size = query.vma_page_size;
	return err;
}
