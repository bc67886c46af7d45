/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: whether what a script expects or requires is so. */
#ifndef SCRIPT_EXPECT_H
#define SCRIPT_EXPECT_H

#include "core/source.h"

enum verdict {
	VERDICT_HELD,
	VERDICT_FAILED,
	VERDICT_UNKNOWN, /* this source cannot tell, and says why */
};

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

/* Compares numbers or words with a value that may have alternatives. False: value is no number. */
bool expect_number(uint64_t number, enum compare compare, const char *value);
bool expect_word(const char *word, enum compare compare, const char *value);

/* As expect_word, but a word that only begins with the value is it. */
bool expect_beginning(const char *word, enum compare compare, const char *value);

#endif
