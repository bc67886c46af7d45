/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting, drawn. */
#include "ui/tasks_wait.h"

#include <stdlib.h>

#include "core/mem.h"
#include "ui/theme.h"

#define RING_ROWS 3
#define ARROW " ─→ "

void tasks_wait_text(const struct task *task, struct buf *text)
{
	buf_printf(text, "waits%s[%s]", ARROW, task->waits);
	if (*task->holder)
		buf_printf(text, "%s%s", ARROW, task->holder);
}

void tasks_holds_text(const struct task *task, struct buf *text)
{
	for (size_t at = 0; at < task->n_holds; at++)
		buf_printf(text, "%s[%s]", at ? " " : "holds ", task->holds[at]);
	if (!task->n_holds)
		buf_puts(text, "holds no lock");
}

/* Appends the circle in which tasks wait for each other; nothing if there is none. */
static void ring_text(const struct moment *moment, struct buf *text)
{
	size_t *ring = mem_alloc((moment->n_tasks + 1) * sizeof(*ring));
	const size_t n = task_ring(moment->tasks, moment->n_tasks, ring);

	for (size_t at = 0; at < n; at++) {
		const struct task *task = &moment->tasks[ring[at]];

		buf_printf(text, "%s%s%s[%s]%s", at ? "" : "deadlock: ", task->name, ARROW, task->waits,
			   ARROW);
	}
	if (n)
		buf_puts(text, moment->tasks[ring[0]].name);
	free(ring);
}

int tasks_ring_rows(const struct screen *screen, int cols)
{
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols};
	struct buf text = {0};
	int rows = 0;

	ring_text(screen->scene.newest, &text);
	if (text.len)
		rows = pane_wrap(&pane, 0, RING_ROWS, STYLE_TEXT, text.data);
	buf_fini(&text);
	return rows;
}

void tasks_ring_draw(const struct screen *screen, const struct pane *pane)
{
	struct buf text = {0};

	ring_text(screen->scene.newest, &text);
	if (text.len)
		pane_wrap(pane, 0, pane->rows, STYLE_ERROR, text.data);
	buf_fini(&text);
}
