/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMAs are split, changed and merged again: what madvise, mprotect and their like have in common. */
#ifndef MODEL_VMA_CHANGE_H
#define MODEL_VMA_CHANGE_H

#include "model/ops.h"

/*
 * __split_vma(): where a VMA covers addr and does not start there it becomes two; a huge pmd that addr cuts is split. Else
 * nothing. mmap_lock is held for writing. -ENOMEM.
 */
struct split_vma {
	uint32_t mm;
	uint64_t addr;
	uint32_t vma, root, file;
};
extern const struct function split_vma;

/* What of a VMA changes. */
enum vma_field {
	VMA_THP_ADVICE, /* to ADVICE_HUGEPAGE or ADVICE_NOHUGEPAGE */
	VMA_READING,	/* to ADVICE_RANDOM, ADVICE_SEQUENTIAL or ADVICE_NONE */
	VMA_DONTDUMP,	/* to 0 or 1 */
	VMA_PROTECTION, /* to an enum protection; the entries are the caller's */
	VMA_UFFD,	/* to an enum uffd_mode; the entries are the caller's */
};

/* Whether the VMA has it already. */
bool vma_has(const struct kvma *vma, enum vma_field field, unsigned value);

/*
 * The VMAs of a range get another value there: those at its ends are split, and neighbours that no longer differ are
 * merged. mmap_lock is held for writing. -ENOMEM: there is a gap in the range (the rest is changed all the same), or no VMA
 * is left.
 */
struct change_vmas {
	uint32_t mm;
	uint64_t start, end;
	enum vma_field field;
	unsigned value;
	uint64_t addr;
	uint32_t vma, root, file;
	int32_t error;
};
extern const struct function change_vmas;

#endif
