/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of the live map: keys, signals and moments, whichever comes first. */
#include "cmd/watch.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/counters.h"
#include "cmd/doing.h"
#include "cmd/taping.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/mem.h"
#include "core/sampler.h"
#include "ui/screen.h"
#include "ui/term_curses.h"

#define VISIBLE_MAX 512 /* rows of a list; more are none but for the order of surveys */

#define PROGRESS_MS 100 /* how often the progress of a long question is looked at */
#define LOOK_MS 1000	/* and whether what is shown has become old */
#define QUIET_NS UINT64_C(2000000000)

#define EXIT_SIGNAL 128 /* and the signal's number, as a shell has it */

struct loop {
	struct terminal *term;
	struct source *source; /* the sampler's, which lives as long */
	struct sampler *sampler;
	struct job *job;
	struct screen screen;
	struct cells cells;
	const struct watch_options *options;
	pid_t region_pid; /* what the sampler was last asked to examine */
	uint64_t region_addr;
	pid_t visible[VISIBLE_MAX]; /* what the sampler was last told of the list */
	size_t n_visible;
	bool listing;
	struct doing doing;
	struct counters
		counting; /* of whoever is watched; its texts are the options' and the configuration's */
	struct taping taping;
	bool follow;	      /* the children of whom is watched, too */
	bool paused, resting; /* the screen; and the sampler */
	bool count;
	bool seen;	  /* a process was on the screen */
	uint64_t news_ns; /* CLOCK_MONOTONIC when the sampler had something last, or began to try again */
	bool done;
	int code;
};

static void leave(struct loop *loop, int code)
{
	loop->done = true;
	loop->code = code;
}

/* What stands there while a survey takes long, or a far end says nothing, is old: from when on that is told. */
static void note_quiet(struct loop *loop, bool news)
{
	const uint64_t now = clock_mono_ns(), usual = 3 * loop->screen.interval_ns;

	if (news || loop->paused || !loop->news_ns)
		loop->news_ns = now;
	loop->screen.quiet_ns = now - loop->news_ns;
	if (loop->screen.quiet_ns < QUIET_NS || loop->screen.quiet_ns < usual)
		loop->screen.quiet_ns = 0;
}

static void draw(struct loop *loop)
{
	term_size(loop->term, &loop->cells.rows, &loop->cells.cols);
	screen_draw(&loop->screen, &loop->cells);
	term_draw(loop->term, &loop->cells);
}

static void suspend(struct loop *loop)
{
	term_suspend(loop->term);
	loop->screen.suspend = false;
}

/* Asks before leaving, where that would do more than close a screen. */
static bool asks(struct loop *loop)
{
	const struct watch_options *options = loop->options;
	char question[DIALOG_BYTES];

	if (!options->ask_leave || !options->ask_leave(options->ask_data, question, sizeof(question)))
		return false;
	dialog_open(&loop->screen.dialog, DIALOG_LEAVE, question, options->leave_yes);
	return true;
}

/* What the screen has to know of the terminal's theme: what its cells may be, and which one comes next. */
static void take_theme(struct loop *loop)
{
	const struct theme *theme = term_theme(loop->term);

	loop->screen.looks.theme = *theme;
	loop->cells.ascii = theme->ascii;
	loop->cells.plain = theme_wants_letters(theme);
}

static void change_theme(struct loop *loop)
{
	loop->screen.looks.change = false;
	term_set_theme(loop->term, &loop->screen.looks.wish);
	take_theme(loop);
}

/* Who pauses looks longer at a moment: what is recorded goes on. */
static void rest(struct loop *loop)
{
	const bool resting = loop->screen.paused && !loop->taping.recorder;

	loop->paused = loop->screen.paused;
	if (resting != loop->resting)
		sampler_pause(loop->sampler, resting);
	loop->resting = resting;
}

