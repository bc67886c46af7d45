/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runner: a script on a source, action by action. */
#include "script/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"
#include "script/expect.h"
#include "script/tasks.h"

#define WAIT_NAP_NS 5000000

struct run {
	struct source *source;
	const struct script *script;
	struct run_options options;
	struct run_result result;
	size_t next;
	uint64_t deadline; /* of the `wait` under way; 0: none */
	pid_t main;
	char told[512];	     /* why something cannot be told: once is enough */
	char violation[256]; /* the sentence of the invariant that was broken; "" */
};

static void tell(const struct run *run, const struct action *action, enum run_event_kind kind,
		 const char *text, int error)
{
	const struct run_event event = {
		.kind = kind, .script = run->script->name, .action = action, .text = text, .error = error};

	if (run->options.tell)
		run->options.tell(run->options.data, &event);
}

int run_start(struct source *source, const struct script *script, const struct run_options *options,
	      struct run **out, char *error, size_t size)
{
	struct buf sources = {0};
	struct run *run;
	pid_t pid;
	int err;

	*out = NULL;
	if (options->on && !script_runs_on(script, options->on)) {
		script_add_sources(script, ", ", &sources);
		snprintf(error, size, "'%s' does not run on %s; it runs on %s", script->name, options->on,
			 sources.data);
		buf_fini(&sources);
		return -ENOTSUP;
	}
	err = source_spawn(source, &pid);
	if (err) {
		snprintf(error, size, "%s", source->error);
		return err;
	}
	run = mem_alloc(sizeof(*run));
	run->source = source;
	run->script = script;
	run->options = *options;
	if (!run->options.now)
		run->options.now = clock_mono_ns;
	run->main = pid;
	*out = run;
	return 0;
}

/* Whether the script goes on to say of what lies ahead that an invariant breaks. */
static bool expects_violation(const struct run *run)
{
	const struct script *script = run->script;

	for (size_t at = run->next; at < script->n; at++)
		if (script->actions[at].kind == ACTION_EXPECT &&
		    script->actions[at].expect.subject == SUBJECT_VIOLATION)
			return true;
	return false;
}

/* Keeps the sentence of the first invariant that broke. True: that is what happened now. */
static bool breaks(struct run *run, int err)
{
	if (err != -EUCLEAN || *run->violation)
		return false;
	snprintf(run->violation, sizeof(run->violation), "%s", run->source->error);
	return true;
}

static void did(struct run *run, const struct action *action, int err)
{
	if (breaks(run, err) && expects_violation(run))
		err = 0;
	if (err) {
		run->result.refused++;
		tell(run, action, RUN_REFUSED, run->source->error, err);
		/* A machine that broke an invariant does nothing more: what follows would be refused, line by line. */
		if (err == -EUCLEAN) {
			run->result.broken = true;
			run->next = run->script->n;
		}
	} else {
		run->result.done++;
		tell(run, action, RUN_DONE, "", 0);
	}
}

static void conclude(struct run *run, const struct action *action, enum verdict verdict, const char *found)
{
	switch (verdict) {
	case VERDICT_HELD:
		run->result.held++;
		tell(run, action, RUN_HELD, "", 0);
		break;
	case VERDICT_FAILED:
		run->result.failed++;
		tell(run, action, RUN_FAILED, found, 0);
		break;
	case VERDICT_UNKNOWN:
		run->result.unknown++;
		tell(run, action, RUN_UNKNOWN, strcmp(found, run->told) ? found : "", 0);
		snprintf(run->told, sizeof(run->told), "%s", found);
		break;
	}
}

static void expectation(struct run *run, const struct action *action)
{
	char found[512];

	if (action->expect.subject == SUBJECT_VIOLATION)
		conclude(run, action,
			 *run->violation && strstr(run->violation, action->expect.value) ? VERDICT_HELD
											 : VERDICT_FAILED,
			 *run->violation ? run->violation : "no invariant was broken");
	else
		conclude(run, action, expect_look(run->source, run->main, action, found, sizeof(found)),
			 found);
}

/* False: not yet. */
static bool wait_for(struct run *run, const struct action *action)
{
	const uint64_t now = run->options.now();
	enum verdict verdict;
	char found[512];

	if (!run->deadline)
		run->deadline = now + action->expect.ns < now ? UINT64_MAX : now + action->expect.ns;
	verdict = expect_look(run->source, run->main, action, found, sizeof(found));
	if (verdict == VERDICT_FAILED && now < run->deadline)
		return false;
	run->deadline = 0;
	conclude(run, action, verdict, found);
	return true;
}

static void require(struct run *run, const struct action *action)
{
	char found[512];

	if (expect_require(run->source, run->main, action, found, sizeof(found)) == VERDICT_HELD) {
		conclude(run, action, VERDICT_HELD, "");
		return;
	}
	run->result.skipped = true;
	tell(run, action, RUN_SKIPPED, found, 0);
	run->next = run->script->n;
}

