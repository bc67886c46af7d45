/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folio orders from few kpageflags reads. */
#include "core/folio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"

#define WINDOW 64	/* flags read ahead at once among small pages */
#define LONERS_READ 32	/* up to so many pages that stand alone in a slot are all looked at */
#define LONERS_SAMPLE 8 /* of more, so many */

static order_set orders_between(unsigned low, unsigned high)
{
	order_set set = 0;

	for (; low <= high; low++)
		set |= (order_set)1 << low;
	return set;
}

/* -1: no such file; else whether it says something other than 0. */
static int file_nonzero(struct kernel *kernel, unsigned order, const char *name)
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
	return err ? -1 : value != 0;
}

order_set folio_anon_orders(struct kernel *kernel)
{
	/* The PMD order is always looked for: a THP may be born after its counter was read. */
	order_set set = (order_set)1 << kernel->pmd_order;
	struct buf text = {0};
	unsigned order;
	int err;

	if (file_nonzero(kernel, kernel->pmd_order, "stats/nr_anon") >= 0) {
		for (order = 2; order < kernel->pmd_order; order++)
			if (file_nonzero(kernel, order, "stats/nr_anon") > 0)
				set |= (order_set)1 << order;
		return set;
	}
	if (file_nonzero(kernel, kernel->pmd_order, "enabled") >= 0)
		return orders_between(2, kernel->pmd_order);
	err = kernel_text(kernel, "sys/kernel/mm/transparent_hugepage/enabled", &text);
	buf_fini(&text);
	return err ? orders_between(1, kernel->pmd_order) : set;
}

/* One slot's search. */
struct search {
	const struct folio_query *query;
	const uint64_t *pagemap;
	size_t n;
	uint64_t vpn;
	uint8_t *order;
	uint64_t *flags; /* NULL unless wanted */
	unsigned pmd_order;
	int error;
	/* The last folio found: its other pages need no reading. */
	uint64_t folio_head;
	unsigned folio_order; /* 0: none */
	/* A window of flags read ahead. */
	uint64_t window_pfn;
	size_t window_n;
	uint64_t window[WINDOW];
};

static bool present_at(const struct search *search, size_t i)
{
	return search->pagemap[i] & PM_PRESENT && search->pagemap[i] & PM_PFN_MASK;
}

static uint64_t pfn_at(const struct search *search, size_t i)
{
	return search->pagemap[i] & PM_PFN_MASK;
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

	if (pfn - search->window_pfn < search->window_n)
		return search->window[pfn - search->window_pfn];
	return kernel_flags(search->query->kernel, pfn, 1, &word) == 1 ? word : UINT64_C(1) << KPF_NOPAGE;
}

static bool is(uint64_t flags, unsigned bit)
{
	return flags >> bit & 1;
}

/* The order of the folio whose head is at pfn; 0 if that is no head (any more). */
static unsigned order_of_head(struct search *search, uint64_t head)
{
	unsigned order;

	if (!is(peek(search, head), KPF_HEAD))
		return 0;
	for (order = search->pmd_order; order; order--)
		if (!(head & ((UINT64_C(1) << order) - 1)) &&
		    is(peek(search, head + (UINT64_C(1) << (order - 1))), KPF_TAIL))
			break;
	/* Flags are not atomic: a folio freed meanwhile no longer has its head. */
	return is(peek(search, head), KPF_HEAD) ? order : 0;
}

/* Finds the folio of a compound page; false if it fell apart while being looked at. */
static bool find_folio(struct search *search, uint64_t pfn, uint64_t flags)
{
	unsigned bits, order;
	uint64_t head;

	for (bits = is(flags, KPF_HEAD) ? 0 : 1; bits <= search->pmd_order; bits++) {
		head = pfn >> bits << bits;
		if (bits && head == pfn)
			continue;
		order = order_of_head(search, head);
		if (order && pfn - head < UINT64_C(1) << order) {
			search->folio_head = head;
			search->folio_order = order;
			return true;
		}
		if (!bits)
			return false;
	}
	return false;
}

static order_set orders_at(const struct search *search, size_t i)
{
	return search->pagemap[i] & PM_FILE ? search->query->file : search->query->anon;
}

/* Of one page: its order, and in *span how many pages from it on are told with it. */
static uint8_t look(struct search *search, size_t i, size_t run, size_t ahead, size_t *span)
{
	const int team_bit = search->query->kernel->kpf_team_bit;
	uint64_t pfn = pfn_at(search, i), flags, block;

	*span = 1;
	if (search->folio_order && pfn - search->folio_head < UINT64_C(1) << search->folio_order)
		goto in_folio;
	flags = search->flags ? search->flags[i] : flags_of(search, pfn, ahead);
	if (is(flags, KPF_NOPAGE))
		return ORDER_UNKNOWN;
	if (team_bit >= 0 && is(flags, (unsigned)team_bit))
		return ORDER_TEAM;
	if (is(flags, KPF_HUGE))
		return ORDER_HUGETLB;
	if (!is(flags, KPF_HEAD) && !is(flags, KPF_TAIL)) {
		/* A team's pages are no folio: being none says nothing about the neighbours. */
		if (team_bit < 0) {
			block = UINT64_C(1) << __builtin_ctz(orders_at(search, i));
			*span = (size_t)((pfn | (block - 1)) - pfn) + 1;
		}
		if (*span > run)
			*span = run;
		return 0;
	}
	if (!find_folio(search, pfn, flags))
		return ORDER_UNKNOWN;
in_folio:
	*span = (size_t)(search->folio_head + (UINT64_C(1) << search->folio_order) - pfn);
	if (*span > run)
		*span = run;
	return (uint8_t)search->folio_order;
}

