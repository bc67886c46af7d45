/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of a live moment from within: what happened.c gathers and the other two judge, which are pure. */
#ifndef LOCAL_HAPPENED_PARTS_H
#define LOCAL_HAPPENED_PARTS_H

#include "local/happened.h"

/* A region that is otherwise than in the moment before. */
struct change {
	pid_t pid;
	const struct process *process; /* of the new moment */
	struct region before, after;   /* after: empty unless has */
	bool has;
	bool explained; /* an event has it as its effect, or it is left to the next moment */
	bool late;	/* it was found for the last moment, and left to this one */
};

/* What a trigger has told. */
struct told_region {
	pid_t pid;
	uint64_t addr, len;
	bool seen; /* mapping and backing say how it was left */
	bool has;
	enum mapping mapping;
	enum backing backing;
};
struct told {
	pid_t caller;
	uint64_t from_ns, to_ns;
	struct told_region *regions;
	size_t n;
};

/* A record, and whose memory it speaks of. */
struct heard {
	const struct trace_record *record;
	pid_t pid;
	bool keep; /* for the next moment: it came while this one was surveyed, which does not show what it did */
};

/* The changes of all processes that are in both moments, in the order of the new one; the caller frees *changes. */
size_t happened_compare(const struct moment *last, const struct moment *moment, const struct told *told,
			size_t n_told, struct change **changes);

/* Whether it is what a collapse does. */
bool happened_became_huge(const struct change *change);

/* "pmd -> pte: the mapping was split", for a person. */
const char *happened_change_text(const struct change *change, size_t n, struct arena *arena);

/* Events on their way into a moment. */
struct happened_events {
	struct moment *moment;
	const struct moment *last;
	const struct event_delta *deltas; /* of the whole time between the two moments */
	size_t n_deltas;
	struct event *events; /* mem_grow'n */
	size_t n, room;
	uint64_t lost; /* the kernel's, beside those over HAPPENED_MAX */
};

/* A new event at a time (CLOCK_MONOTONIC), all else not known, at events[n - 1]; valid until the next. */
struct event *happened_event(struct happened_events *to, enum event_kind kind, uint64_t mono_ns, pid_t pid);

/* Events of the collapses among the records, which ascend by time; marks the changes that they explain. */
void happened_collapses(struct happened_events *to, struct heard *heard, size_t n, struct change *changes,
			size_t n_changes);

/* Events of the changes that nothing explains. */
void happened_mappings(struct happened_events *to, const struct change *changes, size_t n);

/* In order of time into the moment's arena, HAPPENED_MAX at most; frees what is on its way. */
void happened_deliver(struct happened_events *to);

#endif
