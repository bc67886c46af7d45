/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy-on-write by kernel generation (facts B): what a write to a page would do now. Pure.
 *
 * A verdict is of the state that was read: a write, a fork or reclaim in between changes it. What decides and cannot be
 * seen (references, whether an entry is still writable) makes it COW_DEPENDS; what was not read, COW_UNKNOWN.
 */
#ifndef CORE_COW_H
#define CORE_COW_H

#include "core/moment.h"

/* The rows of the write-fault table, each named by the first release that had its rule. */
enum cow_row {
	COW_4_5_0,
	COW_4_5_5,
	COW_5_8,
	COW_5_9,
	COW_5_18,
	COW_5_19,
	COW_6_10,
	COW_6_15,
	COW_ROW_COUNT /* a release before 4.5, or one that is not known */
};

/* "4.5.0", "4.5.5", "5.8", "5.9", "5.18", "5.19", "6.10", "6.15"; "" for COW_ROW_COUNT. */
const char *cow_row_name(enum cow_row row);
enum cow_row cow_row_named(const char *name); /* COW_ROW_COUNT for a name that is none */

/* The row that a kernel release ("6.18.44-foo") follows. */
enum cow_row cow_row_of(const char *release);

/* The name of that row; "" for a release before 4.5 or text that is none. */
const char *cow_rule(const char *release);

enum cow_verdict {
	COW_UNKNOWN,
	COW_NONE,    /* there is no copy-on-write here: shared, not writable, or nothing to copy */
	COW_REUSE,   /* the page stays where it is */
	COW_COPY,    /* the writer gets another page */
	COW_DEPENDS, /* on what cannot be seen */
	COW_MIXED,   /* of a region: its pages differ */
	COW_VERDICT_COUNT
};
const char *
cow_verdict_name(enum cow_verdict verdict); /* "unknown", "none", "reuse", "copy", "depends", "mixed" */

struct cow {
	enum cow_verdict verdict;
	bool split;	/* if it copies, the PMD mapping is split (a file's: given up) first */
	uint64_t bytes; /* so much is copied, or filled with zeros, if it copies; 0: nothing, or not known */
	const char *fact; /* what it rests on, in a few words: "anon-exclusive", "mapcount 1". Static */
	const char *why;  /* one sentence. Static */
};

/* What is asked, and what the answers can be read from. */
struct cow_rules {
	enum cow_row row;
	uint64_t page_size, pmd_size;
	bool exclusive_shown; /* kpageflags bit 34 of single pages and of PMD leaves is AnonExclusive (5.19+) */
	bool exclusive_per_page; /* and that of each subpage of a larger folio its own (seen in 6.1, wrong in 6.12+) */
	bool ksm_shown;		 /* KPF_KSM tells KSM pages (kpf.h) */
};

/* Under which rows something is asked; COW_ROW_COUNT is the one of the moment's own kernel. */
struct cow_ask {
	enum cow_row rows[COW_ROW_COUNT];
	unsigned n;
};

/* For the kernel that a moment is of, under its own rule (COW_ROW_COUNT), or under another. */
struct cow_rules cow_rules_of(const struct moment *moment, enum cow_row row);

/* One region of a process, with its pages where they were read (all that it has). */
struct cow_place {
	const struct vma *vma;
	const struct region *region; /* NULL: it holds nothing */
	const struct page *pages;    /* ascending by address; NULL: not read */
	size_t n_pages;
};

/* That of a process. */
struct cow_place cow_place_of(const struct process *process, const struct region *region);

/* What a write to the page at addr, which lies in this region, would do. */
void cow_page(const struct cow_rules *rules, const struct cow_place *place, uint64_t addr, struct cow *cow);

/* The same of all pages of a region that hold something. `pages` counts them by verdict. */
struct cow_sum {
	struct cow cow;
	uint64_t pages[COW_VERDICT_COUNT];
};
void cow_region(const struct cow_rules *rules, const struct cow_place *place, struct cow_sum *sum);

/*
 * The other watched processes that have, or may have, the page at addr of a process: what their write would do. Found by
 * the folio; a process with the same private mapping (a relative) of which it is not known what it has there is among
 * them as COW_UNKNOWN, and one that has a page of its own there as COW_NONE with apart set. Returns how many there are;
 * at most `room` are written.
 */
struct cow_other {
	const struct process *process;
	uint64_t addr; /* where it has the page; 0: not known */
	bool apart;    /* a relative that does not have it: it has a page of its own, or none */
	struct cow cow;
};
size_t cow_others(const struct cow_rules *rules, const struct moment *moment, pid_t pid,
		  const struct cow_place *place, uint64_t addr, struct cow_other *others, size_t room);

#endif
