/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model kernel's state: page frames, page tables, mms, VMAs, files, locks and tasks, all in one block of memory with
 * indices between them, so that a copy of the block is a copy of the world: time goes back by copying, and the explorer
 * compares and hashes it.
 *
 * Names are the kernel's, with a `k` in front where core/ has the name already. An index of 0 means none everywhere: the
 * first element of each array stays unused (frame 0 is no memory either).
 *
 * A world is used by one thread at a time. Nothing here allocates after world_new: what runs out fails as the kernel's
 * allocation would (0 is returned), and world.c says which.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/action.h"
#include "model/rules.h"

#define PAGE_SHIFT 12
#define PAGE_BYTES (UINT64_C(1) << PAGE_SHIFT)
#define TABLE_LEVELS 4 /* 1: ptes, 2: pmds, 3: puds, 4: the pgd */

/* How much there is of everything. */
struct extent {
	unsigned
		order; /* of a huge page, and bits of an address that each level of tables takes: 9; 2 in small worlds */
	bool fine;	 /* each pte is a step of its own; else a loop over ptes is one step */
	uint32_t frames; /* rounded up to a huge page */
	uint32_t tables, mms, vmas, files, cached, anon_vmas, swaps, tasks, pins, areas;
};

/*
 * Of a world for scripts and screens (order 9, 64 MiB), and of the smallest that all mechanisms fit in (order 2), where a
 * loop over ptes is one step all the same.
 */
struct extent extent_usual(void);
struct extent extent_small(void);

/* Locks. A spinlock is one that is only ever taken for writing. `writer` and bits of `readers`: tasks. */
struct lock {
	uint32_t writer, readers;
};

enum lock_kind {
	LOCK_NONE,
	LOCK_MMAP,	 /* mmap_lock of an mm */
	LOCK_I_MMAP,	 /* i_mmap_rwsem of a file's mapping */
	LOCK_ANON_VMA,	 /* its rwsem; of the root */
	LOCK_PAGE,	 /* a page's, the head's of a folio */
	LOCK_PMD,	 /* of the table that the pmd is in */
	LOCK_PTE,	 /* of the table of ptes */
	LOCK_KHUGEPAGED, /* khugepaged_mm_lock */
	LOCK_MM_USERS,	 /* free when no other task works for this mm (mm_users): for who ends it */
	LOCK_KIND_COUNT
};

enum lock_mode { LOCK_READ, LOCK_WRITE };

struct lock_id {
	enum lock_kind kind : 8;
	enum lock_mode mode : 8;
	uint32_t object; /* index into what it belongs to: mms, files, anon_vmas, pages, tables */
};

/* A page frame's descriptor, struct page. */
enum page_use {
	PAGE_FREE,
	PAGE_SMALL, /* a folio of one page */
	PAGE_HEAD,  /* of a folio of `order` */
	PAGE_TAIL,
	PAGE_ZERO, /* the zero page, and each page of the huge one; never counted */
};

struct kpage {
	struct lock lock;
	uint32_t head;	    /* of a tail: its folio's head */
	uint8_t use, order; /* order: of a folio's head; a huge zero page has PMD order in all */
	bool anon : 1, swapbacked : 1, dirty : 1, uptodate : 1, lru : 1, referenced : 1;
	bool exclusive : 1;	  /* PageAnonExclusive; of a folio mapped by PMD the head's holds for all */
	bool double_map : 1;	  /* PG_double_map, of an anonymous folio's head: counted in each _mapcount */
	bool file_double_map : 1; /* of a file's: ptes have mapped it since nobody did; no count goes by it */
	bool team : 1;		  /* PG_team */
	bool hole : 1; /* allocated for a team and not in the page cache yet: mapping and index are set in the head alone */
	int32_t mapcount;    /* _mapcount + 1 */
	int32_t entire;	     /* compound_mapcount + 1, of the head */
	int32_t count;	     /* _refcount, of a folio's head */
	int32_t pins;	     /* of count: long-term pins; of a folio's head */
	uint32_t mapping;    /* anon: an anon_vma; else a file */
	uint64_t index;	     /* in pages: of the file, or of the address space for anonymous memory */
	uint32_t data;	     /* what is in it, in one number: 0 for zeros */
	uint32_t team_usage; /* of a team's head (seed 002): pages instantiated + PMD maps */
	uint32_t swap;	     /* its slot while it is in the swap cache */
};

