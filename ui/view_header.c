/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines around the views: what is looked at, how, at what cost, what is missing; and the keys that work. */
#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/theme.h"

#define ROOMY_ROWS 16	  /* from this height on the header has its second line */
#define NARRATION_ROWS 20 /* and shows a line of a script's narration */
#define NARRATION_MAX 3
#define AIRY_ROWS 40 /* and sets itself off by a blank line */

/* What its absence makes unknown on this screen; the help tells of the others too. */
static const enum capability needed[] = {CAP_PFN, CAP_KPAGEFLAGS, CAP_KPAGECOUNT};

static bool lacks(const struct capabilities *caps, enum capability capability)
{
	return !capable(caps, capability) && caps->missing[capability];
}

/* "10 Hz, 0.4% of a core" */
static void rate_text(const struct screen *screen, char *text, size_t size)
{
	double hertz;

	*text = '\0';
	if (screen->paused) {
		snprintf(text, size, "PAUSED");
	} else if (screen->interval_ns) {
		hertz = 1e9 / (double)screen->interval_ns;
		snprintf(text, size, hertz < 9.95 ? "%.1f Hz %.1f%%" : "%.0f Hz %.1f%%", hertz,
			 screen->share);
	}
}

static void draw_bar(const struct screen *screen, const struct pane *bar)
{
	const struct moment *moment = screen->scene.newest;
	int end = bar->cols - 1, col;
	char text[96];

	pane_fill(bar, 0, 0, bar->cols, STYLE_BAR, " ");
	rate_text(screen, text, sizeof(text));
	end = pane_put_right(bar, 0, end, screen->paused ? STYLE_BAR_WARN : STYLE_BAR, text);
	snprintf(text, sizeof(text), "thpscope%s%s", screen->title ? " " : "",
		 screen->title ? screen->title : "");
	col = pane_put_head(bar, 0, 1, end - 2, STYLE_BAR_STRONG, text);
	if (!moment)
		return;
	snprintf(text, sizeof(text), "%s%s%s", moment->source ? moment->source : "",
		 moment->system.release && *moment->system.release ? " · Linux " : "",
		 moment->system.release ? moment->system.release : "");
	if (end - col > 8)
		pane_put_head(bar, 0, col + 2, end - col - 3, STYLE_BAR, text);
}

/* The knobs on the left; on the right what is not known for want of a capability. */
static void draw_knobs(const struct screen *screen, const struct pane *line)
{
	static const struct {
		const char *knob, *label;
	} knobs[] = {{"enabled", "THP"}, {"defrag", "defrag"}, {"shmem_enabled", "shmem"}};
	const struct moment *moment = screen->scene.newest;
	int col = 1, end = line->cols - 1;
	const char *value;
	char text[160] = "";
	size_t i;

	if (!moment)
		return;
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (lacks(&moment->caps, needed[i]))
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 *text ? " " : "missing ", capability_name(needed[i]));
	if (*text) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ": ? says why");
		end = pane_put_right(line, 0, end, STYLE_WARN, text);
	}
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		value = figure_value(moment->system.knobs, moment->system.n_knobs, knobs[i].knob);
		snprintf(text, sizeof(text), "%s %s", knobs[i].label, value ? value : "unknown");
		if (col + (int)strlen(text) >= end)
			break;
		col = pane_put(line, 0, col, STYLE_DIM, knobs[i].label);
		col = pane_put(line, 0, col + 1, STYLE_TEXT, value ? value : "unknown") + 2;
	}
}

/* The first lines of a script's narration; the help has all. Returns how many. */
static int draw_narration(const struct screen *screen, const struct pane *pane, int row)
{
	static const char more[] = "? tells the rest";
	size_t n = pane->rows >= AIRY_ROWS ? NARRATION_MAX : 1, i;
	int end = pane->cols - 1;

	for (i = 0; i < n && i < screen->n_narration; i++) {
		if (i + 1 == n && n < screen->n_narration)
			end = pane_put_right(pane, row + (int)i, end, STYLE_DIM, more) - 1;
		pane_put_head(pane, row + (int)i, 1, end - 1, STYLE_TEXT, narration_line(screen, i));
	}
	return (int)i;
}

int header_draw(const struct screen *screen, const struct pane *pane)
{
	struct pane line = pane_part(pane, 0, 0, 1, pane->cols);
	int row = 1;

	draw_bar(screen, &line);
	if (pane->rows < ROOMY_ROWS)
		return row;
	line = pane_part(pane, row++, 0, 1, pane->cols);
	draw_knobs(screen, &line);
	if (pane->rows < NARRATION_ROWS)
		return row;
	return row + draw_narration(screen, pane, row) + (pane->rows >= AIRY_ROWS);
}

static bool works(const struct view *view, enum command command)
{
	const enum command *at;

	for (at = view->commands; *at != COMMAND_NONE; at++)
		if (*at == command)
			return true;
	return false;
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
	if (row->command == COMMAND_UP && view == &view_help)
		return "scroll";
	if (row->command == COMMAND_ENTER && view == &view_map && map_spot(screen, &spot) &&
	    map_line_folds(spot.line))
		return spot.line->open ? "fold" : "unfold";
	return row->brief;
}

/* A key and what it is for; a click there will do it. */
static int put_key(struct screen *screen, const struct pane *pane, int col, const struct keymap_row *row,
		   const char *keys, const char *word)
{
	int word_col = pane_put(pane, 0, col, STYLE_BAR_STRONG, keys) + 1;
	int end = pane_put(pane, 0, word_col, STYLE_BAR, word);

	if (screen->n_hints < HINTS_MAX)
		screen->hints[screen->n_hints++] =
			(struct hint){pane->row, pane->col + col, end - col, row, word_col - 1 - col};
	return end + 2;
}

void status_draw(struct screen *screen, const struct pane *pane, const struct view *view)
{
	int col = 1, end = pane->cols, width;
	const struct keymap_row *row;
	keymap_text keys;
	unsigned i, pass;

	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	/* Help and the way out first, at the right: they have to be seen on any width. */
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < keymap_n_rows; i++) {
			row = &keymap_rows[pass ? i : keymap_n_rows - 1 - i];
			if (!works(view, row->command) ||
			    (row->command == COMMAND_HELP || row->command == COMMAND_CLOSE) == (pass == 1))
				continue;
			if (!*keymap_keys(&screen->keymap, row, false, keys))
				continue;
			width = text_width(pane->cells, keys) + 1 +
				text_width(pane->cells, brief(screen, view, row)) + 2;
			if (!pass) {
				end -= width;
				put_key(screen, pane, end + 1, row, keys, brief(screen, view, row));
			} else if (!screen->message && col + width <= end) {
				col = put_key(screen, pane, col, row, keys, brief(screen, view, row));
			}
		}
	}
	if (screen->message)
		pane_put_head(pane, 0, 1, end - 2, STYLE_BAR_WARN, screen->message);
}
