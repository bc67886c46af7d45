/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the screen does with keys, commands and the mouse: which view, dialog or menu they are for. */
#include <string.h>

#include "ui/key_name.h"
#include "ui/screen_parts.h"
#include "ui/map_view.h"

/* Esc and q: one step out; the last one leaves. */
static void step_out(struct screen *screen, bool may_leave)
{
	if (screen->help || screen->missing) {
		screen->help = screen->missing = false;
	} else if (screen->glossary.open) {
		glossary_back(screen);
	} else if (screen_covered(screen)) {
		inquiry_back(screen, may_leave);
	} else if (screen->focus == VIEW_LESSON && may_leave) {
		lesson_hide(screen);
	} else if (screen->focus == VIEW_LESSON) {
		screen->focus = VIEW_MAP;
	} else if (screen->focus == VIEW_REGION || screen->focus == VIEW_EVENTS ||
		   screen->focus == VIEW_TASKS || screen->focus == VIEW_COUNTERS) {
		screen->focus = VIEW_MAP;
	} else if (screen->focus == VIEW_MAP && screen->has_list) {
		screen->focus = VIEW_PROCESSES;
		screen->paused = false;
		rates_forget(&screen->counters);
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

/* A key that does something elsewhere: on the list it does so on a map, beside a map there. */
static void explain(struct screen *screen, enum command command)
{
	const enum view_id front = screen_front(screen);

	if (front == VIEW_PROCESSES)
		screen->message = "That is for a map: open a process first.";
	else if (!screen_covered(screen) && front != VIEW_MAP && view_works(&view_map, command))
		screen->message = "That is for the map: Esc leads there.";
}

/* Where it works. */
static void in_view(struct screen *screen, enum command command)
{
	const struct view *view = screen_views[screen_front(screen)];

	if (view_works(view, command))
		view->command(screen, command);
	else
		explain(screen, command);
}

enum view_id screen_next_pane(const struct screen *screen, bool down)
{
	static const enum view_id panes[] = {VIEW_LESSON, VIEW_MAP,	 VIEW_TASKS,
					     VIEW_REGION, VIEW_COUNTERS, VIEW_EVENTS};
	const unsigned n = sizeof(panes) / sizeof(panes[0]);
	unsigned at = 0;

	while (at < n && panes[at] != screen->focus)
		at++;
	do
		at = (at + (down ? 1 : n - 1)) % n;
	while ((panes[at] == VIEW_LESSON && !lesson_shown(screen)) ||
	       (panes[at] == VIEW_TASKS && !tasks_known(screen)) ||
	       ((panes[at] == VIEW_COUNTERS || panes[at] == VIEW_EVENTS) && !screen->panes[panes[at]].rows));
	return panes[at];
}

enum keymap_place view_place(const struct view *view)
{
	return view == &view_processes ? KEYMAP_LIST
	       : view == &view_tasks   ? KEYMAP_TASKS
	       : view == &view_lesson  ? KEYMAP_LESSON
				       : KEYMAP_MAP;
}

bool screen_asks_far(const struct view *view, enum command command)
{
	return act_command_is(command) || tasks_command_is(command) || command == COMMAND_WHY ||
	       command == COMMAND_SHARERS || command == COMMAND_HOT || command == COMMAND_HOT_CLEARED ||
	       command == COMMAND_ELIGIBLE || (command == COMMAND_ENTER && view == &view_processes);
}

/* To a pane, and back to the map. */
static void to_and_back(struct screen *screen, enum command command, enum view_id id)
{
	if (!screen_covered(screen) && !screen_lists(screen))
		screen->focus = screen->focus == id ? VIEW_MAP : id;
	else
		explain(screen, command);
}

/* Of the region under the cursor of the map or that a pane is about, or of the ranking, which comes back behind it. */
static void inquire(struct screen *screen, enum command command)
{
	const bool of_hot = screen_front(screen) == VIEW_HOT && command == COMMAND_WHY;

	if (of_hot && !hot_go(screen))
		return;
	if (!view_works(screen_views[screen_front(screen)], command)) {
		explain(screen, command);
		return;
	}
	inquiry_open(screen, command == COMMAND_WHY ? INQUIRY_WHY : INQUIRY_SHARERS);
	screen->inquiry.of_hot |= of_hot;
}

/* Where the log of events is left its strip tells what happens. */
static void leave(struct screen *screen, enum view_id from)
{
	if (from == VIEW_EVENTS && screen->focus != VIEW_EVENTS)
		events_follow(&screen->events);
}

void screen_command(struct screen *screen, enum command command)
{
	const enum view_id from = screen->focus;

	screen->message = NULL;
	if (screen->scene.lost && screen_asks_far(screen_views[screen_front(screen)], command)) {
		screen->message = SCREEN_LOST;
		return;
	}
	if (timeline_of(screen) && !timeline_command_is(command) &&
	    screen_asks_far(screen_views[screen_front(screen)], command)) {
		screen->message = SCREEN_RECORDED;
		return;
	}
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
			explain(screen, command);
		break;
	case COMMAND_COW_RULE: /* also from the map, where the region is beside it */
		if (!screen_covered(screen) && !screen_lists(screen) &&
		    (screen_wide(screen) || screen->focus == VIEW_REGION))
			view_region.command(screen, command);
		else if (!screen_covered(screen) && !screen_lists(screen))
			screen->message = "That is for a region: Enter opens it.";
		else
			explain(screen, command);
		break;
	case COMMAND_PANE:
	case COMMAND_PANE_BACK:
		if (!screen_covered(screen) && !screen_lists(screen))
			screen->focus = screen_next_pane(screen, command == COMMAND_PANE);
		else
			explain(screen, command);
		break;
	case COMMAND_EVENTS:
		to_and_back(screen, command, VIEW_EVENTS);
		break;
	case COMMAND_COUNTERS:
		to_and_back(screen, command, VIEW_COUNTERS);
		break;
	case COMMAND_CHANGE_BACK:
	case COMMAND_SLOWER:
	case COMMAND_FASTER:
	case COMMAND_START:
	case COMMAND_FINISH:
		if (screen_covered(screen) || screen_lists(screen))
			explain(screen, command);
		else
			timeline_command(screen, command);
		break;
	case COMMAND_TASKS:
	case COMMAND_STEP:
	case COMMAND_STEP_BACK:
	case COMMAND_STEP_AGAIN:
	case COMMAND_RUN_ALL:
	case COMMAND_SCHEDULER:
		if (screen_covered(screen) || screen_lists(screen))
			explain(screen, command);
		else if (command == COMMAND_STEP_BACK && screen->focus == VIEW_LESSON)
			lesson_go(screen, true);
		else if (timeline_of(screen) && timeline_command_is(command))
			timeline_command(screen, command);
		else
			tasks_command(screen, command);
		break;
	case COMMAND_WHY:
	case COMMAND_SHARERS:
		inquire(screen, command);
		break;
	case COMMAND_HOT:
		if (!view_works(screen_views[screen_front(screen)], command))
			explain(screen, command);
		else if (screen->inquiry.open == INQUIRY_HOT && screen->inquiry.asked.ask)
			hot_ask_clear(screen); /* again, as it was */
		else
			hot_open(screen);
		break;
	case COMMAND_HOT_CLEARED:
		if (view_works(screen_views[screen_front(screen)], command))
			hot_ask_clear(screen);
		else
			explain(screen, command);
		break;
	case COMMAND_COLLAPSE:
	case COMMAND_SPLIT:
	case COMMAND_WRITE:
	case COMMAND_FORK:
	case COMMAND_ASK:
		if (screen_front(screen) == VIEW_HOT)
			in_view(screen, command);
		else if (!view_works(screen_views[screen_front(screen)], command))
			explain(screen, command);
		else if (screen_front(screen) == VIEW_WHY)
			inquiry_act(screen, command);
		else
			act_begin(screen, command);
		break;
	case COMMAND_BACK:
	case COMMAND_CLOSE:
		if (command == COMMAND_BACK && screen_front(screen) == VIEW_MAP && map_back(screen))
			break;
		step_out(screen, command == COMMAND_CLOSE);
		break;
	case COMMAND_TAG:
		if (screen->lesson.open && !screen_covered(screen)) {
			if (!lesson_unhide(screen))
				lesson_go(screen, false);
		} else if (timeline_of(screen))
			timeline_pause(screen);
		else
			in_view(screen, command);
		break;
	case COMMAND_PAUSE:
		timeline_pause(screen);
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
	case COMMAND_THREADS:
	case COMMAND_ELIGIBLE:
	case COMMAND_DISMISS:
		in_view(screen, command);
		break;
	case COMMAND_RECORD:
		recording_command(screen);
		break;
	case COMMAND_LAYOUT:
	case COMMAND_THEME:
	case COMMAND_GROUND:
		looks_command(screen, command);
		break;
	case COMMAND_MISSING:
		show_missing(screen);
		break;
	case COMMAND_BIG:
		if (screen_lists(screen))
			explain(screen, command);
		else
			screen->big = !screen->big;
		break;
	case COMMAND_GLOSSARY:
		glossary_toggle(screen);
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
	if (command != COMMAND_ENTER) /* which is a look at the map from there */
		leave(screen, from);
}

/* A key that is for nothing says so; what has no name was no key. */
static void take_command(struct screen *screen, uint32_t key)
{
	const enum command command = keymap_command(&screen->keymap, key);
	key_text text;
	keymap_text help;
	const char *name = key_name(key, text);

	screen_command(screen, command);
	keymap_keys_of(&screen->keymap, COMMAND_HELP, help);
	if (command == COMMAND_NONE && *name)
		map_say(screen, "%s: no such key here%s%s%s", name, *help ? ", " : "", help,
			*help ? " helps" : "");
}

static void answered(struct screen *screen, enum dialog_kind kind, enum dialog_end how)
{
	if (kind == DIALOG_ACT && how != DIALOG_OPEN)
		act_answered(screen, how == DIALOG_YES);
	else if (kind == DIALOG_CLEAR && how == DIALOG_YES)
		hot_clear(screen);
	else if (how == DIALOG_YES)
		screen->agreed = kind;
}

void screen_key(struct screen *screen, uint32_t key)
{
	const struct view *view = screen_views[screen_front(screen)];
	enum dialog_kind asked = screen->dialog.kind;
	enum prompt_kind kind = screen->prompt.kind;

	if (kind != PROMPT_RECORD && !view->typed) /* the view that opened it is covered */
		kind = screen->prompt.kind = PROMPT_NONE;
	screen->message = NULL;
	act_disturb(&screen->act);
	if (asked != DIALOG_NONE)
		answered(screen, asked, dialog_key(&screen->dialog, key));
	else if (screen->act.menu.open)
		act_menu_ended(screen, menu_key(&screen->act.menu, key));
	else if (kind == PROMPT_RECORD)
		recording_typed(screen, screen->prompt.text, prompt_key(&screen->prompt, key & ~KEYS_PASTED));
	else if (kind != PROMPT_NONE)
		view->typed(screen, kind, screen->prompt.text,
			    prompt_key(&screen->prompt, key & ~KEYS_PASTED));
	else if (key & KEYS_PASTED)
		screen->message = "Pasted text is not taken for keys.";
	else
		take_command(screen, key);
	if (screen->prompt.kind == PROMPT_NONE)
		lesson_answer(screen);
}

static bool within(const struct pane *pane, const struct mouse *mouse)
{
	return mouse->row >= pane->row && mouse->row < pane->row + pane->rows && mouse->col >= pane->col &&
	       mouse->col < pane->col + pane->cols;
}

/*
 * Of a pair of keys the one clicked; on the word behind it, what the row is for. Of two quick clicks each is that key, but
 * not another one that stands there since the first.
 */
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
		if (mouse->what == MOUSE_CLICK || command == screen->clicked)
			screen_command(screen, command);
		screen->clicked = command;
		return true;
	}
	screen->clicked = COMMAND_NONE;
	return false;
}

