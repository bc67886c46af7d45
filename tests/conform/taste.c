/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of a run do (conform.h). */
#include <string.h>

#include "conform.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Page teams, and private mappings of their files. */
static const unsigned team_weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 10,     [ACTION_UNMAP] = 5,     [ACTION_TOUCH] = 12,  [ACTION_READ] = 10,
	[ACTION_WRITE] = 10,   [ACTION_COLLAPSE] = 10, [ACTION_SPLIT] = 5,   [ACTION_ADVISE] = 4,
	[ACTION_PROTECT] = 8,  [ACTION_MOVE] = 3,      [ACTION_DISCARD] = 6, [ACTION_PUNCH] = 6,
	[ACTION_TRUNCATE] = 5, [ACTION_FORK] = 10,     [ACTION_EXIT] = 3,
};
static const enum map_kind team_kinds[] = {MAP_KIND_TEAM, MAP_KIND_TEAM, MAP_KIND_PRIVATE_FILE};
/* Not `free`: what it frees later is the kernel's affair. Not `pageout`: there is no swap. */
static const enum advice team_advices[] = {ADVICE_HUGEPAGE, ADVICE_NOHUGEPAGE,	   ADVICE_NORMAL,
					   ADVICE_COLD,	    ADVICE_POPULATE_WRITE, ADVICE_POPULATE_READ};
static const struct random_taste team_taste = {
	.weights = team_weights,
	.kinds = team_kinds,
	.n_kinds = COUNT(team_kinds),
	.advices = team_advices,
	.n_advices = COUNT(team_advices),
	.processes = 3,
	.no_disk = true,
	.most_bytes = (uint64_t)16 << 20,
};

/*
 * khugepaged's retry queue: memory that files share, collapsed by one while others map it by ptes; locks that are held when
 * khugepaged comes; anonymous memory besides, without which a process may have no slot.
 */
/* Both processes have a slot, and map by ptes what may be collapsed. */
static const char *const queue_prelude[] = {"map main anon 2M as slot hugepage",
					    "touch main slot",
					    "map main shmem 4M as shared",
					    "touch main shared",
					    "fork main as kid",
					    "read kid shared",
					    NULL};
static const unsigned queue_weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 10,    [ACTION_UNMAP] = 3,     [ACTION_TOUCH] = 12,   [ACTION_READ] = 8,
	[ACTION_WRITE] = 6,   [ACTION_COLLAPSE] = 14, [ACTION_ADVISE] = 6,   [ACTION_PROTECT] = 3,
	[ACTION_DISCARD] = 3, [ACTION_PUNCH] = 3,     [ACTION_TRUNCATE] = 2, [ACTION_FORK] = 8,
	[ACTION_EXIT] = 3,    [ACTION_HOLD] = 4,      [ACTION_RELEASE] = 4,  [ACTION_KHUGEPAGED] = 10,
	[ACTION_SET] = 2,
};
static const enum map_kind queue_kinds[] = {MAP_KIND_SHMEM, MAP_KIND_SHMEM, MAP_KIND_SHMEM,
					    MAP_KIND_PRIVATE_FILE, MAP_KIND_ANON};
static const enum advice queue_advices[] = {ADVICE_HUGEPAGE, ADVICE_HUGEPAGE, ADVICE_NOHUGEPAGE};
static const char *const queue_settings[][2] = {
	{"shmem_enabled", "advise"},
	{"shmem_enabled", "never"},
	{"khugepaged/max_ptes_none", "0"},
	{"khugepaged/max_ptes_none", "511"},
};
static const struct random_taste queue_taste = {
	.weights = queue_weights,
	.kinds = queue_kinds,
	.n_kinds = COUNT(queue_kinds),
	.advices = queue_advices,
	.n_advices = COUNT(queue_advices),
	.settings = queue_settings,
	.n_settings = COUNT(queue_settings),
	.processes = 3,
	.no_disk = true,
	.holds_by_name = true,
	.most_bytes = (uint64_t)16 << 20,
};

/*
 * The queue as 5.4 has it (seed 000), which knows no MADV_COLLAPSE: it is khugepaged that collapses, and a lock that is held
 * is all that fills the queue.
 */
static const unsigned queue_5_4_weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 8,   [ACTION_UNMAP] = 1,	 [ACTION_TOUCH] = 12,  [ACTION_READ] = 14,
	[ACTION_WRITE] = 4, [ACTION_ADVISE] = 8, [ACTION_DISCARD] = 2, [ACTION_FORK] = 6,
	[ACTION_EXIT] = 1,  [ACTION_HOLD] = 10,	 [ACTION_RELEASE] = 5, [ACTION_KHUGEPAGED] = 16,
	[ACTION_SET] = 5,
};
/* And khugepaged may look at it, now that it has been faulted in small. */
static const char *const queue_5_4_prelude[] = {"map main anon 2M as slot hugepage",
						"touch main slot",
						"map main shmem 4M as shared hugepage",
						"touch main shared",
						"fork main as kid",
						"read kid shared",
						"set shmem_enabled advise",
						"hold mmap_lock of kid for read as h",
						NULL};
