/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --counter: which events of processes are counted. */
#ifndef CMD_COUNTERS_H
#define CMD_COUNTERS_H

#include "cmd/cmd.h"

/* Zero-initialise. */
struct counters {
	const char *names[COUNTERS_MOST]; /* pieces of `texts` */
	size_t n;
	char *texts[COUNTERS_MOST]; /* the arguments, copied */
	size_t n_texts;
};

/*
 * Takes the argument of --counter: a name, or several with commas between; "default" is the usual ones. 0, or an exit code
 * after a message that says what of it is wrong. A name is looked at here, with this machine's PMU, unless processes of
 * another one are meant.
 */
int counters_add(struct counters *counters, const struct cmd *cmd, const char *argument,
		 const struct source_options *source);

/* 0; or an exit code after a message: nothing happens in that source that could be counted. */
int counters_check(const struct counters *counters, const struct cmd *cmd,
		   const struct source_options *source);

/* Has the watch count them, if there are any; it borrows the names. */
void counters_watch(const struct counters *counters, struct watch *watch);

/*
 * Says once on stderr that and why something of what was asked for is not counted of the first n processes: behind them
 * are those that were followed, and mostly are in the others' figures.
 */
void counters_say_missing(const struct counters *counters, const struct moment *moment, size_t n);

void counters_fini(struct counters *counters);

#endif
