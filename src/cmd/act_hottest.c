/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thpscope collapse --hottest: what is used most and not huge, made huge, with what was counted before and after. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/act.h"
#include "core/mem.h"
#include "format/heat.h"
#include "format/text_line.h"

#define NS_PER_S UINT64_C(1000000000)

/* Each look at why a region is not huge reads what the kernel says of its pages: so many in vain are enough. */
#define LOOKS_IN_VAIN 64

/* What is compared: taken before and after. */
struct look {
	struct kb kb;
	struct rate {
		char name[64];
		double per_s; /* of the process, by the clock on the wall */
		bool scaled, missing;
	} * rates;
	size_t n;
};

struct hottest {
	struct act *act;
	struct heat heat;
	struct arena arena;
	size_t *ranks; /* of those that are taken */
	size_t n, looks;
	/* Memory areas of which no region can be huge: none of theirs is looked at again. */
	struct barred {
		uint64_t start, end;
		const char *reason;
	} barred[LOOKS_IN_VAIN];
	size_t n_barred;
	struct look before, after;
	/* Regions in a row that are passed over for one reason, the first of them; said once. */
	struct buf reason;
	uint64_t passed;
	size_t n_passed;
};

static void pause_ns(uint64_t ns)
{
	struct timespec time = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	while (nanosleep(&time, &time))
		;
}

static struct moment *sample(struct act *act, bool count)
{
	const pid_t pid = act->trigger.pid;
	struct watch watch = {.pids = &pid, .n = 1, .count = count};

	/* Once it is known who it is, whoever has its number later is not compared with it. */
	if (act->trigger.start_time)
		watch.start_times = &act->trigger.start_time;
	return source_sample(act->source, &watch);
}

static void take_rates(struct look *look, const struct moment *first, const struct moment *last)
{
	const struct process *begun = &first->processes[0], *ended = &last->processes[0];
	const double seconds = (double)(moment_clock(last) - moment_clock(first)) / NS_PER_S;
	struct rate *rate;
	uint64_t counted;
	size_t i;

	if (!ended->n_counters || begun->n_counters != ended->n_counters || seconds <= 0)
		return;
	look->rates = mem_alloc(ended->n_counters * sizeof(*look->rates));
	for (i = 0; i < ended->n_counters; i++) {
		rate = &look->rates[look->n++];
		snprintf(rate->name, sizeof(rate->name), "%s", ended->counters[i].name);
		counted = 0;
		rate->missing = strcmp(begun->counters[i].name, ended->counters[i].name) ||
				counter_between(&begun->counters[i], &ended->counters[i], &counted,
						&rate->scaled) != COUNTER_TOLD;
		rate->per_s = (double)counted / seconds;
	}
}

/* How much is huge, and, over a window, what is counted, if anything is. An exit code after a message. */
static int look_at(struct hottest *hottest, struct look *look)
{
	const uint64_t window = hottest->act->heat.window_ns ? hottest->act->heat.window_ns : HEAT_WINDOW_NS;
	struct moment *first = sample(hottest->act, true), *last;
	const struct process *process = &first->processes[0];
	int code = cmd_outcome(process);

	hottest->act->trigger.start_time = process->start_time;
	look->kb = process->kb;
	if (!code && process->n_counters) {
		pause_ns(window);
		last = sample(hottest->act, true);
		code = cmd_outcome(&last->processes[0]);
		if (!code)
			take_rates(look, first, last);
		moment_free(last);
	}
	moment_free(first);
	return code;
}

static void say_passed(struct hottest *hottest)
{
	if (hottest->n_passed > 1)
		cmd_error(0, "%zu regions from %llx on are passed over: %s", hottest->n_passed,
			  (unsigned long long)hottest->passed, hottest->reason.data);
	else if (hottest->n_passed)
		cmd_error(0, "%llx is passed over: %s", (unsigned long long)hottest->passed,
			  hottest->reason.data);
	hottest->n_passed = 0;
}

