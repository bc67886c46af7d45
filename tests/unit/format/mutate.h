/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments that follow on one another by chance, from a seed. */
#ifndef MUTATE_H
#define MUTATE_H

#include "core/moment.h"

/*
 * What might come next: VMAs and regions changed, gone, added; processes that end, begin or become another; figures that
 * move, vanish or come. It lives in the memory of `moment`, which is changed.
 */
void mutate(struct moment *moment, uint64_t *seed);

#endif
