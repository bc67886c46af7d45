/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The usual keys and their words. */
#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

#include "ui/key_name.h"

#define CONTROL(letter) ((letter)&0x1f)
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct binding usual[] = {
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
	{PRESS_BACK_TAB, COMMAND_PANE_BACK},
	{PRESS_ENTER, COMMAND_ENTER},
	{PRESS_ESCAPE, COMMAND_BACK},
	{'q', COMMAND_CLOSE},
	{PRESS_F10, COMMAND_CLOSE},
	{'p', COMMAND_PAUSE},
	{'+', COMMAND_ZOOM_IN},
	{'=', COMMAND_ZOOM_IN},
	{'-', COMMAND_ZOOM_OUT},
	{'z', COMMAND_BIG},
	{'w', COMMAND_GLOSSARY},
	{'/', COMMAND_SEARCH},
	{PRESS_F3, COMMAND_SEARCH},
	{'n', COMMAND_SEARCH_NEXT},
	{'N', COMMAND_SEARCH_PREVIOUS},
	{'\\', COMMAND_FILTER},
	{'g', COMMAND_GOTO},
	{'s', COMMAND_SORT},
	{'i', COMMAND_REVERSE},
	{' ', COMMAND_TAG},
	{'t', COMMAND_THREADS},
	{'e', COMMAND_ELIGIBLE},
	{'c', COMMAND_COW_RULE},
	{'d', COMMAND_DISMISS},
	{'v', COMMAND_EVENTS},
	{'u', COMMAND_COUNTERS},
	{'y', COMMAND_WHY},
	{'Y', COMMAND_ASK},
	{'x', COMMAND_SHARERS},
	{'b', COMMAND_HOT},
	{'B', COMMAND_HOT_CLEARED},
	{'C', COMMAND_COLLAPSE},
	{'S', COMMAND_SPLIT},
	{'W', COMMAND_WRITE},
	{'F', COMMAND_FORK},
	{'a', COMMAND_TASKS},
	{'.', COMMAND_STEP},
	{',', COMMAND_STEP_BACK},
	{'>', COMMAND_STEP_AGAIN},
	{'<', COMMAND_CHANGE_BACK},
	{'{', COMMAND_SLOWER},
	{'}', COMMAND_FASTER},
	{'^', COMMAND_START},
	{'$', COMMAND_FINISH},
	{'R', COMMAND_RUN_ALL},
	{'o', COMMAND_SCHEDULER},
	{'m', COMMAND_MISSING},
	{'r', COMMAND_RECORD},
	{'|', COMMAND_LAYOUT},
	{PRESS_F2, COMMAND_THEME},
	{PRESS_F8, COMMAND_GROUND},
	{'?', COMMAND_HELP},
	{PRESS_F1, COMMAND_HELP},
	{CONTROL('L'), COMMAND_REDRAW},
	{CONTROL('Z'), COMMAND_SUSPEND},
	{CONTROL('C'), COMMAND_QUIT},
};
_Static_assert(COUNT_OF(usual) < KEYMAP_MAX / 2, "there is room for the user's");

