/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a region is not huge: the reasons, most decisive first, each with its fact and what would change it. */
#include <stdio.h>
#include <string.h>

#include "core/decisive.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define TERM_COLS 11 /* "suspected" */
#define TEXT_ROWS 12

static const struct {
	const char *word;
	uint8_t style;
} weights[] = {
	[WHY_IS] = {"as it is", STYLE_STRONG},
	[WHY_DECISIVE] = {"decisive", STYLE_WARN},
	[WHY_HINDERS] = {"hinders", STYLE_WARN},
	[WHY_SUSPECTED] = {"suspected", STYLE_DIM},
};

/* Behind the weight's word: text over several rows. */
static int put(const struct pane *pane, int row, uint8_t style, const char *before, const char *text)
{
	struct pane beside = *pane;
	char line[1024];

	if (!text || !*text)
		return row;
	beside.col += TERM_COLS;
	beside.cols = beside.cols > TERM_COLS ? beside.cols - TERM_COLS : 0;
	snprintf(line, sizeof(line), "%s%s", before, text);
	return row + pane_wrap(&beside, row, TEXT_ROWS, style, line);
}

static int draw_reason(const struct pane *pane, int row, const struct why_reason *reason)
{
	pane_put(pane, row, 0, weights[reason->weight].style, weights[reason->weight].word);
	row = put(pane, row, STYLE_TEXT, "", reason->text);
	row = put(pane, row, STYLE_DIM, "", reason->fact);
	if (reason->refused)
		row = put(pane, row, STYLE_DIM, "", "The kernel refuses a collapse on request for it too.");
	return put(pane, row, STYLE_TEXT, "→ ", reason->remedy) + 1;
}

/* What nobody could say here. */
static int draw_unknown(const struct pane *pane, int row, const struct why *why)
{
	size_t i;

	for (i = 0; i < why->n_unknown; i++) {
		pane_put(pane, row, 0, STYLE_DIM, i ? "" : "not known");
		row = put(pane, row, STYLE_DIM, "", why->unknown[i]);
	}
	return row + (i > 0);
}

/* What the kernel said when it was asked, and what came of it. */
static int draw_asked(const struct screen *screen, const struct pane *pane, int row, const struct why *why)
{
	char text[256];
	keymap_text key;

	if (why->not_asked && *why->not_asked)
		return row + pane_wrap(pane, row, 4, STYLE_WARN, why->not_asked) + 1;
	if (!why->asked && (inquiry_huge(&screen->inquiry) || status_ruled_out(screen, COMMAND_ASK)))
		return row;
	if (!why->asked) {
		keymap_keys_of(&screen->keymap, COMMAND_ASK, key);
		if (!*key)
			return row;
		snprintf(text, sizeof(text),
			 "%s has the kernel collapse it if it can, and say what is in the way if not.", key);
		return row + pane_wrap(pane, row, 3, STYLE_DIM, text);
	}
	if (*why->verdict)
		snprintf(text, sizeof(text), "The kernel tried to collapse it and says: %s%s%s", why->verdict,
			 why->error ? "; " : "", why->error ? strerror(why->error) : "");
	else
		snprintf(text, sizeof(text), "The kernel was asked to collapse it: %s",
			 why->error ? strerror(why->error) : "done");
	row += pane_wrap(pane, row, 4, STYLE_STRONG, text);
	if (why->event && *why->event->why)
		row += pane_wrap(pane, row, 6, STYLE_TEXT, why->event->why);
	return row + 1;
}

static const char *title(const struct inquiry_state *state)
{
	if (inquiry_done(state))
		return "huge now:";
	return inquiry_huge(state) ? "why huge or not:" : "why not huge:";
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row)
{
	const struct inquiry_state *state = &screen->inquiry;
	const struct answer *answer = state->answer;
	size_t i;

	row = inquiry_title(state, pane, row, title(state)) + 1;
	if (!answer || answer->error)
		return row;
	if (answer->why.asked)
		row = draw_asked(screen, pane, row, &answer->why);
	if (inquiry_done(state) && answer->why.n)
		row = scroll_entry(pane, row, 0, STYLE_STRONG, NULL, "Why it was not huge before:") + 1;
	if (decisive_together(&answer->why))
		row += pane_wrap(pane, row, 4, STYLE_TEXT, decisive_together(&answer->why)) + 1;
	for (i = 0; i < answer->why.n; i++)
		row = draw_reason(pane, row, &answer->why.reasons[i]);
	if (!answer->why.n)
		row = scroll_entry(pane, row, 0, STYLE_TEXT, NULL, "No reason was found.") + 1;
	row = draw_unknown(pane, row, &answer->why);
	if (!answer->why.asked)
		row = draw_asked(screen, pane, row, &answer->why);
	return row;
}

/* Where things come to lie depends on the width alone: measured without drawing. */
static void fit(struct screen *screen, int rows, int cols)
{
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	scroll_fit(&screen->inquiry.scroll, rows, draw_all(screen, &part, 0));
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane part = scroll_inner(pane);

	(void)focused; /* it is alone */
	draw_all(screen, &part, -screen->inquiry.scroll.top);
	scroll_marks(&screen->inquiry.scroll, pane);
}

static void command(struct screen *screen, enum command command)
{
	scroll_command(&screen->inquiry.scroll, command);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	scroll_mouse(&screen->inquiry.scroll, mouse);
}

static const enum command commands[] = {COMMAND_ASK,   COMMAND_WHY, COMMAND_SHARERS, COMMAND_GLOSSARY,
					COMMAND_BACK,  COMMAND_UP,  COMMAND_PAGE_UP, COMMAND_HELP,
					COMMAND_CLOSE, COMMAND_NONE};

const struct view view_why = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
