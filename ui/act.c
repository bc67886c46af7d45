/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Triggers from keys: where, which ways there are, what is asked first, and what is said of it. */
#include "ui/act.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "ui/event_text.h"
#include "ui/region_subject.h"
#include "ui/screen_parts.h"
#include "ui/timeline.h"

/* The ways of one menu. Where a way is not possible so, the process may be made to do it itself (`inject`). */
struct way {
	enum command command;
	enum trigger_kind kind;
	enum trigger_way way;
	bool inject;
	const char *label;
};

static const struct way ways[] = {
	{COMMAND_SPLIT, TRIGGER_SPLIT, TRIGGER_WAY_ADVICE, true, "mapping, by advice"},
	{COMMAND_SPLIT, TRIGGER_SPLIT, TRIGGER_WAY_PROTECT, false, "mapping, by mprotect"},
	{COMMAND_SPLIT, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_DEBUGFS, false, "folio, by debugfs"},
	{COMMAND_SPLIT, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_ADVICE, false, "folio, by MADV_COLD"},
	{COMMAND_SPLIT, TRIGGER_SPLIT_FOLIO, TRIGGER_WAY_PUNCH, false, "folio, by a hole in its file"},
	{COMMAND_WRITE, TRIGGER_COW, TRIGGER_WAY_WRITE, false, "write back the byte there"},
	{COMMAND_WRITE, TRIGGER_COW, TRIGGER_WAY_POPULATE, true, "MADV_POPULATE_WRITE"},
	{COMMAND_COLLAPSE, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, false, "collapse"},
	{COMMAND_ASK, TRIGGER_COLLAPSE, TRIGGER_WAY_USUAL, false, "collapse"},
	{COMMAND_FORK, TRIGGER_FORK, TRIGGER_WAY_USUAL, false, "fork"},
};
#define N_WAYS (sizeof(ways) / sizeof(ways[0]))

bool act_command_is(enum command command)
{
	return command == COMMAND_COLLAPSE || command == COMMAND_SPLIT || command == COMMAND_WRITE ||
	       command == COMMAND_FORK || command == COMMAND_ASK;
}

static const char *verb(enum command command)
{
	return command == COMMAND_COLLAPSE ? "collapse"
	       : command == COMMAND_SPLIT  ? "split"
	       : command == COMMAND_WRITE  ? "write"
	       : command == COMMAND_FORK   ? "fork"
					   : "asking the kernel";
}

static void __attribute__((format(printf, 2, 3))) say(struct screen *screen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(screen->act.said, sizeof(screen->act.said), format, args);
	va_end(args);
	screen->message = screen->act.said;
}

static bool is_under_way(const struct act_state *act)
{
	return act->stage == ACT_PLANNING || act->stage == ACT_RUNNING;
}

/* Whoever insists on another one is told so in as many columns. */
bool act_under_way(const struct screen *screen, char *text, size_t size)
{
	const struct act_state *act = &screen->act;
	const char *one = act->insisted ? "one thing at a time: " : "";
	const char *of = act->insisted ? "" : "process ", *going = act->insisted ? "" : " is under way";

	if (!is_under_way(act))
		return false;
	if (act->stage == ACT_PLANNING && act->insisted)
		snprintf(text, size, "%slooking what %s would do…", one, verb(act->command));
	else if (act->stage == ACT_PLANNING)
		snprintf(text, size, "%s: looking what it would do to process %d…", verb(act->command),
			 (int)act->triggers[0].pid);
	else if (act->chosen.kind == TRIGGER_FORK)
		snprintf(text, size, "%sfork of process %d%s…", one, (int)act->chosen.pid, going);
	else
		snprintf(text, size, "%s%s of %" PRIx64 " in %s%d%s…", one, trigger_name(act->chosen.kind),
			 act->chosen.addr, of, (int)act->chosen.pid, going);
	return true;
}

