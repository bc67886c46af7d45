/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events: a line for each, the newest at the bottom; with room below them all that is known of the cursor's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/event_text.h"
#include "ui/map_find.h"
#include "ui/map_view.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define INDENT 1
#define WHAT_COLS 11 /* "split-folio" */
#define ADDR_COLS 12 /* of user space; the kernel's half takes what room there is */
#define ADDR_FROM 50 /* from this width on a line has the address, */
#define PID_FROM 60  /* from this on the PID */
#define PID_COLS 7
#define DETAIL_ROWS 9 /* of the cursor's event, with the line above */
#define DETAIL_FROM 9 /* rows of the pane from which on it has them */
#define WHEEL_ROWS 3
#define TEXT_ROWS 32 /* of one text of the details, at most */

static int list_rows(int rows)
{
	int details = rows < DETAIL_FROM ? 0 : rows / 2 < DETAIL_ROWS ? rows / 2 : DETAIL_ROWS;

	return rows - 1 - details;
}

/* The name that the screen has for a PID. */
static const char *comm_of(const struct screen *screen, pid_t pid)
{
	size_t i;

	for (i = 0; i < screen->scene.n; i++)
		if (screen->scene.shown[i].pid == pid)
			return screen->scene.shown[i].comm;
	return "";
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	static const char *const filters[EVENTS_FILTER_COUNT] = {
		[EVENTS_ALL] = "",
		[EVENTS_TRIGGERED] = "triggered alone",
		[EVENTS_OTHERS] = "by themselves alone",
	};
	const size_t newer = events_newer(&screen->events);
	int col;

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	col = pane_printf(pane, 0, INDENT, focused ? STYLE_STRONG : STYLE_DIM, " events %zu ",
			  events_shown(&screen->events));
	if (screen->events.filter != EVENTS_ALL)
		col = pane_printf(pane, 0, col, STYLE_WARN, "%s ", filters[screen->events.filter]);
	if (newer)
		pane_printf(pane, 0, col, STYLE_WARN, "+%zu newer ", newer);
}

static uint8_t style_of(const struct occurrence *happened)
{
	return happened->error || happened->event.error || happened->event.kind == EVENT_LOST ? STYLE_WARN
											      : STYLE_TEXT;
}

/* With what it stands for besides; its parts are the other's. */
static struct occurrence as_told(const struct events_state *events, const struct occurrence *happened)
{
	struct occurrence told = *happened;

	told.event = events_told(events, happened);
	return told;
}

static void draw_line(const struct events_state *events, const struct pane *pane, int row,
		      const struct occurrence *happened)
{
	const struct occurrence told = as_told(events, happened);
	const struct event *event = &told.event;
	char time[EVENT_TIME_COLS + 1];
	struct buf text = {0};
	int col = EVENT_TIME_COLS + 1;

	event_time(event, time);
	pane_put(pane, row, 0, STYLE_DIM, time);
	pane_put(pane, row, col, event->triggered ? STYLE_STRONG : STYLE_TEXT, event_name(event->kind));
	col += WHAT_COLS + 1;
	if (pane->cols >= ADDR_FROM) {
		int end = col + ADDR_COLS;

		if (event->addr || event->len)
			end = pane_printf(pane, row, col, STYLE_TEXT, "%*" PRIx64, ADDR_COLS, event->addr);
		col = end + 1;
	}
	if (pane->cols >= PID_FROM) {
		if (event->pid)
			pane_printf(pane, row, col, STYLE_DIM, "%*d", PID_COLS, (int)event->pid);
		col += PID_COLS + 1;
	}
	event_outcome(&told, &text);
	if (text.len)
		pane_put_head(pane, row, col, pane->cols - col, style_of(happened), text.data);
	buf_fini(&text);
}

