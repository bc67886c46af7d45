/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who maps a folio, where and how; whether all of them were found. Enter opens a map there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/theme.h"

#define WIDE 60 /* columns from which on a line has all */
#define PID_COLS 7
#define COMM_COLS 16
#define ADDR_COLS 12
#define HOW_COLS 16 /* "pte, not aligned" */
#define WHEEL_ROWS 3

static const struct sharers *found(const struct screen *screen)
{
	const struct answer *answer = screen->inquiry.answer;

	return answer && !answer->error ? &answer->sharers : NULL;
}

/* Lines, each over several rows if need be; of sentences that come with a newline each. */
static int draw_lines(const struct pane *pane, int row, uint8_t style, char *text)
{
	char *line, *rest = NULL;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		row += pane_wrap(pane, row, 3, style, line);
	return row;
}

/* What folio it is, what its mapcount says, whether what was found adds up to it, and how far the search went. */
static int draw_folio(const struct pane *pane, int row, const struct sharers *sharers)
{
	struct buf text = {0};

	sharers_say_folio(sharers, &text);
	buf_putc(&text, '\n');
	sharers_say_mapcount(sharers, &text);
	row = draw_lines(pane, row, STYLE_TEXT, text.data);
	buf_clear(&text);
	sharers_say_sum(sharers, &text);
	if (text.len)
		row = draw_lines(pane, row, sharers->complete ? STYLE_TEXT : STYLE_WARN, text.data);
	buf_fini(&text);
	return row;
}

/* All but the list; returns the row behind. */
static int draw_head(const struct screen *screen, const struct pane *pane)
{
	const struct sharers *sharers = found(screen);
	int row = inquiry_title(&screen->inquiry, pane, 0, "who maps:");

	char text[96];

	if (!sharers)
		return row;
	if (screen->inquiry.others) {
		snprintf(text, sizeof(text), "This is one page's folio; behind the region are %u more.",
			 screen->inquiry.others);
		row += pane_wrap(pane, row, 3, STYLE_WARN, text);
	}
	return draw_folio(pane, row, sharers) + 1;
}

static void draw_sharer(const struct pane *pane, int row, const struct sharers *sharers,
			const struct sharer *sharer)
{
	bool wide = pane->cols >= WIDE;
	int col = pane_printf(pane, row, 0, STYLE_TEXT, "%*d", PID_COLS, (int)sharer->pid) + 1;
	struct buf text = {0};

	if (wide) {
		pane_put_head(pane, row, col, COMM_COLS, STYLE_TEXT, sharer->comm ? sharer->comm : "");
		col += COMM_COLS + 1;
	}
	col = pane_printf(pane, row, col, STYLE_TEXT, "%*" PRIx64, ADDR_COLS, sharer->addr) + 1;
	pane_put_head(pane, row, col, wide ? HOW_COLS : 4, STYLE_STRONG, sharer_how(sharer));
	col += (wide ? HOW_COLS : 4) + 1;
	sharer_subpages(sharers, sharer, &text);
	if (sharer->same_as)
		buf_printf(&text, ", the memory of %d", (int)sharer->same_as);
	pane_put_head(pane, row, col, pane->cols - col, STYLE_TEXT, text.data);
	buf_fini(&text);
}

/* What the columns of the list are, as draw_sharer has them. */
static void draw_heading(const struct pane *pane, int row)
{
	if (pane->cols >= WIDE)
		pane_printf(pane, row, 0, STYLE_DIM, "%*s %-*s %*s %-*s subpages", PID_COLS, "PID", COMM_COLS,
			    "command", ADDR_COLS, "address", HOW_COLS, "mapped by");
	else
		pane_printf(pane, row, 0, STYLE_DIM, "%*s %*s by   subpages", PID_COLS, "PID", ADDR_COLS,
			    "address");
}

