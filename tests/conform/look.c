/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides read and held against each other (conform.h): of each page of each area of each process the entries that lead to
 * it, or where a kernel does not show them whether a PMD maps it, pagemap's word, its mapcount, kpageflags' bits about huge
 * pages and teams, a team's usage; and khugepaged's queues. Whatever is told of a region (mapping, backing, entire, highest and
 * total mapcount) is told from these words, by the same code for both.
 * Frames have other numbers on the two sides: one stands for the other, in all processes alike, where it matters they
 * have the same place in their huge page, and what an operation leaves where it is stays on both sides, or is another on both.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "core/queue.h"

#define FRAMES (1u << 16) /* places for names of frames; more than a model has frames */

/* Frames of the running kernel by those of the model, and the other way round; 0: not met yet. */
static struct {
	uint64_t live[FRAMES];		    /* by the model's number */
	uint64_t key[FRAMES], mine[FRAMES]; /* an open hash of the kernel's */
	uint32_t used[FRAMES], n;	    /* places in it, to be emptied */
} names;

static size_t pages_seen, queued_seen;

size_t look_pages(void)
{
	return pages_seen;
}

size_t look_queued(void)
{
	return queued_seen;
}

static void names_forget(void)
{
	memset(names.live, 0, sizeof(names.live));
	while (names.n)
		names.key[names.used[--names.n]] = 0;
}

/* Whether these two can be the same page. */
static bool same_frame(uint64_t model, uint64_t live)
{
	uint32_t at = (uint32_t)(live * UINT64_C(0x9e3779b97f4a7c15) >> 48);

	if (model >= FRAMES)
		return false;
	while (names.key[at] && names.key[at] != live)
		at = (at + 1) % FRAMES;
	if (!names.key[at] && !names.live[model]) {
		names.key[at] = live;
		names.mine[at] = model;
		names.live[model] = live;
		names.used[names.n++] = at;
	}
	return names.key[at] == live && names.mine[at] == model && names.live[model] == live;
}

/*
 * What an entry lets a process do, or that there is none. PROT_NONE: x86 clears PRESENT and sets bit 8 instead
 * (_PAGE_PROTNONE), the model has it as present and not for users.
 */
static char permission(uint64_t entry)
{
	if (!entry)
		return '-';
	if (!(entry & ENTRY_PRESENT))
		return entry & 1 << 8 ? 'n' : 's';
	if (!(entry & ENTRY_USER))
		return 'n';
	return entry & ENTRY_WRITE ? 'w' : 'r';
}

/* The shape of what leads to a page: at the pmd a table ('t'), nothing, or a huge entry; then the pte. */
static void shape(const struct kernel_entries *entries, char *text)
{
	const uint64_t pmd = entries->word[ENTRY_PMD], pte = entries->word[ENTRY_PTE];
	const bool huge = pmd & ENTRY_HUGE;

	text[0] = pmd && !huge ? 't' : '-';
	text[1] = huge ? permission(pmd) : '-';
	text[2] = permission(pte);
	text[3] = '\0';
}

/* Where a page is, for a sentence. */
struct spot {
	struct pair *pair;
	const char *process, *area;
	uint32_t at;   /* the area's, in the world */
	uint64_t page; /* of the area */
};

static bool differ(const struct spot *spot, const char *what, uint64_t model, uint64_t live)
{
	snprintf(spot->pair->why, sizeof(spot->pair->why),
		 "%s %s, page %" PRIu64 ": %s: the model has %#" PRIx64 ", the kernel %#" PRIx64,
		 spot->process, spot->area, spot->page, what, model, live);
	return false;
}

/* The bit as a kernel announces it, as bit `to`. */
static uint64_t announced(uint64_t word, uint64_t bits, unsigned to)
{
	return (uint64_t)((word & bits) != 0) << to;
}

/* Of pagemap's word what both sides can agree in: not the frame, nor soft-dirty, which no model keeps. */
static uint64_t word_of(const struct kernel *kernel, uint64_t word)
{
	const uint64_t bits = PM_PRESENT | PM_SWAP | PM_FILE | PM_UFFD_WP | PM_MMAP_EXCLUSIVE;

	return (word & bits) |
	       (kernel->pagemap_pmd_bit > 0 ? announced(word, UINT64_C(1) << kernel->pagemap_pmd_bit, 0) : 0);
}

/*
 * Of kpageflags what concerns huge pages and who has one. Not LRU, ACTIVE, REFERENCED and the like: those go through caches of
 * each CPU; nor DIRTY and UPTODATE, which the model has for its own bookkeeping.
 */
