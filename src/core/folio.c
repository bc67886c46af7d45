/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folio orders from few kpageflags reads. */
#include "core/folio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"

#define WINDOW 64	/* flags read ahead at once among small pages */
#define CLEARED 64	/* blocks remembered in a slot */
#define LONERS_READ 32	/* up to so many pages that stand alone in a slot are all looked at */
#define LONERS_SAMPLE 8 /* of more, so many */

static order_set orders_between(unsigned low, unsigned high)
{
	order_set set = 0;

	for (; low <= high; low++)
		set |= (order_set)1 << low;
	return set;
}

/* What a file says of one order. */
enum answer { NO_FILE, ZERO, NOT_ZERO, UNREADABLE };

static enum answer ask(struct kernel *kernel, unsigned order, const char *name)
{
	struct buf text = {0};
	uint64_t value = 1;
	char path[128];
	int err;

	snprintf(path, sizeof(path), "sys/kernel/mm/transparent_hugepage/hugepages-%llukB/%s",
		 (unsigned long long)(kernel->page_size << order >> 10), name);
	err = kernel_text(kernel, path, &text);
	if (!err && text.len)
		parse_u64(text.data, text.data + text.len, 10, &value);
	buf_fini(&text);
	if (err)
		return err == -ENOENT ? NO_FILE : UNREADABLE;
	return value ? NOT_ZERO : ZERO;
}

order_set folio_anon_orders(struct kernel *kernel)
{
	const order_set pmd = (order_set)1 << kernel->pmd_order;
	enum answer answer = ask(kernel, kernel->pmd_order, "stats/nr_anon");
	struct buf text = {0};
	order_set set = 0;
	unsigned order;
	int err;

	if (answer == ZERO || answer == NOT_ZERO) {
		set = answer == NOT_ZERO ? pmd : 0;
		for (order = 2; order < kernel->pmd_order; order++) {
			answer = ask(kernel, order, "stats/nr_anon");
			if (answer == NOT_ZERO || answer == UNREADABLE)
				set |= (order_set)1 << order;
		}
		return set;
	}
	if (answer == UNREADABLE || ask(kernel, kernel->pmd_order, "enabled") != NO_FILE)
		return orders_between(2, kernel->pmd_order);
	err = kernel_text(kernel, "sys/kernel/mm/transparent_hugepage/enabled", &text);
	buf_fini(&text);
	return err ? orders_between(1, kernel->pmd_order) : pmd;
}

/* One slot's search. */
struct search {
	const struct folio_query *query;
	const struct run *runs;
	size_t n_runs;
	uint64_t vpn;
	uint8_t *order;
	uint64_t *flags; /* NULL unless wanted */
	unsigned pmd_order;
	int error;
	bool unsure; /* a frame that would have told could not be read */
	/* The last folio found: its other pages need no reading. */
	uint64_t folio_head;
	unsigned folio_order; /* 0: none */
	bool folio_zero;      /* it is the huge zero page */
	uint64_t zero_pfn;    /* the zero page, once seen; else 0 */
	/* Blocks of the smallest order that exists in which a page was found that is no folio's: so none there is. */
	uint64_t cleared[CLEARED];
	/* A window of flags read ahead. */
	uint64_t window_pfn;
	size_t window_n;
	uint64_t window[WINDOW];
};

/* One page: where it is in the slot, its frame, and which orders its folio can have. */
struct place_in_slot {
	uint32_t at;
	uint64_t pfn;
	order_set orders;
};

static bool run_has_frames(const struct run *run)
{
	return run_present(run) && run->word & PM_PFN_MASK;
}

static struct place_in_slot place_at(const struct search *search, const struct run *run, uint32_t k)
{
	return (struct place_in_slot){
		run->first + k,
		(run->word + k) & PM_PFN_MASK,
		run->word & PM_FILE ? search->query->file : search->query->anon,
	};
}

