/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headings of the map: a process, a VMA, what is folded. */
#include "ui/map_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ui/figures.h"
#include "ui/map_view.h"
#include "ui/marks.h"
#include "ui/theme.h"
#include "ui/timeline.h"

/* Columns of the share on the right of a heading: " 100% pmd" or " hugetlb"; " 100%". */
#define SHARE_COLS 10
#define SHARE_COLS_NARROW 5
#define RANGE_COLS_MIN 72	    /* from this width on a heading shows both ends of its range */
#define SHARE_WORD_COLS 56	    /* from this width on the share of a mapping says what it is of */
#define TITLE_COLS 32		    /* of a process's number and name, at most */
#define NAME_COLS_MIN 8		    /* of a name's end, before what is said of eligibility gives way */
#define OLD_NS UINT64_C(5000000000) /* from then on the age of what smaps said is told */

/* How well known the share of PMD mappings is; what covers no whole slot can have none, and says nothing. */
enum share { SHARE_NONE, SHARE_KNOWN, SHARE_UNKNOWN };

static void share_text(figure_text text, const struct kb *kb, enum share share, bool narrow)
{
	if (share == SHARE_NONE)
		*text = '\0';
	else if (kb->hugetlb == kb->present)
		strcpy(text, narrow ? "htlb" : "hugetlb");
	else
		strcat(figure_share(text, kb->pmd, kb->present, share == SHARE_KNOWN), narrow ? "" : " pmd");
}

/* Where the heading of a mapping says the share alone: that of the process says of what it is. */
static bool is_narrow(const struct pane *pane)
{
	return pane->cols < SHARE_WORD_COLS;
}

/* What a heading says on its right; returns the column where it begins. */
static int put_kb(const struct pane *pane, int row, const struct kb *kb, enum share share, uint8_t style,
		  bool narrow)
{
	int end = pane->cols - 1;
	figure_text bytes, part;
	char text[FIGURE_MAX + 16];

	if (!kb->present && kb->swap) {
		snprintf(text, sizeof(text), "%s swapped", figure_bytes(bytes, kb->swap * 1024));
		return pane_put_right(pane, row, end, style, text);
	}
	/* The zero page is nobody's memory, but no hole either. */
	if (!kb->present && kb->zero)
		return pane_put_right(pane, row, end, STYLE_DIM, "zero page");
	if (!kb->present)
		return pane_put_right(pane, row, end, STYLE_DIM,
				      share == SHARE_UNKNOWN ? "not known" : "empty");
	share_text(part, kb, share, narrow);
	pane_put_right(pane, row, end, style, part);
	return pane_put_right(pane, row, end - (narrow ? SHARE_COLS_NARROW : SHARE_COLS), style,
			      figure_bytes(bytes, kb->present * 1024));
}

/* A word more of a process, if there is room up to `end`. False: there is not. */
static bool put_word(const struct pane *pane, int row, int *col, int end, const char *text)
{
	if (*col + 2 + (int)strlen(text) >= end) {
		if (*col + 2 < end)
			pane_put(pane, row, *col + 1, STYLE_DIM, "…");
		return false;
	}
	*col = pane_put(pane, row, *col + 2, STYLE_DIM, text);
	return true;
}

void map_text_process(const struct pane *pane, int row, const struct shown *shown)
{
	/* The states' own words, less "-mapped", which all that is mapped would carry. */
	static const struct {
		enum state state;
		const char *word;
	} order[] = {{STATE_PMD_MAPPED, "pmd"},	 {STATE_PTE_MAPPED, "pte"},  {STATE_TEAM, "team"},
		     {STATE_HUGETLB, "hugetlb"}, {STATE_UNKNOWN, "unknown"}, {STATE_EMPTY, "empty"}};
	const struct process *process = shown->process;
	int col, end = pane->cols;
	char text[64], name[SHOWN_NAME_MAX];
	figure_text count;
	size_t i;

	if (process)
		end = put_kb(pane, row, &process->kb, process->mapping_known ? SHARE_KNOWN : SHARE_UNKNOWN,
			     STYLE_STRONG, false) -
		      1;
	col = pane_put_head(pane, row, 0, end < TITLE_COLS ? end : TITLE_COLS, STYLE_STRONG,
			    shown_name(shown, name));
	if (shown->outcome != OUTCOME_OK) {
		pane_put_head(pane, row, col + 2, end - col - 3, STYLE_ERROR,
			      shown->outcome == OUTCOME_GONE && process ? "has exited; seen last (d: dismiss)"
			      : shown->reason				? shown->reason
									: "cannot be read");
		return;
	}
	for (i = 0; process && i < sizeof(order) / sizeof(order[0]); i++) {
		if (!process->totals.state[order[i].state])
			continue;
		snprintf(text, sizeof(text), "%s %s",
			 figure_count(count, process->totals.state[order[i].state]), order[i].word);
		if (!put_word(pane, row, &col, end, text))
			return;
	}
	if (process && process->queue.n) {
		snprintf(text, sizeof(text), "%u of %u queued for khugepaged", process->queue.n,
			 process->queue.room);
		if (col + 2 + (int)strlen(text) >= end) /* the glossary tells the rest of it */
			snprintf(text, sizeof(text), "%u of %u queued", process->queue.n,
				 process->queue.room);
		put_word(pane, row, &col, end, text);
	}
}

