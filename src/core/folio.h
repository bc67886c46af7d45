/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folio orders from few kpageflags reads.
 *
 * Folios are naturally aligned, so a compound page of order >= k covers the whole 2^k-aligned block that it
 * lies in, and with HEAD at p the order is >= k iff p + 2^(k-1) is TAIL. If only certain orders exist, one
 * page that is neither HEAD nor TAIL clears its whole block of the smallest of them.
 *
 * A compound page is a folio of anonymous, shmem or file memory only with KPF_THP: a driver's (an AF_PACKET ring, say)
 * has HEAD and TAIL, but neither KPF_THP nor KPF_HUGE, and is ORDER_UNKNOWN. KPF_THP is on every page of
 * the folio, the tails too, whatever its order: fs/proc/page.c of 6.12 sets it by folio_test_large_rmappable(), which
 * page_rmappable_folio() grants to exactly those folios, and of the huge zero page; older ones (6.1) set it where the
 * head is on the LRU or anonymous, large file folios (5.18+) included. So there a file folio that is isolated from the
 * LRU at this moment (reclaim, migration) is unknown for that moment, which is the side to err on.
 */
#ifndef CORE_FOLIO_H
#define CORE_FOLIO_H

#include "core/classify.h"

/* A set of folio orders: bit k for order k; none: there are only single pages. */
typedef uint32_t order_set;

/*
 * The orders above 0 that anonymous folios have on this machine just now: those whose
 * hugepages-<N>kB/stats/nr_anon is not 0 (6.12+; include/linux/huge_mm.h MTHP_STAT_NR_ANON). Where the
 * kernel has no such counter, all orders it could have: PMD order alone before mTHP (no hugepages-*kB folders),
 * else 2 to PMD order (anonymous folios of order 1 do not exist, huge_mm.h THP_ORDERS_ALL_ANON). Only -ENOENT says
 * that there is no counter: an order whose counter cannot be read for another reason is one that could be.
 */
order_set folio_anon_orders(struct kernel *kernel);

/* How to look: `anon` and `file` say which orders can exist; exact reads every page. */
struct folio_query {
	struct kernel *kernel;
	order_set anon, file;
	bool exact;
};

/*
 * Finds the folio order of every present page of a slot, given as runs of pagemap words that carry PFNs, and
 * writes it to order[page]; ORDER_ZERO for the zero pages, huge or not; ORDER_UNKNOWN where flags could not be read or
 * say no kind of folio that there is a word for. Orders above PMD order are told up to ORDER_MAX. vpn is the address of page 0 divided by the
 * page size. If flags is not NULL, every present page's word is read into it. Returns 0, or the errno of a failed
 * read (then what was not read is ORDER_UNKNOWN, as is a page of a folio whose end could not be read, and its word
 * FOLIO_UNREAD, which no kernel says).
 *
 * Not exact only in this: of anonymous pages that stand alone (runs of one, no page in the slot with the same distance
 * between address and frame), that are not aligned as part of a PMD mapping would be, in a slot with more than 32 of
 * them, 8 are looked at, and the others only if one of those is part of a folio. So a single subpage of an
 * unaligned THP, or a single zero page, left among many small pages may be called small; `exact` looks at all.
 */
#define FOLIO_UNREAD UINT64_MAX
int folio_orders(const struct folio_query *query, const struct run *runs, size_t n_runs, uint64_t vpn,
		 uint8_t *order, uint64_t *flags);

#endif