/* A model's kernel does much of which no event tells. */
static const char *none_text(const struct screen *screen)
{
	if (screen->events.n)
		return "none of this kind";
	if (tasks_known(screen))
		return "a model tells no events but of what you trigger on the map: what else happened "
		       "stands "
		       "with its tasks";
	return "nothing happened yet";
}

static void draw_list(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct events_state *events = &screen->events;
	const size_t n = events_shown(events), cursor = events_cursor(events);
	struct pane inner = pane_part(pane, 0, INDENT, pane->rows, pane->cols - 2 * INDENT);
	size_t at = events->top;
	int row;

	if (!n)
		pane_wrap(&inner, 0, inner.rows, STYLE_DIM, none_text(screen));
	for (row = 0; row < pane->rows && at < n; row++, at++) {
		draw_line(events, &inner, row, events_at(events, at));
		if (!focused || at != cursor)
			continue;
		pane_mark(pane, row, 0, pane->cols, MARK_CURSOR);
		pane->cells->cursor_row = pane->row + row;
		pane->cells->cursor_col = pane->col;
	}
	if (events->top)
		pane_put(pane, 0, pane->cols - 1, STYLE_STRONG, "↑");
	if (pane->rows > 0 && events->top + (size_t)pane->rows < n)
		pane_put(pane, pane->rows - 1, pane->cols - 1, STYLE_STRONG, "↓");
}

/* One text, which is then empty again; returns the row behind it. */
static int draw_text(const struct pane *pane, int row, uint8_t style, struct buf *text)
{
	if (text->len)
		row += pane_wrap(pane, row, TEXT_ROWS, style, text->data);
	buf_clear(text);
	return row;
}

/* All of it from `row` on, also what is scrolled out, first in plain words; returns the row behind it. */
static int draw_details(const struct screen *screen, const struct pane *pane, int row,
			const struct occurrence *happened)
{
	const struct occurrence told = as_told(&screen->events, happened);
	const struct event *event = &told.event;
	struct buf text = {0};
	size_t i;

	captions_say(screen, happened, &text);
	row = draw_text(pane, row, STYLE_STRONG, &text);
	if (event->kind != EVENT_MAPPING || !*event->why) /* else that was in the very words */
		event_meaning(&told, &text);
	row = draw_text(pane, row, style_of(happened), &text);
	for (i = 0; i < event->n_effects; i++) {
		event_change(&event->effects[i], &text);
		buf_printf(&text, "  %d %" PRIx64, (int)event->effects[i].pid, event->effects[i].addr);
		row = draw_text(pane, row, STYLE_TEXT, &text);
	}
	event_deed(happened, comm_of(screen, event->pid), &text);
	row = draw_text(pane, row, STYLE_TEXT, &text);
	event_counters(event, &text);
	if (text.len)
		buf_puts(&text, " (of the whole machine)");
	row = draw_text(pane, row, STYLE_DIM, &text);
	buf_fini(&text);
	return row;
}

static int detail_rows(int rows)
{
	rows -= list_rows(rows) + 2;
	return rows > 0 ? rows : 0;
}

/* Where its details come to lie depends on the width alone: measured without drawing. */
static void fit_details(struct screen *screen, int rows, int cols)
{
	struct events_state *events = &screen->events;
	const struct occurrence *happened = events_at(events, events_cursor(events));
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	if (events->told != happened)
		events->detail.top = 0;
	events->told = happened;
	scroll_fit(&events->detail, detail_rows(rows),
		   happened && rows > 0 ? draw_details(screen, &part, 0, happened) : 0);
}

