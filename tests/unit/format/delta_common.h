/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moments through a delta stream and back. */
#ifndef DELTA_COMMON_H
#define DELTA_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "alike.h"
#include "core/kernel.h"
#include "format/delta.h"
#include "format/json.h"
#include "mutate.h"
#include "sample.h"

/* What leads from one moment to the next. The caller buf_finis it. */
static inline struct buf delta_of(const struct moment *before, const struct moment *now)
{
	struct buf text = {0};
	struct sink sink = {sink_buf, &text};

	assert_int_equal(delta_write(before, now, &sink), 0);
	return text;
}

/* Feeds whole lines; the last of them has to end a moment, which is returned, and no other. */
static inline struct moment *fed(struct delta_reader *reader, const struct buf *text)
{
	const char *at = text->data, *end = text->data + text->len, *newline;
	struct moment *moment = NULL;
	struct json_problem problem;
	int got;

	for (; at < end; at = newline + 1) {
		assert_null(moment);
		newline = memchr(at, '\n', (size_t)(end - at));
		assert_non_null(newline);
		assert_true(newline - at < 1 << 20);
		got = delta_read_line(reader, at, (size_t)(newline - at), &moment, &problem);
		if (got < 0)
			fail_msg("line %zu: %s\n%.*s", problem.line, problem.text, (int)(newline - at), at);
		assert_int_equal(got, moment ? 1 : 0);
	}
	assert_non_null(moment);
	return moment;
}

/* One of its own, by way of a whole moment. */
static inline struct moment *copied(const struct moment *moment)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text = delta_of(NULL, moment);
	struct moment *copy = fed(reader, &text);

	delta_reader_close(reader);
	buf_fini(&text);
	return copy;
}

/* Sends `now` behind `before`, and compares what comes. */
static inline struct moment *sent(struct delta_reader *reader, const struct moment *before,
				  const struct moment *now, const char *what)
{
	struct buf text = delta_of(before, now), written, again;
	struct moment *got = fed(reader, &text);

	assert_alike(now, got, what);
	written = sample_json(now);
	again = sample_json(got);
	assert_string_equal(written.data, again.data);
	buf_fini(&written);
	buf_fini(&again);
	buf_fini(&text);
	return got;
}

/* A copy that comes a tenth of a second later. */
static inline struct moment *later(const struct moment *moment)
{
	struct moment *next = copied(moment);

	next->seq++;
	next->mono_ns += 100000000;
	next->wall_ns += next->wall_ns ? 100000000 : 0;
	next->n_events = 0;
	return next;
}

/* One process with a huge VMA of n regions mapped by PMD. */
static inline struct moment *large(uint32_t n)
{
	struct moment *moment = sample_plain();
	struct process *process = &moment->processes[0];
	struct vma *vma = arena_alloc(&moment->arena, sizeof(*vma));
	uint32_t i;

	*vma = process->vmas[0];
	vma->start = UINT64_C(0x7f0000000000);
	vma->end = vma->start + n * SAMPLE_PMD;
	vma->first_region = 0;
	vma->n_regions = n;
	vma->slots = n;
	vma->fragments = 0;
	moment->n_events = 0;
	process->vmas = vma;
	process->n_vmas = 1;
	process->regions = arena_alloc(&moment->arena, n * sizeof(*process->regions));
	process->n_regions = n;
	for (i = 0; i < n; i++)
		process->regions[i] = (struct region){
			.start = vma->start + i * SAMPLE_PMD,
			.len = SAMPLE_PMD,
			.pfn = 0x100000 + (i ^ 1) * 512,
			.thp = 0x100000 + (i ^ 1) * 512,
			.mapping = MAPPING_PMD,
			.backing = BACKING_THP,
			.how = HOW_PAGEMAP_SCAN,
			.order = 9,
			.order_known = true,
			.present = 512,
			.anon = 512,
			.exclusive = 512,
			.anon_exclusive = true,
			.mapcount = {1, 1, 1},
			.orders = {[9] = 512},
			.orders_known = true,
			.team_usage = UNKNOWN_COUNT,
			.team_pmd_maps = UNKNOWN_COUNT,
		};
	return moment;
}

/* As khugepaged finds it. */
static inline void make_small(struct region *region, uint32_t present)
{
	region->pfn = region->thp = 0;
	region->mapping = MAPPING_PTE;
	region->backing = BACKING_SMALL;
	region->order = 0;
	region->present = region->anon = present;
	region->exclusive = present;
	region->anon_exclusive = false;
	region->mapcount = (struct mapcount){0, 1, present};
	memset(region->orders, 0, sizeof(region->orders));
	region->orders[0] = (uint16_t)present;
}

/* The first n pages of the first region. */
static inline void give_pages(struct moment *moment, uint32_t n)
{
	struct process *process = &moment->processes[0];
	struct region *region = &process->regions[0];
	uint32_t i;

	process->pages = arena_alloc(&moment->arena, n * sizeof(*process->pages));
	process->n_pages = region->n_pages = n;
	region->first_page = 0;
	for (i = 0; i < n; i++)
		process->pages[i] = (struct page){
			.addr = region->start + i * SAMPLE_PAGE,
			.pfn = region->pfn + i,
			.pagemap = PM_PRESENT | (region->pfn + i),
			.flags = i ? 0x418000 : 0x40d868,
			.mapcount = 1,
			.has_flags = true,
			.has_mapcount = true,
			.present = true,
		};
}

/* One region in full, as it is examined ten times a second. */
static inline struct moment *examined(void)
{
	struct moment *moment = large(1);

	make_small(&moment->processes[0].regions[0], 512);
	moment->processes[0].regions[0].pfn = 0x100000;
	give_pages(moment, 512);
	return moment;
}

static inline size_t lines_in(const struct buf *text)
{
	size_t n = 0, i;

	for (i = 0; i < text->len; i++)
		n += text->data[i] == '\n';
	return n;
}

/* Sends one moment behind the other, within so many lines and bytes, and frees all but the reader's. */
static inline void costs(struct moment *before, struct moment *now, size_t lines, size_t bytes,
			 const char *what)
{
	struct delta_reader *reader = delta_reader_open(0);
	struct buf text = delta_of(before, now);

	moment_free(sent(reader, NULL, before, what));
	moment_free(sent(reader, before, now, what));
	print_message("# %s: %zu lines, %zu bytes\n", what, lines_in(&text), text.len);
	if (lines_in(&text) > lines || text.len > bytes)
		fail_msg("%s: more than %zu lines or %zu bytes", what, lines, bytes);
	delta_reader_close(reader);
	buf_fini(&text);
	moment_free(before);
	moment_free(now);
}

#endif
