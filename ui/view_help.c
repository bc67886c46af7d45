/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help: a legend of the real cells, the keys, the words. */
#include <stdio.h>
#include <string.h>

#include "ui/help_text.h"
#include "ui/marks.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define TERM_COLS 15
#define TWO_COLUMNS 90 /* from this width on the cells stand in two columns */

static int heading(const struct pane *pane, int row, const char *text)
{
	return row + pane_wrap(pane, row, 3, STYLE_STRONG, text);
}

static int draw_signs(const struct pane *pane, int row, const struct help_sign *sign)
{
	for (; sign->sign; sign++)
		row = scroll_entry(pane, row, 4, sign->style, sign->sign, sign->text);
	return row;
}

static int draw_legend(const struct pane *pane, int row)
{
	int columns = pane->cols >= TWO_COLUMNS ? 2 : 1, last = row, at;
	unsigned i, per = (SYMBOL_COUNT + (unsigned)columns - 1) / (unsigned)columns;
	struct pane column = *pane;

	row = heading(pane, row, "Cells of the map and of bars; the letter: in ASCII, and under the cursor");
	column.cols /= columns;
	for (i = 0, at = row; i < SYMBOL_COUNT; i++) {
		if (i == per) {
			column.col += column.cols;
			at = row;
		}
		shape_put(&column, at, 0, (enum symbol)i);
		shape_put_letter(&column, at, 2, (enum symbol)i);
		at = scroll_entry(&column, at, 4, STYLE_TEXT, NULL, symbol_table[i].label);
		last = at > last ? at : last;
	}
	row = draw_signs(pane, last, help_marks);
	row = heading(pane, row + 1, "Subpages of a region: their mapcount");
	return draw_signs(pane, row, help_signs) + 1;
}

/* Narration; a line that begins with a newline begins a paragraph. */
static int draw_script(const struct screen *screen, const struct pane *pane, int row)
{
	size_t i;

	row = heading(pane, row, "The script says");
	for (i = 0; i < screen->n_narration; i++) {
		row += screen->narration[i][0] == '\n';
		row += pane_wrap(pane, row, 8, STYLE_TEXT, narration_line(screen, i));
	}
	return row + 1;
}

/* Whether a key does the same wherever one is. */
static bool everywhere(enum command command)
{
	return command == COMMAND_HELP || command == COMMAND_GLOSSARY || command == COMMAND_MISSING ||
	       command == COMMAND_PAUSE || command == COMMAND_RECORD || looks_command_is(command) ||
	       command == COMMAND_CLOSE || command == COMMAND_REDRAW || command == COMMAND_SUSPEND ||
	       command == COMMAND_QUIT;
}

/* Of a model and of a recording what does nothing on this map need not be read. */
static bool works(const struct screen *screen, const struct view *view, enum command command)
{
	return view_works(view, command) && !status_ruled_out(screen, command) &&
	       ((view != &view_map && view != &view_region) || status_offers(screen, view, command));
}

/* The keys of one view, or (NULL) those that work everywhere. */
static int draw_keys(const struct screen *screen, const struct pane *pane, int row, const char *title,
		     const struct view *view)
{
	const struct keymap_row *entry;
	enum command command;
	keymap_text keys;
	unsigned i;

	row = heading(pane, row, title);
	for (i = 0; i < keymap_n_rows; i++) {
		command = keymap_rows[i].command;
		entry = view ? keymap_row_in(view_place(view), command) : &keymap_rows[i];
		if ((view ? works(screen, view, command) && !everywhere(command) : everywhere(command)) &&
		    *keymap_keys(&screen->keymap, entry, true, keys))
			row = scroll_entry(pane, row, TERM_COLS, STYLE_STRONG, keys, entry->text);
	}
	return row + 1;
}

static int draw_words(const struct pane *pane, int row, const struct help_word *word)
{
	for (; word->word; word++)
		row = scroll_entry(pane, row, TERM_COLS, STYLE_STRONG, word->word, word->text);
	return row;
}

/* The words have a view of their own. */
static int draw_glossary_key(const struct screen *screen, const struct pane *pane, int row)
{
	char text[KEYMAP_TEXT + 96];
	keymap_text key;

	keymap_keys_of(&screen->keymap, COMMAND_GLOSSARY, key);
	snprintf(text, sizeof(text), "%s%stells what the words mean, those on the screen first.",
		 *key ? key : "The glossary", " ");
	return row + pane_wrap(pane, row, 3, STYLE_TEXT, text);
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row)
{
	row = draw_legend(pane, row);
	if (screen->n_narration)
		row = draw_script(screen, pane, row);
	row = draw_keys(screen, pane, row, "Keys everywhere", NULL);
	if (screen->looks.mouse)
		row = draw_words(pane, heading(pane, row, "Mouse"), help_mouse) + 1;
	row = draw_keys(screen, pane, row, "Keys in the list of processes", &view_processes);
	row = draw_keys(screen, pane, row, "Keys on the map", &view_map);
	row = draw_keys(screen, pane, row, "Keys in a region", &view_region);
	row = draw_keys(screen, pane, row, "Keys in the events", &view_events);
	row = draw_keys(screen, pane, row, "Keys in a model's tasks", &view_tasks);
	row = draw_keys(screen, pane, row, "Keys in a lesson", &view_lesson);
	row = draw_keys(screen, pane, row, "Keys where reasons are told", &view_why);
	row = draw_keys(screen, pane, row, "Keys where sharers are told", &view_sharers);
	row = draw_keys(screen, pane, row, "Keys where what is used most is told", &view_hot);
	row = draw_keys(screen, pane, row, "Keys where words are told", &view_glossary);
	row = heading(pane, row, "Words");
	return draw_glossary_key(screen, pane, row);
}

/* Where things come to lie depends on the width alone: measured without drawing. */
static void fit(struct screen *screen, int rows, int cols)
{
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	scroll_fit(&screen->help_scroll, rows, draw_all(screen, &part, 0));
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane part = scroll_inner(pane);

	(void)focused; /* it is alone */
	draw_all(screen, &part, -screen->help_scroll.top);
	scroll_marks(&screen->help_scroll, pane);
}

static void command(struct screen *screen, enum command command)
{
	scroll_command(&screen->help_scroll, command);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	scroll_mouse(&screen->help_scroll, mouse);
}

static const enum command commands[] = {COMMAND_UP,   COMMAND_PAGE_UP, COMMAND_BACK, COMMAND_GLOSSARY,
					COMMAND_HELP, COMMAND_CLOSE,   COMMAND_NONE};

const struct view view_help = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
