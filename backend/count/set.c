/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is counted by which events, from one sample to the next. */
#include "count/set.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

struct count_set *count_set_new(const struct count_ops *ops, void *context)
{
	struct count_set *set = mem_alloc(sizeof(*set));

	set->ops = ops ? ops : &count_kernel;
	set->context = context;
	return set;
}

struct counted *counted_find(struct count_set *set, pid_t pid)
{
	size_t i;

	for (i = 0; i < set->n_items; i++)
		if (set->items[i].pid == pid)
			return &set->items[i];
	return NULL;
}

/* Those that had inherited its events, or may have, have none any more, and get their own. */
static void disown(struct count_set *set, pid_t host)
{
	size_t i;

	for (i = 0; i < set->n_items; i++) {
		if (set->items[i].host != host)
			continue;
		set->items[i].host = 0;
		set->items[i].tried = false;
	}
}

static void begin_tallies(struct count_set *set, struct counted *counted)
{
	size_t k;

	memset(counted->tallies, 0, set->n * sizeof(*counted->tallies));
	for (k = 0; k < set->n; k++)
		counted->tallies[k].missing = set->events[k].wrong;
}

static void drop(struct count_set *set, size_t at)
{
	struct counted *counted = &set->items[at];
	const pid_t pid = counted->pid;

	counted_close(set, counted);
	free(counted->tallies);
	arena_fini(&counted->texts);
	memmove(counted, counted + 1, (set->n_items - at - 1) * sizeof(*counted));
	set->n_items--;
	disown(set, pid);
}

static void free_event(struct named *named)
{
	free(named->name);
	free(named->wrong);
}

static void forget_events(struct count_set *set)
{
	size_t i;

	while (set->n_items)
		drop(set, set->n_items - 1);
	for (i = 0; i < set->n; i++)
		free_event(&set->events[i]);
	for (i = 0; i < set->n_asked; i++)
		free(set->asked[i]);
	free(set->events);
	free(set->asked);
	set->events = NULL;
	set->asked = NULL;
	set->n = set->n_asked = 0;
}

void count_set_free(struct count_set *set)
{
	if (!set)
		return;
	forget_events(set);
	free(set->items);
	free(set);
}

/* Whether counting in the kernel is forbidden, but not in user space: then, like perf(1), we count that and say so. */
static bool user_only(struct count_set *set)
{
	struct count_event faults = {.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_PAGE_FAULTS};
	int fd = set->ops->open(set->context, &faults, 0);

	if (fd >= 0) {
		set->ops->close(set->context, fd);
		return false;
	}
	faults.exclude_kernel = faults.exclude_hv = true;
	fd = fd == -EACCES || fd == -EPERM ? set->ops->open(set->context, &faults, 0) : -1;
	if (fd < 0)
		return false;
	set->ops->close(set->context, fd);
	return true;
}

static void name_event(struct named *named, const char *name, bool user)
{
	char error[600];
	size_t len = strlen(name);

	if (count_name(name, &named->event, error, sizeof(error)))
		named->wrong = mem_strdup(error);
	user = user && !named->wrong && !named->event.modes;
	named->name = mem_alloc(len + sizeof(":u"));
	snprintf(named->name, len + sizeof(":u"), "%s%s", name,
		 !user			       ? ""
		 : len && name[len - 1] == '/' ? "u"
					       : ":u");
	if (user)
		named->event.exclude_kernel = named->event.exclude_hv = true;
}

/* Also behind a list of names that has one twice each is there once: by its name a reader finds it. */
static void add_event(struct count_set *set, const char *name, bool user)
{
	struct named *named = &set->events[set->n];
	size_t i;

	name_event(named, name, user);
	for (i = 0; i < set->n; i++) {
		if (strcmp(set->events[i].name, named->name))
			continue;
		free_event(named);
		*named = (struct named){0};
		return;
	}
	set->n++;
}

static bool same_names(const struct count_set *set, const char *const *names, size_t n)
{
	size_t i;

	if (!set->began || n != set->n_asked)
		return false;
	for (i = 0; i < n && !strcmp(names[i], set->asked[i]); i++)
		;
	return i == n;
}

/* The names with the defaults in the place of their word; how many. Those above COUNTERS_MOST are counted in *beyond. */
static size_t expand(struct count_set *set, const char *const *names, size_t n, const char **all,
		     size_t *beyond)
{
	static const char *const usual[] = {COUNT_DEFAULT};
	const char *defaults[COUNTERS_MOST];
	size_t i, k, n_defaults, n_all = 0;

	*beyond = 0;
	if (!n) {
		names = usual;
		n = 1;
	}
	for (i = 0; i < n; i++) {
		defaults[0] = names[i];
		n_defaults = 1;
		if (!strcmp(names[i], COUNT_DEFAULT))
			n_defaults = count_defaults(!count_missing(set->ops, set->context), defaults);
		for (k = 0; k < n_defaults; k++) {
			if (n_all < COUNTERS_MOST)
				all[n_all++] = defaults[k];
			else
				++*beyond;
		}
	}
	return n_all;
}

/* In the place of the last one stands that there were more: nobody is to take those that are there for all. */
static void refuse_last(struct named *last, size_t beyond)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "%d events at a time are the most, and %zu more were asked for: they and this one are not "
		 "counted",
		 COUNTERS_MOST, beyond);
	free(last->wrong);
	last->wrong = mem_strdup(text);
}

