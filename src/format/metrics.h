/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as metrics for Prometheus. */
#ifndef FORMAT_METRICS_H
#define FORMAT_METRICS_H

#include "core/moment.h"
#include "format/sink.h"

/* Processes, and cgroups, that are told one by one, where nothing else is asked for. */
#define METRICS_TOP 50

/*
 * Writes the moment as OpenMetrics text 1.0. All families are gauges, without timestamps and exemplars, so that the text is
 * Prometheus' older text format 0.0.4 as well, which alone node_exporter's textfile collector takes: there "# UNIT" and
 * "# EOF" are comments.
 *
 * The processes with the most memory present, `top` of them, are told one by one; all others are summed up with the label
 * "other", and thpscope_processes says how many those are. Likewise the cgroups, where it is known which process is in
 * which. What is not known has no sample. Names are written as line_safe does. Returns 0 or what the sink returned. Pure but
 * for the sink; any thread.
 */
int metrics_write(const struct moment *moment, size_t top, const struct sink *sink);

#endif
