/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The coverage bar. */
#include "ui/coverage.h"

#include "ui/marks.h"
#include "ui/theme.h"

#define PARTS 7

struct part {
	enum symbol symbol;
	uint64_t kb;
	int cells;
};

const char *coverage_word(const struct roster_row *process)
{
	if (process->is.kernel_thread)
		return "kernel";
	switch (process->outcome) {
	case OUTCOME_OK:
		return NULL;
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
		return "exited";
	case OUTCOME_DENIED:
		return "denied";
	case OUTCOME_NO_MEMORY:
		return "empty";
	case OUTCOME_DAMAGED:
		return "damaged";
	case OUTCOME_FAILED:
		return "failed";
	case OUTCOME_COUNT:
		break;
	}
	return "not yet";
}

/* The part that is best off gives, or the part that is worst off gets: by how much its cells are off its share. */
static struct part *most_off(struct part *parts, uint64_t whole, int width, bool too_many)
{
	struct part *best = NULL;
	double off, most = 0;
	int i;

	for (i = 0; i < PARTS; i++) {
		if (!parts[i].kb || (too_many && parts[i].cells < 2))
			continue;
		off = (double)parts[i].cells - (double)parts[i].kb * width / (double)whole;
		if (!too_many)
			off = -off;
		if (!best || off > most) {
			best = &parts[i];
			most = off;
		}
	}
	return best;
}

/* Gives each part its cells: its share rounded down, one at least, and then as many more or fewer as fill the bar. */
static void share_out(struct part *parts, uint64_t whole, int width)
{
	struct part *part;
	int used = 0, i;

	for (i = 0; i < PARTS; i++) {
		parts[i].cells = (int)((double)parts[i].kb * width / (double)whole);
		parts[i].cells += parts[i].kb && !parts[i].cells;
		used += parts[i].cells;
	}
	for (; used != width; used += used < width ? 1 : -1) {
		part = most_off(parts, whole, width, used > width);
		if (!part)
			break;
		part->cells += used < width ? 1 : -1;
	}
}

bool coverage_is_bar(const struct roster_row *process)
{
	return process->known && process->outcome == OUTCOME_OK && process->kb.present;
}

void coverage_draw(const struct pane *pane, int row, int col, int width, const struct roster_row *process,
		   bool old)
{
	const char *word = process->known && process->outcome == OUTCOME_OK ? NULL : coverage_word(process);
	const struct kb *kb = &process->kb;
	struct part parts[PARTS] = {
		{SYMBOL_PMD_THP, kb->pmd, 0},
		{SYMBOL_HUGETLB, kb->hugetlb, 0},
		{SYMBOL_PTE_TEAM, kb->team_pte, 0},
		{SYMBOL_PTE_THP, kb->thp_pte, 0},
		{SYMBOL_MTHP, kb->mthp, 0},
		{SYMBOL_SMALL, kb->small, 0},
		{process->mapping_known ? SYMBOL_PTE_UNKNOWN : SYMBOL_UNKNOWN, kb->unknown, 0},
	};
	struct pane bar = pane_part(pane, row, col, 1, width);
	int at = 0, i, k;

	if (word) {
		pane_put_head(&bar, 0, 0, width, STYLE_DIM, word);
		return;
	}
	if (!kb->present) {
		pane_put_head(&bar, 0, 0, width, STYLE_DIM, "empty");
		return;
	}
	share_out(parts, kb->present, width);
	for (i = 0; i < PARTS; i++)
		for (k = 0; k < parts[i].cells; k++)
			at = shape_put(&bar, 0, at, parts[i].symbol);
	for (i = 0; old && i < bar.cols; i++)
		cells_at(bar.cells, bar.row, bar.col + i)->style = STYLE_DIM;
}
