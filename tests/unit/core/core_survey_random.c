/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The survey over random layouts of a made-up kernel: mapping, mapcounts and kB are the truth, the default says what
 * exact says, and every region is what its own page records add up to.
 */
#include "survey_bench.h"

#define SLOTS 6
#define FOLIOS 12

/* One random world: folios that up to three processes map as they please. */
struct world {
	struct fake *fake;
	struct dice *dice;
	uint64_t slot; /* bytes */
	size_t pages;  /* a slot */
	uint64_t thp[FOLIOS], mthp[FOLIOS], zero;
	bool anon[FOLIOS];
};

static void fill_pages(struct world *world, struct fake_process *process, uint64_t addr, size_t n)
{
	struct dice *dice = world->dice;
	uint64_t kind = dice_roll(dice, 10), folio = dice_roll(dice, FOLIOS), shift = dice_roll(dice, 2);
	size_t i, at;

	for (i = 0; i < n; i++, addr += FAKE_PAGE) {
		at = addr / FAKE_PAGE % world->pages;
		if (kind == 9)
			folio = dice_roll(dice, FOLIOS);
		if (kind > 3 && !dice_roll(dice, 8))
			continue;
		if (kind < 3 || kind == 9)
			fake_pte(world->fake, process, addr,
				 world->thp[folio] + (at + (kind == 2) * shift) % world->pages);
		else if (kind == 3 || kind == 4)
			fake_pte(world->fake, process, addr, world->mthp[folio] + at % 2);
		else if (kind == 5 && dice_roll(dice, 2))
			fake_raw(world->fake, process, addr, PM_SWAP | 1 | at << 5, SCAN_SWAPPED, false);
		else if (kind == 6 && dice_roll(dice, 2))
			fake_raw(world->fake, process, addr, PM_SWAP | PM_GUARD_REGION | 31, SCAN_SWAPPED,
				 false);
		else if (kind == 7 && dice_roll(dice, 2))
			fake_raw(world->fake, process, addr, PM_SWAP | 28, SCAN_SWAPPED, false);
		else
			fake_pte(world->fake, process, addr, fake_folio(world->fake, 0, folio % 3));
	}
}

static void fill_slot(struct world *world, struct fake_process *process, uint64_t start, uint64_t end)
{
	bool whole = end - start == world->slot;
	uint64_t folio = dice_roll(world->dice, FOLIOS);

	switch (dice_roll(world->dice, 6)) {
	case 0:
		return;
	case 1:
	case 2:
		if (whole) {
			fake_pmd(world->fake, process, start, world->thp[folio]);
			return;
		}
		break;
	case 3:
		if (whole && !dice_roll(world->dice, 4)) {
			fake_huge_zero(world->fake, process, start, world->zero);
			return;
		}
		break;
	case 4:
		if (whole && !dice_roll(world->dice, 4)) {
			fake_raw(world->fake, process, start, PM_SWAP | 28, SCAN_SWAPPED | SCAN_HUGE, true);
			return;
		}
		break;
	}
	fill_pages(world, process, start, (end - start) / FAKE_PAGE);
}

static void fill_process(struct world *world, pid_t pid)
{
	struct fake_process *process = fake_process(world->fake, pid);
	uint64_t at = BASE + dice_roll(world->dice, world->pages) * FAKE_PAGE, end,
		 stop = BASE + SLOTS * world->slot;

	while (at < stop) {
		end = at + (dice_roll(world->dice, 3 * world->pages) + 1) * FAKE_PAGE;
		fake_vma(process, at, end, "");
		while (at < end) {
			uint64_t next = (at / world->slot + 1) * world->slot;

			next = next < end ? next : end;
			fill_slot(world, process, at, next);
			at = next;
		}
		at += dice_roll(world->dice, 2) * dice_roll(world->dice, world->pages) * FAKE_PAGE;
	}
	process->page_tables_kb = dice_roll(world->dice, 2) ? 4 : 4000;
}

static struct world world_new(unsigned pmd_order, struct dice *dice, size_t processes)
{
	struct world world = {.dice = dice, .pages = (size_t)1 << pmd_order};
	size_t i;