/* A page table, at any level. */
enum table_use { TABLE_FREE, TABLE_USED, TABLE_DEPOSITED, TABLE_DEFERRED /* to be freed after RCU */ };

struct table {
	struct lock lock; /* level 1: the pte lock; level 2: the pmd lock of all entries in it */
	uint8_t use, level;
	uint32_t mm;
	uint32_t
		deposit; /* level 2: the first of the tables deposited for its huge entries, a list by `next` */
	uint32_t next;
	uint32_t watchers; /* DEFERRED: bits of the tasks whose RCU read sections it waits for */
};

/*
 * An entry, as x86-64 has it (arch/x86/include/asm/pgtable_types.h): what `entries` of kernel.h shows is this very word.
 * A pointer to a lower table has ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER and in its frame bits TABLE_FRAME + index, for
 * tables have no frame of their own here.
 */
#define ENTRY_PRESENT (UINT64_C(1) << 0)
#define ENTRY_WRITE (UINT64_C(1) << 1)
#define ENTRY_USER (UINT64_C(1) << 2)
#define ENTRY_YOUNG (UINT64_C(1) << 5)
#define ENTRY_DIRTY (UINT64_C(1) << 6)
#define ENTRY_HUGE (UINT64_C(1) << 7)
#define ENTRY_UFFD_WP (UINT64_C(1) << 10)
#define ENTRY_FRAME(pfn) ((uint64_t)(pfn) << PAGE_SHIFT)
#define TABLE_FRAME UINT64_C(0x8000000)
/* Not present: a swap entry has its slot above ENTRY_SWAP; a marker of userfaultfd is ENTRY_MARKER alone. */
#define ENTRY_SWAP (UINT64_C(1) << 1)
#define ENTRY_MARKER (UINT64_C(1) << 9)
#define ENTRY_SWAP_SLOT(slot) ((uint64_t)(slot) << PAGE_SHIFT)

static inline bool entry_present(uint64_t entry)
{
	return entry & ENTRY_PRESENT;
}

static inline bool entry_swapped(uint64_t entry)
{
	return !entry_present(entry) && entry & ENTRY_SWAP;
}

static inline bool entry_huge(uint64_t entry)
{
	return entry_present(entry) && entry & ENTRY_HUGE;
}

/* Points to a table of the level below. */
static inline bool entry_table(uint64_t entry)
{
	return entry_present(entry) && !(entry & ENTRY_HUGE) && entry >> PAGE_SHIFT >= TABLE_FRAME;
}

static inline uint32_t entry_pfn(uint64_t entry)
{
	return (uint32_t)(entry >> PAGE_SHIFT & 0xffffffff);
}

static inline uint32_t entry_to_table(uint64_t entry)
{
	return (uint32_t)((entry >> PAGE_SHIFT) - TABLE_FRAME);
}

enum rss { RSS_ANON, RSS_FILE, RSS_SHMEM, RSS_SWAP, RSS_COUNT };

/* An address space, and the process that has it. */
struct mm {
	struct lock lock;  /* mmap_lock */
	struct lock users; /* LOCK_MM_USERS */
	uint32_t
		grabbed; /* visits of khugepaged that are under way: mm_count keeps it, though mm_users is 0 */
	uint32_t maker;	 /* the task that is still copying into it (fork), or 0: one of its users */
	bool used;
	bool exiting;	   /* mm_users is 0: hpage_collapse_test_exit() */
	bool has_slot;	   /* khugepaged knows it (an mm_slot): it has, or had, an area that may be huge */
	bool thp_disabled; /* PR_SET_THP_DISABLE */
	char name[NAME_MAX_LEN + 1];
	pid_t pid, parent;
	uint32_t pgd;
	int64_t rss[RSS_COUNT]; /* pages */
	int64_t nr_ptes;	/* tables of ptes, deposited ones too */
	unsigned nr_pte_mapped_thp;
	uint64_t pte_mapped_thp[MM_SLOT_ADDRS];
	uint64_t scan; /* where khugepaged goes on in it */
	uint64_t next; /* where the next area is mapped */
};

enum kvma_kind { KVMA_ANON, KVMA_SHARED, KVMA_PRIVATE }; /* KVMA_SHARED, KVMA_PRIVATE: of a file */

