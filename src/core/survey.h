/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The survey: one pass over a process, VMAs and a summary per region; and examine, one region in full.
 *
 * How it stays cheap and exact at once (budgets: design 11):
 *  - PAGEMAP_SCAN of only the first page of a slot says whether the slot is PMD-mapped; holes are skipped by
 *    scanning ahead for the next page that holds anything.
 *  - A PMD-mapped region needs its first pagemap word and its head's flags; counts only if it is not
 *    AnonExclusive.
 *  - pagemap bit 56 says "mapped once" per PTE-mapped page; counts are read only for the others.
 *  - Folio orders come from few kpageflags reads, because folios are naturally aligned and because
 *    hugepages-*kB/stats/nr_anon says which orders anonymous memory has at all just now (core/folio.h).
 *    `exact` reads every page's flags and count instead.
 *  - Without PAGEMAP_SCAN, a VMA of more than 256 MiB is read only until all that smaps counts in it was found. smaps
 *    counts neither zero pages nor guards: those behind the last other page of such a VMA are missed. `exact` reads
 *    to the end.
 *  - No call holds the target's mmap lock for longer than about 2 ms: scans are cut by the page tables that they
 *    can meet. (smaps cannot be cut; it is read on request, and on kernels without PAGEMAP_SCAN.)
 */
#ifndef CORE_SURVEY_H
#define CORE_SURVEY_H

#include "core/kernel.h"

struct survey_options {
	bool exact; /* read flags and counts of every page */
	bool smaps; /* read smaps too: walks every page table under the target's mmap lock */
	bool pages; /* keep a page record per page that holds something */
	uint64_t from,
		to; /* only slots that this range touches, and their VMAs, whose kB then count those; 0, 0: all */
};

/*
 * Surveys one process into *out, which lives in `arena`. Always fills out->pid, outcome and reason; returns
 * 0 if outcome is OUTCOME_OK, else a negative errno that goes with it. `process` may be NULL: then it is
 * opened and closed inside (the one-shot case).
 */
int survey_process(struct kernel *kernel, struct kernel_process *process, pid_t pid,
		   const struct survey_options *options, struct arena *arena, struct process *out);

/*
 * After all processes of a moment are surveyed: derives `entire` and `total` of PTE-mapped regions whose
 * folio is mapped elsewhere, from the bounds of facts B (what was seen of the folio in all processes).
 */
void survey_resolve(struct kernel *kernel, struct moment *moment);

/*
 * Fills the moment's system figures, sizes, capabilities and clock-free fields from the kernel. The caller
 * sets seq and the times.
 */
void survey_system(struct kernel *kernel, struct moment *moment);

/*
 * A complete moment of these processes: survey_system, survey_process for each, survey_resolve. Never
 * NULL; every process has its outcome. `opened`, if not NULL, holds an open handle or NULL per PID.
 */
struct moment *survey_moment(struct kernel *kernel, const pid_t *pids, size_t n,
			     struct kernel_process *const *opened, const struct survey_options *options);

#endif
