/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last live moment: what the next one may carry over, and when the specimen's smaps was read. */
#ifndef LOCAL_RECENT_H
#define LOCAL_RECENT_H

#include "core/survey.h"

/* Zero-initialise; recent_fini lets go. */
struct recent {
	struct moment *moment; /* held; NULL: none yet */
	uint64_t family_ns;    /* CLOCK_MONOTONIC from which on the specimen's smaps may be read again */
	struct survey_past past;
	pid_t *smaps_of; /* of the sample under way */
};

/*
 * Before a live sample at `now` (CLOCK_MONOTONIC, ns): sets options->past, and adds the specimen's family (n PIDs) to those
 * whose smaps is read, if it is time. What options points to is valid until recent_end.
 */
void recent_begin(struct recent *recent, struct survey_options *options, uint64_t now, const pid_t *family,
		  size_t n);

/*
 * After it: hands eligible, advice and eligible_ns on from the last moment to VMAs of the same start, end, perms and
 * name that were not asked now; then keeps this moment for the next, in place of the last.
 */
void recent_end(struct recent *recent, struct moment *moment);

/* Notes what smaps said (of whichever VMA it was read) as eligible and advice, read at moment->mono_ns. */
void recent_note_smaps(struct moment *moment);

void recent_fini(struct recent *recent);

#endif
