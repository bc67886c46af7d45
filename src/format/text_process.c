/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The figures of a process: kB by category and regions by state, side by side where there is room. */
#include <inttypes.h>
#include <string.h>

#include "format/heat.h"
#include "format/text_line.h"
#include "format/text_parts.h"

struct row {
	const char *label;
	uint64_t value;
	bool always; /* shown though it is 0 */
	bool share;  /* a part of the first row */
};

#define HOTTEST 8 /* that are told one by one */
#define ROWS_MAX 10
#define BETWEEN_BLOCKS 3

/* A table: its lines, and the length of the longest. */
struct block {
	struct buf lines[ROWS_MAX];
	unsigned n;
	size_t columns;
};

/* Label, number, unit, share of the first row. */
struct layout {
	unsigned label, number;
	const char *unit;
};

static void block_make(struct block *block, const struct row *rows, size_t n, const struct layout *layout)
{
	struct buf *line, share = {0};
	size_t i;

	memset(block, 0, sizeof(*block));
	for (i = 0; i < n; i++) {
		if (!rows[i].value && !rows[i].always)
			continue;
		line = &block->lines[block->n++];
		buf_clear(&share);
		buf_puts(&share, ""); /* data is not NULL then */
		if (rows[i].share)
			line_share(&share, rows[i].value, rows[0].value);
		buf_printf(line, "%-*s %*llu%s%8s", (int)layout->label, rows[i].label, (int)layout->number,
			   (unsigned long long)rows[i].value, layout->unit, share.data);
		while (line->data[line->len - 1] == ' ')
			line->data[--line->len] = '\0';
		if (line->len > block->columns)
			block->columns = line->len;
	}
	buf_fini(&share);
}

static void add_line(struct buf *out, const char *left, const char *right, size_t column)
{
	size_t from;

	buf_puts(out, "  ");
	from = out->len;
	buf_puts(out, left);
	if (*right)
		line_pad(out, from, (unsigned)column);
	buf_puts(out, right);
	buf_putc(out, '\n');
}

static const char *block_line(const struct block *block, unsigned i)
{
	return i < block->n ? block->lines[i].data : "";
}

static void blocks_write(struct text *text, const struct block *left, const struct block *right)
{
	bool beside = 2 + left->columns + BETWEEN_BLOCKS + right->columns <= text->options.width;
	unsigned i, n = left->n > right->n ? left->n : right->n;
	struct buf *out = &text->out.buf;

	for (i = 0; beside && i < n; i++)
		add_line(out, block_line(left, i), block_line(right, i), left->columns + BETWEEN_BLOCKS);
	for (i = 0; !beside && i < left->n; i++)
		add_line(out, block_line(left, i), "", 0);
	for (i = 0; !beside && i < right->n; i++)
		add_line(out, block_line(right, i), "", 0);
}

static void block_fini(struct block *block)
{
	unsigned i;

	for (i = 0; i < block->n; i++)
		buf_fini(&block->lines[i]);
}

