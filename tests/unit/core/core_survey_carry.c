/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live samples: what is carried over from one to the next, what never is, and for how long. */
#include "survey_bench.h"

#include "core/mem.h"

#define SLOT UINT64_C(0x200000)
#define SLOTS 16
#define TICK UINT64_C(100000000)
#define START UINT64_C(5000000000)

/* What a slot of a made-up world holds. */
enum kind {
	OWN,	/* a THP of its own, mapped by PMD */
	OTHER,	/* the same, but another one */
	SHARED, /* a THP that process 101 maps too, where there is one */
	SPLIT,	/* a THP mapped by ptes */
	SMALL,	/* one small page */
	PAIR,	/* that page and another */
	FILE_THP,
	NOTHING,
	KINDS
};

struct world {
	enum kind slots[SLOTS];
	bool second;	/* there is a process 101 */
	uint64_t moved; /* the VMA begins so much higher */
	unsigned first; /* slots of a first VMA of other permissions */
	const char *name;
};

static void fill(struct fake *fake, struct fake_process *process, struct fake_process *second, uint64_t addr,
		 enum kind kind)
{
	/* Each kind has frames of its own, whatever the other slots hold. */
	uint64_t frames[KINDS], i;

	for (i = 0; i < KINDS; i++)
		frames[i] = fake_folio(fake, i == SMALL || i == PAIR ? 0 : 9, i != FILE_THP);
	switch (kind) {
	case OWN:
	case OTHER:
	case SHARED:
	case FILE_THP:
		fake_pmd(fake, process, addr, frames[kind]);
		break;
	case SPLIT:
		for (i = 0; i < 512; i++)
			fake_pte(fake, process, addr + i * FAKE_PAGE, frames[OWN] + i);
		break;
	case PAIR:
		fake_pte(fake, process, addr + FAKE_PAGE, frames[PAIR]);
		fake_pte(fake, process, addr, frames[SMALL]);
		break;
	case SMALL:
		fake_pte(fake, process, addr, frames[SMALL]);
		break;
	case NOTHING:
	case KINDS:
		break;
	}
	if (second && kind == SHARED)
		fake_pmd(fake, second, addr, frames[kind]);
}

static struct fake *make(const struct world *world)
{
	struct fake *fake = fake_new(9, 512 * (KINDS + 1) * (SLOTS + 1));
	struct fake_process *process = fake_process(fake, 100);
	struct fake_process *second = world->second ? fake_process(fake, 101) : NULL;
	const uint64_t start = BASE + world->moved, cut = start + world->first * SLOT;
	unsigned i;

	/* The program, which is what it was. */
	fake_vma(process, 0x400000, 0x401000, "/bin/fake");
	if (world->first)
		fake_vma(process, start, cut, world->name ? world->name : "")->perms = "r--p";
	fake_vma(process, cut, start + SLOTS * SLOT, world->name ? world->name : "");
	if (second) {
		fake_vma(second, 0x400000, 0x401000, "/bin/fake");
		fake_vma(second, start, start + SLOTS * SLOT, "");
	}
	for (i = 0; i < SLOTS; i++)
		fill(fake, process, second, start + i * SLOT, world->slots[i]);
	fake_settle(fake);
	return fake;
}

/* A sample of a world; last (NULL: none) is the one before. */
static struct moment *sample_with(struct fake *fake, const struct world *world, const struct moment *last,
				  uint64_t now, struct survey_options options)
{
	struct survey_past past = {last, now};
	struct moment *moment;

	options.past = last ? &past : NULL;
	moment = survey_of(&fake->kernel, world->second ? 2 : 1, &options);
	moment->mono_ns = now;
	check_moment(moment);
	return moment;
}

static struct moment *sample(const struct world *world, const struct moment *last, uint64_t now)
{
	struct fake *fake = make(world);
	struct moment *moment = sample_with(fake, world, last, now, (struct survey_options){0});

