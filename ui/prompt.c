/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing one line of text. */
#include "ui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "ui/keymap.h"
#include "ui/theme.h"

#define CONTROL(letter) ((letter)&0x1f)
#define DELETE_KEY 0x7f
#define HINT_GAP 4 /* columns that are free between what is typed and the hint, at least */

static const char *const labels[] = {
	[PROMPT_NONE] = "",
	[PROMPT_SEARCH] = "search: ",
	[PROMPT_FILTER] = "filter: ",
	[PROMPT_GOTO] = "go to address: ",
	[PROMPT_RECORD] = "record to: ",
};

static bool inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	while (at && inside_character(prompt->text[--at]))
		;
	return at;
}

static size_t behind(const struct prompt *prompt, size_t at)
{
	if (prompt->text[at])
		while (inside_character(prompt->text[++at]))
			;
	return at;
}

void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text)
{
	size_t len = strnlen(text, PROMPT_BYTES);

	if (len >= PROMPT_BYTES)
		for (len = PROMPT_BYTES - 1; len && inside_character(text[len]); len--)
			;
	memmove(prompt->text, text, len);
	prompt->text[len] = '\0';
	prompt->cursor = len;
	prompt->kind = kind;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, strlen(prompt->text + to) + 1);
	prompt->cursor = from;
}

static size_t word_before(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at && prompt->text[at - 1] == ' ')
		at--;
	while (at && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

static void insert(struct prompt *prompt, uint32_t code)
{
	size_t len = strlen(prompt->text), n, i;
	char bytes[4];

	n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	if (len + n >= PROMPT_BYTES)
		return;
	for (i = n - 1; i > 0; i--, code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(n == 1 ? code : (0xf00u >> n | code));
	memmove(prompt->text + prompt->cursor + n, prompt->text + prompt->cursor, len - prompt->cursor + 1);
	memcpy(prompt->text + prompt->cursor, bytes, n);
	prompt->cursor += n;
}

static enum prompt_end leave(struct prompt *prompt, enum prompt_end end)
{
	prompt->kind = PROMPT_NONE;
	return end;
}

enum prompt_end prompt_key(struct prompt *prompt, uint32_t key)
{
	switch (key) {
	case PRESS_ENTER:
	case '\n':
		return leave(prompt, PROMPT_DONE);
	case PRESS_ESCAPE:
	case CONTROL('C'):
	case CONTROL('G'):
		return leave(prompt, PROMPT_LEFT);
	case PRESS_BACKSPACE:
	case DELETE_KEY:
	case CONTROL('H'):
		if (!*prompt->text)
			return leave(prompt, PROMPT_LEFT);
		cut(prompt, before(prompt, prompt->cursor), prompt->cursor);
		break;
	case PRESS_DELETE:
	case CONTROL('D'):
		cut(prompt, prompt->cursor, behind(prompt, prompt->cursor));
		break;
	case CONTROL('U'):
		cut(prompt, 0, prompt->cursor);
		break;
	case CONTROL('K'):
		prompt->text[prompt->cursor] = '\0';
		break;
	case CONTROL('W'):
		cut(prompt, word_before(prompt), prompt->cursor);
		break;
	case PRESS_LEFT:
	case CONTROL('B'):
		prompt->cursor = before(prompt, prompt->cursor);
		break;
	case PRESS_RIGHT:
	case CONTROL('F'):
		prompt->cursor = behind(prompt, prompt->cursor);
		break;
	case PRESS_HOME:
	case CONTROL('A'):
		prompt->cursor = 0;
		break;
	case PRESS_END:
	case CONTROL('E'):
		prompt->cursor = strlen(prompt->text);
		break;
	default:
		if (key >= 0x20 && key < KEYS_SPECIAL && !(key >= 0xd800 && key < 0xe000))
			insert(prompt, key);
		break;
	}
	return PROMPT_TYPING;
}

void prompt_draw(const struct prompt *prompt, const struct pane *pane)
{
	static const char hint[] = "Enter ok  Esc cancel";
	int col, width, text;
	char head[PROMPT_BYTES];

	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	text = text_width(pane->cells, labels[prompt->kind]) + text_width(pane->cells, prompt->text);
	if (text + HINT_GAP + text_width(pane->cells, hint) < pane->cols)
		pane_put(pane, 0, pane->cols - 1 - text_width(pane->cells, hint), STYLE_BAR, hint);
	col = pane_put(pane, 0, 1, STYLE_BAR_STRONG, labels[prompt->kind]);
	memcpy(head, prompt->text, prompt->cursor);
	head[prompt->cursor] = '\0';
	width = text_width(pane->cells, head);
	/* With more text than room the part before the cursor is what is seen. */
	if (col + width + 1 < pane->cols)
		pane_put(pane, 0, col, STYLE_BAR, prompt->text);
	else
		pane_put_tail(pane, 0, col, pane->cols - col - 1, STYLE_BAR, head);
	pane->cells->cursor_row = pane->row;
	pane->cells->cursor_col = pane->col + (col + width < pane->cols - 1 ? col + width : pane->cols - 1);
	pane_mark(pane, 0, pane->cells->cursor_col - pane->col, 1, MARK_CURSOR);
}
