/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The region under the map's cursor: what it is, its walk, and its subpages as a grid shaded by mapcount. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/kpf.h"
#include "ui/region_cow.h"
#include "ui/region_grid.h"
#include "ui/region_text.h"
#include "ui/theme.h"

#define INDENT 1	  /* on each side */
#define BESIDE_COLS 76	  /* from this width on the grid stands beside the text */
#define BRIEF_ROWS 20	  /* below this height the words are few */
#define PAGE_ROWS 5	  /* what is said of the subpage under the cursor */
#define PAGE_ROWS_BRIEF 4 /* if the words are few */
#define TEXT_ROWS_BRIEF 3
#define GRID_ROWS_LEAST 3 /* if there is less, the words give way */

/* Where things stand in a pane of some size. */
struct plan {
	int text_col, text_rows; /* the words', at most so many */
	int heading;		 /* row of the grid's heading, or -1 */
	int row, rows, cols;	 /* the grid's; it begins in column 0 */
	int page;		 /* row of the subpage's words, below the region's */
};

static const char *ordinal(uint32_t n)
{
	if (n / 10 % 10 == 1)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
}

/* Which page it is, in words of which there are fewer from level to level; of a fragment counted from where it begins. */
static void page_words(const struct subject *subject, int level, char *text, size_t size)
{
	const struct spot *spot = &subject->spot;
	const uint32_t first = (uint32_t)((spot->start - spot->slot) / spot->page_size);
	const uint32_t n = (uint32_t)(spot->len / spot->page_size), at = subject->at;

	if (n < subject->subpages)
		snprintf(text, size,
			 level == 0   ? "page %u of %u (slot entry %u)"
			 : level == 1 ? "page %u of %u (entry %u)"
				      : "page %u of %u",
			 at - first + 1, n, at);
	else if (level < 2)
		snprintf(text, size, level ? ", %u%s" : ", %u%s of %u", at + 1, ordinal(at + 1),
			 subject->subpages);
	else
		*text = '\0';
}

/* Words give way to the address: it is what the page is called elsewhere. */
static void draw_page_title(const struct screen *screen, const struct subject *subject,
			    const struct pane *pane)
{
	const bool fragment = subject->spot.len < subject->spot.pmd_size;
	const bool late = screen->paused && screen->examined_late;
	char head[32] = "", words[64], addr[32];
	int col, level = -1;

	if (!fragment)
		snprintf(head, sizeof(head), "subpage %u", subject->at);
	snprintf(addr, sizeof(addr), " %" PRIx64 "%s", subject_addr(subject, subject->at),
		 late ? " read now" : "");
	do
		page_words(subject, ++level, words, sizeof(words));
	while (level < 2 && (int)(strlen(head) + strlen(words) + strlen(addr)) > pane->cols);
	col = pane_put(pane, 0, 0, STYLE_STRONG, head);
	col = pane_put(pane, 0, col, fragment ? STYLE_STRONG : STYLE_DIM, words);
	pane_put_head(pane, 0, col, pane->cols - col, late ? STYLE_WARN : STYLE_STRONG, addr);
}

static void draw_absent(const struct subject *subject, const struct pane *pane, const struct page *page)
{
	if (page)
		pane_put(pane, 1, 0, STYLE_PAGE_ABSENT,
			 page->guard	 ? "guard: an access is a fault"
			 : page->swapped ? "swapped out"
					 : "not present: migrating or a marker");
	else
		pane_put(pane, 1, 0, STYLE_DIM,
			 subject_inside(subject, subject->at) ? "nothing is mapped here"
							      : "outside of this mapping");
}

/* The sentence of the verdict, where all of it fits. */
static void draw_why(const struct subject *subject, const struct pane *pane, int row)
{
	const char *why = region_cow_why(subject);
	struct cells none = {.ascii = pane->cells->ascii};
	struct pane dry = {&none, 0, 0, 0, pane->cols};

	if (why && row + pane_wrap(&dry, 0, pane->rows, STYLE_DIM, why) <= pane->rows)
		pane_wrap(pane, row, pane->rows - row, STYLE_DIM, why);
}

/*
 * IDLE goes when somebody looks for accesses (Documentation/admin-guide/mm/pagemap.rst), and not by a use through a page
 * table: where nobody does, it stays on what is used all the time.
 */
static void put_flags(uint64_t word, const struct kpf_bits *bits, struct buf *flags)
{
	const uint64_t idle = UINT64_C(1) << KPF_IDLE;

	kpf_names(word & ~idle, bits, flags);
	for (char *at = flags->data; at && *at; at++) /* so that the line can break */
		*at = *at == ',' ? ' ' : *at;
	if (word & idle)
		buf_printf(flags, "%sIDLE (may be stale)", flags->len ? " " : "");
}

