/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is used most and is not huge: a ranking, with how that is known and what it does not tell. Enter opens the map there.
 * C collapses it, and the ranking stays: what is huge then is no longer in the list.
 *
 * The map has no mark for it: a cell is one column, whose shape is the region's state. A second sign in it would take the
 * state away, and an underline is not seen below a shade or a block. So the ranking, and the region's own pane, say it in
 * words.
 */
#include "ui/view_hot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ui/figures.h"
#include "ui/map_view.h"
#include "ui/marks.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define WIDE 64 /* columns from which on a line has words too */
#define RANK_COLS 4
#define ADDR_COLS 12
#define BAR_COLS 10
#define BAR_NARROW 44 /* columns below which half a bar has to do */
#define USED_COLS 12
#define STATE_COLS 16 /* "pte, thp-partial" */
#define ELIGIBLE_COLS 8
#define WHEEL_ROWS 3
#define ROWS_SMALL 12
#define WAY_ROWS 4

static const struct heat *measured(const struct screen *screen)
{
	return screen->hot.answer ? &screen->hot.answer->heat : NULL;
}

/* Whose ranking it is, as the newest moment has it; NULL: it is no more among those shown. */
static const struct shown *owner(const struct screen *screen, const struct heat *heat)
{
	const struct scene *scene = &screen->scene;
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].pid == heat->pid && scene->shown[i].process &&
		    scene->shown[i].process->start_time == heat->start_time)
			return &scene->shown[i];
	return NULL;
}

/* The region under the cursor; NULL: there is none. */
static const struct heat_region *under(const struct screen *screen)
{
	const struct hot_state *state = &screen->hot;
	const struct heat *heat = measured(screen);

	return heat && state->at < state->n_rows ? &heat->items[heat->ranked[state->rows[state->at]]] : NULL;
}

static bool is_huge(const struct shown *shown, uint64_t start)
{
	const struct region *now = shown ? process_region_at(shown->process, start) : NULL;

	return now && (now->mapping == MAPPING_PMD || now->mapping == MAPPING_PUD);
}

/* The cursor stays on its region, or where that was. */
static void sift(struct screen *screen)
{
	struct hot_state *state = &screen->hot;
	const struct moment *newest = screen->scene.newest;
	const struct heat *heat = measured(screen);
	const struct shown *shown;
	uint32_t before;
	size_t i;

	if (!heat || !heat->n || !newest)
		return;
	if (state->rows && state->sifted_seq == newest->seq && state->sifted_ns == moment_clock(newest))
		return;
	if (!state->rows)
		state->rows = mem_alloc(heat->n * sizeof(*state->rows));
	before = state->at < state->n_rows ? state->rows[state->at] : 0;
	state->n_rows = state->n_huge = state->at = 0;
	shown = owner(screen, heat);
	for (i = 0; i < heat->n; i++) {
		const uint64_t start = heat->items[heat->ranked[i]].start;

		if (is_huge(shown, start)) {
			state->n_huge++;
			state->huge_start = start;
			continue;
		}
		state->at += i < before;
		state->rows[state->n_rows++] = (uint32_t)i;
	}
	state->sifted_seq = newest->seq;
	state->sifted_ns = moment_clock(newest);
}

void hot_open(struct screen *screen)
{
	struct inquiry inquiry = {.kind = INQUIRY_HOT, .timeout_ns = HEAT_WINDOW_NS};
	struct spot spot;

	if (!map_spot(screen, &spot)) {
		map_say(screen, "put the cursor on a process first");
		return;
	}
	if (spot.shown->outcome != OUTCOME_OK || !spot.shown->process) {
		map_say(screen, "process %d cannot be asked any more", (int)spot.shown->pid);
		return;
	}
	inquiry.pid = spot.shown->pid;
	inquiry.start_time = spot.shown->process->start_time;
	hot_fini(&screen->hot);
	inquiry_ask(screen, &inquiry);
}

