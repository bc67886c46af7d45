/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants: everything that the world counts is counted again, from its page tables on. */
#include "model/task.h"
#include "model/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct recount {
	struct world *world;
	bool quiet;	   /* no task is in the middle of anything */
	uint32_t *ptes;	   /* by frame: mappings by a pte */
	uint32_t *pmds;	   /* by frame, of the head: mappings by a PMD */
	uint32_t *writers; /* by frame: those of both that may write */
	uint32_t *cached;  /* by frame: places in page caches */
	uint32_t *pins;
	uint32_t *swaps;		 /* by slot: entries */
	bool *tables;			 /* those that were found */
	int64_t rss[RSS_COUNT], nr_ptes; /* of the mm under way */
	uint32_t vma;			 /* the last one found: the next entry is likely its, too */
};

#define WRONG(recount, ...) world_violated((recount)->world, __VA_ARGS__)

static bool in_vma(struct recount *recount, uint32_t mm, uint64_t addr)
{
	const struct kvma *vma = &recount->world->vmas[recount->vma];

	if (!vma->used || vma->mm != mm || addr < vma->start || addr >= vma->end)
		recount->vma = vma_at(recount->world, mm, addr);
	return recount->vma;
}

/*
 * Whether page n behind the one that an entry leads to is what the entry takes it for: of the same folio, or of the same
 * team. In the middle of an operation too: what takes a huge page apart takes its PMD maps away first.
 */
static bool leaf_page_fits(const struct world *world, uint32_t pfn, uint32_t n)
{
	const struct kpage *first = &world->pages[pfn], *page = first + n;

	if (first->use == PAGE_ZERO)
		return page->use == PAGE_ZERO;
	if (first->team)
		return team_head(world, pfn) == pfn && page->team && !page->hole &&
		       page->mapping == first->mapping && page->index == first->index + n;
	return first->use == PAGE_HEAD && first->order == world->extent.order &&
	       (!n || (page->use == PAGE_TAIL && page->head == pfn));
}

/*
 * Whether a page is what belongs at that address of the VMA: of its file, at its index; or private, and then a walk
 * from the page's anon_vma finds this VMA.
 */
static bool page_belongs(const struct world *world, const struct kvma *vma, uint64_t addr,
			 const struct kpage *page)
{
	if (vma_index(vma, addr) != page->index)
		return false;
	if (page->anon)
		return vma->kind != KVMA_SHARED && anon_vma_descends(world, vma->anon_vma, page->mapping);
	return vma->kind != KVMA_ANON && vma->file == page->mapping;
}

/* The pages of a leaf, one by one. */
static void check_leaf(struct recount *recount, uint32_t mm, uint64_t addr, uint32_t pfn, bool huge)
{
	struct world *world = recount->world;
	const struct kvma *vma = &world->vmas[recount->vma];
	const char *name = world->mms[mm].name;
	const uint32_t nr = huge ? huge_nr(world) : 1;

	for (uint32_t n = 0; n < nr && pfn + n < world->extent.frames; n++) {
		const struct kpage *page = &world->pages[pfn + n];
		const unsigned long long at = addr + n * PAGE_BYTES;

		if (huge && !leaf_page_fits(world, pfn, n))
			WRONG(recount, "%s maps frame %#x by PMD at %#llx, which is %s", name, pfn + n, at,
			      page->use == PAGE_FREE ? "free" : "no page of that huge page");
		else if (page->use != PAGE_ZERO && recount->vma && !page_belongs(world, vma, at, page))
			WRONG(recount, "%s maps frame %#x at %#llx, where %s", name, pfn + n, at,
			      page->anon && vma_index(vma, at) == page->index
				      ? "no walk from its anon_vma finds it"
				      : "another page belongs");
	}
}

