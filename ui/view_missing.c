/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot be known here: why, what would give it, and what stays unknown without it. */
#include <stdio.h>
#include <string.h>

#include "ui/screen.h"
#include "ui/theme.h"

#define TERM_COLS 15

/* What a capability gives; without it that is called unknown. */
static const char *const gives[CAP_COUNT] = {
	[CAP_PAGEMAP_SCAN] = "whether a region is mapped by PMD, exactly",
	[CAP_PAGEMAP_BIT] = "whether a region is mapped by PMD, from pagemap alone",
	[CAP_PFN] = "which page frame is behind an address, and with it backing, flags and mapcounts",
	[CAP_KPAGEFLAGS] = "the flags of a page, and the size of the folio that it belongs to",
	[CAP_KPAGECOUNT] = "the mapcount of each page",
	[CAP_SMAPS] = "eligibility, advice, and the kernel's own sums for each mapping",
	[CAP_TEAMS] = "page teams",
	[CAP_ENTRIES] = "the raw entries of the page table; without them the walk infers",
	[CAP_QUEUE] = "the huge pages mapped by ptes to which khugepaged will come back (pte_mapped_thp)",
	[CAP_TRACEPOINTS] = "the kernel's verdict on each try to collapse, by whom, and when",
	[CAP_TASKS] = "what the kernel does, step by step, forward and back in time (--model)",
	[CAP_COUNTERS] = "TLB misses and page walks, as the processor counts them",
	[CAP_SPECIMEN] = "a process of thpscope's own to try things on (thpscope demo)",
};

static int draw_lacking(const struct pane *pane, int row, const struct capabilities *caps)
{
	char text[512];
	bool any = false;
	int i;

	pane_put(pane, row++, 0, STYLE_STRONG, "What is missing here, and why");
	for (i = 0; i < CAP_COUNT; i++) {
		if (!capability_lacks(caps, (enum capability)i))
			continue;
		any = true;
		row = scroll_entry(pane, row, TERM_COLS, STYLE_WARN, capability_name((enum capability)i),
				   caps->missing[i]);
		snprintf(text, sizeof(text), "Would give: %s.", gives[i]);
		row = scroll_entry(pane, row, TERM_COLS, STYLE_DIM, NULL, text);
	}
	if (!any)
		row += pane_wrap(pane, row, 3, STYLE_TEXT,
				 "Nothing: all that thpscope can show, it can read here.");
	return row + 1;
}

static int draw_present(const struct pane *pane, int row, const struct capabilities *caps)
{
	int i;

	pane_put(pane, row++, 0, STYLE_STRONG, "What can be known here");
	for (i = 0; i < CAP_COUNT; i++)
		if (capable(caps, (enum capability)i))
			row = scroll_entry(pane, row, TERM_COLS, STYLE_TEXT,
					   capability_name((enum capability)i), gives[i]);
	return row + 1;
}

/* Which regions are used most is no capability: what tells it is found out by measuring, of one process. */
static int draw_heat(const struct screen *screen, const struct pane *pane, int row)
{
	const struct answer *answer = screen->hot.answer;
	keymap_text key;
	char text[256];
	struct buf said = {0};

	pane_put(pane, row++, 0, STYLE_STRONG, "Which regions are used most");
	keymap_keys_of(&screen->keymap, COMMAND_HOT, key);
	if (answer && !answer->error && answer->heat.n) {
		heat_say_ground(&answer->heat, &said);
		snprintf(text, sizeof(text), "%d:", (int)answer->heat.pid);
		row = scroll_entry(pane, row, TERM_COLS, answer->heat.missing ? STYLE_WARN : STYLE_TEXT, text,
				   said.data);
	} else {
		snprintf(text, sizeof(text),
			 "Not measured yet: on a map %s does it, and says then what tells it here.", key);
		row = scroll_entry(pane, row, TERM_COLS, STYLE_TEXT, "hot", text);
	}
	buf_fini(&said);
	row = scroll_entry(pane, row, TERM_COLS, STYLE_DIM, NULL,
			   "Idle page tracking tells most: which pages were used within a second. It is for "
			   "root, and for kernels built with CONFIG_IDLE_PAGE_TRACKING.");
	return row + 1;
}

static bool has_knob(const struct system_figures *system, const char *begins)
{
	size_t i;

	for (i = 0; i < system->n_knobs; i++)
		if (!strncmp(system->knobs[i].name, begins, strlen(begins)))
			return true;
	return false;
}

