/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory areas of a process with what its smaps says of each: dear to read, as all of its pages are looked at for it. */
#ifndef LOCAL_AREAS_H
#define LOCAL_AREAS_H

#include <stdatomic.h>

#include "core/arena.h"
#include "core/kernel.h"
#include "core/vma.h"

struct areas {
	atomic_uint holders; /* beside the first */
	pid_t pid;
	uint64_t start_time;
	struct arena arena;
	struct vma *vmas;
	size_t n; /* 0: it could not be read */
};

/* Reads them. The caller gives them back. */
struct areas *areas_read(struct kernel_process *process);

/* They stay until the arena is freed, too. */
void areas_keep(struct areas *areas, struct arena *arena);

/* One holder less: the last one frees. NULL is fine. Any thread. */
void areas_give_back(struct areas *areas);

#endif
