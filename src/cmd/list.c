/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope without arguments: the list of processes; without a terminal a table. */
#include <langinfo.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/watch.h"
#include "core/census.h"
#include "core/clock.h"
#include "format/text_roster.h"

/* So many are named. */
#define NAMED 4

/* Who may not be looked into, and why the first may not. */
static void say_denied(const struct roster_view *roster, size_t denied)
{
	const struct roster_row *row, *first = NULL;
	struct buf who = {0};
	size_t n = 0;

	for (row = roster->rows; row < roster->rows + roster->n && n < NAMED; row++) {
		if (row->outcome != OUTCOME_DENIED)
			continue;
		first = first ? first : row;
		buf_printf(&who, "%s%d (%s)", n++ ? ", " : "", (int)row->is.pid, row->is.comm);
	}
	if (denied > n)
		buf_printf(&who, " and %zu more", denied - n);
	cmd_error(0, "%zu of %zu processes may not be looked into, %s: %s", denied, roster->n, who.data,
		  *first->reason ? first->reason : "no permission");
	buf_fini(&who);
}

/* Says once why some could not be looked into. The exit code: that of the first, if it was all of them. */
static int judge(const struct roster_view *roster)
{
	size_t known = 0, denied = 0, failed = 0, i;
	const struct roster_row *row;

	for (i = 0; i < roster->n; i++) {
		row = &roster->rows[i];
		known += row->known;
		denied += row->outcome == OUTCOME_DENIED;
		failed += row->outcome == OUTCOME_DAMAGED || row->outcome == OUTCOME_FAILED;
	}
	if (failed)
		cmd_error(0, "%zu of %zu processes could not be read; 'thpscope snapshot PID' says why",
			  failed, roster->n);
	if (denied)
		say_denied(roster, denied);
	if (known || (!denied && !failed))
		return EXIT_FINE;
	return denied ? EXIT_PERMISSION : EXIT_DAMAGED;
}

static int print_table(struct source *source)
{
	struct text_options options = {.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0};
	int fd = STDOUT_FILENO, err, code;
	struct sink sink = {sink_fd, &fd};
	struct census census = {0};
	const struct watch nobody = {0};
	struct roster_view *roster;
	struct moment *moment;
	const uint64_t now = clock_mono_ns();

	err = census_list(&census, source);
	/* Who has been surveyed now is not due again now. */
	while (!err && census_survey(&census, source, now))
		;
	if (err) {
		code = cmd_no_list(source, err);
	} else {
		roster = census_view(&census, now);
		moment = source_sample(source, &nobody);
		cmd_say_missing(moment);
		code = cmd_lost(moment);
		moment_free(moment);
		if (!code)
			code = judge(roster);
		err = text_write_roster(roster, &options, &sink);
		if (err)
			code = cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err));
		roster_view_free(roster);
	}
	census_fini(&census);
	source_close(source);
	return code;
}

int cmd_list_source(struct source *source, const struct watch_options *options)
{
	if (cmd_has_screen())
		return watch_run(source, NULL, options);
	return print_table(source);
}
