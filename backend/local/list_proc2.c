/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is, through libproc2 (procps 4). */
#include <errno.h>
#include <libproc2/pids.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/library.h"
#include "core/mem.h"
#include "core/system.h"
#include "local/list.h"

/* VM_RSS and ID_EUID come from one reading of status; another source of the RSS would cost another file. */
enum item { PID, PARENT, STARTED, FLAGS, COMM, UID, USER, RSS, ARGUMENTS, ITEMS };
static enum pids_item items[ITEMS] = {
	[PID] = PIDS_ID_PID,	[PARENT] = PIDS_ID_PPID, [STARTED] = PIDS_TICS_BEGAN,
	[FLAGS] = PIDS_FLAGS,	[COMM] = PIDS_CMD,	 [UID] = PIDS_ID_EUID,
	[USER] = PIDS_ID_EUSER, [RSS] = PIDS_VM_RSS,	 [ARGUMENTS] = PIDS_CMDLINE_V,
};

#define CALLS(call) call(procps_pids_new) call(procps_pids_reap) call(procps_pids_unref)

static struct {
	CALLS(LIBRARY_POINTER)
} lib;
static const struct library_function functions[] = {CALLS(LIBRARY_FUNCTION)};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

/* (It brings libsystemd and four more along.) */
static void load(void)
{
	loaded = library_load(PROCPS_SONAME, functions, sizeof(functions) / sizeof(functions[0]));
}

#ifdef __SANITIZE_ADDRESS__
/* The library's buffers are variables of the thread that calls it: they are lost, once, when the sampler's ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libproc2";
}
#endif

struct lister {
	struct pids_info *info;
};

struct lister *lister_open(void)
{
	struct lister *lister;

	pthread_once(&once, load);
	if (!loaded)
		return NULL;
	lister = mem_alloc(sizeof(*lister));
	if (lib.procps_pids_new(&lister->info, items, ITEMS) < 0) {
		free(lister);
		return NULL;
	}
	return lister;
}

void lister_close(struct lister *lister)
{
	if (lister)
		lib.procps_pids_unref(&lister->info);
	free(lister);
}

/*
 * libproc2 shows a name's unprintable characters as '.' or '?', by the locale; whoever looks a process up by its name
 * has to have the name itself.
 */
static const char *comm_of(const struct pids_result *head, struct kernel *kernel, struct arena *arena)
{
	const char *shown = head[COMM].result.str ? head[COMM].result.str : "", *exact = NULL;

	if (strpbrk(shown, ".?"))
		exact = list_exact_comm(kernel, head[PID].result.s_int, arena);
	return exact ? exact : arena_text(arena, shown, strlen(shown));
}

static void take(const struct pids_result *head, struct kernel *kernel, struct arena *arena,
		 struct listed *listed)
{
	const char *user = head[USER].result.str ? head[USER].result.str : "";

	*listed = (struct listed){
		.pid = head[PID].result.s_int,
		.parent = head[PARENT].result.s_int,
		.start_time = head[STARTED].result.ull_int,
		.comm = comm_of(head, kernel, arena),
		.command = list_join(head[ARGUMENTS].result.strv, arena),
		.user = arena_text(arena, user, strlen(user)),
		.uid = head[UID].result.u_int,
		.rss_kb = (int64_t)head[RSS].result.ul_int,
		.kernel_thread = head[FLAGS].result.ul_int & PF_KTHREAD,
		.own = list_own(head[UID].result.u_int),
	};
}

int lister_list(struct lister *lister, struct kernel *kernel, struct arena *arena, struct listed **list,
		size_t *n)
{
	struct pids_fetch *fetched;
	size_t total;

	errno = 0;
	fetched = lib.procps_pids_reap(lister->info, PIDS_FETCH_TASKS_ONLY);
	if (!fetched)
		return errno ? -errno : -EIO;
	total = (size_t)fetched->counts->total;
	*list = arena_alloc(arena, total * sizeof(**list));
	for (*n = 0; *n < total; ++*n)
		take(fetched->stacks[*n]->head, kernel, arena, &(*list)[*n]);
	qsort(*list, *n, sizeof(**list), list_by_pid);
	return 0;
}
