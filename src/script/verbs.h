/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside src/script: what follows the first word of a line, verb by verb. */
#ifndef SCRIPT_VERBS_H
#define SCRIPT_VERBS_H

#include "script/parser.h"

/*
 * Each takes the words behind the verb and fills its part of the action; what is left of the line is the caller's to
 * refuse. 0, or -EINVAL with the sentence of the mistake.
 */
typedef int verb_grammar(struct parser *parser, struct action *action);

/* verbs_map.c */
verb_grammar verb_map;

/* verbs_task.c: what the model is told */
verb_grammar verb_hold, verb_take, verb_release, verb_device, verb_set, verb_task, verb_schedule, verb_finish,
	verb_order, verb_without;

#endif
