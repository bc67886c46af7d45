/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and their page cache: pages found or made, and faults on them.
 *
 * Left out, since nobody above can tell: fault-around (each fault maps the page that it is for, as with fault_around_bytes
 * of one page: facts G), reading a disk (its files are zeros), the queue in which faults wait for a hole being punched, and
 * mmap_lock being let go of to wait for a page, so that each fault is a first try.
 */
#include "model/ops.h"

#include <errno.h>

static uint64_t huge_index(const struct world *world, uint64_t index)
{
	return index & ~(uint64_t)(huge_nr(world) - 1);
}

/* Whether nothing of [first, first + nr) is in the page cache. */
static bool cache_empty(struct world *world, uint32_t file, uint64_t first, uint32_t nr)
{
	for (uint32_t n = 0; n < nr; n++) {
		if (*file_page(world, file, first + n))
			return false;
	}
	return true;
}

/* shmem_is_huge(): whether a page that is to be made for this VMA may be a huge one. */
static bool file_may_be_huge(struct world *world, const struct kvma *vma, uint64_t index)
{
	const struct kfile *file = &world->files[vma->file];

	return cache_empty(world, vma->file, huge_index(world, index), huge_nr(world)) &&
	       hugepage_vma_check(world, vma, false) &&
	       (world->knobs.shmem_enabled != SHMEM_WITHIN_SIZE || vma->hugepage ||
		huge_index(world, index) + huge_nr(world) <= file->size);
}

/* Whether a hole there is filled with a team. 4.6 has no word for it but the mount option; our 6.1 heeds what is said of the VMA. */
static bool wants_team(const struct world *world, const struct file_get_page *at)
{
	const struct kvma *vma = &world->vmas[at->vma];

	if (!world->files[at->file].team)
		return false;
	return world->rules.teams == TEAM_HEAD || (!vma->nohugepage && !world->mms[vma->mm].thp_disabled &&
						   world->knobs.shmem_enabled != SHMEM_DENY);
}

/* New pages for a place of the file: a team, a huge folio, or one page. 0: there is no memory. */
static uint32_t pages_for(struct world *world, struct file_get_page *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	uint32_t pfn = 0;

	at->order = world->extent.order;
	at->team = wants_team(world, at) &&
		   cache_empty(world, at->file, huge_index(world, at->index), huge_nr(world));
	if (at->team)
		pfn = pages_alloc_split(world, at->order);
	else if (!world->files[at->file].team && file_may_be_huge(world, vma, at->index))
		pfn = folio_alloc(world, at->order);
	if (pfn)
		return pfn;
	at->order = 0;
	at->team = false;
	return folio_alloc(world, 0);
}

void cache_add(struct world *world, uint32_t file, uint64_t index, uint32_t pfn)
{
	struct kpage *page = page_at(world, pfn);

	page->mapping = file;
	page->index = index;
	page->uptodate = true;
	page->swapbacked = world->files[file].shmem;
	*file_page(world, file, index) = pfn;
}

/* The pages that were made go into the page cache, the one that is wanted locked and with a reference. */
static void made_add(struct world *world, struct ktask *task, struct file_get_page *at)
{
	const uint32_t nr = UINT32_C(1) << at->order;
	const uint64_t first = at->index & ~(uint64_t)(nr - 1);

	if (at->team) {
		team_new(world, at->pfn, at->file, first);
		at->pfn += (uint32_t)(at->index - first);
		at->head = at->pfn;
		for (uint32_t n = 0; n < huge_nr(world); n++) {
			if (world->rules.team_born_whole || at->head == team_head(world, at->head) + n)
				team_instantiate(world, team_head(world, at->head) + n);
		}
	} else {
		for (uint32_t n = 0; n < nr; n++) {
			cache_add(world, at->file, first + n, at->pfn + n);
			page_at(world, at->pfn + n)->lru = true;
		}
		at->head = at->pfn;
		at->pfn += (uint32_t)(at->index - first);
		/* The first reference is now the page cache's; one a page. */
		folio_ref_add(world, at->head, (int32_t)nr - 1);
		if (nr > 1) {
			world->stat[STAT_THP_FILE_ALLOC]++;
			world->stat[STAT_SHMEM_HUGEPAGES]++;
		}
	}
	folio_get(world, at->head);
	TRYLOCK(LOCK_PAGE, at->head, LOCK_WRITE);
}

/* They are not wanted: somebody was faster, or the file has become shorter. */
static void made_drop(struct world *world, struct file_get_page *at)
{
	const uint32_t nr = at->team ? huge_nr(world) : 1;

	for (uint32_t n = 0; n < nr; n++)
		folio_put(world, at->pfn + n);
}

