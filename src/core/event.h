/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to memory: triggered by somebody, or by itself. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/region.h"

enum event_kind {
	EVENT_COLLAPSE,	   /* MADV_COLLAPSE or khugepaged: a try, whatever came of it */
	EVENT_SPLIT,	   /* a PMD mapping was split (or asked to be) */
	EVENT_SPLIT_FOLIO, /* a folio was split (or asked to be) */
	EVENT_COW,	   /* a write that may copy */
	EVENT_FORK,
	EVENT_EXEC,
	EVENT_EXIT,
	EVENT_MAPPING, /* a region is mapped otherwise than in the sample before, and nothing said who did it */
	EVENT_LOST,    /* the kernel had more events than could be read: some are missing here */
	EVENT_KIND_COUNT
};

/* A counter of /proc/vmstat that moved between two readings; whatever else runs moves them too. */
struct event_delta {
	const char *name; /* "thp_split_pmd" */
	int64_t by;
};

/* A region of a watched process before and after a trigger. */
struct event_effect {
	pid_t pid;
	uint64_t addr;		     /* its start */
	bool had, has;		     /* there was, there is such a region that holds something */
	struct region before, after; /* vma and first_page are indices into nothing */
};

struct event {
	enum event_kind kind;
	uint64_t mono_ns;
	int64_t wall_ns;     /* CLOCK_REALTIME; 0: not known */
	bool triggered;	     /* by thpscope, at its user's wish; else it happened by itself */
	pid_t pid;	     /* whose memory; 0: not known */
	uint64_t addr, len;  /* bytes; len 0: no address is known */
	pid_t child;	     /* of a fork */
	pid_t by_pid;	     /* who asked the kernel; 0: not known */
	const char *by;	     /* its comm: "khugepaged"; "" if not known */
	const char *how;     /* what was called: "process_madvise(MADV_COLLAPSE)"; "" where nothing was */
	int64_t result;	     /* bytes that the call says it worked on; UNKNOWN_COUNT */
	int error;	     /* errno of the call; 0 */
	const char *verdict; /* the kernel's own word, as its tracepoint's format file spells it: "succeeded",
				"page_pmd_mapped"; "" if it said none */
	const char *why;     /* one sentence for a person: what the verdict or the errno means; "" */
	const struct event_delta *deltas; /* thp_* that moved */
	size_t n_deltas;
	const struct event_effect
		*effects; /* the triggered process's first, then others' that map the folio */
	size_t n_effects;
};

/* "collapse", "split", "split-folio", "cow", "fork", "exec", "exit", "mapping", "lost". */
const char *event_name(enum event_kind kind);
enum event_kind event_named(const char *name); /* EVENT_KIND_COUNT for a word that is none */

#endif