/* What an entry that is present leads to: one page, or a huge one. */
static void count_leaf(struct recount *recount, uint32_t mm, uint64_t addr, uint64_t entry, bool huge)
{
	struct world *world = recount->world;
	const uint32_t pfn = entry_pfn(entry);
	const char *name = world->mms[mm].name;
	const struct kpage *page;
	int64_t nr = huge ? huge_nr(world) : 1;

	if (pfn >= world->extent.frames || (page = &world->pages[pfn])->use == PAGE_FREE) {
		WRONG(recount, "%s maps frame %#x at %#llx, which is free", name, pfn,
		      (unsigned long long)addr);
		return;
	}
	if (page->use == PAGE_ZERO) {
		if (entry & ENTRY_WRITE)
			WRONG(recount, "%s may write to a zero page at %#llx", name,
			      (unsigned long long)addr);
		return;
	}
	if (!in_vma(recount, mm, addr))
		WRONG(recount, "%s maps frame %#x at %#llx, where no VMA is", name, pfn,
		      (unsigned long long)addr);
	else if (huge && addr + huge_bytes(world) > world->vmas[recount->vma].end)
		WRONG(recount, "%s maps frame %#x by PMD at %#llx, across the end of a VMA", name, pfn,
		      (unsigned long long)addr);
	check_leaf(recount, mm, addr, pfn, huge);
	*(huge ? &recount->pmds[pfn] : &recount->ptes[pfn]) += 1;
	for (uint32_t n = 0; entry & ENTRY_WRITE && n < nr && pfn + n < world->extent.frames; n++)
		recount->writers[pfn + n]++;
	recount->rss[page->anon ? RSS_ANON : world->files[page->mapping].shmem ? RSS_SHMEM : RSS_FILE] += nr;
}

/* The tables of ptes that wait behind the huge entries of a table of pmds: one for each entry that wants one. */
static void count_deposits(struct recount *recount, uint32_t mm, uint32_t table, unsigned level)
{
	struct world *world = recount->world;
	uint32_t wanted = 0, found = 0;

	for (unsigned at = 0; level == 2 && at < huge_nr(world); at++) {
		uint64_t entry = world->entries[((size_t)table << world->extent.order) + at];

		wanted += entry_huge(entry) && entry_pfn(entry) < world->extent.frames &&
			  pmd_deposits(world, entry_pfn(entry));
	}
	for (uint32_t at = world->tables[table].deposit; at; at = world->tables[at].next, found++) {
		if (recount->tables[at]) {
			WRONG(recount, "page table %u is deposited, and in another place too", at);
			return;
		}
		if (world->tables[at].use != TABLE_DEPOSITED || world->tables[at].mm != mm)
			WRONG(recount, "page table %u is deposited in %s, and %s", at, world->mms[mm].name,
			      world->tables[at].mm != mm ? "another process's" : "not kept as such");
		recount->tables[at] = true;
		recount->nr_ptes++;
	}
	if (recount->quiet && found != wanted)
		WRONG(recount, "%s has %u page tables deposited for %u huge entries", world->mms[mm].name,
		      found, wanted);
}

static void count_entry(struct recount *recount, uint32_t mm, uint64_t addr, unsigned level, uint64_t entry);

static void count_table(struct recount *recount, uint32_t mm, uint64_t addr, unsigned level, uint32_t table)
{
	struct world *world = recount->world;
	const uint64_t step = PAGE_BYTES << (level - 1) * world->extent.order;
	const struct table *found = &world->tables[table];

	if (table >= world->extent.tables || found->use == TABLE_FREE || found->use == TABLE_DEFERRED) {
		WRONG(recount, "%s has a page table at %#llx that was freed", world->mms[mm].name,
		      (unsigned long long)addr);
		return;
	}
	if (recount->tables[table])
		WRONG(recount, "page table %u is in two places", table);
	if (found->use != TABLE_USED || found->mm != mm || found->level != level)
		WRONG(recount, "page table %u of %s is %s", table, world->mms[mm].name,
		      found->use != TABLE_USED ? "deposited, and in use"
		      : found->mm != mm	       ? "another process's"
					       : "of another level");
	recount->tables[table] = true;
	recount->nr_ptes += level == 1;
	for (unsigned at = 0; at < huge_nr(world); at++) {
		uint64_t entry = world->entries[((size_t)table << world->extent.order) + at];

		if (entry)
			count_entry(recount, mm, addr + at * step, level, entry);
	}
	count_deposits(recount, mm, table, level);
}

static void count_entry(struct recount *recount, uint32_t mm, uint64_t addr, unsigned level, uint64_t entry)
{
	if (entry_swapped(entry)) {
		recount->swaps[entry_pfn(entry)]++;
		recount->rss[RSS_SWAP]++;
	} else if (entry_present(entry)) {
		if (level > 1 && entry_table(entry))
			count_table(recount, mm, addr, level - 1, entry_to_table(entry));
		else
			count_leaf(recount, mm, addr, entry, level > 1);
	}
}

