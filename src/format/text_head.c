/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine, the figures of a process, and the processes that were skipped. */
#include <string.h>
#include <time.h>

#include "format/outcome.h"
#include "format/text_line.h"
#include "format/text_parts.h"

/* More skipped processes than this are summed up by outcome. */
#define SKIPPED_SHOWN 4

static void wrap_and_clear(struct text *text, unsigned indent, struct buf *line)
{
	line_wrap(&text->out.buf, text->options.width, indent, line->data ? line->data : "");
	buf_clear(line);
}

static void source_line(struct text *text, struct buf *line)
{
	const struct moment *moment = text->moment;
	time_t s = (time_t)(moment->wall_ns / 1000000000);
	bool ascii = text->options.ascii;
	struct tm tm;

	buf_puts(line, "thpscope ");
	line_safe(line, moment->source, ascii);
	if (moment->system.release && moment->system.release[0]) {
		buf_puts(line, ", Linux ");
		line_safe(line, moment->system.release, ascii);
	}
	buf_puts(line, ", regions of ");
	line_size(line, moment->pmd_size);
	buf_puts(line, ", pages of ");
	line_size(line, moment->page_size);
	if (moment->wall_ns && gmtime_r(&s, &tm))
		buf_printf(line, ", %04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
			   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (moment->from || moment->to)
		buf_printf(line, ", only %llx-%llx", (unsigned long long)moment->from,
			   (unsigned long long)moment->to);
	wrap_and_clear(text, 2, line);
}

/* The knobs that decide most, then the sizes below PMD that are not simply off. */
static void knobs_line(struct text *text, struct buf *line)
{
	static const char *const names[] = {"enabled", "shmem_enabled", "defrag", "khugepaged/max_ptes_none"};
	const struct system_figures *system = &text->moment->system;
	const char *between = "THP ", *value;
	const struct figure *knob;
	size_t i, len;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = figure_value(system->knobs, system->n_knobs, names[i]);
		if (!value)
			continue;
		buf_printf(line, "%s%s ", between, names[i]);
		line_safe(line, value, text->options.ascii);
		between = ", ";
	}
	for (i = 0; i < system->n_knobs; i++) {
		knob = &system->knobs[i];
		len = strlen(knob->name);
		if (strncmp(knob->name, "hugepages-", 10) || len < 18 ||
		    strcmp(knob->name + len - 8, "/enabled") || !strcmp(knob->value, "never") ||
		    !strcmp(knob->value, "inherit"))
			continue;
		buf_puts(line, between);
		line_safe(line, knob->name, text->options.ascii);
		buf_putc(line, ' ');
		line_safe(line, knob->value, text->options.ascii);
		between = ", ";
	}
	if (line->len)
		wrap_and_clear(text, 2, line);
}

/*
 * Whether a sentence about what is missing helps a reader of text: without PFNs, that flags and counts are missing
 * too is the same news; page teams, specimens, tracepoints and a PMU are nobody's loss here.
 */
static bool worth_saying(const struct capabilities *caps, enum capability capability)
{
	if (!capability_lacks(caps, capability))
		return false;
	if (capability == CAP_KPAGEFLAGS || capability == CAP_KPAGECOUNT)
		return capable(caps, CAP_PFN) || !caps->missing[CAP_PFN];
	return capability != CAP_TEAMS && capability != CAP_SPECIMEN && capability != CAP_TRACEPOINTS &&
	       capability != CAP_COUNTERS;
}

void text_header(struct text *text)
{
	const struct capabilities *caps = &text->moment->caps;
	struct buf line = {0};
	unsigned i;

	source_line(text, &line);
	knobs_line(text, &line);
	for (i = 0; i < CAP_COUNT; i++) {
		if (!worth_saying(caps, (enum capability)i))
			continue;
		buf_printf(&line, "missing %s: ", capability_name((enum capability)i));
		line_safe(&line, caps->missing[i], text->options.ascii);
		wrap_and_clear(text, 2, &line);
	}
	buf_fini(&line);
}

static void skipped_line(struct text *text, const struct process *process, size_t n, struct buf *line)
{
	bool ascii = text->options.ascii;

	if (n > 1)
		buf_printf(line, "skipped %zu processes (%s), the first: ", n,
			   outcome_name(process->outcome));
	else
		buf_puts(line, "skipped ");
	buf_printf(line, "%d", (int)process->pid);
	if (process->comm && process->comm[0]) {
		buf_putc(line, ' ');
		line_safe(line, process->comm, ascii);
	}
	buf_puts(line, ": ");
	line_safe(line, process->reason ? process->reason : "", ascii);
	wrap_and_clear(text, 2, line);
}

void text_skipped(struct text *text)
{
	const struct process *process, *first[OUTCOME_COUNT] = {NULL};
	size_t i, n[OUTCOME_COUNT] = {0}, all = 0;
	struct buf line = {0};
	unsigned outcome;

	for (i = 0; i < text->moment->n_processes; i++) {
		process = &text->moment->processes[i];
		if (process->outcome == OUTCOME_OK)
			continue;
		all++;
		if (!n[process->outcome]++)
			first[process->outcome] = process;
	}
	if (all)
		buf_putc(&text->out.buf, '\n');
	for (i = 0; i < text->moment->n_processes && all <= SKIPPED_SHOWN; i++)
		if (text->moment->processes[i].outcome != OUTCOME_OK)
			skipped_line(text, &text->moment->processes[i], 1, &line);
	for (outcome = 0; outcome < OUTCOME_COUNT && all > SKIPPED_SHOWN; outcome++)
		if (first[outcome])
			skipped_line(text, first[outcome], n[outcome], &line);
	buf_fini(&line);
}
