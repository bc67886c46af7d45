/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bottom line: the keys that work here, or a message. */
#include "ui/screen_parts.h"
#include "ui/theme.h"

#define ALL_KEYS_FROM 60 /* columns from which on the way to the help has two words */
#define MOUSE_FROM 132	 /* ... and from which on it is told what the mouse does */
#define LONG_ROWS 4	 /* of a message, at most */
#define LONG_FROM 24	 /* columns less than a line has that are for such a text on the bottom line itself */

/*
 * What helps most just here, before all else: details of an event that are longer than their place are read on; a lesson
 * goes on, wherever one is; a process that has exited stays until it is dismissed.
 */
static enum command foremost(const struct screen *screen, const struct view *view)
{
	struct spot spot;

	if (view == &view_events && screen->events.detail.lines > screen->events.detail.rows &&
	    screen->events.detail.rows)
		return COMMAND_PAGE_UP;
	if (lesson_waits(screen) && !screen_covered(screen))
		return COMMAND_TAG;
	if (view == &view_map && map_spot(screen, &spot) &&
	    (spot.shown->outcome == OUTCOME_GONE || spot.shown->outcome == OUTCOME_REUSED))
		return COMMAND_DISMISS;
	if (view == &view_map && timeline_of(screen))
		return COMMAND_PAUSE;
	if (screen_waits(screen) && view_works(view, COMMAND_BACK))
		return COMMAND_BACK;
	return COMMAND_NONE;
}

static const char *pane_name(enum view_id id)
{
	return id == VIEW_REGION     ? "region"
	       : id == VIEW_EVENTS   ? "events"
	       : id == VIEW_TASKS    ? "tasks"
	       : id == VIEW_LESSON   ? "lesson"
	       : id == VIEW_COUNTERS ? "counters"
				     : "map";
}

/* What a key is for just here. */
static const char *brief(const struct screen *screen, const struct view *view, const struct keymap_row *row)
{
	struct spot spot;

	if (row->command == COMMAND_CLOSE && view == &view_map && screen->has_list)
		return "list";
	if (row->command == COMMAND_CLOSE && view != &view_map && view != &view_processes)
		return "close";
	if (row->command == COMMAND_HELP && screen->help)
		return "close";
	if (row->command == COMMAND_HELP && screen->no_legend)
		return "cells";
	if (row->command == COMMAND_HELP && screen->cols >= ALL_KEYS_FROM)
		return "all keys";
	if (row->command == COMMAND_RECORD && screen->recording.on)
		return "stop recording";
	if (row->command == COMMAND_PANE && !screen_wide(screen))
		return pane_name(screen_next_pane(screen, true));
	if (row->command == COMMAND_TASKS && view == &view_tasks)
		return "map";
	if (row->command == COMMAND_TAG && screen->lesson.hidden)
		return "lesson";
	if (row->command == COMMAND_TAG && screen->lesson.open)
		return "go on";
	if (row->command == COMMAND_ENTER && view == &view_glossary)
		return screen->glossary.detail ? "list" : "more";
	if (row->command == COMMAND_ENTER && view == &view_processes && screen->processes.n_tags)
		return "open tagged";
	if (row->command == COMMAND_PAUSE && screen->paused)
		return "go on";
	if (row->command == COMMAND_MISSING && view == &view_missing)
		return "close";
	if (row->command == COMMAND_UP &&
	    (view == &view_help || view == &view_missing || view == &view_why || view == &view_counters))
		return "scroll";
	if (row->command == COMMAND_GLOSSARY && view == &view_glossary)
		return "close";
	if (row->command == COMMAND_BACK && view == &view_glossary)
		return "back";
	if (row->command == COMMAND_BACK && (view == &view_why || view == &view_sharers || view == &view_hot))
		return screen_waits(screen) ? "stop" : "close";
	if ((row->command == COMMAND_WHY && view == &view_why) ||
	    (row->command == COMMAND_SHARERS && view == &view_sharers) ||
	    (row->command == COMMAND_HOT && view == &view_hot))
		return "again";
	if (row->command == COMMAND_ASK && view == &view_why)
		return "try to collapse";
	if (row->command == COMMAND_ENTER && (view == &view_events || view == &view_hot))
		return "to its region";
	if (row->command == COMMAND_PAGE_UP && view == &view_events && foremost(screen, view) == row->command)
		return "read on";
	if (row->command == COMMAND_ENTER && view == &view_sharers)
		return "its map";
	if ((row->command == COMMAND_EVENTS && view == &view_events) ||
	    (row->command == COMMAND_COUNTERS && view == &view_counters))
		return "map";
	if (row->command == COMMAND_ENTER && view == &view_map && map_spot(screen, &spot) &&
	    map_line_folds(spot.line))
		return spot.line->open ? "fold" : "unfold";
	return row->brief;
}

