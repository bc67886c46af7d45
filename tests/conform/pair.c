/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation on both sides (conform.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "local/local.h"

static int open_model(struct pair *pair, const struct conform_run *run)
{
	struct source *surveys;
	int err;

	pair->machine = model_machine(run->kernel->generation, &(struct model_shape){0}, pair->why,
				      sizeof(pair->why));
	if (!pair->machine)
		return -EINVAL;
	pair->world = machine_world(pair->machine);
	if (run->kernel->adapt)
		run->kernel->adapt(&pair->world->rules);
	if (run->wrong)
		conform_wrong(&pair->world->rules, run->wrong);
	err = local_source_open(model_kernel_new(pair->machine), NULL, &surveys, pair->why,
				sizeof(pair->why));
	if (err)
		return err;
	pair->model = model_source_new(machine_hold(pair->machine), surveys);
	pair->kernel = model_kernel_new(pair->machine);
	return 0;
}

int pair_open(struct pair *pair, const struct conform_run *run)
{
	int err;

	memset(pair, 0, sizeof(*pair));
	past_forget();
	err = open_model(pair, run);
	if (err)
		return err;
	err = live_open(&pair->live, run->specimen_program);
	if (err) {
		snprintf(pair->why, sizeof(pair->why), "%s", pair->live.error);
		return err;
	}
	if (!kernel_averaged(pair->live.kernel))
		return 0;
	snprintf(pair->why, sizeof(pair->why),
		 "this kernel tells no mapcount of a page of a larger folio (CONFIG_NO_PAGE_MAPCOUNT)");
	return -ENOTSUP;
}

void pair_close(struct pair *pair)
{
	live_close(&pair->live);
	source_close(pair->model);
	kernel_close(pair->kernel);
	machine_free(pair->machine);
}

/* The running one looks at all that it knows, and so the model's does. The line becomes one for each. */
static int visit_all(struct pair *pair, struct random_line *line)
{
	struct action action = {.kind = ACTION_KHUGEPAGED, .text = "khugepaged"};
	size_t used = 0;
	int err = 0;

	for (uint32_t mm = 1; !err && mm < pair->world->extent.mms; mm++) {
		if (!pair->world->mms[mm].used)
			continue;
		snprintf(action.target.process, sizeof(action.target.process), "%s",
			 pair->world->mms[mm].name);
		used += (size_t)snprintf(line->text + used, sizeof(line->text) - used, "%skhugepaged %s",
					 used ? "\n" : "", pair->world->mms[mm].name);
		if (used >= sizeof(line->text))
			return -E2BIG;
		err = source_act(pair->model, &action);
	}
	return err;
}

static int act_model(struct pair *pair, struct random_line *line)
{
	const struct action *action = &line->action;

	if (action->kind == ACTION_KHUGEPAGED)
		return visit_all(pair, line);
	return source_act(pair->model, action);
}

/* To where so many steps lay behind, and before what had begun there. */
static void go_back(struct machine *machine, uint64_t behind)
{
	machine_seek(machine, -(int64_t)(machine_behind(machine) - behind));
	/* Beginnings are steps of a seek, too. */
	while (machine_behind(machine) >= behind && machine_seek(machine, -1))
		continue;
	machine_seek(machine, machine_behind(machine) < behind);
}

/*
 * A read of some pages of a file where the kernel maps those around them as well, as many as it likes: not so of whole
 * regions, or of an area to its end, since it maps none beyond the VMA or the table of ptes (filemap_map_pages()).
 */
static bool maps_around(const struct pair *pair, const struct action *action)
{
	const char *process = *action->target.process ? action->target.process : "main";
	const struct world *world = pair->world;
	const uint32_t area = area_named(world, mm_named(world, process), action->target.area);
	const uint64_t huge = huge_bytes(world), end = world->areas[area].start + world->areas[area].len;
	const bool reads = action->kind == ACTION_READ ||
			   (action->kind == ACTION_ADVISE && action->advice == ADVICE_POPULATE_READ);
	struct place place;

	/* The specimen has what it has split mapped again by reads: also a page behind the end, if the huge page has one. */
	if (action->kind == ACTION_SPLIT && world->areas[area].file && live_maps_around() &&
	    world->files[world->areas[area].file].size % huge_nr(world))
		return true;
	if (!reads || !world->areas[area].file || !live_maps_around() ||
	    source_locate(pair->model, &action->target, &place))
		return false;
	return (place.start % huge && place.start != world->areas[area].start) ||
	       ((place.start + place.len) % huge && place.start + place.len != end);
}

/*
 * A fork by which three processes would map a larger folio of anonymous memory, where that is told by the two mm ids that a folio
 * has (6.15): the third one is nobody's, and the folio may count as shared for longer than it is. The model counts
 * (thpscope-kernel(7)).
 */
static bool third_mapper(const struct pair *pair, const struct action *action)
{
	const struct world *world = pair->world;
	unsigned processes = 0;

	if (action->kind != ACTION_FORK || world->rules.cow != COW_6_15)
		return false;
	for (uint32_t mm = 1; mm < world->extent.mms; mm++)
		processes += world->mms[mm].used;
	for (uint32_t pfn = 0; processes > 1 && pfn < world->extent.frames; pfn++) {
		if (world->pages[pfn].use == PAGE_HEAD && world->pages[pfn].anon)
			return true;
	}
	return false;
}

enum accord pair_act(struct pair *pair, struct random_line *line)
{
	const uint64_t before = machine_behind(pair->machine);
	int model, live;

	if (maps_around(pair, &line->action) || third_mapper(pair, &line->action))
		return ACCORD_NONE;
	line->action.text = line->text;
	model = act_model(pair, line);
	/* EFBIG: a file of the model has as much room as it was made with. Of several visits some may have been paid. */
	if (model == -EBUSY || model == -EFBIG) {
		go_back(pair->machine, before);
		return ACCORD_NONE;
	}
	if (model == -EUCLEAN || pair->world->violation.found) {
		snprintf(pair->why, sizeof(pair->why), "the model broke an invariant: %s",
			 pair->model->error);
		return ACCORD_DIFFER;
	}
	live = live_act(&pair->live, &line->action);
	if (model != live) {
		snprintf(pair->why, sizeof(pair->why), "the model says %s (%s), the kernel %s (%s)",
			 strerror(-model), model ? pair->model->error : "", strerror(-live),
			 live ? pair->live.error : "");
		return ACCORD_DIFFER;
	}
	pair->refused += model < 0;
	return look_alike(pair) ? ACCORD_AGREE : ACCORD_DIFFER;
}
