/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values over time as bars, one column each. Pure. */
#ifndef UI_SPARKLINE_H
#define UI_SPARKLINE_H

#include "ui/cells.h"

struct spark {
	bool known;
	uint64_t value;
};

/*
 * n bars from (row, col) on, `rows` high, of which the one of `highest` fills them. What is more than 0 is seen, however
 * little it is; 0 is a dot, and what is not known is blank. In ASCII a bar of one row is a digit, 1 to 9.
 */
void sparkline_draw(const struct pane *pane, int row, int col, int rows, uint8_t style,
		    const struct spark *sparks, int n, uint64_t highest);

#endif
