/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names before mmap_lock and folios: seeds 000 and 004 show most of them. */
#include "model/words.h"

#include <string.h>

static const struct {
	const char *today, *before;
} words[] = {
	{"mmap_read_lock", "down_read(mmap_sem)"},
	{"mmap_write_lock", "down_write(mmap_sem)"},
	{"mmap_read_trylock", "down_read_trylock(mmap_sem)"},
	{"mmap_write_trylock", "down_write_trylock(mmap_sem)"},
	{"mmap_write_unlock", "up_write(mmap_sem)"},
	{"mmap_unlock", "up(mmap_sem)"},
	{"find_pmd_or_thp_or_none", "mm_find_pmd"},
	{"hpage_collapse_scan_pmd", "khugepaged_scan_pmd"},
	{"hpage_collapse_scan_file", "khugepaged_scan_file"},
	{"alloc_charge_folio", "khugepaged_alloc_page"},
	{"folio_isolate_lru", "isolate_lru_page"},
	{"folio_ref_count", "page_ref_freeze"},
	{"folio_unlock", "unlock_page"},
	{"folio_trylock", "trylock_page"},
	{"folio_referenced", "page_referenced"},
	{"vma_alloc_folio", "alloc_hugepage_vma"},
	{"shrink_folio_list", "shrink_page_list"},
	{"split_folio", "split_huge_page_to_list"},
};

const char *words_of(const struct rules *rules, const char *name)
{
	for (size_t at = 0; rules->mmap_sem && at < sizeof(words) / sizeof(words[0]); at++) {
		if (!strcmp(words[at].today, name))
			return words[at].before;
	}
	return name;
}
