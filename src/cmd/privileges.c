/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which privileges each verb keeps, and --read-only. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "privilege/privilege.h"

bool cmd_reads_only(const struct source_options *options)
{
	return options->read_only && !options->model && !options->lab && !options->replay;
}

unsigned cmd_needs_to_watch(void)
{
	return PRIVILEGE_LOOK | (cmd_has_screen() ? PRIVILEGE_ACT | PRIVILEGE_FILES : 0);
}

/* Of the running kernel. What a verb does on a screen it does there alone. */
static unsigned on_this_machine(const struct cmd *cmd)
{
	if (cmd == &cmd_collapse || cmd == &cmd_split || cmd == &cmd_cow || cmd == &cmd_why)
		return PRIVILEGE_LOOK | PRIVILEGE_ACT;
	if (cmd == &cmd_snapshot || cmd == &cmd_record || cmd == &cmd_diff)
		return PRIVILEGE_LOOK | PRIVILEGE_FILES;
	if (cmd == &cmd_run)
		return cmd_needs_to_watch() | PRIVILEGE_START; /* and without, once it is there */
	if (cmd == &cmd_demo || cmd == &cmd_lesson || cmd == &cmd_matrix)
		return PRIVILEGE_LOOK | PRIVILEGE_ACT | PRIVILEGE_FILES | PRIVILEGE_START;
	if (cmd == &cmd_check || cmd == &cmd_sharers)
		return PRIVILEGE_LOOK;
	if (cmd == &cmd_lab)
		return PRIVILEGE_FILES | PRIVILEGE_START;
	if (cmd == &cmd_model || cmd == &cmd_replay)
		return PRIVILEGE_FILES;
	return cmd == &cmd_glossary ? 0 : cmd_needs_to_watch();
}

static unsigned needed(const struct cmd *cmd, const struct source_options *options)
{
	if (options->via || options->lab)
		return PRIVILEGE_FILES | PRIVILEGE_START;
	if (options->root || options->model || options->replay)
		return PRIVILEGE_FILES | (cmd == &cmd_matrix ? PRIVILEGE_START : 0);
	return on_this_machine(cmd);
}

/*
 * A filter would hold for ssh, and for QEMU, too: there the agent has it, and nothing here looks at a process. `run` has one when
 * its command is there.
 */
static bool filters_here(const struct cmd *cmd, const struct source_options *options)
{
	return !options->via && !options->lab && cmd != &cmd_lab && cmd != &cmd_matrix && cmd != &cmd_run;
}

int cmd_drop_privileges(const struct cmd *cmd, struct source_options *options)
{
	struct config config;
	char error[256];

	if (privilege_keep(needed(cmd, options)))
		return cmd_error(EXIT_PERMISSION, "cannot drop privileges, and does nothing with them");
	config_read(&config);
	options->read_only |= config.settings.read_only;
	config_fini(&config);
	if (!options->read_only || !filters_here(cmd, options))
		return 0;
	return privilege_read_only(error, sizeof(error)) ? cmd_error(EXIT_IMPOSSIBLE, "%s", error) : 0;
}
