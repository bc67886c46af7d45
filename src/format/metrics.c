/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as metrics for Prometheus: family by family, each with all of its samples. */
#include "format/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/metrics_parts.h"
#include "format/text_line.h"

#define NS_PER_S INT64_C(1000000000)

/* What the sums are of; each word goes into the names and labels of families. */
struct kind {
	const char *word;
	void (*labels)(struct buf *out, const struct metrics_item *item);
	const char *note; /* for the help of its families; may be "" */
};

/* Text of somebody else's as the value of a label. */
static void put_value(struct buf *out, const char *text)
{
	struct buf safe = {0};
	size_t i;

	line_safe(&safe, text, false);
	for (i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"' || safe.data[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, safe.data[i]);
	}
	buf_fini(&safe);
}

static void process_labels(struct buf *out, const struct metrics_item *item)
{
	if (item->process)
		buf_printf(out, "pid=\"%d\",comm=\"", (int)item->process->pid);
	else
		buf_puts(out, "pid=\"other\",comm=\"other");
	put_value(out, item->process ? item->process->comm : "");
	buf_putc(out, '"');
}

static void cgroup_labels(struct buf *out, const struct metrics_item *item)
{
	/* Paths begin with a slash. */
	buf_puts(out, "cgroup=\"");
	put_value(out, item->cgroup ? item->cgroup : "other");
	buf_putc(out, '"');
}

static const struct kind processes = {"process", process_labels, ""};
static const struct kind cgroups = {"cgroup", cgroup_labels,
				    " Memory that processes share counts for each of them."};

/* "# HELP", "# TYPE" and "# UNIT" of thpscope_NAME or thpscope_KIND_NAME; the unit, if any, ends the name. */
static void family(struct buf *out, const char *name, const char *unit, const char *help, const char *note)
{
	buf_printf(out, "# HELP %s %s%s\n# TYPE %s gauge\n", name, help, note, name);
	if (*unit)
		buf_printf(out, "# UNIT %s %s\n", name, unit);
}

/* Saturates where bytes would not fit: of what no machine has. */
static void put_bytes(struct buf *out, uint64_t kb)
{
	buf_dec(out, kb > UINT64_MAX >> 10 ? UINT64_MAX : kb << 10);
	buf_putc(out, '\n');
}

/* The words of "kb" in the snapshot format, which together are what is present. */
static const struct {
	const char *word;
	size_t at;
} mappings[] = {
	{"pmd", offsetof(struct kb, pmd)},	   {"thp_pte", offsetof(struct kb, thp_pte)},
	{"mthp", offsetof(struct kb, mthp)},	   {"small", offsetof(struct kb, small)},
	{"hugetlb", offsetof(struct kb, hugetlb)}, {"team_pte", offsetof(struct kb, team_pte)},
	{"unknown", offsetof(struct kb, unknown)},
};

/* Where some memory is of an unknown kind, nothing of a kind is not known to be nothing. */
static bool may_be_more(const struct metrics_item *item, size_t at)
{
	if (at == offsetof(struct kb, pmd))
		return !item->mapping_known;
	return at != offsetof(struct kb, hugetlb) && item->kb.unknown;
}

static void put_memory(struct out *out, const struct kind *kind, const struct metrics_items *items)
{
	const struct metrics_item *item;
	char name[64];
	uint64_t kb;
	size_t i, m;

	snprintf(name, sizeof(name), "thpscope_%s_memory_bytes", kind->word);
	family(&out->buf, name, "bytes", "Memory that is present, by how it is mapped.", kind->note);
	for (i = 0; i < items->n; i++) {
		item = &items->items[i];
		for (m = 0; m < sizeof(mappings) / sizeof(mappings[0]); m++) {
			kb = *(const uint64_t *)((const char *)&item->kb + mappings[m].at);
			if (!kb && may_be_more(item, mappings[m].at))
				continue;
			buf_printf(&out->buf, "%s{", name);
			kind->labels(&out->buf, item);
			buf_printf(&out->buf, ",mapping=\"%s\"} ", mappings[m].word);
			put_bytes(&out->buf, kb);
		}
		out_line(out);
	}
}

static void put_states(struct out *out, const struct kind *kind, const struct metrics_items *items)
{
	const struct metrics_item *item;
	char name[64];
	size_t i;
	int state;

	snprintf(name, sizeof(name), "thpscope_%s_regions", kind->word);
	family(&out->buf, name, "", "Whole regions of the size of a PMD, by their state.", "");
	for (i = 0; i < items->n; i++) {
		item = &items->items[i];
		for (state = 0; state < STATE_COUNT; state++) {
			if (!item->mapping_known && !item->totals.state[state])
				continue;
			buf_printf(&out->buf, "%s{", name);
			kind->labels(&out->buf, item);
			buf_printf(&out->buf, ",state=\"%s\"} %" PRIu64 "\n", state_name((enum state)state),
				   item->totals.state[state]);
		}
		out_line(out);
	}
}

