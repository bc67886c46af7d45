/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be done in a world: the kernel functions that other files call, by mechanism, and the operations that users
 * of memory begin as tasks.
 *
 * A function is named as the kernel names it, its locals struct likewise; the first fields are its arguments, the rest
 * is its own. A file may change how a function goes on between its steps; nobody looks into another's locals.
 * Unless said otherwise a function takes the locks that it needs itself, returns 0 or a negative errno in task->result, and its
 * caller holds what the line above it says. A range is [start, end) in bytes.
 */
#ifndef MODEL_OPS_H
#define MODEL_OPS_H

/* So many faults at one address help, or none does. */
#define TRIES_MAX 1000

#include "model/task.h"

/* ---- fault.c: from an access to the right handler; anonymous memory's first fault */

/*
 * One access to one page, as the processor makes it: what the tables allow is done at once; else mmap_lock is taken for
 * reading and the fault is handled, again until the access succeeds. The page's content changes if `store`: to
 * `value`, which is kept for expectations; else reading and writing leave it (a write makes it one more).
 * -EFAULT: no VMA, or it forbids it (SIGSEGV; SIGBUS behind a file's end). -ENOMEM.
 */
struct access_page {
	uint32_t mm;
	uint64_t addr;
	bool write, store;
	uint32_t value;
	unsigned tries;
};
extern const struct function access_page;

/* Of the fault handlers: nothing was done, go on with ptes (VM_FAULT_FALLBACK). */
#define FAULT_FALLBACK 1

/* mmap_lock is held for reading. 0: done, or to be tried again. */
struct handle_mm_fault {
	uint32_t mm;
	uint64_t addr;
	bool write;
	uint32_t vma, table;
	uint64_t entry;
};
extern const struct function handle_mm_fault;

/*
 * pte_offset_map_lock(): the pte lock of the table at addr. Result: the table, its lock held (UNLOCK(LOCK_PTE, table)
 * gives it back), or 0: there is none (any more).
 */
struct pte_offset_map_lock {
	uint32_t mm;
	uint64_t addr;
	uint32_t table;
};
extern const struct function pte_offset_map_lock;

/* pte_alloc(): a table of ptes at addr, if nothing is there. Result 0 (a huge page may be there meanwhile), -ENOMEM. */
struct pte_alloc {
	uint32_t mm;
	uint64_t addr;
	uint32_t table, made;
};
extern const struct function pte_alloc;

/* ---- wp.c: write faults on what is mapped read-only (seed 003, facts B) */

/* The pte lock of `table` is held; given back in all cases. entry: the pte as it was seen. */
struct do_wp_page {
	uint32_t mm, vma, table;
	uint64_t addr, entry;
	uint32_t pfn, head;
	bool reuse;
};
extern const struct function do_wp_page;

/*
 * mmap_lock is held for reading; the pmd was seen as `entry`. Anonymous memory's alone; a file's is split by its caller.
 * Result FAULT_FALLBACK: it was split, go on with ptes.
 */
struct do_huge_pmd_wp_page {
	uint32_t mm, vma, table;
	uint64_t addr, entry;
	uint32_t pfn;
	bool locked, reuse, copy;
};
extern const struct function do_huge_pmd_wp_page;

/* ---- split.c: the PMD mapping (not the folio), and the folio */

/*
 * __split_huge_pmd(): anonymous: 512 ptes that map the same; a file's folio: the PMD goes, the ptes come with the next
 * faults; a team: remap_team_by_ptes(). Nothing where no huge pmd is. Takes the pmd lock.
 */
struct split_huge_pmd {
	uint32_t mm;
	uint64_t addr;
	uint32_t table;
	bool team;
};
extern const struct function split_huge_pmd;

/*
 * split_huge_page_to_list(): a folio becomes folios of 2^order pages. mmap_lock may be held or not; the page lock is
 * taken by trylock. -EBUSY: extra references, -EAGAIN: locked, -EINVAL: it is no folio of a greater order, or this kernel
 * makes none of that order. Begins in the caller's step: pfn is what it has just seen.
 */
struct split_folio {
	uint32_t pfn;
	unsigned order;
	uint32_t head;
};
extern const struct function split_folio;

/* The same for who has the page lock and one reference of its own. head: of a folio of a greater order. */
struct split_locked {
	uint32_t head;
	unsigned order;
	uint32_t vma, root, file;
	int32_t error;
};
extern const struct function split_locked;

/* ---- zap.c: munmap, MADV_DONTNEED, exit, truncation's part of page tables */

