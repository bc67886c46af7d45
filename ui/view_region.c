/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The region under the map's cursor: what it is, and its subpages as a grid shaded by mapcount. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernel.h"
#include "core/kpf.h"
#include "ui/figures.h"
#include "ui/region_text.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define GRID_COLS 32
#define BESIDE_COLS 76 /* from this width on the grid stands beside the text */
#define GRID_ROWS 16
#define BRIEF_ROWS 20 /* below this height the words are few */
#define PAGE_ROWS 5   /* what is said of the subpage under the cursor; 3 if the words are few */

/* All that is known of the region: the newer of the map's survey and the examination. */
struct subject {
	struct spot spot;
	const struct moment *moment; /* where region is from */
	const struct region *region; /* NULL: it holds nothing */
	struct region merged;
	const struct page *pages; /* NULL: not read (yet) */
	uint32_t n_pages;	  /* in pages */
	uint32_t subpages;	  /* of a whole slot */
};

/*
 * The examined region. Who else maps its folio is only told by the survey of all processes: what that could derive is
 * taken over where the counts that both saw agree.
 */
static const struct region *merge(struct subject *subject, const struct region *examined)
{
	const struct region *surveyed = subject->spot.region;

	subject->merged = *examined;
	if (surveyed && examined->mapcount.entire == UNKNOWN_COUNT && surveyed->pfn == examined->pfn &&
	    surveyed->mapcount.highest == examined->mapcount.highest)
		subject->merged.mapcount = surveyed->mapcount;
	return &subject->merged;
}

/* False where the cursor is on no region. */
static bool find_subject(const struct screen *screen, struct subject *subject)
{
	const struct moment *examined = screen->examined;
	const struct process *process;
	const struct region *region;

	memset(subject, 0, sizeof(*subject));
	if (!map_spot(screen, &subject->spot) || subject->spot.line->kind != LINE_CELLS)
		return false;
	subject->moment = subject->spot.shown->home;
	subject->region = subject->spot.region;
	subject->subpages = (uint32_t)(subject->spot.pmd_size / subject->spot.page_size);
	if (!examined || !examined->n_processes || examined->processes[0].pid != subject->spot.shown->pid ||
	    examined->processes[0].outcome != OUTCOME_OK)
		return true;
	process = &examined->processes[0];
	region = process_region_at(process, subject->spot.start);
	if (!region || region->start != subject->spot.start)
		return true;
	subject->moment = examined;
	subject->region = merge(subject, region);
	subject->pages = process->pages ? process->pages + region->first_page : NULL;
	subject->n_pages = subject->pages ? region->n_pages : 0;
	return true;
}

static int compare_page(const void *key, const void *item)
{
	uint64_t addr = *(const uint64_t *)key, other = ((const struct page *)item)->addr;

	return addr < other ? -1 : addr > other;
}

static const struct page *page_at(const struct subject *subject, uint32_t index)
{
	uint64_t addr = subject->spot.slot + index * subject->spot.page_size;

	if (!subject->n_pages)
		return NULL;
	return bsearch(&addr, subject->pages, subject->n_pages, sizeof(struct page), compare_page);
}

static bool inside(const struct subject *subject, uint32_t index)
{
	uint64_t addr = subject->spot.slot + index * subject->spot.page_size;

	return addr >= subject->spot.start && addr - subject->spot.start < subject->spot.len;
}

/* What the grid shows of one subpage: the mapcount as a digit, or a letter for what has none. */
static char page_sign(const struct subject *subject, uint32_t index, uint8_t *style)
{
	const struct page *page = page_at(subject, index);

	*style = STYLE_PAGE_NONE;
	if (!page)
		return inside(subject, index) ? '.' : ' ';
	*style = STYLE_PAGE_ABSENT;
	if (page->guard)
		return 'g';
	if (page->swapped)
		return 's';
	if (!page->present)
		return 'm';
	*style = STYLE_PAGE_UNKNOWN;
	if (!page->has_mapcount)
		return '?';
	*style = page->mapcount < 2    ? STYLE_PAGE_ONCE
		 : page->mapcount == 2 ? STYLE_PAGE_TWICE
		 : page->mapcount < 10 ? STYLE_PAGE_FEW
				       : STYLE_PAGE_MANY;
	return page->mapcount < 10 ? (char)('0' + page->mapcount) : '+';
}

