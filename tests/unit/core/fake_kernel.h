/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up kernel.h for tests of core: a tiny memory of frames, processes with page tables, and every call
 * counted. What is built up is the truth; fake_settle derives from it, as a kernel would, the mapcounts, the pagemap
 * words, the scan's categories and smaps.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "core/kernel.h"

#define FAKE_PAGE UINT64_C(4096)
#define FAKE_TEXTS 32

/* A frame and the folio that it is part of. */
struct fake_frame {
	uint64_t flags, count;
	uint64_t head;	/* of its folio */
	unsigned order; /* of its folio */
	uint32_t ptes;
	uint32_t pmds; /* of its folio; kept at the head */
	bool anon;
};

/* One page of a process. A PMD mapping is pmd_size / FAKE_PAGE of these. */
struct fake_entry {
	uint64_t vpn, word, categories;
	uint64_t pfn; /* 0: a raw word, as it is */
	bool pmd;
};

struct fake_vma {
	uint64_t start, end;
	const char *perms, *name, *flags; /* flags: VmFlags; "" for a kernel without */
	unsigned device;		  /* minor number */
	uint64_t page_size;		  /* of hugetlb; else 0 */
};

struct fake_process {
	struct fake_process *next;
	pid_t pid;
	struct fake_vma *vmas;
	size_t n_vmas, vmas_room;
	struct fake_entry *entries; /* ascending by vpn after fake_settle */
	size_t n_entries, entries_room;
	uint64_t page_tables_kb; /* VmPTE */
	/* What its files say; written by fake_settle where NULL. */
	char *maps, *smaps, *stat, *status, *mountinfo;
	char *cgroup;	  /* NULL: there is no such file */
	char *maps_later; /* maps, from the second reading on */
	unsigned maps_read, smaps_read;
	int maps_error, smaps_error; /* instead */
	bool scan_stale;   /* scan says PRESENT and HUGE of what is no longer there: see fake_stale */
	uint64_t stale_at; /* its vpn */
	uint64_t stale_categories;
};

struct fake {
	struct kernel kernel; /* what is given to the code under test; sizes and caps may be changed */
	struct fake_frame *frames;
	size_t n_frames, next_frame;
	struct fake_process *processes;
	struct {
		const char *path, *text;
		int error; /* instead */
	} texts[FAKE_TEXTS];
	size_t n_texts;
	bool averaged; /* CONFIG_NO_PAGE_MAPCOUNT */
	bool no_vma_page_size;
	bool one_memory;	 /* all processes share one address space */
	bool pmd_head_exclusive; /* bit 56 of a PMD mapping is the head's for all, as in 6.1 and 6.15+ */
	unsigned flags_calls, counts_calls, pagemap_calls, scan_calls, text_calls;
	uint64_t flags_words, pagemap_words;
	uint64_t longest_scan; /* bytes between from and to */
};

/* pmd_order 9 is x86-64's. All capabilities but teams and the bit. The caller frees with fake_free. */
struct fake *fake_new(unsigned pmd_order, size_t frames);
void fake_free(struct fake *fake);

/* A text file of the machine; both strings stay the caller's. Replaces one of the same path. */
void fake_text(struct fake *fake, const char *path, const char *text);
/* One whose reading fails with `error` (negative). */
void fake_text_error(struct fake *fake, const char *path, int error);

struct fake_process *fake_process(struct fake *fake, pid_t pid);
struct fake_vma *fake_vma(struct fake_process *process, uint64_t start, uint64_t end, const char *name);

/* A folio at the next naturally aligned frame; returns its head's PFN. */
uint64_t fake_folio(struct fake *fake, unsigned order, bool anon);
/* The same, but its head is at least `skip` frames further on. */
uint64_t fake_folio_after(struct fake *fake, size_t skip, unsigned order, bool anon);

/* A driver's compound page: HEAD and TAIL, and nothing that says a folio. */
uint64_t fake_compound(struct fake *fake, unsigned order);

void fake_pte(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn);
void fake_pmd(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t head);
/* A word as it is: swap, a marker, the zero page. */
void fake_raw(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t word,
	      uint64_t categories, bool pmd);
/* The huge zero page at addr, in frame `pfn` on. */
void fake_huge_zero(struct fake *fake, struct fake_process *process, uint64_t addr, uint64_t pfn);

/* Derives counts, words, categories and texts; after everything is mapped. */
void fake_settle(struct fake *fake);

#endif
