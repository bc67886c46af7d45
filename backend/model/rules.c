/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generations, one row each. */
#include "model/rules.h"

#include <stddef.h>
#include <string.h>

/* Each row says only what its kernel has: all else is absent. Read two rows side by side. */
static const struct rules generations[] = {
	{
		.name = "4.5.0",
		.release = "4.5.0",
		.cow = COW_4_5_0,
		.double_map = true,
		.collapse_needs_writable = true,
	},
	{
		.name = "4.5.5",
		.release = "4.5.5",
		.cow = COW_4_5_5,
		.double_map = true,
		.collapse_needs_writable = true,
	},
	{
		.name = "4.6-team",
		.release = "4.6.0-team",
		.cow = COW_4_5_5,
		.double_map = true,
		.teams = TEAM_HEAD,
		.fork_copies_team = true,
		.collapse_needs_writable = true,
		.team_map_checks_none = true,
		.team_map_rechecks_none = true,
		.team_unmap_rechecks = true,
		.team_rmap_last = true,
	},
	{
		.name = "5.4",
		.release = "5.4.0",
		.cow = COW_4_5_5,
		.wp_huge_locks_page = true,
		.double_map = true,
		.file_thp = FILE_THP_SUBPAGES,
		.smaps_eligible = true,
		.madv_cold = true,
		.collapse_file = true,
		.retract = RETRACT_TRYLOCK,
		.pte_mapped_thp = MM_SLOT_ADDRS,
		.collapse_swaps_in = true,
		.collapse_needs_writable = true,
		.uffd_shmem = true,
		.retract_checks_anon_vma = true,
		.retract_only_tries = true,
		.collapse_checks_present = true,
		.collapse_checks_compound = true,
		.collapse_checks_mapping = true,
		.collapse_checks_subpage = true,
		.collapse_checks_exit = true,
	},
	{
		.name = "6.1-team",
		.release = "6.1.0-team",
		.cow = COW_5_19,
		.wp_huge_locks_page = true,
		.double_map = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_SUBPAGES,
		.smaps_eligible = true,
		.truncate_splits = true,
		.teams = TEAM_ALL,
		.madv_collapse = true,
		.protect_restores_pte = true,
		.reclaim_keeps_pinned = true,
		.madv_populate = true,
		.madv_cold = true,
		.collapse_file = true,
		.retract = RETRACT_TRYLOCK,
		.pte_mapped_thp = MM_SLOT_ADDRS,
		.install_pmd = true,
		.collapse_shared = true,
		.collapse_swaps_in = true,
		.collapse_needs_writable = true,
		.scan_tells_mapping = true,
		.collapse_locks_folio = true,
		.retract_checks_exit = true,
		.collapse_locks_rmap = true,
		.uffd_shmem = true,
		.uffd_wp = true,
		.retract_checks_anon_vma = true,
		.retract_rechecks_anon_vma = true,
		.retract_rechecks_uffd_wp = true,
		.retract_only_tries = true,
		.collapse_checks_present = true,
		.collapse_checks_compound = true,
		.collapse_checks_mapping = true,
		.collapse_checks_subpage = true,
		.collapse_checks_exit = true,
		.team_map_checks_none = true,
		.team_map_rechecks_none = true,
		.team_unmap_rechecks = true,
		.team_rmap_last = true,
	},
	{
		.name = "6.6",
		.release = "6.6.0",
		.cow = COW_5_19,
		.wp_huge_locks_page = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_ENTIRE,
		.smaps_eligible = true,
		.truncate_splits = true,
		.madv_collapse = true,
		.protect_restores_pte = true,
		.protect_restores_pmd = true,
		.reclaim_keeps_pinned = true,
		.madv_populate = true,
		.madv_cold = true,
		.collapse_file = true,
		.retract = RETRACT_PTLOCK,
		.install_pmd = true,
		.collapse_mmap_read = true,
		.collapse_shared = true,
		.collapse_swaps_in = true,
		.collapse_needs_writable = true,
		.collapse_rechecks_holes = true,
		.scan_tells_mapping = true,
		.collapse_locks_folio = true,
		.retract_checks_exit = true,
		.uffd_shmem = true,
		.uffd_wp = true,
		.retract_checks_anon_vma = true,
		.retract_rechecks_anon_vma = true,
		.retract_checks_uffd_wp = true,
		.retract_rechecks_uffd_wp = true,
		.retract_takes_pte_lock = true,
		.table_freed_after_rcu = true,
		.collapse_checks_present = true,
		.collapse_checks_compound = true,
		.collapse_checks_mapping = true,
		.collapse_checks_subpage = true,
		.collapse_checks_exit = true,
	},
	{
		.name = "6.18",
		.release = "6.18.0",
		.cow = COW_6_15,
		.wp_huge_locks_page = true,
		.split_to_order = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_ENTIRE,
		.smaps_eligible = true,
		.truncate_splits = true,
		.set_pmd_obeys_vma = true,
		.split_mixed = true,
		.madv_collapse = true,
		.protect_restores_pte = true,
		.protect_restores_pmd = true,
		.reclaim_keeps_pinned = true,
		.madv_populate = true,
		.madv_guard = true,
		.madv_cold = true,
		.collapse_file = true,
		.retract = RETRACT_PTLOCK,
		.install_pmd = true,
		.collapse_mmap_read = true,
		.collapse_shared = true,
		.collapse_swaps_in = true,
		.collapse_large_files = true,
		.collapse_rechecks_holes = true,
		.scan_tells_mapping = true,
		.collapse_locks_folio = true,
		.retract_checks_exit = true,
		.madv_none_busy = true,
		.uffd_shmem = true,
		.uffd_wp = true,
		.retract_checks_anon_vma = true,
		.retract_rechecks_anon_vma = true,
		.retract_checks_uffd_wp = true,
		.retract_rechecks_uffd_wp = true,
		.retract_takes_pte_lock = true,
		.table_freed_after_rcu = true,
		.collapse_checks_present = true,
		.collapse_checks_compound = true,
		.collapse_checks_mapping = true,
		.collapse_checks_subpage = true,
		.collapse_checks_exit = true,
	},
};