const char *const command_names[COMMAND_COUNT] = {
	[COMMAND_NONE] = "none",
	[COMMAND_UP] = "up",
	[COMMAND_DOWN] = "down",
	[COMMAND_LEFT] = "left",
	[COMMAND_RIGHT] = "right",
	[COMMAND_PAGE_UP] = "page-up",
	[COMMAND_PAGE_DOWN] = "page-down",
	[COMMAND_HOME] = "first",
	[COMMAND_END] = "last",
	[COMMAND_PREVIOUS] = "previous-not-huge",
	[COMMAND_NEXT] = "next-not-huge",
	[COMMAND_PANE] = "other-pane",
	[COMMAND_PANE_BACK] = "previous-pane",
	[COMMAND_ENTER] = "open",
	[COMMAND_BACK] = "back",
	[COMMAND_CLOSE] = "close",
	[COMMAND_PAUSE] = "pause",
	[COMMAND_ZOOM_IN] = "zoom-in",
	[COMMAND_ZOOM_OUT] = "zoom-out",
	[COMMAND_BIG] = "big",
	[COMMAND_GLOSSARY] = "glossary",
	[COMMAND_SEARCH] = "search",
	[COMMAND_SEARCH_NEXT] = "next-match",
	[COMMAND_SEARCH_PREVIOUS] = "previous-match",
	[COMMAND_FILTER] = "filter",
	[COMMAND_GOTO] = "go-to",
	[COMMAND_SORT] = "sort",
	[COMMAND_REVERSE] = "invert-sort",
	[COMMAND_TAG] = "tag",
	[COMMAND_THREADS] = "threads",
	[COMMAND_ELIGIBLE] = "eligible",
	[COMMAND_COW_RULE] = "cow-rule",
	[COMMAND_DISMISS] = "dismiss",
	[COMMAND_EVENTS] = "events",
	[COMMAND_COUNTERS] = "counters",
	[COMMAND_WHY] = "why",
	[COMMAND_ASK] = "ask-kernel",
	[COMMAND_SHARERS] = "sharers",
	[COMMAND_HOT] = "hot",
	[COMMAND_HOT_CLEARED] = "hot-cleared",
	[COMMAND_COLLAPSE] = "collapse",
	[COMMAND_SPLIT] = "split",
	[COMMAND_WRITE] = "write",
	[COMMAND_FORK] = "fork",
	[COMMAND_TASKS] = "tasks",
	[COMMAND_STEP] = "step",
	[COMMAND_STEP_BACK] = "step-back",
	[COMMAND_STEP_AGAIN] = "step-again",
	[COMMAND_CHANGE_BACK] = "previous-change",
	[COMMAND_SLOWER] = "slower",
	[COMMAND_FASTER] = "faster",
	[COMMAND_START] = "start",
	[COMMAND_FINISH] = "finish",
	[COMMAND_RUN_ALL] = "run-all",
	[COMMAND_SCHEDULER] = "scheduler",
	[COMMAND_MISSING] = "missing",
	[COMMAND_RECORD] = "record",
	[COMMAND_LAYOUT] = "layout",
	[COMMAND_THEME] = "theme",
	[COMMAND_GROUND] = "ground",
	[COMMAND_HELP] = "help",
	[COMMAND_REDRAW] = "redraw",
	[COMMAND_SUSPEND] = "suspend",
	[COMMAND_QUIT] = "leave",
};

