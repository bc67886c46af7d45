/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tasks of a model: a line for each, below them where the chosen one stands, what it holds and waits for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/verdict.h"
#include "ui/screen.h"
#include "ui/tasks_wait.h"
#include "ui/theme.h"

#define MARK_COLS 2
#define NAME_COLS 12
#define STATE_COLS 8 /* "waiting" */
#define WHAT_COLS 30
#define WHAT_FROM 90 /* from this width on a line has what the task does */
#define LABEL_COLS 7 /* "waits" */
#define TELL_LEAST 2 /* rows of what is told of the chosen one */
#define TALL_PER 2   /* rows of a task: where it is, and what it holds */
#define TALL_COLS 60 /* from this width on */
#define TEXT_ROWS 4  /* of one text of the chosen one, at most */
#define WHEEL_ROWS 3

static const struct task *task_at(const struct screen *screen, size_t at)
{
	return &screen->scene.newest->tasks[at];
}

/* How the pane is divided: so many tasks, each in so many rows, and the circle of a deadlock. */
struct plan {
	int tasks, per, ring;
};

static void make_plan(const struct screen *screen, int rows, int cols, struct plan *plan)
{
	const int n = (int)tasks_count(screen), room = rows - 1;

	*plan = (struct plan){.per = 1, .ring = n ? tasks_ring_rows(screen, cols - 2) : 0};
	if (plan->ring > room)
		plan->ring = room > 0 ? room : 0;
	/*
	 * What comes next of the chosen one, and what it holds, is told before more than it are listed. A deadlock before
	 * that: nothing comes next.
	 */
	if (plan->ring)
		plan->tasks = room - plan->ring < n ? room - plan->ring : n;
	else if (room < 2)
		plan->tasks = room > 0 ? room : 0;
	else if (n + TELL_LEAST <= room)
		plan->tasks = n;
	else
		plan->tasks = room > TELL_LEAST ? room - TELL_LEAST : 1;
	/* With room for all of them in two rows each it is seen at once who holds what and who waits for it. */
	if (cols >= TALL_COLS && TALL_PER * n + plan->ring + TELL_LEAST <= room)
		plan->per = TALL_PER;
}

static int list_rows(const struct plan *plan)
{
	return plan->tasks * plan->per;
}

/* What became of it: its errno, and the kernel's own word. */
static void ended_text(const struct task *task, struct buf *text)
{
	if (task->error)
		buf_printf(text, "%s (%s)", strerrorname_np(-task->error), strerror(-task->error));
	else
		buf_puts(text, "0");
	if (*task->verdict)
		buf_printf(text, ", %s", task->verdict);
}

/* Whether the function says more than the step, which may be its beginning and called so. */
static bool inside(const struct task *task)
{
	return *task->function && strcmp(task->function, task->step);
}

/* Where it is, in a line. */
static void where_text(const struct task *task, struct buf *text)
{
	switch (task->state) {
	case TASK_READY:
		if (inside(task))
			buf_printf(text, "%s: %s", task->function, task->step);
		else if (*task->function)
			buf_puts(text, task->step);
		else
			buf_printf(text, "begins with %s", task->step);
		break;
	case TASK_WAITING:
		buf_printf(text, "for %s%s%s", task->waits, *task->holder ? ", held by " : "", task->holder);
		break;
	case TASK_DONE:
		ended_text(task, text);
		break;
	case TASK_STATE_COUNT:
		break;
	}
}

static uint8_t state_style(const struct task *task)
{
	return task->state == TASK_WAITING || task->error ? STYLE_WARN
	       : task->state == TASK_DONE		  ? STYLE_DIM
							  : STYLE_TEXT;
}

static int where_col(const struct pane *pane)
{
	return MARK_COLS + NAME_COLS + 1 + (pane->cols >= WHAT_FROM ? WHAT_COLS + 1 : 0) + STATE_COLS;
}

/* Whether the list tells for what a task waits, and in its second row what it holds: the end of neither is cut off. */
static bool list_tells(const struct pane *list, const struct task *task, int per, bool holds)
{
	const int col = per > 1 ? MARK_COLS + NAME_COLS + 1 : where_col(list);
	struct buf text = {0};
	bool whole;

	if (holds && per < TALL_PER)
		return false;
	if (holds)
		tasks_holds_text(task, &text);
	else if (per < TALL_PER)
		where_text(task, &text);
	else
		tasks_wait_text(task, &text);
	whole = col + text_width(list->cells, text.data) <= list->cols;
	buf_fini(&text);
	return whole;
}

