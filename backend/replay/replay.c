/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source over a recording. */
#include "replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/order.h"
#include "replay/tape.h"
#include "replay/when.h"

#define GAP_NS UINT64_C(2000000000) /* of the looker's time: longer nobody waits for the next moment */

static const unsigned speeds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}; /* tenths */
#define N_SPEEDS (sizeof(speeds) / sizeof(speeds[0]))
#define SPEED_USUAL 3
#define TOLD_MOST 500 /* a screen keeps no more events */

struct replay {
	struct source source;
	struct tape *tape;
	size_t at;
	uint64_t play_ns;  /* in the recording; at tape_at(at)->ns or behind it */
	uint64_t seen_ns;  /* CLOCK_MONOTONIC of the last live sample */
	uint64_t stood_ns; /* the looker's time since `at` was another */
	unsigned speed;
	bool *told; /* of each moment: its events were */
	struct timeline line;
};

static struct replay *replay_of(struct source *source)
{
	return (struct replay *)source;
}

static void replay_close(struct source *source)
{
	struct replay *replay = replay_of(source);

	tape_close(replay->tape);
	free(replay->told);
	free(replay);
}

static void stand(struct replay *replay, size_t at)
{
	replay->stood_ns = at == replay->at ? replay->stood_ns : 0;
	replay->at = at;
	replay->play_ns = tape_at(replay->tape, at)->ns;
}

/*
 * The moment where it stands; where that makes no sense, the last one before it that does: the recording ends with it
 * then. NULL: there is none.
 */
static struct moment *read_here(struct replay *replay)
{
	struct moment *moment = NULL;
	size_t at = replay->at;

	while (tape_read(replay->tape, at, &moment, replay->source.error, sizeof(replay->source.error)) &&
	       tape_count(replay->tape))
		at = tape_count(replay->tape) - 1;
	if (moment && at != replay->at)
		stand(replay, at);
	return moment;
}

static void release_moment(void *moment)
{
	moment_free(moment);
}

static void release_event(void *happened)
{
	occurrence_free(happened);
}

/* What can be looked at in a recording, and not be done. */
static void set_capabilities(struct capabilities *caps)
{
	caps->mask &= ~(UINT32_C(1) << CAP_SPECIMEN | UINT32_C(1) << CAP_TASKS);
	caps->missing[CAP_SPECIMEN] =
		"this is a recording: it can be looked at, and nothing can be done to it";
	caps->missing[CAP_TASKS] = NULL;
}

static const struct timeline *timeline(struct replay *replay, struct moment *moment)
{
	const struct tape *tape = replay->tape;
	const char *broken = tape_broken(tape);
	size_t i;

	replay->line.at = replay->at;
	replay->line.n = tape_count(tape);
	replay->line.ns = tape_at(tape, replay->at)->ns;
	/* A moment has the time when it began; what happened until it was whole is in it. */
	replay->line.until_ns = moment->mono_ns;
	for (i = 0; i < moment->n_events; i++)
		if (moment->events[i].mono_ns > replay->line.until_ns)
			replay->line.until_ns = moment->events[i].mono_ns;
	replay->line.length_ns = tape_at(tape, replay->line.n - 1)->ns;
	replay->line.tenths = speeds[replay->speed];
	replay->line.broken = broken ? arena_text(&moment->arena, broken, strlen(broken)) : NULL;
	return arena_copy(&moment->arena, &replay->line, sizeof(replay->line));
}

/* A moment of one's own that shares what it points to with that of the tape, which it keeps. */
static struct moment *wrap(struct replay *replay, struct moment *of)
{
	struct moment *moment = mem_alloc(sizeof(*moment));
	const char *source = of->source ? of->source : "";
	size_t i;

	memcpy(moment, of, sizeof(*moment));
	memset(&moment->arena, 0, sizeof(moment->arena));
	atomic_init(&moment->holders, 0);
	arena_defer(&moment->arena, release_moment, of);
	moment->source =
		arena_printf(&moment->arena, "%s%s", strncmp(source, "replay", 6) ? "replay:" : "", source);
	moment->tasks = NULL;
	moment->n_tasks = 0;
	moment->ahead = 0;
	moment->processes =
		arena_copy(&moment->arena, of->processes, of->n_processes * sizeof(*of->processes));
	/* Who looks may come from anywhere in time. */
	for (i = 0; i < moment->n_processes; i++)
		moment->processes[i].same_since_ns = 0;
	set_capabilities(&moment->caps);
	moment->timeline = timeline(replay, moment);
	return moment;
}

