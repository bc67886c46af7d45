/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for sharers: in which order who is looked into, and when it is enough. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/sharers_parts.h"

/* At so many addresses, where the folio was found already, all processes are looked at first. */
#define PLACES 16
/* So often processes that were born meanwhile are looked for; and a folio that changed is searched anew. */
#define ROUNDS 3
#define TRIES 2

/* A hundred years. */
#define FOREVER_NS (UINT64_C(100) * 365 * 86400 * 1000000000)

enum pass {
	PASS_LIKELY, /* where kin and mappings of the same file have it */
	PASS_REST,   /* wherever else it may be */
	PASS_COUNT
};

/* Anonymous memory: at the addresses at which it was found, in processes that were looked into before. */
static int read_places(struct search *search)
{
	uint64_t places[PLACES] = {search->base}, from, to;
	size_t n = 1, i, k;
	int err = 0;

	for (i = 0; i < search->n_stretches && n < PLACES; i++) {
		for (k = 0; k < n && places[k] != search->stretches[i].base; k++)
			;
		if (k == n)
			places[n++] = search->stretches[i].base;
	}
	for (i = 0; i < n && !err; i++) {
		sharers_span(search, places[i], &from, &to);
		err = sharers_read(search, from, to);
	}
	return err;
}

static bool same_object(const struct search *search, const struct vma *vma)
{
	const struct sharers_object *object = &search->object;

	if (vma->dev_major != object->dev_major || vma->dev_minor != object->dev_minor ||
	    vma->inode != object->inode)
		return false;
	if (!object->special)
		return vma->inode;
	return vma->kind == VMA_SPECIAL && !strcmp(vma->name, object->special);
}

/* The part of a mapping where a file that it maps would have the folio. 0 or an errno. */
static int read_object(struct search *search, const struct vma *vma)
{
	const uint64_t size = search->pages * search->kernel->page_size;
	const uint64_t len = vma->end - vma->start, offset = search->object.offset;
	uint64_t from = vma->start, to = vma->end;

	if (offset + size <= vma->offset || offset >= vma->offset + len)
		return 0;
	if (offset > vma->offset)
		from += offset - vma->offset;
	if (offset + size < vma->offset + len)
		to = vma->start + (offset + size - vma->offset);
	return sharers_read(search, from, to);
}

/*
 * Memory of a file is read where its mappings have it, which is a matter of arithmetic; first those of the same inode, then
 * those of all others, because one file may have two inodes (overlayfs). Anonymous memory may be anywhere in private mappings.
 */
static int read_vma(struct search *search, enum pass pass, const struct vma *vma)
{
	if (vma->start >> 63 || vma->kind == VMA_HUGETLB)
		return 0;
	if (search->out->anon)
		return vma->perms[3] == 'p' && vma->kind != VMA_SPECIAL
			       ? sharers_scan(search, vma->start, vma->end)
			       : 0;
	if (same_object(search, vma) != (pass == PASS_LIKELY))
		return 0;
	return pass == PASS_LIKELY || vma->inode ? read_object(search, vma) : 0;
}

static int read_vmas(struct search *search, enum pass pass)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct vma *vmas;
	size_t n, i, line;
	int err = kernel_process_text(search->process, "maps", &text);

	if (!err)
		err = vma_parse_maps(text.data ? text.data : "", text.len, &arena, &vmas, &n, &line);
	for (i = 0; !err && i < n && !sharers_enough(search); i++)
		err = read_vma(search, pass, &vmas[i]);
	buf_fini(&text);
	arena_fini(&arena);
	return err;
}

/* One process in one pass. */
static void look_into(struct search *search, size_t who, enum pass pass)
{
	struct kin *kin = &search->kin[who];
	int err;

	if (kin->denied || kin->unread || kin->alias)
		return;
	search->who = who;
	search->first = search->n_stretches;
	err = kernel_process_open(search->kernel, kin->pid, &search->process);
	if (!err && search->process->start_time == kin->start_time)
		err = search->out->anon && pass == PASS_LIKELY ? read_places(search)
							       : read_vmas(search, pass);
	if (pass == PASS_LIKELY) {
		kin->first = search->first;
		kin->n = search->n_stretches - search->first;
	}
	sharers_looked(kin, err);
	kin->seen |= kin->looked;
	kernel_process_close(search->process);
	search->process = NULL;
}

