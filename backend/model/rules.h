/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the kernels that the model can be: one row a generation. Two rows side by side are the lesson:
 * everything else in the model is the same code for all of them.
 *
 * Sources: facts A, B, C of kernel-facts.md and the seeds that they name; each field says which.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/cow.h"

/* MAX_PTE_MAPPED_THP of mm/khugepaged.c (seed 000). */
#define MM_SLOT_ADDRS 8

/* Page teams of huge tmpfs (seed 002). */
enum team_rules {
	TEAM_NONE, /* this kernel has none */
	TEAM_HEAD, /* 4.6-team: a PMD map counts, and takes a reference, on the head alone */
	TEAM_ALL,  /* 6.1-team: on each of its pages, as 6.1 does for a huge page of a file */
};

/* Huge folios in the page cache, and where a PMD map of one is counted (facts B). */
enum file_thp {
	FILE_THP_NONE,	   /* before 4.8 */
	FILE_THP_SUBPAGES, /* 4.8 to 6.1: in compound_mapcount, and in _mapcount of each subpage too */
	FILE_THP_ENTIRE,   /* 6.2+: in _entire_mapcount alone */
};

/* How khugepaged takes the page tables away from in front of a folio that it has just collapsed. */
enum retract_rules {
	RETRACT_NONE, /* there is no collapse of files */
	RETRACT_TRYLOCK, /* under i_mmap write and mmap_lock write, which is only tried; 5.4 to 6.5 (seeds 000, 004) */
	RETRACT_PTLOCK, /* under i_mmap read, the pmd lock and the pte lock; 6.6+ (seed 001) */
};

struct rules {
	const char *name;    /* "5.4": of the generation */
	const char *release; /* "5.4.0": what it says it is */

	/* mmap_lock is called mmap_sem, and pages that are folios today pages: words.h; before 5.8. */
	bool mmap_sem;

	/* A write fault on anonymous memory: the row of core/cow.h's table (seed 003, facts B). */
	enum cow_row cow;

	/* do_huge_pmd_wp_page() judges under the page lock: 4.14+ (reuse_swap_page() wants it). */
	bool wp_huge_locks_page;

	/* PG_double_map: a folio mapped by PMD and by ptes counts one too many in each _mapcount; until 6.1. */
	bool double_map;

	/* PageAnonExclusive, 5.19+. */
	bool anon_exclusive;

	/* A page that may be pinned is copied at fork, not shared: 5.11+ for huge ones. */
	bool fork_copies_pinned;

	/*
	 * exit_mmap() holds mmap_lock: 5.17+ (64591e8605d6); for reading while it unmaps and for writing while it frees tables, as
	 * here: 6.0+.
	 */
	bool exit_locks_mmap;

	enum file_thp file_thp;

	/* kpageflags shows of a tail its head's flags: 6.10+ (fs/proc/page.c of 6.12; facts B). Before, its own. */
	bool flags_of_head;

	/*
	 * pagemap's bit 56 is that of a huge pmd's first page in all of it: until 6.10, and from 6.15 on (fs/proc/task_mmu.c, 6.1:
	 * pagemap_pmd_range(); 6.12 looks at each page; facts B: seen on 6.18).
	 */
	bool pagemap_once_of_head;

	/* do_set_pmd() leaves VM_NOHUGEPAGE and PR_SET_THP_DISABLE alone: 6.12+ (mm/memory.c). */
	bool set_pmd_obeys_vma;

	/* A fault maps by ptes all of a larger folio of shmem, where it fits: after 6.12 (mm/memory.c: finish_fault()); seen on 6.18. */
	bool fault_maps_folio;

	/* A huge folio of which a part is truncated or punched is split, else only emptied there: 5.7+ (mm/shmem.c). */
	bool truncate_splits;

	/* And only as far as the edge needs, so that folios of several orders are left: 6.15+ (facts C: seen on 6.18). */
	bool split_mixed;