/* The subpage under the grid's cursor: PFN, mapcount, flags by their kernel names. */
static void draw_page(const struct screen *screen, const struct subject *subject, const struct pane *pane)
{
	const struct page *page = subject_page(subject, subject->at);
	struct buf flags = {0};
	int col, row;

	draw_page_title(screen, subject, pane);
	row = 2 + region_cow_draw(subject, pane, 2, pane->rows - 2);
	if (!page || !page->present) {
		draw_absent(subject, pane, page);
		draw_why(subject, pane, row);
		return;
	}
	col = page->has_mapcount ? pane_printf(pane, 1, 0, STYLE_TEXT, "mapcount %" PRIu32, page->mapcount)
				 : pane_put(pane, 1, 0, STYLE_DIM, "mapcount unknown");
	if (page->pfn)
		pane_printf(pane, 1, col + 2, STYLE_TEXT, "PFN %#" PRIx64, page->pfn);
	else
		pane_put(pane, 1, col + 2, STYLE_DIM, "PFN unknown");
	if (!page->has_flags) {
		pane_put(pane, row, 0, STYLE_DIM, "flags unknown");
		draw_why(subject, pane, row + 1);
		return;
	}
	put_flags(page->flags, &subject->moment->system.kpf, &flags);
	row += pane_wrap(pane, row, pane->rows - row, STYLE_TEXT, flags.data ? flags.data : "");
	draw_why(subject, pane, row);
	buf_fini(&flags);
}

/* Rows of the region's words in so many columns, without drawing them. */
static int text_rows(const struct subject *subject, int rows, int cols)
{
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols};

	return region_text_draw(&pane, subject, rows);
}

static int grid_width(const struct subject *subject)
{
	return GRID_COLS * subject->step + GRID_NUMBER;
}

/* The grid on the left, words on the right: the region's, then the subpage's. */
static void plan_beside(const struct subject *subject, int rows, int cols, struct plan *plan)
{
	plan->text_col = grid_width(subject) + 2;
	plan->text_rows = rows - PAGE_ROWS - 1;
	plan->heading = 0;
	plan->row = 1;
	plan->rows = rows - 1;
	plan->cols = grid_width(subject);
	plan->page = text_rows(subject, plan->text_rows, cols - plan->text_col) + 1;
}

/* Words, grid and the subpage's words below each other; with little room the grid shows a part of itself. */
static void plan_below(const struct subject *subject, int rows, int cols, struct plan *plan)
{
	bool brief = rows < BRIEF_ROWS;
	int page_rows = brief ? PAGE_ROWS_BRIEF : PAGE_ROWS, row, grid_rows;

	plan->text_col = 0;
	plan->text_rows = rows - GRID_ROWS - 1 - page_rows;
	if (plan->text_rows <= TEXT_ROWS_BRIEF)
		plan->text_rows = TEXT_ROWS_BRIEF;
	if (rows - page_rows - plan->text_rows < GRID_ROWS_LEAST)
		plan->text_rows--;
	row = text_rows(subject, plan->text_rows, cols);
	if (rows - row - page_rows > GRID_ROWS + 1)
		row++; /* a blank line, where it costs nothing */
	plan->heading = brief ? -1 : row++;
	grid_rows = (int)(subject->subpages / grid_cols(subject, cols));
	plan->row = row;
	plan->rows = rows - row - page_rows < grid_rows ? rows - row - page_rows : grid_rows;
	plan->cols = cols;
	plan->page = row + (plan->rows > 0 ? plan->rows : 0);
}

static void make_plan(const struct subject *subject, int rows, int cols, struct plan *plan)
{
	(cols >= BESIDE_COLS + GRID_COLS * (subject->step - 1) ? plan_beside : plan_below)(subject, rows,
											   cols, plan);
}

static void draw_subject(const struct screen *screen, const struct subject *subject, const struct pane *pane,
			 bool focused)
{
	const char *why = subject_no_pages(screen, subject);
	struct pane part;
	struct plan plan;

	if (why && !*why) {
		region_text_draw(pane, subject, pane->rows);
		return;
	}
	make_plan(subject, pane->rows, pane->cols, &plan);
	part = pane_part(pane, 0, plan.text_col, pane->rows, pane->cols - plan.text_col);
	region_text_draw(&part, subject, plan.text_rows);
	if (plan.heading >= 0)
		pane_printf(pane, plan.heading, 0, STYLE_DIM,
			    subject->spot.len < subject->spot.pmd_size
				    ? "subpages by mapcount; blank: outside"
				    : "subpages by mapcount, %u a row",
			    grid_cols(subject, plan.cols));
	part = pane_part(pane, plan.row, 0, plan.rows, plan.cols);
	if (why) {
		pane_wrap(&part, 0, 4, STYLE_DIM, why);
		return;
	}
	grid_draw(subject, &part, focused);
	part = pane_part(pane, plan.page, plan.text_col, pane->rows - plan.page, pane->cols - plan.text_col);
	draw_page(screen, subject, &part);
}

