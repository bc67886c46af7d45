/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small process of which things are claimed. Also for the fuzz target. */
#ifndef CLAIM_WORLD_H
#define CLAIM_WORLD_H

#include "core/moment.h"

#define MIB (UINT64_C(1) << 20)
#define HEAP UINT64_C(0x555555600000)
#define ANON UINT64_C(0x7f0000000000)
#define LIBC UINT64_C(0x7f7fff000000)

/*
 *      [heap]  4 MiB   pmd thp, entire 2 · pte small, 100 pages
 *      anon    8 MiB   pmd thp · pte thp-partial · nothing · swapped
 *      libc   64 KiB   a fragment
 * of memory in all: 4096 kB pmd, 400 kB small, 1024 kB thp_pte, 16 kB in the fragment.
 */
struct claim_world {
	struct moment moment;
	struct process process;
	struct vma vmas[3];
	struct region regions[6];
	struct figure knobs[1], meminfo[2], vmstat[1];
};

static inline struct region claim_region(uint64_t start, uint32_t vma, enum mapping mapping,
					 enum backing backing, uint32_t present)
{
	return (struct region){.start = start,
			       .len = 2 * MIB,
			       .mapping = mapping,
			       .backing = backing,
			       .how = HOW_PAGEMAP_SCAN,
			       .vma = vma,
			       .present = present,
			       .anon = present,
			       .exclusive = present,
			       .mapcount = {0, 1, present},
			       .team_usage = UNKNOWN_COUNT,
			       .team_pmd_maps = UNKNOWN_COUNT};
}

static inline void claim_world_make(struct claim_world *world)
{
	struct region *region = world->regions;

	*world = (struct claim_world){.moment = {.page_size = 4096, .pmd_size = 2 * MIB, .n_processes = 1},
				      .process = {.pid = 42,
						  .comm = "claimed",
						  .mapping_known = true,
						  .rss_kb = 5536,
						  .page_tables_kb = UNKNOWN_COUNT,
						  .n_vmas = 3,
						  .n_regions = 6},
				      .knobs = {{"enabled", "madvise"}},
				      .meminfo = {{"AnonHugePages", "4096"}, {"HugePages_Free", "3"}},
				      .vmstat = {{"thp_split_pmd", "7"}}};
	world->vmas[0] = (struct vma){.start = HEAP,
				      .end = HEAP + 4 * MIB,
				      .kind = VMA_HEAP,
				      .name = "[heap]",
				      .n_regions = 2,
				      .slots = 2,
				      .kb = {.present = 2448, .pmd = 2048, .small = 400}};
	world->vmas[1] = (struct vma){.start = ANON,
				      .end = ANON + 8 * MIB,
				      .kind = VMA_ANON,
				      .name = "",
				      .first_region = 2,
				      .n_regions = 3,
				      .slots = 4,
				      .kb = {.present = 3072, .pmd = 2048, .thp_pte = 1024, .swap = 8}};
	world->vmas[2] = (struct vma){.start = LIBC,
				      .end = LIBC + 65536,
				      .kind = VMA_FILE,
				      .name = "/usr/lib/libc.so.6",
				      .first_region = 5,
				      .n_regions = 1,
				      .fragments = 1,
				      .kb = {.present = 16, .small = 16}};
	*region++ = claim_region(HEAP, 0, MAPPING_PMD, BACKING_THP, 512);
	*region++ = claim_region(HEAP + 2 * MIB, 0, MAPPING_PTE, BACKING_SMALL, 100);
	*region++ = claim_region(ANON, 1, MAPPING_PMD, BACKING_THP, 512);
	*region++ = claim_region(ANON + 2 * MIB, 1, MAPPING_PTE, BACKING_THP_PARTIAL, 256);
	*region++ = claim_region(ANON + 6 * MIB, 1, MAPPING_PTE, BACKING_SWAP, 0);
	*region++ = claim_region(LIBC, 2, MAPPING_PTE, BACKING_SMALL, 4);
	world->regions[0].mapcount = (struct mapcount){2, 2, 2};
	world->regions[4].swapped = 2;
	world->regions[5].len = 65536;
	world->process.kb =
		(struct kb){.present = 5536, .pmd = 4096, .thp_pte = 1024, .small = 416, .swap = 8};
	world->process.totals =
		(struct totals){.regions = 6,
				.fragments = 1,
				.state = {[STATE_EMPTY] = 1, [STATE_PTE_MAPPED] = 3, [STATE_PMD_MAPPED] = 2}};
	world->process.vmas = world->vmas;
	world->process.regions = world->regions;
	world->moment.processes = &world->process;
	world->moment.system = (struct system_figures){.release = "6.18.44",
						       .knobs = world->knobs,
						       .n_knobs = 1,
						       .meminfo = world->meminfo,
						       .n_meminfo = 2,
						       .vmstat = world->vmstat,
						       .n_vmstat = 1};
	world->moment.caps.mask = (1u << CAP_COUNT) - 1;
}

#endif
