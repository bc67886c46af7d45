/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what a process that is gone looked like last. */
#include "ui/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caption.h"
#include "core/mem.h"

bool shown_exited(const struct shown *shown)
{
	return shown->outcome == OUTCOME_GONE || shown->outcome == OUTCOME_REUSED;
}

const char *shown_name(const struct shown *shown, char text[SHOWN_NAME_MAX])
{
	const char *name = caption_name(shown->comm);
	/* "specimen:kid" says it itself. */
	const bool told = !name || strchr(shown->comm, ':');

	snprintf(text, SHOWN_NAME_MAX, "%d %.40s%s%s%s", (int)shown->pid, shown->comm, told ? "" : " (",
		 told ? "" : name, told ? "" : ")");
	return text;
}

static struct shown *find(const struct scene *scene, pid_t pid)
{
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].pid == pid)
			return &scene->shown[i];
	return NULL;
}

/* Whether a process of a new moment is as it is shown already: nothing flashes anew, no line of it is another one. */
static bool same(const struct shown *old, const struct process *process)
{
	return old && old->process && old->outcome == process->outcome && process->outcome == OUTCOME_OK &&
	       old->process->start_time == process->start_time && process->same_since_ns &&
	       process->same_since_ns <= moment_clock(old->home);
}

/* Whether time was taken back (CAP_TASKS), or is elsewhere (a recording): what is shown is not what was seen last, then. */
static bool goes_back(const struct scene *scene, const struct moment *moment)
{
	if (moment->timeline && scene->newest)
		return timeline_leaps(scene->newest->timeline, moment->timeline);
	return capable(&moment->caps, CAP_TASKS) && scene->newest && moment->mono_ns < scene->newest->mono_ns;
}

/* What is to be shown of a process of a new moment; takes the flashes over. */
static struct shown show(struct scene *scene, const struct moment *moment, const struct process *process)
{
	struct shown *old = find(scene, process->pid);
	struct shown shown = {.pid = process->pid,
			      .comm = process->comm ? process->comm : "",
			      .process = process,
			      .home = moment,
			      .outcome = process->outcome,
			      .reason = process->reason};

	if (old) {
		shown.flashes = old->flashes;
		memset(&old->flashes, 0, sizeof(old->flashes));
	}
	if (process->outcome == OUTCOME_OK) {
		flashes_update(&shown.flashes, old && !same(old, process) ? old->process : NULL, process,
			       moment_clock(moment));
		return shown;
	}
	flashes_update(&shown.flashes, NULL, NULL, moment_clock(moment));
	shown.process = old && !goes_back(scene, moment) ? old->process : NULL;
	shown.home = shown.process ? old->home : NULL;
	if (shown.process)
		shown.comm = shown.process->comm;
	return shown;
}

/* Of a followed child, which the moments leave out after they have told its end once (or none did). */
static struct shown outlive(struct shown *old, const struct moment *moment)
{
	struct shown shown = *old;

	memset(&old->flashes, 0, sizeof(old->flashes));
	flashes_update(&shown.flashes, NULL, NULL, moment_clock(moment));
	if (!shown_exited(&shown))
		shown.outcome = OUTCOME_GONE;
	shown.reason = "it has exited";
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

static bool in_moment(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == pid)
			return true;
	return false;
}