/* In the order of the help; the bottom line has that of each view. */
const struct keymap_row keymap_rows[] = {
	{COMMAND_UP,
	 "move",
	 "move by a region, or by a subpage",
	 {COMMAND_UP, COMMAND_DOWN, COMMAND_LEFT, COMMAND_RIGHT}},
	{COMMAND_ENTER, "open", "look into the process, or the region; open or close what is folded", {0}},
	{COMMAND_NEXT,
	 "not huge",
	 "previous and next region that is not huge",
	 {COMMAND_PREVIOUS, COMMAND_NEXT}},
	{COMMAND_STEP,
	 "step",
	 "of a model: one step of the chosen task; forward in time if none is under way. Of a recording: a "
	 "moment forward",
	 {0}},
	{COMMAND_STEP_BACK,
	 "back",
	 "of a model: one step back in time; of a recording: a moment; in the pane of a lesson: to the stop "
	 "before",
	 {0}},
	{COMMAND_CHANGE_BACK,
	 "change",
	 "of a recording: to where something changed or happened, before and behind",
	 {COMMAND_CHANGE_BACK, COMMAND_STEP_AGAIN}},
	{COMMAND_SLOWER, "speed", "of a recording: play slower and faster", {COMMAND_SLOWER, COMMAND_FASTER}},
	{COMMAND_START,
	 "begin, end",
	 "of a recording: to its beginning and its end",
	 {COMMAND_START, COMMAND_FINISH}},
	{COMMAND_STEP_AGAIN, "forward", "of a model: forward in time, where it was taken back", {0}},
	{COMMAND_RUN_ALL, "run all", "of a model: run all tasks to their ends", {0}},
	{COMMAND_SCHEDULER,
	 "scheduler",
	 "of a model: what is triggered runs at once, or begins and is stepped by hand, or as a seed says",
	 {0}},
	{COMMAND_TASKS, "tasks", "of a model: to the tasks, and back to the map", {0}},
	{COMMAND_PANE,
	 "other pane",
	 "go to the next open pane: lesson, map, tasks, region, counters, events",
	 {0}},
	{COMMAND_PANE_BACK, "pane before", "go to the pane before", {0}},
	{COMMAND_COLLAPSE, "collapse", "have the kernel collapse the region into a huge page", {0}},
	{COMMAND_SPLIT, "split", "split its mapping or its folio; a menu has the ways", {0}},
	{COMMAND_WRITE,
	 "write",
	 "write to the subpage what is there already: copy on write; a menu has the ways",
	 {0}},
	{COMMAND_FORK, "fork", "have the specimen fork", {0}},
	{COMMAND_WHY, "why", "why the region is not huge, and what would make it so", {0}},
	{COMMAND_ASK, "ask", "the same, and have the kernel try it and say", {0}},
	{COMMAND_SHARERS, "sharers", "who else maps the folio of the region, and how", {0}},
	{COMMAND_HOT,
	 "hot",
	 "measure which regions that are not huge are used most, and rank them; a second or so",
	 {0}},
	{COMMAND_HOT_CLEARED,
	 "clear bits",
	 "in that ranking: clear the process's referenced bits, and rank by smaps a second later; asks "
	 "before",
	 {0}},
	{COMMAND_EVENTS, "events", "to the events, and back to the map", {0}},
	{COMMAND_COUNTERS,
	 "counters",
	 "to what is counted (TLB misses, page faults), beside the share of huge memory; and back to the map",
	 {0}},
	{COMMAND_BACK, "back", "back to the map, or to the list; on the list: undo filter and tags", {0}},
	{COMMAND_SORT, "sort", "sort by the next column", {0}},
	{COMMAND_REVERSE, "invert", "sort the other way round", {0}},
	{COMMAND_TAG, "tag", "tag a process, to look at several at once; in a lesson: go on", {0}},
	{COMMAND_ZOOM_IN, "zoom", "fewer or more regions to a cell", {COMMAND_ZOOM_IN, COMMAND_ZOOM_OUT}},
	{COMMAND_BIG, "big", "big cells, for a projector, and what just happened in words below them", {0}},
	{COMMAND_GLOSSARY, "words", "what the words mean, those on the screen first", {0}},
	{COMMAND_SEARCH, "search", "search", {0}},
	{COMMAND_SEARCH_NEXT,
	 "match",
	 "next and previous match of the search",
	 {COMMAND_SEARCH_NEXT, COMMAND_SEARCH_PREVIOUS}},
	{COMMAND_FILTER, "filter", "show only what matches", {0}},
	{COMMAND_GOTO, "go to", "go to an address", {0}},
	{COMMAND_THREADS, "threads", "show the kernel's threads too; they have no memory of their own", {0}},
	{COMMAND_COW_RULE, "rule", "what a write would do on older kernels, and again on this one", {0}},
	{COMMAND_PAUSE, "pause", "stop looking, and go on; of a recording Space does it too", {0}},
	{COMMAND_ELIGIBLE,
	 "eligible",
	 "ask smaps which mappings may be huge; it holds the process's mmap lock",
	 {0}},
	{COMMAND_DISMISS, "dismiss", "take a process that has exited off the screen", {0}},
	{COMMAND_MISSING, "missing", "what cannot be known here, and what would give it", {0}},
	{COMMAND_PAGE_UP, "page", "up and down by a screen", {COMMAND_PAGE_UP, COMMAND_PAGE_DOWN}},
	{COMMAND_HOME, "ends", "to the first and to the last", {COMMAND_HOME, COMMAND_END}},
	{COMMAND_RECORD,
	 "record",
	 "record what is looked at to a file, and stop; 'thpscope replay FILE' shows it",
	 {0}},
	{COMMAND_LAYOUT,
	 "layout",
	 "what stands beside the map: what has room, no region, or the region alone",
	 {0}},
	{COMMAND_THEME,
	 "theme",
	 "the next theme: default, high-contrast, colour-blind, mono (no colours), ascii (letters for "
	 "shapes)",
	 {0}},
	{COMMAND_GROUND, "ground", "the colours for a dark, or for a light ground", {0}},
	{COMMAND_HELP, "help", "this help", {0}},
	{COMMAND_CLOSE, "quit", "close the view, then the program", {0}},
	{COMMAND_REDRAW, "redraw", "draw the screen anew", {0}},
	{COMMAND_SUSPEND, "suspend", "back to the shell; 'fg' returns", {0}},
	{COMMAND_QUIT, "leave", "leave at once", {0}},
};
const unsigned keymap_n_rows = COUNT_OF(keymap_rows);