	/*
	 * A split into single pages maps the zero page in the place of those of anonymous memory that hold zeros: 6.12+
	 * (mm/migrate.c: try_to_map_unused_to_zeropage()).
	 */
	bool split_drops_zeros;

	enum team_rules teams;

	/* A team is born whole: all its pages are in the cache before anybody finds one. Else each comes when it is wanted. */
	bool team_born_whole;

	/*
	 * remap_team_by_ptes() fills the table first, and the huge pmd is invalid until that takes its place. Else it is empty in
	 * between, and who reads it without its lock takes it for nothing.
	 */
	bool team_pmd_never_none;

	/* Disbanding leaves the pages mapped, by ptes; else the huge pmds are unmapped, and the next access faults. */
	bool disband_remaps;

	/* copy_huge_pmd() copies the entry of a team, rather than leaving the child to fault (seed 002: 4.6-team). */
	bool fork_copies_team;

	/*
	 * mprotect gives an exclusive page its write bit back at once: 6.0+ where ptes map it, 6.2+ where a PMD does. Before,
	 * and else, the next write faults (mm/mprotect.c: can_change_pte_writable()).
	 */
	bool protect_restores_pte, protect_restores_pmd;

	/* Reclaim leaves pages alone that may be pinned: 5.11+. */
	bool reclaim_keeps_pinned;

	/* MADV_POPULATE_READ and MADV_POPULATE_WRITE, 5.14+. */
	bool madv_populate;

	/* They go on behind a gap between VMAs, and then say so; until 6.9 (mm/madvise.c: madvise_walk_vmas()). Since, they stop. */
	bool populate_passes_gaps;

	/* MADV_DONTNEED of all that a table of ptes translates frees it: 6.14+ (mm/pt_reclaim.c). A fault may map a huge page then. */
	bool dontneed_frees_table;

	/*
	 * mremap to another place moves all VMAs of a range, whatever lies between them: 6.17+ (mm/mremap.c: remap_move()). Before,
	 * one, which is all of it.
	 */
	bool mremap_moves_many;

	/*
	 * mremap leaves the userfaultfd behind, which did not ask to be told of it: after 4.6, by 5.4 (fs/userfaultfd.c:
	 * mremap_userfaultfd_prep()); and what was write-protected for it no longer is: 6.13+ (0cef0bb836e3). Before, the bits and
	 * the markers move too, to where nobody heeds them.
	 */
	bool mremap_drops_uffd, mremap_clears_wp;

	/* smaps says THPeligible: 4.20+. */
	bool smaps_eligible;

	/* MADV_GUARD_INSTALL and MADV_GUARD_REMOVE, 6.13+. */
	bool madv_guard;

	/* A folio can be split into folios of more than one page: 6.9+ (mm/huge_memory.c of 6.12). */
	bool split_to_order;

	/* madvise(MADV_COLLAPSE), 6.1+. */
	bool madv_collapse;

	/*
	 * MADV_COLD and MADV_FREE leave a folio whole of which a run of ptes maps all: 6.10+ (mm/madvise.c of 6.12:
	 * madvise_folio_pte_batch()). Before, every one that ptes map is split. And whether others map it is asked of the folio
	 * (folio_maybe_mapped_shared()), not of a page.
	 */
	bool advice_takes_batches;

	/*
	 * They ask only the first page of a folio whether others map it (folio_estimated_sharers()): 6.5+ (2f406263e3e9,
	 * 20b18aada185), until advice_takes_batches. Before, the page that they are at, and MADV_FREE of a huge pmd all pages.
	 */
	bool advice_asks_first_page;

	/* MADV_COLD and MADV_PAGEOUT, 5.4+. */
	bool madv_cold;

	/* khugepaged collapses shmem: 4.8+. */
	bool collapse_file;

	enum retract_rules retract;

	/* How many addresses an mm_slot remembers as pte_mapped_thp (8, seed 000); more are dropped. 0: no such list. */
	unsigned pte_mapped_thp;

