/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the region view is about: the region under the map's cursor, with all that is known of it just now. */
#ifndef UI_REGION_SUBJECT_H
#define UI_REGION_SUBJECT_H

#include "ui/screen.h"

/* The examination, unless the map's survey is newer and has found another region or none; then that. */
struct subject {
	struct spot spot;
	const struct moment *moment;   /* where region is from */
	const struct process *process; /* the map's survey of it, which has the neighbours too */
	const struct region *region;   /* NULL: it holds nothing */
	struct region merged;
	bool read;		  /* pages are all that there are */
	const struct page *pages; /* NULL: not read (yet), or none */
	uint32_t n_pages;	  /* in pages */
	struct queue queue;	  /* of its process, as it was read last */
	const uint64_t *entries;  /* raw, of the tables above its pages (struct process, walk), or NULL */
	unsigned n_entries;
	uint32_t subpages;    /* of a whole slot */
	int step;	      /* columns of a subpage in the grid: more where it is to be seen from afar */
	uint32_t at;	      /* the subpage under the cursor */
	enum cow_row cow_row; /* COW_ROW_COUNT: the kernel's own */
	bool asked; /* the lesson asks, and what a write would do may be the answer: not told by itself */
	char used[64],
		used_way[48]; /* how much of it was used when that was measured last, and how; "": not known */
};

/* False where the cursor is on no region; the spot is filled if there is one. */
bool subject_find(const struct screen *screen, struct subject *subject);

/* The record of a subpage, counted from the start of the slot; NULL: it holds nothing, or was not read. */
const struct page *subject_page(const struct subject *subject, uint32_t index);

/* Whether a subpage belongs to the mapping, which may cover only a part of the slot. */
bool subject_inside(const struct subject *subject, uint32_t index);

/* Whether pagemap shows nothing of it, and yet something may be mapped there. */
bool subject_hidden(const struct subject *subject);

/* The address of a subpage. */
uint64_t subject_addr(const struct subject *subject, uint32_t index);

/* Why there are no subpages to show, in a sentence; NULL: there are. "": region_text says it already. */
const char *subject_no_pages(const struct screen *screen, const struct subject *subject);

/* What is special about the region, in a sentence, or NULL. */
const char *subject_remark(const struct subject *subject);

#endif
