/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot: which processes; of --all and --cgroup each time anew. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cgroup.h"
#include "cmd/snapshot.h"
#include "core/mem.h"

static int list_all(struct source *source, pid_t **pids, size_t *n)
{
	struct listed *list = NULL;
	struct arena arena = {0};
	size_t i;
	int err = source_list(source, &arena, &list, n);

	*pids = mem_alloc(*n * sizeof(**pids));
	for (i = 0; !err && i < *n; i++)
		(*pids)[i] = list[i].pid;
	arena_fini(&arena);
	return err ? cmd_no_list(source, err) : 0;
}

static int list_cgroup(struct snapshot *snapshot, pid_t **pids, size_t *n)
{
	struct kernel *kernel;
	int code = cmd_open_kernel(&snapshot->source, &kernel), err;

	if (!code) {
		err = cgroup_members(kernel, snapshot->cgroup, pids, n);
		if (err == -ENODATA)
			code = cmd_error(EXIT_IMPOSSIBLE,
					 "of no process here it is known in which cgroup it is: its file "
					 "'cgroup' is missing");
		else if (err)
			code = cmd_error(cmd_code(err), "cannot list processes: %s", strerror(-err));
		kernel_close(kernel);
	}
	return code;
}

/* Both ascending, without what is twice. The caller frees. */
static pid_t *join(const struct who *who, const pid_t *more, size_t n_more, size_t *n)
{
	pid_t *all = mem_alloc((who->n_listed + n_more) * sizeof(*all)), next;
	size_t i = 0, k = 0;

	*n = 0;
	while (i < who->n_listed || k < n_more) {
		if (k == n_more || (i < who->n_listed && who->listed[i] <= more[k]))
			next = who->listed[i++];
		else
			next = more[k++];
		if (!*n || all[*n - 1] != next)
			all[(*n)++] = next;
	}
	return all;
}

/* Who was there the last time is looked at once more, so that its end is told. */
static int look_anew(struct snapshot *snapshot, struct source *source)
{
	struct who *who = &snapshot->who;
	pid_t *listed = NULL;
	size_t n = 0;
	int code = snapshot->cgroup ? list_cgroup(snapshot, &listed, &n) : list_all(source, &listed, &n);

	if (code) {
		free(listed);
		return code;
	}
	free(who->watched);
	who->watched = join(who, listed, n, &who->n_watched);
	free(who->listed);
	who->listed = listed;
	who->n_listed = n;
	if (who->n_watched || snapshot->every_ns)
		return 0;
	if (!snapshot->cgroup)
		return cmd_error(EXIT_NOTHING,
				 "there are no processes: a recorded tree has those in its proc");
	return cmd_error(EXIT_NOTHING,
			 "no process is in the cgroup %s or below it: /proc/PID/cgroup tells in which one is",
			 snapshot->cgroup);
}

int snapshot_who(struct snapshot *snapshot, struct source *source, struct watch *watch)
{
	struct targets *targets = &snapshot->targets;
	int code = snapshot_many(snapshot) ? look_anew(snapshot, source)
		   : targets->n_names	   ? targets_resolve(targets, source)
					   : 0;

	/* Whoever has the names is known from then on. */
	targets->n_names = 0;
	watch->pids = snapshot_many(snapshot) ? snapshot->who.watched : targets->pids;
	watch->n = snapshot_many(snapshot) ? snapshot->who.n_watched : targets->n_pids;
	return code;
}

void snapshot_who_fini(struct snapshot *snapshot)
{
	free(snapshot->who.listed);
	free(snapshot->who.watched);
	targets_fini(&snapshot->targets);
}
