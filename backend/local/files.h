/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many descriptors this program may have, and what it gives to the programs that it starts. */
#ifndef LOCAL_FILES_H
#define LOCAL_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* Raises RLIMIT_NOFILE's soft limit to the hard one, as far as the kernel lets us. Once, at the start. */
void files_raise(void);

/* Gives a process (0: the calling one) the soft limit back that was there before files_raise. Async-signal-safe. */
void files_restore(pid_t pid);

/* How many processes may be held open at once, so that there are descriptors left for everything else. */
size_t files_handles(void);

#endif
