/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson: narration, question, answer, and how far it is. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ui/lesson.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define TEXT_ROWS 64 /* of one paragraph, at most */

void screen_take_lesson(struct screen *screen, const struct stop *stop)
{
	struct lesson_state *lesson = &screen->lesson;

	if (!lesson->open)
		screen->focus = VIEW_LESSON;
	lesson->open = true;
	lesson->stop = *stop;
	/* Where not all fits, the question and its answer are what is new; drawing bounds it. */
	lesson->scroll.top = stop->question ? SHRT_MAX : 0;
	lesson->under_way = false;
}

void lesson_go(struct screen *screen, bool back)
{
	struct lesson_state *lesson = &screen->lesson;

	if (lesson->under_way)
		return;
	if (!back && lesson->stop.ended) {
		screen->message = "This lesson is at its end.";
		return;
	}
	lesson->under_way = true;
	lesson->go_on = !back;
	lesson->back = back;
}

/* Lines up to an empty one are one paragraph, whatever their length in the script. Returns the row behind. */
static int draw_lines(const struct pane *pane, int row, const struct stop *stop)
{
	struct buf text = {0};
	size_t at;

	for (at = 0; at <= stop->n_lines; at++) {
		if (at < stop->n_lines && *stop->lines[at]) {
			buf_printf(&text, "%s%s", text.len ? " " : "", stop->lines[at]);
		} else if (text.len) {
			row += pane_wrap(pane, row, TEXT_ROWS, STYLE_TEXT, text.data) + 1;
			buf_clear(&text);
		}
	}
	buf_fini(&text);
	return row;
}

/* What comes next, for somebody who has never seen this: the keys that work from the map, too. */
static void prompt(const struct screen *screen, char *text, size_t size)
{
	const struct stop *stop = &screen->lesson.stop;
	keymap_text on, back;

	keymap_keys_of(&screen->keymap, COMMAND_TAG, on);
	keymap_keys_of(&screen->keymap, COMMAND_STEP_BACK, back);
	if (screen->lesson.under_way)
		snprintf(text, size, "…");
	else if (stop->ended)
		snprintf(text, size, "That was all. %s goes back.", back);
	else if (stop->question && !stop->answer)
		snprintf(text, size, "Think first; then %s shows the answer.", on);
	else
		snprintf(text, size, "%s goes on.", on);
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row)
{
	const struct stop *stop = &screen->lesson.stop;
	char next[2 * KEYMAP_TEXT];

	row = draw_lines(pane, row, stop);
	if (stop->question)
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_STRONG, stop->question) + 1;
	if (stop->answer)
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_TEXT, stop->answer) + 1;
	if (*stop->note)
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_WARN, stop->note) + 1;
	prompt(screen, next, sizeof(next));
	return row + pane_wrap(pane, row, TEXT_ROWS, STYLE_DIM, next);
}

int lesson_rows(const struct screen *screen, int cols)
{
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	return 1 + draw_all(screen, &part, 0);
}

static void fit(struct screen *screen, int rows, int cols)
{
	scroll_fit(&screen->lesson.scroll, rows > 1 ? rows - 1 : 1, lesson_rows(screen, cols) - 1);
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct stop *stop = &screen->lesson.stop;
	char far[64];
	int end;

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	snprintf(far, sizeof(far), " %zu of %zu ", stop->at, stop->n);
	end = pane_put_right(pane, 0, pane->cols - 1, focused ? STYLE_STRONG : STYLE_DIM, far);
	pane_put(pane, 0, 1, STYLE_DIM, " ");
	end = pane_put_head(pane, 0, 2, end - 4, focused ? STYLE_STRONG : STYLE_DIM, stop->title);
	pane_put(pane, 0, end, STYLE_DIM, " ");
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct lesson_state *lesson = &screen->lesson;
	struct pane below = pane_part(pane, 1, 0, pane->rows - 1, pane->cols), inner = scroll_inner(&below);

	draw_all(screen, &inner, -lesson->scroll.top);
	draw_heading(screen, pane, focused); /* over what is scrolled out above */
	scroll_marks(&lesson->scroll, &below);
	if (focused) {
		pane->cells->cursor_row = pane->row;
		pane->cells->cursor_col = pane->col;
	}
}

static void command(struct screen *screen, enum command command)
{
	if (command == COMMAND_ENTER)
		lesson_go(screen, false);
	else
		scroll_command(&screen->lesson.scroll, command);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	scroll_mouse(&screen->lesson.scroll, mouse);
	if (mouse->what == MOUSE_DOUBLE)
		lesson_go(screen, false);
}

static const enum command commands[] = {COMMAND_ENTER, COMMAND_STEP_BACK, COMMAND_PANE,	    COMMAND_UP,
					COMMAND_TASKS, COMMAND_EVENTS,	  COMMAND_COUNTERS, COMMAND_PAGE_UP,
					COMMAND_HOME,  COMMAND_PAUSE,	  COMMAND_TAG,	    COMMAND_HELP,
					COMMAND_CLOSE, COMMAND_NONE};

const struct view view_lesson = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
