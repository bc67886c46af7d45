/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a recording's file, from any place in it: zstd frames, or plain text. */
#ifndef REPLAY_BYTES_H
#define REPLAY_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <zstd.h>

#include "core/buf.h"

/* Where a line begins: so many bytes of text behind the beginning of a frame (of plain text: behind a byte of the file). */
struct place_in {
	uint64_t frame; /* byte of the file */
	uint64_t skip;
};

/* No line is longer: that of whole snapshots have so many, those of deltas a sixteenth. */
#define BYTES_LINE_MAX ((size_t)16 << 20)

struct bytes {
	int fd;
	bool packed; /* zstd; else plain text */
	ZSTD_DCtx *context;
	char *in;
	size_t in_at, in_len;
	uint64_t in_next; /* byte of the file behind what is in `in` */
	bool within;	  /* a frame has begun and not ended */
	bool more;	  /* it has more text to give, without reading on */
	uint64_t
		whole_to; /* byte of the file behind the last frame that ended; plain text: behind the last line taken */
	struct buf text;
	size_t from;	      /* of the first byte of text that was not taken yet */
	uint64_t frame;	      /* the one that the end of text is of, */
	int64_t mark;	      /* and where in text that begins: negative if it was taken */
	struct place_in here; /* of text[from] */
	const char *problem;  /* what is wrong, the end of a sentence, with -EBADMSG and -ENODATA */
};

/* Whether a file that begins so, with its first four bytes or more, is compressed. */
bool bytes_packed(const void *begin, size_t len);

/*
 * Over a descriptor, which stays the caller's and has to be a file that can be gone back in. 0; -EBADMSG: neither a zstd
 * frame nor a line of JSON is at its beginning (an empty file has no line, and is fine); or the errno of reading it.
 */
int bytes_open(struct bytes *bytes, int fd);
void bytes_close(struct bytes *bytes);

/* The next line is the one at this place. 0, or as bytes_line. */
int bytes_go(struct bytes *bytes, const struct place_in *place);

/*
 * The next line without its newline, valid until the next call, and where it begins. 1; 0: there is none any more;
 * -ENODATA: the file ends within a line or a frame; -EBADMSG: what is there is damaged, and so may be what was taken of
 * the same frame; or the errno of reading.
 */
int bytes_line(struct bytes *bytes, const char **line, size_t *len, struct place_in *place);

#endif
