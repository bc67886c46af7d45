/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a region is not huge: reasons from facts, most decisive first. */
#ifndef CORE_WHY_H
#define CORE_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"

/* How sure a reason is. */
enum why_weight {
	WHY_IS,	      /* it already is huge, or cannot be told: nothing else is in the way */
	WHY_DECISIVE, /* alone it keeps the region from being huge */
	WHY_HINDERS,  /* keeps khugepaged or a fault from it now, and may pass */
	WHY_SUSPECTED /* cannot be seen for certain from outside */
};

struct why_reason {
	const char *id; /* stable, for scripts and tests: "vma-too-small", "max-ptes-none" */
	enum why_weight weight;
	const char *text; /* one sentence: the reason */
	const char *
		fact; /* what it rests on, with its value: "khugepaged/max_ptes_none 511, 512 pages missing" */
	const char *remedy; /* what would change it, or "" */
};

struct why {
	const struct why_reason *reasons;
	size_t n;
	bool asked;	     /* a collapse was tried (--ask) */
	int error;	     /* its errno */
	const char *verdict; /* the kernel's word for it, "" if it said none */
};

#endif