/* On what stands beside the lines of the map, which is on the screen then. */
static bool beside_map(struct screen *screen, const struct mouse *mouse)
{
	const struct pane *twin = &screen->twin, *minimap = &screen->minimap.pane;
	const struct pane *pane = within(twin, mouse) ? twin : within(minimap, mouse) ? minimap : NULL;
	struct mouse inside = *mouse;

	if (!pane)
		return false;
	screen->message = NULL;
	inside.row -= pane->row;
	inside.col -= pane->col;
	if (pane == twin)
		twin_mouse(screen, &inside);
	else
		minimap_mouse(screen, &inside);
	return true;
}

void screen_mouse(struct screen *screen, const struct mouse *mouse)
{
	const bool wheel = mouse->what == MOUSE_WHEEL_UP || mouse->what == MOUSE_WHEEL_DOWN;
	const enum view_id from = screen->focus;
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
	if (!wheel && click_hint(screen, mouse))
		return;
	if (beside_map(screen, mouse)) {
		leave(screen, from);
		return;
	}
	for (i = 0; i < VIEW_COUNT; i++) {
		if (!within(&screen->panes[i], mouse) || !screen_views[i]->mouse)
			continue;
		screen->message = NULL;
		inside.row -= screen->panes[i].row;
		inside.col -= screen->panes[i].col;
		if (!screen_covered(screen) &&
		    !wheel) /* who scrolls elsewhere goes on typing where they are */
			screen->focus = (enum view_id)i;
		leave(screen, from);
		screen_views[i]->mouse(screen, &inside);
		return;
	}
}