static void draw_line(const struct pane *pane, int row, const struct task *task, bool chosen)
{
	struct buf text = {0};
	int col = MARK_COLS;

	pane_put(pane, row, 0, STYLE_STRONG, chosen ? "▶" : " ");
	pane_put_head(pane, row, col, NAME_COLS, chosen ? STYLE_STRONG : STYLE_TEXT, task->name);
	col += NAME_COLS + 1;
	if (pane->cols >= WHAT_FROM) {
		pane_put_head(pane, row, col, WHAT_COLS, STYLE_TEXT, task->what);
		col += WHAT_COLS + 1;
	}
	pane_put(pane, row, col, state_style(task), task_state_name(task->state));
	col += STATE_COLS;
	where_text(task, &text);
	if (text.len)
		pane_put_head(pane, row, col, pane->cols - col, state_style(task), text.data);
	buf_fini(&text);
}

/* In two rows: where it is or for what it waits and who has that, and the locks that it holds. */
static void draw_tall(const struct pane *pane, int row, const struct task *task, bool chosen)
{
	const int from = MARK_COLS + NAME_COLS + 1;
	struct buf text = {0};
	int col = from;

	pane_put(pane, row, 0, STYLE_STRONG, chosen ? "▶" : " ");
	pane_put_head(pane, row, MARK_COLS, NAME_COLS, STYLE_STRONG, task->name);
	if (task->state == TASK_WAITING) {
		tasks_wait_text(task, &text);
	} else {
		col = pane_put(pane, row, col, state_style(task), task_state_name(task->state)) + 2;
		where_text(task, &text);
	}
	if (text.len)
		pane_put_head(pane, row, col, pane->cols - col, state_style(task), text.data);
	buf_clear(&text);
	tasks_holds_text(task, &text);
	if (task->state != TASK_DONE)
		pane_put_head(pane, row + 1, from, pane->cols - from, task->n_holds ? STYLE_TEXT : STYLE_DIM,
			      text.data);
	buf_fini(&text);
}

static int draw_told(const struct pane *pane, int row, const char *label, uint8_t style, struct buf *text)
{
	struct pane beside = *pane;

	beside.col += LABEL_COLS;
	beside.cols -= LABEL_COLS;
	pane_put(pane, row, 0, STYLE_DIM, label);
	row += pane_wrap(&beside, row, TEXT_ROWS, style,
			 text->len ? text->data : ""); /* nothing printed is no text */
	buf_clear(text);
	return row;
}

/* What it waits for, what comes next, what it holds, but for what the list tells of it; returns the row behind. */
static int draw_unfinished(const struct pane *pane, int row, const struct task *task, const struct pane *list,
			   int per)
{
	struct buf text = {0};

	if (task->state == TASK_WAITING && !list_tells(list, task, per, false)) {
		buf_printf(&text, "%s%s%s", task->waits, *task->holder ? ", which is held by " : "",
			   task->holder);
		row = draw_told(pane, row, "waits", STYLE_WARN, &text);
	}
	buf_printf(&text, "%s%s%s", task->step, inside(task) ? ", in " : "",
		   inside(task) ? task->function : "");
	row = draw_told(pane, row, "next", STYLE_STRONG, &text);
	for (size_t at = 0; at < task->n_holds; at++)
		buf_printf(&text, "%s%s", at ? ", " : "", task->holds[at]);
	if (!task->n_holds)
		buf_puts(&text, "no lock");
	if (!list_tells(list, task, per, true))
		row = draw_told(pane, row, "holds", STYLE_TEXT, &text);
	buf_fini(&text);
	return row;
}

/* The chosen one: what comes next, or became of it, and what it does. */
static void draw_chosen(const struct pane *pane, const struct task *task, const struct pane *list, int per)
{
	struct buf text = {0};
	int row = 0;

	if (task->state == TASK_DONE) {
		ended_text(task, &text);
		row = draw_told(pane, row, "ended", task->error ? STYLE_WARN : STYLE_TEXT, &text);
		if (*task->verdict && *verdict_text(task->verdict)) {
			buf_puts(&text, verdict_text(task->verdict));
			row = draw_told(pane, row, "", STYLE_TEXT, &text);
		}
	} else {
		row = draw_unfinished(pane, row, task, list, per);
	}
	buf_puts(&text, *task->what ? task->what : task->name);
	draw_told(pane, row, "does", STYLE_TEXT, &text);
	buf_fini(&text);
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	char scheduler[48];
	int col;

	tasks_scheduler(screen, scheduler, sizeof(scheduler));

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	col = pane_printf(pane, 0, 1, focused ? STYLE_STRONG : STYLE_DIM, " tasks %zu ", tasks_count(screen));
	pane_printf(pane, 0, col + 1, STYLE_DIM, " %s ", scheduler);
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct tasks_state *tasks = &screen->tasks;
	const size_t n = tasks_count(screen), at = tasks_chosen(screen);
	struct plan plan;
	size_t room;

	make_plan(screen, rows, cols, &plan);
	room = (size_t)plan.tasks;
	tasks->rows = rows;
	tasks->cols = cols;
	if (at < n && at < tasks->top)
		tasks->top = at;
	if (at < n && room && at >= tasks->top + room)
		tasks->top = at - room + 1;
	if (tasks->top + room > n)
		tasks->top = n > room ? n - room : 0;
}