static void fit(struct screen *screen, int rows, int cols)
{
	screen->events.rows = rows;
	screen->events.cols = cols;
	events_scroll(&screen->events, (size_t)(list_rows(rows) > 0 ? list_rows(rows) : 1));
	fit_details(screen, rows, cols);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct events_state *events = &screen->events;
	int rows = list_rows(pane->rows);
	struct pane part, details;

	draw_heading(screen, pane, focused);
	part = pane_part(pane, 1, 0, rows, pane->cols);
	draw_list(screen, &part, focused);
	if (rows + 1 >= pane->rows || !events_shown(events))
		return;
	pane_fill(pane, rows + 1, 0, pane->cols, STYLE_DIM, "─");
	details = pane_part(pane, rows + 2, 0, detail_rows(pane->rows), pane->cols);
	part = scroll_inner(&details);
	draw_details(screen, &part, -events->detail.top, events_at(events, events_cursor(events)));
	scroll_marks(&events->detail, &details);
}

/* To its region on the map. */
static void enter(struct screen *screen)
{
	const struct events_state *events = &screen->events;
	const struct occurrence *happened = events_at(events, events_cursor(events));
	const struct event *event;

	if (!happened)
		return;
	event = &happened->event;
	if (!map_find_event(screen, event->pid, event->addr, event->addr || event->len))
		return;
	screen->focus = VIEW_MAP;
}

/* The page keys read on in the details first, if they do not fit: whether they did. */
static bool read_on(struct events_state *events, enum command command)
{
	const int top = events->detail.top;

	if ((command != COMMAND_PAGE_UP && command != COMMAND_PAGE_DOWN) || !events->detail.rows)
		return false;
	scroll_command(&events->detail, command);
	if (events->detail.top == top)
		return false;
	events_stay(events); /* what is read stays, whatever comes */
	return true;
}

static void command(struct screen *screen, enum command command)
{
	struct events_state *events = &screen->events;
	size_t at = events_cursor(events), n = events_shown(events);
	size_t page = list_rows(events->rows) > 2 ? (size_t)list_rows(events->rows) - 1 : 1;

	if (command == COMMAND_ENTER) {
		enter(screen);
		return;
	}
	if (command == COMMAND_GOTO) { /* an address is of the map */
		screen->focus = VIEW_MAP;
		view_map.command(screen, command);
		return;
	}
	if (read_on(events, command))
		return;
	if (command == COMMAND_FILTER)
		events_refilter(events);
	else if (command == COMMAND_UP)
		events_go(events, at ? at - 1 : 0);
	else if (command == COMMAND_DOWN)
		events_go(events, at + 1);
	else if (command == COMMAND_PAGE_UP)
		events_go(events, at > page ? at - page : 0);
	else if (command == COMMAND_PAGE_DOWN)
		events_go(events, at + page);
	else if (command == COMMAND_HOME)
		events_go(events, 0);
	else if (command == COMMAND_END)
		events_go(events, n);
	fit(screen, events->rows, events->cols);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	struct events_state *events = &screen->events;
	size_t at = events_cursor(events), row;

	if (mouse->row > list_rows(events->rows) + 1 && events->detail.lines > events->detail.rows) {
		scroll_mouse(&events->detail, mouse);
		events_stay(events);
		return;
	}
	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN) {
		events_go(events, mouse->what == MOUSE_WHEEL_DOWN ? at + WHEEL_ROWS
				  : at > WHEEL_ROWS		  ? at - WHEEL_ROWS
								  : 0);
	} else if (mouse->row > 0 && mouse->row <= list_rows(events->rows)) {
		row = events->top + (size_t)mouse->row - 1;
		if (row < events_shown(events))
			events_go(events, row);
		if (mouse->what == MOUSE_DOUBLE)
			enter(screen);
	}
	fit(screen, events->rows, events->cols);
}

static const enum command commands[] = {COMMAND_ENTER,	  COMMAND_EVENTS, COMMAND_BACK,	    COMMAND_FILTER,
					COMMAND_GLOSSARY, COMMAND_PANE,	  COMMAND_COUNTERS, COMMAND_UP,
					COMMAND_PAGE_UP,  COMMAND_HOME,	  COMMAND_GOTO,	    COMMAND_PAUSE,
					COMMAND_HELP,	  COMMAND_CLOSE,  COMMAND_NONE};

const struct view view_events = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
