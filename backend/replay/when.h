/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A time that a user names, in a recording. */
#ifndef REPLAY_WHEN_H
#define REPLAY_WHEN_H

#include "replay/tape.h"

/* As replay_options.at has it: 0 and the moment; -EINVAL or -ENOENT with a sentence. */
int when_find(const struct tape *tape, const char *text, size_t *at, char *error, size_t size);

#endif
