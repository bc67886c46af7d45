/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes from the client, read by a thread of its own, so that a call under way can be given up, a moment be seen and
 * the end be met at any time. It also says that the agent lives, when nobody else says anything.
 */
#ifndef AGENT_INBOX_H
#define AGENT_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "format/wire.h"
#include "outbox.h"

/* So many requests wait at most; those behind them are not read yet. */
#define INBOX_ROOM 64

/* A request, or a line that was none. */
struct inbox_item {
	struct arena arena;
	struct wire_request request;
	int error; /* -EBADMSG: of the request only the id says something */
	bool cancelled;
	bool fatal; /* no hello, or of another version: nothing follows */
	char problem[WIRE_PROBLEM];
};

struct inbox {
	int in;
	int wake; /* an eventfd: look whether it is to end */
	struct outbox *outbox;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news; /* for the server: a request, something seen, the end */
	pthread_cond_t done; /* for the reader: the server has ended */
	/* Under the lock. */
	struct inbox_item *items[INBOX_ROOM];
	size_t first, n;
	uint64_t running; /* id of the call under way; 0: none */
	uint64_t seen;	  /* the last seq that was */
	bool any_seen;
	bool seen_anew;	      /* since inbox_seen was asked last */
	bool ended;	      /* no request follows */
	bool served;	      /* the server has ended */
	atomic_bool cancel;   /* give up the call under way */
	atomic_uint progress; /* of the call under way, in thousandths; 0: it tells of none */
	atomic_bool stop;     /* the client is gone, or somebody says so */
	/* The thread's own. */
	struct buf text;
	uint64_t last_id;
	bool greeted, skipping; /* skipping: a line that is too long, up to its end */
};

/* Starts the thread: 0 or a negative errno. */
int inbox_open(struct inbox *inbox, int in, struct outbox *outbox);

/* The server has ended: ends the thread and frees all. */
void inbox_close(struct inbox *inbox);

/*
 * The next request, to be freed with inbox_free; its call is under way from now on. NULL: there is none by until_ns
 * (CLOCK_MONOTONIC; 0: however long it takes), something was seen, or it is over.
 */
struct inbox_item *inbox_take(struct inbox *inbox, uint64_t until_ns);
void inbox_free(struct inbox *inbox, struct inbox_item *item);

/* No request is left, and none will come. */
bool inbox_over(struct inbox *inbox);

/* The seq of the last moment that the client has; false: of none yet. */
bool inbox_seen(struct inbox *inbox, uint64_t *seq);

/* As if the client had gone. From a signal's handler too. */
void inbox_stop(struct inbox *inbox);

#endif
