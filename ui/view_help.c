/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help: a legend of the real cells, the keys, the words, and what is missing here and why. */
#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/marks.h"
#include "ui/theme.h"

#define KEY_COLS 14

static const struct {
	const char *word, *text;
} words[] = {
	{"region", "2 MiB of addresses (one PMD entry) of one mapping: one cell of the map."},
	{"fragment", "A region that the mapping covers only in part. It can never be huge."},
	{"pmd-mapped", "One entry of the page table maps the whole region: this is what huge means."},
	{"pte-mapped", "Each page has an entry of its own, even where the memory behind is one THP."},
	{"THP", "A folio of PMD size; mTHP: a larger folio below that size."},
	{"entire", "How often the folio is mapped by PMD."},
	{"highest", "The highest mapcount that any of its subpages has."},
	{"total", "All mappings of all its subpages, one by PMD counting once."},
	{"exclusive", "Pages that are mapped once."},
	{"22% pmd", "Of the memory that is present, the share that is mapped by PMD."},
	{"HUGE", "In the list of processes: memory mapped by PMD (ANON, SHMEM, FILE) and hugetlb (HTLB)."},
	{"COVERAGE",
	 "All present memory of a process, by the cells above; \"not yet\": not looked at so far."},
	{"10 Hz 2.5%",
	 "How often the map or list is renewed, and what that costs of one core; at 5% it slows down."},
	{"not known", "[vvar], [vsyscall] and drivers' memory: what they map, the kernel does not show."},
};

static const struct {
	const char *sign;
	uint8_t style;
	const char *text;
} signs[] = {
	{"1", STYLE_PAGE_ONCE, "mapped once (0: a page that is not counted, as the zero page)"},
	{"2", STYLE_PAGE_TWICE, "mapped twice"},
	{"3", STYLE_PAGE_FEW, "3 to 9 times"},
	{"+", STYLE_PAGE_MANY, "10 times and more"},
	{"?", STYLE_PAGE_UNKNOWN, "present, mapcount not known"},
	{"·", STYLE_PAGE_NONE, "nothing mapped"},
	{"s", STYLE_PAGE_ABSENT, "swapped out"},
	{"g", STYLE_PAGE_ABSENT, "guard marker"},
	{"m", STYLE_PAGE_ABSENT, "migrating, or another marker"},
};

static int heading(const struct pane *pane, int row, const char *text)
{
	pane_put(pane, row, 0, STYLE_STRONG, text);
	return row + 1;
}

/* A term and what it means, which may take several lines beside it. */
static int entry(const struct pane *pane, int row, uint8_t style, const char *term, const char *text)
{
	struct pane beside = *pane;

	/* pane_part would cut what is scrolled out above. */
	beside.col += KEY_COLS;
	beside.cols = beside.cols > KEY_COLS ? beside.cols - KEY_COLS : 0;
	pane_put_head(pane, row, 0, KEY_COLS - 1, style, term);
	return row + pane_wrap(&beside, row, 6, STYLE_TEXT, text);
}

static int draw_legend(const struct pane *pane, int row)
{
	int columns = pane->cols >= 90 ? 2 : 1, width = pane->cols / columns, col;
	unsigned i, per = (SYMBOL_COUNT + (unsigned)columns - 1) / (unsigned)columns;

	row = heading(pane, row, "Cells of the map: one a region; the letter is how the cursor shows it");
	for (i = 0; i < SYMBOL_COUNT; i++) {
		col = (int)(i / per) * width;
		shape_put(pane, row + (int)(i % per), col, (enum symbol)i);
		shape_put_letter(pane, row + (int)(i % per), col + 2, (enum symbol)i);
		pane_put_head(pane, row + (int)(i % per), col + 4, width - 5, STYLE_TEXT,
			      symbol_table[i].label);
	}
	row = heading(pane, row + (int)per + 1, "Subpages of a region: their mapcount");
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++, row++) {
		pane_put(pane, row, 0, signs[i].style, signs[i].sign);
		pane_put_head(pane, row, 4, pane->cols - 4, STYLE_TEXT, signs[i].text);
	}
	return row + 1;
}

static int draw_missing(const struct pane *pane, int row, const struct capabilities *caps)
{
	bool any = false;
	int i;

	for (i = 0; i < CAP_COUNT; i++) {
		if (capable(caps, (enum capability)i) || !caps->missing[i])
			continue;
		if (!any)
			row = heading(pane, row, "What is missing here");
		any = true;
		row = entry(pane, row, STYLE_WARN, capability_name((enum capability)i), caps->missing[i]);
	}
	return any ? row + 1 : row;
}

/* Narration; a line that begins with a newline begins a paragraph. */
static int draw_script(const struct screen *screen, const struct pane *pane, int row)
{
	size_t i;

	row = heading(pane, row, "The script says");
	for (i = 0; i < screen->n_narration; i++) {
		row += screen->narration[i][0] == '\n';
		row += pane_wrap(pane, row, 8, STYLE_TEXT, narration_line(screen, i));
	}
	return row + 1;
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row)
{
	keymap_text keys;
	size_t i;

	row = draw_legend(pane, row);
	if (screen->n_narration)
		row = draw_script(screen, pane, row);
	row = heading(pane, row, "Keys");
	for (i = 0; i < keymap_n_rows; i++)
		if (*keymap_keys(&screen->keymap, &keymap_rows[i], true, keys))
			row = entry(pane, row, STYLE_STRONG, keys, keymap_rows[i].text);
	row++;
	if (screen->scene.newest)
		row = draw_missing(pane, row, &screen->scene.newest->caps);
	row = heading(pane, row, "Words");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		row = entry(pane, row, STYLE_STRONG, words[i].word, words[i].text);
	return row;
}

static struct pane inner(const struct pane *pane)
{
	return (struct pane){pane->cells, pane->row, pane->col + 1, pane->rows, pane->cols - 2};
}

static int top_max(const struct help_state *help)
{
	return help->lines > help->rows ? help->lines - help->rows : 0;
}

/* Where on the screen things come to lie depends on the width alone: measured without drawing. */
static void fit(struct screen *screen, int rows, int cols)
{
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols}, part = inner(&pane);
	struct help_state *help = &screen->help_state;

	help->rows = rows;
	help->lines = draw_all(screen, &part, 0);
	if (help->top > top_max(help))
		help->top = top_max(help);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct help_state *help = &screen->help_state;
	struct pane part = inner(pane);

	(void)focused; /* it is alone */
	draw_all(screen, &part, -help->top);
	if (help->top < top_max(help))
		pane_put(pane, pane->rows - 1, pane->cols - 2, STYLE_STRONG, "↓");
	if (help->top)
		pane_put(pane, 0, pane->cols - 2, STYLE_STRONG, "↑");
}

static void command(struct screen *screen, enum command command)
{
	struct help_state *help = &screen->help_state;
	int page = help->rows > 2 ? help->rows - 1 : 1;

	if (command == COMMAND_UP)
		help->top--;
	else if (command == COMMAND_DOWN)
		help->top++;
	else if (command == COMMAND_PAGE_UP)
		help->top -= page;
	else if (command == COMMAND_PAGE_DOWN)
		help->top += page;
	else if (command == COMMAND_HOME)
		help->top = 0;
	else if (command == COMMAND_END)
		help->top = top_max(help);
	if (help->top > top_max(help))
		help->top = top_max(help);
	if (help->top < 0)
		help->top = 0;
}

static const enum command commands[] = {COMMAND_UP, COMMAND_PAGE_UP, COMMAND_HELP, COMMAND_CLOSE,
					COMMAND_NONE};

const struct view view_help = {commands, fit, draw, command};
