/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A source over a link to a far thpscope-agent: moments, triggers and questions of another machine.
 *
 * Each call is asked of the agent and ends in bounded time: where the link fails or the agent talks nonsense, this call
 * and all later ones end with the link's errno (remote/link.h) and one sentence, a sample with every process
 * OUTCOME_FAILED for it and moment->lost set. A far end that lives and takes long is waited for; source_interrupt ends
 * that.
 *
 * Live samples with an interval (struct watch) are pushed by the agent and not asked for one by one: sample gives the newest that arrived,
 * or waits for the next. The events of those that were passed over are in it. What arrives is acknowledged only when it is
 * read, so that a source that nobody calls has the agent stop after a few.
 *
 * All times are of this machine's CLOCK_MONOTONIC, shifted by what the agent's differed when it greeted: they are late by
 * as long as its greeting travelled.
 */
#ifndef REMOTE_REMOTE_H
#define REMOTE_REMOTE_H

#include "core/source.h"
#include "remote/link.h"

struct remote_options {
	const char *name; /* moment->source of its moments; NULL: "via:" and the far host's name. Copied */
	const char *
		again; /* how a command line reaches this machine, as core/why.h has it; NULL: none does. Copied */
	bool read_only;	      /* the agent is to be one that can change nothing, or it is not talked to */
	uint64_t greeting_ns; /* how long the agent may take to greet; 0: LINK_SILENCE_NS */
	uint64_t silence_ns;  /* and to say anything later on; 0: LINK_SILENCE_NS */
	void (*slow)(
		void *data); /* called once by remote_source_open if the greeting takes long; NULL: nobody cares */
	void *slow_data;
};

/*
 * Greets and waits for the agent's greeting. Takes the link over, whatever happens. 0 and *source (source_close); or
 * the errno of the link with a sentence in error: -EIO it ended, -EINTR by Ctrl-C, -ETIMEDOUT, -ECANCELED, -EBADMSG it is no agent,
 * -EPROTONOSUPPORT it speaks another version.
 */
int remote_source_open(struct link *link, const struct remote_options *options, struct source **source,
		       char *error, size_t size);

/*
 * Likewise, but the first call waits for the greeting, so that source_interrupt can end that. Capabilities and sizes are
 * those of `first`, a source of the same agent, until then. Never NULL.
 */
struct source *remote_source_later(struct link *link, const struct remote_options *options,
				   const struct source *first);

#endif
