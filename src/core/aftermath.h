/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of a trigger, judged by the facts before and after it and not by what the call returned. */
#ifndef CORE_AFTERMATH_H
#define CORE_AFTERMATH_H

#include "core/arena.h"
#include "core/event.h"
#include "core/moment.h"
#include "core/trigger.h"

struct aftermath {
	enum trigger_kind kind;
	enum trigger_way way;	     /* that was gone, not USUAL where there are several */
	int error;		     /* errno of the call; 0 */
	const char *said;	     /* what that errno, or the kernel's own verdict, means; "" */
	bool judged;		     /* collapse: the kernel gave a verdict */
	bool lost;		     /* collapse: records of that time were lost, its verdict perhaps */
	const char *unheard;	     /* why that could not be heard, in a sentence; NULL: it could */
	const struct region *before; /* of the region; NULL: it held nothing */
	const struct region *after;
	uint64_t page_size;
	/* cow: the frame of the page that was written to; 0: nothing was there, or frames are not shown */
	uint64_t frame_before, frame_after;
	bool present_before, present_after; /* cow: there was, there is memory in that page */
	bool entry_before; /* cow: not that, but an entry: of swap, or of what else is not present (region.nonswap) */
	bool moved; /* cow: the kernel gave pages other frames meanwhile, or may have: this one's too, perhaps */
	bool shared_before,
		alone_after; /* cow: pagemap said that it was mapped more than once, is mapped once */
	bool again;  /* khugepaged may collapse it again: the VMA was advised for huge pages, or all are */
	pid_t child; /* fork */
};

/*
 * One sentence for a person, in the arena or static: what is different now, or that nothing is and why. Pure.
 * It claims no more than the facts show: where frames are not shown it says that it is not known.
 */
const char *aftermath_text(const struct aftermath *aftermath, struct arena *arena);

/*
 * Whether khugepaged is to make this memory huge, and so undoes a split: by the knobs of the moment, and what is known of the
 * VMA. False also where it is not known: of files and shmem that smaps was not read of. Pure.
 */
bool aftermath_again(const struct moment *moment, const struct vma *vma);

/*
 * Whether what a trigger's event asked for is so now, also if it was so before: by its first effect, and by the errno
 * where facts cannot tell. Pure.
 */
bool aftermath_done(const struct event *event);

#endif
