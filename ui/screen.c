/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen: which views there are, and what they are given to show. */
#include "ui/screen.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ui/map_find.h"
#include "ui/map_view.h"
#include "ui/screen_parts.h"

const struct view *const screen_views[VIEW_COUNT] = {
	[VIEW_MAP] = &view_map,		  [VIEW_REGION] = &view_region,
	[VIEW_HELP] = &view_help,	  [VIEW_PROCESSES] = &view_processes,
	[VIEW_MISSING] = &view_missing,	  [VIEW_EVENTS] = &view_events,
	[VIEW_WHY] = &view_why,		  [VIEW_SHARERS] = &view_sharers,
	[VIEW_TASKS] = &view_tasks,	  [VIEW_LESSON] = &view_lesson,
	[VIEW_COUNTERS] = &view_counters, [VIEW_HOT] = &view_hot,
	[VIEW_GLOSSARY] = &view_glossary,
};

/* Of a map that nobody has touched yet. */
static const struct region_state region_anew = {.cow_row = COW_ROW_COUNT};

void screen_init(struct screen *screen)
{
	memset(screen, 0, sizeof(*screen));
	keymap_init(&screen->keymap);
	screen->flash = true;
	screen->looks.minimap = screen->looks.mouse = true;
	screen->region = region_anew;
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
	rates_fini(&screen->counters);
	captions_fini(&screen->captions);
	act_fini(&screen->act);
	inquiry_fini(&screen->inquiry);
	hot_fini(&screen->hot);
	memset(screen, 0, sizeof(*screen));
}

void screen_open_list(struct screen *screen)
{
	screen->has_list = true;
	screen->focus = VIEW_PROCESSES;
	screen->processes.sort = COLUMN_HUGE;
}

static void forget_examined(struct screen *screen)
{
	moment_free(screen->examined);
	screen->examined = NULL;
}

/* The map begins anew: nothing of the processes before is left on it, but the log. False: the link is lost. */
static bool choose(struct screen *screen, struct who *who, size_t n)
{
	if (screen->scene.lost) {
		screen->message = SCREEN_LOST;
		free(who);
		return false;
	}
	free(screen->chosen);
	screen->chosen = who;
	screen->n_chosen = n;
	screen->choose = true;
	screen->paused = false;
	screen->focus = VIEW_MAP;
	if (screen->scene.n)
		scene_fini(&screen->scene);
	forget_examined(screen);
	captions_fini(&screen->captions);
	map_layout_fini(&screen->map.layout);
	memset(&screen->map, 0, sizeof(screen->map));
	screen->region = region_anew;
	memset(screen->panes, 0, sizeof(screen->panes)); /* a click means what is drawn next */
	screen->twin = screen->minimap.pane = (struct pane){0};
	memset(&screen->twins, 0, sizeof(screen->twins));
	return true;
}

void screen_choose(struct screen *screen, struct who *who, size_t n)
{
	if (choose(screen, who, n))
		events_forget(&screen->events);
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
	if (!choose(screen, who, n)) /* the others stay, and with them what happened to them */
		return;
	screen->choose_too = true;
	screen->map.pid = pid;
	screen->map.addr = addr;
	screen->map.exact = true;
}

bool screen_lists(const struct screen *screen)
{
	return screen->focus == VIEW_PROCESSES;
}

void screen_take_roster(struct screen *screen, struct roster_view *roster)
{
	processes_take(&screen->processes, roster);
	screen->processes.lost = screen->scene.lost != NULL;
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
	if (screen->glossary.open)
		return VIEW_GLOSSARY;
	if (screen->inquiry.open == INQUIRY_WHY)
		return VIEW_WHY;
	if (screen->inquiry.open == INQUIRY_HOT)
		return VIEW_HOT;
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
	forget_examined(screen);
}

static void refit_map(struct screen *screen)
{
	view_map.fit(screen, screen->map.rows, screen->map.cols);
}

void screen_take(struct screen *screen, struct moment *moment)
{
	struct moment *before;

	if (!moment)
		return;
	before = screen->scene.newest ? moment_hold(screen->scene.newest) : NULL;
	if (timeline_leaps(timeline_of(screen), moment->timeline)) {
		forget_examined(screen);
		rates_break(&screen->counters);
	}
	rates_take(&screen->counters, moment);
	if (screen->paused && !moment->timeline) /* nobody looks at what is counted until the next one */
		rates_break(&screen->counters);
	if (moment->timeline && moment->timeline->before)
		scene_take(&screen->scene, moment_hold(moment->timeline->before));
	screen->events.until_ns = moment->timeline ? moment->timeline->until_ns : 0;
	scene_take(&screen->scene, moment);
	screen->processes.lost = screen->scene.lost != NULL;
	header_take(screen);
	tasks_choose(screen);
	map_answered(screen);
	captions_moment(screen, before);
	moment_free(before);
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
	if (outlived(screen->examined, moment) || (screen->examined && moment->lost) ||
	    timeline_leaps(moment->timeline, timeline_of(screen))) {
		moment_free(moment);
		return;
	}
	moment_free(screen->examined);
	screen->examined = moment;
	screen->examined_late = screen->paused && !moment->timeline;
}

bool screen_covered(const struct screen *screen)
{
	return screen->help || screen->missing || screen->glossary.open ||
	       screen->inquiry.open != INQUIRY_NONE;
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