/* False: it has to be called again for the same action. */
static bool carry_out(struct run *run, const struct action *action)
{
	switch (action->kind) {
	case ACTION_MAP:
	case ACTION_UNMAP:
	case ACTION_TOUCH:
	case ACTION_READ:
	case ACTION_WRITE:
	case ACTION_COLLAPSE:
	case ACTION_SPLIT:
	case ACTION_SPLIT_FOLIO:
	case ACTION_ADVISE:
	case ACTION_PROTECT:
	case ACTION_MOVE:
	case ACTION_DISCARD:
	case ACTION_PUNCH:
	case ACTION_FORK:
	case ACTION_EXIT:
	case ACTION_STORE:
	case ACTION_WALK:
	case ACTION_USE:
	case ACTION_REST:
	case ACTION_TRUNCATE:
	case ACTION_HOLD:
	case ACTION_PIN:
	case ACTION_REFERENCE:
	case ACTION_RELEASE:
	case ACTION_DEVICE:
	case ACTION_UPROBE:
	case ACTION_UFFD:
	case ACTION_UFFD_WP:
	case ACTION_UFFD_COPY:
	case ACTION_KHUGEPAGED:
	case ACTION_SET:
		did(run, action, source_act(run->source, action));
		return true;
	case ACTION_SAY:
		tell(run, action, RUN_SAID, action->say.text, 0);
		return true;
	case ACTION_ASK:
		tell(run, action, RUN_ASKED, action->say.text, 0);
		tell(run, action, RUN_ANSWERED, action->say.answer, 0);
		return true;
	case ACTION_EXPECT:
		expectation(run, action);
		return true;
	case ACTION_REQUIRE:
		require(run, action);
		return true;
	case ACTION_WAIT:
		return wait_for(run, action);
	case ACTION_TASK:
		did(run, action, source_begin(run->source, action->name, action->inner));
		return true;
	case ACTION_SCHEDULE:
		did(run, action, tasks_schedule(run->source, action));
		return true;
	case ACTION_FINISH:
		did(run, action, tasks_finish(run->source, run->script, run->next));
		return true;
	case ACTION_TITLE:
	case ACTION_ON:
	case ACTION_ORDER:
	case ACTION_WITHOUT:
	case ACTION_KIND_COUNT:
		break;
	}
	return true;
}

enum run_state run_step(struct run *run)
{
	if (run->next >= run->script->n)
		return RUN_ENDED;
	if (!carry_out(run, &run->script->actions[run->next]))
		return RUN_WAITS;
	if (run->next < run->script->n)
		run->next++;
	return run->next < run->script->n ? RUN_GOES_ON : RUN_ENDED;
}

void run_all(struct run *run)
{
	const struct timespec nap = {.tv_nsec = WAIT_NAP_NS};
	enum run_state state;

	while ((state = run_step(run)) != RUN_ENDED)
		if (state == RUN_WAITS)
			nanosleep(&nap, NULL);
}

void run_from(struct run *run, size_t at)
{
	run->next = at;
	run->result = (struct run_result){0};
	*run->violation = '\0';
}

size_t run_at(const struct run *run)
{
	return run->next;
}

/* What was expected was found once, and is not asked again; what was refused will be again. */
static void repeat(struct run *run, size_t at)
{
	const struct action *action = &run->script->actions[at];
	int err = 0;

	if (action_has_task(action->kind))
		err = source_act(run->source, action);
	else if (action->kind == ACTION_TASK)
		err = source_begin(run->source, action->name, action->inner);
	else if (action->kind == ACTION_SCHEDULE)
		err = tasks_schedule(run->source, action);
	else if (action->kind == ACTION_FINISH)
		err = tasks_finish(run->source, run->script, at);
	breaks(run, err);
}

/* Whether nothing was done to the source from an action on. */
static bool was_told(const struct run *run, size_t at)
{
	while (at < run->next &&
	       (run->script->actions[at].kind == ACTION_SAY || run->script->actions[at].kind == ACTION_ASK ||
		run->script->actions[at].kind == ACTION_EXPECT))
		at++;
	return at >= run->next;
}

bool run_goes_back(const struct run *run, size_t at)
{
	return capable(&run->source->caps, CAP_TASKS) || was_told(run, at);
}

int run_back(struct run *run, size_t at)
{
	if (!run_goes_back(run, at))
		return -ENOTSUP;
	if (!capable(&run->source->caps, CAP_TASKS)) {
		run->next = at;
		return 0;
	}
	source_seek(run->source, -INT64_MAX);
	*run->violation = '\0';
	for (run->next = 0; run->next < at; run->next++)
		repeat(run, run->next);
	run->deadline = 0;
	return 0;
}

const struct run_result *run_result(const struct run *run)
{
	return &run->result;
}

pid_t run_main(const struct run *run)
{
	return run->main;
}

bool run_passed(const struct run_result *result)
{
	return !result->failed && !result->refused;
}

void run_free(struct run *run)
{
	free(run);
}

void run_print(void *data, const struct run_event *event)
{
	const struct action *action = event->action;
	const char *mark = NULL;
	FILE *file = data;

	switch (event->kind) {
	case RUN_SAID:
	case RUN_ANSWERED:
		fprintf(file, "%s\n", event->text);
		return;
	case RUN_ASKED:
		fprintf(file, "%s ", event->text);
		return;
	case RUN_DONE:
		fprintf(file, "  > %s\n", action->text);
		return;
	case RUN_HELD:
		fprintf(file, "  = %s\n", action->text);
		return;
	case RUN_REFUSED:
		mark = "refused";
		break;
	case RUN_FAILED:
		mark = "FAILED";
		break;
	case RUN_UNKNOWN:
		fprintf(file, "  ? %s%s%s\n", action->text, *event->text ? ": cannot tell: " : "",
			event->text);
		return;
	case RUN_SKIPPED:
		mark = "skipped";
		break;
	}
	fprintf(file, "  ! %s:%d: %s: %s: %s\n", event->script, action->line, action->text, mark,
		event->text);
}
