/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: fork, exit, and what both leave behind. */
#include "worlds.h"

#include <errno.h>

/* What is in use: nothing of it may be left when all processes have ended. */
struct usage {
	uint32_t frames, tables, vmas, anon_vmas, files, areas, swaps;
};

static struct usage usage_of(const struct world *world)
{
	struct usage usage = {0};

	for (uint32_t at = 1; at < world->extent.frames; at++)
		usage.frames += world->pages[at].use != PAGE_FREE && world->pages[at].use != PAGE_ZERO;
	for (uint32_t at = 1; at < world->extent.tables; at++)
		usage.tables += world->tables[at].use != TABLE_FREE;
	for (uint32_t at = 1; at < world->extent.vmas; at++)
		usage.vmas += world->vmas[at].used;
	for (uint32_t at = 1; at < world->extent.anon_vmas; at++)
		usage.anon_vmas += world->anon_vmas[at].used;
	for (uint32_t at = 1; at < world->extent.files; at++)
		usage.files += world->files[at].used;
	for (uint32_t at = 1; at < world->extent.areas; at++)
		usage.areas += world->areas[at].used;
	for (uint32_t at = 1; at < world->extent.swaps; at++)
		usage.swaps += world->swaps[at].users > 0;
	return usage;
}

static void assert_empty(struct world *world)
{
	const struct usage usage = usage_of(world), none = {0};

	assert_memory_equal(&usage, &none, sizeof(none));
	assert_sound(world);
}

static uint32_t fork_kid(struct world *world)
{
	int32_t child = RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid");

	assert_int_equal(child, 2);
	assert_string_equal(world->mms[child].name, "kid");
	assert_int_equal(world->mms[child].parent, world->mms[MAIN].pid);
	return (uint32_t)child;
}

static void map_area(struct world *world, const char *name, enum map_kind kind)
{
	struct call_mmap call = {.mm = MAIN, .kind = (uint8_t)kind, .len = huge_bytes(world)};

	snprintf(call.name, sizeof(call.name), "%s", name);
	assert_int_equal(run(world, MAIN, &call_mmap, &call, sizeof(call)), 0);
}

static uint64_t area_at(const struct world *world, uint32_t mm, const char *name)
{
	uint32_t area = area_named(world, mm, name);

	assert_true(area);
	return world->areas[area].start;
}

/* A leaf is shared read-only by both, and each sees its own writes from then on. */
static void huge_shared(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t child, pfn;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(store(world, MAIN, addr, 5), 0);
	pfn = pfn_at(world, MAIN, addr);
	assert_int_equal(page_at(world, pfn)->exclusive, world->rules.anon_exclusive);
	child = fork_kid(world);
	assert_true(mapped_huge(world, child, addr));
	assert_int_equal(pfn_at(world, child, addr), pfn);
	assert_false(page_at(world, pfn)->exclusive);
	assert_int_equal(page_at(world, pfn)->entire, 2);
	assert_false((*pmd_of(world, MAIN, addr) | *pmd_of(world, child, addr)) & ENTRY_WRITE);
	assert_false(*pmd_of(world, child, addr) & ENTRY_YOUNG);
	assert_int_equal(world->mms[child].rss[RSS_ANON], huge_nr(world));
	assert_true(world->mms[child].has_slot);
	assert_int_equal(store(world, child, addr, 6), 0);
	assert_int_equal(store(world, MAIN, addr, 7), 0);
	assert_int_equal(load(world, child, addr), 6);
	assert_int_equal(load(world, MAIN, addr), 7);
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_int_equal(load(world, child, addr), 6);
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	assert_empty(world);
}

