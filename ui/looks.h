/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the screen looks, as far as the user says so: its theme, its ground, how its panes stand. */
#ifndef UI_LOOKS_H
#define UI_LOOKS_H

#include "ui/keymap.h"
#include "ui/layout.h"
#include "ui/theme.h"

struct looks_state {
	struct theme theme;	/* in force, which the caller tells */
	struct theme_wish wish; /* of the user */
	bool change;		/* the wish is a new one: the caller clears it */
	enum layout_wish layout;
	bool more;    /* by itself there stood more beside map and region, when that was looked at last */
	bool mouse;   /* what it does is told: on from screen_init on */
	bool minimap; /* where there is room: on from screen_init on */
	char said[80];
};

struct screen;

/* COMMAND_THEME, COMMAND_GROUND and COMMAND_LAYOUT: the next one, and its name as a message. */
bool looks_command_is(enum command command);
void looks_command(struct screen *screen, enum command command);

#endif
