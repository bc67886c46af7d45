/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A screen and the cells that it is drawn into. */
#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>

struct screen screen;
struct cells cells;

const struct stage_size stage_sizes[STAGE_SIZES] = {{40, 12}, {80, 24}, {120, 36}, {250, 80}, {200, 60}};

int stage_setup(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	setenv("TZ", "UTC", 1);
	return 0;
}

void stage_open(const char *title, const struct stage_size *size)
{
	screen_init(&screen);
	screen.title = title;
	cells = (struct cells){.rows = size->rows, .cols = size->cols};
	screen_draw(&screen, &cells);
}

void close_screen(void)
{
	screen_fini(&screen);
	cells_fini(&cells);
}

int stage_demo(void **state)
{
	stage_setup(state);
	stage_open(NULL, &stage_sizes[1]);
	stage_take(world_demo(true));
	return 0;
}

int stage_end(void **state)
{
	(void)state;
	close_screen();
	return 0;
}

void stage_take(struct moment *moment)
{
	screen_take(&screen, moment);
	screen_draw(&screen, &cells);
}

void press(const char *keys)
{
	for (; *keys; keys++) {
		screen_key(&screen, (unsigned char)*keys);
		screen_draw(&screen, &cells);
	}
}

bool shows(const char *words)
{
	return world_shows(&cells, words);
}
