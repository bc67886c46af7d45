/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: how the runner has a source's tasks advance. */
#ifndef SCRIPT_TASKS_H
#define SCRIPT_TASKS_H

#include "core/source.h"

/*
 * Both: 0, or a negative errno with the reason in source->error; what the tasks did until then stays done.
 *
 * `schedule`, word by word; as source.h's advance.
 */
int tasks_schedule(struct source *source, const struct action *action);

/*
 * `finish`, which is action `at` of the script: round after round in the order named, or of those that the script began
 * before, while any can go on. -EDEADLK: those that are left wait.
 */
int tasks_finish(struct source *source, const struct script *script, size_t at);

#endif
