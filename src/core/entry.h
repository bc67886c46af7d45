/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw page-table entries: x86-64's, which is where they are shown (arch/x86/include/asm/pgtable_types.h, 6.1). Pure. */
#ifndef CORE_ENTRY_H
#define CORE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

#define ENTRY_BIT_PRESENT 0
#define ENTRY_BIT_PSE 7
#define ENTRY_BIT_PROTNONE 8 /* where PRESENT is clear; else it is GLOBAL */

/* As pte_present() has it: memory that nobody may touch (PROT_NONE) is there too. */
static inline bool entry_is_present(uint64_t word)
{
	return word >> ENTRY_BIT_PRESENT & 1 || word >> ENTRY_BIT_PROTNONE & 1;
}

/*
 * Of an entry above the ptes: whether it maps a huge page itself, or leads to a table. PSE stays while a huge page is being
 * split and its entry is not present (pmd_present()), and no swap or migration entry has it.
 */
static inline bool entry_is_leaf(uint64_t word)
{
	return word >> ENTRY_BIT_PSE & 1;
}
static inline bool entry_is_table(uint64_t word)
{
	return entry_is_present(word) && !entry_is_leaf(word);
}

/*
 * Appends the names of a present entry's bits, with a blank between: "PRESENT RW USER ACCESSED DIRTY PSE NX", "ACCESSED PSE
 * PROTNONE NX". Nothing of one that is not present, whose other bits are a swap entry's. `pte`: bit 7 is PAT there.
 */
void entry_names(uint64_t word, bool pte, struct buf *out);

#endif
