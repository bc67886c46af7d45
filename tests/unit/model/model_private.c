/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: private memory is private. Random programs of a family, one operation after the other: whatever was shared, split,
 * swapped, pinned and copied meanwhile, each process reads what it wrote, or what its parent had when it was born.
 */
#include "worlds.h"

#define PAGES 16 /* three huge pages of a small world, and one of small pages */
#define MMS 8
#define STEPS 50

struct program {
	struct world *world;
	uint32_t random;
	uint32_t wrote[MMS][PAGES];
};

static uint32_t pick(struct program *program, uint32_t below)
{
	program->random = program->random * UINT32_C(1664525) + UINT32_C(1013904223);
	return (program->random >> 16) % below;
}

static uint64_t page_addr(const struct world *world, uint32_t page)
{
	return AT(world, 0) + page * PAGE_BYTES;
}

/* What is in a page as its process would read it. */
static uint32_t content(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t leaf = leaf_of(world, mm, addr);
	const struct swap *swap = &world->swaps[entry_swapped(leaf) ? entry_pfn(leaf) : 0];

	if (entry_present(leaf))
		return page_at(world, entry_pfn(leaf))->data;
	return swap->cached ? page_at(world, swap->cached)->data : swap->data;
}

static void fork_mm(struct program *program, uint32_t mm)
{
	int32_t child = RUN(program->world, mm, dup_mm, .mm = mm, .name = "kid");

	if (child > 0)
		memcpy(program->wrote[child], program->wrote[mm], sizeof(program->wrote[mm]));
}

static void refer(struct program *program, uint32_t mm, uint64_t addr, uint32_t step)
{
	struct call_pin call = {.mm = mm, .start = addr, .end = addr + PAGE_BYTES, .pin = pick(program, 2)};

	snprintf(call.name, sizeof(call.name), "device%u", step);
	run(program->world, mm, &call_pin, &call, sizeof(call));
}

static void unrefer(struct program *program)
{
	uint32_t at = 1 + pick(program, program->world->extent.pins - 1);

	if (program->world->pins[at].used)
		pin_put(program->world, at);
}

/* To read-only and back: the next write has to ask. */
static void protect(struct world *world, uint32_t mm, uint64_t addr)
{
	RUN(world, mm, call_mprotect, .mm = mm, .start = addr, .end = addr + PAGE_BYTES,
	    .protection = PROTECTION_R);
	RUN(world, mm, call_mprotect, .mm = mm, .start = page_addr(world, 0), .end = page_addr(world, PAGES),
	    .protection = PROTECTION_RW);
}

static void swap_out(struct world *world, uint32_t mm, uint64_t addr)
{
	const uint64_t leaf = leaf_of(world, mm, addr);

	if (entry_present(leaf) && page_at(world, entry_pfn(leaf))->use == PAGE_SMALL)
		RUN(world, mm, pageout, .pfn = entry_pfn(leaf));
}

static void one_operation(struct program *program, uint32_t mm, uint32_t step)
{
	struct world *world = program->world;
	const uint32_t page = pick(program, PAGES), what = pick(program, 12);
	const uint64_t addr = page_addr(world, page);

	if (what < 5 && !store(world, mm, addr, 1000 + step))
		program->wrote[mm][page] = 1000 + step;
	else if (what == 5)
		fork_mm(program, mm);
	else if (what == 6 && mm != MAIN)
		RUN(world, mm, exit_mm, .mm = mm);
	else if (what == 7)
		RUN(world, mm, split_huge_pmd, .mm = mm, .addr = addr);
	else if (what == 8)
		swap_out(world, mm, addr);
	else if (what == 9)
		protect(world, mm, addr);
	else if (what == 10)
		refer(program, mm, addr, step);
	else if (what == 11)
		unrefer(program);
	if (what == 6 && step % 2) {
		RUN(world, MAIN, zap_range, .mm = MAIN, .start = addr, .end = addr + PAGE_BYTES);
		program->wrote[MAIN][page] = 0;
	}
}

static void assert_private(struct program *program, uint32_t seed, uint32_t step)
{
	struct world *world = program->world;

	for (uint32_t mm = MAIN; mm < world->extent.mms; mm++) {
		for (uint32_t page = 0; world->mms[mm].used && page < PAGES; page++) {
			uint32_t found = content(world, mm, page_addr(world, page));

			if (found != program->wrote[mm][page])
				fail_msg("%s, seed %u, step %u: %s reads %u at page %u, and should read %u",
					 world->rules.name, seed, step, world->mms[mm].name, found, page,
					 program->wrote[mm][page]);
		}
	}
}

static void test_private(void **state)
{
	size_t n;
	const struct rules *rules = rules_all(&n);

	(void)state;
	for (uint32_t seed = 0; seed < 60 * n; seed++) {
		struct program program = {.world = world_of(&rules[seed % n], true), .random = seed};
		struct world *world = program.world;

		world->knobs.enabled = seed % 3 ? THP_ALWAYS : THP_MADVISE;
		world->fine = true;
		map_anon(world, MAIN, 0, 3 * huge_bytes(world), true);
		map_anon(world, MAIN, 3, huge_bytes(world), false);
		for (uint32_t step = 0; step < STEPS; step++) {
			uint32_t mm = 1 + pick(&program, world->extent.mms - 1);

			one_operation(&program, world->mms[mm].used ? mm : MAIN, step);
			assert_private(&program, seed, step);
		}
		world_free(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
