/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text files of the model's /sys, and those of its /proc that are no process's, as far as somebody reads them. */
#include "core/kernel.h"
#include "model/act.h"
#include "model/texts.h"

#include <errno.h>
#include <string.h>

#define KB(pages) ((unsigned long long)(pages) * (PAGE_BYTES >> 10))

static void put_choice(struct buf *out, const char *const *words, unsigned n, unsigned chosen)
{
	for (unsigned at = 0; at < n; at++)
		buf_printf(out, at == chosen ? "%s[%s]" : "%s%s", at ? " " : "", words[at]);
	buf_putc(out, '\n');
}

static void put_enabled(const struct world *world, struct buf *out)
{
	static const char *const words[] = {"always", "madvise", "never"};

	put_choice(out, words, 3, THP_ALWAYS - world->knobs.enabled);
}

static void put_shmem_enabled(const struct world *world, struct buf *out)
{
	static const char *const words[] = {"always", "within_size", "advise", "never", "deny", "force"};
	static const unsigned places[] = {[SHMEM_ALWAYS] = 0, [SHMEM_WITHIN_SIZE] = 1, [SHMEM_ADVISE] = 2,
					  [SHMEM_NEVER] = 3,  [SHMEM_DENY] = 4,	       [SHMEM_FORCE] = 5};

	put_choice(out, words, 6, places[world->knobs.shmem_enabled]);
}

static int put_thp(const struct world *world, const char *name, struct buf *out)
{
	const struct knobs *knobs = &world->knobs;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"use_zero_page", knobs->use_zero_page},
		{"hpage_pmd_size", huge_bytes(world)},
		{"khugepaged/max_ptes_none", knobs->max_ptes_none},
		{world->rules.collapse_swaps_in ? "khugepaged/max_ptes_swap" : "", knobs->max_ptes_swap},
		{world->rules.collapse_shared ? "khugepaged/max_ptes_shared" : "", knobs->max_ptes_shared},
		{"khugepaged/pages_collapsed", world->stat[STAT_PAGES_COLLAPSED]},
		{"khugepaged/full_scans", world->stat[STAT_FULL_SCANS]},
	};

	if (!knob_exists(&world->rules, name))
		return -ENOENT;
	if (!strcmp(name, "enabled")) {
		put_enabled(world, out);
		return 0;
	}
	if (!strcmp(name, "shmem_enabled")) {
		put_shmem_enabled(world, out);
		return 0;
	}
	for (size_t at = 0; at < sizeof(numbers) / sizeof(numbers[0]); at++) {
		if (strcmp(numbers[at].name, name))
			continue;
		buf_printf(out, "%llu\n", (unsigned long long)numbers[at].value);
		return 0;
	}
	return -ENOENT;
}

static int put_vmstat(const struct world *world, struct buf *out)
{
	static const struct {
		const char *name;
		enum stat stat;
	} counters[] = {
		{"thp_fault_alloc", STAT_THP_FAULT_ALLOC},
		{"thp_fault_fallback", STAT_THP_FAULT_FALLBACK},
		{"thp_collapse_alloc", STAT_THP_COLLAPSE_ALLOC},
		{"thp_file_alloc", STAT_THP_FILE_ALLOC},
		{"thp_file_mapped", STAT_THP_FILE_MAPPED},
		{"thp_split_page", STAT_THP_SPLIT_PAGE},
		{"thp_split_pmd", STAT_THP_SPLIT_PMD},
		{"thp_zero_page_alloc", STAT_THP_ZERO_PAGE_ALLOC},
	};

	for (size_t at = 0; at < sizeof(counters) / sizeof(counters[0]); at++) {
		const enum stat stat = counters[at].stat;

		if (world->rules.file_thp == FILE_THP_NONE &&
		    (stat == STAT_THP_FILE_ALLOC || stat == STAT_THP_FILE_MAPPED))
			continue;
		buf_printf(out, "%s %llu\n", counters[at].name, (unsigned long long)world->stat[stat]);
	}
	return 0;
}

