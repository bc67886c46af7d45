/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's words for the result of a collapse mean. */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include <stddef.h>

/*
 * One sentence for a person about a word of the huge_memory tracepoints ("exceed_none_pte"; the names are those of
 * include/trace/events/huge_memory.h, 4.5 to 6.18): what kept the kernel from mapping a huge page, or "" for a word that is
 * not known. Never NULL; static. No capital letter, no full stop.
 */
const char *verdict_text(const char *word);

/*
 * The same about the answer to a request (MADV_COLLAPSE), which heeds none of khugepaged's limits: "" also for a word that
 * leaves it to the facts what was in the way.
 */
const char *verdict_requested(const char *word);

/* The words that are known: the i-th, or NULL behind the last. Static. */
const char *verdict_word(size_t i);

#endif