/* A family with a sample an item, of `kb` within it; negative ones are not known. */
static void put_kb(struct out *out, const struct kind *kind, const struct metrics_items *items,
		   const char *what, const char *help, size_t at)
{
	const struct metrics_item *item;
	char name[64];
	uint64_t kb;
	size_t i;

	snprintf(name, sizeof(name), "thpscope_%s_%s_bytes", kind->word, what);
	family(&out->buf, name, "bytes", help, "");
	for (i = 0; i < items->n; i++) {
		item = &items->items[i];
		kb = *(const uint64_t *)((const char *)item + at);
		if (at == offsetof(struct metrics_item, page_tables_kb) && kb > INT64_MAX)
			continue;
		/* Who cannot tell what is huge cannot tell of the huge zero page. */
		if (at == offsetof(struct metrics_item, kb.zero) && !kb && !item->mapping_known)
			continue;
		buf_printf(&out->buf, "%s{", name);
		kind->labels(&out->buf, item);
		buf_puts(&out->buf, "} ");
		put_bytes(&out->buf, kb);
		out_line(out);
	}
}

static void put_items(struct out *out, const struct kind *kind, const struct metrics_items *items)
{
	put_memory(out, kind, items);
	put_kb(out, kind, items, "zero_page",
	       "Mappings of the zero page, huge or not, which is nobody's memory.",
	       offsetof(struct metrics_item, kb.zero));
	put_kb(out, kind, items, "swapped", "Memory that is swapped out.",
	       offsetof(struct metrics_item, kb.swap));
	put_kb(out, kind, items, "page_tables",
	       "Page tables of all levels but the top, those kept for splits too.",
	       offsetof(struct metrics_item, page_tables_kb));
	put_states(out, kind, items);
}

/* A file or a far end may have a name twice; two samples of one series would spoil the file for its reader. */
static bool told_before(const struct process *process, size_t k)
{
	size_t i;

	for (i = 0; i < k; i++)
		if (!strcmp(process->counters[i].name, process->counters[k].name))
			return true;
	return false;
}

/* Of those that are told one by one: what is missing of a process has no sample. */
static void put_counters(struct out *out, const struct metrics_items *items, bool ratio)
{
	static const char *const names[] = {"thpscope_process_events",
					    "thpscope_process_events_counted_ratio"};
	const struct process *process;
	const struct counter *counter;
	bool begun = false;
	size_t i, k;

	for (i = 0; i < items->n; i++) {
		process = items->items[i].process;
		for (k = 0; process && k < process->n_counters; k++) {
			counter = &process->counters[k];
			if (counter->missing || (ratio && !counter->enabled_ns) || told_before(process, k))
				continue;
			if (!begun && !ratio)
				buf_puts(&out->buf,
					 "# HELP thpscope_process_events Events of a process and of its "
					 "children "
					 "since they are counted; an estimate where the ratio is below 1.\n"
					 "# TYPE thpscope_process_events counter\n");
			else if (!begun)
				family(&out->buf, names[1], "ratio",
				       "How much of its CPU time an event was counted in.", "");
			begun = true;
			buf_printf(&out->buf, "%s%s{", names[ratio], ratio ? "" : "_total");
			process_labels(&out->buf, &items->items[i]);
			buf_puts(&out->buf, ",event=\"");
			put_value(&out->buf, counter->name);
			buf_puts(&out->buf, "\"} ");
			if (ratio)
				buf_printf(&out->buf, "%" PRIu64 ".%06" PRIu64 "\n",
					   counter->running_ns / counter->enabled_ns,
					   (uint64_t)((unsigned __int128)(counter->running_ns %
									  counter->enabled_ns) *
						      1000000 / counter->enabled_ns));
			else
				buf_printf(&out->buf, "%" PRIu64 "\n", counter->value);
		}
		out_line(out);
	}
}

static void put_members(struct out *out, const struct metrics_items *items)
{
	size_t i;

	family(&out->buf, "thpscope_cgroup_processes", "", "Processes in a cgroup that could be read.", "");
	for (i = 0; i < items->n; i++) {
		buf_puts(&out->buf, "thpscope_cgroup_processes{");
		cgroup_labels(&out->buf, &items->items[i]);
		buf_printf(&out->buf, "} %" PRIu64 "\n", items->items[i].processes);
	}
	family(&out->buf, "thpscope_cgroups", "",
	       "Cgroups that are told one by one, and that are summed up as other.", "");
	buf_printf(&out->buf,
		   "thpscope_cgroups{told=\"each\"} %zu\nthpscope_cgroups{told=\"other\"} %" PRIu64 "\n",
		   items->shown, items->others);
}