struct kvma {
	bool used;
	uint8_t kind; /* enum kvma_kind */
	bool read, write;
	bool hugepage, nohugepage; /* VM_HUGEPAGE, VM_NOHUGEPAGE */
	bool uffd_wp, uffd_missing;
	bool dontfork, wipeonfork;
	uint8_t reading; /* enum advice: random, sequential, or ADVICE_NONE */
	bool dontdump;	 /* VM_DONTDUMP: nothing that a script sets; what splits a VMA for a moment */
	uint32_t mm, file, anon_vma;
	uint64_t start, end; /* bytes */
	uint64_t pgoff; /* pages: of the file; of anonymous memory the address where it was first mapped */
	char name[NAME_MAX_LEN + 1];
};

/* Who may have a private page: the VMAs with this anon_vma, or with one that descends from it by fork. */
struct anon_vma {
	struct lock lock; /* of the root's alone */
	bool used;
	uint32_t parent, root; /* root: itself for the first of a family */
};

/* A file with its page cache. */
struct kfile {
	struct lock i_mmap;
	bool used;
	bool shmem; /* tmpfs or memfd; else a file of a disk */
	bool team;  /* on a tmpfs mounted huge=team */
	uint32_t
		users; /* tasks that keep it though no VMA may have it any more (get_file()); then release_file */
	uint32_t
		cache; /* of world.cached: the first of `room` entries, one a page of the file, 0 or its frame */
	uint32_t room;
	uint64_t size; /* pages, i_size */
	char name[NAME_MAX_LEN + 1];
};

/* Pages that were swapped out. */
struct swap {
	uint32_t users; /* entries that point to it, and one for the swap cache */
	uint32_t data;
	uint32_t cached; /* the page in the swap cache, whose `swap` it is; or 0 */
};

/* What somebody outside holds of a page. */
struct pin {
	bool used, pin; /* pin: FOLL_PIN, for a device to write; else a plain reference */
	char name[NAME_MAX_LEN + 1];
	uint32_t pfn;	/* the first page itself */
	uint32_t pages; /* so many, one behind another */
};

/* A name that a script gave to memory: it stays when the VMAs there are split. */
struct area {
	bool used;
	uint8_t kind; /* enum map_kind */
	uint32_t mm, file;
	uint64_t start, len; /* bytes */
	char name[NAME_MAX_LEN + 1];
};

/* THP knobs, as sysfs has them. */
enum thp_mode { THP_NEVER, THP_MADVISE, THP_ALWAYS };
enum shmem_mode { SHMEM_NEVER, SHMEM_ADVISE, SHMEM_WITHIN_SIZE, SHMEM_ALWAYS, SHMEM_DENY, SHMEM_FORCE };

struct knobs {
	enum thp_mode enabled;
	enum shmem_mode shmem_enabled;
	unsigned max_ptes_none, max_ptes_swap, max_ptes_shared;
	bool use_zero_page;
};

/* Counters of /proc/vmstat and /proc/meminfo that huge pages move. */
enum stat {
	STAT_THP_FAULT_ALLOC,
	STAT_THP_FAULT_FALLBACK,
	STAT_THP_COLLAPSE_ALLOC,
	STAT_THP_FILE_ALLOC,
	STAT_THP_FILE_MAPPED,
	STAT_THP_SPLIT_PAGE,
	STAT_THP_SPLIT_PMD,
	STAT_THP_ZERO_PAGE_ALLOC,
	STAT_PAGES_COLLAPSED,
	STAT_FULL_SCANS,
	STAT_SHMEM_HUGEPAGES, /* complete teams, and huge folios of shmem: in huge pages */
	STAT_SHMEM_PMDMAPPED, /* those of them that a PMD maps somewhere (NR_SHMEM_PMDMAPPED) */
	STAT_SHMEM_FREEHOLES, /* pages of teams that are not instantiated */
	STAT_COUNT
};

/* The first thing that went wrong: a violated invariant. */
struct violation {
	bool found;
	uint64_t step;	/* of the world */
	char task[32];	/* whose step broke it; "" */
	char where[48]; /* the function and step */
	char text[120]; /* what is wrong, in one sentence */
};

struct ktask;