static enum share vma_share(const struct shown *shown, const struct vma *vma)
{
	uint32_t i;

	if (vma->pfnmap_unknown)
		return SHARE_UNKNOWN;
	if (!vma->slots)
		return SHARE_NONE;
	if (shown->process->mapping_known)
		return SHARE_KNOWN;
	for (i = 0; i < vma->n_regions; i++)
		if (shown->process->regions[vma->first_region + i].mapping == MAPPING_UNKNOWN)
			return SHARE_UNKNOWN;
	return SHARE_KNOWN;
}

/* How the age of what smaps said is told, the longest first. */
enum age { AGE_TOLD, AGE_OLD, AGE_COUNT };

/* What smaps said, "" if it was not asked; with its age once that is old, which is never kept quiet. */
static void eligible_text(char *text, size_t size, const struct screen *screen, const struct vma *vma,
			  enum age how)
{
	uint64_t now = moment_clock(screen->scene.newest),
		 age = now > vma->eligible_ns ? now - vma->eligible_ns : 0;
	const bool huge = vma->kb.pmd && vma->kb.pmd == vma->kb.present;
	const char *what = vma->eligible			  ? "eligible"
			   : vma->advice == VMA_ADVICE_NOHUGEPAGE ? "nohugepage"
			   : vma->kb.pmd			  ? "not eligible for more"
								  : "not eligible";
	figure_text figure;

	*text = '\0';
	if (vma->eligible < 0 || !vma->eligible_ns || !vma->slots) /* what covers no whole slot never is */
		return;
	/* It is of what the knobs allow from now on, and nothing is left that they could change. */
	if (!vma->eligible && huge && vma->n_regions == vma->slots && vma->advice != VMA_ADVICE_NOHUGEPAGE)
		return;
	if (age <= OLD_NS)
		snprintf(text, size, "%s", what);
	else if (how == AGE_TOLD)
		snprintf(text, size, "%s, %s ago", what, figure_age(figure, age));
	else
		snprintf(text, size, "%s, old", what);
}

/* Whether the kernel's name tells no more than the script's label: there is none, or it is "[anon:LABEL]". */
static bool label_tells_all(const struct vma *vma)
{
	const char *colon = strchr(vma->name, ':');
	size_t len = vma->label ? strlen(vma->label) : 0;

	if (!len || !*vma->name)
		return len;
	return !strncmp(vma->name, "[anon", 5) && colon && !strncmp(colon + 1, vma->label, len) &&
	       !strcmp(colon + 1 + len, "]");
}

/* What a mapping is called: its label, and its name where that is another one. Returns the column behind it. */
static int put_names(const struct pane *pane, int row, int col, int end, const struct vma *vma)
{
	if (vma->label)
		col = pane_put_head(pane, row, col, end - col, STYLE_STRONG, vma->label) + 1;
	if (!label_tells_all(vma))
		return vma_name_put(pane, row, col, end - col, vma);
	if (col + text_width(pane->cells, vma_kind_name(vma->kind)) > end)
		return col - 1;
	return pane_put(pane, row, col, STYLE_DIM, vma_kind_name(vma->kind));
}

/* Columns that the names should have: all that tells mappings apart; and the least, of which the end is left out. */
static int names_cols(const struct pane *pane, const struct vma *vma, bool least)
{
	int label = vma->label ? text_width(pane->cells, vma->label) : 0, name;

	if (label_tells_all(vma))
		return label;
	name = text_width(pane->cells, *vma->name ? vma->name : vma_kind_name(vma->kind));
	if (least && name > NAME_COLS_MIN)
		name = NAME_COLS_MIN;
	return label + (label > 0) + name;
}