/* zap_page_range(): mmap_lock is held (read will do), or i_mmap of the file; entries of the range go, tables stay. */
struct zap_range {
	uint32_t mm;
	uint64_t start, end;
	bool keep_cows; /* of a private file mapping: private copies, and swap, stay (zap_details.even_cows) */
	bool reclaim_pt; /* a table of ptes that becomes empty goes (zap_details.reclaim_pt) */
	bool drop_markers; /* of userfaultfd write-protection too: the memory is unmapped for good (ZAP_FLAG_DROP_MARKER) */
	uint64_t addr, next;
};
extern const struct function zap_range;

/* unmap_mapping_range(): pages [first, last] of a file go from all page tables; even_cows: private copies too. */
struct unmap_mapping_range {
	uint32_t file;
	uint64_t first, last;
	bool even_cows, drop_markers; /* zap_range's */
	uint32_t vma;
};
extern const struct function unmap_mapping_range;

/* ---- fork.c, mm's end */

/* dup_mm(): result is the child's index; -ENOMEM, -EAGAIN: no mm is left; -ESRCH: it is about to end. */
struct dup_mm {
	uint32_t mm;
	char name[NAME_MAX_LEN + 1];
	uint32_t child;
	int32_t error;
};
extern const struct function dup_mm;

/* copy_page_range(): what a VMA maps is mapped in its copy too. mmap_lock of both mms is held for writing. -ENOMEM. */
struct copy_page_range {
	uint32_t vma, copy;
	uint64_t addr, next;
};
extern const struct function copy_page_range;

/*
 * exit_mmap() and the end of the process, when nobody else works for the mm any more; its areas go too. -ESRCH: somebody
 * has ended it already.
 */
struct exit_mm {
	uint32_t mm;
	uint32_t vma, file;
	uint64_t addr;
};
extern const struct function exit_mm;

/* iput(): a file that no VMA, no area and no task (kfile.users) has goes with its page cache. */
struct release_file {
	uint32_t file;
};
extern const struct function release_file;

/* ---- mmap.c, mprotect.c, madvise.c, mremap.c, pin.c, hold.c: system calls on memory, with mmap_lock and VMAs */

struct call_mmap {
	uint32_t mm;
	uint8_t kind; /* enum map_kind */
	uint64_t len, skew;
	uint32_t file; /* to map again, or 0: a new one */
	uint32_t
		open; /* the same where the call has it open, with a user of kfile.users that it gives back; or 0 */
	enum advice advice;
	char name[NAME_MAX_LEN + 1];
	bool noreserve; /* PROT_NONE */
	uint32_t vma;
	int32_t error;
};
extern const struct function call_mmap; /* result 0; the area is in world->areas */

struct call_munmap {
	uint32_t mm;
	uint64_t start, end;
	uint32_t vma;
};
extern const struct function call_munmap;

/*
 * A whole VMA goes: its entries, its place in the rmap trees, the tables of ptes that nobody else needs, itself.
 * mmap_lock is held for writing; exit_mmap(), which nobody disturbs, calls it too.
 */
struct unmap_region {
	uint32_t vma;
	uint32_t mm, root, file;
};
extern const struct function unmap_region;

/* Where an area of that length fits, with a huge page of nothing on both sides, `skew` past an aligned address; 0. */
uint64_t area_find(struct world *world, uint32_t mm, uint64_t len, uint64_t skew);

/* A new area of that name, empty; 0: no room. And the one of that name; 0. */
uint32_t area_new(struct world *world, uint32_t mm, const char *name);
uint32_t area_named(const struct world *world, uint32_t mm, const char *name);

struct call_mprotect {
	uint32_t mm;
	uint64_t start, end;
	enum protection protection;
	uint64_t addr, stop, next;
	uint32_t vma;
	int32_t error;
};
extern const struct function call_mprotect;

/* madvise: all words of core/action.h; what the generation does not have is -EINVAL. */
struct call_madvise {
	uint32_t mm;
	uint64_t start, end;
	enum advice advice;
	unsigned way;
	int32_t error;
};
extern const struct function call_madvise;

/* MADV_DONTNEED. */
struct madvise_dontneed {
	uint32_t mm;
	uint64_t start, end;
};
extern const struct function madvise_dontneed;

/* mremap of a whole area to a place `by` bytes past an aligned address. */
struct call_mremap {
	uint32_t mm;
	uint64_t start, end, by;
	uint64_t to, from;
	uint32_t vma;
	int32_t error;
};
extern const struct function call_mremap;

