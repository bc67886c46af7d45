/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as one HTML page, from the top down. */
#include "format/html.h"

#include <string.h>

#include "format/html_parts.h"
#include "format/picture.h"

struct html {
	struct picture picture;
	struct out out;
	bool used[SYMBOL_COUNT];
	bool used_part, used_fold;
};

/* A row that is being filled. */
struct row {
	unsigned column; /* the next free one; 0: there is no row */
};

static void put_escaped(struct html *html, const char *before, const struct buf *text, const char *behind)
{
	buf_puts(&html->out.buf, before);
	picture_escape(&html->out.buf, text->data ? text->data : "", text->len);
	buf_puts(&html->out.buf, behind);
}

static void end_row(struct html *html, struct row *row)
{
	if (row->column)
		buf_puts(&html->out.buf, "</div>\n");
	row->column = 0;
	out_line(&html->out);
}

static void place(struct html *html, struct row *row, uint64_t addr, unsigned columns)
{
	if (row->column + columns > PICTURE_ROW)
		end_row(html, row);
	if (!row->column)
		buf_printf(&html->out.buf, "<div class=r><code>%012llx</code>", (unsigned long long)addr);
	row->column += columns;
}

/* What holds something can be pointed at; where nothing is there is nothing to tell. */
static void put_cell(struct html *html, struct row *row, const struct plot_run *run)
{
	struct buf *out = &html->out.buf;
	const char letter = picture_letter(run->symbol);

	place(html, row, run->start, 1);
	html->used[run->symbol] = true;
	html->used_part |= run->part;
	if (!run->n_regions) {
		buf_printf(out, "<i class=\"%c%s\"></i>", letter, run->part ? " q" : "");
		return;
	}
	buf_printf(out, "<i class=\"%c%s\" tabindex=0><s>", letter, run->part ? " q" : "");
	/* (These are words of our own: nothing in them has a meaning in HTML.) */
	picture_facts(&html->picture, run, out);
	buf_puts(out, "</s></i>");
}

static void put_nothing(struct html *html, struct row *row, const struct plot_run *run)
{
	struct plot_run one = *run;
	struct buf count = {0};

	if (!picture_folds(run)) {
		for (one.cells = 1; one.start < run->end; one.start += (run->end - run->start) / run->cells)
			put_cell(html, row, &one);
		return;
	}
	buf_printf(&count, "\u00d7%llu", (unsigned long long)run->cells);
	/* Room for the number, in cells: its digits are a little narrower than those. */
	place(html, row, run->start, (unsigned)count.len);
	html->used[run->symbol] = html->used_fold = true;
	buf_printf(&html->out.buf, "<i class=%c></i><u>%s</u>", picture_letter(run->symbol), count.data);
	buf_fini(&count);
}

static void put_vma(struct html *html, const struct process *process, const struct vma *vma)
{
	struct row row = {0};
	struct buf line = {0};
	struct plot_walk walk;
	struct plot_run run;
	uint64_t from, to;

	if (!plot_surveyed(html->picture.moment, vma, &from, &to))
		return;
	picture_vma(vma, &line);
	put_escaped(html, "<h3>", &line, "</h3><div class=w>\n");
	buf_fini(&line);
	walk = plot_begin(html->picture.moment, process, vma, from, to, html->picture.per);
	while (plot_cell(&walk, &run)) {
		if (run.n_regions)
			put_cell(html, &row, &run);
		else
			put_nothing(html, &row, &run);
	}
	end_row(html, &row);
	buf_puts(&html->out.buf, "</div>\n");
}

static void put_process(struct html *html, size_t at)
{
	const struct process *process = &html->picture.moment->processes[at];
	struct buf lines = {0}, name = {0};
	size_t i, end;

	picture_process(&html->picture, at, &lines);
	end = strcspn(lines.data, "\n");
	buf_add(&name, lines.data, end);
	put_escaped(html, "<section><h2>", &name, "</h2><pre>");
	picture_escape(&html->out.buf, lines.data + end + 1, lines.len - end - 1);
	buf_puts(&html->out.buf, "</pre>\n");
	for (i = 0; i < process->n_vmas; i++)
		if (picture_shows(&html->picture, at, i))
			put_vma(html, process, &process->vmas[i]);
	buf_clear(&lines);
	picture_rest(&html->picture, at, &lines);
	put_escaped(html, "<pre>", &lines, "</pre></section>\n");
	buf_fini(&lines);
	buf_fini(&name);
}

static void put_legend(struct html *html)
{
	struct buf *out = &html->out.buf;
	unsigned symbol;

	buf_puts(out, "<section><h2>Legend</h2><ul>\n");
	for (symbol = 0; symbol < SYMBOL_COUNT; symbol++)
		if (html->used[symbol])
			buf_printf(out, "<li><i class=%c></i> %s\n", picture_letter((enum symbol)symbol),
				   symbol_table[symbol].label);
	if (html->used_part)
		buf_printf(out, "<li><i class=\"%c q\"></i> half as high: part of a region\n",
			   picture_letter(SYMBOL_PMD_THP));
	if (html->used_fold)
		buf_printf(out, "<li><i class=%c></i><u>\u00d7N</u> so many cells in a row\n",
			   picture_letter(SYMBOL_HOLE));
	buf_puts(out, "</ul></section>\n");
}

int html_write(const struct moment *moment, const struct sink *sink)
{
	struct html html = {.picture = picture_plan(moment), .out.sink = sink};
	struct buf lines = {0};
	size_t i;

	picture_title(moment, &lines);
	html_head(&html.out.buf, &lines);
	put_escaped(&html, "<h1>thpscope: ", &lines, "</h1>\n");
	buf_clear(&lines);
	picture_header(&html.picture, &lines);
	picture_notes(&html.picture, &lines);
	put_escaped(&html, "<pre>", &lines, "</pre>\n");
	for (i = 0; i < moment->n_processes && !html.out.error; i++)
		if (html.picture.processes[i])
			put_process(&html, i);
	buf_clear(&lines);
	picture_footer(&html.picture, &lines);
	if (lines.len)
		put_escaped(&html, "<pre>", &lines, "</pre>\n");
	put_legend(&html);
	html_tail(&html.out.buf);
	buf_fini(&lines);
	picture_fini(&html.picture);
	return out_end(&html.out);
}