struct world {
	struct rules rules;
	struct extent extent;
	struct knobs knobs;
	size_t bytes; /* of the whole block */
	bool fine;    /* as extent.fine, unless it was changed */
	uint64_t steps;
	uint32_t next_pid;
	uint32_t last_table;	       /* the one that table_new gave out last */
	uint32_t deferred;	       /* tables that wait for RCU */
	uint32_t first_free;	       /* the lowest frame that is free; extent.frames: none is */
	uint32_t zero_page, huge_zero; /* frames; huge_zero 0: not made yet */
	struct lock khugepaged;	       /* khugepaged_mm_lock */
	uint32_t khugepaged_mm;	       /* which mm is next */
	uint64_t stat[STAT_COUNT];
	struct violation violation;
	uint32_t running; /* the task that is in a step, or 0 */
	uint64_t born;	  /* tasks that ever began */
	/* Arrays in the same block, of the lengths in `extent`. */
	struct kpage *pages;
	struct table *tables;
	uint64_t *entries;
	struct mm *mms;
	struct kvma *vmas;
	struct kfile *files;
	uint32_t *cached;
	struct anon_vma *anon_vmas;
	struct swap *swaps;
	struct pin *pins;
	struct area *areas;
	struct ktask *tasks;
};

/* world.c. world_new never returns NULL; world_free frees; a copy is between worlds of one extent. */
struct world *world_new(const struct rules *rules, const struct extent *extent);
void world_free(struct world *world);
struct world *world_clone(const struct world *world);
void world_copy(struct world *to, const struct world *from);

/* Pages of a huge page; bytes of one; the pages of a folio, given any page of it. */
static inline uint32_t huge_nr(const struct world *world)
{
	return UINT32_C(1) << world->extent.order;
}

static inline uint64_t huge_bytes(const struct world *world)
{
	return PAGE_BYTES << world->extent.order;
}

/* Behind the last address that a process can have: half of what the tables translate. */
static inline uint64_t address_limit(const struct world *world)
{
	return UINT64_C(1) << (PAGE_SHIFT + world->extent.order * TABLE_LEVELS - 1);
}

static inline uint64_t huge_start(const struct world *world, uint64_t addr)
{
	return addr & ~(huge_bytes(world) - 1);
}

