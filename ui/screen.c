/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: which views there are, where they stand, and which of them a command is for. */
#include "ui/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/legend.h"
#include "ui/map_view.h"
#include "ui/theme.h"

#define REGION_COLS 39 /* of the region beside the map */
#define LEGEND_ROWS 14 /* from this height of the views on a view with cells has a legend */

static const struct view *const views[VIEW_COUNT] = {
	[VIEW_MAP] = &view_map,		[VIEW_REGION] = &view_region,
	[VIEW_HELP] = &view_help,	[VIEW_PROCESSES] = &view_processes,
	[VIEW_MISSING] = &view_missing,
};

void screen_init(struct screen *screen)
{
	memset(screen, 0, sizeof(*screen));
	keymap_init(&screen->keymap);
	screen->flash = true;
	screen->region.cow_row = COW_ROW_COUNT;
	screen->rows = 24;
	screen->cols = 80;
}

void screen_fini(struct screen *screen)
{
	scene_fini(&screen->scene);
	moment_free(screen->examined);
	map_layout_fini(&screen->map.layout);
	processes_fini(&screen->processes);
	free(screen->chosen);
	memset(screen, 0, sizeof(*screen));
}

void screen_open_list(struct screen *screen)
{
	screen->has_list = true;
	screen->focus = VIEW_PROCESSES;
	screen->processes.sort = COLUMN_HUGE;
}

bool screen_lists(const struct screen *screen)
{
	return screen->focus == VIEW_PROCESSES;
}

void screen_take_roster(struct screen *screen, struct roster_view *roster)
{
	processes_take(&screen->processes, roster);
}

/* The map begins anew: nothing of the processes before is left on it. */
void screen_choose(struct screen *screen, struct who *who, size_t n)
{
	free(screen->chosen);
	screen->chosen = who;
	screen->n_chosen = n;
	screen->choose = true;
	screen->paused = false;
	screen->focus = VIEW_MAP;
	if (screen->scene.n)
		scene_fini(&screen->scene);
	moment_free(screen->examined);
	screen->examined = NULL;
	map_layout_fini(&screen->map.layout);
	memset(&screen->map, 0, sizeof(screen->map));
	memset(&screen->region, 0, sizeof(screen->region));
	memset(screen->panes, 0, sizeof(screen->panes)); /* a click means what is drawn next */
}

bool screen_wide(const struct screen *screen)
{
	return screen->cols >= SCREEN_COLS_WIDE;
}

const char *narration_line(const struct screen *screen, size_t line)
{
	return screen->narration[line] + strspn(screen->narration[line], "\n");
}

static enum view_id front(const struct screen *screen)
{
	return screen->help ? VIEW_HELP : screen->missing ? VIEW_MISSING : screen->focus;
}

/* Whether the region view shows what was examined last, or would if it could be read. */
static bool looks_at_examined(const struct screen *screen)
{
	const struct moment *examined = screen->examined;
	struct spot spot;

	if (screen_lists(screen) || (!screen_wide(screen) && screen->focus != VIEW_REGION))
		return false;
	return examined->n_processes && map_spot(screen, &spot) && spot.line->kind == LINE_CELLS &&
	       spot.shown->pid == examined->processes[0].pid &&
	       (!examined->to || (examined->from <= spot.start && spot.start < examined->to));
}

/* Of a region that nobody looks at there is no new examination: the old one must not outlive a newer survey. */
static void drop_examined(struct screen *screen)
{
	if (!screen->examined || looks_at_examined(screen))
		return;
	moment_free(screen->examined);
	screen->examined = NULL;
}

static void refit_map(struct screen *screen)
{
	view_map.fit(screen, screen->map.rows, screen->map.cols);
}

void screen_take(struct screen *screen, struct moment *moment)
{
	if (!moment)
		return;
	scene_take(&screen->scene, moment);
	header_take(screen);
	map_answered(screen);
	refit_map(screen);
	drop_examined(screen);
}

