/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk of an address through the page tables: which entry of which table, and what is known of that entry. Pure.
 *
 * A stock kernel shows no raw entries. What pagemap and PAGEMAP_SCAN say is called seen; what follows from it,
 * inferred; the rest is unknown.
 */
#ifndef UI_REGION_WALK_H
#define UI_REGION_WALK_H

#include "core/moment.h"

/* As the kernel names them (include/linux/pgtable.h). */
enum walk_level { WALK_PGD, WALK_P4D, WALK_PUD, WALK_PMD, WALK_PTE, WALK_LEVELS };

enum walk_entry {
	WALK_UNKNOWN,
	WALK_TABLE,  /* leads to the next level */
	WALK_LEAF,   /* of PMD or PUD size */
	WALK_ABSENT, /* huge, and no memory behind it: migrating */
	WALK_BARE,   /* empty, or a table in which nothing is mapped: looks the same from outside */
	WALK_PAGE,
	WALK_EMPTY,
	WALK_SWAP,
	WALK_GUARD,
	WALK_OTHER, /* migrating, poisoned, another marker */
	WALK_ENTRIES
};

enum walk_sure { WALK_NOT_KNOWN, WALK_INFERRED, WALK_SEEN };

struct walk_step {
	enum walk_level level;
	unsigned shift, bits; /* where the index lies in the address; 0 bits: not known */
	uint32_t index;
	enum walk_entry entry;
	enum walk_sure sure;
	uint64_t raw; /* the entry's word where the source shows it, or 0 */
};

struct walk {
	struct walk_step steps[WALK_LEVELS]; /* from the top; the last is where the walk ends */
	unsigned n;
	unsigned offset_bits; /* of the address, below the last step's index */
	uint64_t offset;
};

/*
 * Cuts an address into indices, down to its PTE; the sizes are powers of two, in bytes. Tables of one page of 64-bit
 * entries give 4 levels for 4 and 16 KiB pages and 3 for 64 KiB in 48 bits of address (as on x86-64 and arm64;
 * Documentation/arch/arm64/memory.rst). `deep`: the process has addresses beyond 48 bits, so that 4 KiB pages have a
 * P4D. Where pmd_size says that tables are built otherwise (a model's small ones), all are as the lowest if the
 * source shows how many there are above the ptes (`upper`; 0: it does not); else only PMD (without an index) and PTE are given.
 */
void walk_split(struct walk *walk, uint64_t addr, uint64_t page_size, uint64_t pmd_size, bool deep,
		unsigned upper);

/* Whether a process has addresses beyond 48 bits, the kernel's half aside. */
bool walk_deep(const struct process *process);

/* What is known of the address. */
struct walk_facts {
	const struct process *process; /* its regions say which tables there must be */
	const struct region *region;   /* NULL: nothing is mapped there */
	const struct page *page; /* NULL: with `read` the subpage holds nothing, else it is not known (yet) */
	bool read;
	const uint64_t *entries; /* of all levels above the ptes, from the top, or NULL: not shown */
	unsigned n_entries;
	bool hidden; /* no region, but pagemap does not show all that is mapped there */
};

/* Says of each entry what it is, and ends the walk where it ends. */
void walk_judge(struct walk *walk, uint64_t addr, const struct walk_facts *facts);

/* The kernel's name of a level: "PMD". Never NULL. */
const char *walk_level_name(enum walk_level level);
/* A word for an entry: "huge leaf". Never NULL. */
const char *walk_entry_name(enum walk_entry entry);

#endif
