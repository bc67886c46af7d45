/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two moments in plain words. */
#include "core/caption.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/caption_parts.h"

#define CLAUSES_MOST 2	 /* of a process */
#define PROCESSES_MOST 3 /* that are told of */

/* The same one, not whoever had its number. */
static const struct process *find(const struct moment *moment, const struct process *same)
{
	for (size_t at = 0; at < moment->n_processes; at++)
		if (moment->processes[at].pid == same->pid &&
		    moment->processes[at].start_time == same->start_time &&
		    moment->processes[at].outcome == OUTCOME_OK)
			return &moment->processes[at];
	return NULL;
}

/* Goes through the regions of two surveys side by side. */
struct pairs {
	const struct process *before, *after;
	uint64_t slot;
	bool fragments; /* are told of, too: there is nothing but what a script does, no stack that comes and goes */
	size_t b, a;
};

static bool next_pair(struct pairs *pairs, struct event_effect *effect)
{
	const struct region *before =
		pairs->b < pairs->before->n_regions ? &pairs->before->regions[pairs->b] : NULL;
	const struct region *after =
		pairs->a < pairs->after->n_regions ? &pairs->after->regions[pairs->a] : NULL;

	if (!before && !after)
		return false;
	memset(effect, 0, sizeof(*effect));
	if (before && after && before->start != after->start) {
		if (before->start < after->start)
			after = NULL;
		else
			before = NULL;
	}
	effect->pid = pairs->after->pid;
	effect->had = before;
	effect->has = after;
	if (before) {
		effect->before = *before;
		effect->addr = before->start;
	}
	if (after) {
		effect->after = *after;
		effect->addr = after->start;
	}
	pairs->b += before != NULL;
	pairs->a += after != NULL;
	return true;
}

static bool alike(const struct event_effect *effect)
{
	const struct region *a = &effect->before, *b = &effect->after;

	return effect->had && effect->has && a->mapping == b->mapping && a->backing == b->backing &&
	       a->pfn == b->pfn && a->present == b->present && a->swapped == b->swapped &&
	       a->exclusive == b->exclusive && a->mapcount.entire == b->mapcount.entire &&
	       a->mapcount.highest == b->mapcount.highest && a->mapcount.total == b->mapcount.total;
}

/* Whether no more than mapcounts differ: it was written elsewhere. */
static bool counts_alone(const struct event_effect *effect)
{
	struct event_effect same = *effect;

	same.before.mapcount = same.after.mapcount;
	if (same.before.mapping == MAPPING_PMD && same.before.pfn)
		same.before.exclusive = same.after.exclusive;
	return alike(&same);
}

static bool told(const struct pairs *pairs, const struct event_effect *effect)
{
	return pairs->fragments || (effect->had ? effect->before.len : effect->after.len) == pairs->slot;
}

/* What the one action that was carried out may bring about in its own process. */
static enum caption_cause cause_of(const struct action *action)
{
	const enum action_kind kind = action->kind;

	if (kind == ACTION_TOUCH || kind == ACTION_WRITE || kind == ACTION_STORE)
		return CAUSE_WRITE;
	if (kind == ACTION_COLLAPSE || kind == ACTION_KHUGEPAGED)
		return CAUSE_COLLAPSE;
	if (kind == ACTION_SPLIT)
		return CAUSE_SPLIT;
	return kind == ACTION_SPLIT_FOLIO ? CAUSE_SPLIT_FOLIO : CAUSE_UNKNOWN;
}

/* The clauses of one process, each with the number of its regions of which it is true. */
struct clauses {
	struct clause {
		struct buf text;
		size_t n;
	} items[CLAUSES_MOST];
	size_t n, more; /* regions of others */
	bool changed;	/* any region at all */
	bool emptied;	/* one that had ptes maps nothing any more */
};

static void add_clause(struct clauses *clauses, struct buf *text)
{
	size_t at;

	if (!text->len)
		return;
	for (at = 0; at < clauses->n && strcmp(clauses->items[at].text.data, text->data) != 0; at++)
		;
	if (at < clauses->n) {
		clauses->items[at].n++;
	} else if (at < CLAUSES_MOST) {
		buf_puts(&clauses->items[at].text, text->data);
		clauses->items[at].n = 1;
		clauses->n++;
	} else {
		clauses->more++;
	}
	buf_clear(text);
}

static void gather(struct pairs *pairs, enum caption_cause cause, struct clauses *clauses)
{
	struct event_effect effect;
	struct buf text = {0};

	while (next_pair(pairs, &effect)) {
		if (alike(&effect))
			continue;
		clauses->changed = true;
		if (!told(pairs, &effect))
			continue;
		clauses->emptied |= effect.had && effect.before.mapping == MAPPING_PTE &&
				    (!effect.has || effect.after.mapping == MAPPING_NONE);
		caption_region(&effect,
			       cause == CAUSE_WRITE && counts_alone(&effect) ? CAUSE_OTHER_WROTE : cause,
			       &text);
		add_clause(clauses, &text);
	}
	buf_fini(&text);
}

