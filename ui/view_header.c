/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines around the views: what is looked at, how, at what cost, and what is missing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"
#include "ui/figures.h"
#include "ui/screen.h"
#include "ui/theme.h"

#define ROOMY_ROWS 16	  /* from this height on the header has its second line */
#define TALL_ROWS 28	  /* and, where it needs it, its third */
#define NARRATION_ROWS 20 /* and shows a line of a script's narration */
#define NARRATION_MAX 3
#define TROUBLE_ROWS 3
#define TROUBLE_ROWS_LOW 2 /* of what is said of a lost link below ROOMY_ROWS */
#define AIRY_ROWS 40	   /* and sets itself off by a blank line */

#define LINUX_COLS 9 /* of " · Linux " */
#define BAR_COLS 60  /* from this width on the rate is set off by a comma */

#define ITEMS_MAX 32
#define ITEM_GAP 2

/* What its absence makes unknown on this screen; the missing view tells of the others too. */
static const enum capability needed[] = {CAP_PAGEMAP_SCAN, CAP_PFN, CAP_KPAGEFLAGS, CAP_KPAGECOUNT};
#define N_NEEDED (sizeof(needed) / sizeof(needed[0]))

/* "label value" on one of the header's lines. */
struct item {
	char label[64], value[64];
};

struct items {
	struct item at[ITEMS_MAX];
	unsigned n;
	bool brief;
};

/* How many of the needed are missing, and their names in text. */
static unsigned count_missing(const struct capabilities *caps, char *text, size_t size)
{
	unsigned n = 0;
	size_t i;

	*text = '\0';
	for (i = 0; i < N_NEEDED; i++) {
		if (!capability_lacks(caps, needed[i]))
			continue;
		snprintf(text + strlen(text), size - strlen(text), "%s%s", n ? " " : "",
			 capability_name(needed[i]));
		n++;
	}
	return n;
}

static const char *knob(const struct moment *moment, const char *name)
{
	return figure_value(moment->system.knobs, moment->system.n_knobs, name);
}

/* A counter among the knobs; false where it is not there or no number. */
static bool counter(const struct moment *moment, const char *name, uint64_t *value)
{
	const char *text = knob(moment, name);

	return text && parse_u64(text, text + strlen(text), 10, value);
}

void header_take(struct screen *screen)
{
	struct header_state *state = &screen->header;

	if (state->begun)
		return;
	state->begun = true;
	state->known = counter(screen->scene.newest, "khugepaged/pages_collapsed", &state->collapsed) &&
		       counter(screen->scene.newest, "khugepaged/full_scans", &state->scans);
}

/* "by hand, step 512, 3 ahead": of a model, whose time only steps move. */
static void steps_text(const struct screen *screen, char *text, size_t size, bool brief)
{
	const struct moment *moment = screen->scene.newest;
	figure_text behind, ahead;

	*text = '\0';
	if (!brief)
		tasks_scheduler(screen, text, size);
	snprintf(text + strlen(text), size - strlen(text), "%sstep %s", brief ? "" : ", ",
		 figure_count(behind, moment->mono_ns));
	if (moment->ahead)
		snprintf(text + strlen(text), size - strlen(text), ", %s ahead",
			 figure_count(ahead, moment->ahead));
}

/* "10 Hz, 0.4% cpu": of one core. */
static void rate_text(const struct screen *screen, char *text, size_t size, bool brief)
{
	double hertz;

	*text = '\0';
	if (screen->paused) {
		snprintf(text, size, "PAUSED");
	} else if (timeline_of(screen)) {
		snprintf(text, size, "REPLAY");
	} else if (screen->scene.lost) {
		snprintf(text, size, "LOST");
	} else if (tasks_known(screen)) {
		steps_text(screen, text, size, brief);
	} else if (screen->quiet_ns) {
		snprintf(text, size, "nothing new for %.0f s", (double)screen->quiet_ns / 1e9);
	} else if (screen->interval_ns) {
		hertz = 1e9 / (double)screen->interval_ns;
		snprintf(text, size, "%.*f Hz%s %.1f%% cpu", hertz < 9.95, hertz, brief ? "" : ",",
			 screen->share);
	}
}

/* "via:host · Linux 6.18", of which the version tells more than whose it is where there is no room for both. */
static void where_text(const struct moment *moment, int room, char *text, size_t size)
{
	const char *source = moment->source ? moment->source : "";
	const char *release = moment->system.release ? moment->system.release : "";
	const bool brief = (int)(strlen(source) + strlen(release)) + LINUX_COLS > room;

	snprintf(text, size, "%s%s%s", source, !*release ? "" : brief ? " · " : " · Linux ", release);
}

