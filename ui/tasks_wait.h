/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom, drawn: a task, an arrow, the lock, an arrow, who holds it. */
#ifndef UI_TASKS_WAIT_H
#define UI_TASKS_WAIT_H

#include "ui/screen.h"

/* Puts "waits ─→ [mmap_lock of kid write] ─→ look" of a waiting task; returns the column behind it. */
int tasks_wait_put(const struct pane *pane, int row, int col, const struct task *task);

/* Puts a token for each lock that it holds, or that it holds none. */
void tasks_holds_put(const struct pane *pane, int row, int col, const struct task *task);

/* Appends the circle in which tasks wait for each other; nothing if there is none. */
void tasks_ring(const struct moment *moment, struct buf *text);

/* Rows that it takes at a width; draws it. */
int tasks_ring_rows(const struct screen *screen, int cols);
void tasks_ring_draw(const struct screen *screen, const struct pane *pane);

#endif
