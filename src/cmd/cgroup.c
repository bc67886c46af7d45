/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of a cgroup: each is asked in which it is, for that also a recorded tree can tell. */
#include "cmd/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/system.h"

#define MOUNT "/sys/fs/cgroup"

/* Moves *dir behind a folder that it is in, or is. */
static bool strip(const char **dir, const char *folder)
{
	const size_t len = strlen(folder);

	if (strncmp(*dir, folder, len) || ((*dir)[len] && (*dir)[len] != '/'))
		return false;
	*dir += len;
	return true;
}

/*
 * As /proc/PID/cgroup has it, from a folder below where the file systems are by convention. Where version 2 is `alone`, a
 * folder "memory" is a cgroup like any other. In a string of the caller's.
 */
static char *path_of(const char *dir, bool alone)
{
	struct buf path = {0};

	if (alone || (!strip(&dir, MOUNT "/memory") && !strip(&dir, MOUNT "/unified")))
		strip(&dir, MOUNT);
	buf_putc(&path, '/');
	buf_puts(&path, dir + strspn(dir, "/"));
	while (path.len > 1 && path.data[path.len - 1] == '/')
		path.data[--path.len] = '\0';
	return path.data;
}

static bool is_below(const char *in, const char *dir, bool alone)
{
	char *path = path_of(dir, alone);
	const size_t len = strlen(path);
	const bool below = len == 1 || (!strncmp(in, path, len) && (!in[len] || in[len] == '/'));

	free(path);
	return below;
}

/* 1 or 0, or an errno where it is not known. */
static int is_member(struct kernel *kernel, pid_t pid, const char *dir, struct arena *arena)
{
	struct kernel_process *process;
	struct buf text = {0};
	const char *in = NULL;
	bool alone = false;
	int err = kernel_process_open(kernel, pid, &process);

	if (err)
		return err;
	err = kernel_process_text(process, "cgroup", &text);
	if (!err && text.data) {
		in = system_memory_cgroup(text.data, text.len, arena);
		/* Its line is the last one, behind those of all hierarchies of version 1. */
		alone = !strncmp(text.data, "0::", 3);
	}
	kernel_process_close(process);
	buf_fini(&text);
	if (!in)
		return err ? err : -ENODATA;
	return is_below(in, dir, alone);
}

int cgroup_members(struct kernel *kernel, const char *dir, pid_t **pids, size_t *n)
{
	size_t i, all = 0, room = *n;
	struct arena arena = {0};
	bool known = false;
	pid_t *list = NULL;
	int err = kernel_pids(kernel, &list, &all), one;

	for (i = 0; !err && i < all; i++) {
		one = is_member(kernel, list[i], dir, &arena);
		known |= one >= 0;
		if (one != 1)
			continue;
		mem_grow(pids, &room, *n + 1, sizeof(**pids));
		(*pids)[(*n)++] = list[i];
	}
	free(list);
	arena_fini(&arena);
	return err ? err : known ? 0 : -ENODATA;
}
