/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments built by hand, for the tests of the views. */
#ifndef UI_WORLD_H
#define UI_WORLD_H

#include "core/moment.h"
#include "ui/cells.h"

#define MIB (UINT64_C(1) << 20)
#define SLOT (2 * MIB)
#define PAGE UINT64_C(4096)

/* A moment in the making; world_moment hands it out. */
struct world {
	struct moment *moment;
	struct process *process; /* the one that vmas are added to */
	struct vma *vma;	 /* the one that regions are added to */
};

/* A privileged machine, or one that shows no PFNs. */
void world_start(struct world *world, bool privileged);
struct process *world_process(struct world *world, pid_t pid, const char *comm);
void world_fail(struct world *world, pid_t pid, const char *comm, enum outcome outcome, const char *reason);
struct vma *world_vma(struct world *world, uint64_t start, uint64_t len, const char *perms,
		      enum vma_kind kind, const char *name);
/* The region of the VMA's nth slot (0: the one that its start is in), as full as it can be. */
struct region *world_region(struct world *world, uint64_t nth, enum mapping mapping, enum backing backing);
void world_regions(struct world *world, uint64_t from, uint64_t to, enum mapping mapping,
		   enum backing backing);
/* Sums up totals and kB; the caller owns the moment. */
struct moment *world_moment(struct world *world);

/* Each kind of cell there is, small mappings, a hole, a reservation of 128 TiB. */
#define DEMO_PID 4242
struct moment *world_demo(bool privileged);

/* The demo's region at addr in full: pages of all sorts if it is pte-mapped. */
struct moment *world_examined(bool privileged, uint64_t addr);

#define DEMO_HEAP UINT64_C(0x7f5a40000000) /* slot 0 pmd-mapped THP, slot 8 pte-mapped ... */

/*
 * Compares what is on the screen with golden/NAME.COLSxROWS.txt; with THPSCOPE_GOLDEN=write it writes that first.
 */
void world_golden(const struct cells *cells, const char *name);

/* Whether these words stand somewhere in a grid. */
bool world_shows(const struct cells *cells, const char *words);

#endif