static struct pane inner(const struct pane *pane)
{
	return pane_part(pane, 0, INDENT, pane->rows, pane->cols - 2 * INDENT);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane part = inner(pane);
	struct subject subject;

	if (subject_find(screen, &subject))
		draw_subject(screen, &subject, &part, focused);
	else if (subject.spot.line)
		region_text_other(&part, &subject.spot);
	else
		pane_put(&part, 0, 0, STYLE_DIM, screen->scene.newest ? "no region" : "reading…");
}

static void fit(struct screen *screen, int rows, int cols)
{
	screen->region.rows = rows;
	screen->region.cols = cols;
}

static void command(struct screen *screen, enum command command)
{
	struct subject subject;
	uint32_t page, cols, step, last;

	if (!subject_find(screen, &subject))
		return;
	page = subject.at;
	cols = grid_cols(&subject, screen->region.cols - 2 * INDENT);
	step = subject.subpages / cols > GRID_ROWS ? GRID_ROWS * cols : subject.subpages / 4;
	last = subject.subpages - 1;
	if (!step)
		step = 1;
	if (command == COMMAND_UP)
		page = page >= cols ? page - cols : page;
	else if (command == COMMAND_DOWN)
		page = page + cols <= last ? page + cols : page;
	else if (command == COMMAND_LEFT)
		page = page ? page - 1 : 0;
	else if (command == COMMAND_RIGHT)
		page = page < last ? page + 1 : last;
	else if (command == COMMAND_PAGE_UP)
		page = page >= step ? page - step : 0;
	else if (command == COMMAND_PAGE_DOWN)
		page = last - page >= step ? page + step : last;
	else if (command == COMMAND_HOME)
		page = 0;
	else if (command == COMMAND_END)
		page = last;
	else if (command == COMMAND_COW_RULE)
		screen->region.cow_row = region_cow_next(&subject);
	screen->region.page = page;
}

/* A click goes to the subpage there; the wheel moves by a row. */
static void mouse(struct screen *screen, const struct mouse *mouse)
{
	int rows = screen->region.rows, cols = screen->region.cols - 2 * INDENT, row, col;
	struct subject subject;
	struct plan plan;
	uint32_t per_row;

	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN) {
		command(screen, mouse->what == MOUSE_WHEEL_UP ? COMMAND_UP : COMMAND_DOWN);
		return;
	}
	if (!subject_find(screen, &subject) || subject_no_pages(screen, &subject))
		return;
	make_plan(&subject, rows, cols, &plan);
	per_row = grid_cols(&subject, plan.cols);
	row = mouse->row - plan.row;
	col = mouse->col - INDENT;
	col = col < 0 ? -1 : col / subject.step;
	if (row < 0 || row >= plan.rows || col < 0 || col >= (int)per_row)
		return;
	col += (int)grid_first(&subject, plan.rows, plan.cols) + row * (int)per_row;
	if ((uint32_t)col < subject.subpages)
		screen->region.page = (uint32_t)col;
}

static const enum command commands[] = {
	COMMAND_COLLAPSE,   COMMAND_WHY,       COMMAND_BACK,   COMMAND_COW_RULE,  COMMAND_SHARERS,
	COMMAND_BIG,	    COMMAND_GLOSSARY,  COMMAND_NEXT,   COMMAND_PANE,	  COMMAND_UP,
	COMMAND_HOT,	    COMMAND_COUNTERS,  COMMAND_EVENTS, COMMAND_RECORD,	  COMMAND_PAUSE,
	COMMAND_PANE_BACK,  COMMAND_SPLIT,     COMMAND_WRITE,  COMMAND_FORK,	  COMMAND_ASK,
	COMMAND_STEP,	    COMMAND_STEP_BACK, COMMAND_TASKS,  COMMAND_SCHEDULER, COMMAND_RUN_ALL,
	COMMAND_STEP_AGAIN, COMMAND_LAYOUT,    COMMAND_THEME,  COMMAND_HELP,	  COMMAND_CLOSE,
	COMMAND_NONE};

const struct view view_region = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
