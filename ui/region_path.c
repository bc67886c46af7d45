/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk in words, and what page tables cost. */
#include "ui/region_path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/entry.h"
#include "ui/figures.h"
#include "ui/theme.h"

/* What matters how much. */
enum { RANK_TABLE = 1, RANK_COST = 8, RANK_SAVING = FACTS_EXTRA };

/* Of the subpage under the cursor. */
static void path_walk(const struct subject *subject, struct walk *walk)
{
	uint64_t addr = subject_addr(subject, subject->at);
	struct walk_facts facts = {
		.process = subject->process,
		.region = subject->region,
		.page = subject_page(subject, subject->at),
		.read = subject->read && subject_inside(subject, subject->at),
		.hidden = subject_hidden(subject),
		.entries = subject->entries,
		.n_entries = subject->n_entries,
	};

	/* (All entries above the ptes say how many levels there are, whatever addresses the process uses.) */
	walk_split(walk, addr, subject->spot.page_size, subject->spot.pmd_size,
		   subject->n_entries ? subject->n_entries == 4 : walk_deep(subject->process),
		   subject->n_entries);
	walk_judge(walk, addr, &facts);
}

static void step_text(const struct walk_step *step, char *text, size_t size)
{
	if (step->bits)
		snprintf(text, size, "%s %" PRIu32, walk_level_name(step->level), step->index);
	else
		snprintf(text, size, "%s ?", walk_level_name(step->level));
}

/* What an entry's name leaves open. */
static const char *step_note(const struct walk_step *step)
{
	if (step->entry == WALK_BARE)
		return "or an empty table";
	return step->sure == WALK_INFERRED ? "inferred" : "";
}

/* The kernel shows raw words to all, but frames only to whom pagemap shows them (thpscope-kernel(7), page_table). */
static const char *no_frame(const struct subject *subject)
{
	return capable(&subject->moment->caps, CAP_PFN) ? "" : " (frame hidden)";
}

void region_path_bits(struct facts *facts, unsigned rank, const struct subject *subject, bool brief)
{
	const struct walk_step *last;
	struct buf names = {0};
	struct walk walk;

	path_walk(subject, &walk);
	last = &walk.steps[walk.n - 1];
	buf_printf(&names, "%s %#" PRIx64 "%s: ", walk_level_name(last->level), last->raw, no_frame(subject));
	entry_names(last->raw, last->level == WALK_PTE, &names);
	if (entry_is_present(last->raw) && brief)
		facts_add(facts, rank, "entry", "%s", names.data)->style = STYLE_DIM;
	else if (entry_is_present(last->raw))
		facts_say(facts, rank, STYLE_DIM, names.data);
	buf_fini(&names);
}

void region_path_table(struct facts *facts, const struct subject *subject)
{
	struct fact *fact;
	char index[32];
	struct walk walk;
	unsigned i;

	path_walk(subject, &walk);
	for (i = 0; i < walk.n; i++) {
		const struct walk_step *step = &walk.steps[i];

		if (step->bits)
			snprintf(index, sizeof(index), "%3" PRIu32, step->index);
		else
			snprintf(index, sizeof(index), "  ?");
		fact = facts_add(facts, RANK_TABLE, i ? NULL : "walk", "%s %s  %-9s",
				 walk_level_name(step->level), index, walk_entry_name(step->entry));
		/* (The last one is told with its bits.) */
		if (step->raw && (i + 1 < walk.n || !entry_is_present(step->raw)))
			snprintf(fact->note, sizeof(fact->note), "%#" PRIx64 "%s", step->raw,
				 no_frame(subject));
		else if (!step->raw)
			snprintf(fact->note, sizeof(fact->note), "%s", step_note(step));
		if (step->entry == WALK_UNKNOWN)
			fact->style = STYLE_WARN;
	}
	if (walk.steps[walk.n - 1].level != WALK_PTE && walk.steps[walk.n - 1].entry == WALK_LEAF) {
		fact = facts_add(facts, RANK_TABLE, NULL, "+ 0x%0*" PRIx64, (int)(walk.offset_bits + 3) / 4,
				 walk.offset);
		snprintf(fact->note, sizeof(fact->note), "to the subpage");
	}
	region_path_bits(facts, RANK_TABLE, subject, false);
}

