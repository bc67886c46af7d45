/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is counted: rates per second over time, below the share of huge memory and what happened to it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/counters_notes.h"
#include "ui/figures.h"
#include "ui/screen.h"
#include "ui/sparkline.h"
#include "ui/theme.h"

#define LABEL_LEAST 10 /* "pmd-mapped" */
#define LABEL_MOST 24
#define FIGURE_COLS 7 /* "~1.2M/s" */
#define MOST_COLS 7   /* " ~1.2M" and a blank at the end */
#define MOST_WORD "max"
#define WORD_FROM 60  /* from this width on the right column says what it is */
#define BAR_MOST 4    /* rows of a bar */
#define STRIP_LEAST 7 /* rows of the pane below a map, so that it does not grow with the first counters */
#define STRIP_SHARE 3 /* a part of the rows is the most that it takes by itself */
#define SHARE_WHOLE 10000
#define TALL_FROM 44 /* from so many rows on its bars are two rows high */

/* Where things stand on a line. */
struct columns {
	int label, chart, most; /* where the chart begins, and what is right of it */
	int n;			/* columns of time */
	int height;		/* rows of a bar */
};

/* Whose: the process under the cursor, or the first. NULL: there is none. */
static const struct shown *subject(const struct screen *screen)
{
	struct spot spot;

	if (map_spot(screen, &spot))
		return spot.shown;
	return screen->scene.n ? &screen->scene.shown[0] : NULL;
}

static const struct counted *history_of(const struct screen *screen, const struct shown *shown)
{
	return shown ? rates_of(&screen->counters, shown->pid) : NULL;
}

/* What the newest survey says of a counter, or NULL. */
static const struct counter *counter_of(const struct shown *shown, const char *name)
{
	const struct process *process = shown->process;
	size_t i;

	for (i = 0; process && i < process->n_counters; i++)
		if (!strcmp(process->counters[i].name, name))
			return &process->counters[i];
	return NULL;
}

static struct columns columns_of(const struct pane *pane, const struct counted *counted, int height)
{
	const int word = pane->cols >= WORD_FROM ? (int)strlen(MOST_WORD) : 0;
	struct columns columns = {.label = LABEL_LEAST, .height = height};
	int width, most = pane->cols / 3 < LABEL_MOST ? pane->cols / 3 : LABEL_MOST;
	size_t i;

	if (most < LABEL_LEAST)
		most = LABEL_LEAST;
	for (i = 0; counted && i < counted->n; i++) {
		width = text_width(pane->cells, counted->counters[i]->name);
		if (width > columns.label)
			columns.label = width < most ? width : most;
	}
	columns.chart = columns.label + 1 + FIGURE_COLS + 1;
	columns.most = pane->cols - MOST_COLS - word;
	columns.n = columns.most - columns.chart;
	if (columns.n > RATES_COLUMNS - 1) /* the newest one, which is not complete, has the last place */
		columns.n = RATES_COLUMNS - 1;
	if (columns.n < 0)
		columns.n = 0;
	columns.chart = columns.most - columns.n;
	return columns;
}

/* The number of the column of time that is drawn at `at`. False: it is before all time. */
static bool number_at(const struct screen *screen, const struct columns *columns, int at, uint64_t *number)
{
	const uint64_t end = rates_end(&screen->counters), back = (uint64_t)(columns->n - at);

	*number = end - back;
	return end >= back;
}

static void put_label(const struct pane *pane, int row, const struct columns *columns, const char *label,
		      uint8_t style, const char *figure)
{
	pane_put_head(pane, row, 0, columns->label, STYLE_TEXT, label);
	pane_put_right(pane, row, columns->label + 1 + FIGURE_COLS, style, figure);
}

static void put_most(const struct pane *pane, int row, const struct columns *columns, const char *word,
		     const char *figure)
{
	if (pane->cols >= WORD_FROM)
		pane_put(pane, row, columns->most + 1, STYLE_DIM, word);
	pane_put_right(pane, row, pane->cols, STYLE_DIM, figure);
}

/* In ten thousandths: some of it is never nothing. */
static uint64_t scale_share(uint64_t part, uint64_t whole)
{
	const uint64_t share = (uint64_t)((double)part * SHARE_WHOLE / (double)whole);

	return part && !share ? 1 : share;
}

