/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Draws a menu and takes its keys. */
#include "ui/menu.h"

#include <stdio.h>
#include <string.h>

#include "ui/dialog.h"
#include "ui/keymap.h"
#include "ui/theme.h"

#define CONTROL(letter) ((letter)&0x1f)
#define WIDTH_MAX 76
#define MARGIN 2	/* columns between the box's edge and the text, with the frame */
#define NOTE_ROWS 16	/* of a note, at most */
#define NOTE_MOST 5	/* of one that a dialog says again */
#define REASON_LEAST 30 /* columns for one beside its item: in less it says too little */
#define NOTE_LEAST 3	/* with less room for it there are no blank lines */

void menu_clear(struct menu *menu, const char *title)
{
	memset(menu, 0, sizeof(*menu));
	snprintf(menu->title, sizeof(menu->title), "%s", title);
}

/* Lines become sentences: one that a line with a capital follows ends in a full stop. */
static void put_note(char *note, const char *text)
{
	const size_t room = MENU_NOTE - sizeof("…");
	size_t n = 0;

	for (; *text && n < room; text++) {
		if (*text != '\n') {
			note[n++] = *text;
			continue;
		}
		if (text[1] >= 'A' && text[1] <= 'Z' && n && !strchr(".:;!?", note[n - 1]))
			note[n++] = '.';
		if (text[1])
			note[n++] = ' ';
	}
	strcpy(note + n, *text ? "…" : "");
}

void menu_add(struct menu *menu, const char *label, const char *note, bool possible)
{
	struct menu_item *item = &menu->items[menu->n];

	if (menu->n == MENU_ITEMS)
		return;
	menu->n++;
	snprintf(item->label, sizeof(item->label), "%s", label);
	put_note(item->note, note);
	item->possible = possible;
}

void menu_open(struct menu *menu)
{
	for (menu->at = 0; menu->at < menu->n; menu->at++)
		if (menu->items[menu->at].possible && !menu->items[menu->at].loses)
			break;
	if (menu->at == menu->n)
		menu->at = 0;
	menu->open = menu->n > 0;
}

static enum menu_end leave(struct menu *menu, enum menu_end end)
{
	menu->open = false;
	return end;
}

static enum menu_end choose(struct menu *menu)
{
	return menu->items[menu->at].possible ? leave(menu, MENU_CHOSEN) : MENU_REFUSED;
}

enum menu_end menu_key(struct menu *menu, uint32_t key)
{
	switch (key) {
	case PRESS_UP:
	case PRESS_BACK_TAB:
	case 'k':
		menu->at = menu->at ? menu->at - 1 : menu->n - 1;
		break;
	case PRESS_DOWN:
	case PRESS_TAB:
	case 'j':
		menu->at = (menu->at + 1) % menu->n;
		break;
	case PRESS_HOME:
	case PRESS_PAGE_UP:
		menu->at = 0;
		break;
	case PRESS_END:
	case PRESS_PAGE_DOWN:
		menu->at = menu->n - 1;
		break;
	case PRESS_ENTER:
		return choose(menu);
	case PRESS_ESCAPE:
	case 'q':
	case CONTROL('C'):
	case CONTROL('G'):
		return leave(menu, MENU_LEFT);
	default:
		break;
	}
	return MENU_OPEN;
}

enum menu_end menu_mouse(struct menu *menu, const struct mouse *mouse)
{
	const struct pane *row;
	unsigned i;

	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN)
		return menu_key(menu, mouse->what == MOUSE_WHEEL_UP ? PRESS_UP : PRESS_DOWN);
	for (i = 0; i < menu->n; i++) {
		row = &menu->rows[i];
		if (mouse->row != row->row || mouse->col < row->col || mouse->col >= row->col + row->cols)
			continue;
		if (menu->at == i)
			return choose(menu);
		menu->at = i;
	}
	return MENU_OPEN;
}

void menu_keys_draw(const struct menu *menu, const struct pane *pane)
{
	const struct dialog_hint keys[] = {{"↑↓", "move"},
					   {"Enter", menu->asks ? "choose" : "do it"},
					   {"Esc", "leave it"},
					   {NULL, NULL}};
	static const struct dialog_hint impossible[] = {{"↑↓", "move"}, {"Esc", "leave it"}, {NULL, NULL}};

	dialog_hints_draw(pane, menu->items[menu->at].possible ? keys : impossible);
}

static void draw_item(struct menu *menu, const struct pane *box, int row, unsigned i)
{
	const struct menu_item *item = &menu->items[i];
	int col;
	const struct pane line = pane_part(box, row, 1, 1, box->cols - 2);

	menu->rows[i] = line;
	col = pane_put(&line, 0, 1, item->possible ? STYLE_TEXT : STYLE_DIM, item->label);
	if (!item->possible && line.cols - col > REASON_LEAST) {
		col = pane_put(&line, 0, col + 1, STYLE_DIM, "— ");
		pane_put_head(&line, 0, col, line.cols - 1 - col, STYLE_DIM, item->note);
	} else if (!item->possible) {
		pane_put_right(&line, 0, line.cols - 1, STYLE_DIM, "no");
	}
	if (menu->at != i)
		return;
	pane_mark(&line, 0, 0, line.cols, MARK_CURSOR);
	box->cells->cursor_row = line.row;
	box->cells->cursor_col = line.col + 1;
}

/* Of the longest note, so that the box does not jump with the cursor; no more than there is room for. */
static int note_rows(const struct menu *menu, const struct pane *pane, int cols)
{
	struct cells none = {.ascii = pane->cells->ascii};
	const struct pane text = {&none, 0, 0, 0, cols};
	int rows = 0, one;

	for (unsigned i = 0; i < menu->n; i++) {
		/* Something of what is below stays in sight where a dialog says all of it before anything is done. */
		one = pane_wrap(&text, 0, menu->asks && menu->items[i].possible ? NOTE_MOST : NOTE_ROWS,
				STYLE_TEXT, menu->items[i].note);
		rows = one > rows ? one : rows;
	}
	return rows;
}

void menu_draw(struct menu *menu, const struct pane *pane)
{
	const struct menu_item *item = &menu->items[menu->at];
	int cols = pane->cols - 2 < WIDTH_MAX ? pane->cols - 2 : WIDTH_MAX, rows, notes, room, blank = 1;
	struct pane box, text;

	/* Frame, title, a blank line, the items, a blank line, and the note of the one under the cursor. */
	notes = note_rows(menu, pane, cols - 2 * MARGIN);
	room = pane->rows - 5 - (int)menu->n;
	if (room < notes && room < NOTE_LEAST) {
		blank = 0;
		room += 2;
	}
	room = room > 0 ? room : 0;
	notes = notes > room ? room : notes;
	rows = 3 + 2 * blank + (int)menu->n + notes;
	dialog_quiet(pane);
	box = pane_part(pane, (pane->rows - rows) / 2, (pane->cols - cols) / 2, rows, cols);
	dialog_frame(&box);
	pane_put_head(&box, 1, MARGIN, cols - 2 * MARGIN, STYLE_STRONG, menu->title);
	for (unsigned i = 0; i < menu->n; i++)
		draw_item(menu, &box, 2 + blank + (int)i, i);
	text = pane_part(&box, rows - 1 - notes, MARGIN, notes, cols - 2 * MARGIN);
	pane_wrap(&text, 0, notes, item->possible ? STYLE_TEXT : STYLE_WARN, item->note);
}
