/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a search for sharers found, in words: for screens and tables alike. Pure. */
#include <inttypes.h>

#include "core/sharers.h"

const char *sharer_how(const struct sharer *sharer)
{
	switch (sharer->mapping) {
	case MAPPING_PMD:
		return "pmd";
	case MAPPING_PTE:
		return sharer->aligned ? "pte" : "pte, not aligned";
	case MAPPING_UNKNOWN:
	case MAPPING_NONE:
	case MAPPING_PUD:
	case MAPPING_COUNT:
		break;
	}
	return "unknown";
}

void sharer_subpages(const struct sharers *sharers, const struct sharer *sharer, struct buf *out)
{
	const uint32_t pages = UINT32_C(1) << sharers->order;

	if (sharer->subpages == pages)
		buf_printf(out, "%u", pages);
	else if (sharer->subpages == 1)
		buf_printf(out, "1 (no. %u)", sharer->first);
	else if (sharer->last > sharer->first && sharer->subpages <= sharer->last - sharer->first)
		buf_printf(out, "%u of %u to %u", sharer->subpages, sharer->first, sharer->last);
	else if (sharer->first)
		buf_printf(out, "%u from %u on", sharer->subpages, sharer->first);
	else
		buf_printf(out, "%u of %u", sharer->subpages, pages);
}

void sharers_say_folio(const struct sharers *sharers, struct buf *out)
{
	const uint64_t kib = (sharers->page_size << sharers->order) >> 10;

	if (kib >= 1024 && !(kib & 1023))
		buf_printf(out, "%" PRIu64 " MiB ", kib >> 10);
	else
		buf_printf(out, "%" PRIu64 " KiB ", kib);
	if (sharers->team) {
		buf_printf(out, "page team, its head at PFN 0x%" PRIx64, sharers->pfn);
		return;
	}
	buf_printf(out, "%s at PFN 0x%" PRIx64 " (order %u), %s", sharers->order ? "folio" : "page",
		   sharers->pfn, sharers->order,
		   sharers->ksm	   ? "merged by KSM"
		   : sharers->anon ? "anonymous"
				   : "of a file or shared memory");
}

static void say_count(struct buf *out, const char *before, int64_t count)
{
	buf_puts(out, before);
	if (count == UNKNOWN_COUNT)
		buf_putc(out, '?');
	else
		buf_dec(out, (uint64_t)count);
}

void sharers_say_mapcount(const struct sharers *sharers, struct buf *out)
{
	say_count(out, "mapcount: entire ", sharers->mapcount.entire);
	say_count(out, ", highest ", sharers->mapcount.highest);
	say_count(out, ", total ", sharers->mapcount.total);
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* Whether the counts are accounted for. */
static void say_missing(const struct sharers *sharers, struct buf *out)
{
	if (sharers->counted == UNKNOWN_COUNT) {
		buf_puts(out, sharers->order
				      ? "The subpages' mapcounts are not known here: others may map it too.\n"
				      : "Its mapcount is not known here: others may map it too.\n");
		return;
	}
	if (!sharers->missing && !sharers->surplus)
		buf_puts(out, "That is all that the mapcounts count.\n");
	if (sharers->missing)
		buf_printf(out,
			   "The mapcounts count %" PRId64 ": %" PRId64 " missing, up to %u on a subpage.\n",
			   sharers->counted, sharers->missing, sharers->missing_most);
	if (sharers->surplus)
		buf_printf(out, "%" PRId64 " found that the mapcounts do not count (any more): they moved.\n",
			   sharers->surplus);
}

void sharers_say_sum(const struct sharers *sharers, struct buf *out)
{
	uint32_t stretches = 0, processes = 0;
	bool pmd = false;
	size_t i;

	for (i = 0; i < sharers->n; i++) {
		stretches += !sharers->items[i].same_as;
		pmd |= sharers->items[i].mapping == MAPPING_PMD;
		processes += !i || sharers->items[i].pid != sharers->items[i - 1].pid;
	}
	buf_printf(out, "Found in %u process%s at %u address%s: %" PRId64 " subpage%s mapped", processes,
		   processes == 1 ? "" : "es", stretches, stretches == 1 ? "" : "es", sharers->found,
		   plural(sharers->found));
	if (pmd && sharers->order)
		buf_printf(out, ", %u by each PMD", 1U << sharers->order);
	buf_puts(out, ".\n");
	say_missing(sharers, out);
	if (sharers->changed)
		buf_printf(out, "Out of date: %s.\n", sharers->changed);
	if (sharers->partial)
		buf_printf(out, "Partial: %s; %u of %u processes were looked into wholly.\n",
			   sharers->partial, sharers->looked, sharers->processes);
	if (sharers->denied && sharers->missing)
		buf_printf(out, "%u process%s may not be looked into.\n", sharers->denied,
			   sharers->denied == 1 ? "" : "es");
	if (!sharers->partial && !sharers->complete && sharers->looked + sharers->denied < sharers->processes)
		buf_printf(out, "%u of %u processes could not be read.\n",
			   sharers->processes - sharers->looked - sharers->denied, sharers->processes);
}
