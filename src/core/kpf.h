/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kpageflags bits, as the kernel spells them. */
#ifndef CORE_KPF_H
#define CORE_KPF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * Bits that mainline has not, as words with that bit set: a kernel with page teams announces where they are
 * (thpscope-kernel(7)). 0: it does not.
 */
struct kpf_bits {
	uint64_t team;	   /* a page of a team */
	uint64_t team_pmd; /* of one that is mapped by PMD somewhere */
	uint64_t
		double_map; /* mapped by PMD and by a pte at the same time; of a team, or of a transparent huge page */
};

/*
 * The name of a bit ("LRU", "ANON_EXCLUSIVE"), or NULL for a bit without one. `word` decides what bit 34
 * is: on an ANON page anon-exclusive, else MAPPEDTODISK (fs/proc/page.c, include/linux/page-flags.h 6.x).
 * `bits`: those that the word's kernel announces.
 */
const char *kpf_name(unsigned bit, uint64_t word, const struct kpf_bits *bits);

/* Appends all names of the word's bits, lowest first, with a comma between. */
void kpf_names(uint64_t word, const struct kpf_bits *bits, struct buf *out);

/*
 * Whether bit 21 (KSM) of a kernel of that release tells KSM pages. In 6.12 every anonymous page has it:
 * stable_page_flags (fs/proc/page.c) asks for any bit of PAGE_MAPPING_KSM, of which PAGE_MAPPING_ANON is one. In 6.18 it
 * is right. 6.10 to 6.17 are all taken to be like 6.12, which makes less certain at worst: folios of several pages and
 * anon-exclusive pages are no KSM pages anyway.
 */
bool kpf_ksm_shown(const char *release);

#endif