static void figures(struct text *text, const struct process *process)
{
	const struct layout in_kb = {.label = 18, .number = text->options.width < 44 ? 8 : 12, .unit = " kB"};
	static const struct layout in_regions = {.label = 16, .number = 10, .unit = ""};
	const struct kb *kb = &process->kb;
	const struct totals *totals = &process->totals;
	const struct row memory[] = {
		{"present", kb->present, true, false},
		{"  pmd-mapped", kb->pmd, true, true},
		{"  pte-mapped THP", kb->thp_pte, false, true},
		{"  mTHP", kb->mthp, false, true},
		{"  small pages", kb->small, false, true},
		{"  hugetlb", kb->hugetlb, false, true},
		{"  pte-mapped teams", kb->team_pte, false, true},
		{"  backing unknown", kb->unknown, false, true},
		{"zero page", kb->zero, false, false},
		{"swapped out", kb->swap, false, false},
	};
	const struct row regions[] = {
		{"whole regions", totals->regions, true, false},
		{"  pmd-mapped", totals->state[STATE_PMD_MAPPED], true, false},
		{"  pte-mapped", totals->state[STATE_PTE_MAPPED], false, false},
		{"  team", totals->state[STATE_TEAM], false, false},
		{"  hugetlb", totals->state[STATE_HUGETLB], false, false},
		{"  unknown", totals->state[STATE_UNKNOWN], false, false},
		{"  empty", totals->state[STATE_EMPTY], false, false},
		{"parts of regions", totals->fragments, false, false},
	};
	struct block left, right;

	_Static_assert(sizeof(memory) / sizeof(memory[0]) <= ROWS_MAX, "a line for each row");
	block_make(&left, memory, sizeof(memory) / sizeof(memory[0]), &in_kb);
	block_make(&right, regions, sizeof(regions) / sizeof(regions[0]), &in_regions);
	blocks_write(text, &left, &right);
	block_fini(&left);
	block_fini(&right);
}

/* Where khugepaged will come back to, in its order; a queue that is empty is no news. */
static void queue(struct text *text, const struct queue *queue)
{
	struct buf line = {0};
	unsigned i;

	if (!queue->n)
		return;
	buf_printf(&line, "  queued for khugepaged, %u of %u:", queue->n, queue->room);
	for (i = 0; i < queue->n; i++)
		buf_printf(&line, " %llx", (unsigned long long)queue->addrs[i]);
	line_wrap(&text->out.buf, text->options.width, 4, line.data);
	buf_fini(&line);
}

/* All of them are missing for one and the same reason: it is said once. */
static const char *all_missing(const struct process *process)
{
	const char *why = process->counters[0].missing;
	size_t i;

	for (i = 1; why && i < process->n_counters; i++)
		if (!process->counters[i].missing || strcmp(process->counters[i].missing, why))
			return NULL;
	return why;
}

static void counter_line(struct buf *line, const struct counter *counter, bool ascii)
{
	buf_puts(line, "    ");
	line_safe(line, counter->name, ascii);
	if (counter->missing) {
		buf_puts(line, ": not counted: ");
		line_safe(line, counter->missing, ascii);
		return;
	}
	buf_printf(line, " %" PRIu64 " in %.3f s of CPU time", counter->value,
		   (double)counter->enabled_ns / 1e9);
	if (counter_scaled(counter))
		buf_printf(line, " (estimate: counted in %.1f %% of it)",
			   100.0 * (double)counter->running_ns / (double)counter->enabled_ns);
}

static void counters(struct text *text, const struct process *process)
{
	struct buf line = {0};
	const char *why;
	size_t i;

	if (!process->n_counters)
		return;
	why = all_missing(process);
	buf_puts(&line, why ? "  events are not counted: " : "  events since counting began:");
	if (why)
		line_safe(&line, why, text->options.ascii);
	line_wrap(&text->out.buf, text->options.width, 4, line.data);
	for (i = 0; !why && i < process->n_counters; i++) {
		buf_clear(&line);
		counter_line(&line, &process->counters[i], text->options.ascii);
		line_wrap(&text->out.buf, text->options.width, 6, line.data);
	}
	buf_fini(&line);
}

void text_process(struct text *text, const struct process *process)
{
	struct buf *out = &text->out.buf;

	buf_printf(out, "%d ", (int)process->pid);
	line_safe(out, process->comm, text->options.ascii);
	buf_putc(out, '\n');
	if (process->torn)
		line_wrap(
			out, text->options.width, 2,
			"  torn: the address space changed while it was read, so parts may not fit together");
	if (!process->mapping_known)
		line_wrap(out, text->options.width, 2,
			  "  of some regions it is not known how they are mapped: see 'missing' above");
	figures(text, process);
	queue(text, &process->queue);
	counters(text, process);
	if (process->heat)
		text_heat(out, process->heat, HOTTEST, text->options.width, text->options.ascii);
}
