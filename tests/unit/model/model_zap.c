/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model: memory goes from page tables: whole, in part, by file. */
#include "worlds.h"

static int32_t zap(struct world *world, uint64_t start, uint64_t end)
{
	return RUN(world, MAIN, zap_range, .mm = MAIN, .start = start, .end = end);
}

static int64_t rss(const struct world *world)
{
	const struct mm *mm = &world->mms[MAIN];

	return mm->rss[RSS_ANON] + mm->rss[RSS_FILE] + mm->rss[RSS_SHMEM];
}

static void huge_whole(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	uint32_t before;

	map_anon(world, MAIN, 0, 2 * huge_bytes(world), true);
	before = frames_free_huge(world);
	assert_int_equal(touch(world, MAIN, addr, true), 0);
	assert_int_equal(zap(world, addr, addr + 2 * huge_bytes(world)), 0);
	assert_int_equal(*pmd_of(world, MAIN, addr), 0);
	assert_int_equal(world->mms[MAIN].nr_ptes, 0);
	assert_int_equal(rss(world), 0);
	assert_int_equal(frames_free_huge(world), before);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 0);
	/* The huge zero page belongs to nobody. */
	assert_int_equal(load(world, MAIN, addr), 0);
	assert_int_equal(zap(world, addr, addr + huge_bytes(world)), 0);
	assert_int_equal(world->mms[MAIN].nr_ptes, 0);
}

/* A part goes: the mapping is split, the folio stays whole and goes with its last page. */
static void huge_part(struct world *world)
{
	const uint64_t addr = AT(world, 0), end = addr + huge_bytes(world);
	const uint32_t nr = huge_nr(world);
	uint32_t pfn;

	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(store(world, MAIN, addr + PAGE_BYTES, 5), 0);
	pfn = pfn_at(world, MAIN, addr);
	assert_int_equal(zap(world, addr, addr + PAGE_BYTES), 0);
	assert_int_equal(world->stat[STAT_THP_SPLIT_PMD], 1);
	assert_int_equal(rss(world), nr - 1);
	assert_int_equal(page_at(world, pfn)->count, nr - 1);
	assert_int_equal(page_at(world, pfn)->use, PAGE_HEAD);
	assert_int_equal(leaf_of(world, MAIN, addr), 0);
	assert_int_equal(load(world, MAIN, addr + PAGE_BYTES), 5);
	assert_int_equal(zap(world, addr, end - PAGE_BYTES), 0);
	assert_int_equal(page_at(world, pfn)->count, 1);
	assert_int_equal(zap(world, addr, end), 0);
	assert_int_equal(page_at(world, pfn)->use, PAGE_FREE);
	assert_int_equal(rss(world), 0);
	/* The table stays: it goes with the VMA. */
	assert_int_equal(world->mms[MAIN].nr_ptes, 1);
}

static void swap_entries(struct world *world)
{
	const uint64_t addr = AT(world, 0);

	map_anon(world, MAIN, 0, huge_bytes(world), false);
	for (uint32_t n = 0; n < 2; n++)
		assert_int_equal(store(world, MAIN, addr + n * PAGE_BYTES, 7), 0);
	for (uint32_t n = 0; n < 2; n++)
		assert_int_equal(RUN(world, MAIN, pageout, .pfn = pfn_at(world, MAIN, addr + n * PAGE_BYTES)),
				 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_SWAP], 2);
	/* One of them is back, for reading: in the swap cache, and mapped. */
	assert_int_equal(load(world, MAIN, addr), 7);
	assert_int_equal(zap(world, addr, addr + 2 * PAGE_BYTES), 0);
	assert_int_equal(world->mms[MAIN].rss[RSS_SWAP] + rss(world), 0);
	for (uint32_t at = 1; at < world->extent.swaps; at++)
		assert_int_equal(world->swaps[at].users, 0);
	assert_int_equal(load(world, MAIN, addr), 0);
}

/* What an entry knew of a file's page, the page knows afterwards. */
static void file_pages(struct world *world)
{
	const uint64_t addr = AT(world, 0);
	const uint32_t file = file_new(world, "file", huge_nr(world));
	uint32_t pfn;

	map_file(world, MAIN, 0, huge_bytes(world), KVMA_SHARED, file);
	assert_int_equal(store(world, MAIN, addr, 3), 0);
	pfn = pfn_at(world, MAIN, addr);
	page_at(world, pfn)->dirty = page_at(world, pfn)->referenced = false;
	assert_int_equal(zap(world, addr, addr + huge_bytes(world)), 0);
	assert_int_equal(rss(world), 0);
	assert_int_equal(*file_page(world, file, 0), pfn);
	assert_true(page_at(world, pfn)->dirty && page_at(world, pfn)->referenced);
	assert_int_equal(page_at(world, pfn)->mapcount, 0);
	assert_int_equal(load(world, MAIN, addr), 3);
}

