/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a format's bytes go, piece by piece, so that a large snapshot is never held as text. */
#ifndef FORMAT_SINK_H
#define FORMAT_SINK_H

#include <stddef.h>

#include "core/buf.h"

/*
 * Takes all n bytes or fails: 0, or a negative errno that ends the writing and is what the writer returns. It
 * is not called again after it failed. `bytes` are valid only during the call.
 */
struct sink {
	int (*write)(void *ctx, const char *bytes, size_t n);
	void *ctx;
};

/* A sink's write for a file descriptor (ctx is an int *): goes on after short writes and EINTR. */
int sink_fd(void *ctx, const char *bytes, size_t n);

/* A sink's write for a struct buf * as ctx: appends. */
int sink_buf(void *ctx, const char *bytes, size_t n);

/* For writers: text collected into pieces for a sink. Zero-initialise, set `sink`. */
struct out {
	const struct sink *sink;
	struct buf buf;
	int error; /* of the sink; from then on text is dropped */
};

/* Size of a piece in bytes, about. */
#define OUT_PIECE 65536

/* Passes a piece on if one is full; a writer calls it after each line. */
void out_line(struct out *out);

/* Passes on what is left and frees; returns 0 or the sink's error. */
int out_end(struct out *out);

#endif