	moment->caps = (struct capabilities){0};
	moment->source = "fake";
	fake_free(fake);
	return moment;
}

static size_t carried(const struct moment *moment)
{
	size_t i, n = 0;

	for (i = 0; i < moment->processes[0].n_regions; i++)
		n += process_carried(&moment->processes[0], &moment->processes[0].regions[i]);
	return n;
}

static bool same_region(struct region one, struct region other)
{
	return one.start == other.start && one.len == other.len && one.pfn == other.pfn &&
	       one.mapping == other.mapping && one.backing == other.backing && one.order == other.order &&
	       one.present == other.present && one.anon == other.anon && one.file == other.file &&
	       one.exclusive == other.exclusive && one.mapcount.entire == other.mapcount.entire &&
	       one.mapcount.highest == other.mapcount.highest && one.mapcount.total == other.mapcount.total;
}

/* Nothing changes: everything is carried over, but each region for less than SURVEY_CARRIED_NS at a time. */
static void test_cycle(void **state)
{
	const struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *last = first, *next;
	uint64_t read[SLOTS], now;
	size_t i, most = 0;

	(void)state;
	assert_int_equal(carried(first), 0);
	for (i = 0; i < SLOTS; i++)
		read[i] = START;
	for (now = START + TICK; now < START + 100 * TICK; now += TICK) {
		next = sample(&world, last, now);
		assert_int_equal(next->processes[0].n_regions, SLOTS);
		for (i = 0; i < SLOTS; i++) {
			const struct region *region = &next->processes[0].regions[i];

			assert_true(same_region(*region, first->processes[0].regions[i]));
			if (!process_carried(&next->processes[0], region))
				read[i] = now;
			assert_true(now - read[i] < SURVEY_CARRIED_NS);
		}
		assert_int_equal(next->processes[0].kb.pmd, first->processes[0].kb.pmd);
		if (SLOTS - carried(next) > most)
			most = SLOTS - carried(next);
		if (last != first)
			moment_free(last);
		last = next;
	}
	/* Their turns are spread: never all in one sample. */
	assert_true(most < SLOTS / 2);
	/* After a long rest everything is read. */
	next = sample(&world, last, now + SURVEY_CARRIED_NS);
	assert_int_equal(carried(next), 0);
	moment_free(next);
	moment_free(last);
	moment_free(first);
}

/* More regions than may be read in each two seconds: the cycle is longer, which the process says. */
static void test_many(void **state)
{
	const uint64_t slot = 2 * FAKE_PAGE, n = SURVEY_CARRIED_MOST * 3;
	struct fake *fake = fake_new(1, 4 * n);
	struct fake_process *process = fake_process(fake, 100);
	const struct world world = {.slots = {OWN}};
	struct moment *last = NULL, *next;
	uint64_t now, i, fresh = 0;

	(void)state;
	fake_vma(process, BASE, BASE + n * slot, "");
	for (i = 0; i < n; i++)
		fake_pmd(fake, process, BASE + i * slot, fake_folio(fake, 1, true));
	fake_settle(fake);
	for (now = START; now < START + SURVEY_CARRIED_NS * 4; now += 4 * TICK) {
		next = sample_with(fake, &world, last, now, (struct survey_options){0});
		assert_int_equal(next->processes[0].n_regions, n);
		assert_int_equal(next->processes[0].carried_ns, last ? SURVEY_CARRIED_NS * 4 : 0);
		fresh += last ? n - carried(next) : 0;
		moment_free(last);
		last = next;
	}
	/* Each had its turn once, but for those whose turn the last step would be. */
	assert_true(fresh <= n && fresh > n - n / 8);
	moment_free(last);
	fake_free(fake);
}