/* What this kernel does not have, as against what it does not show. */
static int draw_kernel(const struct pane *pane, int row, const struct system_figures *system)
{
	int first = row + 1;

	row = first;
	if (!has_knob(system, "enabled"))
		row = scroll_entry(
			pane, row, TERM_COLS, STYLE_WARN, "THP knobs",
			"/sys/kernel/mm/transparent_hugepage is not there: this kernel was built without "
			"transparent huge pages, or sysfs is hidden.");
	else if (!has_knob(system, "hugepages-"))
		row = scroll_entry(
			pane, row, TERM_COLS, STYLE_WARN, "mTHP",
			"This kernel has no knobs for folios between a page and a PMD; Linux 6.8 and newer "
			"have them. The page cache may use such folios all the same.");
	if (!has_knob(system, "khugepaged/"))
		row = scroll_entry(
			pane, row, TERM_COLS, STYLE_WARN, "khugepaged",
			"Its progress is not shown: there is no khugepaged directory beside the THP knobs.");
	if (system->free_pmd_blocks == UNKNOWN_COUNT)
		row = scroll_entry(
			pane, row, TERM_COLS, STYLE_WARN, "free blocks",
			"/proc/buddyinfo cannot be read, or its orders end below a PMD's: how many huge "
			"pages could be had at once is not known.");
	if (row == first)
		return first - 1;
	pane_put(pane, first - 1, 0, STYLE_STRONG, "What this kernel does not have or show");
	return row + 1;
}

/* Processes of the list that cannot be looked into: who, and why. */
static int draw_refused(const struct screen *screen, const struct pane *pane, int row)
{
	const struct roster_view *roster = screen_lists(screen) ? screen->processes.roster : NULL;
	char name[16], user[32], who[96];
	int first = row + 1;
	size_t i;

	row = first;
	for (i = 0; roster && i < roster->n; i++) {
		const struct roster_row *process = &roster->rows[i];

		if (process->outcome != OUTCOME_DENIED && process->outcome != OUTCOME_DAMAGED &&
		    process->outcome != OUTCOME_FAILED)
			continue;
		snprintf(name, sizeof(name), "%d", (int)process->is.pid);
		snprintf(who, sizeof(who), "%.32s, of %.40s:", process->is.comm,
			 processes_user(process, user, sizeof(user)));
		row = scroll_entry(pane, row, TERM_COLS, STYLE_WARN, name, who);
		row = scroll_entry(pane, row, TERM_COLS, STYLE_TEXT, NULL,
				   *process->reason ? process->reason : "it cannot be read");
	}
	if (row == first)
		return first - 1;
	pane_put(pane, first - 1, 0, STYLE_STRONG, "Processes that cannot be looked into");
	return row + 1;
}

/* All of it from `row` on, also what is scrolled out; returns the row behind it. */
static int draw_all(const struct screen *screen, const struct pane *pane, int row)
{
	const struct moment *moment = screen->scene.newest;
	bool ranked = screen->inquiry.open == INQUIRY_HOT; /* then it is what the question is about */

	if (!moment) {
		pane_put(pane, row, 0, STYLE_DIM, "reading…");
		return row + 1;
	}
	if (moment->lost) /* before anything was known */
		return row + pane_wrap(pane, row, 6, STYLE_ERROR, moment->lost);
	if (ranked)
		row = draw_heat(screen, pane, row);
	row = draw_refused(screen, pane, row);
	row = draw_lacking(pane, row, &moment->caps);
	row = draw_kernel(pane, row, &moment->system);
	if (!ranked && !screen_lists(screen))
		row = draw_heat(screen, pane, row);
	return draw_present(pane, row, &moment->caps) - 1;
}

/* Where things come to lie depends on the width alone: measured without drawing. */
static void fit(struct screen *screen, int rows, int cols)
{
	struct cells none = {0};
	struct pane pane = {&none, 0, 0, 0, cols}, part = scroll_inner(&pane);

	scroll_fit(&screen->missing_scroll, rows, draw_all(screen, &part, 0));
}

static void draw(const struct screen *screen, const struct pane *pane, bool focused)
{
	struct pane part = scroll_inner(pane);

	(void)focused; /* it is alone */
	draw_all(screen, &part, -screen->missing_scroll.top);
	scroll_marks(&screen->missing_scroll, pane);
}

static void command(struct screen *screen, enum command command)
{
	scroll_command(&screen->missing_scroll, command);
}

static void mouse(struct screen *screen, const struct mouse *mouse)
{
	scroll_mouse(&screen->missing_scroll, mouse);
}

static const enum command commands[] = {COMMAND_UP,   COMMAND_PAGE_UP, COMMAND_BACK, COMMAND_GLOSSARY,
					COMMAND_HELP, COMMAND_CLOSE,   COMMAND_NONE};

const struct view view_missing = {
	.commands = commands, .fit = fit, .draw = draw, .command = command, .mouse = mouse};
