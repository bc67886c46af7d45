/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson: narration, question, answer, and how far it is. */
#include <stdio.h>
#include <string.h>

#include "ui/lesson.h"
#include "ui/screen_parts.h"
#include "ui/theme.h"

#define TEXT_ROWS 64 /* of one paragraph, at most */
#define SIGN_COLS 2
#define TITLE_BESIDE 5 /* columns of the heading that are neither its title nor how far it is */
#define PROMPT_MAX (sizeof(((struct lesson_state *)NULL)->said) + (size_t)2 * KEYMAP_TEXT)
#define CAPTION_FROM 18 /* rows of a screen that has room for the map with its own caption */
#define DID_MOST 8	/* lines of the script that are told as done */

void screen_take_lesson(struct screen *screen, const struct stop *stop)
{
	struct lesson_state *lesson = &screen->lesson;

	/* What is told is read before anything else, wherever the key that goes on was pressed; but for what is typed. */
	if (!lesson->open || (!lesson->hidden && !screen_covered(screen) && !screen->panes[VIEW_LESSON].rows))
		lesson->calls = true;
	if (screen->prompt.kind == PROMPT_NONE)
		lesson_answer(screen);
	captions_lesson_stands(screen, lesson->open && stop->at < lesson->stop.at);
	lesson->open = true;
	lesson->stop = *stop;
	lesson->fresh = true;
	lesson->under_way = false;
}

void lesson_answer(struct screen *screen)
{
	if (screen->lesson.calls)
		screen->focus = VIEW_LESSON;
	screen->lesson.calls = false;
}

bool lesson_shown(const struct screen *screen)
{
	return screen->lesson.open && !screen->lesson.hidden;
}

/* Whether its text goes on below its pane. */
static bool more_below(const struct screen *screen)
{
	const struct scroll *scroll = &screen->lesson.scroll;

	return screen->panes[VIEW_LESSON].rows && !screen->lesson.fresh &&
	       scroll->top + scroll->rows < scroll->lines;
}

