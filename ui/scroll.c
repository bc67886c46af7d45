/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scrolling, and the entries of the texts that scroll. */
#include "ui/scroll.h"

#include "ui/theme.h"

#define ENTRY_ROWS 12
#define WHEEL_ROWS 3

static int top_max(const struct scroll *scroll)
{
	return scroll->lines > scroll->rows ? scroll->lines - scroll->rows : 0;
}

static void bound(struct scroll *scroll)
{
	if (scroll->top > top_max(scroll))
		scroll->top = top_max(scroll);
	if (scroll->top < 0)
		scroll->top = 0;
}

void scroll_fit(struct scroll *scroll, int rows, int lines)
{
	scroll->rows = rows;
	scroll->lines = lines;
	bound(scroll);
}

void scroll_command(struct scroll *scroll, enum command command)
{
	int page = scroll->rows > 2 ? scroll->rows - 1 : 1;

	if (command == COMMAND_UP)
		scroll->top--;
	else if (command == COMMAND_DOWN)
		scroll->top++;
	else if (command == COMMAND_PAGE_UP)
		scroll->top -= page;
	else if (command == COMMAND_PAGE_DOWN)
		scroll->top += page;
	else if (command == COMMAND_HOME)
		scroll->top = 0;
	else if (command == COMMAND_END)
		scroll->top = top_max(scroll);
	bound(scroll);
}

void scroll_mouse(struct scroll *scroll, const struct mouse *mouse)
{
	if (mouse->what == MOUSE_WHEEL_UP)
		scroll->top -= WHEEL_ROWS;
	else if (mouse->what == MOUSE_WHEEL_DOWN)
		scroll->top += WHEEL_ROWS;
	bound(scroll);
}

void scroll_marks(const struct scroll *scroll, const struct pane *pane)
{
	if (scroll->top < top_max(scroll))
		pane_put(pane, pane->rows - 1, pane->cols - 1, STYLE_STRONG, "↓");
	if (scroll->top)
		pane_put(pane, 0, pane->cols - 1, STYLE_STRONG, "↑");
}

struct pane scroll_inner(const struct pane *pane)
{
	return (struct pane){pane->cells, pane->row, pane->col + 1, pane->rows, pane->cols - 2};
}

int scroll_entry(const struct pane *pane, int row, int cols, uint8_t style, const char *term,
		 const char *text)
{
	struct pane beside = *pane;
	int rows;

	/* pane_part would cut what is scrolled out above. */
	beside.col += cols;
	beside.cols = beside.cols > cols ? beside.cols - cols : 0;
	if (term)
		pane_put_head(pane, row, 0, cols - 1, style, term);
	rows = pane_wrap(&beside, row, ENTRY_ROWS, STYLE_TEXT, text);
	return row + (rows ? rows : 1);
}
