/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of processes: order, filter, cursor and tags. */
#include "ui/processes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static struct who who_is(const struct roster_row *row)
{
	return (struct who){row->is.pid, row->is.start_time};
}

static bool is(const struct roster_row *row, struct who who)
{
	return row->is.pid == who.pid && row->is.start_time == who.start_time;
}

const struct roster_row *processes_row(const struct processes_state *state, size_t n)
{
	return &state->roster->rows[state->order[n]];
}

const char *processes_command(const struct roster_row *row, char *text, size_t size)
{
	if (*row->is.command)
		return row->is.command;
	snprintf(text, size, "[%s]", row->is.comm);
	return text;
}

const char *processes_program(const char *command)
{
	const char *end = command + strcspn(command, " "), *at = end;

	if (*command == '[') /* a name, as in [ksoftirqd/0] */
		return command;
	while (at > command && at[-1] != '/')
		at--;
	return at == end ? command : at;
}

const char *processes_user(const struct roster_row *row, char *text, size_t size)
{
	if (*row->is.user)
		return row->is.user;
	snprintf(text, size, row->is.uid == UNKNOWN_COUNT ? "?" : "%" PRId64, row->is.uid);
	return text;
}

bool processes_match(const struct roster_row *row, const char *text)
{
	char pid[16], user[32];

	snprintf(pid, sizeof(pid), "%d", (int)row->is.pid);
	return strcasestr(row->is.command, text) || strcasestr(row->is.comm, text) || strstr(pid, text) ||
	       strcasestr(processes_user(row, user, sizeof(user)), text);
}

static int order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Who is known comes first, then who is not known yet, then who cannot be: a new process does not push others down. */
static int rank(const struct roster_row *row)
{
	if (row->known)
		return 2;
	return row->outcome == OUTCOME_COUNT && !row->is.kernel_thread ? 1 : 0;
}

static bool by_survey(enum processes_column column)
{
	switch (column) {
	case COLUMN_HUGE:
	case COLUMN_ANON:
	case COLUMN_SHMEM:
	case COLUMN_FILE:
	case COLUMN_HUGETLB:
	case COLUMN_PTE_THP:
	case COLUMN_SHARE:
	case COLUMN_COVERAGE:
		return true;
	case COLUMN_PID:
	case COLUMN_USER:
	case COLUMN_RSS:
	case COLUMN_COMMAND:
	case COLUMN_COUNT:
		break;
	}
	return false;
}

/* What a column that surveys fill is ordered by. */
static uint64_t value_of(const struct roster_row *row, enum processes_column column)
{
	switch (column) {
	case COLUMN_HUGE:
	case COLUMN_COVERAGE:
		return roster_huge_kb(row);
	case COLUMN_ANON:
		return row->huge.anon;
	case COLUMN_SHMEM:
		return row->huge.shmem;
	case COLUMN_FILE:
		return row->huge.file;
	case COLUMN_HUGETLB:
		return row->kb.hugetlb;
	case COLUMN_PTE_THP:
		return row->kb.thp_pte;
	case COLUMN_SHARE:
		return row->kb.present ? row->kb.pmd * 1000000 / row->kb.present : 0;
	case COLUMN_PID:
	case COLUMN_USER:
	case COLUMN_RSS:
	case COLUMN_COMMAND:
	case COLUMN_COUNT:
		break;
	}
	return 0;
}

/* In the column's natural order: numbers from the largest on, PIDs and words from the first on. */
static int compare_column(const struct roster_row *a, const struct roster_row *b,
			  enum processes_column column)
{
	char one[64], other[64];

	switch (column) {
	case COLUMN_PID:
		return order_of((uint64_t)a->is.pid, (uint64_t)b->is.pid);
	case COLUMN_USER:
		return strcmp(processes_user(a, one, sizeof(one)), processes_user(b, other, sizeof(other)));
	case COLUMN_COMMAND:
		return strcmp(processes_program(processes_command(a, one, sizeof(one))),
			      processes_program(processes_command(b, other, sizeof(other))));
	case COLUMN_RSS:
		return -order_of((uint64_t)(a->is.rss_kb + 1), (uint64_t)(b->is.rss_kb + 1));
	case COLUMN_HUGE:
	case COLUMN_ANON:
	case COLUMN_SHMEM:
	case COLUMN_FILE:
	case COLUMN_HUGETLB:
	case COLUMN_PTE_THP:
	case COLUMN_SHARE:
	case COLUMN_COVERAGE:
		return a->known && b->known ? -order_of(value_of(a, column), value_of(b, column)) : 0;
	case COLUMN_COUNT:
		break;
	}
	return 0;
}

