/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs, as text for people. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "format/diff.h"
#include "format/text_line.h"
#include "format/text_parts.h"

struct diff_text {
	struct out out;
	const struct diff *diff;
	struct text_options options;
	struct buf line;
};

static void wrap(struct diff_text *text, unsigned indent)
{
	line_wrap(&text->out.buf, text->options.width, indent, text->line.data);
	out_line(&text->out);
	buf_clear(&text->line);
}

static void put_side(struct diff_text *text, const char *which, const char *name, const struct moment *moment)
{
	const time_t s = (time_t)(moment->wall_ns / 1000000000);
	struct tm tm;

	buf_printf(&text->line, "%s: ", which);
	line_safe(&text->line, name, text->options.ascii);
	if (moment->wall_ns && gmtime_r(&s, &tm))
		buf_printf(&text->line, ", %04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	wrap(text, 2);
}

/* "  pmd-mapped    4096 kB -> 2048 kB (-2048)" where both differ. */
static void put_sum(struct diff_text *text, const char *label, uint64_t before, uint64_t after,
		    const char *unit)
{
	if (before == after)
		return;
	buf_printf(&text->out.buf, "  %-20s %10" PRIu64 "%s -> %" PRIu64 "%s (%+" PRId64 ")\n", label, before,
		   unit, after, unit, (int64_t)(after - before));
	out_line(&text->out);
}

static void put_sums(struct diff_text *text, const struct process *before, const struct process *after)
{
	const struct kb *a = &before->kb, *b = &after->kb;
	const uint64_t *x = before->totals.state, *y = after->totals.state;

	/* What is not known on one side is not less there. */
	const bool mapping = before->mapping_known && after->mapping_known;

	put_sum(text, "present", a->present, b->present, " kB");
	if (mapping)
		put_sum(text, "pmd-mapped", a->pmd, b->pmd, " kB");
	if (!a->unknown && !b->unknown) {
		put_sum(text, "pte-mapped THP", a->thp_pte, b->thp_pte, " kB");
		put_sum(text, "mTHP", a->mthp, b->mthp, " kB");
		put_sum(text, "small pages", a->small, b->small, " kB");
	}
	put_sum(text, "hugetlb", a->hugetlb, b->hugetlb, " kB");
	put_sum(text, "pte-mapped teams", a->team_pte, b->team_pte, " kB");
	put_sum(text, "backing unknown", a->unknown, b->unknown, " kB");
	put_sum(text, "zero page", a->zero, b->zero, " kB");
	put_sum(text, "swapped out", a->swap, b->swap, " kB");
	put_sum(text, "whole regions", before->totals.regions, after->totals.regions, "");
	if (mapping) {
		put_sum(text, "regions, pmd-mapped", x[STATE_PMD_MAPPED], y[STATE_PMD_MAPPED], "");
		put_sum(text, "regions, pte-mapped", x[STATE_PTE_MAPPED], y[STATE_PTE_MAPPED], "");
	}
	put_sum(text, "regions, team", x[STATE_TEAM], y[STATE_TEAM], "");
	put_sum(text, "regions, hugetlb", x[STATE_HUGETLB], y[STATE_HUGETLB], "");
	put_sum(text, "regions, unknown", x[STATE_UNKNOWN], y[STATE_UNKNOWN], "");
	put_sum(text, "regions, empty", x[STATE_EMPTY], y[STATE_EMPTY], "");
	put_sum(text, "parts of regions", before->totals.fragments, after->totals.fragments, "");
}

/* A field of a region as text; numbers as they are. */
static void put_value(struct buf *out, const struct region *region, enum diff_field field)
{
	int64_t number = 0;

	switch (field) {
	case DIFF_MAPPING:
		buf_puts(out, mapping_name(region->mapping));
		return;
	case DIFF_BACKING:
		buf_puts(out, backing_name(region->backing));
		return;
	case DIFF_LEN:
		buf_printf(out, "%" PRIu64 "k", region->len >> 10);
		return;
	case DIFF_PRESENT:
		number = region->present;
		break;
	case DIFF_SWAPPED:
		number = region->swapped;
		break;
	case DIFF_GUARD:
		number = region->guard;
		break;
	case DIFF_ZERO:
		number = region->zero;
		break;
	case DIFF_ANON:
		number = region->anon;
		break;
	case DIFF_FILE:
		number = region->file;
		break;
	case DIFF_EXCLUSIVE:
		number = region->exclusive;
		break;
	case DIFF_ORDER:
		number = region->order;
		break;
	case DIFF_ENTIRE:
		number = region->mapcount.entire;
		break;
	case DIFF_HIGHEST:
		number = region->mapcount.highest;
		break;
	case DIFF_TOTAL:
		number = region->mapcount.total;
		break;
	case DIFF_USAGE:
		number = region->team_usage;
		break;
	case DIFF_PMD_MAPS:
		number = region->team_pmd_maps;
		break;
	case DIFF_PFN:
	case DIFF_RANGE:
	case DIFF_PERMS:
	case DIFF_ADVICE:
	case DIFF_KB:
	case DIFF_FIELD_COUNT:
		break;
	}
	buf_printf(out, "%" PRId64, number);
}

/* What became of one region, without its address: those that say the same make one line. */
static void say_region(struct buf *out, const struct diff_region *region)
{
	const char *between = "";
	unsigned i;

	if (region->what != DIFF_CHANGED) {
		buf_puts(out, region->before ? "lost: " : "gained: ");
		text_facts(out, region->before ? region->before : region->after);
		return;
	}
	for (i = 0; i < DIFF_PFN; i++) {
		if (!(region->fields >> i & 1))
			continue;
		buf_printf(out, "%s%s ", between, diff_field_name((enum diff_field)i));
		put_value(out, region->before, (enum diff_field)i);
		buf_puts(out, " -> ");
		put_value(out, region->after, (enum diff_field)i);
		between = ", ";
	}
	if (region->fields >> DIFF_PFN & 1)
		buf_printf(out, "%sin other frames", between);
}

static const struct region *either(const struct diff_region *region)
{
	return region->after ? region->after : region->before;
}

static void put_regions(struct diff_text *text, const struct diff_region *regions, size_t n)
{
	struct buf one = {0}, next = {0}, swap;
	size_t i, from;

	for (from = 0; from < n; from = i) {
		uint64_t end = either(&regions[from])->start + either(&regions[from])->len;

		buf_clear(&one);
		say_region(&one, &regions[from]);
		for (i = from + 1; i < n && either(&regions[i])->start == end; i++) {
			buf_clear(&next);
			say_region(&next, &regions[i]);
			if (strcmp(one.data, next.data))
				break;
			end = either(&regions[i])->start + either(&regions[i])->len;
			swap = one;
			one = next;
			next = swap;
		}
		buf_printf(&text->line, "  %012" PRIx64, either(&regions[from])->start);
		if (i > from + 1)
			buf_printf(&text->line, "-%012" PRIx64 " %zu regions,", end, i - from);
		buf_printf(&text->line, " %s", one.data);
		wrap(text, 6);
	}
	buf_fini(&one);
	buf_fini(&next);
}

static void put_kb(struct buf *out, const struct kb *kb)
{
	line_size_kb(out, kb->present);
	buf_puts(out, " present");
	if (kb->pmd) {
		buf_puts(out, ", ");
		line_size_kb(out, kb->pmd);
		buf_puts(out, " pmd");
	}
}

static void put_vma(struct diff_text *text, const struct diff_process *process, const struct diff_vma *vma)
{
	const struct vma *is = vma->after ? vma->after : vma->before;
	static const char *const advice[] = {
		[VMA_ADVICE_NONE] = "none", [VMA_ADVICE_HUGEPAGE] = "hg", [VMA_ADVICE_NOHUGEPAGE] = "nh"};
	struct buf *line = &text->line;

	buf_printf(line, "%012" PRIx64 "-%012" PRIx64 " %s %s ", is->start, is->end, is->perms,
		   vma_kind_name(is->kind));
	if (*is->name) {
		line_safe(line, is->name, text->options.ascii);
		buf_putc(line, ' ');
	}
	if (vma->what != DIFF_CHANGED) {
		buf_printf(line, "%s, ", vma->before ? "lost" : "gained");
		put_kb(line, &is->kb);
		wrap(text, 2);
		return;
	}
	buf_puts(line, "changed");
	if (vma->before->start != is->start || vma->before->end != is->end)
		buf_printf(line, ", was %012" PRIx64 "-%012" PRIx64, vma->before->start, vma->before->end);
	if (vma->fields >> DIFF_PERMS & 1)
		buf_printf(line, ", was %s", vma->before->perms);
	if (vma->fields >> DIFF_ADVICE & 1)
		buf_printf(line, ", advice %s -> %s", advice[vma->before->advice], advice[is->advice]);
	if (vma->fields >> DIFF_KB & 1) {
		buf_puts(line, ", ");
		put_kb(line, &vma->before->kb);
		buf_puts(line, " -> ");
		put_kb(line, &is->kb);
	}
	if (vma->sums)
		buf_puts(line, " (its regions are cut otherwise there, and not compared)");
	wrap(text, 2);
	put_regions(text, &process->regions[vma->first_region], vma->n_regions);
}

static void put_name(struct diff_text *text, const struct diff_process *process)
{
	const struct process *is = process->after ? process->after : process->before;
	struct buf *line = &text->line;

	buf_putc(&text->out.buf, '\n');
	buf_printf(line, "%d ", (int)is->pid);
	line_safe(line, is->comm, text->options.ascii);
	if (process->before && process->after && !process->same) {
		/* By their starts: where one is not known it may be the same. */
		if (process->before->pid == is->pid && process->before->start_time && is->start_time)
			buf_puts(line, ", compared with who had its PID before, ");
		else
			buf_printf(line, ", compared with %d ", (int)process->before->pid);
		line_safe(line, process->before->comm, text->options.ascii);
	}
	if (process->reason) {
		buf_puts(line, ", not compared: ");
		line_safe(line, process->reason, text->options.ascii);
	} else if (process->what != DIFF_CHANGED) {
		buf_puts(line, process->before ? ", lost, " : ", gained, ");
		put_kb(line, &is->kb);
	}
	wrap(text, 2);
}

static bool is_torn(const struct process *process)
{
	return process && process->torn;
}

static void put_process(struct diff_text *text, const struct diff_process *process)
{
	size_t i;

	if (process->what == DIFF_SAME && !process->reason)
		return;
	put_name(text, process);
	if (is_torn(process->before) || is_torn(process->after))
		line_wrap(
			&text->out.buf, text->options.width, 2,
			"  torn: the address space changed while it was read, so parts may not fit together");
	/* Of one that came or went this much is enough. */
	if (process->what != DIFF_CHANGED)
		return;
	put_sums(text, process->before, process->after);
	for (i = 0; i < process->n_vmas; i++)
		put_vma(text, process, &process->vmas[i]);
}

static void put_counts(struct buf *out, const char *what, const uint64_t *counts)
{
	static const char *const words[DIFF_WHAT_COUNT] = {
		[DIFF_GAINED] = "gained", [DIFF_LOST] = "lost", [DIFF_CHANGED] = "changed"};
	const char *between = out->len ? "; " : "";
	unsigned i;

	for (i = DIFF_GAINED; i < DIFF_WHAT_COUNT; i++) {
		if (!counts[i])
			continue;
		buf_printf(out, "%s%s %" PRIu64 " %s", between, *between == ',' ? "" : what, counts[i],
			   words[i]);
		between = ",";
	}
}

static void put_summary(struct diff_text *text)
{
	const struct diff *diff = text->diff;
	struct buf *line = &text->line;

	buf_putc(&text->out.buf, '\n');
	if (diff_any(diff)) {
		if (diff->n_figures)
			buf_printf(line, "figures of the machine: %zu changed", diff->n_figures);
		put_counts(line, "processes:", diff->of_processes);
		put_counts(line, "VMAs:", diff->of_vmas);
		put_counts(line, "regions:", diff->of_regions);
	} else {
		buf_printf(line, "No difference in %" PRIu64 " process%s.", diff->of_processes[DIFF_SAME],
			   diff->of_processes[DIFF_SAME] == 1 ? "" : "es");
	}
	wrap(text, 2);
	if (!diff->unknown)
		return;
	buf_printf(line, "Of %" PRIu64 " region%s something is known on one side only, and not compared.",
		   diff->unknown, diff->unknown == 1 ? "" : "s");
	wrap(text, 2);
}

int diff_write_text(const struct diff *diff, const struct diff_names *names,
		    const struct text_options *options, const struct sink *sink)
{
	struct diff_text text = {.out.sink = sink, .diff = diff, .options = *options};
	size_t i;

	if (!text.options.width)
		text.options.width = 80;
	put_side(&text, "old", names->before, diff->before);
	put_side(&text, "new", names->after, diff->after);
	if (diff->n_figures)
		buf_puts(&text.out.buf, "\nmachine\n");
	for (i = 0; i < diff->n_figures; i++) {
		buf_puts(&text.line, "  ");
		line_safe(&text.line, diff->figures[i].name, text.options.ascii);
		buf_putc(&text.line, ' ');
		line_safe(&text.line, diff->figures[i].before, text.options.ascii);
		buf_puts(&text.line, " -> ");
		line_safe(&text.line, diff->figures[i].after, text.options.ascii);
		wrap(&text, 4);
	}
	for (i = 0; i < diff->n_processes; i++)
		put_process(&text, &diff->processes[i]);
	put_summary(&text);
	buf_fini(&text.line);
	return out_end(&text.out);
}
