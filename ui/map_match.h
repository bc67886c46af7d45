/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words that a user types, against mappings and regions: for search and filter. Pure.
 *
 * Each word has to fit. It fits a VMA as a part of its name or label, or as its kind ("anon", "heap"), its permissions
 * ("rw", "r-x": two letters at least) or "empty"; it fits a region as the beginning (two letters at least) of its
 * state, backing or mapping: "pte-mapped", "thp" (thp-partial too), "swap" (also of a few pages). Case is ignored.
 */
#ifndef UI_MAP_MATCH_H
#define UI_MAP_MATCH_H

#include "core/moment.h"
#include "ui/prompt.h"

#define MATCH_WORDS_MAX 8

struct match {
	struct match_word {
		const char *text;		     /* into `typed` */
		uint32_t states, backings, mappings; /* a bit for each value that it names */
		bool swapped, empty;
	} words[MATCH_WORDS_MAX];
	unsigned n;		  /* 0: no words, which fits nothing */
	char typed[PROMPT_BYTES]; /* cut into words */
};

/* The words of a text; more than MATCH_WORDS_MAX are left out. The match must not be copied. */
void match_set(struct match *match, const char *text);

/* Whether all words fit the VMA itself; each fits the VMA or the region; each the VMA or some region in it. */
bool match_vma(const struct match *match, const struct vma *vma);
bool match_region(const struct match *match, const struct vma *vma, const struct region *region);
bool match_within(const struct match *match, const struct process *process, const struct vma *vma);

#endif
