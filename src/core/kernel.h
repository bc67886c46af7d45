/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lower seam: raw words in bulk, as a kernel gives them.
 *
 * Implementations: backend/proc (a real /proc), backend/tree (a recorded one), backend/model (the model
 * kernel), backend/fault (fails the Nth call of another). core/survey.h and core/classify.h run above it and
 * alone judge what the words mean; an implementation never classifies.
 *
 * Order of calls: an implementation's own constructor (proc_kernel_open, tree_kernel_open ...), then any
 * calls below, kernel_process_close for every process opened, kernel_close last. One thread at a time
 * uses a kernel and its processes; two threads open two kernels.
 *
 * Errors: negative errno, everywhere the same meaning:
 *   -ENOENT    no such text file, no such process at open
 *   -ESRCH     the process is gone
 *   -EACCES    not permitted (-EPERM is folded into it)
 *   -ENODATA   a recording does not hold this
 *   -EBADMSG   damaged: a recording makes no sense, or a file ended in the middle
 *   -ENOTSUP   this kernel has no such call (also: the op is NULL)
 *   -EIO and others: as the kernel said
 *
 * A process that execs stays the same process: later calls answer for its new address space. "maps" is always
 * that of the moment, and reading it makes pagemap, scan and vma_page_size follow. One without an address space (a
 * kernel thread, a zombie) has empty maps, 0 pagemap words and nothing to scan.
 */
#ifndef CORE_KERNEL_H
#define CORE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/kpf.h"
#include "core/moment.h"

struct kernel;
struct kernel_process;

/* Words of /proc/PID/pagemap (fs/proc/task_mmu.c, Documentation/admin-guide/mm/pagemap.rst). */
#define PM_PFN_MASK ((UINT64_C(1) << 55) - 1)
#define PM_SOFT_DIRTY (UINT64_C(1) << 55)
#define PM_MMAP_EXCLUSIVE (UINT64_C(1) << 56)
#define PM_UFFD_WP (UINT64_C(1) << 57)
#define PM_GUARD_REGION (UINT64_C(1) << 58) /* 6.15+ */
#define PM_FILE (UINT64_C(1) << 61)	    /* file page or shared anonymous; 0 without PFN too */
#define PM_SWAP (UINT64_C(1) << 62)
#define PM_PRESENT (UINT64_C(1) << 63)
/* With PM_SWAP and PFNs shown: bits 0-4 the swap type, 5-54 the offset. */
#define PM_SWAP_TYPE(word) ((unsigned)((word)&0x1f))

/* PAGEMAP_SCAN's categories (include/uapi/linux/fs.h, 6.7+). */
#define SCAN_WPALLOWED (UINT64_C(1) << 0)
#define SCAN_WRITTEN (UINT64_C(1) << 1)
#define SCAN_FILE (UINT64_C(1) << 2)
#define SCAN_PRESENT (UINT64_C(1) << 3)
#define SCAN_SWAPPED (UINT64_C(1) << 4)
#define SCAN_PFNZERO (UINT64_C(1) << 5)
#define SCAN_HUGE (UINT64_C(1) << 6)

/* One run of pages that answered alike. */
struct scan_range {
	uint64_t start, end; /* bytes, end exclusive */
	uint64_t categories;
};

/* One scan: fill in from..max_pages, read n and next. */
struct kernel_scan {
	uint64_t from, to;	/* page-aligned, to exclusive */
	struct scan_range *out; /* the caller's */
	size_t room;		/* of out, at least 1 */
	uint64_t
		dispensable; /* categories that need not be told: SCAN_FILE of a huge page costs a look at its frame */
	uint64_t also;	    /* categories to tell besides: SCAN_WPALLOWED, SCAN_WRITTEN */
	uint64_t max_pages; /* stop after that many pages that hold something; 0: no limit */
	size_t n;	    /* ranges found, ascending; holes are left out */
	uint64_t next;	    /* where to go on: everything below was looked at; == to when done */
};

/* kpageflags bits (include/uapi/linux/kernel-page-flags.h); all names in core/kpf.h. */
#define KPF_LRU 5
#define KPF_ANON 12
#define KPF_SWAPCACHE 13
#define KPF_HEAD 15
#define KPF_TAIL 16
#define KPF_HUGE 17
#define KPF_UNEVICTABLE 18
#define KPF_NOPAGE 20
#define KPF_KSM 21
#define KPF_THP 22
#define KPF_ZERO 24
#define KPF_IDLE 25
#define KPF_ANON_EXCLUSIVE 34 /* with KPF_ANON; else MAPPEDTODISK */

