/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment: the surveys of all watched processes at one tick, with the system's figures. */
#ifndef CORE_MOMENT_H
#define CORE_MOMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/counter.h"
#include "core/event.h"
#include "core/heat.h"
#include "core/kpf.h"
#include "core/queue.h"
#include "core/region.h"
#include "core/task.h"
#include "core/timeline.h"
#include "core/vma.h"

/* Regions (whole slots) of a process by state; fragments are counted apart and in no state. */
struct totals {
	uint64_t regions; /* = the sum of all states */
	uint64_t fragments;
	uint64_t state[STATE_COUNT];
};

/* What came of surveying a process. */
enum outcome {
	OUTCOME_OK,
	OUTCOME_GONE,	   /* it never was, or has exited (a zombie too) */
	OUTCOME_REUSED,	   /* the PID now belongs to another process */
	OUTCOME_DENIED,	   /* belongs to somebody else, or a security module says no */
	OUTCOME_NO_MEMORY, /* a kernel thread: it has no address space */
	OUTCOME_DAMAGED,   /* its files could not be understood (recorded trees) */
	OUTCOME_FAILED,	   /* reading failed otherwise */
	OUTCOME_COUNT
};

struct survey_loose;
struct survey_regions;
struct survey_span;

struct process {
	pid_t pid;
	const char *comm; /* as the kernel says it, unescaped; "" if not known */
	/* Its memory cgroup's path where that was asked for (survey_options), as /proc/PID/cgroup has it; NULL: not known. */
	const char *cgroup;
	uint64_t start_time; /* clock ticks after boot, /proc/PID/stat field 22; tells reused PIDs apart */
	enum outcome outcome;
	const char *reason; /* one sentence unless OUTCOME_OK; else NULL */
	bool torn;	    /* the address space changed under the survey */
	bool mapping_known; /* false if a region that could be told from pagemap is unknown for want of a source */
	struct totals totals;
	struct kb kb;
	int64_t page_tables_kb; /* VmPTE of /proc/PID/status: its page tables; UNKNOWN_COUNT if not readable */
	int64_t rss_kb;		/* VmRSS, which leaves hugetlb out; UNKNOWN_COUNT if not readable */
	struct vma *vmas;	/* ascending */
	size_t n_vmas;
	struct region *regions; /* those that hold something or are unknown; ascending by (vma, start) */
	size_t n_regions;
	const uint64_t *carried; /* one bit a region, or NULL: none is set; see process_carried */
	struct page *pages;	 /* only with survey_options.pages */
	size_t n_pages;
	uint64_t
		carried_ns; /* what is carried over from earlier samples was read less than so long before; 0: nothing is */
	/*
	 * mono_ns of the first of the live samples in a row, up to this one, that found the same VMAs and regions, so
	 * that whoever has one of them need not compare; 0: not known.
	 */
	uint64_t same_since_ns;
	/*
	 * Of one region that was examined, where the source shows raw entries: those of the tables above its pages, one of each
	 * level that the machine has, from the top down to the PMD; 0 below the first that leads to no table. n_walk is 3 (PGD,
	 * PUD, PMD) or 4 (with a P4D), or 0: not shown.
	 */
	uint64_t walk[4];
	unsigned n_walk;
	const struct heat *heat; /* NULL: it was not measured. Not by samples: source.h's call, beside them */
	struct queue queue;	 /* where the source shows it (CAP_QUEUE) */
	const struct counter *counters;	  /* in the order in which they were asked for */
	size_t n_counters;		  /* 0: nothing is counted */
	const struct survey_loose *loose; /* for survey_moment alone, like the next */
	uint64_t maps_hash;
	struct survey_regions *shared; /* for the next live sample alone, like the spans */
	const struct survey_span *spans;
	size_t n_spans;
};

/* One text value of the system: a knob or a counter. */
struct figure {
	const char *name;
	const char *value;
};

/* What the whole machine says. */
struct system_figures {
	const char *release;  /* uname -r; "" if not known */
	uint64_t read_ns;     /* CLOCK_MONOTONIC when all this was read, in a live moment; else 0 */
	struct kpf_bits kpf;  /* what it calls its own among kpageflags */
	const char *cow_rule; /* which row of facts B's table holds; "" if not known */
	/* THP knobs by path below /sys/kernel/mm/transparent_hugepage: "enabled", "khugepaged/max_ptes_none",
	   "hugepages-64kB/enabled", khugepaged's progress "khugepaged/pages_collapsed" and
	   "khugepaged/full_scans"; of a choice only the chosen word. Absent files are left out. */
	const struct figure *knobs;
	size_t n_knobs;
	const struct figure *vmstat; /* the thp_* counters */
	size_t n_vmstat;
	/*
	 * Free memory in PMD-sized, PMD-aligned blocks, over all nodes and zones: by /proc/buddyinfo, which counts
	 * the buddy allocator's free blocks by order, a free block of order o >= PMD order holds 2^(o - PMD order) of
	 * them. Not in it: pages on the CPUs' own lists, and what compaction could gather. Blocks of all migrate types
	 * count: the file does not tell movable from unmovable, nor what a watermark keeps back. UNKNOWN_COUNT where
	 * there is no such file, or where its orders end below PMD order.
	 */
	int64_t free_pmd_blocks;
	const struct figure *meminfo; /* the lines about huge pages; values in kB, HugePages_* in pages */
	size_t n_meminfo;
};