static int list_rows(const struct screen *screen, const struct pane *inner)
{
	struct cells none = {0};
	struct pane measured = {&none, 0, 0, 0, inner->cols};

	return inner->rows - draw_head(screen, &measured);
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct inquiry_state *state = &screen->inquiry;
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, rows, cols}, inner = scroll_inner(&pane);
	const struct sharers *sharers = found(screen);
	int at = (int)state->at, visible = list_rows(screen, &inner);

	scroll_fit(&state->scroll, visible > 0 ? visible : 1, sharers ? (int)sharers->n : 0);
	if (sharers && state->at >= sharers->n)
		state->at = sharers->n ? sharers->n - 1 : 0;
	if (at < state->scroll.top)
		state->scroll.top = at;
	if (at >= state->scroll.top + state->scroll.rows)
		state->scroll.top = at - state->scroll.rows + 1;
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct inquiry_state *state = &screen->inquiry;
	const struct sharers *sharers = found(screen);
	struct pane inner = scroll_inner(pane), list;
	int top = draw_head(screen, &inner), row;
	size_t at = (size_t)state->scroll.top;

	(void)focused; /* it is alone */
	if (!sharers)
		return;
	draw_heading(&inner, top - 1);
	list = pane_part(&inner, top, 0, inner.rows - top, inner.cols);
	if (!sharers->n)
		pane_put(&list, 0, 0, STYLE_DIM, "nobody maps it");
	for (row = 0; row < list.rows && at < sharers->n; row++, at++) {
		draw_sharer(&list, row, sharers, &sharers->items[at]);
		if (at != state->at)
			continue;
		pane_mark(&list, row, 0, list.cols, MARK_CURSOR);
		pane->cells->cursor_row = list.row + row;
		pane->cells->cursor_col = list.col;
	}
	list.cols++;
	scroll_marks(&state->scroll, &list);
}

static void command(struct screen *screen, enum command command)
{
	struct inquiry_state *state = &screen->inquiry;
	const struct sharers *sharers = found(screen);
	size_t last = sharers && sharers->n ? sharers->n - 1 : 0, page = (size_t)state->scroll.rows;

	if (!sharers || !sharers->n)
		return;
	if (command == COMMAND_ENTER) {
		screen_join(screen, sharers->items[state->at].pid, sharers->items[state->at].start_time,
			    sharers->items[state->at].addr);
		return;
	}
	if (command == COMMAND_UP)
		state->at -= state->at > 0;
	else if (command == COMMAND_DOWN)
		state->at += state->at < last;
	else if (command == COMMAND_PAGE_UP)
		state->at -= state->at > page ? page : state->at;
	else if (command == COMMAND_PAGE_DOWN)
		state->at += last - state->at > page ? page : last - state->at;
	else if (command == COMMAND_HOME)
		state->at = 0;
	else if (command == COMMAND_END)
		state->at = last;
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	struct inquiry_state *state = &screen->inquiry;
	const struct sharers *sharers = found(screen);
	size_t row;
	int i;

	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN) {
		for (i = 0; i < WHEEL_ROWS; i++)
			command(screen, mouse->what == MOUSE_WHEEL_UP ? COMMAND_UP : COMMAND_DOWN);
		return;
	}
	if (!sharers)
		return;
	row = (size_t)(mouse->row - (screen->panes[VIEW_SHARERS].rows - state->scroll.rows) +
		       state->scroll.top);
	if (mouse->row < screen->panes[VIEW_SHARERS].rows - state->scroll.rows || row >= sharers->n)
		return;
	state->at = row;
	if (mouse->what == MOUSE_DOUBLE)
		command(screen, COMMAND_ENTER);
}

static const enum command commands[] = {COMMAND_ENTER, COMMAND_SHARERS, COMMAND_WHY,  COMMAND_GLOSSARY,
					COMMAND_BACK,  COMMAND_UP,	COMMAND_HOME, COMMAND_PAGE_UP,
					COMMAND_HELP,  COMMAND_CLOSE,	COMMAND_NONE};

const struct view view_sharers = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
