/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One key out of bytes: UTF-8, the control sequences of ECMA-48 as xterm and its kin send them, the mouse, pastes. */
#include "ui/input.h"

#include <string.h>

#include "ui/keymap.h"

#define ESCAPE '\x1b'
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define NUMBER_MAX 9999 /* larger ones are no place on a screen */

static size_t tell(struct input_press *press, uint32_t key, size_t bytes)
{
	press->key = key;
	return bytes;
}

/* A sequence that has no end yet: more is awaited, or else it was nothing that is known. */
static size_t unended(struct input_press *press, size_t bytes, bool all)
{
	return all ? tell(press, PRESS_OTHER, bytes) : 0;
}

static bool within(char byte, unsigned low, unsigned high)
{
	return (unsigned char)byte >= low && (unsigned char)byte <= high;
}

static size_t next_utf8(const char *text, size_t len, bool all, struct input_press *press)
{
	unsigned char first = (unsigned char)*text;
	size_t n = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, i;
	uint32_t code = first & (0xffu >> (n + 1));

	if (!n)
		return tell(press, PRESS_OTHER, 1);
	for (i = 1; i < n; i++) {
		if (i == len)
			return unended(press, len, all);
		if (!within(text[i], 0x80, 0xbf))
			return tell(press, PRESS_OTHER, i);
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	/* C1 controls, surrogates, and what is longer than it had to be, are no characters. */
	if (code < 0xa0 || (n == 3 && code < 0x800) || (n == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		code = PRESS_OTHER;
	return tell(press, code, n);
}

static uint32_t by_letter(char letter)
{
	static const struct {
		char letter;
		uint32_t key;
	} table[] = {
		{'A', PRESS_UP},  {'B', PRESS_DOWN}, {'C', PRESS_RIGHT}, {'D', PRESS_LEFT}, {'H', PRESS_HOME},
		{'F', PRESS_END}, {'P', PRESS_F1},   {'Q', PRESS_F2},	 {'R', PRESS_F3},   {'S', PRESS_F4},
	};
	size_t i;

	for (i = 0; i < COUNT_OF(table); i++)
		if (table[i].letter == letter)
			return table[i].key;
	return PRESS_OTHER;
}

static uint32_t by_number(unsigned number)
{
	static const uint32_t table[] = {
		[1] = PRESS_HOME,    [2] = PRESS_INSERT,    [3] = PRESS_DELETE, [4] = PRESS_END,
		[5] = PRESS_PAGE_UP, [6] = PRESS_PAGE_DOWN, [7] = PRESS_HOME,	[8] = PRESS_END,
		[11] = PRESS_F1,     [12] = PRESS_F2,	    [13] = PRESS_F3,	[14] = PRESS_F4,
		[15] = PRESS_F5,     [17] = PRESS_F6,	    [18] = PRESS_F7,	[19] = PRESS_F8,
		[20] = PRESS_F9,     [21] = PRESS_F10,	    [23] = PRESS_F11,	[24] = PRESS_F12,
	};

	return number < COUNT_OF(table) && table[number] ? table[number] : PRESS_OTHER;
}

/* The numbers of a sequence, "1;5"; returns how many. One that is left out is 0. */
static size_t numbers(const char *text, const char *end, unsigned *values, size_t n)
{
	size_t i = 0;

	memset(values, 0, n * sizeof(*values));
	for (; text < end && i < n; text++) {
		if (*text == ';')
			i++;
		else if (within(*text, '0', '9') && values[i] <= NUMBER_MAX)
			values[i] = values[i] * 10 + (unsigned)(*text - '0');
		else
			return 0;
	}
	return i < n ? i + 1 : 0;
}

/*
 * A button's number has bits of what else is pressed, and that it is only moved: all that is not known here. Wheels
 * are buttons 64 and 65. Columns and rows count from 1.
 */
static void judge_mouse(struct input_press *press, unsigned button, unsigned col, unsigned row)
{
	static const struct {
		unsigned button;
		enum mouse_what what;
	} table[] = {{0, MOUSE_CLICK}, {64, MOUSE_WHEEL_UP}, {65, MOUSE_WHEEL_DOWN}};
	size_t i;

	press->key = PRESS_NONE;
	if (!col || !row || col > NUMBER_MAX || row > NUMBER_MAX)
		return;
	for (i = 0; i < COUNT_OF(table); i++)
		if (table[i].button == button) {
			press->key = PRESS_MOUSE;
			press->mouse = (struct mouse){table[i].what, (int)row - 1, (int)col - 1};
		}
}

/* ESC [ numbers letter, complete: `end` is its last byte. */
static void judge_csi(const char *text, const char *end, struct input_press *press)
{
	unsigned values[3];
	size_t n;

	press->key = PRESS_OTHER;
	if (*text == '<' && (*end == 'M' || *end == 'm')) {
		n = numbers(text + 1, end, values, 3);
		press->key = PRESS_NONE; /* let go */
		if (n == 3 && *end == 'M')
			judge_mouse(press, values[0], values[1], values[2]);
		return;
	}
	n = numbers(text, end, values, 2);
	if (*end == '~' && n == 1 && (values[0] == 200 || values[0] == 201)) {
		press->key = PRESS_NONE;
		press->paste_begins = values[0] == 200;
		press->paste_ends = values[0] == 201;
	} else if (!n || values[1] > 1) { /* with Shift, Alt or Ctrl */
		return;
	} else if (*end == '~') {
		press->key = by_number(values[0]);
	} else if (*end == 'Z' && text == end) {
		press->key = PRESS_BACK_TAB;
	} else if (values[0] <= 1) {
		press->key = by_letter(*end);
	}
}

/* Behind ESC [. */
static size_t next_csi(const char *text, size_t len, bool all, struct input_press *press)
{
	size_t i;

	if (len > 2 &&
	    text[2] == 'M') { /* the mouse of terminals that do not know the other way: three bytes */
		if (len < 6)
			return unended(press, len, all);
		judge_mouse(press, (unsigned char)text[3] - 32u, (unsigned char)text[4] - 32u,
			    (unsigned char)text[5] - 32u);
		return 6;
	}
	if (len > 2 && text[2] == '[') { /* the console's F1 to F5 */
		if (len < 4)
			return unended(press, len, all);
		if (!within(text[3], 0x20, 0x7e))
			return tell(press, PRESS_OTHER, 3);
		return tell(press,
			    within(text[3], 'A', 'E') ? PRESS_F1 + (uint32_t)(text[3] - 'A') : PRESS_OTHER,
			    4);
	}
	for (i = 2; i < len && within(text[i], 0x20, 0x3f); i++)
		;
	if (i == len)
		return unended(press, len, all);
	if (!within(text[i], 0x40, 0x7e)) /* broken off: what comes now is another key */
		return tell(press, PRESS_OTHER, i);
	judge_csi(text + 2, text + i, press);
	return i + 1;
}

/* Behind ESC O: keys in application mode, and those of the number pad. */
static size_t next_ss3(const char *text, size_t len, bool all, struct input_press *press)
{
	static const char pad[] = "*+,-./0123456789"; /* from j on */
	uint32_t key;
	size_t i;

	for (i = 2; i < len && within(text[i], '0', ';'); i++)
		;
	if (i == len)
		return unended(press, len, all);
	if (!within(text[i], 0x40, 0x7e))
		return tell(press, PRESS_OTHER, i);
	key = by_letter(text[i]);
	if (text[i] == 'M')
		key = PRESS_ENTER;
	else if (within(text[i], 'j', 'y'))
		key = (unsigned char)pad[text[i] - 'j'];
	return tell(press, i == 2 ? key : PRESS_OTHER, i + 1);
}

/* An answer of the terminal, text that ends with BEL or ESC \. */
static size_t next_string(const char *text, size_t len, bool all, struct input_press *press)
{
	size_t i;

	for (i = 2; i < len; i++) {
		if (text[i] == '\a')
			return tell(press, PRESS_OTHER, i + 1);
		if (text[i] == ESCAPE && i + 1 == len)
			break;
		if (text[i] == ESCAPE)
			return tell(press, PRESS_OTHER, text[i + 1] == '\\' ? i + 2 : i);
		if (within(text[i], 0, 0x1f)) /* Ctrl-C is heard, whatever was before */
			return tell(press, PRESS_OTHER, i);
	}
	return unended(press, len, all);
}

/* Own sequences before the usual ones. 0: none; `more`: it may yet become one. */
static size_t next_own(const char *text, size_t len, const struct input_own *own, size_t n_own, bool *more,
		       struct input_press *press)
{
	size_t i, n;

	*more = false;
	for (i = 0; i < n_own; i++) {
		n = strlen(own[i].bytes);
		if (n <= len && !memcmp(text, own[i].bytes, n))
			return tell(press, own[i].key, n);
		*more |= n > len && !memcmp(text, own[i].bytes, len);
	}
	return 0;
}

static size_t next_escape(const char *text, size_t len, bool all, const struct input_own *own, size_t n_own,
			  struct input_press *press)
{
	size_t taken;
	bool more;

	if (len == 1)
		return all ? tell(press, PRESS_ESCAPE, 1) : 0;
	taken = next_own(text, len, own, n_own, &more, press);
	if (taken || (more && !all))
		return taken;
	if (text[1] == '[')
		return next_csi(text, len, all, press);
	if (text[1] == 'O')
		return next_ss3(text, len, all, press);
	if (strchr("]P_^X", text[1]) && text[1])
		return next_string(text, len, all, press);
	if (within(text[1], 0x20, 0x7e)) /* with Alt */
		return tell(press, PRESS_OTHER, 2);
	return tell(press, PRESS_ESCAPE, 1);
}

/* Inside a paste only its end counts; blanks of all kinds are blanks, controls are left out. */
static size_t next_pasted(const char *text, size_t len, bool all, struct input_press *press)
{
	static const char end[] = "\x1b[201~";
	size_t taken, n = sizeof(end) - 1;

	if (!memcmp(text, end, len < n ? len : n)) {
		if (len < n)
			return all ? tell(press, PRESS_NONE, len) : 0;
		press->paste_ends = true;
		return tell(press, PRESS_NONE, n);
	}
	if (within(*text, 0, 0x1f) || *text == 0x7f)
		return tell(press, strchr("\t\n\r", *text) && *text ? KEYS_PASTED | ' ' : PRESS_NONE, 1);
	if (within(*text, 0x20, 0x7e))
		return tell(press, KEYS_PASTED | (unsigned char)*text, 1);
	taken = next_utf8(text, len, all, press);
	press->key = press->key < KEYS_SPECIAL ? KEYS_PASTED | press->key : PRESS_NONE;
	return taken;
}

size_t input_next(const char *text, size_t len, bool all, bool pasting, const struct input_own *own,
		  size_t n_own, struct input_press *press)
{
	memset(press, 0, sizeof(*press));
	if (!len)
		return 0;
	if (pasting)
		return next_pasted(text, len, all, press);
	if (*text == ESCAPE)
		return next_escape(text, len, all, own, n_own, press);
	if (within(*text, 0x80, 0xff))
		return next_utf8(text, len, all, press);
	if (*text == '\n')
		return tell(press, PRESS_ENTER, 1);
	if (*text == 0x7f)
		return tell(press, PRESS_BACKSPACE, 1);
	return tell(press, *text ? (unsigned char)*text : PRESS_OTHER, 1);
}
