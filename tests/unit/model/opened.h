/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model's source, as the program opens it. */
#ifndef MODEL_TEST_OPENED_H
#define MODEL_TEST_OPENED_H

#include "local/local.h"
#include "model/model.h"

static inline struct source *opened_as(const char *generation, const struct model_shape *shape)
{
	char error[256] = "";
	struct machine *machine = model_machine(generation, shape, error, sizeof(error));
	struct source *surveys = NULL;

	if (!machine || local_source_open(model_kernel_new(machine), NULL, &surveys, error, sizeof(error)))
		fail_msg("%s: %s", generation, error);
	return model_source_new(machine, surveys);
}

static inline struct source *opened(const char *generation)
{
	return opened_as(generation, &(struct model_shape){0});
}

#endif
