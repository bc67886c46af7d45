/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that is looked at, between the files that find its moments and that read them. */
#ifndef REPLAY_TAPE_PARTS_H
#define REPLAY_TAPE_PARTS_H

#include "format/delta.h"
#include "replay/tape.h"

/* Moments kept beside the one read last; together no more than so many bytes. */
#define KEPT_MAX 16
#define KEPT_BYTES ((size_t)256 << 20)

struct kept {
	size_t at;
	struct moment *moment; /* held */
};

struct tape {
	int fd;
	char *path;
	struct bytes bytes;
	struct tape_moment *moments;
	size_t n, room;
	char broken[512]; /* "" */
	bool ends;	  /* ... for the file was cut off, not damaged */
	uint64_t whole;
	struct delta_reader *reader;
	size_t next;		    /* what the reader reads next; SIZE_MAX: it has to be told */
	struct kept kept[KEPT_MAX]; /* the oldest first */
	unsigned n_kept;
};

/* Finds the moments. 0; or the errno of reading the file; what is wrong with it is in tape->broken. */
int tape_scan(struct tape *tape);

/* From moment `at` on it makes no sense. */
void tape_break(struct tape *tape, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
