/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heat by page frame: idle page tracking, and what the LRU notes. A large folio has one bit for all of its pages. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/heat_parts.h"
#include "core/mem.h"

#define KPF_REFERENCED 2
#define KPF_ACTIVE 6

#define BITS 64	      /* frames in a word of the bitmap */
#define RUN_WORDS 512 /* a page of them, as much as the kernel takes at once */
#define NAP_NS UINT64_C(20000000)
#define LEAST_ASKED 8 /* small pages of a region, however many there are in all */

/* The frame that heads the folio of a tail; 0: it is no folio as large as a PMD maps, or it is no more. */
static uint64_t head_of(struct heating *heating, uint64_t pfn)
{
	const uint64_t first = pfn / heating->pages * heating->pages;
	uint64_t *flags = heating->entries->word; /* room enough, and not used here */
	ssize_t got = kernel_flags(heating->kernel, first, pfn - first, flags);

	for (; got > 0; got--)
		if (flags[got - 1] >> KPF_HEAD & 1)
			return first + (uint64_t)got - 1;
	return 0;
}

/* A page joins the frame before it if both are of one folio, in order; else it has one of its own. */
static void add_frame(struct heating *heating, uint32_t region, uint32_t page, uint64_t pfn, uint64_t flags)
{
	struct heat_frame *last = heating->n_frames ? &heating->frames[heating->n_frames - 1] : NULL;
	const bool tail = flags >> KPF_TAIL & 1;
	uint64_t head = pfn;

	if (tail && last && last->region == region && last->page + last->pages == page &&
	    last->pfn + last->behind + last->pages == pfn) {
		last->pages++;
		return;
	}
	if (tail) {
		head = head_of(heating, pfn);
		if (!head || kernel_flags(heating->kernel, head, 1, &flags) != 1)
			return;
	}
	mem_grow(&heating->frames, &heating->frames_room, heating->n_frames + 1, sizeof(*heating->frames));
	heating->frames[heating->n_frames++] = (struct heat_frame){.pfn = head,
								   .region = region,
								   .page = page,
								   .behind = (uint16_t)(pfn - head),
								   .pages = 1,
								   .flags = flags};
}

size_t heat_frames_most = 4 << 20;

/* Of so many small pages one is asked about: what is noted of each would be 8 GiB for a process of 1 TiB. */
static uint32_t stride_of(const struct heating *heating)
{
	const struct heat *heat = heating->heat;
	const uint64_t most = heating->pages / LEAST_ASKED;
	uint64_t pages = 0, stride;
	size_t i;

	for (i = 0; i < heat->n; i++)
		pages += heat->items[i].present;
	stride = (pages + heat_frames_most - 1) / heat_frames_most;
	return (uint32_t)(stride < most ? stride : most) + !stride;
}

/* The present pages of a region whose frames are shown: runs of frames in order cost one call each. */
static int gather_region(struct heating *heating, uint32_t at, uint32_t stride, uint64_t *flags)
{
	uint64_t *words = heating->words;
	ssize_t got = kernel_pagemap(heating->opened, heating->heat->items[at].start, heating->pages, words);
	size_t i, n, k;
	ssize_t told;

	for (i = 0; got > 0 && i < (size_t)got; i += n) {
		n = 1;
		if (!(words[i] & PM_PRESENT) || !(words[i] & PM_PFN_MASK))
			continue;
		while (i + n < (size_t)got && words[i + n] & PM_PRESENT &&
		       (words[i + n] & PM_PFN_MASK) == (words[i] & PM_PFN_MASK) + n)
			n++;
		told = kernel_flags(heating->kernel, words[i] & PM_PFN_MASK, n, flags);
		if (told < 0)
			return (int)told;
		for (k = 0; k < (size_t)told; k++)
			/* Of a large folio all are taken, as one. */
			if ((i + k) % stride == at % stride ||
			    flags[k] & (UINT64_C(1) << KPF_HEAD | UINT64_C(1) << KPF_TAIL))
				add_frame(heating, at, (uint32_t)(i + k), (words[i] & PM_PFN_MASK) + k,
					  flags[k]);
	}
	return got < 0 ? (int)got : 0;
}

static int gather(struct heating *heating, const char **why, unsigned until)
{
	const struct capabilities *caps = &heating->kernel->caps;
	uint32_t stride;
	uint64_t *flags;
	size_t i;
	int err = 0;

	if (!capable(caps, CAP_PFN) || !capable(caps, CAP_KPAGEFLAGS)) {
		*why = caps->missing[capable(caps, CAP_PFN) ? CAP_KPAGEFLAGS : CAP_PFN];
		if (!*why)
			*why = "page frames and their flags are not shown here";
		return -ENODATA;
	}
	if (heating->gathered)
		return 0;
	heating->n_frames = 0;
	stride = stride_of(heating);
	flags = mem_alloc(heating->pages * sizeof(*flags));
	for (i = 0; i < heating->heat->n && !err; i++) {
		err = gather_region(heating, (uint32_t)i, stride, flags);
		if (!err)
			err = heat_go_on(heating, 0, until, i, heating->heat->n);
	}
	free(flags);
	heating->gathered = !err;
	return err;
}