	world.slot = world.pages * FAKE_PAGE;
	world.fake = fake_new(pmd_order, (processes * SLOTS * 2 + FOLIOS * 3 + 4) * world.pages + FOLIOS * 4);
	world.zero = fake_folio(world.fake, pmd_order, false);
	for (i = 0; i < FOLIOS; i++) {
		world.anon[i] = dice_roll(dice, 2);
		world.thp[i] = fake_folio(world.fake, pmd_order, world.anon[i]);
		world.mthp[i] = fake_folio(world.fake, 1, dice_roll(dice, 2));
	}
	world.fake->pmd_head_exclusive = dice_roll(dice, 2);
	for (i = 0; i < processes; i++)
		fill_process(&world, (pid_t)(100 + i));
	fake_settle(world.fake);
	return world;
}

static const struct fake_entry *entry_at(const struct fake_process *process, uint64_t addr)
{
	size_t i;

	for (i = 0; i < process->n_entries; i++)
		if (process->entries[i].vpn == addr / FAKE_PAGE)
			return &process->entries[i];
	return NULL;
}

/* What a region's page records add up to, by the truth of frames. */
static void check_region(const struct world *world, const struct fake_process *truth,
			 const struct process *process, const struct region *region)
{
	uint32_t present = 0, swapped = 0, guard = 0, nonswap = 0, file = 0, once = 0,
		 orders[ORDER_MAX + 1] = {0}, i;
	int64_t sum = 0, highest = 0, huge = 0;
	bool pmd = false;

	for (i = 0; i < region->n_pages; i++) {
		const struct page *page = &process->pages[region->first_page + i];
		const struct fake_entry *entry = entry_at(truth, page->addr);
		const struct fake_frame *frame = &world->fake->frames[page->pfn];

		assert_true(page->addr >= region->start && page->addr < region->start + region->len);
		assert_non_null(entry);
		pmd |= entry->pmd;
		if (!(entry->pmd && entry->word & PM_SWAP))
			assert_true(page->pagemap == entry->word);
		present += page->present;
		guard += page->guard;
		if (page->swapped && PM_SWAP_TYPE(page->pagemap) < 23)
			swapped++;
		else if (page->swapped)
			nonswap++;
		if (!page->present)
			continue;
		assert_int_equal(page->pfn, entry->word & PM_PFN_MASK);
		assert_true(page->has_flags && page->flags == frame->flags);
		file += page->pagemap & PM_FILE ? 1 : 0;
		orders[frame->order]++;
		if (region->backing == BACKING_ZERO)
			continue;
		assert_true(page->has_mapcount && page->mapcount == frame->count);
		if (region->pfn)
			assert_int_equal(region->pfn, frame->head);
		huge += frame->order == world->fake->kernel.pmd_order;
		once += page->mapcount == 1;
		sum += page->mapcount;
		highest = page->mapcount > highest ? page->mapcount : highest;
		/* E, where it is told, is the truth. */
		if (region->mapcount.entire != UNKNOWN_COUNT && frame->order == world->fake->kernel.pmd_order)
			assert_int_equal(region->mapcount.entire, world->fake->frames[frame->head].pmds);
	}
	assert_int_equal(region->mapping, pmd ? MAPPING_PMD : MAPPING_PTE);
	assert_int_equal(region->present, present);
	assert_int_equal(region->swapped, swapped);
	assert_int_equal(region->guard, guard);
	assert_int_equal(region->nonswap, nonswap);
	assert_int_equal(region->file, file);
	assert_int_equal(region->anon, present - file);
	if (region->backing == BACKING_ZERO || !present)
		return;
	for (i = 0; i <= ORDER_MAX; i++)
		assert_int_equal(region->orders[i], orders[i]);
	assert_int_equal(region->exclusive, once);
	assert_int_equal(region->mapcount.highest, highest);
	/* One folio's total is of all of its subpages, whoever maps them. */
	if (region->pfn && region->order) {
		for (i = 0, sum = 0; i < UINT32_C(1) << region->order; i++)
			sum += world->fake->frames[region->pfn + i].count;
		huge = region->order == world->fake->kernel.pmd_order ? i : 0;
	}
	if (region->mapcount.entire != UNKNOWN_COUNT)
		assert_int_equal(region->mapcount.total,
				 sum - (huge ? huge - 1 : 0) * region->mapcount.entire);
	else
		assert_int_equal(region->mapcount.total, UNKNOWN_COUNT);
}

