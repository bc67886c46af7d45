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
	size_t hottest;		/* collapse so many of those that are used most; 0: at the trigger's place */
	struct heat_query heat; /* ... measured so */
};

#define HOTTEST_MOST 100000

/* The exit code of a trigger that was not even tried. */
int act_code(int err);

/*
 * Carries the trigger out where it says, of the process as it was just seen: at its address, or on each region or page of
 * its range. Each is told as soon as it is done, and then forgotten. 0, or an exit code with its sentence.
 */
int act_carry_out(struct act *act, const struct process *process);

/* 0 once somebody who may has agreed to the trigger, or nobody need; `first` is said before it. Else an exit code. */
int act_ask(struct act *act, const char *first);

/*
 * collapse --hottest: measures, asks, collapses one region after the other, and tells what was counted before and after. 0, or
 * an exit code with its sentence; act->refused as ever.
 */
int act_hottest(struct act *act);

/* The last line of what act_carry_out has told as JSON; 0 or an exit code. */
int act_end_json(void);

#endif