/* "REC 1.2M": how large the recording under way is. */
static const char *recording_sign(const struct screen *screen, bool brief, char *text, size_t size)
{
	figure_text bytes;

	snprintf(text, size, brief || !screen->recording.bytes ? "REC" : "REC %s",
		 figure_bytes(bytes, screen->recording.bytes));
	return text;
}

/* What is shown is not of now. */
static bool is_old(const struct screen *screen)
{
	return screen->paused || timeline_of(screen) || screen->scene.lost ||
	       (screen->quiet_ns && !tasks_known(screen));
}

/* `lacks`: what is missing has no place but here. */
static void draw_bar(const struct screen *screen, const struct pane *bar, bool lacks)
{
	const struct moment *moment = screen->scene.newest;
	int end = bar->cols - 1, col;
	keymap_text key;
	char text[160];
	unsigned n;

	pane_fill(bar, 0, 0, bar->cols, STYLE_BAR, " ");
	rate_text(screen, text, sizeof(text), bar->cols < BAR_COLS);
	end = pane_put_right(bar, 0, end, is_old(screen) ? STYLE_BAR_WARN : STYLE_BAR, text);
	if (screen->recording.on)
		end = pane_put_right(bar, 0, end - 2, STYLE_BAR_WARN,
				     recording_sign(screen, bar->cols < BAR_COLS, text, sizeof(text)));
	if (lacks && bar->cols < BAR_COLS) {
		snprintf(text, sizeof(text), "%s: missing",
			 keymap_keys_of(&screen->keymap, COMMAND_MISSING, key));
		end = pane_put_right(bar, 0, end - 2, STYLE_BAR_WARN, text);
	} else if (lacks) {
		n = count_missing(&moment->caps, text, sizeof(text));
		snprintf(text, sizeof(text), "%s: %u missing",
			 keymap_keys_of(&screen->keymap, COMMAND_MISSING, key), n);
		end = pane_put_right(bar, 0, end - 2, STYLE_BAR_WARN, text);
	}
	snprintf(text, sizeof(text), "thpscope%s%s", screen->title ? " " : "",
		 screen->title ? screen->title : "");
	col = pane_put_head(bar, 0, 1, end - 2, STYLE_BAR_STRONG, text);
	if (!moment)
		return;
	where_text(moment, end - col - 3, text, sizeof(text));
	if (end - col > 8)
		pane_put_head(bar, 0, col + 2, end - col - 3, STYLE_BAR, text);
}

static struct item *add(struct items *items, const char *label, const char *value)
{
	struct item *item = &items->at[items->n < ITEMS_MAX ? items->n++ : ITEMS_MAX - 1];

	snprintf(item->label, sizeof(item->label), "%s", label);
	snprintf(item->value, sizeof(item->value), "%s", value ? value : "unknown");
	return item;
}

/* A counter with what came on top since the screen was opened. */
static void since(char *text, size_t size, uint64_t now, uint64_t then)
{
	figure_text a, b;

	figure_count(a, now);
	if (now > then)
		snprintf(text, size, "%s +%s", a, figure_count(b, now - then));
	else
		snprintf(text, size, "%s", a);
}

static void add_khugepaged(struct items *items, const struct screen *screen)
{
	const struct moment *moment = screen->scene.newest;
	const struct header_state *then = &screen->header;
	char pages[2 * FIGURE_MAX], passes[2 * FIGURE_MAX];
	struct item *item = add(items, items->brief ? "collapsed" : "khugepaged", NULL);
	uint64_t collapsed, scans;

	if (!counter(moment, "khugepaged/pages_collapsed", &collapsed) ||
	    !counter(moment, "khugepaged/full_scans", &scans))
		return;
	since(pages, sizeof(pages), collapsed, then->known ? then->collapsed : collapsed);
	since(passes, sizeof(passes), scans, then->known ? then->scans : scans);
	if (items->brief) /* the news alone, where there is any */
		snprintf(item->value, sizeof(item->value), "%.40s",
			 strchr(pages, '+') ? strchr(pages, '+') : pages);
	else
		snprintf(item->value, sizeof(item->value), "%.24s collapsed, %.20s scans", pages, passes);
}

