/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside the agent: what the thread that owns the source has. */
#ifndef AGENT_AGENT_PARTS_H
#define AGENT_AGENT_PARTS_H

#include "core/source.h"
#include "format/wire.h"
#include "inbox.h"
#include "outbox.h"

/* The live samples that are being pushed; push.c. */
struct pushing {
	struct arena arena; /* of the watch */
	struct watch watch;
	uint64_t id; /* of the request; 0: none are */
	uint64_t interval_ns, next_ns;
	unsigned window, n_unseen;
	uint64_t unseen
		[WIRE_WINDOW_MAX]; /* seqs of the moments that the client does not say to have; ascending */
};

struct agent {
	struct source *source;
	struct outbox outbox;
	struct inbox inbox;
	struct pushing pushing;
	struct moment *sent;	 /* the last one, which the next delta may be to; NULL */
	uint64_t sent_to;	 /* id of the watch that had a moment last; 0: none had */
	struct moment *examined; /* likewise the last one of examine; NULL */
	struct buf lines;	 /* of one answer */
};

/* calls.c: carries a request out and answers it. */
void agent_call(struct agent *agent, struct inbox_item *item);

/* calls.c: begin, the lines of a moment, which is taken over, as a delta to `before` if that is not NULL, answer. */
void agent_send_moment(struct agent *agent, uint64_t id, const struct moment *before, struct moment *moment,
		       bool more);

/* push.c: from now on pushes what this request asks for, if anything. */
void push_begin(struct agent *agent, const struct wire_request *request);
void push_end(struct agent *agent);

/* What is watched was changed: the next moment is due now, and carries nothing over. */
void push_anew(struct agent *agent);

/* When the next moment is due (CLOCK_MONOTONIC); 0: none is, before something is seen. */
uint64_t push_due(struct agent *agent);

/* Makes it and sends it, if it is due. */
void push_if_due(struct agent *agent);

#endif
