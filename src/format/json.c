/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a snapshot's lines. */
#include "format/json.h"

#include "format/json_lines.h"

/* A page line is below 300 bytes, so that this many stay near a piece. */
#define PAGES_AT_ONCE 256

static void write_pages(struct out *out, const struct json_page_prefix *prefix, const struct page *pages,
			size_t n)
{
	size_t now;

	while (n && !out->error) {
		now = n < PAGES_AT_ONCE ? n : PAGES_AT_ONCE;
		json_page_lines(&out->buf, prefix, pages, now);
		out_line(out);
		pages += now;
		n -= now;
	}
}

/* A region that holds nothing is not written; most never come to be, see struct process. */
static bool holds_nothing(const struct region *region)
{
	return region->mapping == MAPPING_NONE && region->backing == BACKING_NONE && !region->present &&
	       !region->swapped && !region->guard && !region->nonswap;
}

static uint64_t write_process(struct out *out, const struct process *process, uint64_t pmd_size)
{
	struct json_page_prefix prefix;
	const struct region *region;
	uint64_t written = 0;
	const struct vma *vma;
	size_t v, r;

	json_process_line(&out->buf, process);
	json_page_prefix(&prefix, process->pid);
	for (v = 0; v < process->n_vmas && !out->error; v++) {
		vma = &process->vmas[v];
		json_vma_line(&out->buf, process->pid, vma);
		for (r = 0; r < vma->n_regions && !out->error; r++) {
			region = &process->regions[vma->first_region + r];
			if (holds_nothing(region))
				continue;
			json_region_line(&out->buf, process->pid, region, pmd_size);
			written++;
			if (process->n_pages)
				write_pages(out, &prefix, process->pages + region->first_page,
					    region->n_pages);
			out_line(out);
		}
		out_line(out);
	}
	return written;
}

int json_write(const struct moment *moment, const struct sink *sink)
{
	struct out out = {.sink = sink};
	uint64_t regions = 0;
	size_t i;

	json_snapshot_line(&out.buf, moment);
	for (i = 0; i < moment->n_processes && !out.error; i++) {
		if (moment->processes[i].outcome == OUTCOME_OK)
			regions += write_process(&out, &moment->processes[i], moment->pmd_size);
		else
			json_skipped_line(&out.buf, &moment->processes[i]);
		out_line(&out);
	}
	buf_puts(&out.buf, "{\"type\":\"end\",\"regions\":");
	buf_dec(&out.buf, regions);
	buf_puts(&out.buf, "}\n");
	return out_end(&out);
}
