/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that can be gone to and fro in: which moments there are, and any one of them. */
#ifndef REPLAY_TAPE_H
#define REPLAY_TAPE_H

#include "core/moment.h"
#include "replay/bytes.h"

/* No recording has more, and a recorder writes no more: nearly five days, ten times a second. */
#define TAPE_MOMENTS_MAX ((size_t)1 << 22)

/* What is kept of each moment. */
struct tape_moment {
	struct place_in place;
	uint64_t line;	 /* of the text, from 1 */
	uint64_t ns;	 /* since the first one */
	int64_t wall_ns; /* 0: it has no clock */
	uint32_t base;	 /* the whole moment that it leads on from, itself perhaps */
	bool changed; /* a region, VMA or process did; of whole moments that is not known from here, and false */
	bool happened; /* it has events */
};

struct tape;

/*
 * Reads all of the file once, to find the moments in it and whether it is sound: what is compressed by its checksums,
 * plain text line by line. 0, or a negative errno with a sentence: -EBADMSG: not one whole moment is in it, or it is
 * none of ours; -ESPIPE: it cannot be gone back in. Bounded by the file's size and by TAPE_MOMENTS_MAX.
 */
int tape_open(const char *path, struct tape **tape, char *error, size_t size);
void tape_close(struct tape *tape); /* NULL is fine */

/* How many moments there are, from 1 on, and what they are. */
size_t tape_count(const struct tape *tape);
const struct tape_moment *tape_at(const struct tape *tape, size_t at);

/* Where the file breaks off, or is damaged, behind the last moment that is whole: a sentence; NULL: it does not. */
const char *tape_broken(const struct tape *tape);

/*
 * For who goes on writing: 0, the bytes that are whole frames, and how many moments are in them; -EBADMSG if nothing can be
 * written behind them: the file is damaged, or plain text, or a frame that was cut off has several moments in it. What is
 * behind *whole is of one moment.
 */
int tape_whole(const struct tape *tape, uint64_t *whole, size_t *moments);

/* The last moment that is not later than so much after the first. */
size_t tape_find(const struct tape *tape, uint64_t ns);

/*
 * A moment, of which the caller gets a hold (moment_free). -EBADMSG with a sentence if it makes no sense: those from there
 * on are gone then, and tape_broken says so. Some are kept, so that going back by one is no longer way than forward.
 */
int tape_read(struct tape *tape, size_t at, struct moment **moment, char *error, size_t size);

#endif
