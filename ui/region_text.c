/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One region in words. */
#include "ui/region_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/marks.h"
#include "ui/theme.h"

#define LABEL_COLS 10

static void label(const struct pane *pane, int row, const char *text)
{
	pane_put_head(pane, row, 0, LABEL_COLS - 1, STYLE_DIM, text);
}

static void value(const struct pane *pane, int row, uint8_t style, const char *text)
{
	pane_put_head(pane, row, LABEL_COLS, pane->cols - LABEL_COLS, style, text);
}

/* "label  word" with the word of a thing that is not known set apart. */
static void fact(const struct pane *pane, int row, const char *name, const char *text)
{
	label(pane, row, name);
	value(pane, row, strcmp(text, "unknown") ? STYLE_TEXT : STYLE_WARN, text);
}

static enum symbol symbol_of(const struct spot *spot, const struct region *region)
{
	if (region)
		return region_symbol(region, spot->page_size);
	return spot->vma->pfnmap_unknown ? SYMBOL_UNKNOWN : SYMBOL_HOLE;
}

static int draw_title(const struct pane *pane, const struct spot *spot, const struct region *region)
{
	enum symbol symbol = symbol_of(spot, region);
	figure_text size;
	int col;

	col = pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64, spot->start);
	col = pane_put(pane, 0, col + 1, STYLE_DIM, figure_bytes(size, spot->len));
	if (spot->len < spot->pmd_size)
		col = pane_put(pane, 0, col + 1, STYLE_DIM, "fragment");
	col = pane_printf(pane, 0, col + 2, STYLE_TEXT, "%d ", spot->shown->pid);
	pane_put_head(pane, 0, col, pane->cols - col, STYLE_TEXT, spot->shown->comm);
	shape_put(pane, 1, 0, symbol);
	pane_put_head(pane, 1, 2, pane->cols - 2, STYLE_STRONG, symbol_table[symbol].label);
	return 2;
}

static int draw_vma(const struct pane *pane, int row, const struct vma *vma)
{
	int col;

	label(pane, row, "in");
	col = pane_put(pane, row, LABEL_COLS, STYLE_DIM, vma->perms) + 1;
	vma_name_put(pane, row, col, pane->cols - col, vma);
	return row + 1;
}

static int draw_backing(const struct pane *pane, int row, const struct region *region)
{
	bool known = region->mapping != MAPPING_UNKNOWN;
	char text[128], pfn[32];
	int n;

	snprintf(text, sizeof(text), "%s%s%s", mapping_name(region->mapping), known ? ", by " : "",
		 known ? how_name(region->how) : "");
	fact(pane, row++, "mapping", text);
	n = snprintf(text, sizeof(text), "%s", backing_name(region->backing));
	if (region->order_known && region->backing != BACKING_UNKNOWN)
		n += snprintf(text + n, sizeof(text) - (size_t)n, ", order %u", region->order);
	if (region->pfn) {
		snprintf(pfn, sizeof(pfn), ", PFN %#" PRIx64, region->pfn);
		if (LABEL_COLS + n + (int)strlen(pfn) <= pane->cols)
			snprintf(text + n, sizeof(text) - (size_t)n, "%s", pfn);
		else /* a number is never cut */
			value(pane, row + 1, STYLE_TEXT, pfn + 2);
	}
	fact(pane, row, "backing", text);
	return row + 1 + (region->pfn && !strstr(text, pfn));
}

static int draw_counts(const struct pane *pane, int row, const struct region *region)
{
	figure_text a, b, c;
	char text[4 * FIGURE_MAX];

	if (region->mapcount.entire == UNKNOWN_COUNT && region->mapcount.highest == UNKNOWN_COUNT &&
	    region->mapcount.total == UNKNOWN_COUNT)
		snprintf(text, sizeof(text), "unknown");
	else
		snprintf(text, sizeof(text), "%s/%s/%s", figure_known(a, region->mapcount.entire),
			 figure_known(b, region->mapcount.highest), figure_known(c, region->mapcount.total));
	fact(pane, row, "mapcount", text);
	if (strcmp(text, "unknown"))
		pane_put_head(pane, row, LABEL_COLS + (int)strlen(text) + 1,
			      pane->cols - LABEL_COLS - (int)strlen(text) - 1, STYLE_DIM,
			      "entire/highest/total");
	row++;
	snprintf(text, sizeof(text), "%" PRIu32 " present, %" PRIu32 " swapped", region->present,
		 region->swapped);
	fact(pane, row++, "pages", text);
	if (region->guard || region->nonswap) {
		snprintf(text, sizeof(text), "%" PRIu32 " guard, %" PRIu32 " other", region->guard,
			 region->nonswap);
		value(pane, row++, STYLE_TEXT, text);
	}
	snprintf(text, sizeof(text), "%" PRIu32 " anon, %" PRIu32 " file", region->anon, region->file);
	value(pane, row++, STYLE_TEXT, text);
	fact(pane, row++, "exclusive", figure_known(a, region->exclusive));
	return row;
}

