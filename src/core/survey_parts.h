/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the survey share; nobody else includes this. */
#ifndef CORE_SURVEY_PARTS_H
#define CORE_SURVEY_PARTS_H

#include <limits.h>
#include <stdatomic.h>

#include "core/classify.h"
#include "core/folio.h"
#include "core/survey.h"

/* The subpages of a folio that its region does not map. */
struct survey_rest {
	bool known; /* their counts were read; also where there is none */
	uint32_t n;
	int64_t sum; /* of their counts */
	int64_t low; /* the lowest; INT64_MAX: there is none */
};

/* A region whose folio's E only a look at other processes can tell. */
struct survey_loose {
	const struct survey_loose *next;
	uint32_t region;       /* index into the process's regions */
	const uint32_t *count; /* by subpage of the folio; 0: this region does not map it */
	struct survey_rest rest;
};

/* Regions of neighbouring slots of one VMA that the next live sample may carry over. */
struct survey_span {
	uint64_t start;
	size_t n;
	uint32_t vma, first; /* the VMA, and the first of the regions, by index */
};

/* The regions of one or of several samples in a row that found the same ones; freed with the last moment that has them. */
struct survey_regions {
	atomic_uint holders; /* beside the first */
	struct region *items;
};

/* One survey under way. */
struct survey {
	struct kernel *kernel;
	struct kernel_process *process;
	bool again; /* the first try found another program at its end */
	const struct survey_options *options;
	struct arena *arena;
	struct process *out;
	order_set anon_orders, file_orders;
	size_t swap_devices;  /* in use; SIZE_MAX: not known */
	bool averaged;	      /* kpagecount is an average */
	uint64_t page_tables; /* of the process, from VmPTE */
	bool smaps_read;
	int smaps_error;	       /* its text was damaged */
	uint64_t zero_pfn;	       /* the last zero page seen; 0: none */
	const struct process *earlier; /* what may be carried over; NULL: nothing */
	size_t earlier_at;	       /* its first span that does not end below the slot */
	uint64_t earlier_phase;	       /* when it was made, within the cycle; and how long ago that is */
	uint64_t elapsed;
	const struct vma *compared, *compared_to;
	bool compared_same;
	const struct vma *asked_vma; /* learn_hugetlb asked about it already */
	/* Scratch for one slot: one item a page. */
	uint64_t *pagemap, *flags, *count;
	uint8_t *order;
	struct run *runs;
	/* Growing results, copied to the arena at the end. */
	struct region *regions;
	size_t n_regions, regions_room;
	uint64_t seen; /* pages that are present in them, where progress is told */
	bool shares; /* so far they are the first ones of the earlier sample, and `regions` is not written yet */
	uint64_t *carried;
	size_t carried_room;	      /* words */
	uint64_t states[STATE_COUNT]; /* of the VMA under way: whole slots that hold something */
	struct survey_span *spans;
	size_t n_spans, spans_room;
	struct page *pages;
	size_t n_pages, pages_room;
};

/* survey.c: all slots of one VMA. */
int survey_vma(struct survey *survey, struct vma *vma);

/* survey_read.c: the same without PAGEMAP_SCAN, for the part [from, to) of the VMA. */
int survey_vma_read(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to);

/* survey_slot.c: one slot. */

static inline uint64_t survey_slot_size(const struct survey *survey)
{
	return survey->kernel->pmd_size;
}

static inline uint64_t survey_align(uint64_t addr, uint64_t size)
{
	return addr & ~(size - 1);
}

/* Describes the slot of a VMA that begins at `start`, aligned or the VMA's own start; nothing is read. */
void survey_start_slot(struct survey *survey, const struct vma *vma, uint64_t start, struct slot *slot);

/* Reads all of a slot's pagemap words and cuts them into runs. */
int survey_words(struct survey *survey, struct slot *slot);

/*
 * Whether a huge entry could map the slot whose words were read: it maps consecutive frames from an aligned one
 * on (without frame numbers: pages without a hole), or is on the move and shows as swap.
 */
bool survey_could_be_leaf(const struct survey *survey, const struct slot *slot);

/*
 * A PMD- or PUD-mapped slot: one pagemap word, the head's flags, and counts unless it is AnonExclusive. SLOT_MOVED, which
 * is no errno of a kernel: it is not that any more.
 */
#define SLOT_MOVED INT_MIN
int survey_huge(struct survey *survey, struct vma *vma, struct slot *slot);

/* A slot mapped by ptes, its words read: the orders of its folios, and counts where bit 56 is not on every page. */
void survey_ptes(struct survey *survey, struct slot *slot);

/* Finds out whether a VMA that shows huge pages is hugetlb, and of which page size; asks once per VMA. */
void survey_learn_hugetlb(struct survey *survey, struct vma *vma);

/* Has the slot judged, and keeps the region if it holds anything. */
void survey_finish_slot(struct survey *survey, struct vma *vma, struct slot *slot);

