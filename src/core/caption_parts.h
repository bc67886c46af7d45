/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captions from within: clauses about one region or the tasks, without a subject and without a full stop. */
#ifndef CORE_CAPTION_PARTS_H
#define CORE_CAPTION_PARTS_H

#include "core/caption.h"

/* What brought a change about, as far as it is known: the same facts are told in other words. */
enum caption_cause {
	CAUSE_UNKNOWN,
	CAUSE_WRITE,
	CAUSE_OTHER_WROTE,
	CAUSE_COLLAPSE,
	CAUSE_SPLIT,
	CAUSE_SPLIT_FOLIO
};

/* "its PMD was split, one page was copied, 511 are still shared"; nothing if nothing of the region is told. */
void caption_region(const struct event_effect *effect, enum caption_cause cause, struct buf *text);

/* "kid", or "process 4242". */
void caption_put_who(const struct caption_cast *cast, pid_t pid, struct buf *text);

/* "one page", "511 pages". */
void caption_put_pages(uint64_t n, struct buf *text);

/* Sentences about what each task did between two moments. */
void caption_tasks(const struct moment *before, const struct moment *after, struct buf *text);

#endif