/* What does something else in the tasks, and in a lesson. */
static const struct keymap_row tasks_rows[] = {
	{COMMAND_UP, "choose", "choose a task", {COMMAND_UP, COMMAND_DOWN}},
	{COMMAND_ENTER, "run", "run the chosen task until it ends or waits", {0}},
};
static const struct keymap_row lesson_rows[] = {
	{COMMAND_TAG,
	 "go on",
	 "go on: with the text, to the answer, to the next stop; from the map too",
	 {0}},
	{COMMAND_ENTER, "go on", "the same, in the pane of the lesson", {0}},
	{COMMAND_UP, "scroll", "scroll", {COMMAND_UP, COMMAND_DOWN}},
	{COMMAND_STEP_BACK,
	 "stop before",
	 "back to the stop before; a real kernel cannot go behind what was done",
	 {0}},
};

/* What does something else in the list of processes than on a map. */
static const struct keymap_row list_rows[] = {
	{COMMAND_UP, "move", "move by a process", {COMMAND_UP, COMMAND_DOWN}},
	{COMMAND_ENTER, "open", "open the map of the process, or of all that are tagged", {0}},
	{COMMAND_BACK, "undo", "undo the filter, then the tags", {0}},
};

const struct keymap_row keymap_row_act = {COMMAND_COLLAPSE,
					  "act",
					  "act on the region",
					  {COMMAND_COLLAPSE, COMMAND_SPLIT, COMMAND_WRITE, COMMAND_FORK}};

enum command command_find(const char *name, size_t len)
{
	int i;

	for (i = 0; i < COMMAND_COUNT; i++)
		if (strlen(command_names[i]) == len && !memcmp(command_names[i], name, len))
			break;
	return (enum command)i;
}

void keymap_init(struct keymap *keymap)
{
	memcpy(keymap->bindings, usual, sizeof(usual));
	keymap->n = COUNT_OF(usual);
}

static void take_away(struct keymap *keymap, uint32_t key)
{
	struct binding *at, *end = keymap->bindings + keymap->n;

	for (at = keymap->bindings; at < end; at++) {
		if (at->key != key)
			continue;
		memmove(at, at + 1, (size_t)(end - at - 1) * sizeof(*at));
		keymap->n--;
		return;
	}
}

bool keymap_bind(struct keymap *keymap, uint32_t key, enum command command)
{
	if (key == CONTROL('C') || key == PRESS_NONE || key >= PRESS_MOUSE)
		return false;
	take_away(keymap, key);
	if (command == COMMAND_NONE)
		return true;
	if (keymap->n == KEYMAP_MAX)
		return false;
	memmove(keymap->bindings + 1, keymap->bindings, keymap->n * sizeof(*keymap->bindings));
	keymap->bindings[0] = (struct binding){key, command};
	keymap->n++;
	return true;
}

enum command keymap_command(const struct keymap *keymap, uint32_t key)
{
	size_t i;

