/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process of the moment before on its way to what it is now: what lines change of its VMAs, regions and pages. */
#ifndef FORMAT_DELTA_EDIT_H
#define FORMAT_DELTA_EDIT_H

#include "format/json_reader.h"

struct delta_page {
	struct page page;
	bool gone;
};

/*
 * Zero-initialise. Texts of what was not changed are those of the moment before until delta_edit_end, which copies them.
 * Items up to `known` are those of before, ascending; what is new stands behind them as it came. One of end 0, or len 0,
 * is gone.
 */
struct delta_edit {
	bool open; /* else nothing but the process itself was changed */
	struct vma *vmas;
	size_t n_vmas, known_vmas, vmas_room;
	struct region *regions; /* vma is 1 in those that a line told of */
	size_t n_regions, known_regions, regions_room;
	struct delta_page *pages;
	size_t n_pages, known_pages, pages_room;
};

/* Begins with the VMAs, regions and pages of `process`, unless that was done. */
void delta_edit_begin(struct delta_edit *edit, const struct process *process);

/* Forgets everything, and what the process had. */
void delta_edit_clear(struct delta_edit *edit);
void delta_edit_fini(struct delta_edit *edit);

/* The one that begins there, or NULL. */
struct vma *delta_edit_vma(struct delta_edit *edit, uint64_t start);
struct region *delta_edit_region(struct delta_edit *edit, uint64_t start);
struct delta_page *delta_edit_page(struct delta_edit *edit, uint64_t addr);

/* One more. */
void delta_edit_add_vma(struct delta_edit *edit, const struct vma *vma);
void delta_edit_add_region(struct delta_edit *edit, const struct region *region);
void delta_edit_add_page(struct delta_edit *edit, const struct page *page);

/*
 * Puts everything in order into the process, all of it in the arena, texts too. -EBADMSG with a sentence in *problem where
 * things do not go together.
 */
int delta_edit_end(struct delta_edit *edit, struct process *process, struct arena *arena,
		   struct json_problem *problem);

#endif
