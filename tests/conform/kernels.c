/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which row of the model a running kernel is, and what it does otherwise (conform.h). */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* No page teams, and neither their files nor their bits. */
static void linux_6_1(struct rules *rules)
{
	rules->teams = TEAM_NONE;
}

/* 6.18's row, but for what came after 6.12 (backend/model/rules.h says when). */
static void linux_6_12(struct rules *rules)
{
	rules->cow = COW_6_10;
	rules->pagemap_once_of_head = false;
	rules->dontneed_frees_table = false;
	rules->mremap_moves_many = false;
	rules->collapse_makes_pmd_table = false;
	rules->collapse_needs_writable = true;
	rules->split_mixed = false;
	rules->fault_maps_folio = false;
	rules->madv_guard = false;
}

/* Youngest first. */
static const struct conform_kernel kernels[] = {
	{6, 17, "6.18", NULL},
	{6, 10, "6.18", linux_6_12},
	{6, 6, "6.6", NULL},
	{6, 1, "6.1-team", linux_6_1},
};

const struct conform_kernel *conform_kernel_of(const char *release)
{
	unsigned major, minor;

	if (sscanf(release, "%u.%u", &major, &minor) != 2)
		return NULL;
	for (size_t at = 0; at < COUNT(kernels); at++) {
		if (major > kernels[at].major || (major == kernels[at].major && minor >= kernels[at].minor))
			return &kernels[at];
	}
	return NULL;
}

/* Rules that can be told from what a stock kernel shows. */
static const struct {
	const char *name;
	size_t at; /* in struct rules, of a bool */
} wrongs[] = {
	{"dontneed-frees-table", offsetof(struct rules, dontneed_frees_table)},
	{"mremap-moves-many", offsetof(struct rules, mremap_moves_many)},
	{"collapse-makes-pmd-table", offsetof(struct rules, collapse_makes_pmd_table)},
	{"collapse-needs-writable", offsetof(struct rules, collapse_needs_writable)},
	{"pagemap-once-of-head", offsetof(struct rules, pagemap_once_of_head)},
	{"flags-of-head", offsetof(struct rules, flags_of_head)},
};

bool conform_wrong(struct rules *rules, const char *name)
{
	/* Before 5.8 a write to a shared huge page copied all of it. */
	if (!strcmp(name, "cow")) {
		rules->cow = COW_4_5_5;
		return true;
	}
	for (size_t at = 0; at < COUNT(wrongs); at++) {
		bool *rule = (bool *)((char *)rules + wrongs[at].at);

		if (strcmp(name, wrongs[at].name) != 0)
			continue;
		*rule = !*rule;
		return true;
	}
	return false;
}
