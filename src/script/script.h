/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The script language, thpscope-script(7): text to actions. Pure and bounded. */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/action.h"
#include "core/buf.h"

/* More than this is no script: bytes in all, bytes a line, words a line. */
#define SCRIPT_MAX_BYTES ((size_t)1 << 20)
#define SCRIPT_MAX_LINE ((size_t)4096)
#define SCRIPT_MAX_WORDS ((size_t)64)

/* The first mistake: what was expected and what was found, in one line without a newline. */
struct script_error {
	int line; /* from 1 */
	char text[256];
};

/*
 * Parses a whole script. Besides the form of each line it checks that areas and processes exist where they are
 * used. `name` is for messages and is copied. On success *script is the caller's, to be freed with script_free.
 * -EINVAL with *error filled for a mistake; *script is then NULL.
 */
int script_parse(const char *text, size_t len, const char *name, struct script **script,
		 struct script_error *error);

/*
 * One line as the first step of a script that is told step by step: its form is checked, the names in it are
 * not. *script holds one action, or none for an empty line or a comment.
 */
int script_parse_line(const char *text, size_t len, struct script **script, struct script_error *error);

/* NULL is fine. */
void script_free(struct script *script);

/* What its `title` says, or NULL. Lives as long as the script. */
const char *script_title(const struct script *script);

/*
 * Whether the script may run on a source: "real", "lab", "lab:team" (a running kernel that has page teams) or "model:GEN".
 * A script without an `on` line runs on all; `on model` means every generation, `on real` every running kernel.
 */
bool script_runs_on(const struct script *script, const char *source);

/* Appends the sources that its `on` line names, or "all". */
void script_add_sources(const struct script *script, const char *between, struct buf *out);

/* The order of a huge page of the model that it is for; 0: it does not say. */
unsigned script_order(const struct script *script);

/* The n-th rule, from 0 on, that its model's kernel is to lack; NULL behind the last one. Lives as long as the script. */
const char *script_without(const struct script *script, size_t n);

#endif
