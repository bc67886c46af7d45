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

/*
 * What a live sample, one of many a second, already knows. Each sample asks the page tables anew how every region is
 * mapped: PAGEMAP_SCAN answers for thousands of regions in a millisecond. What lies behind a region costs two more
 * system calls each, so it is carried over from the sample before, and process_carried says so, if
 *  - the scan answers as before: PMD-mapped and present;
 *  - behind it was a THP that this mapping alone maps (entire, highest and total 1), so that no other process's
 *    regions are weighed against it, or frames are not shown, so that nothing is claimed of them;
 *  - the VMA there has the same kind, permissions, name, inode and device, and the process, its name and its first VMA
 *    are the same ones (another program has other ones);
 *  - it was read less than process.carried_ns ago: each slot has its turn in a cycle of that length, which is
 *    SURVEY_CARRIED_NS, and doubled as often as it takes to have at most SURVEY_CARRIED_MOST regions in each
 *    SURVEY_CARRIED_NS (4 GiB in 2 s, where a huge page has 2 MiB), up to SURVEY_CARRIED_LONGEST.
 * Where ptes map a slot, its words are read each time; as long as they are the same, the sizes of its folios and their
 * counts are carried over likewise, if none of them is as large as a PMD maps.
 * So what a carried region cannot show at once is that its THP was replaced by another one (migrated, or split and
 * collapsed again between two samples), or that somebody else maps it now (a fork): until its turn comes, or another
 * watched process is seen with the same folio, which has the process read whole. The mapping itself, and everything of
 * a region that is not carried, is of the sample.
 */
#define SURVEY_CARRIED_NS UINT64_C(2000000000)
#define SURVEY_CARRIED_MOST 2048
#define SURVEY_CARRIED_LONGEST (8 * SURVEY_CARRIED_NS)

/* The system's figures are carried over for so long: system_figures.read_ns. */
#define SURVEY_SYSTEM_NS UINT64_C(1000000000)

struct survey_past {
	const struct moment
		*moment; /* the sample before, whole (without a range) and live itself; mono_ns tells when */
	uint64_t now_ns; /* CLOCK_MONOTONIC of the one to be made */
};

/*
 * For who waits: told when the survey of each process begins (0), and now and then how far it is, in thousandths, as far as
 * VmRSS lets that be known. On the thread that surveys; embedded in whatever the teller needs.
 */
struct survey_progress {
	void (*tell)(struct survey_progress *progress, pid_t pid, unsigned thousandths);
};

struct survey_options {
	bool exact;  /* read flags and counts of every page */
	bool cgroup; /* tell which memory cgroup it is in */
	bool smaps;  /* read smaps too: walks every page table under the target's mmap lock */
	uint64_t
		walk_to; /* where raw entries are shown: those above the page at this address (process.walk); 0: none */
	bool pages; /* keep a page record per page that holds something */
	uint64_t from,
		to; /* only slots that this range touches, and their VMAs, whose kB then count those; 0, 0: all */
	const pid_t *smaps_of; /* of these processes read smaps too, which changes nothing in their regions */
	size_t n_smaps_of;
	struct survey_progress *progress; /* NULL: nobody waits */
	/* NULL: everything is read, as it is with exact, pages or a range. */
	const struct survey_past *past;
};

/*
 * Surveys one process into *out, which lives in `arena`. Always fills out->pid, outcome and reason; returns
 * 0 if outcome is OUTCOME_OK, else a negative errno that goes with it. `process` may be NULL: then it is
 * opened and closed inside (the one-shot case).
 */
int survey_process(struct kernel *kernel, struct kernel_process *process, pid_t pid,
		   const struct survey_options *options, struct arena *arena, struct process *out);

/*
 * Fills the moment's system figures, sizes, capabilities and clock-free fields from the kernel, or where `past` is not NULL and its
 * moment's are young enough, from there. The caller sets seq and the times.
 */
void survey_system(struct kernel *kernel, struct moment *moment, const struct survey_past *past);

/*
 * A complete moment of these processes: survey_system, survey_process for each, and then what only all of them tell of
 * a folio: `entire` and `total` of PTE-mapped regions. Never NULL; every process has its outcome. `opened`, if not NULL, holds
 * an open handle or NULL per PID.
 */
struct moment *survey_moment(struct kernel *kernel, const pid_t *pids, size_t n,
			     struct kernel_process *const *opened, const struct survey_options *options);

#endif
