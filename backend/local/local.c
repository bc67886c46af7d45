/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source of this machine: surveys over any kernel.h, with a specimen on a real one. */
#include "local/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/mem.h"
#include "local/local_parts.h"

static void local_close(struct source *source)
{
	struct local_source *local = local_of(source);

	hold_end(local->hold); /* first: its process cannot go while its lock is held */
	family_free(local->family);
	lister_close(local->lister);
	recent_fini(&local->recent);
	happened_free(local->happened);
	watch_list_fini(&local->watched);
	count_set_free(local->count);
	areas_give_back(local->areas);
	kernel_close(local->kernel);
	free(local->program);
	free(local);
}

static int local_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	struct local_source *local = local_of(source);
	int err;

	if (local->kernel->here && !local->lister)
		local->lister = lister_open();
	/* The library needs more descriptors at a time than we do, and with too few finds nobody. */
	if (local->lister && !lister_list(local->lister, local->kernel, arena, list, n) && *n)
		return 0;
	err = list_kernel(local->kernel, local->kernel->here, arena, list, n);
	if (err == -EBADMSG)
		snprintf(source->error, sizeof(source->error), "%s", local->kernel->error);
	return err;
}

static struct moment *survey(struct local_source *local, const pid_t *pids, size_t n,
			     struct kernel_process *const *opened, const struct survey_options *options,
			     uint64_t mono)
{
	const int64_t wall = (int64_t)clock_ns(CLOCK_REALTIME);
	struct moment *moment = survey_moment(local->kernel, pids, n, opened, options);
	size_t i;

	for (i = 0; i < n; i++)
		watch_list_surveyed(&local->watched, local->kernel, &moment->processes[i]);
	if (local->family)
		family_label(local->family, moment);
	moment->caps = local->source.caps;
	moment->mono_ns = mono;
	moment->wall_ns = local->kernel->wall_ns ? local->kernel->wall_ns : wall;
	moment->cost_ns = clock_mono_ns() - mono;
	moment->seq = local->seq++;
	recent_note_smaps(moment);
	return moment;
}

/* What could be heard when the source was opened, and is not. */
static void note_unheard(struct local_source *local, struct moment *moment)
{
	const char *why = happened_unheard(local->happened);

	if (!why || !capable(&moment->caps, CAP_TRACEPOINTS))
		return;
	moment->caps.mask &= ~(1u << CAP_TRACEPOINTS);
	moment->caps.missing[CAP_TRACEPOINTS] = arena_text(&moment->arena, why, strlen(why));
}

/* A live sample: cheaper by what the last one saw. */
static struct moment *survey_live(struct local_source *local, const pid_t *pids, size_t n,
				  struct kernel_process *const *opened, struct survey_options options,
				  bool anew)
{
	const uint64_t mono = clock_mono_ns();
	const size_t room = local->family ? local->family->n : 0;
	pid_t *family = mem_alloc(room * sizeof(*family));
	size_t n_family = room ? family_pids(local->family, family, room) : 0;
	struct moment *moment;

	recent_begin(&local->recent, &options, mono, family, n_family);
	if (anew)
		options.past = NULL;
	moment = survey(local, pids, n, opened, &options, mono);
	if (!options.past)
		moment->system.read_ns = mono;
	happened_fill(local->happened, local->recent.moment, moment);
	note_unheard(local, moment);
	moment->cost_ns = clock_mono_ns() - mono;
	recent_end(&local->recent, moment);
	free(family);
	return moment;
}

/*
 * What is counted of the processes of a moment: behind the survey, which says who they are. One that is gone keeps its events
 * for as long as it is watched, for its children have inherited them; and one that is on its way there, and maps nothing any more,
 * for what they have counted.
 */
