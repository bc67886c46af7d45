/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kpageflags bits, as the kernel spells them. */
#ifndef CORE_KPF_H
#define CORE_KPF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * The name of a bit ("LRU", "ANON_EXCLUSIVE"), or NULL for a bit without one. `word` decides what bit 34
 * is: on an ANON page anon-exclusive, else MAPPEDTODISK (fs/proc/page.c, include/linux/page-flags.h 6.x).
 * team_bit: the kernel's announced KPF_TEAM bit or -1.
 */
const char *kpf_name(unsigned bit, uint64_t word, int team_bit);

/* Appends all names of the word's bits, lowest first, with a comma between. */
void kpf_names(uint64_t word, int team_bit, struct buf *out);

/*
 * Whether bit 21 (KSM) of a kernel of that release tells KSM pages. In 6.12 every anonymous page has it:
 * stable_page_flags (fs/proc/page.c) asks for any bit of PAGE_MAPPING_KSM, of which PAGE_MAPPING_ANON is one. In 6.18 it
 * is right. 6.10 to 6.17 are all taken to be like 6.12, which makes less certain at worst: folios of several pages and
 * anon-exclusive pages are no KSM pages anyway.
 */
bool kpf_ksm_shown(const char *release);

#endif