uint64_t act_place(const struct screen *screen, const struct spot *spot)
{
	struct subject subject;

	if ((screen->focus == VIEW_REGION || screen_wide(screen)) && subject_find(screen, &subject))
		return subject_addr(&subject, subject.at);
	return spot->start;
}

static void add(struct act_state *act, const struct way *way, const struct trigger *base, bool inject)
{
	struct trigger *trigger = &act->triggers[act->n++];

	*trigger = *base;
	trigger->kind = way->kind;
	trigger->way = way->way;
	trigger->inject = inject;
}

void act_begin_at(struct screen *screen, enum command command, pid_t pid, uint64_t start_time, uint64_t addr)
{
	struct act_state *act = &screen->act;
	struct trigger base = {.order = -1, .pid = pid, .start_time = start_time, .addr = addr};
	size_t i;

	if (is_under_way(act)) {
		act->insisted = true; /* no message: it would outlive what it tells of */
		return;
	}
	base.daemon = tasks_known(screen); /* the key is for whatever collapses there */
	base.begin = tasks_known(screen) && screen->tasks.scheduler != SCHEDULER_ORDER;
	act_withdraw(screen); /* what a menu or question was left open with */
	act->command = command;
	act->n = 0;
	for (i = 0; i < N_WAYS; i++) {
		if (ways[i].command != command)
			continue;
		add(act, &ways[i], &base, false);
		if (ways[i].inject)
			add(act, &ways[i], &base, true);
	}
	act->stage = ACT_PLANNING;
	act->disturbed = false;
	act->plan = true;
}

void act_begin(struct screen *screen, enum command command)
{
	uint64_t addr = 0;
	struct spot spot;

	if (is_under_way(&screen->act)) {
		screen->act.insisted = true;
		return;
	}
	if (!map_spot(screen, &spot) || (spot.line->kind != LINE_CELLS && command != COMMAND_FORK)) {
		say(screen, "%s what? Put the cursor on a region first.", verb(command));
		return;
	}
	if (spot.shown->outcome != OUTCOME_OK || !spot.shown->process) {
		say(screen, "process %d is not there any more, or cannot be read", (int)spot.shown->pid);
		return;
	}
	if (command != COMMAND_FORK)
		addr = command == COMMAND_WRITE ? act_place(screen, &spot) : spot.start;
	act_begin_at(screen, command, spot.shown->pid, spot.shown->process->start_time, addr);
}

void act_disturb(struct act_state *act)
{
	act->insisted = false;
	if (act->stage == ACT_PLANNING)
		act->disturbed = true;
}

static void forget(struct act_state *act)
{
	plans_free(act->plans);
	act->plans = NULL;
	act->menu.open = false;
	act->stage = ACT_IDLE;
}

/* A question that opens under keys meant for something else would be answered by them. */
static void ask_again(struct screen *screen)
{
	say(screen, "%s: other keys came before it could ask; press its key again",
	    verb(screen->act.command));
	forget(&screen->act);
}

static void start(struct screen *screen)
{
	struct act_state *act = &screen->act;
	const struct trigger *chosen = &act->chosen;
	struct inquiry inquiry = {INQUIRY_WHY, chosen->pid, chosen->start_time, chosen->addr, .ask = true};

	forget(act);
	if (act->command == COMMAND_ASK) {
		inquiry_ask(screen, &inquiry);
		return;
	}
	act->stage = ACT_RUNNING;
	act->go = true;
}

