/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose memory the kernel's records speak of: the watched processes, their address spaces and their descendants. */
#ifndef LOCAL_OWNERS_H
#define LOCAL_OWNERS_H

#include "core/moment.h"
#include "trace/trace.h"

/* A watched process. */
struct owner {
	pid_t pid;
	pid_t root; /* the one it was followed from, as far as that was heard; else itself */
	uint64_t start_time;
	uint64_t mm;   /* 0: not known */
	bool learnt;   /* or it cannot be */
	bool exited;   /* its last thread's end was heard, or an event has told it */
	bool replaced; /* it runs another program since the last moment */
};

/* Born of a watched one, or of kin, and watched by nobody. */
struct kin {
	pid_t pid;
	pid_t root; /* the watched one */
};

/* Zero-initialise. */
struct owners {
	struct owner *items;
	size_t n;
	struct kin *kin;
	size_t n_kin, room_kin;
};

void owners_fini(struct owners *owners);

/* Who is watched from now on; what is known of those who were is handed on, and the kin of the others is forgotten. */
void owners_update(struct owners *owners, const struct moment *moment);

/* The watched process of this PID, or NULL. */
struct owner *owners_find(struct owners *owners, pid_t pid);

/*
 * Whether records[i] of those that were just read may matter to the watched ones. In order, each once: the family is kept in
 * step with them, so that grandchildren are known too. Of a process's TRACE_EXITs only the one that ends it matters.
 * root: of a birth, a program or an end the watched process whose family it was in; else 0.
 */
bool owners_concern(struct owners *owners, const struct trace_record *records, size_t n, size_t i,
		    pid_t *root);

/* The process whose memory a record speaks of, 0: none that is watched. May ask the kernel, once for each mm. */
pid_t owners_whose(struct owners *owners, const struct trace_record *record);

/* Records were lost, an exec perhaps: whose mm is whose is asked anew. */
void owners_doubt(struct owners *owners);

#endif
