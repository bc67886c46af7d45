/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder: writes what a kernel says of some processes into a tree that tree_kernel_open reads. */
#ifndef TREE_RECORD_H
#define TREE_RECORD_H

#include <signal.h>
#include <stddef.h>

#include "core/kernel.h"

/*
 * Records n processes of any kernel into the new directory `dir` (its parent exists; `dir` itself may, if it is
 * empty). All is written beside it first and renamed at the end: after a failure nothing is left. The directory
 * is for its owner only, as it holds frame numbers.
 *
 * Of each process: its text files, all pagemap words, what PAGEMAP_SCAN reports, and the flags and counts of its
 * frames, of all other pages of their folios, of the frame behind each folio, and of those at p + 2^(k-1) from each head
 * p, up to PMD order, which tell a folio's size. VMAs of more than 64 MiB are read only where PAGEMAP_SCAN finds
 * something; the other words of such a VMA are all alike (pagemap_pte_hole, fs/proc/task_mmu.c). Calls are cut so
 * that the target's mmap lock is held for about a millisecond at most, but for smaps and smaps alone.
 *
 * Processes that run meanwhile give a blurred picture: stop them first. One whose maps change during five attempts is
 * given up.
 *
 * Returns 0, or a negative errno and one sentence in `error` (size bytes): -ESRCH for a process that is not there,
 * -EACCES, -EAGAIN for one that does not hold still, -EEXIST for a `dir` that is not empty, -EINTR when stopped;
 * else as the file system or the kernel said.
 */
int tree_record(struct kernel *kernel, const pid_t *pids, size_t n, const char *dir, char *error,
		size_t size);

/* Of mem_exhausted, which does not come back: removes what the recording under way has written, if there is one. */
void tree_record_give_up(void);

/* Set by a signal handler: the recording under way cleans up and returns -EINTR. */
extern volatile sig_atomic_t tree_record_stop;

#endif
