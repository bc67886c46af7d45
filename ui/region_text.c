/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One region in words. */
#include "ui/region_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/facts.h"
#include "ui/figures.h"
#include "ui/marks.h"
#include "ui/region_cow.h"
#include "ui/region_path.h"
#include "ui/theme.h"

#define LINE_MAX 256
#define TIGHT_ROWS 3 /* up to here there is no room for labels */

/* What matters how much: the first of these are left out last. */
enum {
	RANK_ALWAYS,
	RANK_REMARK,
	RANK_MAPCOUNT,
	RANK_TEAM,
	RANK_WRITE,
	RANK_WALK,
	RANK_PAGES,
	RANK_QUEUE,
	RANK_BACKING,
	RANK_MISSING,
	RANK_BITS, /* of the last entry of the walk, where the source shows them */
	RANK_VMA,
	RANK_OTHER_PAGES,
	RANK_MAPPING,
	RANK_EXCLUSIVE,
	RANK_KIND,
	RANK_WORDS = FACTS_EXTRA
};

static enum symbol symbol_of(const struct subject *subject)
{
	if (subject->region)
		return region_symbol(subject->region, subject->spot.page_size);
	return subject->spot.vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE;
}

/* Whether it is huge, for who does not know the words yet; "" where that is no question or not known. */
static const char *huge_word(const struct region *region)
{
	if (!region || region->backing == BACKING_NONE)
		return "";
	switch (region->mapping) {
	case MAPPING_PMD:
	case MAPPING_PUD:
		return "huge";
	case MAPPING_PTE:
		return "not huge";
	case MAPPING_UNKNOWN:
	case MAPPING_NONE:
	case MAPPING_COUNT:
		break;
	}
	return "";
}

static int draw_title(const struct pane *pane, const struct subject *subject)
{
	const struct spot *spot = &subject->spot;
	const char *label = symbol_table[symbol_of(subject)].label, *word = huge_word(subject->region);
	char who[SHOWN_NAME_MAX];
	figure_text size;
	int col;

	col = pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64, spot->start);
	col = pane_put(pane, 0, col + 1, STYLE_DIM, figure_bytes(size, spot->len));
	if (spot->len < spot->pmd_size)
		col = pane_put(pane, 0, col + 1, STYLE_DIM, "fragment");
	pane_put_head(pane, 0, col + 2, pane->cols - col - 2, STYLE_TEXT, shown_name(spot->shown, who));
	shape_put(pane, 1, 0, symbol_of(subject));
	pane_put_head(pane, 1, 2, pane->cols - 2, STYLE_STRONG, label);
	col = 2 + text_width(pane->cells, label) + 2;
	if (col + (int)strlen(word) <= pane->cols)
		pane_put(pane, 1, col, STYLE_DIM, word);
	return 2;
}

static void add_backing(struct facts *facts, const struct region *region)
{
	bool known = region->mapping != MAPPING_UNKNOWN;
	char text[128], pfn[32];
	int n;

	facts_add(facts, RANK_MAPPING, "mapping", "%s%s%s", mapping_name(region->mapping),
		  known ? ", by " : "", known ? how_name(region->how) : "");
	n = snprintf(text, sizeof(text), "%s", backing_name(region->backing));
	if (region->order_known && region->backing != BACKING_UNKNOWN)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", order %u", region->order);
	snprintf(pfn, sizeof(pfn), "PFN %#" PRIx64, region->pfn);
	if (!region->pfn) {
		facts_add(facts, RANK_BACKING, "backing", "%s", text);
	} else if (FACTS_LABEL_COLS + n + 2 + (int)strlen(pfn) <= facts->pane->cols) {
		facts_add(facts, RANK_BACKING, "backing", "%s, %s", text, pfn);
	} else { /* a number is never cut */
		facts_add(facts, RANK_BACKING, "backing", "%s", text);
		facts_add(facts, RANK_MAPPING, NULL, "%s", pfn);
	}
}