/* In how many regions a clause is true; the first one says whose they are, where that is not said yet. */
static void put_where(const struct clauses *clauses, size_t at, const char *owner, struct buf *text)
{
	const size_t n = clauses->items[at].n;

	if (!owner && n > 1) {
		buf_printf(text, "in %zu regions ", n);
	} else if (owner) {
		buf_puts(text, at ? "in " : "In ");
		if (n > 1)
			buf_printf(text, "%zu regions", n);
		else
			buf_puts(text, at ? "another one" : "a region");
		if (!at)
			buf_printf(text, " of %s", owner);
		buf_puts(text, ", ");
	}
}

/* owner: whose regions they are; NULL: the sentence has begun with who did it to them. */
static void put_clauses(const struct clauses *clauses, const char *owner, struct buf *text)
{
	for (size_t at = 0; at < clauses->n; at++) {
		buf_puts(text, at ? "; " : "");
		put_where(clauses, at, owner, text);
		buf_puts(text, clauses->items[at].text.data);
	}
	if (clauses->more)
		buf_printf(text, "; %zu more region%s changed", clauses->more, clauses->more == 1 ? "" : "s");
}

/* Whether the tables went with what was in them: that is seen nowhere on the map, and decides how the next fault maps. */
static void put_tables(const struct pairs *pairs, struct buf *text)
{
	const int64_t was = pairs->before->page_tables_kb, is = pairs->after->page_tables_kb;

	if (was <= 0 || is < 0)
		return;
	if (!is)
		buf_puts(text, "; no page table is left (VmPTE 0)");
	else if (is == was)
		buf_printf(text, "; page tables take as much as before (VmPTE %" PRId64 " KiB)", is);
	else
		buf_printf(text, "; page tables take %" PRId64 " KiB, and took %" PRId64 " (VmPTE)", is, was);
}

/* "kid wrote": of the one action that was carried out; the others are told by their line, which the caller shows. */
static bool put_deed(const char *name, const struct action *action, struct buf *text)
{
	const enum action_kind kind = action->kind;

	if (kind == ACTION_TOUCH || kind == ACTION_WRITE || kind == ACTION_STORE)
		buf_printf(text, "%s wrote", name);
	else if (kind == ACTION_READ)
		buf_printf(text, "%s read", name);
	else if (kind == ACTION_COLLAPSE)
		buf_printf(text, "A collapse for %s", name);
	else if (kind == ACTION_KHUGEPAGED)
		buf_printf(text, "khugepaged came to %s", name);
	else
		return false;
	return true;
}

static bool is_by(const struct action *action, const char *name)
{
	return !strcmp(*action->target.process ? action->target.process : "main", name);
}

/* Whose action it was, among the processes of a moment: told of first. n_processes: nobody's. */
static size_t actor(const struct caption_cast *cast, const struct moment *moment, const struct action *one)
{
	const struct process *process;
	struct buf name = {0};
	bool by = false;
	size_t at;

	for (at = 0; one && !by && at < moment->n_processes; at++) {
		process = &moment->processes[at];
		buf_clear(&name);
		caption_put_who(cast, process->pid, &name);
		by = is_by(one, name.data);
	}
	buf_fini(&name);
	return by ? at - 1 : moment->n_processes;
}

static void put_process(const struct caption_cast *cast, struct pairs *pairs, const struct action *one,
			struct buf *text)
{
	struct clauses clauses = {0};
	enum caption_cause cause = CAUSE_UNKNOWN;
	struct buf name = {0};
	bool by;

	caption_put_who(cast, pairs->after->pid, &name);
	by = one && is_by(one, name.data);
	if (one)
		cause = by ? cause_of(one) : cause_of(one) == CAUSE_WRITE ? CAUSE_OTHER_WROTE : CAUSE_UNKNOWN;
	gather(pairs, cause, &clauses);
	if (clauses.n) {
		buf_puts(text, text->len ? " " : "");
		if (by && put_deed(name.data, one, text)) {
			buf_puts(text, ": ");
			put_clauses(&clauses, NULL, text);
		} else {
			put_clauses(&clauses, name.data, text);
		}
		if (clauses.emptied)
			put_tables(pairs, text);
		buf_putc(text, '.');
	} else if (by && cause_of(one) == CAUSE_WRITE && !clauses.changed) {
		buf_printf(text, "%s%s wrote; how its regions are mapped did not change.",
			   text->len ? " " : "", name.data);
	}
	for (size_t at = 0; at < clauses.n; at++)
		buf_fini(&clauses.items[at].text);
	buf_fini(&name);
}

