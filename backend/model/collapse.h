/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of khugepaged share: looks at what may be collapsed, and the smaller functions. See ops.h for the rest. */
#ifndef MODEL_COLLAPSE_H
#define MODEL_COLLAPSE_H

#include "model/ops.h"

/* What is at addr: SCAN_SUCCEED for a table of ptes, else the verdict as this generation words it. */
enum scan_result find_pmd_or_thp_or_none(struct world *world, uint32_t mm, uint64_t addr);

/* Whether addr is still fit to be collapsed, after mmap_lock was given back meanwhile; *vma: its VMA. */
enum scan_result hugepage_vma_revalidate(struct world *world, uint32_t mm, uint64_t addr, bool khugepaged,
					 bool expect_anon, uint32_t *vma);

/* khugepaged_test_exit(): nobody uses the address space any more. */
bool khugepaged_test_exit(const struct world *world, uint32_t mm);

/* References that keep a folio from being collapsed: is_refcount_suitable(). */
bool is_refcount_suitable(const struct world *world, uint32_t pfn);

/*
 * Looks at what is no step of the kernel: a table that is given up, of what addr is in, must hold nothing. A violation, if it
 * does. A marker that nobody heeds is nothing.
 */
void table_must_be_empty(struct world *world, uint32_t table, uint64_t addr);

/* mmap_lock is held for reading; it may have been given back at the end: see task_holds(). result: enum scan_result. */
struct hpage_collapse_scan_pmd {
	uint32_t mm;
	uint64_t addr;
	bool khugepaged;
	uint32_t table, vma, none, shared, swapped, referenced, n;
	bool writable;
	enum scan_result verdict;
};
extern const struct function hpage_collapse_scan_pmd;

/* mmap_lock is not held. result: enum scan_result. */
struct hpage_collapse_scan_file {
	uint32_t mm, file;
	uint64_t addr, index;
	bool khugepaged;
	uint32_t n, present;
	enum scan_result verdict;
};
extern const struct function hpage_collapse_scan_file;

/* Maps a folio of a file by PMD, where the pmd is none. The folio is locked; mmap_lock is held. result: enum scan_result. */
struct set_huge_pmd {
	uint32_t vma, folio;
	uint64_t addr;
};
extern const struct function set_huge_pmd;

/* result: 1, or 0: the mm has no slot, or the slot no room, and the address is dropped. */
struct khugepaged_add_pte_mapped_thp {
	uint32_t mm;
	uint64_t addr;
};
extern const struct function khugepaged_add_pte_mapped_thp;

/* The queue of one mm (until 6.5). result: 0, or -EBUSY: mmap_lock was not to be had, all stays queued. */
struct khugepaged_collapse_pte_mapped_thps {
	uint32_t mm;
	unsigned n;
};
extern const struct function khugepaged_collapse_pte_mapped_thps;

#endif
