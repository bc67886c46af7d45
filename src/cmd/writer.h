/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new file that a thread of its own makes, writes and brings to its disk, so that whoever fills it never waits for a disk:
 *
 *     writer_put ──> queue, bounded ──> write ──> file
 *     the screen's thread               the writer's thread
 */
#ifndef CMD_WRITER_H
#define CMD_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/stream.h"

/* What waits for the disk at most; one frame more than that many bytes is taken. */
#define WRITER_FRAMES 64
#define WRITER_BYTES ((size_t)16 << 20)

enum writer_stage {
	WRITER_MAKING, /* the file is not there yet */
	WRITER_WRITING,
	WRITER_CLOSING, /* all is written, and not on its disk yet */
};

/* How far it has come. */
struct writer_state {
	enum writer_stage stage; /* the last one that began */
	bool over;		 /* the file is closed, or there is none */
	int error;		 /* a negative errno: what that stage ended with; 0 */
	uint64_t frames, bytes;	 /* of the file, all whole */
	uint64_t waiting;	 /* frames that are not in it yet */
};

/* What it writes and closes with: in tests a slow disk. */
struct writer_ops {
	int (*write)(void *ctx, const char *bytes, size_t n); /* as a sink's; ctx is the descriptor's int * */
	int (*close)(struct stream *stream);		      /* as stream_close */
};

struct writer;

/*
 * Begins a file, which must not be there yet; ops NULL: files as they are. 0, or a negative errno where no thread can be
 * started. What else fails is in writer_look.
 */
int writer_start(struct writer **writer, const char *file, const struct writer_ops *ops);

/* Readable when a stage has begun, or it is over, since the last look. */
int writer_fd(const struct writer *writer);

/* How far it is; clears the descriptor. */
void writer_look(struct writer *writer, struct writer_state *state);

/* Whether there is room for a frame. */
bool writer_room(struct writer *writer);

/* A sink that puts all that it is given at once into the queue as one frame, copied: it never waits, and always takes it. */
struct sink writer_sink(struct writer *writer);

/* No frame comes any more: when those that wait are written it closes the file. */
void writer_end(struct writer *writer);

/* Waits so long for it to be over; whether it is. After writer_end. */
bool writer_wait(struct writer *writer, uint64_t ns);

/*
 * Frees. What is not over is left alone: its thread writes no other frame than that under way, closes and frees
 * itself, if the program lasts so long. What is in the file up to there is whole but for that frame. NULL is fine.
 */
void writer_free(struct writer *writer);

#endif
