/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts in rows, the least of them left out where there is little room. */
#include "ui/facts.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/marks.h"
#include "ui/theme.h"

#define SENTENCE_ROWS 5

static struct fact *next(struct facts *facts)
{
	struct fact *fact = &facts->list[facts->n < FACTS_MAX ? facts->n++ : FACTS_MAX - 1];

	memset(fact, 0, sizeof(*fact));
	return fact;
}

struct fact *facts_add(struct facts *facts, unsigned rank, const char *label, const char *format, ...)
{
	struct fact *fact = next(facts);
	va_list args;

	va_start(args, format);
	vsnprintf(fact->text, sizeof(fact->text), format, args);
	va_end(args);
	fact->rank = rank;
	fact->rows = 1;
	fact->label = label;
	fact->style = strncmp(fact->text, "unknown", 7) ? STYLE_TEXT : STYLE_WARN;
	return fact;
}

void facts_say(struct facts *facts, unsigned rank, uint8_t style, const char *text)
{
	struct cells none = {.ascii = facts->pane->cells->ascii};
	struct pane pane = {&none, 0, 0, 0, facts->pane->cols};
	struct fact *fact = next(facts);

	snprintf(fact->text, sizeof(fact->text), "%s", text);
	fact->rank = rank;
	fact->rows = pane_wrap(&pane, 0, SENTENCE_ROWS, style, fact->text);
	fact->style = style;
	fact->sentence = true;
}

int facts_rows(const struct facts *facts, unsigned rank)
{
	unsigned i;
	int rows = 0;

	for (i = 0; i < facts->n; i++)
		rows += facts->list[i].rank < rank ? facts->list[i].rows : 0;
	return rows;
}

/* Leaves out the last of the highest rank until the rest fits. */
static void fit(struct facts *facts, int rows)
{
	unsigned i, last;

	while (facts_rows(facts, UINT_MAX) > rows) {
		for (i = last = 0; i < facts->n; i++)
			if (facts->list[i].rank >= facts->list[last].rank)
				last = i;
		if (!facts->n || !facts->list[last].rank)
			break;
		facts->n--;
		memmove(&facts->list[last], &facts->list[last + 1],
			(facts->n - last) * sizeof(facts->list[0]));
	}
}

static void draw_fact(const struct pane *pane, int row, const struct fact *fact)
{
	int col = FACTS_LABEL_COLS;

	if (fact->label)
		pane_put_head(pane, row, 0, FACTS_LABEL_COLS - 1, STYLE_DIM, fact->label);
	if (fact->vma) {
		col = pane_put(pane, row, col, STYLE_DIM, fact->vma->perms) + 1;
		vma_name_put(pane, row, col, pane->cols - col, fact->vma);
		return;
	}
	pane_put_head(pane, row, col, pane->cols - col, fact->style, fact->text);
	col += text_width(pane->cells, fact->text) + 1;
	if (col + text_width(pane->cells, fact->note) <= pane->cols)
		pane_put(pane, row, col, STYLE_DIM, fact->note);
}

int facts_draw(struct facts *facts, int row, int rows)
{
	const struct pane *pane = facts->pane;
	int first = row, last = row + rows;
	unsigned i;

	fit(facts, rows);
	for (i = 0; i < facts->n && row < last; i++) {
		const struct fact *fact = &facts->list[i];

		if (fact->sentence)
			pane_wrap(pane, row, fact->rows < last - row ? fact->rows : last - row, fact->style,
				  fact->text);
		else
			draw_fact(pane, row, fact);
		row += fact->rows;
	}
	return (row < last ? row : last) - first;
}
