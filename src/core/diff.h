/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between two moments: processes, their VMAs and regions, gained, lost and changed. Pure.
 *
 * What is not known on either side is not compared, and is no difference; it is counted.
 */
#ifndef CORE_DIFF_H
#define CORE_DIFF_H

#include "core/moment.h"

enum diff_what { DIFF_SAME, DIFF_GAINED, DIFF_LOST, DIFF_CHANGED, DIFF_WHAT_COUNT };

/* What of a region, or of a VMA, differs. */
enum diff_field {
	/* of regions */
	DIFF_MAPPING,
	DIFF_BACKING,
	DIFF_LEN,
	DIFF_PRESENT,
	DIFF_SWAPPED,
	DIFF_GUARD,
	DIFF_ZERO,
	DIFF_ANON,
	DIFF_FILE,
	DIFF_EXCLUSIVE,
	DIFF_ORDER,
	DIFF_ENTIRE,
	DIFF_HIGHEST,
	DIFF_TOTAL,
	DIFF_USAGE,
	DIFF_PMD_MAPS,
	DIFF_PFN, /* of one process alone: in others it always differs */
	/* of VMAs */
	DIFF_RANGE,
	DIFF_PERMS,
	DIFF_ADVICE,
	DIFF_KB,
	DIFF_FIELD_COUNT
};

/* "mapping", "highest": as the snapshot format and scripts have them. */
const char *diff_field_name(enum diff_field field);

struct diff_region {
	enum diff_what what;
	const struct region *before, *after; /* NULL: gained or lost */
	size_t vma;			     /* index into the process's */
	uint32_t fields;		     /* 1 << enum diff_field, of a changed one */
};

struct diff_vma {
	enum diff_what what;
	const struct vma *before, *after; /* NULL: gained or lost */
	uint32_t fields;
	/*
	 * Its addresses moved by what is no multiple of a PMD's size, so that its regions are cut otherwise and only its kB can
	 * be compared.
	 */
	bool sums;
	size_t first_region, n_regions;
};

struct diff_process {
	enum diff_what what;
	const struct process *before, *after; /* NULL: gained or lost */
	bool same;			      /* the very same one; else another that is compared with it */
	struct diff_vma *vmas;		      /* those that differ, ascending by where they are (or were) */
	size_t n_vmas;
	struct diff_region *regions; /* those that differ, by VMA and address */
	size_t n_regions;
	uint64_t unknown; /* regions of which something is known on one side alone */
	const char
		*reason; /* why it cannot be compared: one side could not be read; then what is DIFF_SAME */
};

/* One of the machine's settings. */
struct diff_figure {
	const char *name, *before, *after;
};

struct diff {
	struct arena arena;
	const struct moment *before, *after; /* whoever made the diff keeps them */
	struct diff_figure *figures;
	size_t n_figures;
	struct diff_process *processes; /* all that were compared, or could not be */
	size_t n_processes;
	uint64_t of_processes[DIFF_WHAT_COUNT], of_vmas[DIFF_WHAT_COUNT], of_regions[DIFF_WHAT_COUNT];
	uint64_t unknown;
};

/*
 * Compares two moments, or with a PID one process of them: then of the other moment only its counterpart. Processes are the same
 * if PID and start time are; else those belong together that alone have their name on both sides, and two that are the
 * only ones on their sides. Of the same process, VMAs of the same kind, name and place in their file belong together where
 * they overlap; what is left, and those of different processes, by kind, name, offset, permissions and size, wherever they
 * are. diff_free frees; the moments have to outlive it.
 */
struct diff *diff_make(const struct moment *before, pid_t before_pid, const struct moment *after,
		       pid_t after_pid);
void diff_free(struct diff *diff); /* NULL is fine */

/* Whether anything differs. */
bool diff_any(const struct diff *diff);

#endif
