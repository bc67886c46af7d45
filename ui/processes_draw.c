/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drawing the lines of the list of processes. */
#include "ui/processes_draw.h"

#include <stdio.h>
#include <string.h>

#include "ui/coverage.h"
#include "ui/figures.h"
#include "ui/theme.h"

/* What was seen so long ago is not news any more. */
#define OLD_NS UINT64_C(30000000000)

#define COMMAND_LEAST 15 /* columns that the command keeps, whatever else there would be */
#define COMMAND_ROOMY 48 /* with fewer the program's folder is left out */
#define COVERAGE_MOST 32

/* What is worth its columns first; `least` is what the screen has to be wide for it. */
static const struct {
	enum processes_column column;
	int width, least;
} wanted[] = {
	{COLUMN_PID, 7, 0},    {COLUMN_HUGE, 6, 0},	 {COLUMN_COVERAGE, 8, 0},  {COLUMN_RSS, 6, 0},
	{COLUMN_SHARE, 5, 0},  {COLUMN_USER, 9, 60},	 {COLUMN_ANON, 6, 100},	   {COLUMN_SHMEM, 6, 100},
	{COLUMN_FILE, 6, 100}, {COLUMN_HUGETLB, 6, 100}, {COLUMN_PTE_THP, 8, 100},
};

static const struct {
	const char *name;
	bool right; /* aligned */
	bool down;  /* the natural order is from the largest on */
} heads[COLUMN_COUNT] = {
	[COLUMN_PID] = {"PID", true, false},
	[COLUMN_USER] = {"USER", false, false},
	[COLUMN_RSS] = {"RSS", true, true},
	[COLUMN_HUGE] = {"HUGE", true, true},
	[COLUMN_ANON] = {"ANON", true, true},
	[COLUMN_SHMEM] = {"SHMEM", true, true},
	[COLUMN_FILE] = {"FILE", true, true},
	[COLUMN_HUGETLB] = {"HTLB", true, true},
	[COLUMN_PTE_THP] = {"PTE-THP", true, true},
	[COLUMN_SHARE] = {"PMD%", true, true},
	[COLUMN_COVERAGE] = {"COVERAGE", false, true},
	[COLUMN_COMMAND] = {"COMMAND", false, false},
};

void processes_columns(const struct processes_state *state, struct processes_columns *columns)
{
	int left = state->cols - 1, at = 1, more;
	size_t i;

	memset(columns, 0, sizeof(*columns));
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (state->cols < wanted[i].least || left - wanted[i].width - 1 < COMMAND_LEAST)
			continue;
		columns->width[wanted[i].column] = wanted[i].width;
		left -= wanted[i].width + 1;
	}
	/* The bar and the command share what is left, the bar up to where more tells nothing. */
	more = (left - COMMAND_LEAST) / 3;
	if (more > COVERAGE_MOST - columns->width[COLUMN_COVERAGE])
		more = COVERAGE_MOST - columns->width[COLUMN_COVERAGE];
	if (more > 0) {
		columns->width[COLUMN_COVERAGE] += more;
		left -= more;
	}
	columns->width[COLUMN_COMMAND] = left > 0 ? left : 0;
	for (i = 0; i < COLUMN_COUNT; i++) {
		columns->at[i] = at;
		at += columns->width[i] ? columns->width[i] + 1 : 0;
	}
}

enum processes_column processes_column_at(const struct processes_state *state, int col)
{
	struct processes_columns columns;
	int i;

	processes_columns(state, &columns);
	for (i = 0; i < COLUMN_COUNT; i++)
		if (columns.width[i] && col >= columns.at[i] && col < columns.at[i] + columns.width[i])
			return (enum processes_column)i;
	return COLUMN_COUNT;
}