/* The process is gone, and what is there is the last that was seen of it. */
static bool outlived(const struct moment *old, const struct moment *new)
{
	enum outcome outcome = new->n_processes ? new->processes[0].outcome : OUTCOME_OK;

	return (outcome == OUTCOME_GONE || outcome == OUTCOME_REUSED) && old && old->n_processes &&
	       old->processes[0].pid == new->processes[0].pid && old->processes[0].outcome == OUTCOME_OK;
}

void screen_take_region(struct screen *screen, struct moment *moment)
{
	if (!moment)
		return;
	if (outlived(screen->examined, moment)) {
		moment_free(moment);
		return;
	}
	moment_free(screen->examined);
	screen->examined = moment;
	screen->examined_late = screen->paused;
}

/* Whether a text covers the views. */
static bool covered(const struct screen *screen)
{
	return screen->help || screen->missing;
}

/* Esc and q: one step out; the last one leaves. */
static void step_out(struct screen *screen, bool may_leave)
{
	if (covered(screen)) {
		screen->help = screen->missing = false;
	} else if (screen->focus == VIEW_REGION) {
		screen->focus = VIEW_MAP;
	} else if (screen->focus == VIEW_MAP && screen->has_list) {
		screen->focus = VIEW_PROCESSES;
		screen->paused = false;
		memset(screen->panes, 0, sizeof(screen->panes));
	} else if (may_leave) {
		screen->close = true;
	} else if (screen_lists(screen)) {
		view_processes.command(screen, COMMAND_BACK);
	}
}

static void show_help(struct screen *screen)
{
	screen->help = !screen->help;
	screen->missing = false;
	screen->help_scroll.top = 0;
}

static void show_missing(struct screen *screen)
{
	screen->missing = !screen->missing;
	screen->help = false;
	screen->missing_scroll.top = 0;
}

bool view_works(const struct view *view, enum command command)
{
	const enum command *at;

	for (at = view->commands; *at != COMMAND_NONE; at++)
		if (*at == command)
			return true;
	return false;
}

/* A key that does something elsewhere: on the list it does so on a map. */
static void explain(struct screen *screen)
{
	if (front(screen) == VIEW_PROCESSES)
		screen->message = "That is for a map: open a process first.";
}

void screen_command(struct screen *screen, enum command command)
{
	screen->message = NULL;
	switch (command) {
	case COMMAND_UP:
	case COMMAND_DOWN:
	case COMMAND_LEFT:
	case COMMAND_RIGHT:
	case COMMAND_PAGE_UP:
	case COMMAND_PAGE_DOWN:
	case COMMAND_HOME:
	case COMMAND_END:
	case COMMAND_ENTER:
		views[front(screen)]->command(screen, command);
		break;
	case COMMAND_PREVIOUS:
	case COMMAND_NEXT:
		if (!covered(screen) && !screen_lists(screen)) /* also from the region: it follows */
			view_map.command(screen, command);
		else
			explain(screen);
		break;
	case COMMAND_COW_RULE: /* also from the map, where the region is beside it */
		if (!covered(screen) && !screen_lists(screen) &&
		    (screen_wide(screen) || screen->focus == VIEW_REGION))
			view_region.command(screen, command);
		else if (!covered(screen) && !screen_lists(screen))
			screen->message = "That is for a region: Enter opens it.";
		else
			explain(screen);
		break;
	case COMMAND_PANE:
		if (!covered(screen) && !screen_lists(screen))
			screen->focus = screen->focus == VIEW_MAP ? VIEW_REGION : VIEW_MAP;
		else
			explain(screen);
		break;
	case COMMAND_BACK:
	case COMMAND_CLOSE:
		if (command == COMMAND_BACK && front(screen) == VIEW_MAP && map_back(screen))
			break;
		step_out(screen, command == COMMAND_CLOSE);
		break;
	case COMMAND_PAUSE:
		screen->paused = !screen->paused;
		break;
	case COMMAND_ZOOM_IN:
	case COMMAND_ZOOM_OUT:
	case COMMAND_SEARCH:
	case COMMAND_SEARCH_NEXT:
	case COMMAND_SEARCH_PREVIOUS:
	case COMMAND_FILTER:
	case COMMAND_GOTO:
	case COMMAND_SORT:
	case COMMAND_REVERSE:
	case COMMAND_TAG:
	case COMMAND_THREADS:
	case COMMAND_ELIGIBLE:
	case COMMAND_DISMISS:
		if (view_works(views[front(screen)], command))
			views[front(screen)]->command(screen, command);
		else
			explain(screen);
		break;
	case COMMAND_MISSING:
		show_missing(screen);
		break;
	case COMMAND_HELP:
		show_help(screen);
		break;
	case COMMAND_REDRAW:
		screen->redraw = true;
		break;
	case COMMAND_SUSPEND:
		screen->suspend = true;
		break;
	case COMMAND_QUIT:
		screen->quit = true;
		break;
	case COMMAND_NONE:
	case COMMAND_COUNT:
		break;
	}
}

