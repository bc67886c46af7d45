/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of backend/proc share. */
#ifndef PROC_INTERNAL_H
#define PROC_INTERNAL_H

#include "core/kernel.h"

/* Text files that every survey reads twice: kept open, since looking a path up costs more than reading it. */
#define PROC_KEPT 16
struct proc_kept {
	char *path;
	int fd;
};

struct proc_kernel {
	struct kernel kernel;
	int root; /* directory descriptors, O_PATH */
	int proc;
	int kpageflags, kpagecount; /* a descriptor, or the negative errno of opening it */
	int idle; /* likewise, of idle page tracking, from its first use on; -EBADF: it was not used */
	/* Of a kernel with page teams, which says what they are called: */
	int team_usage;	     /* likewise; -ENOENT: there is none */
	char page_table[32]; /* of a process, or "" */
	bool averaged;
	struct proc_kept kept[PROC_KEPT];
	size_t n_kept;
};

struct proc_process {
	struct kernel_process process;
	int dir;     /* O_PATH of /proc/PID: this process, never another of the same PID */
	int thread;  /* O_PATH of task/TID, where the leader has exited before its threads; else -1 */
	int pagemap; /* of the address space that it had when opened; -1: not open */
	int maps;    /* likewise, for PROCMAP_QUERY */
	int page_table;
	bool mapped; /* its maps, when they were last read, were not empty: to have nothing now is to be gone */
};

/* A failed system call as kernel.h wants it. */
int proc_errno(void);

/* pread of n 8-byte words at word `from`, going on after short reads. How many came, or a negative errno. */
ssize_t proc_words(int fd, uint64_t from, size_t n, uint64_t *words);

/*
 * PAGEMAP_SCAN on an open pagemap, as kernel_ops.scan; ends one call. -ENOTTY and -EINVAL: this kernel does
 * not have it; -ESRCH: that address space is no more.
 */
int proc_scan(int pagemap, uint64_t page_size, struct kernel_scan *scan);

/* kernel_ops of processes. */
int proc_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **process);
void proc_process_close(struct kernel_process *process);
int proc_process_text(struct kernel_process *process, const char *name, struct buf *out);
ssize_t proc_process_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words);
int proc_process_scan(struct kernel_process *process, struct kernel_scan *scan);
int proc_process_clear_refs(struct kernel_process *process);
ssize_t proc_process_entries(struct kernel_process *process, uint64_t addr, size_t n,
			     struct kernel_entries *out);
int proc_process_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size);

/*
 * Finds out by a huge page of our own, or else by /boot/config-RELEASE, whether kpagecount is an average, for
 * proc_averaged (kernel_ops.averaged). False: it could not be found out, and counts are taken for averages.
 */
bool proc_find_averaged(struct proc_kernel *proc);
bool proc_averaged(struct kernel *kernel);

/* idle.c: kernel_ops of idle page tracking. */
int proc_idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words);
ssize_t proc_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);

/* Finds out what this kernel lets us see; fills caps. Sizes are known already. */
void proc_probe(struct proc_kernel *proc);

/* teams.c: the same of what a kernel with page teams tells besides, and kernel_ops.team. */
void proc_probe_teams(struct proc_kernel *proc);
int proc_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps);

#endif
