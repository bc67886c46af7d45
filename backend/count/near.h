/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names nearest to one that is none. */
#ifndef COUNT_NEAR_H
#define COUNT_NEAR_H

#include <stddef.h>

#define NEAR_MOST 4
#define NEAR_LEN 64

/* Zero-initialise, but for `to`. */
struct near {
	const char *to;
	size_t n;
	unsigned distance[NEAR_MOST];
	char name[NEAR_MOST][NEAR_LEN]; /* nearest first */
};

/* Offers a name, which is kept if it is near; case does not matter. Longer ones than NEAR_LEN are passed over. */
void near_offer(struct near *near, const char *name);

/* Appends "; nearest are A, B" to a sentence of `size` bytes, or nothing. */
void near_say(const struct near *near, char *sentence, size_t size);

#endif