static void answered(struct screen *screen, enum dialog_kind kind, enum dialog_end how)
{
	if (how == DIALOG_YES)
		screen->agreed = kind;
}

void screen_key(struct screen *screen, uint32_t key)
{
	const struct view *view = views[front(screen)];
	enum dialog_kind asked = screen->dialog.kind;
	enum prompt_kind kind = screen->prompt.kind;

	screen->message = NULL;
	if (asked != DIALOG_NONE)
		answered(screen, asked, dialog_key(&screen->dialog, key));
	else if (kind != PROMPT_NONE)
		view->typed(screen, kind, screen->prompt.text,
			    prompt_key(&screen->prompt, key & ~KEYS_PASTED));
	else if (key & KEYS_PASTED)
		screen->message = "Pasted text is not taken for keys.";
	else
		screen_command(screen, keymap_command(&screen->keymap, key));
}

static bool within(const struct pane *pane, const struct mouse *mouse)
{
	return mouse->row >= pane->row && mouse->row < pane->row + pane->rows && mouse->col >= pane->col &&
	       mouse->col < pane->col + pane->cols;
}

/* Of a pair of keys the one clicked; on the word behind it, what the row is for. */
static bool click_hint(struct screen *screen, const struct mouse *mouse)
{
	const struct hint *hint;
	enum command command;
	int col;

	for (hint = screen->hints; hint < screen->hints + screen->n_hints; hint++) {
		col = mouse->col - hint->col;
		if (mouse->row != hint->row || col < 0 || col >= hint->cols)
			continue;
		command = col < hint->key_cols ? keymap_key_at(&screen->keymap, hint->keys, col)
					       : hint->keys->command;
		screen_command(screen, command);
		return true;
	}
	return false;
}

void screen_mouse(struct screen *screen, const struct mouse *mouse)
{
	enum dialog_kind asked = screen->dialog.kind;
	struct mouse inside = *mouse;
	int i;

	if (asked != DIALOG_NONE) {
		answered(screen, asked, dialog_mouse(&screen->dialog, mouse));
		return;
	}
	if (screen->prompt.kind != PROMPT_NONE)
		return;
	if (mouse->what == MOUSE_CLICK && click_hint(screen, mouse))
		return;
	for (i = 0; i < VIEW_COUNT; i++) {
		if (!within(&screen->panes[i], mouse) || !views[i]->mouse)
			continue;
		screen->message = NULL;
		inside.row -= screen->panes[i].row;
		inside.col -= screen->panes[i].col;
		if (!covered(screen))
			screen->focus = (enum view_id)i;
		views[i]->mouse(screen, &inside);
		return;
	}
}

static void draw_view(struct screen *screen, enum view_id id, const struct pane *pane)
{
	screen->panes[id] = *pane;
	views[id]->draw(screen, pane, front(screen) == id);
}

