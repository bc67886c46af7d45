/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of verbs. */
#include <string.h>

#include "cmd/cmd.h"

static const struct cmd *const verbs[] = {
	&cmd_check, &cmd_collapse, &cmd_cow,	  &cmd_demo,  &cmd_diff,   &cmd_glossary,
	&cmd_lab,   &cmd_lesson,   &cmd_matrix,	  &cmd_model, &cmd_record, &cmd_replay,
	&cmd_run,   &cmd_sharers,  &cmd_snapshot, &cmd_split, &cmd_why};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

const struct cmd *cmd_find(const char *name)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

void cmd_list_verbs(struct buf *out)
{
	size_t i;

	for (i = 0; i < N_VERBS; i++)
		buf_printf(out, "%s%s", i ? ", " : "", verbs[i]->name);
}
