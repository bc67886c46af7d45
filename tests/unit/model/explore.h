/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All interleavings of the unfinished tasks of a small world. */
#ifndef TEST_MODEL_EXPLORE_H
#define TEST_MODEL_EXPLORE_H

#include "model/explore.h"

#define EXPLORED_MAX (1u << 20)

/* The world stays as it is. violation.found: of a schedule that breaks something. */
static inline struct explored explore(const struct world *world)
{
	const struct explore_options options = {.states = EXPLORED_MAX};
	struct explored explored;

	explore_all(world, &options, &explored);
	explored_fini(&explored);
	return explored;
}

#endif
