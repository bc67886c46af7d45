/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what a process that is gone looked like last. */
#include "ui/scene.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static const struct shown *earlier(const struct scene *scene, pid_t pid)
{
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].pid == pid)
			return &scene->shown[i];
	return NULL;
}

static struct shown show(const struct scene *scene, const struct moment *moment,
			 const struct process *process)
{
	const struct shown *old = earlier(scene, process->pid);
	struct shown shown = {process->pid,	process->comm ? process->comm : "",
			      process,		moment,
			      process->outcome, process->reason};

	if (process->outcome == OUTCOME_OK)
		return shown;
	shown.process = old ? old->process : NULL;
	shown.home = shown.process ? old->home : NULL;
	if (shown.process)
		shown.comm = shown.process->comm;
	return shown;
}

static bool used(const struct scene *scene, const struct moment *moment)
{
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].home == moment)
			return true;
	return false;
}

static void forget_oldest(struct scene *scene)
{
	size_t i;

	for (i = 0; i < scene->n; i++) {
		if (scene->shown[i].home != scene->kept[0])
			continue;
		scene->shown[i].process = NULL;
		scene->shown[i].home = NULL;
		scene->shown[i].comm = "";
	}
}

/* Frees the kept moments from which nothing is shown. */
static void purge(struct scene *scene)
{
	size_t i, n;

	for (i = n = 0; i < scene->n_kept; i++) {
		if (used(scene, scene->kept[i]))
			scene->kept[n++] = scene->kept[i];
		else
			moment_free(scene->kept[i]);
	}
	scene->n_kept = n;
}

void scene_take(struct scene *scene, struct moment *moment)
{
	struct shown *shown = mem_alloc(moment->n_processes * sizeof(*shown));
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		shown[i] = show(scene, moment, &moment->processes[i]);
	free(scene->shown);
	scene->shown = shown;
	scene->n = moment->n_processes;
	if (scene->newest) {
		mem_grow(&scene->kept, &scene->room_kept, scene->n_kept + 1, sizeof(struct moment *));
		scene->kept[scene->n_kept++] = scene->newest;
	}
	scene->newest = moment;
	purge(scene);
	if (scene->n_kept > SCENE_KEPT_MAX) {
		forget_oldest(scene);
		purge(scene);
	}
}

void scene_fini(struct scene *scene)
{
	size_t i;

	for (i = 0; i < scene->n_kept; i++)
		moment_free(scene->kept[i]);
	moment_free(scene->newest);
	free(scene->kept);
	free(scene->shown);
	memset(scene, 0, sizeof(*scene));
}
