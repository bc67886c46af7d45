/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a terminal sends, as keys. Pure: bytes and the time go in, keys come out.
 *
 * Nothing but a key that is known ever becomes one: an escape sequence that is not, an answer of the terminal, a key
 * with Alt come out as PRESS_OTHER as a whole, never letter by letter. Pasted text (bracketed paste) comes out marked.
 */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/mouse.h"

#define INPUT_BYTES 1024
#define INPUT_ESCAPE_MS 25    /* so long an escape may be the first byte of a sequence */
#define INPUT_SEQUENCE_MS 250 /* and so long a sequence that has begun may take to end */
#define INPUT_PASTE_MS 2000   /* a paste that is silent for so long has ended */
#define INPUT_DOUBLE_MS 400   /* between the two clicks of a double click */

/* A sequence of this terminal's own, from terminfo; it begins with an escape. */
struct input_own {
	char bytes[16];
	uint32_t key;
};

/* What one sequence was. */
struct input_press {
	uint32_t key;	    /* keymap.h; PRESS_NONE: complete, and nothing to tell */
	struct mouse mouse; /* with PRESS_MOUSE */
	bool paste_begins, paste_ends;
};

/*
 * The first key of text: how many bytes it takes, 0 if that cannot be told before more have come. With `all` no more
 * will come, and it is told. `pasting`: text is inside a paste. `own` may be NULL.
 */
size_t input_next(const char *text, size_t len, bool all, bool pasting, const struct input_own *own,
		  size_t n_own, struct input_press *press);

/* Zero-initialise; `own` and `n_own` may be set. */
struct input {
	const struct input_own *own; /* the caller's */
	size_t n_own;
	char bytes[INPUT_BYTES];
	size_t n;
	int64_t first_ms, last_ms; /* when the first and the last of them came */
	bool alone;		   /* the first is an escape, and what came behind it was another key */
	bool pasting;
	struct mouse click; /* the last one, for a double click */
	int64_t click_ms;
	bool clicked;
};

/* Takes up to INPUT_BYTES - input->n bytes that have come just now. */
void input_feed(struct input *input, const char *bytes, size_t n, int64_t now_ms);

/* The next key, PRESS_NONE if there is none yet; with PRESS_MOUSE what the mouse did. */
uint32_t input_key(struct input *input, int64_t now_ms, struct mouse *mouse);

/* In how many ms input_key will have something though nothing more comes; -1: never. */
int input_wait(const struct input *input, int64_t now_ms);

#endif
