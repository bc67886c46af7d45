/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a region is not huge: reasons from facts, most decisive first. */
#ifndef CORE_WHY_H
#define CORE_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/moment.h"

/*
 * A region becomes huge in one of three ways, and each asks for something else:
 *   a fault      of an empty slot: the knobs `enabled` (or shmem's) and `defrag`
 *   khugepaged   later, of itself: the same knobs, the limits max_ptes_*, and that it comes by
 *   a request    madvise(MADV_COLLAPSE), Linux 6.1+: neither knobs nor limits, but shmem's `deny` and, in 6.18, that of
 *                the size
 */

/* How a question is asked. */
enum why_how {
	WHY_LOOK,
	WHY_ASK, /* tries a collapse, and has the kernel say it */
	/*
	 * One of several, of one process and one after the other: its smaps, which the process waits for, is read once for
	 * all of them, until another kind of question, or one about another process, is asked.
	 */
	WHY_PASS
};

/* How sure a reason is. */
enum why_weight {
	WHY_IS,	      /* it already is huge, or cannot be told: nothing else is in the way */
	WHY_DECISIVE, /* alone it keeps the region from being huge */
	WHY_HINDERS,  /* keeps khugepaged or a fault from it now, and may pass */
	WHY_SUSPECTED /* cannot be seen for certain from outside */
};

/* "is", "decisive", "hinders", "suspected". */
const char *why_weight_name(enum why_weight weight);

struct why_reason {
	const char *id; /* stable, for scripts and tests: "vma-too-small", "max-ptes-none" */
	enum why_weight weight;
	bool refused;	  /* the kernel refuses a request (MADV_COLLAPSE) for it too */
	const char *text; /* one sentence: the reason */
	const char *
		fact; /* what it rests on, with its value: "khugepaged/max_ptes_none 511, 512 pages missing" */
	const char *remedy; /* what would change it, or "" */
};

struct why {
	pid_t pid;
	const char *comm;
	uint64_t start, len;	     /* bytes: the region */
	const struct vma *vma;	     /* that it is in */
	const struct region *region; /* NULL: it holds nothing. vma and first_page are indices into nothing */
	bool huge;		     /* it is mapped huge: the only reason says how */
	const struct why_reason *reasons;
	size_t n;
	const char *const *unknown; /* one sentence for each fact that could not be had */
	size_t n_unknown;
	bool asked;		   /* a collapse was tried (--ask) */
	int error;		   /* its errno */
	const char *verdict;	   /* the kernel's word for it, "" if it said none */
	const struct event *event; /* all that is known of it; NULL: not asked */
	const char *not_asked;	   /* it was to be tried and could not: why. Else "" */
};

/* The tightest limit of a memory cgroup on the way from the process's own up; bytes. */
struct why_memcg {
	const char
		*path; /* of the cgroup, as /proc/PID/cgroup has it; NULL: not known, or there is no limit */
	uint64_t now, most;
};

/* Who may ask the kernel for a collapse: what a remedy can name. */
enum why_asker {
	WHY_ASKER_HERE, /* thpscope, as this user */
	WHY_ASKER_ROOT, /* thpscope with CAP_SYS_NICE, which this user has not, or the process itself */
	WHY_ASKER_SELF	/* the process itself alone: it is recorded, and not here */
};

/* Of a region in which nothing is mapped: what its PMD entry says, where raw entries are shown. */
enum why_table {
	WHY_TABLE_UNKNOWN, /* they are not: an empty page table looks like none */
	WHY_TABLE_NONE,
	WHY_TABLE_STAYED /* a page table is there, though nothing is in it */
};

/* Everything that is judged. What is not known is so said: UNKNOWN_COUNT, -1 or NULL. */
struct why_facts {
	pid_t pid;
	const char *comm;
	uint64_t addr;		      /* that was asked about */
	uint64_t page_size, pmd_size; /* bytes */
	const struct vma *vma;	      /* with smaps, or vma->smaps NULL */
	const struct region *region;  /* NULL: it holds nothing */
	enum why_table table;
	const struct system_figures *system; /* knobs, release, free_pmd_blocks */
	int64_t thp_enabled; /* THP_enabled of status: 0: PR_SET_THP_DISABLE (fs/proc/array.c, 5.0+) */
	int64_t locked_kb;   /* VmLck */
	int64_t pinned_kb;   /* VmPin: io_uring's and RDMA's long-term pins of the process */
	int64_t uffd_wp;     /* pages of the region with pagemap bit 57 */
	int64_t uffd_marks; /* of the entries that are neither memory nor swap: with bit 57, userfaultfd's markers */
	int64_t off_lru;     /* present pages without KPF_LRU; the zero page is none */
	int64_t unevictable; /* with KPF_UNEVICTABLE */
	int read_only_file;  /* CONFIG_READ_ONLY_THP_FOR_FS: 1 or 0 */
	const char *mount;   /* of tmpfs: its huge= option, "never" if it has none */
	bool memcg_known;    /* memcg says something; else it could not be read */
	struct why_memcg memcg;
	int64_t eligible_slots; /* slots of all VMAs of the process that smaps calls eligible */
	bool frames;		/* page frames and their flags are shown to this user */
	enum why_asker asker;
	bool asks; /* that a collapse will be tried anyway: no need to suggest it */
};

/*
 * Judges. *why is filled but for `asked` and what follows; texts are in the arena, vma and region are those of the
 * facts. Pure; any thread.
 */
void why_judge(const struct why_facts *facts, struct arena *arena, struct why *why);

/* Whether a refusal holds for all of the memory area, whatever is mapped in it. */
bool why_of_vma(const struct why_reason *reason);

/*
 * A remedy of another machine, as it has to read here: `again` is how a command line reaches that machine ("thpscope
 * --via 'ssh HOST thpscope-agent'"), NULL: none does, only the screen. In the arena, or the remedy itself.
 */
const char *why_from_afar(const char *remedy, const char *again, struct arena *arena);

/*
 * After the kernel refused a request for this memory, huge already or not: why, as the end of a sentence, by what
 * is known; else that nothing is. Never "". In the arena, or static.
 */
const char *why_refusal(const struct why_facts *facts, struct arena *arena);

/*
 * The same of a page that could not be had by a write to it (EFAULT, ENOMEM); page is NULL where nothing is. "" where
 * the facts do not tell. Static.
 */
const char *why_no_page(const struct why_facts *facts, const struct page *page);

#endif
