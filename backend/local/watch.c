/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that are watched from one sample to the next, and that they stay the same ones. */
#include "local/watch.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/system.h"
#include "local/files.h"

struct watched *watch_list_find(const struct watch_list *list, pid_t pid)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].pid == pid)
			return &list->items[i];
	return NULL;
}

static void add(struct watch_list *list, pid_t pid, pid_t parent, uint64_t start_time)
{
	struct watched *item;

	mem_grow(&list->items, &list->room, list->n + 1, sizeof(*list->items));
	item = &list->items[list->n++];
	memset(item, 0, sizeof(*item));
	item->pid = pid;
	item->parent = parent;
	item->start_time = start_time;
	item->wanted = true;
}

/*
 * Takes hold of who was sampled before: of a snapshot, which samples once, nothing is held. Whoever has the PID by now
 * is held: if it is another, its start time tells.
 */
static void hold(struct watch_list *list, struct kernel *kernel)
{
	const size_t most = files_handles();
	size_t i;

	for (i = 0; i < list->n && i < most; i++)
		if (!list->items[i].process && list->items[i].start_time &&
		    kernel_process_open(kernel, list->items[i].pid, &list->items[i].process))
			list->items[i].process = NULL;
}

/* Removes what is not wanted; children of what goes fall to its parent. */
static void sweep(struct watch_list *list)
{
	size_t i, k, kept = 0;

	for (i = 0; i < list->n; i++) {
		if (list->items[i].wanted)
			continue;
		for (k = i + 1; k < list->n; k++)
			if (list->items[k].parent == list->items[i].pid)
				list->items[k].parent = list->items[i].parent;
		kernel_process_close(list->items[i].process);
	}
	for (i = 0; i < list->n; i++)
		if (list->items[i].wanted)
			list->items[kept++] = list->items[i];
	list->n = kept;
}

static int read_parent(struct kernel *kernel, pid_t pid, pid_t *parent)
{
	struct kernel_process *process;
	struct buf text = {0};
	struct stat_line stat;
	int err = kernel_process_open(kernel, pid, &process);

	if (err)
		return err;
	err = kernel_process_text(process, "stat", &text);
	if (!err)
		err = system_stat(text.data ? text.data : "", text.len, &stat);
	if (!err)
		*parent = (pid_t)stat.ppid;
	buf_fini(&text);
	kernel_process_close(process);
	return err;
}

struct birth {
	pid_t pid, parent;
};

/*
 * Who was born since the last look: PIDs that were not there, with their parents. Whose parent could not be read, for want of
 * descriptors say, is not seen yet: the next look tries again. So it does where there is no list of them.
 */
static size_t births(struct watch_list *list, struct kernel *kernel, struct birth **out)
{
	struct birth *born = NULL;
	size_t n = 0, room = 0, found = 0, i, old = 0, seen = 0;
	pid_t *pids = NULL, parent;

	if (kernel_pids(kernel, &pids, &n)) {
		free(pids);
		return 0;
	}
	for (i = 0; i < n; i++) {
		while (old < list->n_seen && list->seen[old] < pids[i])
			old++;
		if (old == list->n_seen || list->seen[old] != pids[i]) {
			if (read_parent(kernel, pids[i], &parent))
				continue;
			mem_grow(&born, &room, found + 1, sizeof(*born));
			born[found++] = (struct birth){pids[i], parent};
		}
		pids[seen++] = pids[i];
	}
	free(list->seen);
	list->seen = pids;
	list->n_seen = seen;
	*out = born;
	return found;
}

static void follow(struct watch_list *list, struct kernel *kernel)
{
	struct birth *born = NULL;
	size_t n = births(list, kernel, &born), i;
	bool more = true;

	/* A child may have a lower PID than its parent, once PIDs have wrapped around. */
	while (more) {
		more = false;
		for (i = 0; i < n; i++) {
			if (!watch_list_find(list, born[i].parent) || watch_list_find(list, born[i].pid))
				continue;
			add(list, born[i].pid, born[i].parent, 0);
			more = true;
		}
	}
	free(born);
}

/* Followed children stay wanted as long as the process they belong to is. */
static void want_children(struct watch_list *list)
{
	const struct watched *parent;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->items[i].wanted || !list->items[i].parent || list->items[i].gone)
			continue;
		parent = watch_list_find(list, list->items[i].parent);
		/* The parent may be a child that is gone and goes now: sweep hands this one on. */
		list->items[i].wanted = parent && (parent->wanted || parent->gone);
	}
}

/* The PID stands for another process than it did. */
static void begin_anew(struct watched *item, uint64_t start_time)
{
	kernel_process_close(item->process);
	*item = (struct watched){.pid = item->pid, .start_time = start_time};
}

void watch_list_update(struct watch_list *list, struct kernel *kernel, const struct watch *watch)
{
	struct watched *item;
	bool news = false;
	uint64_t start;
	size_t i;

	for (i = 0; i < list->n; i++)
		list->items[i].wanted = false;
	for (i = 0; i < watch->n; i++) {
		item = watch_list_find(list, watch->pids[i]);
		start = watch->start_times ? watch->start_times[i] : 0;
		if (item && start && item->start_time != start)
			begin_anew(item, start);
		if (item) {
			item->wanted = true;
			item->parent = 0;
		} else {
			add(list, watch->pids[i], 0, start);
			news = true;
		}
	}
	if (watch->follow)
		want_children(list);
	sweep(list);
	hold(list, kernel);
	if (news || !watch->follow || !list->followed) {
		/* The children that a newcomer has already were seen as somebody else's. */
		free(list->seen);
		list->seen = NULL;
		list->n_seen = 0;
	}
	list->followed = watch->follow;
	if (watch->follow)
		follow(list, kernel);
}

static void tell_reused(struct process *out)
{
	const pid_t pid = out->pid;

	memset(out, 0, sizeof(*out));
	out->pid = pid;
	out->comm = "";
	out->page_tables_kb = UNKNOWN_COUNT;
	out->rss_kb = UNKNOWN_COUNT;
	out->outcome = OUTCOME_REUSED;
	out->reason = "the process that was watched has exited, and its PID now belongs to another";
}

void watch_list_surveyed(struct watch_list *list, struct kernel *kernel, struct process *out)
{
	struct watched *item = watch_list_find(list, out->pid);
	struct kernel_process *now;

	if (!item)
		return;
	if (item->process && out->outcome == OUTCOME_GONE && !kernel_process_open(kernel, out->pid, &now)) {
		if (now->start_time != item->start_time)
			tell_reused(out);
		kernel_process_close(now);
	}
	/* Somebody saw it: it is not that it never was. */
	if (item->start_time && out->outcome == OUTCOME_GONE)
		out->reason = "it has exited";
	if (!item->start_time)
		item->start_time = out->start_time;
	else if (out->start_time && out->start_time != item->start_time)
		tell_reused(out);
	item->gone = out->outcome == OUTCOME_GONE || out->outcome == OUTCOME_REUSED;
}

void watch_list_fini(struct watch_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		kernel_process_close(list->items[i].process);
	free(list->items);
	free(list->seen);
	memset(list, 0, sizeof(*list));
}
