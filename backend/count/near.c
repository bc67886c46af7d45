/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names nearest to one that is none. */
#include "count/near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* How many insertions, removals and exchanges of characters lead from one to the other. */
static unsigned edits(const char *one, const char *other)
{
	unsigned row[NEAR_LEN + 1], diagonal, above, best;
	const size_t n = strlen(other);
	size_t i, k;

	for (k = 0; k <= n; k++)
		row[k] = (unsigned)k;
	for (i = 0; one[i]; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (k = 0; k < n; k++) {
			above = row[k + 1];
			best = diagonal +
			       (tolower((unsigned char)one[i]) != tolower((unsigned char)other[k]));
			best = row[k] + 1 < best ? row[k] + 1 : best;
			row[k + 1] = above + 1 < best ? above + 1 : best;
			diagonal = above;
		}
	}
	return row[n];
}

void near_offer(struct near *near, const char *name)
{
	const size_t len = strlen(name);
	unsigned distance;
	size_t at;

	if (len >= NEAR_LEN || strlen(near->to) >= NEAR_LEN)
		return;
	distance = edits(near->to, name);
	/* What has hardly a character in common is no help; the beginning of a longer name is. */
	if (distance > (len > strlen(near->to) ? len : strlen(near->to)) / 2 &&
	    strncasecmp(near->to, name, strlen(near->to)))
		return;
	for (at = 0; at < near->n && near->distance[at] <= distance; at++)
		if (!strcasecmp(near->name[at], name))
			return;
	if (at == NEAR_MOST)
		return;
	near->n += near->n < NEAR_MOST;
	memmove(&near->distance[at + 1], &near->distance[at], (near->n - at - 1) * sizeof(near->distance[0]));
	memmove(&near->name[at + 1], &near->name[at], (near->n - at - 1) * sizeof(near->name[0]));
	near->distance[at] = distance;
	memcpy(near->name[at], name, len + 1);
}

void near_say(const struct near *near, char *sentence, size_t size)
{
	size_t i, len = strlen(sentence);

	for (i = 0; i < near->n && len < size; i++)
		len += (size_t)snprintf(sentence + len, size - len, "%s%s",
					i	      ? ", "
					: near->n > 1 ? "; nearest are "
						      : "; nearest is ",
					near->name[i]);
}
