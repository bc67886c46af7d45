/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal sends: any bytes, all at once and in pieces. It ends, and a paste makes no key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ui/input.h"
#include "ui/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct input_own own[] = {{"\x1bQx", PRESS_DELETE}, {"\x1b[9", PRESS_F1}};

static void in_pieces(const char *text, size_t len)
{
	struct input input = {.own = own, .n_own = 2};
	struct mouse mouse;
	int64_t now = 0;
	size_t n;

	while (len) {
		n = 1 + (unsigned char)*text % 7;
		n = n < len ? n : len;
		now += (unsigned char)text[n - 1];
		while (input_key(&input, now, &mouse) != PRESS_NONE)
			;
		if (input.n == INPUT_BYTES)
			abort();
		input_feed(&input, text, n, now);
		text += n;
		len -= n;
	}
	while (input_key(&input, now, &mouse) != PRESS_NONE)
		;
	while (input_key(&input, now + 2 * INPUT_SEQUENCE_MS, &mouse) != PRESS_NONE)
		;
	if (input.n || input_wait(&input, now) != -1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct input_press press;
	bool pasting = false;
	size_t at, took;

	for (at = 0; at < size; at += took) {
		took = input_next(text + at, size - at, true, pasting, own, 2, &press);
		if (!took || took > size - at)
			abort();
		if (pasting && press.key != PRESS_NONE && !(press.key & KEYS_PASTED))
			abort();
		if (press.key == PRESS_MOUSE && (press.mouse.row < 0 || press.mouse.col < 0))
			abort();
		pasting = (pasting || press.paste_begins) && !press.paste_ends;
	}
	in_pieces(text, size);
	return 0;
}
