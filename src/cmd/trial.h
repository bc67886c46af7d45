/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scene that stands ready to be explored: its set-up is done, its tasks are begun. */
#ifndef CMD_TRIAL_H
#define CMD_TRIAL_H

#include "cmd/cmd.h"
#include "core/buf.h"
#include "model/explore.h"
#include "model/model.h"
#include "script/run.h"
#include "script/script.h"

struct trial {
	struct script *script;
	const char *generation;
	const char *const *without; /* rules that were taken away; the caller's */
	size_t n_without;
	struct machine *machine;
	struct source *source;
	struct run *run;
	size_t rest;   /* of the script's actions: the first that comes when the tasks have ended */
	int64_t begun; /* machine_at() of where the tasks start */
	char found[sizeof(((struct violation *)0)->text)]; /* what an expectation found that failed last */
	uint64_t began_ns;				   /* trial_explore: CLOCK_MONOTONIC */
	double seconds;					   /* that it took */
};

/*
 * Reads the scene and carries it out up to its bare `finish`, or its end. `generation` NULL: the first of its `on` line.
 * 0, or an exit code after a message; trial_fini either way.
 */
int trial_open(struct trial *trial, const char *name, const char *generation, const char *const *without,
	       size_t n_without);
void trial_fini(struct trial *trial);

/* The name of its n-th task, from 0 on, under way or not; NULL behind the last one. */
const char *trial_task(const struct trial *trial, size_t n);

/* Back to where its tasks start. */
void trial_rewind(struct trial *trial);

/*
 * Explores it: all, in at most so many states (0: as explore.h says), or with a seed so many schedules by chance. At each end
 * the rest of the script is carried out. Says on a terminal how far it is. explored_fini.
 */
void trial_explore(struct trial *trial, const uint64_t *seed, uint64_t walks, uint64_t states,
		   struct explored *explored);

/* trial_say.c: the report, as text for a reader or as one JSON object; and the schedule that broke something, as a script. */
void trial_report(struct trial *trial, const struct explored *explored, struct buf *out);
void trial_report_json(struct trial *trial, const struct explored *explored, struct buf *out);
void trial_script(struct trial *trial, const struct explored *explored, struct buf *out);

#endif
