/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's words for the result of a collapse mean (enum scan_result, mm/khugepaged.c). */
#include "core/verdict.h"

#include <string.h>

static const struct {
	const char *word;
	const char *text;
} texts[] = {
	{"succeeded", "the memory is in one huge page now"},
	{"failed", "the kernel gave no reason"},
	{"pmd_null", "there is no page table here: nothing is mapped"},
	{"pmd_none", "nothing is mapped here"},
	{"page_pmd_mapped", "the region is mapped by PMD already"},
	{"exceed_none_pte",
	 "more pages are missing than khugepaged/max_ptes_none allows, or userfaultfd watches them"},
	{"exceed_swap_pte",
	 "more entries are swap, or markers such as of guard regions, than khugepaged/max_ptes_swap allows"},
	{"exceed_shared_pte", "more pages are shared than khugepaged/max_ptes_shared allows"},
	{"pte_non_present", "a page is not in memory: swapped out, or being moved"},
	{"pte_uffd_wp", "userfaultfd watches writes to it"},
	{"pte_mapped_hugepage", "the huge page is there, mapped by ptes: its page table could be given up"},
	{"no_writable_page", "none of its pages can be written"},
	{"lack_referenced_page", "its pages were not used lately"},
	{"no_referenced_page", "its pages were not used lately"},
	{"page_null", "an entry maps no page of ordinary memory"},
	{"scan_aborted", "its pages are on nodes too far from each other"},
	{"not_suitable_page_count", "somebody holds a reference to a page (I/O, a pin): it may work later"},
	{"page_not_in_lru", "a page was on its way on or off the LRU lists: it may work later"},
	{"page_locked", "a page was locked: it may work later"},
	{"page_not_anon", "a page is not anonymous memory"},
	{"page_compound", "a page is part of a larger folio already"},
	{"no_process_for_page", "the process is ending"},
	{"vma_null", "the mapping went away meanwhile"},
	{"vma_check_failed", "this mapping is not fit for huge pages, or THP is off for it"},
	{"not_suitable_address_range", "the mapping does not cover the whole aligned range"},
	{"page_swap_cache", "a page is in the swap cache: it may work later"},
	{"could_not_delete_page_from_lru", "a page could not be taken off the LRU lists: it may work later"},
	{"alloc_huge_page_failed", "no free huge page was to be had"},
	{"ccgroup_charge_failed", "the memory cgroup is at its limit"},
	{"truncated", "the file was truncated meanwhile"},
	{"page_has_private", "a page belongs to its file system's buffers"},
	{"store_failed", "the file's page cache could not hold it"},
	{"copy_poisoned_page", "a page could not be copied: its memory is faulty"},
	{"page_filled", "a missing page was filled meanwhile: it may work later"},
};

const char *verdict_text(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i].word, word))
			return texts[i].text;
	return "";
}

const char *verdict_word(size_t i)
{
	return i < sizeof(texts) / sizeof(texts[0]) ? texts[i].word : NULL;
}

const char *verdict_requested(const char *word)
{
	static const char *const untold[] = {"failed", "exceed_none_pte", "exceed_swap_pte",
					     "exceed_shared_pte"};
	size_t i;

	for (i = 0; i < sizeof(untold) / sizeof(untold[0]); i++)
		if (!strcmp(untold[i], word))
			return "";
	return verdict_text(word);
}
