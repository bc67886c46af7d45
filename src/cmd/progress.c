/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a snapshot is. */
#include "cmd/progress.h"

#include <string.h>

#include "cmd/cmd.h"
#include "core/clock.h"

#define AGAIN_NS UINT64_C(100000000)
#define BAR 20

/* Whether it is time to show something. */
static bool due(struct progress *progress)
{
	const uint64_t now = clock_mono_ns();

	if (now - progress->began_ns < PROGRESS_AFTER_NS || now - progress->told_ns < AGAIN_NS)
		return false;
	progress->told_ns = now;
	return true;
}

static void tell(struct survey_progress *survey, pid_t pid, unsigned thousandths)
{
	struct progress *progress = (struct progress *)survey;
	char bar[BAR + 1];
	size_t done;

	progress->at += !thousandths && progress->at < progress->n;
	if (!due(progress))
		return;
	/* Processes that were read before, and the part of this one. */
	done = progress->n ? ((progress->at - 1) * 1000 + thousandths) / progress->n : 0;
	memset(bar, '.', BAR);
	memset(bar, '#', done * BAR / 1000);
	bar[BAR] = '\0';
	cmd_wait("[%s] %zu %%, reading %d, %zu of %zu", bar, done / 10, (int)pid, progress->at, progress->n);
}

void progress_begin(struct progress *progress, size_t n)
{
	*progress = (struct progress){.survey.tell = tell, .began_ns = clock_mono_ns(), .n = n};
}

static int pass_on(void *ctx, const char *bytes, size_t n)
{
	struct progress *progress = ctx;

	progress->bytes += n;
	if (due(progress))
		cmd_wait("writing, %llu MiB", (unsigned long long)(progress->bytes >> 20));
	return progress->to->write(progress->to->ctx, bytes, n);
}

struct sink progress_sink(struct progress *progress, const struct sink *to)
{
	progress->to = to;
	return (struct sink){pass_on, progress};
}

void progress_end(struct progress *progress)
{
	/* What is shown may not stay above what comes next. */
	if (progress->told_ns)
		cmd_wait_over();
}
