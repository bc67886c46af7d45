/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope collapse|split|cow from within: one call, and what it comes to. */
#ifndef CMD_ACT_H
#define CMD_ACT_H

#include "cmd/cmd.h"

struct act {
	const struct cmd *cmd;
	struct trigger trigger;
	struct targets targets;
	struct source *source;
	bool yes, json;
	struct moment *told; /* the machine, and the last event */
	struct event event;
	struct arena event_arena;
	struct arena arena; /* of the region under way: who else maps it */
	size_t n;	    /* events told */
	bool refused;
	uint64_t began_ns;
	bool estimated;
};

/* The exit code of a trigger that was not even tried. */
int act_code(int err);

/*
 * Carries the trigger out where it says, of the process as it was just seen: at its address, or on each region or page of
 * its range. Each is told as soon as it is done, and then forgotten. 0, or an exit code with its sentence.
 */
int act_carry_out(struct act *act, const struct process *process);

/* The last line of what act_carry_out has told as JSON; 0 or an exit code. */
int act_end_json(void);

#endif