void hot_ask_clear(struct screen *screen)
{
	const struct inquiry_state *state = &screen->inquiry;
	char text[DIALOG_BYTES], comm[sizeof(state->comm)];

	snprintf(text, sizeof(text),
		 "Clear the referenced bits of process %d (%s)?\n"
		 "1 is written to /proc/%d/clear_refs; 1 s later smaps tells which were set again.\n"
		 "Reclaim forgets what of its memory was used lately, and may take it sooner.\n"
		 "The process waits for its mmap lock while its page tables are walked, twice.\n"
		 "No contents change.",
		 (int)state->asked.pid, dialog_name(state->comm, comm, sizeof(comm)), (int)state->asked.pid);
	dialog_open(&screen->dialog, DIALOG_CLEAR, text, "Clear and measure");
}

void hot_clear(struct screen *screen)
{
	struct inquiry inquiry = screen->inquiry.asked;

	inquiry.ask = true;
	hot_fini(&screen->hot);
	inquiry_ask(screen, &inquiry);
}

void hot_take(struct screen *screen, struct answer *answer)
{
	hot_fini(&screen->hot);
	screen->hot.answer = answer;
	screen->hot.taken_ns = screen->scene.newest ? moment_clock(screen->scene.newest) : 0;
}

void hot_fini(struct hot_state *state)
{
	answer_free(state->answer);
	free(state->rows);
	memset(state, 0, sizeof(*state));
}

const struct heat_region *hot_region(const struct screen *screen, pid_t pid, uint64_t start_time,
				     uint64_t start)
{
	const struct heat *heat = measured(screen);

	return heat && heat->pid == pid && heat->start_time == start_time ? heat_at(heat, start) : NULL;
}

void hot_say(const struct screen *screen, const struct heat_region *region, char *text, size_t size)
{
	const struct heat *heat = measured(screen);
	const size_t rank = heat_rank_of(heat, region);
	struct buf line = {0};

	if (rank) /* first, as a narrow pane cuts the end off */
		buf_printf(&line, "no. %zu of %zu: ", rank, heat->known);
	if (heat_by_areas(heat->by))
		buf_printf(&line, "VMA %u/%u", region->used, region->of);
	else
		buf_printf(&line, "%u of %u%s", region->used, region->of,
			   region->pages != region->of ? " folios" : "");
	snprintf(text, size, "%s", line.data);
	buf_fini(&line);
}

void hot_say_way(const struct screen *screen, char *text, size_t size)
{
	const struct heat *heat = measured(screen);
	const uint64_t now = screen->scene.newest ? moment_clock(screen->scene.newest) : 0;
	figure_text age;
	int n = snprintf(text, size, "%s", heat_by_name(heat->by));

	if (heat->window_ns)
		n += snprintf(text + n, size - (size_t)n, ", %.1f s", (double)heat->window_ns / 1e9);
	if (now > screen->hot.taken_ns)
		snprintf(text + n, size - (size_t)n, ", %s ago", figure_age(age, now - screen->hot.taken_ns));
}

bool hot_go(struct screen *screen)
{
	const struct heat *heat = measured(screen);
	const struct heat_region *region = under(screen);

	if (!region)
		return false;
	screen_join(screen, heat->pid, heat->start_time, region->start);
	return true;
}

static void collapse(struct screen *screen)
{
	const struct heat *heat = measured(screen);
	const struct heat_region *region = under(screen);
	const struct shown *shown = heat ? owner(screen, heat) : NULL;

	if (!region)
		return;
	if (!shown || shown->outcome != OUTCOME_OK)
		map_say(screen, "process %d is not there any more, or cannot be read", (int)heat->pid);
	else
		act_begin_at(screen, COMMAND_COLLAPSE, heat->pid, heat->start_time, region->start);
}

/* Whose, and how far it is. Returns the row behind. */
static int draw_title(const struct screen *screen, const struct pane *pane)
{
	const struct inquiry_state *state = &screen->inquiry;
	int col = pane_put(pane, 0, 0, STYLE_STRONG,
			   measured(screen) && measured(screen)->n && !measured(screen)->known
				   ? "not huge, not ranked:"
				   : "used most, not huge:"),
	    row = 1;

	col = pane_printf(pane, 0, col + 1, STYLE_TEXT, "%d ", (int)state->asked.pid);
	if (col < pane->cols)
		pane_put_head(pane, 0, col, pane->cols - col, STYLE_TEXT, state->comm);
	if (state->busy && state->stopped)
		pane_put(pane, row++, 0, STYLE_WARN, "stopping…");
	else if (state->busy)
		pane_printf(pane, row++, 0, STYLE_WARN, "measuring… %u%%  (Esc stops)", state->progress / 10);
	else if (state->answer && state->answer->error)
		row += pane_wrap(pane, row, 6, STYLE_ERROR,
				 *state->answer->reason ? state->answer->reason
							: strerror(-state->answer->error));
	else if (!measured(screen))
		pane_put(pane, row++, 0, STYLE_WARN, "stopped before there was an answer");
	return row;
}

