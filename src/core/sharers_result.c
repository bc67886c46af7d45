/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the search for sharers found, as facts. */
#include <stdlib.h>
#include <string.h>

#include "core/mapcount.h"
#include "core/mem.h"
#include "core/sharers_parts.h"

/* E by the bounds of facts B; then the three counts. */
static void derive_mapcount(struct search *search)
{
	struct mapcount *mapcount = &search->out->mapcount;
	struct entire_bounds bounds;
	int64_t pmds = 0, usage;
	uint32_t i;
	size_t k;

	*mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	if (!search->counts_known)
		return;
	for (k = 0; k < search->n_stretches; k++)
		pmds += search->stretches[k].mapping == MAPPING_PMD;
	entire_start(&bounds, pmds);
	mapcount->highest = 0;
	for (i = 0; i < search->pages; i++) {
		entire_subpage(&bounds, (int64_t)search->count[i], search->pte_found[i]);
		if ((int64_t)search->count[i] > mapcount->highest)
			mapcount->highest = (int64_t)search->count[i];
	}
	/* Of what is smaller than a huge page none is mapped by PMD; of a team its head knows. */
	if (sharers_small(search))
		mapcount->entire = 0;
	else if (search->out->team && !kernel_team(search->kernel, search->head, &usage, &pmds))
		mapcount->entire = pmds;
	else
		mapcount->entire = entire_value(&bounds);
	if (mapcount->entire != UNKNOWN_COUNT)
		mapcount->total = search->out->counted - (search->pages - 1) * mapcount->entire;
}

static void compare_counts(struct search *search)
{
	struct sharers *out = search->out;
	uint32_t i;

	out->counted = out->missing = out->surplus = search->counts_known ? 0 : UNKNOWN_COUNT;
	for (i = 0; i < search->pages; i++) {
		const int64_t found = search->found[i];
		int64_t missing;

		out->found += found;
		if (!search->counts_known)
			continue;
		missing = (int64_t)search->count[i] - found;
		out->counted += (int64_t)search->count[i];
		out->missing += missing > 0 ? missing : 0;
		out->surplus -= missing < 0 ? missing : 0;
		if (missing > (int64_t)out->missing_most)
			out->missing_most = (uint32_t)missing;
	}
}

static bool describe(const struct search *search, const struct stretch *stretch, struct sharer *sharer)
{
	const struct kin *kin = &search->kin[stretch->who];
	const uint64_t size = search->pages * search->kernel->page_size;
	uint32_t i;

	*sharer = (struct sharer){.pid = kin->pid,
				  .start_time = kin->start_time,
				  .mapping = stretch->mapping,
				  .aligned = !(stretch->base & (size - 1))};
	for (i = 0; i < search->pages; i++) {
		if (!(stretch->bits[i / 64] >> i % 64 & 1))
			continue;
		if (!sharer->subpages++)
			sharer->first = i;
		sharer->last = i;
	}
	sharer->addr = stretch->base + sharer->first * search->kernel->page_size;
	return sharer->subpages;
}

/* A sharer and its place in the order. */
struct entry {
	struct sharer sharer;
	unsigned rank;
};

static int by_place(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->sharer.pid != b->sharer.pid)
		return a->sharer.pid < b->sharer.pid ? -1 : 1;
	return a->sharer.addr < b->sharer.addr ? -1 : a->sharer.addr > b->sharer.addr;
}

static void fill(struct search *search, size_t who, pid_t same_as, const struct sharer *sharer,
		 struct entry *entry)
{
	struct kin *kin = &search->kin[who];

	if (!kin->name)
		kin->name = arena_text(search->arena, kin->comm, strlen(kin->comm));
	*entry = (struct entry){*sharer, kin->rank};
	entry->sharer.pid = kin->pid;
	entry->sharer.start_time = kin->start_time;
	entry->sharer.comm = kin->name;
	entry->sharer.same_as = same_as;
}

/* One entry a stretch, and one for each process that has its address space too: `aliases`, by index. */
static void list(struct search *search, const size_t *aliases, size_t n_aliases)
{
	struct entry *entries = NULL;
	struct sharer sharer;
	size_t i, k, n = 0, room = 0;

	for (i = 0; i < search->n_stretches; i++) {
		const size_t who = search->stretches[i].who;

		if (!describe(search, &search->stretches[i], &sharer))
			continue;
		mem_grow(&entries, &room, n + 1 + n_aliases, sizeof(*entries));
		fill(search, who, 0, &sharer, &entries[n++]);
		for (k = 0; k < n_aliases; k++)
			if (search->kin[aliases[k]].alias == who + 1)
				fill(search, aliases[k], search->kin[who].pid, &sharer, &entries[n++]);
	}
	if (n)
		qsort(entries, n, sizeof(*entries), by_place);
	search->out->items = arena_alloc(search->arena, n * sizeof(*search->out->items));
	for (i = 0; i < n; i++)
		search->out->items[i] = entries[i].sharer;
	search->out->n = n;
	free(entries);
}

void sharers_result(struct search *search)
{
	struct sharers *out = search->out;
	size_t *aliases = mem_alloc(search->n_kin * sizeof(*aliases)), n = 0, i;

	out->source = search->kernel->ops->source;
	out->pid = search->query->pid;
	out->addr = search->query->addr;
	out->page_size = search->kernel->page_size;
	out->pmd_size = search->kernel->pmd_size;
	out->pfn = search->head;
	out->order = search->order;
	out->processes = (uint32_t)search->n_kin;
	for (i = 0; i < search->n_kin; i++) {
		out->looked += search->kin[i].looked || search->kin[i].alias;
		out->denied += search->kin[i].denied;
		if (search->kin[i].alias)
			aliases[n++] = i;
	}
	list(search, aliases, n);
	free(aliases);
	compare_counts(search);
	derive_mapcount(search);
	out->partial = search->stopped;
	out->complete = !search->stopped && (!search->left || out->looked == out->processes);
	out->took_ns = search->now() - search->started;
}