/* What is planned is refused, asks first, or is done. */
static void consider(struct screen *screen, const struct planned *planned)
{
	struct act_state *act = &screen->act;
	static const char *const yes[TRIGGER_KIND_COUNT] = {
		[TRIGGER_COLLAPSE] = "Collapse",
		[TRIGGER_SPLIT] = "Split the mapping",
		[TRIGGER_SPLIT_FOLIO] = "Split the folio",
		[TRIGGER_COW] = "Write",
		[TRIGGER_FORK] = "Fork",
	};
	char text[DIALOG_BYTES];

	act->chosen = planned->trigger;
	if (planned->error) {
		say(screen, "%s: %s", verb(act->command), planned->reason);
		forget(act);
	} else if (!planned->asks && !(act->disturbed && act->command == COMMAND_ASK)) {
		start(screen);
	} else if (act->disturbed) {
		ask_again(screen);
	} else {
		snprintf(text, sizeof(text), "%s of %" PRIx64 " in process %d?\n%s",
			 trigger_name(act->chosen.kind), act->chosen.addr, (int)act->chosen.pid,
			 planned->text);
		dialog_open(&screen->dialog, DIALOG_ACT, text, yes[act->chosen.kind]);
		act->stage = ACT_ASKING;
	}
}

/* Of a way by itself and one through the process the one that is possible; the first if neither is. */
static size_t better(const struct plans *plans, size_t at)
{
	const struct planned *one = &plans->items[at];
	const struct planned *other = at + 1 < plans->n ? one + 1 : NULL;

	if (one->error && other && other->trigger.inject && !other->error)
		return at + 1;
	return at;
}

/* Ways that only a specimen goes: of another process they need not even be named. */
static bool is_specimens(enum trigger_way way)
{
	return way == TRIGGER_WAY_PROTECT || way == TRIGGER_WAY_PUNCH;
}

/* Of a plan for a foreign process what is done: to whom says the title here, and the dialog. */
static const char *what_of(const struct planned *planned)
{
	const char *where = planned->asks ? strstr(planned->text, "\nin 0x") : NULL;
	const char *behind = where ? strchr(where + 1, '\n') : NULL;

	return behind && behind[1] ? behind + 1 : planned->text;
}

/* A model has one way to each end: those of other kernels would only be in the way. */
static bool is_offered(const struct screen *screen, const struct planned *planned)
{
	return !tasks_known(screen) || !planned->error;
}

/* The only one that is offered; NULL: there are none, or more. */
static const struct planned *only(const struct screen *screen, const struct plans *plans)
{
	const struct planned *found = NULL;

	for (size_t i = 0; i < plans->n; i++) {
		if (found && is_offered(screen, &plans->items[i]))
			return NULL;
		if (is_offered(screen, &plans->items[i]))
			found = &plans->items[i];
	}
	return found;
}

static void open_menu(struct screen *screen)
{
	struct act_state *act = &screen->act;
	const struct plans *plans = act->plans;
	const struct trigger *first = &plans->items[0].trigger;
	const struct planned *planned;
	char title[96], label[64];
	size_t i, k, at;

	snprintf(title, sizeof(title),
		 act->command == COMMAND_SPLIT ? "Split %" PRIx64 " in %d:" : "Write to %" PRIx64 " in %d:",
		 first->addr, (int)first->pid);
	menu_clear(&act->menu, title);
	for (i = 0; i < plans->n; i++) {
		if (plans->items[i].trigger.inject || !is_offered(screen, &plans->items[i]))
			continue;
		at = better(plans, i);
		planned = &plans->items[at];
		if (planned->asks && planned->error && is_specimens(planned->trigger.way))
			continue;
		for (k = 0; k < N_WAYS; k++)
			if (ways[k].command == act->command && ways[k].kind == planned->trigger.kind &&
			    ways[k].way == planned->trigger.way)
				break;
		snprintf(label, sizeof(label), "%s%s", k < N_WAYS ? ways[k].label : "",
			 planned->trigger.inject ? ", injected" : "");
		act->of_item[act->menu.n] = at;
		menu_add(&act->menu, label, planned->error ? planned->reason : what_of(planned),
			 !planned->error);
		act->menu.items[act->menu.n - 1].loses = planned->trigger.way == TRIGGER_WAY_PUNCH;
	}
	menu_open(&act->menu);
	/* Where somebody is asked, what lets no other process run a call of ours comes first. */
	for (i = 0; i < act->menu.n && plans->items[0].asks; i++)
		if (act->menu.items[i].possible && !plans->items[act->of_item[i]].trigger.inject) {
			act->menu.at = (unsigned)i;
			break;
		}
	act->menu.asks = plans->items[0].asks;
	act->stage = ACT_CHOOSING;
}