/* A view with cells, and where there is room or nothing else below it what its shapes mean. */
static void draw_cells(struct screen *screen, enum view_id id, const struct pane *pane)
{
	struct pane view = *pane, legend;
	keymap_text help;

	if (pane->rows < LEGEND_ROWS) {
		views[id]->fit(screen, view.rows, view.cols);
		screen->no_legend = id != VIEW_MAP || !map_leaves_row(&screen->map);
	}
	if (screen->no_legend) {
		draw_view(screen, id, &view);
		return;
	}
	view.rows--; /* before it fits: with a row more it would scroll back from the end */
	views[id]->fit(screen, view.rows, view.cols);
	draw_view(screen, id, &view);
	keymap_keys_of(&screen->keymap, COMMAND_HELP, help);
	legend = pane_part(pane, view.rows, 0, 1, pane->cols);
	legend_draw(&view, &legend, id == VIEW_PROCESSES, help);
}

/* Map and region, side by side or the one that has the keys. */
static void draw_body(struct screen *screen, const struct pane *body)
{
	struct pane map = *body, region = *body;

	if (screen_wide(screen)) {
		map = pane_part(body, 0, 0, body->rows, body->cols - REGION_COLS - 1);
		region = pane_part(body, 0, map.cols + 1, body->rows, REGION_COLS);
		for (int row = 0; row < body->rows; row++)
			pane_put(body, row, map.cols, STYLE_DIM, "│");
	}
	if (screen_wide(screen) || screen->focus == VIEW_MAP)
		draw_cells(screen, VIEW_MAP, &map);
	else
		view_map.fit(screen, map.rows, map.cols); /* its cursor is what the region is about */
	view_region.fit(screen, region.rows, region.cols);
	if (screen_wide(screen) || screen->focus == VIEW_REGION)
		draw_view(screen, VIEW_REGION, &region);
}

static void draw_too_small(const struct pane *whole)
{
	char text[96];

	snprintf(text, sizeof(text), "This window is %d × %d; thpscope needs %d × %d.", whole->cols,
		 whole->rows, SCREEN_COLS_MIN, SCREEN_ROWS_MIN);
	pane_wrap(whole, 0, whole->rows, STYLE_TEXT, text);
}

void screen_draw(struct screen *screen, struct cells *cells)
{
	struct pane whole, body, status;
	int top;

	cells_resize(cells, cells->rows, cells->cols);
	screen->rows = cells->rows;
	screen->cols = cells->cols;
	whole = pane_whole(cells);
	memset(screen->panes, 0, sizeof(screen->panes));
	screen->n_hints = 0;
	screen->no_legend = false;
	if (cells->rows < SCREEN_ROWS_MIN || cells->cols < SCREEN_COLS_MIN) {
		draw_too_small(&whole);
		screen->dialog.kind = DIALOG_NONE; /* a question that cannot be read is withdrawn */
		return;
	}
	top = header_draw(screen, &whole);
	body = pane_part(&whole, top, 0, whole.rows - top - 1, whole.cols);
	if (covered(screen)) {
		views[front(screen)]->fit(screen, body.rows, body.cols);
		draw_view(screen, front(screen), &body);
	} else if (screen_lists(screen)) {
		draw_cells(screen, VIEW_PROCESSES, &body);
	} else {
		draw_body(screen, &body);
	}
	status = pane_part(&whole, whole.rows - 1, 0, 1, whole.cols);
	if (screen->dialog.kind != DIALOG_NONE)
		dialog_keys_draw(&status);
	else if (screen->prompt.kind != PROMPT_NONE)
		prompt_draw(&screen->prompt, &status);
	else
		status_draw(screen, &status, views[front(screen)]);
	if (screen->dialog.kind != DIALOG_NONE)
		dialog_draw(&screen->dialog, &whole);
}

void screen_wants(const struct screen *screen, pid_t *pid, uint64_t *addr)
{
	struct spot spot;

	*pid = 0;
	*addr = 0;
	if (screen_lists(screen) || (!screen_wide(screen) && screen->focus != VIEW_REGION))
		return;
	if (!map_spot(screen, &spot) || spot.line->kind != LINE_CELLS || spot.shown->outcome != OUTCOME_OK)
		return;
	*pid = spot.shown->pid;
	*addr = spot.start;
}
