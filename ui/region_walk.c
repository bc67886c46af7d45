/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address cut into its indices, and what is known of the entries that they choose. */
#include "ui/region_walk.h"

#include <string.h>

#include "core/entry.h"

#define ENTRY_BITS 3	/* an entry has 8 bytes */
#define ADDRESS_BITS 48 /* of a process's addresses, unless it shows more */
#define LEVELS_MIN 3	/* without a PMD there would be no huge pages to look at */

static unsigned bits_of(uint64_t size)
{
	return size ? (unsigned)__builtin_ctzll(size) : 0;
}

static uint64_t low(unsigned bits)
{
	return bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX;
}

static void add(struct walk *walk, enum walk_level level, unsigned shift, unsigned bits, uint64_t addr)
{
	walk->steps[walk->n++] = (struct walk_step){
		.level = level, .shift = shift, .bits = bits, .index = (uint32_t)(addr >> shift & low(bits))};
}

static void add_all(struct walk *walk, unsigned levels, unsigned page, unsigned per, uint64_t addr)
{
	static const enum walk_level three[] = {WALK_PGD, WALK_PMD, WALK_PTE},
				     four[] = {WALK_PGD, WALK_PUD, WALK_PMD, WALK_PTE},
				     five[] = {WALK_PGD, WALK_P4D, WALK_PUD, WALK_PMD, WALK_PTE};
	const enum walk_level *names = levels == 3 ? three : levels == 4 ? four : five;
	unsigned i;

	for (i = 0; i < levels; i++)
		add(walk, names[i], page + (levels - 1 - i) * per, per, addr);
}

void walk_split(struct walk *walk, uint64_t addr, uint64_t page_size, uint64_t pmd_size, bool deep,
		unsigned upper)
{
	unsigned page = bits_of(page_size), pmd = bits_of(pmd_size), per, levels;

	memset(walk, 0, sizeof(*walk));
	walk->offset_bits = page;
	walk->offset = addr & low(page);
	if (page <= ENTRY_BITS || pmd != 2 * page - ENTRY_BITS) {
		if (upper >= LEVELS_MIN - 1 && upper < WALK_LEVELS) {
			add_all(walk, upper + 1, page, pmd - page, addr);
			return;
		}
		walk->steps[walk->n++] = (struct walk_step){.level = WALK_PMD, .shift = pmd};
		add(walk, WALK_PTE, page, pmd - page, addr);
		return;
	}
	per = page - ENTRY_BITS;
	levels = (ADDRESS_BITS - page + per - 1) / per;
	if (levels < LEVELS_MIN)
		levels = LEVELS_MIN;
	if (levels == 4 && deep)
		levels = 5;
	add_all(walk, levels, page, per, addr);
}

bool walk_deep(const struct process *process)
{
	size_t i;

	for (i = process->n_vmas; i > 0; i--)
		if (!(process->vmas[i - 1].start >> 63))
			return process->vmas[i - 1].end >> ADDRESS_BITS != 0 &&
			       process->vmas[i - 1].end != UINT64_C(1) << ADDRESS_BITS;
	return false;
}

/* Whether anything is mapped within the reach of one entry, whose table must be there then. */
static bool holds_something(const struct process *process, uint64_t addr, unsigned shift)
{
	uint64_t first = addr & ~low(shift), last = addr | low(shift);
	size_t from = 0, to = process->n_regions, mid;

	while (from < to) { /* the first region that ends behind `first` */
		mid = from + (to - from) / 2;
		if (process->regions[mid].start + (process->regions[mid].len - 1) < first)
			from = mid + 1;
		else
			to = mid;
	}
	for (; from < process->n_regions && process->regions[from].start <= last; from++)
		if (process->regions[from].mapping != MAPPING_NONE &&
		    process->regions[from].mapping != MAPPING_UNKNOWN)
			return true;
	return false;
}

static void tell(struct walk_step *step, enum walk_entry entry, enum walk_sure sure)
{
	step->entry = entry;
	step->sure = sure;
}

/* The walk ends at this step. */
static void end_at(struct walk *walk, unsigned i, uint64_t addr)
{
	walk->n = i + 1;
	walk->offset_bits = walk->steps[i].shift;
	walk->offset = addr & low(walk->offset_bits);
}