void screen_take_plans(struct screen *screen, struct plans *plans)
{
	struct act_state *act = &screen->act;

	if (!plans || act->stage != ACT_PLANNING || plans->n != act->n) {
		plans_free(plans);
		return;
	}
	if (screen->dialog.kind != DIALOG_NONE) { /* another question came first: two at once are none */
		plans_free(plans);
		ask_again(screen);
		return;
	}
	act->plans = plans;
	if (plans->n == 1 || only(screen, plans)) {
		consider(screen, plans->n == 1 ? &plans->items[0] : only(screen, plans));
	} else if (act->disturbed) {
		ask_again(screen);
	} else {
		open_menu(screen);
	}
}

void act_menu_ended(struct screen *screen, enum menu_end how)
{
	struct act_state *act = &screen->act;

	if (how == MENU_CHOSEN)
		consider(screen, &act->plans->items[act->of_item[act->menu.at]]);
	else if (how == MENU_LEFT)
		forget(act);
	else if (how == MENU_REFUSED)
		say(screen, "not possible: %s", act->menu.items[act->menu.at].note);
}

void act_answered(struct screen *screen, bool yes)
{
	if (screen->act.stage == ACT_ASKING && yes)
		start(screen);
	else
		act_withdraw(screen);
}

void act_withdraw(struct screen *screen)
{
	struct act_state *act = &screen->act;

	if (act->stage == ACT_CHOOSING || act->stage == ACT_ASKING)
		forget(act);
}

/* The cells of what changed flash, also where a survey would not tell. */
static void flash(struct screen *screen, const struct event *event)
{
	const struct event_effect *effect;
	struct shown *shown;
	size_t i;

	/* Of a recording the past is told, too, where one jumps over it. */
	if (!screen->scene.newest ||
	    (timeline_of(screen) && moment_clock(screen->scene.newest) > event->mono_ns + FLASH_NS))
		return;
	for (effect = event->effects; effect < event->effects + event->n_effects; effect++)
		for (i = 0; i < screen->scene.n; i++) {
			shown = &screen->scene.shown[i];
			if (shown->pid == effect->pid && event_changed(effect))
				flashes_add(&shown->flashes, effect->addr,
					    moment_clock(screen->scene.newest));
		}
}

/* What came of the trigger that was ordered. */
static void tell(struct screen *screen, const struct occurrence *happened)
{
	struct act_state *act = &screen->act;
	struct buf text = {0};

	if (act->stage == ACT_RUNNING)
		act->stage = ACT_IDLE;
	if (happened->trigger.begin && !happened->error)
		tasks_expect(screen);
	act->over_ns = happened->mono_ns;
	if (screen->focus != VIEW_EVENTS) /* one looks for it in the strip */
		events_follow(&screen->events);
	event_sentence(happened, &text);
	say(screen, "%s", text.data);
	if (screen->big && !screen_covered(screen) && (screen_wide(screen) || screen->focus == VIEW_MAP))
		screen->message = NULL; /* the caption says it, and would be covered */
	buf_fini(&text);
}

void screen_take_event(struct screen *screen, struct occurrence *happened)
{
	if (!happened)
		return;
	events_complete(happened);
	flash(screen, &happened->event);
	if (happened->ordered)
		tell(screen, happened);
	captions_event(screen, happened);
	events_add(&screen->events, happened);
}

bool screen_shows_deed(const struct screen *screen, const struct moment *moment)
{
	const struct moment *shown = screen->scene.newest;

	/* Of a recording nothing else comes while paused. */
	if (moment->timeline)
		return true;
	return screen->act.over_ns && moment_clock(moment) >= screen->act.over_ns &&
	       (!shown || moment_clock(shown) < screen->act.over_ns);
}

void act_fini(struct act_state *act)
{
	forget(act);
}