/* The sentence for the first thing that this region lacks. */
static int draw_missing(const struct pane *pane, int row, const struct region *region,
			const struct moment *moment)
{
	static const enum capability for_mapping[] = {CAP_PAGEMAP_SCAN, CAP_PAGEMAP_BIT, CAP_SMAPS};
	static const enum capability for_backing[] = {CAP_PFN, CAP_KPAGEFLAGS, CAP_KPAGECOUNT};
	const enum capability *needed = for_backing;
	size_t i;

	if (region->mapping == MAPPING_UNKNOWN)
		needed = for_mapping;
	else if (region->backing != BACKING_UNKNOWN && region->mapcount.highest != UNKNOWN_COUNT)
		return row;
	for (i = 0; i < 3; i++)
		if (!capable(&moment->caps, needed[i]) && moment->caps.missing[needed[i]])
			return row + pane_wrap(pane, row, 4, STYLE_WARN, moment->caps.missing[needed[i]]);
	return row;
}

/* Two lines, for a small screen. */
static int draw_brief(const struct pane *pane, const struct spot *spot, const struct region *region)
{
	enum symbol symbol = symbol_of(spot, region);
	figure_text a, b, c;
	int col;

	col = pane_printf(pane, 0, 0, STYLE_STRONG, "%" PRIx64 " ", spot->start);
	col = shape_put(pane, 0, col, symbol) + 1;
	pane_put_head(pane, 0, col, pane->cols - col, STYLE_STRONG, symbol_table[symbol].label);
	if (!region)
		return 2;
	col = pane_printf(pane, 1, 0, STYLE_TEXT, "%" PRIu32 " present", region->present);
	if (region->swapped)
		col = pane_printf(pane, 1, col, STYLE_TEXT, ", %" PRIu32 " swapped", region->swapped);
	if (region->mapcount.highest == UNKNOWN_COUNT)
		pane_put(pane, 1, col, STYLE_WARN, ", mapcounts unknown");
	else
		pane_printf(pane, 1, col, STYLE_TEXT, ", mapcount %s/%s/%s",
			    figure_known(a, region->mapcount.entire),
			    figure_known(b, region->mapcount.highest),
			    figure_known(c, region->mapcount.total));
	return 2;
}

int region_text_draw(const struct pane *pane, const struct spot *spot, const struct region *region,
		     const struct moment *moment, bool brief)
{
	int row;

	if (brief)
		return draw_brief(pane, spot, region);
	row = draw_title(pane, spot, region);
	row = draw_vma(pane, row, spot->vma);
	if (spot->shown->outcome != OUTCOME_OK && row < pane->rows)
		row += pane_wrap(pane, row, 3, STYLE_ERROR,
				 "The process is gone; this is what was seen last.");
	if (!region) {
		row += pane_wrap(pane, row + 1, 4, STYLE_TEXT,
				 spot->vma->pfnmap_unknown
					 ? "What is mapped here cannot be told: memory that a driver maps by "
					   "frame number looks like nothing."
					 : "Nothing is mapped here: no page of this region was ever touched, "
					   "or all were given back.");
		return row + 1;
	}
	row = draw_backing(pane, row, region);
	row = draw_counts(pane, row, region);
	return draw_missing(pane, row, region, moment);
}

void region_text_other(const struct pane *pane, const struct spot *spot)
{
	const struct map_line *line = spot->line;
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
		draw_vma(pane, 1 + pane_wrap(pane, 1, 4, STYLE_TEXT, text), spot->vma);
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
		break;
	}
}
