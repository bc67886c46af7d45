/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source of this machine: surveys over any kernel.h, with a specimen on a real one. */
#ifndef LOCAL_LOCAL_H
#define LOCAL_LOCAL_H

#include <stddef.h>

#include "core/kernel.h"
#include "core/source.h"

/*
 * Makes a source over a kernel, which it takes over also when it fails: source_close closes both.
 * specimen_program is the path of thpscope-specimen; NULL: beside the running program, else where it is
 * installed. That it is missing is no failure: then the source lacks CAP_SPECIMEN and says so.
 * 0 and *out; or a negative errno and one sentence in error (size bytes).
 *
 * sample: a PID is held (by its start time, and from the second sample on by an open handle) from its first sample
 * until a sample that does not ask for it. `follow` finds children by their parent in /proc/PID/stat, which is read once for each new PID; a child
 * whose parent exited before it was first seen is missed. A followed child that has exited is in one more
 * moment, as OUTCOME_GONE. Live moments lack CAP_TRACEPOINTS, with the reason, as long as the kernel cannot be listened to after all:
 * for want of descriptors, say. That is tried again, more and more seldom.
 */
int local_source_open(struct kernel *kernel, const char *specimen_program, struct source **out, char *error,
		      size_t size);

#endif
