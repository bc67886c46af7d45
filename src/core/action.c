/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that follow an action's name in a script. */
#include "core/action.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const kinds[] = {"anon", "shmem", "file", "private-file", "hugetlb", "team"};
static const char *const advices[] = {
	"",	      "normal",	       "random",	 "sequential",	  "willneed",
	"hugepage",   "nohugepage",    "cold",		 "pageout",	  "free",
	"mergeable",  "unmergeable",   "dontfork",	 "dofork",	  "wipeonfork",
	"keeponfork", "populate-read", "populate-write", "guard-install", "guard-remove",
};
static const char *const protections[] = {"none", "r", "rw"};
static const char *const uffd_modes[] = {"off", "missing", "wp"};
static const char *const hold_modes[] = {"write", "read"};
static const char *const compares[] = {"==", "!=", "<", "<=", ">", ">="};

_Static_assert(COUNT_OF(kinds) == MAP_KIND_COUNT, "a word for each kind");
_Static_assert(COUNT_OF(advices) == ADVICE_COUNT, "a word for each advice");
_Static_assert(COUNT_OF(protections) == PROTECTION_COUNT, "a word for each protection");
_Static_assert(COUNT_OF(uffd_modes) == UFFD_MODE_COUNT, "a word for each mode");
_Static_assert(COUNT_OF(hold_modes) == HOLD_MODE_COUNT, "a word for each mode");
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

const char *uffd_mode_name(enum uffd_mode mode)
{
	return uffd_modes[mode];
}

const char *hold_mode_name(enum hold_mode mode)
{
	return hold_modes[mode];
}

const char *compare_name(enum compare compare)
{
	return compares[compare];
}

bool map_kind_fits(enum map_kind kind, enum map_kind file)
{
	if (file == MAP_KIND_ANON || file == MAP_KIND_HUGETLB)
		return false;
	/* A file first mapped privately is a file all the same. */
	return kind == MAP_KIND_PRIVATE_FILE ||
	       kind == (file == MAP_KIND_PRIVATE_FILE ? MAP_KIND_FILE : file);
}