static void count_mm(struct recount *recount, uint32_t at)
{
	static const char *const words[RSS_COUNT] = {"anon", "file", "shmem", "swap"};
	const struct mm *mm = &recount->world->mms[at];

	memset(recount->rss, 0, sizeof(recount->rss));
	recount->nr_ptes = 0;
	count_table(recount, at, 0, TABLE_LEVELS, mm->pgd);
	if (!recount->quiet)
		return;
	for (unsigned k = 0; k < RSS_COUNT; k++) {
		if (mm->rss[k] != recount->rss[k])
			WRONG(recount, "%s: RSS of %s is %lld pages, and %lld are mapped", mm->name, words[k],
			      (long long)mm->rss[k], (long long)recount->rss[k]);
	}
	if (mm->nr_ptes != recount->nr_ptes)
		WRONG(recount, "%s: nr_ptes is %lld, and there are %lld tables", mm->name,
		      (long long)mm->nr_ptes, (long long)recount->nr_ptes);
}

static void count_files(struct recount *recount)
{
	struct world *world = recount->world;

	for (uint32_t at = 1; at < world->extent.files; at++) {
		const struct kfile *file = &world->files[at];

		for (uint32_t index = 0; file->used && index < file->room; index++) {
			uint32_t pfn = world->cached[file->cache + index];

			if (!pfn)
				continue;
			if (world->pages[pfn].use == PAGE_FREE)
				WRONG(recount, "page %u of %s is in frame %#x, which is free", index,
				      file->name, pfn);
			recount->cached[pfn]++;
		}
	}
}

/* What a page's own counts have to be, by what was found. */
static void check_page(struct recount *recount, uint32_t pfn)
{
	const struct world *world = recount->world;
	const struct kpage *page = &world->pages[pfn];
	const uint32_t head = page->team ? team_head(world, pfn) : folio_head(world, pfn);
	const uint32_t pmds = recount->pmds[head];
	const bool head_only = page->team && world->rules.teams == TEAM_HEAD;
	int64_t mapcount = recount->ptes[pfn];

	if (page->team ? !head_only || pfn == head
		       : page->order == world->extent.order || page->use == PAGE_TAIL) {
		if (page->team || (!world->pages[head].anon && world->rules.file_thp == FILE_THP_SUBPAGES))
			mapcount += pmds;
	}
	mapcount += world->pages[head].double_map;
	if (page->mapcount != mapcount)
		WRONG(recount, "the mapcount of frame %#x is %d, and should be %lld", pfn, page->mapcount,
		      (long long)mapcount);
	if (page->entire != (int32_t)(page->team ? 0 : recount->pmds[pfn]))
		WRONG(recount, "frame %#x is mapped by PMD %u times, and compound_mapcount says %d", pfn,
		      recount->pmds[pfn], page->entire);
	/* Private memory that two may write to, or one may write to while another one reads it. */
	if (page->anon && recount->writers[pfn] && recount->ptes[pfn] + pmds > 1)
		WRONG(recount, "frame %#x is private and mapped %u times, and somebody may write to it", pfn,
		      recount->ptes[pfn] + pmds);
	if (page->exclusive && recount->ptes[pfn] + pmds > 1)
		WRONG(recount, "frame %#x is exclusive and mapped %u times", pfn, recount->ptes[pfn] + pmds);
}

static void check_folio(struct recount *recount, uint32_t head)
{
	const struct world *world = recount->world;
	const struct kpage *page = &world->pages[head];
	const uint32_t nr = page->team ? 1 : UINT32_C(1) << page->order;
	const uint32_t team = team_head(world, head);
	int64_t count = page->hole + (page->swap != 0);

	for (uint32_t n = 0; n < nr; n++)
		count += recount->ptes[head + n] + recount->cached[head + n] + recount->pins[head + n];
	if (!page->team)
		count += recount->pmds[head];
	else if (world->rules.teams == TEAM_ALL || team == head)
		count += recount->pmds[team];
	if (page->count != count)
		WRONG(recount, "frame %#x has %d references, and %lld are explained", head, page->count,
		      (long long)count);
}

