/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The knobs below /sys/kernel/mm/transparent_hugepage, as they are written to. */
#include "model/act.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place of a word in a list that ends with NULL; -1. */
static int word_at(const char *const *words, const char *word)
{
	for (int at = 0; words[at]; at++) {
		if (!strcmp(words[at], word))
			return at;
	}
	return -1;
}

/* A number up to `most`; -1 for anything else. */
static long number(const char *value, unsigned most)
{
	char *end;
	unsigned long found = strtoul(value, &end, 10);

	return *value >= '0' && *value <= '9' && !*end && found <= most ? (long)found : -1;
}

bool knob_exists(const struct rules *rules, const char *knob)
{
	const struct {
		const char *knob;
		bool has;
	} later[] = {
		{"shmem_enabled", rules->file_thp != FILE_THP_NONE},
		{"khugepaged/max_ptes_swap", rules->collapse_swaps_in},
		{"khugepaged/max_ptes_shared", rules->collapse_shared},
	};

	for (size_t at = 0; at < sizeof(later) / sizeof(later[0]); at++) {
		if (!strcmp(later[at].knob, knob))
			return later[at].has;
	}
	return true;
}

int act_knob(const struct world *world, const char *knob, const char *value, struct knobs *knobs, char *error,
	     size_t size)
{
	static const char *const enabled[] = {"never", "madvise", "always", NULL};
	static const char *const shmem[] = {"never", "advise", "within_size", "always",
					    "deny",  "force",  NULL};
	const unsigned most = huge_nr(world) - 1;
	long got = -1;

	*knobs = world->knobs;
	if (!knob_exists(&world->rules, knob)) {
		snprintf(error, size, "%s has no knob '%s' yet", world->rules.name, knob);
		return -ENOENT;
	}
	if (!strcmp(knob, "enabled")) {
		got = word_at(enabled, value);
		knobs->enabled = (enum thp_mode)got;
	} else if (!strcmp(knob, "shmem_enabled")) {
		got = word_at(shmem, value);
		knobs->shmem_enabled = (enum shmem_mode)got;
	} else if (!strcmp(knob, "use_zero_page")) {
		got = number(value, 1);
		knobs->use_zero_page = got;
	} else if (!strcmp(knob, "khugepaged/max_ptes_none")) {
		got = number(value, most);
		knobs->max_ptes_none = (unsigned)got;
	} else if (!strcmp(knob, "khugepaged/max_ptes_swap")) {
		got = number(value, most);
		knobs->max_ptes_swap = (unsigned)got;
	} else if (!strcmp(knob, "khugepaged/max_ptes_shared")) {
		got = number(value, most);
		knobs->max_ptes_shared = (unsigned)got;
	} else {
		snprintf(error, size,
			 "the model has no knob '%s'; it has enabled, shmem_enabled, use_zero_page and "
			 "khugepaged/max_ptes_none, _swap, _shared",
			 knob);
		return -ENOENT;
	}
	if (got >= 0)
		return 0;
	snprintf(error, size, "%s does not take '%s'", knob, value);
	return -EINVAL;
}
