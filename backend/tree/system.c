/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which text files of the whole system a tree holds. */
#include <stdio.h>

#include "tree/output.h"

#define THP "sys/kernel/mm/transparent_hugepage/"
#define TEAMS "sys/kernel/mm/pageteam/"
#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static const char *const files[] = {
	"proc/vmstat",
	"proc/meminfo",
	"proc/swaps",
	"proc/buddyinfo",
	"proc/version",
	"proc/sys/kernel/osrelease",
	THP "enabled",
	THP "defrag",
	THP "shmem_enabled",
	THP "shrink_underused",
	THP "use_zero_page",
	THP "hpage_pmd_size",
	THP "khugepaged/defrag",
	THP "khugepaged/max_ptes_none",
	THP "khugepaged/max_ptes_swap",
	THP "khugepaged/max_ptes_shared",
	THP "khugepaged/pages_to_scan",
	THP "khugepaged/scan_sleep_millisecs",
	THP "khugepaged/alloc_sleep_millisecs",
	THP "khugepaged/pages_collapsed",
	THP "khugepaged/full_scans",
	"sys/kernel/mm/lru_gen/enabled",
	TEAMS "abi",
	TEAMS "pagemap_pmd_bit",
	TEAMS "kpageflags_team_bit",
	TEAMS "kpageflags_team_pmd_bit",
	TEAMS "kpageflags_doublemap_bit",
	TEAMS "pte_mapped_thp",
};

/* Below hugepages-<N>kB (Documentation/admin-guide/mm/transhuge.rst). */
static const char *const sized[] = {
	"enabled",
	"shmem_enabled",
	"stats/anon_fault_alloc",
	"stats/anon_fault_fallback",
	"stats/anon_fault_fallback_charge",
	"stats/zswpout",
	"stats/swpin",
	"stats/swpin_fallback",
	"stats/swpin_fallback_charge",
	"stats/swpout",
	"stats/swpout_fallback",
	"stats/shmem_alloc",
	"stats/shmem_fallback",
	"stats/shmem_fallback_charge",
	"stats/split",
	"stats/split_failed",
	"stats/split_deferred",
	"stats/nr_anon",
	"stats/nr_anon_partially_mapped",
};

static void copy(struct output *output, struct kernel *kernel, const char *path)
{
	struct buf text = {0};

	/* What this kernel does not have, or does not show to us, the tree does not have either. */
	if (!kernel_text(kernel, path, &text))
		tree_output_put(output, &text, "%s", path);
	buf_fini(&text);
}

void tree_output_system(struct output *output, struct kernel *kernel)
{
	char path[160];
	unsigned order;
	size_t i;

	for (i = 0; i < COUNT_OF(files); i++)
		copy(output, kernel, files[i]);
	for (order = 1; order <= kernel->pmd_order; order++) {
		for (i = 0; i < COUNT_OF(sized); i++) {
			snprintf(path, sizeof(path), THP "hugepages-%llukB/%s",
				 (unsigned long long)(kernel->page_size << order >> 10), sized[i]);
			copy(output, kernel, path);
		}
	}
}
