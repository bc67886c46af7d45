/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments of a far machine: asked for one by one, pushed, or, where there are none any more, saying so. */
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "remote/remote_parts.h"

void remote_shift_wall(int64_t *wall_ns, uint64_t mono_ns)
{
	if (*wall_ns && mono_ns)
		*wall_ns = (int64_t)mono_ns + (int64_t)clock_ns(CLOCK_REALTIME) - (int64_t)clock_mono_ns();
}

static void shift_walls(struct moment *moment)
{
	struct event *events = (struct event *)(uintptr_t)moment->events; /* nobody else's to read yet */
	size_t i;

	if (capable(&moment->caps, CAP_TASKS)) /* whose times are steps */
		return;
	remote_shift_wall(&moment->wall_ns, moment->mono_ns);
	for (i = 0; i < moment->n_events; i++)
		remote_shift_wall(&events[i].wall_ns, events[i].mono_ns);
}

/*
 * A moment that just arrived was made after since_ns and before now: where it says otherwise one of the two clocks stood
 * still (CLOCK_MONOTONIC does while a machine is suspended), and they are held against each other anew.
 */
static void set_clock(struct remote *remote, struct delta_reader *reader, struct moment *moment,
		      uint64_t since_ns)
{
	const uint64_t now = clock_mono_ns(), at = moment->mono_ns;

	if (at && (at > now || at < since_ns)) {
		remote->shift_ns =
			delta_reader_shift(reader, (int64_t)((at > now ? now : since_ns) - at), moment);
		/* Which of two moments is the newer one is told by one clock. */
		if (remote->reader)
			delta_reader_set_shift(remote->reader, remote->shift_ns);
		if (remote->examined.reader)
			delta_reader_set_shift(remote->examined.reader, remote->shift_ns);
	}
	shift_walls(moment);
}

int remote_moment_line(struct remote *remote, const char *line, size_t len, uint64_t since_ns,
		       struct moment **moment, char *problem, size_t size)
{
	struct json_problem found = {0};
	int got;

	if (!remote->reader)
		remote->reader = delta_reader_open(remote->shift_ns);
	got = delta_read_line(remote->reader, line, len, moment, &found);
	if (got == 1) {
		set_clock(remote, remote->reader, *moment, since_ns);
		remote->last_seq = (*moment)->seq;
		remote->has_last = true;
	} else if (got) {
		snprintf(problem, size, "%s", found.text);
	}
	return got;
}

static int keep(struct remote_call *call, int got, struct moment *moment)
{
	if (got == 1) {
		moment_free(call->moment);
		call->moment = moment;
	}
	return got < 0 ? got : 0;
}

static int take_sample(struct remote *remote, struct remote_call *call, const char *line, size_t len,
		       char *problem, size_t size)
{
	struct moment *moment = NULL;
	int got = remote_moment_line(remote, line, len, call->asked_ns, &moment, problem, size);

	return keep(call, got, moment);
}

static int take_examined(struct remote *remote, struct remote_call *call, const char *line, size_t len,
			 char *problem, size_t size)
{
	struct json_problem found = {0};
	struct moment *moment = NULL;
	int got = delta_read_line(remote->examined.reader, line, len, &moment, &found);

	if (got == 1)
		set_clock(remote, remote->examined.reader, moment, call->asked_ns);
	if (got < 0)
		snprintf(problem, size, "%s", found.text);
	return keep(call, got, moment);
}

/* A moment in which nothing is known but that it is so, and of whom: those of the watch, and whom it followed. */
static struct moment *failed(struct remote *remote, const pid_t *pids, size_t n)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	struct arena *arena = &moment->arena;
	struct process *process;
	size_t i;

	moment->source = arena_printf(arena, "%s", remote->name ? remote->name : "via");
	moment->seq = remote->has_seq ? ++remote->seq : 0;
	moment->mono_ns = clock_mono_ns();
	moment->wall_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	moment->page_size = remote->source.page_size;
	moment->pmd_size = remote->source.pmd_size;
	moment->system.release = arena_printf(arena, "%s", remote->release ? remote->release : "");
	moment->system.cow_rule = "";
	moment->system.free_pmd_blocks = UNKNOWN_COUNT;
	moment->processes = arena_alloc(arena, n * sizeof(*moment->processes));
	moment->n_processes = n;
	for (i = 0; i < n; i++) {
		process = &moment->processes[i];
		process->pid = pids[i];
		process->comm = "";
		process->outcome = OUTCOME_FAILED;
		process->reason = arena_printf(arena, "%s", remote->source.error);
		process->page_tables_kb = process->rss_kb = UNKNOWN_COUNT;
	}
	if (*link_error(remote->link))
		moment->lost = arena_printf(arena, "%s", link_error(remote->link));
	return moment;
}

