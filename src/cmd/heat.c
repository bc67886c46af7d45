/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the verbs that measure heat share: their options, and the measuring, which Ctrl-C ends. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "cmd/cmd.h"
#include "core/parse.h"

#define LEAST_NS UINT64_C(10000000)
#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

static atomic_bool cancelled;

int cmd_parse_window(const struct cmd *cmd, const char *option, const char *text, uint64_t *window_ns)
{
	if (!parse_time(text, window_ns))
		return cmd_usage(cmd, "%s: '%s' is no time: 100ms, 2s, 5m and 1h are", option, text);
	if (*window_ns < LEAST_NS || *window_ns > HEAT_WINDOW_MOST_NS)
		return cmd_usage(cmd, "%s: '%s' is not from 10ms to 1h", option, text);
	return 0;
}

int cmd_parse_heat_by(const struct cmd *cmd, const char *name, enum heat_by *by)
{
	struct buf known = {0};
	int code = 0, i;

	*by = heat_by_named(name);
	if (*by != HEAT_BY_COUNT)
		return 0;
	*by = HEAT_BY_ANY;
	for (i = HEAT_IDLE; i < HEAT_BY_COUNT; i++)
		buf_printf(&known, " %s", heat_by_name((enum heat_by)i));
	code = cmd_usage(cmd, "'%s' is no way to tell what is used: one of%s", name, known.data);
	buf_fini(&known);
	return code;
}

static void on_interrupt(int number)
{
	(void)number;
	atomic_store_explicit(&cancelled, true, memory_order_relaxed);
}

/* A time that was asked for, and that no window took, is told; nobody asked for the default. */
static void say_unwaited(const struct heat_query *query, const struct heat *heat)
{
	struct buf way = {0};

	if (heat->window_ns || heat->by == HEAT_BY_ANY)
		return;
	heat_say_way(heat, &way);
	cmd_error(0,
		  "process %d: what is used was not measured over the time given: it is told %s, which has "
		  "no window; of the ways of --by, idle and cleared have one",
		  (int)query->pid, way.data);
	buf_fini(&way);
}

int cmd_measure_heat(struct source *source, const struct heat_query *query, struct arena *arena,
		     struct heat *heat)
{
	const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
	struct heat_query asked = *query;
	struct sigaction before;
	int err;

	asked.cancel = &cancelled;
	sigaction(SIGINT, &action, &before);
	cmd_wait("measuring which memory of process %d is used", (int)query->pid);
	err = source_heat(source, &asked, arena, heat);
	cmd_wait_over();
	sigaction(SIGINT, &before, NULL);
	if (!err && query->window_ns)
		say_unwaited(query, heat);
	if (!err)
		return 0;
	return cmd_error(err == -ECANCELED ? EXIT_SIGNAL + SIGINT : cmd_code(err), "%s", source->error);
}