/* Kernel threads last, without root one's own first, whatever the column; among equals the largest, then the PID. */
static int compare(const void *left, const void *right, void *argument)
{
	const struct processes_state *state = argument;
	const struct roster_row *a = &state->roster->rows[*(const uint32_t *)left],
				*b = &state->roster->rows[*(const uint32_t *)right];
	int order = a->is.kernel_thread - b->is.kernel_thread;

	if (!order)
		order = b->is.own - a->is.own;
	if (!order && by_survey(state->sort)) /* whichever way round */
		order = rank(b) - rank(a);
	if (order)
		return order;
	order = compare_column(a, b, state->sort);
	if (order)
		return state->reversed ? -order : order;
	order = compare_column(a, b, COLUMN_RSS);
	return order ? order : compare_column(a, b, COLUMN_PID);
}

/*
 * Finds the cursor's process. Of one that is not shown the place stays, and is the next one's; for good if the process
 * has gone, until the filter is another if it is the filter that hides it.
 */
static void find_cursor(struct processes_state *state)
{
	size_t i;

	if (!state->n || !state->cursor.pid) {
		state->line = 0;
		return;
	}
	for (i = 0; i < state->n; i++) {
		if (is(processes_row(state, i), state->cursor)) {
			state->line = i;
			return;
		}
	}
	if (state->line >= state->n)
		state->line = state->n - 1;
	for (i = 0; i < state->roster->n; i++)
		if (is(&state->roster->rows[i], state->cursor))
			return;
	processes_go(state, state->line);
}

void processes_order(struct processes_state *state)
{
	const struct roster_row *row;
	size_t i;

	state->n = state->n_threads = 0;
	for (i = 0; state->roster && i < state->roster->n; i++) {
		row = &state->roster->rows[i];
		state->n_threads += row->is.kernel_thread;
		if ((row->is.kernel_thread && !state->threads) || !processes_match(row, state->filter))
			continue;
		mem_grow(&state->order, &state->room, state->n + 1, sizeof(*state->order));
		state->order[state->n++] = (uint32_t)i;
	}
	if (state->n)
		qsort_r(state->order, state->n, sizeof(*state->order), compare, state);
	find_cursor(state);
}

/* Tags of processes that are not in the roster any more. */
static void drop_tags(struct processes_state *state)
{
	size_t i, k, kept = 0;

	for (i = 0; i < state->n_tags; i++) {
		for (k = 0; k < state->roster->n && !is(&state->roster->rows[k], state->tags[i]); k++)
			;
		if (k < state->roster->n)
			state->tags[kept++] = state->tags[i];
	}
	state->n_tags = kept;
}

void processes_take(struct processes_state *state, struct roster_view *roster)
{
	if (!roster)
		return;
	roster_view_free(state->roster);
	state->roster = roster;
	drop_tags(state);
	processes_order(state);
}

void processes_fini(struct processes_state *state)
{
	roster_view_free(state->roster);
	free(state->order);
	free(state->tags);
	memset(state, 0, sizeof(*state));
}

void processes_go(struct processes_state *state, size_t line)
{
	if (line >= state->n)
		return;
	state->line = line;
	state->cursor = who_is(processes_row(state, line));
}

void processes_go_first(struct processes_state *state)
{
	state->cursor = (struct who){0};
	state->line = 0;
}

void processes_go_to(struct processes_state *state, struct who who)
{
	state->cursor = who;
	find_cursor(state);
}

bool processes_tagged(const struct processes_state *state, const struct roster_row *row)
{
	size_t i;

	for (i = 0; i < state->n_tags; i++)
		if (is(row, state->tags[i]))
			return true;
	return false;
}

void processes_tag(struct processes_state *state, const struct roster_row *row)
{
	size_t i;

	for (i = 0; i < state->n_tags; i++) {
		if (is(row, state->tags[i])) {
			state->tags[i] = state->tags[--state->n_tags];
			return;
		}
	}
	mem_grow(&state->tags, &state->room_tags, state->n_tags + 1, sizeof(*state->tags));
	state->tags[state->n_tags++] = who_is(row);
}
