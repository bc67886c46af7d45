/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting from within: what names mean, and what is said where counting fails. */
#ifndef COUNT_PARTS_H
#define COUNT_PARTS_H

#include "count/count.h"
#include "count/near.h"

/*
 * generic.c: a name of the kernel's own, without a library: software, hardware and cache events as perf(1) calls them,
 * rHEX, and PMU/NAME/ of a machine with several kinds of core. 0, -ENOENT: it is none of these, or -EINVAL with a
 * sentence. generic_near offers all of their names.
 */
int generic_name(const char *name, struct count_event *event, char *error, size_t size);
void generic_near(struct near *near);

/* Whether a kind of core has a PMU of its own ("cpu_core"), with its type. */
bool generic_pmu(const char *name, size_t len, uint32_t *type);

/*
 * pmu_pfm.c, or pmu_none.c in a program that was built without libpfm4: as generic_name, of the PMU's own events. pmu_defaults: the names
 * of what is usual for TLB misses; 0 where nothing is known of this PMU.
 */
int pmu_name(const char *name, struct count_event *event, char *error, size_t size);
size_t pmu_defaults(const char **names, size_t room);
const char *pmu_library(void);

/* say.c: where libpfm4 is not there, and why not ("is not installed here"), what a name could be all the same. */
void pmu_without(const char *name, const char *why, char *error, size_t size);

/* say.c: why an event could not be opened, one sentence in the arena. */
const char *say_why_not(const struct count_ops *ops, void *context, const struct count_event *event,
			int error, struct arena *arena);

#endif
