/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A grid of styled cells: what a view draws into and what a terminal (or a test) shows.
 *
 * Text from outside (names of files, of processes) is made harmless here and nowhere else: a cell only ever holds
 * one printable character with at most two combining marks. Nothing that is put into a grid can move a terminal's
 * cursor, change its colours or answer its questions.
 *
 * Widths come from wcwidth(), which needs a UTF-8 LC_CTYPE; where the locale has none, set `ascii`.
 */
#ifndef UI_CELLS_H
#define UI_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/* What a cell says besides its style. */
#define MARK_CURSOR 1	    /* the cursor of the pane that has the keys */
#define MARK_QUIET_CURSOR 2 /* the cursor of another pane */
#define MARK_FLASH 4	    /* it changed lately */
#define MARK_DIM 8	    /* it is of the past, whatever its style */

struct cell {
	char glyph[14]; /* UTF-8 with its NUL; "" is the right half of a wide character */
	uint8_t style;	/* enum style */
	uint8_t mark;
};

/* Zero-initialise (ascii and plain may be set); cells_fini frees. */
struct cells {
	int rows, cols;
	bool ascii; /* plain ASCII only: the locale has nothing else */
	bool plain; /* a cell of the map is its letter under the cursor: too few colours, or too little contrast */
	struct cell *at;
	size_t room;
	int cursor_row, cursor_col; /* where the terminal's own cursor is put; -1: nowhere */
};

/* A rectangle of a grid. What is put outside of it is clipped. */
struct pane {
	struct cells *cells;
	int row, col, rows, cols;
};

/* Gives the grid a size and empties it. */
void cells_resize(struct cells *cells, int rows, int cols);
void cells_fini(struct cells *cells);

static inline struct cell *cells_at(const struct cells *cells, int row, int col)
{
	return &cells->at[(size_t)row * (size_t)cells->cols + (size_t)col];
}

/*
 * The next cell, in reading order from (*row, *col) on, in which two grids of one size differ; false if there is
 * none. Start with 0, 0 and go on with *col + 1.
 */
bool cells_next_change(const struct cells *old, const struct cells *now, int *row, int *col);

/* Appends the grid as lines of text without trailing blanks: for golden tests and bug reports. */
void cells_dump(const struct cells *cells, struct buf *out);

struct pane pane_whole(struct cells *cells);
/* A part of a pane, by its own coordinates, cut to what there is. */
struct pane pane_part(const struct pane *pane, int row, int col, int rows, int cols);

/*
 * Put text from (row, col) on, on one line, clipped at the pane's right edge; return the column behind it (which
 * is what a caller goes on with, whether or not it all fitted).
 */
int pane_put(const struct pane *pane, int row, int col, uint8_t style, const char *text);
int pane_printf(const struct pane *pane, int row, int col, uint8_t style, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* In at most `width` columns, with an ellipsis where text is left out: at its end, or (a path) at its start. */
int pane_put_head(const struct pane *pane, int row, int col, int width, uint8_t style, const char *text);
int pane_put_tail(const struct pane *pane, int row, int col, int width, uint8_t style, const char *text);

/* So that it ends before column `end`; returns the column where it begins. */
int pane_put_right(const struct pane *pane, int row, int end, uint8_t style, const char *text);

/* Breaks text at blanks into at most `rows` lines; returns how many it took. */
int pane_wrap(const struct pane *pane, int row, int rows, uint8_t style, const char *text);

/* n cells of one glyph; and n cells marked, style and glyph left as they are. */
void pane_fill(const struct pane *pane, int row, int col, int n, uint8_t style, const char *glyph);
void pane_mark(const struct pane *pane, int row, int col, int n, uint8_t mark);

/* Columns that text takes in a grid. */
int text_width(const struct cells *cells, const char *text);

#endif