static uint32_t grid_cols(const struct subject *subject, int cols)
{
	uint32_t n = subject->subpages < GRID_COLS ? subject->subpages : GRID_COLS;

	while (n > 1 && (int)n > cols)
		n /= 2;
	return n;
}

/* As many rows of the grid as there is room for, the cursor's among them; returns how many. */
static int draw_grid(const struct screen *screen, const struct subject *subject, const struct pane *pane,
		     bool focused)
{
	uint32_t cols = grid_cols(subject, pane->cols), rows = subject->subpages / cols;
	uint32_t at = screen->region.page % subject->subpages, top = 0, row, col, shown = rows;
	uint8_t style;
	char sign[3] = "";

	if (pane->rows <= 0)
		return 0;
	if (rows > (uint32_t)pane->rows) {
		shown = (uint32_t)pane->rows;
		top = at / cols / shown * shown;
		if (top > rows - shown)
			top = rows - shown;
	}
	for (row = 0; row < shown; row++) {
		for (col = 0; col < cols; col++) {
			sign[0] = page_sign(subject, (top + row) * cols + col, &style);
			pane_put(pane, (int)row, (int)col, style, sign[0] == '.' ? "·" : sign);
		}
		if (at / cols != top + row)
			continue;
		pane_mark(pane, (int)row, (int)(at % cols), 1, focused ? MARK_CURSOR : MARK_QUIET_CURSOR);
		if (focused) {
			pane->cells->cursor_row = pane->row + (int)row;
			pane->cells->cursor_col = pane->col + (int)(at % cols);
		}
	}
	return (int)shown;
}

/* The subpage under the grid's cursor: PFN, mapcount, flags by their kernel names. */
static void draw_page(const struct screen *screen, const struct subject *subject, const struct pane *pane)
{
	uint32_t index = screen->region.page % subject->subpages;
	const struct page *page = page_at(subject, index);
	struct buf flags = {0};
	int row = 1, col;

	col = pane_printf(pane, 0, 0, STYLE_STRONG, "subpage %u  %" PRIx64, index,
			  subject->spot.slot + index * subject->spot.page_size);
	if (screen->paused && screen->examined_late)
		pane_put(pane, 0, col + 1, STYLE_WARN, "read now");
	if (!page) {
		pane_put(pane, row, 0, STYLE_DIM,
			 inside(subject, index) ? "nothing is mapped here" : "outside of this mapping");
		return;
	}
	if (!page->present) {
		pane_put(pane, row, 0, STYLE_PAGE_ABSENT,
			 page->guard	 ? "guard: an access is a fault"
			 : page->swapped ? "swapped out"
					 : "not present: migrating or a marker");
		return;
	}
	col = page->has_mapcount ? pane_printf(pane, row, 0, STYLE_TEXT, "mapcount %" PRIu32, page->mapcount)
				 : pane_put(pane, row, 0, STYLE_DIM, "mapcount unknown");
	if (page->pfn)
		pane_printf(pane, row, col + 2, STYLE_TEXT, "PFN %#" PRIx64, page->pfn);
	else
		pane_put(pane, row, col + 2, STYLE_DIM, "PFN unknown");
	if (page->has_flags) {
		kpf_names(page->flags, -1, &flags);
		for (char *at = flags.data; at && *at; at++) /* so that the line can break */
			*at = *at == ',' ? ' ' : *at;
		pane_wrap(pane, row + 1, pane->rows - row - 1, STYLE_TEXT, flags.data ? flags.data : "");
		buf_fini(&flags);
	} else {
		pane_put(pane, row + 1, 0, STYLE_DIM, "flags unknown");
	}
}

