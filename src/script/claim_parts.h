/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: the tree that an expression is parsed to. */
#ifndef SCRIPT_CLAIM_PARTS_H
#define SCRIPT_CLAIM_PARTS_H

#include "script/claim.h"

enum claim_kind {
	CLAIM_AND,   /* left and right */
	CLAIM_OR,    /* left or right */
	CLAIM_NOT,   /* not left */
	CLAIM_VMAS,  /* left, of the VMAs of a name or a kind */
	CLAIM_PLACE, /* left, of the regions that from..to touches */
	CLAIM_ALL,   /* left, of each region */
	CLAIM_ANY,   /* left, of one of them */
	CLAIM_COUNT, /* of how many left is true, compared */
	/* comparisons */
	CLAIM_REGION,  /* a field of a region, or of how many */
	CLAIM_MEMORY,  /* how much of the process, or of those VMAs */
	CLAIM_REGIONS, /* how many of the process's regions */
	CLAIM_PROCESS, /* a field of it */
	CLAIM_MACHINE  /* a figure of the machine */
};

/* Sums of memory, as struct kb has them; the words are the format's. */
struct claim_memory {
	const char *word;
	size_t at;	    /* in struct kb */
	bool share;	    /* it is part of what is present */
	enum field missing; /* like this field's is what it may be unknown for; FIELD_COUNT: it is known */
};
const struct claim_memory *claim_memory(unsigned i); /* NULL behind the last */

/* The words for how many regions of a process are in each state, for all of them, and for its fragments. */
#define CLAIM_N_TOTALS (STATE_COUNT + 2)
extern const char *const claim_totals_words[CLAIM_N_TOTALS];

/* The field of a region, by the word of expect or of the snapshot format; FIELD_COUNT. */
enum field claim_region_field(const char *word);

/* All words of a region, of VMAs, of a process, one by one; NULL behind the last. */
const char *claim_region_word(const void *data, size_t i);
const char *claim_memory_word(const void *data, size_t i);
const char *claim_process_word(const void *data, size_t i);

struct claim {
	enum claim_kind kind;
	unsigned set; /* of what is said of all regions that are meant, and not of one: its number */
	const struct claim *left, *right;
	const char *word;	/* of a comparison, as it was written; the name of VMAs */
	enum vma_kind vma_kind; /* VMA_KIND_COUNT: by name */
	uint64_t from, to;
	enum field field;
	unsigned
		nth; /* of claim_memory; of regions: a state, STATE_COUNT for all, STATE_COUNT + 1 for fragments */
	enum compare compare;
	const char *value;	/* NULL: */
	uint64_t share, shares; /* share / shares of the whole */
};

#endif