bool lesson_waits(const struct screen *screen)
{
	const struct lesson_state *lesson = &screen->lesson;

	return lesson->open && (lesson->hidden || !lesson->stop.ended || more_below(screen));
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

/* That it is over, and how to go on from there. */
static void over_text(const struct screen *screen, char *text, size_t size)
{
	const char *next = screen->lesson.stop.next;

	snprintf(text, size, "This lesson is over.%s%s%s%s%s", next ? " Next: " : "", next ? next : "",
		 next ? " (thpscope lesson run " : "", next ? next : "", next ? ")." : "");
}

/* Its pane has all of that: a message as long as that would lie over what is read there. */
static void say_over(struct screen *screen)
{
	struct lesson_state *lesson = &screen->lesson;

	if (screen->panes[VIEW_LESSON].rows)
		snprintf(lesson->said, sizeof(lesson->said), "This lesson is over.");
	else
		over_text(screen, lesson->said, sizeof(lesson->said));
	screen->message = lesson->said;
}

void lesson_go(struct screen *screen, bool back)
{
	struct lesson_state *lesson = &screen->lesson;

	if (lesson->under_way)
		return;
	if (!back && more_below(screen)) {
		scroll_command(&lesson->scroll, COMMAND_PAGE_DOWN);
		return;
	}
	if (!back && lesson->stop.ended) {
		say_over(screen);
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
	char over[sizeof(screen->lesson.said)];

	keymap_keys_of(&screen->keymap, COMMAND_TAG, on);
	keymap_keys_of(&screen->keymap, COMMAND_STEP_BACK, back);
	over_text(screen, over, sizeof(over));
	if (screen->lesson.under_way)
		snprintf(text, size, "…");
	else if (stop->ended)
		snprintf(text, size, stop->back ? "%s In this pane '%s' goes to the stop before." : "%s",
			 over, back);
	else if (stop->question && !stop->answer)
		snprintf(text, size, "Think first; %s goes on to the answer.", on);
	else
		snprintf(text, size, "%s goes on.", on);
}

/* The same, but where the text goes on below first of all that. */
static void read_on_or(const struct screen *screen, char *text, size_t size)
{
	keymap_text on;

	keymap_keys_of(&screen->keymap, COMMAND_TAG, on);
	if (more_below(screen))
		snprintf(text, size, "… %s goes on with the text.", on);
	else
		prompt(screen, text, size);
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

static int draw_outcome(const struct pane *pane, int row, const struct captions_state *captions)
{
	struct buf text = {0};

	buf_printf(&text, "%s: %s", captions->by_hand ? "by hand" : "outcome", captions->text.data);
	row = draw_signed(pane, row, "▸", STYLE_TEXT, text.data);
	buf_fini(&text);
	return row;
}

/* What was done, and what came of it; where cells are big the caption has rows of its own. */
static int draw_happened(const struct screen *screen, const struct pane *pane, int row)
{
	const int from = row;

	row = draw_did(pane, row, &screen->lesson.stop);
	if (screen->captions.text.len && (!screen->big || screen->rows < CAPTION_FROM))
		row = draw_outcome(pane, row, &screen->captions);
	return row + (row > from);
}

/*
 * All but the prompt from `row` on, also what is scrolled out; returns the row behind it, and in *fresh where what is new
 * begins.
 */
static int draw_text(const struct screen *screen, const struct pane *pane, int row, int *fresh)
{
	const struct stop *stop = &screen->lesson.stop;
	const int from = row;
	char paused[2 * KEYMAP_TEXT];

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
		snprintf(paused, sizeof(paused), "Paused: the map stands still; %s lets it go on.", key);
		row += pane_wrap(pane, row, TEXT_ROWS, STYLE_WARN, paused) + 1;
	}
	return row > from ? row - 1 : row;
}

/* How a text and the prompt below it are divided: what does not fit is scrolled, and the prompt is always seen. */
struct parts {
	int text, fresh, prompt; /* rows of all of it */
	int shown;		 /* of the text */
	bool whole;
};

static void make_parts(const struct screen *screen, int rows, int cols, struct parts *parts)
{
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);
	char next[PROMPT_MAX];

	*parts = (struct parts){0};
	parts->text = draw_text(screen, &part, 0, &parts->fresh);
	prompt(screen, next, sizeof(next));
	parts->prompt = pane_wrap(&part, 0, TEXT_ROWS, STYLE_DIM, next);
	parts->whole = 1 + parts->text + 1 + parts->prompt <= rows;
	parts->shown = parts->whole ? parts->text : rows - 1 - parts->prompt;
	if (parts->shown < 1)
		parts->shown = 1;
}

int lesson_rows(const struct screen *screen, int cols)
{
	struct parts parts;

	make_parts(screen, 0, cols, &parts);
	return 1 + parts.text + 1 + parts.prompt;
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct lesson_state *lesson = &screen->lesson;
	struct parts parts;

	make_parts(screen, rows, cols, &parts);
	if (lesson->fresh)
		lesson->scroll.top = parts.fresh;
	lesson->fresh = false;
	scroll_fit(&lesson->scroll, parts.shown, parts.text);
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct stop *stop = &screen->lesson.stop;
	const uint8_t style = focused ? STYLE_STRONG : STYLE_DIM;
	char far[64];
	int end;

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	snprintf(far, sizeof(far), " stop %zu of %zu ", stop->at, stop->n);
	/* Titles are told apart by their ends: how far it is can be said in less. */
	if (text_width(pane->cells, stop->title) + (int)strlen(far) + TITLE_BESIDE > pane->cols)
		snprintf(far, sizeof(far), " %zu/%zu ", stop->at, stop->n);
	end = pane_put_right(pane, 0, pane->cols - 1, style, far);
	pane_put(pane, 0, 1, STYLE_DIM, " ");
	end = pane_put_head(pane, 0, 2, end - 4, style, stop->title);
	pane_put(pane, 0, end, STYLE_DIM, " ");
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct lesson_state *lesson = &screen->lesson;
	struct pane below = pane_part(pane, 1, 0, pane->rows - 1, pane->cols), text = scroll_inner(&below);
	char next[PROMPT_MAX];
	struct parts parts;
	int row, fresh;

	make_parts(screen, pane->rows, pane->cols, &parts);
	text.rows = below.rows = parts.shown < below.rows ? parts.shown : below.rows;
	draw_text(screen, &text, -lesson->scroll.top, &fresh);
	draw_heading(screen, pane, focused); /* over what is scrolled out above */
	scroll_marks(&lesson->scroll, &below);
	row = 1 + parts.shown + parts.whole;
	text = pane_part(pane, row, 1, pane->rows - row, pane->cols - 2);
	read_on_or(screen, next, sizeof(next));
	pane_wrap(&text, 0, text.rows, more_below(screen) ? STYLE_STRONG : STYLE_DIM, next);
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

static const enum command commands[] = {COMMAND_TAG,	  COMMAND_STEP_BACK, COMMAND_PANE,  COMMAND_GLOSSARY,
					COMMAND_BIG,	  COMMAND_UP,	     COMMAND_TASKS, COMMAND_EVENTS,
					COMMAND_COUNTERS, COMMAND_PAGE_UP,   COMMAND_HOME,  COMMAND_PAUSE,
					COMMAND_HELP,	  COMMAND_CLOSE,     COMMAND_NONE};

const struct view view_lesson = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
