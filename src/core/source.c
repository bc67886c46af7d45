/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The upper seam's calls: optional ones answer -ENOTSUP where a source has none. */
#include "core/source.h"

#include <errno.h>
#include <stdio.h>

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}

int source_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	return source->ops->list(source, arena, list, n);
}

struct moment *source_sample(struct source *source, const struct watch *watch)
{
	return source->ops->sample(source, watch);
}

struct moment *source_examine(struct source *source, pid_t pid, uint64_t addr)
{
	return source->ops->examine(source, pid, addr);
}

static int no_specimen(struct source *source)
{
	const char *why = source->caps.missing[CAP_SPECIMEN];

	snprintf(source->error, sizeof(source->error), "%s", why ? why : "this source has no specimen");
	return -ENOTSUP;
}

int source_spawn(struct source *source, pid_t *pid)
{
	return source->ops->spawn ? source->ops->spawn(source, pid) : no_specimen(source);
}

int source_act(struct source *source, const struct action *action)
{
	return source->ops->act ? source->ops->act(source, action) : no_specimen(source);
}

int source_locate(struct source *source, const struct target *target, struct place *place)
{
	return source->ops->locate ? source->ops->locate(source, target, place) : no_specimen(source);
}

int source_family(struct source *source, pid_t *pids, size_t room, size_t *n)
{
	return source->ops->family ? source->ops->family(source, pids, room, n) : no_specimen(source);
}
