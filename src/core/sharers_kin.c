/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who there is, nearest kin of the asking process first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/sharers_parts.h"
#include "core/system.h"

/* So many generations are followed. */
#define GENERATIONS 64

enum rank { RANK_SELF, RANK_LINE, RANK_SIBLING, RANK_SESSION, RANK_NAME, RANK_OTHER };

static int by_pid(const void *left, const void *right)
{
	const struct kin *a = left, *b = right;

	return a->pid < b->pid ? -1 : a->pid > b->pid;
}

static int by_rank(const void *left, const void *right)
{
	const struct kin *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return by_pid(left, right);
}

/* Of a process that is there and no kernel thread, which has no memory of its own: 0. -ESRCH: it is not; or an errno. */
static int read_stat(struct kernel *kernel, pid_t pid, struct kin *kin)
{
	struct kernel_process *process = NULL;
	struct buf text = {0};
	struct stat_line stat;
	int err = kernel_process_open(kernel, pid, &process);

	*kin = (struct kin){.pid = pid, .denied = err == -EACCES};
	if (err)
		return err == -ENOENT ? -ESRCH : err;
	kin->start_time = process->start_time;
	err = kernel_process_text(process, "stat", &text);
	if (!err && system_stat(text.data ? text.data : "", text.len, &stat))
		err = -EBADMSG;
	if (!err && stat.flags & PF_KTHREAD)
		err = -ESRCH;
	if (!err) {
		kin->parent = (pid_t)stat.ppid;
		kin->session = stat.session;
		memcpy(kin->comm, stat.comm, sizeof(kin->comm));
	}
	buf_fini(&text);
	kernel_process_close(process);
	kin->denied = err == -EACCES;
	return err == -ENOENT ? -ESRCH : err;
}

/* Adds one who is there; whoever cannot be read is, too, and will not have been looked into. */
static void add(struct kernel *kernel, pid_t pid, struct kin *all, size_t *n)
{
	const int err = read_stat(kernel, pid, &all[*n]);

	all[*n].unread = err;
	*n += err != -ESRCH;
}

static const struct kin *find(const struct kin *kin, size_t n, pid_t pid)
{
	const struct kin key = {.pid = pid};

	return n ? bsearch(&key, kin, n, sizeof(*kin), by_pid) : NULL;
}

/* How many generations `from` is below `to`; 0: it is not. init is everybody's ancestor, and nobody's kin. */
static unsigned below(const struct kin *kin, size_t n, const struct kin *from, pid_t to)
{
	unsigned steps;

	for (steps = 1; from && steps < GENERATIONS; steps++) {
		if (from->parent <= 1)
			return 0;
		if (from->parent == to)
			return steps;
		from = find(kin, n, from->parent);
	}
	return 0;
}

/* All of them are there, ascending by PID. */
static void rank(const struct kin *kin, size_t n, struct kin *one, pid_t asker)
{
	const struct kin *self = find(kin, n, asker);
	unsigned steps;

	one->rank = RANK_OTHER * GENERATIONS;
	if (one->pid == asker) {
		one->rank = RANK_SELF;
		return;
	}
	if (!self)
		return;
	steps = below(kin, n, one, asker);
	if (!steps)
		steps = below(kin, n, self, one->pid);
	if (steps)
		one->rank = RANK_LINE * GENERATIONS + steps;
	else if (one->parent == self->parent && one->parent > 1)
		one->rank = RANK_SIBLING * GENERATIONS;
	else if (one->session == self->session && one->session)
		one->rank = RANK_SESSION * GENERATIONS;
	else if (!strcmp(one->comm, self->comm))
		one->rank = RANK_NAME * GENERATIONS;
}

/* All that there are, ascending by PID, the asker among them even if it is a thread, which no folder lists. */
static size_t read_all(struct search *search, const pid_t *pids, size_t n_pids, struct kin *all)
{
	const pid_t asker = search->query->pid;
	size_t n = 0, i;

	for (i = 0; i < n_pids; i++)
		add(search->kernel, pids[i], all, &n);
	if (n)
		qsort(all, n, sizeof(*all), by_pid);
	if (find(all, n, asker))
		return n;
	add(search->kernel, asker, all, &n);
	qsort(all, n, sizeof(*all), by_pid);
	return n;
}

int sharers_list_kin(struct search *search)
{
	const size_t before = search->n_kin;
	struct kin *all, *known;
	const struct kin *same;
	size_t n_pids = 0, n, i;
	pid_t *pids = NULL;
	int err;

	err = kernel_pids(search->kernel, &pids, &n_pids);
	all = mem_alloc((n_pids + 1) * sizeof(*all));
	n = err ? 0 : read_all(search, pids, n_pids, all);
	free(pids);
	/* Who is known already, by PID. */
	known = mem_alloc(before * sizeof(*known));
	if (before) {
		memcpy(known, search->kin, before * sizeof(*known));
		qsort(known, before, sizeof(*known), by_pid);
	}
	for (i = 0; i < n; i++) {
		rank(all, n, &all[i], search->query->pid);
		same = find(known, before, all[i].pid);
		if (same && same->start_time == all[i].start_time)
			continue;
		mem_grow(&search->kin, &search->kin_room, search->n_kin + 1, sizeof(*search->kin));
		search->kin[search->n_kin++] = all[i];
	}
	free(known);
	free(all);
	if (search->n_kin > before)
		qsort(search->kin + before, search->n_kin - before, sizeof(*search->kin), by_rank);
	return err;
}
