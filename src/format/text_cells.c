/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of a VMA as rows of characters. */
#include <stdio.h>
#include <string.h>

#include "format/plot.h"
#include "format/text_parts.h"

/* A run of more equal cells than this folds to one and a count. */
#define RUN_SHOWN 32

/* What stands before the cells: two spaces, twelve digits of address, a space. */
#define ROW_INDENT 15

/* SGR parameters; the shapes differ too, so that colour may be wanting. */
static const char *const colours[] = {
	[SYMBOL_HOLE] = "90",	     [SYMBOL_PMD_THP] = "32",	  [SYMBOL_PTE_THP] = "33",
	[SYMBOL_PTE_PARTIAL] = "33", [SYMBOL_MTHP] = "36",	  [SYMBOL_SMALL] = "31",
	[SYMBOL_SPARSE] = "31",	     [SYMBOL_MIXED] = "35",	  [SYMBOL_PMD_TEAM] = "92",
	[SYMBOL_PTE_TEAM] = "93",    [SYMBOL_HUGETLB] = "34",	  [SYMBOL_ZERO] = "37",
	[SYMBOL_SWAP] = "35",	     [SYMBOL_PMD_UNKNOWN] = "32", [SYMBOL_PTE_UNKNOWN] = "33",
	[SYMBOL_UNKNOWN] = "90",
};
_Static_assert(sizeof(colours) / sizeof(colours[0]) == SYMBOL_COUNT, "a colour for each symbol");

/* A row being filled. */
struct row {
	struct text *text;
	unsigned columns; /* for cells */
	unsigned used;	  /* of those; 0: nothing written yet */
	bool apart;	  /* a folded run came last: what follows keeps a space */
};

/* Makes room for `need` columns at addr: on this row, or on a new one. */
static void row_place(struct row *row, uint64_t addr, unsigned need, bool apart)
{
	struct buf *out = &row->text->out.buf;
	unsigned gap = row->used && (apart || row->apart);

	if (row->used && row->used + gap + need > row->columns) {
		buf_putc(out, '\n');
		row->used = 0;
	}
	if (!row->used)
		buf_printf(out, "  %012llx ", (unsigned long long)addr);
	else if (gap)
		buf_putc(out, ' ');
	row->used += need + (row->used ? gap : 0);
	row->apart = apart;
}

static void put_glyph(struct text *text, enum symbol symbol, uint64_t n)
{
	const struct symbol_info *info = &symbol_table[symbol];
	struct buf *out = &text->out.buf;

	text->used[symbol] = true;
	if (text->options.colour)
		buf_printf(out, "\033[%sm", colours[symbol]);
	for (; n; n--) {
		if (text->options.ascii)
			buf_putc(out, info->ascii);
		else
			buf_puts(out, info->glyph);
	}
	if (text->options.colour)
		buf_puts(out, "\033[0m");
}

static void put_folded(struct row *row, const struct plot_run *run)
{
	bool ascii = row->text->options.ascii;
	struct buf *out = &row->text->out.buf;
	char count[24];
	int digits;

	digits = snprintf(count, sizeof(count), "%llu", (unsigned long long)run->cells);
	row_place(row, run->start, 2 + (unsigned)digits, true);
	put_glyph(row->text, run->symbol, 1);
	buf_puts(out, ascii ? "*" : "\u00d7");
	buf_puts(out, count);
}

static void put_run(struct row *row, const struct plot_run *run, uint64_t pmd_size)
{
	struct buf *out = &row->text->out.buf;
	uint64_t done, now;

	if (run->part) {
		row_place(row, run->start, 3, false);
		buf_putc(out, '(');
		put_glyph(row->text, run->symbol, 1);
		buf_putc(out, ')');
		row->text->used_fragment = true;
	} else if (run->cells > RUN_SHOWN) {
		put_folded(row, run);
	} else {
		for (done = 0; done < run->cells; done += now) {
			row_place(row, run->start + done * pmd_size, 1, false);
			now = 1 + row->columns - row->used;
			if (now > run->cells - done)
				now = run->cells - done;
			put_glyph(row->text, run->symbol, now);
			row->used += (unsigned)now - 1;
		}
	}
}

void text_cells(struct text *text, const struct process *process, const struct vma *vma, uint64_t from,
		uint64_t to)
{
	struct plot_walk walk = plot_begin(text->moment, process, vma, from, to, 1);
	struct row row = {.text = text, .columns = 8};
	struct plot_run run;

	/* A power of two, so that the addresses of rows are round. */
	while (row.columns * 2 <= text->options.width - ROW_INDENT)
		row.columns *= 2;
	while (plot_run(&walk, &run)) {
		put_run(&row, &run, walk.pmd_size);
		out_line(&text->out);
	}
	buf_putc(&text->out.buf, '\n');
}

void text_legend(struct text *text)
{
	struct buf *out = &text->out.buf;
	unsigned symbol, columns, used = 0;
	const char *label;
	bool fragment;

	for (symbol = 0; symbol < SYMBOL_COUNT + 1u; symbol++) {
		fragment = symbol == SYMBOL_COUNT;
		label = fragment ? "part of a region" : symbol_table[symbol].label;

		if (fragment ? !text->used_fragment : !text->used[symbol])
			continue;
		columns = (unsigned)strlen(label) + (fragment ? 4 : 2);
		if (used && used + 3 + columns <= text->options.width) {
			buf_puts(out, "   ");
			used += 3;
		} else {
			buf_putc(out, '\n');
			used = 0;
		}
		if (fragment)
			buf_puts(out, "( )");
		else
			put_glyph(text, (enum symbol)symbol, 1);
		buf_putc(out, ' ');
		buf_puts(out, label);
		used += columns;
	}
	if (used)
		buf_putc(out, '\n');
}