static void ptes_and_swap(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t child;

	map_anon(world, MAIN, 0, huge_bytes(world), false);
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(store(world, MAIN, addr + n * PAGE_BYTES, n + 1), 0);
	assert_int_equal(RUN(world, MAIN, pageout, .pfn = pfn_at(world, MAIN, addr + PAGE_BYTES)), 0);
	assert_true(entry_swapped(*pte_of(world, MAIN, addr + PAGE_BYTES)));
	child = fork_kid(world);
	assert_int_equal(pfn_at(world, child, addr), pfn_at(world, MAIN, addr));
	assert_true(entry_swapped(*pte_of(world, child, addr + PAGE_BYTES)));
	assert_int_equal(world->mms[child].rss[RSS_SWAP], 1);
	assert_int_equal(world->mms[child].rss[RSS_ANON], 2);
	assert_int_equal(store(world, child, addr + PAGE_BYTES, 9), 0);
	assert_int_equal(load(world, MAIN, addr + PAGE_BYTES), 2);
	assert_int_equal(load(world, child, addr + PAGE_BYTES), 9);
	assert_int_equal(store(world, MAIN, addr, 8), 0);
	assert_int_equal(load(world, child, addr), 1);
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	assert_int_equal(load(world, MAIN, addr), 8);
	assert_int_equal(load(world, MAIN, addr + 2 * PAGE_BYTES), 3);
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_empty(world);
}

/* What a device may write to: the parent keeps it, and the child gets a copy at once, where the generation does so. */
static void pinned(struct world *world)
{
	const uint64_t addr = AT(world, 0), other = addr + PAGE_BYTES;
	const bool copied = world->rules.fork_copies_pinned;
	uint32_t child, pfn;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(store(world, MAIN, addr, 5), 0);
	pfn = pfn_at(world, MAIN, addr);
	assert_int_equal(
		RUN(world, MAIN, call_pin, .mm = MAIN, .start = addr, .end = other, .pin = true, .name = "d"),
		0);
	child = fork_kid(world);
	assert_int_equal(mapped_huge(world, MAIN, addr), !copied);
	assert_int_equal(mapped_huge(world, child, addr), !copied);
	assert_int_equal(pfn_at(world, MAIN, addr), pfn);
	assert_int_equal(pfn_at(world, child, addr) != pfn, copied);
	assert_int_equal(!!(leaf_of(world, MAIN, addr) & ENTRY_WRITE), copied);
	assert_int_equal(!!(leaf_of(world, child, addr) & ENTRY_WRITE), copied);
	assert_int_equal(load(world, child, addr), 5);
	assert_int_equal(RUN(world, 0, device_write, .name = "d", .value = 77), 0);
	assert_int_equal(load(world, MAIN, addr), 77);
	assert_int_equal(load(world, child, addr), copied ? 5 : 77);
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	assert_int_equal(page_at(world, pfn)->data, 77);
	pin_put(world, 1);
	assert_empty(world);
}

/* Shared memory is left to the child's faults; a private file that was written to is not. Advice decides about the rest. */
static void what_is_copied(struct world *world)
{
	uint64_t left, wiped, shared, private;
	uint32_t child;

	map_area(world, "left", MAP_KIND_ANON);
	map_area(world, "wiped", MAP_KIND_ANON);
	map_area(world, "shared", MAP_KIND_SHMEM);
	map_area(world, "private", MAP_KIND_PRIVATE_FILE);
	map_area(world, "untouched", MAP_KIND_ANON);
	left = area_at(world, MAIN, "left");
	wiped = area_at(world, MAIN, "wiped");
	shared = area_at(world, MAIN, "shared");
	private = area_at(world, MAIN, "private");
	world->vmas[vma_at(world, MAIN, left)].dontfork = true;
	world->vmas[vma_at(world, MAIN, wiped)].wipeonfork = true;
	world->vmas[vma_at(world, MAIN, wiped)].uffd_wp = true;
	assert_int_equal(store(world, MAIN, left, 1), 0);
	assert_int_equal(store(world, MAIN, wiped, 2), 0);
	assert_int_equal(store(world, MAIN, shared, 3), 0);
	assert_int_equal(store(world, MAIN, private, 4), 0);
	assert_int_equal(load(world, MAIN, private + PAGE_BYTES), 0);
	child = fork_kid(world);
	assert_int_equal(area_named(world, child, "left"), 0);
	assert_int_equal(vma_at(world, child, left), 0);
	assert_int_equal(touch(world, child, left, false), -EFAULT);
	assert_int_equal(leaf_of(world, child, shared), 0);
	assert_int_equal(leaf_of(world, child, wiped), 0);
	assert_false(world->vmas[vma_at(world, child, wiped)].uffd_wp);
	assert_int_equal(area_at(world, child, "untouched"), area_at(world, MAIN, "untouched"));
	assert_true(entry_present(leaf_of(world, child, private)));
	assert_int_equal(load(world, child, wiped), 0);
	assert_int_equal(load(world, child, shared), 3);
	assert_int_equal(load(world, child, private), 4);
	assert_int_equal(store(world, child, private, 5), 0);
	assert_int_equal(store(world, child, shared, 6), 0);
	assert_int_equal(load(world, MAIN, private), 4);
	assert_int_equal(load(world, MAIN, shared), 6);
	/* The files stay as long as somebody has them, by whatever name. */
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_int_equal(usage_of(world).files, 2);
	assert_int_equal(load(world, child, shared), 6);
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	assert_empty(world);
}

