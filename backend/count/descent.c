/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose events a process has inherited, as far as its parents tell. */
#include "count/set.h"

#define GENERATIONS 64 /* from a process up to one that is counted */

/* Whoever was opened in this very sample is no host of anyone in it: they were all there before. */
static bool may_host(const struct count_set *set, const struct counted *host, uint64_t start)
{
	return host->open && host->sample != set->sample && host->since <= start;
}

/* A process, its parent, and so on up. */
struct lineage {
	struct {
		pid_t pid;
		uint64_t start;
	} of[GENERATIONS];
	size_t n;
	pid_t top;  /* above the last of them */
	bool whole; /* up to init, or to whom this PID namespace does not show */
};

static void trace_lineage(struct count_set *set, pid_t pid, struct lineage *lineage)
{
	pid_t parent;

	lineage->n = 0;
	while (pid > 0 && lineage->n < GENERATIONS &&
	       !set->ops->began(set->context, pid, pid, &lineage->of[lineage->n].start, &parent)) {
		lineage->of[lineage->n++].pid = pid;
		pid = parent;
	}
	lineage->top = pid;
	lineage->whole = pid <= 1;
}

/*
 * Whether an orphan of a host's descendants may have become this one's child: init's does, and that of a subreaper above
 * the host (PR_SET_CHILD_SUBREAPER, which no file tells). Above whom an ended host was nobody knows any more.
 */
static bool may_adopt(struct count_set *set, pid_t adopter, const struct counted *host)
{
	struct lineage lineage;
	size_t i;

	if (adopter <= 1)
		return adopter == 1;
	trace_lineage(set, host->pid, &lineage);
	if (!lineage.whole || !lineage.n || lineage.of[0].start != host->start_time)
		return true;
	for (i = 1; i < lineage.n; i++)
		if (lineage.of[i].pid == adopter)
			return true;
	return false;
}

/* Whether a process may descend from a host that its parents do not lead to. */
static bool may_be_orphan_of(struct count_set *set, const struct lineage *lineage, const struct counted *host)
{
	size_t i;

	if (!lineage->n || !may_host(set, host, lineage->of[0].start))
		return false;
	/* Whoever adopts is above the host, and so was there before its events were. */
	for (i = 1; i < lineage->n && lineage->of[i].start >= host->since; i++)
		;
	if (i == lineage->n && !lineage->whole)
		return true;
	return may_adopt(set, i < lineage->n ? lineage->of[i].pid : lineage->top, host);
}

enum descent counted_descent(struct count_set *set, pid_t pid, struct counted **host, uint64_t *began)
{
	struct lineage lineage;
	size_t i;

	trace_lineage(set, pid, &lineage);
	for (i = 1; i < lineage.n; i++) {
		*host = counted_find(set, lineage.of[i].pid);
		*began = lineage.of[i - 1].start;
		if (!*host || !(*host)->open || (*host)->start_time != lineage.of[i].start)
			continue;
		if (may_host(set, *host, *began))
			return DESCENT_CHILD;
		break;
	}
	for (*host = set->items; *host < set->items + set->n_items; ++*host)
		if (may_be_orphan_of(set, &lineage, *host))
			return DESCENT_ORPHAN;
	return DESCENT_STRANGER;
}
