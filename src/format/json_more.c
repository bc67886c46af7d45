/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines with what a snapshot leaves out and screens show: for delta streams. */
#include "format/json_more.h"

#include "format/json_lines.h"
#include "format/json_put.h"

static const char *const advices[] = {"unknown", "none", "hugepage", "nohugepage"};

enum vma_advice json_advice_named(const char *name)
{
	unsigned i;

	for (i = VMA_ADVICE_NONE; i <= VMA_ADVICE_NOHUGEPAGE; i++)
		if (!strcmp(name, advices[i]))
			return (enum vma_advice)i;
	return VMA_ADVICE_UNKNOWN;
}

/* Takes the end off a line, so that more keys can follow. */
static void reopen(struct buf *out)
{
	out->len -= strlen("}\n");
}

static void key_not_zero(struct buf *out, const char *key, uint64_t value)
{
	if (value)
		json_key_dec(out, key, value);
}

static void key_known(struct buf *out, const char *key, int64_t value)
{
	if (value >= 0)
		json_key_dec(out, key, (uint64_t)value);
}

static void write_task(struct buf *out, const struct task *task)
{
	size_t i;

	buf_puts(out, "{\"name\":");
	json_quote(out, task->name);
	key_not_zero(out, "pid", (uint64_t)task->pid);
	json_key_string(out, "what", task->what);
	json_key_string(out, "function", task->function);
	json_key_string(out, "step", task->step);
	json_key_string(out, "state", task_state_name(task->state));
	json_key(out, "holds");
	buf_putc(out, '[');
	for (i = 0; i < task->n_holds; i++) {
		buf_puts(out, i ? "," : "");
		json_quote(out, task->holds[i]);
	}
	buf_putc(out, ']');
	json_key_string(out, "waits", task->waits);
	json_key_string(out, "holder", task->holder);
	key_not_zero(out, "errno", (uint64_t) - (int64_t)task->error);
	json_key_string(out, "verdict", task->verdict);
	buf_putc(out, '}');
}

static void write_tasks(struct buf *out, const struct moment *moment)
{
	size_t i;

	if (moment->n_tasks) {
		json_key(out, "tasks");
		for (i = 0; i < moment->n_tasks; i++) {
			buf_putc(out, i ? ',' : '[');
			write_task(out, &moment->tasks[i]);
		}
		buf_putc(out, ']');
	}
	key_not_zero(out, "ahead", moment->ahead);
	key_not_zero(out, "clock_ns", moment->clock_ns);
	if (moment->violation)
		json_key_string(out, "violation", moment->violation);
}

void json_snapshot_line_more(struct buf *out, const struct moment *moment)
{
	json_snapshot_line(out, moment);
	reopen(out);
	key_not_zero(out, "cost_ns", moment->cost_ns);
	key_known(out, "free_pmd_blocks", moment->system.free_pmd_blocks);
	key_not_zero(out, "read_ns", moment->system.read_ns);
	write_tasks(out, moment);
	buf_puts(out, "}\n");
}

/* The figures of all counters in one list, three of each: what changes with every sample is short. */
static void write_counts(struct buf *out, const struct process *process)
{
	const struct counter *counter;
	const char *between = "[";
	size_t i;

	if (!process->n_counters)
		return;
	json_key(out, "counts");
	for (i = 0; i < process->n_counters; i++) {
		counter = &process->counters[i];
		buf_puts(out, between);
		buf_dec(out, counter->value);
		buf_putc(out, ',');
		buf_dec(out, counter->enabled_ns);
		buf_putc(out, ',');
		buf_dec(out, counter->running_ns);
		between = ",";
	}
	buf_putc(out, ']');
}

void json_process_line_more(struct buf *out, const struct process *process)
{
	json_process_line_counted(out, process);
	reopen(out);
	key_known(out, "rss_kb", process->rss_kb);
	key_known(out, "page_tables_kb", process->page_tables_kb);
	key_not_zero(out, "carried_ns", process->carried_ns);
	key_not_zero(out, "same_since_ns", process->same_since_ns);
	json_key_hexes(out, "walk", process->walk, process->n_walk);
	write_counts(out, process);
	buf_puts(out, "}\n");
}

void json_vma_line_more(struct buf *out, pid_t pid, const struct vma *vma)
{
	json_vma_line(out, pid, vma);
	reopen(out);
	if (vma->eligible >= 0) {
		json_key(out, "eligible");
		buf_puts(out, vma->eligible ? "true" : "false");
	}
	if (vma->advice != VMA_ADVICE_UNKNOWN)
		json_key_string(out, "advice", advices[vma->advice]);
	key_not_zero(out, "eligible_ns", vma->eligible_ns);
	buf_puts(out, "}\n");
}

/* A whole folio at its own place is such a one; of parts nothing follows. */
uint64_t json_usual_thp(const struct region *region)
{
	return region->backing == BACKING_THP ? region->pfn : 0;
}

void json_region_line_more(struct buf *out, pid_t pid, const struct region *region, uint64_t pmd_size)
{
	json_region_line(out, pid, region, pmd_size, "");
	reopen(out);
	if (region->anon_exclusive)
		buf_puts(out, ",\"anon_exclusive\":true");
	if (region->uffd_wp)
		buf_puts(out, ",\"uffd_wp\":true");
	if (region->thp != json_usual_thp(region))
		json_key_hex(out, "thp", region->thp);
	buf_puts(out, "}\n");
}

bool json_holds_nothing(const struct region *region)
{
	return region->mapping == MAPPING_NONE && region->backing == BACKING_NONE && !region->present &&
	       !region->swapped && !region->guard && !region->nonswap;
}
