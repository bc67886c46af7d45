/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real Linux kernel booted in QEMU, with thpscope-agent as its init: what `--lab` looks into.
 *
 * The guest has no network and no disk. Its files are two programs in memory; for a command it gets the host's root,
 * read-only, with memory laid over it. It ends with this process, however that ends: a keeper, a process of its own,
 * watches us, ends QEMU, and removes the folder of its sockets.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stdbool.h>
#include <stddef.h>

struct lab;

struct lab_options {
	const char *kernel; /* the path of a bzImage */
	const char *agent;  /* the path of thpscope-agent, linked statically */
	const char *
		cache; /* a folder: whether KVM works is kept there, and the log of a boot that failed. NULL: none */
	unsigned memory_mb; /* 0: LAB_MEMORY_MB */
	unsigned cpus;	    /* 0: LAB_CPUS */
	unsigned limit_ms;  /* for the guest to come up; 0: LAB_LIMIT_MS */
	bool files;	    /* the guest can mount the host's root: lab_run needs it */
	const char *share;  /* with files: a folder that the guest can write to; NULL: none */
};

#define LAB_MEMORY_MB 2048
#define LAB_CPUS 2
#define LAB_LIMIT_MS 120000

/* 0: the file is a bzImage by its looks; -ENOEXEC: it is none; or the negative errno of reading it. Any thread. */
int lab_check_image(const char *path);

/*
 * Boots, and returns when the guest's init is up. 0 and *lab, or a negative errno with one sentence in error: -ENOENT
 * no such file, -EACCES, -ENOEXEC the file is no kernel that can be booted so, -ENOTSUP there is no QEMU, -ENOMEM not enough
 * memory for it, -EIO it did not come up. To be called before other threads are started: it forks.
 */
int lab_boot(const struct lab_options *options, struct lab **lab, char *error, size_t size);

/* Ends the guest and waits until nothing of it is left. NULL is fine. */
void lab_free(struct lab *lab);

/*
 * A connected socket to an agent of its own, which ends when it is closed: at most LAB_PORTS at a time. Any thread. The
 * caller's; or a negative errno with one sentence in error: -EBUSY all are in use, -EIO the guest has ended.
 */
int lab_connect(struct lab *lab, char *error, size_t size);

/* The guest kernel's release. */
const char *lab_release(const struct lab *lab);

/*
 * Runs a command (NULL: a shell) as root in the guest, with our stdin, stdout and stderr, our folder and environment; on
 * a terminal, if all three are ours. Returns when it has ended: its status, 128 + N for signal N, also for one that ended us;
 * or a negative errno with one sentence in error. For a lab with `files`, once.
 */
int lab_run(struct lab *lab, char *const *command, char *error, size_t size);

#endif
