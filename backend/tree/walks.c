/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw page-table entries in a recorded tree. */
#include "tree/walks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/entry.h"
#include "core/mem.h"
#include "tree/pages.h"
#include "tree/record.h"

/* Whether the entries of the next page go on a run, whose step is still open if it has one page. */
static bool continues(struct walk_run *run, const struct kernel_entries *next)
{
	const uint64_t *words = run->entries.word;
	const uint64_t grown = next->word[ENTRY_PTE] - words[ENTRY_PTE];

	if (memcmp(words, next->word, ENTRY_PTE * sizeof(*words)))
		return false;
	if (run->n == 1 && (!grown || (grown == WALK_STEP && entry_is_present(words[ENTRY_PTE]))))
		run->step = grown;
	return grown == run->n * run->step;
}

static void add(struct pages *pages, uint64_t addr, const struct kernel_entries *entries)
{
	struct walk_run *run = pages->n_walks ? &pages->walks[pages->n_walks - 1] : NULL;

	if (run && run->addr + run->n * pages->page_size == addr && continues(run, entries)) {
		run->n++;
		return;
	}
	mem_grow(&pages->walks, &pages->room_walks, pages->n_walks + 1, sizeof(*run));
	pages->walks[pages->n_walks++] = (struct walk_run){.addr = addr, .n = 1, .entries = *entries};
}

static int gather_slot(struct kernel_process *process, struct pages *pages, uint64_t slot,
		       struct kernel_entries *entries)
{
	const size_t n = (size_t)(process->kernel->pmd_size / pages->page_size);
	const ssize_t got = kernel_entries(process, slot, n, entries);
	ssize_t i;

	for (i = 0; i < got; i++)
		add(pages, slot + (uint64_t)i * pages->page_size, &entries[i]);
	return got < 0 ? (int)got : 0;
}

int walks_gather(struct kernel_process *process, struct pages *pages)
{
	const uint64_t size = process->kernel->pmd_size;
	struct kernel_entries *entries;
	uint64_t slot, end, done = 0;
	size_t i;
	int err = 0;

	pages->n_walks = 0;
	if (!capable(&process->kernel->caps, CAP_ENTRIES))
		return 0;
	entries = mem_alloc(size / pages->page_size * sizeof(*entries));
	for (i = 0; !err && i < pages->n_runs; i++) {
		if (!(pages->runs[i].word & (PM_PRESENT | PM_SWAP)))
			continue;
		end = pages->runs[i].addr + pages->runs[i].n * pages->page_size;
		slot = pages->runs[i].addr / size * size;
		for (slot = slot < done ? done : slot; !err && slot < end; slot += size) {
			err = tree_record_stop ? -EINTR : gather_slot(process, pages, slot, entries);
			done = slot + size;
		}
	}
	free(entries);
	/* Who may see pagemap may not see these: they are another file, with another mode. */
	return err == -EACCES ? 0 : err;
}

void walks_write(const struct pages *pages, struct buf *out)
{
	size_t i;
	int level;

	for (i = 0; i < pages->n_walks; i++) {
		const struct walk_run *run = &pages->walks[i];

		buf_printf(out, "{\"walk\":\"0x%llx\",\"n\":%llu,\"entries\":[",
			   (unsigned long long)run->addr, (unsigned long long)run->n);
		for (level = ENTRY_PGD; level <= ENTRY_PTE; level++)
			buf_printf(out, "%s\"0x%llx\"", level == ENTRY_PGD ? "" : ",",
				   (unsigned long long)run->entries.word[level]);
		buf_printf(out, "],\"step\":%llu}\n", (unsigned long long)run->step);
	}
}

/* The first run that ends beyond addr. */
static size_t run_after(const struct pages *pages, uint64_t addr)
{
	size_t low = 0, high = pages->n_walks, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (addr >= pages->walks[middle].addr &&
		    (addr - pages->walks[middle].addr) / pages->page_size >= pages->walks[middle].n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t walks_at(const struct pages *pages, uint64_t addr, size_t n, struct kernel_entries *out)
{
	size_t at = run_after(pages, addr), i;
	const struct walk_run *run;
	uint64_t page;

	for (i = 0; i < n; i++, addr += pages->page_size) {
		run = at < pages->n_walks ? &pages->walks[at] : NULL;
		if (!run || addr < run->addr)
			break;
		page = (addr - run->addr) / pages->page_size;
		out[i] = run->entries;
		out[i].word[ENTRY_PTE] += page * run->step;
		if (page + 1 == run->n)
			at++;
	}
	return i;
}