/*
 * What is at a place of a file: a page of its cache, or the hole of a team for it. 0: nothing. A hole is a page like any
 * other to those who want it: it has a lock and a reference.
 */
static uint32_t cache_find(struct world *world, uint32_t file, uint64_t index)
{
	const uint32_t pfn = *file_page(world, file, index);

	return pfn ? pfn : team_hole(world, file, index);
}

static enum progress file_get_page_run(struct world *world, struct ktask *task)
{
	struct file_get_page *at = task_locals(task);
	const struct kfile *file = &world->files[at->file];

	switch (task_at(task)) {
	case 0:
		for (;;) {
			STEP("find_get_page");
			if (at->index >= file->size)
				RETURN(-EFAULT);
			at->pfn = cache_find(world, at->file, at->index);
			if (!at->pfn) {
				/* A page that is in the cache is not missing. */
				if (world->vmas[at->vma].uffd_missing)
					RETURN(-EFAULT);
				STEP("alloc_pages");
				at->pfn = pages_for(world, at);
				if (!at->pfn)
					RETURN(-ENOMEM);
				STEP("add_to_page_cache");
				if (at->index >= file->size || cache_find(world, at->file, at->index) ||
				    !cache_empty(world, at->file, at->index >> at->order << at->order,
						 UINT32_C(1) << at->order)) {
					made_drop(world, at);
					continue;
				}
				made_add(world, task, at);
				RETURN((int32_t)at->pfn);
			}
			at->head = folio_head(world, at->pfn);
			folio_get(world, at->head);
			LOCK(LOCK_PAGE, at->head, LOCK_WRITE);
			/* It may have left the cache while its lock was waited for, or be behind the end now. */
			if (at->index < file->size && cache_find(world, at->file, at->index) == at->pfn) {
				if (page_at(world, at->pfn)->hole)
					team_instantiate(world, at->pfn);
				RETURN((int32_t)at->pfn);
			}
			UNLOCK(LOCK_PAGE, at->head);
			folio_put(world, at->head);
		}
	}
	RETURN(0);
}
const struct function file_get_page = {"__do_fault", file_get_page_run};

/* A page of this file is mapped writable before anybody writes: nobody has to be told of the first write. */
static uint64_t file_write_bit(const struct world *world, const struct kvma *vma, bool write)
{
	const bool untold = vma->kind == KVMA_SHARED && world->files[vma->file].shmem;

	return write || untold ? vma_write_bit(vma) : 0;
}

uint64_t file_entry(const struct world *world, const struct kvma *vma, uint32_t pfn, bool write)
{
	return vma_entry(vma, pfn) | file_write_bit(world, vma, write) | ENTRY_YOUNG |
	       (write ? ENTRY_DIRTY : 0);
}

/* Whether a huge folio may be mapped by PMD here. */
static bool may_set_pmd(const struct world *world, const struct kvma *vma, uint64_t addr, uint32_t pfn)
{
	const bool disabled = vma->nohugepage || world->mms[vma->mm].thp_disabled;

	return page_huge(world, pfn) && vma_fits_huge(world, vma, addr) &&
	       !(world->rules.set_pmd_obeys_vma && disabled);
}

static enum progress do_set_pmd_run(struct world *world, struct ktask *task)
{
	struct do_set_pmd *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];
	uint64_t *pmd;

	switch (task_at(task)) {
	case 0:
		at->head = folio_head(world, at->pfn);
		at->table = pmd_table(world, vma->mm, at->addr, true);
		if (!at->table)
			RETURN(-ENOMEM);
		LOCK(LOCK_PMD, at->table, LOCK_WRITE);
		if (*pmd_of(world, vma->mm, at->addr)) {
			UNLOCK(LOCK_PMD, at->table);
			RETURN(-EAGAIN);
		}
		STEP("page_add_file_rmap");
		rmap_add_pmd(world, at->head);
		world->mms[vma->mm].rss[page_rss(world, at->head)] += huge_nr(world);
		STEP("set_pmd_at");
		pmd = pmd_of(world, vma->mm, at->addr);
		*pmd = file_entry(world, vma, at->head, at->write) | ENTRY_HUGE;
		world->stat[STAT_THP_FILE_MAPPED]++;
		UNLOCK(LOCK_PMD, at->table);
	}
	RETURN(0);
}
const struct function do_set_pmd = {"do_set_pmd", do_set_pmd_run};