/* What was ranked and is not listed any more. Returns the row behind. */
static int draw_left(const struct hot_state *state, const struct pane *pane, int row)
{
	if (state->n_huge == 1)
		pane_printf(pane, row, 0, STYLE_STRONG, "%" PRIx64 " is huge now: off the list",
			    state->huge_start);
	else if (state->n_huge)
		pane_printf(pane, row, 0, STYLE_STRONG, "%zu are huge now: off the list", state->n_huge);
	return row + (state->n_huge > 0);
}

/* Why there is no better way, or none: as much as a row holds, and which key tells all. */
static int draw_missing(const struct screen *screen, const struct pane *pane, int row,
			const struct heat *heat)
{
	char more[KEYMAP_TEXT + 16] = "";
	struct buf text = {0};
	keymap_text key;
	int room = pane->cols;

	buf_printf(&text, "%s: %s", heat->known ? "Not told" : "Why", heat->missing);
	if (text_width(pane->cells, text.data) > room &&
	    *keymap_keys_of(&screen->keymap, COMMAND_MISSING, key)) {
		snprintf(more, sizeof(more), "  %s: all", key);
		room -= text_width(pane->cells, more);
	}
	pane_put(pane, row, pane_put_head(pane, row, 0, room, STYLE_DIM, text.data), STYLE_DIM, more);
	buf_fini(&text);
	return row + 1;
}

/*
 * Where what there is says less than smaps does after its bits were cleared: the key, and what it costs. Of a model and a
 * recording there is nothing to clear.
 */
static int draw_offer(const struct screen *screen, const struct pane *pane, int row, const struct heat *heat,
		      bool small)
{
	const bool worse = heat->by == HEAT_BY_ANY || heat->by == HEAT_LRU || heat->by == HEAT_SMAPS;
	char text[KEYMAP_TEXT + 160];
	keymap_text key;

	if (!worse || tasks_known(screen) || timeline_of(screen) || !strcmp(heat->source, "tree") ||
	    status_ruled_out(screen, COMMAND_HOT_CLEARED) ||
	    !*keymap_keys_of(&screen->keymap, COMMAND_HOT_CLEARED, key))
		return row;
	snprintf(
		text, sizeof(text), "%s clears the bits, measures 1 s%s", key,
		small ? ""
		      : ": reclaim forgets what was used before, and the process waits while its page tables "
			"are walked.");
	return row + pane_wrap(pane, row, small ? 1 : 2, STYLE_STRONG, text);
}

/* How it is known, and what that does not tell: in few rows where there are few. */
static int draw_way(const struct screen *screen, const struct pane *pane, int row, const struct heat *heat,
		    bool small)
{
	struct buf text = {0};

	heat_say_way(heat, &text);
	if (heat->n > heat->known)
		buf_printf(&text, "; of %zu of %zu regions nothing is known", heat->n - heat->known, heat->n);
	row += pane_wrap(pane, row, small ? 1 : 2, STYLE_TEXT, text.data);
	if (heat_doubt(heat))
		row += pane_wrap(pane, row, 2, STYLE_WARN, heat_doubt(heat));
	buf_fini(&text);
	if (!small || !heat->missing || !heat->known)
		row += pane_wrap(pane, row, small ? 2 : WAY_ROWS, STYLE_DIM, heat_limits(heat->by));
	row = heat->missing ? draw_missing(screen, pane, row, heat) : row;
	return draw_offer(screen, pane, row, heat, small);
}

/* All but the list, with the row of its headings, in a pane of so many rows. */
static int draw_head(const struct screen *screen, const struct pane *pane, int rows)
{
	const struct heat *heat = measured(screen);
	int row = draw_title(screen, pane);

	if (!heat || !heat->n)
		return row;
	row = draw_left(&screen->hot, pane, row);
	return draw_way(screen, pane, row, heat, rows <= ROWS_SMALL) + 1;
}

