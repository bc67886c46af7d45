/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapcounts as each generation keeps them (facts B; mm/rmap.c, mm/huge_memory.c), and who may map a page.
 *
 * PG_double_map (until 6.1): while an anonymous folio is mapped by PMD and by ptes, each _mapcount is one too high, so
 * that the last PMD mapping can go without a look at all subpages.
 */
#include "model/world.h"

void rmap_add_pte(struct world *world, uint32_t pfn)
{
	struct kpage *head = &world->pages[folio_head(world, pfn)];

	if (world->pages[pfn].use == PAGE_ZERO)
		return;
	head->file_double_map |=
		head->use == PAGE_HEAD && !head->anon && world->rules.file_thp == FILE_THP_SUBPAGES;
	if (world->pages[pfn].use == PAGE_FREE)
		world_violated(world, "frame %#x is free, and was mapped", pfn);
	world->pages[pfn].mapcount++;
}

void rmap_remove_pte(struct world *world, uint32_t pfn)
{
	if (world->pages[pfn].use == PAGE_ZERO)
		return;
	if (--world->pages[pfn].mapcount < 0)
		world_violated(world, "the mapcount of frame %#x fell below zero", pfn);
}

void folio_set_anon(struct world *world, uint32_t head, uint32_t vma, uint64_t addr)
{
	const struct kvma *owner = &world->vmas[vma];

	for (uint32_t n = 0; n < folio_nr(world, head); n++) {
		struct kpage *page = &world->pages[head + n];

		page->anon = page->swapbacked = page->uptodate = page->lru = true;
		page->mapping = owner->anon_vma;
		page->index = vma_index(owner, addr) + n;
	}
	world->pages[head].exclusive = world->rules.anon_exclusive;
}

void folio_move_anon(struct world *world, uint32_t pfn, uint32_t vma)
{
	const uint32_t head = folio_head(world, pfn);

	for (uint32_t n = 0; n < folio_nr(world, pfn); n++)
		world->pages[head + n].mapping = world->vmas[vma].anon_vma;
}

enum rss page_rss(const struct world *world, uint32_t pfn)
{
	const struct kpage *page = &world->pages[pfn];

	if (page->anon)
		return RSS_ANON;
	return world->files[page->mapping].shmem ? RSS_SHMEM : RSS_FILE;
}

bool pmd_deposits(const struct world *world, uint32_t head)
{
	const struct kpage *page = &world->pages[head];

	return page->use == PAGE_ZERO || page->anon || page->team;
}

uint32_t team_head(const struct world *world, uint32_t pfn)
{
	return pfn & ~(huge_nr(world) - 1);
}

bool team_pmd_mapped(const struct world *world, uint32_t head)
{
	return world->pages[head].team_usage > huge_nr(world);
}

void team_rmap_add(struct world *world, uint32_t head)
{
	if (++world->pages[head].team_usage == huge_nr(world) + 1)
		world->stat[STAT_SHMEM_PMDMAPPED]++;
}

void team_rmap_remove(struct world *world, uint32_t head)
{
	if (--world->pages[head].team_usage == huge_nr(world))
		world->stat[STAT_SHMEM_PMDMAPPED]--;
}

/* _mapcount of all pages of a huge page. */
static void all_mapcounts(struct world *world, uint32_t head, int32_t by)
{
	for (uint32_t n = 0; n < huge_nr(world); n++)
		world->pages[head + n].mapcount += by;
}

/* Where a PMD map of page cache is counted beside `entire`. */
static bool counts_subpages(const struct world *world, const struct kpage *head)
{
	return !head->anon && world->rules.file_thp == FILE_THP_SUBPAGES;
}

static void count_pmd(struct world *world, uint32_t head, int32_t by)
{
	struct kpage *page = &world->pages[head];

	if (page->use == PAGE_ZERO)
		return;
	if (page->team && world->rules.teams == TEAM_HEAD) {
		page->mapcount += by;
	} else if (page->team) {
		all_mapcounts(world, head, by);
	} else {
		page->entire += by;
		if (counts_subpages(world, page))
			all_mapcounts(world, head, by);
	}
	if (page->mapcount < 0 || page->entire < 0)
		world_violated(world, "the mapcount of frame %#x fell below zero", head);
}

/* Shared memory that a PMD maps somewhere: the first and the last such mapping of a folio are seen in meminfo. */
static bool shmem_edge(const struct world *world, const struct kpage *head)
{
	return !head->anon && !head->team && head->use == PAGE_HEAD && world->files[head->mapping].shmem;
}

/* The bit of a file's folio is taken back when a PMD maps it that nobody has mapped (mm/rmap.c, 6.1: page_add_file_rmap()). */
static void clear_file_double_map(struct world *world, uint32_t head)
{
	for (uint32_t n = 0; n < huge_nr(world); n++) {
		if (world->pages[head + n].mapcount > 1)
			return;
	}
	world->pages[head].file_double_map = false;
}