/*
 * A huge pmd of a file in a VMA that fork has to copy, for another part of it was written to: a team's is copied in seed
 * 002, everything else is left to the child's faults. The huge zero page is copied by all.
 */
static void huge_file_and_zero(struct world *world)
{
	const bool team = world->rules.teams != TEAM_NONE, copied = world->rules.fork_copies_team;
	const uint64_t addr = AT(world, 0), zero = AT(world, 3);
	uint32_t file, child, head;

	map_anon(world, MAIN, 3, huge_bytes(world), true);
	assert_int_equal(load(world, MAIN, zero), 0);
	file = file_new(world, "file", 2 * huge_nr(world));
	world->files[file].shmem = true;
	world->files[file].team = team;
	world->knobs.shmem_enabled = SHMEM_FORCE;
	map_file(world, MAIN, 0, 2 * huge_bytes(world), KVMA_PRIVATE, file);
	assert_int_equal(store(world, MAIN, addr + huge_bytes(world), 4), 0);
	assert_int_equal(load(world, MAIN, addr), 0);
	assert_int_equal(mapped_huge(world, MAIN, addr), team || world->rules.file_thp != FILE_THP_NONE);
	head = pfn_at(world, MAIN, addr);
	child = fork_kid(world);
	assert_true(mapped_huge(world, child, zero));
	assert_int_equal(pfn_at(world, child, zero), world->huge_zero);
	if (mapped_huge(world, MAIN, addr)) {
		assert_int_equal(mapped_huge(world, child, addr), copied);
		assert_int_equal(world->mms[child].rss[RSS_SHMEM], copied ? huge_nr(world) : 0);
	}
	if (team)
		assert_int_equal(page_at(world, head)->team_usage, huge_nr(world) + 1 + copied);
	assert_int_equal(load(world, child, addr), 0);
	assert_int_equal(pfn_at(world, child, addr), head);
	assert_int_equal(load(world, child, addr + huge_bytes(world)), 4);
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_int_equal(RUN(world, child, exit_mm, .mm = child), 0);
	/* No area had a name for the file. */
	assert_int_equal(RUN(world, 0, release_file, .file = file), 0);
	assert_empty(world);
}

