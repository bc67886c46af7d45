/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a random program does next (random.h). */
#include <stdio.h>
#include <string.h>

#include "model/ops.h"
#include "random.h"

/* splitmix64, by Sebastiano Vigna, in the public domain: a good number for each state. */
static uint64_t draw(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

unsigned dice_roll(struct dice *dice, unsigned n)
{
	return (unsigned)(draw(dice) % n);
}

bool random_has(const struct rules *rules, enum action_kind kind)
{
	/* There is no TLB, and nothing goes on in a model by itself. */
	if (kind == ACTION_WALK || kind == ACTION_USE || kind == ACTION_REST)
		return false;
	return kind == ACTION_COLLAPSE ? rules->madv_collapse : kind != ACTION_UFFD_WP || rules->uffd_wp;
}

/* Weights: what happens often in programs, and what is rare. */
static const unsigned weights[ACTION_KIND_COUNT] = {
	[ACTION_MAP] = 8,	  [ACTION_UNMAP] = 5,	   [ACTION_TOUCH] = 10,	   [ACTION_READ] = 8,
	[ACTION_WRITE] = 10,	  [ACTION_STORE] = 2,	   [ACTION_COLLAPSE] = 8,  [ACTION_SPLIT] = 4,
	[ACTION_SPLIT_FOLIO] = 3, [ACTION_ADVISE] = 8,	   [ACTION_PROTECT] = 4,   [ACTION_MOVE] = 2,
	[ACTION_DISCARD] = 5,	  [ACTION_PUNCH] = 3,	   [ACTION_TRUNCATE] = 2,  [ACTION_FORK] = 5,
	[ACTION_EXIT] = 4,	  [ACTION_PIN] = 2,	   [ACTION_REFERENCE] = 2, [ACTION_RELEASE] = 4,
	[ACTION_DEVICE] = 2,	  [ACTION_UPROBE] = 2,	   [ACTION_UFFD] = 3,	   [ACTION_UFFD_WP] = 2,
	[ACTION_UFFD_COPY] = 3,	  [ACTION_KHUGEPAGED] = 6, [ACTION_SET] = 1,	   [ACTION_HOLD] = 1,
};

static const enum map_kind kinds[] = {MAP_KIND_ANON, MAP_KIND_ANON,	    MAP_KIND_SHMEM,
				      MAP_KIND_FILE, MAP_KIND_PRIVATE_FILE, MAP_KIND_TEAM};
static const enum advice advices[] = {
	ADVICE_NORMAL, ADVICE_RANDOM,	ADVICE_HUGEPAGE, ADVICE_NOHUGEPAGE,	ADVICE_COLD,
	ADVICE_FREE,   ADVICE_WILLNEED, ADVICE_PAGEOUT,	 ADVICE_POPULATE_WRITE, ADVICE_POPULATE_READ,
};
static const char *const settings[][2] = {
	{"enabled", "always"},
	{"enabled", "madvise"},
	{"shmem_enabled", "always"},
	{"shmem_enabled", "advise"},
	{"shmem_enabled", "within_size"},
	{"shmem_enabled", "never"},
	{"khugepaged/max_ptes_none", "0"},
	{"khugepaged/max_ptes_none", "511"},
	{"khugepaged/max_ptes_swap", "0"},
	{"khugepaged/max_ptes_swap", "3"},
	{"khugepaged/max_ptes_shared", "0"},
	{"khugepaged/max_ptes_shared", "3"},
	{"use_zero_page", "0"},
	{"use_zero_page", "1"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* More processes tell nothing new, and have to be checked after each operation. */
const struct random_taste random_everything = {
	.weights = weights,
	.kinds = kinds,
	.n_kinds = COUNT(kinds),
	.advices = advices,
	.n_advices = COUNT(advices),
	.settings = settings,
	.n_settings = COUNT(settings),
	.processes = 6,
};

static enum action_kind pick_kind(struct dice *dice, const struct random_taste *taste)
{
	unsigned sum = 0, at, kind;

	for (kind = 0; kind < ACTION_KIND_COUNT; kind++)
		sum += taste->weights[kind];
	at = dice_roll(dice, sum);
	for (kind = 0; at >= taste->weights[kind]; kind++)
		at -= taste->weights[kind];
	return (enum action_kind)kind;
}

/* Any element of an array from its second on for which a condition on its index `at_` holds, by reservoir; 0: none. */
#define PICK(dice, most, condition)                                                                          \
	({                                                                                                   \
		uint32_t picked = 0;                                                                         \
		unsigned seen = 0;                                                                           \
		for (uint32_t at_ = 1; at_ < (most); at_++) {                                                \
			if ((condition) && !dice_roll(dice, ++seen))                                         \
				picked = at_;                                                                \
		}                                                                                            \
		picked;                                                                                      \
	})

static void pick_process(struct dice *dice, const struct world *world, struct target *target)
{
	uint32_t mm = PICK(dice, world->extent.mms, world->mms[at_].used);

	snprintf(target->process, sizeof(target->process), "%s", world->mms[mm].name);
}

/* Whether an action of that kind has something to do in an area. */
static bool area_suits(const struct world *world, enum action_kind kind, uint32_t at)
{
	const struct area *area = &world->areas[at];
	const struct kvma *vma;

	if (!area->used)
		return false;
	vma = &world->vmas[vma_at(world, area->mm, area->start)];
	switch ((int)kind) { /* a few of many */
	case ACTION_PUNCH:
	case ACTION_TRUNCATE:
		return area->file;
	case ACTION_UPROBE:
		return area->kind == MAP_KIND_PRIVATE_FILE;
	case ACTION_UFFD:
		return area->kind == MAP_KIND_ANON || area->kind == MAP_KIND_SHMEM;
	case ACTION_UFFD_WP:
		return vma->uffd_wp;
	case ACTION_UFFD_COPY:
		return vma->uffd_missing || vma->uffd_wp;
	default:
		return true;
	}
}

/* The area of the action before, or what a fork has made of it, if one is still there; else any. 0: there is none. */
static uint32_t pick_area(struct dice *dice, const struct random_taste *taste, const struct world *world,
			  enum action_kind kind)
{
	uint32_t area = 0;

	if (taste->follows && dice_roll(dice, 2))
		area = PICK(dice, world->extent.areas,
			    area_suits(world, kind, at_) && !strcmp(world->areas[at_].name, dice->last));
	return area ? area : PICK(dice, world->extent.areas, area_suits(world, kind, at_));
}

/* An area, all of it, one of its huge pages, or some pages of one. False: there is none. */
static bool pick_target(struct dice *dice, const struct random_taste *taste, const struct world *world,
			enum action_kind kind, struct target *target)
{
	const uint64_t huge = huge_bytes(world);
	uint32_t area = pick_area(dice, taste, world, kind);
	uint64_t len = world->areas[area].len;

	if (!area)
		return false;
	snprintf(target->process, sizeof(target->process), "%s", world->mms[world->areas[area].mm].name);
	snprintf(target->area, sizeof(target->area), "%s", world->areas[area].name);
	if (kind == ACTION_MOVE || kind == ACTION_TRUNCATE || len < huge || !dice_roll(dice, 3))
		return true;
	target->has_offset = target->has_len = true;
	target->offset = dice_roll(dice, (unsigned)(len / huge)) * huge;
	target->len = huge;
	if (dice_roll(dice, 2))
		return true;
	target->offset += dice_roll(dice, huge_nr(world)) * PAGE_BYTES;
	target->len = PAGE_BYTES * (1 + dice_roll(dice, 2) * dice_roll(dice, 4));
	if (target->offset + target->len > len)
		target->len = len - target->offset;
	return true;
}

/* The first page from there on that nothing is mapped to, round and round: what UFFDIO_COPY wants. */
static void move_to_gap(const struct world *world, struct target *target)
{
	const uint32_t mm = mm_named(world, target->process);
	const struct area *area = &world->areas[area_named(world, mm, target->area)];

	for (uint64_t at = 0; at < area->len; at += PAGE_BYTES) {
		uint64_t offset = (target->offset + at) % area->len & ~(PAGE_BYTES - 1);

		/* leaf_of wants a world that may change, for others. */
		if (leaf_of((struct world *)world, mm, area->start + offset))
			continue;
		target->has_offset = target->has_len = true;
		target->offset = offset;
		target->len = PAGE_BYTES;
		return;
	}
}

/* Another area whose file can be mapped once more as this kind. */
static void pick_of(struct dice *dice, const struct world *world, struct action *action)
{
	uint32_t area = PICK(dice, world->extent.areas,
			     world->areas[at_].used && world->areas[at_].file &&
				     map_kind_fits(action->map.kind, (enum map_kind)world->areas[at_].kind));

	if (!area)
		return;
	snprintf(action->map.of.process, sizeof(action->map.of.process), "%s",
		 world->mms[world->areas[area].mm].name);
	snprintf(action->map.of.area, sizeof(action->map.of.area), "%s", world->areas[area].name);
}

static bool draw_map(struct dice *dice, const struct random_taste *taste, const struct world *world,
		     struct action *action)
{
	pick_process(dice, world, &action->target);
	snprintf(action->target.area, sizeof(action->target.area), "a%u", dice->next++);
	snprintf(dice->last, sizeof(dice->last), "%s", action->target.area);
	action->map.kind = taste->kinds[dice_roll(dice, (unsigned)taste->n_kinds)];
	if (action->map.kind == MAP_KIND_TEAM && world->rules.teams == TEAM_NONE)
		action->map.kind = MAP_KIND_SHMEM;
	action->map.size =
		huge_bytes(world) * (1 + dice_roll(dice, 2)) - (dice_roll(dice, 4) ? 0 : PAGE_BYTES);
	action->map.advice = dice_roll(dice, 3) ? ADVICE_HUGEPAGE : ADVICE_NONE;
	if (!dice_roll(dice, 10))
		action->map.skew = PAGE_BYTES * dice_roll(dice, huge_nr(world));
	action->map.noreserve = action->map.kind == MAP_KIND_ANON && !dice_roll(dice, 20);
	if (action->map.kind != MAP_KIND_ANON && dice_roll(dice, 2))
		pick_of(dice, world, action);
	if (action->map.kind == MAP_KIND_PRIVATE_FILE && taste->no_disk && !*action->map.of.area)
		return false;
	return true;
}

static bool draw_set(struct dice *dice, const struct random_taste *taste, const struct world *world,
		     struct action *action)
{
	const char *const *setting = taste->settings[dice_roll(dice, (unsigned)taste->n_settings)];

	action->set.knob = setting[0];
	action->set.value = setting[1];
	if (!strcmp(action->set.value, "511") && world->extent.order == 2)
		action->set.value = "3";
	return true;
}

/* What follows the target. */
static void draw_rest(struct dice *dice, const struct random_taste *taste, const struct world *world,
		      struct action *action)
{
	const uint32_t mm = mm_named(world, action->target.process);
	const struct area *area = &world->areas[area_named(world, mm, action->target.area)];

	switch ((int)action->kind) { /* a few of many */
	case ACTION_STORE:
		action->value = (uint8_t)draw(dice);
		break;
	case ACTION_ADVISE:
		action->advice = taste->advices[dice_roll(dice, (unsigned)taste->n_advices)];
		break;
	case ACTION_PROTECT:
		action->protection = dice_roll(dice, 3) ? PROTECTION_RW
							: (enum protection)dice_roll(dice, PROTECTION_COUNT);
		break;
	case ACTION_UFFD:
		action->uffd = (enum uffd_mode)dice_roll(dice, UFFD_MODE_COUNT);
		break;
	case ACTION_UFFD_WP:
		action->uffd = dice_roll(dice, 2) ? UFFD_WP : UFFD_OFF;
		break;
	case ACTION_MOVE:
		/* Only between aligned places does a huge page move as one. */
		action->bytes = dice_roll(dice, 2) * PAGE_BYTES * dice_roll(dice, huge_nr(world));
		break;
	case ACTION_TRUNCATE:
		action->bytes = PAGE_BYTES * dice_roll(dice, world->files[area->file].room + 1);
		break;
	case ACTION_PIN:
	case ACTION_REFERENCE:
		snprintf(action->name, sizeof(action->name), "p%u", dice->next++);
		break;
	default:
		break;
	}
}

static bool holder(const struct world *world, uint32_t at)
{
	const struct ktask *task = &world->tasks[at];

	return task->used && task->asleep && task->calls[0].function == &hold_mmap_lock;
}

bool random_release(struct dice *dice, const struct world *world, struct action *action)
{
	uint32_t at = PICK(dice, world->extent.tasks, holder(world, at_));
	const struct hold_mmap_lock *hold = (const void *)world->tasks[at].calls[0].locals;

	*action = (struct action){.kind = ACTION_RELEASE};
	snprintf(action->name, sizeof(action->name), "%s", hold->name);
	return at;
}

/* What was taken under a name: a hold, or pages; of a device pinned ones. */
static bool draw_kept(struct dice *dice, const struct world *world, struct action *action)
{
	const bool device = action->kind == ACTION_DEVICE;
	uint32_t pin =
		PICK(dice, world->extent.pins, world->pins[at_].used && (world->pins[at_].pin || !device));

	if (!device && (!pin || dice_roll(dice, 2)) && random_release(dice, world, action))
		return true;
	action->value = (uint8_t)draw(dice);
	snprintf(action->name, sizeof(action->name), "%s", world->pins[pin].name);
	return pin;
}

static void draw_hold(struct dice *dice, const struct random_taste *taste, bool together,
		      struct action *action)
{
	if (taste->holds_by_name) {
		action->hold.mode = HOLD_READ;
		snprintf(action->name, sizeof(action->name), "h%u", dice->next++);
		return;
	}
	action->hold.mode = (enum hold_mode)dice_roll(dice, HOLD_MODE_COUNT);
	if (together && dice_roll(dice, 2))
		snprintf(action->name, sizeof(action->name), "h%u", dice->next++);
	else
		action->hold.ns = 1000000;
}

static unsigned processes(const struct world *world)
{
	unsigned n = 0;

	for (uint32_t at = 1; at < world->extent.mms; at++)
		n += world->mms[at].used;
	return n;
}

/* Bytes in all areas. */
static uint64_t mapped(const struct world *world)
{
	uint64_t bytes = 0;

	for (uint32_t at = 1; at < world->extent.areas; at++)
		bytes += world->areas[at].used ? world->areas[at].len : 0;
	return bytes;
}

static bool room(const struct random_taste *taste, const struct world *world)
{
	return !taste->most_bytes || mapped(world) < taste->most_bytes;
}

bool random_action(struct dice *dice, const struct random_taste *taste, const struct world *world,
		   bool together, struct action *action)
{
	*action = (struct action){.kind = pick_kind(dice, taste)};
	if (!random_has(&world->rules, action->kind))
		return false;
	switch ((int)action->kind) { /* a few of many */
	case ACTION_MAP:
		return room(taste, world) && draw_map(dice, taste, world, action);
	case ACTION_SET:
		return draw_set(dice, taste, world, action);
	case ACTION_FORK:
		if (processes(world) >= taste->processes || !room(taste, world))
			return false;
		snprintf(action->name, sizeof(action->name), "k%u", dice->next++);
		break;
	case ACTION_HOLD:
		draw_hold(dice, taste, together, action);
		break;
	case ACTION_EXIT:
	case ACTION_KHUGEPAGED:
		break;
	case ACTION_RELEASE:
	case ACTION_DEVICE:
		return draw_kept(dice, world, action);
	default:
		if (!pick_target(dice, taste, world, action->kind, &action->target))
			return false;
		snprintf(dice->last, sizeof(dice->last), "%s", action->target.area);
		draw_rest(dice, taste, world, action);
		if (action->kind == ACTION_UFFD_COPY)
			move_to_gap(world, &action->target);
		return true;
	}
	pick_process(dice, world, &action->target);
	return action->kind != ACTION_EXIT || strcmp(action->target.process, "main") != 0;
}
