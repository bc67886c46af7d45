/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of verbs. */
#include <string.h>

#include "cmd/cmd.h"
#include "script/words.h"

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

static const char *verb_at(const void *data, size_t i)
{
	(void)data;
	return i < N_VERBS ? verbs[i]->name : NULL;
}

const char *cmd_closest_verb(const char *word)
{
	if (!strcmp(word, "help") || !strcmp(word, "version"))
		return *word == 'h' ? "--help" : "--version";
	return words_closest(word, verb_at, NULL);
}
