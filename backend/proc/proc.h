/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel.h of a real Linux kernel, read through /proc and /sys. */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include <stddef.h>

#include "core/kernel.h"

/*
 * Opens the kernel whose proc and sys are mounted below `root`, normally "/". Finds out by trying what it can
 * tell (struct kernel's caps), with a sentence for what is missing. Returns 0 and *out, which kernel_close frees; or a
 * negative errno and one sentence in `error` (size bytes): `root` or its proc cannot be opened.
 *
 * It never writes to a process: PAGEMAP_SCAN is used without its write-protecting flags. A call holds the
 * target's mmap lock for as long as its range takes the kernel to walk, so callers cut long ranges (pagemap drops
 * the lock after every 2 MiB by itself; scan does not).
 *
 * A process handle is a descriptor of its /proc directory, which belongs to that process for ever: when the
 * PID is given to another, every call through it fails, so calls give -ESRCH. (A pidfd would say the same, and would
 * name a wrong process where `root` shows another PID namespace.) Where the leader has exited and other threads live
 * on, the address space is read through one of those.
 */
int proc_kernel_open(const char *root, struct kernel **out, char *error, size_t size);

#endif
