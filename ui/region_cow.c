/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The copy-on-write verdict in words. */
#include "ui/region_cow.h"

#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/theme.h"

#define OTHERS_MAX 16
#define LINE_MAX 160
#define ASKED "not told while the lesson asks"

static struct cow_place place_of(const struct subject *subject)
{
	return (struct cow_place){
		.vma = subject->spot.vma,
		.region = subject->region,
		.pages = subject->pages,
		.n_pages = subject->n_pages,
	};
}

/* The moment of the map has all processes, and the release. */
static struct cow_rules rules_of(const struct subject *subject)
{
	return cow_rules_of(subject->spot.shown->home, subject->cow_row);
}

static bool judge(const struct subject *subject, struct cow *cow)
{
	struct cow_rules rules = rules_of(subject);
	struct cow_place place = place_of(subject);

	/* Who is gone writes no more. */
	if (subject->spot.shown->outcome != OUTCOME_OK)
		return false;
	/* Of pages that are still to be read, nothing is said yet. */
	if (subject->region && !subject->n_pages && subject->region->present)
		return false;
	cow_page(&rules, &place, subject_addr(subject, subject->at), cow);
	return true;
}

static uint8_t style_of(const struct cow *cow)
{
	switch (cow->verdict) {
	case COW_COPY:
		return STYLE_STRONG;
	case COW_UNKNOWN:
		return STYLE_WARN;
	case COW_NONE:
		return STYLE_DIM;
	case COW_REUSE:
	case COW_DEPENDS:
	case COW_MIXED:
	case COW_VERDICT_COUNT:
		break;
	}
	return STYLE_TEXT;
}

/* "copy 4 KiB, split" */
static void put_verdict(const struct cow *cow, char *text, size_t size)
{
	figure_text bytes;

	if (cow->verdict == COW_COPY && cow->bytes)
		snprintf(text, size, "copy %s%s", figure_bytes(bytes, cow->bytes),
			 cow->split ? ", split" : "");
	else
		snprintf(text, size, "%s",
			 cow->verdict == COW_NONE ? "no copy" : cow_verdict_name(cow->verdict));
}

/* With the fact that it rests on, if there is room for so many columns. */
static void verdict_text(const struct cow *cow, int cols, char *text, size_t size)
{
	size_t n;

	put_verdict(cow, text, size);
	n = strlen(text);
	if ((int)(n + 2 + strlen(cow->fact)) <= cols)
		snprintf(text + n, size - n, ": %s", cow->fact);
}

/* "rule since 6.15 (running)", or "as in 4.5.0"; in `cols` columns all of it, in `least` what is needed. */
static void rule_text(const struct subject *subject, int cols, int least, char *text, size_t size)
{
	struct cow_rules own = cow_rules_of(subject->spot.shown->home, COW_ROW_COUNT),
			 rules = rules_of(subject);
	const char *name = rules.row < COW_ROW_COUNT ? cow_row_name(rules.row) : "unknown";
	bool other = rules.row != own.row;

	snprintf(text, size, other ? "as in %s" : "rule since %s (running)", name);
	if ((int)strlen(text) > cols)
		snprintf(text, size, other ? "as in %s" : "rule since %s", name);
	if ((int)strlen(text) > least && !other)
		snprintf(text, size, "since %s", name);
}

static int draw_others(const struct subject *subject, const struct pane *pane, int row, int rows)
{
	struct cow_rules rules = rules_of(subject);
	struct cow_place place = place_of(subject);
	struct cow_other others[OTHERS_MAX];
	char text[LINE_MAX];
	size_t n, i;
	int col, first = row;

	n = cow_others(&rules, subject->spot.shown->home, subject->spot.shown->pid, &place,
		       subject_addr(subject, subject->at), others, OTHERS_MAX);
	for (i = 0; i < n && i < OTHERS_MAX && row - first < rows; i++, row++) {
		if (row - first == rows - 1 && n - i > 1) {
			pane_printf(pane, row, 0, STYLE_DIM, "and %zu other processes", n - i);
			return row + 1 - first;
		}
		col = pane_printf(pane, row, 0, STYLE_TEXT, "%d ", others[i].process->pid);
		verdict_text(&others[i].cow, pane->cols - col - 10, text, sizeof(text));
		if (others[i].apart) /* "no copy" would say that it has it */
			snprintf(text, sizeof(text), "%s", others[i].cow.fact);
		col = pane_put_head(pane, row, col, pane->cols - col - (int)strlen(text) - 1, STYLE_TEXT,
				    others[i].process->comm);
		pane_put(pane, row, col + 1, style_of(&others[i].cow), text);
	}
	return row - first;
}

int region_cow_draw(const struct subject *subject, const struct pane *pane, int row, int rows)
{
	char text[LINE_MAX], brief[LINE_MAX], rule[64];
	struct cow cow;
	int col, left;

	if (rows <= 0 || !judge(subject, &cow))
		return 0;
	col = pane_put(pane, row, 0, STYLE_DIM, "write ");
	if (subject->asked) {
		pane_put(pane, row, col, STYLE_DIM, ASKED);
		return 1;
	}
	put_verdict(&cow, brief, sizeof(brief));
	left = pane->cols - col - (int)strlen(brief) - 2 - (int)strlen(cow.fact) - 2;
	rule_text(subject, left, pane->cols - col - (int)strlen(brief) - 1, rule, sizeof(rule));
	verdict_text(&cow, pane->cols - col - (int)strlen(rule) - 2, text, sizeof(text));
	pane_put(pane, row, col, style_of(&cow), text);
	pane_put_right(pane, row, pane->cols, STYLE_DIM, rule);
	return 1 + draw_others(subject, pane, row + 1, (rows < REGION_COW_ROWS ? rows : REGION_COW_ROWS) - 1);
}

const char *region_cow_why(const struct subject *subject)
{
	struct cow cow;

	return !subject->asked && judge(subject, &cow) ? cow.why : NULL;
}

void region_cow_line(const struct subject *subject, int cols, char *text, size_t size)
{
	struct cow cow;

	*text = '\0';
	if (!judge(subject, &cow))
		return;
	if (subject->asked)
		snprintf(text, size, "%s", ASKED);
	else
		verdict_text(&cow, cols, text, size);
}

enum cow_row region_cow_next(const struct subject *subject)
{
	struct cow_rules own = cow_rules_of(subject->spot.shown->home, COW_ROW_COUNT);
	int next = subject->cow_row == COW_ROW_COUNT ? 0 : (int)subject->cow_row + 1;

	return (enum cow_row)(next == (int)own.row ? next + 1 : next);
}
