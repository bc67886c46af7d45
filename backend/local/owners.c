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

static bool is_kin(const struct owners *owners, pid_t pid)
{
	size_t i;

	for (i = 0; i < owners->n_kin; i++)
		if (owners->kin[i] == pid)
			return true;
	return false;
}

static void drop_kin(struct owners *owners, pid_t pid)
{
	size_t i;

	for (i = 0; i < owners->n_kin; i++)
		if (owners->kin[i] == pid)
			owners->kin[i--] = owners->kin[--owners->n_kin];
}

static void add_kin(struct owners *owners, pid_t pid)
{
	if (owners_find(owners, pid) || is_kin(owners, pid) || owners->n_kin == KIN_MAX)
		return;
	mem_grow(&owners->kin, &owners->room_kin, owners->n_kin + 1, sizeof(*owners->kin));
	owners->kin[owners->n_kin++] = pid;
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

bool owners_concern(struct owners *owners, const struct trace_record *records, size_t n, size_t i)
{
	const struct trace_record *record = &records[i];
	const bool family = owners_find(owners, record->by) || is_kin(owners, record->by);

	switch (record->kind) {
	case TRACE_SCAN_PMD:
	case TRACE_COLLAPSE:
	case TRACE_SCAN_FILE:
	case TRACE_COLLAPSE_FILE:
		return find_mm(owners, record->mm) || unlearnt(owners);
	case TRACE_FORK:
		if (family)
			add_kin(owners, record->child);
		return family;
	case TRACE_EXEC:
		return family;
	case TRACE_EXIT:
		return family && is_end(owners, records, n, i);
	case TRACE_LOST:
	case TRACE_KIND_COUNT:
		break;
	}
	return false;
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
		items[i].replaced = false;
		drop_kin(owners, process->pid);
	}
	free(owners->items);
	owners->items = items;
	owners->n = moment->n_processes;
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
	trace_learn_all(pids, n, mms, NULL);
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
