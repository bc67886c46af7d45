/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A schedule that breaks something, told with fewer changes of the task. */
#include "model/explore_parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* So many steps are made for it at most, which takes seconds: a long path keeps some of its changes. */
#define SMOOTH_STEPS 200000

/* Where the steps of one task begin that follow each other, and behind the last of them. */
static size_t run_end(const uint32_t *path, size_t n, size_t from)
{
	size_t at = from + 1;

	while (at < n && path[at] == path[from])
		at++;
	return at;
}

static size_t changes(const uint32_t *path, size_t n)
{
	size_t found = 0;

	for (size_t at = 1; at < n; at++)
		found += path[at] != path[at - 1];
	return found;
}

/* Steps [from, to) go before step `before`. */
static void move(const uint32_t *path, size_t n, size_t before, size_t from, size_t to, uint32_t *moved)
{
	memcpy(moved, path, before * sizeof(*path));
	memcpy(moved + before, path + from, (to - from) * sizeof(*path));
	memcpy(moved + before + (to - from), path + before, (from - before) * sizeof(*path));
	memcpy(moved + to, path + to, (n - to) * sizeof(*path));
}

/* One move that leaves fewer changes and the same violation; false: there is none. */
static bool smooth_once(const struct world *root, uint32_t *path, size_t n,
			const struct explore_options *options, struct violation *violation, uint32_t *moved,
			size_t *left)
{
	const size_t before = changes(path, n);

	for (size_t one = 0; one < n; one = run_end(path, n, one)) {
		for (size_t other = run_end(path, n, one); other < n; other = run_end(path, n, other)) {
			const size_t first = run_end(path, n, one), end = run_end(path, n, other);
			struct violation found;

			if (path[one] != path[other])
				continue;
			/* The later steps to the earlier ones, or the earlier ones (what lies between before them) to the later. */
			for (int back = 0; back < 2; back++) {
				if (back)
					move(path, n, one, first, other, moved);
				else
					move(path, n, first, other, end, moved);
				if (changes(moved, n) >= before)
					continue;
				if (*left < n)
					return false;
				*left -= n;
				if (!path_breaks(root, moved, n, options, &found) ||
				    strcmp(found.text, violation->text))
					continue;
				memcpy(path, moved, n * sizeof(*path));
				*violation = found;
				return true;
			}
		}
	}
	return false;
}

void path_smooth(const struct world *root, uint32_t *path, size_t n, const struct explore_options *options,
		 struct violation *violation)
{
	uint32_t *moved = mem_alloc((n + 1) * sizeof(*moved));
	size_t left = SMOOTH_STEPS;

	while (smooth_once(root, path, n, options, violation, moved, &left))
		;
	free(moved);
}
