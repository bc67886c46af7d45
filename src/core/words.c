/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the vocabulary, both ways. */
#include <string.h>

#include "core/action.h"
#include "core/moment.h"
#include "core/region.h"
#include "core/task.h"
#include "core/vma.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const mappings[] = {"unknown", "none", "pte", "pmd", "pud"};
static const char *const backings[] = {"unknown", "none",    "small", "mthp", "thp",  "thp-partial",
				       "team",	  "hugetlb", "zero",  "swap", "mixed"};
static const char *const states[] = {"unknown", "empty", "pte-mapped", "pmd-mapped", "team", "hugetlb"};
static const char *const hows[] = {"unknown", "pagemap_scan", "pagemap_bit", "smaps", "model"};
static const char *const kinds[] = {"anon", "heap", "stack", "file", "shmem", "hugetlb", "device", "special"};
static const char *const capabilities[] = {
	"pagemap_scan", "pagemap_bit", "pfn",	      "kpageflags",	"kpagecount", "smaps",	 "teams",
	"entries",	"specimen",    "tracepoints", "pte_mapped_thp", "tasks",      "counters"};
static const char *const task_states[] = {"ready", "waiting", "done"};
static const char *const actions[] = {
	"map",	  "unmap",    "touch",	"read",	       "write",	    "store",	  "walk",      "use",
	"rest",	  "collapse", "split",	"split-folio", "advise",    "protect",	  "move",      "discard",
	"punch",  "truncate", "fork",	"exit",	       "hold",	    "pin",	  "reference", "release",
	"device", "uprobe",   "uffd",	"uffd-wp",     "uffd-copy", "khugepaged", "set",       "title",
	"say",	  "ask",      "expect", "require",     "wait",	    "task",	  "schedule",  "finish",
	"on",	  "order",    "without"};

_Static_assert(COUNT_OF(mappings) == MAPPING_COUNT, "a word for each mapping");
_Static_assert(COUNT_OF(backings) == BACKING_COUNT, "a word for each backing");
_Static_assert(COUNT_OF(states) == STATE_COUNT, "a word for each state");
_Static_assert(COUNT_OF(hows) == HOW_COUNT, "a word for each how");
_Static_assert(COUNT_OF(kinds) == VMA_KIND_COUNT, "a word for each kind");
_Static_assert(COUNT_OF(capabilities) == CAP_COUNT, "a word for each capability");
_Static_assert(COUNT_OF(task_states) == TASK_STATE_COUNT, "a word for each state of a task");
_Static_assert(COUNT_OF(actions) == ACTION_KIND_COUNT, "a word for each action");

static unsigned find(const char *const *words, unsigned n, const char *word)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			break;
	return i;
}

const char *mapping_name(enum mapping mapping)
{
	return mappings[mapping];
}

const char *backing_name(enum backing backing)
{
	return backings[backing];
}

const char *state_name(enum state state)
{
	return states[state];
}

const char *how_name(enum how how)
{
	return hows[how];
}

const char *vma_kind_name(enum vma_kind kind)
{
	return kinds[kind];
}

const char *capability_name(enum capability capability)
{
	return capabilities[capability];
}

const char *task_state_name(enum task_state state)
{
	return task_states[state];
}

const char *action_name(enum action_kind kind)
{
	return actions[kind];
}

enum mapping mapping_named(const char *name)
{
	return (enum mapping)find(mappings, MAPPING_COUNT, name);
}

enum backing backing_named(const char *name)
{
	return (enum backing)find(backings, BACKING_COUNT, name);
}

enum how how_named(const char *name)
{
	return (enum how)find(hows, HOW_COUNT, name);
}

enum vma_kind vma_kind_named(const char *name)
{
	return (enum vma_kind)find(kinds, VMA_KIND_COUNT, name);
}