/* Faults until an access of that kind to the page would go through; changes no byte. mmap_lock is held for reading. */
struct faultin_page {
	uint32_t mm;
	uint64_t addr;
	bool write;
	unsigned tries;
};
extern const struct function faultin_page;

/* Long-term pins and plain references (GUP; vmsplice), under a name; -EEXIST. Faults the pages in for writing (pin). */
struct call_pin {
	uint32_t mm;
	uint64_t start, end;
	bool pin;
	char name[NAME_MAX_LEN + 1];
	uint64_t addr;
	uint32_t pfn;
};
extern const struct function call_pin;

/* Lets go of what one record has; and whether something is kept under that name. */
void pin_put(struct world *world, uint32_t pin);
bool name_kept(const struct world *world, const char *name);

/* The device writes into each page that it has pinned under the name. No step in between. -ENOENT. */
struct device_write {
	char name[NAME_MAX_LEN + 1];
	uint32_t value;
};
extern const struct function device_write;

/*
 * Takes mmap_lock, and sleeps until call_release of its name; without a name its next step gives the lock back, whenever
 * it is scheduled.
 */
struct hold_mmap_lock {
	uint32_t mm;
	enum lock_mode mode;
	char name[NAME_MAX_LEN + 1];
};
extern const struct function hold_mmap_lock;

/* Ends what hold, pin or reference of that name have: a holder's lock is given back in its stead. -ENOENT. */
struct call_release {
	char name[NAME_MAX_LEN + 1];
};
extern const struct function call_release;

/* ---- swap.c: reclaim of one page, and its return */

/*
 * shrink_folio_list() of one anonymous page that is mapped: its entries become swap entries, and it is freed if nobody else
 * has it, else it stays in the swap cache. Begins in the caller's step, which has seen the page.
 */
struct pageout {
	uint32_t pfn;
	uint32_t slot, root, vma, table;
	uint64_t addr;
};
extern const struct function pageout;

/* The pte lock is held and given back; `entry` is the swap entry. */
struct do_swap_page {
	uint32_t mm, vma, table;
	uint64_t addr, entry;
	bool write;
	uint32_t pfn, slot;
};
extern const struct function do_swap_page;

/* ---- shmem.c: files, their page cache, faults on them */

/* do_fault(): read, shared and private (COW) faults. mmap_lock is held for reading. Teams: may map by PMD. */
struct do_fault {
	uint32_t mm, vma;
	uint64_t addr;
	bool write;
	uint32_t pfn, copy, table;
	bool mapped;
	int32_t error;
};
extern const struct function do_fault;

/*
 * __do_fault(): the page of a file at an index, made if there is none: a team, a huge folio as the knobs say for this VMA
 * of the file, or one page. Result: its frame, its folio locked and with a reference; -EFAULT: behind the end; -ENOMEM.
 */
struct file_get_page {
	uint32_t file, vma;
	uint64_t index;
	uint32_t pfn, head;
	unsigned order;
	bool team;
};
extern const struct function file_get_page;

/*
 * Maps the huge folio of pfn, which is locked and has a reference for it, by PMD. Result 0; -EAGAIN: something is there;
 * -ENOMEM.
 */
struct do_set_pmd {
	uint32_t vma;
	uint64_t addr;
	uint32_t pfn;
	bool write;
	uint32_t head, table;
};
extern const struct function do_set_pmd;

/* An entry for a page of a file; write: by a write fault. */
uint64_t file_entry(const struct world *world, const struct kvma *vma, uint32_t pfn, bool write);

/* A page gets its place in the page cache, to which a reference is handed over. */
void cache_add(struct world *world, uint32_t file, uint64_t index, uint32_t pfn);

/* Punch a hole, or truncate (end: to the file's end); whole pages. Splits huge folios at the edges, disbands teams. */
struct file_truncate {
	uint32_t file;
	uint64_t first, end; /* pages */
	bool punch;
	uint64_t index, last;
	uint32_t pfn, head;
	bool team;
};
extern const struct function file_truncate;

/* ---- team.c: page teams (seed 002, facts A and F) */

/*
 * New pages (pages_alloc_split) become the team of the file's huge page at `first`, all of them holes. A hole becomes a
 * page of the file; it keeps its reference, for the page cache. No step.
 */
void team_new(struct world *world, uint32_t head, uint32_t file, uint64_t first);
void team_instantiate(struct world *world, uint32_t pfn);

/* Page n of the team is, or now becomes, a page of the file; false: it is no such team any more. No step. */
bool team_populate(struct world *world, uint32_t file, uint64_t first, uint32_t head, uint32_t n);