/* What it saves: a carried region costs no call of its own. */
static void test_cost(void **state)
{
	const struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *next;
	struct fake *fake = make(&world);

	(void)state;
	next = sample_with(fake, &world, first, START + 1, (struct survey_options){0});
	assert_int_equal(carried(next), SLOTS);
	assert_int_equal(fake->pagemap_calls, 0);
	assert_int_equal(fake->flags_calls, 0);
	assert_true(fake->scan_calls <= 4);
	assert_int_equal(next->processes[0].page_tables_kb, 4);
	moment_free(next);
	moment_free(first);
	fake_free(fake);
}

/* While nothing changes, samples share their regions, and say since when, whoever of them is freed first. */
static void test_same(void **state)
{
	const struct world world = {.slots = {OWN, SMALL, FILE_THP}};
	struct moment *first = sample(&world, NULL, START), *last = sample(&world, first, START + TICK),
		      *next;
	uint64_t now;

	(void)state;
	assert_int_equal(first->processes[0].same_since_ns, 0);
	assert_int_equal(last->processes[0].same_since_ns, START);
	assert_ptr_equal(last->processes[0].regions, first->processes[0].regions);
	moment_free(first);
	for (now = START + 2 * TICK; now < START + 2 * SURVEY_CARRIED_NS; now += TICK) {
		next = sample(&world, last, now);
		assert_int_equal(next->processes[0].same_since_ns, START);
		assert_ptr_equal(next->processes[0].regions, last->processes[0].regions);
		moment_free(last);
		last = next;
	}
	assert_kinds(only_region(last, 0, BASE), MAPPING_PMD, BACKING_THP);
	moment_free(last);
}

/* Any difference ends that: in a region, one more, one less, in the VMAs, or in what another process says of a folio. */
static void test_differs(void **state)
{
	static const struct world base = {.slots = {[1] = SMALL, [2] = SHARED, [SLOTS - 1] = NOTHING}};
	struct world worlds[] = {base, base, base, base, base};
	struct moment *whole = sample(&base, NULL, START), *first = sample(&base, whole, START), *next;
	size_t i;

	(void)state;
	moment_free(whole);
	next = sample(&base, first, START + TICK);
	assert_int_equal(next->processes[0].same_since_ns, START);
	moment_free(next);
	worlds[0].slots[1] = PAIR;
	worlds[1].slots[SLOTS - 1] = SMALL;
	worlds[2].slots[SLOTS - 2] = NOTHING;
	worlds[3].first = 3;
	worlds[4].second = true;
	for (i = 0; i < COUNT_OF(worlds); i++) {
		next = sample(&worlds[i], first, START + TICK);
		/* (Contradicted, the process is read once more, with nothing to compare it to.) */
		assert_int_equal(next->processes[0].same_since_ns, worlds[i].second ? 0 : START + TICK);
		assert_ptr_not_equal(next->processes[0].regions, first->processes[0].regions);
		assert_kinds(only_region(first, 0, BASE + SLOT), MAPPING_PTE, BACKING_SMALL);
		moment_free(next);
	}
	moment_free(first);
}

/* A mapping that changed is in the very next sample, and its neighbours are carried over all the same. */
static void test_mapping_changes_at_once(void **state)
{
	static const enum kind changes[] = {SPLIT, SMALL, NOTHING};
	struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *next;
	const struct region *region;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(changes); i++) {
		world.slots[3] = changes[i];
		next = sample(&world, first, START + 1);
		assert_int_equal(carried(next), SLOTS - 1);
		region = process_region_at(&next->processes[0], BASE + 3 * SLOT);
		if (changes[i] == NOTHING)
			assert_null(region);
		else
			assert_kinds(region, MAPPING_PTE, changes[i] == SPLIT ? BACKING_THP : BACKING_SMALL);
		moment_free(next);
	}
	moment_free(first);
}