static int put_swaps(const struct world *world, struct buf *out)
{
	uint32_t used = 0;

	for (uint32_t at = 1; at < world->extent.swaps; at++)
		used += world->swaps[at].users > 0;
	buf_puts(out, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	buf_printf(out, "/model/swap partition %llu %llu -1\n", KB(world->extent.swaps), KB(used));
	return 0;
}

/* Anonymous memory that PMDs map, in huge pages; and all free frames. */
static void count_frames(const struct world *world, uint64_t *anon_huge, uint64_t *free)
{
	*anon_huge = *free = 0;
	for (uint32_t pfn = huge_nr(world); pfn < world->extent.frames; pfn++) {
		const struct kpage *page = &world->pages[pfn];

		*free += page->use == PAGE_FREE;
		*anon_huge += page->use == PAGE_HEAD && page->anon && page->entire > 0;
	}
}

static int put_meminfo(const struct world *world, struct buf *out)
{
	const uint32_t nr = huge_nr(world);
	uint64_t anon_huge, free;

	count_frames(world, &anon_huge, &free);
	buf_printf(out, "MemTotal:       %8llu kB\n", KB(world->extent.frames));
	buf_printf(out, "MemFree:        %8llu kB\n", KB(free));
	buf_printf(out, "AnonHugePages:  %8llu kB\n", KB(anon_huge * nr));
	if (world->rules.file_thp == FILE_THP_NONE && world->rules.teams == TEAM_NONE)
		return 0;
	buf_printf(out, "ShmemHugePages: %8llu kB\n", KB(world->stat[STAT_SHMEM_HUGEPAGES] * nr));
	buf_printf(out, "ShmemPmdMapped: %8llu kB\n", KB(world->stat[STAT_SHMEM_PMDMAPPED] * nr));
	if (world->rules.teams != TEAM_NONE && !world->rules.team_born_whole)
		buf_printf(out, "ShmemFreeHoles: %8llu kB\n", KB(world->stat[STAT_SHMEM_FREEHOLES]));
	return 0;
}

/* Free blocks by order, each frame in the largest aligned block that is free as a whole. */
static int put_buddyinfo(const struct world *world, struct buf *out)
{
	uint64_t blocks[32] = {0};

	for (uint32_t pfn = 0; pfn < world->extent.frames;) {
		unsigned order = 0;

		if (world->pages[pfn].use != PAGE_FREE) {
			pfn++;
			continue;
		}
		for (uint32_t n = 1; order < world->extent.order; order++, n *= 2) {
			uint32_t at = n;

			if (pfn & (2 * n - 1))
				break;
			while (at < 2 * n && pfn + at < world->extent.frames &&
			       world->pages[pfn + at].use == PAGE_FREE)
				at++;
			if (at < 2 * n)
				break;
		}
		blocks[order]++;
		pfn += UINT32_C(1) << order;
	}
	buf_puts(out, "Node 0, zone   Normal");
	for (unsigned order = 0; order <= world->extent.order; order++)
		buf_printf(out, " %6llu", (unsigned long long)blocks[order]);
	buf_putc(out, '\n');
	return 0;
}

/* What the lab's kernel tells of its teams that is a file here too. */
static int put_teams(const char *name, struct buf *out)
{
	static const struct {
		const char *name;
		int value;
	} numbers[] = {
		{"abi", TEAMS_ABI},
		{"pagemap_pmd_bit", PM_TEAM_PMD_BIT},
		{"kpageflags_team_bit", KPF_TEAM_BIT},
		{"kpageflags_team_pmd_bit", KPF_TEAM_PMD_BIT},
		{"kpageflags_doublemap_bit", KPF_DOUBLEMAP_BIT},
	};

	for (size_t at = 0; at < sizeof(numbers) / sizeof(numbers[0]); at++) {
		if (strcmp(numbers[at].name, name))
			continue;
		buf_printf(out, "%d\n", numbers[at].value);
		return 0;
	}
	if (strcmp(name, "pte_mapped_thp"))
		return -ENOENT;
	buf_puts(out, "PID/pte_mapped_thp\n");
	return 0;
}

int texts_system(const struct world *world, const char *path, struct buf *out)
{
	static const char thp[] = "sys/kernel/mm/transparent_hugepage/", teams[] = "sys/kernel/mm/pageteam/";

	if (!strncmp(path, thp, sizeof(thp) - 1))
		return put_thp(world, path + sizeof(thp) - 1, out);
	if (!strcmp(path, "proc/sys/kernel/osrelease")) {
		buf_printf(out, "%s\n", world->rules.release);
		return 0;
	}
	if (!strcmp(path, "proc/vmstat"))
		return put_vmstat(world, out);
	if (!strcmp(path, "proc/meminfo"))
		return put_meminfo(world, out);
	if (!strcmp(path, "proc/buddyinfo"))
		return put_buddyinfo(world, out);
	if (!strcmp(path, "proc/swaps"))
		return put_swaps(world, out);
	if (!strncmp(path, teams, sizeof(teams) - 1) && world->rules.teams == TEAM_ALL)
		return put_teams(path + sizeof(teams) - 1, out);
	return -ENOENT;
}
