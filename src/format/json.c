/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a snapshot's lines. */
#include "format/json.h"

#include "format/heat.h"
#include "format/json_lines.h"

/* A page line is below 300 bytes, so that this many stay near a piece. */
#define PAGES_AT_ONCE 256

static void write_pages(struct out *out, const struct json_page_prefix *prefix, const struct json_cow *cow,
			const struct cow_place *place)
{
	const struct page *pages = place->pages;
	size_t now, n = place->n_pages;

	while (n && !out->error) {
		now = n < PAGES_AT_ONCE ? n : PAGES_AT_ONCE;
		json_page_lines(&out->buf, prefix, pages, now, cow, place);
		out_line(out);
		pages += now;
		n -= now;
	}
}

/* What is written beside what every snapshot has. */
struct extent {
	const struct json_cow *cow;
	bool more; /* what only a delta stream says */
};

static void write_vma(struct out *out, pid_t pid, const struct vma *vma, bool more)
{
	if (more)
		json_vma_line_more(&out->buf, pid, vma);
	else
		json_vma_line(&out->buf, pid, vma);
}

static uint64_t write_process(struct out *out, const struct process *process, uint64_t pmd_size,
			      const struct extent *extent)
{
	const struct json_cow *cow = extent->cow;
	struct json_page_prefix prefix;
	const struct region *region;
	struct cow_place place;
	struct buf verdict = {0};
	uint64_t written = 0;
	const struct vma *vma;
	size_t v, r;

	if (extent->more)
		json_process_line_more(&out->buf, process);
	else
		json_process_line(&out->buf, process);
	json_page_prefix(&prefix, process->pid);
	for (v = 0; v < process->n_vmas && !out->error; v++) {
		vma = &process->vmas[v];
		write_vma(out, process->pid, vma, extent->more);
		for (r = 0; r < vma->n_regions && !out->error; r++) {
			region = &process->regions[vma->first_region + r];
			if (json_holds_nothing(region))
				continue;
			place = cow_place_of(process, region);
			verdict.len = 0;
			if (cow->n)
				json_cow_region(&verdict, cow, &place);
			json_heat_region(&verdict, process->heat, region->start);
			if (extent->more)
				json_region_line_more(&out->buf, process->pid, region, pmd_size);
			else
				json_region_line(&out->buf, process->pid, region, pmd_size,
						 verdict.len ? verdict.data : "");
			written++;
			write_pages(out, &prefix, cow, &place);
			out_line(out);
		}
		out_line(out);
	}
	buf_fini(&verdict);
	return written;
}

int json_write(const struct moment *moment, const struct sink *sink)
{
	return json_write_cow(moment, &(struct cow_ask){.n = 0}, sink);
}

void json_event_lines(struct out *out, const struct moment *moment)
{
	size_t i;

	for (i = 0; i < moment->n_events && !out->error; i++) {
		json_event_line(&out->buf, &moment->events[i], moment->pmd_size);
		out_line(out);
	}
}

void json_end_line(struct out *out, uint64_t regions)
{
	buf_puts(&out->buf, "{\"type\":\"end\",\"regions\":");
	buf_dec(&out->buf, regions);
	buf_puts(&out->buf, "}\n");
}

int json_write_head(const struct moment *moment, const struct sink *sink)
{
	struct out out = {.sink = sink};

	json_snapshot_line(&out.buf, moment);
	return out_end(&out);
}

int json_write_events(const struct moment *moment, const struct sink *sink)
{
	struct out out = {.sink = sink};

	json_event_lines(&out, moment);
	return out_end(&out);
}

int json_write_end(const struct sink *sink)
{
	struct out out = {.sink = sink};

	json_end_line(&out, 0);
	return out_end(&out);
}

static int write_moment(const struct moment *moment, const struct extent *extent, const struct sink *sink)
{
	struct out out = {.sink = sink};
	uint64_t regions = 0;
	size_t i;

	if (extent->more)
		json_snapshot_line_more(&out.buf, moment);
	else
		json_snapshot_line(&out.buf, moment);
	for (i = 0; i < moment->n_processes && !out.error; i++) {
		if (moment->processes[i].outcome == OUTCOME_OK)
			regions += write_process(&out, &moment->processes[i], moment->pmd_size, extent);
		else
			json_skipped_line(&out.buf, &moment->processes[i]);
		out_line(&out);
	}
	json_event_lines(&out, moment);
	json_end_line(&out, regions);
	return out_end(&out);
}

int json_write_cow(const struct moment *moment, const struct cow_ask *ask, const struct sink *sink)
{
	struct json_cow cow = {.n = ask->n};
	const struct extent extent = {.cow = &cow};
	size_t i;

	for (i = 0; i < ask->n; i++)
		cow.rules[i] = cow_rules_of(moment, ask->rows[i]);
	return write_moment(moment, &extent, sink);
}

int json_write_more(const struct moment *moment, const struct sink *sink)
{
	static const struct json_cow none;

	return write_moment(moment, &(struct extent){.cow = &none, .more = true}, sink);
}
