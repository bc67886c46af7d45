/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: whether what a script expects or requires is so. */
#ifndef SCRIPT_EXPECT_H
#define SCRIPT_EXPECT_H

#include "core/source.h"
#include "script/measure.h"

/*
 * Looks at what an expect or wait action is about: memory by locate, sample, examine and value; a process, a task; the
 * machine, by the figures of a moment of `pid`. Unless it held, `found` (size bytes) says
 * what is there, or what is missing to know it. What is not known although the source has all that it takes has failed.
 */
enum verdict expect_look(struct source *source, pid_t pid, const struct action *action, char *found,
			 size_t size);

/* Its parts: of a process and of a task (expect_task.c). */
enum verdict expect_process(struct source *source, const struct action *action, char *found, size_t size);
enum verdict expect_task(struct source *source, const struct action *action, char *found, size_t size);

/* A require action, by the figures of a moment of `pid`. Unless it held, `found` says what is here. */
enum verdict expect_require(struct source *source, pid_t pid, const struct action *action, char *found,
			    size_t size);

#endif
