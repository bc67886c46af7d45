/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting a changed process together. */
#include "format/delta_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

void delta_edit_begin(struct delta_edit *edit, const struct process *process)
{
	size_t i;

	if (edit->open)
		return;
	edit->open = true;
	mem_grow(&edit->vmas, &edit->vmas_room, process->n_vmas, sizeof(*edit->vmas));
	mem_grow(&edit->regions, &edit->regions_room, process->n_regions, sizeof(*edit->regions));
	if (process->n_vmas)
		memcpy(edit->vmas, process->vmas, process->n_vmas * sizeof(*edit->vmas));
	if (process->n_regions)
		memcpy(edit->regions, process->regions, process->n_regions * sizeof(*edit->regions));
	for (i = 0; i < process->n_regions; i++)
		edit->regions[i].vma = 0;
	mem_grow(&edit->pages, &edit->pages_room, process->n_pages, sizeof(*edit->pages));
	for (i = 0; i < process->n_pages; i++)
		edit->pages[i] = (struct delta_page){.page = process->pages[i]};
	edit->n_vmas = edit->known_vmas = process->n_vmas;
	edit->n_regions = edit->known_regions = process->n_regions;
	edit->n_pages = edit->known_pages = process->n_pages;
}

void delta_edit_clear(struct delta_edit *edit)
{
	edit->open = true;
	edit->n_vmas = edit->known_vmas = 0;
	edit->n_regions = edit->known_regions = 0;
	edit->n_pages = edit->known_pages = 0;
}

void delta_edit_fini(struct delta_edit *edit)
{
	free(edit->vmas);
	free(edit->regions);
	free(edit->pages);
	memset(edit, 0, sizeof(*edit));
}

