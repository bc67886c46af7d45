/* SPDX-License-Identifier: GPL-2.0-or-later */
/* madvise's walks over pages. */
#ifndef MODEL_MADVISE_H
#define MODEL_MADVISE_H

#include "model/ops.h"

/* MADV_COLD, MADV_PAGEOUT and MADV_FREE of a range. mmap_lock is held for reading. Gaps are passed over. */
struct madvise_pages {
	uint32_t mm;
	uint64_t start, end;
	enum advice advice;
	uint64_t addr, stop; /* stop: of the huge page of addresses, or of the range */
};
extern const struct function madvise_pages;

#endif
