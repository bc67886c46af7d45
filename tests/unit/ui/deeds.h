/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up events, plans, reasons and sharers, for the tests of the views. */
#ifndef UI_DEEDS_H
#define UI_DEEDS_H

#include "core/job.h"
#include "core/order.h"

/* 2026-11-21 08:41:07 UTC: of the n-th event so many seconds later. */
#define DEED_WALL_NS INT64_C(1795250467000000000)

/* What came of a collapse of the demo's slot 8: whole, with who else maps it and counters. */
struct occurrence *deed_collapse(unsigned nth);

/* Of each kind one, cycling; some in processes that nobody watches, some refused, some with hostile names. */
struct occurrence *deed_any(unsigned nth);

/* So many events that could not be told; UNKNOWN_COUNT: nobody knows how many. */
struct occurrence *deed_lost(unsigned nth, int64_t missing);

/* Answers to what the screen asks: every second possible; all of a foreign process. */
struct plans *deed_plans(const struct trigger *triggers, size_t n, bool asks);

/* Answers to an inquiry: with n reasons or sharers, hostile ones among them; partial. */
struct answer *deed_why(const struct inquiry *inquiry, size_t n);
struct answer *deed_sharers(const struct inquiry *inquiry, size_t n, bool partial);
/* n regions from the demo's pte-mapped one on, by this way; of some nothing is known. */
struct answer *deed_hot(const struct inquiry *inquiry, size_t n, enum heat_by by);

#endif
