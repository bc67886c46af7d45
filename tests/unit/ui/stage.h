/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A screen and the cells that it is drawn into, for the tests of the views: one at a time. */
#ifndef UI_STAGE_H
#define UI_STAGE_H

#include "ui/screen.h"
#include "world.h"

extern struct screen screen;
extern struct cells cells;

/* The sizes at which views are looked at: the first n of them, or all. */
struct stage_size {
	int cols, rows;
};
#define STAGE_SIZES 5
extern const struct stage_size stage_sizes[STAGE_SIZES];
#define EACH_OF(n) for (int size = 0; size < (n); close_screen(), size++)
#define EACH_SIZE EACH_OF(STAGE_SIZES)

/* What each test needs of the process: the locale, the time zone. */
int stage_setup(void **state);

/* A screen of this size, drawn before there is any moment. */
void stage_open(const char *title, const struct stage_size *size);
void close_screen(void);

/* The same around a test, at 80x24: of the demo's moment. */
int stage_demo(void **state);
int stage_end(void **state);

/* Takes, or presses one key after the other, and draws. */
void stage_take(struct moment *moment);
void press(const char *keys);

/* Whether these words stand on the screen. */
bool shows(const char *words);

#endif
