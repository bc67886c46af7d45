/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event in words. Pure; texts are written into the caller's buffer, and may hold anything: they go through cells.h. */
#ifndef UI_EVENT_TEXT_H
#define UI_EVENT_TEXT_H

#include "core/buf.h"
#include "core/order.h"

/* What became of it, in a few words: "succeeded  pte → pmd", "refused", "Invalid argument", "child 4243". */
void event_outcome(const struct occurrence *happened, struct buf *text);

/* All of it in one sentence, for the bottom line. */
void event_sentence(const struct occurrence *happened, struct buf *text);

/* What was asked, of whom, how, and what the call said; then what it means. */
void event_deed(const struct occurrence *happened, const char *comm, struct buf *text);
void event_meaning(const struct occurrence *happened, struct buf *text);

/* The counters that moved; "" if none did. */
void event_counters(const struct event *event, struct buf *text);

/* A region before and after: "pte thp 0/1/512 → pmd thp 1/1/1". */
void event_change(const struct event_effect *effect, struct buf *text);

/* Whether anything of a region that is shown changed. */
bool event_changed(const struct event_effect *effect);

/* "08:41:07" by the machine's clock; "?" if it is not known. */
#define EVENT_TIME_COLS 8
void event_time(const struct event *event, char text[EVENT_TIME_COLS + 1]);

#endif
