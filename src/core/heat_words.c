/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heat by what a process's own page tables say: nothing is marked, and bits are cleared only by heat_by_cleared. */
#include <errno.h>
#include <string.h>

#include "core/entry.h"
#include "core/heat_parts.h"
#include "core/survey.h"

#define ENTRY_BIT_ACCESSED 5 /* x86-64, where entries are shown (core/entry.h) */

#define RANGES 64

static void add(struct heat_region *item, bool used)
{
	item->of++;
	item->pages++;
	item->used += used;
}

int heat_by_entries(struct heating *heating, const char **why)
{
	struct kernel_entries *entries = heating->entries;
	struct heat_region *item;
	uint64_t word;
	ssize_t got, k;
	size_t i;
	int err = 0;

	if (!capable(&heating->kernel->caps, CAP_ENTRIES)) {
		*why = "this kernel shows no page-table entries";
		return -ENODATA;
	}
	for (i = 0; i < heating->heat->n && !err; i++) {
		item = &heating->heat->items[i];
		got = kernel_entries(heating->opened, item->start, heating->pages, entries);
		for (k = 0; k < got; k++) {
			word = entries[k].word[ENTRY_PTE];
			if (entry_is_present(word))
				add(item, word >> ENTRY_BIT_ACCESSED & 1);
		}
		err = got < 0 ? (int)got : heat_go_on(heating, 0, 1000, i, heating->heat->n);
	}
	return err;
}

/* One region: pages that are watched for writes, and those of them that were written. */
static int scan_region(struct heating *heating, struct heat_region *item)
{
	const uint64_t end = item->start + heating->kernel->pmd_size;
	struct scan_range ranges[RANGES] = {0};
	struct kernel_scan scan = {.from = item->start,
				   .to = end,
				   .out = ranges,
				   .room = RANGES,
				   .dispensable = SCAN_FILE,
				   .also = SCAN_WPALLOWED | SCAN_WRITTEN};
	uint32_t pages;
	size_t i;
	int err = 0;

	while (!err && scan.from < end) {
		err = kernel_scan(heating->opened, &scan);
		for (i = 0; !err && i < scan.n; i++) {
			if (!(ranges[i].categories & SCAN_WPALLOWED) ||
			    !(ranges[i].categories & SCAN_PRESENT))
				continue;
			pages = (uint32_t)((ranges[i].end - ranges[i].start) / heating->kernel->page_size);
			item->of += pages;
			item->pages += pages;
			item->used += ranges[i].categories & SCAN_WRITTEN ? pages : 0;
		}
		if (!err && scan.next <= scan.from)
			err = -EIO;
		scan.from = scan.next;
	}
	return err;
}

int heat_by_written(struct heating *heating, const char **why)
{
	bool any = false;
	size_t i;
	int err = 0;

	if (!capable(&heating->kernel->caps, CAP_PAGEMAP_SCAN) || heating->kernel->model) {
		*why = "what was written is told by PAGEMAP_SCAN (Linux 6.7), which is missing here";
		return -ENODATA;
	}
	for (i = 0; i < heating->heat->n && !err; i++) {
		err = scan_region(heating, &heating->heat->items[i]);
		any |= heating->heat->items[i].of > 0;
		if (!err)
			err = heat_go_on(heating, 0, 1000, i, heating->heat->n);
	}
	if (err || any)
		return err;
	*why = "the process has no memory that userfaultfd watches for writes (UFFD_FEATURE_WP_ASYNC)";
	return -ENODATA;
}

