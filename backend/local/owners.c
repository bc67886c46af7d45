/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose memory the kernel's records speak of. */
#include "local/owners.h"

#include <stdlib.h>

#include "core/mem.h"

#define KIN_MAX 1024

void owners_fini(struct owners *owners)
{
	free(owners->items);
	free(owners->kin);
}

struct owner *owners_find(struct owners *owners, pid_t pid)
{
	size_t i;

	for (i = 0; i < owners->n; i++)
		if (owners->items[i].pid == pid)
			return &owners->items[i];
	return NULL;
}

static struct owner *find_mm(struct owners *owners, uint64_t mm)
{
	size_t i;

	for (i = 0; mm && i < owners->n; i++)
		if (owners->items[i].mm == mm)
			return &owners->items[i];
	return NULL;
}

static size_t unlearnt(const struct owners *owners)
{
	size_t i, n = 0;

	for (i = 0; i < owners->n; i++)
		n += !owners->items[i].learnt;
	return n;
}

static struct kin *find_kin(const struct owners *owners, pid_t pid)
{
	size_t i;

	for (i = 0; i < owners->n_kin; i++)
		if (owners->kin[i].pid == pid)
			return &owners->kin[i];
	return NULL;
}

/* The watched process whose family it is of, 0: of none. */
static pid_t root_of(struct owners *owners, pid_t pid)
{
	const struct owner *owner = owners_find(owners, pid);
	const struct kin *kin = owner ? NULL : find_kin(owners, pid);

	return owner ? owner->root : kin ? kin->root : 0;
}

static void drop_kin(struct owners *owners, pid_t pid)
{
	struct kin *kin = find_kin(owners, pid);

	if (kin)
		*kin = owners->kin[--owners->n_kin];
}

static void add_kin(struct owners *owners, pid_t pid, pid_t root)
{
	if (owners_find(owners, pid) || owners->n_kin == KIN_MAX)
		return;
	mem_grow(&owners->kin, &owners->room_kin, owners->n_kin + 1, sizeof(*owners->kin));
	owners->kin[owners->n_kin++] = (struct kin){pid, root};
}

/* Whether it is the last one's end, of a process whose end was not heard before. */
static bool is_end(struct owners *owners, const struct trace_record *records, size_t n, size_t i)
{
	const pid_t pid = records[i].by;
	struct owner *owner = owners_find(owners, pid);

	while (++i < n)
		if (records[i].kind == TRACE_EXIT && records[i].by == pid)
			return false;
	if ((owner && owner->exited) || trace_thread_left(pid))
		return false;
	if (owner)
		owner->exited = true;
	drop_kin(owners, pid);
	return true;
}

bool owners_concern(struct owners *owners, const struct trace_record *records, size_t n, size_t i,
		    pid_t *root)
{
	const struct trace_record *record = &records[i];
	const pid_t family = root_of(owners, record->by);

	*root = 0;
	switch (record->kind) {
	case TRACE_SCAN_PMD:
	case TRACE_COLLAPSE:
	case TRACE_SCAN_FILE:
	case TRACE_COLLAPSE_FILE:
		return find_mm(owners, record->mm) || unlearnt(owners);
	case TRACE_FORK:
		drop_kin(owners, record->child); /* whose end was not heard: the number begins anew */
		if (family)
			add_kin(owners, record->child, family);
		*root = family;
		return family;
	case TRACE_EXEC:
		*root = family;
		return family;
	case TRACE_EXIT:
		*root = family;
		return family && is_end(owners, records, n, i);
	case TRACE_LOST:
	case TRACE_KIND_COUNT:
		break;
	}
	return false;
}

/* Who is watched by now, or descends from nobody who is, is kin no more. */
static void sift_kin(struct owners *owners)
{
	size_t i, kept = 0;

	for (i = 0; i < owners->n_kin; i++)
		if (!owners_find(owners, owners->kin[i].pid) && owners_find(owners, owners->kin[i].root))
			owners->kin[kept++] = owners->kin[i];
	owners->n_kin = kept;
}

void owners_update(struct owners *owners, const struct moment *moment)
{
	struct owner *items = mem_alloc(moment->n_processes * sizeof(*items));
	const struct owner *old;
	size_t i;

	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		old = owners_find(owners, process->pid);
		if (old && (old->start_time == process->start_time || !process->start_time))
			items[i] = *old;
		else
			items[i] = (struct owner){.pid = process->pid, .start_time = process->start_time};
		items[i].root = root_of(owners, process->pid);
		items[i].replaced = false;
	}
	free(owners->items);
	owners->items = items;
	owners->n = moment->n_processes;
	for (i = 0; i < owners->n; i++)
		if (!owners_find(owners, items[i].root))
			items[i].root = items[i].pid;
	sift_kin(owners);
}

/* The mms of all who are watched and not known, at once: at the first record of an mm that nobody is known to have. */
static void learn(struct owners *owners)
{
	const size_t n = unlearnt(owners);
	pid_t *pids = mem_alloc(n * sizeof(*pids));
	uint64_t *mms = mem_alloc(n * sizeof(*mms));
	size_t i, k = 0;

	for (i = 0; i < owners->n; i++)
		if (!owners->items[i].learnt)
			pids[k++] = owners->items[i].pid;
	trace_learn(pids, n, mms);
	for (i = k = 0; i < owners->n; i++) {
		if (owners->items[i].learnt)
			continue;
		owners->items[i].mm = mms[k++];
		owners->items[i].learnt = true;
	}
	free(pids);
	free(mms);
}

pid_t owners_whose(struct owners *owners, const struct trace_record *record)
{
	const struct owner *owner = find_mm(owners, record->mm);

	if (!owner && record->mm && unlearnt(owners)) {
		learn(owners);
		owner = find_mm(owners, record->mm);
	}
	return owner ? owner->pid : 0;
}

void owners_doubt(struct owners *owners)
{
	size_t i;

	for (i = 0; i < owners->n; i++) {
		owners->items[i].learnt = false;
		owners->items[i].mm = 0;
	}
}
