/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot: what was asked for, between the file that reads it and those that write. */
#ifndef CMD_SNAPSHOT_H
#define CMD_SNAPSHOT_H

#include "cmd/cmd.h"
#include "cmd/counters.h"
#include "cmd/formats.h"
#include "format/sink.h"

/* Ascending: who was there at the last look, and who is looked at. */
struct who {
	pid_t *listed, *watched;
	size_t n_listed, n_watched;
};

struct snapshot {
	struct targets targets;
	struct who who;
	struct source_options source;
	struct survey_options survey;
	struct counters counters;
	enum snapshot_format format;
	struct cow_ask cow;
	bool hot;		/* measure what is used ... */
	struct heat_query heat; /* ... so: its way and window */
	const char *file;	/* NULL: stdout */
	bool all;
	const char *cgroup; /* all that are in it; NULL: does not matter */
	size_t top;	    /* of openmetrics: told one by one; 0: as usual */
	uint64_t every_ns;  /* one after another, so far apart; 0: one alone */
	uint64_t for_ns;    /* the last one begins no later after the first; 0: without end */
};

/* So often and no more. */
#define SNAPSHOT_EVERY_LEAST_NS UINT64_C(10000000)

/* Whether it is of those that there are, none of whom was named. */
static inline bool snapshot_many(const struct snapshot *snapshot)
{
	return snapshot->all || snapshot->cgroup;
}

/* Sets whom to watch in the next one: 0, or an exit code after a message. Valid until the next call. */
int snapshot_who(struct snapshot *snapshot, struct source *source, struct watch *watch);
void snapshot_who_fini(struct snapshot *snapshot);

/* What became of the processes that were asked for, said on stderr: an exit code. *any: there is something to write. */
int snapshot_judge(const struct snapshot *snapshot, const struct moment *moment, bool *any);

/* Writes the moment in the format asked for; `first`: nothing of the kind is in front of it. 0, or what the sink returned. */
int snapshot_format(const struct snapshot *snapshot, const struct moment *moment, bool first,
		    const struct sink *sink);

/* The same to the file or stdout, which takes the place of what was there. An exit code, after a message. */
int snapshot_write(const struct snapshot *snapshot, const struct moment *moment);

/*
 * One snapshot after another, each with what happened since the one before; the watch is made a live one. Ends behind a
 * whole one: at the end of the time, when all watched processes have gone, by SIGINT, SIGTERM or SIGHUP. An exit code,
 * after a message where there is something to say.
 */
int snapshot_series(struct snapshot *snapshot, struct source *source, const struct watch *watch);

#endif
