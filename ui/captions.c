/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caption of what happened last. */
#include "ui/captions.h"

#include <string.h>

#include "core/mem.h"
#include "ui/map_view.h"
#include "ui/theme.h"

/* The names that captions call the processes of the screen by; a family's are the script's. */
struct names {
	struct arena arena;
	struct caption_who *who;
	struct caption_cast cast;
};

static void names_make(const struct screen *screen, struct names *names)
{
	const struct scene *scene = &screen->scene;

	memset(names, 0, sizeof(*names));
	names->who = arena_alloc(&names->arena, (scene->n + 1) * sizeof(*names->who));
	for (size_t at = 0; at < scene->n; at++) {
		const struct shown *shown = &scene->shown[at];
		const char *name = tasks_known(screen) ? shown->comm : caption_name(shown->comm);

		if (!*shown->comm)
			continue;
		if (!name)
			name = arena_printf(&names->arena, "%s (%d)", shown->comm, (int)shown->pid);
		names->who[names->cast.n++] = (struct caption_who){shown->pid, name};
	}
	names->cast.who = names->who;
}

static void forget(struct captions_state *captions)
{
	moment_free(captions->before);
	captions->before = NULL;
}

void captions_fini(struct captions_state *captions)
{
	forget(captions);
	buf_fini(&captions->text);
}

void captions_say(const struct screen *screen, const struct occurrence *happened, struct buf *text)
{
	struct names names;

	names_make(screen, &names);
	caption_event(&names.cast, happened, text);
	arena_fini(&names.arena);
}

void captions_event(struct screen *screen, const struct occurrence *happened)
{
	struct captions_state *captions = &screen->captions;

	/* That the rest of the machine is too fast to be told, many times a second, is no news beside what was done. */
	if (happened->event.kind == EVENT_LOST && captions->text.len)
		return;
	/* Of what a lesson does its two moments tell more than the kernel's single events. */
	if ((captions->before && !happened->ordered) || !screen->scene.newest)
		return;
	forget(captions);
	buf_clear(&captions->text);
	captions_say(screen, happened, &captions->text);
	captions->told = happened->ordered && !happened->trigger.begin;
}

/* What the script calls a mapping: its label, or the end of the kernel's name: "[anon:S]", "/memfd:S (deleted)", "/huge/S". */
static bool is_called(const struct vma *vma, const char *area)
{
	const char *name = vma_file_name(vma), *colon = strchr(name, ':');
	const size_t len = strlen(area);

	if (vma->label)
		return !strcmp(vma->label, area);
	name = colon ? colon + 1 : name;
	return !strncmp(name, area, len) && strchr("] ", name[len]);
}

/* The area of a family's process that the script speaks of, by what it calls both. */
static bool find_about(const struct screen *screen, const struct target *about, pid_t *pid, uint64_t *addr)
{
	const char *process = *about->process ? about->process : "main";

	for (size_t at = 0; at < screen->scene.n; at++) {
		const struct shown *shown = &screen->scene.shown[at];
		const char *name = tasks_known(screen) ? shown->comm : caption_name(shown->comm);

		if (!name || strcmp(name, process) != 0 || !shown->process)
			continue;
		for (size_t i = 0; i < shown->process->n_vmas; i++) {
			const struct vma *vma = &shown->process->vmas[i];
			const uint64_t into = about->index * shown->home->pmd_size + about->offset;

			if (!is_called(vma, about->area) || into >= vma->end - vma->start)
				continue;
			*pid = shown->pid;
			*addr = vma->start + into;
			return true;
		}
	}
	return false;
}

/* To the first region that changed, else to that of which the lesson speaks; once, so that the user may go on elsewhere. */
static void point(struct screen *screen)
{
	const struct stop *stop = &screen->lesson.stop;
	const struct action *one = stop->n_did == 1 ? stop->did[0] : NULL;
	struct names names;
	uint64_t addr;
	bool found;
	pid_t pid;

	if (screen->captions.pointed)
		return;
	names_make(screen, &names);
	found = (screen->captions.before && caption_place(&names.cast, screen->captions.before,
							  screen->scene.newest, one, &pid, &addr)) ||
		(stop->about && find_about(screen, stop->about, &pid, &addr));
	arena_fini(&names.arena);
	if (!found)
		return;
	screen->captions.pointed = true;
	map_fit(screen);
	map_show(screen, pid, addr);
}

static void say_change(struct screen *screen, const struct moment *before, const struct action *const *did,
		       size_t n_did)
{
	struct captions_state *captions = &screen->captions;
	struct names names;

	names_make(screen, &names);
	buf_clear(&captions->text);
	caption_change(&names.cast, before, screen->scene.newest, did, n_did, &captions->text);
	arena_fini(&names.arena);
}

void captions_moment(struct screen *screen, const struct moment *before)
{
	struct captions_state *captions = &screen->captions;
	const struct moment *now = screen->scene.newest;
	const struct stop *stop = &screen->lesson.stop;

	if (now && !before && screen->lesson.open)
		point(screen);
	/* The key that goes on was faster than the first look, for which the caller waits (lesson.h). */
	if (now && !before && screen->lesson.go_on && !captions->before)
		captions->before = moment_hold(screen->scene.newest);
	if (!now || !before || now == before)
		return;
	if (timeline_leaps(before->timeline, now->timeline)) {
		buf_clear(&captions->text); /* elsewhere in a recording: it happened at another time */
	} else if (captions->before && !screen->lesson.under_way) {
		say_change(screen, captions->before, stop->did, stop->n_did);
		point(screen);
	} else if (!captions->before && tasks_known(screen) && now->mono_ns != before->mono_ns) {
		if (now->mono_ns < before->mono_ns)
			buf_clear(&captions->text); /* time went back: what was told has not happened */
		else if (!captions->told)
			say_change(screen, before, NULL, 0);
		captions->told = false;
	}
}

void captions_lesson_goes(struct screen *screen)
{
	struct captions_state *captions = &screen->captions;

	forget(captions);
	if (screen->scene.newest)
		captions->before = moment_hold(screen->scene.newest);
}

void captions_lesson_stands(struct screen *screen, bool back)
{
	struct captions_state *captions = &screen->captions;

	captions->pointed = captions->told = captions->by_hand = false;
	buf_clear(&captions->text);
	if (back)
		forget(captions);
}

void captions_deed(struct screen *screen)
{
	struct captions_state *captions = &screen->captions;

	/* That of the stop would be told anew with what was done since, as if the script had done it. */
	if (!screen->lesson.under_way)
		forget(captions);
	captions->by_hand = true;
}

int captions_rows(const struct screen *screen, const struct cells *cells, int cols, int most)
{
	struct cells none = {.ascii = cells->ascii};
	const struct pane text = {&none, 0, 0, 0, cols - 2};

	if (!screen->captions.text.len)
		return 0;
	return pane_wrap(&text, 0, most, STYLE_TEXT, screen->captions.text.data);
}

void captions_draw(const struct screen *screen, const struct pane *pane)
{
	const struct pane text = {pane->cells, pane->row, pane->col + 1, pane->rows, pane->cols - 2};

	for (int row = 0; row < pane->rows; row++)
		pane_fill(pane, row, 0, pane->cols, STYLE_BAR, " ");
	if (screen->captions.text.len)
		pane_wrap(&text, 0, pane->rows, STYLE_BAR_STRONG, screen->captions.text.data);
}