/* A key and what it is for, if there is a key and it fits before `end`; a click there will do it. */
static int put_key(struct screen *screen, const struct pane *pane, int col, int end,
		   const struct keymap_row *row, const char *word)
{
	keymap_text keys;
	int word_col;

	keymap_keys(&screen->keymap, row, false, keys);
	word_col = col + text_width(pane->cells, keys) + 1;
	if (!*keys || word_col + text_width(pane->cells, word) + 1 > end)
		return col;
	pane_put(pane, 0, col, STYLE_BAR_STRONG, keys);
	end = pane_put(pane, 0, word_col, STYLE_BAR, word);
	if (screen->n_hints < HINTS_MAX)
		screen->hints[screen->n_hints++] =
			(struct hint){pane->row, pane->col + col, end - col, row, word_col - 1 - col};
	return end + 2;
}

/* Help and the way out, at the right: they have to be seen on any width. Returns where they begin. */
static int draw_ways_out(struct screen *screen, const struct pane *pane, const struct view *view)
{
	static const enum command ways[] = {COMMAND_CLOSE, COMMAND_HELP};
	int end = pane->cols;
	keymap_text keys;
	unsigned i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct keymap_row *row = keymap_row_of(ways[i]);
		const char *word = brief(screen, view, row);

		if (!*keymap_keys(&screen->keymap, row, false, keys))
			continue;
		end -= text_width(pane->cells, keys) + 1 + text_width(pane->cells, word) + 2;
		put_key(screen, pane, end + 1, pane->cols + 1, row, word);
	}
	return end;
}

/* What the mouse does in a view, before the ways out, where there is room for that. Returns where it begins. */
static int draw_mouse(const struct screen *screen, const struct pane *pane, const struct view *view, int end)
{
	const char *text = view == &view_region ? "click: choose a subpage"
			   : view_works(view, COMMAND_ENTER) && view != &view_lesson
				   ? "click: choose, twice: open"
				   : "wheel: scroll";

	if (!screen->looks.mouse || pane->cols < MOUSE_FROM)
		return end;
	end -= text_width(pane->cells, text) + 2;
	pane_put(pane, 0, end + 1, STYLE_BAR, text);
	return end;
}

bool status_ruled_out(const struct screen *screen, enum command command)
{
	return screen->read_only && (act_command_is(command) || command == COMMAND_HOT_CLEARED);
}

bool status_offers(const struct screen *screen, const struct view *view, enum command command)
{
	if (screen->scene.lost && screen_asks_far(view, command))
		return false;
	if (command == COMMAND_RECORD && screen->recording.refused)
		return false;
	if (status_ruled_out(screen, command))
		return false;
	if (timeline_of(screen) ? !timeline_offers(view, command)
				: timeline_command_is(command) && !tasks_command_is(command))
		return false;
	if (command == COMMAND_STEP_BACK && view == &view_lesson)
		return screen->lesson.stop.back;
	if (tasks_command_is(command) && !tasks_known(screen) && !timeline_of(screen))
		return false;
	if (command == COMMAND_TAG && view == &view_lesson && !lesson_waits(screen))
		return false;
	return !(command == COMMAND_ASK && view == &view_why &&
		 (inquiry_huge(&screen->inquiry) || inquiry_done(&screen->inquiry)));
}