/* A process that was not there before: what it maps, and how much of that others have, too. */
static void put_born(const struct caption_cast *cast, const struct process *process, uint64_t slot,
		     struct buf *text)
{
	uint64_t present = 0, own = 0, huge = 0;
	bool known = true; /* of a team not each kernel counts on every page what a PMD maps */

	for (size_t at = 0; at < process->n_regions; at++) {
		const struct region *region = &process->regions[at];

		if (region->len != slot)
			continue;
		present += region->present;
		huge += region->mapping == MAPPING_PMD;
		known &= region->exclusive != UNKNOWN_COUNT && region->backing != BACKING_TEAM;
		own += region->exclusive > 0 ? (uint64_t)region->exclusive : 0;
	}
	buf_puts(text, text->len ? " " : "");
	caption_put_who(cast, process->pid, text);
	buf_puts(text, " is new");
	if (present) {
		buf_puts(text, ": in whole regions it maps ");
		caption_put_pages(present, text);
		if (known && !own)
			buf_puts(text, ", all of them shared");
		else if (known && own < present)
			buf_printf(text, ", %" PRIu64 " of them shared", present - own);
	}
	if (huge)
		buf_printf(text, ", %" PRIu64 " region%s by PMD", huge, huge == 1 ? "" : "s");
	buf_putc(text, '.');
}

/* Whether a moment has it as gone, or not at all; what cannot be read may be there. */
static bool ended(const struct moment *after, const struct process *process)
{
	for (size_t at = 0; at < after->n_processes; at++)
		if (after->processes[at].pid == process->pid &&
		    after->processes[at].outcome != OUTCOME_GONE &&
		    (after->processes[at].outcome != OUTCOME_OK ||
		     after->processes[at].start_time == process->start_time))
			return false;
	return true;
}

static void put_ended(const struct caption_cast *cast, const struct moment *before,
		      const struct moment *after, struct buf *text)
{
	for (size_t at = 0; at < before->n_processes; at++) {
		const struct process *process = &before->processes[at];

		if (process->outcome != OUTCOME_OK || !ended(after, process))
			continue;
		buf_puts(text, text->len ? " " : "");
		caption_put_who(cast, process->pid, text);
		buf_puts(text, " ended: it maps nothing any more.");
	}
}

/* The nth process to be told of: the actor, then the others in their order. */
static const struct process *nth(const struct moment *moment, size_t n, size_t first)
{
	if (first >= moment->n_processes)
		return &moment->processes[n];
	if (!n)
		return &moment->processes[first];
	return &moment->processes[n <= first ? n - 1 : n];
}

void caption_change(const struct caption_cast *cast, const struct moment *before, const struct moment *after,
		    const struct action *const *did, size_t n_did, struct buf *text)
{
	const struct action *one = n_did == 1 ? did[0] : NULL;
	const size_t first = actor(cast, after, one);
	size_t told = 0, more = 0;

	put_ended(cast, before, after, text);
	for (size_t at = 0; at < after->n_processes; at++) {
		const struct process *process = nth(after, at, first), *old = find(before, process);
		struct pairs pairs = {old, process, after->pmd_size, capable(&after->caps, CAP_TASKS), 0, 0};
		const size_t len = text->len;

		if (process->outcome != OUTCOME_OK)
			continue;
		if (old)
			put_process(cast, &pairs, one, text);
		else
			put_born(cast, process, after->pmd_size, text);
		told += text->len > len;
		if (told <= PROCESSES_MOST || text->len == len)
			continue;
		text->len = len;
		text->data[len] = '\0';
		more++;
	}
	if (more)
		buf_printf(text, " %zu more process%s changed.", more, more == 1 ? "" : "es");
	caption_tasks(before, after, text);
}

static bool place_in(struct pairs *pairs, uint64_t *addr)
{
	struct event_effect effect = {0};
	struct buf text = {0};
	bool found = false;

	while (!found && next_pair(pairs, &effect)) {
		if (told(pairs, &effect) && !alike(&effect))
			caption_region(&effect, CAUSE_UNKNOWN, &text);
		found = text.len;
	}
	*addr = effect.addr;
	buf_fini(&text);
	return found;
}

bool caption_place(const struct caption_cast *cast, const struct moment *before, const struct moment *after,
		   const struct action *one, pid_t *pid, uint64_t *addr)
{
	const size_t first = actor(cast, after, one);

	for (size_t at = 0; at < after->n_processes; at++) {
		const struct process *now = nth(after, at, first), *old = find(before, now);

		struct pairs pairs = {old, now, after->pmd_size, capable(&after->caps, CAP_TASKS), 0, 0};

		*pid = now->pid;
		if (old && now->outcome == OUTCOME_OK && place_in(&pairs, addr))
			return true;
	}
	return false;
}