	/* collapse_pte_mapped_thp() installs the PMD itself for MADV_COLLAPSE; else the next fault maps it. 6.1+ */
	bool install_pmd;

	/*
	 * collapse_pte_mapped_thp() under mmap_lock for reading, and from SCAN_PMD_NONE too, which is the usual way after a
	 * retract: 6.6+ (seed 001). Before, for writing.
	 */
	bool collapse_mmap_read;

	/* A collapse of anonymous memory takes pages that are shared, or of a larger folio, too: 5.8+ (max_ptes_shared). */
	bool collapse_shared;

	/* It brings pages back from swap (max_ptes_swap): 4.8+. */
	bool collapse_swaps_in;

	/* It wants one page that may be written to: until 6.17 (facts C: SCAN_PAGE_RO). */
	bool collapse_needs_writable;

	/* A collapse of a file takes folios of more than one page: 6.10+ (mm/khugepaged.c of 6.12). */
	bool collapse_large_files;

	/*
	 * It leaves holes as they are until all is copied, then looks whether they still are, and whether a userfaultfd waits
	 * for them: 6.4+ (mm/khugepaged.c of 6.12). Before, the new folio filled them at once. So MADV_COLLAPSE says EBUSY of
	 * too many missing pages (only userfaultfd can forbid them then); and the old pages, which are kept for a way back, are
	 * freed when all is done. Before, as they were copied.
	 */
	bool collapse_rechecks_holes;

	/*
	 * khugepaged looks at files only where `enabled` says always, or with MADV_HUGEPAGE, whatever shmem_enabled says; 5.4
	 * (seed 000: "extra VM_HUGEPAGE"). 6.1 goes by shmem_enabled alone (mm/huge_memory.c: hugepage_vma_check()).
	 */
	bool collapse_file_wants_advice;

	/*
	 * MADV_HUGEPAGE of shared memory makes no slot where shmem_enabled is `advise`: shmem_is_huge() looks at the VMA's flags,
	 * in which it is not yet; 6.1 (mm/khugepaged.c: hugepage_madvise()). In 6.6 the new flags are handed on.
	 */
	bool slot_by_old_advice;

	/*
	 * MADV_COLLAPSE maps a file's folio by PMD where nothing of the process is for 1 GiB around, too, and makes the table of
	 * pmds for that: after 6.12, whose set_huge_pmd() is given the pmd; seen on 6.18 by tests/conform.
	 */
	bool collapse_makes_pmd_table;

	/* collapse_pte_mapped_thp() says SCAN_FAIL of a page that is none of several, else SCAN_PAGE_COMPOUND; 6.1 to 6.6. */
	bool collapse_fails_small;

	/* SCAN_PMD_NONE, SCAN_PMD_MAPPED and SCAN_PTE_MAPPED_HUGEPAGE are told apart from the older verdicts: 6.1+ (facts C). */
	bool scan_tells_mapping;

	/*
	 * collapse_pte_mapped_thp() finds the folio in the page cache and locks it, and knows of no folio by its ptes: 5.9+
	 * (119a5fc16105). What is called 5.4 here is 5.4.0, not 5.4.y, which has it too.
	 */
	bool collapse_locks_folio;

	/* It frees the page table with mmap_lock held (6.1); seed 000 gives it back before. Of RETRACT_TRYLOCK. */
	bool retract_frees_locked;

	/*
	 * retract_page_tables() leaves an mm alone that is exiting: 5.9+ (18e77600f7a1), and in 5.4.y, but not in 5.4.0, as
	 * seed 000 does not.
	 */
	bool retract_checks_exit;

	/* collapse_pte_mapped_thp() locks out rmap walks (i_mmap and anon_vma, for writing) while the table goes: 6.1 to 6.5. */
	bool collapse_locks_rmap;

	/* userfaultfd serves shared memory: 4.11+; and can write-protect it, with markers in its tables: 5.19+. */
	bool uffd_shmem, uffd_wp;

