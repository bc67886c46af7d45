/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of one process: opened on every thread once (count.h says how), and read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "count/set.h"

static void close_slot(struct count_set *set, struct slot *slot)
{
	if (slot->fd < 0)
		return;
	set->ops->close(set->context, slot->fd);
	slot->fd = -1;
	set->n_open--;
}

static bool has(const pid_t *tids, size_t n, pid_t tid)
{
	size_t low = 0, high = n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (tids[middle] < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && tids[low] == tid;
}

static void all_missing(struct count_set *set, struct counted *counted, int error)
{
	size_t k;

	for (k = 0; k < set->n; k++)
		if (!counted->tallies[k].missing)
			counted->tallies[k].missing = say_why_not(
				set->ops, set->context, &set->events[k].event, error, &counted->texts);
}

/* One event on all threads of the list; those that have ended since are left out. */
static void open_event(struct count_set *set, struct counted *counted, size_t k)
{
	struct slot *slots = counted->slots + k * counted->n_tids;
	size_t i;
	int fd;

	for (i = 0; i < counted->n_tids; i++) {
		fd = set->n_open < set->ops->room(set->context)
			     ? set->ops->open(set->context, &set->events[k].event, counted->tids[i])
			     : -EMFILE;
		if (fd == -ESRCH)
			continue;
		if (fd >= 0) {
			slots[i].fd = fd;
			set->n_open++;
			continue;
		}
		counted->tallies[k].missing =
			say_why_not(set->ops, set->context, &set->events[k].event, fd, &counted->texts);
		/* Some of its threads would be shown as all. */
		while (i-- > 0)
			close_slot(set, &slots[i]);
		return;
	}
}

/* Whether a thread turned up that may have been cloned by one without an event. `from`: with a look at its start. */
static bool may_have_missed(struct count_set *set, struct counted *counted, const pid_t *tids, size_t n,
			    bool by_start)
{
	uint64_t start;
	pid_t parent;
	size_t i;

	for (i = 0; i < n; i++) {
		if (has(counted->tids, counted->n_tids, tids[i]))
			continue;
		if (!by_start)
			return true;
		if (!set->ops->began(set->context, counted->pid, tids[i], &start, &parent) &&
		    start <= counted->done + COUNT_MARGIN)
			return true;
	}
	return false;
}

/* A thread that is gone may have left its number to another one, who then is the event's. */
static void close_gone(struct count_set *set, struct counted *counted, const pid_t *tids, size_t n)
{
	size_t i, k;

	for (i = 0; i < counted->n_tids; i++)
		for (k = 0; k < set->n && !has(tids, n, counted->tids[i]); k++)
			close_slot(set, &counted->slots[k * counted->n_tids + i]);
}

/* One round. 1: another one is needed; 0: done; or a negative errno, with everything closed. */
static int open_round(struct count_set *set, struct counted *counted)
{
	pid_t *again = NULL, parent;
	size_t n = 0, k;
	uint64_t start;
	int err;

	counted->rounds++;
	counted->sample = set->sample;
	counted->since = set->ops->now(set->context);
	err = set->ops->threads(set->context, counted->pid, &counted->tids, &counted->n_tids);
	if (err)
		return err;
	counted->slots = mem_alloc(set->n * counted->n_tids * sizeof(*counted->slots));
	for (k = 0; k < set->n * counted->n_tids; k++)
		counted->slots[k].fd = -1;
	counted->open = true;
	for (k = 0; k < set->n; k++)
		if (!counted->tallies[k].missing)
			open_event(set, counted, k);
	counted->done = set->ops->now(set->context);
	err = set->ops->threads(set->context, counted->pid, &again, &n);
	if (!err)
		err = set->ops->began(set->context, counted->pid, counted->pid, &start, &parent);
	if (!err && start != counted->start_time)
		err = -ESRCH;
	if (!err) {
		close_gone(set, counted, again, n);
		err = may_have_missed(set, counted, again, n, false);
	}
	free(again);
	return err;
}

void counted_open(struct count_set *set, struct counted *counted)
{
	int err;

	counted->tried = true;
	counted->settled = false;
	for (;;) {
		err = open_round(set, counted);
		if (err <= 0 || counted->rounds >= COUNT_ROUNDS)
			break;
		counted_close(set, counted);
	}
	if (err < 0) {
		counted_close(set, counted);
		all_missing(set, counted, err);
	}
}

/*
 * What a descriptor's reading comes to. By the times of the whole reading, not since the last one: in a short interval an event
 * has had few turns, and what they stand for would stay in the sum for good.
 */
static uint64_t estimate(const struct count_event *event, const struct count_reading *reading)
{
	/* Software events do not take turns. */
	if (!event->hardware || reading->running_ns >= reading->enabled_ns)
		return reading->value;
	if (!reading->running_ns)
		return 0;
	return (uint64_t)((unsigned __int128)reading->value * reading->enabled_ns / reading->running_ns);
}

/* What a thread's event counted is lost: the others' sum would be shown as that of all. */
static void lose(struct count_set *set, struct counted *counted, size_t k, int error)
{
	size_t i;

	counted->tallies[k].missing = arena_printf(
		&counted->texts, "what it counted of one of its threads cannot be read any more: %s",
		strerror(-error));
	for (i = 0; i < counted->n_tids; i++)
		close_slot(set, &counted->slots[k * counted->n_tids + i]);
}

static void read_event(struct count_set *set, struct counted *counted, size_t k)
{
	struct tally *tally = &counted->tallies[k];
	uint64_t value = tally->past.value;
	struct slot *slot;
	size_t i;
	int err;

	for (i = 0; i < counted->n_tids; i++) {
		slot = &counted->slots[k * counted->n_tids + i];
		err = slot->fd >= 0 ? set->ops->read(set->context, slot->fd, &slot->newest) : 0;
		if (err) {
			lose(set, counted, k, err);
			return;
		}
		value += estimate(&set->events[k].event, &slot->newest);
	}
	/* An estimate may fall; what was counted does not. */
	if (value > tally->value)
		tally->value = value;
}

void counted_read(struct count_set *set, struct counted *counted)
{
	size_t k;

	for (k = 0; counted->open && k < set->n; k++)
		if (!counted->tallies[k].missing)
			read_event(set, counted, k);
}

void counted_close(struct count_set *set, struct counted *counted)
{
	struct slot *slot;
	size_t i, k;

	counted_read(set, counted);
	for (k = 0; counted->open && k < set->n; k++) {
		for (i = 0; i < counted->n_tids; i++) {
			slot = &counted->slots[k * counted->n_tids + i];
			counted->tallies[k].past.value += estimate(&set->events[k].event, &slot->newest);
			counted->tallies[k].past.enabled_ns += slot->newest.enabled_ns;
			counted->tallies[k].past.running_ns += slot->newest.running_ns;
			close_slot(set, slot);
		}
	}
	free(counted->slots);
	free(counted->tids);
	counted->slots = NULL;
	counted->tids = NULL;
	counted->n_tids = 0;
	counted->open = false;
}

bool counted_settle(struct count_set *set, struct counted *counted)
{
	/* Before the list: whoever started until then is in it. */
	const uint64_t now = set->ops->now(set->context);
	pid_t *tids = NULL;
	size_t n = 0;
	bool missed;

	if (counted->settled)
		return false;
	missed = !set->ops->threads(set->context, counted->pid, &tids, &n) &&
		 may_have_missed(set, counted, tids, n, true);
	free(tids);
	if (missed && counted->rounds < COUNT_ROUNDS) {
		counted_close(set, counted);
		counted_open(set, counted);
		return true;
	}
	counted->settled = now > counted->done + COUNT_MARGIN;
	return false;
}
