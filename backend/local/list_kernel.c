/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is, by the text files of any kernel, and what all ways of listing share. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/system.h"
#include "local/list.h"

static int read_stat(struct kernel *kernel, pid_t pid, struct stat_line *stat)
{
	struct buf text = {0};
	char path[32];
	int err;

	snprintf(path, sizeof(path), "proc/%d/stat", (int)pid);
	err = kernel_text(kernel, path, &text);
	if (!err)
		err = system_stat(text.data ? text.data : "", text.len, stat);
	buf_fini(&text);
	return err;
}

const char *list_exact_comm(struct kernel *kernel, pid_t pid, struct arena *arena)
{
	struct stat_line stat;

	return read_stat(kernel, pid, &stat) ? NULL : arena_text(arena, stat.comm, strlen(stat.comm));
}

bool list_own(int64_t uid)
{
	return !geteuid() || uid == (int64_t)geteuid();
}

const char *list_join(char *const *arguments, struct arena *arena)
{
	char text[LIST_COMMAND_MAX];
	size_t len = 0;

	if (!arguments || !*arguments || (!strcmp(*arguments, "-") && !arguments[1]))
		return "";
	for (; *arguments && len < sizeof(text) - 1; arguments++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "", *arguments);
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	while (len && text[len - 1] == ' ') /* as sudo and perl leave behind when they rename themselves */
		len--;
	return arena_text(arena, text, len);
}

int list_by_pid(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* Arguments end in NULs each; without one, what a process has put in their place (setproctitle). */
static const char *read_command(struct kernel *kernel, pid_t pid, struct arena *arena)
{
	struct buf text = {0};
	const char *result;
	char path[32];
	size_t i, len;

	snprintf(path, sizeof(path), "proc/%d/cmdline", (int)pid);
	if (kernel_text(kernel, path, &text))
		text.len = 0;
	len = text.len < LIST_COMMAND_MAX ? text.len : LIST_COMMAND_MAX - 1;
	for (i = 0; i < len; i++)
		if (!text.data[i] || text.data[i] == '\n')
			text.data[i] = ' ';
	while (len && text.data[len - 1] == ' ')
		len--;
	result = len ? arena_text(arena, text.data, len) : "";
	buf_fini(&text);
	return result;
}

/* The user names met so far: who knows them may have to ask a server. */
struct names {
	struct name {
		int64_t uid;
		const char *name;
	} * items;
	size_t n, room;
	struct arena *arena;
};

static const char *name_of(struct names *names, int64_t uid)
{
	const char *name = "";
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->items[i].uid == uid)
			return names->items[i].name;
	if (uid != UNKNOWN_COUNT)
		name = lister_user((uid_t)uid, names->arena);
	mem_grow(&names->items, &names->room, names->n + 1, sizeof(*names->items));
	names->items[names->n++] = (struct name){uid, name};
	return name;
}

static void read_status(struct kernel *kernel, struct listed *listed)
{
	struct buf text = {0};
	char path[32];
	uint64_t value;

	snprintf(path, sizeof(path), "proc/%d/status", (int)listed->pid);
	listed->uid = listed->rss_kb = UNKNOWN_COUNT;
	if (!kernel_text(kernel, path, &text) && text.data) {
		/* Real, effective, saved and of the filesystem (fs/proc/array.c). */
		if (system_status(text.data, text.len, "Uid", 1, &value))
			listed->uid = (int64_t)value;
		if (system_status(text.data, text.len, "VmRSS", 0, &value))
			listed->rss_kb = (int64_t)value;
		else if (system_status(text.data, text.len, "Pid", 0, &value))
			listed->rss_kb = 0; /* it has no memory, and so no such line */
	}
	buf_fini(&text);
}

/* False if it has gone or may not be seen. */
static bool list_one(struct kernel *kernel, pid_t pid, struct arena *arena, struct listed *listed)
{
	struct stat_line stat;

	if (read_stat(kernel, pid, &stat))
		return false;
	*listed = (struct listed){
		.pid = pid,
		.parent = (pid_t)stat.ppid,
		.start_time = stat.start_time,
		.comm = arena_text(arena, stat.comm, strlen(stat.comm)),
		.command = read_command(kernel, pid, arena),
		.user = "",
		.kernel_thread = stat.flags & PF_KTHREAD,
		.own = true,
	};
	read_status(kernel, listed);
	return true;
}

int list_kernel(struct kernel *kernel, bool names, struct arena *arena, struct listed **list, size_t *n)
{
	struct names met = {.arena = arena};
	size_t i, n_pids = 0;
	pid_t *pids = NULL;
	int err = kernel_pids(kernel, &pids, &n_pids);

	*n = 0;
	if (!err) {
		*list = arena_alloc(arena, n_pids * sizeof(**list));
		for (i = 0; i < n_pids; i++)
			*n += list_one(kernel, pids[i], arena, &(*list)[*n]);
		for (i = 0; names && i < *n; i++) {
			(*list)[i].user = name_of(&met, (*list)[i].uid);
			(*list)[i].own = list_own((*list)[i].uid);
		}
	}
	free(met.items);
	free(pids);
	return err;
}
