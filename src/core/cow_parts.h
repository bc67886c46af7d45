/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the copy-on-write verdict share; nobody else includes this. */
#ifndef CORE_COW_PARTS_H
#define CORE_COW_PARTS_H

#include "core/cow.h"

enum cow_answer { COW_NOT_KNOWN, COW_NO, COW_YES };

/* What a page is to copy-on-write, once its mapping is private and writable. */
enum cow_kind {
	COW_HIDDEN, /* not shown */
	COW_HOLE,   /* nothing is there, and there is no file behind it */
	COW_FILE,   /* the file's, in memory or not */
	COW_ZERO,
	COW_KSM,
	COW_ANON,
	COW_HUGETLB,
	COW_HUGETLB_FILE,
	COW_SWAPPED,
	COW_GUARD,
	COW_MOVING,
	COW_UFFD, /* write-protected by userfaultfd */
};

enum cow_size { COW_SIZE_NOT_KNOWN, COW_SINGLE, COW_LARGE };

/* Of the folio that a page mapped by a PTE is a subpage of. */
enum cow_folio {
	COW_FOLIO_NOT_KNOWN,
	COW_FOLIO_ONCE,	  /* each of its subpages is mapped once, and here */
	COW_FOLIO_SHARED, /* a subpage that is mapped beside this one is mapped more than once */
};

/* All that the judgement looks at. */
struct cow_shape {
	enum cow_kind kind;
	bool pmd;      /* mapped by a PMD; else by a PTE */
	int64_t count; /* mappings of the page, by PMD the highest of all subpages; UNKNOWN_COUNT */
	enum cow_answer exclusive; /* AnonExclusive */
	bool maybe_ksm;		   /* flagged as KSM's where that says nothing */
	enum cow_size size;
	enum cow_folio folio;
	enum cow_answer swapcache, lru;
	uint64_t huge_size; /* hugetlb: bytes of its page */
};

/* cow_judge.c */
void cow_judge(const struct cow_rules *rules, const struct cow_shape *shape, struct cow *cow);

/* Whether a mapping has no copy-on-write; then the verdict is in *cow. */
bool cow_judge_vma(const struct vma *vma, struct cow *cow);

/* cow_region.c */

/* Everybody's write goes to the same memory, or nobody may write: perms of maps. */
static inline bool cow_private(const struct vma *vma)
{
	return vma->perms[3] == 'p';
}
static inline bool cow_writable(const struct vma *vma)
{
	return vma->perms[1] == 'w';
}

/* Whether ptes map it one by one, so that its pages need not be alike. */
static inline bool cow_by_pages(const struct region *region)
{
	return region && region->mapping == MAPPING_PTE && region->backing != BACKING_HUGETLB;
}

/* The record of the page at addr; NULL: it holds nothing, or was not read. */
const struct page *cow_find_page(const struct cow_place *place, uint64_t addr);

/* The shape of the page at addr. */
void cow_shape_of(const struct cow_rules *rules, const struct cow_place *place, uint64_t addr,
		  struct cow_shape *shape);

#endif
