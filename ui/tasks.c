/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to tasks, and which is chosen. */
#include "ui/tasks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/layout.h"
#include "ui/screen.h"
#include "ui/tasks_wait.h"

#define LIST_MOST 5 /* tasks in sight, while the map has the keys */
#define HEAD_ROWS 1
#define TELL_ROWS 4   /* of the chosen one */
#define MAP_LEAST 6   /* rows that are left to the map */
#define TALL_FROM 28  /* from this height on a task has two rows */
#define ROWS_LEAST 3  /* less than this is no pane */
#define FOCUS_FROM 18 /* from this height on the map stays in sight beside the pane that has the keys */

bool tasks_known(const struct screen *screen)
{
	return screen->scene.newest && capable(&screen->scene.newest->caps, CAP_TASKS);
}

size_t tasks_count(const struct screen *screen)
{
	return tasks_known(screen) ? screen->scene.newest->n_tasks : 0;
}

void tasks_scheduler(const struct screen *screen, char *text, size_t size)
{
	const struct tasks_state *tasks = &screen->tasks;

	snprintf(text, size, "%s", scheduler_name(tasks->scheduler));
	if (tasks->scheduler == SCHEDULER_SEED)
		snprintf(text + strlen(text), size - strlen(text), " %" PRIu64, tasks->seed);
}

size_t tasks_chosen(const struct screen *screen)
{
	const size_t n = tasks_count(screen);
	size_t at;

	for (at = 0; at < n && strcmp(screen->scene.newest->tasks[at].name, screen->tasks.chosen); at++)
		;
	return at;
}

static void choose(struct screen *screen, size_t at)
{
	snprintf(screen->tasks.chosen, sizeof(screen->tasks.chosen), "%s",
		 screen->scene.newest->tasks[at].name);
}

void tasks_choose(struct screen *screen)
{
	struct tasks_state *tasks = &screen->tasks;
	const size_t n = tasks_count(screen);

	if (!n) {
		tasks->chosen[0] = '\0';
		return;
	}
	if (tasks_chosen(screen) == n || tasks->newest)
		choose(screen, n - 1);
	tasks->newest = false;
}

void tasks_expect(struct screen *screen)
{
	screen->tasks.newest = true;
}

int tasks_rows(const struct screen *screen, int rows, int cols)
{
	const int n = (int)tasks_count(screen);
	const bool focused = screen->focus == VIEW_TASKS;
	/* Where cells are big, so are they. */
	const int listed = n > LIST_MOST && !focused ? LIST_MOST : n ? n : 1;
	const int ring = n ? tasks_ring_rows(screen, cols - 2) : 0;
	int want = HEAD_ROWS + TELL_ROWS + (screen->big || rows >= TALL_FROM ? 2 * listed : listed);
	/* A deadlock is seen when it closes: who waits for whom, and who they are. */
	int least = ring ? HEAD_ROWS + ring + listed : 0;

	if (!tasks_known(screen) || (!n && !focused))
		return 0;
	if (focused && rows < FOCUS_FROM)
		return rows;
	if (want > rows - MAP_LEAST)
		want = rows - MAP_LEAST;
	if (!focused && want > rows / 2)
		want = rows / 2;
	if (least > rows - LAYOUT_MAP_ROWS_LEAST)
		least = rows - LAYOUT_MAP_ROWS_LEAST;
	if (want < least)
		want = least;
	return want < ROWS_LEAST ? 0 : want;
}

bool tasks_command_is(enum command command)
{
	return command == COMMAND_STEP || command == COMMAND_STEP_BACK || command == COMMAND_STEP_AGAIN ||
	       command == COMMAND_RUN_ALL || command == COMMAND_SCHEDULER || command == COMMAND_TASKS;
}

static void say(struct screen *screen, const char *text)
{
	snprintf(screen->tasks.said, sizeof(screen->tasks.said), "%s", text);
	screen->message = screen->tasks.said;
}