/* A fork of a fork of a fork; the eldest goes first, and the anon_vmas with the last that needs them. */
static void generations(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t son, grandson;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(store(world, MAIN, addr, 5), 0);
	son = fork_kid(world);
	grandson = (uint32_t)RUN(world, son, dup_mm, .mm = son, .name = "grandson");
	assert_int_equal(page_at(world, pfn_at(world, grandson, addr))->entire, 3);
	assert_true(anon_vma_descends(world, world->vmas[vma_at(world, grandson, addr)].anon_vma,
				      world->vmas[vma_at(world, MAIN, addr)].anon_vma));
	assert_int_equal(store(world, son, addr, 6), 0);
	assert_int_equal(RUN(world, son, exit_mm, .mm = son), 0);
	assert_int_equal(RUN(world, MAIN, exit_mm, .mm = MAIN), 0);
	assert_int_equal(store(world, grandson, addr + PAGE_BYTES, 7), 0);
	assert_int_equal(load(world, grandson, addr), 5);
	assert_int_equal(usage_of(world).anon_vmas, 3);
	assert_int_equal(RUN(world, grandson, exit_mm, .mm = grandson), 0);
	assert_empty(world);
}

/* So many tables, and so many frames, are left free: the rest is taken, and counts nowhere. */
static void leave(struct world *world, uint32_t tables, uint32_t frames)
{
	for (uint32_t at = world->extent.tables; at--;) {
		if (world->tables[at].use == TABLE_FREE && !(at && tables && tables--))
			world->tables[at].use = TABLE_USED;
	}
	for (uint32_t pfn = world->extent.frames; pfn--;) {
		if (world->pages[pfn].use == PAGE_FREE && !(frames && frames--))
			world->pages[pfn].use = PAGE_SMALL;
	}
}

