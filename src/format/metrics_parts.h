/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics, between the file that writes their text and the one that adds them up. */
#ifndef FORMAT_METRICS_PARTS_H
#define FORMAT_METRICS_PARTS_H

#include "core/moment.h"

/* A process or a cgroup, or all others of them. */
struct metrics_item {
	const struct process *process; /* of a process; NULL: the others */
	const char *cgroup;	       /* of a cgroup; NULL: the others */
	uint64_t processes;
	struct kb kb;
	struct totals totals;
	bool mapping_known;	/* process.mapping_known, of each of them */
	int64_t page_tables_kb; /* UNKNOWN_COUNT: of one of them it is not known */
};

/* Largest first, the others last where there are any. */
struct metrics_items {
	struct metrics_item *items;
	size_t n;
	size_t shown; /* of those, one by one */
	uint64_t others;
};

/* The caller frees items. Those of cgroups are none where of no process it is known in which it is. */
struct metrics_items metrics_processes(const struct moment *moment, size_t top);
struct metrics_items metrics_cgroups(const struct moment *moment, size_t top);

#endif
