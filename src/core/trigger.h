/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a user can make happen to a region, on the specimen and on any other process (design 6). */
#ifndef CORE_TRIGGER_H
#define CORE_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum trigger_kind {
	TRIGGER_COLLAPSE,
	TRIGGER_SPLIT,	     /* the PMD mapping, not the folio */
	TRIGGER_SPLIT_FOLIO, /* the folio, and with it every mapping of it */
	TRIGGER_COW,	     /* a write that changes no byte */
	TRIGGER_FORK,	     /* the specimen alone */
	TRIGGER_KIND_COUNT
};

/* Which of several ways to the same end. */
enum trigger_way {
	TRIGGER_WAY_USUAL,    /* the first of the others that this kernel and process allow */
	TRIGGER_WAY_ADVICE,   /* split: MADV_RANDOM of one page; split-folio: MADV_COLD of one page */
	TRIGGER_WAY_PROTECT,  /* split: mprotect of one page, and back. The specimen alone */
	TRIGGER_WAY_DEBUGFS,  /* split-folio: split_huge_pages */
	TRIGGER_WAY_PUNCH,    /* split-folio: a hole of one page in the file. The specimen alone */
	TRIGGER_WAY_WRITE,    /* cow: the byte that is there, written back */
	TRIGGER_WAY_POPULATE, /* cow: MADV_POPULATE_WRITE of one page */
	TRIGGER_WAY_COUNT
};

struct trigger {
	enum trigger_kind kind;
	enum trigger_way way;
	pid_t pid;
	uint64_t start_time; /* of the process that was meant; 0: whoever has the PID */
	/*
	 * collapse, splits: the regions that [addr, addr + len) touches; cow: the pages. len in bytes; 0: the region, or page,
	 * of addr. source.h's trigger takes that one alone, whatever len is, so that the kernel's verdict is of one region;
	 * whoever wants more calls again. Its plan is for all. A fork: 0, or the region to tell about.
	 */
	uint64_t addr, len;
	int order;   /* split-folio: into folios of this order, where the kernel takes one; -1: 0 */
	bool inject; /* let the process make a call itself, through ptrace (--inject); no collapse */
	bool daemon; /* collapse, in a model without MADV_COLLAPSE: have khugepaged pass by the process instead */
	bool begin; /* where there are tasks (CAP_TASKS): begin one that does it, and take no step */
};

/* "collapse", "split", "split-folio", "cow", "fork"; and "advice", "mprotect", "debugfs", "punch", "write", "populate". */
const char *trigger_name(enum trigger_kind kind);
const char *trigger_way_name(enum trigger_way way);

#endif
