/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/vmstat counts: how far its thp_* moved, and whether memory was given other frames. */
#ifndef LOCAL_VMSTAT_H
#define LOCAL_VMSTAT_H

#include "core/event.h"
#include "core/kernel.h"
#include "core/moment.h"

/* All thp_*, in the arena; returns how many, 0 if it cannot be read. */
size_t vmstat_read(struct kernel *kernel, struct arena *arena, const struct figure **figures);

/* Those of `now` that are in `then` too and differ, with names of their own, in the arena; returns how many. */
size_t vmstat_deltas(const struct figure *then, size_t n_then, const struct figure *now, size_t n_now,
		     struct arena *arena, const struct event_delta **deltas);

/*
 * A number that changes when the kernel gives memory another frame without being written to: by migration (in which
 * compaction, NUMA balancing and memory failures end), by a collapse, through swap. 0: it is not known (no
 * CONFIG_VM_EVENT_COUNTERS). Migration counts a moment after it has moved a batch of pages (mm/migrate.c, migrate_pages).
 */
uint64_t vmstat_moves(struct kernel *kernel);

#endif
