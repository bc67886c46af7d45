/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom, drawn: a task, an arrow, the lock, an arrow, who holds it. */
#ifndef UI_TASKS_WAIT_H
#define UI_TASKS_WAIT_H

#include "ui/screen.h"

/* Appends "waits ─→ [kid's mmap_lock for writing] ─→ look" of a waiting task. */
void tasks_wait_text(const struct task *task, struct buf *text);

/* Appends a token for each lock that it holds, or that it holds none. */
void tasks_holds_text(const struct task *task, struct buf *text);

/* The circle in which tasks wait for each other: rows that it takes at a width, 0 if there is none; draws it. */
int tasks_ring_rows(const struct screen *screen, int cols);
void tasks_ring_draw(const struct screen *screen, const struct pane *pane);

#endif
