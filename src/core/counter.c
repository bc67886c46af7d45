/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From readings of a counter to what happened between them. */
#include "core/counter.h"

/*
 * A value only ever grows: where it went down, or one of its times, the counter was begun anew. In a stretch in which it
 * was to count and never did nothing is known of what happened: the next part that it counts is scaled to stand for both.
 */
enum counter_told counter_between(const struct counter *then, const struct counter *now, uint64_t *counted,
				  bool *estimate)
{
	const uint64_t enabled = now->enabled_ns - then->enabled_ns,
		       running = now->running_ns - then->running_ns;

	if (then->missing || now->missing || now->value < then->value || now->enabled_ns < then->enabled_ns ||
	    now->running_ns < then->running_ns)
		return COUNTER_RESET;
	if (enabled && !running)
		return COUNTER_LATER;
	*estimate = running < enabled;
	*counted = now->value - then->value;
	return COUNTER_TOLD;
}