/* Who is in it: whoever is not in a later one that failed would seem to have exited. */
static void note(struct remote *remote, const struct moment *moment)
{
	size_t i;

	mem_grow(&remote->pids, &remote->room_pids, moment->n_processes, sizeof(*remote->pids));
	for (i = 0; i < moment->n_processes; i++)
		remote->pids[i] = moment->processes[i].pid;
	remote->n_pids = moment->n_processes;
	remote->seq = moment->seq;
	remote->has_seq = true;
}

/* Whether all of the watch were in the last moment, which then is one of it. */
static bool noted(const struct remote *remote, const struct watch *watch)
{
	size_t i, k;

	for (i = 0; i < watch->n; i++) {
		for (k = 0; k < remote->n_pids && remote->pids[k] != watch->pids[i]; k++)
			;
		if (k == remote->n_pids)
			return false;
	}
	return watch->n > 0;
}

static struct moment *ask(struct remote *remote, struct wire_request *request, struct remote_call *call)
{
	int err;

	call->asked_ns = clock_mono_ns();
	err = remote_ask(remote, request, call);
	if (!err && !call->moment) {
		link_fail(remote->link, -EBADMSG, "the far end talks nonsense: an answer without its moment");
		remote_failed(remote);
	}
	if (err || !call->moment) {
		moment_free(call->moment);
		return NULL;
	}
	call->moment->source = arena_printf(&call->moment->arena, "%s", remote->name);
	return call->moment;
}

static struct moment *ask_sample(struct remote *remote, const struct watch *watch)
{
	struct wire_request request = {.call = WIRE_SAMPLE, .has_watch = true, .watch = *watch};
	struct remote_call call = {.take = take_sample};

	request.watch.options.past = NULL;
	request.has_since = remote->has_last;
	request.since = remote->last_seq;
	return ask(remote, &request, &call);
}

struct moment *remote_sample(struct source *source, const struct watch *watch)
{
	struct remote *remote = remote_of(source);
	const bool pushed = watch->live && watch->interval_ns && watch->n && !watch->options.n_smaps_of &&
			    !watch->options.pages;
	struct moment *moment = NULL;
	int err = remote_greet(remote);

	/* Nobody is at the live watch any more, unless this is one of its own with smaps. */
	if (!err && !watch->live && remote->live.begun)
		remote_live_stop(remote, true);
	if (!err)
		moment = pushed ? remote_live_next(remote, watch, &err) : ask_sample(remote, watch);
	if (moment && !pushed)
		remote_live_pass(remote);
	if (!moment)
		return noted(remote, watch) ? failed(remote, remote->pids, remote->n_pids)
					    : failed(remote, watch->pids, watch->n);
	note(remote, moment);
	return moment;
}

static void forget_examined(struct remote *remote)
{
	delta_reader_close(remote->examined.reader);
	remote->examined.reader = NULL;
}

static struct moment *ask_examine(struct remote *remote, pid_t pid, uint64_t addr)
{
	struct wire_request request = {.call = WIRE_EXAMINE, .pid = pid, .addr = addr};
	struct remote_examined *examined = &remote->examined;
	struct remote_call call = {.take = take_examined};
	struct moment *moment;

	request.has_since = examined->reader;
	request.since = examined->seq;
	if (!examined->reader)
		examined->reader = delta_reader_open(remote->shift_ns);
	moment = ask(remote, &request, &call);
	if (!moment) {
		forget_examined(remote);
		return NULL;
	}
	examined->seq = moment->seq;
	return moment;
}

struct moment *remote_examine(struct source *source, pid_t pid, uint64_t addr)
{
	struct remote *remote = remote_of(source);
	struct moment *moment = NULL;

	if (!remote_greet(remote))
		moment = ask_examine(remote, pid, addr);
	return moment ? moment : failed(remote, &pid, 1);
}
