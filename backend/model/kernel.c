/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel.h of a model machine: its page tables and frames, in the words in which Linux shows them. */
#include "core/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "model/model.h"
#include "model/texts.h"

struct model_kernel {
	struct kernel kernel;
	struct machine *machine;
	char source[80];       /* "model:5.4", "model:5.4 without retract-only-tries" */
	struct kernel_ops ops; /* with that name */
};

struct model_process {
	struct kernel_process process;
	uint32_t mm;
};

static struct world *world_of(struct kernel *kernel)
{
	return machine_world(((struct model_kernel *)kernel)->machine);
}

/* The mm of a process that was opened, or 0: it is gone. */
static uint32_t mm_of(struct kernel_process *process)
{
	struct model_process *own = (struct model_process *)process;
	const struct mm *mm = &world_of(process->kernel)->mms[own->mm];

	return mm->used && mm->pid == process->pid ? own->mm : 0;
}

static void model_close(struct kernel *kernel)
{
	free(kernel);
}

static int model_text(struct kernel *kernel, const char *path, struct buf *out)
{
	struct world *world = world_of(kernel);
	int pid, name = 0;

	if (sscanf(path, "proc/%d/%n", &pid, &name) == 1 && name) {
		uint32_t mm = mm_of_pid(world, pid);

		return mm ? texts_process(world, mm, path + name, out) : -ENOENT;
	}
	return texts_system(world, path, out);
}

