/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subpages as a grid, shaded by mapcount. */
#include "ui/region_grid.h"

#include <stdio.h>

#include "ui/theme.h"

/* What is shown of one subpage: the mapcount as a digit, or a letter for what has none. */
static char page_sign(const struct subject *subject, uint32_t index, uint8_t *style)
{
	const struct page *page = subject_page(subject, index);

	*style = STYLE_PAGE_NONE;
	if (!page)
		return subject_inside(subject, index) ? '.' : ' ';
	*style = STYLE_PAGE_ABSENT;
	if (page->guard)
		return 'g';
	if (page->swapped)
		return 's';
	if (!page->present)
		return 'm';
	*style = STYLE_PAGE_UNKNOWN;
	if (!page->has_mapcount)
		return '?';
	*style = page->mapcount < 2    ? STYLE_PAGE_ONCE
		 : page->mapcount == 2 ? STYLE_PAGE_TWICE
		 : page->mapcount < 10 ? STYLE_PAGE_FEW
				       : STYLE_PAGE_MANY;
	return page->mapcount < 10 ? (char)('0' + page->mapcount) : '+';
}

uint32_t grid_cols(const struct subject *subject, int cols)
{
	uint32_t n = subject->subpages < GRID_COLS ? subject->subpages : GRID_COLS;

	while (n > 1 && (int)n * subject->step > cols)
		n /= 2;
	return n;
}

uint32_t grid_first(const struct subject *subject, int rows, int width)
{
	uint32_t cols = grid_cols(subject, width), all = subject->subpages / cols, top;

	if (rows <= 0 || all <= (uint32_t)rows)
		return 0;
	top = subject->at / cols / (uint32_t)rows * (uint32_t)rows;
	return (top < all - (uint32_t)rows ? top : all - (uint32_t)rows) * cols;
}

static void draw_row(const struct subject *subject, const struct pane *pane, int row, uint32_t first,
		     uint32_t cols)
{
	const int width = (int)cols * subject->step;
	char sign[2] = "", number[16];
	uint8_t style;
	uint32_t col;

	for (col = 0; col < cols; col++) {
		sign[0] = page_sign(subject, first + col, &style);
		pane_fill(pane, row, (int)col * subject->step, subject->step, style, " ");
		pane_put(pane, row, (int)col * subject->step, style, sign[0] == '.' ? "·" : sign);
	}
	snprintf(number, sizeof(number), "%4u", first);
	if (width + GRID_NUMBER <= pane->cols)
		pane_put(pane, row, width + 1, STYLE_DIM, number);
}

int grid_draw(const struct subject *subject, const struct pane *pane, bool focused)
{
	uint32_t cols = grid_cols(subject, pane->cols), rows = subject->subpages / cols, row;
	uint32_t first = grid_first(subject, pane->rows, pane->cols), at = subject->at;

	if (pane->rows <= 0)
		return 0;
	if (rows > (uint32_t)pane->rows)
		rows = (uint32_t)pane->rows;
	for (row = 0; row < rows; row++, first += cols) {
		draw_row(subject, pane, (int)row, first, cols);
		if (at < first || at - first >= cols)
			continue;
		pane_mark(pane, (int)row, (int)(at - first) * subject->step, subject->step,
			  focused ? MARK_CURSOR : MARK_QUIET_CURSOR);
		if (focused) {
			pane->cells->cursor_row = pane->row + (int)row;
			pane->cells->cursor_col = pane->col + (int)(at - first) * subject->step;
		}
	}
	if (first < subject->subpages) /* rows end here, the grid does not */
		pane_put(pane, (int)rows - 1, (int)cols * subject->step + GRID_NUMBER, STYLE_STRONG, "↓");
	if (first > rows * cols)
		pane_put(pane, 0, (int)cols * subject->step + GRID_NUMBER, STYLE_STRONG, "↑");
	return (int)rows;
}
