/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences below the counters. */
#include "ui/counters_notes.h"

#include <stdio.h>
#include <string.h>

#include "ui/theme.h"

#define NOTE_ROWS 6 /* of one note, at most */

int counters_note(const struct pane *pane, int row, uint8_t style, const char *text)
{
	return row + (text && *text ? pane_wrap(pane, row, NOTE_ROWS, style, text) : 0);
}

/* Whether an earlier counter says the same. */
static bool said_before(const struct process *process, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (process->counters[i].missing &&
		    !strcmp(process->counters[i].missing, process->counters[at].missing))
			return true;
	return false;
}

/* Why some are not counted: each reason once, with all to whom it applies. */
static int draw_reasons(const struct pane *pane, int row, const struct process *process)
{
	struct buf text = {0};
	size_t i, k;

	for (i = 0; i < process->n_counters; i++) {
		if (!process->counters[i].missing || said_before(process, i))
			continue;
		buf_puts(&text, process->counters[i].name);
		for (k = i + 1; k < process->n_counters; k++)
			if (process->counters[k].missing &&
			    !strcmp(process->counters[k].missing, process->counters[i].missing))
				buf_printf(&text, ", %s", process->counters[k].name);
		buf_printf(&text, ": %s", process->counters[i].missing);
		row = counters_note(pane, row, STYLE_WARN, text.data);
		buf_clear(&text);
	}
	buf_fini(&text);
	return row;
}

/* What "~" means, and how much of the time there was a turn for each. */
static int draw_scaled(const struct pane *pane, int row, const struct process *process)
{
	unsigned scaled = 0, waiting = 0;
	double least = 1, part;
	char text[200];
	size_t i;

	for (i = 0; process && i < process->n_counters; i++) {
		const struct counter *counter = &process->counters[i];

		if (counter->missing || !counter_scaled(counter))
			continue;
		scaled++;
		waiting += !counter->running_ns;
		part = (double)counter->running_ns / (double)counter->enabled_ns;
		if (counter->running_ns && part < least)
			least = part;
	}
	if (!scaled) {
		snprintf(text, sizeof(text), "~ scaled: an estimate, of events that took turns");
	} else {
		snprintf(text, sizeof(text),
			 "~ scaled: %u %s turns with others on too few counters, and %s an estimate", scaled,
			 scaled == 1 ? "event takes" : "events take", scaled == 1 ? "is" : "are");
		if (waiting < scaled)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				 ": counted %d%% of the time, at the least", (int)(least * 100));
		if (waiting)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "; %u had no turn yet",
				 waiting);
	}
	return counters_note(pane, row, STYLE_DIM, text);
}

/* Whether one of them is an estimate by now, or would be one. */
static bool any_scaled(const struct process *process)
{
	size_t i;

	for (i = 0; process && i < process->n_counters; i++)
		if (!process->counters[i].missing && counter_scaled(&process->counters[i]))
			return true;
	return false;
}

/* Why there is no counter at all. */
static const char *nothing_counted(const struct screen *screen, const struct shown *shown)
{
	if (shown->outcome != OUTCOME_OK)
		return NULL; /* the reason is said above */
	if (timeline_of(screen))
		return "Nothing was counted in this recording up to here.";
	if (capability_lacks(&screen->scene.newest->caps, CAP_COUNTERS))
		return NULL; /* the sentence of that follows */
	return screen->paused ? "Nothing is counted while paused." : "Counting begins.";
}

int counters_notes(const struct screen *screen, const struct pane *pane, int row, const struct shown *shown,
		   const struct counted *counted, bool estimates)
{
	const struct capabilities *caps = &screen->scene.newest->caps;
	const struct process *process = shown->process;
	char text[256];

	if (!counted || !counted->n)
		row = counters_note(pane, row, STYLE_WARN, nothing_counted(screen, shown));
	if (estimates || any_scaled(process))
		row = draw_scaled(pane, row, process);
	if (process)
		row = draw_reasons(pane, row, process);
	/* What the machine of a recording could count says nothing of one in which nothing was. */
	if (capability_lacks(caps, CAP_COUNTERS) && !(timeline_of(screen) && (!counted || !counted->n))) {
		snprintf(text, sizeof(text), "%.250s", caps->missing[CAP_COUNTERS]);
		row = counters_note(pane, row, STYLE_WARN, text);
	}
	return row;
}
