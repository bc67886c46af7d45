/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From readings to rates in columns. */
#include "ui/rates.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define NS_PER_S UINT64_C(1000000000)

/* How much further apart than a column is long moments have to be, twice in a row, for columns to become longer. */
#define SLOW_NUMERATOR 5
#define SLOW_DENOMINATOR 4
#define SLOW_TIMES 2
#define COLUMN_NS_MAX (UINT64_C(1) << 42) /* an hour and more */

__extension__ typedef unsigned __int128 wide;

/* a × b ÷ c, rounded down. */
static uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
	const wide result = (wide)a * b / c;

	return result > UINT64_MAX ? UINT64_MAX : (uint64_t)result;
}

static struct counter_column *column_of(struct counter_history *history, uint64_t number)
{
	struct counter_column *column = &history->columns[number % RATES_COLUMNS];

	if (column->at != number + 1)
		*column = (struct counter_column){.at = number + 1};
	return column;
}

/* What was counted from `from` to `to` goes into the columns between; no event is lost or counted twice in that. */
static void share_out(struct counter_history *history, uint64_t column_ns, uint64_t from, uint64_t to,
		      uint64_t counted, bool estimate)
{
	uint64_t number, end, at = from, before = 0, upto;
	struct counter_column *column;

	for (number = from / column_ns; at < to; number++, at = end) {
		end = (number + 1) * column_ns < to ? (number + 1) * column_ns : to;
		upto = scale(counted, end - from, to - from);
		column = column_of(history, number);
		column->counted += upto - before;
		column->covered_ns += end - at;
		column->estimate |= estimate;
		before = upto;
	}
}

static void read_counter(struct rates_state *state, struct counter_history *history,
			 const struct counter *counter)
{
	const uint64_t most = RATES_SPREAD * state->column_ns;
	enum counter_told told = COUNTER_RESET;
	uint64_t counted = 0;
	bool estimate = false;

	if (counter->missing) {
		history->based = false;
		return;
	}
	if (history->based)
		told = counter_between(&history->last, counter, &counted, &estimate);
	if (told == COUNTER_LATER)
		return;
	if (told == COUNTER_TOLD && state->now_ns - history->last_ns <= most)
		share_out(history, state->column_ns, history->last_ns, state->now_ns, counted, estimate);
	history->last = *counter;
	history->last_ns = state->now_ns;
	history->based = true;
}

static struct counter_history *history_of(struct counted *counted, const char *name)
{
	struct counter_history *history;
	size_t i;

	for (i = 0; i < counted->n; i++)
		if (!strcmp(counted->counters[i]->name, name))
			return counted->counters[i];
	history = mem_alloc(sizeof(*history));
	history->name = mem_strdup(name);
	mem_grow(&counted->counters, &counted->room, counted->n + 1, sizeof(struct counter_history *));
	counted->counters[counted->n++] = history;
	return history;
}

/* From the look before up to this one it was as it was then; from this one on, as it is now. */
static void cover(struct counted *counted, const struct process *process, uint64_t number)
{
	const struct coverage_column last = counted->coverage[counted->column % RATES_COLUMNS];
	struct coverage_column *column;
	uint64_t at;

	if (counted->here && last.at == counted->column + 1 && number - counted->column <= RATES_SPREAD)
		for (at = counted->column + 1; at < number; at++) {
			column = &counted->coverage[at % RATES_COLUMNS];
			*column = last;
			column->at = at + 1;
		}
	column = &counted->coverage[number % RATES_COLUMNS];
	*column = (struct coverage_column){0};
	if (process->mapping_known && process->kb.present)
		*column = (struct coverage_column){number + 1, process->kb.pmd, process->kb.present};
}

static void forget(struct counted *counted)
{
	while (counted->n) {
		free(counted->counters[--counted->n]->name);
		free(counted->counters[counted->n]);
	}
	free(counted->counters);
}

