/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope collapse|split|cow: one region or page after the other, each told as it is done. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/act.h"
#include "core/aftermath.h"
#include "core/clock.h"
#include "format/json.h"

/* What takes longer is said to. */
#define LONG_S 10
#define NS_PER_S UINT64_C(1000000000)

/* Of what is refused for a moment's reason, a moment apart; each may stop the process for 250 ms. */
#define TRIES 3
#define MOMENT_NS 20000000L

/* How long to look for others who map the same memory. */
#define SHARERS_NS UINT64_C(500000000)

int act_code(int err)
{
	switch (-err) {
	case EFAULT:
	case ENXIO:
		return EXIT_NOTHING;
	case EBUSY:
	case EAGAIN:
	case EINVAL:
		return EXIT_IMPOSSIBLE;
	}
	return cmd_code(err);
}

/* Who else maps this region, as far as can be found out in short; NULL: nobody, or nobody can tell. */
static const struct watch *find_sharers(struct act *act, const struct region *region, struct watch *watch)
{
	const struct sharers_query query = {
		.pid = act->trigger.pid, .addr = region ? region->start : 0, .timeout_ns = SHARERS_NS};
	struct arena *arena = &act->arena;
	struct sharers sharers = {0};
	pid_t *pids;
	size_t i;

	*watch = (struct watch){0};
	if (!region || region->exclusive == region->present ||
	    source_sharers(act->source, &query, arena, &sharers) || !sharers.n)
		return NULL;
	pids = arena_alloc(arena, sharers.n * sizeof(*pids));
	for (i = 0; i < sharers.n; i++)
		if (sharers.items[i].pid != act->trigger.pid)
			pids[watch->n++] = sharers.items[i].pid;
	watch->pids = pids;
	return watch;
}

/* The event under way; as JSON behind the head that the first one needs. */
static int tell(struct act *act)
{
	int fd = STDOUT_FILENO, err = 0;
	const struct sink sink = {sink_fd, &fd};

	act->told->events = &act->event;
	act->told->n_events = 1;
	if (!act->json)
		return cmd_print_events(act->told);
	if (!act->n)
		err = json_write_head(act->told, &sink);
	if (!err)
		err = json_write_events(act->told, &sink);
	return err ? cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err)) : 0;
}

/* One region, or page. */
static int act_once(struct act *act, uint64_t addr, const struct watch *watch)
{
	struct trigger trigger = act->trigger;
	int code, err, tries = 0;

	trigger.addr = addr;
	trigger.len = 0;
	do {
		if (tries)
			nanosleep(&(struct timespec){.tv_nsec = MOMENT_NS}, NULL);
		arena_reset(&act->event_arena);
		err = source_trigger(act->source, &trigger, watch, &act->event_arena, &act->event);
	} while (err == -EAGAIN && ++tries < TRIES);
	/* One page of many that is not to be had is no reason not to go on. */
	if (err == -ENXIO && act->trigger.len) {
		act->refused = true;
		return cmd_error(0, "0x%llx: %s", (unsigned long long)addr, act->source->error);
	}
	if (err)
		return cmd_error(act_code(err), "%s", act->source->error);
	code = tell(act);
	act->n++;
	act->refused |= !aftermath_done(&act->event);
	return code;
}

/* Once, after a second: how long all of it takes at this pace, if somebody may not want to wait for that. */
static void estimate(struct act *act, uint64_t all)
{
	const bool pages = act->trigger.kind == TRIGGER_COW;
	const uint64_t took = clock_mono_ns() - act->began_ns;
	double rest;

	if (act->estimated || took < NS_PER_S)
		return;
	act->estimated = true;
	rest = (double)took / (double)act->n * (double)(all - act->n) / NS_PER_S;
	if (rest >= LONG_S)
		fprintf(stderr,
			"thpscope: %llu %s at %.1f ms each: it takes some %.0f s more; Ctrl-C ends it\n",
			(unsigned long long)all, pages ? "pages" : "regions",
			(double)took / (double)act->n / 1e6, rest);
}

/* The part of a region that is asked for. What can never be huge is passed over by a collapse. */
static bool asked_for(const struct act *act, const struct region *region, uint64_t *from, uint64_t *to)
{
	const uint64_t end = act->trigger.addr + act->trigger.len, page = act->source->page_size;

	*from = region->start > act->trigger.addr ? region->start : act->trigger.addr / page * page;
	*to = region->start + region->len < end ? region->start + region->len : end;
	if (act->trigger.kind != TRIGGER_COW && *to > *from)
		*to = *from + 1;
	return *to > *from && (act->trigger.kind != TRIGGER_COLLAPSE || region->len >= act->source->pmd_size);
}

/* Each region that holds something, or each page of those; nothing is kept of one when it is told. */
static int on_range(struct act *act, const struct process *process)
{
	const uint64_t page = act->source->page_size;
	const struct watch *watch;
	struct watch others;
	uint64_t at, end, all = 0;
	size_t i;
	int code = 0;

	for (i = 0; i < process->n_regions; i++)
		if (asked_for(act, &process->regions[i], &at, &end))
			all += (end - at + page - 1) / page;
	if (!all)
		return cmd_error(EXIT_NOTHING, "process %d holds nothing from 0x%llx to 0x%llx",
				 (int)act->trigger.pid, (unsigned long long)act->trigger.addr,
				 (unsigned long long)(act->trigger.addr + act->trigger.len));
	act->began_ns = clock_mono_ns();
	for (i = 0; i < process->n_regions && !code; i++) {
		if (!asked_for(act, &process->regions[i], &at, &end))
			continue;
		arena_reset(&act->arena);
		watch = find_sharers(act, &process->regions[i], &others);
		for (; at < end && !code; at += page) {
			code = act_once(act, at, watch);
			if (!code)
				estimate(act, all);
		}
	}
	return code;
}

int act_carry_out(struct act *act, const struct process *process)
{
	const uint64_t addr = act->trigger.addr;
	struct watch others;

	if (act->trigger.len)
		return on_range(act, process);
	return act_once(act, addr, find_sharers(act, process_region_at(process, addr), &others));
}

int act_end_json(void)
{
	int fd = STDOUT_FILENO, err;
	const struct sink sink = {sink_fd, &fd};

	err = json_write_end(&sink);
	return err ? cmd_error(EXIT_IO, "cannot write to stdout: %s", strerror(-err)) : EXIT_FINE;
}
