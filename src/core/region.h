/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vocabulary: what a PMD-sized region of an address space is, on two independent axes. */
#ifndef CORE_REGION_H
#define CORE_REGION_H

#include <stdbool.h>
#include <stdint.h>

/* What the page table holds. A swap entry counts as mapped. */
enum mapping {
	MAPPING_UNKNOWN,
	MAPPING_NONE,
	MAPPING_PTE,
	MAPPING_PMD,
	MAPPING_PUD, /* 1 GiB hugetlb */
	MAPPING_COUNT
};

/* What memory is behind it. */
enum backing {
	BACKING_UNKNOWN,
	BACKING_NONE,
	BACKING_SMALL,	     /* order-0 */
	BACKING_MTHP,	     /* folios of order 1 to PMD order - 1 */
	BACKING_THP,	     /* one whole PMD-sized folio, aligned with the slot */
	BACKING_THP_PARTIAL, /* some subpages of a PMD-sized folio, or one not aligned with the slot */
	BACKING_TEAM,
	BACKING_HUGETLB,
	BACKING_ZERO, /* the huge zero page, or nothing but the zero page */
	BACKING_SWAP,
	BACKING_MIXED,
	BACKING_COUNT
};

/* What is drawn first: a function of the two axes, see region_state(). */
enum state {
	STATE_UNKNOWN,
	STATE_EMPTY,
	STATE_PTE_MAPPED,
	STATE_PMD_MAPPED,
	STATE_TEAM,
	STATE_HUGETLB,
	STATE_COUNT
};

/* Where the mapping was learnt. */
enum how {
	HOW_UNKNOWN,
	HOW_PAGEMAP_SCAN, /* the ioctl, Linux 6.7+ */
	HOW_PAGEMAP_BIT,  /* a pagemap bit that the kernel announces (page teams) */
	HOW_SMAPS,	  /* the VMA's PMD counts left only one answer */
	HOW_MODEL,
	HOW_COUNT
};

/* A number that is not known. */
#define UNKNOWN_COUNT INT64_C(-1)

/*
 * Mapcounts. Where one folio is behind the region (region.pfn) they are the folio's, over all of its subpages, also those
 * that this region does not map, but for the highest; else over the pages that the region maps. With E the folio's PMD mappings and m(i) the PTE
 * mappings of subpage i, kpagecount(i) = E + m(i) (fs/proc/page.c; facts B), so
 *     highest = E + max m(i)            as page_trans_huge_mapcount()
 *     total   = E + sum m(i)            as total_mapcount(); a PMD mapping counts once
 *             = sum kpagecount(i) - (n - 1) * E
 * Each is UNKNOWN_COUNT where it is not known. E of memory in folios below PMD size is 0.
 */
struct mapcount {
	int64_t entire;
	int64_t highest;
	int64_t total;
};

/* Folio orders are told apart up to this one; a 64 KiB page kernel's PMD folio has order 13. */
#define ORDER_MAX 15

/*
 * One slot of one VMA, or the part of a slot that a VMA covers (a fragment: len < pmd_size).
 * All counts are in pages of page_size.
 */
struct region {
	uint64_t start;
	uint64_t len; /* bytes */
	uint64_t pfn; /* head of the one folio behind it, the first page for hugetlb; 0: none or not known */
	/*
	 * Head of the one PMD-sized folio that its orders[PMD order] pages are of, each at its own place (page n of the slot
	 * is subpage n), whatever is beside them; 0: none, several, or at other places. For core/cow.h; in no format.
	 */
	uint64_t thp;
	enum mapping mapping : 8;
	enum backing backing : 8;
	enum how how : 8;
	uint8_t order;	     /* of that folio where pfn is given; of every folio where all agree; else 0 */
	bool order_known;    /* order says something */
	uint32_t vma;	     /* index into the process's vmas */
	uint32_t present;    /* pages with memory behind them */
	uint32_t swapped;    /* swap entries */
	uint32_t guard;	     /* guard markers (MADV_GUARD_INSTALL): neither memory nor swap */
	uint32_t nonswap;    /* other non-present entries: migration, hwpoison, device, marker */
	uint32_t zero;	     /* of present: the zero page, huge or not, which is nobody's memory */
	uint32_t anon;	     /* of present: anonymous */
	uint32_t file;	     /* of present: file or shmem (pagemap bit 61) */
	int64_t exclusive;   /* of present: mapped once; UNKNOWN_COUNT if not known */
	bool anon_exclusive; /* mapped by PMD, and its head's flags say that it is AnonExclusive (5.19+) */
	bool uffd_wp;	     /* mapped by PMD, and write-protected by userfaultfd */
	struct mapcount mapcount;
	/* Present pages by the order of their folio: all of them if orders_known, else those of which it is known. */
	uint16_t orders[ORDER_MAX + 1];
	bool orders_known;
	uint16_t team_pages; /* present pages that are of teams; in no format but in the sums of kB */
	/* Of a region mapped by ptes, of HOW_PAGEMAP_SCAN: a hash of its pagemap words, alike where nothing moved. */
	uint32_t words;
	int64_t team_usage;    /* pages instantiated + PMD maps (seed 002); UNKNOWN_COUNT: not known */
	int64_t team_pmd_maps; /* UNKNOWN_COUNT: not known */
	uint32_t first_page;   /* index into the process's pages where they were asked for */
	uint32_t n_pages;      /* how many page records it has there */
};

/* One page of an examined region. */
struct page {
	uint64_t addr;
	uint64_t pagemap;  /* the raw pagemap word */
	uint64_t pfn;	   /* 0: not present, or not shown to this user */
	uint64_t flags;	   /* kpageflags word, valid if has_flags */
	uint64_t entry;	   /* raw page-table entry, valid if has_entry */
	uint32_t mapcount; /* kpagecount, valid if has_mapcount */
	bool has_flags : 1;
	bool has_mapcount : 1;
	bool has_entry : 1;
	bool present : 1;
	bool swapped : 1;
	bool guard : 1;
};

/* team if backing is, whichever the mapping; hugetlb likewise; else by mapping. */
enum state region_state(const struct region *region);

/* Of a region whose backing was a team: whether what is there now are ordinary pages of the file, so that the team is no more. */
static inline bool region_disbanded(const struct region *before, const struct region *after)
{
	return before->backing == BACKING_TEAM && after->backing == BACKING_SMALL && after->file;
}

/* What may be PFNMAP looks empty to pagemap: then it is not known how much there is, and its counts say nothing. */
static inline bool region_counts_unknown(const struct region *region)
{
	return region->mapping == MAPPING_UNKNOWN && !region->present && !region->swapped && !region->guard &&
	       !region->nonswap;
}

/* The words of the snapshot format: "pte", "thp-partial", "pmd-mapped", "pagemap_scan". Never NULL. */
const char *mapping_name(enum mapping mapping);
const char *backing_name(enum backing backing);
const char *state_name(enum state state);
const char *how_name(enum how how);

/* The reverse; return the _COUNT value for a word that is none. */
enum mapping mapping_named(const char *name);
enum backing backing_named(const char *name);
enum how how_named(const char *name);

#endif
