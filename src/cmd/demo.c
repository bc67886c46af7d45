/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope demo: start a specimen, run a script on it, and watch it. */
#include <errno.h>
#include <getopt.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/counters.h"
#include "cmd/lesson_screen.h"
#include "cmd/watch.h"
#include "core/clock.h"
#include "core/mem.h"
#include "script/find.h"
#include "script/lesson.h"
#include "script/run.h"
#include "script/script.h"

static const char help[] =
	"usage: thpscope demo [OPTION...] [SCRIPT]\n"
	"Start a specimen, a process that maps, touches and forks as SCRIPT tells it, and\n"
	"show its map, live. Without a terminal, run SCRIPT, print its narration and one\n"
	"text snapshot; a failed expectation exits with 1.\n"
	"\n"
	"SCRIPT is the name of a script that comes with thpscope (a wrong name lists\n"
	"them), a path, or - for standard input; thpscope-script(7) describes the\n"
	"language. The default, 'demo', shows one region of each kind that a stock kernel\n"
	"has; where a tmpfs is mounted with page teams 'team' shows those.\n"
	"\n"
	"  --counter NAME,...  count these events of its processes on the screen, as perf\n"
	"               and libpfm4 call them; default is the usual ones\n"
	"  --follow     watch their children, too: as it does anyway\n"
	"  --help       this text\n";

#define FAMILY_MOST 64

/* What the script said, what went wrong, and what it did to huge pages, kept for the screen. */
struct story {
	char **lines;
	size_t n, room;
	struct occurrence **events; /* for whoever shows them, who takes them over */
	size_t n_events, room_events;
	struct source *source;
};

static void story_fini(struct story *story)
{
	while (story->n)
		free(story->lines[--story->n]);
	free(story->lines);
	free(story->events);
}

static void story_add(struct story *story, const char *line)
{
	mem_grow(&story->lines, &story->room, story->n + 1, sizeof(*story->lines));
	story->lines[story->n++] = mem_strdup(line);
}

/* Of an action that bears on huge pages; the others are EVENT_KIND_COUNT. */
static enum event_kind kind_of(const struct action *action)
{
	if (action->kind == ACTION_COLLAPSE)
		return EVENT_COLLAPSE;
	if (action->kind == ACTION_SPLIT)
		return EVENT_SPLIT;
	if (action->kind == ACTION_SPLIT_FOLIO || action->kind == ACTION_PUNCH)
		return EVENT_SPLIT_FOLIO;
	if (action->kind == ACTION_WRITE)
		return EVENT_COW;
	if (action->kind == ACTION_FORK)
		return EVENT_FORK;
	return action->kind == ACTION_EXIT ? EVENT_EXIT : EVENT_KIND_COUNT;
}

/* What the kernel said of it nobody listened to: the event has who, what, where, and the errno. */
static void story_did(struct story *story, const struct action *action, int error, const char *why)
{
	struct event event = {
		.kind = kind_of(action),
		.mono_ns = clock_mono_ns(),
		.wall_ns = (int64_t)clock_ns(CLOCK_REALTIME),
		.by = "script",
		.how = action->text,
		.result = UNKNOWN_COUNT,
		.error = error,
		.verdict = "",
		.why = why,
	};
	struct place place;

	if (event.kind == EVENT_KIND_COUNT)
		return;
	if (*action->target.area && !source_locate(story->source, &action->target, &place)) {
		event.pid = place.pid;
		event.addr = place.start;
		event.len = place.len;
	}
	mem_grow(&story->events, &story->room_events, story->n_events + 1, sizeof(struct occurrence *));
	story->events[story->n_events++] = occurrence_copy(&event);
}

