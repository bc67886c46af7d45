/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One client, one source: the thread that owns it. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "agent.h"
#include "agent_parts.h"
#include "core/clock.h"
#include "local/local.h"
#include "proc/proc.h"

/* The one that is serving, for agent_stop. */
static struct inbox *_Atomic serving;
static atomic_bool stopped; /* agent_stop came, perhaps too early for that */

void agent_stop(void)
{
	struct inbox *inbox;

	stopped = true; /* before looking: who begins to serve looks at it afterwards */
	inbox = serving;
	if (inbox)
		inbox_stop(inbox);
}

static int fail(int code, const char *what)
{
	fprintf(stderr, "thpscope-agent: %s\n", what);
	return code;
}

static void hello(struct agent *agent)
{
	const struct source *source = agent->source;
	struct utsname names = {0};
	struct wire_hello hello = {
		.release = names.release,
		.host = names.nodename,
		.page_size = source->page_size,
		.pmd_size = source->pmd_size,
		.mono_ns = clock_mono_ns(),
		.caps = source->caps,
	};

	uname(&names);
	buf_clear(&agent->lines);
	wire_put_hello_agent(&agent->lines, &hello);
	outbox_write(&agent->outbox, agent->lines.data, agent->lines.len);
}

/* Requests before moments, so that a fast watch keeps nobody waiting. */
static int serve(struct agent *agent)
{
	struct inbox_item *item;
	int code = AGENT_FINE;

	hello(agent);
	while (code == AGENT_FINE && !inbox_over(&agent->inbox) && !agent->outbox.error) {
		item = inbox_take(&agent->inbox, push_due(agent));
		if (item) {
			agent_call(agent, item);
			if (item->fatal)
				code = fail(item->error == -EPROTONOSUPPORT ? AGENT_IMPOSSIBLE
									    : AGENT_DAMAGED,
					    item->problem);
			inbox_free(&agent->inbox, item);
		}
		if (code == AGENT_FINE && !agent->inbox.stop)
			push_if_due(agent);
	}
	return code;
}

static int open_source(struct source **source)
{
	struct kernel *kernel;
	char error[256] = "";
	int err = proc_kernel_open("/", &kernel, error, sizeof(error));

	if (!err)
		err = local_source_open(kernel, AGENT_SPECIMEN, source, error, sizeof(error));
	return err ? fail(AGENT_IMPOSSIBLE, error) : 0;
}

static int open_link(struct agent *agent, int in, int out)
{
	int err = outbox_open(&agent->outbox, out);

	if (!err)
		err = inbox_open(&agent->inbox, in, &agent->outbox);
	if (err)
		outbox_close(&agent->outbox);
	return err ? fail(AGENT_IO, strerror(-err)) : 0;
}

int agent_serve(int in, int out, bool read_only)
{
	struct agent agent = {0};
	int code = open_source(&agent.source);

	if (code)
		return code;
	agent.source->read_only = read_only;
	code = open_link(&agent, in, out);
	if (!code) {
		serving = &agent.inbox;
		if (stopped)
			inbox_stop(&agent.inbox);
		code = serve(&agent);
		serving = NULL;
		inbox_close(&agent.inbox);
		outbox_close(&agent.outbox);
	}
	push_end(&agent);
	moment_free(agent.sent);
	moment_free(agent.examined);
	buf_fini(&agent.lines);
	source_close(agent.source);
	return code;
}
