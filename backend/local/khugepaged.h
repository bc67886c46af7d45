/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A round of khugepaged, asked for. */
#ifndef LOCAL_KHUGEPAGED_H
#define LOCAL_KHUGEPAGED_H

#include <stddef.h>

#include <sys/types.h>

#include "core/kernel.h"

/*
 * `khugepaged PROC` of the process `pid`: has khugepaged visit all its processes, and waits until it has; where it has no
 * slot for this one, which it never visits then, there is nothing to do. It is woken by writing to
 * khugepaged/scan_sleep_millisecs what that says already (mm/khugepaged.c, scan_sleep_millisecs_store, 6.1), which changes no
 * knob. 0, or a negative errno with a sentence: -ENOTSUP where the kernel does not show khugepaged's queue, which nobody
 * would see the visit by, or khugepaged does not run (enabled never); -EACCES; -ETIMEDOUT.
 */
int khugepaged_round(struct kernel *kernel, pid_t pid, char *error, size_t size);

#endif