static int bar_cols(const struct pane *pane)
{
	return pane->cols < BAR_NARROW ? BAR_COLS / 2 : BAR_COLS;
}

static void put_bar(const struct pane *pane, int row, int col, const struct heat_region *region)
{
	const int cols = bar_cols(pane);
	/* Something is never drawn as nothing, and no part as all. */
	int full = region->of ? (int)((uint64_t)region->used * (unsigned)cols / region->of) : 0;

	if (!full && region->used)
		full = 1;
	if (!region->of)
		pane_put(pane, row, col, STYLE_DIM, "unknown");
	else
		pane_fill(pane, row, col, full, STYLE_STRONG, "━");
	if (region->of)
		pane_fill(pane, row, col + full, cols - full, STYLE_DIM, "·");
}

/* A number without its last digits would be another one: of a large memory area the share in percent. */
static void put_used(const struct pane *pane, int row, int col, const struct heat_region *region)
{
	const int room = pane->cols < WIDE ? pane->cols - col : USED_COLS;
	char text[32];

	if (!region->of)
		return;
	if (snprintf(text, sizeof(text), "%u/%u", region->used, region->of) > room) {
		const unsigned percent = (unsigned)((uint64_t)region->used * 100 / region->of);

		if (!percent && region->used)
			snprintf(text, sizeof(text), "<1%%");
		else
			snprintf(text, sizeof(text), "%u%%", percent);
	}
	pane_put_head(pane, row, col, room, STYLE_TEXT, text);
}

/* Whether the kernel would make it huge by itself, as smaps said when it was asked (e on the map). */
static const char *eligible_word(const struct vma *vma)
{
	if (vma->eligible < 0 || !vma->eligible_ns)
		return "?";
	return vma->eligible ? "yes" : vma->advice == VMA_ADVICE_NOHUGEPAGE ? "never" : "no";
}

/* Its state is that of the newest moment: what was collapsed since is seen to be. */
static void draw_region(const struct screen *screen, const struct pane *pane, int row,
			const struct heat *heat, size_t rank)
{
	const struct heat_region *hot = &heat->items[heat->ranked[rank]];
	const struct shown *shown = owner(screen, heat);
	const struct region *now = shown ? process_region_at(shown->process, hot->start) : NULL;
	const struct vma *vma = shown ? process_vma_at(shown->process, hot->start) : NULL;
	const bool wide = pane->cols >= WIDE;
	char text[64];
	int col = 0;

	if (rank < heat->known)
		pane_printf(pane, row, 0, STYLE_TEXT, "%*zu", RANK_COLS - 1, rank + 1);
	col = pane_printf(pane, row, RANK_COLS, STYLE_TEXT, "%*" PRIx64, ADDR_COLS, hot->start) + 1;
	if (now)
		shape_put(pane, row, col, region_symbol(now, heat->page_size));
	col += 2;
	if (heat->known) { /* else it is a list, and no ranking */
		put_bar(pane, row, col, hot);
		col += bar_cols(pane) + 1;
		put_used(pane, row, col, hot);
		col += USED_COLS;
	}
	if (!wide)
		return;
	snprintf(text, sizeof(text), "%s, %s", now ? mapping_name(now->mapping) : "gone",
		 now ? backing_name(now->backing) : "");
	pane_put_head(pane, row, col, STATE_COLS, STYLE_TEXT, now ? text : "gone");
	col += STATE_COLS + 1;
	if (vma)
		pane_put(pane, row, col, STYLE_DIM, eligible_word(vma));
	col += ELIGIBLE_COLS + 1;
	if (vma && vma->label)
		pane_put_head(pane, row, col, pane->cols - col, STYLE_TEXT, vma->label);
	else if (vma)
		vma_name_put(pane, row, col, pane->cols - col, vma);
}

