/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree.json, what a recorded tree says of itself. */
#ifndef TREE_ABOUT_H
#define TREE_ABOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define TREE_FORMAT "thpscope-tree/1"

struct about {
	uint64_t page_size, pmd_size; /* bytes */
	bool vma_page_size;	      /* the recorded kernel told the page size of a VMA */
	uint32_t capabilities;	      /* 1 << enum capability */
	int64_t wall_ns;	      /* when it was recorded, ns since 1970; 0: not said */
};

/*
 * Parses a whole tree.json. Returns 0, or -EBADMSG and in `error` (size bytes) what is wrong with it. Pure.
 */
int about_parse(const char *text, size_t len, struct about *about, char *error, size_t size);

/* Appends tree.json, as about_parse reads it. */
void about_write(const struct about *about, struct buf *out);

#endif