/* The three mapcounts in words. */
static void add_words(struct facts *facts, const struct mapcount *count)
{
	figure_text a, b, c;
	char text[LINE_MAX];

	if (count->entire == UNKNOWN_COUNT || count->highest == UNKNOWN_COUNT ||
	    count->total == UNKNOWN_COUNT)
		return;
	snprintf(text, sizeof(text), "%s by PMD, at most %s of one subpage, %s in all",
		 figure_known(a, count->entire), figure_known(b, count->highest),
		 figure_known(c, count->total));
	facts_say(facts, RANK_WORDS, STYLE_DIM, text);
}

static void add_mapcount(struct facts *facts, const struct region *region)
{
	static const char names[] = "entire/highest/total";
	const struct mapcount *count = &region->mapcount;
	char text[3 * FIGURE_MAX + 48];
	figure_text a, b, c;
	struct fact *fact;

	if (count->entire == UNKNOWN_COUNT && count->highest == UNKNOWN_COUNT &&
	    count->total == UNKNOWN_COUNT) {
		facts_add(facts, RANK_MAPCOUNT, "mapcount", "unknown");
		return;
	}
	/* Three numbers alone tell nothing: their names are beside them, however narrow it is, or below. */
	snprintf(text, sizeof(text), "mapcount %s/%s/%s %s", figure_known(a, count->entire),
		 figure_known(b, count->highest), figure_known(c, count->total), names);
	if (strlen(text) == (size_t)facts->pane->cols) {
		facts_say(facts, RANK_MAPCOUNT, STYLE_TEXT, text);
	} else {
		fact = facts_add(facts, RANK_MAPCOUNT, "mapcount", "%s/%s/%s", a, b, c);
		fact->style = STYLE_TEXT;
		if (strlen(text) < (size_t)facts->pane->cols)
			snprintf(fact->note, sizeof(fact->note), "%s", names);
		else
			facts_add(facts, RANK_MAPCOUNT, NULL, "%s", names)->style = STYLE_DIM;
	}
	add_words(facts, count);
}

/* Its usage word, taken apart: pages instantiated, and PMD maps on top (seed 002). */
static void add_team(struct facts *facts, const struct subject *subject)
{
	const struct region *region = subject->region;
	const int64_t maps = region->team_pmd_maps, pages = region->team_usage - maps;

	if (region->team_usage == UNKNOWN_COUNT || maps == UNKNOWN_COUNT)
		return;
	if (pages < (int64_t)subject->subpages)
		facts_add(facts, RANK_TEAM, "usage", "%" PRId64 ": so many pages of %" PRIu32,
			  region->team_usage, subject->subpages);
	else
		facts_add(facts, RANK_TEAM, "usage", "%" PRId64 ": %" PRId64 " pages + %" PRId64 " PMD map%s",
			  region->team_usage, pages, maps, maps == 1 ? "" : "s");
}

/* khugepaged's queue of this process, where it has to do with this region. */
static void add_queue(struct facts *facts, const struct subject *subject)
{
	const struct queue *queue = &subject->queue;
	const struct region *region = subject->region;
	const unsigned place = queue_place(queue, subject->spot.slot);

	if (place)
		facts_add(facts, RANK_QUEUE, "queue", "no. %u of %u for khugepaged", place, queue->n);
	else if (!queue->known || region->mapping != MAPPING_PTE || region->backing != BACKING_THP ||
		 !region->file)
		return;
	else if (queue->room)
		facts_add(facts, RANK_QUEUE, "queue", "not in it; %u of %u taken", queue->n, queue->room);
	else
		facts_add(facts, RANK_QUEUE, "queue", "khugepaged keeps none here");
}

static void add_pages(struct facts *facts, const struct region *region)
{
	struct fact *fact;
	figure_text text;

	facts_add(facts, RANK_PAGES, "pages", "%" PRIu32 " present, %" PRIu32 " swapped", region->present,
		  region->swapped);
	if (region->guard || region->nonswap)
		facts_add(facts, RANK_OTHER_PAGES, NULL, "%" PRIu32 " guard, %" PRIu32 " other",
			  region->guard, region->nonswap);
	facts_add(facts, RANK_KIND, NULL, "%" PRIu32 " anon, %" PRIu32 " file", region->anon, region->file);
	fact = facts_add(facts, RANK_EXCLUSIVE, "exclusive", "%s", figure_known(text, region->exclusive));
	if (region->exclusive != UNKNOWN_COUNT)
		snprintf(fact->note, sizeof(fact->note), "of them mapped once");
}

