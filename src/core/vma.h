/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One virtual memory area, from maps and, where asked for, smaps; and the pure parsers of both. */
#ifndef CORE_VMA_H
#define CORE_VMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum vma_kind {
	VMA_ANON,
	VMA_HEAP,
	VMA_STACK,
	VMA_FILE,
	VMA_SHMEM, /* memfd, shared anonymous, SysV, a file on tmpfs */
	VMA_HUGETLB,
	VMA_DEVICE,  /* below /dev, or an anon_inode: may be PFNMAP */
	VMA_SPECIAL, /* [vvar] [vdso] [vsyscall] [uprobes] and other kernel-made ones */
	VMA_KIND_COUNT
};

/*
 * kB by how the memory is mapped and backed. present = pmd + thp_pte + mthp + small + hugetlb + team_pte +
 * unknown; the huge zero page is nobody's memory and stands apart, as in smaps' Rss.
 */
struct kb {
	uint64_t present;
	uint64_t pmd;	  /* mapped by PMD, teams included, hugetlb not */
	uint64_t thp_pte; /* PMD-sized folios mapped by PTE, whole or in part */
	uint64_t mthp;
	uint64_t small;
	uint64_t hugetlb;
	uint64_t team_pte; /* team pages mapped by PTE */
	uint64_t unknown;  /* present, but behind what is not known */
	uint64_t zero;	   /* mappings of the huge zero page; not in present */
	uint64_t swap;
};

/* smaps of one VMA: every "Name: N kB" line in the kernel's order, and what the other lines say. */
struct smaps_field {
	const char *name; /* without the colon */
	uint64_t kb;
};
struct smaps {
	const struct smaps_field *fields;
	size_t n_fields;
	const char *const *flags; /* the two-letter words of VmFlags */
	size_t n_flags;
	int thp_eligible; /* 0 or 1; -1: the line is missing */
};

/* What madvise said of huge pages here: VmFlags hg and nh. */
enum vma_advice {
	VMA_ADVICE_UNKNOWN,
	VMA_ADVICE_NONE,
	VMA_ADVICE_HUGEPAGE,   /* hg: MADV_HUGEPAGE */
	VMA_ADVICE_NOHUGEPAGE, /* nh: MADV_NOHUGEPAGE, or MAP_STACK of mmap (6.7+) */
};

struct vma {
	uint64_t start, end;
	uint64_t offset; /* bytes into the file */
	uint64_t inode;
	uint32_t dev_major, dev_minor;
	char perms[5]; /* "rw-p" */
	enum vma_kind kind;
	const char *name;	   /* as maps shows it, " (deleted)" too, with \012 undone; "" if none */
	bool deleted;		   /* name ends in " (deleted)" */
	const char *label;	   /* what the script of a specimen calls it; NULL: nothing */
	uint64_t huge_page_size;   /* hugetlb: bytes of its pages, 0 if not known or not hugetlb */
	const struct smaps *smaps; /* NULL unless asked for and readable */
	/*
	 * Whether the kernel would use huge pages here (THPeligible): 1 or 0, -1 not known; and the advice. Both come
	 * from smaps, in a live moment from an earlier one of the same VMA (start, end, perms, name): eligible_ns is
	 * the CLOCK_MONOTONIC when that was read, 0: never. moment.mono_ns - eligible_ns is its age.
	 */
	int eligible;
	enum vma_advice advice;
	uint64_t eligible_ns;
	bool pfnmap_unknown; /* may be PFNMAP, which pagemap shows as empty: mapping unknown */
	struct kb kb;
	uint32_t first_region, n_regions; /* its slice of the process's regions */
	uint64_t slots;			  /* whole slots it covers */
	uint32_t fragments;		  /* partly covered ones: 0, 1 or 2 */
};

const char *vma_kind_name(enum vma_kind kind);
enum vma_kind vma_kind_named(const char *name); /* VMA_KIND_COUNT: no such word */

/* What is behind the last slash of its name: all of it where there is none, or nothing behind it. The VMA's. */
const char *vma_file_name(const struct vma *vma);

/*
 * Parses a whole maps file. On success *vmas (in the arena) holds *n of them, ascending, kind by name
 * only. A VMA that grew while the kernel told them (fs/seq_file.c reads a page at a time) replaces what it took in.
 * -EBADMSG for a line that is none, or that is not behind the line before, with its number (from 1) in *line; a last
 * line without its newline is such a line: the file was cut. Pure; bounded by len.
 */
int vma_parse_maps(const char *text, size_t len, struct arena *arena, struct vma **vmas, size_t *n,
		   size_t *line);

/*
 * Parses a whole smaps file and hangs each block on the VMA of the same start and end; blocks without a
 * partner are passed over (the address space changed between the two reads). Same errors.
 */
int vma_parse_smaps(const char *text, size_t len, struct arena *arena, struct vma *vmas, size_t n,
		    size_t *line);

/* The kB of a field ("AnonHugePages"), or `missing` where the kernel has no such line. */
uint64_t smaps_kb(const struct smaps *smaps, const char *field, uint64_t missing);
bool smaps_has_flag(const struct smaps *smaps, const char *flag);

#endif
