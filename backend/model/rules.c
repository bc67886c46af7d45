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
		.pagemap_once_of_head = true,
		.mmap_sem = true,
		.cow = COW_4_5_0,
		.double_map = true,
		.collapse_needs_writable = true,
		.collapse_revalidates_vma = true,
	},
	{
		.name = "4.5.5",
		.release = "4.5.5",
		.pagemap_once_of_head = true,
		.mmap_sem = true,
		.cow = COW_4_5_5,
		.reuse_moves_anon_vma_at_total_1 = true,
		.double_map = true,
		.collapse_needs_writable = true,
		.collapse_revalidates_vma = true,
	},
	{
		.name = "4.6-team",
		.release = "4.6.0-team",
		.pagemap_once_of_head = true,
		.mmap_sem = true,
		/* As 4.6 has it. The patches were sent on 4.6-rc2 (facts A), a month before seed 003's was in. */
		.cow = COW_4_5_5,
		.reuse_moves_anon_vma_at_total_1 = true,
		.double_map = true,
		.teams = TEAM_HEAD,
		.fork_copies_team = true,
		.collapse_needs_writable = true,
		.team_map_checks_none = true,
		.team_map_rechecks_none = true,
		.team_unmap_rechecks = true,
		.team_rmap_last = true,
		.collapse_revalidates_vma = true,
		.team_fault_rechecks = true,
	},
	{
		.name = "5.4",
		.release = "5.4.0",
		.pagemap_once_of_head = true,
		.mmap_sem = true,
		.cow = COW_4_5_5,
		.reuse_moves_anon_vma_at_total_1 = true,
		.wp_huge_locks_page = true,
		.double_map = true,
		.file_thp = FILE_THP_SUBPAGES,
		.mremap_drops_uffd = true,
		.smaps_eligible = true,
		.madv_cold = true,
		.collapse_file = true,
		.collapse_file_wants_advice = true,
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
		.retract_keeps_page_lock = true,
		.retract_locks_i_mmap = true,
		.retract_locks_mmap_write = true,
		.collapse_locks_mmap_write = true,
		.collapse_revalidates_vma = true,
	},
	{
		.name = "6.1-team",
		.release = "6.1.0-team",
		.pagemap_once_of_head = true,
		.cow = COW_5_19,
		.wp_huge_locks_page = true,
		.double_map = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_SUBPAGES,
		.mremap_drops_uffd = true,
		.smaps_eligible = true,
		.truncate_splits = true,
		.teams = TEAM_ALL,
		.team_born_whole = true,
		.team_pmd_never_none = true,
		.disband_remaps = true,
		.madv_collapse = true,
		.protect_restores_pte = true,
		.reclaim_keeps_pinned = true,
		.madv_populate = true,
		.populate_passes_gaps = true,
		.madv_cold = true,
		.collapse_file = true,
		.retract = RETRACT_TRYLOCK,
		.retract_frees_locked = true,
		.pte_mapped_thp = MM_SLOT_ADDRS,
		.install_pmd = true,
		.collapse_shared = true,
		.collapse_swaps_in = true,
		.collapse_needs_writable = true,
		.scan_tells_mapping = true,
		.collapse_locks_folio = true,
		.slot_by_old_advice = true,
		.collapse_fails_small = true,
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
		.team_rmap_last = true,
		.retract_keeps_page_lock = true,
		.retract_locks_i_mmap = true,
		.retract_locks_mmap_write = true,
		.collapse_locks_mmap_write = true,
		.collapse_locks_page = true,
		.collapse_revalidates_vma = true,
		.team_fault_rechecks = true,
	},
	{
		.name = "6.6",
		.release = "6.6.0",
		.pagemap_once_of_head = true,
		.cow = COW_5_19,
		.wp_huge_locks_page = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_ENTIRE,
		.mremap_drops_uffd = true,
		.smaps_eligible = true,
		.truncate_splits = true,
		.advice_asks_first_page = true,
		.madv_collapse = true,
		.protect_restores_pte = true,
		.protect_restores_pmd = true,
		.reclaim_keeps_pinned = true,
		.madv_populate = true,
		.populate_passes_gaps = true,
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
		.collapse_fails_small = true,
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
		.retract_keeps_page_lock = true,
		.retract_locks_i_mmap = true,
		.retract_takes_pmd_lock = true,
		.collapse_locks_page = true,
		.collapse_revalidates_vma = true,
	},
	{
		.name = "6.18",
		.release = "6.18.0",
		.pagemap_once_of_head = true,
		.dontneed_frees_table = true,
		.mremap_moves_many = true,
		.collapse_makes_pmd_table = true,
		.cow = COW_6_15,
		.wp_huge_locks_page = true,
		.split_to_order = true,
		.anon_exclusive = true,
		.fork_copies_pinned = true,
		.exit_locks_mmap = true,
		.file_thp = FILE_THP_ENTIRE,
		.flags_of_head = true,
		.mremap_drops_uffd = true,
		.mremap_clears_wp = true,
		.smaps_eligible = true,
		.truncate_splits = true,
		.set_pmd_obeys_vma = true,
		.split_mixed = true,
		.fault_maps_folio = true,
		.split_drops_zeros = true,
		.advice_takes_batches = true,
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
		.retract_keeps_page_lock = true,
		.retract_locks_i_mmap = true,
		.retract_takes_pmd_lock = true,
		.collapse_locks_page = true,
		.collapse_revalidates_vma = true,
	},
};