static void forget_oldest(struct scene *scene)
{
	size_t i, n;

	for (i = n = 0; i < scene->n; i++) {
		struct shown *shown = &scene->shown[i];

		if (shown->home == scene->kept[0]) {
			shown->process = NULL;
			shown->home = NULL;
			shown->comm = "";
			if (!in_moment(scene->newest, shown->pid)) {
				flashes_fini(&shown->flashes);
				continue;
			}
		}
		scene->shown[n++] = *shown;
	}
	scene->n = n;
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

static bool is_dismissed(const struct scene *scene, pid_t pid)
{
	size_t i;

	for (i = 0; i < scene->n_dismissed; i++)
		if (scene->dismissed[i] == pid)
			return true;
	return false;
}

/* Dismissed ones that the moment does not have, or has alive, are dismissed no more. */
static void review_dismissed(struct scene *scene, const struct moment *moment)
{
	size_t i, k, n;

	for (i = n = 0; i < scene->n_dismissed; i++) {
		for (k = 0; k < moment->n_processes; k++)
			if (moment->processes[k].pid == scene->dismissed[i])
				break;
		if (k < moment->n_processes && (moment->processes[k].outcome == OUTCOME_GONE ||
						moment->processes[k].outcome == OUTCOME_REUSED))
			scene->dismissed[n++] = scene->dismissed[i];
	}
	scene->n_dismissed = n;
}

/* Those of the old list from *at on that the moment leaves out, up to one that it has. */
static size_t add_outlived(struct scene *scene, const struct moment *moment, size_t *at, struct shown *out)
{
	size_t n = 0;

	for (; *at < scene->n && !in_moment(moment, scene->shown[*at].pid); (*at)++)
		if (scene->shown[*at].process && !goes_back(scene, moment))
			out[n++] = outlive(&scene->shown[*at], moment);
	return n;
}

/* The processes of the moment in its order, and behind each those who stood behind it and are gone. */
static void line_up(struct scene *scene, const struct moment *moment)
{
	struct shown *shown = mem_alloc((moment->n_processes + scene->n) * sizeof(*shown));
	const struct shown *old;
	size_t i, n, at = 0;

	n = add_outlived(scene, moment, &at, shown);
	for (i = 0; i < moment->n_processes; i++) {
		if (is_dismissed(scene, moment->processes[i].pid))
			continue;
		old = find(scene, moment->processes[i].pid);
		shown[n++] = show(scene, moment, &moment->processes[i]);
		if (!old)
			continue;
		at = (size_t)(old - scene->shown) + 1;
		n += add_outlived(scene, moment, &at, shown + n);
	}
	for (i = 0; i < scene->n; i++)
		flashes_fini(&scene->shown[i].flashes);
	free(scene->shown);
	scene->shown = shown;
	scene->n = n;
}

/* Whether the moment has the processes that are shown, in their order, and all are as they were. */
static bool nothing_new(const struct scene *scene, const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_processes && i < scene->n; i++)
		if (scene->shown[i].pid != moment->processes[i].pid ||
		    !same(&scene->shown[i], &moment->processes[i]))
			return false;
	return i == moment->n_processes && i == scene->n;
}

/* What was known stays, and nothing of it is news any more. */
static void lose(struct scene *scene)
{
	size_t i;

	for (i = 0; i < scene->n; i++) {
		flashes_fini(&scene->shown[i].flashes);
		if (shown_exited(&scene->shown[i]))
			continue;
		scene->shown[i].outcome = OUTCOME_FAILED;
		scene->shown[i].reason = "seen last: the link is lost";
	}
	scene->version++;
}

void scene_take(struct scene *scene, struct moment *moment)
{
	if (moment->lost && scene->newest) {
		if (!scene->lost) {
			scene->lost = mem_strdup(moment->lost);
			lose(scene);
		}
		moment_free(moment);
		return;
	}
	if (moment->lost)
		scene->lost = mem_strdup(moment->lost);
	scene->version += !nothing_new(scene, moment);
	review_dismissed(scene, moment);
	line_up(scene, moment);
	if (scene->newest) {
		mem_grow(&scene->kept, &scene->room_kept, scene->n_kept + 1, sizeof(struct moment *));
		scene->kept[scene->n_kept++] = scene->newest;
	}
	scene->newest = moment;
	purge(scene);
	while (scene->n_kept > SCENE_KEPT_MAX) {
		forget_oldest(scene);
		purge(scene);
	}
}

bool scene_dismiss(struct scene *scene, pid_t pid)
{
	struct shown *shown = find(scene, pid);
	size_t at;

	if (!shown || !shown_exited(shown))
		return false;
	at = (size_t)(shown - scene->shown);
	flashes_fini(&shown->flashes);
	memmove(shown, shown + 1, (--scene->n - at) * sizeof(*shown));
	mem_grow(&scene->dismissed, &scene->room_dismissed, scene->n_dismissed + 1, sizeof(pid_t));
	scene->dismissed[scene->n_dismissed++] = pid;
	scene->version++;
	purge(scene);
	return true;
}

void scene_fini(struct scene *scene)
{
	uint64_t version = scene->version;
	size_t i;

	for (i = 0; i < scene->n_kept; i++)
		moment_free(scene->kept[i]);
	for (i = 0; i < scene->n; i++)
		flashes_fini(&scene->shown[i].flashes);
	moment_free(scene->newest);
	free(scene->kept);
	free(scene->lost);
	free(scene->shown);
	free(scene->dismissed);
	memset(scene, 0, sizeof(*scene));
	scene->version = version + 1; /* whoever laid the old one out lays this one out anew */
}
