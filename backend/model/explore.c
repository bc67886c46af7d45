/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The explorer: all schedules breadth first, or some by chance. */
#include "model/explore.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "model/explore_parts.h"
#include "model/task.h"

/* After so many states somebody is told how far it is. */
#define TELL_EVERY 512

/* A walk changes the task at one of 2 steps, or of 4, up to one of 2 to this power. */
#define SELDOM_MOST 6

/* A state to go on from. */
struct open {
	uint32_t state;
	struct packed packed;
};

struct opens {
	struct open *all;
	size_t n, room;
};

struct search {
	const struct explore_options *options;
	struct explored *out;
	struct world *root; /* normal */
	struct world *here, *next;
	struct states states;
	struct opens now, later; /* this many steps from the root, and one more */
	uint64_t most;
	size_t most_bytes;
	uint64_t expanded; /* states that were gone on from */
	bool stopped;
};

/* Every task has ended, or sleeps with nobody to wake it. */
static bool at_end(const struct world *world)
{
	for (uint32_t at = 1; at < world->extent.tasks; at++)
		if (task_runnable(world, at))
			return false;
	return !tasks_deadlocked(world);
}

/* Somebody who waits, and will never go on; 0. */
static uint32_t deadlocked(const struct world *world)
{
	const uint32_t all = tasks_deadlocked(world);
	uint32_t at = 1;

	while (all && !(all >> at & 1))
		at++;
	return all ? at : 0;
}

static void deadlock(struct world *world, uint32_t task)
{
	world_violated(world, "deadlock: %s waits, and no task can go on", world->tasks[task].name);
}

static bool ends_well(const struct explore_options *options, const uint32_t *path, size_t n,
		      struct violation *violation)
{
	if (!options->ends || options->ends(options->data, path, n, violation))
		return true;
	violation->found = true;
	return false;
}

bool path_breaks(const struct world *root, const uint32_t *path, size_t n,
		 const struct explore_options *options, struct violation *violation)
{
	struct world *world = world_clone(root);
	bool broken = true;

	for (size_t at = 0; at < n && !world->violation.found; at++) {
		if (!task_runnable(world, path[at])) {
			/* He who waits in vain stands at the end of a path alone. */
			if (at == n - 1 && tasks_deadlocked(world) >> path[at] & 1)
				deadlock(world, path[at]);
			else
				broken = false;
			break;
		}
		task_step(world, path[at]);
		if (!world->violation.found)
			world_check(world);
		/* Something breaks before the end: another schedule. */
		broken = !world->violation.found || at == n - 1;
		if (!broken)
			break;
	}
	*violation = world->violation;
	if (broken && !violation->found)
		broken = at_end(world) && !ends_well(options, path, n, violation);
	world_free(world);
	return broken;
}

/* What breaks behind a state, and by whose step. Its path is kept. */
static void found(struct search *search, uint32_t state, uint32_t task, const struct violation *violation)
{
	struct explored *out = search->out;

	out->violation = *violation;
	out->path = states_path(&search->states, state, &out->n_path);
	if (task)
		out->path[out->n_path++] = task;
	path_smooth(search->root, out->path, out->n_path, search->options, &out->violation);
	search->stopped = true;
}

static bool tell(struct search *search)
{
	search->out->states = search->states.n;
	return !search->options->tell || search->options->tell(search->options->data, search->out);
}

/* Whether the bounds leave room for one state more. */
static bool has_room(const struct search *search)
{
	search->out->full = search->states.bytes + search->states.n * sizeof(struct met) +
				    search->states.n_transitions * sizeof(struct transition) >=
			    search->most_bytes;
	return search->states.n < search->most && !search->out->full;
}

/* The world `next`, to which a task's step has led from a state: it is good so far. */
static void keep(struct search *search, uint32_t from, uint32_t task)
{
	struct open open = {0};
	struct states *states = &search->states;
	bool added;

	world_make_normal(search->next);
	open.state = states_add(states, search->next, &added, &open.packed);
	if (from != STATE_NONE)
		states_transition(states, from, open.state);
	if (!added)
		return;
	states->all[open.state] = (struct met){from, (uint8_t)task, at_end(search->next)};
	mem_grow(&search->later.all, &search->later.room, search->later.n + 1, sizeof(*search->later.all));
	search->later.all[search->later.n++] = open;
}

static void end_here(struct search *search, uint32_t state)
{
	struct violation violation = {0};
	size_t n;
	uint32_t *path = states_path(&search->states, state, &n);

	if (!search->out->ends++)
		search->out->shortest = n;
	if (!ends_well(search->options, path, n, &violation))
		found(search, state, 0, &violation);
	free(path);
}

/* All steps that can be made from a state; first that of the task that led here, so that it is changed seldom. */
static void expand(struct search *search, const struct open *open)
{
	struct states *states = &search->states;
	const uint32_t last = states->all[open->state].task, tasks = search->root->extent.tasks;
	uint32_t waits;

	if (states->all[open->state].end) {
		end_here(search, open->state);
		return;
	}
	states_unpack(states, &open->packed, search->here);
	/* He who waits in vain is a step of the path: not before all paths that are a step shorter. */
	waits = deadlocked(search->here);
	if (waits) {
		deadlock(search->here, waits);
		found(search, open->state, waits, &search->here->violation);
	}
	for (uint32_t turn = 0; turn < tasks && !search->stopped; turn++) {
		const uint32_t at = (last + turn) % tasks;

		if (!at || !task_runnable(search->here, at))
			continue;
		if (!has_room(search)) {
			search->stopped = true;
			return;
		}
		world_copy(search->next, search->here);
		task_step(search->next, at);
		search->out->transitions++;
		if (!search->next->violation.found && world_check(search->next))
			keep(search, open->state, at);
		else
			found(search, open->state, at, &search->next->violation);
	}
}

