/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done with the mouse. */
#ifndef UI_MOUSE_H
#define UI_MOUSE_H

enum mouse_what { MOUSE_CLICK, MOUSE_DOUBLE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse {
	enum mouse_what what;
	int row, col; /* of the screen, or of the pane that a view is told of */
};

#endif
