/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a process and its VMAs. */
#include "format/json_lines.h"

#include "format/heat.h"
#include "format/json_put.h"
#include "format/outcome.h"

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

static void write_totals(struct buf *out, const struct totals *totals)
{
	buf_puts(out, ",\"totals\":{\"regions\":");
	buf_dec(out, totals->regions);
	json_key_dec(out, "fragments", totals->fragments);
	json_key_dec(out, "empty", totals->state[STATE_EMPTY]);
	json_key_dec(out, "pte_mapped", totals->state[STATE_PTE_MAPPED]);
	json_key_dec(out, "pmd_mapped", totals->state[STATE_PMD_MAPPED]);
	json_key_dec(out, "team", totals->state[STATE_TEAM]);
	json_key_dec(out, "hugetlb", totals->state[STATE_HUGETLB]);
	json_key_dec(out, "unknown", totals->state[STATE_UNKNOWN]);
	buf_putc(out, '}');
}

static void write_kb(struct buf *out, const struct kb *kb)
{
	buf_puts(out, ",\"kb\":{\"present\":");
	buf_dec(out, kb->present);
	json_key_dec(out, "pmd", kb->pmd);
	json_key_dec(out, "thp_pte", kb->thp_pte);
	json_key_dec(out, "mthp", kb->mthp);
	json_key_dec(out, "small", kb->small);
	json_key_dec(out, "swap", kb->swap);
	json_key_dec(out, "hugetlb", kb->hugetlb);
	json_key_dec(out, "team_pte", kb->team_pte);
	json_key_dec(out, "unknown", kb->unknown);
	json_key_dec(out, "zero", kb->zero);
	buf_putc(out, '}');
}

/* Nothing where it is not known; a queue without a place is one that khugepaged keeps nothing in. */
static void write_queue(struct buf *out, const struct queue *queue)
{
	if (!queue->known)
		return;
	json_key_dec(out, "queue_room", queue->room);
	json_key_hexes(out, "queue", queue->addrs, queue->n);
}

static void put_counters(struct buf *out, const struct process *process, bool apart)
{
	const struct counter *counter;
	size_t i;

	if (!process->n_counters)
		return;
	json_key(out, "counters");
	for (i = 0; i < process->n_counters; i++) {
		counter = &process->counters[i];
		buf_puts(out, i ? ",{\"name\":" : "[{\"name\":");
		json_quote(out, counter->name);
		json_key(out, "hardware");
		buf_puts(out, boolean(counter->hardware));
		if (counter->missing) {
			json_key_string(out, "missing", counter->missing);
		} else if (!apart) {
			json_key_dec(out, "value", counter->value);
			json_key_dec(out, "enabled_ns", counter->enabled_ns);
			json_key_dec(out, "running_ns", counter->running_ns);
		}
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

static void process_line(struct buf *out, const struct process *process)
{
	buf_puts(out, "{\"type\":\"process\",\"pid\":");
	buf_dec(out, (uint64_t)process->pid);
	json_key_string(out, "comm", process->comm);
	json_key_dec(out, "start_time", process->start_time);
	if (process->cgroup)
		json_key_string(out, "cgroup", process->cgroup);
	json_key(out, "torn");
	buf_puts(out, boolean(process->torn));
	if (!process->mapping_known)
		buf_puts(out, ",\"mapping_known\":false");
	write_totals(out, &process->totals);
	write_kb(out, &process->kb);
	write_queue(out, &process->queue);
	if (process->heat)
		json_heat_process(out, process->heat);
}

void json_process_line(struct buf *out, const struct process *process)
{
	process_line(out, process);
	put_counters(out, process, false);
	buf_puts(out, "}\n");
}

void json_process_line_counted(struct buf *out, const struct process *process)
{
	process_line(out, process);
	put_counters(out, process, true);
	buf_puts(out, "}\n");
}

void json_skipped_line(struct buf *out, const struct process *process)
{
	buf_puts(out, "{\"type\":\"skipped\",\"pid\":");
	buf_dec(out, (uint64_t)process->pid);
	json_key_string(out, "reason", process->reason ? process->reason : "");
	json_key_string(out, "outcome", outcome_name(process->outcome));
	if (process->comm && process->comm[0])
		json_key_string(out, "comm", process->comm);
	if (process->start_time)
		json_key_dec(out, "start_time", process->start_time);
	buf_puts(out, "}\n");
}

static void write_smaps(struct buf *out, const struct smaps *smaps)
{
	const char *between = "";
	size_t i;

	buf_puts(out, ",\"flags\":[");
	for (i = 0; i < smaps->n_flags; i++) {
		buf_puts(out, between);
		json_quote(out, smaps->flags[i]);
		between = ",";
	}
	buf_putc(out, ']');
	if (smaps->thp_eligible >= 0) {
		json_key(out, "thp_eligible");
		buf_puts(out, boolean(smaps->thp_eligible));
	}
	buf_puts(out, ",\"smaps\":{");
	between = "";
	for (i = 0; i < smaps->n_fields; i++) {
		buf_puts(out, between);
		json_quote(out, smaps->fields[i].name);
		buf_putc(out, ':');
		buf_dec(out, smaps->fields[i].kb);
		between = ",";
	}
	buf_putc(out, '}');
}

/* What a VMA has only if it maps something, or is something special. */
static void write_mapped(struct buf *out, const struct vma *vma)
{
	if (vma->inode || vma->offset || vma->dev_major || vma->dev_minor) {
		json_key_hex(out, "offset", vma->offset);
		buf_printf(out, ",\"dev\":\"%02x:%02x\"", vma->dev_major, vma->dev_minor);
		json_key_dec(out, "inode", vma->inode);
	}
	if (vma->deleted)
		buf_puts(out, ",\"deleted\":true");
	if (vma->label)
		json_key_string(out, "label", vma->label);
	if (vma->huge_page_size)
		json_key_dec(out, "huge_page_size", vma->huge_page_size);
	if (vma->pfnmap_unknown)
		buf_puts(out, ",\"pfnmap_unknown\":true");
}

void json_vma_line(struct buf *out, pid_t pid, const struct vma *vma)
{
	buf_puts(out, "{\"type\":\"vma\",\"pid\":");
	buf_dec(out, (uint64_t)pid);
	json_key_hex(out, "start", vma->start);
	json_key_hex(out, "end", vma->end);
	json_key_string(out, "perms", vma->perms);
	json_key_string(out, "kind", vma_kind_name(vma->kind));
	json_key_string(out, "name", vma->name);
	json_key_dec(out, "present_kb", vma->kb.present);
	json_key_dec(out, "pmd_kb", vma->kb.pmd);
	json_key_dec(out, "thp_pte_kb", vma->kb.thp_pte);
	json_key_dec(out, "mthp_kb", vma->kb.mthp);
	json_key_dec(out, "small_kb", vma->kb.small);
	json_key_dec(out, "swap_kb", vma->kb.swap);
	json_key_dec(out, "hugetlb_kb", vma->kb.hugetlb);
	json_key_dec(out, "team_pte_kb", vma->kb.team_pte);
	json_key_dec(out, "unknown_kb", vma->kb.unknown);
	json_key_dec(out, "zero_kb", vma->kb.zero);
	json_key_dec(out, "slots", vma->slots);
	json_key_dec(out, "fragments", vma->fragments);
	write_mapped(out, vma);
	if (vma->smaps)
		write_smaps(out, vma->smaps);
	buf_puts(out, "}\n");
}
