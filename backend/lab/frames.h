/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the lab and its guest's init say to each other, beside the agents' links: frames over the port
 * "thpscope.control". Both ends are built together and run on x86-64, so numbers go as they are in memory.
 *
 *     | type (4 bytes) | length (4 bytes) | length bytes |
 */
#ifndef LAB_FRAMES_H
#define LAB_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define LAB_PORTS 4 /* for agents: "thpscope.0" and on */
#define LAB_PORT_PREFIX "thpscope."
#define LAB_CONTROL "control"
/* The tags of the 9p file systems: the host's root, and a folder to write to. */
#define LAB_TAG_ROOT "host"
#define LAB_TAG_SHARE "share"

#define LAB_FRAME_MAX (4u << 20) /* longer is nonsense */

enum lab_frame_type {
	/* The guest says: */
	LAB_READY = 1, /* it is up; the kernel's release */
	LAB_FREE,   /* the agent at this port (uint32_t) has ended, and the port can be connected to again */
	LAB_OUTPUT, /* bytes of the command's stdout, or of its terminal */
	LAB_ERRORS, /* bytes of its stderr */
	LAB_ENDED,  /* its exit status (uint32_t), 128 + N for signal N; nothing comes behind it */
	LAB_FAILED, /* one sentence: why it could not be started; likewise */
	/* The host says: */
	LAB_RUN,	/* start this command: struct lab_run, then its texts */
	LAB_INPUT,	/* bytes for its stdin, or typed */
	LAB_INPUT_ENDS, /* no more */
	LAB_SIZE,	/* the terminal has another size: struct lab_size */
};

struct lab_size {
	uint16_t rows, columns;
};

/*
 * Behind it: the folder to start in, where the shared folder goes ("": none is), then the words of the command
 * (none: a shell), then the environment as NAME=VALUE; a NUL behind each.
 */
struct lab_run {
	uint32_t n_words, n_environment;
	uint32_t terminal; /* 1: it gets one, of this size */
	struct lab_size size;
};

/* Appends a frame. */
void lab_frame_put(struct buf *buf, enum lab_frame_type type, const void *bytes, size_t len);

/*
 * The frame at the beginning of len bytes: 1 with *type, *bytes and *size of what it holds, and *taken bytes in all; 0:
 * it is not whole yet; -EBADMSG: this is none.
 */
int lab_frame_get(const char *text, size_t len, uint32_t *type, const char **bytes, size_t *size,
		  size_t *taken);

#endif
