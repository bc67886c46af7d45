/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel.h that lets one call of another go wrong: for tests of what stands above. */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include <stddef.h>

#include "core/kernel.h"

/* The calls that can go wrong. */
enum fault_op {
	FAULT_ANY,
	FAULT_TEXT,
	FAULT_PIDS,
	FAULT_PROCESS_OPEN,
	FAULT_PROCESS_TEXT,
	FAULT_PAGEMAP,
	FAULT_SCAN,
	FAULT_FLAGS,
	FAULT_COUNTS,
	FAULT_IDLE_MARK,
	FAULT_IDLE,
	FAULT_CLEAR_REFS,
	FAULT_ENTRIES,
	FAULT_TEAM,
	FAULT_VMA_PAGE_SIZE,
	FAULT_OP_COUNT
};

enum fault_kind {
	FAULT_FAIL, /* the call is not made and gives `err` */
	FAULT_CUT, /* the call is made and its answer cut: a text after `keep` bytes, pagemap, flags, counts and
		       entries after `keep` words, a scan after `keep` ranges (its next follows). Others as they are */
};

struct fault_plan {
	enum fault_op op;
	const char *file; /* FAULT_TEXT, FAULT_PROCESS_TEXT: only calls for this path or name; NULL: all */
	unsigned nth; /* the first call that goes wrong, from 1, counted over those that op and file match */
	unsigned times; /* how many in a row; 0: all from there on */
	enum fault_kind kind;
	int err;     /* FAULT_FAIL: a negative errno */
	size_t keep; /* FAULT_CUT */
};

/*
 * Wraps `inner`, which belongs to the result from now on (kernel_close closes both). The plan is copied, plan->file is
 * not. Capabilities and sizes are those of inner, also its missing calls.
 */
struct kernel *fault_kernel_wrap(struct kernel *inner, const struct fault_plan *plan);

/* How many calls the plan's op and file have matched so far: how far a test that walks through all n must go. */
unsigned fault_calls(const struct kernel *kernel);

#endif
