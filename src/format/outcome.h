/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a skipped line's "outcome". */
#ifndef FORMAT_OUTCOME_H
#define FORMAT_OUTCOME_H

#include "core/moment.h"

/* "gone", "no-memory"; never NULL. */
const char *outcome_name(enum outcome outcome);

/* The reverse; OUTCOME_COUNT for a word that is none. */
enum outcome outcome_named(const char *name);

#endif