/* What the columns are, as draw_region has them. */
static void draw_heading(const struct pane *pane, int row, const struct heat *heat)
{
	const char *used = pane->cols < WIDE ? "used" : heat_by_areas(heat->by) ? "of its VMA" : "used/told";
	int col = RANK_COLS + ADDR_COLS + 3;

	pane_printf(pane, row, 0, STYLE_DIM, "%*s %*s", RANK_COLS - 1, heat->known ? "no." : "", ADDR_COLS,
		    "address");
	if (heat->known)
		col = pane_printf(pane, row, col, STYLE_DIM, "%-*s %-*s", bar_cols(pane), "share", USED_COLS,
				  used);
	if (pane->cols < WIDE)
		return;
	pane_printf(pane, row, col, STYLE_DIM, "%-*s %-*s memory", STATE_COLS, "is now", ELIGIBLE_COLS,
		    "eligible");
}

static void fit(struct screen *screen, int rows, int cols)
{
	struct hot_state *state = &screen->hot;
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, rows, cols}, inner = scroll_inner(&pane),
		    head = {&none, 0, 0, 0, inner.cols};
	int at, visible;

	sift(screen);
	visible = inner.rows - draw_head(screen, &head, rows);
	scroll_fit(&state->scroll, visible > 0 ? visible : 1, (int)state->n_rows);
	if (state->at >= state->n_rows)
		state->at = state->n_rows ? state->n_rows - 1 : 0;
	at = (int)state->at;
	if (at < state->scroll.top)
		state->scroll.top = at;
	if (at >= state->scroll.top + state->scroll.rows)
		state->scroll.top = at - state->scroll.rows + 1;
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	const struct hot_state *state = &screen->hot;
	const struct heat *heat = measured(screen);
	struct pane inner = scroll_inner(pane), list;
	size_t at = (size_t)state->scroll.top;
	int top, row;

	(void)focused; /* it is alone */
	top = draw_head(screen, &inner, pane->rows);
	if (!heat)
		return;
	list = pane_part(&inner, top, 0, inner.rows - top, inner.cols);
	if (!heat->n) {
		pane_wrap(&list, 0, 3, STYLE_DIM,
			  "no whole region is mapped by ptes: nothing is left to be made huge");
		return;
	}
	draw_heading(&inner, top - 1, heat);
	for (row = 0; row < list.rows && at < state->n_rows; row++, at++) {
		draw_region(screen, &list, row, heat, state->rows[at]);
		if (at != state->at)
			continue;
		pane_mark(&list, row, 0, list.cols, MARK_CURSOR);
		pane->cells->cursor_row = list.row + row;
		pane->cells->cursor_col = list.col;
	}
	list.cols++;
	scroll_marks(&state->scroll, &list);
}

static void command(struct screen *screen, enum command command)
{
	struct hot_state *state = &screen->hot;
	size_t last = state->n_rows ? state->n_rows - 1 : 0, page = (size_t)state->scroll.rows;

	if (command == COMMAND_ENTER)
		hot_go(screen);
	else if (command == COMMAND_COLLAPSE)
		collapse(screen);
	else if (command == COMMAND_UP)
		state->at -= state->at > 0;
	else if (command == COMMAND_DOWN)
		state->at += state->at < last;
	else if (command == COMMAND_PAGE_UP)
		state->at -= state->at > page ? page : state->at;
	else if (command == COMMAND_PAGE_DOWN)
		state->at += last - state->at > page ? page : last - state->at;
	else if (command == COMMAND_HOME)
		state->at = 0;
	else if (command == COMMAND_END)
		state->at = last;
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	const int from = screen->panes[VIEW_HOT].rows - screen->hot.scroll.rows;
	size_t row;
	int i;

	if (mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN) {
		for (i = 0; i < WHEEL_ROWS; i++)
			command(screen, mouse->what == MOUSE_WHEEL_UP ? COMMAND_UP : COMMAND_DOWN);
		return;
	}
	row = (size_t)(mouse->row - from + screen->hot.scroll.top);
	if (mouse->row < from || row >= screen->hot.n_rows)
		return;
	screen->hot.at = row;
	if (mouse->what == MOUSE_DOUBLE)
		hot_go(screen);
}

static const enum command commands[] = {COMMAND_ENTER,	     COMMAND_COLLAPSE, COMMAND_WHY,  COMMAND_HOT,
					COMMAND_HOT_CLEARED, COMMAND_GLOSSARY, COMMAND_BACK, COMMAND_UP,
					COMMAND_HOME,	     COMMAND_PAGE_UP,  COMMAND_HELP, COMMAND_CLOSE,
					COMMAND_NONE};

const struct view view_hot = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
