/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One operation on both sides (conform.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "local/local.h"

static int open_model(struct pair *pair, const struct conform_profile *profile)
{
	struct source *surveys;
	int err;

	pair->machine =
		model_machine(profile->generation, &(struct model_shape){0}, pair->why, sizeof(pair->why));
	if (!pair->machine)
		return -EINVAL;
	pair->world = machine_world(pair->machine);
	if (profile->adapt)
		profile->adapt(&pair->world->rules);
	err = local_source_open(model_kernel_new(pair->machine), NULL, &surveys, pair->why,
				sizeof(pair->why));
	if (err)
		return err;
	pair->model = model_source_new(machine_hold(pair->machine), surveys);
	pair->kernel = model_kernel_new(pair->machine);
	return 0;
}

int pair_open(struct pair *pair, const struct conform_profile *profile, const char *specimen_program)
{
	int err;

	memset(pair, 0, sizeof(*pair));
	err = open_model(pair, profile);
	if (err)
		return err;
	err = live_open(&pair->live, specimen_program);
	if (err)
		snprintf(pair->why, sizeof(pair->why), "%s", pair->live.error);
	return err;
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

enum accord pair_act(struct pair *pair, struct random_line *line)
{
	const uint64_t before = machine_behind(pair->machine);
	int model, live;

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
	return look_alike(pair) ? ACCORD_AGREE : ACCORD_DIFFER;
}
