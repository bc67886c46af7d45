/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One harmless character at a time out of bytes that may be anything. Pure, bounded. */
#ifndef UI_GLYPH_H
#define UI_GLYPH_H

#include <stdbool.h>
#include <stddef.h>

struct glyph {
	char text[14]; /* UTF-8: a character and at most two combining marks */
	int width;     /* 1 or 2 columns */
	size_t bytes;  /* how many were taken */
};

/*
 * The next glyph of text (not empty, NUL-terminated). Control characters become their pictures (U+241B for
 * escape), bytes that are no UTF-8 and invisible or direction-changing characters U+FFFD. With `ascii` all that
 * is not ASCII becomes '?', but for the few signs that the program itself draws with.
 */
void glyph_next(const char *text, bool ascii, struct glyph *glyph);

#endif