/* How many rows may do without a rule. */
#define COVERED_MAX 5

/* A bool that becomes false, or a row of core/cow.h's table that becomes the one before. */
struct removable {
	const char *name;
	size_t at;			  /* in struct rules, of the bool */
	enum cow_row cow, without;	  /* COW_ROW_COUNT: it is a bool */
	const char *covered[COVERED_MAX]; /* the rows where something else says the same */
};

#define RULE(field, name, ...)                                                                               \
	{                                                                                                    \
		name, offsetof(struct rules, field), COW_ROW_COUNT, COW_ROW_COUNT,                           \
		{                                                                                            \
			__VA_ARGS__                                                                          \
		}                                                                                            \
	}

/* Behind each name the rows where it is covered by something else, and above it by what. */
static const struct removable removable[] = {
	{"page-trans-huge-mapcount", 0, COW_4_5_5, COW_4_5_0, {NULL}},
	RULE(reuse_moves_anon_vma_at_total_1, "reuse-moves-anon-vma-at-total-1", NULL),
	RULE(retract_keeps_page_lock, "retract-keeps-page-lock", NULL),
	RULE(retract_locks_i_mmap, "retract-locks-i-mmap", NULL),
	RULE(retract_locks_mmap_write, "retract-locks-mmap-write", NULL),
	/* By the second look. */
	RULE(retract_checks_anon_vma, "retract-checks-anon-vma", "6.1-team", "6.6", "6.18"),
	RULE(retract_rechecks_anon_vma, "retract-rechecks-anon-vma", NULL),
	/* By the second look. */
	RULE(retract_checks_uffd_wp, "retract-checks-uffd-wp", "6.6", "6.18"),
	RULE(retract_rechecks_uffd_wp, "retract-rechecks-uffd-wp", NULL),
	/* exit_mmap() has mmap_lock (5.17+), and takes i_mmap for writing before a VMA's tables are freed. */
	RULE(retract_checks_exit, "retract-checks-exit", "6.1-team", "6.6", "6.18"),
	RULE(retract_only_tries, "retract-only-tries", NULL),
	/* Whoever takes a table of ptes out of its pmd has the pte lock too, or i_mmap for writing (mremap moves ptes here). */
	RULE(retract_takes_pmd_lock, "retract-takes-pmd-lock", "6.6", "6.18"),
	RULE(retract_takes_pte_lock, "retract-takes-pte-lock", NULL),
	RULE(table_freed_after_rcu, "table-freed-after-rcu", NULL),
	RULE(collapse_revalidates_vma, "collapse-revalidates-vma", NULL),
	RULE(collapse_locks_mmap_write, "collapse-locks-mmap-write", NULL),
	RULE(collapse_locks_page, "collapse-locks-page", NULL),
	RULE(collapse_checks_present, "collapse-checks-present", NULL),
	RULE(collapse_checks_compound, "collapse-checks-compound", NULL),
	/* A private page is none of a huge one, nor where it has to be: both are looked for. */
	RULE(collapse_checks_mapping, "collapse-checks-mapping", "5.4"),
	/* What stands at the wrong place is private, and so small (5.4) or of another mapping (6.1+), both looked for. */
	RULE(collapse_checks_subpage, "collapse-checks-subpage", "5.4", "6.1-team", "6.6", "6.18"),
	/* exit_mmap() has mmap_lock, and behind it there is no VMA. */
	RULE(collapse_checks_exit, "collapse-checks-exit", "6.1-team"),
	RULE(collapse_locks_rmap, "collapse-locks-rmap", NULL),
	RULE(team_fault_rechecks, "team-fault-rechecks", NULL),
	/* By the second look. */
	RULE(team_map_checks_none, "team-map-checks-none", "4.6-team", "6.1-team"),
	/* Whatever fills the pmd in 6.1 has the page lock of a page of the team. */
	RULE(team_map_rechecks_none, "team-map-rechecks-none", "6.1-team"),
	RULE(team_unmap_rechecks, "team-unmap-rechecks", NULL),
	/* There each page has its own count and reference from the PMD to the pte. */
	RULE(team_rmap_last, "team-rmap-last", "6.1-team"),
};