/* Where the walk ends, in a word. */
static const char *end_word(const struct walk_step *last)
{
	switch (last->entry) {
	case WALK_LEAF:
		return "huge page";
	case WALK_BARE:
	case WALK_EMPTY:
		return "nothing";
	case WALK_UNKNOWN:
	case WALK_TABLE:
	case WALK_ABSENT:
	case WALK_PAGE:
	case WALK_SWAP:
	case WALK_GUARD:
	case WALK_OTHER:
	case WALK_ENTRIES:
		break;
	}
	return walk_entry_name(last->entry);
}

static void join(const struct walk *walk, const char *arrow, bool end, char *text, size_t size)
{
	char step[32];
	size_t at = 0;
	unsigned i;

	*text = '\0';
	for (i = 0; i < walk->n && at < size; i++) {
		step_text(&walk->steps[i], step, sizeof(step));
		at += (size_t)snprintf(text + at, size - at, "%s%s", i ? arrow : "", step);
	}
	if (end && at < size)
		snprintf(text + at, size - at, "%s%s", arrow, end_word(&walk->steps[walk->n - 1]));
}

/* Columns of text in which only arrows are not ASCII. */
static int width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

void region_path_line(const struct subject *subject, int cols, char *text, size_t size)
{
	struct walk walk;

	path_walk(subject, &walk);
	join(&walk, " → ", true, text, size);
	if (width(text) > cols)
		join(&walk, "→", true, text, size);
	if (width(text) > cols)
		join(&walk, " ", false, text, size);
}

/*
 * A PMD leaf of anonymous memory, the huge zero page too, keeps a table of PTEs in reserve, for when it is split, and
 * that stays counted: pgtable_trans_huge_deposit() and mm_inc_nr_ptes() in __do_huge_pmd_anonymous_page() and
 * set_huge_zero_folio() (mm/huge_memory.c), the same table in collapse_huge_page() (mm/khugepaged.c). One of a file
 * or shmem has none, but where arch_needs_pgtable_deposit() (do_set_pmd() in mm/memory.c: powerpc's hash MMU). Linux
 * 6.12; seen on 6.18: 64 leaves of anonymous memory made VmPTE grow by 256 kB, 64 of shmem by none.
 */
static const char *saving(const struct region *region, bool reserve)
{
	if (region->backing == BACKING_HUGETLB)
		return "hugetlb's huge leaf needs no table of PTEs.";
	if (region->mapping == MAPPING_PMD)
		return reserve ? "One entry serves all subpages; the table of PTEs stays in reserve for a "
				 "split."
			       : "One entry serves all subpages, and no table of PTEs is needed.";
	if (region->backing == BACKING_TEAM)
		return "A PMD leaf would be one entry, but save no table: a team keeps it in reserve.";
	return reserve ? "A PMD leaf would be one entry, but save no table: anonymous memory keeps it in "
			 "reserve."
		       : "A PMD leaf would be one entry, and save this table.";
}

void region_path_cost(struct facts *facts, const struct subject *subject)
{
	const struct region *region = subject->region;
	char here[64] = "", all[48] = "unknown";
	figure_text bytes;
	bool leaf, reserve;
	struct fact *fact;
	struct walk walk;

	if (subject->process->page_tables_kb != UNKNOWN_COUNT)
		snprintf(all, sizeof(all), "%s",
			 /* To figure_bytes 0 is all that 64 bits address. */
			 subject->process->page_tables_kb
				 ? figure_bytes(bytes, (uint64_t)subject->process->page_tables_kb << 10)
				 : "0");
	leaf = region && region->mapping == MAPPING_PMD;
	if (!region || (region->mapping != MAPPING_PTE && !leaf) || (leaf && !region->present)) {
		facts_add(facts, RANK_COST, "tables", "VmPTE %s", all);
		return; /* of what is migrating it is not told what it was */
	}
	reserve = region->backing == BACKING_TEAM ||
		  (region->backing != BACKING_HUGETLB && (region->anon || region->backing == BACKING_ZERO));
	path_walk(subject, &walk);
	if (leaf && !reserve)
		snprintf(here, sizeof(here), "none here, ");
	else if (walk.steps[0].bits) /* a table is a page */
		snprintf(here, sizeof(here), "%s %s, ", figure_bytes(bytes, subject->spot.page_size),
			 leaf ? "spare" : "here");
	fact = facts_add(facts, RANK_COST, "tables", "%sVmPTE %s", here, all);
	if (*here)
		snprintf(fact->note, sizeof(fact->note), "inferred");
	facts_say(facts, RANK_SAVING, STYLE_DIM, saving(region, reserve));
}
