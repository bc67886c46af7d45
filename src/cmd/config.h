/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's configuration file, thpscope-config(5): where it is, and what is wrong with it. */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "core/buf.h"
#include "ui/settings.h"

struct config {
	struct settings settings;
	struct buf path;
	struct buf mistakes; /* a line each: "3: no key 'Fx'; ..." or, of the whole file, what failed */
	unsigned n_mistakes;
	char brief[300]; /* the first of them, for one line of a screen; "": there is none */
};

/*
 * Reads the file; without one everything is as it is by default. A mistake keeps nobody from looking: its line is left
 * out, as is a file that cannot be read. config_fini frees.
 */
void config_read(struct config *config);
void config_fini(struct config *config);

/* Says each mistake in a line on standard error. */
void config_say(const struct config *config);

#endif