/* One key, if it fits before `end`; returns the column behind it. */
static int offer(struct screen *screen, const struct pane *pane, const struct view *view,
		 enum command command, int col, int end)
{
	const struct keymap_row *row = keymap_row_in(view_place(view), command);

	if (!status_offers(screen, view, command))
		return col;
	/* The four that act are one there. */
	if (command == COMMAND_COLLAPSE && view != &view_hot)
		row = &keymap_row_act;
	else if (command == COMMAND_SPLIT || command == COMMAND_WRITE || command == COMMAND_FORK)
		return col;
	return row ? put_key(screen, pane, col, end, row, brief(screen, view, row)) : col;
}

/* Whether the message is told above the line, as it is too long for it. */
static bool is_long(const struct screen *screen, const struct cells *cells, int cols)
{
	return text_width(cells, screen->message) > cols;
}

int status_long_rows(const struct screen *screen, const struct cells *cells, int cols)
{
	struct cells none = {.ascii = cells->ascii};
	const struct pane text = {&none, 0, 0, 0, cols - 2};

	if (!screen->message || screen->dialog.kind != DIALOG_NONE || screen->act.menu.open ||
	    !is_long(screen, cells, cells->cols - LONG_FROM))
		return 0;
	return pane_wrap(&text, 0, LONG_ROWS, STYLE_TEXT, screen->message);
}

void status_draw_long(const struct screen *screen, const struct pane *pane)
{
	const struct pane *events = &screen->panes[VIEW_EVENTS];
	struct pane text, above = *pane;
	int rows, row;

	above.rows--;
	if (events->rows && screen->focus != VIEW_EVENTS) /* the newest of them is the same in short */
		above = pane_part(pane, 0, 0, events->row, events->cols);
	rows = status_long_rows(screen, pane->cells, above.cols);
	text = pane_part(&above, above.rows - rows, 0, rows, above.cols);
	for (row = 0; row < rows; row++)
		pane_fill(&text, row, 0, text.cols, STYLE_BAR, " ");
	text = pane_part(&text, 0, 1, rows, text.cols - 2);
	pane_wrap(&text, 0, rows, STYLE_BAR_WARN, screen->message);
}

void status_draw_message(const struct screen *screen, const struct pane *pane)
{
	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	pane_put_head(pane, 0, 1, pane->cols - 2, STYLE_BAR_WARN, screen->message);
}

/* The others in the view's own order, which puts first what is most useful there. */
void status_draw(struct screen *screen, const struct pane *pane, const struct view *view)
{
	enum command first = foremost(screen, view);
	char under_way[160];
	const enum command *command;
	int col = 1, end;

	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	end = draw_ways_out(screen, pane, view);
	if (screen->message && !is_long(screen, pane->cells, pane->cols - LONG_FROM)) {
		pane_put_head(pane, 0, 1, end - 2, STYLE_BAR_WARN, screen->message);
		return;
	}
	if (act_under_way(screen, under_way, sizeof(under_way))) {
		pane_put_head(pane, 0, 1, end - 2, STYLE_BAR_WARN, under_way);
		return;
	}
	end = draw_mouse(screen, pane, view, end);
	if (first != COMMAND_NONE)
		col = offer(screen, pane, view, first, col, end);
	for (command = view->commands; *command != COMMAND_NONE; command++)
		if (*command != first && *command != COMMAND_HELP && *command != COMMAND_CLOSE &&
		    *command != COMMAND_MISSING)
			col = offer(screen, pane, view, *command, col, end);
	offer(screen, pane, view, COMMAND_MISSING, col, end);
}