void processes_draw_heads(const struct processes_state *state, const struct pane *pane)
{
	struct processes_columns columns;
	uint8_t style;
	char text[16];
	int i;

	processes_columns(state, &columns);
	pane_fill(pane, 0, 0, pane->cols, STYLE_BAR, " ");
	for (i = 0; i < COLUMN_COUNT; i++) {
		struct pane cell = pane_part(pane, 0, columns.at[i], 1, columns.width[i]);

		style = i == (int)state->sort ? STYLE_BAR_STRONG : STYLE_BAR;
		snprintf(text, sizeof(text), "%s%s", heads[i].name,
			 i != (int)state->sort		    ? ""
			 : heads[i].down != state->reversed ? "↓"
							    : "↑");
		if (heads[i].right)
			pane_put_right(&cell, 0, cell.cols, style, text);
		else
			pane_put_head(&cell, 0, 0, cell.cols, style, text);
	}
}

/* What a survey has to tell, in kB. */
static uint64_t kb_of(const struct roster_row *row, enum processes_column column)
{
	switch (column) {
	case COLUMN_HUGE:
		return roster_huge_kb(row);
	case COLUMN_ANON:
		return row->huge.anon;
	case COLUMN_SHMEM:
		return row->huge.shmem;
	case COLUMN_FILE:
		return row->huge.file;
	case COLUMN_HUGETLB:
		return row->kb.hugetlb;
	case COLUMN_PTE_THP:
		return row->kb.thp_pte;
	case COLUMN_SHARE:
		return row->kb.pmd;
	case COLUMN_PID:
	case COLUMN_USER:
	case COLUMN_RSS:
	case COLUMN_COVERAGE:
	case COLUMN_COMMAND:
	case COLUMN_COUNT:
		break;
	}
	return 0;
}

/* A number that a survey fills in: a sign where there is none yet, or can be none. "?": at least so much. */
static void surveyed_text(const struct roster_row *row, enum processes_column column, figure_text text)
{
	const bool known = row->known && row->outcome == OUTCOME_OK;

	if (!known)
		snprintf(text, FIGURE_MAX, "%s", strcmp(coverage_word(row), "not yet") ? "-" : "…");
	else if (column == COLUMN_SHARE)
		figure_share(text, row->kb.pmd, row->kb.present, row->mapping_known);
	else if (!row->mapping_known || (column == COLUMN_PTE_THP && row->kb.unknown))
		snprintf(text + strlen(figure_short(text, kb_of(row, column))), 2, "?");
	else
		figure_short(text, kb_of(row, column));
}

/* The command, without the program's folder where there is little room. */
static void draw_command(const struct pane *cell, const struct roster_row *row, uint8_t style)
{
	char text[80];
	const char *command = processes_command(row, text, sizeof(text));

	pane_put_head(cell, 0, 0, cell->cols, style,
		      cell->cols < COMMAND_ROOMY ? processes_program(command) : command);
}

static void draw_cell(const struct roster_row *row, enum processes_column column, const struct pane *cell,
		      uint8_t style, bool old)
{
	figure_text text = "";

	switch (column) {
	case COLUMN_PID:
		snprintf(text, sizeof(text), "%d", (int)row->is.pid);
		break;
	case COLUMN_USER:
		pane_put_head(cell, 0, 0, cell->cols, style, processes_user(row, text, sizeof(text)));
		return;
	case COLUMN_RSS:
		if (row->is.rss_kb == UNKNOWN_COUNT)
			snprintf(text, sizeof(text), "?");
		else
			figure_short(text, (uint64_t)row->is.rss_kb);
		if (!row->is.rss_kb)
			style = STYLE_DIM;
		break;
	case COLUMN_HUGE:
	case COLUMN_ANON:
	case COLUMN_SHMEM:
	case COLUMN_FILE:
	case COLUMN_HUGETLB:
	case COLUMN_PTE_THP:
	case COLUMN_SHARE:
		surveyed_text(row, column, text);
		if (old || !row->known || !kb_of(row, column))
			style = STYLE_DIM;
		else if (column == COLUMN_HUGE)
			style = STYLE_STRONG;
		break;
	case COLUMN_COVERAGE:
		coverage_draw(cell, 0, 0, cell->cols, row, old);
		return;
	case COLUMN_COMMAND:
		draw_command(cell, row, style);
		return;
	case COLUMN_COUNT:
		return;
	}
	pane_put_right(cell, 0, cell->cols, style, text);
}