static void check_teams(struct recount *recount)
{
	const struct world *world = recount->world;
	const uint32_t nr = huge_nr(world);
	uint64_t complete = 0, mapped = 0, holes = 0;

	for (uint32_t head = nr; head < world->extent.frames; head += nr) {
		const struct kpage *page = &world->pages[head];
		uint32_t there = 0;

		if (!page->team) {
			bool shmem = page->use == PAGE_HEAD && page->order == world->extent.order &&
				     !page->anon && world->files[page->mapping].shmem;

			complete += shmem;
			mapped += shmem && recount->pmds[head];
			continue;
		}
		for (uint32_t n = 0; n < nr; n++)
			there += recount->cached[head + n];
		if (page->team_usage != there + recount->pmds[head])
			WRONG(recount, "team_usage of frame %#x is %u, with %u pages and %u PMD maps", head,
			      page->team_usage, there, recount->pmds[head]);
		complete += there == nr;
		holes += nr - there;
		mapped += recount->pmds[head] > 0;
	}
	if (world->stat[STAT_SHMEM_PMDMAPPED] != mapped)
		WRONG(recount, "ShmemPmdMapped is %llu huge pages, and %llu are",
		      (unsigned long long)world->stat[STAT_SHMEM_PMDMAPPED], (unsigned long long)mapped);
	if (world->stat[STAT_SHMEM_HUGEPAGES] != complete)
		WRONG(recount, "ShmemHugePages is %llu huge pages, and there are %llu",
		      (unsigned long long)world->stat[STAT_SHMEM_HUGEPAGES], (unsigned long long)complete);
	if (world->stat[STAT_SHMEM_FREEHOLES] != holes)
		WRONG(recount, "ShmemFreeHoles is %llu pages, and there are %llu",
		      (unsigned long long)world->stat[STAT_SHMEM_FREEHOLES], (unsigned long long)holes);
}

static void check_counts(struct recount *recount)
{
	const struct world *world = recount->world;

	for (uint32_t pfn = huge_nr(world); pfn < world->extent.frames; pfn++) {
		const struct kpage *page = &world->pages[pfn];

		if (page->swap)
			recount->swaps[page->swap]++;
		if (page->use == PAGE_FREE || page->use == PAGE_ZERO)
			continue;
		check_page(recount, pfn);
		if (page->use != PAGE_TAIL)
			check_folio(recount, pfn);
	}
	for (uint32_t at = 1; at < world->extent.tables; at++) {
		if (world->tables[at].use != TABLE_FREE && !recount->tables[at])
			WRONG(recount, "page table %u is in use, and nothing leads to it", at);
	}
	for (uint32_t at = 1; at < world->extent.swaps; at++) {
		if (world->swaps[at].users != recount->swaps[at])
			WRONG(recount, "swap slot %u has %u users, and %u were found", at,
			      world->swaps[at].users, recount->swaps[at]);
	}
	check_teams(recount);
}

static bool tasks_idle(const struct world *world)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++) {
		if (world->tasks[at].used && !world->tasks[at].done && !world->tasks[at].asleep)
			return false;
	}
	return true;
}

bool world_check(struct world *world)
{
	const size_t frames = world->extent.frames;
	const size_t words = frames * 5 + world->extent.swaps;
	uint32_t *block = mem_alloc(words * sizeof(*block) + world->extent.tables);
	struct recount recount = {.world = world, .quiet = tasks_idle(world)};

	recount.ptes = block;
	recount.pmds = block + frames;
	recount.writers = block + frames * 2;
	recount.cached = block + frames * 3;
	recount.pins = block + frames * 4;
	recount.swaps = block + frames * 5;
	recount.tables = (bool *)(block + words);
	for (uint32_t at = 1; at < world->extent.mms; at++) {
		if (world->mms[at].used)
			count_mm(&recount, at);
	}
	count_files(&recount);
	for (uint32_t at = 1; at < world->extent.pins; at++) {
		const struct pin *pin = &world->pins[at];

		for (uint32_t n = 0; pin->used && n < pin->pages; n++)
			recount.pins[pin->pfn + n]++;
	}
	if (recount.quiet) {
		check_counts(&recount);
		locks_check(world);
	}
	free(block);
	return !world->violation.found;
}
