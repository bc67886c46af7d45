/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a snapshot is, on the line of the terminal that stderr is, once it takes long. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "core/survey.h"
#include "format/sink.h"

/* Nothing is shown before this. */
#define PROGRESS_AFTER_NS UINT64_C(1000000000)

struct progress {
	struct survey_progress survey; /* first: for survey_options.progress */
	uint64_t began_ns, told_ns;    /* CLOCK_MONOTONIC */
	size_t at, n;		       /* processes */
	const struct sink *to;
	uint64_t bytes;
};

/* From now on: of n processes. */
void progress_begin(struct progress *progress, size_t n);

/* A sink that passes on to another one, and shows how much that was; valid as long as both are. */
struct sink progress_sink(struct progress *progress, const struct sink *to);

/* Takes away what is shown. */
void progress_end(struct progress *progress);

#endif
