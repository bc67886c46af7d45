/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A census: a roster kept up by a source, a step at a time. No clock, no thread: the caller says when. */
#ifndef CORE_CENSUS_H
#define CORE_CENSUS_H

#include "core/roster.h"

/* So many processes at most are surveyed at a time. */
#define CENSUS_BATCH 32

/* Zero-initialise; census_fini frees. Whose source it is, its thread calls. */
struct census {
	struct roster roster;
	int error; /* of the last list */
};

/* Lists the processes anew. 0, or the error of source_list: then the roster stays as it was. */
int census_list(struct census *census, struct source *source);

/* Surveys some whose turn it is; false if there was nobody. */
bool census_survey(struct census *census, struct source *source, uint64_t now_ns);

/* What is known by now; the caller owns it. */
struct roster_view *census_view(const struct census *census, uint64_t now_ns);

void census_fini(struct census *census);

#endif
