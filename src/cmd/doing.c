/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thing after the other, on the sampler's thread. */
#include "cmd/doing.h"

#include <time.h>

#define NAP_NS 5000000 /* between two looks at what a lesson waits for */

static void tell_lesson(const struct doing *doing, struct screen *screen)
{
	struct stop stop;

	lesson_where(doing->lesson, &stop);
	screen_take_lesson(screen, &stop);
}

void doing_open_lesson(struct doing *doing, struct screen *screen, struct lesson *lesson)
{
	doing->lesson = lesson;
	tell_lesson(doing, screen);
}

/* A sampler_deed. */
static void go_through(struct source *source, void *data)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	struct doing *doing = data;

	(void)source; /* the lesson's own */
	if (doing->what == DOING_BACK) {
		lesson_back(doing->lesson);
		return;
	}
	if (doing->progress == LESSON_WAITS) /* the map is looked at in between */
		nanosleep(&nap, NULL);
	doing->progress = lesson_go_on(doing->lesson, doing->restore);
	doing->restore = false;
}

void doing_start(struct doing *doing, struct screen *screen, struct sampler *sampler)
{
	if (doing->what != DOING_NOTHING)
		return;
	if (screen->tasks.n_deeds) {
		doing->what = DOING_DEED;
		doing->deed = screen->tasks.deeds[0];
		doing->touched = true;
		sampler_do(sampler, deed_do, &doing->deed);
	} else if ((screen->lesson.go_on && screen->scene.newest) || screen->lesson.back) {
		doing->what = screen->lesson.back ? DOING_BACK : DOING_GO_ON;
		doing->restore = doing->touched;
		doing->touched = screen->lesson.go_on = screen->lesson.back = false;
		sampler_do(sampler, go_through, doing);
	}
}

void doing_take(struct doing *doing, struct screen *screen, struct sampler *sampler)
{
	if (doing->what == DOING_NOTHING || !sampler_did(sampler))
		return;
	if (doing->what == DOING_GO_ON && doing->progress == LESSON_WAITS) {
		sampler_do(sampler, go_through, doing);
		return;
	}
	if (doing->what == DOING_DEED)
		screen_take_deed(screen, &doing->deed);
	else
		tell_lesson(doing, screen);
	doing->what = DOING_NOTHING;
}