static struct counted *find(const struct rates_state *state, pid_t pid)
{
	size_t i;

	for (i = 0; i < state->n; i++)
		if (state->processes[i].pid == pid)
			return &state->processes[i];
	return NULL;
}

static struct counted *find_or_begin(struct rates_state *state, const struct process *process)
{
	struct counted *counted = find(state, process->pid);

	if (counted && counted->start_time == process->start_time)
		return counted;
	if (counted) {
		forget(counted);
	} else {
		mem_grow(&state->processes, &state->room, state->n + 1, sizeof(*counted));
		counted = &state->processes[state->n++];
	}
	memset(counted, 0, sizeof(*counted));
	counted->pid = process->pid;
	counted->start_time = process->start_time;
	return counted;
}

/* Nothing follows what was read of it before. */
static void part(struct counted *counted)
{
	size_t i;

	counted->here = false;
	for (i = 0; i < counted->n; i++)
		counted->counters[i]->based = false;
}

/* A counter that is not read any more has no reading before the next one either. */
static void part_unread(struct counted *counted, const struct process *process)
{
	size_t i, k;

	for (i = 0; i < counted->n; i++) {
		for (k = 0; k < process->n_counters; k++)
			if (!strcmp(counted->counters[i]->name, process->counters[k].name))
				break;
		if (k == process->n_counters)
			counted->counters[i]->based = false;
	}
}

static void take_process(struct rates_state *state, const struct process *process)
{
	const uint64_t number = state->now_ns / state->column_ns;
	struct counted *counted = find_or_begin(state, process);
	size_t i;

	part_unread(counted, process);
	for (i = 0; i < process->n_counters; i++)
		read_counter(state, history_of(counted, process->counters[i].name), &process->counters[i]);
	cover(counted, process, number);
	counted->here = true;
	counted->column = number;
}

/* Two columns become one. */
static void merge(struct counter_history *history)
{
	struct counter_column old[RATES_COLUMNS], *column;
	size_t i;

	memcpy(old, history->columns, sizeof(old));
	memset(history->columns, 0, sizeof(history->columns));
	for (i = 0; i < RATES_COLUMNS; i++) {
		if (!old[i].at)
			continue;
		column = column_of(history, (old[i].at - 1) / 2);
		column->counted += old[i].counted;
		column->covered_ns += old[i].covered_ns;
		column->estimate |= old[i].estimate;
	}
}

/* Of the two the later one is what was there at the end. */
static void merge_coverage(struct counted *counted)
{
	struct coverage_column old[RATES_COLUMNS], *column;
	uint64_t number;
	size_t i;

	memcpy(old, counted->coverage, sizeof(old));
	memset(counted->coverage, 0, sizeof(counted->coverage));
	for (i = 0; i < RATES_COLUMNS; i++) {
		if (!old[i].at)
			continue;
		number = (old[i].at - 1) / 2;
		column = &counted->coverage[number % RATES_COLUMNS];
		if (column->at == number + 1 && !((old[i].at - 1) & 1))
			continue;
		*column = old[i];
		column->at = number + 1;
	}
	counted->column /= 2;
}

static void widen(struct rates_state *state)
{
	size_t i, k;

	for (i = 0; i < state->n; i++) {
		for (k = 0; k < state->processes[i].n; k++)
			merge(state->processes[i].counters[k]);
		merge_coverage(&state->processes[i]);
	}
	state->column_ns *= 2;
}

/* Columns that most moments leave out would say less than longer ones. */
static void keep_pace(struct rates_state *state, uint64_t apart_ns)
{
	if (apart_ns <= state->column_ns / SLOW_DENOMINATOR * SLOW_NUMERATOR) {
		state->slow = 0;
		return;
	}
	if (++state->slow < SLOW_TIMES)
		return;
	state->slow = 0;
	while (state->column_ns < apart_ns && state->column_ns < COLUMN_NS_MAX)
		widen(state);
}