static void pass_over(struct hottest *hottest, const struct heat_region *region, const char *reason)
{
	if (hottest->n_passed && strcmp(hottest->reason.data, reason))
		say_passed(hottest);
	if (hottest->n_passed++)
		return;
	buf_clear(&hottest->reason);
	buf_puts(&hottest->reason, reason);
	hottest->passed = region->start;
}

static void bar(struct hottest *hottest, const struct why *why, const struct why_reason *reason)
{
	if (!why->vma || !why_of_vma(reason) || hottest->n_barred == LOOKS_IN_VAIN)
		return;
	hottest->barred[hottest->n_barred++] =
		(struct barred){why->vma->start, why->vma->end,
				arena_text(&hottest->arena, reason->text, strlen(reason->text))};
}

static const char *barred(const struct hottest *hottest, const struct heat_region *region)
{
	const struct barred *item;

	for (item = hottest->barred; item < hottest->barred + hottest->n_barred; item++)
		if (region->start >= item->start && region->start < item->end)
			return item->reason;
	return NULL;
}

/* Whether nothing that is known keeps the kernel from collapsing it. */
static bool may_be_huge(struct hottest *hottest, const struct heat_region *region)
{
	struct act *act = hottest->act;
	const char *reason = barred(hottest, region);
	struct why why;
	bool may = true;
	size_t i;

	if (reason) {
		pass_over(hottest, region, reason);
		return false;
	}
	hottest->looks++;
	arena_reset(&act->arena);
	if (source_why(act->source, act->trigger.pid, act->trigger.start_time, region->start, WHY_PASS,
		       &act->arena, &why))
		return true;
	for (i = 0; may && i < why.n; i++)
		may = !why.reasons[i].refused && why.reasons[i].weight != WHY_IS;
	if (may)
		return true;
	pass_over(hottest, region, why.reasons[i - 1].text);
	bar(hottest, &why, &why.reasons[i - 1]);
	return false;
}

static int choose(struct hottest *hottest)
{
	const struct heat *heat = &hottest->heat;
	size_t i;

	hottest->ranks = mem_alloc(heat->known * sizeof(*hottest->ranks));
	for (i = 0; i < heat->known && hottest->n < hottest->act->hottest; i++) {
		const struct heat_region *region = &heat->items[heat->ranked[i]];

		if (!region->used)
			break;
		if (hottest->looks - hottest->n == LOOKS_IN_VAIN && !barred(hottest, region)) {
			say_passed(hottest);
			cmd_error(0,
				  "regions that were used less are not looked at: %d could not be made "
				  "huge",
				  LOOKS_IN_VAIN);
			break;
		}
		if (may_be_huge(hottest, region))
			hottest->ranks[hottest->n++] = i;
	}
	say_passed(hottest);
	if (hottest->n)
		return 0;
	if (!heat->n)
		return cmd_error(EXIT_FINDING,
				 "process %d maps no whole region by ptes: there is nothing to collapse",
				 (int)heat->pid);
	if (!heat->known)
		return cmd_error(EXIT_IMPOSSIBLE, "it is not known what process %d uses: %s", (int)heat->pid,
				 heat->missing ? heat->missing : "nothing could be told of any page");
	return cmd_error(
		EXIT_FINDING,
		hottest->looks == LOOKS_IN_VAIN
			? "process %d: none of the regions that were looked at could be made huge"
			: "process %d used no region that could be made huge and is not: there is nothing "
			  "to collapse",
		(int)heat->pid);
}

/* Those that are taken, how that is known, and what it does not tell. */
static void put_list(const struct hottest *hottest, struct buf *out)
{
	struct buf line = {0};
	size_t i;

	buf_printf(&line, "process %d: %zu of %zu regions that are not huge, %s, ", (int)hottest->heat.pid,
		   hottest->n, hottest->heat.n, heat_order(&hottest->heat));
	heat_say_way(&hottest->heat, &line);
	buf_putc(&line, ':');
	line_wrap(out, cmd_width(), 2, line.data);
	for (i = 0; i < hottest->n; i++)
		text_heat_rank(out, &hottest->heat, hottest->ranks[i]);
	buf_clear(&line);
	text_heat_limits(&line, &hottest->heat, false);
	line_wrap(out, cmd_width(), 2, line.data);
	buf_fini(&line);
}