/* Another THP in its place shows when the region's turn comes: in less than SURVEY_CARRIED_NS. */
static void test_frame_changes_in_time(void **state)
{
	struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *last = first, *next;
	const uint64_t old = first->processes[0].regions[3].pfn;
	uint64_t now, seen = 0;

	(void)state;
	world.slots[3] = OTHER;
	for (now = START + TICK; now < START + SURVEY_CARRIED_NS; now += TICK) {
		const struct region *region;

		next = sample(&world, last, now);
		region = &next->processes[0].regions[3];
		if (process_carried(&next->processes[0], region) && !seen)
			assert_int_equal(region->pfn, old);
		else
			assert_int_not_equal(region->pfn, old);
		if (region->pfn != old && !seen)
			seen = now;
		moment_free(last);
		last = next;
	}
	assert_true(seen && seen - START < SURVEY_CARRIED_NS);
	moment_free(last);
}

/* A file's THP is carried over too, until anonymous memory takes its place: then in time. */
static void test_file(void **state)
{
	struct world world = {.slots = {OWN, FILE_THP}};
	struct moment *first = sample(&world, NULL, START), *next = sample(&world, first, START + 1);

	(void)state;
	assert_int_equal(carried(next), SLOTS);
	moment_free(next);
	world.slots[1] = OWN;
	next = sample(&world, first, START + SURVEY_CARRIED_NS);
	assert_int_equal(next->processes[0].regions[1].anon, 512);
	moment_free(next);
	moment_free(first);
}

/* Small pages: their words are read each time, and what these do not tell is carried over while they stay the same. */
static void test_ptes(void **state)
{
	struct world world = {.slots = {SMALL, PAIR, SPLIT}};
	struct moment *first = sample(&world, NULL, START), *last = sample(&world, first, START), *next;
	struct fake *fake = make(&world);
	const struct region *regions;
	unsigned calls;

	(void)state;
	fake->flags_calls = fake->pagemap_calls = 0;
	next = sample_with(fake, &world, last, START + 1, (struct survey_options){0});
	calls = fake->flags_calls;
	regions = next->processes[0].regions;
	assert_int_equal(next->processes[0].carried[0] & 7, 3);
	assert_true(fake->pagemap_calls >= 3);
	assert_true(same_region(regions[1], last->processes[0].regions[1]));
	moment_free(next);
	next = sample_with(fake, &world, last, START + SURVEY_CARRIED_NS, (struct survey_options){0});
	assert_int_equal(carried(next), 0);
	assert_true(fake->flags_calls - calls > calls);
	moment_free(next);
	world.slots[0] = PAIR;
	world.slots[1] = SMALL;
	next = sample(&world, last, START + 1);
	regions = next->processes[0].regions;
	assert_int_equal(next->processes[0].carried[0] & 3, 0);
	assert_int_equal(regions[0].present, 2);
	assert_int_equal(regions[1].present, 1);
	moment_free(next);
	moment_free(last);
	moment_free(first);
	fake_free(fake);
}

/* VMAs that are cut, joined or moved: only what lies where it lay, in a VMA of the same kind, is carried over. */
static void test_vmas(void **state)
{
	struct world world = {.slots = {OWN}};
	struct moment *whole = sample(&world, NULL, START), *cut, *next;

	(void)state;
	world.first = 5;
	cut = sample(&world, whole, START + 1);
	assert_int_equal(carried(cut), SLOTS - 5);
	assert_false(cut->processes[0].carried[0] >> 4 & 1);
	assert_true(cut->processes[0].carried[0] >> 5 & 1);
	assert_int_equal(cut->processes[0].regions[5].vma, 2);
	assert_int_equal(cut->processes[0].vmas[2].kb.pmd, (SLOTS - 5) * SLOT >> 10);
	world.first = 0;
	next = sample(&world, cut, START + 2);
	assert_int_equal(carried(next), SLOTS - 5);
	moment_free(next);
	world.name = "[heap]";
	next = sample(&world, whole, START + 1);
	assert_int_equal(carried(next), 0);
	moment_free(next);
	world.name = NULL;
	world.moved = 2 * SLOT;
	next = sample(&world, whole, START + 1);
	assert_int_equal(carried(next), SLOTS - 2); /* where they overlap: another folio shows in time */
	assert_int_equal(next->processes[0].n_regions, SLOTS);
	moment_free(next);
	world.moved = UINT64_C(1) << 40;
	next = sample(&world, whole, START + 1);
	assert_int_equal(carried(next), 0);
	moment_free(next);
	moment_free(cut);
	moment_free(whole);
}

