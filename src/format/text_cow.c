/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writes to the pages of a VMA would do, a line for each rule asked for. */
#include "format/text_line.h"
#include "format/text_parts.h"

/* All of a VMA's pages; *one is the verdict if there is but one. */
static void add_up(const struct cow_rules *rules, const struct process *process, const struct vma *vma,
		   uint64_t pages[COW_VERDICT_COUNT], struct cow *one)
{
	struct cow_sum sum;
	uint32_t r;
	int i;

	for (r = 0; r < vma->n_regions; r++) {
		struct cow_place place = cow_place_of(process, &process->regions[vma->first_region + r]);

		cow_region(rules, &place, &sum);
		for (i = 0; i < COW_VERDICT_COUNT; i++)
			pages[i] += sum.pages[i];
		*one = sum.cow;
	}
}

/* What it rests on, and how much one write copies. */
static void put_fact(struct buf *line, const struct cow *cow)
{
	buf_printf(line, " (%s", cow->fact);
	if (cow->verdict == COW_COPY && cow->bytes)
		buf_printf(line, "; %llu kB a write%s", (unsigned long long)cow->bytes >> 10,
			   cow->split ? ", and the PMD mapping is split" : "");
	buf_putc(line, ')');
}

void text_cow(struct text *text, const struct process *process, const struct vma *vma)
{
	const struct cow_ask *ask = &text->options.cow;
	unsigned i;

	for (i = 0; i < ask->n; i++) {
		struct cow_rules rules = cow_rules_of(text->moment, ask->rows[i]);
		uint64_t pages[COW_VERDICT_COUNT] = {0};
		struct buf line = {0};
		struct cow one = {0};
		const char *between = "";
		int verdict;

		add_up(&rules, process, vma, pages, &one);
		buf_printf(&line, "  if written, rule %s: ",
			   *cow_row_name(rules.row) ? cow_row_name(rules.row) : "unknown");
		for (verdict = 0; verdict < COW_VERDICT_COUNT; verdict++) {
			if (!pages[verdict] || verdict == COW_NONE)
				continue;
			buf_printf(&line, "%s%s %llu page%s", between,
				   cow_verdict_name((enum cow_verdict)verdict),
				   (unsigned long long)pages[verdict], pages[verdict] == 1 ? "" : "s");
			between = ", ";
		}
		if (pages[COW_DEPENDS] && !process->n_pages)
			buf_puts(&line, "; --pages may decide");
		if (*between && vma->n_regions == 1 && one.verdict != COW_MIXED)
			put_fact(&line, &one);
		if (*between)
			line_wrap(&text->out.buf, text->options.width, 4, line.data);
		buf_fini(&line);
	}
}