static void add_free(struct items *items, const struct moment *moment)
{
	int64_t blocks = moment->system.free_pmd_blocks;
	figure_text size, count;
	char label[48];

	/* A size alone in front of "free" would be read as how much is. */
	snprintf(label, sizeof(label), "%s blocks free", figure_bytes(size, moment->pmd_size));
	add(items, items->brief ? "free blocks" : label,
	    blocks == UNKNOWN_COUNT ? NULL : figure_count(count, (uint64_t)blocks));
}

/*
 * The sizes whose own knob says something: a PMD's follows "enabled" unless told otherwise (inherit), all others are
 * never unless told otherwise (Documentation/admin-guide/mm/transhuge.rst, 6.8 and later).
 */
static void add_sizes(struct items *items, const struct moment *moment)
{
	const struct system_figures *system = &moment->system;
	char label[48], *end;
	figure_text size;
	uint64_t kb;
	size_t i;

	for (i = 0; i < system->n_knobs; i++) {
		const char *name = system->knobs[i].name;

		if (strncmp(name, "hugepages-", 10))
			continue;
		kb = strtoull(name + 10, &end, 10);
		if (strcmp(end, "kB/enabled") || !kb ||
		    !strcmp(system->knobs[i].value, kb << 10 == moment->pmd_size ? "inherit" : "never"))
			continue;
		snprintf(label, sizeof(label), "%s%s", kb << 10 == moment->pmd_size ? "" : "mTHP ",
			 figure_bytes(size, kb << 10));
		add(items, label, system->knobs[i].value);
	}
}

static void collect(const struct screen *screen, bool brief, struct items *items)
{
	const struct moment *moment = screen->scene.newest;

	items->n = 0;
	items->brief = brief;
	add(items, "THP", knob(moment, "enabled"));
	add(items, "defrag", knob(moment, "defrag"));
	add(items, "shmem", knob(moment, "shmem_enabled"));
	add_khugepaged(items, screen);
	add_free(items, moment);
	add_sizes(items, moment);
}

static int width_of(const struct item *item)
{
	return (int)(strlen(item->label) + 1 + strlen(item->value));
}

/*
 * Puts them over at most so many lines, of which the first one ends at `end`; what does not fit is left out, but for a
 * short item behind it. Returns whether all are there, and in *used on how many lines.
 */
static bool put_items(const struct items *items, const struct pane *pane, int rows, int end, int *used)
{
	int row = 0, col = 1;
	bool all = true;
	unsigned i;

	for (i = 0; i < items->n; i++) {
		const struct item *item = &items->at[i];

		if (col + width_of(item) >= end && row + 1 < rows) {
			row++;
			col = 1;
			end = pane->cols - 1;
		}
		if (col + width_of(item) >= end) {
			all = false;
			continue;
		}
		col = pane_put(pane, row, col, STYLE_DIM, item->label);
		col = pane_put(pane, row, col + 1, STYLE_TEXT, item->value) + ITEM_GAP;
	}
	*used = row + 1;
	return all;
}

/* What is missing, in so many words: 2 for its names, 1 for their number, 0 for none. */
static void lacking_text(const struct screen *screen, int cols, int words, char *text, size_t size)
{
	char names[128];
	unsigned n = count_missing(&screen->scene.newest->caps, names, sizeof(names));
	keymap_text key;

	*text = '\0';
	if (!words)
		return;
	keymap_keys_of(&screen->keymap, COMMAND_MISSING, key);
	snprintf(text, size, "missing %s: %s says why", names, key);
	if (words == 1 || (int)strlen(text) > cols / 2)
		snprintf(text, size, "%u missing: %s says why", n, key);
}

/* What stands on the lines below the bar, and how. */
struct plan {
	struct items items;
	int rows;
	char lacking[288]; /* at the right of the first one */
	bool lacks;	   /* ... that has no place there, but on the bar */
};

/*
 * All figures go before words: what is missing is said in as many as have room behind them, if need be on the bar. Of
 * figures that have no room in full the brief ones are taken; a second line only where they need it.
 */