int heat_by_soft_dirty(struct heating *heating, const char **why)
{
	uint64_t used = 0, of = 0;
	ssize_t got, k;
	size_t i;
	int err = 0;

	for (i = 0; i < heating->heat->n && !err; i++) {
		got = kernel_pagemap(heating->opened, heating->heat->items[i].start, heating->pages,
				     heating->words);
		for (k = 0; k < got; k++)
			if (heating->words[k] & PM_PRESENT)
				add(&heating->heat->items[i], heating->words[k] & PM_SOFT_DIRTY);
		used += heating->heat->items[i].used;
		of += heating->heat->items[i].of;
		err = got < 0 ? (int)got : heat_go_on(heating, 0, 1000, i, heating->heat->n);
	}
	if (err || (used && used < of))
		return err;
	/* A kernel that has no such bit shows none; a page is born with it, and keeps it until somebody clears it. */
	*why = used ? "nobody has cleared the process's soft-dirty bits (clear_refs), so all pages have one"
		    : "no page has a soft-dirty bit: this kernel has none (CONFIG_MEM_SOFT_DIRTY), or "
		      "nothing "
		      "was written since they were cleared";
	return -ENODATA;
}

/* Surveys once more, with smaps. NULL: that failed. */
static const struct process *read_smaps(struct heating *heating, struct arena *arena, struct process *again)
{
	const struct survey_options options = {
		.from = heating->query->from, .to = heating->query->to, .smaps = true};

	return survey_process(heating->kernel, heating->opened, heating->opened->pid, &options, arena, again)
		       ? NULL
		       : again;
}

/* Of each item what smaps has of its VMA. Whether there was any memory. */
static bool take_areas(struct heating *heating, const struct process *process)
{
	struct heat_region *item;
	const struct vma *vma;
	uint64_t rss, used;
	bool any = false;
	size_t i;

	for (i = 0; i < heating->heat->n; i++) {
		item = &heating->heat->items[i];
		vma = process_vma_at(process, item->start);
		if (!vma || !vma->smaps)
			continue;
		rss = smaps_kb(vma->smaps, "Rss", 0) * 1024 / heating->kernel->page_size;
		used = smaps_kb(vma->smaps, "Referenced", 0) * 1024 / heating->kernel->page_size;
		if (rss > UINT32_MAX || used > rss)
			continue;
		item->of = item->pages = (uint32_t)rss;
		item->used = (uint32_t)used;
		any |= rss > 0;
	}
	return any;
}

static const char no_smaps[] = "smaps cannot be read, or tells of no memory";

/* Why bits could not be cleared, for a process that is there; NULL: for another reason. */
static const char *why_not_cleared(int err)
{
	if (err == -ENOTSUP)
		return "bits are cleared of running processes alone, not of a recorded tree or a model";
	if (err == -EACCES)
		return "the referenced bits of another user's process are root's to clear (clear_refs)";
	if (err == -ENOENT)
		return "this kernel has no clear_refs (CONFIG_PROC_PAGE_MONITOR)";
	return NULL;
}

int heat_by_cleared(struct heating *heating, const char **why)
{
	int err = kernel_clear_refs(heating->opened);
	struct arena arena = {0};
	struct process again;
	const struct process *process;
	bool any;

	*why = err ? why_not_cleared(err) : NULL;
	if (err)
		return *why ? -ENODATA : err;
	err = heat_wait(heating, 0, 900);
	if (err)
		return err;
	process = read_smaps(heating, &arena, &again);
	any = process && take_areas(heating, process);
	arena_fini(&arena);
	*why = no_smaps;
	return any ? 0 : -ENODATA;
}

int heat_by_smaps(struct heating *heating, const char **why)
{
	const bool asked = heating->query->by == HEAT_SMAPS;
	const int64_t rss_kb = heating->process->rss_kb;
	struct arena arena = {0};
	struct process again;
	const struct process *process = heating->process; /* with smaps, if that was asked for */
	bool any;

	if (!asked && (rss_kb < 0 || rss_kb > HEAT_SMAPS_KB)) {
		*why = "of a process of more than 64 MiB it is read where it is asked for alone (--by smaps, "
		       "or "
		       "cleared), as reading it stalls the process";
		return -ENODATA;
	}
	if (!asked)
		process = read_smaps(heating, &arena, &again);
	any = process && take_areas(heating, process);
	arena_fini(&arena);
	*why = no_smaps;
	return any ? 0 : -ENODATA;
}
