/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processes on the screen: its columns, its total, its keys and its mouse. */
#include "ui/processes.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "ui/processes_draw.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define WHEEL_ROWS 3

/* Rows of processes between the headings and the total. */
static size_t page_rows(const struct processes_state *state)
{
	return state->rows > 3 ? (size_t)state->rows - 2 : 1;
}

static void show_cursor(struct processes_state *state)
{
	const size_t rows = page_rows(state);

	if (state->top + rows > state->n)
		state->top = state->n > rows ? state->n - rows : 0;
	if (state->line < state->top)
		state->top = state->line;
	if (state->line >= state->top + rows)
		state->top = state->line - rows + 1;
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct processes_state *state = &screen->processes;

	state->rows = rows;
	state->cols = cols;
	show_cursor(state);
}

size_t screen_visible(const struct screen *screen, pid_t *pids, size_t room)
{
	const struct processes_state *state = &screen->processes;
	size_t i, n = 0;

	for (i = state->top; i < state->n && i < state->top + page_rows(state) && n < room; i++)
		pids[n++] = processes_row(state, i)->is.pid;
	return n;
}

/* Where there is no row to be seen. */
static void draw_nothing(const struct processes_state *state, const struct pane *pane)
{
	struct pane text = pane_part(pane, 2, 2, pane->rows - 3, pane->cols - 4);
	char line[PROMPT_BYTES + 64];

	if (!state->roster)
		snprintf(line, sizeof(line), "Listing the processes…");
	else if (state->roster->error && !state->roster->n)
		snprintf(line, sizeof(line), "The processes cannot be listed: %s.",
			 strerror(-state->roster->error));
	else if (*state->filter)
		snprintf(line, sizeof(line), "No process matches \"%s\"; Esc shows all again.",
			 state->filter);
	else
		snprintf(line, sizeof(line), "There is no process that can be seen.");
	pane_wrap(&text, 0, text.rows, STYLE_TEXT, line);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct processes_state *state = &screen->processes;
	const int rows = (int)page_rows(state);
	keymap_text why;
	struct pane line;
	int row;

	(void)focused; /* it is alone */
	processes_draw_heads(state, pane);
	for (row = 0; row < rows && state->top + (size_t)row < state->n; row++) {
		line = pane_part(pane, row + 1, 0, 1, pane->cols);
		processes_draw_row(state, &line, state->top + (size_t)row);
	}
	if (!state->n)
		draw_nothing(state, pane);
	line = pane_part(pane, pane->rows - 1, 0, 1, pane->cols);
	processes_draw_total(state, &line, keymap_keys_of(&screen->keymap, COMMAND_MISSING, why));
}

static void move(struct processes_state *state, long by)
{
	long line = (long)state->line + by;

	if (!state->n)
		return;
	if (line < 0)
		line = 0;
	if (line >= (long)state->n)
		line = (long)state->n - 1;
	processes_go(state, (size_t)line);
}

/* The next column that is on the screen. */
static void sort_next(struct processes_state *state)
{
	struct processes_columns columns;

	processes_columns(state, &columns);
	do {
		state->sort = (enum processes_column)((state->sort + 1) % COLUMN_COUNT);
	} while (!columns.width[state->sort] || state->sort == COLUMN_COVERAGE);
	state->reversed = false;
	processes_order(state);
}

/* The next match behind (or before) the cursor, from the cursor on if it counts itself. */
static bool find(struct processes_state *state, bool here, bool backwards)
{
	size_t i, at;

	for (i = here ? 0 : 1; i <= state->n; i++) {
		at = backwards ? state->line + state->n * 2 - i : state->line + i;
		if (state->n && processes_match(processes_row(state, at % state->n), state->search)) {
			processes_go(state, at % state->n);
			return true;
		}
	}
	return false;
}

static void search_again(struct screen *screen, bool backwards)
{
	if (!*screen->processes.search)
		screen->message = "Nothing has been searched for; / does.";
	else if (!find(&screen->processes, false, backwards))
		screen->message = "No process here matches.";
}

static void tag(struct processes_state *state)
{
	if (!state->n)
		return;
	processes_tag(state, processes_row(state, state->line));
	move(state, 1);
}

/* Opens the map of the process under the cursor. */
static void open_row(struct screen *screen)
{
	struct processes_state *state = &screen->processes;
	const struct roster_row *row;
	struct who *who;

	if (!state->n)
		return;
	row = processes_row(state, state->line);
	if (row->is.kernel_thread) {
		screen->message = "A kernel thread has no memory of its own.";
	} else if (row->outcome == OUTCOME_GONE || row->outcome == OUTCOME_REUSED) {
		screen->message = "This process has exited.";
	} else {
		processes_go(state, state->line); /* where it is found again */
		who = mem_alloc(sizeof(*who));
		*who = (struct who){row->is.pid, row->is.start_time};
		screen_choose(screen, who, 1);
	}
}

/* Opens the map of what is tagged, else of the process under the cursor. */
static void open_map(struct screen *screen)
{
	const struct processes_state *state = &screen->processes;
	struct who *who;

	if (!state->n_tags) {
		open_row(screen);
		return;
	}
	who = mem_alloc(state->n_tags * sizeof(*who));
	memcpy(who, state->tags, state->n_tags * sizeof(*who));
	screen_choose(screen, who, state->n_tags);
}