	for (i = 0; i < keymap->n; i++)
		if (keymap->bindings[i].key == key)
			return keymap->bindings[i].command;
	return COMMAND_NONE;
}

/* The nth key of a command, PRESS_NONE if it has fewer. */
static uint32_t nth_key(const struct keymap *keymap, enum command command, unsigned nth)
{
	size_t i;

	for (i = 0; i < keymap->n; i++)
		if (keymap->bindings[i].command == command && !nth--)
			return keymap->bindings[i].key;
	return PRESS_NONE;
}

static const enum command *row_commands(const struct keymap_row *row, size_t *n)
{
	if (row->keys[0] == COMMAND_NONE) {
		*n = 1;
		return &row->command;
	}
	for (*n = 0; *n < ROW_COMMANDS && row->keys[*n] != COMMAND_NONE; (*n)++)
		;
	return row->keys;
}

/* The four arrows need no blanks between them; letters would be a word. */
static const char *gap(const struct keymap *keymap, const enum command *commands, size_t n, unsigned nth)
{
	uint32_t key;
	size_t i;

	for (i = 0; i < n; i++) {
		key = nth_key(keymap, commands[i], nth);
		if (n < ROW_COMMANDS || key < PRESS_UP || key > PRESS_RIGHT)
			return " ";
	}
	return "";
}

const char *keymap_keys(const struct keymap *keymap, const struct keymap_row *row, bool all, keymap_text text)
{
	const enum command *commands;
	const char *between;
	size_t n, i, len = 0;
	bool any = true;
	unsigned nth;
	key_text name;
	uint32_t key;

	commands = row_commands(row, &n);
	*text = '\0';
	for (nth = 0; any && (all || !nth); nth++) {
		any = false;
		for (i = 0; i < n && len < KEYMAP_TEXT; i++) {
			key = nth_key(keymap, commands[i], nth);
			if (key == PRESS_NONE)
				continue;
			between = !len ? "" : any ? gap(keymap, commands, n, nth) : " ";
			len += (size_t)snprintf(text + len, KEYMAP_TEXT - len, "%s%s", between,
						key_name(key, name));
			any = true;
		}
	}
	return text;
}

enum command keymap_key_at(const struct keymap *keymap, const struct keymap_row *row, int col)
{
	const enum command *commands;
	size_t n, i;
	int end = 0;
	key_text name;
	const char *at;
	uint32_t key;

	commands = row_commands(row, &n);
	for (i = 0; i < n; i++) {
		key = nth_key(keymap, commands[i], 0);
		if (key == PRESS_NONE)
			continue;
		/* Every name is of characters one column wide, or is the only key of its row. */
		for (at = key_name(key, name); *at; at++)
			end += (*at & 0xc0) != 0x80;
		if (col < end)
			return commands[i];
		end += (int)strlen(gap(keymap, commands, n, 0));
	}
	return row->command;
}

const struct keymap_row *keymap_row_of(enum command command)
{
	unsigned i;

	for (i = 0; i < keymap_n_rows; i++)
		if (keymap_rows[i].command == command)
			return &keymap_rows[i];
	return NULL;
}

const struct keymap_row *keymap_row_in(enum keymap_place place, enum command command)
{
	static const struct {
		const struct keymap_row *rows;
		unsigned n;
	} places[] = {
		[KEYMAP_MAP] = {NULL, 0},
		[KEYMAP_LIST] = {list_rows, COUNT_OF(list_rows)},
		[KEYMAP_TASKS] = {tasks_rows, COUNT_OF(tasks_rows)},
		[KEYMAP_LESSON] = {lesson_rows, COUNT_OF(lesson_rows)},
	};
	unsigned i;

	for (i = 0; i < places[place].n; i++)
		if (places[place].rows[i].command == command)
			return &places[place].rows[i];
	return keymap_row_of(command);
}

const char *keymap_keys_of(const struct keymap *keymap, enum command command, keymap_text text)
{
	return keymap_keys(keymap, keymap_row_of(command), false, text);
}
