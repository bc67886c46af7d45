/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the words mean: a list, and all of one. */
#include <stdio.h>
#include <string.h>

#include "ui/glossary.h"
#include "ui/screen_parts.h"
#include "ui/theme.h"

#define TERM_COLS 17
#define TERM_COLS_NARROW 13
#define NARROW 60 /* columns below which they do */
#define TEXT_ROWS 12

void glossary_toggle(struct screen *screen)
{
	const bool open = screen_front(screen) != VIEW_GLOSSARY; /* the help may stand over it */

	memset(&screen->glossary, 0, sizeof(screen->glossary));
	screen->glossary.open = screen->glossary.fresh = open;
	screen->help = screen->missing = false;
}

void glossary_back(struct screen *screen)
{
	struct glossary_state *state = &screen->glossary;

	if (state->detail)
		state->detail = false;
	else if (*state->filter_text)
		state->filter_text[0] = '\0';
	else
		state->open = false;
	state->scroll.top = 0;
}

void glossary_look(struct screen *screen, const struct cells *cells)
{
	struct glossary_state *state = &screen->glossary;
	struct buf text = {0};

	cells_dump(cells, &text);
	for (size_t at = 0; at < glossary_n && at < GLOSSARY_MAX; at++)
		state->here[at] = glossary_stands(&glossary[at], text.data ? text.data : "");
	buf_fini(&text);
	state->fresh = false;
}

/* What comes first: what stands on the screen; of what is searched, that of which the name fits. */
static bool is_first(const struct glossary_state *state, size_t at)
{
	return *state->filter_text ? strcasestr(glossary[at].term, state->filter_text) != NULL
				   : state->here[at];
}

const struct glossary_term *glossary_at(const struct screen *screen, size_t nth)
{
	const struct glossary_state *state = &screen->glossary;

	for (int others = 0; others < 2; others++)
		for (size_t at = 0; at < glossary_n && at < GLOSSARY_MAX; at++)
			if (is_first(state, at) == !others &&
			    glossary_fits(&glossary[at], state->filter_text) && !nth--)
				return &glossary[at];
	return NULL;
}

static int term_cols(const struct pane *pane)
{
	return pane->cols < NARROW ? TERM_COLS_NARROW : TERM_COLS;
}

static bool stood(const struct screen *screen, const struct glossary_term *term)
{
	return screen->glossary.here[term - glossary];
}

/* All of the list from `row` on, also what is scrolled out; the cursor's rows are noted. Returns the row behind it. */
static int draw_list(const struct screen *screen, const struct pane *pane, int row, int *line, int *end)
{
	const struct glossary_state *state = &screen->glossary;
	const struct glossary_term *term;
	int before = -1;
	char text[2 * PROMPT_BYTES];

	*line = *end = row;
	if (*state->filter_text) {
		snprintf(text, sizeof(text), "Words with \"%s\"; Esc shows all", state->filter_text);
		row += pane_wrap(pane, row, 2, STYLE_WARN, text);
	}
	for (size_t nth = 0; (term = glossary_at(screen, nth)); nth++) {
		if (before != stood(screen, term) && !*state->filter_text) {
			row += before >= 0;
			row += pane_wrap(pane, row, 2, STYLE_STRONG,
					 stood(screen, term) ? "On the screen" : "Other words");
		}
		before = stood(screen, term);
		if (nth == state->cursor)
			*line = row;
		row = scroll_entry(pane, row, term_cols(pane),
				   nth == state->cursor ? STYLE_STRONG : STYLE_TEXT, term->term, term->text);
		if (nth == state->cursor)
			*end = row;
	}
	if (before < 0)
		row += pane_wrap(pane, row, 2, STYLE_DIM, "No word fits.");
	return row;
}

static int put(const struct pane *pane, int row, uint8_t style, const char *before, const char *text,
	       const char *behind)
{
	struct buf line = {0};

	if (!*text)
		return row;
	buf_printf(&line, "%s%s%s", before, text, behind);
	row += pane_wrap(pane, row, TEXT_ROWS, style, line.data) + 1;
	buf_fini(&line);
	return row;
}

/* "also: ptes, pte entry". */
static int put_spellings(const struct pane *pane, int row, const struct glossary_term *term)
{
	struct buf text = {0};

	for (const char *at = term->also; *at; at++) {
		if (*at == '|')
			buf_puts(&text, "; ");
		else
			buf_putc(&text, *at);
	}
	if (text.len)
		row = put(pane, row, STYLE_DIM, "also: ", text.data, "");
	buf_fini(&text);
	return row;
}

static int draw_term(const struct screen *screen, const struct pane *pane, int row)
{
	const struct glossary_term *term = glossary_at(screen, screen->glossary.cursor);

	if (!term)
		return row;
	row += pane_wrap(pane, row, 2, STYLE_STRONG, term->term) + 1;
	row = put(pane, row, STYLE_TEXT, "", term->text, "");
	row = put(pane, row, STYLE_TEXT, "", term->more, "");
	row = put(pane, row, STYLE_TEXT, "On the screen: ", term->where, "");
	row = put(pane, row, STYLE_TEXT, "A lesson teaches it: thpscope lesson run ", term->lesson, "");
	return put_spellings(pane, row, term) - 1;
}

