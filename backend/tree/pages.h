/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.jsonl, what a recorded kernel said of one process's pages: the pure parser, and the answers.
 *
 * One JSON object a line; addresses, words and frames are hex strings, counts are numbers. Nothing else may be in a
 * line than what is named here.
 *
 *   {"addr":"0x7f0000200000","n":512,"pagemap":"0x8180000000112e00","flags":"0x..","tail_flags":"0x..","count":1}
 *       n pages from addr on. "pagemap" is the first one's word; each further word is "step" more: 1 (a frame
 *       further), 32 (a swap slot further) or 0. Left out, step is 1 for a present word that shows a PFN, else 0.
 *       With them or without: kpageflags of the first page's frame, that of all other pages ("tail_flags"; left out: the same), and
 *       kpagecount of all. These need a PFN, and step 1 unless n is 1.
 *   {"pfn":"0x113000","n":511,"flags":"0x..","tail_flags":"0x..","count":1}
 *       n frames that this process does not map, for whoever looks around a folio.
 *   {"scan":["0xSTART","0xEND","0xCATEGORIES"]}      what PAGEMAP_SCAN reported
 *   {"team":"0x113000","usage":513}                  what the head of a page team counts (kernel.h)
 *   {"walk":"0x7e0000000000","n":512,"entries":["0x..","0x..","0x..","0x..","0x.."],"step":4096}
 *       the raw entries, PGD to PTE, that lead to n pages from addr on; the last is "step" more for each: 4096 or 0
 *   {"page_size":["0xSTART","0xEND",2097152]}        a VMA whose page size is not the kernel's (hugetlb)
 *   {"end":"0x7ffffffff000"}                         pagemap ends here
 *   {"lines":123}                                    the last one: how many come before it
 *
 * A file without its last line was cut, and is damaged. Pages that no line names read 0. Lines of one kind ascend and do not overlap, but those of frames come in any
 * order and may repeat what was said, not contradict it.
 */
#ifndef TREE_PAGES_H
#define TREE_PAGES_H

#include "core/kernel.h"
#include "tree/walks.h"
#include "tree/words.h"

struct page_run {
	uint64_t addr, n; /* bytes, pages */
	uint64_t word, step;
};

struct size_run {
	uint64_t start, end, size; /* bytes */
};

/* What one pages.jsonl says. */
struct pages {
	uint64_t page_size;
	struct page_run *runs;
	size_t n_runs, room_runs;
	struct scan_range *scans;
	size_t n_scans, room_scans;
	struct size_run *sizes;
	size_t n_sizes, room_sizes;
	struct walk_run *walks;
	size_t n_walks, room_walks;
	struct word_table flags, counts; /* settled */
	struct word_table teams;	 /* likewise, of heads alone */
	bool has_end;
	uint64_t end; /* if has_end */
};

/*
 * Parses a whole file. Returns 0 and *out, which pages_fini frees; or -EBADMSG, *out empty, and in `error`
 * (size bytes) "line N: ..." . Pure, bounded by len; page_size is a power of two.
 */
int pages_parse(const char *text, size_t len, uint64_t page_size, struct pages *out, char *error,
		size_t size);

/* As kernel_ops.pagemap, scan and vma_page_size. O(log n) to find, then in the size of the answer. */
size_t pages_words(const struct pages *pages, uint64_t addr, size_t n, uint64_t *words);
void pages_scan(const struct pages *pages, struct kernel_scan *scan);
uint64_t pages_size_at(const struct pages *pages, uint64_t addr);

/* The step that a run's first word implies where the line does not say. */
uint64_t pages_default_step(uint64_t word);

/* Frees what it holds, and zeroes it. */
void pages_fini(struct pages *pages);

#endif
