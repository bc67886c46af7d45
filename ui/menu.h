/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few ways to do something, of which one is chosen; those that are not possible say why. Has all keys while it is open. Pure. */
#ifndef UI_MENU_H
#define UI_MENU_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/cells.h"
#include "ui/mouse.h"

#define MENU_ITEMS 8
#define MENU_NOTE 2048

struct menu_item {
	char label[48];
	char note[MENU_NOTE]; /* what it does; of one that is not possible why */
	bool possible;
	bool loses; /* data is lost by it: never where the cursor begins */
};

/* Zero-initialised it is closed. */
struct menu {
	bool open;
	bool asks; /* what is chosen is asked about once more */
	char title[96];
	struct menu_item items[MENU_ITEMS];
	unsigned n, at;
	struct pane rows[MENU_ITEMS]; /* where each item was drawn last */
};

enum menu_end { MENU_OPEN, MENU_LEFT, MENU_CHOSEN, MENU_REFUSED };

/* Empties it; menu_add fills it; menu_open opens it with the cursor on the first that is possible and harmless, else on the first. */
void menu_clear(struct menu *menu, const char *title);
void menu_add(struct menu *menu, const char *label, const char *note, bool possible);
void menu_open(struct menu *menu);

/* A key (keymap.h): arrows, j and k, Home and End move, Enter chooses what is possible, else it stays open (MENU_REFUSED: `note` says why); Esc, q and Ctrl-C leave. `at` is chosen. */
enum menu_end menu_key(struct menu *menu, uint32_t key);

/* The mouse, at the screen's coordinates: a click on an item goes to it, on the cursor's item chooses it. */
enum menu_end menu_mouse(struct menu *menu, const struct mouse *mouse);

/* Its keys, on the bottom line. */
void menu_keys_draw(const struct menu *menu, const struct pane *pane);

/* Over what the pane shows, from 40 × 12 on. */
void menu_draw(struct menu *menu, const struct pane *pane);

#endif