static void keep(void *data, const struct run_event *event)
{
	struct story *story = data;
	char line[512];

	switch (event->kind) {
	case RUN_DONE:
		story_did(story, event->action, 0, "");
		return;
	case RUN_HELD:
		return;
	case RUN_SAID:
	case RUN_ASKED:
	case RUN_ANSWERED:
		story_add(story, event->text);
		break;
	case RUN_REFUSED:
		story_did(story, event->action, -event->error, event->text);
		/* fall through */
	case RUN_FAILED:
	case RUN_UNKNOWN:
	case RUN_SKIPPED:
		/* A reason that was told already is not told again. */
		if (!*event->text)
			break;
		snprintf(line, sizeof(line), "line %d, %s: %s", event->action->line, event->action->text,
			 event->text);
		story_add(story, line);
		break;
	}
}

/* How long use is looked for, to find out what tells it here. */
#define PROBE_NS UINT64_C(50000000)

/* Of a script that uses memory all the time: what tells that here, which on a screen the ranking (b) says; NULL: nothing. */
static char *heat_ground(const struct script *script, struct source *source, pid_t pid)
{
	const struct heat_query query = {.pid = pid, .window_ns = PROBE_NS};
	struct arena arena = {0};
	struct buf text = {0};
	struct heat heat;
	char *line = NULL;
	bool uses = false;

	for (size_t at = 0; at < script->n; at++)
		uses |= script->actions[at].kind == ACTION_USE;
	if (uses && !source_heat(source, &query, &arena, &heat) && heat.n) {
		heat_say_ground(&heat, &text);
		line = mem_strdup(text.data);
	}
	buf_fini(&text);
	arena_fini(&arena);
	return line;
}

static bool is_lost(struct source *source, int *code)
{
	struct moment *moment = source_sample(source, &(struct watch){0});

	*code = cmd_lost(moment);
	moment_free(moment);
	return *code;
}

/* What somebody else says of an action, as a far end does, is a line at most; narration may be several. */
void cmd_print_run(void *file, const struct run_event *event)
{
	const enum run_event_kind kind = event->kind;
	struct run_event shown = *event;
	char *reason = mem_strdup(event->text ? event->text : ""), *text = NULL, *at;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (kind != RUN_SAID && kind != RUN_ASKED && kind != RUN_ANSWERED)
		for (at = reason; (at = strchr(at, '\n'));)
			*at = '?';
	shown.text = reason;
	if (out) {
		run_print(out, &shown);
		fclose(out);
	}
	if (!text)
		mem_exhausted();
	cmd_harmless(text);
	fputs(text, file);
	free(text);
	free(reason);
}

/* Refused and failed are findings; partial knowledge is fine. */
int cmd_judge_run(struct source *source, const struct run_result *result)
{
	int code;

	if (result->broken)
		return cmd_tell_broken(source);
	/* What the far end could not do any more nobody refused. */
	if ((result->failed || result->refused) && is_lost(source, &code))
		return code;
	if (result->failed)
		return cmd_error(EXIT_FINDING, "%zu of %zu expectations failed", result->failed,
				 result->failed + result->held);
	if (result->refused)
		return cmd_error(EXIT_FINDING, "the kernel refused %zu of %zu actions", result->refused,
				 result->refused + result->done);
	return EXIT_FINE;
}

static int demo(const struct script *script, struct source *source, const struct source_options *from,
		const struct counters *counting, const char *on)
{
	const bool screen = cmd_has_screen();
	struct story story = {.source = source};
	struct run_options options = {.on = on, .tell = screen ? keep : cmd_print_run, .data = stdout};
	struct watch_options show = {.title = script->name, .source = *from, .counting = counting};
	struct watch watch = {.follow = true};
	pid_t pids[FAMILY_MOST];
	struct run *run = NULL;
	char error[256] = "", *ground;
	int err, code, shown;

	if (screen)
		options.data = &story;
	if (screen && cmd_is_far(from))
		cmd_wait("laying out the memory of '%s'", script->name);
	err = run_start(source, script, &options, &run, error, sizeof(error));
	if (err) {
		source_close(source);
		return cmd_error(err == -ENOTSUP ? EXIT_IMPOSSIBLE : cmd_code(err), "%s", error);
	}
	run_all(run);
	code = screen ? EXIT_FINE : cmd_judge_run(source, run_result(run));
	run_free(run);
	source_family(source, pids, FAMILY_MOST, &watch.n);
	watch.pids = pids;
	ground = watch.n && !screen ? heat_ground(script, source, pids[0]) : NULL;
	if (ground)
		printf("\n%s\n", ground);
	free(ground);
	show.narration = (const char *const *)story.lines;
	show.n_narration = story.n;
	show.events = story.events;
	show.n_events = story.n_events;
	if (!screen)
		putchar('\n');
	shown = cmd_view_source(source, &watch, &show);
	story_fini(&story);
	return shown ? shown : code;
}

