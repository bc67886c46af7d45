/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which regions changed lately, for the cells that flash. Pure: time comes from the moments.
 *
 * A change is another mapping, backing or highest mapcount, a region that appeared or one that is gone. That something
 * became known, or is not known any more, is none.
 */
#ifndef UI_FLASH_H
#define UI_FLASH_H

#include "core/moment.h"

#define FLASH_NS UINT64_C(1000000000) /* so long; at the least until the next moment */

struct flash {
	uint64_t start;		    /* of the region */
	uint64_t since_ns, last_ns; /* of its first change, in a row of them, and of its last */
};

/* Of one process, ascending by start. Zero-initialise; flashes_fini frees. */
struct flashes {
	struct flash *items;
	size_t n, room;
};

/* Adds what differs between two surveys, and forgets what is over. Either may be NULL: nothing is compared. */
void flashes_update(struct flashes *flashes, const struct process *old, const struct process *now,
		    uint64_t now_ns);
void flashes_fini(struct flashes *flashes);

/* Adds one that is known otherwise. */
void flashes_add(struct flashes *flashes, uint64_t start, uint64_t now_ns);

/* The first flash in [start, end) (end 0: 2^64), or NULL. */
const struct flash *flashes_at(const struct flashes *flashes, uint64_t start, uint64_t end);

/*
 * Whether it shows its sign at this time, instead of the cell's own shape: the first half of each second, so that what
 * changes all the time is seen too.
 */
static inline bool flash_signs(const struct flash *flash, uint64_t now_ns)
{
	return (now_ns - flash->since_ns) % FLASH_NS < FLASH_NS / 2;
}

#endif