static struct process *find_process(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == pid)
			return &moment->processes[i];
	return NULL;
}

/* Somebody who was not recorded then. */
static struct process absent(pid_t pid)
{
	return (struct process){.pid = pid,
				.comm = "",
				.outcome = OUTCOME_GONE,
				.reason = "it is not in the recording at this moment",
				.page_tables_kb = UNKNOWN_COUNT,
				.rss_kb = UNKNOWN_COUNT};
}

static void choose(struct moment *moment, const struct watch *watch)
{
	struct process *chosen;
	const struct process *found;
	size_t i;

	if (watch->follow)
		return;
	chosen = arena_alloc(&moment->arena, watch->n * sizeof(*chosen));
	for (i = 0; i < watch->n; i++) {
		found = find_process(moment, watch->pids[i]);
		chosen[i] = found ? *found : absent(watch->pids[i]);
		if (found && watch->start_times && watch->start_times[i] && found->start_time &&
		    found->start_time != watch->start_times[i]) {
			chosen[i] = absent(watch->pids[i]);
			chosen[i].outcome = OUTCOME_REUSED;
			chosen[i].reason = "another process has this PID at this moment";
		}
	}
	moment->processes = chosen;
	moment->n_processes = watch->n;
}

/* Who is gone was seen in the moment before, perhaps. */
static struct moment *find_before(struct replay *replay, const struct moment *moment,
				  const struct watch *watch)
{
	const size_t at = replay->at;
	struct moment *before;
	bool any = false;
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		any |= moment->processes[i].outcome == OUTCOME_GONE ||
		       moment->processes[i].outcome == OUTCOME_REUSED;
	if (!any || !at ||
	    tape_read(replay->tape, at - 1, &before, replay->source.error, sizeof(replay->source.error)))
		return NULL;
	replay->at = at - 1;
	before = wrap(replay, before);
	replay->at = at;
	choose(before, watch);
	before->n_events = 0;
	return before;
}

/* How far the looker's time goes on since the sample before; what was spent paused does not count. */
static void play(struct replay *replay, const struct watch *watch)
{
	const uint64_t now = clock_mono_ns(), most = 2 * watch->interval_ns;
	uint64_t passed = replay->seen_ns ? now - replay->seen_ns : 0;
	const size_t last = tape_count(replay->tape) - 1;

	replay->seen_ns = now;
	if (watch->anew || replay->at >= last)
		return;
	passed = passed < most ? passed : most;
	replay->stood_ns += passed;
	replay->play_ns += passed * speeds[replay->speed] / 10;
	if (tape_at(replay->tape, replay->at + 1)->ns > replay->play_ns && replay->stood_ns < GAP_NS)
		return;
	passed = replay->play_ns;
	if (tape_at(replay->tape, replay->at + 1)->ns > passed)
		passed = tape_at(replay->tape, replay->at + 1)->ns;
	stand(replay, tape_find(replay->tape, passed));
	if (replay->at < last)
		replay->play_ns = passed;
}

static void set_before(struct moment *moment, struct moment *before)
{
	struct timeline line = *moment->timeline;

	line.before = before;
	if (before)
		arena_defer(&moment->arena, release_moment, before);
	moment->timeline = arena_copy(&moment->arena, &line, sizeof(line));
}

/* The first moment whose events are to be told: of all before where it stands, but of no more than that many moments. */
static size_t untold(const struct replay *replay)
{
	size_t from = replay->at + 1, n = 0;

	while (from && n < TOLD_MOST) {
		from--;
		n += tape_at(replay->tape, from)->happened && !replay->told[from];
	}
	return from;
}