/* What this is of, and how old. */
static void put_snapshot(struct buf *out, const struct moment *moment)
{
	family(out, "thpscope_build_info", "", "The program, and the source that it read.", "");
	buf_puts(out, "thpscope_build_info{version=\"" THPSCOPE_VERSION "\",source=\"");
	put_value(out, moment->source);
	buf_puts(out, "\",release=\"");
	put_value(out, moment->system.release ? moment->system.release : "");
	buf_puts(out, "\"} 1\n");
	if (moment->wall_ns > 0) {
		family(out, "thpscope_snapshot_time_seconds", "seconds", "When it was read, since 1970.", "");
		buf_printf(out, "thpscope_snapshot_time_seconds %" PRId64 ".%09" PRId64 "\n",
			   moment->wall_ns / NS_PER_S, moment->wall_ns % NS_PER_S);
	}
	if (!moment->cost_ns)
		return;
	family(out, "thpscope_snapshot_cost_seconds", "seconds", "How long reading it took.", "");
	buf_printf(out, "thpscope_snapshot_cost_seconds %" PRIu64 ".%09" PRIu64 "\n",
		   moment->cost_ns / NS_PER_S, moment->cost_ns % NS_PER_S);
}

static void put_machine(struct buf *out, const struct moment *moment)
{
	static const char *const knobs[] = {"enabled", "defrag", "shmem_enabled"};
	const struct system_figures *system = &moment->system;
	const char *value;
	unsigned i;

	family(out, "thpscope_capability", "",
	       "Whether the source tells this; without it some figures are unknown.", "");
	for (i = 0; i < CAP_COUNT; i++)
		buf_printf(out, "thpscope_capability{name=\"%s\"} %d\n", capability_name((enum capability)i),
			   capable(&moment->caps, (enum capability)i));
	family(out, "thpscope_thp_setting", "",
	       "1 for what is chosen in /sys/kernel/mm/transparent_hugepage.", "");
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		value = figure_value(system->knobs, system->n_knobs, knobs[i]);
		if (!value)
			continue;
		buf_printf(out, "thpscope_thp_setting{knob=\"%s\",value=\"", knobs[i]);
		put_value(out, value);
		buf_puts(out, "\"} 1\n");
	}
	family(out, "thpscope_pmd_size_bytes", "bytes", "The size of a region: what one PMD maps.", "");
	buf_printf(out, "thpscope_pmd_size_bytes %" PRIu64 "\n", moment->pmd_size);
	if (system->free_pmd_blocks < 0)
		return;
	family(out, "thpscope_free_pmd_blocks", "", "Free memory in blocks that a PMD can map.", "");
	buf_printf(out, "thpscope_free_pmd_blocks %" PRId64 "\n", system->free_pmd_blocks);
}

/* Kernel threads have nothing to be read, and who has gone is no process. */
static bool is_missed(const struct process *process)
{
	switch (process->outcome) {
	case OUTCOME_DENIED:
	case OUTCOME_DAMAGED:
	case OUTCOME_FAILED:
		return true;
	case OUTCOME_OK:
	case OUTCOME_GONE:
	case OUTCOME_REUSED:
	case OUTCOME_NO_MEMORY:
	case OUTCOME_COUNT:
		break;
	}
	return false;
}

static void put_counts(struct buf *out, const struct moment *moment, const struct metrics_items *items)
{
	size_t missed = 0, i;

	for (i = 0; i < moment->n_processes; i++)
		missed += is_missed(&moment->processes[i]);

	family(out, "thpscope_processes", "",
	       "Processes that are told one by one, that are summed up as other, and that could not be read.",
	       "");
	buf_printf(out,
		   "thpscope_processes{told=\"each\"} %zu\n"
		   "thpscope_processes{told=\"other\"} %" PRIu64 "\n"
		   "thpscope_processes{told=\"not\"} %zu\n",
		   items->shown, items->others, missed);
}

int metrics_write(const struct moment *moment, size_t top, const struct sink *sink)
{
	struct metrics_items items = metrics_processes(moment, top);
	struct out out = {.sink = sink};

	put_snapshot(&out.buf, moment);
	put_machine(&out.buf, moment);
	put_counts(&out.buf, moment, &items);
	put_items(&out, &processes, &items);
	put_counters(&out, &items, false);
	put_counters(&out, &items, true);
	free(items.items);
	items = metrics_cgroups(moment, top);
	if (items.n) {
		put_members(&out, &items);
		put_items(&out, &cgroups, &items);
	}
	free(items.items);
	buf_puts(&out.buf, "# EOF\n");
	return out_end(&out);
}
