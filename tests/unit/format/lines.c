/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints a sample (plain, all; or sharers, as json) as json, cow (with all verdicts), text, ascii or colour, csv,
 * svg, html or metrics, or as a stream of itself and what may come next (delta, and a seed): for schema_check.py, to make golden files, and a corpus.
 */
#include <stdlib.h>
#include <string.h>

#include "format/csv.h"
#include "format/delta.h"
#include "format/html.h"
#include "format/json.h"
#include "format/metrics.h"
#include "format/sharers.h"
#include "format/svg.h"
#include "format/text.h"
#include "mutate.h"
#include "sample.h"

/* A moment, whole or not by the seed, and those that follow it by chance. */
static int write_stream(struct moment *moment, uint64_t seed, const struct sink *sink)
{
	struct moment before;
	size_t i;
	int err;

	err = seed % 2 ? delta_write(NULL, moment, sink) : delta_write_first(moment, sink);
	for (i = 0; i < 12 && !err; i++) {
		memcpy(&before, moment, sizeof(before));
		mutate(moment, &seed);
		err = delta_write(&before, moment, sink);
	}
	return err;
}

static int write_as(const char *format, const struct moment *moment, const struct text_options *options,
		    const struct sink *sink)
{
	if (!strcmp(format, "csv"))
		return csv_write(moment, true, sink);
	if (!strcmp(format, "svg"))
		return svg_write(moment, sink);
	if (!strcmp(format, "html"))
		return html_write(moment, sink);
	if (!strcmp(format, "metrics"))
		return metrics_write(moment, METRICS_TOP, sink);
	return strcmp(format, "json") ? text_write(moment, options, sink) : json_write(moment, sink);
}

int main(int argc, char **argv)
{
	const char *format = argc > 2 ? argv[2] : "json";
	struct text_options options = {.width = 80};
	bool all = argc > 1 && !strcmp(argv[1], "all");
	const struct sharers sharers = sample_sharers();
	struct moment *moment;
	int fd = 1, err;
	struct sink sink = {sink_fd, &fd};

	if (argc > 1 && !strcmp(argv[1], "sharers"))
		return json_write_sharers(&sharers, &sink) ? 1 : 0;
	moment = all ? sample_all() : sample_plain();
	if (!strcmp(format, "ascii"))
		options = (struct text_options){.width = 40, .ascii = true, .all_vmas = true};
	else if (!strcmp(format, "colour"))
		options = (struct text_options){.width = 160, .colour = true};
	if (!strcmp(format, "cow")) {
		struct cow_ask ask;

		for (ask.n = 0; ask.n < COW_ROW_COUNT; ask.n++)
			ask.rows[ask.n] = (enum cow_row)ask.n;
		err = json_write_cow(moment, &ask, &sink);
		moment_free(moment);
		return err ? 1 : 0;
	}
	if (!strcmp(format, "delta")) {
		err = write_stream(moment, argc > 3 ? strtoull(argv[3], NULL, 10) : 7, &sink);
		moment_free(moment);
		return err ? 1 : 0;
	}
	err = write_as(format, moment, &options, &sink);
	moment_free(moment);
	return err ? 1 : 0;
}
