/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot: what was asked for, between the file that reads it and those that write. */
#ifndef CMD_SNAPSHOT_H
#define CMD_SNAPSHOT_H

#include "cmd/cmd.h"
#include "format/sink.h"

struct snapshot {
	struct targets targets;
	struct source_options source;
	struct survey_options survey;
	bool json; /* else text */
	struct cow_ask cow;
	const char *file; /* NULL: stdout */
	bool all;
	uint64_t every_ns; /* one after another, so far apart; 0: one alone */
	uint64_t for_ns;   /* the last one begins no later after the first; 0: without end */
};

/* So often and no more. */
#define SNAPSHOT_EVERY_LEAST_NS UINT64_C(10000000)

/* What became of the processes that were asked for, said on stderr: an exit code. *any: there is something to write. */
int snapshot_judge(const struct snapshot *snapshot, const struct moment *moment, bool *any);

/* Writes the moment in the format asked for. 0, or what the sink returned. */
int snapshot_format(const struct snapshot *snapshot, const struct moment *moment, const struct sink *sink);

/*
 * One snapshot after another, each with what happened since the one before; the watch is made a live one. Ends behind a
 * whole one: at the end of the time, when all watched processes have gone, by SIGINT, SIGTERM or SIGHUP. An exit code,
 * after a message where there is something to say.
 */
int snapshot_series(const struct snapshot *snapshot, struct source *source, const struct watch *watch);

#endif