static void make_plan(const struct screen *screen, const struct pane *pane, struct plan *plan)
{
	const struct moment *moment = screen->scene.newest;
	const struct pane nowhere = {.cells = pane->cells, .cols = pane->cols};
	const int rows = pane->rows >= TALL_ROWS ? 2 : 1;
	bool lacks;
	int words, brief, end;

	memset(plan, 0, sizeof(*plan));
	plan->rows = pane->rows >= ROOMY_ROWS;
	lacks = moment && count_missing(&moment->caps, plan->lacking, sizeof(plan->lacking));
	plan->lacking[0] = '\0';
	plan->lacks = lacks && !plan->rows;
	if (!plan->rows || !moment || moment->lost)
		return;
	for (words = lacks ? 2 : 0; words >= 0; words--) {
		lacking_text(screen, pane->cols, words, plan->lacking, sizeof(plan->lacking));
		plan->lacks = lacks && !words;
		end = pane->cols - 1 - text_width(pane->cells, plan->lacking);
		for (brief = 0; brief < 2; brief++) {
			collect(screen, brief, &plan->items);
			if (put_items(&plan->items, &nowhere, rows, end, &plan->rows))
				return;
		}
	}
}

/* How many lines text takes. */
static int count_lines(const struct pane *pane, int cols, int most, const char *text)
{
	const struct pane nowhere = {.cells = pane->cells, .cols = cols};
	const int n = pane_wrap(&nowhere, 0, most, STYLE_TEXT, text);

	return n ? n : 1; /* an empty one */
}

/*
 * The first lines of a script's narration, of which a long one is broken where there is room; the help has all. Returns
 * how many lines of the screen.
 */
static int draw_narration(const struct screen *screen, const struct pane *pane, int row)
{
	const int room = pane->rows >= AIRY_ROWS ? NARRATION_MAX : pane->rows >= TALL_ROWS ? 2 : 1;
	const size_t n = pane->rows >= AIRY_ROWS ? NARRATION_MAX : 1;
	const int cols = pane->cols - 2;
	keymap_text key, more;
	int used = 0, takes, hint, last;
	struct pane line;
	size_t i;

	snprintf(more, sizeof(more), "%.16s tells the rest",
		 keymap_keys_of(&screen->keymap, COMMAND_HELP, key));
	hint = text_width(pane->cells, more) + 1;
	for (i = 0; i < n && i < screen->n_narration && used < room; i++) {
		const char *text = narration_line(screen, i);

		takes = count_lines(pane, cols, room + 1, text);
		last = i + 1 == n || used + takes >= room;
		last = last && (i + 1 < screen->n_narration || used + takes > room);
		line = pane_part(pane, row + used, 1, room - used, last ? cols - hint : cols);
		takes = count_lines(pane, line.cols, line.rows, text);
		pane_wrap(&line, 0, line.rows, STYLE_TEXT, text);
		used += takes;
		if (last)
			pane_put_right(pane, row + used - 1, pane->cols - 1, STYLE_DIM, more);
	}
	return used;
}

/* That an invariant is broken, or all is old, stands above all else. Returns how many rows it took. */
static int draw_trouble(const struct screen *screen, const struct pane *pane, int row)
{
	const struct moment *moment = screen->scene.newest;
	struct pane inner = pane_part(pane, 0, 1, pane->rows, pane->cols - 2);
	const bool low = pane->rows < ROOMY_ROWS && screen->scene.lost;
	const struct timeline *time = timeline_of(screen);
	char text[600];

	if (time && time->broken && time->at + 1 == time->n) {
		snprintf(text, sizeof(text), "The recording ends here: %s", time->broken);
		return pane_wrap(&inner, row, TROUBLE_ROWS_LOW, STYLE_ERROR, text);
	}
	if (!moment || !(moment->violation || screen->scene.lost))
		return 0;
	if (screen->scene.lost)
		snprintf(text, sizeof(text), "%s (quit and start again): %s",
			 low ? "Old" : "What is shown is old", screen->scene.lost);
	return pane_wrap(&inner, row, low ? TROUBLE_ROWS_LOW : TROUBLE_ROWS, STYLE_ERROR,
			 screen->scene.lost ? text : moment->violation);
}

int header_draw(const struct screen *screen, const struct pane *pane)
{
	struct pane line = pane_part(pane, 0, 0, 1, pane->cols);
	struct plan plan;
	int row = 1, used;

	make_plan(screen, pane, &plan);
	draw_bar(screen, &line, plan.lacks);
	row += draw_trouble(screen, pane, row);
	if (!plan.rows)
		return row;
	line = pane_part(pane, row, 0, plan.rows, pane->cols);
	put_items(&plan.items, &line, plan.rows,
		  pane_put_right(&line, 0, pane->cols - 1, STYLE_WARN, plan.lacking), &used);
	row += plan.rows;
	if (pane->rows < NARRATION_ROWS)
		return row;
	return row + draw_narration(screen, pane, row) + (pane->rows >= AIRY_ROWS);
}
