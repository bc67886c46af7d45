/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sampler's thread is told to do with its source, for keys: steps of tasks and of time, and lessons. */
#ifndef CMD_DOING_H
#define CMD_DOING_H

#include "core/sampler.h"
#include "script/lesson.h"
#include "ui/screen.h"

/* Zero-initialise. While `what` is something the rest is the sampler's, but for `touched`. */
struct doing {
	enum { DOING_NOTHING, DOING_DEED, DOING_GO_ON, DOING_BACK } what;
	struct deed deed;
	struct lesson *lesson; /* the caller's; NULL: none */
	bool restore;	       /* before the lesson goes on: take back what else was done */
	enum lesson_progress progress;
	bool touched; /* something else was done since the lesson's last stop */
};

/* Shows where a lesson stands, which is gone through from there. */
void doing_open_lesson(struct doing *doing, struct screen *screen, struct lesson *lesson);

/* Starts what the screen asks for next, if nothing is under way; ends what is done, and tells the screen. */
void doing_start(struct doing *doing, struct screen *screen, struct sampler *sampler);
void doing_take(struct doing *doing, struct screen *screen, struct sampler *sampler);

#endif
