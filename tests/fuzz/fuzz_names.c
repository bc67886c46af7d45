/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as the name of a process or file: as text and in cells of the screen nothing of it but what can be seen. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "format/text_line.h"
#include "format/utf8.h"
#include "ui/cells.h"

#define COLS 40
#define ROWS 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* All that is there is UTF-8 that is seen, or only ASCII. */
static void check_shown(const char *at, size_t len, bool ascii)
{
	const char *end = len ? at + len : at;
	uint32_t code;
	size_t n;

	for (; at < end; at += n) {
		n = utf8_decode(at, end, &code);
		must(n && line_shows(code) && (!ascii || code < 0x7f));
	}
}

static void check_text(const char *text)
{
	struct buf whole = {0}, end = {0};
	bool ascii = false;
	unsigned room;

	do {
		buf_clear(&whole);
		line_safe(&whole, text, ascii);
		check_shown(whole.data, whole.len, ascii);
		for (room = 4; room < COLS; room += 13) {
			buf_clear(&end);
			must(line_safe_end(&end, text, ascii, room) <= room);
			check_shown(end.data, end.len, ascii);
		}
		ascii = !ascii;
	} while (ascii);
	buf_fini(&whole);
	buf_fini(&end);
}

/* A cell holds a character with its marks, or is the right half of one. */
static void check_cells(const char *text, bool ascii)
{
	struct cells cells = {.ascii = ascii};
	struct pane all, pane;
	struct cell *cell;
	int row, col;

	cells_resize(&cells, ROWS, COLS);
	all = pane_whole(&cells);
	pane = pane_part(&all, 0, 2, ROWS, COLS - 4);
	pane_put(&pane, 0, 0, 1, text);
	pane_put_tail(&pane, 0, 3, 17, 1, text);
	pane_put_head(&pane, 1, -1, 20, 1, text);
	pane_put_right(&pane, 1, COLS - 5, 1, text);
	pane_wrap(&pane, 2, 1, 1, text);
	must(text_width(&cells, text) >= 0);
	for (row = 0; row < ROWS; row++)
		for (col = 0; col < COLS; col++) {
			cell = cells_at(&cells, row, col);
			must(memchr(cell->glyph, 0, sizeof(cell->glyph)));
			must(cell->glyph[0] || (col && cells_at(&cells, row, col - 1)->glyph[0]));
			must((col > 1 && col < COLS - 2) || !strcmp(cell->glyph, " "));
			check_shown(cell->glyph, strlen(cell->glyph), ascii);
		}
	cells_fini(&cells);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_alloc(size + 1);
	static bool set;

	if (!set)
		setlocale(LC_CTYPE, "C.UTF-8");
	set = true;
	memcpy(text, data, size);
	text[size] = '\0';
	check_text(text);
	check_cells(text, false);
	check_cells(text, true);
	free(text);
	return 0;
}
