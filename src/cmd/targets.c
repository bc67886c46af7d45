/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes are meant: PIDs, and names by exact comm. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/mem.h"
#include "core/parse.h"

void targets_add_name(struct targets *targets, const char *name)
{
	mem_grow(&targets->names, &targets->names_room, targets->n_names + 1, sizeof(*targets->names));
	targets->names[targets->n_names++] = name;
}

static void add_pid(struct targets *targets, pid_t pid)
{
	size_t i;

	for (i = 0; i < targets->n_pids; i++)
		if (targets->pids[i] == pid)
			return;
	mem_grow(&targets->pids, &targets->pids_room, targets->n_pids + 1, sizeof(*targets->pids));
	targets->pids[targets->n_pids++] = pid;
}

bool targets_add(struct targets *targets, const char *argument)
{
	size_t digits = strspn(argument, "0123456789");
	uint64_t pid;

	if (!digits || argument[digits]) {
		targets_add_name(targets, argument);
		return true;
	}
	if (!parse_number(argument, &pid) || !pid || pid > INT32_MAX)
		return false;
	add_pid(targets, (pid_t)pid);
	return true;
}

static int no_such_name(const char *name)
{
	struct buf verbs = {0};

	cmd_list_verbs(&verbs);
	cmd_error(EXIT_NOTHING,
		  "no process is called '%s' (and no verb: %s): names are compared with the whole comm, "
		  "which 'snapshot --all' of the same source lists",
		  name, verbs.data);
	buf_fini(&verbs);
	return EXIT_NOTHING;
}

int targets_resolve(struct targets *targets, struct source *source)
{
	bool *found = mem_alloc(targets->n_names * sizeof(*found));
	struct listed *list = NULL;
	struct arena arena = {0};
	size_t i, k, n = 0;
	int err, code = 0;

	if (targets->n_names) {
		err = source_list(source, &arena, &list, &n);
		if (err)
			code = cmd_no_list(source, err);
	}
	for (i = 0; i < n; i++) {
		for (k = 0; k < targets->n_names; k++) {
			if (strcmp(list[i].comm, targets->names[k]))
				continue;
			found[k] = true;
			add_pid(targets, list[i].pid);
		}
	}
	for (k = 0; k < targets->n_names && !code; k++)
		if (!found[k])
			code = no_such_name(targets->names[k]);
	arena_fini(&arena);
	free(found);
	return code;
}

int targets_one(struct targets *targets, const struct cmd *cmd, struct source *source, pid_t *pid)
{
	struct buf list = {0};
	int code = targets_resolve(targets, source);
	size_t i;

	if (code)
		return code;
	if (targets->n_pids == 1) {
		*pid = targets->pids[0];
		return 0;
	}
	for (i = 0; i < targets->n_pids; i++)
		buf_printf(&list, "%s%d", i ? ", " : "", (int)targets->pids[i]);
	code = targets->n_pids
		       ? cmd_usage(cmd, "%zu processes are meant, %s: name one", targets->n_pids, list.data)
		       : cmd_usage(cmd, "which process? A PID or a name");
	buf_fini(&list);
	return code;
}

void targets_fini(struct targets *targets)
{
	free(targets->names);
	free(targets->pids);
	memset(targets, 0, sizeof(*targets));
}
