/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which memory that is not mapped huge is used most: of each whole slot that a process maps by ptes, how many of its
 * pages were used, by whatever the kernel at hand tells of that.
 *
 * No kernel tells how often memory is used. What there is are bits that the processor or the kernel sets when a page is
 * used, and that somebody cleared at some time: so "used" is always "at least once, since". Idle page tracking, and clearing
 * them oneself, let one choose since when; heat_limits() says for each way what its answer does not say.
 */
#ifndef CORE_HEAT_H
#define CORE_HEAT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/region.h"

struct kernel;

/* Ways to tell, the best first. */
enum heat_by {
	HEAT_BY_ANY,  /* asked for: the first that tells something; as an answer: none does */
	HEAT_IDLE,    /* idle page tracking (mm/page_idle.c): marked idle, and looked at after the window */
	HEAT_ENTRIES, /* accessed bits of raw page-table entries (CAP_ENTRIES) */
	HEAT_WRITTEN, /* PAGEMAP_SCAN's PAGE_IS_WRITTEN, of memory that its process has userfaultfd watch */
	HEAT_SOFT_DIRTY, /* pagemap's bit 55 */
	HEAT_CLEARED, /* smaps' Referenced, cleared before the window (kernel_clear_refs): a share for a whole VMA */
	HEAT_LRU,   /* kpageflags REFERENCED and ACTIVE */
	HEAT_SMAPS, /* smaps' Referenced as it stands: likewise */
	HEAT_BY_COUNT
};

/* The window if nothing else is asked for, and what is no window any more. */
#define HEAT_WINDOW_NS UINT64_C(1000000000)
#define HEAT_WINDOW_MOST_NS (UINT64_C(3600) * 1000000000)

struct heat_query {
	pid_t pid;
	uint64_t start_time; /* 0: whoever has the PID */
	uint64_t from, to;   /* only slots that this range touches; 0, 0: all */
	enum heat_by by;
	uint64_t window_ns; /* 0: HEAT_WINDOW_NS */
	bool may_clear; /* HEAT_CLEARED is among the ways that need not be asked for: the process is a specimen's */
	/*
	 * Both may be NULL. Set by another thread, or a signal's handler, cancel ends it soon with -ECANCELED; progress is
	 * written by it, in thousandths.
	 */
	atomic_bool *cancel;
	atomic_uint *progress;
};

/* A whole slot that is mapped, and not by PMD. */
struct heat_region {
	uint64_t start;
	/*
	 * `used` of `of` answers are yes. An answer is about a page, or about all pages of one large folio, which have one
	 * bit together; `pages` is how many pages of this region all the answers are about. Where heat_by_areas, all three are
	 * those of the whole VMA. of 0: it is not known.
	 */
	uint32_t used, of, pages;
	uint32_t present; /* pages with memory behind them */
	enum mapping mapping;
	enum backing backing;
};

struct heat {
	const char *source; /* "live", "model:6.6" */
	pid_t pid;
	uint64_t start_time;
	uint64_t page_size, pmd_size; /* bytes */
	enum heat_by by;	      /* where there is no region to ask about: HEAT_BY_ANY */
	uint64_t window_ns;	      /* between marking and looking; 0: this way has no window */
	uint64_t took_ns;
	const char *
		missing; /* why none of the better ways tells anything, sentences; NULL: there is no better one */
	struct heat_region *items; /* ascending by address */
	uint32_t *
		ranked; /* indices of items: the largest share used first, then most pages used, then by address;
			     what is not known last */
	size_t n, known; /* all; those at the front of the ranking of which something is known */
};

/* What measuring takes from outside: CLOCK_MONOTONIC in ns, and a sleep of so many ns, which may be shorter. */
struct heat_clock {
	uint64_t (*now)(void);
	void (*nap)(uint64_t ns);
};

/*
 * Measures, by the way that is asked for or the best that tells something. Marks frames idle if the way is idle page
 * tracking: that clears accessed bits, and keeps for reclaim that they were set (PG_young). HEAT_CLEARED
 * clears the bits of all of the process (kernel_clear_refs), and is gone where it is asked for or may_clear. All others only
 * read. No call holds the target's mmap lock for more than about 2 ms, but for that one and smaps, which cannot be cut: it is
 * read where it is asked for, or as the last way of a process of no more than HEAT_SMAPS_KB.
 *
 * 0 and *heat, whose parts are in the arena; that nothing is known of any region is no error. Else a negative errno and
 * one sentence in error: -ESRCH, -EACCES; -ECANCELED; -ENOTSUP the way that was asked for tells nothing here, and why; others
 * as in kernel.h. The owner of the kernel's thread.
 */
#define HEAT_SMAPS_KB 65536
int heat_measure(struct kernel *kernel, const struct heat_query *query, const struct heat_clock *clock,
		 struct arena *arena, struct heat *heat, char *error, size_t size);

/* Fills ranked and known from the items, which ascend. */
void heat_rank(struct heat *heat, struct arena *arena);

/* The region that starts there, or NULL. Its rank, from 1; 0: nothing is known of it. */
const struct heat_region *heat_at(const struct heat *heat, uint64_t start);
size_t heat_rank_of(const struct heat *heat, const struct heat_region *region);

/* "idle", "entries", "written", "soft-dirty", "cleared", "lru", "smaps"; "none" for HEAT_BY_ANY. */
const char *heat_by_name(enum heat_by by);
enum heat_by heat_by_named(const char *name); /* HEAT_BY_COUNT: no such way */

/* Whether an answer is one for a whole VMA: smaps' ways. */
bool heat_by_areas(enum heat_by by);

/* What a way's answer says and does not say: one sentence. */
const char *heat_limits(enum heat_by by);

/* One sentence if the ranking ranks nothing, as from first to last the shares are about the same; else NULL. */
const char *heat_doubt(const struct heat *heat);

/* How the ranking stands in a heading: "those used most first"; or "all used about alike", where the shares are. */
const char *heat_order(const struct heat *heat);

/* Appends sentences on what is told here, by which way, and what keeps the better ways from telling more. */
void heat_say_ground(const struct heat *heat, struct buf *out);

/*
 * Appends, without a newline, "by idle page tracking, used at least once in 1.0 s" or "by accessed bits of page-table
 * entries"; "12 of 512 pages", "1 of 1 folios (512 pages)", "unknown".
 */
void heat_say_way(const struct heat *heat, struct buf *out);
void heat_say_used(const struct heat *heat, const struct heat_region *region, struct buf *out);

#endif