/* The page, or its private copy, goes into the empty pte; false: somebody was faster. */
static bool set_pte(struct world *world, const struct do_fault *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint32_t pfn = at->copy ? at->copy : at->pfn;
	uint64_t *pte = table_entry(world, at->table, table_index(world, at->addr, 1));
	uint64_t entry = file_entry(world, vma, pfn, at->write);

	/* A marker says that the page is write-protected for userfaultfd, whenever it comes. */
	if (*pte && *pte != ENTRY_MARKER)
		return false;
	if (*pte)
		entry = (entry & ~ENTRY_WRITE) | ENTRY_UFFD_WP;
	if (at->copy)
		folio_set_anon(world, pfn, at->vma, at->addr);
	rmap_add_pte(world, pfn);
	world->mms[at->mm].rss[page_rss(world, pfn)]++;
	*pte = entry;
	return true;
}

/*
 * Whether the fault maps all of a larger folio of shared memory: where the VMA and the table have room for it, and nothing is there
 * yet (finish_fault()).
 */
static bool maps_folio(struct world *world, const struct do_fault *at)
{
	const struct kvma *vma = &world->vmas[at->vma];
	const uint32_t nr = folio_nr(world, at->pfn);
	const uint64_t first = at->addr - (at->pfn - folio_head(world, at->pfn)) * PAGE_BYTES;

	if (!world->rules.fault_maps_folio || at->copy || nr == 1 || !world->files[vma->file].shmem ||
	    vma->uffd_wp || vma->uffd_missing || first > at->addr || first < vma->start ||
	    first + nr * PAGE_BYTES > vma->end ||
	    huge_start(world, first) != huge_start(world, first + nr * PAGE_BYTES - 1))
		return false;
	for (uint32_t n = 0; n < nr; n++) {
		if (*table_entry(world, at->table, table_index(world, first, 1) + n))
			return false;
	}
	return true;
}

/* All of it, or the page, or its copy. */
static bool set_ptes(struct world *world, const struct do_fault *at)
{
	const uint32_t head = folio_head(world, at->pfn);
	struct do_fault one = *at;

	if (!maps_folio(world, at))
		return set_pte(world, at);
	folio_ref_add(world, head, (int32_t)folio_nr(world, head) - 1);
	for (uint32_t n = 0; n < folio_nr(world, head); n++) {
		one.pfn = head + n;
		one.addr = at->addr - (at->pfn - head) * PAGE_BYTES + n * PAGE_BYTES;
		set_pte(world, &one);
	}
	return true;
}

/* What is left of the fault's references: those that no mapping has taken over. */
static void fault_put(struct world *world, const struct do_fault *at, bool mapped)
{
	if (at->copy || !mapped)
		folio_put(world, at->pfn);
	if (at->copy && !mapped)
		folio_put(world, at->copy);
}

static enum progress do_fault_run(struct world *world, struct ktask *task)
{
	struct do_fault *at = task_locals(task);
	const struct kvma *vma = &world->vmas[at->vma];

	switch (task_at(task)) {
	case 0:
		if (at->write && vma->kind == KVMA_PRIVATE) {
			STEP("anon_vma_prepare");
			at->copy = vma_anon_vma(world, at->vma) ? folio_alloc(world, 0) : 0;
			if (!at->copy)
				RETURN(-ENOMEM);
		}
		CALL(file_get_page, .file = vma->file, .vma = at->vma, .index = vma_index(vma, at->addr));
		if (task->result < 0) {
			if (at->copy)
				folio_put(world, at->copy);
			RETURN(task->result);
		}
		at->pfn = (uint32_t)task->result;
		if (at->copy) {
			STEP("copy_user_highpage");
			page_at(world, at->copy)->data = page_at(world, at->pfn)->data;
		} else if (page_at(world, at->pfn)->team) {
			CALL(team_fault, .vma = at->vma, .addr = at->addr, .pfn = at->pfn);
			if (task->result != TEAM_FAULT_SMALL)
				RETURN(task->result);
		} else if (may_set_pmd(world, vma, at->addr, at->pfn)) {
			STEP("pmd_none");
			if (!*pmd_of(world, at->mm, at->addr)) {
				CALL(do_set_pmd, .vma = at->vma, .addr = at->addr, .pfn = at->pfn,
				     .write = at->write);
				if (!task->result) {
					STEP("unlock_page");
					UNLOCK(LOCK_PAGE, folio_head(world, at->pfn));
					RETURN(0);
				}
			}
		}
		CALL(pte_alloc, .mm = at->mm, .addr = at->addr);
		at->error = task->result;
		if (!at->error) {
			CALL(pte_offset_map_lock, .mm = at->mm, .addr = at->addr);
			at->table = (uint32_t)task->result;
		}
		if (at->table) {
			STEP("set_pte_at");
			at->mapped = set_ptes(world, at);
			UNLOCK(LOCK_PTE, at->table);
		}
		STEP("unlock_page");
		UNLOCK(LOCK_PAGE, folio_head(world, at->pfn));
		fault_put(world, at, at->mapped);
	}
	RETURN(at->error);
}
const struct function do_fault = {"do_fault", do_fault_run};
