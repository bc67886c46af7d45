/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: a line being parsed, and the parts of the grammar that lines share. */
#ifndef SCRIPT_PARSER_H
#define SCRIPT_PARSER_H

#include "script/words.h"

struct parser {
	struct arena *arena;
	struct script_error *error;
	struct words words;
	size_t at; /* the next word */
	bool task; /* what follows is a task's: only what a kernel does */
};

/* Writes the sentence of a mistake; always -EINVAL. */
int parser_fail(struct parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next word without taking it; NULL at the end. A string is no word. */
const char *parser_peek(const struct parser *parser);

/* For messages: the next word in quotes, or "the end of the line". Valid until the next call. */
const char *parser_found(const struct parser *parser);

/* Takes the next word if it is this one; the second form insists. */
bool parser_take(struct parser *parser, const char *word);
int parser_expect(struct parser *parser, const char *word);

/* Fails if there are words left. */
int parser_end(struct parser *parser);

/* "unknown WHAT 'x'; did you mean 'y'?", or the list of all that there are. */
int parser_unknown(struct parser *parser, const char *what, const char *word,
		   const char *(*candidate)(const void *data, size_t i), const void *data);

/* One piece each; `what` says in a message what was expected. */
int parser_name(struct parser *parser, const char *what, char name[NAME_MAX_LEN + 1]);
int parser_name_in(struct parser *parser, const char *what, const char *text, size_t len,
		   char name[NAME_MAX_LEN + 1]); /* a part of the next word, which is not taken */
int parser_size(struct parser *parser, const char *what, uint64_t *bytes);
int parser_time(struct parser *parser, uint64_t *ns);
int parser_string(struct parser *parser, const char *what, const char **text);
int parser_byte(struct parser *parser, uint8_t *value); /* 0 to 255 */

/* All plain words that are left, as action->list; there may be none. */
int parser_list(struct parser *parser, struct action *action);

/* The place of a word behind the next one, or the number of words. */
size_t parser_find(const struct parser *parser, const char *word);

/* [PROCESS] AREA[INDEX]+OFFSET [LEN], up to word `end` of the line (exclusive). */
int parser_target(struct parser *parser, size_t end, struct target *target);

/* A whole line from its first word on: its kind, line, text and arguments (verbs.c). */
int parser_action(struct parser *parser, struct action *action);

/* SUBJECT FIELD OP VALUE or FIGURE OP VALUE to the end of the line; FIGURE OP VALUE (expectation.c). */
int parser_expectation(struct parser *parser, struct action *action);
int parser_requirement(struct parser *parser, struct action *action);

/* Checks the order of names over a whole script (check.c). */
int script_check(const struct script *script, struct script_error *error);

#endif
