/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who maps a folio, where and how: a search through the page tables of all processes.
 *
 *      process 4242                    folio, 512 subpages               process 4250
 *      0x7f00 0000 0000  --- pmd ---> [################]
 *                                      [      ##########] <--- pte ---   0x7f40 0020 3000 (not aligned)
 *
 * With E the PMD mappings and m(i) the PTE mappings of subpage i, kpagecount(i) = E + m(i) (core/region.h). A mapping
 * of a single subpage, by whatever entry, is one of those; so the sum of kpagecount over the subpages is the number
 * of subpages that all stretches together map, and where nothing is missing the two are equal.
 */
#ifndef CORE_SHARERS_H
#define CORE_SHARERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/region.h"

struct kernel;

/* How long a search takes at most if nothing else is asked for. */
#define SHARERS_TIMEOUT_NS UINT64_C(2000000000)

struct sharers_query {
	pid_t pid;
	uint64_t start_time; /* 0: whoever has the PID */
	uint64_t addr;
	uint64_t timeout_ns; /* from the start of the call; 0: SHARERS_TIMEOUT_NS */
	/*
	 * Both may be NULL. Set by another thread, or a signal's handler, cancel ends the search soon; progress is
	 * written by the search: processes looked at, in thousandths of those there are.
	 */
	atomic_bool *cancel;
	atomic_uint *progress;
};

/* One stretch of a process's addresses that maps subpages of the folio, in their order; there may be holes in it. */
struct sharer {
	pid_t pid;
	uint64_t start_time;
	const char *comm;
	uint64_t addr;	      /* of the first subpage that it maps */
	enum mapping mapping; /* MAPPING_PMD, MAPPING_PTE, or MAPPING_UNKNOWN */
	bool aligned;	/* subpage 0 belongs at a multiple of the folio's size there: a PMD could map a THP */
	uint32_t first; /* the number of that first subpage in the folio */
	uint32_t subpages; /* how many it maps */
	/*
	 * Another process here that has the very same address space (CLONE_VM, vfork), so that its mappings are these, and the
	 * kernel counts them once; 0: none.
	 */
	pid_t same_as;
	uint32_t
		last; /* the number of the last one: there are holes if it maps fewer than from the first to that */
};

struct sharers {
	const char *source; /* "live", "tree": of the kernel */
	pid_t pid;	    /* as asked */
	uint64_t addr;
	uint64_t page_size, pmd_size; /* bytes */
	uint64_t pfn;		      /* of the folio's head */
	unsigned order;		      /* of the folio */
	bool team; /* no folio but a page team: its pages are counted each by itself, and its PMD maps */
	bool anon;
	bool ksm;		  /* merged by KSM: its sharers are anybody, at any address */
	struct mapcount mapcount; /* of the folio, from its counts and what was found; see struct mapcount */
	struct sharer
		*items; /* the asker's own first, then its kin, then others; each by ascending address */
	size_t n;
	uint32_t processes, looked, denied; /* there were; were looked into; may not be looked into */
	/*
	 * Nothing was left undone: all that the mapcounts count was found, or every process was looked into. So it is
	 * false, too, if something is missing, and some may not be looked into.
	 */
	bool complete;
	int64_t found;	 /* subpages that all stretches together map */
	int64_t counted; /* the sum of kpagecount over all subpages; UNKNOWN_COUNT: not readable, or averages */
	int64_t missing; /* what is counted and was not found, subpage by subpage; UNKNOWN_COUNT */
	uint32_t
		missing_most; /* the most that is missing of any one subpage: so many more mappings at least */
	int64_t surplus;      /* what was found and is not counted: the counts moved; UNKNOWN_COUNT */
	uint64_t took_ns;
	const char *partial; /* if the search ended early, why: "2.0 s were over"; else NULL */
	const char *
		changed; /* if the folio is no longer what it was at the start, what became of it; else NULL */
};

/*
 * Searches. Order: the addresses of the asker in all processes, nearest kin first (a forked child has an anonymous folio
 * where its parent has it), or for memory of a file the place that the file's mappings give it; then all other memory that
 * may hold it, likewise. It ends as soon as the counts are accounted for. Processes that are born meanwhile are looked
 * for too. No call that it makes holds a target's mmap lock for longer than about 2 ms; only maps, pagemap and
 * PAGEMAP_SCAN are read, which change nothing.
 *
 * now: CLOCK_MONOTONIC in ns. 0 and *sharers, whose parts are in the arena. Else a negative errno and one sentence in
 * error: -ESRCH no such process, or another one has its PID; -EFAULT no memory at addr (nothing mapped, never touched,
 * swapped out); -EACCES; -ENOTSUP memory whose mappings are not counted, or of hugetlb; others as in kernel.h. The
 * owner of the kernel's thread.
 */
int sharers_search(struct kernel *kernel, const struct sharers_query *query, uint64_t (*now)(void),
		   struct arena *arena, struct sharers *sharers, char *error, size_t size);

/* For screens and tables. Pure. */

/* "pmd", "pte", "pte, not aligned", "unknown". */
const char *sharer_how(const struct sharer *sharer);

/* Appends "512", "511 of 512", "100 from 12 on", "100 of 12 to 130" (with holes), "1 (no. 5)": which subpages a stretch maps. */
void sharer_subpages(const struct sharers *sharers, const struct sharer *sharer, struct buf *out);

/* Appends "2 MiB folio at PFN 0x11ce00 (order 9), anonymous" or "2 MiB page team, its head at PFN 0x11ce00", and "mapcount: entire 2, highest 2, total 2"; no newlines. */
void sharers_say_folio(const struct sharers *sharers, struct buf *out);
void sharers_say_mapcount(const struct sharers *sharers, struct buf *out);

/* Appends sentences, each with a newline: what was found and whether it adds up; what was not looked into, and why. */
void sharers_say_sum(const struct sharers *sharers, struct buf *out);

#endif