/* The names come first: for them the age of what smaps said gives way, then what it said. */
void map_text_vma(const struct screen *screen, const struct pane *pane, int row, const struct shown *shown,
		  const struct vma *vma)
{
	int end = put_kb(pane, row, &vma->kb, vma_share(shown, vma), STYLE_TEXT, is_narrow(pane)) - 1, col,
	    room;
	enum age age = AGE_TOLD;
	char eligible[64];

	col = pane_printf(pane, row, 0, STYLE_TEXT, "%" PRIx64, vma->start);
	if (pane->cols >= RANGE_COLS_MIN)
		col = pane_printf(pane, row, col, STYLE_TEXT, "-%" PRIx64, vma->end);
	col = pane_put(pane, row, col + 1, STYLE_DIM, vma->perms) + 1;
	do {
		eligible_text(eligible, sizeof(eligible), screen, vma, age);
		room = end - col - (int)strlen(eligible) - 1;
	} while (room < names_cols(pane, vma, age == AGE_OLD) && ++age < AGE_COUNT);
	if (age == AGE_COUNT || !*eligible) {
		put_names(pane, row, col, end, vma);
		return;
	}
	col = put_names(pane, row, col, col + room, vma);
	pane_put(pane, row, col + 1, vma->eligible ? STYLE_DIM : STYLE_WARN, eligible);
}

void map_text_flash(const struct screen *screen, const struct pane *pane, int row, int col,
		    const struct shown *shown, uint64_t start, uint64_t end)
{
	const struct flash *flash = screen->flash ? flashes_at(&shown->flashes, start, end) : NULL;

	if (!flash)
		return;
	/* Where time stands still in a recording, what there is is what one wants to see. */
	if (!timeline_stands(screen) && flash_signs(flash, moment_clock(screen->scene.newest)))
		pane_put(pane, row, col, STYLE_FLASH, "◆");
	pane_mark(pane, row, col, 1, MARK_FLASH);
}

/* An address and, from the cells on, words; those of what can be opened behind their sign. */
static void put_rows(const struct screen *screen, const struct pane *pane, int row,
		     const struct map_line *line)
{
	const struct map_layout *layout = &screen->map.layout;
	const struct shown *shown = &screen->scene.shown[line->shown];
	const struct vma *vma = &shown->process->vmas[line->vma];
	const uint64_t start = line->start > vma->start ? line->start : vma->start,
		       end = line->end - 1 < vma->end - 1 ? line->end : vma->end;
	int col = map_layout_margin(layout);
	figure_text regions, bytes;
	char text[192];

	pane_printf(pane, row, 1, STYLE_DIM, "%*" PRIx64, (int)layout->digits, start);
	col = pane_put(pane, row, col, STYLE_TEXT, line->kind == LINE_FOLD ? "… " : line->open ? "▾ " : "▸ ");
	if (line->kind == LINE_ALIKE) {
		shape_put(pane, row, col, line->symbol);
		map_text_flash(screen, pane, row, col, shown, start, line->end);
		col += 2;
	}
	snprintf(text, sizeof(text), "%s%s: %s regions, %s", symbol_table[line->symbol].label,
		 line->kind == LINE_ALIKE && layout->zoom ? " at worst" : "",
		 figure_count(regions, (line->end - line->start) / shown->home->pmd_size),
		 figure_bytes(bytes, end - start));
	pane_put_head(pane, row, col, pane->cols - col - 1, STYLE_DIM, text);
}

static const struct vma *listed(const struct screen *screen, const struct map_line *line, uint32_t i)
{
	return &screen->scene.shown[line->shown].process->vmas[screen->map.layout.listed[line->listed + i]];
}

static void add_kb(struct kb *sum, const struct kb *kb)
{
	sum->present += kb->present;
	sum->swap += kb->swap;
	sum->zero += kb->zero;
	sum->pmd += kb->pmd;
	sum->hugetlb += kb->hugetlb;
}

static void put_small(const struct screen *screen, const struct pane *pane, int row,
		      const struct map_line *line)
{
	const char *name, *last = "";
	struct kb kb = {0};
	int col, end;
	uint32_t i;

	for (i = 0; i < line->n_vmas; i++)
		add_kb(&kb, &listed(screen, line, i)->kb);
	end = put_kb(pane, row, &kb, SHARE_NONE, STYLE_DIM, is_narrow(pane)) - 1;
	col = pane_printf(pane, row, 0, STYLE_DIM, "%s %u small mapping%s", line->open ? "▾" : "▸",
			  line->n_vmas, line->n_vmas == 1 ? "" : "s");
	for (i = 0; i < line->n_vmas && col < end - 4; i++) {
		name = vma_file_name(listed(screen, line, i));
		if (!*name || !strcmp(name, last))
			continue;
		col = pane_put(pane, row, col, STYLE_DIM, *last ? ", " : ": ");
		col = pane_put_head(pane, row, col, end - col, STYLE_DIM, name);
		last = name;
	}
}

