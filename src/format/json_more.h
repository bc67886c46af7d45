/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of what only a delta stream says. */
#ifndef FORMAT_JSON_MORE_H
#define FORMAT_JSON_MORE_H

#include "core/vma.h"

/* "none", "hugepage", "nohugepage"; VMA_ADVICE_UNKNOWN for another word. */
enum vma_advice json_advice_named(const char *name);

#endif