/* Does what the screen asks for after a command. */
static void obey(struct loop *loop)
{
	struct screen *screen = &loop->screen;

	if (screen->agreed == DIALOG_LEAVE || (screen->close && !asks(loop)))
		leave(loop, EXIT_FINE);
	screen->close = false;
	if (screen->quit)
		leave(loop, EXIT_SIGNAL + SIGINT);
	if (screen->redraw) {
		term_redraw(loop->term);
		screen->redraw = false;
	}
	taping_obey(&loop->taping, screen);
	if (screen->looks.change)
		change_theme(loop);
	if (screen->suspend)
		suspend(loop);
	rest(loop);
	if (screen->ask_eligible) {
		sampler_ask_smaps(loop->sampler, screen->ask_eligible);
		screen->ask_eligible = 0;
	}
}

/* What is to be done to a process, or asked of it. */
static void obey_acts(struct loop *loop)
{
	struct screen *screen = &loop->screen;
	struct answer *failed;
	int error;

	if (screen->act.plan) {
		sampler_plan(loop->sampler, screen->act.triggers, screen->act.n);
		screen->act.plan = false;
	}
	if (screen->act.go) {
		sampler_trigger(loop->sampler, &screen->act.chosen);
		loop->doing.touched = true;
		screen->act.go = false;
	}
	if (screen->inquiry.cancel) {
		job_cancel(loop->job);
		screen->inquiry.cancel = false;
	}
	if (screen->inquiry.ask) {
		screen->inquiry.ask = false;
		error = job_ask(loop->job, &screen->inquiry.asked);
		if (!error)
			return;
		failed = mem_alloc(sizeof(*failed));
		failed->inquiry = screen->inquiry.asked;
		failed->error = error;
		screen_take_answer(screen, failed);
	}
}

static void watch_chosen(struct loop *loop)
{
	const struct screen *screen = &loop->screen;
	struct watch watch = {.n = screen->n_chosen, .follow = loop->follow};
	uint64_t *start_times = mem_alloc(screen->n_chosen * sizeof(*start_times));
	pid_t *pids = mem_alloc(screen->n_chosen * sizeof(*pids));
	size_t i;

	for (i = 0; i < screen->n_chosen; i++) {
		pids[i] = screen->chosen[i].pid;
		start_times[i] = screen->chosen[i].start_time;
	}
	watch.pids = pids;
	watch.start_times = start_times;
	counters_watch(&loop->counting, &watch);
	sampler_watch(loop->sampler, &watch);
	free(start_times);
	free(pids);
}

/* The map of what was chosen on the list; or the list, of whom it shows now. */
static void ask_processes(struct loop *loop)
{
	struct screen *screen = &loop->screen;
	pid_t visible[VISIBLE_MAX];
	size_t n;

	if (screen->choose) {
		loop->follow &= screen->choose_too;
		screen->choose = screen->choose_too = loop->listing = false;
		watch_chosen(loop);
	}
	if (!screen_lists(screen))
		return;
	n = screen_visible(screen, visible, VISIBLE_MAX);
	if (loop->listing && n == loop->n_visible && !memcmp(visible, loop->visible, n * sizeof(*visible)))
		return;
	loop->listing = true;
	loop->n_visible = n;
	memcpy(loop->visible, visible, n * sizeof(*visible));
	sampler_list(loop->sampler, visible, n);
}

static void take_keys(struct loop *loop)
{
	uint32_t key;

	while (!loop->done && (key = term_key(loop->term)) != PRESS_NONE) {
		if (key == PRESS_HANGUP) {
			leave(loop, EXIT_SIGNAL + SIGHUP);
			return;
		}
		if (key == PRESS_MOUSE)
			screen_mouse(&loop->screen, term_mouse(loop->term));
		else
			screen_key(&loop->screen, key);
		obey(loop);
	}
}

static void take_signals(struct loop *loop)
{
	int number;

	while ((number = term_signal(loop->term)) != 0) {
		if (number == SIGTSTP)
			suspend(loop);
		else if (number == SIGCONT)
			term_resume(loop->term);
		else if (number != SIGWINCH) /* drawing takes the new size */
			leave(loop, EXIT_SIGNAL + number);
	}
}

static void take_events(struct loop *loop)
{
	struct occurrence *happened;

	while ((happened = sampler_take_event(loop->sampler)))
		screen_take_event(&loop->screen, happened);
	screen_take_plans(&loop->screen, sampler_take_plans(loop->sampler));
}

static void take_answer(struct loop *loop)
{
	unsigned progress;
	bool busy = job_busy(loop->job, &progress);

	screen_take_answer(&loop->screen, job_take(loop->job));
	screen_progress(&loop->screen, busy, progress);
}

