/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the help tells besides keys. */
#ifndef UI_HELP_TEXT_H
#define UI_HELP_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct help_word {
	const char *word, *text;
};

/* What the mouse does. Up to an entry without a word. */
extern const struct help_word help_mouse[];

/* The signs of the grid of subpages. Up to an entry without a sign. */
struct help_sign {
	const char *sign;
	uint8_t style;
	const char *text;
};
extern const struct help_sign help_signs[];

/* Marks on the map besides the shapes of cells; likewise. */
extern const struct help_sign help_marks[];

#endif
