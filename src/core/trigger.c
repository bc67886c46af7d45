/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of triggers and events. */
#include "core/trigger.h"

#include <string.h>

#include "core/event.h"

const char *trigger_name(enum trigger_kind kind)
{
	static const char *const names[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = "collapse",
		[TRIGGER_SPLIT] = "split",
		[TRIGGER_SPLIT_FOLIO] = "split-folio",
		[TRIGGER_COW] = "cow",
		[TRIGGER_FORK] = "fork",
	};

	return names[kind];
}

const char *trigger_way_name(enum trigger_way way)
{
	static const char *const names[TRIGGER_WAY_COUNT] = {
		[TRIGGER_WAY_USUAL] = "",
		[TRIGGER_WAY_ADVICE] = "advice",
		[TRIGGER_WAY_PROTECT] = "mprotect",
		[TRIGGER_WAY_DEBUGFS] = "debugfs",
		[TRIGGER_WAY_PUNCH] = "punch",
		[TRIGGER_WAY_WRITE] = "write",
		[TRIGGER_WAY_POPULATE] = "populate",
	};

	return names[way];
}

static const char *const event_names[EVENT_KIND_COUNT] = {
	[EVENT_COLLAPSE] = "collapse", [EVENT_SPLIT] = "split",	    [EVENT_SPLIT_FOLIO] = "split-folio",
	[EVENT_COW] = "cow",	       [EVENT_FORK] = "fork",	    [EVENT_EXEC] = "exec",
	[EVENT_EXIT] = "exit",	       [EVENT_MAPPING] = "mapping", [EVENT_LOST] = "lost",
};

const char *event_name(enum event_kind kind)
{
	return event_names[kind];
}

enum event_kind event_named(const char *name)
{
	int kind;

	for (kind = 0; kind < EVENT_KIND_COUNT && strcmp(event_names[kind], name); kind++)
		;
	return (enum event_kind)kind;
}