static int by_pfn(const void *one, const void *other)
{
	const struct heat_frame *a = one, *b = other;

	return a->pfn != b->pfn	       ? (a->pfn < b->pfn ? -1 : 1)
	       : a->region < b->region ? -1
				       : a->region > b->region;
}

/* Frames come ascending: those whose words of the bitmap are in a row. Returns the index behind; *n is how many words. */
static size_t next_run(const struct heating *heating, size_t from, uint64_t *bits, size_t *n)
{
	const uint64_t first = heating->frames[from].pfn / BITS;
	uint64_t word = first;
	size_t i;

	memset(bits, 0, RUN_WORDS * sizeof(*bits));
	for (i = from; i < heating->n_frames; i++) {
		if (heating->frames[i].pfn / BITS > word + 1 ||
		    heating->frames[i].pfn / BITS - first >= RUN_WORDS)
			break;
		word = heating->frames[i].pfn / BITS;
		bits[word - first] |= UINT64_C(1) << heating->frames[i].pfn % BITS;
	}
	*n = (size_t)(word - first + 1);
	return i;
}

/* Flags of the frames of a run, as they are now; 0 where they cannot be had. */
static void read_flags(struct heating *heating, size_t from, size_t to)
{
	struct heat_frame *frames = heating->frames;
	uint64_t flags[BITS];
	size_t i, k;
	ssize_t got;

	for (i = from; i < to; i = k) {
		for (k = i + 1; k < to && frames[k].pfn - frames[i].pfn < BITS; k++)
			;
		got = kernel_flags(heating->kernel, frames[i].pfn,
				   (size_t)(frames[k - 1].pfn - frames[i].pfn) + 1, flags);
		for (size_t at = i; at < k; at++)
			frames[at].flags = got > (ssize_t)(frames[at].pfn - frames[i].pfn)
						   ? flags[frames[at].pfn - frames[i].pfn]
						   : 0;
	}
}

/*
 * Marks all frames idle. Those that are not on an LRU list (just born, isolated, of a page team) cannot be: the bit that
 * says so in kpageflags tells, and they are forgotten.
 */
static int mark(struct heating *heating)
{
	uint64_t bits[RUN_WORDS];
	size_t i, next, n, kept = 0;
	int err;

	for (i = 0; i < heating->n_frames; i = next) {
		next = next_run(heating, i, bits, &n);
		err = kernel_idle_mark(heating->kernel, heating->frames[i].pfn / BITS * BITS, n, bits);
		if (!err)
			err = heat_go_on(heating, 100, 300, next, heating->n_frames);
		if (err)
			return err;
		read_flags(heating, i, next);
		for (; i < next; i++)
			if (heating->frames[i].flags >> KPF_IDLE & 1)
				heating->frames[kept++] = heating->frames[i];
	}
	heating->n_frames = kept;
	return 0;
}

int heat_wait(struct heating *heating, unsigned from, unsigned to)
{
	const uint64_t window = heating->query->window_ns ? heating->query->window_ns : HEAT_WINDOW_NS;
	const uint64_t began = heating->clock->now();
	uint64_t past = 0;
	int err = 0;

	while (!err && past < window) {
		heating->clock->nap(window - past < NAP_NS ? window - past : NAP_NS);
		past = heating->clock->now() - began;
		err = heat_go_on(heating, from, to, past < window ? past : window, window);
	}
	heating->heat->window_ns = past;
	return err;
}

/*
 * Reading a frame's bit has the kernel look for accessed bits in every page table that maps it. Still marked and not said
 * to be idle: it was not on a list just then, and was not looked for. flags: 0 not known, 1 used, 2 idle.
 */
static int look(struct heating *heating)
{
	uint64_t bits[RUN_WORDS];
	struct heat_frame *frame;
	size_t i, next, n;
	uint64_t first;
	ssize_t got;
	int err;

	for (i = 0; i < heating->n_frames; i = next) {
		first = heating->frames[i].pfn / BITS;
		next = next_run(heating, i, bits, &n);
		got = kernel_idle(heating->kernel, first * BITS, n, bits);
		if (got < 0)
			return (int)got;
		read_flags(heating, i, next);
		for (; i < next; i++) {
			frame = &heating->frames[i];
			if (frame->pfn / BITS - first >= (uint64_t)got || !frame->flags)
				frame->flags = 0;
			else if (bits[frame->pfn / BITS - first] >> frame->pfn % BITS & 1)
				frame->flags = 2;
			else
				frame->flags = !(frame->flags >> KPF_IDLE & 1);
		}
		err = heat_go_on(heating, 800, 950, next, heating->n_frames);
		if (err)
			return err;
	}
	return 0;
}