static int collapse_all(struct hottest *hottest)
{
	struct act *act = hottest->act;
	const struct heat *heat = &hottest->heat;
	struct moment *moment;
	size_t i;
	int code = 0;

	for (i = 0; i < hottest->n && !code; i++) {
		act->trigger.addr = heat->items[heat->ranked[hottest->ranks[i]]].start;
		moment = source_sample(
			act->source,
			&(struct watch){.pids = &act->trigger.pid,
					.n = 1,
					.options = {.from = act->trigger.addr, .to = act->trigger.addr + 1}});
		code = cmd_outcome(&moment->processes[0]);
		if (!code)
			code = act_carry_out(act, &moment->processes[0]);
		moment_free(moment);
		/* What was unmapped meanwhile is no reason not to go on. */
		if (code == EXIT_NOTHING && i + 1 < hottest->n) {
			act->refused = true;
			code = 0;
		}
	}
	return code;
}

static void put_coverage(struct buf *out, const struct kb *kb)
{
	buf_printf(out, "%llu of %llu kB", (unsigned long long)kb->pmd, (unsigned long long)kb->present);
	if (kb->present) {
		buf_puts(out, ", ");
		line_share(out, kb->pmd, kb->present);
	}
}

static void put_rate(struct buf *out, const struct rate *rate)
{
	if (rate->missing)
		buf_puts(out, "not counted");
	else
		buf_printf(out, "%s%.0f/s", rate->scaled ? "about " : "", rate->per_s);
}

/* Coverage and rates, before and after. */
static void put_difference(const struct hottest *hottest, struct buf *out)
{
	const struct look *before = &hottest->before, *after = &hottest->after;
	size_t i;

	buf_puts(out, "mapped by PMD: ");
	put_coverage(out, &before->kb);
	buf_puts(out, " before; ");
	put_coverage(out, &after->kb);
	buf_puts(out, " after\n");
	for (i = 0; i < before->n && i < after->n; i++) {
		if (strcmp(before->rates[i].name, after->rates[i].name))
			continue;
		line_safe(out, before->rates[i].name, false);
		buf_puts(out, ": ");
		put_rate(out, &before->rates[i]);
		buf_puts(out, " before; ");
		put_rate(out, &after->rates[i]);
		buf_puts(out, " after\n");
	}
	if (!before->n || !after->n)
		buf_puts(out,
			 "TLB misses and page faults: not counted here, so what it gained is not known\n");
}

/* On stdout what people read; beside JSON on stderr. */
static void say(const struct hottest *hottest, void (*put)(const struct hottest *hottest, struct buf *out))
{
	struct buf text = {0};

	put(hottest, &text);
	fputs(text.data, hottest->act->json ? stderr : stdout);
	fflush(stdout);
	buf_fini(&text);
}

static int measure(struct hottest *hottest)
{
	struct act *act = hottest->act;
	int code = look_at(hottest, &hottest->before);

	if (code)
		return code;
	act->heat.pid = act->trigger.pid;
	act->heat.start_time = act->trigger.start_time;
	code = cmd_measure_heat(act->source, &act->heat, &hottest->arena, &hottest->heat);
	return code ? code : choose(hottest);
}

int act_hottest(struct act *act)
{
	struct hottest hottest = {.act = act};
	struct buf more = {0};
	int code = measure(&hottest);

	if (!code) {
		say(&hottest, put_list);
		act->trigger.addr = hottest.heat.items[hottest.heat.ranked[hottest.ranks[0]]].start;
		buf_printf(&more, "%zu region%s, one after the other; the first:\n", hottest.n,
			   hottest.n == 1 ? "" : "s");
		code = act_ask(act, hottest.n > 1 ? more.data : "");
		buf_fini(&more);
	}
	if (!code)
		code = collapse_all(&hottest);
	if (!code)
		code = look_at(&hottest, &hottest.after);
	if (!code)
		say(&hottest, put_difference);
	buf_fini(&hottest.reason);
	free(hottest.ranks);
	free(hottest.before.rates);
	free(hottest.after.rates);
	arena_fini(&hottest.arena);
	return code;
}
