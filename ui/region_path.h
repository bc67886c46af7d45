/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk in words: as a table, or on one line. */
#ifndef UI_REGION_PATH_H
#define UI_REGION_PATH_H

#include "ui/facts.h"
#include "ui/region_subject.h"
#include "ui/region_walk.h"

/* A row for each level that leads to the subpage under the cursor. */
void region_path_table(struct facts *facts, const struct subject *subject);

/*
 * The entry that the walk ends at with its bits, in the kernel's words, where it is shown: a sentence of
 * that rank, or in brief one row.
 */
void region_path_bits(struct facts *facts, unsigned rank, const struct subject *subject, bool brief);

/* "PGD 254 → PUD 361 → PMD 8 → PTE 2 → page", in at most `cols` columns, with less where that is too long. */
void region_path_line(const struct subject *subject, int cols, char *text, size_t size);

/* What the page tables cost, of the process and here. */
void region_path_cost(struct facts *facts, const struct subject *subject);

#endif