static void tell_progress(struct search *search)
{
	const size_t units = PASS_COUNT * search->n_kin;

	search->done++;
	if (search->query->progress && units)
		atomic_store_explicit(search->query->progress,
				      (unsigned)(search->done >= units ? 999 : search->done * 1000 / units),
				      memory_order_relaxed);
}

/* All passes over those from `first` on. */
static void look_at(struct search *search, size_t first)
{
	int pass;
	size_t i;

	search->named = !first;
	for (pass = PASS_LIKELY; pass < PASS_COUNT && search->left && !sharers_stop(search); pass++) {
		for (i = first; i < search->n_kin; i++)
			search->kin[i].looked = false;
		for (i = first; i < search->n_kin && search->left && !sharers_stop(search); i++) {
			look_into(search, i, (enum pass)pass);
			search->named = false;
			/* Cut short in the middle, it was not looked into. */
			search->kin[i].looked = search->kin[i].looked && !search->stopped;
			tell_progress(search);
		}
	}
}

/*
 * Those whom nobody looked at, because all was found before, and who have the address space of one that was found. (Of
 * the others take() knows.)
 */
static void find_aliases(struct search *search)
{
	struct kin *kin;
	size_t i, k;

	for (i = 0; i < search->n_kin && !sharers_stop(search); i++) {
		kin = &search->kin[i];
		for (k = 0; k < search->n_stretches && !kin->seen && !kin->unread && !kin->alias; k++) {
			if (k && search->stretches[k].who == search->stretches[k - 1].who)
				continue;
			if (kernel_same_memory(search->kernel, kin->pid,
					       search->kin[search->stretches[k].who].pid) == 1)
				kin->alias = search->stretches[k].who + 1;
		}
	}
}

static int look_everywhere(struct search *search)
{
	size_t first = 0;
	int rounds, err;

	for (rounds = 0; rounds < ROUNDS && (!rounds || search->left) && !search->stopped; rounds++) {
		err = sharers_list_kin(search);
		if (err) {
			snprintf(search->error, search->size, "processes cannot be listed: %s",
				 strerror(-err));
			return err;
		}
		if (search->n_kin == first)
			break;
		if (!rounds && search->kin[0].pid != search->query->pid) {
			snprintf(search->error, search->size, "process %d has exited",
				 (int)search->query->pid);
			return -ESRCH;
		}
		look_at(search, first);
		first = search->n_kin;
		sharers_verify(search);
	}
	if (!search->left && !search->stopped)
		find_aliases(search);
	return 0;
}

static void forget(struct search *search)
{
	free(search->kin);
	free(search->stretches);
	free(search->found);
	free(search->pte_found);
	free(search->count);
	search->kin = NULL;
	search->stretches = NULL;
	search->found = search->pte_found = NULL;
	search->count = NULL;
	search->n_kin = search->kin_room = 0;
	search->n_stretches = search->stretches_room = 0;
	search->done = 0;
}

static int search_once(struct search *search)
{
	int err = sharers_find_folio(search);

	if (err)
		return err;
	search->found = mem_alloc(search->pages * sizeof(*search->found));
	search->pte_found = mem_alloc(search->pages * sizeof(*search->pte_found));
	search->count = mem_alloc(search->pages * sizeof(*search->count));
	sharers_read_counts(search);
	err = look_everywhere(search);
	if (err)
		return err;
	search->out->changed = sharers_changed(search);
	return 0;
}

int sharers_search(struct kernel *kernel, const struct sharers_query *query, uint64_t (*now)(void),
		   struct arena *arena, struct sharers *sharers, char *error, size_t size)
{
	struct search *search = mem_alloc(sizeof(*search));
	int tries, err = 0;

	memset(sharers, 0, sizeof(*sharers));
	*search = (struct search){.kernel = kernel,
				  .query = query,
				  .now = now,
				  .started = now(),
				  .arena = arena,
				  .out = sharers,
				  .error = error,
				  .size = size};
	search->deadline = search->started + (query->timeout_ns ? query->timeout_ns : SHARERS_TIMEOUT_NS);
	if (query->timeout_ns > FOREVER_NS)
		search->deadline = search->started + FOREVER_NS;
	for (tries = 0; tries < TRIES && !err && (!tries || (sharers->changed && !search->stopped));
	     tries++) {
		forget(search);
		err = search_once(search);
	}
	/* The second try found no folio any more: the first one's result is gone with it. */
	if (!err)
		sharers_result(search);
	if (query->progress)
		atomic_store_explicit(query->progress, 1000, memory_order_relaxed);
	forget(search);
	free(search);
	return err;
}