static uint64_t flags_of(const struct kernel *kernel, uint64_t word)
{
	uint64_t flags = word & (UINT64_C(1) << KPF_ANON | UINT64_C(1) << KPF_HEAD | UINT64_C(1) << KPF_TAIL |
				 UINT64_C(1) << KPF_THP | UINT64_C(1) << KPF_ZERO);

	if (word & UINT64_C(1) << KPF_ANON)
		flags |= word & UINT64_C(1) << KPF_ANON_EXCLUSIVE;
	return flags | announced(word, kernel->kpf.team, 0) | announced(word, kernel->kpf.team_pmd, 1) |
	       announced(word, kernel->kpf.double_map, 2);
}

/* The usage of the team of a page; 0: it is of none. */
static uint64_t usage_of(struct kernel *kernel, uint64_t pfn, uint64_t flags)
{
	int64_t usage = 0, maps;

	if (!(flags & kernel->kpf.team) || kernel_team(kernel, pfn & ~(uint64_t)(PART - 1), &usage, &maps))
		return 0;
	return (uint64_t)usage;
}

static bool same_page(const struct spot *spot, const struct glance *ours, const struct glance *theirs,
		      size_t at)
{
	struct kernel *model = spot->pair->kernel, *live = spot->pair->live.kernel;
	const uint64_t mine = ours->words[at] & PM_PFN_MASK, its = theirs->words[at] & PM_PFN_MASK;
	char a[4], b[4];
	uint64_t usage;

	pages_seen++;
	shape(&ours->entries[at], a);
	shape(&theirs->entries[at], b);
	if (ours->huge[at] != theirs->huge[at])
		return differ(spot, "mapped by PMD", ours->huge[at], theirs->huge[at]);
	if (strcmp(a, b) != 0) {
		snprintf(spot->pair->why, sizeof(spot->pair->why),
			 "%s %s, page %" PRIu64
			 ": entries (pmd table, huge, pte): the model has %s, the kernel %s",
			 spot->process, spot->area, spot->page, a, b);
		return false;
	}
	if (word_of(model, ours->words[at]) != word_of(live, theirs->words[at]))
		return differ(spot, "pagemap", ours->words[at], theirs->words[at]);
	if (!(ours->words[at] & PM_PRESENT))
		return past_same(spot->at, spot->process, spot->area, spot->page, 0, 0);
	if (flags_of(model, ours->flags[at]) != flags_of(live, theirs->flags[at]))
		return differ(spot, "flags", flags_of(model, ours->flags[at]),
			      flags_of(live, theirs->flags[at]));
	if (ours->counts[at] != theirs->counts[at])
		return differ(spot, "mapcount", ours->counts[at], theirs->counts[at]);
	if (!same_frame(mine, its))
		return differ(spot, "another page than elsewhere: frame", mine, its);
	if (!past_same(spot->at, spot->process, spot->area, spot->page, mine, its))
		return differ(spot, "one side has the page that was here, the other one a new one: frame",
			      mine, its);
	if (ours->flags[at] & (model->kpf.team | UINT64_C(1) << KPF_THP) && (mine ^ its) % PART)
		return differ(spot, "another place in its huge page: frame", mine, its);
	tally_page(ours, glance_way(live), at);
	/* It is the head's, and asked for once in a part of it. */
	if (at && (mine % PART))
		return true;
	usage = usage_of(model, mine, ours->flags[at]);
	if (usage != usage_of(live, its, theirs->flags[at]))
		return differ(spot, "team usage", usage, usage_of(live, its, theirs->flags[at]));
	return true;
}

/* Where the model's address is in the running kernel's process; 0: in no area. */
static uint64_t live_address(const struct spot *spot, uint32_t mm, uint64_t addr)
{
	const struct world *world = spot->pair->world;
	struct target target = {0};
	struct place place;

	for (uint32_t at = 1; at < world->extent.areas; at++) {
		const struct area *area = &world->areas[at];

		if (!area->used || area->mm != mm || addr - area->start >= area->len)
			continue;
		snprintf(target.process, sizeof(target.process), "%s", spot->process);
		snprintf(target.area, sizeof(target.area), "%s", area->name);
		return source_locate(spot->pair->live.source, &target, &place)
			       ? 0
			       : place.start + addr - area->start;
	}
	return 0;
}

/* khugepaged's queue of one process (core/queue.h). False: there is one, and it makes no sense. */
static bool read_queue(struct kernel *kernel, struct kernel_process *process, struct queue *queue)
{
	struct buf text = {0};
	bool good;

	memset(queue, 0, sizeof(*queue));
	good = !*kernel->queue_file || (!kernel_process_text(process, kernel->queue_file, &text) &&
					!queue_parse(text.data ? text.data : "", text.len, queue));
	buf_fini(&text);
	return good;
}

static bool same_queue(struct spot *spot, uint32_t mm, struct kernel_process *mine,
		       struct kernel_process *its)
{
	struct queue ours, theirs;

