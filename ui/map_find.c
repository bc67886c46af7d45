/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going to a place. */
#include "ui/map_find.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ui/map_cursor.h"
#include "ui/map_view.h"

/* What is looked for: with `match` its matches, else regions that are not huge. */
struct finder {
	const struct screen *screen;
	const struct match *match;
	bool down;
	/* what it is at */
	const struct shown *shown;
	const struct vma *vma;
	bool vma_fits;
	/* what it found */
	pid_t pid;
	uint64_t addr;
};

/* A whole slot that holds something, mapped by ptes: what could be huge and is not. */
static bool not_huge(const struct region *region, const struct moment *moment)
{
	return region->mapping == MAPPING_PTE && region->len == moment->pmd_size;
}

static bool region_fits(const struct finder *finder, uint32_t index)
{
	const struct region *region = &finder->shown->process->regions[index], *before = region - 1;

	if (!finder->match)
		return not_huge(region, finder->shown->home);
	if (finder->vma_fits || !match_region(finder->match, finder->vma, region))
		return false;
	return index == finder->vma->first_region || before->start + before->len != region->start ||
	       !match_region(finder->match, finder->vma, before);
}

static bool found(struct finder *finder, uint64_t addr)
{
	finder->pid = finder->shown->pid;
	finder->addr = addr;
	return true;
}

/* The first place (the last one, if not down) of a VMA in [from, to], if it is shown at all. */
static bool find_in_vma(struct finder *finder, const struct vma *vma, uint64_t from, uint64_t to)
{
	const struct process *process = finder->shown->process;
	const struct match *filter = &finder->screen->map.filter;
	uint32_t first, end, i;
	bool heading;

	if (vma->end - 1 < from || vma->start > to || (filter->n && !match_within(filter, process, vma)))
		return false;
	finder->vma = vma;
	finder->vma_fits = finder->match && match_vma(finder->match, vma);
	heading = finder->vma_fits && vma->start >= from;
	if (heading && finder->down)
		return found(finder, vma->start);
	first = map_region_from(process, vma, from);
	end = to == UINT64_MAX ? vma->first_region + vma->n_regions : map_region_from(process, vma, to + 1);
	for (i = 0; i < end - first; i++)
		if (region_fits(finder, finder->down ? first + i : end - 1 - i))
			return found(finder, process->regions[finder->down ? first + i : end - 1 - i].start);
	return heading && found(finder, vma->start);
}

static bool find_in(struct finder *finder, size_t shown, uint64_t from, uint64_t to)
{
	const struct process *process = finder->screen->scene.shown[shown].process;
	size_t i;

	if (!process)
		return false;
	finder->shown = &finder->screen->scene.shown[shown];
	for (i = 0; i < process->n_vmas; i++)
		if (find_in_vma(finder, &process->vmas[finder->down ? i : process->n_vmas - 1 - i], from, to))
			return true;
	return false;
}

/* What the cursor is on, without what of it belongs to a neighbour that shares its slot. */
static void cursor_range(const struct screen *screen, uint64_t *start, uint64_t *end)
{
	const struct map_line *line = &screen->map.layout.lines[screen->map.line];
	const struct vma *vma;

	map_cursor_extent(screen, start, end);
	if (line->kind != LINE_CELLS && line->kind != LINE_FOLD && line->kind != LINE_ALIKE)
		return;
	vma = &screen->scene.shown[line->shown].process->vmas[line->vma];
	if (*start < vma->start)
		*start = vma->start;
	if (vma->end - 1 < *end - 1)
		*end = vma->end;
}

/* The rest of the cursor's process, then the processes that follow. */
static bool find(struct finder *finder, bool here)
{
	const struct map_state *map = &finder->screen->map;
	const struct map_line *line = &map->layout.lines[map->line];
	size_t i = line->shown, n = finder->screen->scene.n;
	uint64_t start, end;

	cursor_range(finder->screen, &start, &end);
	if (line->kind == LINE_PROCESS)
		start = end = 0;
	else if (line->open || here)
		end = start; /* what it stands for comes behind it */
	if (finder->down && (end || line->kind == LINE_PROCESS || line->open || here)) {
		if (find_in(finder, i, end, UINT64_MAX))
			return true;
	} else if (!finder->down && start && find_in(finder, i, 0, start - 1)) {
		return true;
	}
	while ((i += finder->down ? 1 : (size_t)-1) < n)
		if (find_in(finder, i, 0, UINT64_MAX))
			return true;
	return false;
}