/* The value of a figure, or NULL. */
const char *figure_value(const struct figure *figures, size_t n, const char *name);

/*
 * What a source can and cannot tell. The names are those of the snapshot format; a missing capability
 * carries a sentence: why, and what would give it.
 */
enum capability {
	CAP_PAGEMAP_SCAN, /* the ioctl: exact mapping */
	CAP_PAGEMAP_BIT,  /* a pagemap bit says PMD-mapped */
	CAP_PFN,	  /* pagemap shows page frame numbers */
	CAP_KPAGEFLAGS,
	CAP_KPAGECOUNT,
	CAP_SMAPS,
	CAP_TEAMS,	 /* the kernel has page teams and says which bits show them */
	CAP_ENTRIES,	 /* raw page-table entries */
	CAP_SPECIMEN,	 /* the source can start a specimen and act on it */
	CAP_TRACEPOINTS, /* the kernel says what it does, and its verdicts: events */
	CAP_QUEUE,	 /* khugepaged's queue of each process (core/queue.h) */
	CAP_TASKS, /* what it does are tasks that advance in steps, one at a time; time goes back (core/task.h) */
	CAP_COUNTERS, /* events of the PMU can be counted; software events may be where it is missing */
	CAP_COUNT
};
const char *capability_name(enum capability capability);

struct capabilities {
	uint32_t mask;			/* 1 << enum capability */
	const char *missing[CAP_COUNT]; /* a sentence for each that is not in the mask, or that tells a part
					   only; static or the owner's. NULL: nothing to say (it would add
					   nothing here) */
};
static inline bool capable(const struct capabilities *caps, enum capability capability)
{
	return caps->mask >> capability & 1;
}
/* Whether it is missing, or a part of what it tells is, and why can be said. */
static inline bool capability_lacks(const struct capabilities *caps, enum capability capability)
{
	return caps->missing[capability];
}

/* Immutable once made; everything that it points to lives in its arena or outlives the source. */
struct moment {
	struct arena arena;
	atomic_uint holders; /* beside the first: moment_hold */
	const char *source;  /* "live", "tree", "model:6.6" */
	uint64_t seq;
	uint64_t mono_ns; /* CLOCK_MONOTONIC when the survey began; model: the step number */
	int64_t wall_ns;  /* CLOCK_REALTIME, ns since 1970; 0 for a recorded tree without a clock */
	uint64_t cost_ns; /* what making it cost */
	uint64_t page_size, pmd_size; /* bytes */
	uint64_t from, to; /* only regions that overlap this were surveyed; 0, 0: all (survey_options) */
	struct capabilities caps;
	struct system_figures system;
	struct process *processes; /* in the order of the watch list, OUTCOME_OK or not */
	size_t n_processes;
	const struct event *events; /* what happened since the sample before, ascending by time */
	size_t n_events;
	/* With CAP_TASKS, where mono_ns counts steps: */
	const struct task *tasks; /* in the order of their beginning, ended ones too */
	size_t n_tasks;
	uint64_t ahead; /* steps that were taken back and can be gone forward to */
	const char *
		violation; /* an invariant is broken: which step of which task did it, a sentence; else NULL */
	uint64_t clock_ns;		 /* what mono_ns is elsewhere */
	const struct timeline *timeline; /* it is out of a recording; else NULL */
	const char
		*lost; /* who told it is gone for good, and nothing newer will come: a sentence; else NULL */
};

/* CLOCK_MONOTONIC when the survey began, whatever mono_ns counts: for what flashes, is old or came first. */
static inline uint64_t moment_clock(const struct moment *moment)
{
	return capable(&moment->caps, CAP_TASKS) ? moment->clock_ns : moment->mono_ns;
}

/* Frees all of it, once everybody who holds it has called this; NULL is fine. Any thread. */
void moment_free(struct moment *moment);

/* One more holder, who calls moment_free too. Returns the moment. Any thread that holds it. */
struct moment *moment_hold(struct moment *moment);

/*
 * The region that holds addr, or NULL: nothing is mapped there, or the region holds nothing.
 * Likewise the VMA.
 */
const struct region *process_region_at(const struct process *process, uint64_t addr);
const struct vma *process_vma_at(const struct process *process, uint64_t addr);

/* Whether what lies behind a region of its (pfn, mapcount, exclusive) is of an earlier sample: struct survey_past. */
static inline bool process_carried(const struct process *process, const struct region *region)
{
	size_t at = (size_t)(region - process->regions);

	return process->carried && process->carried[at / 64] >> at % 64 & 1;
}

#endif
