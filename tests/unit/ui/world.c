/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments built by hand. */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define VMAS_MAX 64
#define REGIONS_MAX 4096
#define PROCESSES_MAX 64

static const struct figure knobs[] = {{"enabled", "madvise"},
				      {"defrag", "madvise"},
				      {"shmem_enabled", "never"},
				      {"khugepaged/pages_collapsed", "1234"},
				      {"khugepaged/full_scans", "56"},
				      {"hugepages-64kB/enabled", "always"},
				      {"hugepages-128kB/enabled", "never"},
				      {"hugepages-2048kB/enabled", "inherit"}};

void world_start(struct world *world, bool privileged)
{
	static const char *const root = "page frame numbers are shown to root only: run thpscope with sudo";
	struct moment *moment = mem_alloc(sizeof(*moment));

	moment->source = "live";
	moment->page_size = PAGE;
	moment->pmd_size = SLOT;
	moment->system.release = "6.18.44";
	moment->system.knobs = knobs;
	moment->system.n_knobs = sizeof(knobs) / sizeof(knobs[0]);
	moment->system.free_pmd_blocks = 4818;
	moment->caps.mask = 1u << CAP_PAGEMAP_SCAN | 1u << CAP_SMAPS;
	moment->caps.missing[CAP_TEAMS] =
		"this kernel has no page teams; 'thpscope lab run' boots one that has";
	if (privileged) {
		moment->caps.mask |= 1u << CAP_PFN | 1u << CAP_KPAGEFLAGS | 1u << CAP_KPAGECOUNT;
	} else {
		moment->caps.missing[CAP_PFN] = root;
		moment->caps.missing[CAP_KPAGEFLAGS] =
			"/proc/kpageflags is for root only: run thpscope with sudo";
		moment->caps.missing[CAP_KPAGECOUNT] =
			"/proc/kpagecount is for root only: run thpscope with sudo";
	}
	moment->processes = arena_alloc(&moment->arena, PROCESSES_MAX * sizeof(struct process));
	*world = (struct world){moment, NULL, NULL};
}

struct process *world_process(struct world *world, pid_t pid, const char *comm)
{
	struct process *process = &world->moment->processes[world->moment->n_processes++];

	process->pid = pid;
	process->comm = arena_text(&world->moment->arena, comm, strlen(comm));
	process->mapping_known = true;
	process->page_tables_kb = 252;
	process->vmas = arena_alloc(&world->moment->arena, VMAS_MAX * sizeof(struct vma));
	process->regions = arena_alloc(&world->moment->arena, REGIONS_MAX * sizeof(struct region));
	world->process = process;
	return process;
}

void world_fail(struct world *world, pid_t pid, const char *comm, enum outcome outcome, const char *reason)
{
	struct process *process = world_process(world, pid, comm);

	process->outcome = outcome;
	process->reason = reason;
}

struct vma *world_vma(struct world *world, uint64_t start, uint64_t len, const char *perms,
		      enum vma_kind kind, const char *name)
{
	struct vma *vma = &world->process->vmas[world->process->n_vmas++];
	uint64_t first = (start + SLOT - 1) & ~(SLOT - 1), last = (start + len) & ~(SLOT - 1);

	vma->start = start;
	vma->eligible = -1;
	vma->end = start + len;
	strcpy(vma->perms, perms);
	vma->kind = kind;
	vma->name = arena_text(&world->moment->arena, name, strlen(name));
	vma->first_region = (uint32_t)world->process->n_regions;
	vma->slots = last > first ? (last - first) / SLOT : 0;
	world->vma = vma;
	return vma;
}

/* Where the kB of a region belong. */
static void count(struct kb *kb, const struct region *region)
{
	uint64_t present = region->present * PAGE / 1024;

	kb->present += present;
	kb->swap += region->swapped * PAGE / 1024;
	if (region->backing == BACKING_HUGETLB)
		kb->hugetlb += present;
	if (region->mapping == MAPPING_PMD && region->backing != BACKING_HUGETLB)
		kb->pmd += present;
}

struct region *world_region(struct world *world, uint64_t nth, enum mapping mapping, enum backing backing)
{
	struct vma *vma = world->vma;
	struct region *region = &world->process->regions[world->process->n_regions++];
	uint64_t slot = (vma->start & ~(SLOT - 1)) + nth * SLOT;
	uint64_t end = slot + SLOT - 1 < vma->end - 1 ? slot + SLOT : vma->end;
	bool privileged = capable(&world->moment->caps, CAP_PFN);