/* Pages from i on with consecutive frames and the same kind of memory. */
static size_t run_from(const struct search *search, size_t i)
{
	size_t end = i + 1;

	while (end < search->n && present_at(search, end) &&
	       pfn_at(search, end) == pfn_at(search, i) + end - i &&
	       !((search->pagemap[end] ^ search->pagemap[i]) & PM_FILE))
		end++;
	return end - i;
}

static void look_at_run(struct search *search, size_t i, size_t run)
{
	size_t ahead = 1, span, end = i + run;
	uint8_t order;

	while (i < end) {
		order = look(search, i, end - i, ahead > end - i ? end - i : ahead, &span);
		memset(search->order + i, order, span);
		/* Small pages that say little of their neighbours are read in bulk. */
		ahead = !order && span < 16 ? WINDOW : 1;
		i += span;
	}
}

/* Aligned as part of a folio of the smallest order that exists would be. */
static bool aligned(const struct search *search, size_t i)
{
	uint64_t mask = (UINT64_C(1) << __builtin_ctz(orders_at(search, i))) - 1;

	return !((pfn_at(search, i) ^ (search->vpn + i)) & mask);
}

/* How often each distance between frame and address occurs in a slot. */
struct distances {
	unsigned bits;
	uint64_t key[2 << ORDER_MAX]; /* 0: free */
	uint16_t count[2 << ORDER_MAX];
};

static size_t distance_slot(const struct distances *distances, uint64_t key)
{
	size_t mask = ((size_t)1 << distances->bits) - 1;
	size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - distances->bits));

	while (distances->key[at] && distances->key[at] != key)
		at = (at + 1) & mask;
	return at;
}

/* Bit 63 keeps a distance of 0 apart from a free slot. */
static uint64_t distance_at(const struct search *search, size_t i)
{
	return (pfn_at(search, i) - i) | UINT64_C(1) << 63;
}

static void distances_count(struct distances *distances, const struct search *search)
{
	size_t i, at;

	distances->bits = 1;
	while ((size_t)1 << distances->bits < search->n * 2)
		distances->bits++;
	memset(distances->key, 0, sizeof(uint64_t) << distances->bits);
	memset(distances->count, 0, sizeof(uint16_t) << distances->bits);
	for (i = 0; i < search->n; i++) {
		if (!present_at(search, i))
			continue;
		at = distance_slot(distances, distance_at(search, i));
		distances->key[at] = distance_at(search, i);
		distances->count[at]++;
	}
}

/*
 * Many pages that stand alone: looks at those that could be part of a folio because they are aligned or have
 * company (another page at the same distance), and at a sample of the rest; at all of them if the sample finds
 * a folio.
 */
static void look_at_loners(struct search *search, size_t loners)
{
	size_t i, span, others = 0, step = loners / LONERS_SAMPLE;
	struct distances distances;
	bool all = false;

	distances_count(&distances, search);
	for (i = 0; i < search->n; i++) {
		if (!present_at(search, i) || search->order[i] != ORDER_UNKNOWN)
			continue;
		if (aligned(search, i) ||
		    distances.count[distance_slot(&distances, distance_at(search, i))] > 1 ||
		    others++ % step == 0) {
			search->order[i] = look(search, i, 1, 1, &span);
			all |= search->order[i] != 0;
		}
	}
	for (i = 0; i < search->n; i++)
		if (present_at(search, i) && search->order[i] == ORDER_UNKNOWN)
			search->order[i] = all ? look(search, i, 1, 1, &span) : 0;
}

/* Reads every present page's flags into the caller's array, and orders from them. */
static void look_at_all(struct search *search)
{
	size_t i, run, done, span;
	ssize_t got;

	for (i = 0; i < search->n; i += run) {
		run = 1;
		if (!present_at(search, i))
			continue;
		run = run_from(search, i);
		for (done = 0; search->flags && done < run; done += (size_t)got) {
			got = kernel_flags(search->query->kernel, pfn_at(search, i + done), run - done,
					   search->flags + i + done);
			if (got <= 0) {
				search->error = got ? (int)got : -ENODATA;
				memset(search->flags + i + done, 0, (run - done) * sizeof(*search->flags));
				break;
			}
		}
		for (done = 0; done < run; done += span)
			search->order[i + done] = look(search, i + done, 1, run - done, &span);
	}
}

int folio_orders(const struct folio_query *query, const uint64_t *pagemap, size_t n, uint64_t vpn,
		 uint8_t *order, uint64_t *flags)
{
	struct search search = {
		.query = query,
		.pagemap = pagemap,
		.n = n,
		.vpn = vpn,
		.order = order,
		.flags = flags,
		.pmd_order = query->kernel->pmd_order,
	};
	size_t i, run, loners = 0, many;

	memset(order, ORDER_UNKNOWN, n);
	if (query->exact || flags) {
		look_at_all(&search);
		return search.error;
	}
	for (i = 0; i < n; i += run) {
		run = 1;
		if (!present_at(&search, i))
			continue;
		run = run_from(&search, i);
		if (run > 1 || query->kernel->kpf_team_bit >= 0)
			look_at_run(&search, i, run);
		else
			loners++;
	}
	many = loners > LONERS_READ;
	if (many)
		look_at_loners(&search, loners);
	for (i = 0; i < n && loners && !many; i++)
		if (present_at(&search, i) && order[i] == ORDER_UNKNOWN)
			look_at_run(&search, i, 1);
	return search.error;
}
