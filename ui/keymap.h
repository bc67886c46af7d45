/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys to commands. Lower case looks, capitals act (design 5). Pure. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdint.h>

/* A key: a character's code point, or one of these. Control keys are their ASCII codes. */
#define KEYS_SPECIAL 0x110000u
enum key {
	PRESS_NONE = 0,
	PRESS_TAB = 0x09,
	PRESS_ENTER = 0x0d,
	PRESS_ESCAPE = 0x1b,
	PRESS_UP = KEYS_SPECIAL,
	PRESS_DOWN,
	PRESS_LEFT,
	PRESS_RIGHT,
	PRESS_PAGE_UP,
	PRESS_PAGE_DOWN,
	PRESS_HOME,
	PRESS_END,
	PRESS_F1,
	PRESS_BACKSPACE,
	PRESS_DELETE,
	PRESS_MOUSE,  /* something was done with the mouse: ui/mouse.h */
	PRESS_HANGUP, /* the terminal is gone: there will be no more keys */
	PRESS_OTHER   /* a key that means nothing here */
};

enum command {
	COMMAND_NONE,
	COMMAND_UP,
	COMMAND_DOWN,
	COMMAND_LEFT,
	COMMAND_RIGHT,
	COMMAND_PAGE_UP,
	COMMAND_PAGE_DOWN,
	COMMAND_HOME,
	COMMAND_END,
	COMMAND_PREVIOUS, /* region that is not huge */
	COMMAND_NEXT,
	COMMAND_PANE, /* the other pane */
	COMMAND_ENTER,
	COMMAND_BACK,
	COMMAND_CLOSE, /* the view, then the program */
	COMMAND_PAUSE,
	COMMAND_ZOOM_IN,
	COMMAND_ZOOM_OUT,
	COMMAND_SEARCH,
	COMMAND_SEARCH_NEXT,
	COMMAND_SEARCH_PREVIOUS,
	COMMAND_FILTER,
	COMMAND_GOTO,
	COMMAND_SORT,
	COMMAND_TAG,
	COMMAND_THREADS,  /* of the kernel: show and hide them */
	COMMAND_ELIGIBLE, /* read smaps, for the headings of the map */
	COMMAND_DISMISS,  /* a process that has exited */
	COMMAND_MISSING,  /* what cannot be known here, and why */
	COMMAND_HELP,
	COMMAND_REDRAW,
	COMMAND_SUSPEND,
	COMMAND_QUIT,
	COMMAND_COUNT
};

enum command keymap_command(uint32_t key);

/* How the help names a command's keys and what it does: "PgUp PgDn". One row may stand for two commands. */
struct keymap_row {
	enum command command;
	const char *keys;
	const char *brief; /* for the bottom line: one or two words */
	const char *text;  /* for the help */
};
extern const struct keymap_row keymap_rows[];
extern const unsigned keymap_n_rows;

#endif