static bool shows_any(const struct scene *scene)
{
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].process)
			return true;
	return false;
}

/*
 * Takes what the sampler has; what comes while paused is left for later, but for a region just asked for and for what
 * shows a trigger's doing. Returns whether there was a moment.
 */
static bool take_moments(struct loop *loop)
{
	struct roster_view *roster = sampler_take_roster(loop->sampler);
	/* First, as it is made behind its moment: none comes before that. */
	struct moment *region = sampler_take_region(loop->sampler);
	struct moment *moment = sampler_take(loop->sampler);
	const bool fresh = moment, news = moment || roster;

	if (moment)
		taping_take(&loop->taping, &loop->screen, moment);
	/* Made while the order to pause, or to watch others, was on its way. */
	if (loop->screen.choose || (loop->paused && !(moment && screen_shows_deed(&loop->screen, moment)))) {
		moment_free(moment);
		roster_view_free(roster);
	} else {
		screen_take(&loop->screen, moment);
		screen_take_roster(&loop->screen, roster);
		loop->seen |= shows_any(&loop->screen.scene);
	}
	if (loop->screen.choose)
		moment_free(region);
	else
		screen_take_region(&loop->screen, region);
	sampler_rate(loop->sampler, &loop->screen.interval_ns, &loop->screen.share);
	note_quiet(loop, news);
	return fresh;
}

static void ask_region(struct loop *loop)
{
	uint64_t addr;
	pid_t pid;

	screen_wants(&loop->screen, &pid, &addr);
	if (pid == loop->region_pid && addr == loop->region_addr)
		return;
	loop->region_pid = pid;
	loop->region_addr = addr;
	sampler_watch_region(loop->sampler, pid, addr);
}

/* Nothing is counted that nobody sees. */
static void ask_count(struct loop *loop)
{
	if (loop->screen.count == loop->count)
		return;
	loop->count = loop->screen.count;
	sampler_count(loop->sampler, loop->count);
}

static void run(struct loop *loop)
{
	struct pollfd polled[] = {
		{term_key_fd(loop->term), POLLIN, 0},
		{term_signal_fd(loop->term), POLLIN, 0},
		{sampler_fd(loop->sampler), POLLIN, 0},
		{job_fd(loop->job), POLLIN, 0},
		{-1, POLLIN, 0},
	};

	bool fresh = false;
	uint64_t spent = 0;
	int wait;

	while (!loop->done) {
		draw(loop);
		if (fresh)
			sampler_charge(loop->sampler, clock_ns(CLOCK_THREAD_CPUTIME_ID) - spent);
		ask_processes(loop);
		ask_region(loop);
		ask_count(loop);
		wait = term_wait(loop->term);
		if (screen_waits(&loop->screen) && (wait < 0 || wait > PROGRESS_MS))
			wait = PROGRESS_MS;
		if (!loop->paused && (wait < 0 || wait > LOOK_MS))
			wait = LOOK_MS;
		polled[4].fd = taping_fd(&loop->taping);
		if (poll(polled, sizeof(polled) / sizeof(polled[0]), wait) < 0 && errno != EINTR) {
			leave(loop, EXIT_IO);
			break;
		}
		take_signals(loop);
		take_keys(loop);
		obey_acts(loop);
		spent = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		take_answer(loop);
		take_events(loop);
		doing_take(&loop->doing, &loop->screen, loop->sampler);
		doing_start(&loop->doing, &loop->screen, loop->sampler);
		fresh = take_moments(loop);
		taping_look(&loop->taping, &loop->screen);
		rest(loop);
		obey_acts(loop); /* a plan that asks nobody is carried out at once */
		if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL))
			leave(loop, EXIT_SIGNAL + SIGHUP);
	}
}

/* 3 or 4 if there never was anything to see. */
static int nothing_seen(const struct loop *loop)
{
	const struct scene *scene = &loop->screen.scene;
	int code = EXIT_NOTHING;
	size_t i;

	for (i = 0; i < scene->n; i++)
		if (scene->shown[i].outcome == OUTCOME_DENIED)
			code = EXIT_PERMISSION;
	return loop->seen || !scene->newest || !scene->n ? EXIT_FINE : code;
}

