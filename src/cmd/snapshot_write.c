/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope snapshot: a moment to a file or stdout, in each of the formats. */
#include <errno.h>
#include <string.h>

#include "cmd/output.h"
#include "cmd/progress.h"
#include "cmd/snapshot.h"
#include "format/csv.h"
#include "format/html.h"
#include "format/json.h"
#include "format/metrics.h"
#include "format/svg.h"
#include "format/text.h"

int snapshot_format(const struct snapshot *snapshot, const struct moment *moment, bool first,
		    const struct sink *sink)
{
	switch (snapshot->format) {
	case SNAPSHOT_JSON:
		return json_write_cow(moment, &snapshot->cow, sink);
	case SNAPSHOT_TEXT:
		return text_write(moment, &(struct text_options){.cow = snapshot->cow}, sink);
	case SNAPSHOT_CSV:
		return csv_write(moment, first, sink);
	case SNAPSHOT_SVG:
		return svg_write(moment, sink);
	case SNAPSHOT_HTML:
		return html_write(moment, sink);
	case SNAPSHOT_METRICS:
		return metrics_write(moment, snapshot->top ? snapshot->top : METRICS_TOP, sink);
	case SNAPSHOT_FORMATS:
		break;
	}
	return -EINVAL;
}

static int write_out(const struct snapshot *snapshot, const struct moment *moment)
{
	struct progress progress;
	struct output output;
	struct sink sink, shown;
	int err = output_open(&output, snapshot->file);

	if (err)
		return err;
	sink = output_sink(&output);
	progress_begin(&progress, 0);
	shown = progress_sink(&progress, &sink);
	/* On a terminal the two would get into each other's way. */
	err = snapshot_format(snapshot, moment, true, snapshot->file ? &shown : &sink);
	progress_end(&progress);
	if (err)
		output_abandon(&output);
	else
		err = output_commit(&output);
	return err;
}

int snapshot_write(const struct snapshot *snapshot, const struct moment *moment)
{
	int err;

	if (snapshot->format == SNAPSHOT_TEXT && !snapshot->file)
		return cmd_print_text_cow(moment, &snapshot->cow);
	err = write_out(snapshot, moment);
	if (!err)
		return EXIT_FINE;
	return output_failed(snapshot->file, err);
}
