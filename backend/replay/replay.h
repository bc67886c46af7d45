/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording as a source: what was seen then is seen again. */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "core/source.h"

struct replay_options {
	/*
	 * Where to begin: "+12.5" or "+2m" behind the first moment, or a time as in "2026-11-21T01:37:00Z" or
	 * "2026-11-21 01:37:00" and "01:37:00", which are local: the last moment that is not later. NULL: the last one.
	 */
	const char *at;
	bool start; /* without `at`: at the first moment */
	bool keep;  /* of a file that is cut off or damaged what comes before that */
};

/*
 * Opens a recording, or snapshots one after another in plain text. A live sample of a screen (watch.interval_ns) goes on
 * with the time that passed since the one before, as fast as travel says; every other sample, and one `anew`, is of
 * the moment where it stands. With watch.follow it has all processes that were recorded. Events are told by live
 * samples once, when time first comes by them.
 *
 * 0; or a negative errno with a sentence: -EBADMSG for a file that is damaged or none of ours, -EINVAL for an `at` that is
 * no time, -ENOENT for one that is outside of the recording.
 */
int replay_source_open(const char *path, const struct replay_options *options, struct source **source,
		       char *error, size_t size);

#endif