/* Another one like the sampler's. */
static int open_source(void *data, struct source **source, char *error, size_t size)
{
	const struct loop *loop = data;

	return cmd_open_another(&loop->options->source, loop->source, source, error, size);
}

/* Which events are counted: those that were asked for, else those of the configuration. */
static void choose_counters(struct loop *loop, const struct settings *settings)
{
	const struct counters *asked = loop->options->counting;

	if (asked && asked->n) {
		memcpy(loop->counting.names, asked->names, sizeof(asked->names));
		loop->counting.n = asked->n;
		return;
	}
	for (; loop->counting.n < settings->n_counters; loop->counting.n++)
		loop->counting.names[loop->counting.n] = settings->counters[loop->counting.n].name;
}

/* The first frame comes before the first moment: the sampler starts behind it. */
static int watch_loop(struct loop *loop, struct source *source, const struct watch *watch,
		      const struct config *config)
{
	const struct watch_options *options = loop->options;
	const struct settings *settings = &config->settings;
	struct sampler_options sampling = {
		options->interval_ns ? options->interval_ns : settings->interval_ns,
		options->share_percent ? options->share_percent : settings->share_percent,
	};
	struct watch counted = watch ? *watch : (struct watch){0};
	size_t i;
	int error;

	choose_counters(loop, settings);
	counters_watch(&loop->counting, &counted);
	loop->screen.keymap = settings->keymap;
	loop->screen.flash = settings->flash;
	loop->count = watch && counted.count;
	loop->screen.counters.wanted = counted.n_counters;
	loop->screen.counters.on_request = !settings->counting;
	loop->screen.big = settings->big;
	if (*config->brief)
		loop->screen.message = config->brief;
	loop->screen.recording.refused = taping_refusal(&options->source);
	loop->screen.read_only = cmd_reads_only(&options->source);
	loop->screen.title = options->title;
	loop->screen.narration = options->narration;
	loop->screen.n_narration = options->n_narration;
	for (i = 0; i < options->n_events; i++)
		screen_take_event(&loop->screen, options->events[i]);
	if (options->lesson)
		doing_open_lesson(&loop->doing, &loop->screen, options->lesson);
	loop->follow = watch && watch->follow;
	loop->screen.looks.wish = settings->theme;
	loop->screen.looks.minimap = settings->minimap;
	loop->screen.looks.mouse = settings->mouse;
	take_theme(loop);
	if (!watch)
		screen_open_list(&loop->screen);
	loop->listing = !watch;
	draw(loop);
	loop->job = job_new(open_source, loop);
	loop->source = source;
	error = sampler_start(&loop->sampler, source, watch ? &counted : NULL, &sampling);
	if (!error)
		run(loop);
	term_close(loop->term);
	taping_end(&loop->taping);
	if (error)
		return cmd_error(EXIT_IO, "cannot start sampling: %s", strerror(-error));
	if (loop->code == EXIT_FINE && loop->screen.scene.lost)
		return cmd_error(EXIT_IO, "%s", loop->screen.scene.lost);
	return loop->code == EXIT_FINE ? nothing_seen(loop) : loop->code;
}

int watch_run(struct source *source, const struct watch *watch, const struct watch_options *options)
{
	struct loop loop = {.options = options};
	struct term_options wishes;
	struct config config;
	char why[256];
	int code;

	setlocale(LC_CTYPE, "");
	config_read(&config);
	cmd_wait_over();
	wishes = (struct term_options){config.settings.theme, config.settings.mouse};
	if (term_open(&loop.term, &wishes, why, sizeof(why))) {
		config_fini(&config);
		source_close(source);
		for (size_t i = 0; i < options->n_events; i++)
			occurrence_free(options->events[i]);
		return cmd_error(EXIT_IMPOSSIBLE, "no full screen: %s", why);
	}
	screen_init(&loop.screen);
	code = watch_loop(&loop, source, watch, &config);
	config_say(&config);
	config_fini(&config);
	screen_fini(&loop.screen); /* before the source, whose texts its moments point to */
	job_free(loop.job);
	sampler_stop(loop.sampler);
	cells_fini(&loop.cells);
	return code;
}
