/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default keys and their words. */
#include "ui/keymap.h"

#include <stddef.h>

#define CONTROL(letter) ((letter)&0x1f)

static const struct {
	uint32_t key;
	enum command command;
} bindings[] = {
	{PRESS_UP, COMMAND_UP},
	{'k', COMMAND_UP},
	{PRESS_DOWN, COMMAND_DOWN},
	{'j', COMMAND_DOWN},
	{PRESS_LEFT, COMMAND_LEFT},
	{'h', COMMAND_LEFT},
	{PRESS_RIGHT, COMMAND_RIGHT},
	{'l', COMMAND_RIGHT},
	{PRESS_PAGE_UP, COMMAND_PAGE_UP},
	{PRESS_PAGE_DOWN, COMMAND_PAGE_DOWN},
	{PRESS_HOME, COMMAND_HOME},
	{PRESS_END, COMMAND_END},
	{'[', COMMAND_PREVIOUS},
	{']', COMMAND_NEXT},
	{PRESS_TAB, COMMAND_PANE},
	{PRESS_ENTER, COMMAND_ENTER},
	{'\n', COMMAND_ENTER},
	{PRESS_ESCAPE, COMMAND_BACK},
	{'q', COMMAND_CLOSE},
	{'p', COMMAND_PAUSE},
	{'+', COMMAND_ZOOM_IN},
	{'=', COMMAND_ZOOM_IN},
	{'-', COMMAND_ZOOM_OUT},
	{'/', COMMAND_SEARCH},
	{'n', COMMAND_SEARCH_NEXT},
	{'N', COMMAND_SEARCH_PREVIOUS},
	{'\\', COMMAND_FILTER},
	{'g', COMMAND_GOTO},
	{'s', COMMAND_SORT},
	{' ', COMMAND_TAG},
	{'t', COMMAND_THREADS},
	{'e', COMMAND_ELIGIBLE},
	{'d', COMMAND_DISMISS},
	{'m', COMMAND_MISSING},
	{'?', COMMAND_HELP},
	{PRESS_F1, COMMAND_HELP},
	{CONTROL('L'), COMMAND_REDRAW},
	{CONTROL('Z'), COMMAND_SUSPEND},
	{CONTROL('C'), COMMAND_QUIT},
};

/* In the order of the bottom line: what matters most is first, and what does not fit is left out. */
const struct keymap_row keymap_rows[] = {
	{COMMAND_UP, "↑↓←→", "move", "move by a region, or by a subpage; hjkl too"},
	{COMMAND_ENTER, "Enter", "open",
	 "look into the process, or the region; open or close what is folded"},
	{COMMAND_NEXT, "[ ]", "not huge", "previous and next region that is not huge"},
	{COMMAND_PANE, "Tab", "other pane", "go to the other pane"},
	{COMMAND_BACK, "Esc", "back", "back to the map, or to the list; on the list: undo filter and tags"},
	{COMMAND_SORT, "s", "sort", "sort by the next column"},
	{COMMAND_TAG, "Space", "tag", "tag a process, to look at several at once"},
	{COMMAND_ZOOM_IN, "+ -", "zoom", "fewer or more regions to a cell"},
	{COMMAND_SEARCH, "/", "search", "search; n and N: next and previous match"},
	{COMMAND_FILTER, "\\", "filter", "show only what matches"},
	{COMMAND_GOTO, "g", "go to", "go to an address"},
	{COMMAND_THREADS, "t", "threads", "show the kernel's threads too; they have no memory of their own"},
	{COMMAND_PAUSE, "p", "pause", "stop looking, and go on"},
	{COMMAND_ELIGIBLE, "e", "eligible",
	 "ask smaps which mappings may be huge; it holds the process's mmap lock"},
	{COMMAND_DISMISS, "d", "dismiss", "take a process that has exited off the screen"},
	{COMMAND_MISSING, "m", "missing", "what cannot be known here, and what would give it"},
	{COMMAND_PAGE_UP, "PgUp PgDn", "page", "by a screen; Home and End: first and last"},
	{COMMAND_HELP, "?", "help", "this help; F1 too"},
	{COMMAND_CLOSE, "q", "quit", "close the view, then the program"},
	{COMMAND_REDRAW, "Ctrl-L", "redraw", "draw the screen anew"},
	{COMMAND_SUSPEND, "Ctrl-Z", "suspend", "back to the shell; 'fg' returns"},
	{COMMAND_QUIT, "Ctrl-C", "leave", "leave at once"},
};
const unsigned keymap_n_rows = sizeof(keymap_rows) / sizeof(keymap_rows[0]);

enum command keymap_command(uint32_t key)
{
	size_t i;

	for (i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++)
		if (bindings[i].key == key)
			return bindings[i].command;
	return COMMAND_NONE;
}
