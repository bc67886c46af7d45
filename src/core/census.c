/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A census: a roster kept up by a source. */
#include "core/census.h"

int census_list(struct census *census, struct source *source)
{
	struct listed *list = NULL;
	struct arena arena = {0};
	size_t n = 0;

	census->error = source_list(source, &arena, &list, &n);
	if (!census->error)
		roster_list(&census->roster, list, n);
	arena_fini(&arena);
	return census->error;
}

bool census_survey(struct census *census, struct source *source, uint64_t now_ns)
{
	pid_t pids[CENSUS_BATCH];
	struct watch watch = {.pids = pids};
	struct moment *moment;
	bool surveyed;

	watch.n = roster_next(&census->roster, now_ns, pids, CENSUS_BATCH);
	if (!watch.n)
		return false;
	moment = source_sample(source, &watch);
	/* One that lost its far end tells nothing of anybody: what was known stays. */
	surveyed = !moment->lost;
	if (surveyed)
		roster_surveyed(&census->roster, moment, now_ns);
	moment_free(moment);
	return surveyed;
}

struct roster_view *census_view(const struct census *census, uint64_t now_ns)
{
	struct roster_view *view = roster_view(&census->roster, now_ns);

	view->error = census->error;
	return view;
}

void census_fini(struct census *census)
{
	roster_fini(&census->roster);
}