/* Whether it is the head of the team that has the file's huge page at `first`; that head; a hole of it. 0: none. */
bool team_is(const struct world *world, uint32_t head, uint32_t file, uint64_t first);
uint32_t team_find(struct world *world, uint32_t file, uint64_t index);
uint32_t team_hole(struct world *world, uint32_t file, uint64_t index);

/* The references that a PMD map has: one on the head, or on each page. */
void team_ref_add(struct world *world, uint32_t head, int32_t by);

/* The page lock of a team as a PMD map needs it: of the head, or of each page. The head's own is among those listed. */
bool team_trylock(struct world *world, struct ktask *task, uint32_t head);
void team_unlock(struct world *world, struct ktask *task, uint32_t head);

/*
 * A fault on a page of a team, which is locked and has a reference: maps the whole team by PMD if it can, or says
 * TEAM_FAULT_SMALL, and nothing has changed. Else lock and reference are given back: 0, or -ENOMEM.
 */
#define TEAM_FAULT_SMALL 1
struct team_fault {
	uint32_t vma;
	uint64_t addr;
	uint32_t pfn, head, at;
};
extern const struct function team_fault;

/*
 * The team is locked by the caller (team_trylock), and has the references of a PMD map; both are given back, but for the
 * references if it is mapped.
 */
struct map_team_by_pmd {
	uint32_t mm, vma, head;
	uint64_t addr;
	uint32_t table, deposit;
};
extern const struct function map_team_by_pmd; /* result 0: VM_FAULT_NOPAGE, mapped or raced; -ENOMEM */

struct unmap_team_by_pmd {
	uint32_t mm, vma, head;
	uint64_t addr;
	uint32_t table, deposit;
};
extern const struct function unmap_team_by_pmd;

struct remap_team_by_ptes {
	uint32_t mm;
	uint64_t addr;
	uint32_t table, deposit, head, at;
	uint64_t entry;
};
extern const struct function remap_team_by_ptes;

/*
 * shmem_disband_hugeteam(): unmaps it by PMD everywhere, then it is small pages; holes are freed. The head is locked by the
 * caller, who has a reference to it.
 */
struct disband_team {
	uint32_t head;
	uint32_t vma, at, table;
	uint64_t addr;
	bool found;
};
extern const struct function disband_team;

/*
 * MADV_COLLAPSE of a team that is mapped by ptes, or not at all: mmap_lock is held for writing. addr: of the huge page. Result:
 * enum scan_result.
 */
struct collapse_team {
	uint32_t mm;
	uint64_t addr;
	uint32_t vma, head, table, ptes, n;
	uint64_t index;
	enum scan_result verdict;
};
extern const struct function collapse_team;

/* ---- khugepaged.c, collapse.c, collapse_file.c, retract.c */

/*
 * khugepaged_enter_vma(): the mm gets a slot, where the VMA may be huge, by its advice; or as if it were advised MADV_HUGEPAGE
 * already, which it is about to be. No step.
 */
void khugepaged_enter(struct world *world, uint32_t vma);
void khugepaged_enter_advised(struct world *world, uint32_t vma);

/* Whether THP may be used in a VMA, by knobs and advice (hugepage_vma_check()); asked: by MADV_COLLAPSE. */
bool hugepage_vma_check(const struct world *world, const struct kvma *vma, bool asked);

/* One visit of khugepaged to an mm's slot: the queue of pte-mapped THPs, then all its areas. */
struct khugepaged_scan_mm_slot {
	uint32_t mm;
	uint32_t vma;
};
extern const struct function khugepaged_scan_mm_slot;

/*
 * MADV_COLLAPSE of the whole huge pages in a range, VMA after VMA; takes mmap_lock itself. -ENOMEM: a part of it is not
 * mapped, or no huge page is free. task->verdict: the last one that is no success, else that.
 */
struct madvise_collapse {
	uint32_t mm;
	uint64_t start, end;
	uint64_t addr;
	uint32_t vma;
	int32_t error;
};
extern const struct function madvise_collapse;

/* Anonymous memory, one huge page: mmap_lock is held for reading, and given back. result: enum scan_result. */
struct collapse_huge_page {
	uint32_t mm;
	uint64_t addr;
	bool khugepaged;
	uint32_t vma, table, ptes, folio, anon_vma;
	enum scan_result verdict;
};
extern const struct function collapse_huge_page;