static void count(struct local_source *local, const struct watch *watch, struct moment *moment)
{
	const uint64_t mono = clock_mono_ns();
	const struct watched *item;
	struct process *process;
	size_t i;

	if (watch->count && !local->count && local->kernel->here)
		local->count = count_set_new(NULL, NULL);
	if (!watch->count || !local->count) {
		count_set_free(local->count);
		local->count = NULL;
		return;
	}
	count_set_begin(local->count, watch->counters, watch->n_counters);
	for (i = 0; i < moment->n_processes; i++) {
		process = &moment->processes[i];
		item = watch_list_find(&local->watched, process->pid);
		if (!item || !item->start_time || process->outcome == OUTCOME_REUSED)
			continue;
		if (process->outcome == OUTCOME_OK || process->outcome == OUTCOME_GONE ||
		    count_set_has(local->count, process->pid, item->start_time))
			process->n_counters = count_set_process(local->count, process->pid, item->start_time,
								&moment->arena, &process->counters);
	}
	count_set_end(local->count);
	moment->cost_ns += clock_mono_ns() - mono;
}

static struct moment *local_sample(struct source *source, const struct watch *watch)
{
	struct local_source *local = local_of(source);
	struct watch_list *list = &local->watched;
	struct kernel_process **opened;
	const struct watched *item;
	struct moment *moment;
	size_t i, n = 0;
	pid_t *pids;

	watch_list_update(list, local->kernel, watch);
	opened = mem_alloc((watch->n + list->n) * sizeof(*opened));
	pids = mem_alloc((watch->n + list->n) * sizeof(*pids));
	for (i = 0; i < watch->n; i++) {
		item = watch_list_find(list, watch->pids[i]);
		opened[n] = item->process;
		pids[n++] = item->pid;
	}
	for (i = 0; i < list->n; i++) {
		if (!list->items[i].parent)
			continue;
		opened[n] = list->items[i].process;
		pids[n++] = list->items[i].pid;
	}
	if (watch->live)
		moment = survey_live(local, pids, n, opened, watch->options, watch->anew);
	else
		moment = survey(local, pids, n, opened, &watch->options, clock_mono_ns());
	count(local, watch, moment);
	free(opened);
	free(pids);
	return moment;
}

static struct moment *local_examine(struct source *source, pid_t pid, uint64_t addr)
{
	struct local_source *local = local_of(source);
	const struct watched *item = watch_list_find(&local->watched, pid);
	struct kernel_process *opened = item ? item->process : NULL;
	const uint64_t mono = clock_mono_ns();
	const struct survey_past past = {local->recent.moment, mono};
	/* (Of a range nothing but the system's settings is carried over.) */
	struct survey_options options = {.pages = true, .past = past.moment ? &past : NULL};

	options.from = addr / local->kernel->pmd_size * local->kernel->pmd_size;
	options.to = options.from + local->kernel->pmd_size;
	options.walk_to = addr;
	return survey(local, &pid, 1, &opened, &options, mono);
}

static int local_spawn(struct source *source, pid_t *pid)
{
	struct local_source *local = local_of(source);

	if (!capable(&source->caps, CAP_SPECIMEN)) {
		snprintf(source->error, sizeof(source->error), "%s", source->caps.missing[CAP_SPECIMEN]);
		return -ENOTSUP;
	}
	if (local->family) {
		snprintf(source->error, sizeof(source->error), "the specimen has been started already");
		return -EBUSY;
	}
	return family_spawn(local->program, source->page_size, source->pmd_size, &local->family, pid,
			    source->error, sizeof(source->error));
}

static int no_family(struct source *source)
{
	snprintf(source->error, sizeof(source->error), "no specimen has been started");
	return -ESRCH;
}

static int local_act(struct source *source, const struct action *action)
{
	struct local_source *local = local_of(source);
	const struct member *member;
	int err = 0;

	if (!local->family)
		return no_family(source);
	if (action->kind == ACTION_RELEASE)
		return hold_release(&local->hold, action->name, source->error, sizeof(source->error));
	if (action->kind != ACTION_HOLD && action->kind != ACTION_KHUGEPAGED)
		return family_act(local->family, action, source->error, sizeof(source->error));
	member = family_member(local->family, action->target.process, &err, source->error,
			       sizeof(source->error));
	if (!member)
		return err;
	if (action->kind == ACTION_KHUGEPAGED)
		return khugepaged_round(local->kernel, member->pid, source->error, sizeof(source->error));
	return hold_begin(&local->hold, local->kernel, action, member->pid, source->error,
			  sizeof(source->error));
}

