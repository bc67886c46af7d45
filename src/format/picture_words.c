/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words in a picture: those of the text format, and what the picture leaves out. */
#include <string.h>

#include "format/picture.h"
#include "format/text_line.h"
#include "format/text_parts.h"

static struct text begin(const struct moment *moment, const struct sink *sink)
{
	return (struct text){.moment = moment, .options.width = PICTURE_COLUMNS, .out.sink = sink};
}

void picture_header(const struct picture *picture, struct buf *out)
{
	const struct sink sink = {sink_buf, out};
	struct text text = begin(picture->moment, &sink);

	text_header(&text);
	out_end(&text.out);
}

void picture_notes(const struct picture *picture, struct buf *out)
{
	struct buf line = {0};

	buf_puts(&line, "A cell is ");
	if (picture->per > 1)
		buf_printf(&line, "%llu regions, ", (unsigned long long)picture->per);
	else
		buf_puts(&line, "a region, ");
	line_size(&line, picture->per * picture->moment->pmd_size);
	buf_puts(&line, picture->per > 1 ? ", and shows the worst of them." : ".");
	if (picture->n_hidden) {
		buf_printf(&line, " Not drawn: %zu more process%s with less memory, ", picture->n_hidden,
			   picture->n_hidden == 1 ? "" : "es");
		line_size_kb(&line, picture->hidden_kb);
		buf_puts(&line, " present.");
	}
	line_wrap(out, PICTURE_COLUMNS, 2, line.data);
	buf_fini(&line);
}

void picture_process(const struct picture *picture, size_t process, struct buf *out)
{
	const struct sink sink = {sink_buf, out};
	struct text text = begin(picture->moment, &sink);

	text_process(&text, &picture->moment->processes[process]);
	out_end(&text.out);
}

void picture_rest(const struct picture *picture, size_t process, struct buf *out)
{
	const struct process *of = &picture->moment->processes[process];
	uint64_t present = 0, swapped = 0, n = 0, from, to;
	bool small = true;
	struct buf line = {0};
	size_t i;

	for (i = 0; i < of->n_vmas; i++) {
		if (picture_shows(picture, process, i) ||
		    !plot_surveyed(picture->moment, &of->vmas[i], &from, &to))
			continue;
		n++;
		small &= plot_condensed(&of->vmas[i]);
		present += of->vmas[i].kb.present;
		swapped += of->vmas[i].kb.swap;
	}
	if (!n)
		return;
	buf_printf(&line, "and %llu VMA%s %s: ", (unsigned long long)n, n == 1 ? "" : "s",
		   small ? "without a whole region" : "that are smaller, or without a whole region");
	line_size_kb(&line, present);
	buf_puts(&line, " present");
	if (swapped) {
		buf_puts(&line, ", ");
		line_size_kb(&line, swapped);
		buf_puts(&line, " swapped");
	}
	line_wrap(out, PICTURE_COLUMNS, 2, line.data);
	buf_fini(&line);
}

void picture_footer(const struct picture *picture, struct buf *out)
{
	const struct sink sink = {sink_buf, out};
	struct text text = begin(picture->moment, &sink);

	text_skipped(&text);
	/* A line or more each, and there may be thousands. */
	if (picture->moment->n_events)
		buf_printf(&text.out.buf,
			   "\n%zu event%s since the snapshot before, which json and text tell\n",
			   picture->moment->n_events, picture->moment->n_events == 1 ? "" : "s");
	out_end(&text.out);
}

void picture_vma(const struct vma *vma, struct buf *out)
{
	const char *name = vma->label ? vma->label : vma->name;
	size_t from = out->len, used;

	text_vma(out, vma);
	if (!*name)
		return;
	buf_puts(out, "  ");
	/* Of the header's words each is ASCII: a column a byte. Of terabytes they may fill the line. */
	used = out->len - from;
	line_safe_end(out, name, false, used < PICTURE_COLUMNS ? PICTURE_COLUMNS - (unsigned)used : 1);
}

/* "5 pmd-mapped THP, 3 small pages", in the order of the legend. */
static void put_mixture(const struct picture *picture, const struct plot_run *run, struct buf *out)
{
	uint64_t count[SYMBOL_COUNT] = {0};
	const char *between = ": ";
	unsigned symbol;
	size_t i;

	for (i = 0; i < run->n_regions; i++)
		count[region_symbol(&run->regions[i], picture->moment->page_size)]++;
	for (symbol = 0; symbol < SYMBOL_COUNT; symbol++) {
		if (!count[symbol])
			continue;
		buf_printf(out, "%s%llu %s", between, (unsigned long long)count[symbol],
			   symbol_table[symbol].label);
		between = ", ";
	}
}

void picture_facts(const struct picture *picture, const struct plot_run *run, struct buf *out)
{
	buf_printf(out, "%llx", (unsigned long long)run->start);
	if (run->n_regions == 1 && run->cells == 1) {
		buf_puts(out, ": ");
		text_facts(out, run->regions);
		return;
	}
	buf_printf(out, "-%llx", (unsigned long long)run->end);
	if (run->n_regions)
		put_mixture(picture, run, out);
	else
		buf_printf(out, ": %s", symbol_table[run->symbol].label);
}

void picture_title(const struct moment *moment, struct buf *out)
{
	const struct process *only = NULL;
	size_t i, n = 0;

	for (i = 0; i < moment->n_processes; i++) {
		if (moment->processes[i].outcome != OUTCOME_OK)
			continue;
		only = &moment->processes[i];
		n++;
	}
	if (n == 1) {
		buf_printf(out, "%d ", (int)only->pid);
		line_safe(out, only->comm, false);
	} else {
		buf_printf(out, "%zu processes", n);
	}
}

void picture_escape(struct buf *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		switch (text[i]) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		case '\'':
			buf_puts(out, "&#39;");
			break;
		default:
			buf_putc(out, text[i]);
		}
	}
}
