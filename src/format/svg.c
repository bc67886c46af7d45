/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as an SVG picture, from the top down. */
#include "format/svg.h"

#include <string.h>

#include "format/picture.h"
#include "format/text_line.h"

#define MARGIN 16
#define LINE 17	    /* of text, in pixels */
#define LETTER 7.3  /* what a character is wide, about */
#define ADDRESS 106 /* what stands before the cells */
#define LEGEND_COLUMN 300
#define WIDTH (2 * MARGIN + 900)

struct svg {
	struct picture picture;
	struct buf body;
	unsigned y; /* where the next thing begins */
	bool used[SYMBOL_COUNT];
	bool used_part, used_fold;
};

/* A line of text (safe already), its top at y. */
static void put_text(struct svg *svg, unsigned x, unsigned y, const char *class, const char *text, size_t len)
{
	buf_printf(&svg->body, "<text x=\"%u\" y=\"%u\"%s>", x, y + 12, class);
	picture_escape(&svg->body, text, len);
	buf_puts(&svg->body, "</text>\n");
}

/* Lines, one below the other; `class` is that of the first. */
static void put_lines(struct svg *svg, const char *class, const struct buf *lines)
{
	const char *at = lines->data ? lines->data : "", *end;

	for (; *at; at = end + 1) {
		end = at + strcspn(at, "\n");
		if (end > at)
			put_text(svg, MARGIN, svg->y, class, at, (size_t)(end - at));
		svg->y += end > at ? LINE : LINE / 2;
		class = "";
		if (!*end)
			break;
	}
}

/* A row that is being filled. */
struct row {
	unsigned column; /* the next free one; 0: nothing is in it */
};

static void next_row(struct svg *svg, struct row *row)
{
	if (row->column)
		svg->y += PICTURE_TILE;
	row->column = 0;
}

/* Room for so many columns, on this row or a new one, which begins with its address. Returns where, in pixels. */
static unsigned place(struct svg *svg, struct row *row, uint64_t addr, unsigned columns)
{
	unsigned x;

	if (row->column + columns > PICTURE_ROW)
		next_row(svg, row);
	if (!row->column)
		buf_printf(&svg->body, "<text x=\"%u\" y=\"%u\" class=\"a\">%012llx</text>\n", MARGIN,
			   svg->y + 10, (unsigned long long)addr);
	x = MARGIN + ADDRESS + row->column * PICTURE_TILE;
	row->column += columns;
	return x;
}

/* Puts the origin of what follows at x and the row's top; less than a cell is half as high. */
static void put_place(struct buf *out, unsigned x, unsigned y, bool part)
{
	buf_printf(out, "<g transform=\"translate(%u %u)%s\">", x, part ? y + 6 : y,
		   part ? " scale(1 .45)" : "");
}

static void put_cells(struct svg *svg, const struct plot_run *run, unsigned x, unsigned cells)
{
	svg->used[run->symbol] = true;
	svg->used_part |= run->part;
	put_place(&svg->body, x, svg->y, run->part);
	buf_printf(&svg->body, "<rect width=\"%u\" height=\"11\" fill=\"url(#%c)\"><title>",
		   cells * PICTURE_TILE - 1, picture_letter(run->symbol));
	picture_facts(&svg->picture, run, &svg->body);
	buf_puts(&svg->body, "</title></rect></g>\n");
}

static void put_run(struct svg *svg, struct row *row, const struct plot_run *run)
{
	const uint64_t span = svg->picture.per * svg->picture.moment->pmd_size;
	/* (The first cell may be cut: the others begin where the second does.) */
	const uint64_t base = run->start - run->start % span;
	uint64_t done, now;
	struct buf count = {0};
	unsigned x;

	if (picture_folds(run)) {
		buf_printf(&count, "\u00d7%llu", (unsigned long long)run->cells);
		x = place(svg, row, run->start, 2 + (unsigned)((double)count.len * LETTER / PICTURE_TILE));
		put_cells(svg, run, x, 1);
		buf_printf(&svg->body, "<text x=\"%u\" y=\"%u\" class=\"a\">%s</text>\n",
			   x + PICTURE_TILE + 1, svg->y + 10, count.data);
		svg->used_fold = true;
		buf_fini(&count);
		return;
	}
	for (done = 0; done < run->cells; done += now) {
		x = place(svg, row, done ? base + done * span : run->start, 1);
		now = 1 + PICTURE_ROW - row->column;
		if (now > run->cells - done)
			now = run->cells - done;
		row->column += (unsigned)now - 1;
		put_cells(svg, run, x, (unsigned)now);
	}
}

static void put_vma(struct svg *svg, const struct process *process, const struct vma *vma)
{
	struct row row = {0};
	struct buf line = {0};
	struct plot_walk walk;
	struct plot_run run;
	uint64_t from, to;

	if (!plot_surveyed(svg->picture.moment, vma, &from, &to))
		return;
	picture_vma(vma, &line);
	put_lines(svg, "", &line);
	buf_fini(&line);
	walk = plot_begin(svg->picture.moment, process, vma, from, to, svg->picture.per);
	while (plot_run(&walk, &run))
		put_run(svg, &row, &run);
	next_row(svg, &row);
	svg->y += 6;
}

