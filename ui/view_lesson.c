/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson: narration, question, answer, and how far it is. */
#include <stdio.h>
#include <string.h>

#include "ui/lesson.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define TEXT_ROWS 64 /* of one paragraph, at most */
#define SIGN_COLS 2
#define CAPTION_FROM 18 /* rows of a screen that has room for the map with its own caption */
#define DID_MOST 8	/* lines of the script that are told as done */

void screen_take_lesson(struct screen *screen, const struct stop *stop)
{
	struct lesson_state *lesson = &screen->lesson;

	if (!lesson->open)
		screen->focus = VIEW_LESSON;
	captions_lesson_stands(screen, lesson->open && stop->at < lesson->stop.at);
	lesson->open = true;
	lesson->stop = *stop;
	lesson->fresh = true;
	lesson->under_way = false;
}

bool lesson_shown(const struct screen *screen)
{
	return screen->lesson.open && !screen->lesson.hidden;
}

bool lesson_waits(const struct screen *screen)
{
	return screen->lesson.open && (screen->lesson.hidden || !screen->lesson.stop.ended);
}

void lesson_hide(struct screen *screen)
{
	screen->lesson.hidden = true;
	screen->focus = VIEW_MAP;
	screen->message = "Lesson closed; Space opens it again, q leaves.";
}

bool lesson_unhide(struct screen *screen)
{
	if (!screen->lesson.hidden)
		return false;
	screen->lesson.hidden = false;
	screen->focus = VIEW_LESSON;
	return true;
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
	if (!back)
		captions_lesson_goes(screen);
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
		snprintf(text, size, "That was all. The key '%s' goes back.", back);
	else if (stop->question && !stop->answer)
		snprintf(text, size, "Think first; then %s shows the answer.", on);
	else
		snprintf(text, size, "%s goes on.", on);
}

/* A paragraph behind a sign that tells it from the narration; returns the row behind it. */
static int draw_signed(const struct pane *pane, int row, const char *sign, uint8_t style, const char *text)
{
	struct pane beside = *pane;

	beside.col += SIGN_COLS;
	beside.cols -= SIGN_COLS;
	pane_put(pane, row, 0, STYLE_STRONG, sign);
	return row + pane_wrap(&beside, row, TEXT_ROWS, style, text);
}

/* The lines of the script that were carried out on the way here. */
static int draw_did(const struct pane *pane, int row, const struct stop *stop)
{
	struct buf text = {0};

	if (!stop->n_did)
		return row;
	for (size_t at = 0; at < stop->n_did && at < DID_MOST; at++)
		buf_printf(&text, "%s%s", at ? "; " : "done: ", stop->did[at]->text);
	if (stop->n_did > DID_MOST)
		buf_printf(&text, "; and %zu more", stop->n_did - DID_MOST);
	row = draw_signed(pane, row, "▸", STYLE_DIM, text.data);
	buf_fini(&text);
	return row;
}

/* What was done, and what came of it; where cells are big the caption has rows of its own. */
static int draw_happened(const struct screen *screen, const struct pane *pane, int row)
{
	const int from = row;

	row = draw_did(pane, row, &screen->lesson.stop);
	if (screen->captions.text.len && (!screen->big || screen->rows < CAPTION_FROM))
		row = draw_signed(pane, row, "◆", STYLE_TEXT, screen->captions.text.data);
	return row + (row > from);
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it, and in *fresh where what is new begins. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row, int *fresh)
{
	const struct stop *stop = &screen->lesson.stop;
	char next[2 * KEYMAP_TEXT];

	row = draw_lines(pane, row, stop);
	if (stop->question) {
		*fresh = row;
		row = draw_signed(pane, row, "?", STYLE_STRONG, stop->question) + 1;
	}
	if (stop->answer) {
		*fresh = row;
		row = draw_signed(pane, row, "→", STYLE_TEXT, stop->answer) + 1;
	}
	row = draw_happened(screen, pane, row);
	if (*stop->note)
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_WARN, stop->note) + 1;
	if (screen->paused) {
		keymap_text key;

		keymap_keys_of(&screen->keymap, COMMAND_PAUSE, key);
		snprintf(next, sizeof(next), "Paused: the map stands still; %s lets it go on.", key);
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_WARN, next);
	}
	prompt(screen, next, sizeof(next));
	return row + pane_wrap(pane, row, TEXT_ROWS, STYLE_DIM, next);
}

int lesson_rows(const struct screen *screen, int cols)
{
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);
	int fresh;

	return 1 + draw_all(screen, &part, 0, &fresh);
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct lesson_state *lesson = &screen->lesson;
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);
	int fresh = 0, lines = draw_all(screen, &part, 0, &fresh);

	if (lesson->fresh)
		lesson->scroll.top = fresh;
	lesson->fresh = false;
	scroll_fit(&lesson->scroll, rows > 1 ? rows - 1 : 1, lines);
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct stop *stop = &screen->lesson.stop;
	char far[64];
	int end;

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	snprintf(far, sizeof(far), " stop %zu of %zu ", stop->at, stop->n);
	end = pane_put_right(pane, 0, pane->cols - 1, focused ? STYLE_STRONG : STYLE_DIM, far);
	pane_put(pane, 0, 1, STYLE_DIM, " ");
	end = pane_put_head(pane, 0, 2, end - 4, focused ? STYLE_STRONG : STYLE_DIM, stop->title);
	pane_put(pane, 0, end, STYLE_DIM, " ");
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct lesson_state *lesson = &screen->lesson;
	struct pane below = pane_part(pane, 1, 0, pane->rows - 1, pane->cols), inner = scroll_inner(&below);
	int fresh;

	draw_all(screen, &inner, -lesson->scroll.top, &fresh);
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

static const enum command commands[] = {COMMAND_ENTER,	  COMMAND_STEP_BACK, COMMAND_PANE,  COMMAND_GLOSSARY,
					COMMAND_BIG,	  COMMAND_UP,	     COMMAND_TASKS, COMMAND_EVENTS,
					COMMAND_COUNTERS, COMMAND_PAGE_UP,   COMMAND_HOME,  COMMAND_PAUSE,
					COMMAND_TAG,	  COMMAND_HELP,	     COMMAND_CLOSE, COMMAND_NONE};

const struct view view_lesson = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
