/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The regions that a trigger concerns, before and after it: the one it is for, and others' that map the same memory. */
#ifndef LOCAL_EFFECTS_H
#define LOCAL_EFFECTS_H

#include "local/local_parts.h"

/* What is known of one page. */
struct page_facts {
	bool present;	/* there is memory, with */
	uint64_t frame; /* 0: not shown */
	bool entry;	/* or something else that is not nothing: page.swapped */
	/* By pagemap: mapped more than once, once. Of ptes; else false. */
	bool shared, alone;
};

struct effects {
	struct local_source *local;
	struct event_effect *items; /* the triggered region's first */
	size_t n, room;
	struct vma vma;				   /* of the triggered region; its texts are in the arena */
	uint64_t addr;				   /* that was asked for */
	struct page_facts page_before, page_after; /* of the page of addr */
};

/*
 * Looks at the region of addr in pid and at all of `watch` (NULL: nobody else) that map a frame of it: each is read
 * anew. Where frames are not shown, whoever of the specimen's family has something at the same address is taken along,
 * for effects_after to decide. 0; -EFAULT nothing is mapped at addr; -ESRCH, -EACCES; with a sentence.
 */
int effects_before(struct effects *effects, struct local_source *local, pid_t pid, uint64_t addr,
		   const struct watch *watch, struct arena *arena, char *error, size_t size);

/* A child that was born since: what it has at addr. Before effects_after. */
void effects_add_child(struct effects *effects, pid_t child);

/* Looks at all of them again. Whose frames are not shown stays only if it changed. */
void effects_after(struct effects *effects);

void effects_fini(struct effects *effects);

#endif