/* survey_rest.c: has the mapcount of a region behind which is a part of one folio say what is so of all of it. */
void survey_whole_folio(struct survey *survey, const struct slot *slot, struct region *region,
			struct survey_rest *rest);

/* survey_facts.c: what else is read on the way. */

/* Reads smaps once and hangs it on the VMAs; says nothing if it cannot be had. */
void survey_read_smaps(struct survey *survey);

/* Sets slot->averaged, after the orders are known. */
void survey_ask_averaged(struct survey *survey, struct slot *slot);

/*
 * Fills count[] and sets counts_known, unless they cannot be read; with skip_exclusive, pages with bit 56 count 1
 * unread.
 */
void survey_read_counts(struct survey *survey, struct slot *slot, bool skip_exclusive, size_t n);

/* How many pages of the slot hold something. */
uint32_t survey_held(const struct slot *slot);

/* Of those, how many smaps counts for certain as Rss or Swap: not zero pages and markers. After survey_ask_first. */
uint32_t survey_counted(struct survey *survey, const struct slot *slot);

/* Whether a huge mapping in this VMA could be hugetlb although neither kind nor flags say so. */
bool survey_maybe_hugetlb(const struct survey *survey, const struct vma *vma);

/* Pages that smaps counts in this VMA (UINT64_MAX: not known, or not worth knowing). */
uint64_t survey_expected_pages(struct survey *survey, const struct vma *vma);

/* kB that smaps counts as PMD-mapped in this VMA. */
uint64_t survey_smaps_pmd_kb(const struct vma *vma);

/*
 * Without frame numbers: PAGEMAP_SCAN tells the zero page where pages are neither a file's nor mapped once. Then
 * slot->order is set, ORDER_UNKNOWN for all others.
 */
void survey_find_zero(struct survey *survey, struct slot *slot);

/*
 * Sets slot->huge_zero by the first page's flags, where no category says it. Returns whether that page is
 * AnonExclusive, which of a PMD mapping goes for all of it (the head alone has the flag in 6.1).
 */
bool survey_ask_first(struct survey *survey, struct slot *slot);

/* survey_live.c: what is carried over from an earlier sample (survey_past). */

/* Finds the process in the earlier moment; after stat and maps were read. */
void survey_recall(struct survey *survey);

/* Which files are shmem or hugetlb, if the earlier sample knew all of them; else false, and nothing was done. */
bool survey_recall_kinds(struct survey *survey);

/* Whether the slot at start was one that could be carried over, if it still is what it was. */
bool survey_could_carry(struct survey *survey, uint64_t start);

/*
 * Where that is so: adds the earlier sample's regions of as many slots from `start` on as may be, of which the scan has just `told`. Returns
 * how many; 0: the slot at start has to be read.
 */
size_t survey_carry(struct survey *survey, struct vma *vma, uint64_t start, const struct scan_range *told);

/* Likewise the region of one slot mapped by ptes, whose words were read and are the same as then. */
bool survey_carry_ptes(struct survey *survey, struct vma *vma, const struct slot *slot);

/* Whether a region, to be appended, is the one that the earlier sample has in its place. */
bool survey_same_region(const struct survey *survey, const struct region *region);

/* Gives the process its regions: the earlier sample's, if all are the same; and its same_since_ns. It has all else. */
void survey_keep_regions(struct survey *survey);

/* region.words of the slot whose words were read. */
uint32_t survey_hash_words(const struct survey *survey, const struct slot *slot);

/* Whether the next sample may carry this region over: it says of itself all that it says, and weighs on no other. */
bool survey_lasts(const struct survey *survey, const struct region *region);

/* Remembers n neighbours that do, the first of which is *region, to be appended next; in order. */
void survey_note_span(struct survey *survey, const struct region *region, size_t n);

/*
 * Which processes of a moment (one flag each; the caller frees them) carry a region over whose folio another region was
 * just seen to share: what they carry is out of date.
 */
bool *survey_contradicted(const struct moment *moment);

/* survey_sum.c: results. */

/* From now on the survey's regions differ from the earlier sample's: writes out those that are the same. */
void survey_write_out(struct survey *survey);

/*
 * Appends n neighbours of an earlier sample to this VMA, all of which last, and adds them to its kB: carried over, or
 * looked at and found to be as they were.
 */
void survey_append_whole(struct survey *survey, struct vma *vma, const struct region *regions, size_t n,
			 bool carried);

/* Appends a region to this VMA and adds it to its kB. */
void survey_append(struct survey *survey, struct vma *vma, const struct region *region, bool carried);

/* Appends a classified region and, where asked for, its pages. */
void survey_add_region(struct survey *survey, struct vma *vma, const struct slot *slot, struct region *region,
		       const struct survey_rest *rest);

/* Counts the VMA's slots and fragments in [from, to). */
void survey_count_slots(struct survey *survey, struct vma *vma, uint64_t from, uint64_t to);

/* Adds the VMA's kB and states to the process's, once it has all of its regions. */
void survey_add_up(struct survey *survey, struct vma *vma);

#endif