static const char *const queue_5_4_settings[][2] = {
	{"shmem_enabled", "advise"},
	{"shmem_enabled", "advise"},
	{"shmem_enabled", "never"},
};
static const struct random_taste queue_5_4_taste = {
	.weights = queue_5_4_weights,
	.kinds = queue_kinds,
	.n_kinds = COUNT(queue_kinds),
	.advices = queue_advices,
	.n_advices = COUNT(queue_advices),
	.settings = queue_5_4_settings,
	.n_settings = COUNT(queue_5_4_settings),
	.processes = 3,
	.no_disk = true,
	.holds_by_name = true,
	.most_bytes = (uint64_t)16 << 20,
};

/*
 * The kernel that the lab has is a 6.1. What it does otherwise than 5.4 around the queue is taken over: who gets a slot, which
 * memory khugepaged looks at, and that a look at a file finds huge pages that are mapped by ptes. The queue itself, its locks
 * and checks, retract and collapse_pte_mapped_thp() stay 5.4's.
 */
static void lab_around_queue(struct rules *rules)
{
	rules->teams =
		TEAM_ALL; /* none are made, but with them come the files that show entries and the queue */
	rules->cow = COW_5_19;
	rules->reuse_moves_anon_vma_at_total_1 = false;
	rules->anon_exclusive = true;
	rules->fork_copies_pinned = true;
	rules->protect_restores_pte = true;
	rules->truncate_splits = true;
	rules->madv_populate = true;
	rules->populate_passes_gaps = true;
	rules->collapse_file_wants_advice = false;
	rules->slot_by_old_advice = true;
	rules->scan_tells_mapping = true;
	rules->collapse_shared = true;
}

/* Anonymous memory and shmem, on any kernel. */
static const unsigned stock_weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 9,    [ACTION_UNMAP] = 6,     [ACTION_TOUCH] = 14, [ACTION_READ] = 6,
	[ACTION_WRITE] = 14, [ACTION_COLLAPSE] = 16, [ACTION_SPLIT] = 12, [ACTION_PROTECT] = 8,
	[ACTION_MOVE] = 6,   [ACTION_DISCARD] = 10,  [ACTION_FORK] = 10,  [ACTION_EXIT] = 6,
};
static const enum map_kind stock_kinds[] = {MAP_KIND_ANON, MAP_KIND_SHMEM};
static const struct random_taste stock_taste = {
	.weights = stock_weights,
	.kinds = stock_kinds,
	.n_kinds = COUNT(stock_kinds),
	.processes = 3,
	.follows = true,
	.no_disk = true,
	.most_bytes = (uint64_t)16 << 20,
};

/*
 * And advice, and private mappings of shmem. Not holes in its files: what a split around one leaves beside it is in 6.18 in cases
 * of other orders than in the model (thpscope-kernel(7)).
 */
static const unsigned wide_weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 10,   [ACTION_UNMAP] = 5,     [ACTION_TOUCH] = 12, [ACTION_READ] = 6,
	[ACTION_WRITE] = 12, [ACTION_COLLAPSE] = 10, [ACTION_SPLIT] = 4,  [ACTION_PROTECT] = 6,
	[ACTION_MOVE] = 3,   [ACTION_DISCARD] = 6,   [ACTION_FORK] = 8,	  [ACTION_EXIT] = 4,
	[ACTION_ADVISE] = 6,
};
static const enum map_kind wide_kinds[] = {MAP_KIND_ANON, MAP_KIND_SHMEM, MAP_KIND_SHMEM,
					   MAP_KIND_PRIVATE_FILE};
static const struct random_taste wide_taste = {
	.weights = wide_weights,
	.kinds = wide_kinds,
	.n_kinds = COUNT(wide_kinds),
	.advices = team_advices,
	.n_advices = COUNT(team_advices),
	.processes = 3,
	.follows = true,
	.no_disk = true,
	.most_bytes = (uint64_t)16 << 20,
};

static const struct conform_profile profiles[] = {
	{.name = "stock", .taste = &stock_taste, .huge = true},
	{.name = "wide", .taste = &wide_taste, .huge = true},
	{.name = "team", .kernel = {.generation = "6.1-team"}, .taste = &team_taste},
	{.name = "queue",
	 .kernel = {.generation = "6.1-team"},
	 .taste = &queue_taste,
	 .prelude = queue_prelude,
	 .khugepaged = true,
	 .queues = true},
	{.name = "queue-5.4",
	 .kernel = {.generation = "5.4", .adapt = lab_around_queue},
	 .taste = &queue_5_4_taste,
	 .prelude = queue_5_4_prelude,
	 .khugepaged = true,
	 .queues = true},
};

const struct conform_profile *profile_named(const char *name)
{
	for (size_t n = 0; n < COUNT(profiles); n++) {
		if (!strcmp(profiles[n].name, name))
			return &profiles[n];
	}
	return NULL;
}