/* The entries that lead to a page, from the top down, as they are in the tables; of a level that is not there: 0. */
enum entry_level { ENTRY_PGD, ENTRY_P4D, ENTRY_PUD, ENTRY_PMD, ENTRY_PTE, ENTRY_LEVELS };
struct kernel_entries {
	uint64_t word[ENTRY_LEVELS];
};

struct kernel_ops {
	/* "live", "tree", "model:6.6", "fault"; also says what a moment's `source` is. Mandatory. */
	const char *source;

	/* Frees the kernel. Mandatory. */
	void (*close)(struct kernel *kernel);

	/*
	 * Appends a whole text file, named from the root without a leading slash ("proc/vmstat",
	 * "sys/kernel/mm/transparent_hugepage/enabled"). Mandatory.
	 */
	int (*text)(struct kernel *kernel, const char *path, struct buf *out);

	/* Appends the PIDs of all processes, ascending, to a mem_grow'n array of the caller's. Mandatory. */
	int (*pids)(struct kernel *kernel, pid_t **pids, size_t *n);

	/*
	 * Takes hold of a process: all later calls reach this one or fail with -ESRCH, also when its PID was
	 * given to another. The caller closes what it gets. Mandatory.
	 */
	int (*process_open)(struct kernel *kernel, pid_t pid, struct kernel_process **process);
	void (*process_close)(struct kernel_process *process);

	/* Appends a text file of the process ("maps", "smaps", "stat", "status", "mountinfo"). Mandatory. */
	int (*process_text)(struct kernel_process *process, const char *name, struct buf *out);

	/*
	 * Reads n pagemap words from addr on (page-aligned). Returns how many were read: fewer only at the
	 * end of the address space. PFNs read 0 without CAP_PFN. Mandatory.
	 */
	ssize_t (*pagemap)(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words);

	/*
	 * PAGEMAP_SCAN without side effects. May return before scan->next reaches `to` for reasons of its own
	 * (room, max_pages); the caller goes on from there. Optional (CAP_PAGEMAP_SCAN).
	 */
	int (*scan)(struct kernel_process *process, struct kernel_scan *scan);

	/*
	 * Words of kpageflags and kpagecount for n frames from pfn on. Returns how many were read; fewer
	 * than n: the rest does not exist. Optional (CAP_KPAGEFLAGS, CAP_KPAGECOUNT).
	 */
	ssize_t (*flags)(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);
	ssize_t (*counts)(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);

	/*
	 * Idle page tracking (Documentation/admin-guide/mm/idle_page_tracking.rst), a bit a frame, n words of 64 frames from pfn
	 * on, a multiple of 64. idle_mark: those whose bits are set are marked idle, if they are on an LRU list, and the
	 * accessed bits of all that map them cleared. idle: those that still are, for which those bits are looked for.
	 * Returns how many words were read; fewer only at the last frame. -ENOENT: this kernel has none. Both or none.
	 */
	int (*idle_mark)(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words);
	ssize_t (*idle)(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);

	/*
	 * Clears the referenced bits of all pages of the process ("1" to clear_refs; of Linux 6.12 clear_refs_write and
	 * clear_refs_pte_range, fs/proc/task_mmu.c): the accessed bits of its PTEs and PMDs, and PG_young and
	 * PG_referenced of the folios behind them. Its memory holds what it held; reclaim takes for unused what was used
	 * before, until it is used again. The mmap lock is held for writing meanwhile. No TLB is flushed (that is done for
	 * soft-dirty bits alone). -EACCES: who asks is neither the process's user nor root. Optional.
	 */
	int (*clear_refs)(struct kernel_process *process);

	/*
	 * Raw page-table entries of n pages from addr on. Returns of how many pages; fewer only at the end of the address
	 * space, or of what was recorded. Frames read 0 without CAP_PFN. Optional (CAP_ENTRIES).
	 */
	ssize_t (*entries)(struct kernel_process *process, uint64_t addr, size_t n,
			   struct kernel_entries *out);

	/*
	 * Whether kpagecount is a folio's average instead of each subpage's own count
	 * (CONFIG_NO_PAGE_MAPCOUNT, 6.15+). May cost a probe at the first call. Optional: it is not.
	 */
	bool (*averaged)(struct kernel *kernel);

	/*
	 * Whether two processes share one address space (CLONE_VM: a thread's PID, vfork): 1 or 0, or an errno.
	 * Optional: a recording is of processes that are what they seem.
	 */
	int (*same_memory)(struct kernel *kernel, pid_t one, pid_t other);

