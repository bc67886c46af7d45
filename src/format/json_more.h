/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of what only a delta stream says. */
#ifndef FORMAT_JSON_MORE_H
#define FORMAT_JSON_MORE_H

#include "core/vma.h"

/* "none", "hugepage", "nohugepage". The reverse: VMA_ADVICE_UNKNOWN for a word that is none. */
const char *json_advice_name(enum vma_advice advice);
enum vma_advice json_advice_named(const char *name);

#endif
