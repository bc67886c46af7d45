/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the screen: of each watched process the last good survey, also after it has exited. */
#ifndef UI_SCENE_H
#define UI_SCENE_H

#include "core/moment.h"

/* So many processes that are gone keep their last survey; of earlier ones only the heading stays. */
#define SCENE_KEPT_MAX 16

struct shown {
	pid_t pid;
	const char *comm;	       /* "" if it never was known */
	const struct process *process; /* the last good survey, or NULL */
	const struct moment *home;     /* the moment that it is in */
	enum outcome outcome;	       /* of the newest moment */
	const char *reason;	       /* unless OUTCOME_OK */
};

/* Zero-initialise; scene_fini frees. */
struct scene {
	struct moment *newest; /* NULL before the first */
	struct shown *shown;   /* in the order of the newest moment */
	size_t n;
	struct moment **kept; /* older ones that something shown lives in */
	size_t n_kept, room_kept;
};

/* Takes over a moment. Moments from which nothing is shown any more are freed. */
void scene_take(struct scene *scene, struct moment *moment);
void scene_fini(struct scene *scene);

#endif