/* Equal VMAs: how many, what each is, how long they are together; small ones between them are counted apart. */
static void put_run(const struct screen *screen, const struct pane *pane, int row,
		    const struct map_line *line)
{
	const struct shown *shown = &screen->scene.shown[line->shown];
	enum share share = SHARE_KNOWN;
	const struct vma *model = NULL;
	uint32_t i, whole = 0;
	uint64_t bytes = 0;
	figure_text count, size;
	struct kb kb = {0};
	char text[96];
	int col, end;

	for (i = 0; i < line->n_vmas; i++) {
		const struct vma *vma = listed(screen, line, i);

		add_kb(&kb, &vma->kb);
		bytes += vma->end - vma->start;
		whole += !!vma->slots;
		if (vma->slots && !model)
			model = vma;
		if (vma_share(shown, vma) == SHARE_UNKNOWN)
			share = SHARE_UNKNOWN;
	}
	end = put_kb(pane, row, &kb, share, STYLE_TEXT, is_narrow(pane)) - 1;
	snprintf(text, sizeof(text), "%s %s mappings alike, %s: ", line->open ? "▾" : "▸",
		 figure_count(count, whole), figure_bytes(size, bytes));
	col = pane_put_head(pane, row, 0, end, STYLE_TEXT, text);
	col = pane_put_head(pane, row, col, end - col, STYLE_DIM, model->perms) + 1;
	col = vma_name_put(pane, row, col, end - col, model);
	if (whole == line->n_vmas)
		return;
	snprintf(text, sizeof(text), ", %s small", figure_count(count, line->n_vmas - whole));
	pane_put_head(pane, row, col, end - col, STYLE_DIM, text);
}

void map_text_line(const struct screen *screen, const struct pane *pane, int row, const struct map_line *line)
{
	const struct shown *shown = &screen->scene.shown[line->shown];

	switch (line->kind) {
	case LINE_PROCESS:
		map_text_process(pane, row, shown);
		break;
	case LINE_VMA:
		map_text_vma(screen, pane, row, shown, &shown->process->vmas[line->vma]);
		break;
	case LINE_FOLD:
	case LINE_ALIKE:
		put_rows(screen, pane, row, line);
		break;
	case LINE_SMALL:
		put_small(screen, pane, row, line);
		break;
	case LINE_RUN:
		put_run(screen, pane, row, line);
		break;
	case LINE_BLANK:
	case LINE_CELLS:
	case LINE_MORE:
		break;
	}
}

void map_text_info(const struct screen *screen, const struct pane *pane)
{
	const struct map_state *map = &screen->map;
	uint64_t slot = screen->scene.newest->pmd_size, regions = UINT64_C(1) << map->layout.zoom;
	figure_text bytes, count, all;
	char text[128];
	int col = 0;

	if (map->filter.n) {
		col = pane_put(pane, 0, 0, STYLE_WARN, "filter ");
		col = pane_put_head(pane, 0, col, pane->cols / 3, STYLE_STRONG, map->filter_text);
		if (map->layout.n_listed)
			snprintf(text, sizeof(text), ": %s of %s mappings; Esc shows all",
				 figure_count(count, map->layout.n_listed),
				 figure_count(all, map->layout.n_vmas));
		else
			snprintf(text, sizeof(text), ": no mapping matches; Esc shows all");
		col = pane_put_head(pane, 0, col, pane->cols - col - 1, STYLE_WARN, text) + 3;
	}
	if (!map->layout.zoom) {
		if (screen->big)
			pane_put_head(pane, 0, col, pane->cols - col - 1, STYLE_DIM,
				      "in cells: the highest mapcount; a letter where it is not known");
		return;
	}
	snprintf(text, sizeof(text), "1 cell = %s, %s regions: the worst shows",
		 figure_bytes(bytes, slot * regions), figure_count(count, regions));
	pane_put_head(pane, 0, col, pane->cols - col - 1, STYLE_WARN, text);
}

int map_text_shape(const struct screen *screen)
{
	return map_layout_margin(&screen->map.layout) + 2; /* behind the sign of what can be opened */
}
