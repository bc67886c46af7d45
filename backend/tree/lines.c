/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.jsonl, the write side. */
#include "tree/lines.h"

struct tables {
	const struct word_table *flags, *counts;
};

static void put_hex(struct buf *out, const char *before, uint64_t value)
{
	buf_puts(out, before);
	buf_putc(out, '"');
	buf_hex(out, value);
	buf_putc(out, '"');
}

static void put_number(struct buf *out, const char *before, uint64_t value)
{
	buf_puts(out, before);
	buf_dec(out, value);
}

/* How many of n frames from pfn on one run of the table, or its lack of one, speaks for. */
static uint64_t extent(const struct word_table *table, uint64_t pfn, uint64_t n)
{
	const struct word_run *run = words_find(table, pfn);
	uint64_t i;

	if (run)
		return run->pfn + run->n - pfn < n ? run->pfn + run->n - pfn : n;
	for (i = 1; i < n && !words_find(table, pfn + i);)
		i++;
	return i;
}

static uint64_t extent_both(const struct tables *tables, uint64_t pfn, uint64_t n)
{
	return extent(tables->counts, pfn, extent(tables->flags, pfn, n));
}

/* "flags", "tail_flags" and "count" of n frames that one run each speaks for. */
static void put_words(struct buf *out, const struct tables *tables, uint64_t pfn, uint64_t n)
{
	const struct word_run *flags = words_find(tables->flags, pfn),
			      *count = words_find(tables->counts, pfn);

	if (flags) {
		put_hex(out, ",\"flags\":", words_of(flags, pfn));
		if (n > 1 && words_of(flags, pfn) != words_of(flags, pfn + 1))
			put_hex(out, ",\"tail_flags\":", words_of(flags, pfn + 1));
	}
	if (count)
		put_number(out, ",\"count\":", words_of(count, pfn));
	buf_puts(out, "}\n");
}

static void put_run(struct buf *out, const struct tables *tables, const struct page_run *run,
		    uint64_t page_size)
{
	const bool frames =
		run->word & PM_PRESENT && run->word & PM_PFN_MASK && (run->step == 1 || run->n == 1);
	uint64_t i, n, word;

	for (i = 0; i < run->n; i += n) {
		word = run->word + i * run->step;
		n = run->n - i;
		if (frames)
			n = extent_both(tables, word & PM_PFN_MASK, n);
		put_hex(out, "{\"addr\":", run->addr + i * page_size);
		put_number(out, ",\"n\":", n);
		put_hex(out, ",\"pagemap\":", word);
		if (n > 1 && run->step != pages_default_step(word))
			put_number(out, ",\"step\":", run->step);
		if (frames)
			put_words(out, tables, word & PM_PFN_MASK, n);
		else
			buf_puts(out, "}\n");
	}
}

/* Of the frames that are known, in one run each. */
static void put_frames(struct buf *out, const struct tables *tables, const struct span *span)
{
	uint64_t pfn, n;

	for (pfn = span->pfn; pfn < span->end; pfn += n) {
		n = extent_both(tables, pfn, span->end - pfn);
		if (!words_find(tables->flags, pfn) && !words_find(tables->counts, pfn))
			continue;
		put_hex(out, "{\"pfn\":", pfn);
		put_number(out, ",\"n\":", n);
		put_words(out, tables, pfn, n);
	}
}

static void put_range(struct buf *out, const char *before, uint64_t start, uint64_t end)
{
	put_hex(out, before, start);
	put_hex(out, ",", end);
}

void lines_write(const struct pages *pages, const struct word_table *flags, const struct word_table *counts,
		 const struct spans *around, struct buf *out)
{
	const struct tables tables = {flags, counts};
	size_t before = out->len, lines = 0, i;

	for (i = 0; i < pages->n_runs; i++)
		put_run(out, &tables, &pages->runs[i], pages->page_size);
	for (i = 0; i < around->n; i++)
		put_frames(out, &tables, &around->spans[i]);
	for (i = 0; i < pages->n_scans; i++) {
		put_range(out, "{\"scan\":[", pages->scans[i].start, pages->scans[i].end);
		put_hex(out, ",", pages->scans[i].categories);
		buf_puts(out, "]}\n");
	}
	for (i = 0; i < pages->teams.n; i++) {
		put_hex(out, "{\"team\":", pages->teams.runs[i].pfn);
		put_number(out, ",\"usage\":", pages->teams.runs[i].first);
		buf_puts(out, "}\n");
	}
	walks_write(pages, out);
	for (i = 0; i < pages->n_sizes; i++) {
		put_range(out, "{\"page_size\":[", pages->sizes[i].start, pages->sizes[i].end);
		put_number(out, ",", pages->sizes[i].size);
		buf_puts(out, "]}\n");
	}
	if (pages->has_end) {
		put_hex(out, "{\"end\":", pages->end);
		buf_puts(out, "}\n");
	}
	for (i = before; i < out->len; i++)
		lines += out->data[i] == '\n';
	put_number(out, "{\"lines\":", lines);
	buf_puts(out, "}\n");
}