/* A frame's flags, reading up to `ahead` with it; KPF_NOPAGE alone if they cannot be had. */
static uint64_t flags_of(struct search *search, uint64_t pfn, size_t ahead)
{
	ssize_t got;

	if (pfn - search->window_pfn < search->window_n)
		return search->window[pfn - search->window_pfn];
	if (ahead > WINDOW)
		ahead = WINDOW;
	got = kernel_flags(search->query->kernel, pfn, ahead, search->window);
	search->window_pfn = pfn;
	search->window_n = got > 0 ? (size_t)got : 0;
	if (got > 0)
		return search->window[0];
	if (!search->error)
		search->error = got ? (int)got : -ENODATA;
	return UINT64_C(1) << KPF_NOPAGE;
}

/* One frame's flags without moving the window. */
static uint64_t peek(struct search *search, uint64_t pfn)
{
	uint64_t word;
	ssize_t got;

	if (pfn - search->window_pfn < search->window_n)
		return search->window[pfn - search->window_pfn];
	got = kernel_flags(search->query->kernel, pfn, 1, &word);
	if (got == 1)
		return word;
	/* Behind the last frame there is none. One that could not be read may be a folio's. */
	if (got < 0) {
		search->unsure = true;
		search->error = search->error ? search->error : (int)got;
	}
	return UINT64_C(1) << KPF_NOPAGE;
}

static bool is(uint64_t flags, unsigned bit)
{
	return flags >> bit & 1;
}

/* Whether a compound page is longer than 2^order pages; its head is at `head`. */
static bool longer(struct search *search, uint64_t head, unsigned order)
{
	return !(head & ((UINT64_C(2) << order) - 1)) &&
	       is(peek(search, head + (UINT64_C(1) << order)), KPF_TAIL);
}

/* The order of the folio whose head is at pfn; 0 if that is no head (any more). */
static unsigned order_of_head(struct search *search, uint64_t head)
{
	unsigned order;
	uint64_t word;

	if (!is(peek(search, head), KPF_HEAD))
		return 0;
	for (order = search->pmd_order; order && !longer(search, head, order - 1); order--)
		;
	while (order >= search->pmd_order && order < ORDER_MAX && longer(search, head, order))
		order++;
	/* Flags are not atomic: a folio freed meanwhile no longer has its head. (The window is of before.) */
	if (kernel_flags(search->query->kernel, head, 1, &word) != 1)
		return 0;
	return is(word, KPF_HEAD) ? order : 0;
}

/* Finds the folio of a compound page; false if it fell apart while being looked at, or could not be read. */
static bool find_folio(struct search *search, uint64_t pfn, uint64_t flags)
{
	unsigned bits, order;
	uint64_t head;

	search->unsure = false;
	for (bits = is(flags, KPF_HEAD) ? 0 : 1; bits <= ORDER_MAX; bits++) {
		head = pfn >> bits << bits;
		if (bits && head == pfn)
			continue;
		order = order_of_head(search, head);
		if (search->unsure)
			return false;
		if (order && pfn - head < UINT64_C(1) << order) {
			search->folio_head = head;
			search->folio_order = order;
			search->folio_zero = is(flags, KPF_ZERO);
			return true;
		}
		if (!bits)
			return false;
	}
	return false;
}

/* Whether a page lies in the folio that was found last. */
static bool in_last_folio(const struct search *search, uint64_t pfn)
{
	return search->folio_order && pfn - search->folio_head < UINT64_C(1) << search->folio_order;
}

/*
 * What a page's own flags say: an order, or one of ORDER_*; where it is a folio's page, that folio is the last one
 * found.
 */