static int model_pids(struct kernel *kernel, pid_t **pids, size_t *n)
{
	const struct world *world = world_of(kernel);
	size_t room = 0;

	*pids = NULL;
	*n = 0;
	/* Given out in this order, and never again: ascending, but for places that were used before. */
	for (uint32_t pid = 0; pid < world->next_pid; pid++) {
		if (!mm_of_pid(world, (pid_t)pid))
			continue;
		mem_grow(pids, &room, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = (pid_t)pid;
	}
	return 0;
}

/* Each process has an address space of its own: there are no threads here. */
static int model_same_memory(struct kernel *kernel, pid_t one, pid_t other)
{
	(void)kernel;
	return one == other;
}

static int model_process_open(struct kernel *kernel, pid_t pid, struct kernel_process **out)
{
	struct model_process *process;
	uint32_t mm = mm_of_pid(world_of(kernel), pid);

	if (!mm)
		return -ENOENT;
	process = mem_alloc(sizeof(*process));
	process->process = (struct kernel_process){.kernel = kernel, .pid = pid, .start_time = (uint64_t)pid};
	process->mm = mm;
	*out = &process->process;
	return 0;
}

static void model_process_close(struct kernel_process *process)
{
	free(process);
}

static int model_process_text(struct kernel_process *process, const char *name, struct buf *out)
{
	uint32_t mm = mm_of(process);

	return mm ? texts_process(world_of(process->kernel), mm, name, out) : -ESRCH;
}

/* A page that is mapped once, bit 56: of each page (6.12, facts B; and teams), or of a huge pmd's first page for all. */
static bool mapped_once(const struct world *world, uint64_t pmd, uint32_t pfn)
{
	if (entry_huge(pmd) && world->rules.pagemap_once_of_head && !world->pages[pfn].team)
		pfn = entry_pfn(pmd);
	return world->pages[pfn].use != PAGE_ZERO && page_mapcount(world, pfn) == 1;
}

/* pte_to_pagemap_entry() and the huge pmd's branch of pagemap_pmd_range() (fs/proc/task_mmu.c, 6.12). */
static uint64_t pagemap_word(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *above = pmd_of(world, mm, addr), pmd = above ? *above : 0;
	const uint64_t entry = leaf_of(world, mm, addr);
	const uint32_t pfn = entry_pfn(entry);
	uint64_t word = entry & ENTRY_UFFD_WP ? PM_UFFD_WP : 0;

	if (entry_swapped(entry))
		return word | PM_SWAP | (uint64_t)pfn << 5;
	if (!entry_present(entry))
		return entry & ENTRY_MARKER ? PM_UFFD_WP | PM_SWAP : 0;
	word |= PM_PRESENT | pfn;
	/* vm_normal_page() knows no page for the small zero page; the huge one has no such test (facts D). */
	if (!world->pages[pfn].anon && (world->pages[pfn].use != PAGE_ZERO || entry_huge(pmd)))
		word |= PM_FILE;
	if (mapped_once(world, pmd, pfn))
		word |= PM_MMAP_EXCLUSIVE;
	if (world->rules.teams != TEAM_NONE && entry_huge(pmd))
		word |= UINT64_C(1) << PM_TEAM_PMD_BIT;
	return word;
}

static ssize_t model_pagemap(struct kernel_process *process, uint64_t addr, size_t n, uint64_t *words)
{
	struct world *world = world_of(process->kernel);
	const uint64_t limit = address_limit(world);
	uint32_t mm = mm_of(process);
	size_t at;

	if (!mm)
		return -ESRCH;
	for (at = 0; at < n && addr + at * PAGE_BYTES < limit; at++)
		words[at] = pagemap_word(world, mm, addr + at * PAGE_BYTES);
	return (ssize_t)at;
}

/* PAGEMAP_SCAN's categories of one page, from its tables. */
static uint64_t categories(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t *above = pmd_of(world, mm, addr), pmd = above ? *above : 0;
	const uint64_t entry = leaf_of(world, mm, addr);
	const struct kpage *page = &world->pages[entry_pfn(entry)];
	uint64_t found;

	if (!entry_present(entry))
		return entry_swapped(entry) || entry & ENTRY_MARKER ? SCAN_SWAPPED : 0;
	found = SCAN_PRESENT | (page->anon || page->use == PAGE_ZERO ? 0 : SCAN_FILE);
	if (page->use == PAGE_ZERO)
		found |= SCAN_PFNZERO;
	if (entry_huge(pmd))
		found |= SCAN_HUGE;
	return found;
}

static int model_scan(struct kernel_process *process, struct kernel_scan *scan)
{
	struct world *world = world_of(process->kernel);
	uint32_t mm = mm_of(process);
	uint64_t pages = 0, addr;

	if (!mm)
		return -ESRCH;
	scan->n = 0;
	for (addr = scan->from; addr < scan->to; addr += PAGE_BYTES) {
		uint64_t found = categories(world, mm, addr) & ~scan->dispensable;
		struct scan_range *last = scan->n ? &scan->out[scan->n - 1] : NULL;

		/* Where no table is, nothing is for a whole huge page. */
		if (!found && !pmd_of(world, mm, addr)) {
			addr = huge_start(world, addr) + huge_bytes(world) - PAGE_BYTES;
			continue;
		}
		if (!found)
			continue;
		if (scan->max_pages && pages == scan->max_pages)
			break;
		if (last && last->end == addr && last->categories == found) {
			last->end += PAGE_BYTES;
		} else {
			if (scan->n == scan->room)
				break;
			scan->out[scan->n++] = (struct scan_range){addr, addr + PAGE_BYTES, found};
		}
		pages++;
	}
	scan->next = addr < scan->to ? addr : scan->to;
	return 0;
}

/* page_mapped(): any page of its folio is, in all generations. */
static bool folio_mapped(const struct world *world, uint32_t pfn)
{
	const uint32_t head = folio_head(world, pfn);

	for (uint32_t n = 0; n < folio_nr(world, head); n++) {
		if (page_mapcount(world, head + n) > 0)
			return true;
	}
	return false;
}

/*
 * A team's PMD maps show on the head alone in 2016, on each page in 6.1-team; DOUBLEMAP of a team is counted, of a folio it is
 * PG_double_map.
 */
static uint64_t team_flags(const struct world *world, uint32_t pfn)
{
	const struct kpage *page = &world->pages[pfn];
	const bool all = world->rules.teams == TEAM_ALL;
	uint64_t word = 0;
	int64_t pmds;

	if (all && (world->pages[folio_head(world, pfn)].double_map ||
		    world->pages[folio_head(world, pfn)].file_double_map))
		word |= UINT64_C(1) << KPF_DOUBLEMAP_BIT;
	if (!page->team)
		return word;
	word |= UINT64_C(1) << KPF_TEAM_BIT;
	pmds = (int64_t)world->pages[team_head(world, pfn)].team_usage - huge_nr(world);
	if (pmds > 0 && (all || team_head(world, pfn) == pfn))
		word |= UINT64_C(1) << KPF_TEAM_PMD_BIT;
	if (pmds > 0 && all && page_mapcount(world, pfn) > pmds)
		word |= UINT64_C(1) << KPF_DOUBLEMAP_BIT;
	return word;
}

/* stable_page_flags() (fs/proc/page.c), of what there is here. */
static uint64_t flags_word(const struct world *world, uint32_t pfn)
{
	const struct kpage *page = &world->pages[pfn];
	const struct kpage *head = &world->pages[folio_head(world, pfn)];
	uint64_t word = 0;

	if (page->use == PAGE_FREE)
		return UINT64_C(1) << 10; /* BUDDY */
	if (page->use == PAGE_ZERO && page->order)
		return UINT64_C(1) << KPF_ZERO | UINT64_C(1) << KPF_THP |
		       UINT64_C(1) << (pfn == world->huge_zero ? KPF_HEAD : KPF_TAIL);
	if (page->use == PAGE_ZERO)
		return UINT64_C(1) << KPF_ZERO;
	if (page->use == PAGE_HEAD || page->use == PAGE_TAIL)
		word |= UINT64_C(1) << (page->use == PAGE_HEAD ? KPF_HEAD : KPF_TAIL) | UINT64_C(1)
												<< KPF_THP;
	word |= (uint64_t)folio_mapped(world, pfn) << 11 | (uint64_t)head->anon << KPF_ANON |
		(uint64_t)(head->swap != 0) << KPF_SWAPCACHE;
	/* Most flags are the head's alone: a tail has none of them, until it answers with its head's. */
	if (page->use != PAGE_TAIL || world->rules.flags_of_head)
		word |= (uint64_t)(head->lock.writer != 0) << 0 | (uint64_t)head->referenced << 2 |
			(uint64_t)head->uptodate << 3 | (uint64_t)head->dirty << 4 |
			(uint64_t)head->lru << KPF_LRU | (uint64_t)head->swapbacked << 14;
	if (head->anon && (world->rules.flags_of_head ? head : page)->exclusive)
		word |= UINT64_C(1) << KPF_ANON_EXCLUSIVE;
	return word | team_flags(world, pfn);
}

static ssize_t model_flags(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	const struct world *world = world_of(kernel);
	size_t at;

	for (at = 0; at < n && pfn + at < world->extent.frames; at++)
		words[at] = flags_word(world, (uint32_t)(pfn + at));
	return (ssize_t)at;
}

static ssize_t model_counts(struct kernel *kernel, uint64_t pfn, size_t n, uint64_t *words)
{
	const struct world *world = world_of(kernel);
	size_t at;

	for (at = 0; at < n && pfn + at < world->extent.frames; at++)
		words[at] = world->pages[pfn + at].use == PAGE_FREE
				    ? 0
				    : (uint64_t)page_mapcount(world, (uint32_t)(pfn + at));
	return (ssize_t)at;
}

/* The entries that lead to addr: four levels, and so no P4D. */
static struct kernel_entries entries_to(struct world *world, uint32_t mm, uint64_t addr)
{
	static const enum entry_level names[] = {ENTRY_PTE, ENTRY_PMD, ENTRY_PUD, ENTRY_PGD};
	struct kernel_entries entries = {{0}};
	uint32_t table = world->mms[mm].pgd;
	uint64_t entry;

	/* The walk that tells them leaves out what no VMA is at. */
	if (!vma_at(world, mm, addr))
		return entries;
	for (unsigned level = TABLE_LEVELS; table && level; level--) {
		entry = *table_entry(world, table, table_index(world, addr, level));
		entries.word[names[level - 1]] = entry;
		table = entry_table(entry) ? entry_to_table(entry) : 0;
	}
	return entries;
}

static ssize_t model_entries(struct kernel_process *process, uint64_t addr, size_t n,
			     struct kernel_entries *out)
{
	struct world *world = world_of(process->kernel);
	const uint64_t limit = address_limit(world);
	uint32_t mm = mm_of(process);
	size_t at;

	if (!mm)
		return -ESRCH;
	for (at = 0; at < n && addr + at * PAGE_BYTES < limit; at++)
		out[at] = entries_to(world, mm, addr + at * PAGE_BYTES);
	return (ssize_t)at;
}

static int model_vma_page_size(struct kernel_process *process, uint64_t addr, uint64_t *size)
{
	uint32_t mm = mm_of(process);

	if (!mm)
		return -ESRCH;
	*size = PAGE_BYTES;
	return vma_at(world_of(process->kernel), mm, addr) ? 0 : -ENOENT;
}

static int model_team(struct kernel *kernel, uint64_t pfn, int64_t *usage, int64_t *pmd_maps)
{
	const struct world *world = world_of(kernel);
	const int64_t nr = huge_nr(world);

	if (pfn >= world->extent.frames || !world->pages[pfn].team || pfn % huge_nr(world))
		return -ENOENT;
	*usage = world->pages[pfn].team_usage;
	*pmd_maps = *usage > nr ? *usage - nr : 0;
	return 0;
}

static const struct kernel_ops model_ops = {
	.source = "model",
	.close = model_close,
	.text = model_text,
	.pids = model_pids,
	.process_open = model_process_open,
	.process_close = model_process_close,
	.process_text = model_process_text,
	.pagemap = model_pagemap,
	.scan = model_scan,
	.flags = model_flags,
	.counts = model_counts,
	.entries = model_entries,
	.same_memory = model_same_memory,
	.team = model_team,
	.vma_page_size = model_vma_page_size,
};

static void give(struct capabilities *caps, enum capability capability)
{
	caps->mask |= UINT32_C(1) << capability;
}

/* "model:5.4", and what that kernel lacks: the rule, or how many. */
static void name_source(const struct rules *rules, char *text, size_t size)
{
	const struct rules *row = rules_named(rules->name);
	enum rule_need need, now;
	const char *name, *lacks = NULL;
	unsigned n = 0;

	for (size_t at = 0; row && (name = rules_rule(at, row, &need)); at++) {
		rules_rule(at, rules, &now);
		if (need == now)
			continue;
		lacks = name;
		n++;
	}
	if (n > 1)
		snprintf(text, size, "model:%s without %u rules", rules->name, n);
	else
		snprintf(text, size, "model:%s%s%s", rules->name, n ? " without " : "", n ? lacks : "");
}

struct kernel *model_kernel_new(struct machine *machine)
{
	struct model_kernel *model = mem_alloc(sizeof(*model));
	struct capabilities *caps = &model->kernel.caps;
	const struct rules *rules = &machine_world(machine)->rules;

	model->machine = machine;
	model->ops = model_ops;
	name_source(rules, model->source, sizeof(model->source));
	model->ops.source = model->source;
	model->kernel.ops = &model->ops;
	model->kernel.model = true;
	model->kernel.cow_rule = cow_row_name(rules->cow);
	kernel_probe_sizes(&model->kernel, PAGE_BYTES);
	give(caps, CAP_PAGEMAP_SCAN);
	give(caps, CAP_PFN);
	give(caps, CAP_KPAGEFLAGS);
	give(caps, CAP_KPAGECOUNT);
	give(caps, CAP_SMAPS);
	give(caps, CAP_ENTRIES);
	model->kernel.table_levels = TABLE_LEVELS;
	if (rules->pte_mapped_thp) {
		give(caps, CAP_QUEUE);
		snprintf(model->kernel.queue_file, sizeof(model->kernel.queue_file), "pte_mapped_thp");
	}
	/* The kernel of 2016 announced nothing. */
	if (rules->teams == TEAM_HEAD) {
		model->kernel.pagemap_pmd_bit = PM_TEAM_PMD_BIT;
		model->kernel.kpf.team = UINT64_C(1) << KPF_TEAM_BIT;
		model->kernel.kpf.team_pmd = UINT64_C(1) << KPF_TEAM_PMD_BIT;
	}
	if (rules->teams != TEAM_NONE) {
		give(caps, CAP_PAGEMAP_BIT);
		give(caps, CAP_TEAMS);
	} else {
		caps->missing[CAP_TEAMS] = "this generation has no page teams; --model 4.6-team and "
					   "--model 6.1-team have";
	}
	caps->missing[CAP_COUNTERS] = "the model has no PMU, and a step of it takes no time to count in";
	return &model->kernel;
}
