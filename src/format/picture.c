/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a moment is drawn, so that a picture stays one whatever the moment holds. */
#include "format/picture.h"

#include <stdlib.h>

#include "core/mem.h"

/* How large something is, and which it is. */
struct ranked {
	uint64_t kb;
	size_t at;
};

static int by_size(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->kb != b->kb)
		return a->kb > b->kb ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void mark_largest(struct ranked *ranked, size_t n, size_t most, bool *marks)
{
	size_t i;

	if (n)
		qsort(ranked, n, sizeof(*ranked), by_size);
	for (i = 0; i < n && i < most; i++)
		marks[ranked[i].at] = true;
}

static void choose_processes(struct picture *picture)
{
	const struct moment *moment = picture->moment;
	struct ranked *ranked = mem_alloc(moment->n_processes * sizeof(*ranked));
	size_t i, n = 0;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].outcome == OUTCOME_OK)
			ranked[n++] = (struct ranked){moment->processes[i].kb.present, i};
	mark_largest(ranked, n, PICTURE_PROCESSES, picture->processes);
	for (i = PICTURE_PROCESSES; i < n; i++, picture->n_hidden++)
		if (__builtin_add_overflow(picture->hidden_kb, ranked[i].kb, &picture->hidden_kb))
			picture->hidden_kb = UINT64_MAX;
	free(ranked);
}

static void choose_vmas(struct picture *picture, size_t all)
{
	const struct moment *moment = picture->moment;
	struct ranked *ranked = mem_alloc(all * sizeof(*ranked));
	uint64_t from, to, kb;
	size_t i, k, n = 0;

	for (i = 0; i < moment->n_processes; i++) {
		for (k = 0; picture->processes[i] && k < moment->processes[i].n_vmas; k++) {
			const struct vma *vma = &moment->processes[i].vmas[k];

			if (plot_condensed(vma) || !plot_surveyed(moment, vma, &from, &to))
				continue;
			if (__builtin_add_overflow(vma->kb.present, vma->kb.swap, &kb))
				kb = UINT64_MAX;
			ranked[n++] = (struct ranked){kb, picture->first[i] + k};
		}
	}
	mark_largest(ranked, n, PICTURE_VMAS, picture->vmas);
	free(ranked);
}

/* How many cells are drawn, `picture->per` regions each; stops counting where they are too many. */
static uint64_t count_cells(const struct picture *picture)
{
	const struct moment *moment = picture->moment;
	uint64_t cells = 0, from, to;
	struct plot_walk walk;
	struct plot_run run;
	size_t i, k;

	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];

		for (k = 0; k < process->n_vmas; k++) {
			if (!picture_shows(picture, i, k) ||
			    !plot_surveyed(moment, &process->vmas[k], &from, &to))
				continue;
			walk = plot_begin(moment, process, &process->vmas[k], from, to, picture->per);
			while (cells <= PICTURE_CELLS && plot_run(&walk, &run))
				cells += picture_folds(&run) ? 1 : run.cells;
		}
	}
	return cells;
}

struct picture picture_plan(const struct moment *moment)
{
	struct picture picture = {.moment = moment, .per = 1};
	size_t i, all = 0;

	picture.processes = mem_alloc(moment->n_processes * sizeof(*picture.processes));
	picture.first = mem_alloc(moment->n_processes * sizeof(*picture.first));
	for (i = 0; i < moment->n_processes; i++) {
		picture.first[i] = all;
		all += moment->processes[i].n_vmas;
	}
	picture.vmas = mem_alloc(all * sizeof(*picture.vmas));
	choose_processes(&picture);
	choose_vmas(&picture, all);
	/* (At the largest a VMA has a cell or two.) */
	while (picture.per * moment->pmd_size < UINT64_C(1) << 56 && count_cells(&picture) > PICTURE_CELLS)
		picture.per *= 2;
	return picture;
}

void picture_fini(struct picture *picture)
{
	free(picture->processes);
	free(picture->vmas);
	free(picture->first);
}

bool picture_shows(const struct picture *picture, size_t process, size_t vma)
{
	return picture->processes[process] && picture->vmas[picture->first[process] + vma];
}
