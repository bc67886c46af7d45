/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line that the user types on the bottom line: what to search, to show, where to go. Pure. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/cells.h"

#define PROMPT_BYTES 256

enum prompt_kind { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER, PROMPT_GOTO, PROMPT_RECORD };

/* Zero-initialised it is closed. */
struct prompt {
	enum prompt_kind kind;
	char text[PROMPT_BYTES]; /* UTF-8, NUL-terminated */
	size_t cursor;		 /* in bytes */
};

enum prompt_end {
	PROMPT_TYPING, /* the text may have changed */
	PROMPT_DONE,   /* Enter */
	PROMPT_LEFT    /* Esc, Ctrl-C, Ctrl-G, or Backspace on nothing */
};

/* Opens it with a text to begin with (cut at a character if it is too long). */
void prompt_open(struct prompt *prompt, enum prompt_kind kind, const char *text);

/* One key (keymap.h). After PROMPT_DONE and PROMPT_LEFT it is closed; the text stays until it is opened again. */
enum prompt_end prompt_key(struct prompt *prompt, uint32_t key);

/* On the first line of a pane, which it fills; places the terminal's cursor. */
void prompt_draw(const struct prompt *prompt, const struct pane *pane);

#endif