/* Esc: undoes the filter, then the tags. */
static void step_back(struct processes_state *state)
{
	if (*state->filter) {
		*state->filter = '\0';
		processes_order(state);
	} else {
		state->n_tags = 0;
	}
}

static void begin_prompt(struct screen *screen, enum prompt_kind kind)
{
	struct processes_state *state = &screen->processes;

	state->cursor_before = state->cursor;
	strcpy(state->filter_before, state->filter);
	strcpy(state->search_before, state->search);
	prompt_open(&screen->prompt, kind, kind == PROMPT_FILTER ? state->filter : "");
}

static void command(struct screen *screen, enum command command)
{
	struct processes_state *state = &screen->processes;
	const long page = (long)page_rows(state);

	if (command == COMMAND_UP) {
		move(state, -1);
	} else if (command == COMMAND_DOWN) {
		move(state, 1);
	} else if (command == COMMAND_PAGE_UP) {
		move(state, -page);
	} else if (command == COMMAND_PAGE_DOWN) {
		move(state, page);
	} else if (command == COMMAND_HOME) {
		processes_go_first(state);
	} else if (command == COMMAND_END) {
		move(state, (long)state->n);
	} else if (command == COMMAND_ENTER) {
		open_map(screen);
	} else if (command == COMMAND_BACK) {
		step_back(state);
	} else if (command == COMMAND_SORT) {
		sort_next(state);
	} else if (command == COMMAND_REVERSE) {
		state->reversed = !state->reversed;
		processes_order(state);
	} else if (command == COMMAND_TAG) {
		tag(state);
	} else if (command == COMMAND_THREADS) {
		state->threads = !state->threads;
		processes_order(state);
	} else if (command == COMMAND_FILTER) {
		begin_prompt(screen, PROMPT_FILTER);
	} else if (command == COMMAND_SEARCH) {
		begin_prompt(screen, PROMPT_SEARCH);
	} else if (command == COMMAND_SEARCH_NEXT || command == COMMAND_SEARCH_PREVIOUS) {
		search_again(screen, command == COMMAND_SEARCH_PREVIOUS);
	}
	show_cursor(state);
}

static void typed_filter(struct processes_state *state, const char *text, enum prompt_end how)
{
	strcpy(state->filter, how == PROMPT_LEFT ? state->filter_before : text);
	processes_order(state);
	if (how == PROMPT_DONE && state->cursor.pid && state->n)
		processes_go(state, state->line);
}

/* While it is typed the cursor shows the first match from where it was; Esc, and Enter on nothing, leave the last one. */
static void typed_search(struct screen *screen, const char *text, enum prompt_end how)
{
	struct processes_state *state = &screen->processes;

	strcpy(state->search, how == PROMPT_LEFT || !*text ? state->search_before : text);
	if (how == PROMPT_DONE) {
		if (*state->search && !find(state, true, false))
			screen->message = "No process here matches.";
		return;
	}
	processes_go_to(state, state->cursor_before);
	if (how == PROMPT_TYPING && *text)
		find(state, true, false);
}

static void typed(struct screen *screen, enum prompt_kind kind, const char *text, enum prompt_end how)
{
	if (kind == PROMPT_FILTER)
		typed_filter(&screen->processes, text, how);
	else
		typed_search(screen, text, how);
	show_cursor(&screen->processes);
}

static void click(struct screen *screen, const struct mouse *mouse)
{
	struct processes_state *state = &screen->processes;
	const size_t line = state->top + (size_t)mouse->row - 1;
	enum processes_column column;

	if (mouse->row == 0) {
		column = processes_column_at(state, mouse->col);
		if (column == COLUMN_COUNT)
			return;
		state->reversed = column == state->sort && !state->reversed;
		state->sort = column;
		processes_order(state);
	} else if ((size_t)mouse->row <= page_rows(state) && line < state->n) {
		processes_go(state, line);
		if (mouse->what == MOUSE_DOUBLE)
			open_row(screen);
	}
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	switch (mouse->what) {
	case MOUSE_CLICK:
	case MOUSE_DOUBLE:
		click(screen, mouse);
		break;
	case MOUSE_WHEEL_UP:
		move(&screen->processes, -WHEEL_ROWS);
		break;
	case MOUSE_WHEEL_DOWN:
		move(&screen->processes, WHEEL_ROWS);
		break;
	}
	show_cursor(&screen->processes);
}

static const enum command commands[] = {
	COMMAND_ENTER,	  COMMAND_SORT,	   COMMAND_SEARCH, COMMAND_FILTER,	COMMAND_TAG,
	COMMAND_GLOSSARY, COMMAND_REVERSE, COMMAND_UP,	   COMMAND_SEARCH_NEXT, COMMAND_SEARCH_PREVIOUS,
	COMMAND_THREADS,  COMMAND_PAUSE,   COMMAND_THEME,  COMMAND_PAGE_UP,	COMMAND_BACK,
	COMMAND_HELP,	  COMMAND_CLOSE,   COMMAND_NONE};

const struct view view_processes = {commands, fit, draw, command, mouse, typed};
