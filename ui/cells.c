/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grid of cells: clipped, sanitized text in rectangles. */
#include "ui/cells.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ui/glyph.h"

_Static_assert(sizeof(((struct cell *)0)->glyph) == sizeof(((struct glyph *)0)->text),
	       "a cell holds a glyph");
_Static_assert(sizeof(struct cell) == 16, "cells are compared as bytes");

static void blank(struct cell *cell)
{
	memset(cell, 0, sizeof(*cell));
	cell->glyph[0] = ' ';
}

void cells_resize(struct cells *cells, int rows, int cols)
{
	size_t i, n;

	cells->rows = rows > 0 ? rows : 0;
	cells->cols = cols > 0 ? cols : 0;
	n = (size_t)cells->rows * (size_t)cells->cols;
	mem_grow(&cells->at, &cells->room, n, sizeof(*cells->at));
	for (i = 0; i < n; i++)
		blank(&cells->at[i]);
	cells->cursor_row = cells->cursor_col = -1;
}

void cells_fini(struct cells *cells)
{
	free(cells->at);
	memset(cells, 0, sizeof(*cells));
}

bool cells_next_change(const struct cells *old, const struct cells *now, int *row, int *col)
{
	for (; *row < now->rows; (*row)++, *col = 0)
		for (; *col < now->cols; (*col)++)
			if (memcmp(cells_at(old, *row, *col), cells_at(now, *row, *col), sizeof(struct cell)))
				return true;
	return false;
}

void cells_dump(const struct cells *cells, struct buf *out)
{
	int row, col, last;

	for (row = 0; row < cells->rows; row++) {
		for (last = cells->cols; last > 0; last--)
			if (strcmp(cells_at(cells, row, last - 1)->glyph, " "))
				break;
		for (col = 0; col < last; col++)
			buf_puts(out, cells_at(cells, row, col)->glyph);
		buf_putc(out, '\n');
	}
}

struct pane pane_whole(struct cells *cells)
{
	return (struct pane){cells, 0, 0, cells->rows, cells->cols};
}

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct pane pane_part(const struct pane *pane, int row, int col, int rows, int cols)
{
	int top = clamp(row, 0, pane->rows), left = clamp(col, 0, pane->cols);
	int bottom = clamp(row + rows, top, pane->rows), right = clamp(col + cols, left, pane->cols);

	return (struct pane){pane->cells, pane->row + top, pane->col + left, bottom - top, right - left};
}

static struct cell *pane_cell(const struct pane *pane, int row, int col)
{
	if (row < 0 || row >= pane->rows || col < 0 || col >= pane->cols)
		return NULL;
	return cells_at(pane->cells, pane->row + row, pane->col + col);
}

/* Writes a glyph and sees that no half of a wide character that was there before is left over. */
static void put_glyph(const struct pane *pane, int row, int col, uint8_t style, const struct glyph *glyph)
{
	struct cell *cell = pane_cell(pane, row, col), *right = pane_cell(pane, row, col + 1);
	struct cell *left = pane_cell(pane, row, col - 1), *behind = pane_cell(pane, row, col + glyph->width);

	if (!cell)
		return;
	if (!cell->glyph[0] && left)
		blank(left);
	if (behind && !behind->glyph[0])
		blank(behind);
	blank(cell);
	cell->style = style;
	if (glyph->width == 2 && !right) /* only half of it would fit */
		return;
	memcpy(cell->glyph, glyph->text, sizeof(cell->glyph));
	if (glyph->width == 2) {
		memset(right, 0, sizeof(*right));
		right->style = style;
	}
}

/* At most `width` columns; a wide character that would cross is left out. */
static int put_within(const struct pane *pane, int row, int col, int width, uint8_t style, const char *text)
{
	struct glyph glyph;
	int end = col + width;

	while (*text) {
		glyph_next(text, pane->cells->ascii, &glyph);
		if (col + glyph.width > end)
			break;
		put_glyph(pane, row, col, style, &glyph);
		col += glyph.width;
		text += glyph.bytes;
	}
	return col;
}

int pane_put(const struct pane *pane, int row, int col, uint8_t style, const char *text)
{
	return put_within(pane, row, col, pane->cols - col, style, text);
}

int pane_printf(const struct pane *pane, int row, int col, uint8_t style, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return pane_put(pane, row, col, style, text);
}

int pane_put_head(const struct pane *pane, int row, int col, int width, uint8_t style, const char *text)
{
	if (width <= 0)
		return col;
	if (text_width(pane->cells, text) <= width)
		return put_within(pane, row, col, width, style, text);
	col = put_within(pane, row, col, width - 1, style, text);
	return put_within(pane, row, col, 1, style, "…");
}

int pane_put_tail(const struct pane *pane, int row, int col, int width, uint8_t style, const char *text)
{
	struct glyph glyph;
	int rest = text_width(pane->cells, text);

	if (width <= 0)
		return col;
	if (rest <= width)
		return put_within(pane, row, col, width, style, text);
	for (; rest > width - 1; text += glyph.bytes, rest -= glyph.width)
		glyph_next(text, pane->cells->ascii, &glyph);
	col = put_within(pane, row, col, 1, style, "…");
	return put_within(pane, row, col, width - 1, style, text);
}

int pane_put_right(const struct pane *pane, int row, int end, uint8_t style, const char *text)
{
	int col = end - text_width(pane->cells, text);

	if (col < 0)
		col = 0;
	put_within(pane, row, col, end - col, style, text);
	return col;
}

int pane_wrap(const struct pane *pane, int row, int rows, uint8_t style, const char *text)
{
	struct glyph glyph;
	const char *at, *blank_at;
	char line[1024]; /* a glyph takes 12 bytes at most, so that a line of any terminal fits well enough */
	int n, width;

	for (n = 0; n < rows && *text; n++) {
		blank_at = NULL;
		width = 0;
		for (at = text; *at && (size_t)(at - text) < sizeof(line) - sizeof(glyph.text);
		     at += glyph.bytes) {
			glyph_next(at, pane->cells->ascii, &glyph);
			if (*at == ' ')
				blank_at = at;
			width += glyph.width;
			if (width > pane->cols)
				break;
		}
		if (*at && blank_at)
			at = blank_at;
		if (at == text) /* not one character fits */
			break;
		memcpy(line, text, (size_t)(at - text));
		line[at - text] = '\0';
		if (n == rows - 1 && *at)
			pane_put_head(pane, row + n, 0, pane->cols, style, text);
		else
			pane_put(pane, row + n, 0, style, line);
		for (text = at; *text == ' '; text++)
			;
	}
	return n;
}

void pane_fill(const struct pane *pane, int row, int col, int n, uint8_t style, const char *text)
{
	struct glyph glyph;

	glyph_next(text, pane->cells->ascii, &glyph);
	for (; n > 0 && col < pane->cols; n--, col++)
		put_glyph(pane, row, col, style, &glyph);
}

void pane_mark(const struct pane *pane, int row, int col, int n, uint8_t mark)
{
	struct cell *cell;

	for (; n > 0 && col < pane->cols; n--, col++) {
		cell = pane_cell(pane, row, col);
		if (cell)
			cell->mark |= mark;
	}
}

int text_width(const struct cells *cells, const char *text)
{
	struct glyph glyph;
	int width = 0;

	for (; *text; text += glyph.bytes) {
		glyph_next(text, cells->ascii, &glyph);
		width += glyph.width;
	}
	return width;
}
