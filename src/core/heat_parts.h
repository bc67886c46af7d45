/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measuring heat, from within: what the ways share. */
#ifndef CORE_HEAT_PARTS_H
#define CORE_HEAT_PARTS_H

#include "core/heat.h"
#include "core/kernel.h"
#include "core/moment.h"

/* A page of a region that can be asked about, or a large folio of which it is the first page there. */
struct heat_frame {
	uint64_t pfn;	 /* that has the bit: the page's own, or the head of its folio */
	uint32_t region; /* index of the item */
	uint32_t page;	 /* in the region */
	uint16_t behind; /* the page's frame lies so far behind pfn */
	uint16_t pages;	 /* of the region, in a row, that share it */
	uint64_t flags;	 /* of pfn */
};

/*
 * So many frames are asked about at most, about: where a process has more small pages, evenly chosen ones of each of its
 * regions are. Only tests set it.
 */
extern size_t heat_frames_most;

struct heating {
	struct kernel *kernel;
	struct kernel_process *opened;
	const struct heat_query *query;
	const struct heat_clock *clock;
	const struct process *process; /* its survey */
	struct heat *heat;
	size_t pages;	 /* of a slot */
	uint64_t *words; /* so many */
	struct kernel_entries *entries;
	struct heat_frame *frames;
	size_t n_frames, frames_room;
	bool gathered;
	char *error;
	size_t size;
};

/*
 * The ways. 0: the items say what was found, also if that is nothing of some of them. -ENODATA: it tells nothing here, with a
 * sentence in *why (static). Others as heat_measure.
 */
int heat_by_idle(struct heating *heating, const char **why);
int heat_by_lru(struct heating *heating, const char **why);
int heat_by_entries(struct heating *heating, const char **why);
int heat_by_written(struct heating *heating, const char **why);
int heat_by_soft_dirty(struct heating *heating, const char **why);
int heat_by_cleared(struct heating *heating, const char **why);
int heat_by_smaps(struct heating *heating, const char **why);

/* Sleeps for the window, and notes how long that was. -ECANCELED. */
int heat_wait(struct heating *heating, unsigned from, unsigned to);

/* -ECANCELED once somebody wants it to end. Part `done` of `all` of what is between the thousandths from and to is done. */
int heat_go_on(struct heating *heating, unsigned from, unsigned to, uint64_t done, uint64_t all);

#endif