static int draw_coverage(const struct screen *screen, const struct pane *pane, int row,
			 const struct columns *columns, const struct shown *shown)
{
	const struct counted *counted = history_of(screen, shown);
	const struct process *process = shown->outcome == OUTCOME_OK ? shown->process : NULL;
	struct spark sparks[RATES_COLUMNS] = {{0}};
	uint64_t number, pmd, present;
	figure_text share = "?";
	int at;

	for (at = 0; counted && at < columns->n; at++)
		if (number_at(screen, columns, at, &number) &&
		    rates_coverage(counted, number, &pmd, &present))
			sparks[at] = (struct spark){true, scale_share(pmd, present)};
	if (process && process->kb.present)
		figure_share(share, process->kb.pmd, process->kb.present, process->mapping_known);
	put_label(pane, row, columns, "pmd-mapped", STYLE_STRONG, share);
	sparkline_draw(pane, row, columns->chart, columns->height, STYLE_SYMBOL + SYMBOL_PMD_THP, sparks,
		       columns->n, SHARE_WHOLE);
	put_most(pane, row, columns, "of", "100%");
	return row + columns->height;
}

/* What happened in each column: its letter, or a sign for several. */
static int draw_marks(const struct screen *screen, const struct pane *pane, int row,
		      const struct columns *columns, const struct shown *shown)
{
	const struct rates_state *counters = &screen->counters;
	const struct events_state *events = &screen->events;
	const uint64_t end = rates_end(counters);
	char marks[RATES_COLUMNS] = "", mark;
	uint64_t back;
	size_t i;
	int at;

	put_label(pane, row, columns, "events", STYLE_DIM, "");
	for (i = 0; counters->column_ns && i < events->n; i++) {
		const struct occurrence *happened = events->items[i];
		const uint64_t number = happened->event.mono_ns / counters->column_ns;

		if ((events->until_ns && happened->event.mono_ns > events->until_ns) || number >= end)
			continue;
		back = end - number;
		mark = rates_mark(happened, shown->pid);
		if (!mark || back > (uint64_t)columns->n)
			continue;
		at = columns->n - (int)back;
		marks[at] = marks[at] && marks[at] != mark ? '*' : mark;
	}
	for (at = 0; at < columns->n; at++)
		if (marks[at])
			pane_printf(pane, row, columns->chart + at, STYLE_WARN, "%c", marks[at]);
	return row + 1;
}

/* "~1.2M": of thousandths a second. */
static const char *put_rate(figure_text text, bool known, uint64_t milli, bool estimate, const char *unit)
{
	figure_text rate;

	if (known)
		snprintf(text, FIGURE_MAX, "%s%.8s%s", estimate ? "~" : "", figure_rate(rate, milli), unit);
	else
		snprintf(text, FIGURE_MAX, "?");
	return text;
}

/* Returns the row behind; *estimates: something of it is one. */
static int draw_counter(const struct screen *screen, const struct pane *pane, int row,
			const struct columns *columns, const struct shown *shown,
			const struct counter_history *history, bool *estimates)
{
	const struct counter *counter = counter_of(shown, history->name);
	struct spark sparks[RATES_COLUMNS] = {{0}};
	bool estimate = false, highest_is = false, any = false;
	uint64_t number, highest = 0;
	figure_text text;
	int at;

	for (at = 0; at < columns->n; at++) {
		sparks[at].known = number_at(screen, columns, at, &number) &&
				   rates_get(history, number, &sparks[at].value, &estimate);
		if (!sparks[at].known)
			continue;
		*estimates |= estimate;
		if (!any || sparks[at].value > highest) {
			highest = sparks[at].value;
			highest_is = estimate;
		}
		any = true;
	}
	sparkline_draw(pane, row, columns->chart, columns->height, STYLE_TEXT, sparks, columns->n, highest);
	if (any)
		put_most(pane, row, columns, MOST_WORD, put_rate(text, any, highest, highest_is, ""));
	if (counter && counter->missing) {
		put_label(pane, row, columns, history->name, STYLE_WARN, "missing");
		return row + columns->height;
	}
	any = columns->n && sparks[columns->n - 1].known;
	put_label(pane, row, columns, history->name, STYLE_STRONG,
		  put_rate(text, any, any ? sparks[columns->n - 1].value : 0, estimate && any, "/s"));
	return row + columns->height;
}

/* Where the keys that act would, where the map is not beside it. */
static int draw_spot(const struct screen *screen, const struct pane *pane, int row)
{
	struct spot spot;

	if (!map_spot(screen, &spot) || spot.line->kind != LINE_CELLS)
		return row;
	pane_printf(pane, row, 0, STYLE_DIM, "at %" PRIx64 "  %s", spot.start,
		    spot.region ? state_name(region_state(spot.region)) : "nothing mapped");
	return row + 1;
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row, int height, bool legend)
{
	const struct shown *shown = subject(screen);
	const struct counted *counted = history_of(screen, shown);
	const struct columns columns = columns_of(pane, counted, height);
	bool estimates = false;
	size_t i;

	if (!shown || !screen->scene.newest)
		return row;
	if (shown->outcome != OUTCOME_OK)
		row = counters_note(pane, row, STYLE_ERROR, shown->reason);
	if (!screen_wide(screen) && screen->focus == VIEW_COUNTERS)
		row = draw_spot(screen, pane, row);
	row = draw_coverage(screen, pane, row, &columns, shown);
	row = draw_marks(screen, pane, row, &columns, shown);
	for (i = 0; counted && i < counted->n; i++)
		row = draw_counter(screen, pane, row, &columns, shown, counted->counters[i], &estimates);
	row = counters_notes(screen, pane, row, shown, counted, estimates);
	if (legend)
		row = counters_note(
			pane, row, STYLE_DIM,
			"C collapsed  S split  W written (COW)  F forked  M mapped otherwise  * several");
	return row;
}

