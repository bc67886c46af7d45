/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that are watched from one sample to the next, and that they stay the same ones. */
#ifndef LOCAL_WATCH_H
#define LOCAL_WATCH_H

#include "core/kernel.h"
#include "core/source.h"

struct watched {
	pid_t pid;
	pid_t parent;	     /* of a followed child: the watched process that it belongs to; else 0 */
	uint64_t start_time; /* the watch's, or at its first sample; 0: not known */
	struct kernel_process *process; /* from its second sample on; NULL: opened by each survey anew */
	bool wanted;			/* by the sample under way */
	bool gone;			/* a moment has told it */
};

/* Zero-initialise; watch_list_fini closes all. */
struct watch_list {
	struct watched *items; /* a child behind its parent */
	size_t n, room;
	pid_t *seen; /* ascending: no need to read their stat again */
	size_t n_seen;
	bool followed;
};

/*
 * Brings the list in step with what is asked for: finds children, opens who was sampled before (as many as
 * files_handles), closes who is not wanted any more. The wanted ones are then items[0..n) in the order in which they came.
 */
void watch_list_update(struct watch_list *list, struct kernel *kernel, const struct watch *watch);

/* A process's entry, or NULL. */
struct watched *watch_list_find(const struct watch_list *list, pid_t pid);

/* After a survey of this process: tells a reused PID, notes its identity. `out` may be changed. */
void watch_list_surveyed(struct watch_list *list, struct kernel *kernel, struct process *out);

/* Closes every process. The struct may be used again. */
void watch_list_fini(struct watch_list *list);

#endif