static bool find_around(struct finder *finder)
{
	size_t i, n = finder->screen->scene.n;

	for (i = 0; i < n; i++)
		if (find_in(finder, finder->down ? i : n - 1 - i, 0, UINT64_MAX))
			return true;
	return false;
}

/* What there is of a process, as far as it matters for why nothing was found. */
struct tally {
	size_t huge, not_huge, unknown; /* whole regions */
	size_t small;			/* mappings without one */
};

static void count_vma(struct tally *tally, const struct shown *shown, const struct vma *vma)
{
	const struct region *region = &shown->process->regions[vma->first_region], *end;

	tally->small += !vma->slots;
	for (end = region + vma->n_regions; region < end; region++) {
		if (region->len < shown->home->pmd_size)
			continue;
		tally->huge += region->mapping == MAPPING_PMD || region->mapping == MAPPING_PUD;
		tally->not_huge += not_huge(region, shown->home);
		tally->unknown += region->mapping == MAPPING_UNKNOWN;
	}
}

static struct tally count(const struct screen *screen)
{
	const struct match *filter = &screen->map.filter;
	const struct process *process;
	struct tally tally = {0};
	size_t i, k;

	for (i = 0; i < screen->scene.n; i++) {
		process = screen->scene.shown[i].process;
		for (k = 0; process && k < process->n_vmas; k++)
			if (!filter->n || match_within(filter, process, &process->vmas[k]))
				count_vma(&tally, &screen->scene.shown[i], &process->vmas[k]);
	}
	return tally;
}

/* Nothing was found this way: because it is behind, or because there is nothing to be found. */
static void say_none(struct screen *screen, bool down)
{
	const struct tally tally = count(screen);
	char small[64] = "";

	if (tally.small)
		snprintf(small, sizeof(small), "; %zu small mapping%s (▸)%s", tally.small,
			 tally.small == 1 ? "" : "s", tally.huge ? " cannot be" : ": never huge");
	if (tally.not_huge)
		map_say(screen, "no %s region that is not huge", down ? "further" : "earlier");
	else if (tally.unknown)
		map_say(screen, "no region is known not to be huge; of %zu it is not known", tally.unknown);
	else if (tally.huge)
		map_say(screen, "every whole region is huge%s", small);
	else
		map_say(screen, "no memory in whole regions%s", small);
}

void map_find_not_huge(struct screen *screen, bool down)
{
	struct finder finder = {.screen = screen, .down = down};

	if (screen->map.line >= screen->map.layout.n)
		return;
	if (find(&finder, false))
		map_cursor_put(screen, finder.pid, finder.addr);
	else
		say_none(screen, down);
	map_scroll(&screen->map);
}

void map_find_match(struct screen *screen, bool down, bool here)
{
	struct finder finder = {.screen = screen, .match = &screen->map.search, .down = down};
	bool around = false;

	if (screen->map.line >= screen->map.layout.n)
		return;
	if (!screen->map.search.n) {
		map_say(screen, "nothing to search for yet: / asks");
		return;
	}
	if (!find(&finder, here)) {
		around = true;
		if (!find_around(&finder)) {
			map_say(screen, "nothing matches \"%s\"", screen->map.search_text);
			return;
		}
	}
	map_show(screen, finder.pid, finder.addr);
	if (around)
		map_say(screen, "on from the %s", down ? "top" : "bottom");
}

/* ends a filter that hides a mapping. */
static void unhide(struct screen *screen, const struct process *process, const struct vma *vma)
{
	if (!screen->map.filter.n || match_within(&screen->map.filter, process, vma))
		return;
	map_filter(screen, "");
	map_say(screen, "the filter would hide it: all is shown again");
}

