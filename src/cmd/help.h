/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verb's --help read back: which options it has, and what its words are. Pure. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of the text, not ended by a NUL. */
struct help_text {
	const char *at;
	size_t len;
};

/* One line of options and those that go on with it: "  --cow[=RULE]     what a write ...". */
struct help_option {
	struct help_text name;	   /* "--cow", "-o" */
	struct help_text argument; /* "RULE"; len 0: it takes none */
	bool attached;		   /* its argument stands behind a '=' alone, and may be left out */
	const char *about, *end;   /* what is said of it, over all its lines */
};

/* The next option of a text from *at on, which moves behind it; false: there is none. */
bool help_next_option(const char **at, struct help_option *option);

/* The option of that name in a text; false: it has none. */
bool help_find_option(const char *help, const char *name, size_t len, struct help_option *option);

/*
 * The words of the i-th line of its usage, without "thpscope", the verb, and options in brackets: "build", "KERNEL..." for
 * "usage: thpscope lab build [--source TARBALL] [KERNEL...]". Brackets are taken off. How many, HELP_WORDS at most; -1: there
 * is no such line.
 */
#define HELP_WORDS 8
int help_usage(const char *help, const char *verb, size_t i, struct help_text words[HELP_WORDS]);

/* The next of the values that are named in what is said of an option: "json", "text" for "text (the default) or json; else ...". */
bool help_next_value(const char **at, const char *end, struct help_text *value);

/* What a line of `help` says of "thpscope VERB": "write the facts ..."; len 0: nothing. */
struct help_text help_about(const char *help, const char *verb);

#endif