static int by_region(const void *one, const void *other)
{
	const struct heat_frame *a = one, *b = other;

	return a->region != b->region ? (a->region < b->region ? -1 : 1)
	       : a->page < b->page    ? -1
				      : a->page > b->page;
}

static void count(struct heat_region *item, const struct heat_frame *frame, bool used)
{
	item->of++;
	item->pages += frame->pages;
	item->used += used;
}

/* What was told counts if the same frame is still there: else it was told of another one, or of nobody's memory. */
static int count_idle(struct heating *heating)
{
	struct heat *heat = heating->heat;
	const struct heat_frame *frame;
	uint32_t region = UINT32_MAX;
	ssize_t got = 0;
	uint64_t word;
	size_t i;

	qsort(heating->frames, heating->n_frames, sizeof(*heating->frames), by_region);
	for (i = 0; i < heating->n_frames; i++) {
		frame = &heating->frames[i];
		if (frame->region != region) {
			region = frame->region;
			got = kernel_pagemap(heating->opened, heat->items[region].start, heating->pages,
					     heating->words);
			if (got < 0)
				return (int)got;
		}
		word = frame->page < (size_t)got ? heating->words[frame->page] : 0;
		if (frame->flags && word & PM_PRESENT && (word & PM_PFN_MASK) == frame->pfn + frame->behind)
			count(&heat->items[region], frame, frame->flags == 1);
	}
	return heat_go_on(heating, 950, 1000, 1, 1);
}

/* Why the file could not be opened or read. */
static const char *no_idle(ssize_t err)
{
	switch (-err) {
	case EACCES:
		return "idle page tracking is for root alone, and with --read-only for nobody: its file "
		       "would "
		       "be written to";
	case EROFS:
		return "idle page tracking marks pages by writing to a file below /sys, which is mounted "
		       "read-only here";
	case ENOENT:
		return "this kernel was built without idle page tracking (CONFIG_IDLE_PAGE_TRACKING)";
	case ENOTSUP:
		return "this source cannot mark pages idle";
	}
	return "the file of idle page tracking (/sys/kernel/mm/page_idle/bitmap) cannot be read";
}

int heat_by_idle(struct heating *heating, const char **why)
{
	uint64_t word;
	ssize_t got = kernel_idle(heating->kernel, 0, 1, &word);
	int err;

	if (got < 0) {
		*why = no_idle(got);
		return -ENODATA;
	}
	err = gather(heating, why, 100);
	if (err)
		return err;
	qsort(heating->frames, heating->n_frames, sizeof(*heating->frames), by_pfn);
	err = mark(heating);
	if (!err && !heating->n_frames) {
		*why = "no page of the process is on an LRU list, which marking takes";
		heating->gathered = false;
		return -ENODATA;
	}
	if (!err)
		err = heat_wait(heating, 300, 800);
	if (!err)
		err = look(heating);
	return err ? err : count_idle(heating);
}

/*
 * The multi-gen LRU notes use as a generation, in bits that kpageflags does not give, and clears REFERENCED where it does
 * (mm/vmscan.c folio_update_gen). 1 or 0; or that it cannot be told.
 */
static int multi_gen(struct kernel *kernel)
{
	struct buf text = {0};
	int err = kernel_text(kernel, "sys/kernel/mm/lru_gen/enabled", &text);

	if (!err)
		err = (int)(strtoul(text.data, NULL, 16) & 1);
	buf_fini(&text);
	return err == -ENOENT ? 0 : err;
}

int heat_by_lru(struct heating *heating, const char **why)
{
	const int generations = multi_gen(heating->kernel);
	struct heat_frame *frame;
	bool any = false;
	size_t i;
	int err;

	if (generations) {
		*why = generations > 0
			       ? "the multi-gen LRU (lru_gen) keeps generations instead, which are not shown "
				 "of a page"
			       : "whether the multi-gen LRU is on could not be read (lru_gen/enabled)";
		return -ENODATA;
	}
	err = gather(heating, why, 1000);
	if (err)
		return err;
	for (i = 0; i < heating->n_frames; i++) {
		frame = &heating->frames[i];
		if (!(frame->flags >> KPF_LRU & 1))
			continue;
		count(&heating->heat->items[frame->region], frame,
		      (frame->flags >> KPF_REFERENCED | frame->flags >> KPF_ACTIVE) & 1);
		any |= (frame->flags >> KPF_REFERENCED | frame->flags >> KPF_ACTIVE) & 1;
	}
	if (any)
		return 0;
	*why = "the LRU has noted no use of any page yet: reclaim had no reason to look";
	return -ENODATA;
}