	region->start = slot > vma->start ? slot : vma->start;
	region->len = end - region->start;
	region->mapping = mapping;
	region->backing = privileged || backing == BACKING_SWAP || backing == BACKING_HUGETLB
				  ? backing
				  : BACKING_UNKNOWN;
	region->how = HOW_PAGEMAP_SCAN;
	region->vma = (uint32_t)(vma - world->process->vmas);
	region->present = backing == BACKING_SWAP ? 0 : (uint32_t)(region->len / PAGE);
	region->swapped = backing == BACKING_SWAP ? (uint32_t)(region->len / PAGE) : 0;
	region->anon = region->present;
	region->exclusive = privileged ? (int64_t)region->present : UNKNOWN_COUNT;
	region->team_usage = region->team_pmd_maps = UNKNOWN_COUNT;
	region->mapcount = (struct mapcount){UNKNOWN_COUNT, UNKNOWN_COUNT, UNKNOWN_COUNT};
	if (privileged) {
		region->mapcount =
			(struct mapcount){mapping == MAPPING_PMD, 1, mapping == MAPPING_PMD ? 1 : 512};
		region->anon_exclusive = mapping == MAPPING_PMD && backing == BACKING_THP;
		region->order_known = backing == BACKING_THP || backing == BACKING_SMALL;
		region->order = backing == BACKING_THP ? 9 : 0;
		region->pfn = backing == BACKING_THP ? 0x11ce00 + nth * 512 : 0;
	}
	if (mapping == MAPPING_UNKNOWN && !vma->pfnmap_unknown)
		world->process->mapping_known = false;
	vma->n_regions++;
	return region;
}

void world_regions(struct world *world, uint64_t from, uint64_t to, enum mapping mapping,
		   enum backing backing)
{
	for (; from < to; from++)
		world_region(world, from, mapping, backing);
}

static void sum_up(struct process *process)
{
	size_t i, j;

	for (i = 0; i < process->n_vmas; i++) {
		struct vma *vma = &process->vmas[i];

		for (j = vma->first_region; j < (size_t)vma->first_region + vma->n_regions; j++) {
			const struct region *region = &process->regions[j];

			count(&vma->kb, region);
			count(&process->kb, region);
			if (region->len < SLOT)
				process->totals.fragments++;
			else
				process->totals.state[region_state(region)]++;
		}
		for (j = 0; j < vma->n_regions; j++)
			if (process->regions[vma->first_region + j].len == SLOT)
				process->totals.regions++;
		process->totals.state[STATE_EMPTY] += vma->slots;
	}
	process->totals.state[STATE_EMPTY] -= process->totals.regions;
}

struct moment *world_moment(struct world *world)
{
	size_t i;

	for (i = 0; i < world->moment->n_processes; i++)
		sum_up(&world->moment->processes[i]);
	return world->moment;
}

/* One region of each sort, in neighbouring slots. */
static void demo_heap(struct world *world)
{
	world_vma(world, DEMO_HEAP, 256 * SLOT, "rw-p", VMA_ANON, "");
	world_regions(world, 0, 8, MAPPING_PMD, BACKING_THP);
	world_regions(world, 8, 10, MAPPING_PTE, BACKING_THP);
	world_region(world, 10, MAPPING_PTE, BACKING_THP_PARTIAL);
	world_region(world, 11, MAPPING_PTE, BACKING_MTHP);
	world_regions(world, 12, 16, MAPPING_PTE, BACKING_SMALL);
	world_region(world, 16, MAPPING_PTE, BACKING_SMALL)->present = 40;
	world_region(world, 17, MAPPING_PTE, BACKING_MIXED);
	world_region(world, 18, MAPPING_PMD, BACKING_TEAM);
	world_region(world, 19, MAPPING_PTE, BACKING_TEAM);
	world_region(world, 20, MAPPING_PMD, BACKING_ZERO);
	world_region(world, 21, MAPPING_PTE, BACKING_SWAP);
	world_regions(world, 200, 204, MAPPING_PMD, BACKING_THP);
}

struct moment *world_demo(bool privileged)
{
	struct world world;