static uint8_t order_by_flags(struct search *search, uint64_t pfn, uint64_t flags)
{
	if (is(flags, KPF_NOPAGE))
		return ORDER_UNKNOWN;
	if (flags & search->query->kernel->kpf.team)
		return ORDER_TEAM;
	if (is(flags, KPF_HUGE))
		return ORDER_HUGETLB;
	if (is(flags, KPF_HEAD) || is(flags, KPF_TAIL)) {
		/* A compound page that is no folio of memory management: a driver's. */
		if (!is(flags, KPF_THP) || !find_folio(search, pfn, flags))
			return ORDER_UNKNOWN;
		return search->folio_zero ? ORDER_ZERO : (uint8_t)search->folio_order;
	}
	if (!is(flags, KPF_ZERO))
		return 0;
	search->zero_pfn = pfn;
	return ORDER_ZERO;
}

/* Of one page: its order, and in *span how many of the next `most` pages are told with it. */
static uint8_t look(struct search *search, struct place_in_slot page, uint32_t most, size_t ahead,
		    uint32_t *span)
{
	/* Of all orders where every page is read. */
	const unsigned smallest = page.orders ? (unsigned)__builtin_ctz(page.orders) : 0;
	/* Never 0, and another key for another size of block. */
	const uint64_t block = (page.pfn >> smallest << 5 | smallest) + 1;
	uint64_t *cleared = &search->cleared[(page.pfn >> smallest) % CLEARED], known = 1;
	uint8_t order;

	*span = 1;
	if (search->zero_pfn && page.pfn == search->zero_pfn)
		return ORDER_ZERO;
	if (*cleared == block && !search->query->exact && !search->flags)
		order = 0;
	else if (in_last_folio(search, page.pfn))
		order = search->folio_zero ? ORDER_ZERO : (uint8_t)search->folio_order;
	else
		order = order_by_flags(search, page.pfn,
				       search->flags ? search->flags[page.at]
						     : flags_of(search, page.pfn, ahead));
	if (in_last_folio(search, page.pfn)) {
		known = search->folio_head + (UINT64_C(1) << search->folio_order) - page.pfn;
	} else if (!order && !search->query->kernel->kpf.team) {
		/* (A team's pages are no folio: with teams, being none says nothing of the neighbours.) */
		known = (UINT64_C(1) << smallest) - (page.pfn & ((UINT64_C(1) << smallest) - 1));
		*cleared = block;
	}
	*span = known < most ? (uint32_t)known : most;
	return order;
}

static void look_at_run(struct search *search, const struct run *run)
{
	uint32_t k, span;
	size_t ahead = 1;
	uint8_t order;

	for (k = 0; k < run->n; k += span) {
		order = look(search, place_at(search, run, k), run->n - k,
			     ahead > run->n - k ? run->n - k : ahead, &span);
		memset(search->order + run->first + k, order, span);
		/* Pages that say little of their neighbours are read in bulk. */
		ahead = (!order || order == ORDER_UNKNOWN) && span < 16 ? WINDOW : 1;
	}
}

/* Aligned as part of a folio of the smallest order that exists would be. */
static bool aligned(const struct search *search, struct place_in_slot page)
{
	return !((page.pfn ^ (search->vpn + page.at)) & ((UINT64_C(1) << __builtin_ctz(page.orders)) - 1));
}

/*
 * Which distances between frame and address occur once in a slot, and which more often; hashed, so that
 * "more often" may be wrong for one in a hundred.
 */
#define DISTANCE_BITS 16
struct distances {
	uint64_t once[(1 << DISTANCE_BITS) / 64];
	uint64_t again[(1 << DISTANCE_BITS) / 64];
};

static unsigned distance_hash(struct place_in_slot page)
{
	return (unsigned)((page.pfn - page.at) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - DISTANCE_BITS));
}

static void distances_count(struct distances *distances, const struct search *search)
{
	unsigned hash;
	size_t i;

	memset(distances, 0, sizeof(*distances));
	for (i = 0; i < search->n_runs; i++) {
		if (!run_has_frames(&search->runs[i]))
			continue;
		hash = distance_hash(place_at(search, &search->runs[i], 0));
		distances->again[hash / 64] |= distances->once[hash / 64] & UINT64_C(1) << hash % 64;
		distances->once[hash / 64] |= UINT64_C(1) << hash % 64;
	}
}