/* Another process, or the same one with another program, is read whole. */
static void test_exec(void **state)
{
	static const char *const stats[] = {
		"100 (other) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n",
		"100 (fake) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 8 0 0\n",
	};
	const struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *next;
	struct fake *fake;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(stats); i++) {
		fake = make(&world);
		free(fake->processes->stat);
		fake->processes->stat = mem_strdup(stats[i]);
		next = sample_with(fake, &world, first, START + 1, (struct survey_options){0});
		assert_int_equal(next->processes[0].n_regions, SLOTS);
		assert_int_equal(carried(next), 0);
		moment_free(next);
		fake_free(fake);
	}
	/* Of the same name, but loaded elsewhere. */
	fake = make(&world);
	fake->processes->maps[2] = '1';
	next = sample_with(fake, &world, first, START + 1, (struct survey_options){0});
	assert_int_equal(carried(next), 0);
	moment_free(next);
	fake_free(fake);
	moment_free(first);
}

/* A fork: as soon as the child is seen with the folio, the parent's count is not the old one any more. */
static void test_fork(void **state)
{
	struct world world = {.slots = {OWN, SHARED}};
	struct moment *alone = sample(&world, NULL, START), *both, *next;

	(void)state;
	assert_mapcount(&alone->processes[0].regions[1], 1, 1, 1);
	world.second = true;
	both = sample(&world, alone, START + 1);
	assert_mapcount(only_region(both, 0, BASE + SLOT), 2, 2, 2);
	assert_mapcount(only_region(both, 1, BASE + SLOT), 2, 2, 2);
	assert_int_equal(carried(both), 0);
	/* What several map is weighed anew each time. */
	next = sample(&world, both, START + 2);
	assert_int_equal(carried(next), SLOTS - 1);
	assert_mapcount(only_region(next, 0, BASE + SLOT), 2, 2, 2);
	moment_free(next);
	world.second = false;
	next = sample(&world, both, START + 2);
	assert_mapcount(only_region(next, 0, BASE + SLOT), 1, 1, 1);
	moment_free(next);
	moment_free(both);
	moment_free(alone);
}

/* Asked for in full, everything is read. */
static void test_complete(void **state)
{
	static const struct survey_options options[] = {
		{.exact = true}, {.pages = true}, {.from = BASE, .to = BASE + SLOT}};
	const struct world world = {.slots = {OWN}};
	struct moment *first = sample(&world, NULL, START), *next;
	struct fake *fake;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(options); i++) {
		fake = make(&world);
		next = sample_with(fake, &world, first, START + 1, options[i]);
		assert_int_equal(carried(next), 0);
		assert_true(fake->flags_calls > 0);
		moment_free(next);
		fake_free(fake);
	}
	moment_free(first);
}

/* Without frame numbers nothing is known of what lies behind, which carrying over leaves so. */
static void test_unprivileged(void **state)
{
	const struct world world = {.slots = {OWN}};
	struct fake *fake = make(&world);
	struct moment *first, *next;

	(void)state;
	fake->kernel.caps.mask = 1u << CAP_PAGEMAP_SCAN | 1u << CAP_SMAPS;
	first = sample_with(fake, &world, NULL, START, (struct survey_options){0});
	next = sample_with(fake, &world, first, START + 1, (struct survey_options){0});
	assert_int_equal(carried(next), SLOTS);
	assert_kinds(only_region(next, 0, BASE), MAPPING_PMD, BACKING_UNKNOWN);
	assert_mapcount(only_region(next, 0, BASE), -1, -1, -1);
	moment_free(next);
	moment_free(first);
	fake_free(fake);
}