struct vma *delta_edit_vma(struct delta_edit *edit, uint64_t start)
{
	size_t low = 0, high = edit->known_vmas, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (edit->vmas[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == edit->known_vmas || edit->vmas[low].start != start || !edit->vmas[low].end)
		return NULL;
	return &edit->vmas[low];
}

struct region *delta_edit_region(struct delta_edit *edit, uint64_t start)
{
	size_t low = 0, high = edit->known_regions, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (edit->regions[middle].start < start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == edit->known_regions || edit->regions[low].start != start || !edit->regions[low].len)
		return NULL;
	return &edit->regions[low];
}

struct delta_page *delta_edit_page(struct delta_edit *edit, uint64_t addr)
{
	size_t low = 0, high = edit->known_pages, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (edit->pages[middle].page.addr < addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == edit->known_pages || edit->pages[low].page.addr != addr || edit->pages[low].gone)
		return NULL;
	return &edit->pages[low];
}

void delta_edit_add_vma(struct delta_edit *edit, const struct vma *vma)
{
	mem_grow(&edit->vmas, &edit->vmas_room, edit->n_vmas + 1, sizeof(*vma));
	edit->vmas[edit->n_vmas++] = *vma;
}

void delta_edit_add_region(struct delta_edit *edit, const struct region *region)
{
	mem_grow(&edit->regions, &edit->regions_room, edit->n_regions + 1, sizeof(*region));
	edit->regions[edit->n_regions++] = *region;
}

void delta_edit_add_page(struct delta_edit *edit, const struct page *page)
{
	mem_grow(&edit->pages, &edit->pages_room, edit->n_pages + 1, sizeof(*edit->pages));
	edit->pages[edit->n_pages++] = (struct delta_page){.page = *page};
}

static int refuse(struct json_problem *problem, const struct process *process, const char *why)
{
	snprintf(problem->text, sizeof(problem->text), "end: of process %d %s", (int)process->pid, why);
	return -EBADMSG;
}

static int by_vma_start(const void *left, const void *right)
{
	const struct vma *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static int by_region_start(const void *left, const void *right)
{
	const struct region *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static int by_page_addr(const void *left, const void *right)
{
	const struct delta_page *a = left, *b = right;

	return (a->page.addr > b->page.addr) - (a->page.addr < b->page.addr);
}

static const char *copy_text(struct arena *arena, const char *text)
{
	if (!text || !*text)
		return text ? "" : NULL;
	return arena_text(arena, text, strlen(text));
}

static const struct smaps *copy_smaps(struct arena *arena, const struct smaps *smaps)
{
	struct smaps *copy = arena_copy(arena, smaps, sizeof(*smaps));
	struct smaps_field *fields =
		arena_copy(arena, smaps->fields, smaps->n_fields * sizeof(*smaps->fields));
	const char **flags = arena_alloc(arena, smaps->n_flags * sizeof(*flags));
	size_t i;

	for (i = 0; i < smaps->n_fields; i++)
		fields[i].name = copy_text(arena, fields[i].name);
	for (i = 0; i < smaps->n_flags; i++)
		flags[i] = copy_text(arena, smaps->flags[i]);
	copy->fields = fields;
	copy->flags = flags;
	return copy;
}

static void own_texts(struct vma *vma, struct arena *arena)
{
	vma->name = copy_text(arena, vma->name);
	vma->label = copy_text(arena, vma->label);
	if (vma->smaps)
		vma->smaps = copy_smaps(arena, vma->smaps);
}

/* The two ascending parts of the list as one, without what is gone. */
static void take_vmas(struct delta_edit *edit, struct process *process, struct arena *arena)
{
	struct vma *into = arena_alloc(arena, edit->n_vmas * sizeof(*into)), *copy;
	const size_t old_end = edit->known_vmas, new_end = edit->n_vmas;
	size_t old = 0, new = old_end;

	process->vmas = into;
	process->n_vmas = 0;
	if (edit->n_vmas > edit->known_vmas)
		qsort(edit->vmas + edit->known_vmas, edit->n_vmas - edit->known_vmas, sizeof(*into),
		      by_vma_start);
	while (old < old_end || new < new_end) {
		const bool known =
			old < old_end && (new == new_end || edit->vmas[old].start <= edit->vmas[new].start);
		const struct vma *vma = &edit->vmas[known ? old++ : new ++];

		if (known && !vma->end)
			continue;
		copy = &into[process->n_vmas++];
		*copy = *vma;
		own_texts(copy, arena);
		copy->first_region = copy->n_regions = 0;
	}
}

/* Gives the region its VMA, looked for from *at on; false if there is none that holds all of it. */
static bool place(struct process *process, size_t *at, struct region *region)
{
	struct vma *vma;

	while (*at < process->n_vmas && process->vmas[*at].end <= region->start) {
		++*at;
		if (*at < process->n_vmas)
			process->vmas[*at].first_region = (uint32_t)process->n_regions;
	}
	vma = *at < process->n_vmas ? &process->vmas[*at] : NULL;
	if (!vma || region->start < vma->start || region->len > vma->end - region->start)
		return false;
	region->vma = (uint32_t)*at;
	vma->n_regions++;
	return true;
}

static int take_region(struct process *process, size_t *at, const struct region *region,
		       struct json_problem *problem)
{
	const struct region *before = process->n_regions ? &process->regions[process->n_regions - 1] : NULL;
	const bool told = region->vma;
	struct region *into = &process->regions[process->n_regions];

	if (!region->len)
		return 0;
	*into = *region;
	into->first_page = into->n_pages = 0;
	if (!place(process, at, into))
		return told ? refuse(problem, process, "a region is in no VMA") : 0;
	if (before && (region->start < before->start || region->start - before->start < before->len))
		return refuse(problem, process, "regions overlap");
	process->n_regions++;
	return 0;
}

static int take_regions(struct delta_edit *edit, struct process *process, struct arena *arena,
			struct json_problem *problem)
{
	const size_t old_end = edit->known_regions, new_end = edit->n_regions;
	size_t old = 0, new = old_end, at = 0;
	bool known;
	int err = 0;

	process->regions = arena_alloc(arena, (edit->n_regions + 1) * sizeof(*process->regions));
	process->n_regions = 0;
	if (edit->n_regions > edit->known_regions)
		qsort(edit->regions + edit->known_regions, edit->n_regions - edit->known_regions,
		      sizeof(*edit->regions), by_region_start);
	while (!err && (old < old_end || new < new_end)) {
		known = old < old_end &&
			(new == new_end || edit->regions[old].start <= edit->regions[new].start);
		err = take_region(process, &at, &edit->regions[known ? old++ : new ++], problem);
	}
	for (at++; at < process->n_vmas; at++)
		process->vmas[at].first_region = (uint32_t)process->n_regions;
	return err;
}

/* Gives the page to its region, looked for from *at on. One that no region holds goes with it, if it was there before. */
static int take_page(struct process *process, size_t *at, const struct delta_page *page, bool known,
		     struct json_problem *problem)
{
	const struct page *before = process->n_pages ? &process->pages[process->n_pages - 1] : NULL;
	const uint64_t addr = page->page.addr;
	struct region *region;

	if (page->gone)
		return 0;
	while (*at < process->n_regions && process->regions[*at].start <= addr &&
	       addr - process->regions[*at].start >= process->regions[*at].len) {
		++*at;
		if (*at < process->n_regions)
			process->regions[*at].first_page = (uint32_t)process->n_pages;
	}
	region = *at < process->n_regions ? &process->regions[*at] : NULL;
	if (!region || addr < region->start)
		return known ? 0 : refuse(problem, process, "a page is in no region");
	if (before && addr <= before->addr)
		return refuse(problem, process, "a page is told twice");
	process->pages[process->n_pages++] = page->page;
	region->n_pages++;
	return 0;
}

static int take_pages(struct delta_edit *edit, struct process *process, struct arena *arena,
		      struct json_problem *problem)
{
	const size_t old_end = edit->known_pages, new_end = edit->n_pages;
	size_t old = 0, new = old_end, at = 0;
	bool known;
	int err = 0;

	process->pages = arena_alloc(arena, edit->n_pages * sizeof(*process->pages));
	process->n_pages = 0;
	if (edit->n_pages > edit->known_pages)
		qsort(edit->pages + edit->known_pages, edit->n_pages - edit->known_pages,
		      sizeof(*edit->pages), by_page_addr);
	while (!err && (old < old_end || new < new_end)) {
		known = old < old_end &&
			(new == new_end || edit->pages[old].page.addr <= edit->pages[new].page.addr);
		err = take_page(process, &at, &edit->pages[known ? old++ : new ++], known, problem);
	}
	for (at++; at < process->n_regions; at++)
		process->regions[at].first_page = (uint32_t)process->n_pages;
	return err;
}

/* All as it was. */
static void take_all(struct process *process, struct arena *arena)
{
	size_t i;

	process->vmas = arena_copy(arena, process->vmas, process->n_vmas * sizeof(*process->vmas));
	process->regions =
		arena_copy(arena, process->regions, process->n_regions * sizeof(*process->regions));
	process->pages = arena_copy(arena, process->pages, process->n_pages * sizeof(*process->pages));
	for (i = 0; i < process->n_vmas; i++)
		own_texts(&process->vmas[i], arena);
}

static void copy_counters(struct process *process, struct arena *arena)
{
	struct counter *counters =
		arena_copy(arena, process->counters, process->n_counters * sizeof(*counters));
	size_t i;

	for (i = 0; i < process->n_counters; i++) {
		counters[i].name = copy_text(arena, counters[i].name);
		counters[i].missing = copy_text(arena, counters[i].missing);
	}
	process->counters = counters;
}

int delta_edit_end(struct delta_edit *edit, struct process *process, struct arena *arena,
		   struct json_problem *problem)
{
	size_t i;
	int err;

	process->comm = copy_text(arena, process->comm);
	process->cgroup = copy_text(arena, process->cgroup);
	copy_counters(process, arena);
	process->reason = copy_text(arena, process->reason);
	process->heat = NULL; /* it was measured beside the moment that told it */
	process->carried = NULL;
	process->loose = NULL;
	process->shared = NULL;
	process->spans = NULL;
	process->n_spans = 0;
	process->maps_hash = 0;
	if (!edit->open) {
		take_all(process, arena);
		return 0;
	}
	take_vmas(edit, process, arena);
	for (i = 1; i < process->n_vmas; i++)
		if (process->vmas[i].start < process->vmas[i - 1].end)
			return refuse(problem, process, "VMAs overlap");
	err = take_regions(edit, process, arena, problem);
	return err ? err : take_pages(edit, process, arena, problem);
}
