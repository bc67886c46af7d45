/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process's mmap lock, held for a time: what the team kernel has a handle for (thpscope-kernel(7)). */
#ifndef LOCAL_HOLD_H
#define LOCAL_HOLD_H

#include "core/action.h"
#include "core/kernel.h"

struct hold; /* one that may be under way */

/*
 * `hold mmap_lock of PROC for read|write TIME`, or `as NAME` until hold_release, of the process `pid`: returns once it is held,
 * or waited for behind others who have it; a process of ours holds it, which outlives this one by 10 s at most, and SIGHUP,
 * SIGINT, SIGQUIT and SIGTERM end. Until it is released: the kernel takes 10 s at most, so it is given back for an instant
 * now and then, and nobody waits for it longer. *hold is NULL at first; one that is still under way is waited for, unless
 * it has a name. 0, or a negative errno with a sentence: -ENOTSUP where the kernel has no handle, -EINVAL for a time that
 * it does not take, -EBUSY where one is held under a name, -ETIMEDOUT where it was neither had nor waited for within 2 s,
 * -EACCES, -ESRCH.
 */
int hold_begin(struct hold **hold, struct kernel *kernel, const struct action *action, pid_t pid, char *error,
	       size_t size);

/* `release NAME`. 0, or -ENOTSUP with a sentence: no lock is held under that name. */
int hold_release(struct hold **hold, const char *name, char *error, size_t size);

/* Gives it back, if it has a name, else waits until it is given back; and frees it. NULL is fine. */
void hold_end(struct hold *hold);

#endif