	/*
	 * What the head of a page team counts (seed 002): its pages that are instantiated plus its PMD maps, and those
	 * maps alone. Optional. 0, or -ENOENT: that frame is no team's head (any more).
	 */
	int (*team)(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps);

	/* The page size in bytes of the VMA at addr (PROCMAP_QUERY, 6.11+): tells hugetlb. Optional. */
	int (*vma_page_size)(struct kernel_process *process, uint64_t addr, uint64_t *size);
};

/* Base of every implementation's own struct. Filled by its constructor, constant afterwards. */
struct kernel {
	const struct kernel_ops *ops;
	struct capabilities caps;
	uint64_t page_size;
	uint64_t pmd_size; /* hpage_pmd_size; where the kernel has no THP, page_size squared / 8 (facts I) */
	unsigned pmd_order;
	/*
	 * What a kernel with page teams announces under /sys/kernel/mm/pageteam/ (thpscope-kernel(7)): bits, or -1, and
	 * names of files, or "". Never guessed, and none of it is believed unless the ABI is the one known here.
	 */
	unsigned teams_abi;    /* as announced; 0: none is */
	int pagemap_pmd_bit;   /* of pagemap: this page is PMD-mapped */
	struct kpf_bits kpf;   /* of kpageflags */
	char queue_file[32];   /* khugepaged's queue of a process (core/queue.h), for process_text */
	unsigned table_levels; /* of page tables, 4 or 5, where `entries` are shown; 0: not known */
	bool team_counts_all; /* a team's PMD map counts on each of its pages; else, as in 2016, on the head alone */
	int64_t wall_ns; /* a recording's time; 0: now */
	bool model; /* no machine's kernel but a model: its scan reads its own tables, and regions say HOW_MODEL */
	const char
		*cow_rule; /* core/cow.h's name of its row, where its release does not tell; NULL: it does */
	bool here;	   /* the one that this program runs on, read through its own /proc */
	bool traces_all;   /* who asks has CAP_SYS_PTRACE: it is not whose a process is that denies it */
	/*
	 * The only part that changes: after a call gave -EBADMSG, what is damaged and where, as one sentence
	 * ("proc/42/pages.jsonl, line 7: ..."); "" where there is nothing to say.
	 */
	char error[256];
};

struct kernel_process {
	struct kernel *kernel;
	pid_t pid;
	uint64_t start_time; /* /proc/PID/stat field 22, in clock ticks */
};

/* Why -EACCES is said of a process, and what lifts it: one sentence without a beginning. */
const char *kernel_denied(const struct kernel *kernel);

/* The calls, with -ENOTSUP for those that an implementation left NULL. */
void kernel_close(struct kernel *kernel); /* NULL is fine */
int kernel_text(struct kernel *kernel, const char *path, struct buf *out);
int kernel_pids(struct kernel *kernel, pid_t **pids, size_t *n);
int kernel_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **process);
void kernel_process_close(struct kernel_process *process); /* NULL is fine */
int kernel_process_text(struct kernel_process *process, const char *name, struct buf *out);
ssize_t kernel_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words);
int kernel_scan(struct kernel_process *process, struct kernel_scan *scan);
ssize_t kernel_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);
ssize_t kernel_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);
int kernel_idle_mark(struct kernel *kernel, uint64_t pfn, size_t n, const uint64_t *words);
ssize_t kernel_idle(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words);
int kernel_clear_refs(struct kernel_process *process);
ssize_t kernel_entries(struct kernel_process *process, uint64_t addr, size_t n, struct kernel_entries *out);
bool kernel_averaged(struct kernel *kernel);
int kernel_same_memory(struct kernel *kernel, pid_t one, pid_t other);
int kernel_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps);
int kernel_vma_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size);

/*
 * For constructors: fills page_size, pmd_size, pmd_order and the announced bits from the kernel's own text
 * files (sys/kernel/mm/transparent_hugepage/hpage_pmd_size, and those of sys/kernel/mm/pageteam). `page_size` is what
 * the constructor knows. A file that is absent or no number leaves the default.
 */
void kernel_probe_sizes(struct kernel *kernel, uint64_t page_size);

/* The ABI of sys/kernel/mm/pageteam that is known here. */
#define TEAMS_ABI 1

/*
 * For constructors, after kernel_probe_sizes: the name of the file in /proc that `announced` ("team_usage") says, or of a
 * process there, without its "PID/". False, and "": the kernel announces none, or what could be no such name.
 */
bool kernel_teams_file(struct kernel *kernel, const char *announced, char *name, size_t size);

#endif
