/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which page was where before an operation (conform.h). Mapcounts are the same whether a write copied a page or used the one
 * that was there: only by the frame can one tell.
 */
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "core/mem.h"

/* The frames of an area, by its place among the model's. */
struct past {
	char process[NAME_MAX_LEN + 1], area[NAME_MAX_LEN + 1];
	uint64_t *mine, *its; /* by page; 0: none */
	size_t n, mine_room, its_room;
};

static struct past *pasts;
static size_t n_pasts, room;

void past_forget(void)
{
	for (size_t at = 0; at < n_pasts; at++)
		pasts[at].n = 0;
}

/* That of an area; without frames if it is another one than was there before. */
static struct past *past_of(uint32_t area, const char *process, const char *name)
{
	struct past *past;

	if (area >= n_pasts) {
		mem_grow(&pasts, &room, area + 1, sizeof(*pasts));
		memset(pasts + n_pasts, 0, (area + 1 - n_pasts) * sizeof(*pasts));
		n_pasts = area + 1;
	}
	past = &pasts[area];
	if (strcmp(past->process, process) != 0 || strcmp(past->area, name) != 0)
		past->n = 0;
	snprintf(past->process, sizeof(past->process), "%s", process);
	snprintf(past->area, sizeof(past->area), "%s", name);
	return past;
}

bool past_same(uint32_t area, const char *process, const char *name, uint64_t page, uint64_t mine,
	       uint64_t its)
{
	struct past *past = past_of(area, process, name);
	bool same = true;

	if (page < past->n) {
		if (mine && past->mine[page])
			same = (mine == past->mine[page]) == (its == past->its[page]);
	} else {
		mem_grow(&past->mine, &past->mine_room, page + 1, sizeof(*past->mine));
		mem_grow(&past->its, &past->its_room, page + 1, sizeof(*past->its));
		memset(past->mine + past->n, 0, (page + 1 - past->n) * sizeof(*past->mine));
		memset(past->its + past->n, 0, (page + 1 - past->n) * sizeof(*past->its));
		past->n = page + 1;
	}
	past->mine[page] = mine;
	past->its[page] = its;
	return same;
}
