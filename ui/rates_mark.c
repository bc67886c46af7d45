/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to a process's memory, as one letter. */
#include <string.h>

#include "ui/rates.h"
#include "ui/event_text.h"

/* Whether it changed something of this process, as far as it was looked at before and after. */
static bool touched(const struct event *event, pid_t pid)
{
	size_t i;

	for (i = 0; i < event->n_effects; i++)
		if (event->effects[i].pid == pid && event_changed(&event->effects[i]))
			return true;
	return !event->n_effects && event->pid == pid;
}

char rates_mark(const struct occurrence *happened, pid_t pid)
{
	const struct event *event = &happened->event;

	if (happened->error || event->error)
		return 0;
	switch (event->kind) {
	case EVENT_COLLAPSE: /* of a try that the kernel gave up the verdict is another word */
		if (*event->verdict && strcmp(event->verdict, "succeeded"))
			return 0;
		return touched(event, pid) ? 'C' : 0;
	case EVENT_SPLIT:
	case EVENT_SPLIT_FOLIO:
		return touched(event, pid) ? 'S' : 0;
	case EVENT_MAPPING:
		return touched(event, pid) ? 'M' : 0;
	case EVENT_COW: /* one that reuses its page changes nothing that is seen */
		return event->pid == pid || (event->n_effects && touched(event, pid)) ? 'W' : 0;
	case EVENT_FORK:
		return event->pid == pid ? 'F' : 0;
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_LOST:
	case EVENT_KIND_COUNT:
		break;
	}
	return 0;
}