static void check_truth(const struct world *world, const struct moment *moment)
{
	const struct fake_process *truth = world->fake->processes;
	size_t i, k, held;

	for (i = 0; i < moment->n_processes; i++, truth = truth->next) {
		const struct process *process = &moment->processes[i];

		assert_int_equal(process->outcome, OUTCOME_OK);
		assert_int_equal(process->pid, truth->pid);
		assert_false(process->torn);
		for (k = 0, held = 0; k < process->n_regions; k++) {
			check_region(world, truth, process, &process->regions[k]);
			held += process->regions[k].n_pages;
		}
		/* Everything that is there was found. */
		assert_int_equal(held, truth->n_entries);
		for (k = 0; k < process->n_vmas; k++) {
			const struct vma *vma = &process->vmas[k];

			assert_int_equal(vma->kb.present, smaps_kb(vma->smaps, "Rss", 1));
			assert_int_equal(vma->kb.swap, smaps_kb(vma->smaps, "Swap", 1));
			assert_int_equal(vma->kb.pmd, smaps_kb(vma->smaps, "AnonHugePages", 1) +
							      smaps_kb(vma->smaps, "ShmemPmdMapped", 1));
		}
	}
}

/* Everything but the slices of page records. */
static void assert_same(const struct moment *one, const struct moment *other)
{
	struct region a, b;
	size_t i, k;

	for (i = 0; i < one->n_processes; i++) {
		const struct process *left = &one->processes[i], *right = &other->processes[i];

		assert_int_equal(left->n_regions, right->n_regions);
		for (k = 0; k < left->n_regions; k++) {
			a = left->regions[k];
			b = right->regions[k];
			a.first_page = b.first_page = a.n_pages = b.n_pages = 0;
			assert_memory_equal(&a.mapcount, &b.mapcount, sizeof(a.mapcount));
			assert_memory_equal(&a, &b, sizeof(a));
		}
		assert_memory_equal(&left->totals, &right->totals, sizeof(left->totals));
		assert_memory_equal(&left->kb, &right->kb, sizeof(left->kb));
	}
}

/* A range gives exactly those slots, with the same words. */
static void check_range(const struct world *world, const struct moment *all)
{
	struct survey_options options = {.from = BASE + dice_roll(world->dice, SLOTS * world->slot)};
	struct moment *moment;
	size_t i, expected = 0;

	options.to = options.from + dice_roll(world->dice, SLOTS * world->slot) + 1;
	moment = survey_of(&world->fake->kernel, 1, &options);
	check_moment(moment);
	for (i = 0; i < all->processes[0].n_regions; i++) {
		const struct region *region = &all->processes[0].regions[i], *same;
		const struct vma *vma = &all->processes[0].vmas[region->vma];
		uint64_t slot = region->start / world->slot * world->slot;

		if (slot >= options.to || slot + world->slot <= options.from || vma->start >= options.to ||
		    vma->end <= options.from)
			continue;
		expected++;
		same = only_region(moment, 0, region->start);
		assert_int_equal(same->mapping, region->mapping);
		assert_int_equal(same->present, region->present);
		assert_int_equal(same->len, region->len);
	}
	assert_int_equal(moment->processes[0].n_regions, expected);
	moment_free(moment);
}

static void run(unsigned pmd_order, unsigned rounds)
{
	static const struct survey_options exact = {.exact = true}, pages = {.pages = true, .smaps = true};
	struct dice dice = {pmd_order};
	struct moment *plain, *full, *detailed;
	unsigned round, known = 0;
	struct world world;
	size_t i;

	for (round = 0; round < rounds; round++) {
		world = world_new(pmd_order, &dice, 3);
		plain = survey_of(&world.fake->kernel, 3, NULL);
		full = survey_of(&world.fake->kernel, 3, &exact);
		detailed = survey_of(&world.fake->kernel, 3, &pages);
		check_moment(plain);
		check_moment(detailed);
		check_truth(&world, detailed);
		assert_same(plain, full);
		assert_same(plain, detailed);
		check_range(&world, plain);
		for (i = 0; i < plain->processes[0].n_regions; i++)
			known += plain->processes[0].regions[i].mapcount.entire > 0;
		moment_free(plain);
		moment_free(full);
		moment_free(detailed);
		fake_free(world.fake);
	}
	assert_true(known > 0);
}

static void test_tiny(void **state)
{
	(void)state;
	run(2, 2000);
}

static void test_small(void **state)
{
	(void)state;
	run(3, 1000);
}

static void test_real_size(void **state)
{
	(void)state;
	run(9, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tiny),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_real_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
