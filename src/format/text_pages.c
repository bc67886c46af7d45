/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of regions, as runs of those that are alike. */
#include <stdio.h>

#include "core/kernel.h"
#include "core/kpf.h"
#include "format/text_line.h"
#include "format/text_parts.h"

static void put_count(struct buf *line, const char *name, int64_t value)
{
	if (value >= 0)
		buf_printf(line, " %s %lld", name, (long long)value);
}

void text_facts(struct buf *line, const struct region *region)
{
	const struct mapcount *mapcount = &region->mapcount;
	const bool several =
		region->backing == BACKING_MIXED && (mapcount->entire < 0 || mapcount->total < 0);

	buf_printf(line, "%s, %s", mapping_name(region->mapping), backing_name(region->backing));
	/* What may be PFNMAP looks empty: then it is not known how much there is. */
	if (region->mapping == MAPPING_UNKNOWN && !region->present && !region->swapped &&
	    region->exclusive <= 0 && mapcount->highest < 0)
		return;
	buf_putc(line, ':');
	if (region->present || region->mapping != MAPPING_UNKNOWN)
		put_count(line, "present", region->present);
	if (region->swapped)
		put_count(line, "swapped", region->swapped);
	put_count(line, "exclusive", region->exclusive);
	if (several || mapcount->entire >= 0 || mapcount->highest >= 0 || mapcount->total >= 0)
		buf_puts(line, ", mapcount");
	put_count(line, "entire", mapcount->entire);
	put_count(line, "highest", mapcount->highest);
	put_count(line, "total", mapcount->total);
	if (several)
		buf_puts(line, " (several folios, no single count)");
}

static void put_region(struct text *text, const struct region *region)
{
	struct buf line = {0};

	buf_printf(&line, "  %012llx ", (unsigned long long)region->start);
	text_facts(&line, region);
	line_wrap(&text->out.buf, text->options.width, 6, line.data);
	buf_fini(&line);
}

/* Whether b is the next page and like a, wherever its frame is. */
static bool alike(const struct page *a, const struct page *b, uint64_t page_size)
{
	return b->addr - a->addr == page_size && !a->pfn == !b->pfn &&
	       (a->pagemap & ~PM_PFN_MASK) == (b->pagemap & ~PM_PFN_MASK) && a->has_flags == b->has_flags &&
	       a->flags == b->flags && a->has_mapcount == b->has_mapcount && a->mapcount == b->mapcount &&
	       a->swapped == b->swapped && a->guard == b->guard;
}

static bool continues(const struct page *a, const struct page *b, uint64_t page_size)
{
	return alike(a, b, page_size) && (!a->pfn || b->pfn == a->pfn + 1);
}

/*
 * The length of the run that begins the pages: frames in a row, or single ones that are nobody's neighbours
 * (*apart), so that scattered small pages do not take a line each.
 */
static size_t run_length(const struct page *pages, size_t n, uint64_t page_size, bool *apart)
{
	size_t len = 1;

	while (len < n && continues(&pages[len - 1], &pages[len], page_size))
		len++;
	*apart = false;
	if (len > 1)
		return len;
	while (len < n && alike(&pages[len - 1], &pages[len], page_size) &&
	       !(len + 1 < n && continues(&pages[len], &pages[len + 1], page_size)))
		len++;
	*apart = len > 1;
	return len;
}

/* The names with spaces, where a line can break. */
static void put_flags(struct buf *line, uint64_t flags, const struct kpf_bits *bits)
{
	size_t at = line->len;

	kpf_names(flags, bits, line);
	for (; at < line->len; at++)
		if (line->data[at] == ',')
			line->data[at] = ' ';
}

static void put_pages(struct text *text, const struct page *page, size_t n, bool apart)
{
	struct buf line = {0};

	buf_printf(&line, "    %012llx %zu page%s", (unsigned long long)page->addr, n, n == 1 ? "" : "s");
	if (page->pfn)
		buf_printf(&line, " pfn %llx", (unsigned long long)page->pfn);
	if (page->pfn && apart)
		buf_puts(&line, " and others, scattered,");
	else if (page->pfn && n > 1)
		buf_printf(&line, "-%llx", (unsigned long long)page->pfn + n - 1);
	if (page->swapped)
		buf_puts(&line, " swapped");
	if (page->guard)
		buf_puts(&line, " guard");
	if (page->has_mapcount)
		buf_printf(&line, " mapcount %u", page->mapcount);
	if (page->has_flags) {
		buf_putc(&line, ' ');
		put_flags(&line, page->flags, &text->moment->system.kpf);
	}
	line_wrap(&text->out.buf, text->options.width, 6, line.data);
	buf_fini(&line);
}

void text_pages(struct text *text, const struct process *process, const struct vma *vma)
{
	const struct region *region;
	const struct page *pages;
	size_t r, i, len;
	bool apart;

	for (r = 0; r < vma->n_regions && !text->out.error; r++) {
		region = &process->regions[vma->first_region + r];
		pages = process->pages + region->first_page;
		put_region(text, region);
		for (i = 0; i < region->n_pages; i += len) {
			len = run_length(&pages[i], region->n_pages - i, text->moment->page_size, &apart);
			put_pages(text, &pages[i], len, apart);
			out_line(&text->out);
		}
	}
}
