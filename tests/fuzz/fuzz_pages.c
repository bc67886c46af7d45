/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the parser of pages.jsonl, asks what it read at every edge, and writes it again. */
#include <stdlib.h>
#include <string.h>

#include "tree/lines.h"
#include "tree/pages.h"

#define N 70

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void ask_words(const struct pages *pages, uint64_t addr)
{
	struct kernel_entries entries[N];
	uint64_t words[N];

	must(pages_words(pages, addr, N, words) <= N);
	must(walks_at(pages, addr, N, entries) <= N);
}

static void ask_scan(const struct pages *pages, uint64_t from, uint64_t to, size_t room, uint64_t max_pages)
{
	struct scan_range out[3] = {0};
	struct kernel_scan scan = {.from = from, .to = to, .out = out, .room = room, .max_pages = max_pages};
	size_t i;

	if (from >= to)
		return;
	pages_scan(pages, &scan);
	must(scan.n <= room && scan.next > from && scan.next <= to);
	for (i = 0; i < scan.n; i++)
		must(out[i].start >= (i ? out[i - 1].end : from) && out[i].start < out[i].end &&
		     out[i].end <= scan.next);
}

static void ask_frames(const struct word_table *table)
{
	uint64_t words[N];
	size_t i;

	for (i = 0; i < table->n; i++) {
		const struct word_run *run = &table->runs[i];

		must(words_find(table, run->pfn) == run && words_find(table, run->pfn + run->n - 1) == run);
		must(words_get(table, run->pfn, N, words) >= (run->n < N ? run->n : N));
		must(words[0] == run->first);
		must(!i || run[-1].pfn + run[-1].n <= run->pfn);
	}
}

static void ask(const struct pages *pages)
{
	uint64_t size = pages->page_size, word, end;
	size_t i;

	for (i = 0; i < pages->n_runs; i++) {
		const struct page_run *run = &pages->runs[i];

		end = run->addr + run->n * size;
		ask_words(pages, run->addr - size);
		ask_words(pages, end - size);
		if (pages_words(pages, end - size, 1, &word))
			must(word == run->word + (run->n - 1) * run->step);
	}
	for (i = 0; i < pages->n_walks; i++) {
		ask_words(pages, pages->walks[i].addr);
		ask_words(pages, pages->walks[i].addr + pages->walks[i].n * size - size);
	}
	for (i = 0; i < pages->n_scans; i++) {
		ask_scan(pages, pages->scans[i].start, pages->scans[i].end, 1, 1);
		ask_scan(pages, pages->scans[i].start, UINT64_MAX - size + 1, 3, 0);
		ask_scan(pages, 0, pages->scans[i].end, 2, 5);
	}
	ask_words(pages, 0);
	ask_words(pages, UINT64_MAX - size + 1);
	pages_size_at(pages, UINT64_MAX - size + 1);
	ask_frames(&pages->flags);
	ask_frames(&pages->counts);
}

/* What was written says the same. Runs of frames that are long and not known word by word are left out. */
static void write_again(const struct pages *pages)
{
	struct spans none = {0};
	struct buf text = {0};
	struct pages again;
	char error[256];
	size_t i;

	for (i = 0; i < pages->n_runs; i++)
		if (pages->runs[i].n > 100000)
			return;
	lines_write(pages, &pages->flags, &pages->counts, &none, &text);
	must(!pages_parse(text.data ? text.data : "", text.len, pages->page_size, &again, error,
			  sizeof(error)));
	must(again.n_scans == pages->n_scans && again.n_sizes == pages->n_sizes);
	must(again.n_walks == pages->n_walks);
	must(again.has_end == pages->has_end && again.end == pages->end);
	pages_fini(&again);
	buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pages pages;
	char error[256] = "";

	if (pages_parse((const char *)data, size, 4096, &pages, error, sizeof(error))) {
		must(error[0]);
		must(!pages.runs && !pages.scans && !pages.flags.runs && !pages.counts.runs);
	} else {
		ask(&pages);
		write_again(&pages);
	}
	pages_fini(&pages);
	return 0;
}