/* The sentence for the first thing that this region lacks. */
static void add_missing(struct facts *facts, const struct region *region, const struct moment *moment)
{
	static const enum capability for_mapping[] = {CAP_PAGEMAP_SCAN, CAP_PAGEMAP_BIT, CAP_SMAPS};
	static const enum capability for_backing[] = {CAP_PFN, CAP_KPAGEFLAGS, CAP_KPAGECOUNT};
	const enum capability *needed = for_backing;
	size_t i;

	if (region->mapping == MAPPING_UNKNOWN)
		needed = for_mapping;
	else if (region->backing != BACKING_UNKNOWN && region->mapcount.highest != UNKNOWN_COUNT)
		return;
	for (i = 0; i < 3; i++) {
		if (!capability_lacks(&moment->caps, needed[i]))
			continue;
		facts_say(facts, RANK_MISSING, STYLE_WARN, moment->caps.missing[needed[i]]);
		return;
	}
}

/* How much of the walk is told: a row for each level, or one for all and what its last entry holds, or a row of that. */
enum detail { DETAIL_TABLE, DETAIL_LINE, DETAIL_BRIEF, DETAIL_COUNT };

static void add_walk(struct facts *facts, const struct subject *subject, enum detail detail)
{
	char text[LINE_MAX];

	if (detail == DETAIL_TABLE) {
		region_path_table(facts, subject);
		return;
	}
	region_path_line(subject, facts->pane->cols, text, sizeof(text));
	facts_say(facts, RANK_WALK, STYLE_TEXT, text);
	region_path_bits(facts, RANK_BITS, subject, detail == DETAIL_BRIEF);
}

/* What a write would do, where that is not said of a subpage. */
static void add_write(struct facts *facts, const struct subject *subject)
{
	char text[LINE_MAX];

	if (subject->n_pages)
		return;
	region_cow_line(subject, facts->pane->cols - FACTS_LABEL_COLS, text, sizeof(text));
	if (*text)
		facts_add(facts, RANK_WRITE, "write", "%s", text);
}

/* All but the title. */
static void collect(struct facts *facts, const struct subject *subject, enum detail detail)
{
	const struct region *region = subject->region;
	const char *remark = subject_remark(subject);

	facts_add(facts, RANK_VMA, "in", "%s", "")->vma = subject->spot.vma;
	if (subject->spot.shown->outcome != OUTCOME_OK)
		facts_say(facts, RANK_ALWAYS, STYLE_ERROR,
			  shown_exited(subject->spot.shown)
				  ? "The process is gone; this is what was seen last."
				  : "This is what was seen last; nothing newer can be read.");
	if (remark)
		facts_say(facts, RANK_REMARK, STYLE_TEXT, remark);
	add_walk(facts, subject, detail);
	if (region)
		add_backing(facts, region);
	if (region && !subject_hidden(subject)) {
		add_mapcount(facts, region);
		add_team(facts, subject);
		add_pages(facts, region);
		if (*subject->used && region->mapping == MAPPING_PTE)
			snprintf(facts_add(facts, RANK_PAGES, "used", "%s", subject->used)->note, 64, "%s",
				 subject->used_way);
		add_queue(facts, subject);
	}
	add_write(facts, subject);
	region_path_cost(facts, subject);
	if (region && !subject_hidden(subject))
		add_missing(facts, region, subject->moment);
}

static const char *known_or(const char *figure)
{
	return strcmp(figure, "unknown") ? figure : "?";
}

