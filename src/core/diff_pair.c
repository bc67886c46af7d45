/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VMAs of two processes belong together. */
#include <stdlib.h>
#include <string.h>

#include "core/diff_parts.h"
#include "core/mem.h"

/* Of other kinds the offset says nothing. */
static bool has_offset(const struct vma *vma)
{
	return vma->inode || vma->kind == VMA_FILE || vma->kind == VMA_SHMEM || vma->kind == VMA_HUGETLB;
}

bool diff_same_mapping(const struct vma *a, const struct vma *b)
{
	/* Anonymous memory may be given a name (PR_SET_VMA_ANON_NAME) and stays what it is. */
	return a->kind == b->kind && (a->kind == VMA_ANON || !strcmp(a->name, b->name)) &&
	       (!has_offset(a) || a->start - a->offset == b->start - b->offset);
}

static uint64_t overlap(const struct vma *a, const struct vma *b)
{
	const uint64_t from = a->start > b->start ? a->start : b->start;
	const uint64_t to = a->end < b->end ? a->end : b->end;

	return from < to ? to - from : 0;
}

/*
 * Of one process, where they overlap: each of `after` with the largest; several may come of one that was split, and one of
 * `before` that became a part of another has gone into that one.
 */
static void pair_in_place(struct differ *differ)
{
	const struct process *before = differ->before;
	size_t i, k, from = 0;

	for (i = 0; i < differ->n_vmas; i++) {
		struct diff_vma *vma = &differ->vmas[i];
		uint64_t most = 0;

		while (from < before->n_vmas && before->vmas[from].end <= vma->after->start)
			from++;
		for (k = from; k < before->n_vmas && before->vmas[k].start < vma->after->end; k++) {
			if (!diff_same_mapping(&before->vmas[k], vma->after))
				continue;
			if (!differ->into[k])
				differ->into[k] = i + 1;
			if (overlap(&before->vmas[k], vma->after) <= most)
				continue;
			most = overlap(&before->vmas[k], vma->after);
			vma->before = &before->vmas[k];
			differ->into[k] = i + 1;
		}
	}
}

/* How much has to be alike: each pass asks for less. */
enum pass { PASS_SIZE, PASS_PERMS, PASS_NAME, PASS_NAMELESS, PASS_COUNT };

struct loose {
	const struct vma *vma;
	size_t at; /* its index */
};

/* What has to be alike in a pass; 0 for those that belong together. */
static int compare_keys(const struct vma *a, const struct vma *b, enum pass pass)
{
	const uint64_t from = has_offset(a) ? a->offset : 0, to = has_offset(b) ? b->offset : 0;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = pass == PASS_NAMELESS ? 0 : strcmp(a->name, b->name);
	if (!order)
		order = (from > to) - (from < to);
	if (!order && pass != PASS_NAME)
		order = strcmp(a->perms, b->perms);
	if (!order && (pass == PASS_SIZE || pass == PASS_NAMELESS))
		order = (a->end - a->start > b->end - b->start) - (a->end - a->start < b->end - b->start);
	return order;
}

static int compare_loose(const struct loose *a, const struct loose *b, enum pass pass)
{
	const int order = compare_keys(a->vma, b->vma, pass);

	return order ? order : (a->vma->start > b->vma->start) - (a->vma->start < b->vma->start);
}

static int by_size(const void *a, const void *b)
{
	return compare_loose(a, b, PASS_SIZE);
}

static int by_perms(const void *a, const void *b)
{
	return compare_loose(a, b, PASS_PERMS);
}

static int by_name(const void *a, const void *b)
{
	return compare_loose(a, b, PASS_NAME);
}

static int by_size_alone(const void *a, const void *b)
{
	return compare_loose(a, b, PASS_NAMELESS);
}

/*
 * Anonymous memory without a name is told by its size and permissions alone: by less it would be anybody's. Where a
 * kernel gives no names, or its owner gave none yet, that goes for what has one too.
 */
static bool can_pair(const struct vma *vma, enum pass pass)
{
	if (pass == PASS_NAMELESS)
		return vma->kind == VMA_ANON;
	return pass != PASS_NAME || *vma->name;
}

/* Wherever they are: the n-th with the n-th of those that are alike. */
static void pair_by_name(struct differ *differ, enum pass pass)
{
	static int (*const orders[PASS_COUNT])(const void *, const void *) = {by_size, by_perms, by_name,
									      by_size_alone};
	const struct process *before = differ->before;
	struct loose *old = mem_alloc((before->n_vmas + 1) * sizeof(*old));
	struct loose *new = mem_alloc((differ->n_vmas + 1) * sizeof(*new));
	size_t i, k, n = 0, m = 0;

	for (i = 0; i < before->n_vmas; i++)
		if (!differ->into[i] && can_pair(&before->vmas[i], pass))
			old[n++] = (struct loose){&before->vmas[i], i};
	for (i = 0; i < differ->n_vmas; i++)
		if (!differ->vmas[i].before && can_pair(differ->vmas[i].after, pass))
			new[m++] = (struct loose){differ->vmas[i].after, i};
	qsort(old, n, sizeof(*old), orders[pass]);
	qsort(new, m, sizeof(*new), orders[pass]);
	for (i = 0, k = 0; i < n && k < m;) {
		const int order = compare_keys(old[i].vma, new[k].vma, pass);

		if (!order) {
			differ->vmas[new[k].at].before = old[i].vma;
			differ->into[old[i].at] = new[k].at + 1;
		}
		i += order <= 0;
		k += order >= 0;
	}
	free(old);
	free(new);
}

void diff_pair_vmas(struct differ *differ)
{
	const struct process *before = differ->before, *after = differ->after;
	enum pass pass;
	size_t i;

	differ->vmas = mem_alloc((before->n_vmas + after->n_vmas + 1) * sizeof(*differ->vmas));
	differ->into = mem_alloc((before->n_vmas + 1) * sizeof(*differ->into));
	differ->n_vmas = after->n_vmas;
	for (i = 0; i < after->n_vmas; i++)
		differ->vmas[i].after = &after->vmas[i];
	if (differ->same)
		pair_in_place(differ);
	for (pass = PASS_SIZE; pass < PASS_COUNT; pass++)
		pair_by_name(differ, pass);
	for (i = 0; i < before->n_vmas; i++)
		if (!differ->into[i])
			differ->vmas[differ->n_vmas++].before = &before->vmas[i];
	for (i = 0; i < differ->n_vmas; i++)
		differ->vmas[i].what = !differ->vmas[i].before	? DIFF_GAINED
				       : !differ->vmas[i].after ? DIFF_LOST
								: DIFF_SAME;
}
