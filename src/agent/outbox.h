/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes to the client: whole lines, one writer at a time, and never more in memory than what is being written. */
#ifndef AGENT_OUTBOX_H
#define AGENT_OUTBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "core/buf.h"

struct outbox {
	int fd;
	int flags;   /* as they were */
	int give_up; /* an eventfd: once it is readable, whoever waits for the client gives up */
	pthread_mutex_t lock;
	struct buf rest;	   /* of a line that only went out in part */
	atomic_int error;	   /* the first; nothing is written any more. Set under the lock */
	_Atomic uint64_t wrote_ns; /* CLOCK_MONOTONIC when the client last took something */
};

/* 0 or a negative errno. */
int outbox_open(struct outbox *outbox, int fd);
void outbox_close(struct outbox *outbox);

/* From now on no write waits for the client. A signal's handler may call it too. */
void outbox_give_up(struct outbox *outbox);

/* Writes whole lines, and waits for the client to take them: 0, or a negative errno, the same from then on. Any thread. */
int outbox_write(struct outbox *outbox, const char *lines, size_t n);

/* A sink's write (format/sink.h), for a struct outbox * as ctx. */
int outbox_sink(void *ctx, const char *bytes, size_t n);

/* Writes a short line unless somebody else is writing, or the client takes nothing. Does not wait. */
void outbox_try(struct outbox *outbox, const char *line, size_t n);

#endif
