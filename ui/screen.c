/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: which views there are, and which of them a command is for. */
#include "ui/screen.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ui/map_find.h"
#include "ui/map_view.h"
#include "ui/screen_parts.h"

const struct view *const screen_views[VIEW_COUNT] = {
	[VIEW_MAP] = &view_map,		[VIEW_REGION] = &view_region,
	[VIEW_HELP] = &view_help,	[VIEW_PROCESSES] = &view_processes,
	[VIEW_MISSING] = &view_missing, [VIEW_EVENTS] = &view_events,
	[VIEW_WHY] = &view_why,		[VIEW_SHARERS] = &view_sharers,
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
	events_fini(&screen->events);
	act_fini(&screen->act);
	inquiry_fini(&screen->inquiry);
	memset(screen, 0, sizeof(*screen));
}

void screen_open_list(struct screen *screen)
{
	screen->has_list = true;
	screen->focus = VIEW_PROCESSES;
	screen->processes.sort = COLUMN_HUGE;
}

void screen_join(struct screen *screen, pid_t pid, uint64_t start_time, uint64_t addr)
{
	const struct scene *scene = &screen->scene;
	struct who *who;
	size_t i, n = 0;

	screen->inquiry.open = INQUIRY_NONE;
	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].pid == pid && scene->shown[i].process &&
		    !shown_exited(&scene->shown[i])) {
			screen->focus = VIEW_MAP;
			map_find_event(screen, pid, addr, true);
			return;
		}
	who = mem_alloc((scene->n + 1) * sizeof(*who));
	for (i = 0; i < scene->n; i++)
		if (!shown_exited(&scene->shown[i]))
			who[n++] = (struct who){scene->shown[i].pid,
						scene->shown[i].process ? scene->shown[i].process->start_time
									: 0};
	who[n++] = (struct who){pid, start_time};
	screen_choose(screen, who, n);
	screen->choose_too = true;
	screen->map.pid = pid;
	screen->map.addr = addr;
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

const char *narration_line(const struct screen *screen, size_t line)
{
	return screen->narration[line] + strspn(screen->narration[line], "\n");
}

enum view_id screen_front(const struct screen *screen)
{
	if (screen->help)
		return VIEW_HELP;
	if (screen->missing)
		return VIEW_MISSING;
	if (screen->inquiry.open == INQUIRY_WHY)
		return VIEW_WHY;
	return screen->inquiry.open == INQUIRY_SHARERS ? VIEW_SHARERS : screen->focus;
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

bool screen_covered(const struct screen *screen)
{
	return screen->help || screen->missing || screen->inquiry.open != INQUIRY_NONE;
}

/* Esc and q: one step out; the last one leaves. */
static void step_out(struct screen *screen, bool may_leave)
{
	if (screen->help || screen->missing) {
		screen->help = screen->missing = false;
	} else if (screen_covered(screen)) {
		inquiry_back(screen, may_leave);
	} else if (screen->focus == VIEW_REGION || screen->focus == VIEW_EVENTS) {
		if (screen->focus == VIEW_EVENTS)
			events_follow(&screen->events);
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
	if (screen_front(screen) == VIEW_PROCESSES)
		screen->message = "That is for a map: open a process first.";
}

static enum view_id next_pane(enum view_id at, bool down)
{
	switch (at) {
	case VIEW_MAP:
		return down ? VIEW_REGION : VIEW_EVENTS;
	case VIEW_REGION:
		return down ? VIEW_EVENTS : VIEW_MAP;
	case VIEW_EVENTS:
	case VIEW_HELP:
	case VIEW_PROCESSES:
	case VIEW_MISSING:
	case VIEW_WHY:
	case VIEW_SHARERS:
	case VIEW_COUNT:
		break;
	}
	return down ? VIEW_MAP : VIEW_REGION;
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
		screen_views[screen_front(screen)]->command(screen, command);
		break;
	case COMMAND_PREVIOUS:
	case COMMAND_NEXT:
		if (!screen_covered(screen) && !screen_lists(screen)) /* also from the region: it follows */
			view_map.command(screen, command);
		else
			explain(screen);
		break;
	case COMMAND_COW_RULE: /* also from the map, where the region is beside it */
		if (!screen_covered(screen) && !screen_lists(screen) &&
		    (screen_wide(screen) || screen->focus == VIEW_REGION))
			view_region.command(screen, command);
		else if (!screen_covered(screen) && !screen_lists(screen))
			screen->message = "That is for a region: Enter opens it.";
		else
			explain(screen);
		break;
	case COMMAND_PANE:
	case COMMAND_PANE_BACK:
		if (!screen_covered(screen) && !screen_lists(screen))
			screen->focus = next_pane(screen->focus, command == COMMAND_PANE);
		else
			explain(screen);
		break;
	case COMMAND_EVENTS:
		if (!screen_covered(screen) && !screen_lists(screen))
			screen->focus = screen->focus == VIEW_EVENTS ? VIEW_MAP : VIEW_EVENTS;
		else
			explain(screen);
		break;
	case COMMAND_WHY:
	case COMMAND_SHARERS:
		if (view_works(screen_views[screen_front(screen)], command))
			inquiry_open(screen, command == COMMAND_WHY ? INQUIRY_WHY : INQUIRY_SHARERS);
		else
			explain(screen);
		break;
	case COMMAND_COLLAPSE:
	case COMMAND_SPLIT:
	case COMMAND_WRITE:
	case COMMAND_FORK:
	case COMMAND_ASK:
		if (view_works(screen_views[screen_front(screen)], command))
			act_begin(screen, command);
		else
			explain(screen);
		break;
	case COMMAND_BACK:
	case COMMAND_CLOSE:
		if (command == COMMAND_BACK && screen_front(screen) == VIEW_MAP && map_back(screen))
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
		if (view_works(screen_views[screen_front(screen)], command))
			screen_views[screen_front(screen)]->command(screen, command);
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
	if (kind == DIALOG_ACT && how != DIALOG_OPEN)
		act_answered(screen, how == DIALOG_YES);
	else if (how == DIALOG_YES)
		screen->agreed = kind;
}

void screen_key(struct screen *screen, uint32_t key)
{
	const struct view *view = screen_views[screen_front(screen)];
	enum dialog_kind asked = screen->dialog.kind;
	enum prompt_kind kind = screen->prompt.kind = view->typed ? screen->prompt.kind : PROMPT_NONE;

	screen->message = NULL;
	act_disturb(&screen->act);
	if (asked != DIALOG_NONE)
		answered(screen, asked, dialog_key(&screen->dialog, key));
	else if (screen->act.menu.open)
		act_menu_ended(screen, menu_key(&screen->act.menu, key));
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
	if (screen->act.menu.open) {
		act_menu_ended(screen, menu_mouse(&screen->act.menu, mouse));
		return;
	}
	act_disturb(&screen->act);
	if (screen->prompt.kind != PROMPT_NONE)
		return;
	if (mouse->what == MOUSE_CLICK && click_hint(screen, mouse))
		return;
	for (i = 0; i < VIEW_COUNT; i++) {
		if (!within(&screen->panes[i], mouse) || !screen_views[i]->mouse)
			continue;
		screen->message = NULL;
		inside.row -= screen->panes[i].row;
		inside.col -= screen->panes[i].col;
		if (!screen_covered(screen))
			screen->focus = (enum view_id)i;
		screen_views[i]->mouse(screen, &inside);
		return;
	}
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