	/*
	 * The checks and orders whose reasons the seeds give. Each is true where the kernel has it; what taking one away
	 * does is what rules_rule() says of it.
	 */
	bool reuse_moves_anon_vma_at_total_1; /* reuse_swap_page(): only if nobody maps any other page of it (003) */
	bool retract_keeps_page_lock; /* the folio's, until the tables are gone: none fills up meanwhile (004) */
	bool retract_locks_i_mmap;    /* while it goes from VMA to VMA (001: for reading will do) */
	bool retract_locks_mmap_write;	/* to take a page table away (004); else for reading */
	bool retract_checks_anon_vma;	/* skip a private mapping that was written (004) */
	bool retract_rechecks_anon_vma; /* and again under the locks (6.1: mmap_lock; 001: the pte lock) */
	bool retract_checks_uffd_wp;	/* skip one armed for userfaultfd write-protect; 5.19+ */
	bool retract_rechecks_uffd_wp;
	bool retract_only_tries; /* mmap_lock by trylock, for the page lock is held (004) */
	bool retract_takes_pmd_lock, retract_takes_pte_lock; /* the one inside the other (001) */
	bool table_freed_after_rcu;			     /* pte_free_defer() (001) */
	bool collapse_checks_present;	/* collapse_pte_mapped_thp(): a swap entry (000) */
	bool collapse_checks_compound;	/* a page that is none of a huge one (000) */
	bool collapse_checks_mapping;	/* a page of another file, or anonymous (000) */
	bool collapse_checks_subpage;	/* a page at the wrong place: uprobe, debugger, MAP_PRIVATE (000) */
	bool collapse_checks_exit;	/* an mm that is exiting (000) */
	bool collapse_locks_mmap_write; /* to look into one (000); else for reading; until 6.5 */
	bool collapse_locks_page; /* the folio's lock, if it looks for the folio; else a reference alone; 5.9+ */
	bool collapse_revalidates_vma; /* collapse_huge_page(): once more when mmap_lock is held for writing */
	bool team_fault_rechecks;      /* the head is locked: is it still this team? (facts F) */
	bool team_map_checks_none; /* map_team_by_pmd(): pmd_none before the page table is allocated (002) */
	bool team_map_rechecks_none; /* and again under the pmd lock: the two races */
	bool team_unmap_rechecks;    /* unmap_team_by_pmd(): still huge, and still this team (002) */
	bool team_rmap_last; /* remap_team_by_ptes(): the team's count goes down after all ptes are there (002) */
};

/* The generations, oldest first; *n of them. Static. */
const struct rules *rules_all(size_t *n);

/* The one of that name, or NULL. */
const struct rules *rules_named(const char *name);

/* What taking a rule away from a row does. */
enum rule_need {
	RULE_ABSENT, /* the row lacks it */
	RULE_NEEDED, /* an invariant breaks in some schedule */
	RULE_COVERED, /* nothing breaks by that alone: it spares work, and another check or a second look says the same */
};

/*
 * A rule that can be taken away: its name, as the field's with '-' ("team-rmap-last"), and what these rules need it for.
 * NULL behind the last one. rules_without clears it: false for a name that is none, or that these rules lack.
 * "page-trans-huge-mapcount" is no field of its own: without it COW_4_5_5 becomes COW_4_5_0 (003).
 */
const char *rules_rule(size_t at, const struct rules *rules, enum rule_need *need);
bool rules_without(struct rules *rules, const char *name);

/*
 * What breaks an invariant though no rule was taken away: the kernel of that row had this bug. It shows only where the
 * two functions are under way at the same time, in two tasks.
 */
struct rules_bug {
	const char *row;	 /* the name of the generation */
	const char *one, *other; /* names of the kernel's functions, as struct function has them */
	const char *what;	 /* one sentence */
	const char *mended;	 /* the commit and its release, or "never merged" */
};

/* The n-th bug of these rules, from 0 on; NULL behind the last one. Static. */
const struct rules_bug *rules_bug(const struct rules *rules, size_t n);

#endif