void count_set_begin(struct count_set *set, const char *const *names, size_t n)
{
	const char *all[COUNTERS_MOST];
	size_t i, beyond;
	bool user;

	set->sample++;
	for (i = 0; i < set->n_items; i++)
		set->items[i].wanted = false;
	if (same_names(set, names, n))
		return;
	forget_events(set);
	set->began = true;
	set->asked = mem_alloc(n * sizeof(*set->asked));
	for (i = 0; i < n; i++)
		set->asked[i] = mem_strdup(names[i]);
	set->n_asked = n;
	n = expand(set, names, n, all, &beyond);
	user = user_only(set);
	set->events = mem_alloc(n * sizeof(*set->events));
	for (i = 0; i < n; i++)
		add_event(set, all[i], user);
	if (beyond)
		refuse_last(&set->events[set->n - 1], beyond);
}

bool count_set_has(struct count_set *set, pid_t pid, uint64_t start_time)
{
	const struct counted *counted = counted_find(set, pid);

	return counted && counted->start_time == start_time;
}

static struct counted *add(struct count_set *set, pid_t pid, uint64_t start_time)
{
	struct counted *counted;

	mem_grow(&set->items, &set->room, set->n_items + 1, sizeof(*set->items));
	counted = &set->items[set->n_items++];
	memset(counted, 0, sizeof(*counted));
	counted->pid = pid;
	counted->start_time = start_time;
	counted->tallies = mem_alloc(set->n * sizeof(*counted->tallies));
	return counted;
}

static void all_counted_elsewhere(struct count_set *set, struct counted *counted, const char *why, pid_t host)
{
	const char *text = arena_printf(&counted->texts, why, (int)host);
	size_t k;

	for (k = 0; k < set->n; k++)
		counted->tallies[k].missing = text;
	counted->host = host;
	counted->tried = true;
}

/* Whose events a newcomer has inherited, if anybody's. */
static void find_host(struct count_set *set, struct counted *counted)
{
	struct counted *host;
	uint64_t began;

	switch (counted_descent(set, counted->pid, &host, &began)) {
	case DESCENT_STRANGER:
		break;
	case DESCENT_ORPHAN:
		all_counted_elsewhere(
			set, counted,
			"it began after process %d was counted, and may have been started there by one "
			"that has ended: counting it too could count it twice",
			host->pid);
		break;
	case DESCENT_CHILD:
		if (began <= host->done + COUNT_MARGIN && host->rounds < COUNT_ROUNDS) {
			/* Cloned beside the open: it may have inherited the event, or not. */
			counted_close(set, host);
			counted_open(set, host);
			disown(set, host->pid);
			break;
		}
		all_counted_elsewhere(set, counted,
				      /* Its parent may have taken it in, as an orphan of one below. */
				      "it is in the figures of process %d or of one below that, whose events "
				      "it inherited",
				      host->pid);
	}
}

static void tell(const struct count_set *set, const struct counted *counted, size_t k, struct arena *arena,
		 struct counter *counter)
{
	const struct tally *tally = &counted->tallies[k];
	const char *name = set->events[k].name, *missing = tally->missing;
	size_t i;

	counter->name = arena_text(arena, name, strlen(name));
	counter->hardware = set->events[k].event.hardware;
	if (missing) {
		counter->missing = arena_text(arena, missing, strlen(missing));
		return;
	}
	counter->value = tally->value;
	counter->enabled_ns = tally->past.enabled_ns;
	counter->running_ns = tally->past.running_ns;
	for (i = 0; i < counted->n_tids; i++) {
		counter->enabled_ns += counted->slots[k * counted->n_tids + i].newest.enabled_ns;
		counter->running_ns += counted->slots[k * counted->n_tids + i].newest.running_ns;
	}
	if (!counter->enabled_ns || counter->running_ns)
		return;
	*counter = (struct counter){
		.name = counter->name,
		.hardware = counter->hardware,
		.missing = "the PMU had no counter free for it so far: fewer events at a time "
			   "leave it one"};
}

size_t count_set_process(struct count_set *set, pid_t pid, uint64_t start_time, struct arena *arena,
			 const struct counter **counters)
{
	struct counted *counted = counted_find(set, pid);
	struct counter *told = arena_alloc(arena, set->n * sizeof(*told));
	size_t k;

	if (counted && counted->start_time != start_time) {
		drop(set, (size_t)(counted - set->items));
		counted = NULL;
	}
	if (!counted)
		counted = add(set, pid, start_time);
	counted->wanted = true;
	if (!counted->tried) {
		begin_tallies(set, counted);
		find_host(set, counted);
	}
	if (!counted->tried)
		counted_open(set, counted);
	else if (counted->open && counted_settle(set, counted))
		disown(set, pid);
	counted_read(set, counted);
	for (k = 0; k < set->n; k++)
		tell(set, counted, k, arena, &told[k]);
	*counters = told;
	return set->n;
}

void count_set_end(struct count_set *set)
{
	size_t i;

	for (i = set->n_items; i-- > 0;)
		if (!set->items[i].wanted)
			drop(set, i);
}

size_t count_set_open(const struct count_set *set)
{
	return set->n_open;
}
