/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is, through libprocps (procps 3.3), which libproc2 has followed. */
#include <errno.h>
#include <proc/readproc.h>
#include <stdlib.h>
#include <string.h>

#include "core/library.h"
#include "core/mem.h"
#include "core/system.h"
#include "local/list.h"

#define CALLS(call) call(openproc) call(readproc) call(freeproc) call(closeproc)

static struct {
	CALLS(LIBRARY_POINTER)
} lib;
static const struct library_function functions[] = {CALLS(LIBRARY_FUNCTION)};

/* The library keeps what it needs in variables of its own: one thread of a program at a time. */
struct lister {
	bool in_use;
};
static struct lister only;

struct lister *lister_open(void)
{
	if (only.in_use || !library_load(PROCPS_SONAME, functions, sizeof(functions) / sizeof(functions[0])))
		return NULL;
	only.in_use = true;
	return &only;
}

void lister_close(struct lister *lister)
{
	if (lister)
		lister->in_use = false;
}

/* As in libproc2: what is unprintable in a name is told by another character. */
static const char *comm_of(const proc_t *process, struct kernel *kernel, struct arena *arena)
{
	const char *exact = NULL;

	if (strpbrk(process->cmd, ".?"))
		exact = list_exact_comm(kernel, process->tid, arena);
	return exact ? exact : arena_text(arena, process->cmd, strnlen(process->cmd, sizeof(process->cmd)));
}

static void take(const proc_t *process, struct kernel *kernel, struct arena *arena, struct listed *listed)
{
	*listed = (struct listed){
		.pid = process->tid,
		.parent = process->ppid,
		.start_time = process->start_time,
		.comm = comm_of(process, kernel, arena),
		.command = list_join(process->cmdline, arena),
		.user = arena_text(arena, process->euser, strnlen(process->euser, sizeof(process->euser))),
		.uid = process->euid,
		.rss_kb = (int64_t)process->vm_rss,
		.kernel_thread = process->flags & PF_KTHREAD,
		.own = list_own(process->euid),
	};
}

int lister_list(struct lister *lister, struct kernel *kernel, struct arena *arena, struct listed **list,
		size_t *n)
{
	struct listed *found = NULL;
	size_t count = 0, room = 0;
	proc_t *process;
	PROCTAB *table;

	(void)lister;
	errno = 0;
	table = lib.openproc(PROC_FILLSTAT | PROC_FILLSTATUS | PROC_FILLUSR | PROC_FILLARG);
	if (!table)
		return errno ? -errno : -EIO;
	while ((process = lib.readproc(table, NULL)) != NULL) {
		mem_grow(&found, &room, count + 1, sizeof(*found));
		take(process, kernel, arena, &found[count++]);
		lib.freeproc(process);
	}
	lib.closeproc(table);
	*list = arena_copy(arena, found, count * sizeof(*found));
	*n = count;
	free(found);
	qsort(*list, *n, sizeof(**list), list_by_pid);
	return 0;
}
