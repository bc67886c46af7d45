/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bottom line: the keys that work here, or a message. */
#include "ui/screen.h"
#include "ui/theme.h"

static const struct keymap_row *row_of(enum command command)
{
	unsigned i;

	for (i = 0; i < keymap_n_rows; i++)
		if (keymap_rows[i].command == command)
			return &keymap_rows[i];
	return NULL;
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
	if (row->command == COMMAND_PAUSE && screen->paused)
		return "go on";
	if (row->command == COMMAND_MISSING && view == &view_missing)
		return "close";
	if (row->command == COMMAND_UP && (view == &view_help || view == &view_missing))
		return "scroll";
	if (row->command == COMMAND_ENTER && view == &view_map && map_spot(screen, &spot) &&
	    spot.line->kind == LINE_SMALL)
		return screen->map.small_open ? "fold" : "unfold";
	return row->brief;
}

static int put_key(const struct pane *pane, int col, const struct keymap_row *row, const char *word)
{
	col = pane_put(pane, 0, col, STYLE_BAR_STRONG, row->keys);
	return pane_put(pane, 0, col + 1, STYLE_BAR, word) + 2;
}

static int width_of(const struct pane *pane, const struct keymap_row *row, const char *word)
{
	return text_width(pane->cells, row->keys) + 1 + text_width(pane->cells, word) + 2;
}

/* Help and the way out, at the right: they have to be seen on any width. Returns where they begin. */
static int draw_ways_out(const struct screen *screen, const struct pane *pane, const struct view *view)
{
	static const enum command ways[] = {COMMAND_CLOSE, COMMAND_HELP};
	int end = pane->cols;
	unsigned i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct keymap_row *row = row_of(ways[i]);

		end -= width_of(pane, row, brief(screen, view, row));
		put_key(pane, end + 1, row, brief(screen, view, row));
	}
	return end;
}

/* One key, if it fits before `end`; returns the column behind it. */
static int offer(const struct screen *screen, const struct pane *pane, const struct view *view,
		 enum command command, int col, int end)
{
	const struct keymap_row *row = row_of(command);

	if (!row || col + width_of(pane, row, brief(screen, view, row)) > end)
		return col;
	return put_key(pane, col, row, brief(screen, view, row));
}

/* The others in the view's own order, which puts first what is most useful there. */
void status_draw(const struct screen *screen, const struct pane *pane, const struct view *view)
{
	const enum command *command;
	int col = 1, end;

	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	end = draw_ways_out(screen, pane, view);
	if (screen->message) {
		pane_put_head(pane, 0, 1, end - 2, STYLE_BAR_WARN, screen->message);
		return;
	}
	for (command = view->commands; *command != COMMAND_NONE; command++)
		if (*command != COMMAND_HELP && *command != COMMAND_CLOSE && *command != COMMAND_MISSING)
			col = offer(screen, pane, view, *command, col, end);
	offer(screen, pane, view, COMMAND_MISSING, col, end);
}
