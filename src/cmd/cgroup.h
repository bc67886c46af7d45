/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a cgroup. */
#ifndef CMD_CGROUP_H
#define CMD_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#include "core/kernel.h"

/*
 * Appends to a mem_grow'n array who is in a cgroup or below it, by the one that counts their memory. `dir` is its folder
 * below /sys/fs/cgroup ("/sys/fs/cgroup/system.slice"), or its path as /proc/PID/cgroup has it, with or without its first
 * slash. Those that may not be asked, or go away meanwhile, are left out. 0 or a negative errno of kernel.h; -ENODATA: of no
 * process it is known.
 */
int cgroup_members(struct kernel *kernel, const char *dir, pid_t **pids, size_t *n);

#endif