/* How many rows it takes, without drawing. */
static int rows_of(const struct screen *screen, int cols, int height, bool legend)
{
	struct cells none = {0};
	const struct pane pane = {&none, 0, 0, 0, cols}, inner = scroll_inner(&pane);

	return draw_all(screen, &inner, 0, height, legend);
}

/* Bars as high as there is room for, but what is said below them goes first. */
static int height_of(const struct screen *screen, int rows, int cols, bool *legend)
{
	int height = 1;

	*legend = rows_of(screen, cols, 1, true) <= rows;
	while (height < BAR_MOST && rows_of(screen, cols, height + 1, *legend) <= rows)
		height++;
	return height;
}

static void fit(struct screen *screen, int rows, int cols)
{
	bool legend;
	int height = height_of(screen, rows - 1, cols, &legend);

	scroll_fit(&screen->counters.scroll, rows - 1, rows_of(screen, cols, height, legend));
}

int counters_rows(const struct screen *screen, int rows, int map_rows)
{
	const struct moment *moment = screen->scene.newest;
	const int most = rows / STRIP_SHARE;
	int want,
		cols = screen->cols; /* a few more than it will have: a note may need a row more, and scrolls */

	if (screen->focus == VIEW_COUNTERS)
		return rows * 3 / 5;
	if (!moment || !screen->scene.n)
		return 0;
	if (!screen->counters.wanted &&
	    (screen->counters.on_request ||
	     !(capable(&moment->caps, CAP_COUNTERS) || rates_any(&screen->counters))))
		return 0;
	want = 1 + rows_of(screen, cols, rows >= TALL_FROM ? 2 : 1, rows >= TALL_FROM);
	want = want < STRIP_LEAST ? STRIP_LEAST : want > most ? most : want;
	return rows - want >= map_rows ? want : 0;
}

static void draw_heading(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct shown *shown = subject(screen);
	const uint8_t style = focused ? STYLE_STRONG : STYLE_DIM;
	char text[96];
	int end = pane->cols - 1, col;

	pane_fill(pane, 0, 0, pane->cols, STYLE_DIM, "─");
	if (screen->counters.column_ns) {
		snprintf(text, sizeof(text), " %" PRIu64 " s a column ",
			 screen->counters.column_ns / RATES_COLUMN_NS);
		end = pane_put_right(pane, 0, end, STYLE_DIM, text);
	}
	col = pane_put(pane, 0, 1, style, " counters ");
	if (!shown)
		return;
	snprintf(text, sizeof(text), "%d ", (int)shown->pid);
	col = pane_put_head(pane, 0, col, end - col, style, text);
	if (screen->scene.n > 1) {
		snprintf(text, sizeof(text), "(1 of %zu) ", screen->scene.n);
		col = pane_put_head(pane, 0, col, end - col, style, text);
	}
	snprintf(text, sizeof(text), "%.40s ", shown->comm);
	pane_put_head(pane, 0, col, end - col, style, text);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane below = pane_part(pane, 1, 0, pane->rows - 1, pane->cols), inner = scroll_inner(&below);
	bool legend;
	int height = height_of(screen, pane->rows - 1, pane->cols, &legend);

	draw_all(screen, &inner, -screen->counters.scroll.top, height, legend);
	scroll_marks(&screen->counters.scroll, &below);
	draw_heading(screen, pane, focused); /* over what is scrolled out above */
}

static void command(struct screen *screen, enum command command)
{
	if (command == COMMAND_ENTER) /* to what it is about */
		screen->focus = VIEW_MAP;
	else
		scroll_command(&screen->counters.scroll, command);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	scroll_mouse(&screen->counters.scroll, mouse);
}

static const enum command commands[] = {
	COMMAND_COUNTERS, COMMAND_COLLAPSE, COMMAND_SPLIT, COMMAND_WRITE, COMMAND_FORK,	  COMMAND_PAUSE,
	COMMAND_GLOSSARY, COMMAND_NEXT,	    COMMAND_PANE,  COMMAND_BACK,  COMMAND_RECORD, COMMAND_UP,
	COMMAND_EVENTS,	  COMMAND_PAGE_UP,  COMMAND_HOME,  COMMAND_HELP,  COMMAND_CLOSE,  COMMAND_NONE};

const struct view view_counters = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
