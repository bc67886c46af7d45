/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A remote source: opened over a link, closed with it. */
#include "remote/remote.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "remote/remote_parts.h"

static void remote_interrupt(struct source *source)
{
	link_interrupt(remote_of(source)->link);
}

static void remote_close(struct source *source)
{
	struct remote *remote = remote_of(source);

	link_close(remote->link);
	remote_live_stop(remote, false);
	remote_forget_events(remote);
	delta_reader_close(remote->reader);
	delta_reader_close(remote->examined.reader);
	arena_fini(&remote->scratch);
	arena_fini(&remote->texts);
	free(remote->wished);
	free(remote->again);
	free(remote->pids);
	free(remote);
}

static const struct source_ops remote_ops = {
	.name = "remote",
	.close = remote_close,
	.list = remote_list,
	.sample = remote_sample,
	.examine = remote_examine,
	.spawn = remote_spawn,
	.act = remote_act,
	.locate = remote_locate,
	.value = remote_value,
	.family = remote_family,
	.plan = remote_plan,
	.trigger = remote_trigger,
	.why = remote_why,
	.sharers = remote_sharers,
	.heat = remote_heat,
	.interrupt = remote_interrupt,
};

static struct remote *make(struct link *link, const struct remote_options *options)
{
	struct remote *remote = mem_alloc(sizeof(*remote));

	remote->source.ops = &remote_ops;
	remote->link = link;
	remote->read_only = remote->source.read_only = options->read_only;
	remote->name = remote->wished = options->name ? mem_strdup(options->name) : NULL;
	remote->again = options->again ? mem_strdup(options->again) : NULL;
	remote->greeting_ns = options->greeting_ns ? options->greeting_ns : LINK_SILENCE_NS;
	remote->silence_ns = options->silence_ns ? options->silence_ns : LINK_SILENCE_NS;
	return remote;
}

int remote_source_open(struct link *link, const struct remote_options *options, struct source **source,
		       char *error, size_t size)
{
	struct remote *remote = make(link, options);
	int err;

	remote->slow = options->slow;
	remote->slow_data = options->slow_data;
	err = remote_greet(remote);
	remote->slow = NULL;
	if (err) {
		snprintf(error, size, "%s", remote->source.error);
		remote_close(&remote->source);
		return err;
	}
	*source = &remote->source;
	return 0;
}

struct source *remote_source_later(struct link *link, const struct remote_options *options,
				   const struct source *first)
{
	struct remote *remote = make(link, options);
	size_t i;

	remote->source.caps = first->caps;
	for (i = 0; i < CAP_COUNT; i++)
		if (first->caps.missing[i])
			remote->source.caps.missing[i] = arena_text(&remote->texts, first->caps.missing[i],
								    strlen(first->caps.missing[i]));
	remote->source.page_size = first->page_size;
	remote->source.pmd_size = first->pmd_size;
	return &remote->source;
}
