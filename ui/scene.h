/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the screen: of each watched process the last good survey, also after it has exited. */
#ifndef UI_SCENE_H
#define UI_SCENE_H

#include "core/moment.h"
#include "ui/flash.h"

/*
 * So many processes that are gone keep their last survey. Of earlier ones that are still watched only the heading
 * stays; followed children, which a moment leaves out once they are gone, go.
 */
#define SCENE_KEPT_MAX 16

struct shown {
	pid_t pid;
	const char *comm;	       /* "" if it never was known */
	const struct process *process; /* the last good survey, or NULL */
	const struct moment *home;     /* the moment that it is in */
	enum outcome outcome;	       /* of the newest moment that has it */
	const char *reason;	       /* unless OUTCOME_OK */
	struct flashes flashes;	       /* what of it changed lately */
};

/* Zero-initialise; scene_fini frees. */
struct scene {
	struct moment *newest; /* NULL before the first; the last that was known, where the link was lost */
	char *lost;	       /* nothing newer will come: why. NULL: the link is there */
	struct shown *shown;   /* in the order of the newest moment; who is gone stays where it was */
	size_t n;
	struct moment **kept; /* older ones that something shown lives in */
	size_t n_kept, room_kept;
	pid_t *dismissed; /* not shown, while moments still tell that they have exited */
	size_t n_dismissed, room_dismissed;
	uint64_t version; /* another one whenever a map of it may have other lines */
};

/*
 * Takes over a moment. Moments from which nothing is shown any more are freed. Who was shown and is not in it any more
 * has exited, and stays until it is dismissed: with another watch list, start with an empty scene. Where time was taken back
 * (CAP_TASKS) it is not born yet, and goes. One that says that the link is lost (moment->lost) changes nothing of what is
 * known: all of it is OUTCOME_FAILED from then on.
 */
void scene_take(struct scene *scene, struct moment *moment);

/* Whether a process has exited; takes it off the screen. False if it is not shown, or has not exited. */
bool shown_exited(const struct shown *shown);

/* What a heading calls it: "4242 bash"; the specimen by the name that scripts and captions have for it, too. */
#define SHOWN_NAME_MAX 96
const char *shown_name(const struct shown *shown, char text[SHOWN_NAME_MAX]);
bool scene_dismiss(struct scene *scene, pid_t pid);

/* Frees all, and leaves an empty scene. */
void scene_fini(struct scene *scene);

#endif