/* Wherever fork runs out of something, the child is taken back whole, and the parent goes on. */
static void out_of(struct world *world)
{
	bool failed = false, done = false;

	map_anon(world, MAIN, 0, 2 * huge_bytes(world), true);
	map_anon(world, MAIN, 3, huge_bytes(world), false);
	assert_int_equal(store(world, MAIN, AT(world, 0), 5), 0);
	assert_int_equal(store(world, MAIN, AT(world, 1), 6), 0);
	assert_int_equal(store(world, MAIN, AT(world, 3), 7), 0);
	assert_int_equal(RUN(world, MAIN, call_pin, .mm = MAIN, .start = AT(world, 1),
			     .end = AT(world, 1) + PAGE_BYTES, .pin = true, .name = "d"),
			 0);
	for (uint32_t left = 0; left < 2 * 12; left++) {
		struct world *other = world_clone(world);
		const bool frames = left % 2;
		int32_t child;

		leave(other, frames ? 24 : left / 2, frames ? left / 2 : 2 * huge_nr(other));
		child = finish(other, BEGIN(other, "fork", MAIN, dup_mm, .mm = MAIN, .name = "kid"));
		failed |= child < 0;
		done |= child > 0;
		if (child < 0) {
			assert_false(other->mms[2].used);
			assert_int_equal(vma_next(other, 2, 0), 0);
			for (uint32_t at = 1; at < other->extent.tables; at++)
				assert_true(other->tables[at].mm != 2);
			for (uint32_t n = 0; n < 4; n++)
				assert_true(page_mapcount(other, pfn_at(other, MAIN,
									AT(other, n == 2 ? 0 : n))) == 1);
		}
		world_free(other);
	}
	assert_true(failed && done);
	while (mm_new(world, "more", 0))
		;
	assert_int_equal(RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid"), -EAGAIN);
}

/* The end waits for the others who work for the mm; who comes later is told that there is nothing. */
static void exit_waits(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t writer, leaver, late;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	writer = BEGIN(world, "writer", MAIN, access_page, .mm = MAIN, .addr = addr, .write = true);
	step_until(world, writer, "pmd_lock");
	leaver = BEGIN(world, "exit", MAIN, exit_mm, .mm = MAIN);
	while (task_step(world, leaver) == PROGRESS_STEP)
		;
	assert_int_equal(world->tasks[leaver].wants.kind, LOCK_MM_USERS);
	assert_int_equal(lock_holder(world, leaver), writer);
	late = BEGIN(world, "late", MAIN, access_page, .mm = MAIN, .addr = addr);
	assert_int_equal(finish(world, late), -EFAULT);
	assert_int_equal(finish(world, BEGIN(world, "again", MAIN, exit_mm, .mm = MAIN)), -ESRCH);
	assert_int_equal(finish(world, leaver), 0);
	assert_true(world->tasks[writer].done);
	task_end(world, writer);
	assert_empty(world);
}

/* A family that forks, writes, is unmapped and ends at once, in many orders; in the end nothing is left. */
static void family(struct world *world)
{
	const uint64_t addr = AT(world, 0);

	if (world->extent.order > 2)
		return;
	map_anon(world, MAIN, 0, huge_bytes(world), true);
	map_anon(world, MAIN, 2, huge_bytes(world), false);
	for (uint32_t n = 0; n < 2; n++)
		assert_int_equal(store(world, MAIN, AT(world, 2 * n) + PAGE_BYTES, 1), 0);
	assert_int_equal(fork_kid(world), 2);
	for (uint32_t seed = 0; seed < 300; seed++) {
		struct world *other = world_clone(world);
		const uint32_t mm = 1 + seed % 2;

		other->fine = seed % 3 == 0;
		BEGIN(other, "one", MAIN, access_page, .mm = MAIN, .addr = addr + PAGE_BYTES, .write = true);
		BEGIN(other, "two", 2, access_page, .mm = 2, .addr = addr + seed / 2 % 2 * PAGE_BYTES,
		      .write = true);
		BEGIN(other, "zap", mm, zap_range, .mm = mm, .start = addr + seed / 4 % 3 * PAGE_BYTES,
		      .end = AT(other, 3));
		BEGIN(other, "fork", mm, dup_mm, .mm = mm, .name = "third");
		BEGIN(other, "three", 2, access_page, .mm = 2, .addr = AT(other, 2) + PAGE_BYTES,
		      .write = true);
		BEGIN(other, "exit", 3 - mm, exit_mm, .mm = 3 - mm);
		run_randomly(other, seed);
		for (uint32_t at = 1; at < other->extent.tasks; at++)
			task_end(other, at);
		for (uint32_t at = 1; at < other->extent.mms; at++) {
			if (other->mms[at].used)
				assert_int_equal(RUN(other, at, exit_mm, .mm = at), 0);
		}
		assert_empty(other);
		world_free(other);
	}
}

/* A fork that fails takes the child away, but not from under somebody who works for it already. */
static void child_in_use(struct world *world)
{
	const uint32_t kid = mm_new(world, "kid", MAIN);
	const uint32_t fork = BEGIN(world, "fork", kid, dup_mm, .mm = kid, .name = "third");
	uint32_t child, other;

	while (!(child = mm_named(world, "third")))
		assert_int_equal(task_step(world, fork), PROGRESS_STEP);
	other = BEGIN(world, "other", child, hold_mmap_lock, .mm = child, .mode = LOCK_WRITE);
	/* Its parent ends before it is copied. */
	world->mms[kid].exiting = true;
	while (task_step(world, fork) == PROGRESS_STEP)
		;
	assert_true(!world->tasks[fork].done && world->mms[child].used);
	assert_true(task_finish(world, other));
	assert_true(task_finish(world, fork));
	assert_int_equal(world->tasks[fork].result, -ESRCH);
	assert_false(world->mms[child].used);
	assert_sound(world);
}

#define EACH(name)                                                                                           \
	static void test_##name(void **state)                                                                \
	{                                                                                                    \
		(void)state;                                                                                 \
		worlds_each(name);                                                                           \
	}

EACH(huge_shared)
EACH(ptes_and_swap)
EACH(pinned)
EACH(what_is_copied)
EACH(huge_file_and_zero)
EACH(generations)
EACH(out_of)
EACH(exit_waits)
EACH(family)
EACH(child_in_use)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_huge_shared),
		cmocka_unit_test(test_ptes_and_swap),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_what_is_copied),
		cmocka_unit_test(test_huge_file_and_zero),
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_out_of),
		cmocka_unit_test(test_exit_waits),
		cmocka_unit_test(test_family),
		cmocka_unit_test(test_child_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
