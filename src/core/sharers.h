/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who maps a folio, where and how. */
#ifndef CORE_SHARERS_H
#define CORE_SHARERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/region.h"

struct sharers_query {
	pid_t pid;
	uint64_t start_time; /* 0: whoever has the PID */
	uint64_t addr;
	uint64_t timeout_ns; /* from the start of the call */
	/*
	 * Both may be NULL. Set by another thread, cancel ends the search soon; progress is written by the search: processes
	 * looked at, in thousandths of those there are.
	 */
	atomic_bool *cancel;
	atomic_uint *progress;
};

/* One stretch of a process's addresses that maps subpages of the folio. */
struct sharer {
	pid_t pid;
	uint64_t start_time;
	const char *comm;
	uint64_t addr;	      /* of the first subpage that it maps */
	enum mapping mapping; /* MAPPING_PMD, MAPPING_PTE, or MAPPING_UNKNOWN */
	bool aligned;	      /* the folio lies on a slot boundary there: it could be mapped by PMD */
	uint32_t subpages;    /* how many it maps */
};

struct sharers {
	uint64_t pfn;	/* of the folio's head */
	unsigned order; /* of the folio */
	bool anon;
	struct mapcount mapcount; /* of the folio, from its counts and what was found; see struct mapcount */
	struct sharer *items;	  /* the asker's own first, then as found */
	size_t n;
	uint32_t processes, looked, denied; /* there were; were looked into; may not be looked into */
	bool complete;			    /* every process was looked into */
	int64_t missing; /* mappings that the mapcount counts and nobody was found for; UNKNOWN_COUNT */
	uint64_t took_ns;
	const char *partial; /* if not complete, why: "2.0 s were over"; else NULL */
};

#endif