static int draw_all(const struct screen *screen, const struct pane *pane, int row, int *line, int *end)
{
	if (!screen->glossary.detail)
		return draw_list(screen, pane, row, line, end);
	*line = *end = row;
	return draw_term(screen, pane, row);
}

/* Where things come to lie depends on the width alone: measured without drawing. */
static void fit(struct screen *screen, int rows, int cols)
{
	struct glossary_state *state = &screen->glossary;
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	while (state->cursor && !glossary_at(screen, state->cursor))
		state->cursor--;
	scroll_fit(&state->scroll, rows, draw_all(screen, &part, 0, &state->line, &state->line_end));
	if (state->detail)
		return;
	if (state->line_end > state->scroll.top + rows)
		state->scroll.top = state->line_end - rows;
	if (!state->cursor)
		state->scroll.top = 0;
	if (state->line < state->scroll.top)
		state->scroll.top = state->line;
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct glossary_state *state = &screen->glossary;
	const struct pane part = scroll_inner(pane);
	int line, end;

	(void)focused; /* it is alone */
	draw_all(screen, &part, -state->scroll.top, &line, &end);
	scroll_marks(&state->scroll, pane);
	if (state->detail || !glossary_at(screen, state->cursor))
		return;
	for (int row = line; row < end; row++)
		pane_mark(pane, row, 0, row == line ? term_cols(pane) : 1, MARK_CURSOR);
	pane->cells->cursor_row = pane->row + line;
	pane->cells->cursor_col = pane->col;
}

static void go(struct screen *screen, int by)
{
	struct glossary_state *state = &screen->glossary;

	for (; by > 0 && glossary_at(screen, state->cursor + 1); by--)
		state->cursor++;
	for (; by < 0 && state->cursor; by++)
		state->cursor--;
}

static void command(struct screen *screen, enum command command)
{
	struct glossary_state *state = &screen->glossary;
	const int page = state->scroll.rows > 6 ? state->scroll.rows / 3 : 2;

	if (command == COMMAND_SEARCH) {
		state->detail = false;
		prompt_open(&screen->prompt, PROMPT_SEARCH, "");
	} else if (command == COMMAND_ENTER) {
		state->detail = !state->detail;
		state->scroll.top = 0;
	} else if (state->detail) {
		scroll_command(&state->scroll, command);
	} else if (command == COMMAND_UP || command == COMMAND_DOWN) {
		go(screen, command == COMMAND_DOWN ? 1 : -1);
	} else if (command == COMMAND_PAGE_UP || command == COMMAND_PAGE_DOWN) {
		go(screen, command == COMMAND_PAGE_DOWN ? page : -page);
	} else if (command == COMMAND_HOME || command == COMMAND_END) {
		go(screen, command == COMMAND_END ? GLOSSARY_MAX : -GLOSSARY_MAX);
	}
}

/* The list follows what is typed; Esc shows all. */
static void typed(struct screen *screen, enum prompt_kind kind, const char *text, enum prompt_end how)
{
	struct glossary_state *state = &screen->glossary;

	(void)kind; /* there is one */
	snprintf(state->filter_text, sizeof(state->filter_text), "%s", how == PROMPT_LEFT ? "" : text);
	state->cursor = 0;
}

/* The word on a row of the pane. */
static void choose(struct screen *screen, int row)
{
	struct glossary_state *state = &screen->glossary;
	const size_t before = state->cursor;
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, screen->panes[VIEW_GLOSSARY].cols}, part = scroll_inner(&pane);
	int line, end;

	for (state->cursor = 0; glossary_at(screen, state->cursor); state->cursor++) {
		draw_list(screen, &part, -state->scroll.top, &line, &end);
		if (line <= row && row < end)
			return;
	}
	state->cursor = before;
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	if (!screen->glossary.detail && (mouse->what == MOUSE_CLICK || mouse->what == MOUSE_DOUBLE))
		choose(screen, mouse->row);
	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN)
		command(screen, mouse->what == MOUSE_WHEEL_DOWN ? COMMAND_DOWN : COMMAND_UP);
	else if (mouse->what == MOUSE_DOUBLE)
		command(screen, COMMAND_ENTER);
}

static const enum command commands[] = {COMMAND_UP,    COMMAND_ENTER,	COMMAND_SEARCH, COMMAND_BACK,
					COMMAND_HOME,  COMMAND_PAGE_UP, COMMAND_HELP,	COMMAND_GLOSSARY,
					COMMAND_CLOSE, COMMAND_NONE};

const struct view view_glossary = {commands, fit, draw, command, mouse, typed};
