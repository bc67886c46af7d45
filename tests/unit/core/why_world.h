/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A world for the tests of core/why: the facts of one region, to be changed one by one. */
#ifndef TESTS_UNIT_CORE_WHY_WORLD_H
#define TESTS_UNIT_CORE_WHY_WORLD_H

#include <string.h>

#include "core/why.h"

#define MIB UINT64_C(0x100000)
#define START UINT64_C(0x7f0000000000)

/* A region that lacks nothing, of 512 small pages, with huge pages asked for, at which khugepaged has yet to look. */
struct world {
	struct vma vma;
	struct smaps smaps;
	struct region region;
	struct system_figures system;
	struct why_facts facts;
	struct figure knobs[32];
	struct smaps_field fields[8];
	const char *flags[8];
	struct arena arena;
	struct why why;
};

static inline void knob(struct world *world, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < world->system.n_knobs; i++)
		if (!strcmp(world->knobs[i].name, name))
			break;
	world->knobs[i] = (struct figure){name, value};
	if (i == world->system.n_knobs)
		world->system.n_knobs++;
}

static inline void flag(struct world *world, const char *name)
{
	world->flags[world->smaps.n_flags++] = name;
}

static inline void field(struct world *world, const char *name, uint64_t kb)
{
	world->fields[world->smaps.n_fields++] = (struct smaps_field){name, kb};
}

static inline void plain(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->vma = (struct vma){
		.start = START, .end = START + 4 * MIB, .perms = "rw-p", .kind = VMA_ANON, .name = ""};
	world->vma.smaps = &world->smaps;
	world->smaps = (struct smaps){world->fields, 0, world->flags, 0, 1};
	world->region = (struct region){.start = START,
					.len = 2 * MIB,
					.mapping = MAPPING_PTE,
					.backing = BACKING_SMALL,
					.present = 512,
					.anon = 512,
					.exclusive = 512};
	world->system =
		(struct system_figures){.release = "6.18.1", .knobs = world->knobs, .free_pmd_blocks = 7};
	world->facts = (struct why_facts){.pid = 42,
					  .comm = "x",
					  .addr = START + 0x5123,
					  .page_size = 4096,
					  .pmd_size = 2 * MIB,
					  .vma = &world->vma,
					  .region = &world->region,
					  .system = &world->system,
					  .thp_enabled = 1,
					  .read_only_file = 1,
					  .memcg_known = true,
					  .eligible_slots = 2};
	flag(world, "rd");
	flag(world, "hg");
	field(world, "Anonymous", 4096);
	field(world, "Referenced", 4096);
	knob(world, "enabled", "madvise");
	knob(world, "hugepages-2048kB/enabled", "inherit");
	knob(world, "shmem_enabled", "advise");
	knob(world, "hugepages-2048kB/shmem_enabled", "inherit");
	knob(world, "khugepaged/max_ptes_none", "511");
	knob(world, "khugepaged/max_ptes_swap", "64");
	knob(world, "khugepaged/max_ptes_shared", "256");
	knob(world, "khugepaged/pages_to_scan", "4096");
	knob(world, "khugepaged/scan_sleep_millisecs", "10000");
	knob(world, "khugepaged/full_scans", "3");
	knob(world, "defrag", "madvise");
	knob(world, "khugepaged/defrag", "1");
}

static inline void shmem(struct world *world)
{
	world->vma.kind = VMA_SHMEM;
	world->vma.name = "/memfd:x (deleted)";
	world->vma.deleted = true;
	memcpy(world->vma.perms, "rw-s", 4);
	world->region.anon = 0;
	world->region.file = 512;
	world->fields[0].kb = 0;
}

static inline const struct why_reason *find(const struct why *why, const char *id)
{
	size_t i;

	for (i = 0; i < why->n; i++)
		if (!strcmp(why->reasons[i].id, id))
			return &why->reasons[i];
	return NULL;
}

static inline void judge(struct world *world, void (*change)(struct world *world))
{
	plain(world);
	if (change != plain)
		change(world);
	why_judge(&world->facts, &world->arena, &world->why);
}

#endif
