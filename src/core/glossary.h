/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the screen and of the lessons, in plain sentences. What holds for some kernels only says for which. */
#ifndef CORE_GLOSSARY_H
#define CORE_GLOSSARY_H

#include <stdbool.h>
#include <stddef.h>

struct glossary_term {
	const char *term;   /* as the kernel spells it, or the screen */
	const char *also;   /* other spellings, with '|' between; "" */
	const char *text;   /* one or two sentences */
	const char *more;   /* what else there is to know; "" */
	const char *where;  /* what it looks like here and where it stands; "" */
	const char *lesson; /* that teaches it; "" */
};

/* In the order in which they explain each other. */
extern const struct glossary_term glossary[];
extern const size_t glossary_n;

/* The term of this name or other spelling, whatever the case of its letters; NULL: there is none. */
const struct glossary_term *glossary_find(const char *word);

/* Whether a term stands in a text by any of its spellings, as whole words. */
bool glossary_stands(const struct glossary_term *term, const char *text);

/* Whether its name, spellings or sentences hold these letters, whatever their case. */
bool glossary_fits(const struct glossary_term *term, const char *letters);

#endif
