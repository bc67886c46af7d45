/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys by name: as they are shown, and as they are written in the configuration file. Pure. */
#ifndef UI_KEY_NAME_H
#define UI_KEY_NAME_H

#include <stddef.h>
#include <stdint.h>

#define KEY_NAME_MAX 16
typedef char key_text[KEY_NAME_MAX];

/* "q", "Ctrl-L", "PgUp", "↑": as it is shown. */
const char *key_name(uint32_t key, key_text text);

/*
 * The key of a name of len bytes: one character, "Ctrl-L", or a word ("Up", "F5", "Space"; case does not matter).
 * PRESS_NONE if there is none.
 */
uint32_t key_find(const char *name, size_t len);

#endif