/* What happened up to where it stands, and was not told yet. */
static void tell_events(struct replay *replay, struct moment *moment)
{
	struct event *events = NULL;
	struct occurrence *happened;
	struct moment *passed;
	size_t n = 0, room = 0, i, k;

	for (i = untold(replay); i <= replay->at; i++) {
		if (!tape_at(replay->tape, i)->happened || replay->told[i])
			continue;
		if (tape_read(replay->tape, i, &passed, replay->source.error, sizeof(replay->source.error)))
			break; /* the recording ends there, as the next moment shows */
		replay->told[i] = true;
		mem_grow(&events, &room, n + passed->n_events, sizeof(*events));
		for (k = 0; k < passed->n_events; k++) {
			happened = occurrence_copy(&passed->events[k]);
			arena_defer(&moment->arena, release_event, happened);
			events[n++] = happened->event;
		}
		moment_free(passed);
	}
	moment->events = arena_take(&moment->arena, events);
	moment->n_events = n;
}

static struct moment *nothing(struct replay *replay)
{
	struct moment *moment = mem_alloc(sizeof(*moment));

	moment->source = "replay";
	moment->page_size = replay->source.page_size;
	moment->pmd_size = replay->source.pmd_size;
	moment->system.free_pmd_blocks = UNKNOWN_COUNT;
	moment->lost = arena_text(&moment->arena, replay->source.error, strlen(replay->source.error));
	return moment;
}

static struct moment *replay_sample(struct source *source, const struct watch *watch)
{
	struct replay *replay = replay_of(source);
	const bool screen = watch->live && watch->interval_ns;
	const size_t n = tape_count(replay->tape);
	struct moment *moment, *of;

	if (n && replay->at >= n) /* those from there on turned out to make no sense */
		stand(replay, n - 1);
	if (screen && n)
		play(replay, watch);
	of = read_here(replay);
	if (!of)
		return nothing(replay);
	moment = wrap(replay, of);
	choose(moment, watch);
	if (!screen)
		return moment;
	set_before(moment, find_before(replay, moment, watch));
	tell_events(replay, moment);
	return moment;
}

static struct moment *replay_examine(struct source *source, pid_t pid, uint64_t addr)
{
	struct replay *replay = replay_of(source);
	struct moment *of = read_here(replay), *moment;
	struct process *process;

	if (!of)
		return nothing(replay);
	moment = wrap(replay, of);
	choose(moment, &(struct watch){.pids = &pid, .n = 1});
	moment->n_events = 0;
	moment->from = addr / moment->pmd_size * moment->pmd_size;
	moment->to = moment->from + moment->pmd_size;
	process = &moment->processes[0];
	if (process->outcome == OUTCOME_OK && !process->n_pages) {
		process->outcome = OUTCOME_FAILED;
		process->reason = "The recording has no single pages: 'thpscope record --pages' has them.";
	}
	return moment;
}

static int replay_list(struct source *source, struct arena *arena, struct listed **list, size_t *n)
{
	struct replay *replay = replay_of(source);
	struct moment *moment = read_here(replay);
	size_t i;

	*n = 0;
	if (!moment)
		return -EBADMSG;
	*list = arena_alloc(arena, moment->n_processes * sizeof(**list));
	for (i = 0; i < moment->n_processes; i++) {
		const struct process *process = &moment->processes[i];
		const char *comm = arena_text(arena, process->comm, strlen(process->comm));
		struct listed *at = &(*list)[*n];

		if (process->outcome == OUTCOME_GONE || process->outcome == OUTCOME_REUSED)
			continue;
		*at = (struct listed){.pid = process->pid,
				      .start_time = process->start_time,
				      .comm = comm,
				      .command = comm,
				      .user = "",
				      .uid = UNKNOWN_COUNT,
				      .rss_kb = process->rss_kb,
				      .own = true};
		(*n)++;
	}
	moment_free(moment);
	return 0;
}

static bool has_news(const struct tape_moment *moment)
{
	return moment->changed || moment->happened;
}

/* The next moment that way in which something is new, or `at`: there is none. */
static size_t find_news(const struct replay *replay, int step)
{
	const size_t n = tape_count(replay->tape);
	size_t at;

	for (at = replay->at + (size_t)step; at < n; at += (size_t)step)
		if (has_news(tape_at(replay->tape, at)))
			return at;
	return replay->at;
}