static bool has_company(const struct distances *distances, struct place_in_slot page)
{
	unsigned hash = distance_hash(page);

	return distances->again[hash / 64] >> hash % 64 & 1;
}

static bool is_loner(const struct run *run)
{
	return run_has_frames(run) && run->n == 1;
}

/*
 * Many pages that stand alone: looks at those that could be part of a folio because they are aligned or have
 * company (another page at the same distance), at a file's (the page cache has large folios everywhere, of which
 * copy-on-write leaves single pages), at those that are the same frame as the one before (the zero page), and at a
 * sample of the rest; at all of them if the sample finds a folio.
 */
static void look_at_loners(struct search *search, size_t loners)
{
	size_t i, others = 0, step = loners / LONERS_SAMPLE;
	struct distances distances;
	uint64_t before = 0;
	bool all = false;
	uint32_t span;
	uint8_t order;

	distances_count(&distances, search);
	for (i = 0; i < search->n_runs; i++) {
		struct place_in_slot page = place_at(search, &search->runs[i], 0);

		if (!is_loner(&search->runs[i]) || search->order[page.at] != ORDER_UNKNOWN)
			continue;
		if (search->runs[i].word & PM_FILE || page.pfn == before || page.pfn == search->zero_pfn ||
		    aligned(search, page) || has_company(&distances, page) || others++ % step == 0) {
			order = search->order[page.at] = look(search, page, 1, 1, &span);
			all |= order && order != ORDER_ZERO;
		}
		before = page.pfn;
	}
	for (i = 0; i < search->n_runs; i++) {
		struct place_in_slot page = place_at(search, &search->runs[i], 0);

		if (is_loner(&search->runs[i]) && search->order[page.at] == ORDER_UNKNOWN)
			search->order[page.at] =
				all || page.pfn == search->zero_pfn ? look(search, page, 1, 1, &span) : 0;
	}
}

/* Reads every present page's flags, into the caller's array where that is wanted, and orders from them. */
static void look_at_all(struct search *search, const struct run *run)
{
	uint32_t k, span;
	ssize_t got;

	for (k = 0; search->flags && k < run->n; k += (uint32_t)got) {
		got = kernel_flags(search->query->kernel, place_at(search, run, k).pfn, run->n - k,
				   search->flags + run->first + k);
		if (got > 0)
			continue;
		search->error = got ? (int)got : -ENODATA;
		for (; k < run->n; k++)
			search->flags[run->first + k] = FOLIO_UNREAD;
		break;
	}
	for (k = 0; k < run->n; k++)
		search->order[run->first + k] = look(search, place_at(search, run, k), 1, run->n - k, &span);
}

int folio_orders(const struct folio_query *query, const struct run *runs, size_t n_runs, uint64_t vpn,
		 uint8_t *order, uint64_t *flags)
{
	struct search search = {
		.query = query,
		.runs = runs,
		.n_runs = n_runs,
		.vpn = vpn,
		.order = order,
		.flags = flags,
		.pmd_order = query->kernel->pmd_order,
	};
	bool all = query->exact || flags;
	size_t i, loners = 0;

	for (i = 0; i < n_runs; i++) {
		bool small = run_has_frames(&runs[i]) && !all && !place_at(&search, &runs[i], 0).orders;

		/* Where no larger folio exists at all, nothing needs to be looked at. */
		memset(order + runs[i].first, small ? 0 : ORDER_UNKNOWN, runs[i].n);
		loners += is_loner(&runs[i]) && !small;
	}
	if (loners > LONERS_READ && !all && !query->kernel->kpf.team)
		look_at_loners(&search, loners);
	for (i = 0; i < n_runs; i++) {
		if (!run_has_frames(&runs[i]) || order[runs[i].first] != ORDER_UNKNOWN)
			continue;
		if (all)
			look_at_all(&search, &runs[i]);
		else
			look_at_run(&search, &runs[i]);
	}
	return search.error;
}