/* Whether teams can be shown there: the kernel has them, and so has a tmpfs. (Mounts are looked at on this machine alone.) */
static bool has_teams(const struct source *source, const struct source_options *from)
{
	const struct mntent *mount;
	bool found = cmd_is_far(from);
	FILE *mounts;

	if (!capable(&source->caps, CAP_TEAMS))
		return false;
	mounts = found ? NULL : setmntent("/proc/self/mounts", "re");
	while (mounts && !found && (mount = getmntent(mounts)))
		found = !strcmp(mount->mnt_type, "tmpfs") && hasmntopt(mount, "huge=team");
	if (mounts)
		endmntent(mounts);
	return found;
}

static int show(const char *name, const struct counters *counters, const struct source_options *given)
{
	struct source_options options = *given;
	struct source *source = NULL;
	struct script *script = NULL;
	char generation[32], on[40];
	int code;

	if (!name && options.model)
		name = cmd_model_script(&options, generation, sizeof(generation));
	/* What is shown unasked is what the kernel has; what is asked for is looked for first. */
	code = name ? cmd_read_script(name, &script) : 0;
	options.script = script;
	if (!code)
		code = cmd_open_source(&options, &source);
	if (!code && !name)
		code = cmd_read_script(has_teams(source, &options) ? "team" : "demo", &script);
	if (code) {
		source_close(source);
	} else if (cmd_has_screen() && lesson_asks(script)) { /* questions want to be thought about */
		code = lesson_screen(source, script, &options);
	} else {
		cmd_on(&options, source, on, sizeof(on));
		code = demo(script, source, &options, counters, on);
	}
	script_free(script);
	return code;
}

int cmd_run_demo(const struct source_options *options, const struct counters *counters)
{
	return show(NULL, counters, options);
}

static int run_demo(int argc, char **argv, const struct source_options *options)
{
	enum { COUNTER = 256, FOLLOW };
	static const struct option table[] = {{"counter", required_argument, NULL, COUNTER},
					      {"follow", no_argument, NULL, FOLLOW},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	struct counters counters = {0};
	bool done = false;
	int option, code = 0;

	optind = 1;
	opterr = 0;
	while (!code && !done && (option = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
		if (option == COUNTER)
			code = counters_add(&counters, &cmd_demo, optarg, options);
		else if (option != FOLLOW) /* so it does */
			code = cmd_option_else(&cmd_demo, option, argv, &done);
	}
	if (!code && !done && argc - optind > 1)
		code = cmd_usage(&cmd_demo, "one script at a time");
	if (!code && !done && options->root)
		code = cmd_error(EXIT_IMPOSSIBLE, "a recorded tree has no specimen");
	if (!code && !done && options->replay)
		code = cmd_error(EXIT_IMPOSSIBLE, "a recording has no specimen");
	if (!code && !done)
		code = counters_check(&counters, &cmd_demo, options);
	if (!code && !done)
		code = show(optind < argc ? argv[optind] : NULL, &counters, options);
	counters_fini(&counters);
	return code;
}

const struct cmd cmd_demo = {"demo", help, run_demo};
