/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys to commands: the usual ones and the user's. Lower case looks, capitals act (design 5). Pure. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key: a character's code point, or one of these. Control keys are their ASCII codes. */
#define KEYS_SPECIAL 0x110000u
#define KEYS_PASTED 0x1000000u /* with a character: it was pasted, not pressed */
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
	PRESS_F2,
	PRESS_F3,
	PRESS_F4,
	PRESS_F5,
	PRESS_F6,
	PRESS_F7,
	PRESS_F8,
	PRESS_F9,
	PRESS_F10,
	PRESS_F11,
	PRESS_F12,
	PRESS_BACKSPACE,
	PRESS_INSERT,
	PRESS_DELETE,
	PRESS_BACK_TAB, /* Shift and Tab */
	PRESS_MOUSE,	/* something was done with the mouse: ui/mouse.h */
	PRESS_HANGUP,	/* the terminal is gone: there will be no more keys */
	PRESS_OTHER	/* a key that means nothing here */
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
	COMMAND_PANE, /* the next pane */
	COMMAND_PANE_BACK,
	COMMAND_ENTER,
	COMMAND_BACK,
	COMMAND_CLOSE, /* the view, then the program */
	COMMAND_PAUSE,
	COMMAND_ZOOM_IN,
	COMMAND_ZOOM_OUT,
	COMMAND_BIG, /* cells for the back row */
	COMMAND_GLOSSARY,
	COMMAND_SEARCH,
	COMMAND_SEARCH_NEXT,
	COMMAND_SEARCH_PREVIOUS,
	COMMAND_FILTER,
	COMMAND_GOTO,
	COMMAND_SORT,
	COMMAND_REVERSE, /* sort the other way round */
	COMMAND_TAG,
	COMMAND_THREADS,     /* of the kernel: show and hide them */
	COMMAND_ELIGIBLE,    /* read smaps, for the headings of the map */
	COMMAND_COW_RULE,    /* the next generation's */
	COMMAND_DISMISS,     /* a process that has exited */
	COMMAND_EVENTS,	     /* their pane */
	COMMAND_COUNTERS,    /* theirs */
	COMMAND_WHY,	     /* a region is not huge */
	COMMAND_ASK,	     /* the kernel, why */
	COMMAND_SHARERS,     /* of a folio */
	COMMAND_HOT,	     /* what is used most and is not huge */
	COMMAND_HOT_CLEARED, /* the same, after the referenced bits were cleared */
	COMMAND_COLLAPSE,    /* the next four act */
	COMMAND_SPLIT,
	COMMAND_WRITE,
	COMMAND_FORK,
	COMMAND_TASKS,	     /* their pane; the next five are of a model, and lessons */
	COMMAND_STEP,	     /* of a task, or of time that was taken back */
	COMMAND_STEP_BACK,   /* in time; in a lesson to the stop before */
	COMMAND_STEP_AGAIN,  /* in time, forward where it went back; of a recording to the next change */
	COMMAND_CHANGE_BACK, /* the next five are of a recording */
	COMMAND_SLOWER,
	COMMAND_FASTER,
	COMMAND_START,
	COMMAND_FINISH,
	COMMAND_RUN_ALL,   /* tasks, to their ends */
	COMMAND_SCHEDULER, /* who chooses whose step is next */
	COMMAND_MISSING,   /* what cannot be known here, and why */
	COMMAND_RECORD,	   /* what is looked at, to a file; and stop */
	COMMAND_LAYOUT,	   /* how the panes stand */
	COMMAND_THEME,	   /* the next one */
	COMMAND_GROUND,
	COMMAND_HELP,
	COMMAND_REDRAW,
	COMMAND_SUSPEND,
	COMMAND_QUIT,
	COMMAND_COUNT
};

/* A command's name in the configuration file, thpscope-config(5). COMMAND_NONE is "none". */
extern const char *const command_names[COMMAND_COUNT];

/* The command of that name (of len bytes); COMMAND_COUNT if there is none. */
enum command command_find(const char *name, size_t len);

#define KEYMAP_MAX 192
struct keymap {
	struct binding {
		uint32_t key;
		enum command command;
	} bindings[KEYMAP_MAX]; /* of several for a command the first is shown */
	size_t n;
};

/* The usual keys. */
void keymap_init(struct keymap *keymap);

/*
 * Gives a key to a command, for which it is shown from now on; COMMAND_NONE takes it from what it did. False if that
 * cannot be: Ctrl-C always leaves, PRESS_MOUSE and its like are no keys, or there are too many.
 */
bool keymap_bind(struct keymap *keymap, uint32_t key, enum command command);

enum command keymap_command(const struct keymap *keymap, uint32_t key);

/* A row of the help: commands that belong together and what they do. */
#define ROW_COMMANDS 4
struct keymap_row {
	enum command command; /* whose presence in a view shows the row */
	const char *brief;    /* for the bottom line: one or two words */
	const char *text;     /* for the help */
	enum command
		keys[ROW_COMMANDS]; /* whose keys are shown, up to COMMAND_NONE; none: those of `command` */
};
extern const struct keymap_row keymap_rows[];
extern const unsigned keymap_n_rows;

/*
 * A row's keys as they are shown: "[ ]", or with `all` for the help "↑↓←→ kjhl". "" if none of its commands has a key.
 */
#define KEYMAP_TEXT 96
typedef char keymap_text[KEYMAP_TEXT];
const char *keymap_keys(const struct keymap *keymap, const struct keymap_row *row, bool all,
			keymap_text text);

/* The row that stands for a command, or NULL; and its keys as for the bottom line, "" if it has none. */
const struct keymap_row *keymap_row_of(enum command command);
/* The same in the words of a view where it is for something else. */
enum keymap_place { KEYMAP_MAP, KEYMAP_LIST, KEYMAP_TASKS, KEYMAP_LESSON };
const struct keymap_row *keymap_row_in(enum keymap_place place, enum command command);
/* One row for all that act: the bottom line has it in place of theirs. */
extern const struct keymap_row keymap_row_act;
const char *keymap_keys_of(const struct keymap *keymap, enum command command, keymap_text text);

/* The command of the key at a column of keymap_keys(…, false): which of a pair was clicked. */
enum command keymap_key_at(const struct keymap *keymap, const struct keymap_row *row, int col);

#endif