static void close_all(struct search *search, struct opens *opens)
{
	for (size_t at = 0; at < opens->n; at++)
		packed_fini(&search->states, &opens->all[at].packed);
	opens->n = 0;
}

/* All states of one depth; those behind them become the next ones. */
static void expand_all(struct search *search)
{
	struct opens done = search->now;

	for (size_t at = 0; at < search->now.n && !search->stopped; at++) {
		expand(search, &search->now.all[at]);
		if (++search->expanded % TELL_EVERY == 0 && !search->stopped)
			search->stopped = !tell(search);
	}
	close_all(search, &search->now);
	done.n = 0;
	search->now = search->later;
	search->later = done;
}

static void search_init(struct search *search, const struct world *world,
			const struct explore_options *options, struct explored *out)
{
	*out = (struct explored){0};
	*search = (struct search){.options = options,
				  .out = out,
				  .root = world_clone(world),
				  .here = world_clone(world),
				  .next = world_clone(world),
				  .most = options->states ? options->states : EXPLORE_STATES,
				  .most_bytes = options->bytes ? options->bytes : EXPLORE_BYTES};
	world_make_normal(search->root);
	states_init(&search->states, search->root, search->most);
}

static void search_fini(struct search *search)
{
	search->out->states = search->states.n;
	close_all(search, &search->now);
	close_all(search, &search->later);
	free(search->now.all);
	free(search->later.all);
	states_fini(&search->states);
	world_free(search->root);
	world_free(search->here);
	world_free(search->next);
}

void explore_all(const struct world *world, const struct explore_options *options, struct explored *out)
{
	struct search search;

	search_init(&search, world, options, out);
	world_copy(search.next, search.root);
	keep(&search, STATE_NONE, 0);
	search.now = search.later;
	search.later = (struct opens){0};
	while (search.now.n && !search.stopped) {
		expand_all(&search);
		out->depth += !search.stopped && search.now.n;
	}
	out->all = !search.stopped;
	if (out->all)
		states_count(&search.states, out);
	search_fini(&search);
}

/* The next number of a sequence that is the same on every machine (splitmix64). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/*
 * One of those that can go on, which is `last` again in all but one of 2^seldom cases; 0: none can. (Changes at every step
 * hardly ever let one task get far ahead of another.)
 */
static uint32_t choose(const struct world *world, uint32_t last, unsigned seldom, uint64_t *state)
{
	uint32_t ready[32], n = 0;

	if (last && task_runnable(world, last) && draw(state) >> (64 - seldom))
		return last;

	for (uint32_t at = 1; at < world->extent.tasks; at++)
		if (task_runnable(world, at))
			ready[n++] = at;
	return n ? ready[draw(state) % n] : 0;
}

/* How many different states were seen is told as long as there is room for them. */
static void count(struct search *search)
{
	struct packed packed;
	bool added;

	if (!has_room(search))
		return;
	world_copy(search->here, search->next);
	world_make_normal(search->here);
	states_add(&search->states, search->here, &added, &packed);
	if (added)
		packed_fini(&search->states, &packed);
}

/* A step that was walked, in the path. */
static void append(struct explored *out, size_t *room, uint32_t task)
{
	mem_grow(&out->path, room, out->n_path + 1, sizeof(*out->path));
	out->path[out->n_path++] = task;
}

/* One schedule to its end. False: it breaks something. */
static bool walk(struct search *search, uint64_t seed, size_t *room)
{
	struct explored *out = search->out;
	struct world *world = search->next;
	uint64_t state = seed;
	const unsigned seldom = 1 + draw(&state) % SELDOM_MOST;
	uint32_t task = 0;

	out->n_path = 0;
	world_copy(world, search->root);
	while ((task = choose(world, task, seldom, &state))) {
		append(out, room, task);
		task_step(world, task);
		out->transitions++;
		if (world->violation.found || !world_check(world)) {
			out->violation = world->violation;
			return false;
		}
		count(search);
	}
	task = deadlocked(world);
	if (task) {
		append(out, room, task);
		deadlock(world, task);
		out->violation = world->violation;
		return false;
	}
	out->ends++;
	out->shortest = out->ends == 1 || out->n_path < out->shortest ? out->n_path : out->shortest;
	out->depth = out->n_path > out->depth ? out->n_path : out->depth;
	return ends_well(search->options, out->path, out->n_path, &out->violation);
}

void explore_walks(const struct world *world, uint64_t seed, uint64_t n,
		   const struct explore_options *options, struct explored *out)
{
	struct search search;
	size_t room = 0;
	bool well = true;

	search_init(&search, world, options, out);
	while (well && out->walks < n) {
		well = walk(&search, seed + out->walks, &room);
		out->walks++;
		if (out->walks % (TELL_EVERY / 16) == 0 && !tell(&search))
			break;
	}
	if (well)
		out->n_path = 0;
	else
		path_smooth(search.root, out->path, out->n_path, options, &out->violation);
	search_fini(&search);
}

void explored_fini(struct explored *explored)
{
	free(explored->path);
	explored->path = NULL;
}
