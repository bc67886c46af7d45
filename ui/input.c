/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that wait to become keys, and how long they may wait. */
#include "ui/input.h"

#include <string.h>

#include "ui/keymap.h"

/*
 * An escape that was read without what comes behind it. A key with Alt sends both at once, so that this is a key by
 * itself; only the sequences of more bytes may have been torn.
 */
static bool stands_alone(const struct input *input, char next)
{
	size_t i;

	if (input->n != 1 || input->bytes[0] != '\x1b' || strchr("[O]P_^X", next))
		return false;
	for (i = 0; i < input->n_own; i++)
		if (input->own[i].bytes[1] == next)
			return false;
	return true;
}

void input_feed(struct input *input, const char *bytes, size_t n, int64_t now_ms)
{
	if (n > INPUT_BYTES - input->n)
		n = INPUT_BYTES - input->n;
	/* Its end got lost: the keyboard must not stay deaf. */
	if (input->pasting && now_ms - input->last_ms > INPUT_PASTE_MS)
		input->pasting = false;
	if (n)
		input->alone = stands_alone(input, *bytes);
	if (!input->n)
		input->first_ms = now_ms;
	memcpy(input->bytes + input->n, bytes, n);
	input->n += n;
	input->last_ms = now_ms;
}

/* Alone it may be the key itself, which somebody waits for. */
static int patience(const struct input *input)
{
	return input->n == 1 ? INPUT_ESCAPE_MS : INPUT_SEQUENCE_MS;
}

int input_wait(const struct input *input, int64_t now_ms)
{
	int64_t left = input->first_ms + patience(input) - now_ms;

	if (!input->n)
		return -1;
	return left > 0 ? (int)left : 0;
}

/* The second click at the same place becomes a double click; a third is a first one again. */
static void judge_click(struct input *input, struct mouse *mouse)
{
	const int64_t now_ms = input->last_ms;

	if (mouse->what != MOUSE_CLICK)
		return;
	if (input->clicked && now_ms - input->click_ms <= INPUT_DOUBLE_MS && mouse->row == input->click.row &&
	    mouse->col == input->click.col) {
		mouse->what = MOUSE_DOUBLE;
		input->clicked = false;
		return;
	}
	input->clicked = true;
	input->click = *mouse;
	input->click_ms = now_ms;
}

uint32_t input_key(struct input *input, int64_t now_ms, struct mouse *mouse)
{
	struct input_press press;
	size_t taken, n;
	bool all;

	while (input->n) {
		all = input->n == INPUT_BYTES || !input_wait(input, now_ms);
		n = input->alone ? 1 : input->n;
		all |= input->alone;
		input->alone = false;
		taken = input_next(input->bytes, n, all, input->pasting, input->own, input->n_own, &press);
		if (!taken)
			return PRESS_NONE;
		input->n -= taken;
		memmove(input->bytes, input->bytes + taken, input->n);
		input->first_ms = input->last_ms; /* of what is left the last came last */
		if (press.paste_begins)
			input->pasting = true;
		if (press.paste_ends)
			input->pasting = false;
		if (press.key == PRESS_MOUSE) {
			*mouse = press.mouse;
			judge_click(input, mouse);
		}
		if (press.key != PRESS_NONE)
			return press.key;
	}
	return PRESS_NONE;
}
