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

/* So many are named. */
#define NAMED 4

/* The file of its command, without a folder: what the list of processes shows, and what it may have renamed itself from. */
static bool runs(const struct listed *process, const char *name)
{
	const size_t len = strcspn(process->command, " "), n = strlen(name);
	const char *slash = memrchr(process->command, '/', len);
	const char *base = slash ? slash + 1 : process->command;

	return n && (size_t)(process->command + len - base) == n && !memcmp(base, name, n);
}

/* "process 7188 (comm 'MainThread')", for who runs what is called so. */
static void list_runners(const struct listed *list, size_t n, const char *name, struct buf *out)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++) {
		if (!runs(&list[i], name) || found++ >= NAMED)
			continue;
		buf_printf(out, "%s%d (comm '%s')", found > 1 ? ", " : "process ", (int)list[i].pid,
			   list[i].comm);
	}
	if (found > NAMED)
		buf_printf(out, " and %zu more", found - NAMED);
	if (found)
		buf_puts(out, found > 1 ? " run it" : " runs it");
}

/* perhaps_verb: it stands where one could. */
static int no_such_name(const char *name, bool perhaps_verb, const struct listed *list, size_t n)
{
	const char *verb = perhaps_verb ? cmd_closest_verb(name) : NULL;
	struct buf hint = {0}, runners = {0};

	list_runners(list, n, name, &runners);
	if (verb) {
		buf_printf(&hint, ", and no verb; did you mean 'thpscope %s'? Else", verb);
	} else if (perhaps_verb) {
		buf_puts(&hint, " (and no verb: ");
		cmd_list_verbs(&hint);
		buf_puts(&hint, "):");
	} else {
		buf_puts(&hint, ":");
	}
	if (runners.len)
		cmd_error(EXIT_NOTHING,
			  "no process is called '%s': names are compared with the whole comm; %s", name,
			  runners.data);
	else
		cmd_error(EXIT_NOTHING,
			  "no process is called '%s'%s names are compared with the whole comm, which "
			  "'snapshot --all' of the same source lists",
			  name, hint.data);
	buf_fini(&hint);
	buf_fini(&runners);
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
			code = no_such_name(targets->names[k], targets->names[k] == targets->no_verb, list,
					    n);
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