/* Knobs and the other figures of the machine: for a second. smaps: of whom it was asked for. */
static void test_system(void **state)
{
	static const pid_t who[] = {101};
	const struct world world = {.slots = {OWN}, .second = true};
	const struct survey_options options = {.smaps_of = who, .n_smaps_of = 1};
	struct fake *fake = make(&world);
	struct moment *first, *next, *late;

	(void)state;
	fake_text(fake, "proc/buddyinfo", "Node 0, zone   Normal  9 8 7 6 5 4 3 2 1 10 20 \n");
	fake_text(fake, "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
	first = sample_with(fake, &world, NULL, START, options);
	first->system.read_ns = START;
	assert_int_equal(first->system.free_pmd_blocks, 50);
	assert_null(first->processes[0].vmas[0].smaps);
	assert_non_null(first->processes[1].vmas[0].smaps);
	fake_text(fake, "sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	next = sample_with(fake, &world, first, START + SURVEY_SYSTEM_NS - 1, options);
	assert_string_equal(figure_value(next->system.knobs, next->system.n_knobs, "enabled"), "madvise");
	assert_int_equal(next->system.read_ns, START);
	assert_int_equal(next->system.free_pmd_blocks, 50);
	late = sample_with(fake, &world, next, START + SURVEY_SYSTEM_NS, options);
	assert_string_equal(figure_value(late->system.knobs, late->system.n_knobs, "enabled"), "always");
	assert_int_equal(late->system.read_ns, START + SURVEY_SYSTEM_NS);
	moment_free(first);
	assert_string_equal(figure_value(next->system.knobs, next->system.n_knobs, "enabled"), "madvise");
	moment_free(next);
	moment_free(late);
	fake_free(fake);
}

static void roll_world(struct dice *dice, struct world *world, bool change)
{
	unsigned i;

	for (i = 0; i < SLOTS; i++)
		if (!change || !dice_roll(dice, 3))
			world->slots[i] = dice_roll(dice, 2) ? OWN : (enum kind)dice_roll(dice, KINDS);
	if (!change || !dice_roll(dice, 4))
		world->second = dice_roll(dice, 2);
	world->first = (unsigned)dice_roll(dice, 3);
}

/* Any world after any other: a live sample says what a complete one says, but for what is carried over. */
static void test_random(void **state)
{
	struct dice dice = {20260721};
	struct moment *last, *live, *complete;
	struct world world = {0};
	unsigned round, seen = 0;
	size_t i, k;

	(void)state;
	for (round = 0; round < 60; round++) {
		roll_world(&dice, &world, false);
		last = sample(&world, NULL, START);
		roll_world(&dice, &world, true);
		live = sample(&world, last, START + 1 + dice_roll(&dice, SURVEY_CARRIED_NS));
		complete = sample(&world, NULL, START);
		for (i = 0; i < live->n_processes; i++) {
			const struct process *one = &live->processes[i], *other = &complete->processes[i];

			assert_int_equal(one->n_regions, other->n_regions);
			assert_memory_equal(&one->kb, &other->kb, sizeof(one->kb));
			assert_memory_equal(&one->totals, &other->totals, sizeof(one->totals));
			for (k = 0; k < one->n_regions; k++) {
				struct region a = one->regions[k], b = other->regions[k];

				assert_kinds(&a, b.mapping, b.backing);
				seen += process_carried(one, &one->regions[k]);
				if (process_carried(one, &one->regions[k]))
					continue;
				if (a.mapcount.entire == UNKNOWN_COUNT)
					a.mapcount = b.mapcount;
				assert_true(same_region(a, b));
			}
		}
		moment_free(last);
		moment_free(live);
		moment_free(complete);
	}
	assert_true(seen > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_mapping_changes_at_once),
		cmocka_unit_test(test_frame_changes_in_time),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_ptes),
		cmocka_unit_test(test_vmas),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_unprivileged),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
