/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Triggers on the specimen's family, which obliges without being asked twice. */
#ifndef LOCAL_OBLIGE_H
#define LOCAL_OBLIGE_H

#include "core/buf.h"
#include "core/trigger.h"
#include "local/family.h"

struct obliged {
	enum trigger_way way; /* that was gone */
	const char *how;      /* what was called; static */
	int error;	      /* the kernel's answer: an errno, or 0 */
	char reason[256];     /* what that means, in a sentence; "" */
	pid_t child;	      /* of a fork */
};

/* The living member with this PID, or NULL. */
struct member *family_member_of(struct family *family, pid_t pid);

/*
 * Has the member trigger->pid do it, in the region (or page) of trigger->addr, which lies in `vma` (NULL for a fork).
 * 0 and *out if the kernel was asked; else -ESRCH, -EINVAL (not of this memory) or -ENOTSUP (no such way) with a
 * sentence. TRIGGER_WAY_DEBUGFS is not the family's: it works from outside.
 */
int family_trigger(struct family *family, const struct trigger *trigger, const struct vma *vma,
		   struct obliged *out, char *error, size_t size);

/*
 * Appends one line of what family_trigger would call of this member (trigger->pid), in that `vma` (NULL for a fork) whose
 * region is now as `region` (NULL: it holds nothing). 0, or as family_trigger, and also where there is nothing to split or
 * debugfs is missing.
 */
int family_plan(struct family *family, struct member *member, const struct trigger *trigger,
		const struct vma *vma, const struct region *region, struct buf *text, char *error,
		size_t size);

#endif
