/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened, for people: a paragraph an event. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "format/text_line.h"
#include "format/text_parts.h"

#define INDENT 4

static void end_line(struct text *text, struct buf *line)
{
	line_wrap(&text->out.buf, text->options.width, INDENT, line->data ? line->data : "");
	buf_clear(line);
}

static void put_time(struct buf *line, int64_t wall_ns)
{
	time_t s = (time_t)(wall_ns / 1000000000);
	struct tm tm;

	if (wall_ns > 0 && gmtime_r(&s, &tm))
		buf_printf(line, "%02d:%02d:%02d.%03d ", tm.tm_hour, tm.tm_min, tm.tm_sec,
			   (int)(wall_ns / 1000000 % 1000));
}

static void put_heading(struct text *text, const struct event *event, struct buf *line)
{
	bool ascii = text->options.ascii;

	put_time(line, event->wall_ns);
	buf_puts(line, event_name(event->kind));
	if (event->pid)
		buf_printf(line, ", process %d", (int)event->pid);
	if (event->len) {
		buf_printf(line, ", at %llx, ", (unsigned long long)event->addr);
		line_size(line, event->len);
	}
	if (event->child)
		buf_printf(line, ", child %d", (int)event->child);
	/* Of an end it is whoever ended: a process that was killed, too. */
	if (event->kind != EVENT_EXIT && (*event->by || event->by_pid))
		buf_puts(line, ", by ");
	line_safe(line, event->kind != EVENT_EXIT ? event->by : "", ascii);
	if (event->kind != EVENT_EXIT && event->by_pid)
		buf_printf(line, "%s%d", *event->by ? " " : "process ", (int)event->by_pid);
	if (!event->triggered && event->kind != EVENT_EXIT)
		buf_puts(line, ", by itself");
	end_line(text, line);
}

static void put_answer(struct text *text, const struct event *event, struct buf *line)
{
	bool ascii = text->options.ascii;

	if (*event->how) {
		buf_puts(line, "  call: ");
		line_safe(line, event->how, ascii);
		if (event->error)
			buf_printf(line, ": errno %d, %s", event->error, strerror(event->error));
		else
			buf_puts(line, ": no error");
		if (event->result >= 0) {
			buf_puts(line, ", ");
			line_size(line, (uint64_t)event->result);
		}
		end_line(text, line);
	}
	if (*event->verdict) {
		buf_puts(line, "  kernel: ");
		line_safe(line, event->verdict, ascii);
		end_line(text, line);
	}
	if (*event->why) {
		buf_puts(line, "  so: ");
		line_safe(line, event->why, ascii);
		end_line(text, line);
	}
}

static void put_side(struct text *text, const struct event_effect *effect, bool after, struct buf *line)
{
	const struct region *region = after ? &effect->after : &effect->before;

	buf_printf(line, "  %s, %d at %llx: ", after ? "after" : "before", (int)effect->pid,
		   (unsigned long long)effect->addr);
	if (after ? effect->has : effect->had)
		text_facts(line, region);
	else
		buf_puts(line, "nothing");
	end_line(text, line);
}

static void put_deltas(struct text *text, const struct event *event, struct buf *line)
{
	size_t i;

	if (!event->n_deltas)
		return;
	buf_puts(line, "  vmstat: ");
	for (i = 0; i < event->n_deltas; i++) {
		line_safe(line, event->deltas[i].name, text->options.ascii);
		buf_printf(line, " %+lld%s", (long long)event->deltas[i].by,
			   i + 1 < event->n_deltas ? ", " : "");
	}
	buf_puts(line, " (others move these too)");
	end_line(text, line);
}

static void put_event(struct text *text, const struct event *event)
{
	const struct event_effect *effect;
	struct buf line = {0};
	size_t i;

	put_heading(text, event, &line);
	put_answer(text, event, &line);
	for (i = 0; i < event->n_effects; i++) {
		effect = &event->effects[i];
		put_side(text, effect, false, &line);
		put_side(text, effect, true, &line);
	}
	put_deltas(text, event, &line);
	buf_fini(&line);
}

void text_events(struct text *text)
{
	size_t i;

	for (i = 0; i < text->moment->n_events && !text->out.error; i++) {
		put_event(text, &text->moment->events[i]);
		out_line(&text->out);
	}
}