/* Why there is no grid, or NULL. */
static const char *no_grid(const struct screen *screen, const struct subject *subject)
{
	if (!subject->region)
		return "";
	if (subject->n_pages)
		return NULL;
	if (subject->spot.shown->outcome != OUTCOME_OK)
		return "Its subpages were not read while there was time.";
	if (screen->examined && screen->examined->n_processes &&
	    screen->examined->processes[0].pid == subject->spot.shown->pid &&
	    screen->examined->processes[0].outcome != OUTCOME_OK)
		return screen->examined->processes[0].reason ? screen->examined->processes[0].reason
							     : "Its subpages cannot be read.";
	return "reading its subpages…";
}

/* The grid on the left, words on the right. */
static void draw_beside(const struct screen *screen, const struct subject *subject, const struct pane *pane,
			bool focused)
{
	struct pane text = pane_part(pane, 0, GRID_COLS + 3, pane->rows, pane->cols - GRID_COLS - 3), grid,
		    page;
	const char *why = no_grid(screen, subject);
	int row = region_text_draw(&text, &subject->spot, subject->region, subject->moment, false);

	grid = pane_part(pane, why ? 0 : 1, 0, pane->rows - 1, GRID_COLS);
	page = pane_part(&text, row + 1, 0, text.rows - row - 1, text.cols);
	if (why) {
		pane_wrap(&grid, 0, 4, STYLE_DIM, why);
		return;
	}
	pane_put(pane, 0, 0, STYLE_DIM, "subpages by mapcount");
	draw_grid(screen, subject, &grid, focused);
	draw_page(screen, subject, &page);
}

/* Words, grid and the subpage's words below each other; with little room the grid shows a part of itself. */
static void draw_below(const struct screen *screen, const struct subject *subject, const struct pane *pane,
		       bool focused)
{
	bool brief = pane->rows < BRIEF_ROWS;
	int row = region_text_draw(pane, &subject->spot, subject->region, subject->moment, brief);
	int page_rows = brief ? 3 : PAGE_ROWS;
	const char *why = no_grid(screen, subject);
	struct pane part;

	if (!brief && row + 2 + GRID_ROWS + page_rows <= pane->rows)
		row++; /* a blank line, where it costs nothing */
	if (why) {
		part = pane_part(pane, row, 0, pane->rows - row, pane->cols);
		pane_wrap(&part, 0, 4, STYLE_DIM, why);
		return;
	}
	if (!brief)
		pane_put(pane, row++, 0, STYLE_DIM, "subpages by mapcount");
	part = pane_part(pane, row, 0, pane->rows - row - page_rows, pane->cols);
	row += draw_grid(screen, subject, &part, focused);
	part = pane_part(pane, row, 0, pane->rows - row, pane->cols);
	draw_page(screen, subject, &part);
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane inner = pane_part(pane, 0, 1, pane->rows, pane->cols - 1);
	struct subject subject;

	if (find_subject(screen, &subject))
		(inner.cols >= BESIDE_COLS ? draw_beside : draw_below)(screen, &subject, &inner, focused);
	else if (subject.spot.line)
		region_text_other(&inner, &subject.spot);
	else
		pane_put(&inner, 0, 0, STYLE_DIM, screen->scene.newest ? "no region" : "reading…");
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

	if (!find_subject(screen, &subject))
		return;
	page = screen->region.page % subject.subpages;
	cols = grid_cols(&subject, screen->region.cols - 1);
	step = subject.subpages / cols > 16 ? 16 * cols : subject.subpages / 4;
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
	screen->region.page = page;
}

static const enum command commands[] = {COMMAND_UP,    COMMAND_BACK, COMMAND_NEXT,  COMMAND_PANE,
					COMMAND_PAUSE, COMMAND_HELP, COMMAND_CLOSE, COMMAND_NONE};

const struct view view_region = {commands, fit, draw, command};