#define RULE(field, name)                                                                                    \
	{                                                                                                    \
		name, offsetof(struct rules, field)                                                          \
	}

static const struct {
	const char *name;
	size_t at; /* of a bool in struct rules */
} removable[] = {
	RULE(retract_checks_anon_vma, "retract-checks-anon-vma"),
	RULE(retract_rechecks_anon_vma, "retract-rechecks-anon-vma"),
	RULE(retract_checks_uffd_wp, "retract-checks-uffd-wp"),
	RULE(retract_rechecks_uffd_wp, "retract-rechecks-uffd-wp"),
	RULE(retract_only_tries, "retract-only-tries"),
	RULE(retract_takes_pte_lock, "retract-takes-pte-lock"),
	RULE(table_freed_after_rcu, "table-freed-after-rcu"),
	RULE(collapse_checks_present, "collapse-checks-present"),
	RULE(collapse_checks_compound, "collapse-checks-compound"),
	RULE(collapse_checks_mapping, "collapse-checks-mapping"),
	RULE(collapse_checks_subpage, "collapse-checks-subpage"),
	RULE(collapse_checks_exit, "collapse-checks-exit"),
	RULE(collapse_locks_rmap, "collapse-locks-rmap"),
	RULE(team_map_checks_none, "team-map-checks-none"),
	RULE(team_map_rechecks_none, "team-map-rechecks-none"),
	RULE(team_unmap_rechecks, "team-unmap-rechecks"),
	RULE(team_rmap_last, "team-rmap-last"),
};

const struct rules *rules_all(size_t *n)
{
	*n = sizeof(generations) / sizeof(generations[0]);
	return generations;
}

const struct rules *rules_named(const char *name)
{
	for (size_t at = 0; at < sizeof(generations) / sizeof(generations[0]); at++) {
		if (!strcmp(generations[at].name, name))
			return &generations[at];
	}
	return NULL;
}

const char *rules_rule(size_t at, const struct rules *rules, bool *has)
{
	if (at >= sizeof(removable) / sizeof(removable[0]))
		return NULL;
	*has = *(const bool *)((const char *)rules + removable[at].at);
	return removable[at].name;
}

bool rules_without(struct rules *rules, const char *name)
{
	for (size_t at = 0; at < sizeof(removable) / sizeof(removable[0]); at++) {
		bool *rule = (bool *)((char *)rules + removable[at].at);

		if (strcmp(removable[at].name, name))
			continue;
		if (!*rule)
			return false;
		*rule = false;
		return true;
	}
	return false;
}
