/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that follow an action's name in a script. */
#include "core/action.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const kinds[] = {"anon", "shmem", "file", "private-file", "hugetlb"};
static const char *const advices[] = {
	"",	      "normal",	       "random",	 "sequential",	  "willneed",
	"hugepage",   "nohugepage",    "cold",		 "pageout",	  "free",
	"mergeable",  "unmergeable",   "dontfork",	 "dofork",	  "wipeonfork",
	"keeponfork", "populate-read", "populate-write", "guard-install", "guard-remove",
};
static const char *const protections[] = {"none", "r", "rw"};
static const char *const compares[] = {"==", "!=", "<", "<=", ">", ">="};

_Static_assert(COUNT_OF(kinds) == MAP_KIND_COUNT, "a word for each kind");
_Static_assert(COUNT_OF(advices) == ADVICE_COUNT, "a word for each advice");
_Static_assert(COUNT_OF(protections) == PROTECTION_COUNT, "a word for each protection");
_Static_assert(COUNT_OF(compares) == COMPARE_COUNT, "a word for each comparison");

const char *map_kind_name(enum map_kind kind)
{
	return kinds[kind];
}

const char *advice_name(enum advice advice)
{
	return advices[advice];
}

const char *protection_name(enum protection protection)
{
	return protections[protection];
}

const char *compare_name(enum compare compare)
{
	return compares[compare];
}
