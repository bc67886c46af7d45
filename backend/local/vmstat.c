/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/vmstat counts. */
#include "local/vmstat.h"

#include <string.h>

#include "core/parse.h"
#include "core/system.h"

static size_t read_some(struct kernel *kernel, const char *prefix, struct arena *arena,
			const struct figure **figures)
{
	struct buf text = {0};
	size_t n = 0;

	*figures = NULL;
	if (!kernel_text(kernel, "proc/vmstat", &text))
		n = system_vmstat(text.data ? text.data : "", text.len, prefix, arena, figures);
	buf_fini(&text);
	return n;
}

size_t vmstat_read(struct kernel *kernel, struct arena *arena, const struct figure **figures)
{
	return read_some(kernel, "thp_", arena, figures);
}

static bool number_of(const struct figure *figures, size_t n, const char *name, uint64_t *value)
{
	const char *text = figure_value(figures, n, name);

	return text && parse_number(text, value);
}

size_t vmstat_deltas(const struct figure *then, size_t n_then, const struct figure *now, size_t n_now,
		     struct arena *arena, const struct event_delta **deltas)
{
	struct event_delta *found = arena_alloc(arena, n_now * sizeof(*found));
	uint64_t was, is;
	size_t i, n = 0;

	for (i = 0; i < n_now; i++)
		if (number_of(then, n_then, now[i].name, &was) && parse_number(now[i].value, &is) &&
		    was != is)
			found[n++] = (struct event_delta){arena_text(arena, now[i].name, strlen(now[i].name)),
							  (int64_t)(is - was)};
	*deltas = found;
	return n;
}

uint64_t vmstat_moves(struct kernel *kernel)
{
	static const char *const names[] = {"pgmigrate_success", "thp_collapse_alloc", "pswpout", "zswpout"};
	const struct figure *figures;
	struct arena arena = {0};
	size_t i, n = read_some(kernel, "", &arena, &figures);
	uint64_t value, sum = 1;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		sum += number_of(figures, n, names[i], &value) ? value : 0;
	if (!number_of(figures, n, "pgfault", &value)) /* every kernel with such counters has it */
		sum = 0;
	arena_fini(&arena);
	return sum;
}