/* The first violation is kept: later ones follow from it. */
void world_violated(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* frames.c: page frames. */

/* A folio of 2^order pages with one reference, its content zeros; 0: no such block is free. Lowest address first. */
uint32_t folio_alloc(struct world *world, unsigned order);

/* 2^order pages, each a folio of its own with one reference (split_page()); 0. */
uint32_t pages_alloc_split(struct world *world, unsigned order);

/* The first page of the folio that a page belongs to (folio_head()), and how many it has (folio_nr()). */
static inline uint32_t folio_head(const struct world *world, uint32_t pfn)
{
	return world->pages[pfn].use == PAGE_TAIL ? world->pages[pfn].head : pfn;
}

static inline uint32_t folio_nr(const struct world *world, uint32_t pfn)
{
	return UINT32_C(1) << world->pages[folio_head(world, pfn)].order;
}

static inline struct kpage *page_at(struct world *world, uint32_t pfn)
{
	return &world->pages[pfn];
}

/* Whether it belongs to a folio of PMD order (the huge zero page too). */
bool page_huge(const struct world *world, uint32_t pfn);

/* One reference more or less on the page's folio. The last one frees it: it must be mapped nowhere. */
void folio_get(struct world *world, uint32_t pfn);
void folio_put(struct world *world, uint32_t pfn);
void folio_ref_add(struct world *world, uint32_t pfn, int32_t by);

/* Free blocks of PMD order, aligned. */
uint32_t frames_free_huge(const struct world *world);

/* tables.c: page tables. Freed ones must not be looked at: that is a violation, told by each of these. */

/* A new, empty table; 0: none is left. Level 1 counts in nr_ptes only when it is put to use. */
uint32_t table_new(struct world *world, uint32_t mm, unsigned level);
void table_free(struct world *world, uint32_t table);

/* pte_free_defer(): freed when every task that is in an RCU read section now has left it. */
void table_free_deferred(struct world *world, uint32_t table);

/* Called when a task has left its last RCU read section, or spinlock. */
void tables_rcu_left(struct world *world, uint32_t task);

/* The entry at an index of a table. */
uint64_t *table_entry(struct world *world, uint32_t table, unsigned at);

/*
 * The table of level 2 that has the pmd of addr, with those above it, which are made if `make`; 0: there is none (no
 * memory). Tables above it are never freed before the mm's exit: the mechanisms here are about the lowest two levels.
 */
uint32_t pmd_table(struct world *world, uint32_t mm, uint64_t addr, bool make);

/* Frees that table, if there is one, which has to be empty, and which nobody may be about to look for. */
void pmd_table_free(struct world *world, uint32_t mm, uint64_t addr);

/* The index of addr in its table of that level. */
static inline unsigned table_index(const struct world *world, uint64_t addr, unsigned level)
{
	return addr >> (PAGE_SHIFT + world->extent.order * (level - 1)) & (huge_nr(world) - 1);
}

/* The pmd of addr, or NULL where there is no table for it. */
uint64_t *pmd_of(struct world *world, uint32_t mm, uint64_t addr);

/* The pte of addr, or NULL: no table of ptes is there (nothing, or a huge page). */
uint64_t *pte_of(struct world *world, uint32_t mm, uint64_t addr);

/* What maps addr: the pte, or the huge pmd with the frame of addr's own page in it; 0. */
uint64_t leaf_of(struct world *world, uint32_t mm, uint64_t addr);

/* A pmd that points to a table of ptes. */
uint64_t entry_to(uint32_t table);

/* pgtable_trans_huge_deposit() and withdraw: of the table of level 2 that has the pmd. withdraw 0: there was none. */
void table_deposit(struct world *world, uint32_t pmd_table, uint32_t table);
uint32_t table_withdraw(struct world *world, uint32_t pmd_table);

/* mm.c: mms, VMAs, files, anon_vmas, swap. */

uint32_t mm_new(struct world *world, const char *name, uint32_t parent); /* 0: none is left */
/* The process of that name, unless it is about to end; 0. */
uint32_t mm_named(const struct world *world, const char *name);
uint32_t mm_of_pid(const struct world *world, pid_t pid);

uint32_t vma_new(struct world *world, uint32_t mm, uint64_t start, uint64_t end);
uint32_t vma_at(const struct world *world, uint32_t mm, uint64_t addr); /* 0: nothing is mapped there */
uint32_t vma_next(const struct world *world, uint32_t mm,
		  uint64_t addr); /* find_vma(): the first that ends behind addr */
uint32_t vma_split(struct world *world, uint32_t vma, uint64_t addr); /* the upper half; 0: no room */

/* Forgets a VMA, and its anon_vma where nobody else has it. Page tables and rmap locks are the caller's (unmap_region). */
void vma_free(struct world *world, uint32_t vma);
void vma_merge(struct world *world, uint32_t mm); /* neighbours that do not differ become one */
/* Whether that VMA would become one with a neighbour, were it like that. */
bool vma_would_merge(const struct world *world, uint32_t vma, const struct kvma *like);

/* The page of a VMA at addr as an index of its file, or of its anonymous memory; and back. */
static inline uint64_t vma_index(const struct kvma *vma, uint64_t addr)
{
	return vma->pgoff + ((addr - vma->start) >> PAGE_SHIFT);
}

static inline uint64_t vma_address(const struct kvma *vma, uint64_t index)
{
	return vma->start + ((index - vma->pgoff) << PAGE_SHIFT);
}

/*
 * An entry for a page of a VMA by its protection, read-only, neither young nor dirty: vm_page_prot. ENTRY_USER is missing
 * where nothing may be done (PROT_NONE; x86 clears PRESENT instead, and has a bit for it).
 */
static inline uint64_t vma_entry(const struct kvma *vma, uint32_t pfn)
{
	return ENTRY_PRESENT | (vma->read || vma->write ? ENTRY_USER : 0) | ENTRY_FRAME(pfn);
}

/* maybe_mkwrite(). */
static inline uint64_t vma_write_bit(const struct kvma *vma)
{
	return vma->write ? ENTRY_WRITE : 0;
}

/* The whole huge range of addr lies in the VMA, and is aligned in the file as in memory (transhuge_vma_suitable()). */
bool vma_fits_huge(const struct world *world, const struct kvma *vma, uint64_t addr);

/* Its anon_vma; if it has none, a neighbour's that will do, or a new one (anon_vma_prepare()); 0: none is left. */
uint32_t vma_anon_vma(struct world *world, uint32_t vma);

/* Whether anon_vma `young` is `old` or descends from it. */
bool anon_vma_descends(const struct world *world, uint32_t young, uint32_t old);

uint32_t file_new(struct world *world, const char *name, uint64_t pages); /* rounded up to a huge page; 0 */
/* Where such a file would have its part of the page cache: the first gap; 0: there is none. */
uint32_t file_room(const struct world *world, uint64_t pages);
uint32_t *file_page(struct world *world, uint32_t file,
		    uint64_t index); /* its entry in the page cache; NULL behind its room */

uint32_t swap_new(struct world *world, uint32_t data); /* one user; 0: swap is full */
void swap_put(struct world *world, uint32_t slot);

/* A page without a slot enters the swap cache under this one; it leaves it again (delete_from_swap_cache()). */
void swap_cache_add(struct world *world, uint32_t pfn, uint32_t slot);
void swap_cache_delete(struct world *world, uint32_t pfn);

/* try_to_free_swap(): no entry leads to the slot of a page in the swap cache: the cache, and its reference, go. */
bool swap_free_cached(struct world *world, uint32_t head);

/* rmap.c: mapcounts, as the generation keeps them. */

/*
 * A new folio becomes anonymous memory of a VMA that has an anon_vma, its first page at addr; on the LRU, and its
 * mapper's own (folio_add_new_anon_rmap()). The mapping is counted by the caller: rmap_add_pte or rmap_add_pmd.
 */
void folio_set_anon(struct world *world, uint32_t head, uint32_t vma, uint64_t addr);

/* page_move_anon_rmap(): all of its folio now belongs to the anon_vma of this VMA alone. Page lock held. */
void folio_move_anon(struct world *world, uint32_t pfn, uint32_t vma);

/* Which RSS counter its mappings are in. */
enum rss page_rss(const struct world *world, uint32_t pfn);

/* Whether a PMD that maps it has a page table deposited: anonymous memory, teams and the huge zero page do on x86. */
bool pmd_deposits(const struct world *world, uint32_t head);

/* One mapping more or less of one page by a pte. */
void rmap_add_pte(struct world *world, uint32_t pfn);
void rmap_remove_pte(struct world *world, uint32_t pfn);

/* One mapping more or less of a folio, or a team, by a PMD; pfn: its head. References are the caller's affair. */
void rmap_add_pmd(struct world *world, uint32_t head);
void rmap_remove_pmd(struct world *world, uint32_t head);

/*
 * A PMD mapping of a folio becomes a pte mapping of each of its pages: what __split_huge_pmd_locked() does to the counts
 * (double_map), with the references.
 */
void rmap_split_pmd(struct world *world, uint32_t head);

/* seed 003 and its generation's rule: mappings by PMD and by ptes alike. */
int32_t page_trans_huge_mapcount(const struct world *world, uint32_t pfn, int32_t *total_mapcount);
int32_t page_mapcount(const struct world *world, uint32_t pfn); /* what kpagecount shows */

/* References that no mapping, no page cache and no swap cache explains: pins and the like. */
int32_t folio_extra_refs(const struct world *world, uint32_t pfn);

/* A team's two edges (seed 002): its PMD maps by team_usage, which the first and the last move ShmemPmdMapped by. */
void team_rmap_add(struct world *world, uint32_t head);
void team_rmap_remove(struct world *world, uint32_t head);
uint32_t team_head(const struct world *world, uint32_t pfn);
bool team_pmd_mapped(const struct world *world, uint32_t head);

/*
 * All VMAs that may map page `index` of a file, or any of pages [first, last], or an anonymous page: the next one behind
 * `after` (0: the first), a child's behind its parent's; 0: no more. Mapped or not is for the caller to see.
 */
uint32_t rmap_next_range(const struct world *world, uint32_t file, uint64_t first, uint64_t last,
			 uint32_t after);
uint32_t rmap_next_file(const struct world *world, uint32_t file, uint64_t index, uint32_t after);
uint32_t rmap_next_anon(const struct world *world, uint32_t anon_vma, uint64_t index, uint32_t after);

/* check.c: invariants (design 7). */

/*
 * Recounts everything from the page tables: mapcounts, references, team_usage, RSS, nr_ptes, ShmemPmdMapped, swap, the
 * page cache; true while all are equal. With unfinished tasks only what must hold in the middle of an operation is looked at:
 * no entry leads to a free page or table. What is wrong is in world->violation.
 */
bool world_check(struct world *world);

#endif
