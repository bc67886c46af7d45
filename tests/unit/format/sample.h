/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments made by hand, for the tests of the formats. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "core/moment.h"
#include "core/sharers.h"
#include "format/sink.h"

#define SAMPLE_PMD UINT64_C(0x200000)
#define SAMPLE_PAGE UINT64_C(0x1000)

/* A process as people meet it: a heap of several kinds, a file, small VMAs, a reservation of 128 TiB. */
struct moment *sample_plain(void);

/*
 * Everything that can be said, and every value at its edge: all categories, all that may be unknown, names that
 * attack, 64-bit values, skipped processes, pages, smaps.
 */
struct moment *sample_all(void);

/* The moment as JSON Lines or as text. The caller frees buf_fini. */
struct buf sample_json(const struct moment *moment);

/* A golden file of this folder, with @VERSION@ replaced. Fails the test if it differs from text, showing text. */
void sample_golden(const char *name, const struct buf *text);

/* Sharers of every kind, with everything that can be said of a search. */
struct sharers sample_sharers(void);

#endif