	spot->area = "";
	spot->page = 0;
	if (!read_queue(spot->pair->kernel, mine, &ours) ||
	    !read_queue(spot->pair->live.kernel, its, &theirs))
		return differ(spot, "the queue cannot be read", 0, 0);
	/* One that tells of none, though the model has one. */
	if (!*spot->pair->kernel->queue_file || !*spot->pair->live.kernel->queue_file)
		return true;
	if (ours.room != theirs.room)
		return differ(spot, "places in khugepaged's queue", ours.room, theirs.room);
	if (ours.n != theirs.n)
		return differ(spot, "addresses in khugepaged's queue", ours.n, theirs.n);
	for (unsigned at = 0; at < ours.n; at++) {
		spot->page = at;
		if (live_address(spot, mm, ours.addrs[at]) != theirs.addrs[at])
			return differ(spot, "address in khugepaged's queue",
				      live_address(spot, mm, ours.addrs[at]), theirs.addrs[at]);
	}
	queued_seen += ours.n;
	return true;
}

/* An area's memory that is mapped by PMD, where nothing tells of which pages that is. */
static bool same_huge_kb(const struct spot *spot, const struct area *area, const struct place *place,
			 struct kernel_process *mine, struct kernel_process *its)
{
	uint64_t ours, theirs;

	if (!glance_huge_kb(mine, area->start, area->len, &ours) ||
	    !glance_huge_kb(its, place->start, area->len, &theirs))
		return differ(spot, "smaps cannot be read", 0, 0);
	return ours == theirs || differ(spot, "kB mapped by PMD", ours, theirs);
}

/* A process on both sides, and the areas that it has. */
static bool same_area(struct spot *spot, const struct area *area, struct kernel_process *mine,
		      struct kernel_process *its)
{
	const enum glance_way way = glance_way(spot->pair->live.kernel);
	static struct glance ours, theirs;
	struct target target = {0};
	struct place place;
	uint64_t n;

	snprintf(target.process, sizeof(target.process), "%s", spot->process);
	snprintf(target.area, sizeof(target.area), "%s", area->name);
	if (source_locate(spot->pair->live.source, &target, &place) || place.len != area->len)
		return differ(spot, "length", area->len, 0);
	for (uint64_t from = 0; from < area->len; from += n * PAGE_BYTES) {
		/* Up to where a huge page may end. */
		n = PART - (area->start + from) / PAGE_BYTES % PART;
		if (n * PAGE_BYTES > area->len - from)
			n = (area->len - from) / PAGE_BYTES;
		if (!glance_at(spot->pair->kernel, mine, area->start + from, n, way, &ours) ||
		    !glance_at(spot->pair->live.kernel, its, place.start + from, n, way, &theirs))
			return differ(spot, "it cannot be read", 0, 0);
		for (size_t at = 0; at < n; at++) {
			spot->page = from / PAGE_BYTES + at;
			if (!same_page(spot, &ours, &theirs, at))
				return false;
		}
	}
	spot->page = 0;
	return way != GLANCE_SMAPS || same_huge_kb(spot, area, &place, mine, its);
}

static bool same_process(struct pair *pair, uint32_t mm)
{
	const struct world *world = pair->world;
	struct spot spot = {.pair = pair, .process = world->mms[mm].name, .area = ""};
	struct kernel_process *mine = NULL, *its = NULL;
	struct target target = {0};
	struct place place = {0};
	bool same = true;

	snprintf(target.process, sizeof(target.process), "%s", spot.process);
	if (source_locate(pair->live.source, &target, &place) ||
	    kernel_process_open(pair->live.kernel, place.pid, &its))
		return differ(&spot, "process", (uint64_t)world->mms[mm].pid, (uint64_t)place.pid);
	if (kernel_process_open(pair->kernel, world->mms[mm].pid, &mine))
		same = differ(&spot, "process", 0, (uint64_t)place.pid);
	for (uint32_t at = 1; same && at < world->extent.areas; at++) {
		spot.area = world->areas[at].name;
		spot.at = at;
		if (world->areas[at].used && world->areas[at].mm == mm)
			same = same_area(&spot, &world->areas[at], mine, its);
	}
	same = same && same_queue(&spot, mm, mine, its);
	kernel_process_close(mine);
	kernel_process_close(its);
	return same;
}

bool look_alike(struct pair *pair)
{
	pid_t pids[32];
	size_t n = 0, alive = 0;

	names_forget();
	for (uint32_t mm = 1; mm < pair->world->extent.mms; mm++) {
		if (!pair->world->mms[mm].used)
			continue;
		alive++;
		if (!same_process(pair, mm))
			return false;
	}
	if (!source_family(pair->live.source, pids, sizeof(pids) / sizeof(pids[0]), &n) && n == alive)
		return true;
	snprintf(pair->why, sizeof(pair->why), "the model has %zu processes, the kernel %zu", alive, n);
	return false;
}