/* A huge folio of a file, or a team: whole, and in part. */
static void file_huge(struct world *world)
{
	const bool team = world->rules.teams != TEAM_NONE;
	const uint64_t addr = AT(world, 0), end = addr + huge_bytes(world);
	uint32_t file, head;

	if (!team && world->rules.file_thp == FILE_THP_NONE)
		return;
	file = file_new(world, "file", huge_nr(world));
	world->files[file].shmem = true;
	world->files[file].team = team;
	world->knobs.shmem_enabled = SHMEM_FORCE;
	map_file(world, MAIN, 0, huge_bytes(world), KVMA_SHARED, file);
	assert_int_equal(store(world, MAIN, addr, 3), 0);
	assert_true(mapped_huge(world, MAIN, addr));
	head = pfn_at(world, MAIN, addr);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 1);
	assert_int_equal(zap(world, addr, end), 0);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 0);
	assert_int_equal(rss(world), 0);
	assert_int_equal(world->mms[MAIN].nr_ptes, 0);
	assert_int_equal(page_mapcount(world, head), 0);
	if (team)
		assert_int_equal(page_at(world, head)->team_usage, huge_nr(world));
	assert_int_equal(load(world, MAIN, addr), 3);
	assert_true(mapped_huge(world, MAIN, addr));
	/* A team's other pages stay mapped; of a folio all go, and come back with the next faults. */
	assert_int_equal(zap(world, addr, addr + PAGE_BYTES), 0);
	assert_false(mapped_huge(world, MAIN, addr));
	assert_int_equal(rss(world), team ? huge_nr(world) - 1 : 0);
	assert_int_equal(world->stat[STAT_SHMEM_PMDMAPPED], 0);
	assert_int_equal(load(world, MAIN, addr), 3);
}

/* A file's pages go from everybody's tables; private copies only if they are asked for. */
static void by_file(struct world *world)
{
	const uint64_t shared = AT(world, 0), private = AT(world, 2);
	const uint32_t file = file_new(world, "file", huge_nr(world));
	uint32_t kid;

	map_file(world, MAIN, 0, huge_bytes(world), KVMA_SHARED, file);
	map_file(world, MAIN, 2, huge_bytes(world), KVMA_PRIVATE, file);
	for (uint32_t n = 0; n < 4; n++)
		assert_int_equal(store(world, MAIN, shared + n * PAGE_BYTES, 10 + n), 0);
	assert_int_equal(load(world, MAIN, private + 2 * PAGE_BYTES), 12);
	assert_int_equal(store(world, MAIN, private + PAGE_BYTES, 5), 0);
	kid = (uint32_t)RUN(world, MAIN, dup_mm, .mm = MAIN, .name = "kid");
	assert_int_equal(load(world, kid, shared + PAGE_BYTES), 11);
	assert_int_equal(RUN(world, 0, unmap_mapping_range, .file = file, .first = 1, .last = 2), 0);
	for (uint32_t mm = MAIN; mm <= kid; mm++) {
		for (uint32_t n = 1; n < 3; n++)
			assert_int_equal(leaf_of(world, mm, shared + n * PAGE_BYTES), 0);
		assert_int_equal(leaf_of(world, mm, private + 2 * PAGE_BYTES), 0);
		assert_int_equal(load(world, mm, private + PAGE_BYTES), 5);
	}
	assert_true(entry_present(leaf_of(world, MAIN, shared)));
	assert_true(entry_present(leaf_of(world, MAIN, shared + 3 * PAGE_BYTES)));
	assert_int_equal(
		RUN(world, 0, unmap_mapping_range, .file = file, .first = 1, .last = 1, .even_cows = true),
		0);
	assert_int_equal(leaf_of(world, kid, private + PAGE_BYTES), 0);
	assert_int_equal(load(world, kid, private + PAGE_BYTES), 11);
}

/* Zaps of parts and faults on the same huge page, in many orders and by single ptes. */
static void random_zaps(struct world *world)
{
	const uint64_t addr = AT(world, 0);

	if (world->extent.order > 2)
		return;
	map_anon(world, MAIN, 0, huge_bytes(world), true);
	assert_int_equal(touch(world, MAIN, addr, true), 0);
	for (uint32_t seed = 0; seed < 200; seed++) {
		struct world *other = world_clone(world);

		other->fine = true;
		for (uint32_t k = 0; k < 2; k++) {
			uint64_t start = addr + (seed >> k) % 4 * PAGE_BYTES;

			BEGIN(other, "zap", MAIN, zap_range, .mm = MAIN, .start = start,
			      .end = k ? addr + huge_bytes(other) : start + PAGE_BYTES);
			BEGIN(other, "write", MAIN, access_page, .mm = MAIN, .addr = start,
			      .write = seed % 2);
		}
		BEGIN(other, "split", MAIN, split_huge_pmd, .mm = MAIN, .addr = addr);
		run_randomly(other, seed);
		world_free(other);
	}
}

#define EACH(name)                                                                                           \
	static void test_##name(void **state)                                                                \
	{                                                                                                    \
		(void)state;                                                                                 \
		worlds_each(name);                                                                           \
	}

EACH(huge_whole)
EACH(huge_part)
EACH(swap_entries)
EACH(file_pages)
EACH(file_huge)
EACH(by_file)
EACH(random_zaps)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_huge_whole),   cmocka_unit_test(test_huge_part),
		cmocka_unit_test(test_swap_entries), cmocka_unit_test(test_file_pages),
		cmocka_unit_test(test_file_huge),    cmocka_unit_test(test_by_file),
		cmocka_unit_test(test_random_zaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