static bool go_to(struct replay *replay, size_t at)
{
	const bool other = at != replay->at;

	stand(replay, at);
	return other;
}

static bool replay_travel(struct source *source, enum travel how)
{
	struct replay *replay = replay_of(source);
	const size_t last = tape_count(replay->tape) - 1, at = replay->at;
	const unsigned speed = replay->speed;

	if (!tape_count(replay->tape))
		return false;
	switch (how) {
	case TRAVEL_BACK:
		return go_to(replay, at ? at - 1 : 0);
	case TRAVEL_FORWARD:
		return go_to(replay, at < last ? at + 1 : last);
	case TRAVEL_CHANGE_BACK:
		return go_to(replay, find_news(replay, -1));
	case TRAVEL_CHANGE:
		return go_to(replay, find_news(replay, 1));
	case TRAVEL_START:
		return go_to(replay, 0);
	case TRAVEL_END:
		return go_to(replay, last);
	case TRAVEL_SLOWER:
		replay->speed -= speed > 0;
		break;
	case TRAVEL_FASTER:
		replay->speed += speed + 1 < N_SPEEDS;
		break;
	}
	return replay->speed != speed;
}

static int64_t replay_seek(struct source *source, int64_t by)
{
	struct replay *replay = replay_of(source);
	const int64_t from = (int64_t)replay->at, last = (int64_t)tape_count(replay->tape) - 1;
	const int64_t to = by < -from ? 0 : by > last - from ? last : from + by;

	if (last < 0)
		return 0;
	stand(replay, (size_t)to);
	return to - from;
}

static const struct source_ops ops = {
	.name = "replay",
	.close = replay_close,
	.list = replay_list,
	.sample = replay_sample,
	.examine = replay_examine,
	.seek = replay_seek,
	.travel = replay_travel,
};

/* What is where along the whole length. */
static void mark(struct replay *replay)
{
	const size_t n = tape_count(replay->tape);
	const uint64_t length = tape_at(replay->tape, n - 1)->ns;
	const struct tape_moment *moment;
	size_t i, part;

	for (i = 0; i < n; i++) {
		moment = tape_at(replay->tape, i);
		part = length ? (size_t)((double)moment->ns * TIMELINE_PARTS / (double)length) : 0;
		part = part < TIMELINE_PARTS ? part : TIMELINE_PARTS - 1;
		replay->line.parts[part] |= (uint8_t)((moment->changed ? TIMELINE_CHANGED : 0) |
						      (moment->happened ? TIMELINE_HAPPENED : 0));
	}
}

/* Where it begins, and what its moments have in common. */
static int begin(struct replay *replay, const struct replay_options *options, char *error, size_t size)
{
	const struct tape *tape = replay->tape;
	struct moment *moment;
	size_t at = options->start ? 0 : tape_count(tape) - 1;
	int err = 0;

	if (tape_broken(tape) && !options->keep) {
		snprintf(error, size, "%s (--keep takes what comes before)", tape_broken(tape));
		return -EBADMSG;
	}
	if (options->at)
		err = when_find(tape, options->at, &at, error, size);
	if (err)
		return err;
	do {
		err = tape_read(replay->tape, at, &moment, error, size);
		if (!err)
			break;
		at = tape_count(tape) - 1;
	} while (options->keep && tape_count(tape));
	if (err)
		return err;
	stand(replay, at);
	replay->told = mem_alloc(tape_count(tape) * sizeof(*replay->told));
	replay->source.page_size = moment->page_size;
	replay->source.pmd_size = moment->pmd_size;
	replay->source.caps.mask = moment->caps.mask; /* (its sentences are the moment's) */
	set_capabilities(&replay->source.caps);
	moment_free(moment);
	mark(replay);
	return 0;
}

int replay_source_open(const char *path, const struct replay_options *options, struct source **source,
		       char *error, size_t size)
{
	struct replay *replay = mem_alloc(sizeof(*replay));
	int err = tape_open(path, &replay->tape, error, size);

	replay->source.ops = &ops;
	replay->speed = SPEED_USUAL;
	if (!err)
		err = begin(replay, options, error, size);
	if (err)
		replay_close(&replay->source);
	else
		*source = &replay->source;
	return err;
}
