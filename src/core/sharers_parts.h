/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the search for sharers share; nobody else includes this. */
#ifndef CORE_SHARERS_PARTS_H
#define CORE_SHARERS_PARTS_H

#include <errno.h>

#include "core/kernel.h"
#include "core/sharers.h"
#include "core/vma.h"

/* Words read at once: eight slots of 2 MiB. The kernel lets the mmap lock go after each PMD's (fs/proc/task_mmu.c). */
#define SHARERS_WORDS 4096

/* Of the mapped file: which one, and where in it subpage 0 lies. */
struct sharers_object {
	uint32_t dev_major, dev_minor;
	uint64_t inode;
	uint64_t offset;     /* bytes */
	const char *special; /* of memory that the kernel itself maps ("[vdso]"): its name; else NULL */
};

/* One process of the machine. */
struct kin {
	pid_t pid, parent;
	int64_t session;
	uint64_t start_time;
	char comm[64];
	const char *name; /* the same in the arena, once it is needed */
	unsigned rank;	  /* 0 the asker; the lower, the nearer */
	bool denied;
	bool unread;	 /* not even who it is could be read: it is left alone */
	bool looked;	 /* in the last pass over it */
	bool seen;	 /* in any */
	size_t alias;	 /* the process whose address space it has too, by index + 1; 0: none */
	size_t first, n; /* its stretches of the first pass */
};

/* Where a process maps the folio: subpage i at base + i pages, modulo 2^64. */
struct stretch {
	size_t who;
	uint64_t base;
	enum mapping mapping;
	uint64_t *bits; /* which subpages, 64 a word */
};

struct search {
	struct kernel *kernel;
	const struct sharers_query *query;
	uint64_t (*now)(void);
	uint64_t started, deadline;
	struct arena *arena;
	struct sharers *out;
	char *error;
	size_t size;
	/* The folio. */
	uint64_t head;
	unsigned order;
	uint32_t pages;
	uint64_t base; /* where subpage 0 lies, or would, in the asker */
	struct sharers_object object;
	/* Who there is: the asker first, then by rank. */
	struct kin *kin;
	size_t n_kin, kin_room;
	/* What was found. */
	struct stretch *stretches;
	size_t n_stretches, stretches_room;
	uint32_t *found; /* by subpage */
	uint32_t *pte_found;
	/* What is counted. */
	uint64_t *count;
	bool counts_known;
	int64_t left; /* counted and not yet found; INT64_MAX where that is not known */
	bool named;   /* looking at where the asker itself has it */
	/* The process under way. */
	size_t who;
	struct kernel_process *process;
	size_t first; /* its first stretch of this pass */
	uint64_t words[SHARERS_WORDS];
	struct scan_range ranges[512];
	size_t done;	     /* for progress */
	const char *stopped; /* why the search ended early */
};

/* sharers_folio.c */

/* Finds the folio of the query's page. 0, or an errno with the sentence. */
int sharers_find_folio(struct search *search);

/* Reads the counts; then `left` is what is counted beyond what was found. */
void sharers_read_counts(struct search *search);

/* Whether the asker's page and its folio are what they were; else what became of them, in the arena. */
const char *sharers_changed(struct search *search);

/* Whether no PMD can map any of it: it is smaller. */
static inline bool sharers_small(const struct search *search)
{
	return search->order < search->kernel->pmd_order;
}

/* sharers_kin.c */

/* Adds who is not yet in the list, by rank, behind those who are. 0 or an errno. */
int sharers_list_kin(struct search *search);

/* Notes how looking into a process went. */
static inline void sharers_looked(struct kin *kin, int err)
{
	kin->denied = err == -EACCES;
	/* What is gone maps nothing. */
	kin->looked = !err || err == -ENOENT || err == -ESRCH;
}

/* sharers_scan.c */

/* Whether the time is over or somebody cancelled; then `stopped` says which. */
bool sharers_stop(struct search *search);

/* Whether the process under way need not be read on: all was found, it is another's alias, or sharers_stop. */
bool sharers_enough(struct search *search);

/*
 * Of the process under way: reads what lies from `from` to `to`, and takes what it finds of the folio. 0, or the
 * errno of the process (-ESRCH, -EACCES).
 */
int sharers_read(struct search *search, uint64_t from, uint64_t to);

/* The same, but only what PAGEMAP_SCAN says is there is read. */
int sharers_scan(struct search *search, uint64_t from, uint64_t to);

/* All addresses at which subpages lie if subpage 0 is at base: *from to *to, below the end of the address space. */
void sharers_span(const struct search *search, uint64_t base, uint64_t *from, uint64_t *to);

/* sharers_verify.c: reads every stretch anew, finds out how it is mapped, and counts anew. */
void sharers_verify(struct search *search);

/* sharers_result.c: writes down what was found. */
void sharers_result(struct search *search);

#endif