/* For a small screen: what it is, what there is of it, and where room is left the walk. */
static int draw_tight(const struct pane *pane, const struct subject *subject, int rows)
{
	const struct region *region = subject->region;
	const char *remark = subject_remark(subject);
	enum symbol symbol = symbol_of(subject);
	char text[LINE_MAX], counts[3 * FIGURE_MAX + 48];
	figure_text a, b, c;
	int col;

	col = pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64 " ", subject->spot.start);
	col = shape_put(pane, 0, col, symbol) + 1;
	col = pane_put_head(pane, 0, col, pane->cols - col, STYLE_STRONG, symbol_table[symbol].label);
	if (!region)
		return remark ? 1 + pane_wrap(pane, 1, 6, STYLE_TEXT, remark) : 1;
	snprintf(counts, sizeof(counts), "mapcount %s/%s/%s entire/highest/total",
		 figure_known(a, region->mapcount.entire), figure_known(b, region->mapcount.highest),
		 figure_known(c, region->mapcount.total));
	if ((int)strlen(counts) > pane->cols)
		snprintf(counts, sizeof(counts), "entire %s, highest %s, total %s", known_or(a), known_or(b),
			 known_or(c));
	snprintf(text, sizeof(text), "%" PRIu32 " present", region->present);
	if (region->swapped)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", %" PRIu32 " swapped",
			 region->swapped);
	/* The grid below shows what is present; three numbers without their names tell nothing. */
	if (region->mapcount.highest != UNKNOWN_COUNT) {
		pane_put_head(pane, 1, 0, pane->cols, STYLE_TEXT, counts);
		if (col + 2 + (int)strlen(text) <= pane->cols)
			pane_put_right(pane, 0, pane->cols, STYLE_TEXT, text);
		else
			pane_put_head(pane, 0, col, pane->cols - col, STYLE_DIM, " …");
	} else {
		col = pane_put(pane, 1, 0, STYLE_TEXT, text);
		pane_put(pane, 1, col, STYLE_WARN, ", mapcounts unknown");
	}
	if (rows < TIGHT_ROWS)
		return 2;
	region_path_line(subject, pane->cols, text, sizeof(text));
	pane_put_head(pane, 2, 0, pane->cols, STYLE_DIM, text);
	return 3;
}

int region_text_draw(const struct pane *pane, const struct subject *subject, int rows)
{
	struct facts facts = {.pane = pane};
	int row, detail;

	if (rows <= TIGHT_ROWS)
		return draw_tight(pane, subject, rows);
	row = draw_title(pane, subject);
	for (detail = DETAIL_TABLE; detail < DETAIL_COUNT; detail++) {
		facts.n = 0;
		collect(&facts, subject, (enum detail)detail);
		if (facts_rows(&facts, FACTS_EXTRA) <= rows - row)
			break;
	}
	return row + facts_draw(&facts, row, rows - row);
}

void region_text_other(const struct pane *pane, const struct spot *spot)
{
	const struct map_line *line = spot->line;
	struct facts facts = {.pane = pane};
	figure_text count, size;
	char text[2 * FIGURE_MAX + 128];

	switch (line->kind) {
	case LINE_PROCESS:
		pane_printf(pane, 0, 0, STYLE_STRONG, "%d %s", spot->shown->pid, spot->shown->comm);
		pane_wrap(pane, 1, 6, STYLE_WARN,
			  spot->shown->reason ? spot->shown->reason
			  : spot->shown->process && spot->shown->process->n_vmas
				  ? "None of its mappings match the filter."
				  : "It has no memory of its own.");
		break;
	case LINE_FOLD:
	case LINE_ALIKE:
		pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64, spot->start);
		snprintf(text, sizeof(text), "%s regions, %s: %s.%s",
			 figure_count(count, (line->end - line->start) / spot->pmd_size),
			 figure_bytes(size, spot->len), symbol_table[line->symbol].label,
			 line->kind == LINE_ALIKE ? " Enter opens and closes them." : "");
		facts_add(&facts, 0, "in", "%s", "")->vma = spot->vma;
		facts_draw(&facts, 1 + pane_wrap(pane, 1, 4, STYLE_TEXT, text), 1);
		break;
	case LINE_SMALL:
		pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64, spot->start);
		pane_wrap(pane, 1, 6, STYLE_TEXT,
			  "Mappings that cover no whole region can never be huge, so they are folded. Enter "
			  "opens and "
			  "closes them.");
		break;
	case LINE_RUN:
		pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64, spot->start);
		pane_wrap(
			pane, 1, 6, STYLE_TEXT,
			"Many mappings of one kind and about one size, as stacks of threads are, so they are "
			"folded. Enter opens and closes them.");
		break;
	case LINE_BLANK:
	case LINE_VMA:
	case LINE_CELLS:
	case LINE_MORE:
		break;
	}
}
