/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a yes or no question and takes its answer. */
#include "ui/dialog.h"

#include <stdio.h>
#include <string.h>

#include "ui/keymap.h"
#include "ui/theme.h"

#define CONTROL(letter) ((letter)&0x1f)
#define WIDTH_MAX 60
#define MARGIN 3 /* between the frame and the text, with the frame */
#define GAP 3	 /* between the answers */

void dialog_open(struct dialog *dialog, enum dialog_kind kind, const char *question, const char *yes)
{
	*dialog = (struct dialog){.kind = kind};
	snprintf(dialog->question, sizeof(dialog->question), "%s", question);
	snprintf(dialog->yes, sizeof(dialog->yes), "%s", yes);
}

const char *dialog_name(const char *name, char *text, size_t size)
{
	char *at;

	snprintf(text, size, "%s", name);
	for (at = text; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	return text;
}

static void scroll(struct dialog *dialog, int by)
{
	int last = dialog->lines > dialog->rows ? dialog->lines - dialog->rows : 0;

	dialog->top += by;
	dialog->top = dialog->top > last ? last : dialog->top < 0 ? 0 : dialog->top;
}

static bool has_more(const struct dialog *dialog)
{
	return dialog->top + dialog->rows < dialog->lines;
}

/* Nobody agrees to what he has not seen the end of. */
static enum dialog_end answer(struct dialog *dialog, bool yes)
{
	if (yes && has_more(dialog)) {
		scroll(dialog, dialog->rows);
		return DIALOG_OPEN;
	}
	dialog->kind = DIALOG_NONE;
	return yes ? DIALOG_YES : DIALOG_NO;
}

enum dialog_end dialog_key(struct dialog *dialog, uint32_t key)
{
	const bool scrolls = dialog->lines > dialog->rows;

	if (scrolls && (key == PRESS_UP || key == PRESS_DOWN)) {
		scroll(dialog, key == PRESS_UP ? -1 : 1);
		return DIALOG_OPEN;
	}
	switch (key) {
	case PRESS_PAGE_UP:
	case PRESS_PAGE_DOWN:
		scroll(dialog, key == PRESS_PAGE_UP ? -dialog->rows : dialog->rows);
		break;
	case PRESS_LEFT:
	case PRESS_UP:
	case PRESS_HOME:
	case 'h':
		dialog->on_yes = false;
		break;
	case PRESS_RIGHT:
	case PRESS_DOWN:
	case PRESS_END:
	case 'l':
		dialog->on_yes = true;
		break;
	case PRESS_TAB:
	case PRESS_BACK_TAB:
		dialog->on_yes = !dialog->on_yes;
		break;
	case PRESS_ENTER:
		return answer(dialog, dialog->on_yes);
	case 'y':
	case 'Y':
		return answer(dialog, true);
	case 'n':
	case 'N':
	case 'q':
	case PRESS_ESCAPE:
	case CONTROL('C'):
	case CONTROL('G'):
		return answer(dialog, false);
	default:
		break;
	}
	return DIALOG_OPEN;
}

enum dialog_end dialog_mouse(struct dialog *dialog, const struct mouse *mouse)
{
	int i;

	if (mouse->what != MOUSE_CLICK && mouse->what != MOUSE_DOUBLE)
		return DIALOG_OPEN;
	for (i = 0; i < 2; i++)
		if (mouse->row >= dialog->answers[i].row && mouse->col >= dialog->answers[i].col &&
		    mouse->row < dialog->answers[i].row + dialog->answers[i].rows &&
		    mouse->col < dialog->answers[i].col + dialog->answers[i].cols)
			return answer(dialog, i == 1);
	return DIALOG_OPEN;
}

void dialog_frame(const struct pane *box)
{
	int row;

	for (row = 0; row < box->rows; row++)
		pane_fill(box, row, 0, box->cols, STYLE_TEXT, " ");
	pane_fill(box, 0, 1, box->cols - 2, STYLE_DIM, "─");
	pane_fill(box, box->rows - 1, 1, box->cols - 2, STYLE_DIM, "─");
	for (row = 1; row < box->rows - 1; row++) {
		pane_put(box, row, 0, STYLE_DIM, "│");
		pane_put(box, row, box->cols - 1, STYLE_DIM, "│");
	}
	pane_put(box, 0, 0, STYLE_DIM, "┌");
	pane_put(box, 0, box->cols - 1, STYLE_DIM, "┐");
	pane_put(box, box->rows - 1, 0, STYLE_DIM, "└");
	pane_put(box, box->rows - 1, box->cols - 1, STYLE_DIM, "┘");
}

static void draw_answers(struct dialog *dialog, const struct pane *box)
{
	const char *const words[2] = {"No", dialog->yes};
	char text[2][DIALOG_ANSWER + 8];
	int width[2], col, i;

	for (i = 0; i < 2; i++) {
		snprintf(text[i], sizeof(text[i]), "[ %s ]", words[i]);
		width[i] = text_width(box->cells, text[i]);
	}
	col = (box->cols - width[0] - GAP - width[1]) / 2;
	for (i = 0; i < 2; i++, col += GAP) {
		dialog->answers[i] = pane_part(box, box->rows - 2, col, 1, width[i]);
		pane_put(box, box->rows - 2, col, STYLE_STRONG, text[i]);
		if (dialog->on_yes == (i == 1)) {
			pane_mark(box, box->rows - 2, col, width[i], MARK_CURSOR);
			box->cells->cursor_row = box->row + box->rows - 2;
			box->cells->cursor_col = box->col + col + 2;
		}
		col += width[i];
	}
}

void dialog_hints_draw(const struct pane *pane, const struct dialog_hint *hints)
{
	int col = 1;

	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	for (; hints->key; hints++) {
		col = pane_put(pane, 0, col, STYLE_BAR_STRONG, hints->key) + 1;
		col = pane_put(pane, 0, col, STYLE_BAR, hints->word) + 2;
	}
}

void dialog_keys_draw(const struct dialog *dialog, const struct pane *pane)
{
	static const struct dialog_hint keys[] = {
		{"Tab", "choose"}, {"Enter", "ok"}, {"y", "yes"}, {"n Esc", "no"}, {NULL, NULL}};
	static const struct dialog_hint unread[] = {{"↓", "read on, then y"}, {"n Esc", "no"}, {NULL, NULL}};

	dialog_hints_draw(pane, has_more(dialog) ? unread : keys);
}

void dialog_quiet(const struct pane *pane)
{
	struct cell *cell;
	int row, col;

	for (row = 0; row < pane->rows; row++)
		for (col = 0; col < pane->cols; col++) {
			cell = cells_at(pane->cells, pane->row + row, pane->col + col);
			if (cell->mark & MARK_CURSOR)
				cell->mark = MARK_QUIET_CURSOR;
		}
}

/* The question's lines, each wrapped, from `row` on (which may be above the pane); returns the row behind. */
static int draw_question(const struct pane *pane, int row, const char *question)
{
	char line[DIALOG_BYTES];
	int rows;
	size_t len;

	for (; *question; question += len + (question[len] == '\n')) {
		len = strcspn(question, "\n");
		memcpy(line, question, len);
		line[len] = '\0';
		rows = pane_wrap(pane, row, DIALOG_BYTES, STYLE_TEXT, line);
		row += rows ? rows : 1;
	}
	return row;
}

void dialog_draw(struct dialog *dialog, const struct pane *pane)
{
	int cols = pane->cols - 2 < WIDTH_MAX ? pane->cols - 2 : WIDTH_MAX, rows, first = 2;
	struct cells none = {.ascii = pane->cells->ascii};
	struct pane text = {&none, 0, 0, 0, cols - 2 * MARGIN}, box;

	/* Frame, a blank line above (if there is room) and below the text, and the answers. */
	dialog_quiet(pane);
	dialog->lines = draw_question(&text, 0, dialog->question);
	if (dialog->lines > pane->rows - 5)
		first = 1;
	rows = pane->rows - 3 - first;
	dialog->rows = dialog->lines < rows ? dialog->lines : rows;
	scroll(dialog, 0);
	rows = dialog->rows + 3 + first;
	box = pane_part(pane, (pane->rows - rows) / 2, (pane->cols - cols) / 2, rows, cols);
	dialog_frame(&box);
	text = pane_part(&box, first, MARGIN, dialog->rows, cols - 2 * MARGIN);
	draw_question(&text, -dialog->top, dialog->question);
	if (dialog->top)
		pane_put(&box, first, cols - 2, STYLE_STRONG, "↑");
	if (has_more(dialog))
		pane_put(&box, first - 1 + dialog->rows, cols - 2, STYLE_STRONG, "↓");
	draw_answers(dialog, &box);
}