static enum walk_entry entry_of(const struct page *page)
{
	if (page->present)
		return WALK_PAGE;
	return page->guard ? WALK_GUARD : page->swapped ? WALK_SWAP : WALK_OTHER;
}

static void judge_pte(struct walk_step *step, const struct page *page, bool read)
{
	if (page)
		tell(step, entry_of(page), WALK_SEEN);
	else if (read)
		tell(step, WALK_EMPTY, WALK_SEEN);
}

static enum walk_sure how_sure(enum how how)
{
	/* smaps only left one answer. */
	return how == HOW_SMAPS || how == HOW_UNKNOWN ? WALK_INFERRED : WALK_SEEN;
}

static void judge_step(struct walk_step *step, uint64_t addr, enum mapping mapping,
		       const struct walk_facts *facts)
{
	if (step->level == WALK_PTE)
		judge_pte(step, facts->page, facts->read);
	else if (step->level == WALK_PMD && mapping == MAPPING_PTE)
		tell(step, WALK_TABLE, WALK_INFERRED);
	else if (step->level != WALK_PMD && holds_something(facts->process, addr, step->shift))
		tell(step, WALK_TABLE, WALK_INFERRED);
	else if (mapping == MAPPING_NONE)
		tell(step, WALK_BARE, WALK_NOT_KNOWN);
}

/* What the source shows of an entry above the ptes. One that is neither, and not 0, is of a huge page on the move. */
static void judge_raw(struct walk_step *step, uint64_t word)
{
	step->raw = word;
	tell(step,
	     entry_is_leaf(word)      ? WALK_LEAF
	     : entry_is_present(word) ? WALK_TABLE
	     : word		      ? WALK_ABSENT
				      : WALK_EMPTY,
	     WALK_SEEN);
}

void walk_judge(struct walk *walk, uint64_t addr, const struct walk_facts *facts)
{
	const struct region *region = facts->region;
	enum mapping mapping = region ? region->mapping : facts->hidden ? MAPPING_UNKNOWN : MAPPING_NONE;
	struct walk_step *step;
	bool leaf;
	unsigned i;

	for (i = 0; i < walk->n; i++) {
		step = &walk->steps[i];
		if (i < facts->n_entries && step->level != WALK_PTE) {
			judge_raw(step, facts->entries[i]);
			if (step->entry == WALK_TABLE)
				continue;
			end_at(walk, i, addr);
			break;
		}
		leaf = (step->level == WALK_PMD && mapping == MAPPING_PMD) ||
		       (step->level == WALK_PUD && mapping == MAPPING_PUD);
		if (leaf)
			tell(step, region->present ? WALK_LEAF : WALK_ABSENT, how_sure(region->how));
		else
			judge_step(step, addr, mapping, facts);
		if (leaf || (step->level == WALK_PMD && mapping != MAPPING_PTE)) {
			end_at(walk, i, addr);
			break;
		}
	}
	if (facts->page && facts->page->has_entry) {
		walk->steps[walk->n - 1].raw = facts->page->entry;
		walk->steps[walk->n - 1].sure = WALK_SEEN;
	}
}

const char *walk_level_name(enum walk_level level)
{
	static const char *const names[] = {"PGD", "P4D", "PUD", "PMD", "PTE"};

	_Static_assert(sizeof(names) / sizeof(names[0]) == WALK_LEVELS, "a name for each level");
	return names[level];
}

const char *walk_entry_name(enum walk_entry entry)
{
	static const char *const names[] = {
		[WALK_UNKNOWN] = "unknown",	[WALK_TABLE] = "table",	    [WALK_LEAF] = "huge leaf",
		[WALK_ABSENT] = "huge, absent", [WALK_BARE] = "empty?",	    [WALK_PAGE] = "page",
		[WALK_EMPTY] = "empty",		[WALK_SWAP] = "swap entry", [WALK_GUARD] = "guard",
		[WALK_OTHER] = "not present",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == WALK_ENTRIES, "a name for each entry");
	return names[entry];
}