	world_start(&world, privileged);
	world_process(&world, DEMO_PID, "thpscope-demo");
	world_vma(&world, 0x55d0c0a00000, 16 * PAGE, "r--p", VMA_FILE, "/usr/bin/thpscope-demo");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x55d0c0a10000, 64 * PAGE, "r-xp", VMA_FILE, "/usr/bin/thpscope-demo");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x55d0c1200000, 33 * PAGE, "rw-p", VMA_HEAP, "[heap]");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x600000000000, UINT64_C(0x1f0000000000), "---p", VMA_ANON, "");
	demo_heap(&world);
	world_vma(&world, 0x7f5c00100000, 3 * SLOT, "rw-s", VMA_SHMEM, "/memfd:a shared thing");
	world_region(&world, 0, MAPPING_PTE, BACKING_THP);
	world_regions(&world, 1, 3, MAPPING_PMD, BACKING_THP);
	world_vma(&world, 0x7f5d00000000, 4 * SLOT, "rw-s", VMA_HUGETLB, "/anon_hugepage");
	world_regions(&world, 0, 3, MAPPING_PMD, BACKING_HUGETLB);
	world_vma(&world, 0x7f5e00000000, 2 * SLOT, "rw-s", VMA_DEVICE, "/dev/dri/card0")->pfnmap_unknown =
		true;
	world_vma(&world, 0x7ffd1c000000, 33 * PAGE, "rw-p", VMA_STACK, "[stack]");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	world_vma(&world, 0x7ffd1c1f0000, 2 * PAGE, "r-xp", VMA_SPECIAL, "[vdso]");
	world_region(&world, 0, MAPPING_PTE, BACKING_SMALL);
	return world_moment(&world);
}

static void page_of(struct page *page, uint64_t nth, const struct region *region, bool privileged)
{
	page->addr = region->start + nth * PAGE;
	page->present = true;
	if (region->mapping == MAPPING_PTE) {
		page->swapped = nth % 64 == 40;
		page->guard = nth % 64 == 41;
		page->present = nth % 64 < 40 || nth % 64 > 42;
	}
	if (!privileged || !page->present)
		return;
	page->pfn = region->pfn + nth;
	page->has_flags = page->has_mapcount = true;
	page->flags =
		UINT64_C(1) << 12 | (nth ? UINT64_C(1) << 16 : UINT64_C(1) << 15) | UINT64_C(1) << 22 | 0x868;
	page->flags |= (uint64_t)region->anon_exclusive << 34;
	page->mapcount = region->mapping == MAPPING_PTE ? (uint32_t)(nth / 32) : 1;
}

struct moment *world_examined(bool privileged, uint64_t addr)
{
	struct moment *moment = world_demo(privileged);
	struct process *process = &moment->processes[0];
	struct region *region = (struct region *)process_region_at(process, addr);
	uint64_t nth;

	if (!region)
		return moment;
	process->pages = arena_alloc(&moment->arena, 512 * sizeof(struct page));
	for (nth = 0; nth < region->len / PAGE; nth++) {
		if (region->mapping == MAPPING_PTE && nth % 64 > 50) /* holes */
			continue;
		page_of(&process->pages[process->n_pages++], nth, region, privileged);
	}
	region->n_pages = (uint32_t)process->n_pages;
	return moment;
}

static void read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		fail_msg("%s is missing; THPSCOPE_GOLDEN=write makes it", path);
	do {
		n = fread(buf_reserve(out, 4096), 1, 4096, file);
		out->len += n;
	} while (n);
	buf_reserve(out, 1);
	out->data[out->len] = '\0';
	fclose(file);
}

bool world_shows(const struct cells *cells, const char *words)
{
	struct buf text = {0};
	bool found;

	cells_dump(cells, &text);
	found = strstr(text.data, words);
	buf_fini(&text);
	return found;
}

void world_golden(const struct cells *cells, const char *name)
{
	const char *write = getenv("THPSCOPE_GOLDEN");
	struct buf now = {0}, then = {0};
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/unit/ui/golden/%s.%dx%d.txt", SOURCE_ROOT, name, cells->cols,
		 cells->rows);
	cells_dump(cells, &now);
	if (write && !strcmp(write, "write")) {
		file = fopen(path, "w");
		assert_non_null(file);
		assert_int_equal(fwrite(now.data, 1, now.len, file), now.len);
		assert_int_equal(fclose(file), 0);
	}
	read_file(path, &then);
	if (strcmp(now.data, then.data))
		print_message("%s has changed; now it is:\n%s", path, now.data);
	assert_string_equal(now.data, then.data);
	buf_fini(&now);
	buf_fini(&then);
}