void rmap_add_pmd(struct world *world, uint32_t head)
{
	count_pmd(world, head, 1);
	if (world->pages[head].file_double_map)
		clear_file_double_map(world, head);
	if (shmem_edge(world, &world->pages[head]) && world->pages[head].entire == 1)
		world->stat[STAT_SHMEM_PMDMAPPED]++;
}

/* The last PMD mapping of a doubly mapped folio is gone: the one too many in each _mapcount goes too. */
static void end_double_map(struct world *world, uint32_t head)
{
	if (world->pages[head].entire || !world->pages[head].double_map)
		return;
	world->pages[head].double_map = false;
	all_mapcounts(world, head, -1);
}

void rmap_remove_pmd(struct world *world, uint32_t head)
{
	count_pmd(world, head, -1);
	if (shmem_edge(world, &world->pages[head]) && !world->pages[head].entire)
		world->stat[STAT_SHMEM_PMDMAPPED]--;
	end_double_map(world, head);
}

void rmap_split_pmd(struct world *world, uint32_t head)
{
	struct kpage *page = &world->pages[head];

	all_mapcounts(world, head, 1);
	folio_ref_add(world, head, (int32_t)huge_nr(world) - 1);
	if (world->rules.double_map && page->entire > 1 && !page->double_map) {
		page->double_map = true;
		all_mapcounts(world, head, 1);
	}
	page->entire--;
	end_double_map(world, head);
}

int32_t page_trans_huge_mapcount(const struct world *world, uint32_t pfn, int32_t *total_mapcount)
{
	const uint32_t first = folio_head(world, pfn);
	const struct kpage *head = &world->pages[first];
	const uint32_t nr = folio_nr(world, pfn);
	int32_t highest = 0, total = 0;

	for (uint32_t n = 0; n < nr; n++) {
		/* What is counted in `entire` is not counted here again. */
		int32_t ptes =
			world->pages[first + n].mapcount - (head->double_map		   ? 1
							    : counts_subpages(world, head) ? head->entire
											   : 0);

		highest = ptes > highest ? ptes : highest;
		total += ptes;
	}
	if (total_mapcount)
		*total_mapcount = total + head->entire;
	return highest + head->entire;
}

int32_t page_mapcount(const struct world *world, uint32_t pfn)
{
	const struct kpage *head = &world->pages[folio_head(world, pfn)];
	int32_t mapcount = world->pages[pfn].mapcount;

	if (!counts_subpages(world, head))
		mapcount += head->entire - head->double_map;
	return mapcount;
}

int32_t folio_extra_refs(const struct world *world, uint32_t pfn)
{
	const uint32_t first = folio_head(world, pfn), nr = folio_nr(world, pfn);
	const struct kpage *head = &world->pages[first];
	int32_t explained = 0;

	if (head->team)
		explained = page_mapcount(world, pfn) + 1;
	else {
		page_trans_huge_mapcount(world, pfn, &explained);
		explained += head->anon ? head->swap != 0 : (int32_t)nr;
	}
	return head->count - explained;
}

/*
 * Whether VMA `at` comes behind `after` in a walk: a child's behind its parent's, as the kernel's trees have them. Fork copies
 * the entries while a walk is under way: the other way round, the child's could come to be when the walk has been there, and
 * the parent's be gone when it comes there.
 */
static bool walked_behind(const struct world *world, uint32_t at, uint32_t after)
{
	const pid_t pid = world->mms[world->vmas[at].mm].pid;
	const pid_t other = world->mms[world->vmas[after].mm].pid;

	return !after || (pid == other ? at > after : pid > other);
}

/* Of two VMAs behind the last one, the one that comes first; 0: none. */
static uint32_t walked_first(const struct world *world, uint32_t at, uint32_t found)
{
	return !found || walked_behind(world, found, at) ? at : found;
}

uint32_t rmap_next_range(const struct world *world, uint32_t file, uint64_t first, uint64_t last,
			 uint32_t after)
{
	uint32_t found = 0;

	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		const struct kvma *vma = &world->vmas[at];

		if (vma->used && vma->kind != KVMA_ANON && vma->file == file && vma->pgoff <= last &&
		    vma_index(vma, vma->end) > first && walked_behind(world, at, after))
			found = walked_first(world, at, found);
	}
	return found;
}

uint32_t rmap_next_file(const struct world *world, uint32_t file, uint64_t index, uint32_t after)
{
	return rmap_next_range(world, file, index, index, after);
}

uint32_t rmap_next_anon(const struct world *world, uint32_t anon_vma, uint64_t index, uint32_t after)
{
	uint32_t found = 0;

	for (uint32_t at = 1; at < world->extent.vmas; at++) {
		const struct kvma *vma = &world->vmas[at];

		if (vma->used && anon_vma_descends(world, vma->anon_vma, anon_vma) && index >= vma->pgoff &&
		    vma_address(vma, index) < vma->end && walked_behind(world, at, after))
			found = walked_first(world, at, found);
	}
	return found;
}