void tasks_order(struct screen *screen, const struct deed *ordered)
{
	struct tasks_state *tasks = &screen->tasks;
	struct deed *deed = &tasks->deeds[tasks->n_deeds];

	if (tasks->n_deeds == DEEDS_MAX)
		return;
	*deed = *ordered;
	deed->scheduler = tasks->scheduler;
	deed->seed = tasks->seed;
	snprintf(deed->task, sizeof(deed->task), "%s", tasks->chosen);
	tasks->n_deeds++;
}

static void order(struct screen *screen, enum deed_kind kind)
{
	tasks_order(screen, &(struct deed){.kind = kind});
}

/* Each time the seed's turn comes it is another seed. */
static void next_scheduler(struct screen *screen)
{
	struct tasks_state *tasks = &screen->tasks;
	char text[160];

	tasks->scheduler = (enum scheduler)((tasks->scheduler + 1) % SCHEDULER_COUNT);
	switch (tasks->scheduler) {
	case SCHEDULER_ORDER:
		say(screen, "in order: what is triggered runs at once, to its end");
		break;
	case SCHEDULER_HAND:
		say(screen, "by hand: what is triggered begins, and takes no step; you choose whose is next");
		break;
	case SCHEDULER_SEED:
		snprintf(text, sizeof(text),
			 "seed %" PRIu64 " chooses whose step is next; what is triggered begins",
			 ++tasks->seed);
		say(screen, text);
		break;
	case SCHEDULER_COUNT:
		break;
	}
}

void tasks_command(struct screen *screen, enum command command)
{
	if (!tasks_known(screen) && command == COMMAND_STEP_BACK && screen->lesson.open)
		screen->message = screen->lesson.stop.back
					  ? "The stop before: that key works in the lesson's pane."
					  : "This lesson runs on a kernel that cannot go back.";
	else if (!tasks_known(screen))
		screen->message = "Steps and tasks are of a model: thpscope demo --model 6.18";
	else if (command == COMMAND_STEP)
		order(screen, DEED_STEP);
	else if (command == COMMAND_STEP_BACK)
		order(screen, DEED_BACK);
	else if (command == COMMAND_STEP_AGAIN)
		order(screen, DEED_FORWARD);
	else if (command == COMMAND_RUN_ALL)
		order(screen, DEED_RUN_ALL);
	else if (command == COMMAND_SCHEDULER)
		next_scheduler(screen);
	else if (command == COMMAND_TASKS)
		screen->focus = screen->focus == VIEW_TASKS ? VIEW_MAP : VIEW_TASKS;
	else if (command == COMMAND_ENTER)
		order(screen, DEED_RUN);
}

/* The chosen one takes no step: where others can, how one of them is chosen. */
static void say_stuck(struct screen *screen, const struct deed *done)
{
	const struct moment *newest = screen->scene.newest;
	struct buf text = {0};
	keymap_text forward;
	size_t at = 0;

	while (at < tasks_count(screen) &&
	       (newest->tasks[at].state != TASK_READY || !strcmp(newest->tasks[at].name, done->task)))
		at++;
	if (at == tasks_count(screen)) {
		say(screen, done->said);
		return;
	}
	keymap_keys_of(&screen->keymap, COMMAND_STEP_AGAIN, forward);
	buf_printf(&text, "%s; %s can take a step: choose it in the pane of tasks%s%s%s", done->said,
		   newest->tasks[at].name, newest->ahead ? ", or '" : "", newest->ahead ? forward : "",
		   newest->ahead ? "' goes forward again" : "");
	say(screen, text.data);
	buf_fini(&text);
}

void screen_take_deed(struct screen *screen, const struct deed *done)
{
	struct tasks_state *tasks = &screen->tasks;

	if (tasks->n_deeds)
		memmove(tasks->deeds, tasks->deeds + 1, --tasks->n_deeds * sizeof(*tasks->deeds));
	if (done->kind == DEED_STEP ||
	    done->kind == DEED_RUN) /* the seed, or the end of another, may have chosen it */
		snprintf(tasks->chosen, sizeof(tasks->chosen), "%s", done->task);
	screen->act.over_ns = done->over_ns;
	if (!done->error)
		captions_deed(screen);
	if (done->kind == DEED_STEP && done->error == -EBUSY)
		say_stuck(screen, done);
	else if (*done->said)
		say(screen, done->said);
}