/* A file's page cache, one huge page. result: enum scan_result. */
struct collapse_file {
	uint32_t mm, file;
	uint64_t addr, index; /* where it was asked for, and the first page in the file */
	bool khugepaged;
	uint32_t folio, n, pfn;
	enum scan_result verdict, target;
};
extern const struct function collapse_file;

/* The folio is locked by the caller (seeds 000, 001, 004). result: enum scan_result, of the target. */
struct retract_page_tables {
	uint32_t file, folio;
	uint64_t index;
	uint32_t target_mm; /* 6.1: where the caller itself looks after what could not be done; else 0 */
	uint64_t target_addr;
	bool khugepaged; /* else MADV_COLLAPSE, which leaves others' tables to khugepaged until 6.5 */
	uint32_t vma;
	enum scan_result verdict;
};
extern const struct function retract_page_tables;

/* One address of one mm; result: enum scan_result. Locks as the generation has them are the caller's. */
struct collapse_pte_mapped_thp {
	uint32_t mm;
	uint64_t addr;
	bool install_pmd;
	uint32_t vma, folio;
	enum scan_result verdict;
};
extern const struct function collapse_pte_mapped_thp;

/* try_to_unmap(): all ptes that map a locked folio of a file go, from the page tables of all. */
struct try_to_unmap {
	uint32_t pfn; /* its head */
	uint32_t file, vma, table, n;
	uint64_t index, addr;
};
extern const struct function try_to_unmap;

/*
 * folio_referenced(): who has used a page of a file lately, by its page tables; their young bits are cleared, and it is
 * referenced. Nothing, if it is locked by somebody.
 */
struct folio_referenced {
	uint32_t pfn, file, vma, found;
	uint64_t index;
};
extern const struct function folio_referenced;

/*
 * walk_page_range() as smaps does it: mmap_lock for reading, then into each table of ptes: the pmd is read under RCU, then
 * the lock inside the table is taken.
 */
struct walk_page_range {
	uint32_t mm;
	uint64_t start, end;
	uint64_t addr;
	uint32_t table, present;
};
extern const struct function walk_page_range;

/* "succeeded": the word of a verdict in the tracepoints' format file; "" for SCAN_NOTHING. */
const char *scan_result_word(enum scan_result result);

/* ---- uffd.c: userfaultfd and uprobes */

struct uffd_register {
	uint32_t mm;
	uint64_t start, end;
	bool wp, missing; /* neither: unregister */
	uint64_t addr;
	uint32_t vma;
	int32_t error;
};
extern const struct function uffd_register;

/*
 * UFFDIO_WRITEPROTECT: of a file's memory it installs markers where nothing is mapped (5.19+). off: what was protected is
 * not any more, and the next write faults. -ENOENT: not registered.
 */
struct uffd_writeprotect {
	uint32_t mm;
	uint64_t start, end;
	bool off;
	uint64_t addr, next;
	uint32_t vma;
	int32_t error;
};
extern const struct function uffd_writeprotect;

/*
 * pte_install_uffd_wp_if_needed(): what is left where an entry is taken away and may come back: of a file's memory a marker that
 * it was write-protected; else 0. 5.19+
 */
uint64_t uffd_wp_kept(const struct world *world, uint32_t mm, uint64_t addr, uint64_t entry);

/* UFFDIO_COPY: a new page at each address of the range. -EEXIST: one is there. -ENOENT: not registered. */
struct uffd_copy {
	uint32_t mm;
	uint64_t start, end;
	uint32_t value;
	uint64_t addr;
	uint32_t vma, table, pfn;
	bool shared;
	int32_t error;
};
extern const struct function uffd_copy;

/* A breakpoint: the page of a private file mapping is replaced by a private copy, without a write fault. */
struct uprobe_write {
	uint32_t mm;
	uint64_t addr;
	uint32_t vma, table, pfn, head, copy;
	bool replaced;
};
extern const struct function uprobe_write;

/* ---- actions.c: a script's actions as tasks */

/*
 * Begins what a script's action says (ACTION_MAP .. ACTION_HOLD and the model's own), as a task of that name. 0 and
 * *task, or a negative errno with one sentence in error: -ENOENT a name that is not there, -EINVAL it makes no sense,
 * -ENOTSUP this generation has no such call, -EAGAIN no task is free.
 */
int action_begin(struct world *world, const char *name, const struct action *action, uint32_t *task,
		 char *error, size_t size);

/* Where a target is: 0, or -ENOENT with a sentence. */
int action_place(const struct world *world, const struct target *target, uint32_t *mm, uint64_t *start,
		 uint64_t *len, char *error, size_t size);

#endif
