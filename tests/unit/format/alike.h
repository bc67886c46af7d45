/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two moments, compared field by field without help from the code under test. */
#ifndef ALIKE_H
#define ALIKE_H

#include "core/moment.h"

/*
 * Fails the test, naming `what`, unless they are alike in everything but what belongs to the survey of the next live
 * sample. A text that is not known may be NULL or "".
 */
void assert_alike(const struct moment *one, const struct moment *other, const char *what);

#endif