static bool has_rule(const struct rules *rules, const struct removable *rule)
{
	if (rule->cow != COW_ROW_COUNT)
		return rules->cow == rule->cow;
	return *(const bool *)((const char *)rules + rule->at);
}

static void take_rule(struct rules *rules, const struct removable *rule)
{
	if (rule->cow != COW_ROW_COUNT)
		rules->cow = rule->without;
	else
		*(bool *)((char *)rules + rule->at) = false;
}

/* The commits are Linux's, by memory of its log: the sources of one release do not tell them. */
static const struct rules_bug bugs[] = {
	{"4.6-team", "remap_team_by_ptes", "zap_page_range",
	 "the pmd is cleared and filled in two steps: a zap that reads it in between, without its lock, goes "
	 "on",
	 "never merged"},
	{"5.4", "mfill_atomic_copy", "retract_page_tables",
	 "a userfaultfd puts a private page into a table that goes: vma->anon_vma is not looked at again",
	 "023f47a8250c, 6.2"},
	{"5.4", "exit_mm", "retract_page_tables", "a page table goes while its process ends and reads it",
	 "18e77600f7a1, 5.9"},
	{"5.4", "unmap_mapping_range", "collapse_pte_mapped_thp",
	 "a hole is punched through a page table that goes: i_mmap does not keep them apart",
	 "8d3c106e19e8, 6.1"},
	{"5.4", "folio_referenced", "collapse_pte_mapped_thp",
	 "an rmap walk is in a page table that goes: the page lock does not keep them apart",
	 "119a5fc16105, 5.9"},
	{"5.4", "split_huge_page_to_list", "collapse_pte_mapped_thp",
	 "a huge page is split, and unmapped for that, while its ptes are being dropped: each is counted off "
	 "twice, for the page lock does not keep them apart",
	 "119a5fc16105, 5.9"},
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

const char *rules_rule(size_t at, const struct rules *rules, enum rule_need *need)
{
	if (at >= sizeof(removable) / sizeof(removable[0]))
		return NULL;
	*need = has_rule(rules, &removable[at]) ? RULE_NEEDED : RULE_ABSENT;
	for (size_t n = 0; *need == RULE_NEEDED && n < COVERED_MAX && removable[at].covered[n]; n++) {
		if (!strcmp(removable[at].covered[n], rules->name))
			*need = RULE_COVERED;
	}
	return removable[at].name;
}

bool rules_without(struct rules *rules, const char *name)
{
	for (size_t at = 0; at < sizeof(removable) / sizeof(removable[0]); at++) {
		if (strcmp(removable[at].name, name))
			continue;
		if (!has_rule(rules, &removable[at]))
			return false;
		take_rule(rules, &removable[at]);
		return true;
	}
	return false;
}

const struct rules_bug *rules_bug(const struct rules *rules, size_t n)
{
	for (size_t at = 0; at < sizeof(bugs) / sizeof(bugs[0]); at++) {
		if (!strcmp(bugs[at].row, rules->name) && !n--)
			return &bugs[at];
	}
	return NULL;
}
