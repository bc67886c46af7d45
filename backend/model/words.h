/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a generation calls a function or a step: the code of the model has the names of today. */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include "model/rules.h"

/* `name` as these rules' kernel has it: `name` itself, or a static text. */
const char *words_of(const struct rules *rules, const char *name);

#endif