/* But for the bar: its colours tell, and where there are none a shade in reverse is another shade. */
static void mark_row(const struct pane *line, const struct roster_row *row,
		     const struct processes_columns *columns)
{
	int from = columns->at[COLUMN_COVERAGE], to = from + columns->width[COLUMN_COVERAGE];

	if (!coverage_is_bar(row))
		from = to;
	pane_mark(line, 0, 0, from, MARK_CURSOR);
	pane_mark(line, 0, to, line->cols - to, MARK_CURSOR);
}

void processes_draw_row(const struct processes_state *state, const struct pane *line, size_t n)
{
	const struct roster_row *row = processes_row(state, n);
	const bool old = row->known && (state->lost || state->roster->mono_ns - row->looked_ns > OLD_NS);
	const bool gone = row->outcome == OUTCOME_GONE;
	uint8_t style = row->is.kernel_thread || gone || state->lost ? STYLE_DIM : STYLE_TEXT;
	struct processes_columns columns;
	int i;

	processes_columns(state, &columns);
	if (processes_tagged(state, row))
		pane_put(line, 0, 0, STYLE_WARN, "*");
	for (i = 0; i < COLUMN_COUNT; i++) {
		struct pane cell = pane_part(line, 0, columns.at[i], 1, columns.width[i]);

		if (columns.width[i])
			draw_cell(row, (enum processes_column)i, &cell, style, old);
	}
	if (n == state->line)
		mark_row(line, row, &columns);
}

/* What is known of those that are shown. */
struct sum {
	uint64_t huge_kb;
	size_t unknown, exited, denied, cannot;
};

static struct sum sum_up(const struct processes_state *state)
{
	const struct roster_row *row;
	struct sum sum = {0};
	size_t i;

	for (i = 0; i < state->n; i++) {
		row = processes_row(state, i);
		if (row->is.kernel_thread)
			continue;
		switch (row->outcome) {
		case OUTCOME_OK:
			sum.huge_kb += roster_huge_kb(row);
			break;
		case OUTCOME_GONE:
		case OUTCOME_REUSED:
			sum.exited++;
			break;
		case OUTCOME_DENIED:
			sum.denied++;
			break;
		case OUTCOME_NO_MEMORY: /* there is nothing to be read */
			break;
		case OUTCOME_DAMAGED:
		case OUTCOME_FAILED:
			sum.cannot++;
			break;
		case OUTCOME_COUNT:
			sum.unknown++;
			break;
		}
	}
	return sum;
}

void processes_draw_total(const struct processes_state *state, const struct pane *line, const char *why)
{
	struct buf text = {0};
	figure_text huge;
	struct sum sum;
	size_t all;

	if (!state->roster || !state->roster->n)
		return;
	sum = sum_up(state);
	all = state->roster->n - (state->threads ? 0 : state->n_threads);
	if (state->lost)
		buf_printf(&text, "an old list: the link is lost; ");
	else if (state->roster->error)
		buf_printf(&text, "an old list: %s; ", strerror(-state->roster->error));
	if (*state->filter)
		buf_printf(&text, "filter \"%s\": %zu of ", state->filter, state->n);
	buf_printf(&text, "%zu process%s, %s huge", all, all == 1 ? "" : "es",
		   figure_short(huge, sum.huge_kb));
	if (state->n_tags)
		buf_printf(&text, ", %zu tagged", state->n_tags);
	if (sum.unknown)
		buf_printf(&text, ", %zu not known yet", sum.unknown);
	if (sum.denied)
		buf_printf(&text, ", %zu denied%s%s%s", sum.denied, *why ? " (" : "", why,
			   *why ? ": why)" : "");
	if (sum.exited)
		buf_printf(&text, ", %zu exited", sum.exited);
	if (sum.cannot)
		buf_printf(&text, ", %zu not readable", sum.cannot);
	if (state->n_threads && !state->threads)
		buf_printf(&text, "; t: %zu kernel thread%s", state->n_threads,
			   state->n_threads == 1 ? "" : "s");
	pane_put_head(line, 0, 1, line->cols - 2, state->roster->error ? STYLE_WARN : STYLE_DIM, text.data);
	buf_fini(&text);
}