static int local_locate(struct source *source, const struct target *target, struct place *place)
{
	struct local_source *local = local_of(source);

	if (!local->family)
		return no_family(source);
	return family_locate(local->family, target, place, source->error, sizeof(source->error));
}

static int local_value(struct source *source, pid_t pid, uint64_t addr, uint8_t *value)
{
	struct local_source *local = local_of(source);

	if (!local->family)
		return no_family(source);
	return family_value(local->family, local->kernel, pid, addr, value, source->error,
			    sizeof(source->error));
}

static int local_family(struct source *source, pid_t *pids, size_t room, size_t *n)
{
	struct local_source *local = local_of(source);

	if (!local->family)
		return no_family(source);
	*n = family_pids(local->family, pids, room);
	return 0;
}

static const struct source_ops local_ops = {
	.name = "local",
	.close = local_close,
	.list = local_list,
	.sample = local_sample,
	.examine = local_examine,
	.spawn = local_spawn,
	.act = local_act,
	.locate = local_locate,
	.value = local_value,
	.family = local_family,
	.sharers = local_sharers,
	.heat = local_heat,
	.plan = local_plan,
	.trigger = local_trigger,
	.why = local_why,
};

/* The specimen's program: as told, beside the running program, or where it is installed. NULL: nowhere. */
static char *find_program(const char *told)
{
	static const char *const from_here[] = {"thpscope-specimen", LOCAL_FROM_BIN};
	char self[4096], path[8192];
	ssize_t n;
	char *slash;
	size_t i;

	if (told)
		return access(told, X_OK) ? NULL : mem_strdup(told);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (i = 0; slash && i < sizeof(from_here) / sizeof(from_here[0]); i++) {
		snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - self), self, from_here[i]);
		if (!access(path, X_OK))
			return mem_strdup(path);
	}
	return access(LOCAL_SPECIMEN, X_OK) ? NULL : mem_strdup(LOCAL_SPECIMEN);
}

int local_source_open(struct kernel *kernel, const char *specimen_program, struct source **out, char *error,
		      size_t size)
{
	struct local_source *local = mem_alloc(sizeof(*local));
	struct capabilities *caps = &local->source.caps;

	if (size)
		error[0] = '\0';
	local->source.ops = &local_ops;
	local->source.page_size = kernel->page_size;
	local->source.pmd_size = kernel->pmd_size;
	*caps = kernel->caps;
	local->kernel = kernel;
	local->happened = happened_new(kernel);
	caps->mask &= ~(1u << CAP_SPECIMEN);
	if (strcmp(kernel->ops->source, "live")) {
		caps->missing[CAP_SPECIMEN] =
			"a specimen lives on a running kernel only, not in a recorded one";
	} else {
		local->program = find_program(specimen_program);
		if (local->program)
			caps->mask |= 1u << CAP_SPECIMEN;
		else
			caps->missing[CAP_SPECIMEN] =
				"the program thpscope-specimen is neither beside thpscope nor installed "
				"as " LOCAL_SPECIMEN "; build or install thpscope whole";
	}
	if (kernel->here)
		caps->missing[CAP_TRACEPOINTS] = trace_missing();
	caps->mask &= ~(1u << CAP_TRACEPOINTS);
	if (kernel->here && !caps->missing[CAP_TRACEPOINTS])
		caps->mask |= 1u << CAP_TRACEPOINTS;
	if (kernel->here)
		caps->missing[CAP_COUNTERS] = count_missing(&count_kernel, NULL);
	else if (!caps->missing[CAP_COUNTERS]) /* a model has said why itself */
		caps->missing[CAP_COUNTERS] = "events are counted while they happen, on the machine itself; "
					      "a recorded tree has none";
	caps->mask &= ~(1u << CAP_COUNTERS);
	if (!caps->missing[CAP_COUNTERS])
		caps->mask |= 1u << CAP_COUNTERS;
	*out = &local->source;
	return 0;
}