/* The clock went back to where `number` is the column that is not complete: it and those behind are yet to come. */
static void cut(struct rates_state *state, uint64_t number)
{
	size_t i, k, c;

	for (i = 0; i < state->n; i++) {
		struct counted *counted = &state->processes[i];

		for (c = 0; c < RATES_COLUMNS; c++)
			if (counted->coverage[c].at > number)
				counted->coverage[c].at = 0;
		for (k = 0; k < counted->n; k++)
			for (c = 0; c < RATES_COLUMNS; c++)
				if (counted->counters[k]->columns[c].at > number)
					counted->counters[k]->columns[c].at = 0;
	}
}

/* Those whose last column is out of the window by now. */
static void prune(struct rates_state *state)
{
	const uint64_t number = state->now_ns / state->column_ns;
	size_t i, n;

	for (i = n = 0; i < state->n; i++) {
		struct counted *counted = &state->processes[i];

		if (!counted->here && number > counted->column && number - counted->column > RATES_COLUMNS)
			forget(counted);
		else
			state->processes[n++] = *counted;
	}
	state->n = n;
}

static bool in_moment(const struct moment *moment, pid_t pid)
{
	size_t i;

	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].pid == pid && moment->processes[i].outcome == OUTCOME_OK)
			return true;
	return false;
}

void rates_take(struct rates_state *state, const struct moment *moment)
{
	const uint64_t now = moment_clock(moment);
	size_t i;

	if (moment->lost || (state->begun && now == state->now_ns))
		return;
	if (!state->column_ns)
		state->column_ns = RATES_COLUMN_NS;
	if (state->begun && now < state->now_ns) {
		rates_break(state);
		cut(state, now / state->column_ns);
	} else if (state->begun && moment->n_processes) {
		keep_pace(state, now - state->now_ns);
	}
	state->begun = true;
	state->now_ns = now;
	for (i = 0; i < state->n; i++)
		if (!in_moment(moment, state->processes[i].pid))
			part(&state->processes[i]);
	for (i = 0; i < moment->n_processes; i++)
		if (moment->processes[i].outcome == OUTCOME_OK)
			take_process(state, &moment->processes[i]);
	prune(state);
}

void rates_break(struct rates_state *state)
{
	size_t i;

	state->slow = 0;
	for (i = 0; i < state->n; i++)
		part(&state->processes[i]);
}

void rates_fini(struct rates_state *state)
{
	while (state->n)
		forget(&state->processes[--state->n]);
	free(state->processes);
	memset(state, 0, sizeof(*state));
}

const struct counted *rates_of(const struct rates_state *state, pid_t pid)
{
	return find(state, pid);
}

bool rates_any(const struct rates_state *state)
{
	size_t i;

	for (i = 0; i < state->n; i++)
		if (state->processes[i].n)
			return true;
	return false;
}

void rates_forget(struct rates_state *state)
{
	const bool wanted = state->wanted, on_request = state->on_request;

	rates_fini(state);
	state->wanted = wanted;
	state->on_request = on_request;
}

uint64_t rates_end(const struct rates_state *state)
{
	return state->column_ns ? state->now_ns / state->column_ns : 0;
}

bool rates_get(const struct counter_history *history, uint64_t number, uint64_t *milli, bool *estimate)
{
	const struct counter_column *column = &history->columns[number % RATES_COLUMNS];

	if (column->at != number + 1 || !column->covered_ns)
		return false;
	*milli = scale(column->counted, 1000 * NS_PER_S, column->covered_ns);
	*estimate = column->estimate;
	return true;
}

bool rates_coverage(const struct counted *counted, uint64_t number, uint64_t *pmd_kb, uint64_t *present_kb)
{
	const struct coverage_column *column = &counted->coverage[number % RATES_COLUMNS];

	if (column->at != number + 1)
		return false;
	*pmd_kb = column->pmd_kb;
	*present_kb = column->present_kb;
	return true;
}
