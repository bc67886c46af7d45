/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live map: a source, its sampler, the views and the terminal, in one loop. */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include <stdbool.h>

#include "cmd/cmd.h"
#include "core/order.h"
#include "core/source.h"

struct watch_options {
	const char *title; /* of the verb, for the header behind the program's name; NULL: nothing */
	const char *const *narration; /* lines of a script for above the map */
	size_t n_narration;
	struct occurrence *const *events; /* what happened already, for the log; taken over */
	size_t n_events;
	struct source_options source; /* what the source was opened with: long questions open another one */
	struct lesson *
		lesson; /* that is gone through beside the map, at its first stop; NULL: none. The caller's */
	const struct counters *counting; /* cmd/counters.h; NULL, or none in it: as configured */
	uint64_t interval_ns;		 /* 0: as configured, ten times a second by default */
	unsigned share_percent; /* of a core that sampling may cost; 0: as configured, 5 by default */
	/*
	 * Asked when the user closes the last view: whether there is a question first, which it writes. Yes is called
	 * `leave_yes`. NULL: there never is. Ctrl-C leaves without a question.
	 */
	bool (*ask_leave)(void *data, char *question, size_t size);
	void *ask_data;
	const char *leave_yes;
};

/*
 * Watches until the user leaves; without a watch (NULL) it begins with the list of all processes. Does so as the
 * configuration file says (cmd/config.h), whose mistakes are said on the screen and, behind it, on stderr. Takes
 * `source` over, whatever happens. Standard output has to be a terminal. Calls setlocale(LC_CTYPE, "").
 *
 * Returns an exit code (design 3): 0; 3 or 4 if none of the processes could ever be read (denied; gone); 5 if this
 * terminal cannot do it and 7 if the machine cannot, said on stderr; 128 + the number of the signal that ended it,
 * 130 for Ctrl-C. The terminal is restored by then.
 */
int watch_run(struct source *source, const struct watch *watch, const struct watch_options *options);

#endif
