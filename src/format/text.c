/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a text snapshot: the machine, the processes, those left out, what happened, the legend. */
#include "format/text.h"

#include "format/text_parts.h"

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST 40

static struct text begin(const struct moment *moment, const struct text_options *options,
			 const struct sink *sink)
{
	struct text text = {.moment = moment, .options = *options, .out.sink = sink};

	if (!text.options.width)
		text.options.width = WIDTH_DEFAULT;
	else if (text.options.width < WIDTH_LEAST)
		text.options.width = WIDTH_LEAST;
	return text;
}

int text_write_events(const struct moment *moment, const struct text_options *options,
		      const struct sink *sink)
{
	struct text text = begin(moment, options, sink);

	text_events(&text);
	return out_end(&text.out);
}

int text_write(const struct moment *moment, const struct text_options *options, const struct sink *sink)
{
	struct text text = begin(moment, options, sink);
	size_t i;

	text_header(&text);
	for (i = 0; i < moment->n_processes && !text.out.error; i++) {
		if (moment->processes[i].outcome != OUTCOME_OK)
			continue;
		buf_putc(&text.out.buf, '\n');
		text_process(&text, &moment->processes[i]);
		text_map(&text, &moment->processes[i]);
		out_line(&text.out);
	}
	text_skipped(&text);
	if (moment->n_events)
		buf_putc(&text.out.buf, '\n');
	text_events(&text);
	text_legend(&text);
	return out_end(&text.out);
}
