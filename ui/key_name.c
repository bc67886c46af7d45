/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of keys, both ways. */
#include "ui/key_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/input.h"
#include "ui/keymap.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))
#define CONTROL(letter) ((letter)&0x1f)

static const struct {
	uint32_t key;
	const char *name, *sign; /* sign: as it is shown, if not by its name */
} names[] = {
	{' ', "Space", NULL},
	{PRESS_TAB, "Tab", NULL},
	{PRESS_ENTER, "Enter", NULL},
	{PRESS_ESCAPE, "Esc", NULL},
	{PRESS_UP, "Up", "↑"},
	{PRESS_DOWN, "Down", "↓"},
	{PRESS_LEFT, "Left", "←"},
	{PRESS_RIGHT, "Right", "→"},
	{PRESS_PAGE_UP, "PgUp", NULL},
	{PRESS_PAGE_DOWN, "PgDn", NULL},
	{PRESS_HOME, "Home", NULL},
	{PRESS_END, "End", NULL},
	{PRESS_F1, "F1", NULL},
	{PRESS_F2, "F2", NULL},
	{PRESS_F3, "F3", NULL},
	{PRESS_F4, "F4", NULL},
	{PRESS_F5, "F5", NULL},
	{PRESS_F6, "F6", NULL},
	{PRESS_F7, "F7", NULL},
	{PRESS_F8, "F8", NULL},
	{PRESS_F9, "F9", NULL},
	{PRESS_F10, "F10", NULL},
	{PRESS_F11, "F11", NULL},
	{PRESS_F12, "F12", NULL},
	{PRESS_BACKSPACE, "Backspace", "Bksp"},
	{PRESS_INSERT, "Insert", "Ins"},
	{PRESS_DELETE, "Delete", "Del"},
	{PRESS_BACK_TAB, "Shift-Tab", "S-Tab"},
};

static void put_utf8(uint32_t code, char *text)
{
	int n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	for (i = n - 1; i > 0; i--, code >>= 6)
		text[i] = (char)(0x80 | (code & 0x3f));
	text[0] = (char)(n == 1 ? code : ((0xf00u >> n) & 0xff) | code);
	text[n] = '\0';
}

const char *key_name(uint32_t key, key_text text)
{
	size_t i;

	for (i = 0; i < COUNT_OF(names); i++)
		if (names[i].key == key)
			return names[i].sign ? names[i].sign : names[i].name;
	if (key < 0x20)
		snprintf(text, sizeof(key_text), "Ctrl-%c", (int)key + '@');
	else if (key < KEYS_SPECIAL)
		put_utf8(key, text);
	else
		*text = '\0';
	return text;
}

uint32_t key_find(const char *name, size_t len)
{
	static const char control[] = "Ctrl-";
	struct input_press press;
	size_t i, n = sizeof(control) - 1;

	for (i = 0; i < COUNT_OF(names); i++)
		if (strlen(names[i].name) == len && !strncasecmp(names[i].name, name, len))
			return names[i].key;
	if (len == n + 1 && !strncasecmp(name, control, n) && (name[n] & ~0x20) >= 'A' &&
	    (name[n] & ~0x20) <= 'Z')
		return CONTROL((uint32_t)name[n]);
	if (input_next(name, len, true, false, NULL, 0, &press) != len)
		return PRESS_NONE;
	return press.key > ' ' && press.key < KEYS_SPECIAL ? press.key : PRESS_NONE;
}