static void put_process(struct svg *svg, size_t at)
{
	const struct process *process = &svg->picture.moment->processes[at];
	struct buf lines = {0};
	size_t i;

	svg->y += LINE / 2;
	picture_process(&svg->picture, at, &lines);
	put_lines(svg, " class=\"h\"", &lines);
	svg->y += 6;
	for (i = 0; i < process->n_vmas; i++)
		if (picture_shows(&svg->picture, at, i))
			put_vma(svg, process, &process->vmas[i]);
	buf_clear(&lines);
	picture_rest(&svg->picture, at, &lines);
	put_lines(svg, "", &lines);
	buf_fini(&lines);
}

/* One entry: a sample of its look, and what it is. */
static void put_entry(struct svg *svg, unsigned n, enum symbol symbol, bool part, const char *label)
{
	const unsigned x = MARGIN + n % 3 * LEGEND_COLUMN, y = svg->y + n / 3 * LINE;

	put_place(&svg->body, x, y + 2, part);
	buf_printf(&svg->body, "<rect width=\"11\" height=\"11\" fill=\"url(#%c)\"/></g>\n",
		   picture_letter(symbol));
	put_text(svg, x + 20, y, "", label, strlen(label));
}

static void put_legend(struct svg *svg)
{
	unsigned symbol, n = 0;

	svg->y += LINE / 2;
	for (symbol = 0; symbol < SYMBOL_COUNT; symbol++)
		if (svg->used[symbol])
			put_entry(svg, n++, (enum symbol)symbol, false, symbol_table[symbol].label);
	if (svg->used_part)
		put_entry(svg, n++, SYMBOL_PMD_THP, true, "half as high: part of a region");
	if (svg->used_fold)
		put_entry(svg, n++, SYMBOL_HOLE, false, "\u00d7N: so many cells in a row");
	svg->y += (n + 2) / 3 * LINE;
}

/* What somebody is told who does not see it. */
static void put_description(const struct picture *picture, struct buf *out)
{
	struct buf lines = {0};

	picture_header(picture, &lines);
	for (size_t i = 0; i < picture->moment->n_processes; i++) {
		if (!picture->processes[i])
			continue;
		buf_putc(&lines, '\n');
		picture_process(picture, i, &lines);
	}
	buf_puts(out, "<desc id=\"desc\">A map of memory, a cell a region, and its figures.\n");
	picture_escape(out, lines.data, lines.len);
	buf_puts(out, "</desc>\n");
	buf_fini(&lines);
}

static void put_head(const struct svg *svg, struct buf *out)
{
	const unsigned height = svg->y + MARGIN;
	struct buf title = {0};
	unsigned symbol;

	buf_printf(out,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u "
		   "%u\" role=\"img\" "
		   "aria-labelledby=\"title desc\" xml:space=\"preserve\">\n",
		   WIDTH, height, WIDTH, height);
	picture_title(svg->picture.moment, &title);
	buf_puts(out, "<title id=\"title\">thpscope: ");
	picture_escape(out, title.data, title.len);
	buf_puts(out, "</title>\n");
	put_description(&svg->picture, out);
	buf_puts(out,
		 "<style>text{font:12px 'DejaVu Sans Mono','Liberation "
		 "Mono',Menlo,Consolas,monospace;fill:#1c1e21;"
		 "white-space:pre}.h{font-weight:bold}.a{font-size:11px;fill:#5a5f66}</style>\n<defs>\n");
	for (symbol = 0; symbol < SYMBOL_COUNT; symbol++)
		if (svg->used[symbol] || (symbol == SYMBOL_PMD_THP && svg->used_part) ||
		    (symbol == SYMBOL_HOLE && svg->used_fold))
			buf_printf(out,
				   "<pattern id=\"%c\" width=\"%u\" height=\"%u\" "
				   "patternUnits=\"userSpaceOnUse\">%s</pattern>\n",
				   picture_letter((enum symbol)symbol), PICTURE_TILE, PICTURE_TILE,
				   picture_paint((enum symbol)symbol));
	buf_puts(out, "</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
	buf_fini(&title);
}

int svg_write(const struct moment *moment, const struct sink *sink)
{
	struct svg svg = {.picture = picture_plan(moment), .y = MARGIN};
	struct out out = {.sink = sink};
	struct buf lines = {0};
	size_t i;

	picture_header(&svg.picture, &lines);
	picture_notes(&svg.picture, &lines);
	put_lines(&svg, " class=\"h\"", &lines);
	for (i = 0; i < moment->n_processes; i++)
		if (svg.picture.processes[i])
			put_process(&svg, i);
	buf_clear(&lines);
	picture_footer(&svg.picture, &lines);
	put_lines(&svg, "", &lines);
	put_legend(&svg);
	put_head(&svg, &out.buf);
	out_line(&out);
	buf_add(&out.buf, svg.body.data, svg.body.len);
	buf_puts(&out.buf, "</svg>\n");
	buf_fini(&lines);
	buf_fini(&svg.body);
	picture_fini(&svg.picture);
	return out_end(&out);
}
