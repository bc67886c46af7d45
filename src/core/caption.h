/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What just happened, in one or two plain sentences, for somebody who sees this for the first time. Pure: made of an event
 * and its effects, or of two moments. No number is told that is not in them, and what they do not know stays unsaid.
 */
#ifndef CORE_CAPTION_H
#define CORE_CAPTION_H

#include "core/action.h"
#include "core/moment.h"
#include "core/order.h"

/* What a process is called in a caption. */
struct caption_who {
	pid_t pid;
	const char *name; /* "kid" */
};
struct caption_cast {
	const struct caption_who *who;
	size_t n;
};

/*
 * What a script calls a member of its family, by the comm that it has: "main" of "specimen", "kid" of "specimen:kid". NULL: it
 * is of no family. A model's processes have their names as comm.
 */
const char *caption_name(const char *comm);

/* Appends what an event did, to whom, and what others have of it. Something is always appended. */
void caption_event(const struct caption_cast *cast, const struct occurrence *happened, struct buf *text);

/*
 * Appends how what is mapped differs between two moments, and what the tasks of a model did between them; nothing if nothing
 * does. `did` are the actions of a script that were carried out in between, oldest first; none where that is not known.
 */
void caption_change(const struct caption_cast *cast, const struct moment *before, const struct moment *after,
		    const struct action *const *did, size_t n_did, struct buf *text);

/*
 * The first region that differs between two moments in a way that is told, first of all in the process of the one action that
 * was carried out (NULL: none, or several): whether there is any.
 */
bool caption_place(const struct caption_cast *cast, const struct moment *before, const struct moment *after,
		   const struct action *one, pid_t *pid, uint64_t *addr);

#endif
