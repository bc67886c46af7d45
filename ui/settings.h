/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user can set, and the text that sets it: thpscope-config(5). Pure; whoever calls reads the file.
 *
 *     # one setting a line
 *     theme colour-blind
 *     ground light
 *     flash off
 *     rate 5
 *     key F5 redraw
 */
#ifndef UI_SETTINGS_H
#define UI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/keymap.h"
#include "ui/theme.h"

#define SETTINGS_COUNTERS 16
#define SETTINGS_NAME 160

/* An event to be counted; whether there is one of that name its reader knows. */
struct setting_counter {
	char name[SETTINGS_NAME];
	unsigned line; /* where it was said */
};

struct settings {
	struct keymap keymap;
	struct theme_wish theme;
	bool flash;		/* cells that changed flash */
	bool counting;		/* what can be counted is, and shown, without being asked for */
	bool big;		/* cells for the back row, from the start */
	bool mouse;		/* clicks and the wheel come here, not to the terminal */
	bool read_only;		/* nothing is done to a process, as with --read-only */
	bool minimap;		/* a whole process in a column, where there is room */
	uint64_t interval_ns;	/* between two moments, at least */
	unsigned share_percent; /* of a core that sampling may cost */
	struct setting_counter counters[SETTINGS_COUNTERS]; /* of the processes on the map */
	size_t n_counters;
};

/* What thpscope does without a file. */
void settings_init(struct settings *settings);

/* A mistake: the number of its line, from 1, and what is wrong with it, in a sentence without a full stop. */
typedef void settings_complain(void *data, unsigned line, const char *what);

/*
 * Sets what the text says; a line with a mistake is left out and complained of, and changes nothing. The text may hold
 * anything.
 */
void settings_parse(const char *text, size_t len, struct settings *settings, settings_complain *complain,
		    void *data);

#endif