static void draw_list(const struct screen *screen, const struct pane *pane, const struct plan *plan,
		      bool focused)
{
	const size_t n = tasks_count(screen), chosen = tasks_chosen(screen);
	const struct pane list = pane_part(pane, 1, 1, list_rows(plan), pane->cols - 2);
	size_t at = screen->tasks.top;

	for (int row = 0; row < list_rows(plan) && at < n; row += plan->per, at++) {
		if (plan->per > 1)
			draw_tall(&list, row, task_at(screen, at), at == chosen);
		else
			draw_line(&list, row, task_at(screen, at), at == chosen);
		if (at != chosen || !focused)
			continue;
		for (int part = 0; part < plan->per; part++)
			pane_mark(&list, row + part, 0, list.cols, MARK_CURSOR);
		pane->cells->cursor_row = list.row + row;
		pane->cells->cursor_col = list.col;
	}
	if (screen->tasks.top)
		pane_put(pane, 1, pane->cols - 1, STYLE_STRONG, "↑");
	if (screen->tasks.top + (size_t)plan->tasks < n)
		pane_put(pane, list_rows(plan), pane->cols - 1, STYLE_STRONG, "↓");
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const size_t n = tasks_count(screen), chosen = tasks_chosen(screen);
	struct pane part, list;
	struct plan plan;
	int row;

	make_plan(screen, pane->rows, pane->cols, &plan);
	draw_heading(screen, pane, focused);
	if (!n) {
		part = pane_part(pane, 1, 1, pane->rows - 1, pane->cols - 2);
		pane_wrap(&part, 0, part.rows, STYLE_DIM,
			  "no task yet: by hand, a trigger on the map begins one");
		return;
	}
	draw_list(screen, pane, &plan, focused);
	row = 1 + list_rows(&plan);
	part = pane_part(pane, row, 1, plan.ring, pane->cols - 2);
	tasks_ring_draw(screen, &part);
	row += plan.ring;
	part = pane_part(pane, row, 1 + MARK_COLS, pane->rows - row, pane->cols - 2 - MARK_COLS);
	list = pane_part(pane, 1, 1, list_rows(&plan), pane->cols - 2);
	if (chosen < n)
		draw_chosen(&part, task_at(screen, chosen), &list, plan.per);
}

static void go(struct screen *screen, size_t at)
{
	const size_t n = tasks_count(screen);

	if (n)
		snprintf(screen->tasks.chosen, sizeof(screen->tasks.chosen), "%s",
			 task_at(screen, at < n ? at : n - 1)->name);
	fit(screen, screen->tasks.rows, screen->tasks.cols);
}

static void command(struct screen *screen, enum command command)
{
	const size_t n = tasks_count(screen), at = tasks_chosen(screen);

	if (command == COMMAND_ENTER)
		tasks_command(screen, command);
	else if (command == COMMAND_UP)
		go(screen, at ? at - 1 : 0);
	else if (command == COMMAND_DOWN)
		go(screen, at + 1);
	else if (command == COMMAND_HOME || command == COMMAND_PAGE_UP)
		go(screen, 0);
	else if (command == COMMAND_END || command == COMMAND_PAGE_DOWN)
		go(screen, n);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	const struct tasks_state *tasks = &screen->tasks;
	const size_t at = tasks_chosen(screen);
	struct plan plan;

	make_plan(screen, tasks->rows, tasks->cols, &plan);
	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN)
		go(screen, mouse->what == MOUSE_WHEEL_DOWN ? at + WHEEL_ROWS
			   : at > WHEEL_ROWS		   ? at - WHEEL_ROWS
							   : 0);
	else if (mouse->row > 0 && mouse->row <= list_rows(&plan))
		go(screen, tasks->top + (size_t)((mouse->row - 1) / plan.per));
	if (mouse->what == MOUSE_DOUBLE)
		command(screen, COMMAND_ENTER);
}

static const enum command commands[] = {
	COMMAND_UP,	    COMMAND_STEP,     COMMAND_STEP_BACK, COMMAND_ENTER, COMMAND_RUN_ALL,
	COMMAND_SCHEDULER,  COMMAND_TASKS,    COMMAND_PANE,	 COMMAND_BACK,	COMMAND_HOME,
	COMMAND_STEP_AGAIN, COMMAND_COLLAPSE, COMMAND_SPLIT,	 COMMAND_WRITE, COMMAND_FORK,
	COMMAND_PAUSE,	    COMMAND_EVENTS,   COMMAND_COUNTERS,	 COMMAND_BIG,	COMMAND_GLOSSARY,
	COMMAND_HELP,	    COMMAND_CLOSE,    COMMAND_NONE};

const struct view view_tasks = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