static void go(struct screen *screen, const struct shown *shown, const struct vma *vma, uint64_t addr)
{
	unhide(screen, shown->process, vma);
	map_show(screen, shown->pid, addr);
}

/* The cursor's process, or the first that has a map; NULL: there is none. */
static const struct shown *process_here(const struct screen *screen)
{
	const struct shown *any = NULL;
	size_t i;

	for (i = screen->scene.n; i-- > 0;) {
		if (!screen->scene.shown[i].process)
			continue;
		any = &screen->scene.shown[i];
		if (any->pid == screen->map.pid)
			return any;
	}
	return any;
}

static void go_to_address(struct screen *screen, const struct shown *shown, uint64_t addr)
{
	const struct process *process = shown->process;
	const struct vma *vma = process_vma_at(process, addr);
	size_t i;

	if (vma) {
		go(screen, shown, vma, addr);
		return;
	}
	for (i = 0; i < process->n_vmas && process->vmas[i].start < addr; i++)
		;
	if (i == process->n_vmas) {
		map_say(screen, "nothing is mapped at %" PRIx64 " or above, in process %d", addr, shown->pid);
		return;
	}
	go(screen, shown, &process->vmas[i], process->vmas[i].start);
	map_say(screen, "nothing is mapped at %" PRIx64 "; the next mapping is this one", addr);
}

/* How well a name names a VMA: 2 exactly ("heap" also [heap] and memory that a script calls heap), 1 in part, 0. */
static int named(const struct vma *vma, const char *text)
{
	size_t len = strlen(text);

	if ((vma->label && !strcasecmp(vma->label, text)) || !strcasecmp(vma->name, text) ||
	    !strcasecmp(vma_file_name(vma), text) ||
	    (vma->name[0] == '[' && !strncasecmp(vma->name + 1, text, len) &&
	     !strcmp(vma->name + 1 + len, "]")))
		return 2;
	return strcasestr(vma->name, text) || (vma->label && strcasestr(vma->label, text));
}

/* To the first mapping that is named at least so well: whether there is one. */
static bool go_named(struct screen *screen, const struct shown *here, const char *text, int least)
{
	size_t first = (size_t)(here - screen->scene.shown), i, k;
	const struct shown *shown;

	for (i = 0; i < screen->scene.n; i++) {
		shown = &screen->scene.shown[(first + i) % screen->scene.n];
		for (k = 0; shown->process && k < shown->process->n_vmas; k++) {
			if (named(&shown->process->vmas[k], text) < least)
				continue;
			go(screen, shown, &shown->process->vmas[k], shown->process->vmas[k].start);
			return true;
		}
	}
	return false;
}

bool map_find_event(struct screen *screen, pid_t pid, uint64_t addr, bool has_addr)
{
	const struct shown *shown = NULL;
	size_t i;

	for (i = 0; i < screen->scene.n; i++)
		if (screen->scene.shown[i].pid == pid && screen->scene.shown[i].process)
			shown = &screen->scene.shown[i];
	if (!shown || !shown->process->n_vmas) {
		map_say(screen, pid ? "process %d is not on the map" : "whose memory it was is not known",
			(int)pid);
		return false;
	}
	go_to_address(screen, shown, has_addr ? addr : shown->process->vmas[0].start);
	return true;
}

void map_find_place(struct screen *screen, const char *text)
{
	const struct shown *shown = process_here(screen);
	char *rest;
	uint64_t addr;
	bool is_addr;

	text += strspn(text, " ");
	if (!*text)
		return;
	if (!shown) {
		map_say(screen, "no process has a map");
		return;
	}
	errno = 0;
	addr = strtoull(text, &rest, 16);
	is_addr = !strchr("+-", *text) && rest != text && !rest[strspn(rest, " ")] && !errno;
	/* What a name of hexadecimal digits says as an address is rarely mapped. */
	if (is_addr && process_vma_at(shown->process, addr))
		go_to_address(screen, shown, addr);
	else if (go_named(screen, shown, text, 2) || (!is_addr && go_named(screen, shown, text, 1)))
		return;
	else if (is_addr)
		go_to_address(screen, shown, addr);
	else
		map_say(screen, "no address, and no mapping is called so: %s", text);
}
