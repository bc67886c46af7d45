/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a refusal of the kernel means, in one sentence. */
#include "local/family.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const calls[] = {
	[SPECIMEN_CALL_NONE] = "it",
	[SPECIMEN_CALL_MMAP] = "mmap",
	[SPECIMEN_CALL_MUNMAP] = "munmap",
	[SPECIMEN_CALL_MREMAP] = "mremap",
	[SPECIMEN_CALL_MPROTECT] = "mprotect",
	[SPECIMEN_CALL_MADVISE] = "madvise",
	[SPECIMEN_CALL_MEMFD] = "memfd_create",
	[SPECIMEN_CALL_OPEN] = "creating a file in $TMPDIR, /var/tmp or /tmp",
	[SPECIMEN_CALL_TEAM] = "creating a file of page teams",
	[SPECIMEN_CALL_REOPEN] = "opening the other area's file in /proc",
	[SPECIMEN_CALL_FTRUNCATE] = "ftruncate",
	[SPECIMEN_CALL_FALLOCATE] = "fallocate",
	[SPECIMEN_CALL_ACCESS] = "access",
	[SPECIMEN_CALL_FORK] = "fork",
	[SPECIMEN_CALL_SOCKETPAIR] = "socketpair",
	[SPECIMEN_CALL_USE] = "use",
};
_Static_assert(sizeof(calls) / sizeof(calls[0]) == SPECIMEN_CALL_COUNT, "a name for each call");

/* MADV_COLLAPSE's errors (madvise_collapse_errno, mm/khugepaged.c; facts C). */
static const char *collapse_hint(const struct family *family, int error)
{
	if (error == EINVAL && !(family->abilities & SPECIMEN_HAS_COLLAPSE))
		return "this kernel has no MADV_COLLAPSE, Linux 6.1 and later have";
	if (error == EINVAL)
		return "the kernel refused before it looked at any page; 'why' tells the reasons";
	if (error == ENOMEM)
		return "no free huge page, or part of the range is not mapped";
	if (error == EBUSY)
		return "the memory cgroup is at its limit, or pages are missing";
	if (error == EAGAIN)
		return "pages were busy, pinned or locked: try again";
	return NULL;
}

static const char *map_hint(const struct action *action, int error)
{
	if (action->map.kind == MAP_KIND_HUGETLB && error == ENOMEM)
		return "not enough free hugetlb pages of that size; reserve some in "
		       "/sys/kernel/mm/hugepages/hugepages-*kB/nr_hugepages";
	if (action->map.kind == MAP_KIND_HUGETLB && error == EINVAL)
		return "this kernel has no hugetlb pages of that size";
	if (action->map.kind == MAP_KIND_TEAM && error == ENODEV)
		return "no tmpfs is mounted with huge=team, which needs a kernel that has page teams; see "
		       "'thpscope lab run', or --model 6.1-team";
	if (action->map.advice != ADVICE_NONE && error == EINVAL)
		return "mapped, but this kernel has no transparent huge pages to advise on";
	return NULL;
}

static const char *hint_of(const struct family *family, const struct action *action, int error)
{
	bool guard = action->kind == ACTION_ADVISE &&
		     (action->advice == ADVICE_GUARD_INSTALL || action->advice == ADVICE_GUARD_REMOVE);

	if (action->kind == ACTION_COLLAPSE)
		return collapse_hint(family, error);
	if (action->kind == ACTION_MAP)
		return map_hint(action, error);
	if (guard && !(family->abilities & SPECIMEN_HAS_GUARD))
		return "this kernel has no guard regions, Linux 6.13 and later have";
	if (error == ENOMEM && action->kind != ACTION_FORK)
		return "part of the range is not mapped, or memory is short";
	return NULL;
}

void family_explain(const struct family *family, const struct action *action,
		    const struct specimen_reply *reply, char *error, size_t size)
{
	const char *call = reply->call < SPECIMEN_CALL_COUNT ? calls[reply->call] : calls[SPECIMEN_CALL_NONE];
	const char *hint = hint_of(family, action, reply->error);

	if (reply->call == SPECIMEN_CALL_ACCESS)
		snprintf(error, size,
			 "the page at 0x%llx cannot be accessed that way (SIGSEGV or SIGBUS): it is not "
			 "mapped, "
			 "protected, or beyond what there is",
			 (unsigned long long)reply->addr);
	else
		snprintf(error, size, "%s: %s%s%s", call, strerror(reply->error), hint ? ": " : "",
			 hint ? hint : "");
}
