/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live map: a source, its sampler, the views and the terminal, in one loop. */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include "core/source.h"

struct watch_options {
	const char *title; /* of the verb, for the header behind the program's name; NULL: nothing */
	const char *const *narration; /* lines of a script for above the map */
	size_t n_narration;
	uint64_t interval_ns;	/* 0: ten times a second */
	unsigned share_percent; /* of a core that sampling may cost; 0: 5 */
};

/*
 * Watches until the user leaves; without a watch (NULL) it begins with the list of all processes. Takes `source` over, whatever happens. Standard output has to be a terminal. Calls
 * setlocale(LC_CTYPE, "").
 *
 * Returns an exit code (design 3): 0; 3 or 4 if none of the processes could ever be read (denied; gone); 5 if this
 * terminal cannot do it and 7 if the machine cannot, said on stderr; 128 + the number of the signal that ended it,
 * 130 for Ctrl-C. The terminal is restored by then.
 */
int watch_run(struct source *source, const struct watch *watch, const struct watch_options *options);

#endif
