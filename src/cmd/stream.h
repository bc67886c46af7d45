/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What grows by whole snapshots: stdout, or a file that they are appended to. */
#ifndef CMD_STREAM_H
#define CMD_STREAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "format/sink.h"

struct stream {
	int fd;
	bool file;   /* a regular one, of ours to cut */
	off_t whole; /* its size up to the last whole snapshot */
};

/*
 * NULL, "-" or the file that stdout is: stdout. A file is made if there is none, else what is in it stays, and what comes
 * goes behind it. 0, or a negative errno.
 */
int stream_open(struct stream *stream, const char *path);

/*
 * For a file that is gone on with: what is behind its last whole snapshot, of a writer that was killed, is cut off: behind
 * the last end line of JSON, or else (`lines`) behind the last line. 0 and how many bytes that were; -EBADMSG: what would
 * have to be cut off is nothing that we began; -EBUSY: somebody has it locked, as one of us that writes to it does; or the
 * errno of reading or cutting.
 */
int stream_mend(struct stream *stream, const char *path, bool lines, off_t *cut);

/* A sink over the stream; valid while it is open. What it was given is with the kernel. */
struct sink stream_sink(struct stream *stream);

/* What was written up to here is a whole snapshot. */
void stream_whole(struct stream *stream);

/* Takes what was written since the last whole one out of the file again; of anything else nothing can be taken back. */
void stream_cut(struct stream *stream);

/* Closes; a file is on its disk then. 0 or a negative errno. */
int stream_close(struct stream *stream);

#endif
